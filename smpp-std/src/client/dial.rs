//! Making a connection.

use super::Connect;
use crate::clock::Clock;
use crate::error::Error;
use crate::socket::Socket;
use crate::transport::{Transport, tls_error};
use smpp_core::Instant;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Connects to the first address of `HOST:PORT` that answers, and secures the line if asked for.
pub(super) fn dial(address: &str, how: &Connect, clock: &Clock) -> Result<Transport<Socket>, Error> {
    let deadline = clock.now().after(how.timeout);
    let to = || address.to_owned();
    let tls = match &how.tls {
        None => None,
        Some(tls) => {
            let name = how.server_name.as_deref().unwrap_or(host(address));
            Some(tls.connection(name).map_err(|cause| Error::Tls { address: to(), cause })?)
        }
    };
    let socket = connect(address, clock, deadline)?;
    let socket = Socket::new(socket).map_err(|cause| Error::Connect { address: to(), cause })?;
    let mut transport = Transport::new(socket, tls);
    match shake_hands(&mut transport, clock, deadline) {
        Ok(()) => Ok(transport),
        Err(cause) => Err(match tls_error(&cause) {
            Some(cause) => Error::Tls { address: to(), cause },
            None => Error::Connect { address: to(), cause },
        }),
    }
}

/// The host of `HOST:PORT`; an IPv6 address without its brackets.
fn host(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']'])
}

fn connect(address: &str, clock: &Clock, deadline: Instant) -> Result<TcpStream, Error> {
    let unknown = |cause| Error::Resolve { address: address.to_owned(), cause };
    let candidates = address.to_socket_addrs().map_err(unknown)?;
    let mut last = None;
    for candidate in candidates {
        let left = clock.until(deadline).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&candidate, left) {
            Ok(socket) => return Ok(socket),
            Err(cause) => last = Some(cause),
        }
    }
    Err(match last {
        Some(cause) => Error::Connect { address: address.to_owned(), cause },
        None => unknown(ErrorKind::NotFound.into()),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_stands_before_the_port() {
        assert_eq!(host("smsc.example:2775"), "smsc.example");
        assert_eq!(host("[::1]:2775"), "::1");
    }
}
