//! The loop that drives a session over a transport: input, time, output, in that order. Both roles use it.

use crate::clock;
use crate::error::Error;
use crate::line::{Line, LineState, until};
use crate::outbox::Outbox;
use core::time::Duration;
use embedded_io_async::{ErrorType, Read, Write};
use smpp_core::frame::{Frame, FrameError, Split};
use smpp_core::session::{CloseReason, Config, Event, Input, ProtocolError, Session, State, Undecoded};
use smpp_core::{Buffer, Instant};

/// The memory of a connection, lent by the caller for as long as it lasts.
#[derive(Debug)]
pub struct Buffers<'buf> {
    /// For what arrives: as long as the largest PDU that is to be understood. Larger ones are answered with an error and
    /// dropped as they arrive. 400 octets hold a deliver_sm with 254 octets of text and its usual TLVs.
    pub receive: &'buf mut [u8],
    /// For what is sent: at least twice as long as the largest PDU that is sent, so that there is always room for one. A
    /// quarter of it, at least 32 octets, is for answers alone.
    pub transmit: &'buf mut [u8],
}

/// The least that a buffer may have: a header, and some room for a body.
const SMALLEST_BUFFER: usize = 64;

/// So many reads and writes may come before a timer that is due: what the transport holds came before it.
const INDULGENCE: u8 = 64;

/// How long the last octets of a closed session may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// A session, its transport, and the octets between them.
#[derive(Debug)]
pub(crate) struct Connection<'buf, T: ErrorType, const WINDOW: usize> {
    link: Link<'buf, T, WINDOW>,
    incoming: Buffer<&'buf mut [u8]>,
    /// Octets of `incoming` that the last event borrowed.
    consumed: usize,
}

/// All but what an event borrows.
#[derive(Debug)]
struct Link<'buf, T: ErrorType, const WINDOW: usize> {
    session: Session<WINDOW>,
    line: Line<'buf, T>,
    /// How often in a row something was read or written although a timer was due.
    overdue: u8,
    /// Until when a closed session waits for its last octets to leave.
    farewell: Option<Instant>,
    framing: Option<FrameError>,
    /// Why the session ended, once the application knows.
    reason: CloseReason,
}

impl<'buf, T: Read + Write, const WINDOW: usize> Connection<'buf, T, WINDOW> {
    /// # Panics
    /// When a buffer has fewer than 64 octets.
    pub(crate) fn new(
        start: fn(Config, Instant) -> Session<WINDOW>,
        transport: T,
        buffers: Buffers<'buf>,
        config: Config,
    ) -> Self {
        let Buffers { receive, transmit } = buffers;
        assert!(receive.len().min(transmit.len()) >= SMALLEST_BUFFER, "a buffer has fewer than 64 octets");
        let config = Config { max_pdu: config.max_pdu.min(receive.len()), ..config };
        let link = Link {
            session: start(config, clock::now()),
            line: Line::new(transport, transmit),
            overdue: 0,
            farewell: None,
            framing: None,
            reason: CloseReason::ConnectionLost,
        };
        Self { link, incoming: Buffer::new(receive), consumed: 0 }
    }

    pub(crate) fn session(&self) -> &Session<WINDOW> {
        &self.link.session
    }

    pub(crate) fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        self.link.outbox()
    }

    pub(crate) fn into_transport(self) -> T {
        self.link.line.into_transport()
    }

    /// Waits for the next event and lends it, beside the outbox to answer it with.
    pub(crate) async fn next_event(
        &mut self,
    ) -> Result<(Event<'_, Undecoded>, Outbox<'_, WINDOW>), Error<T::Error>> {
        self.incoming.consume(core::mem::take(&mut self.consumed));
        let own = self.link.advance(&mut self.incoming).await?;
        let event = match own {
            Some(event) => event,
            None => match self.link.session.handle_undecoded(clock::now(), self.incoming.filled()) {
                Ok(Input::Pdu { consumed, event }) => {
                    self.consumed = consumed;
                    event
                }
                Err(ProtocolError::Frame { error, .. }) => {
                    self.link.framing = Some(error);
                    self.link.end().await?
                }
                // `advance` saw a whole PDU and made room for answers, so this does not happen; it promises nothing.
                Ok(Input::Incomplete { .. } | Input::TransmitFirst) | Err(ProtocolError::Closed) => {
                    Event::Writable
                }
            },
        };
        // Its header only: bodies hold texts and passwords.
        debug!("received {:?}", frame(&self.incoming, self.consumed));
        Ok((event, self.link.outbox()))
    }

    /// Waits for the outstanding responses, unbinds, and waits for the end.
    pub(crate) async fn unbind(
        &mut self,
        mut meanwhile: impl FnMut(Event<'_, Undecoded>, Outbox<'_, WINDOW>),
    ) -> Result<CloseReason, Error<T::Error>> {
        loop {
            let session = &mut self.link.session;
            let is_over = matches!(session.state(), State::Unbound | State::Closed);
            if !is_over && session.in_flight() == 0 {
                session.unbind(clock::now())?;
            }
            match self.next_event().await? {
                (Event::Closed(reason), _) => return Ok(reason),
                (event, outbox) => meanwhile(event, outbox),
            }
        }
    }

    /// Writes what waits. Whether all of it left: not if the line takes nothing and there is an event to tell first.
    pub(crate) async fn flush(&mut self) -> bool {
        self.incoming.consume(core::mem::take(&mut self.consumed));
        self.link.flush(&mut self.incoming).await
    }

    /// Whether room in the transmit buffer may come by itself.
    pub(crate) fn has_unwritten(&self) -> bool {
        !self.link.line.outgoing.pending().is_empty()
    }

    /// Why the session ended. The error of the transport is given once.
    pub(crate) fn end_error(&mut self) -> Error<T::Error> {
        self.link.end_error()
    }

    /// The PDU that the last event was about, if it was about one.
    pub(crate) fn last_frame(&self) -> Option<Frame<'_>> {
        frame(&self.incoming, self.consumed)
    }
}

