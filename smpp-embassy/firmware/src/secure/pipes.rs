//! Two pipes that look like a transport from one side.

use core::convert::Infallible;
use core::fmt;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use embedded_io_async::{ErrorType, Read, Write};

/// Octets that each direction holds.
const CAPACITY: usize = 512;

/// The two directions between a session and what carries its octets.
pub struct Pipes {
    inward: Pipe<NoopRawMutex, CAPACITY>,
    outward: Pipe<NoopRawMutex, CAPACITY>,
    ended: Signal<NoopRawMutex, ()>,
}

impl fmt::Debug for Pipes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipes").finish_non_exhaustive()
    }
}

impl Default for Pipes {
    fn default() -> Self {
        Self { inward: Pipe::new(), outward: Pipe::new(), ended: Signal::new() }
    }
}

impl Pipes {
    /// The session's side.
    pub fn transport(&self) -> Transport<'_> {
        Transport(self)
    }

    /// Gives octets of the peer to the session.
    pub(super) async fn deliver(&self, octets: &[u8]) {
        self.inward.write_all(octets).await;
    }

    /// Takes octets of the session for the peer.
    pub(super) async fn collect(&self, buffer: &mut [u8]) -> usize {
        self.outward.read(buffer).await
    }

    /// Nothing more will be delivered.
    pub(super) fn end(&self) {
        self.ended.signal(());
    }
}

/// The session's side of [`Pipes`]. Its futures have no side effects when they are dropped before they are ready.
#[derive(Debug)]
pub struct Transport<'p>(&'p Pipes);

impl ErrorType for Transport<'_> {
    type Error = Infallible;
}

impl Read for Transport<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        // What was delivered goes before the end.
        match select(self.0.inward.read(buffer), self.0.ended.wait()).await {
            Either::First(count) => Ok(count),
            Either::Second(()) => {
                self.0.end();
                Ok(0)
            }
        }
    }
}

impl Write for Transport<'_> {
    async fn write(&mut self, octets: &[u8]) -> Result<usize, Infallible> {
        Ok(self.0.outward.write(octets).await)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
