//! The transport, and what it is still good for.

use crate::clock;
use crate::outbox::Outgoing;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use embassy_time::with_deadline;
use embedded_io_async::{Error as _, Read, Write};
use smpp_core::Buffer;
use smpp_core::Instant;
use smpp_core::frame::Header;
use smpp_core::session::Session;

/// So long the transport has for a write before it is looked again whether the peer sent something.
const TURN: Duration = Duration::from_millis(50);

/// A transport with what waits to be written to it.
///
/// Each await point here is the last thing that its function does before it notes the outcome, so a dropped future loses
/// no octet that the transport had not lost.
#[derive(Debug)]
pub(crate) struct Line<'buf, T: embedded_io_async::ErrorType> {
    transport: T,
    pub(crate) outgoing: Outgoing<'buf>,
    pub(crate) state: LineState,
    /// Whether the transport was told to let go what it took.
    is_flushed: bool,
    /// Whether the transport took nothing when it was last asked.
    is_stalled: bool,
    /// What went wrong first.
    pub(crate) fault: Option<T::Error>,
}

/// What a line is still good for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum LineState {
    /// Both directions.
    Open,
    /// Writing failed; what the peer wrote before is still to be read.
    Mute,
    /// The peer sends nothing more.
    Ended,
    /// We are done with it.
    Shut,
}

impl<'buf, T: Read + Write> Line<'buf, T> {
    pub(crate) fn new(transport: T, transmit: &'buf mut [u8]) -> Self {
        Self {
            transport,
            outgoing: Outgoing::new(transmit),
            state: LineState::Open,
            is_flushed: true,
            is_stalled: false,
            fault: None,
        }
    }

    pub(crate) fn into_transport(self) -> T {
        self.transport
    }

    /// Whether something is to be written and can be.
    pub(crate) fn has_work(&self) -> bool {
        self.state == LineState::Open && !(self.is_flushed && self.outgoing.pending().is_empty())
    }

    /// Whether the PDU at the front of `input` may be told: its answers have a place, the session's own and the
    /// application's. When it is urgent or nothing gets away, room for one answer will do, and a response needs none.
    pub(crate) fn is_roomy<const WINDOW: usize>(
        &self,
        session: &Session<WINDOW>,
        input: &[u8],
        is_urgent: bool,
    ) -> bool {
        let is_response = || Header::read(input).is_some_and(|header| header.command_id.is_response());
        let has_place = if is_urgent || self.is_stalled || self.state != LineState::Open {
            self.outgoing.has_room_for_answer() || is_response()
        } else {
            self.outgoing.is_roomy()
        };
        has_place && !session.has_transmit()
    }

    /// One write of all that waits, or the flush behind the last one.
    pub(crate) async fn write(&mut self) {
        let outcome = if self.outgoing.pending().is_empty() {
            self.transport.flush().await.map(|()| self.is_flushed = true)
        } else {
            match self.transport.write(self.outgoing.pending()).await {
                Ok(0) => {
                    self.state = self.state.max(LineState::Mute);
                    Ok(())
                }
                Ok(count) => {
                    self.is_flushed = false;
                    self.outgoing.take(count);
                    Ok(())
                }
                Err(error) => Err(error),
            }
        };
        self.is_stalled = false;
        if let Err(error) = outcome {
            self.fail(LineState::Mute, error);
        }
    }

    /// One read into the free part of `incoming`.
    pub(crate) async fn read(&mut self, incoming: &mut Buffer<&mut [u8]>) {
        match self.transport.read(incoming.unfilled()).await {
            Ok(0) => self.state = self.state.max(LineState::Ended),
            Ok(count) => incoming.advance(count),
            Err(error) => self.fail(LineState::Ended, error),
        }
    }

    /// One write. While the transport takes nothing, what the peer sends is read, as far as there is room: it may be waiting
    /// for that. Ends after a turn, or at `timer` if that is earlier. Whether it came to anything.
    ///
    /// Both never wait side by side, so that a transport need not wake who dropped a future.
    pub(crate) async fn exchange(
        &mut self,
        incoming: &mut Buffer<&mut [u8]>,
        timer: Option<Instant>,
    ) -> bool {
        if at_once(self.write()).await {
            return true;
        }
        // That it is stalled may be all that the next PDU waited for.
        let is_news = !core::mem::replace(&mut self.is_stalled, true);
        if is_news || self.read_at_once(incoming).await {
            return true;
        }
        let turn = clock::now().after(TURN);
        until(Some(timer.map_or(turn, |timer| timer.min(turn))), self.write()).await
    }

    /// Writes and reads once, as far as that can be done without waiting. Whether it came to anything.
    pub(crate) async fn look(&mut self, incoming: &mut Buffer<&mut [u8]>) -> bool {
        let has_written = self.has_work() && at_once(self.write()).await;
        let has_read = self.read_at_once(incoming).await;
        has_written || has_read
    }

    async fn read_at_once(&mut self, incoming: &mut Buffer<&mut [u8]>) -> bool {
        !incoming.unfilled().is_empty() && at_once(self.read(incoming)).await
    }

    /// Writes all that waits and all that `session` owes.
    pub(crate) async fn write_out<const WINDOW: usize>(&mut self, session: &mut Session<WINDOW>) {
        self.outgoing.pump(session, clock::now());
        while self.has_work() {
            self.write().await;
            self.outgoing.pump(session, clock::now());
        }
    }

    fn fail(&mut self, state: LineState, error: T::Error) {
        warn!("the line failed: {:?}", error.kind());
        self.state = self.state.max(state);
        self.fault.get_or_insert(error);
    }
}

/// Polls `future` once. Whether it was ready.
async fn at_once(future: impl Future<Output = ()>) -> bool {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

/// Runs `future`, at most until `deadline`. Whether it came to its end.
pub(crate) async fn until(deadline: Option<Instant>, future: impl Future<Output = ()>) -> bool {
    match deadline {
        Some(moment) => with_deadline(clock::deadline(moment), future).await.is_ok(),
        None => {
            future.await;
            true
        }
    }
}
