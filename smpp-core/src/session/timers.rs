//! The timers of a session (SMPP 3.4 §7.2; 5.0 §2.7) and the time to wake up for them.
//!
//! Responses have no timer of their own: the window's oldest request is the next to time out.

use super::event::CloseReason;
use super::state::State;
use super::tick::Tick;
use super::{Flag, Session};
use crate::Instant;

/// How long, after our unbind_resp, the peer may take to close the connection: milliseconds.
const LINGER: u32 = 2_000;

/// What a session waits for besides responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Timer {
    /// The present phase: nobody bound yet, our bind or unbind unanswered, the peer about to close.
    Phase,
    /// Silence of the peer: time for an enquire_link or, behind one, for giving up.
    Link,
    /// No messages.
    Inactivity,
}

impl Timer {
    const ALL: [Self; 3] = [Self::Phase, Self::Link, Self::Inactivity];
}

/// The deadlines of all timers; [`Tick::ZERO`] for one that is off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timers([Tick; Timer::ALL.len()]);

impl Timers {
    pub(super) const OFF: Self = Self([Tick::ZERO; Timer::ALL.len()]);

    pub(super) fn set(&mut self, timer: Timer, at: Tick) {
        if let Some(place) = self.0.get_mut(timer as usize) {
            *place = if at == Tick::ZERO { at.plus(1) } else { at };
        }
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        if let Some(place) = self.0.get_mut(timer as usize) {
            *place = Tick::ZERO;
        }
    }

    pub(super) fn get(&self, timer: Timer) -> Option<Tick> {
        self.0.get(timer as usize).copied().filter(|&at| at != Tick::ZERO)
    }

    /// Stops a timer that is due and says so.
    fn expire(&mut self, timer: Timer, now: Tick) -> bool {
        let due = self.get(timer).is_some_and(|at| at.is_due(now));
        if due {
            self.stop(timer);
        }
        due
    }
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// Does what is due at `now`. Call it at [`poll_timeout`](Self::poll_timeout) or later; too early does no harm.
    /// Afterwards [`poll_event`](Self::poll_event) and [`poll_transmit`](Self::poll_transmit) may have something.
    // Out of line for the stack, see `take`.
    #[cfg_attr(target_os = "none", inline(never))]
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
    #[cfg_attr(target_os = "none", inline(never))]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.state == State::Closed {
            return None;
        }
        let mut next = self.window.oldest().map(|(_, deadline)| deadline);
        for &at in self.timers.0.iter().filter(|&&at| at != Tick::ZERO) {
            next = Some(next.map_or(at, |next| next.earlier(at)));
        }
        let next = next.map(|at| at.instant(self.now));
        if !self.waits_for_pace() {
            return next;
        }
        let pace = self.pace.ready_at(self.now);
        Some(next.map_or(pace, |next| next.min(pace)))
    }

    /// Starts a timer that ends `wait` milliseconds from now.
    pub(super) fn start(&mut self, timer: Timer, wait: u32) {
        self.timers.set(timer, Tick::after(self.now, wait));
    }

    /// Starts the time in which somebody must bind.
    pub(super) fn start_session_init(&mut self) {
        match self.settings.session_init {
            0 => self.timers.stop(Timer::Phase),
            wait => self.start(Timer::Phase, wait),
        }
    }

    /// Starts the timers of a bound session.
    pub(super) fn start_bound(&mut self) {
        self.timers.stop(Timer::Phase);
        self.message_passed();
        if self.settings.enquire_link != 0 {
            self.start(Timer::Link, self.settings.enquire_link);
        }
    }

    /// A valid PDU came: the peer is alive ("may also respond by sending any valid primitive", SMPP 3.4 §7.2).
    pub(super) fn peer_is_alive(&mut self) {
        if self.is(Flag::FramingDoubted) {
            // What it sends says nothing about what it can read.
            return;
        }
        self.missed_links = 0;
        let waits = self.is(Flag::LinkUnanswered);
        self.set(Flag::LinkUnanswered, false);
        if !self.state.is_bound() || self.settings.enquire_link == 0 {
            // Nothing to ask by itself; it may have been waiting for the answer to a question of the application.
            return self.timers.stop(Timer::Link);
        }
        match self.timers.get(Timer::Link) {
            Some(at) if self.settings.enquire_link_always => {
                if waits {
                    let sent = at.minus(self.settings.response_timeout);
                    self.timers.set(Timer::Link, sent.plus(self.settings.enquire_link));
                }
            }
            _ => self.start(Timer::Link, self.settings.enquire_link),
        }
    }

    /// A request or response that carries messages passed in either direction.
    pub(super) fn message_passed(&mut self) {
        if self.settings.inactivity != 0 && self.state.is_bound() {
            self.start(Timer::Inactivity, self.settings.inactivity);
        }
    }

    /// The peer was silent: ask, or give up.
    fn link_due(&mut self) {
        if !self.state.is_bound() {
            // Nobody gives up here, but who asks again is to be heard.
            return self.set(Flag::LinkUnanswered, false);
        }
        if self.is(Flag::FramingDoubted) {
            return self.close(CloseReason::FramingRefused);
        }
        if self.is(Flag::LinkUnanswered) {
            self.missed_links = self.missed_links.saturating_add(1);
            if self.missed_links >= self.settings.enquire_link_attempts {
                return self.close(CloseReason::LinkLost);
            }
        }
        self.ask_link();
    }

    /// Owes the peer an enquire_link. It counts as sent from now on: a transport that takes nothing is as dead as a peer
    /// that says nothing.
    pub(super) fn ask_link(&mut self) {
        self.set(Flag::LinkDue, true);
        self.set(Flag::LinkUnanswered, true);
        self.start(Timer::Link, self.settings.response_timeout);
    }

    /// The peer says that it cannot cut our octets into PDUs. That may be about one PDU only, and what it sent before and
    /// behind is as good as ever: an enquire_link finds out whether it still reads us.
    pub(super) fn doubt_framing(&mut self) {
        // Asked once: a peer that refuses every PDU would be asked for ever.
        if self.state.is_bound() && !self.is(Flag::FramingDoubted) {
            self.set(Flag::FramingDoubted, true);
            // An answer to an enquire_link from before proves nothing.
            self.link = 0;
            self.ask_link();
        }
    }

    /// The peer read an enquire_link.
    pub(super) fn trust_framing(&mut self) {
        if self.is(Flag::FramingDoubted) {
            self.set(Flag::FramingDoubted, false);
            self.peer_is_alive();
        }
    }

    /// The phase took too long.
    fn phase_over(&mut self) {
        match self.state {
            State::Open | State::Outbound if self.control != 0 => self.close(CloseReason::BindTimeout),
            State::Open | State::Outbound => self.close(CloseReason::SessionInitTimeout),
            State::Unbound if self.is(Flag::UnbindRespDue) && self.unanswered > 0 => {
                // The application did not answer what it had in hand: answer the unbind all the same.
                self.unanswered = 0;
                self.start(Timer::Phase, LINGER);
            }
            State::Unbound if self.is(Flag::WeUnbind) => self.close(match self.reason {
                CloseReason::Inactive => CloseReason::Inactive,
                _ => CloseReason::UnbindTimeout,
            }),
            State::Unbound => self.close(CloseReason::UnboundByPeer),
            State::BoundTx | State::BoundRx | State::BoundTrx | State::Closed => {}
        }
    }

    /// The unbind_resp was written: the peer closes the connection, or we do in a while.
    pub(super) fn linger(&mut self) {
        if !self.is(Flag::WeUnbind) {
            self.start(Timer::Phase, LINGER);
        }
    }
}
