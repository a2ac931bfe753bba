//! What happens without input: time passes, the connection closes, and the application asks for news.

use super::event::{CloseReason, Event, Undecoded};
use super::state::{self, Actions, Phase, State, Stimulus, Traffic};
use super::tick::Tick;
use super::timers::Timer;
use super::unbind::Ours;
use super::{Session, Ticket};
use crate::Instant;
use crate::frame::{Frame, MAX_PDU, Split};

/// How long, after our unbind_resp, the peer may take to close the connection: milliseconds. It is there to let the
/// unbind_resp arrive before the end of the connection; two seconds are several round trips of any line.
const LINGER: u32 = 2_000;

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
    /// Does what is due at `now`. Call it at [`poll_timeout`](Self::poll_timeout) or later; too early does no harm.
    /// Afterwards [`poll_event`](Self::poll_event) and [`poll_transmit`](Self::poll_transmit) may have something.
    // Out of line for the stack, see `take`.
    #[cfg_attr(smpp_small, inline(never))]
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        let now = Tick::at(self.now);
        for timer in [Timer::Inactivity, Timer::Link, Timer::Phase] {
            if self.timers.expire(timer, now) {
                match timer {
                    Timer::Inactivity if self.state.is_bound() => self.start_unbind(CloseReason::Inactive),
                    Timer::Inactivity => {}
                    Timer::Link => self.link_due(),
                    Timer::Phase => self.phase_over(),
                }
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do next, if no input comes before.
    #[must_use]
    // Out of line for the stack, see `take`.
    #[cfg_attr(smpp_small, inline(never))]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.state == State::Closed {
            return None;
        }
        let mut next = self.window.oldest().map(|(_, deadline)| deadline);
        for at in self.timers.running() {
            next = Some(next.map_or(at, |next| next.earlier(at)));
        }
        let next = next.map(|at| at.instant(self.now));
        if !self.waits_for_rate() {
            return next;
        }
        let rate = self.rate_limiter.ready_at(self.now);
        Some(next.map_or(rate, |next| next.min(rate)))
    }

    /// Something that happened without input: call it until `None` whenever the session was told anything.
    ///
    /// In a closed session these are the tickets that never got their response, oldest first, then
    /// [`Event::Closed`].
    pub fn poll_event(&mut self) -> Option<Event<'static>> {
        self.poll_own().map(Own::event)
    }

    /// As [`poll_event`](Self::poll_event), beside [`handle_undecoded`](Self::handle_undecoded). No such event holds a PDU: it is
    /// the type that differs.
    pub fn poll_undecoded(&mut self) -> Option<Event<'static, Undecoded>> {
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
        if self.waits_for_rate() && self.rate_limiter.ready_at(self.now) <= self.now {
            self.wants_to_send = false;
            return Some(Own::Writable);
        }
        None
    }

    fn poll_end(&mut self) -> Option<Own> {
        if let Some((ticket, _)) = self.window.oldest() {
            let ended = self.window.remove(ticket)?;
            return Some(Own::Abandoned { ticket, written: ended.written });
        }
        let is_known = core::mem::replace(&mut self.end_is_known, true);
        (!is_known).then_some(Own::Closed(self.reason))
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
    #[cfg_attr(smpp_small, inline(never))]
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
            State::Unbound if self.unbinding.ours != Ours::None => self.reason,
            State::Unbound => CloseReason::UnboundByPeer,
            _ if self.keep_alive.doubts_framing => CloseReason::FramingRefused,
            _ => CloseReason::ConnectionLost,
        });
    }

    /// Ends the session, once.
    pub(super) fn close(&mut self, reason: CloseReason) {
        if self.state == State::Closed {
            return;
        }
        self.reason = reason;
        self.keep_alive.due = false;
        if self.unbinding.ours == Ours::Due {
            self.unbinding.ours = Ours::Sent;
        }
        self.happens(Stimulus::End);
    }

    /// The one place that changes the state: what the table says, and its timers.
    pub(super) fn happens(&mut self, stimulus: Stimulus) {
        let (state, Actions { phase, traffic }) = state::next(self.state, stimulus);
        self.state = state;
        if state.is_bound() {
            self.binding.kind = state;
        }
        let phase = match phase {
            Phase::Keep => None,
            Phase::Stop => Some(0),
            Phase::SessionInit => Some(self.settings.session_init),
            Phase::Response => Some(self.settings.response_timeout),
            Phase::Linger => Some(LINGER),
        };
        match phase {
            None => {}
            Some(0) => self.timers.stop(Timer::Phase),
            Some(wait) => self.start(Timer::Phase, wait),
        }
        match traffic {
            Traffic::Keep => {}
            Traffic::Start => {
                self.message_passed();
                if self.settings.enquire_link != 0 {
                    self.start(Timer::Link, self.settings.enquire_link);
                }
            }
            Traffic::Stop => {
                self.timers.stop(Timer::Link);
                self.timers.stop(Timer::Inactivity);
            }
        }
    }

    /// The phase took too long.
    fn phase_over(&mut self) {
        match self.state {
            State::Open | State::Outbound if self.control != 0 => self.close(CloseReason::BindTimeout),
            State::Open | State::Outbound => self.close(CloseReason::SessionInitTimeout),
            State::Unbound => self.unbind_took_too_long(),
            State::BoundTx | State::BoundRx | State::BoundTrx | State::Closed => {}
        }
    }

    /// A request or response that carries messages passed in either direction.
    pub(super) fn message_passed(&mut self) {
        if self.settings.inactivity != 0 && self.state.is_bound() {
            self.start(Timer::Inactivity, self.settings.inactivity);
        }
    }

    /// Starts a timer that ends `wait` milliseconds from now.
    pub(super) fn start(&mut self, timer: Timer, wait: u32) {
        self.timers.set(timer, Tick::after(self.now, wait));
    }
}
