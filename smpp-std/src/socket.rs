//! A TCP socket that waits only when it is told to, and then exactly as long as it is told.

use crate::waker::Waker;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// [`Read`] and [`Write`] of it return at once, with `WouldBlock` where others wait.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    /// After how long a blocking read gives up; zero for never.
    patience: Duration,
}

/// What a socket is ready for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ready {
    pub(crate) read: bool,
    pub(crate) write: bool,
}

/// Below this, a system's own time-out for reading is too coarse.
const COARSE: Duration = Duration::from_millis(100);

/// No wait lasts longer: a system may refuse more.
const FOREVER: Duration = Duration::from_secs(1 << 20);

impl Socket {
    /// Makes `stream` one of these. Small PDUs are not kept back until the last ones are acknowledged.
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        // Where single calls cannot be told not to wait, none does.
        stream.set_nonblocking(!cfg!(unix))?;
        Ok(Self { stream, patience: Duration::ZERO })
    }

    /// Waits until it can be read (if `read`) or written (if `write`), or `timeout` is over. May return early with nothing
    /// ready.
    pub(crate) fn wait(&self, read: bool, write: bool, timeout: Duration) -> io::Result<Ready> {
        let mut fds = [PollFd::new(&self.stream, flags(read, write))];
        poll_within(&mut fds, timeout)?;
        Ok(Self::ready(&fds[0], read, write))
    }

    /// As [`Self::wait`], and returns as soon as `waker` is woken.
    pub(crate) fn wait_beside(
        &self,
        waker: &Waker,
        read: bool,
        write: bool,
        timeout: Duration,
    ) -> io::Result<Ready> {
        let mut fds =
            [PollFd::new(&self.stream, flags(read, write)), PollFd::new(waker.socket(), flags(true, false))];
        poll_within(&mut fds, timeout)?;
        Ok(Self::ready(&fds[0], read, write))
    }

    fn ready(fd: &PollFd<'_>, read: bool, write: bool) -> Ready {
        let ready = fd.revents();
        // A failed socket is ready for both: the call that follows tells what is wrong.
        let failed = ready.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
        Ready {
            read: read && (failed || ready.contains(PollFlags::IN)),
            write: write && (failed || ready.contains(PollFlags::OUT)),
        }
    }

    /// Waits up to `timeout` for octets and takes them; `WouldBlock` when none came. May return early.
    pub(crate) fn read_within(&mut self, into: &mut [u8], timeout: Duration) -> io::Result<usize> {
        if timeout.is_zero() {
            self.read(into)
        } else if cfg!(unix) && timeout >= COARSE {
            // One system call in place of two. What the system rounds up must not make it late: it is told to give up
            // early, and the rest is waited for exactly.
            self.set_patience(timeout)?;
            match (&self.stream).read(into) {
                Err(error) if error.kind() == ErrorKind::Interrupted => Err(ErrorKind::WouldBlock.into()),
                other => other,
            }
        } else if self.wait(true, false, timeout)?.read {
            self.read(into)
        } else {
            Err(ErrorKind::WouldBlock.into())
        }
    }

    /// Lets a blocking read give up before `timeout`; nothing is changed where what is set is near enough.
    fn set_patience(&mut self, timeout: Duration) -> io::Result<()> {
        let most = timeout.min(FOREVER) - COARSE / 2;
        if self.patience.is_zero() || self.patience > most || self.patience < most / 4 {
            self.patience = most / 2;
            self.stream.set_read_timeout(Some(self.patience))?;
        }
        Ok(())
    }

    /// Another handle of the same connection.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()?, patience: Duration::ZERO })
    }

    /// Ends what we write; the peer sees the end of the stream.
    pub(crate) fn shutdown(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}

fn flags(read: bool, write: bool) -> PollFlags {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, read);
    flags.set(PollFlags::OUT, write);
    flags
}

/// Waits until one of `fds` is ready, `timeout` is over, or a signal came.
fn poll_within(fds: &mut [PollFd<'_>], timeout: Duration) -> io::Result<()> {
    let timeout = timeout.min(FOREVER);
    let timeout = Timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX),
        // Below a thousand million, whatever type the system gives it.
        tv_nsec: timeout.subsec_nanos() as _,
    };
    match poll(fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        use rustix::net::{RecvFlags, recv};
        Ok(recv(&self.stream, into, RecvFlags::DONTWAIT)?.0)
    }
}

#[cfg(unix)]
impl Write for Socket {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        use rustix::net::{SendFlags, send};
        Ok(send(&self.stream, octets, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

#[cfg(not(unix))]
impl Write for Socket {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::time::Instant;

    fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (Socket::new(near).unwrap(), listener.accept().unwrap().0)
    }

    #[test]
    fn a_wait_lasts_as_long_as_asked_and_ends_when_octets_come() {
        let (near, mut far) = pair();
        let start = Instant::now();
        let ready = near.wait(true, false, Duration::from_micros(3500)).unwrap();
        assert_eq!(ready, Ready { read: false, write: false });
        assert!(start.elapsed() >= Duration::from_micros(3500));
        far.write_all(b"x").unwrap();
        assert!(near.wait(true, false, Duration::MAX).unwrap().read);
        assert!(near.wait(true, true, Duration::MAX).unwrap().write);
    }

    #[test]
    fn a_read_never_waits_longer_than_told_and_takes_what_is_there() {
        let (mut near, mut far) = pair();
        let mut octets = [0; 8];
        for wait in [0, 10, 150, 400, 110, 150] {
            let (start, wait) = (Instant::now(), Duration::from_millis(wait));
            let error = near.read_within(&mut octets, wait).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            assert!(start.elapsed() < wait + Duration::from_millis(50), "{:?} of {wait:?}", start.elapsed());
        }
        far.write_all(b"abc").unwrap();
        assert_eq!(near.read_within(&mut octets, Duration::MAX).unwrap(), 3);
        assert_eq!(near.read(&mut octets).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(far);
        assert_eq!(near.read_within(&mut octets, Duration::MAX).unwrap(), 0);
    }

    #[test]
    fn a_full_line_does_not_block_the_writer() {
        let (mut near, _far) = pair();
        let full = (0..1000).find_map(|_| near.write(&[0; 1 << 16]).err()).unwrap();
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
    }
}
