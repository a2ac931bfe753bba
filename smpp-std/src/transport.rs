//! A stream socket that is never waited for, with or without TLS.

use crate::tls::TlsError;
use rustls::Connection;
use std::io::{self, ErrorKind, Read, Write};

/// A non-blocking socket and, with TLS, what turns its octets into plain ones and back.
///
/// Every method returns at once. [`ErrorKind::WouldBlock`] says: wait until the socket is readable, or, when
/// [`Self::wants_write`] says so or it came from [`Self::write`], writable.
#[derive(Debug)]
pub(crate) struct Transport<S> {
    socket: S,
    tls: Option<Box<Tls>>,
}

#[derive(Debug)]
struct Tls {
    connection: Connection,
    /// Plain octets that wait in `connection`: while there are some, waiting for the socket would be wrong.
    plaintext: usize,
}

impl<S: Read + Write> Transport<S> {
    /// Plain TCP, or TLS over it if a connection is given. `socket` must be in non-blocking mode.
    pub(crate) fn new(socket: S, tls: Option<Connection>) -> Self {
        let tls = tls.map(|mut connection| {
            // A connection that was used already may hold some; what is wrong with it shows in the next call.
            let state = connection.process_new_packets();
            let plaintext = state.map_or(0, |state| state.plaintext_bytes_to_read());
            Box::new(Tls { connection, plaintext })
        });
        Self { socket, tls }
    }

    /// The socket.
    pub(crate) fn socket(&self) -> &S {
        &self.socket
    }

    /// Whether it is TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.tls.is_some()
    }

    /// The socket, to wait for it. With TLS, reading or writing it here would break the stream.
    pub(crate) fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// The same on another kind of socket for the same connection.
    pub(crate) fn with_socket<T>(self, change: impl FnOnce(S) -> io::Result<T>) -> io::Result<Transport<T>> {
        Ok(Transport { socket: change(self.socket)?, tls: self.tls })
    }

    /// Takes what has arrived; 0 octets say that the peer closed.
    ///
    /// # Errors
    /// `WouldBlock` when nothing has arrived; `InvalidData` around a `rustls::Error` when TLS failed; what the socket
    /// says.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return retry(|| self.socket.read(into)) };
        loop {
            match tls.connection.reader().read(into) {
                Ok(count) => {
                    tls.plaintext = tls.plaintext.saturating_sub(count);
                    return Ok(count);
                }
                // Without close_notify somebody else may have cut the line; for SMPP a line that ends without unbind
                // is a lost line either way.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                Err(_) => tls.receive(&mut self.socket)?,
            }
        }
    }

    /// Whether a read that does not fill its room says that nothing is left for now, so that the next one can be spared:
    /// so epoll(7), question 9.
    pub(crate) fn tells_drained(&self) -> bool {
        self.tls.is_none() && cfg!(target_os = "linux")
    }

    /// Whether [`Self::read`] has something even if the socket has not.
    pub(crate) fn has_plaintext(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.plaintext > 0)
    }

    /// Hands over as much of `octets` as goes now, in one system call if the socket takes it.
    ///
    /// # Errors
    /// `WouldBlock` when nothing of it went; what the socket says.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return retry(|| self.socket.write(octets)) };
        let count = tls.connection.writer().write(octets)?;
        match tls.flush(&mut self.socket) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ if count == 0 && !octets.is_empty() => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(count),
        }
    }

    /// Whether octets of TLS itself wait to be written: then call [`Self::flush`] once the socket is writable.
    pub(crate) fn wants_write(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.connection.wants_write())
    }

    /// Writes what TLS has ready.
    ///
    /// # Errors
    /// `WouldBlock` when the socket does not take all of it now; what the socket says.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => Ok(()),
            Some(tls) => tls.flush(&mut self.socket),
        }
    }

    /// Takes one step of the TLS handshake and tells whether it is complete.
    ///
    /// # Errors
    /// `WouldBlock` while the peer's turn has not come in; `UnexpectedEof` when it hung up; as [`Self::read`].
    pub(crate) fn handshake(&mut self) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else { return Ok(true) };
        tls.flush(&mut self.socket)?;
        if tls.connection.is_handshaking() {
            tls.receive(&mut self.socket)?;
            tls.flush(&mut self.socket)?;
        }
        Ok(!tls.connection.is_handshaking())
    }

    /// Says good-bye on the TLS level, if the socket takes it at once.
    pub(crate) fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.connection.send_close_notify();
            // The line ends here: nobody can be told of a failure.
            let _ = tls.flush(&mut self.socket);
        }
    }
}

impl Tls {
    /// Reads from the socket once and decrypts.
    fn receive<S: Read + Write>(&mut self, socket: &mut S) -> io::Result<()> {
        let count = retry(|| self.connection.read_tls(socket))?;
        let state = self.connection.process_new_packets().map_err(|error| {
            // The peer is told why, if the socket takes it.
            let _ = self.connection.write_tls(socket);
            io::Error::new(ErrorKind::InvalidData, error)
        })?;
        self.plaintext = state.plaintext_bytes_to_read();
        if count == 0 && self.connection.is_handshaking() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        match self.flush(socket) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    fn flush<S: Write>(&mut self, socket: &mut S) -> io::Result<()> {
        while self.connection.wants_write() {
            if retry(|| self.connection.write_tls(socket))? == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }
}

/// What TLS found wrong, if it was TLS.
pub(crate) fn tls_error(error: &io::Error) -> Option<TlsError> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(TlsError::Rustls(inner.clone()))
}

/// Repeats a call that a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
