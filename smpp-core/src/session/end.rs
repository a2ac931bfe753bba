//! How requests and sessions end without a word of the peer.

use super::event::{CloseReason, Event, Unread};
use super::state::State;
use super::tick::Tick;
use super::timers::Timers;
use super::{Flag, Session, Ticket};
use crate::frame::{Frame, MAX_PDU, Split};

/// What a session has to say without input. Smaller than an [`Event`], and none of a PDU's type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Own {
    TimedOut(Ticket),
    Abandoned { ticket: Ticket, written: bool },
    Writable,
    Closed(CloseReason),
}

impl Own {
    /// What the application hears of it.
    pub(crate) fn event<P>(self) -> Event<'static, P> {
        match self {
            Self::TimedOut(ticket) => Event::TimedOut { ticket },
            Self::Abandoned { ticket, written } => Event::Abandoned { ticket, written },
            Self::Writable => Event::Writable,
            Self::Closed(reason) => Event::Closed(reason),
        }
    }
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// Something that happened without input: call it until `None` whenever the session was told anything.
    ///
    /// In a closed session these are the tickets that never got their response, oldest first, then
    /// [`Event::Closed`].
    pub fn poll_event(&mut self) -> Option<Event<'static>> {
        self.poll_own().map(Own::event)
    }

    /// As [`poll_event`](Self::poll_event), beside [`handle_unread`](Self::handle_unread). No such event holds a PDU: it is
    /// the type that differs.
    pub fn poll_unread(&mut self) -> Option<Event<'static, Unread>> {
        self.poll_own().map(Own::event)
    }

    /// As [`poll_event`](Self::poll_event), for those that give out the event later.
    pub(crate) fn poll_own(&mut self) -> Option<Own> {
        if self.state == State::Closed {
            return self.poll_end();
        }
        if let Some((ticket, deadline)) = self.window.oldest()
            && deadline.is_due(Tick::at(self.now))
        {
            self.window.remove(ticket);
            return Some(Own::TimedOut(ticket));
        }
        if self.waits_for_pace() && self.pace.ready_at(self.now) <= self.now {
            self.set(Flag::WantsToSend, false);
            return Some(Own::Writable);
        }
        None
    }

    fn poll_end(&mut self) -> Option<Own> {
        if let Some((ticket, _)) = self.window.oldest() {
            let ended = self.window.remove(ticket)?;
            return Some(Own::Abandoned { ticket, written: ended.written });
        }
        if self.is(Flag::ClosedTold) {
            return None;
        }
        self.set(Flag::ClosedTold, true);
        Some(Own::Closed(self.reason))
    }

    /// The connection is closed, by either side or by a failure. Every outstanding request ends as
    /// [`Event::Abandoned`] in [`poll_event`](Self::poll_event), and [`Event::Closed`] follows.
    ///
    /// `output` is what the session wrote and the adapter has not given away as a whole: it starts with the first octet
    /// of a PDU, and the transport took the first `handed_over` octets of it. A request whose last octet was not handed
    /// over cannot have been read by the peer: it is reported as not written. All others count as written, because
    /// nobody knows how far a transport got with them. An adapter that does not keep account passes `&[]` and 0.
    ///
    /// A session that ends by itself ([`state`](Self::state) is [`State::Closed`]) wants the same call: first write what is
    /// left as far as it can be written, then say how far it went, then [`poll_event`](Self::poll_event). Without it, all
    /// its requests count as written.
    // Out of line for the stack, see `take`.
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn handle_closed(&mut self, output: &[u8], handed_over: usize) {
        let mut rest = output;
        let mut end = 0usize;
        while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU.max(output.len())) {
            end = end.saturating_add(frame.octets.len());
            if end > handed_over {
                self.window.mark_unwritten(frame.header.sequence_number, frame.header.command_id);
            }
            rest = rest.get(frame.octets.len()..).unwrap_or_default();
        }
        self.close(match self.state {
            State::Unbound if self.is(Flag::WeUnbind) => self.reason,
            State::Unbound => CloseReason::UnboundByPeer,
            _ if self.is(Flag::FramingDoubted) => CloseReason::FramingRefused,
            _ => CloseReason::ConnectionLost,
        });
    }

    /// Ends the session, once.
    pub(super) fn close(&mut self, reason: CloseReason) {
        if self.state == State::Closed {
            return;
        }
        self.state = State::Closed;
        self.reason = reason;
        self.timers = Timers::OFF;
        self.set(Flag::LinkDue, false);
        self.set(Flag::UnbindDue, false);
    }
}
