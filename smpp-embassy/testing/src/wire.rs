//! A transport without a network: its peer lives in the test.

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The other end of a [`Wire`].
pub trait Peer {
    /// Takes what was written and gives what is to be read.
    fn handle(&mut self, octets: &[u8], answer: &mut Vec<u8>);
}

/// How a [`Wire`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// The most octets that one read gives or one write takes.
    pub chunk: usize,
    /// How often each operation is pending, without need, before it goes on.
    pub hesitations: usize,
    /// After how many octets written the line fails.
    pub fail_after_writing: Option<usize>,
    /// After how many octets read the line fails.
    pub fail_after_reading: Option<usize>,
    /// After how many octets written the line takes no more, and does not fail either.
    pub stop_after_writing: Option<usize>,
    /// Whether the line takes nothing as long as something waits to be read, as with a peer that either writes or reads.
    pub wants_to_be_read: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            chunk: usize::MAX,
            hesitations: 0,
            fail_after_writing: None,
            fail_after_reading: None,
            stop_after_writing: None,
            wants_to_be_read: false,
        }
    }
}

/// The line failed as the test wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineError;

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the line failed as the test wanted")
    }
}

impl std::error::Error for LineError {}

impl embedded_io_async::Error for LineError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::ConnectionReset
    }
}

/// A transport with a [`Peer`] behind it. Clones are the same line, so that a test can look at it and speak for the peer.
#[derive(Debug)]
pub struct Wire<P> {
    shared: Rc<RefCell<Shared<P>>>,
}

#[derive(Debug)]
struct Shared<P> {
    habits: Habits,
    peer: P,
    /// All that was written.
    written: Vec<u8>,
    flushes: usize,
    to_read: VecDeque<u8>,
    is_closed: bool,
    read: usize,
    hesitated: usize,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl<P> Clone for Wire<P> {
    fn clone(&self) -> Self {
        Self { shared: Rc::clone(&self.shared) }
    }
}

impl<P: Peer> Wire<P> {
    /// A line to `peer`.
    pub fn new(peer: P, habits: Habits) -> Self {
        let shared = Shared {
            habits,
            peer,
            written: Vec::new(),
            flushes: 0,
            to_read: VecDeque::new(),
            is_closed: false,
            read: 0,
            hesitated: 0,
            reader: None,
            writer: None,
        };
        Self { shared: Rc::new(RefCell::new(shared)) }
    }

    /// All octets that were written.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.shared.borrow().written.clone()
    }

    /// How often it was flushed.
    #[must_use]
    pub fn flushes(&self) -> usize {
        self.shared.borrow().flushes
    }

    /// Lets the peer say something unasked.
    pub fn say(&self, octets: &[u8]) {
        self.shared.borrow_mut().deliver(octets);
    }

    /// Lets the peer close the line behind what it said.
    pub fn close(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.is_closed = true;
        shared.deliver(&[]);
    }

    /// Looks at the peer, or changes it.
    pub fn with_peer<R>(&self, look: impl FnOnce(&mut P) -> R) -> R {
        look(&mut self.shared.borrow_mut().peer)
    }

    /// Changes the habits of the line.
    pub fn behave(&self, habits: Habits) {
        let mut shared = self.shared.borrow_mut();
        shared.habits = habits;
        shared.wake_writer();
    }
}

impl<P: Peer> Shared<P> {
    fn deliver(&mut self, octets: &[u8]) {
        self.to_read.extend(octets);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }

    /// Whether the operation hesitates once more. The count is the line's: a dropped future does not reset it.
    fn hesitates(&mut self, context: &Context<'_>) -> bool {
        let hesitates = self.hesitated < self.habits.hesitations;
        self.hesitated = if hesitates { self.hesitated + 1 } else { 0 };
        if hesitates {
            context.waker().wake_by_ref();
        }
        hesitates
    }

    fn read(&mut self, buffer: &mut [u8], context: &Context<'_>) -> Poll<Result<usize, LineError>> {
        assert!(!buffer.is_empty(), "a read into nothing looks like the end of the line");
        if self.habits.fail_after_reading.is_some_and(|count| self.read >= count) {
            return Poll::Ready(Err(LineError));
        }
        if self.to_read.is_empty() && self.is_closed {
            return Poll::Ready(Ok(0));
        }
        if self.to_read.is_empty() {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        if self.hesitates(context) {
            return Poll::Pending;
        }
        let limit = self.habits.fail_after_reading.map_or(usize::MAX, |limit| limit - self.read);
        let count = buffer.len().min(self.habits.chunk).min(self.to_read.len()).min(limit);
        for (place, octet) in buffer.iter_mut().zip(self.to_read.drain(..count)) {
            *place = octet;
        }
        self.read += count;
        self.wake_writer();
        Poll::Ready(Ok(count))
    }

    fn write(&mut self, octets: &[u8], context: &Context<'_>) -> Poll<Result<usize, LineError>> {
        let written = self.written.len();
        if self.habits.fail_after_writing.is_some_and(|count| written >= count) {
            return Poll::Ready(Err(LineError));
        }
        let is_full = self.habits.stop_after_writing.is_some_and(|count| written >= count)
            || (self.habits.wants_to_be_read && !self.to_read.is_empty());
        if is_full {
            self.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        if self.hesitates(context) {
            return Poll::Pending;
        }
        let left = |limit: Option<usize>| limit.map_or(usize::MAX, |limit| limit - written);
        let limit = left(self.habits.fail_after_writing).min(left(self.habits.stop_after_writing));
        let octets = &octets[..octets.len().min(self.habits.chunk).min(limit)];
        self.written.extend(octets);
        let mut answer = Vec::new();
        self.peer.handle(octets, &mut answer);
        self.deliver(&answer);
        Poll::Ready(Ok(octets.len()))
    }
}

impl<P> ErrorType for Wire<P> {
    type Error = LineError;
}

impl<P: Peer> Read for Wire<P> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LineError> {
        poll_fn(|context| self.shared.borrow_mut().read(buffer, context)).await
    }
}

impl<P: Peer> Write for Wire<P> {
    async fn write(&mut self, octets: &[u8]) -> Result<usize, LineError> {
        poll_fn(|context| self.shared.borrow_mut().write(octets, context)).await
    }

    async fn flush(&mut self) -> Result<(), LineError> {
        poll_fn(|context| {
            let mut shared = self.shared.borrow_mut();
            if shared.hesitates(context) {
                return Poll::Pending;
            }
            shared.flushes += 1;
            Poll::Ready(Ok(()))
        })
        .await
    }
}
