//! A TCP connection that TLS can read in one future and write in another.

use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use embassy_net::tcp::Error;
use embedded_io_async::{ErrorType, Read, Write};
use smpp_embassy::net::Connection;

/// A handle of a connection. Each poll borrows it anew, which the connection allows: it keeps its wakers itself, one for
/// each direction.
#[derive(Clone, Debug)]
pub(super) struct Shared<'c, 'net>(&'c RefCell<Connection<'net>>);

impl<'c, 'net> Shared<'c, 'net> {
    pub(super) fn cell(connection: Connection<'net>) -> RefCell<Connection<'net>> {
        RefCell::new(connection)
    }

    pub(super) fn of(cell: &'c RefCell<Connection<'net>>) -> Self {
        Self(cell)
    }
}

impl ErrorType for Shared<'_, '_> {
    type Error = Error;
}

impl Read for Shared<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|context| pin!(self.0.borrow_mut().read(buffer)).poll(context)).await
    }
}

impl Write for Shared<'_, '_> {
    async fn write(&mut self, octets: &[u8]) -> Result<usize, Error> {
        poll_fn(|context| pin!(self.0.borrow_mut().write(octets)).poll(context)).await
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
