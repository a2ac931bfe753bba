//! What can go wrong between a client and its MC, sorted by whose fault it is.

use crate::tls::TlsError;
use smpp_core::DecodeError;
use smpp_core::frame::FrameError;
use smpp_core::session::{CloseReason, SendError};
use smpp_core::types::{CommandId, CommandStatus, StatusClass};
use std::{fmt, io};

/// Why something with a peer failed. Each prints as one line: what, where, what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The address is not `HOST:PORT`, or the host has no address.
    Resolve {
        /// What was to be found.
        address: String,
        /// What the system says.
        cause: io::Error,
    },
    /// No TCP connection came about.
    Connect {
        /// Where to.
        address: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The peer is not the one that it should be, or TLS failed otherwise.
    Tls {
        /// Where to.
        address: String,
        /// What is wrong.
        cause: TlsError,
    },
    /// The MC refused the bind.
    BindRefused {
        /// Where.
        address: String,
        /// Why.
        status: CommandStatus,
    },
    /// The MC answered a bind with the response to another kind of bind.
    WrongBindResponse {
        /// Where.
        address: String,
        /// What the bind was.
        bind: CommandId,
        /// What came.
        response: CommandId,
    },
    /// The peer's octets are no SMPP.
    Protocol {
        /// Where they came from.
        address: String,
        /// What is wrong.
        cause: FrameError,
        /// The first of the octets that are no PDU, 32 at most.
        octets: Vec<u8>,
        /// Whether the session was bound: then it is the peer or the line that has a fault, and not a setting of ours.
        was_bound: bool,
    },
    /// Our own side asked for something that cannot be sent.
    Send(SendError),
    /// A request was refused.
    Rejected {
        /// Why.
        status: CommandStatus,
    },
    /// A message was accepted by a response that cannot be read: it has a message_id that is not known. To send it again would
    /// double it.
    Accepted {
        /// What is wrong with the response.
        cause: DecodeError,
    },
    /// A request got no response in time: its outcome is unknown.
    TimedOut,
    /// A request was not answered before the session ended.
    Abandoned {
        /// Whether it may have reached the peer all the same.
        written: bool,
    },
    /// The line failed.
    Line {
        /// Where to.
        address: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The session is over.
    Closed {
        /// With whom.
        address: String,
        /// Why.
        reason: CloseReason,
        /// Whether it was bound before.
        was_bound: bool,
    },
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve { address, cause } => {
                write!(f, "cannot find {address}: {cause}: give an existing host and a port as HOST:PORT")
            }
            Self::Connect { address, cause } => {
                write!(f, "cannot connect to {address}: {cause}: {}", connect_advice(cause))
            }
            Self::Tls { address, cause } => write!(f, "no secure connection to {address}: {cause}"),
            Self::BindRefused { address, status } => {
                write!(f, "{address} refused the bind with {status}: {}", bind_advice(*status))
            }
            Self::WrongBindResponse { address, bind, response } => {
                write!(
                    f,
                    "{address} answered {bind} with {response}: try another kind of bind, or ask the provider"
                )
            }
            Self::Protocol { address, cause, octets, was_bound } => {
                let octets = Octets(octets);
                write!(
                    f,
                    "what {address} sends cannot be read: {cause}: {octets}{}",
                    framing_advice(*was_bound)
                )
            }
            Self::Send(error) => error.fmt(f),
            Self::Rejected { status } => write!(f, "the request was refused with {status}"),
            Self::Accepted { cause } => {
                write!(
                    f,
                    "the message was accepted, but its message_id cannot be read: {cause}: do not send it again"
                )
            }
            Self::TimedOut => f.write_str("no response in time: the outcome of the request is unknown"),
            Self::Abandoned { written: true } => {
                f.write_str("the session ended before the response: the outcome of the request is unknown")
            }
            Self::Abandoned { written: false } => {
                f.write_str("the session ended before the request was sent: send it again on a new one")
            }
            Self::Line { address, cause } => {
                write!(f, "the connection to {address} failed: {cause}: connect again")
            }
            Self::Closed { address, reason, was_bound } => {
                write!(f, "the session with {address} is over: {reason}{}", end_advice(*reason, *was_bound))
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Resolve { cause, .. } | Self::Connect { cause, .. } | Self::Line { cause, .. } => {
                Some(cause)
            }
            Self::Tls { cause, .. } => Some(cause),
            Self::Protocol { cause, .. } => Some(cause),
            Self::Send(error) => Some(error),
            _ => None,
        }
    }
}

