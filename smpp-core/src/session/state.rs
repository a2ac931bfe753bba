//! Who we are and how far the session has come.

use crate::types::{CommandId, InterfaceVersion};
use core::fmt;

/// Which end of the connection a session is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// External short messaging entity: the one that binds.
    Esme,
    /// Message centre (SMSC in older texts): the one that is bound to.
    Mc,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Esme => Self::Mc,
            Self::Mc => Self::Esme,
        }
    }
}

/// How far a session has come (SMPP 3.4 §2.2; 5.0 §2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum State {
    /// Connected, not bound.
    Open,
    /// The MC sent outbind and waits for the bind of the ESME.
    Outbound,
    /// Bound as a transmitter: the ESME submits.
    BoundTx,
    /// Bound as a receiver: the MC delivers.
    BoundRx,
    /// Bound as a transceiver: both.
    BoundTrx,
    /// One side sent unbind; what is under way may finish.
    Unbound,
    /// Over. The connection is to be closed.
    Closed,
}

impl State {
    /// Whether messages can travel.
    #[must_use]
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::BoundTx | Self::BoundRx | Self::BoundTrx)
    }

    /// The state that a successful bind leads to.
    pub(super) const fn after_bind(bind: CommandId) -> Self {
        match bind {
            CommandId::BIND_TRANSMITTER => Self::BoundTx,
            CommandId::BIND_RECEIVER => Self::BoundRx,
            _ => Self::BoundTrx,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "OPEN",
            Self::Outbound => "OUTBOUND",
            Self::BoundTx => "BOUND_TX",
            Self::BoundRx => "BOUND_RX",
            Self::BoundTrx => "BOUND_TRX",
            Self::Unbound => "UNBOUND",
            Self::Closed => "CLOSED",
        })
    }
}

/// The version that both sides speak (SMPP 3.4 §3.4, §5.2.4; 5.0 §3.4): the lower one, as one of the three that exist.
/// Anything below 0x34 means 3.3, whatever the octet says.
pub(super) const fn common_version(one: InterfaceVersion, other: InterfaceVersion) -> InterfaceVersion {
    match if one.0 < other.0 { one.0 } else { other.0 } {
        0x50.. => InterfaceVersion::V5_0,
        0x34.. => InterfaceVersion::V3_4,
        _ => InterfaceVersion::V3_3,
    }
}
