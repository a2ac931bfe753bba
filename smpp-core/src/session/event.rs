//! What a session tells its application.

use super::window::Ticket;
use crate::error::DecodeError;
use crate::frame::Frame;
use crate::pdu::Pdu;
use crate::tlv::Tlvs;
use crate::types::{CommandId, CommandStatus};
use core::fmt;

/// What became of the octets lent to [`handle_input`](super::Session::handle_input).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Input<'i, P = Pdu<'i>> {
    /// One PDU was taken from the front.
    Pdu {
        /// How many octets to drop from the front.
        consumed: usize,
        /// What it means.
        event: Event<'i, P>,
    },
    /// There is no whole PDU yet.
    Incomplete {
        /// How many octets there must be in all before anything can happen.
        total: usize,
    },
    /// Nothing was taken because too many answers wait: call [`poll_transmit`](super::Session::poll_transmit), write,
    /// and come again.
    TransmitFirst,
}

/// Something that the application should know. Each PDU that is taken from the input gives exactly one.
///
/// Where a `frame` is there, it holds all octets of the PDU; those of a PDU too large for the receive buffer are only
/// its header.
///
/// `P` is what the event holds of a PDU: the [`Pdu`], or, by [`handle_undecoded`](super::Session::handle_undecoded),
/// [`Undecoded`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event<'i, P = Pdu<'i>> {
    /// MC: an ESME wants to bind. Answer with [`accept`](super::Session::accept), `respond` or `reject`.
    BindRequested {
        /// What to answer to.
        reply_to: ReplyTo,
        /// Its octets.
        frame: Frame<'i>,
        /// One of the three binds.
        pdu: P,
    },
    /// ESME: the MC accepted the bind. The version is agreed upon.
    Bound {
        /// Its octets.
        frame: Frame<'i>,
        /// The response, or why its body cannot be read; bound either way.
        pdu: Result<P, DecodeError>,
    },
    /// ESME: the MC refused the bind. Another one may be tried.
    BindRefused {
        /// Why.
        status: CommandStatus,
        /// Its octets.
        frame: Frame<'i>,
    },
    /// A request of the peer. Answer it with `respond` or `reject`, in any order.
    Request {
        /// What to answer to.
        reply_to: ReplyTo,
        /// Its octets.
        frame: Frame<'i>,
        /// What it says.
        pdu: P,
    },
    /// An `alert_notification` or `outbind`: nothing to answer. After an outbind, an ESME binds or closes.
    Notification {
        /// Its octets.
        frame: Frame<'i>,
        /// What it says.
        pdu: P,
    },
    /// A request of ours was answered, maybe by a generic_nack. Its ticket ends.
    Response {
        /// The request.
        ticket: Ticket,
        /// Its outcome.
        status: CommandStatus,
        /// Its octets.
        frame: Frame<'i>,
        /// What it says, or why its body cannot be read. The outcome holds either way.
        pdu: Result<P, DecodeError>,
    },
    /// An enquire_link, which the session answers itself, or the answer to ours.
    LinkChecked {
        /// Its octets.
        frame: Frame<'i>,
    },
    /// The peer unbinds. Requests that are pending may still be answered; when all are, the session answers the unbind.
    UnbindRequested {
        /// Its octets.
        frame: Frame<'i>,
    },
    /// The peer answered our unbind. [`Event::Closed`] follows.
    Unbound {
        /// Its octets.
        frame: Frame<'i>,
    },
    /// A response that belongs to no outstanding request. It is not answered, and no ticket ends.
    Unmatched {
        /// Its octets.
        frame: Frame<'i>,
    },
    /// A response with the number of a request of ours that waits, but of another command than belongs to it. It ends no
    /// ticket: the right one may follow. If the request was a bind, the session ends:
    /// [`CloseReason::WrongBindResponse`].
    Mismatched {
        /// The request, unless it was a bind, `enquire_link` or `unbind`.
        ticket: Option<Ticket>,
        /// The response that belongs to the request.
        expected: CommandId,
        /// Its octets.
        frame: Frame<'i>,
    },
    /// A request of the peer that the session refused by itself.
    Refused {
        /// Its octets.
        frame: Frame<'i>,
        /// The status that the peer gets. A PDU without response gets no answer.
        status: CommandStatus,
        /// Why.
        cause: Refusal,
    },
    /// Octets of a PDU that is too large for the receive buffer were dropped. What it was, an event before this said.
    Discarded {
        /// How many.
        octets: usize,
    },
    /// A request of ours got no response in time: its outcome is unknown. Its ticket ends.
    TimedOut {
        /// The request.
        ticket: Ticket,
    },
    /// The session ended before a request of ours was answered. Its ticket ends.
    Abandoned {
        /// The request.
        ticket: Ticket,
        /// Whether its octets may have reached the peer: then its outcome is unknown. If not, it can be sent again without
        /// fear of doubling it. See [`handle_closed`](super::Session::handle_closed).
        written: bool,
    },
    /// A request that [`SendError::WindowFull`](super::SendError::WindowFull) or
    /// [`SendError::RateLimited`](super::SendError::RateLimited) held back can be sent now.
    Writable,
    /// The session is over: write what [`poll_transmit`](super::Session::poll_transmit) still has, then close the
    /// connection. Comes once, as the last event.
    Closed(CloseReason),
}

