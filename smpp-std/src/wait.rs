//! Waiting for a socket, exactly as long as asked.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::net::TcpStream;
use std::time::Duration;

/// What a socket is ready for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ready {
    pub(crate) read: bool,
    pub(crate) write: bool,
}

/// Waits until `socket` can be read (if `read`) or written (if `write`), or `timeout` is over. May return early with
/// nothing ready.
pub(crate) fn wait(socket: &TcpStream, read: bool, write: bool, timeout: Duration) -> io::Result<Ready> {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::IN, read);
    flags.set(PollFlags::OUT, write);
    let timeout = Timespec {
        tv_sec: timeout.as_secs().min(FOREVER).try_into().unwrap_or(i64::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    };
    let mut fds = [PollFd::new(socket, flags)];
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let ready = fds[0].revents();
    // A failed socket is ready for both: the call that follows tells what is wrong.
    let failed = ready.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
    Ok(Ready {
        read: read && (failed || ready.contains(PollFlags::IN)),
        write: write && (failed || ready.contains(PollFlags::OUT)),
    })
}

/// Seconds that no wait lasts longer than: a system may refuse more.
const FOREVER: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Instant;

    #[test]
    fn a_wait_lasts_as_long_as_asked_and_ends_when_octets_come() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        let start = Instant::now();
        let ready = wait(&near, true, false, Duration::from_micros(3500)).unwrap();
        assert_eq!(ready, Ready { read: false, write: false });
        assert!(start.elapsed() >= Duration::from_micros(3500));
        far.write_all(b"x").unwrap();
        assert!(wait(&near, true, false, Duration::MAX).unwrap().read);
        assert!(wait(&near, true, true, Duration::MAX).unwrap().write);
    }
}
