//! TLS between a session and its TCP connection.
//!
//! A future of `embedded-tls` that is dropped in the middle of a record loses the record, and an SMPP client drops its
//! futures when a timer comes first. So TLS runs beside the client, in futures that nobody drops, and two
//! [pipes](Pipes) join the two.

mod pipes;
mod provider;
mod shared;

pub use pipes::{Pipes, Transport};

use embassy_futures::select::select;
use embedded_io_async::{Read, Write};
use embedded_tls::{Aes128GcmSha256, FlushPolicy, TlsConfig, TlsConnection, TlsContext, TlsError};
use provider::Provider;
use shared::Shared;
use smpp_embassy::net::Connection;

/// Octets of memory for records: what our message centres send is small, and a handshake has the certificates in it.
const INCOMING: usize = 4096;
const OUTGOING: usize = 2048;

/// The memory of a secure line.
#[derive(Debug)]
pub struct Records {
    incoming: [u8; INCOMING],
    outgoing: [u8; OUTGOING],
}

impl Records {
    /// All zero.
    pub const EMPTY: Self = Self { incoming: [0; INCOMING], outgoing: [0; OUTGOING] };
}

/// Makes a TCP connection secure, and then carries octets between it and `pipes` until it ends.
///
/// `ready` is called once the peer has proved to be `server_name` by a certificate of `authority` (DER).
///
/// # Errors
/// The handshake failed, or the certificate is not right.
pub async fn carry(
    connection: Connection<'_>,
    records: &mut Records,
    authority: &[u8],
    server_name: &str,
    pipes: &Pipes,
    ready: impl FnOnce(),
) -> Result<(), TlsError> {
    let socket = Shared::cell(connection);
    let Records { incoming, outgoing } = records;
    let mut tls = TlsConnection::<_, Aes128GcmSha256>::new(Shared::of(&socket), incoming, outgoing);
    tls.set_flush_policy(FlushPolicy::Relaxed);
    let config = TlsConfig::new().with_server_name(server_name);
    tls.open(TlsContext::new(&config, Provider::new(authority))).await?;
    ready();

    let (mut reader, mut writer) = tls.split();
    let inward = async {
        let mut octets = [0; 256];
        while let Ok(count @ 1..) = reader.read(&mut octets).await {
            pipes.deliver(&octets[..count]).await;
        }
    };
    let outward = async {
        let mut octets = [0; 256];
        loop {
            let count = pipes.collect(&mut octets).await;
            if writer.write_all(&octets[..count]).await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    };
    select(inward, outward).await;
    pipes.end();
    Ok(())
}