/// The first `len` octets of `incoming`, if they are a PDU.
fn frame<'i>(incoming: &'i Buffer<&mut [u8]>, len: usize) -> Option<Frame<'i>> {
    match Frame::split(incoming.filled().get(..len)?, usize::MAX) {
        Ok(Split::Frame(frame)) => Some(frame),
        _ => None,
    }
}

impl<T: Read + Write, const WINDOW: usize> Link<'_, T, WINDOW> {
    fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        Outbox::new(&mut self.session, &mut self.line.outgoing)
    }

    /// Reads, writes and waits until there is something to report: an event, or (`None`) input.
    ///
    /// Responses that are already here come before time-outs; time-outs and what they cause before waiting.
    async fn advance(
        &mut self,
        incoming: &mut Buffer<&mut [u8]>,
    ) -> Result<Option<Event<'static, Undecoded>>, Error<T::Error>> {
        loop {
            if self.session.state() == State::Closed {
                return self.end().await.map(Some);
            }
            let now = clock::now();
            self.line.outgoing.pump(&mut self.session, now);
            let is_due = self.is_due(now);
            let is_ready = self.session.is_ready(incoming.filled());
            if is_ready && self.line.is_roomy(&self.session, incoming.filled(), is_due) {
                return Ok(None);
            }
            // Without input there is nothing left to do on a line that ended; nor is there on one that takes no answers.
            if self.line.state >= LineState::Ended || (is_ready && self.line.state == LineState::Mute) {
                self.close();
                continue;
            }
            if is_due && self.overdue < INDULGENCE && self.line.look(incoming).await {
                self.overdue += 1;
                continue;
            }
            self.overdue = 0;
            self.session.handle_timeout(now);
            if self.session.state() == State::Closed {
                continue;
            }
            if let Some(event) = self.session.poll_undecoded() {
                if let Event::TimedOut { ticket } = event {
                    self.line.outgoing.withdraw(ticket.sequence_number());
                }
                return Ok(Some(event));
            }
            self.line.outgoing.pump(&mut self.session, now);
            let timer = self.session.poll_timeout();
            if self.line.has_work() {
                self.line.exchange(incoming, timer).await;
            } else {
                until(timer, self.line.read(incoming)).await;
            }
        }
    }

    /// As [`Connection::flush`].
    async fn flush(&mut self, incoming: &mut Buffer<&mut [u8]>) -> bool {
        loop {
            self.line.outgoing.pump(&mut self.session, clock::now());
            if self.session.state() == State::Closed || !self.line.has_work() {
                return self.line.outgoing.pending().is_empty();
            }
            let is_moving = self.line.exchange(incoming, None).await;
            if !is_moving && (self.is_due(clock::now()) || self.session.is_ready(incoming.filled())) {
                return false;
            }
        }
    }

    /// Whether a timer of the session has come.
    fn is_due(&self, now: Instant) -> bool {
        self.session.poll_timeout().is_some_and(|at| at <= now)
    }

    /// What happens in a closed session: its last octets leave, then its tickets end, then it is told that it is closed,
    /// and behind that why.
    async fn end(&mut self) -> Result<Event<'static, Undecoded>, Error<T::Error>> {
        if self.line.state != LineState::Shut {
            let deadline = *self.farewell.get_or_insert_with(|| clock::now().after(FAREWELL));
            until(Some(deadline), self.line.write_out(&mut self.session)).await;
            self.close();
            self.line.state = LineState::Shut;
        }
        let event = self.session.poll_undecoded();
        if let Some(Event::Closed(reason)) = event {
            info!("closed: {:?}", reason);
            self.reason = reason;
        }
        event.ok_or_else(|| self.end_error())
    }

    /// Tells the session that no more octets travel, and which of its own did.
    fn close(&mut self) {
        let (octets, taken) = self.line.outgoing.unfinished();
        self.session.handle_closed(octets, taken);
    }

    fn end_error(&mut self) -> Error<T::Error> {
        match (self.framing, self.line.fault.take(), self.reason) {
            (Some(error), _, _) => Error::Protocol(error),
            (None, Some(error), CloseReason::ConnectionLost) => Error::Transport(error),
            (None, _, reason) => Error::Closed(reason),
        }
    }
}
