//! The session: an ESME's or an MC's side of one connection, as a machine that is driven by octets and time alone
//! (SMPP 3.4 §2.2–2.7; 5.0 §2.3–2.7).
//!
//! It does no input or output, reads no clock and holds no octets. The adapter that drives it works in a loop:
//!
//! 1. lend it what the transport received: [`Session::handle_input`], one PDU and one [`Event`] a call;
//! 2. at [`Session::poll_timeout`], call [`Session::handle_timeout`];
//! 3. ask [`Session::poll_event`] until it has none: time-outs, the end, room to send;
//! 4. write requests and answers into the transmit buffer: [`Session::send`], [`Session::respond`];
//! 5. and behind them what the session owes by itself: [`Session::poll_transmit`];
//! 6. when the connection ends, or the session does ([`State::Closed`]), [`Session::handle_closed`], then step 3 once
//!    more.
//!
//! [`Session::handle_undecoded`] and [`Session::poll_undecoded`] do the same as their namesakes, for programs that read PDUs
//! themselves and so carry code only for some.
//!
//! Moments come from a clock that does not go back: if one does, time-outs and the rate limit wait until it has caught up. It must
//! not go on for 24 days without a call of [`Session::handle_timeout`].
//!
//! Each request that `send` accepted gets a [`Ticket`], and each ticket ends exactly once: in [`Event::Response`],
//! [`Event::TimedOut`] or [`Event::Abandoned`].
//!
//! ```
//! use smpp_core::Instant;
//! use smpp_core::pdu::{BindTransceiver, Pdu, SubmitSm, SubmitSmResp};
//! use smpp_core::session::{Config, Event, Input, Session};
//! use smpp_core::types::Address;
//!
//! let now = Instant::ZERO;
//! let mut esme = Session::<10>::esme(Config::default(), now);
//! let mut mc = Session::<10>::mc(Config::default(), now);
//! let mut line = [0; 256];
//!
//! let len = esme.bind(now, &BindTransceiver { system_id: "me".into(), ..Default::default() }, &mut line)?;
//! let Input::Pdu { event: Event::BindRequested { reply_to, .. }, .. } = mc.handle_input(now, &line[..len])? else { panic!() };
//! let len = mc.accept(now, reply_to, "mc".into(), &mut line)?;
//! let Input::Pdu { event: Event::Bound { .. }, .. } = esme.handle_input(now, &line[..len])? else { panic!() };
//!
//! let submit = SubmitSm { destination: Address::international("4915112345678"), short_message: b"hi", ..Default::default() };
//! let (ticket, len) = esme.send(now, &submit, &mut line)?;
//! let Input::Pdu { event: Event::Request { reply_to, .. }, .. } = mc.handle_input(now, &line[..len])? else { panic!() };
//! let len = mc.respond(now, reply_to, &SubmitSmResp { message_id: "17".into(), ..Default::default() }, &mut line)?;
//! let Input::Pdu { event: Event::Response { ticket: answered, pdu, .. }, .. } = esme.handle_input(now, &line[..len])? else { panic!() };
//! assert_eq!(answered, ticket);
//! let Ok(Pdu::SubmitSmResp(response)) = pdu else { panic!() };
//! assert_eq!(response.message_id.as_str(), Some("17"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bind;
mod config;
mod error;
mod event;
mod input;
mod keep_alive;
mod output;
mod poll;
mod rate_limiter;
mod resume;
mod rules;
mod state;
mod tick;
mod timers;
mod unbind;
mod window;

pub use bind::Bind;
pub use config::{CommandSet, Config};
pub use error::{ProtocolError, SendError};
pub use event::{CloseReason, Event, Input, Refusal, ReplyTo, Undecoded};
pub use output::{OneWay, Operation};
pub(crate) use poll::Own;
pub use rate_limiter::RateLimiter;
pub use resume::Snapshot;
pub use state::{Role, State};
pub use window::Ticket;

use crate::Instant;
use crate::types::{CommandId, InterfaceVersion};
use bind::Binding;
use config::Settings;
use keep_alive::KeepAlive;
use output::Owed;
use tick::Tick;
use timers::{Timer, Timers};
use unbind::Unbinding;
use window::Window;

/// One side of one connection, with at most `WINDOW` outstanding requests. See the [module](self) for how to drive it.
#[derive(Debug)]
pub struct Session<const WINDOW: usize> {
    window: Window<WINDOW>,
    rate_limiter: RateLimiter,
    /// The latest moment that the caller told.
    now: Instant,
    settings: Settings,
    timers: Timers,
    owed: Owed,
    /// The number of our bind or unbind that waits for its response; 0 for none. A session is bound before it is unbound: the
    /// two never wait at once, and share the place.
    control: u32,
    /// The number of the peer's bind or unbind that waits for our answer.
    peer_control: u32,
    keep_alive: KeepAlive,
    binding: Binding,
    unbinding: Unbinding,
    /// Octets still to come of a PDU that is too large.
    discard: u32,
    /// Requests that the application has not answered.
    unanswered: u32,
    role: Role,
    state: State,
    /// The agreed version, once bound; before, our own.
    version: InterfaceVersion,
    /// Why the session ends or ended.
    reason: CloseReason,
    /// A request was held back by the window or the rate limit.
    wants_to_send: bool,
    /// The application was given [`Event::Closed`].
    end_is_known: bool,
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// The ESME's side of a connection that was made at `now`. [`bind`](Self::bind) next, or wait for an outbind.
    #[must_use]
    pub fn esme(config: Config, now: Instant) -> Self {
        Self::new(Role::Esme, config, now)
    }

