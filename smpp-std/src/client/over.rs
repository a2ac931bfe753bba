//! A connection that the caller made: through a proxy, from a certain address, with TLS of its own.

use super::link::Link;
use super::{BUFFER, Client, Connect};
use crate::clock::Clock;
use crate::error::Error;
use crate::socket::Socket;
use crate::tls::TlsError;
use crate::transport::{Transport, tls_error};
use rustls::{ClientConnection, Connection};
use smpp_core::{Buffer, Instant};
use std::io::{self, ErrorKind};
use std::net::TcpStream;

impl<const WINDOW: usize> Client<WINDOW> {
    /// A client on a TCP connection that is made already. With [`Connect::tls`] it is secured first: the certificate must be
    /// for [`Connect::server_name`], or without one for the peer's IP address. Bind next.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Tls`].
    pub fn over(stream: TcpStream, how: &Connect) -> Result<Self, Error> {
        let peer = peer(&stream)?;
        let tls = how.tls.as_ref().map(|tls| {
            let name = how.server_name.clone().unwrap_or_else(|| peer.ip().to_string());
            tls.connection(&name)
        });
        Self::on(stream, &peer.to_string(), tls.transpose(), how)
    }

    /// As [`over`](Self::over), with TLS of the caller's own making, its handshake done or not.
    /// [`Connect::tls`] and [`Connect::server_name`] are not used.
    ///
    /// # Errors
    /// As [`over`](Self::over).
    pub fn over_tls(stream: TcpStream, tls: ClientConnection, how: &Connect) -> Result<Self, Error> {
        let peer = peer(&stream)?;
        Self::on(stream, &peer.to_string(), Ok(Some(tls.into())), how)
    }

    fn on(
        stream: TcpStream,
        peer: &str,
        tls: Result<Option<Connection>, TlsError>,
        how: &Connect,
    ) -> Result<Self, Error> {
        let tls = tls.map_err(|cause| Error::Tls { address: peer.to_owned(), cause })?;
        let deadline = how.clock.now().after(how.timeout);
        let ready = Socket::new(stream).and_then(|socket| {
            let mut transport = Transport::new(socket, tls);
            shake_hands(&mut transport, &how.clock, deadline).map(|()| transport)
        });
        let address = peer.to_owned();
        let transport = ready.map_err(|cause| match tls_error(&cause) {
            Some(cause) => Error::Tls { address, cause },
            None => Error::Connect { address, cause },
        })?;
        let link = Link::new(transport, peer, how.session, how.clock);
        Ok(Self { link, incoming: Buffer::new(vec![0; BUFFER]), consumed: 0 })
    }
}

fn peer(stream: &TcpStream) -> Result<std::net::SocketAddr, Error> {
    let unknown = |cause| Error::Connect { address: "the connection that was given".to_owned(), cause };
    stream.peer_addr().map_err(unknown)
}

fn shake_hands(transport: &mut Transport<Socket>, clock: &Clock, deadline: Instant) -> io::Result<()> {
    loop {
        match transport.handshake() {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = clock.until(deadline);
                if left.is_zero() {
                    return Err(ErrorKind::TimedOut.into());
                }
                transport.socket().wait(true, transport.wants_write(), left)?;
            }
            Err(error) => return Err(error),
        }
    }
}
