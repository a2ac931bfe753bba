//! What can go wrong between a session and its peer, sorted by whose fault it is.

use core::fmt;
use smpp_core::DecodeError;
use smpp_core::frame::FrameError;
use smpp_core::session::{CloseReason, SendError};
use smpp_core::types::{CommandId, CommandStatus};

/// Why something with a peer failed. `E` is the error of the transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error<E> {
    /// The line failed.
    Transport(E),
    /// The peer's octets are no SMPP.
    Protocol(FrameError),
    /// Our own side asked for something that cannot be sent.
    Send(SendError),
    /// The MC refused the bind.
    BindRefused {
        /// Why.
        status: CommandStatus,
    },
    /// The MC answered the bind with the response of another bind. Whether it is bound, and as what, nobody can tell: close the
    /// connection.
    WrongBindResponse {
        /// What came in place of the bind's own response.
        response: CommandId,
    },
    /// A request was refused.
    Rejected {
        /// Why.
        status: CommandStatus,
    },
    /// A message was accepted by a response that cannot be read: it has a message_id that is not known. To send it again would
    /// double it.
    Accepted(DecodeError),
    /// A request got no response in time: its outcome is unknown.
    TimedOut,
    /// A request was not answered before the session ended.
    Abandoned {
        /// Whether it may have reached the peer all the same.
        written: bool,
    },
    /// The session is over.
    Closed(CloseReason),
}

impl<E> From<SendError> for Error<E> {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl<E: fmt::Debug> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Transports promise `Debug` only.
            Self::Transport(error) => write!(f, "the connection failed: {error:?}"),
            Self::Protocol(error) => write!(f, "what the peer sends cannot be read: {error}"),
            Self::Send(error) => error.fmt(f),
            Self::BindRefused { status } => write!(f, "the bind was refused with {status}"),
            Self::WrongBindResponse { response } => write!(f, "the bind was answered by {response}"),
            Self::Rejected { status } => write!(f, "the request was refused with {status}"),
            Self::Accepted(error) => {
                write!(f, "the message was accepted, but its message_id cannot be read: {error}")
            }
            Self::TimedOut => f.write_str("no response in time: the outcome of the request is unknown"),
            Self::Abandoned { written: true } => {
                f.write_str("the session ended before the response: the outcome of the request is unknown")
            }
            Self::Abandoned { written: false } => {
                f.write_str("the session ended before the request was sent: send it again on a new one")
            }
            Self::Closed(reason) => write!(f, "the session is over: {reason}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Protocol(error) => Some(error),
            Self::Send(error) => Some(error),
            _ => None,
        }
    }
}
