//! A line between two sides that are both under test, which holds few octets, as small sockets do.

use embedded_io_async::{ErrorType, Read, Write};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A line that holds `capacity` octets each way.
#[must_use]
pub fn pair(capacity: usize) -> (End, End) {
    let (one, other) = (Rc::new(Way::new(capacity)), Rc::new(Way::new(capacity)));
    (End { incoming: Rc::clone(&one), outgoing: Rc::clone(&other) }, End { incoming: other, outgoing: one })
}

/// One end of the line.
///
/// It keeps no more than it must: who drops a future is not woken for it any more.
#[derive(Debug)]
pub struct End {
    incoming: Rc<Way>,
    outgoing: Rc<Way>,
}

/// One direction.
#[derive(Debug)]
struct Way {
    capacity: usize,
    octets: RefCell<VecDeque<u8>>,
    reader: Waiting,
    writer: Waiting,
}

/// Who waits.
#[derive(Debug, Default)]
struct Waiting(RefCell<Option<Waker>>);

/// Somebody waits for as long as this lives.
struct Wait<'w>(&'w Waiting);

impl Way {
    fn new(capacity: usize) -> Self {
        Self { capacity, octets: RefCell::default(), reader: Waiting::default(), writer: Waiting::default() }
    }
}

impl Waiting {
    fn wake(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }

    /// Waits until `count` gives something other than 0.
    async fn wait(&self, mut count: impl FnMut() -> usize) -> Result<usize, Infallible> {
        let wait = Wait(self);
        poll_fn(|context| match count() {
            0 => {
                wait.0.0.replace(Some(context.waker().clone()));
                Poll::Pending
            }
            count => Poll::Ready(Ok(count)),
        })
        .await
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.0.replace(None);
    }
}

impl ErrorType for End {
    type Error = Infallible;
}

impl Read for End {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Way { octets, reader, writer, .. } = &*self.incoming;
        let take = || {
            let mut octets = octets.borrow_mut();
            let count = buffer.len().min(octets.len());
            buffer.iter_mut().zip(octets.drain(..count)).for_each(|(place, octet)| *place = octet);
            count
        };
        let count = reader.wait(take).await?;
        writer.wake();
        Ok(count)
    }
}

impl Write for End {
    async fn write(&mut self, from: &[u8]) -> Result<usize, Infallible> {
        let Way { capacity, octets, reader, writer } = &*self.outgoing;
        let put = || {
            let mut octets = octets.borrow_mut();
            let count = from.len().min(capacity - octets.len());
            octets.extend(&from[..count]);
            count
        };
        let count = writer.wait(put).await?;
        reader.wake();
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
