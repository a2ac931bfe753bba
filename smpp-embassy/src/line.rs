//! Reading, writing and waiting, as the link asks for it. Both roles use it.

use crate::clock::{self, now};
use crate::connection::{Buffers, Connection};
use crate::error::Error;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use embassy_time::with_deadline;
use embedded_io_async::{ErrorType, Read, Write};
use smpp_core::Instant;
use smpp_core::link::{Half, Outbox, Step, Until};
use smpp_core::session::{CloseReason, Event, Session, State, Undecoded};

/// A connection with a transport that is waited for.
///
/// Each await point here is the last thing that its function does before it notes the outcome, so a dropped future loses
/// no octet that the transport had not lost.
#[derive(Debug)]
pub(crate) struct Line<'buf, T: ErrorType, const WINDOW: usize> {
    pub(crate) connection: Connection<'buf, T, WINDOW>,
    /// How long the next turn is; while the transport takes octets, the first.
    turn: Duration,
}

/// So long the transport has for a write, in the first turn, before it is looked again whether the peer sent something; twice
/// as long in each turn behind it. What arrives ends the turn, if the transport wakes who dropped a read. For those that
/// do not there is no other way: a transport cannot be read and written at once.
const FIRST_TURN: Duration = Duration::from_millis(50);

/// A processor that sleeps is not woken more often than that.
const LONGEST_TURN: Duration = Duration::from_secs(3);

impl<'buf, T: Read + Write, const WINDOW: usize> Line<'buf, T, WINDOW> {
    /// # Panics
    /// When a buffer has fewer than 64 octets.
    pub(crate) fn new(session: Session<WINDOW>, transport: T, buffers: Buffers<'buf>) -> Self {
        let connection = Connection::new(session, transport, buffers);
        Self { connection, turn: FIRST_TURN }
    }

    pub(crate) fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        self.connection.link.outbox(&now)
    }

    /// Waits for the next event and lends it, beside the outbox to answer it with.
    pub(crate) async fn next_event(
        &mut self,
    ) -> Result<(Event<'_, Undecoded>, Outbox<'_, WINDOW>), Error<T::Error>> {
        loop {
            match self.connection.link.poll(now()) {
                Step::Event => return Ok(self.connection.event(&now)),
                Step::Closed(reason) => return Err(self.connection.end_error(reason)),
                Step::Io(until) => self.go_on(until).await,
            }
        }
    }

    /// Writes what waits. Whether all of it left: not if the line takes nothing and there is an event to tell first.
    pub(crate) async fn flush(&mut self) -> bool {
        loop {
            let step = self.connection.link.poll(now());
            let link = &mut self.connection.link;
            let is_look = step == Step::Io(Until::Now);
            if link.session().state() == State::Closed || !(is_look || link.wants_write()) {
                return link.outbox(&now).is_empty();
            }
            match step {
                Step::Io(until) => self.go_on(until).await,
                _ if self.write_or_read(Until::At(now().after(FIRST_TURN))).await => {}
                _ => return false,
            }
        }
    }

    /// Waits for the outstanding responses, unbinds, and waits for the end.
    pub(crate) async fn unbind(
        &mut self,
        mut meanwhile: impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<CloseReason, Error<T::Error>> {
        loop {
            self.connection.unbind_when_done(&now)?;
            match self.next_event().await? {
                (Event::Closed(reason), _) => return Ok(reason),
                (event, outbox) => meanwhile(event, outbox),
            }
        }
    }

    /// One step of input and output.
    async fn go_on(&mut self, until: Until) {
        if until == Until::Now {
            let has_written = self.connection.link.wants_write() && at_once(self.write()).await;
            let has_read = self.read_at_once().await;
            if !has_written && !has_read {
                self.connection.link.idle();
            }
        } else if self.connection.link.wants_write() {
            self.write_or_read(until).await;
        } else {
            before(until, self.read()).await;
        }
    }

    /// One write. While the transport takes nothing, what the peer sends is read, as far as there is room: it may be waiting
    /// for that. Ends when its turn is over, and when anything woke the task. Whether it came to anything.
    async fn write_or_read(&mut self, until: Until) -> bool {
        if at_once(self.write()).await {
            return true;
        }
        // That it is stalled may be all that the next PDU waited for.
        if self.connection.link.stalled() || self.read_at_once().await {
            return true;
        }
        let turn = now().after(self.turn);
        self.turn = self.turn.saturating_mul(2).min(LONGEST_TURN);
        let end = match until {
            Until::At(moment) => moment.min(turn),
            Until::Now | Until::Ever => turn,
        };
        before(Until::At(end), until_woken(self.write())).await.unwrap_or(false)
    }

    /// One write of all that waits, or the flush behind the last one.
    async fn write(&mut self) {
        let Connection { link, transport, .. } = &mut self.connection;
        let outcome = if link.wants_flush() {
            transport.flush().await.map(|()| link.flushed())
        } else {
            transport.write(link.io().0).await.map(|count| link.wrote(count))
        };
        self.turn = FIRST_TURN;
        if let Err(error) = outcome {
            self.connection.fail(Half::Write, error);
        }
    }

    /// One read, if there is room.
    async fn read(&mut self) {
        let Connection { link, transport, .. } = &mut self.connection;
        let room = link.io().1;
        if room.is_empty() {
            return core::future::pending().await;
        }
        match transport.read(room).await {
            Ok(count) => link.arrived(count),
            Err(error) => self.connection.fail(Half::Read, error),
        }
    }

    async fn read_at_once(&mut self) -> bool {
        let has_read = at_once(self.read()).await;
        if has_read {
            self.turn = FIRST_TURN;
        }
        has_read
    }
}

/// Polls `future` once. Whether it was ready.
async fn at_once(future: impl Future<Output = ()>) -> bool {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

/// Runs `future` until it is ready or something woke the task. Whether it was ready.
async fn until_woken(future: impl Future<Output = ()>) -> bool {
    let mut future = pin!(future);
    let mut is_first = true;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending if core::mem::replace(&mut is_first, false) => Poll::Pending,
        Poll::Pending => Poll::Ready(false),
    })
    .await
}

/// Runs `future` until then. `None` if it did not come to its end.
async fn before<V>(until: Until, future: impl Future<Output = V>) -> Option<V> {
    let deadline = match until {
        Until::Now => Instant::ZERO,
        Until::At(moment) => moment,
        Until::Ever => return Some(future.await),
    };
    with_deadline(clock::deadline(deadline), future).await.ok()
}
