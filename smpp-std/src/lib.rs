//! SMPP over TCP and TLS with nothing but the standard library's blocking calls.

mod clock;
mod owned;
mod tls;
mod transport;

pub use clock::Clock;
pub use owned::OwnedPdu;
pub use tls::{ClientTls, Identity, ServerTls, TlsError, Trust};
pub use transport::Transport;
