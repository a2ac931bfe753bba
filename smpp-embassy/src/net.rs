//! TCP through embassy-net.

use core::fmt;
use embassy_net::dns::{self, DnsQueryType};
use embassy_net::tcp::{self, TcpSocket};
use embassy_net::{IpEndpoint, IpListenEndpoint, Stack};
use embedded_io_async::{ErrorType, Read, Write};

/// A TCP connection, ready to be the transport of a [`Client`](crate::Client) or a [`Server`](crate::Server).
///
/// It differs from a bare [`TcpSocket`] in [`flush`](Write::flush): what is written leaves by itself, and to wait until the
/// peer acknowledged it, as the socket does, would stop the session for a round trip behind each write.
pub struct Connection<'net> {
    socket: TcpSocket<'net>,
}

/// Why no TCP connection came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConnectError {
    /// The name has no address.
    Resolve(dns::Error),
    /// The last of its addresses cannot be connected to.
    Connect(tcp::ConnectError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(error) => write!(f, "the name has no address: {error:?}"),
            Self::Connect(error) => write!(f, "no connection: {error:?}"),
        }
    }
}

impl core::error::Error for ConnectError {}

impl<'net> Connection<'net> {
    /// Connects to `port` of `host`, a DNS name or an IPv4 address, through buffers of the caller. Each address of a name
    /// is tried in turn.
    ///
    /// # Errors
    /// [`ConnectError`]. How long a peer that does not answer is waited for is the caller's choice: put it under
    /// `embassy_time::with_timeout`.
    ///
    /// # Cancel safety
    /// When it is dropped, the connection is too.
    pub async fn connect(
        stack: Stack<'net>,
        receive: &'net mut [u8],
        transmit: &'net mut [u8],
        host: &str,
        port: u16,
    ) -> Result<Self, ConnectError> {
        let addresses = stack.dns_query(host, DnsQueryType::A).await.map_err(ConnectError::Resolve)?;
        let mut socket = TcpSocket::new(stack, receive, transmit);
        // PDUs are collected and written together already.
        socket.set_nagle_enabled(false);
        let mut outcome = Err(ConnectError::Resolve(dns::Error::Failed));
        for address in addresses {
            let endpoint = IpEndpoint::new(address, port);
            outcome = socket.connect(endpoint).await.map_err(ConnectError::Connect);
            if outcome.is_ok() {
                break;
            }
            socket.abort();
        }
        outcome.map(|()| Self { socket })
    }

    /// Waits for a connection to `port`, through buffers of the caller. Call it again, with other buffers, for the next one.
    ///
    /// # Errors
    /// A port that cannot be listened at, or a peer that goes away at once.
    ///
    /// # Cancel safety
    /// When it is dropped, nobody listens any more.
    pub async fn accept(
        stack: Stack<'net>,
        receive: &'net mut [u8],
        transmit: &'net mut [u8],
        port: u16,
    ) -> Result<Self, tcp::AcceptError> {
        let mut socket = TcpSocket::new(stack, receive, transmit);
        socket.set_nagle_enabled(false);
        socket.accept(IpListenEndpoint::from(port)).await?;
        Ok(Self { socket })
    }

    /// Closes the connection, and waits until the peer has everything that was written and knows of the end.
    ///
    /// # Errors
    /// When the peer resets the connection instead. To wait for one that is gone is in vain: put it under
    /// `embassy_time::with_timeout`.
    ///
    /// # Cancel safety
    /// When it is dropped, the connection is gone for this side without a word, as when the whole [`Connection`] is dropped: the
    /// peer finds out when it next sends. See [`abort`](Self::abort).
    pub async fn close(mut self) -> Result<(), tcp::Error> {
        self.socket.close();
        self.socket.flush().await
    }

    /// Resets the connection: the peer is told, and what it has not got yet is lost. So an MC does not take the next bind for a
    /// second one (ESME_RALYBND).
    ///
    /// # Errors
    /// When the connection is gone already.
    ///
    /// # Cancel safety
    /// When it is dropped, the peer may not have been told.
    pub async fn abort(mut self) -> Result<(), tcp::Error> {
        self.socket.abort();
        self.socket.flush().await
    }

    /// The peer's address and port, as long as the connection stands.
    #[must_use]
    pub fn peer(&self) -> Option<IpEndpoint> {
        self.socket.remote_endpoint()
    }
}

impl ErrorType for Connection<'_> {
    type Error = tcp::Error;
}

impl Read for Connection<'_> {
    /// Reads what has arrived, waits if nothing has. Free of side effects when it is dropped before.
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, tcp::Error> {
        self.socket.read(buffer).await
    }
}

impl Write for Connection<'_> {
    /// Hands over what the socket has room for, waits if it has none. Free of side effects when it is dropped before.
    async fn write(&mut self, octets: &[u8]) -> Result<usize, tcp::Error> {
        self.socket.write(octets).await
    }

    /// Nothing to do: the network stack sends what was written.
    async fn flush(&mut self) -> Result<(), tcp::Error> {
        Ok(())
    }
}

impl fmt::Debug for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer()).finish_non_exhaustive()
    }
}
