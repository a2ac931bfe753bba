#![doc = include_str!("../README.md")]

mod client;
mod clock;
mod credentials;
mod error;
mod octets;
mod outgoing;
mod owned;
mod reconnect;
mod server;
mod socket;
mod tls;
#[cfg(feature = "tokio")]
pub mod tokio;
mod transport;
mod waker;

pub use client::{Bound, Client, Connect, Driver, Pending, SharedClient};
pub use clock::Clock;
pub use credentials::secrets_match;
pub use error::Error;
pub use owned::OwnedPdu;
pub use reconnect::{Reconnect, Resubmit};
pub use server::{
    Application, FieldLimits, Limit, Limited, Limits, QuotaKind, QuotaScope, Serve, Server, ServerWaker,
    SessionId, Sessions, Stopper, Transmit,
};
/// The outbox of the core, where an application answers events and sends.
pub use smpp_core::link::Outbox;
pub use tls::{ClientTls, Identity, ServerTls, TlsError, Trust};
