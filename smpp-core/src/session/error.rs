//! What a session refuses: octets of the peer that cannot be framed, and wishes of its own side that cannot be met.

use super::state::State;
use crate::Instant;
use crate::error::EncodeError;
use crate::frame::FrameError;
use crate::types::{CommandId, InterfaceVersion};
use core::fmt;

/// Why the input of a session cannot be read any further. The session is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ProtocolError {
    /// A `command_length` that no PDU can have. A generic_nack with ESME_RINVCMDLEN waits in `poll_transmit`.
    Frame {
        /// What was there in place of a PDU.
        error: FrameError,
        /// How far the session had come. [`State::Open`]: this peer has sent no good bind or bind response, so it may speak
        /// another protocol, or TLS. Bound: it has spoken SMPP and lost count.
        state: State,
    },
    /// The session was closed before; what still arrives is not read.
    Closed,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame { error, .. } => error.fmt(f),
            Self::Closed => f.write_str("the session is closed"),
        }
    }
}

impl core::error::Error for ProtocolError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Frame { error, .. } => Some(error),
            Self::Closed => None,
        }
    }
}

/// Why a session did not write a PDU. Nothing was written and nothing has changed: no sequence number and no place in
/// the window was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SendError {
    /// As many requests as allowed are outstanding. [`Event::Writable`](super::Event::Writable) tells when to try again.
    WindowFull,
    /// The rate limit is reached. [`Event::Writable`](super::Event::Writable) tells when to try again.
    RateLimited {
        /// When the rate allows it, unless a response changes that.
        until: Instant,
    },
    /// The rules do not allow it in this state.
    NotAllowed {
        /// What was to be sent.
        command: CommandId,
        /// The state of the session.
        state: State,
    },
    /// The version of the session does not have this command.
    NotInVersion {
        /// What was to be sent.
        command: CommandId,
        /// The version that both sides speak.
        version: InterfaceVersion,
    },
    /// A 3.3 peer must not get TLVs (SMPP 3.4 §3.4).
    TlvsNotInVersion,
    /// A 3.3 peer must not get a message_id of more than 8 characters (SMPP 3.4 §3.4).
    MessageIdTooLong,
    /// This PDU does not answer that request, or all pending requests were answered already. (Which of them were is the
    /// application's to know: a session only counts them.)
    WrongResponse {
        /// The request.
        request: CommandId,
    },
    /// A value that its field cannot hold, or a slice that is too short.
    Encode(EncodeError),
    /// The session is closed.
    Closed,
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WindowFull => f.write_str("the window is full: wait for a response"),
            Self::RateLimited { .. } => f.write_str("rate limit reached"),
            Self::NotAllowed { command, state } => write!(f, "{command} is not allowed in state {state}"),
            Self::NotInVersion { command, version } => {
                write!(f, "{command} does not exist in SMPP {version}")
            }
            Self::TlvsNotInVersion => f.write_str("the peer speaks SMPP 3.3, which has no TLVs"),
            Self::MessageIdTooLong => {
                f.write_str("the peer speaks SMPP 3.3, where message_id has at most 8 characters")
            }
            Self::WrongResponse { request } => {
                write!(f, "this does not answer {request}, or it was answered")
            }
            Self::Encode(error) => error.fmt(f),
            Self::Closed => f.write_str("the session is closed"),
        }
    }
}

impl core::error::Error for SendError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Encode(error) => Some(error),
            _ => None,
        }
    }
}
