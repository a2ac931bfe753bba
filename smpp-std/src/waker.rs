//! What wakes a thread that waits for a socket.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};

/// A socket that talks to itself: it can be waited for beside a TCP socket, on every system.
#[derive(Debug)]
pub(crate) struct Waker(UdpSocket);

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // From now on it hears nobody else.
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    /// Lets the wait of another thread end, or the next one not begin.
    pub(crate) fn wake(&self) {
        // A socket that takes no more has enough to be heard.
        let _ = self.0.send(&[0]);
    }

    /// Forgets that it was woken.
    pub(crate) fn reset(&self) {
        while self.0.recv(&mut [0]).is_ok() {}
    }

    pub(crate) fn socket(&self) -> &UdpSocket {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::Socket;
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    #[test]
    fn a_wait_ends_when_another_thread_wakes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = Socket::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
        let waker = Waker::new().unwrap();
        let start = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20));
                waker.wake();
            });
            let ready = socket.wait_beside(&waker, true, false, Duration::from_secs(20)).unwrap();
            assert!(!ready.read);
        });
        assert!(start.elapsed() < Duration::from_secs(10));
        waker.reset();
        let start = Instant::now();
        socket.wait_beside(&waker, true, false, Duration::from_millis(5)).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(5), "it was reset");
    }
}