fn connect_advice(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::ConnectionRefused => "is the server running, and is this its port?",
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            "check the address, and whether your own IP address is admitted"
        }
        _ => "check the address and the network",
    }
}

fn bind_advice(status: CommandStatus) -> &'static str {
    match status {
        CommandStatus::ESME_RALYBND => {
            "it still holds a session of this account, or all that it may have: end that one, or wait"
        }
        CommandStatus::ESME_RINVCMDID => "it does not offer this kind of bind: try another",
        other if other.class() == StatusClass::BindError || other == CommandStatus::ESME_RBINDFAIL => {
            "check system_id, password and system_type"
        }
        other if matches!(other.class(), StatusClass::Throttle | StatusClass::BindRetry) => {
            "wait, then try again"
        }
        _ => "ask the provider",
    }
}

/// What to do about the end of a session, where there is something to do.
fn end_advice(reason: CloseReason, was_bound: bool) -> &'static str {
    match reason {
        CloseReason::BindTimeout => framing_advice(false),
        CloseReason::FramingLost | CloseReason::FramingRefused => framing_advice(was_bound),
        CloseReason::WrongBindResponse => ": try another kind of bind, or ask the provider",
        CloseReason::LinkLost | CloseReason::ConnectionLost => ": connect again",
        _ => "",
    }
}

/// What to do about octets that are no PDUs.
const fn framing_advice(was_bound: bool) -> &'static str {
    if was_bound {
        // Host, port and TLS have proved right.
        ": the session had worked: connect again, and show the peer's operator these octets"
    } else {
        ": check host, port and TLS"
    }
}

/// Octets as a reader of logs wants them: in hexadecimal, and as text where they are text.
struct Octets<'o>(&'o [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{octet:02x}")?;
        }
        let is_text = self.0.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace());
        if is_text && !self.0.is_empty() { write!(f, " (\"{}\")", self.0.escape_ascii()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::frame::{Frame, MAX_PDU};

    #[test]
    fn each_error_is_one_line_with_its_place() {
        let address = || "smsc.example:2775".to_owned();
        let refused = Error::Connect { address: address(), cause: io::ErrorKind::ConnectionRefused.into() };
        let password = Error::BindRefused { address: address(), status: CommandStatus::ESME_RINVPASWD };
        let lost = Error::Closed { address: address(), reason: CloseReason::LinkLost, was_bound: true };
        for error in [refused, password, lost] {
            let line = error.to_string();
            assert!(
                line.contains("smsc.example:2775") && line.contains(": ") && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn a_refused_bind_says_what_to_check() {
        let error = Error::BindRefused { address: "h:1".to_owned(), status: CommandStatus::ESME_RINVPASWD }
            .to_string();
        assert!(error.contains("ESME_RINVPASWD") && error.contains("check system_id, password"), "{error}");
    }

    #[test]
    fn lost_framing_shows_the_octets_and_its_advice_fits_what_has_worked() {
        let protocol = |octets: &[u8], was_bound| {
            let cause = Frame::split(b"HTTP", MAX_PDU).expect_err("no PDU is so long");
            Error::Protocol { address: "h:1".to_owned(), cause, octets: octets.to_vec(), was_bound }
                .to_string()
        };
        let wrong_port = protocol(b"HTTP/1.1 400\r\n", false);
        assert!(
            wrong_port.contains("48 54 54 50") && wrong_port.contains("(\"HTTP/1.1 400\\r\\n\")"),
            "{wrong_port}"
        );
        assert!(
            wrong_port.contains("check host, port and TLS") && !wrong_port.contains('\n'),
            "{wrong_port}"
        );
        let later = protocol(&[0xFF; 4], true);
        assert!(later.contains("ff ff ff ff: the session had worked") && !later.contains("TLS"), "{later}");
        let refused = |was_bound| {
            let (address, reason) = ("h:1".to_owned(), CloseReason::FramingRefused);
            Error::Closed { address, reason, was_bound }.to_string()
        };
        assert!(refused(false).contains("TLS") && !refused(true).contains("TLS"));
    }
}
