//! How much one address and one account may take of a server, and how long the fields of their requests may be.

use smpp_core::types::CommandStatus;
use std::fmt;
use std::time::Duration;

/// What a [`Server`](super::Server) grants, so that no peer can take it away from the others. The limits are on by default; each
/// can be set, and [`Limits::NONE`] turns all of them off.
///
/// IPv6 addresses count by their first 64 bits: that is what one peer has at its disposal.
///
/// ```
/// use smpp_std::{Limit, Limits, Serve};
///
/// let limits = Limits { account: Limit { sessions: 4, ..Limits::default().account }, ..Limits::default() };
/// let serve = Serve { limits, ..Serve::default() };
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// For all connections from one address. A connection beyond it is closed at once.
    ///
    /// Default: 1,000 sessions, which is more than a gateway with one host binds, and few enough that one host cannot take all
    /// file descriptors; 20 failed binds, which is more than a wrong setting tries before somebody looks; 16 MiB.
    pub address: Limit,
    /// For all sessions of one system_id. A bind beyond it is refused: ESME_RALYBND for one session too many,
    /// ESME_RBINDFAIL after too many failed ones.
    ///
    /// Default: 100 sessions, which is more than a provider grants; 100 failed binds, so that guesses from many addresses have an end
    /// too and no single address can shut an account out, since it is shut out itself before; 16 MiB.
    pub account: Limit,
    /// How long failed binds are remembered behind the last one, of up to 65,536 addresses and as many accounts. Default 60 s.
    pub memory: Duration,
    /// How long the answer to a refused bind is held back. Nothing is read from its connection meanwhile, so one connection cannot
    /// try more passwords than one in this time. Default 500 ms: a person does not mind it, and a guesser gets two a second.
    pub refusal_delay: Duration,
    /// How long fields may be.
    pub fields: FieldLimits,
}

/// The most octets of a C-octet string, its NUL not counted. A request beyond it is refused with the status of the field, without
/// asking the application: see [`Event::Refused`](smpp_core::session::Event::Refused).
///
/// The standard's limits are shorter than what providers issue, and clients send what they were issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldLimits {
    /// ESME_RINVSYSID. Default 64 (SMPP 3.4 §5.2.1 has 15).
    pub system_id: usize,
    /// ESME_RINVPASWD. Default 64 (SMPP 3.4 §5.2.2 has 8; tokens of 16 to 64 characters are issued).
    pub password: usize,
    /// ESME_RINVSYSTYP. Default 64 (SMPP 3.4 §5.2.3 has 12).
    pub system_type: usize,
    /// ESME_RBINDFAIL, since it has no status of its own. Default 64 (SMPP 3.4 §5.2.7 has 40).
    pub address_range: usize,
    /// ESME_RINVSERTYP, in every request that has it. Default 20 (SMPP 3.4 §5.2.11 has 5; billing codes are put into it).
    pub service_type: usize,
}

impl Limits {
    /// No limit and no delay: for a server of which every peer is trusted.
    pub const NONE: Self = Self {
        address: Limit::NONE,
        account: Limit::NONE,
        memory: Duration::ZERO,
        refusal_delay: Duration::ZERO,
        fields: FieldLimits::NONE,
    };
}

impl FieldLimits {
    /// No limit.
    pub const NONE: Self = Self {
        system_id: usize::MAX,
        password: usize::MAX,
        system_type: usize::MAX,
        address_range: usize::MAX,
        service_type: usize::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            address: Limit { sessions: 1000, failed_binds: 20, octets: 16 << 20 },
            account: Limit { sessions: 100, failed_binds: 100, octets: 16 << 20 },
            memory: Duration::from_secs(60),
            refusal_delay: Duration::from_millis(500),
            fields: FieldLimits::default(),
        }
    }
}

impl Default for FieldLimits {
    fn default() -> Self {
        Self { system_id: 64, password: 64, system_type: 64, address_range: 64, service_type: 20 }
    }
}

/// What one address or one account may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// How many sessions at a time; connections that are not bound yet count for their address.
    pub sessions: u32,
    /// How many binds in a row may be refused before no other is let in until [`Limits::memory`] is over. A bind that is
    /// accepted does not end the row: who has one password must not guess another. For accounts, mind that anybody who
    /// knows a system_id can shut its owner out with it.
    pub failed_binds: u32,
    /// How many octets may wait in memory between calls: of PDUs that are not whole yet, and of those that the peer does
    /// not read. The session that goes beyond is closed.
    pub octets: usize,
}

impl Limit {
    /// No limit.
    pub const NONE: Self = Self { sessions: u32::MAX, failed_binds: u32::MAX, octets: usize::MAX };
}

/// Which limit a peer ran into.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limited {
    /// Whose limit.
    pub scope: QuotaScope,
    /// Which one.
    pub kind: QuotaKind,
}

/// Whose limit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum QuotaScope {
    /// That of the address.
    Address,
    /// That of the account, which is the system_id.
    Account,
}

/// What there was too much of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum QuotaKind {
    /// [`Limit::sessions`]
    Sessions,
    /// [`Limit::failed_binds`]
    FailedBinds,
    /// [`Limit::octets`]
    Octets,
}

impl Limited {
    /// What a bind that runs into it is refused with.
    pub(super) const fn status(self) -> CommandStatus {
        match self.kind {
            QuotaKind::Sessions => CommandStatus::ESME_RALYBND,
            QuotaKind::FailedBinds | QuotaKind::Octets => CommandStatus::ESME_RBINDFAIL,
        }
    }
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            QuotaKind::Sessions => "sessions",
            QuotaKind::FailedBinds => "failed binds",
            QuotaKind::Octets => "octets in memory",
        };
        let whose = match self.scope {
            QuotaScope::Address => "address",
            QuotaScope::Account => "account",
        };
        write!(f, "too many {what} of one {whose}")
    }
}
