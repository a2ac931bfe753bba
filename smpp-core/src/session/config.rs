//! What an operator sets for a session.

use super::rules;
use super::tick::whole_millis;
use crate::frame::MAX_PDU;
use crate::pdu::HEADER_LEN;
use crate::types::{CommandId, InterfaceVersion};
use core::time::Duration;

/// The settings of a [`Session`](super::Session). Plain data: change what you need of [`Default`].
///
/// Times are kept in whole milliseconds, rounded up, at most 12 days.
///
/// ```
/// use core::time::Duration;
/// use smpp_core::session::Config;
///
/// let config = Config { rate: 20, enquire_link: Duration::from_secs(30), ..Config::default() };
/// assert_eq!(config.response_timeout, Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Config {
    /// The highest version that we implement. An MC agrees upon the lower of this and the ESME's; an ESME says its
    /// version in its bind. Default 3.4.
    pub version: InterfaceVersion,
    /// ESME: what a bind response without `sc_interface_version` means. The specification says 3.3, but many 3.4 MCs
    /// leave it out. Default 3.4.
    pub assumed_version: InterfaceVersion,
    /// How many requests may be outstanding; never more than `WINDOW`. Default: as many as `WINDOW` (10 is the
    /// guideline of SMPP 3.4 §2.5.2).
    pub window: u16,
    /// How many requests may go out in each [`rate_period`](Self::rate_period) on average, 0 for no limit until the peer
    /// throttles. Default 0.
    pub rate: u32,
    /// The period of the rate, at least a millisecond. A little more than the peer's, say 1.05 s, leaves room for the jitter of
    /// the line where the peer counts each second. Default 1 s.
    pub rate_period: Duration,
    /// How many of them may go at once. Default 1.
    pub burst: u16,
    /// How long nothing goes out after ESME_RTHROTTLED; five times as long after ESME_RMSGQFUL. Zero leaves both to the
    /// application. Default 1 s.
    pub throttle_pause: Duration,
    /// How long a response may take (response_timer, SMPP 3.4 §7.2). Default 30 s.
    pub response_timeout: Duration,
    /// After how long without a PDU from the peer an enquire_link goes out (enquire_link_timer); zero for never.
    /// Default 30 s.
    pub enquire_link: Duration,
    /// Send the enquire_link each time, also when the peer was heard: some providers want that. Default no.
    pub enquire_link_always: bool,
    /// How many enquire_links in a row may stay without any PDU from the peer before the session closes. 1 finds a dead
    /// peer fastest, 2 tolerates a slow one. Default 1.
    pub enquire_link_attempts: u8,
    /// After how long without messages the session unbinds (inactivity_timer); zero for never. Default zero.
    pub inactivity: Duration,
    /// How long a connection may stay without a bind (session_init_timer); zero for ever. Default 10 s.
    pub session_init: Duration,
    /// The largest PDU that fits into the receive buffer of the caller, in octets, at least the 16 of a header. Larger ones
    /// are refused without closing the session and dropped as they arrive. Default [`MAX_PDU`].
    pub max_pdu: usize,
    /// The largest `command_length` that is believed. Beyond it the stream is not SMPP and the session closes. Default
    /// [`MAX_PDU`].
    pub max_command_length: usize,
    /// Which requests of the peer are offered. Others are answered generic_nack ESME_RINVCMDID, binds their own response with
    /// that status, and what has no response nothing. Default: all.
    pub commands: CommandSet,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: InterfaceVersion::V3_4,
            assumed_version: InterfaceVersion::V3_4,
            window: u16::MAX,
            rate: 0,
            rate_period: Duration::from_secs(1),
            burst: 1,
            throttle_pause: Duration::from_secs(1),
            response_timeout: Duration::from_secs(30),
            enquire_link: Duration::from_secs(30),
            enquire_link_always: false,
            enquire_link_attempts: 1,
            inactivity: Duration::ZERO,
            session_init: Duration::from_secs(10),
            max_pdu: MAX_PDU,
            max_command_length: MAX_PDU,
            commands: CommandSet::ALL,
        }
    }
}

/// A set of requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CommandSet(u32);

impl CommandSet {
    /// Every request of every version.
    pub const ALL: Self = {
        assert!(rules::COUNT <= u32::BITS as usize, "a bit for each request");
        Self(u32::MAX)
    };

    /// These requests, and `unbind` and `enquire_link`, without which there is no session. Unknown ones are left out.
    #[must_use]
    pub const fn of(mut requests: &[CommandId]) -> Self {
        let mut set = Self::bit(CommandId::UNBIND) | Self::bit(CommandId::ENQUIRE_LINK);
        while let [request, rest @ ..] = requests {
            set |= Self::bit(*request);
            requests = rest;
        }
        Self(set)
    }

    /// Whether `request` is in the set.
    #[must_use]
    pub const fn contains(self, request: CommandId) -> bool {
        self.0 & Self::bit(request) != 0
    }

    const fn bit(request: CommandId) -> u32 {
        match rules::index(request) {
            Some(index) => 1u32.unbounded_shl(index),
            None => 0,
        }
    }
}

/// [`Config`] as the session keeps it: times in milliseconds, 0 for off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) response_timeout: u32,
    pub(super) enquire_link: u32,
    pub(super) inactivity: u32,
    pub(super) session_init: u32,
    pub(super) max_pdu: u32,
    pub(super) max_command_length: u32,
    pub(super) commands: CommandSet,
    pub(super) version: InterfaceVersion,
    pub(super) assumed_version: InterfaceVersion,
    pub(super) enquire_link_attempts: u8,
    pub(super) enquire_link_always: bool,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        let octets = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            response_timeout: whole_millis(config.response_timeout).max(1),
            enquire_link: whole_millis(config.enquire_link),
            inactivity: whole_millis(config.inactivity),
            session_init: whole_millis(config.session_init),
            max_pdu: octets(config.max_pdu.max(HEADER_LEN)),
            max_command_length: octets(config.max_command_length),
            commands: config.commands,
            version: config.version,
            assumed_version: config.assumed_version,
            enquire_link_attempts: config.enquire_link_attempts.max(1),
            enquire_link_always: config.enquire_link_always,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receive_buffer_is_taken_to_hold_a_header() {
        assert_eq!(Settings::from(&Config { max_pdu: 0, ..Config::default() }).max_pdu, 16);
        assert_eq!(Settings::from(&Config { max_pdu: 17, ..Config::default() }).max_pdu, 17);
    }

    #[test]
    fn a_set_of_commands_keeps_the_session_itself_alive() {
        let set = CommandSet::of(&[CommandId::SUBMIT_SM, CommandId(0x0001_0200)]);
        assert!(set.contains(CommandId::SUBMIT_SM));
        assert!(set.contains(CommandId::UNBIND) && set.contains(CommandId::ENQUIRE_LINK));
        assert!(!set.contains(CommandId::QUERY_SM));
        assert!(!CommandSet::ALL.contains(CommandId(0x0001_0200)), "a vendor's command is in no set");
    }
}
