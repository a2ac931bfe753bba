//! Whether the peer is still there: enquire_link (SMPP 3.4 §4.11, §7.2; 5.0 §4.1.2), and what is asked for by it.

use super::event::CloseReason;
use super::timers::Timer;
use super::{SendError, Session};
use crate::Instant;
use crate::types::CommandId;

/// What a session knows of the link.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct KeepAlive {
    /// The number of our last enquire_link; 0 for none that waits.
    pub(super) number: u32,
    /// How many in a row nothing came behind.
    missed: u8,
    /// An enquire_link is to be written.
    pub(super) due: bool,
    /// No PDU came since the last one.
    unanswered: bool,
    /// The peer said that it cannot cut our octets, and has not read an enquire_link since.
    pub(super) doubts_framing: bool,
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// Asks the peer whether it is alive: [`poll_transmit`](Self::poll_transmit) writes the enquire_link. The session does
    /// so by itself every [`Config::enquire_link`](super::Config::enquire_link).
    ///
    /// # Errors
    /// When the rules do not allow it: before a bind, below 5.0.
    pub fn enquire_link(&mut self, now: Instant) -> Result<(), SendError> {
        self.now = now;
        self.may_send(CommandId::ENQUIRE_LINK)?;
        // Who is asked already is not given more time by being asked again.
        if !self.keep_alive.unanswered {
            self.ask_link();
        }
        Ok(())
    }

    /// Owes the peer an enquire_link. It counts as sent from now on: a transport that takes nothing is as dead as a peer
    /// that says nothing.
    fn ask_link(&mut self) {
        self.keep_alive.due = true;
        self.keep_alive.unanswered = true;
        self.start(Timer::Link, self.settings.response_timeout);
    }

    /// A valid PDU came: the peer is alive ("may also respond by sending any valid primitive", SMPP 3.4 §7.2).
    pub(super) fn peer_is_alive(&mut self) {
        if self.keep_alive.doubts_framing {
            // What it sends says nothing about what it can read.
            return;
        }
        self.keep_alive.missed = 0;
        let waits = core::mem::replace(&mut self.keep_alive.unanswered, false);
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

    /// The peer was silent: ask, or give up.
    pub(super) fn link_due(&mut self) {
        if !self.state.is_bound() {
            // Nobody gives up here, but who asks again is to be heard.
            self.keep_alive.unanswered = false;
            return;
        }
        if self.keep_alive.doubts_framing {
            return self.close(CloseReason::FramingRefused);
        }
        if self.keep_alive.unanswered {
            self.keep_alive.missed = self.keep_alive.missed.saturating_add(1);
            if self.keep_alive.missed >= self.settings.enquire_link_attempts {
                return self.close(CloseReason::LinkLost);
            }
        }
        self.ask_link();
    }

    /// The peer says that it cannot cut our octets into PDUs. That may be about one PDU only, and what it sent before and
    /// behind is as good as ever: an enquire_link finds out whether it still reads us.
    pub(super) fn doubt_framing(&mut self) {
        // Asked once: a peer that refuses every PDU would be asked for ever.
        if self.state.is_bound() && !self.keep_alive.doubts_framing {
            self.keep_alive.doubts_framing = true;
            // An answer to an enquire_link from before proves nothing.
            self.keep_alive.number = 0;
            self.ask_link();
        }
    }

    /// The enquire_link that waits was answered; `read` by a peer that could cut our octets.
    pub(super) fn link_answered(&mut self, read: bool) {
        self.keep_alive.number = 0;
        if read && self.keep_alive.doubts_framing {
            self.keep_alive.doubts_framing = false;
            self.peer_is_alive();
        }
    }
}