    /// The MC's side of a connection that was made at `now`. Wait for [`Event::BindRequested`], or
    /// [`notify`](Self::notify) an outbind.
    #[must_use]
    pub fn mc(config: Config, now: Instant) -> Self {
        Self::new(Role::Mc, config, now)
    }

    fn new(role: Role, config: Config, now: Instant) -> Self {
        let settings = Settings::from(&config);
        let mut timers = Timers::OFF;
        if settings.session_init != 0 {
            timers.set(Timer::Phase, Tick::after(now, settings.session_init));
        }
        Self {
            window: Window::new(config.window.max(1)),
            rate_limiter: RateLimiter::per(
                config.rate,
                config.rate_period,
                config.burst,
                config.throttle_pause,
            ),
            now,
            settings,
            timers,
            owed: Owed::default(),
            control: 0,
            peer_control: 0,
            keep_alive: KeepAlive::default(),
            binding: Binding::NONE,
            unbinding: Unbinding::default(),
            discard: 0,
            unanswered: 0,
            role,
            state: State::Open,
            version: bind::common_version(config.version, config.version),
            reason: CloseReason::ConnectionLost,
            wants_to_send: false,
            end_is_known: false,
        }
    }

    /// Which side this is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How far the session has come.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The version that both sides speak, once bound.
    #[must_use]
    pub const fn version(&self) -> InterfaceVersion {
        self.version
    }

    /// How many requests of the peer were not answered yet: more than its window should be is a reason to refuse some, or
    /// to read no further.
    #[must_use]
    pub const fn unanswered(&self) -> u32 {
        self.unanswered
    }

    /// How many requests of ours wait for their response.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.window.len() as usize
    }

    /// The requests of ours that wait for their response, in order of sending: ticket, command, and when it times out.
    pub fn outstanding(&self) -> impl Iterator<Item = (Ticket, CommandId, Instant)> {
        self.window.iter().map(|(ticket, command, deadline)| (ticket, command, deadline.instant(self.now)))
    }

    /// How fast requests go out at present.
    #[must_use]
    pub const fn rate_limiter(&self) -> &RateLimiter {
        &self.rate_limiter
    }

    /// Whether a request was held back and nothing but the rate limit holds it now.
    const fn waits_for_rate(&self) -> bool {
        self.wants_to_send && self.state.is_bound() && self.window.has_room()
    }
}

#[cfg(feature = "defmt")]
impl<const WINDOW: usize> defmt::Format for Session<WINDOW> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Session({}, {}, {=usize} in flight)", self.role, self.state, self.in_flight());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdu::{BindReceiver, encode_header};
    use crate::types::CommandStatus;
    use core::time::Duration;

    #[test]
    fn a_bind_that_cannot_be_written_changes_nothing() {
        let mut session = Session::<1>::esme(Config::default(), Instant::ZERO);
        let bind = BindReceiver { interface_version: InterfaceVersion::V3_3, ..Default::default() };
        assert!(session.bind(Instant::ZERO, &bind, &mut [0; 16]).is_err());
        assert_eq!(session.version(), InterfaceVersion::V3_4);
        assert!(session.bind(Instant::ZERO, &bind, &mut [0; 64]).is_ok());
        assert_eq!(session.version(), InterfaceVersion::V3_3);
    }

    /// A bound MC, and what becomes of it when `command` arrives after a second.
    fn a_second_later(config: Config, command: CommandId) -> Session<1> {
        let (role, state, version) = (Role::Mc, State::BoundTrx, InterfaceVersion::V3_4);
        let snapshot = Snapshot { role, state, version, sequence_number: 0, unanswered: 0 };
        let mut session = Session::resume(config, Instant::ZERO, snapshot);
        let mut octets = [0; 16];
        encode_header(command, CommandStatus::ESME_ROK, 5, &mut octets).unwrap();
        assert!(matches!(session.handle_input(Instant::from_millis(1_000), &octets), Ok(Input::Pdu { .. })));
        session
    }

    #[test]
    fn what_arrives_counts_from_when_it_was_given_though_nothing_else_told_the_time() {
        let config = Config { enquire_link: Duration::from_secs(30), ..Config::default() };
        let session = a_second_later(config, CommandId::ENQUIRE_LINK);
        assert_eq!(session.poll_timeout(), Some(Instant::from_millis(31_000)));
    }

    #[test]
    fn behind_the_peers_unbind_nothing_wakes_the_session_but_the_time_to_answer_it() {
        let seconds = Duration::from_secs;
        let config = Config {
            inactivity: seconds(6),
            enquire_link: seconds(5),
            response_timeout: seconds(20),
            ..Config::default()
        };
        let session = a_second_later(config, CommandId::UNBIND);
        assert_eq!(session.state(), State::Unbound);
        assert_eq!(session.poll_timeout(), Some(Instant::from_millis(21_000)));
    }

    #[test]
    fn a_session_of_ten_requests_takes_at_most_320_octets() {
        assert!(size_of::<Session<10>>() <= 320, "{}", size_of::<Session<10>>());
    }
}