/// In place of a PDU that the session saw can be read, and left to the application to read: from the event's `frame`, by
/// [`Frame::body`]. So a program carries code only for the PDUs that it names.
///
/// ```
/// use smpp_core::pdu::{DeliverSm, DeliverSmResp};
/// use smpp_core::session::{Event, Session, Undecoded};
/// use smpp_core::Instant;
///
/// fn handle(session: &mut Session<10>, now: Instant, event: Event<'_, Undecoded>, out: &mut [u8]) -> Option<usize> {
///     let Event::Request { reply_to, frame, .. } = event else { return None };
///     let Ok(delivery) = frame.body::<DeliverSm>() else { return None };
///     println!("{} octets from {}", delivery.short_message.len(), delivery.source.addr);
///     session.respond(now, reply_to, &DeliverSmResp::default(), out).ok()
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Undecoded;

/// How much of a PDU that arrives is read.
pub(super) trait Reading<'i>: Sized {
    /// What is kept of it.
    fn read(frame: &Frame<'i>) -> Result<Self, DecodeError>;

    /// The TLVs of what was read from `frame`.
    fn tlvs(&self, frame: &Frame<'i>) -> Tlvs<'i>;
}

impl<'i> Reading<'i> for Pdu<'i> {
    fn read(frame: &Frame<'i>) -> Result<Self, DecodeError> {
        frame.pdu()
    }

    #[inline]
    fn tlvs(&self, _: &Frame<'i>) -> Tlvs<'i> {
        self.tlvs()
    }
}

impl<'i> Reading<'i> for Undecoded {
    fn read(frame: &Frame<'i>) -> Result<Self, DecodeError> {
        frame.tlvs().map(|_| Self)
    }

    fn tlvs(&self, frame: &Frame<'i>) -> Tlvs<'i> {
        frame.tlvs().unwrap_or_default()
    }
}

/// What a response answers to. Keep it until the answer is known; answers may go in any order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReplyTo {
    pub(super) command: CommandId,
    pub(super) sequence_number: u32,
}

impl ReplyTo {
    /// The request of this command and number: for a session that [resumes](super::Session::resume) another one, whose
    /// pending requests it is to answer.
    #[must_use]
    pub const fn new(command: CommandId, sequence_number: u32) -> Self {
        Self { command, sequence_number }
    }

    /// The request.
    #[must_use]
    pub const fn command(self) -> CommandId {
        self.command
    }

    /// The number that the peer gave it: any 32 bits, and echoed as they are.
    #[must_use]
    pub const fn sequence_number(self) -> u32 {
        self.sequence_number
    }
}

/// Why a session refused a request by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refusal {
    /// No version that we speak has this command, or this peer's side never sends it.
    UnknownCommand,
    /// [`Config::commands`](super::Config::commands) does not offer it.
    NotOffered,
    /// It is not allowed in this state.
    WrongState,
    /// Its body cannot be read.
    Malformed(DecodeError),
    /// It is larger than [`Config::max_pdu`](super::Config::max_pdu).
    TooLarge,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand => f.write_str("unknown command"),
            Self::NotOffered => f.write_str("command not offered"),
            Self::WrongState => f.write_str("not allowed in this state"),
            Self::Malformed(error) => error.fmt(f),
            Self::TooLarge => f.write_str("PDU larger than the receive buffer"),
        }
    }
}

/// Why a session is over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CloseReason {
    /// We unbound, and the peer answered or closed the connection.
    Unbound,
    /// The peer unbound.
    UnboundByPeer,
    /// No messages for [`Config::inactivity`](super::Config::inactivity): we unbound.
    Inactive,
    /// We unbound and got no answer.
    UnbindTimeout,
    /// No bind within [`Config::session_init`](super::Config::session_init).
    SessionInitTimeout,
    /// Our bind got no answer.
    BindTimeout,
    /// Our bind was answered, by its number, with a response that is not its own: [`Event::Mismatched`] said which.
    /// Whether the peer is bound, and as what, nobody can tell.
    WrongBindResponse,
    /// The peer did not react to enquire_link: it is gone, or the line is.
    LinkLost,
    /// The peer's octets cannot be cut into PDUs.
    FramingLost,
    /// The peer said that it cannot cut our octets into PDUs (generic_nack with ESME_RINVCMDLEN), and then closed the
    /// connection or did not answer the enquire_link that asked whether it still can.
    FramingRefused,
    /// The connection was closed without unbind.
    ConnectionLost,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unbound => "unbound",
            Self::UnboundByPeer => "unbound by the peer",
            Self::Inactive => "no messages for too long",
            Self::UnbindTimeout => "unbind was not answered",
            Self::SessionInitTimeout => "nobody bound in time",
            Self::BindTimeout => "bind was not answered",
            Self::WrongBindResponse => "bind was answered by a response that is not its own",
            Self::LinkLost => "the peer does not react to enquire_link",
            Self::FramingLost => "the peer sends octets that are not SMPP",
            Self::FramingRefused => "the peer lost the framing of our octets",
            Self::ConnectionLost => "connection lost",
        })
    }
}
