//! Making a connection: to the address of a host that answers first.

use super::Connect;
use crate::clock::Clock;
use crate::error::Error;
use crate::socket::Socket;
use crate::transport::{Transport, tls_error};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use smpp_core::Instant;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// How long one address has before the next is tried beside it ("Connection Attempt Delay", RFC 8305 §8).
pub(crate) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the address of `HOST:PORT` that answers first, and secures the line if asked for. With TLS, an address has answered
/// when the handshake is complete. All of it takes no longer than [`Connect::timeout`].
pub(super) fn dial(address: &str, how: &Connect, clock: &Clock) -> Result<Transport<Socket>, Error> {
    let deadline = clock.now().after(how.timeout);
    let to = || address.to_owned();
    let candidates = match &how.addresses[..] {
        [] => address.to_socket_addrs().map_err(|cause| Error::Resolve { address: to(), cause })?.collect(),
        given => given.to_vec(),
    };
    if candidates.is_empty() {
        return Err(Error::Resolve { address: to(), cause: ErrorKind::NotFound.into() });
    }
    let name = how.server_name.as_deref().unwrap_or(host(address));
    let secure = |socket| match &how.tls {
        None => Ok(Transport::new(socket, None)),
        Some(tls) => tls.connection(name).map(|connection| Transport::new(socket, Some(connection))),
    };
    let mut race =
        Race::new(interleaved(candidates)).map_err(|cause| Error::Connect { address: to(), cause })?;
    let outcome = race
        .run(clock, deadline, |socket| secure(socket).map_err(|cause| Error::Tls { address: to(), cause }))?;
    outcome.map_err(|cause| match tls_error(&cause) {
        Some(cause) => Error::Tls { address: to(), cause },
        None => Error::Connect { address: to(), cause },
    })
}

/// The host of `HOST:PORT`; an IPv6 address without its brackets.
pub(crate) fn host(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']'])
}

/// The addresses with their families in turn, so that a family which does not work costs one delay (RFC 8305 §4).
pub(crate) fn interleaved(candidates: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first = candidates.first().is_some_and(SocketAddr::is_ipv6);
    let (mut ours, mut others): (Vec<_>, Vec<_>) =
        candidates.into_iter().rev().partition(|candidate| candidate.is_ipv6() == first);
    let mut order = Vec::new();
    while !ours.is_empty() || !others.is_empty() {
        order.extend(ours.pop());
        order.extend(others.pop());
    }
    order
}

/// Attempts side by side. Those that lose are closed when it is dropped.
struct Race {
    poll: Poll,
    candidates: Vec<SocketAddr>,
    /// One for each candidate that was tried; `None` when it failed.
    attempts: Vec<Option<Attempt>>,
    /// When the next candidate is tried.
    next_at: Instant,
    /// What to tell if nobody answers.
    failure: Option<io::Error>,
}

struct Attempt {
    transport: Transport<TcpStream>,
    is_connected: bool,
}

impl Race {
    fn new(candidates: Vec<SocketAddr>) -> io::Result<Self> {
        let poll = Poll::new()?;
        Ok(Self { poll, candidates, attempts: Vec::new(), next_at: Instant::ZERO, failure: None })
    }

    /// Lets the attempts run until one has a connection. The outer error is one of our own settings.
    fn run(
        &mut self,
        clock: &Clock,
        deadline: Instant,
        secure: impl Fn(TcpStream) -> Result<Transport<TcpStream>, Error>,
    ) -> Result<io::Result<Transport<Socket>>, Error> {
        let mut events = Events::with_capacity(16);
        loop {
            let now = clock.now();
            let is_more = self.attempts.len() < self.candidates.len();
            let is_any = self.attempts.iter().any(Option::is_some);
            if now >= deadline || (!is_more && !is_any) {
                return Ok(Err(self.failure.take().unwrap_or(ErrorKind::TimedOut.into())));
            }
            if is_more && (now >= self.next_at || !is_any) {
                self.start(now, &secure)?;
                continue;
            }
            let until = if is_more { self.next_at.min(deadline) } else { deadline };
            match self.poll.poll(&mut events, Some(until.since(now))) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Ok(Err(error)),
                _ => {}
            }
            for event in &events {
                if let Some(winner) = self.step(event.token().0) {
                    return Ok(self.take(winner));
                }
            }
        }
    }

    /// Tries one more address.
    fn start(
        &mut self,
        now: Instant,
        secure: impl Fn(TcpStream) -> Result<Transport<TcpStream>, Error>,
    ) -> Result<(), Error> {
        let index = self.attempts.len();
        self.next_at = now.after(ATTEMPT_DELAY);
        self.attempts.push(None);
        match TcpStream::connect(self.candidates[index]) {
            Ok(mut socket) => {
                let interest = Interest::READABLE | Interest::WRITABLE;
                match self.poll.registry().register(&mut socket, Token(index), interest) {
                    Ok(()) => {
                        let transport = secure(socket)?;
                        self.attempts[index] = Some(Attempt { transport, is_connected: false });
                    }
                    Err(error) => self.fail(index, error),
                }
            }
            Err(error) => self.fail(index, error),
        }
        Ok(())
    }

    /// Something happened to an attempt; gives it back if it has won.
    fn step(&mut self, index: usize) -> Option<usize> {
        let attempt = self.attempts.get_mut(index)?.as_mut()?;
        match attempt.step() {
            Ok(true) => return Some(index),
            Ok(false) => {}
            Err(error) => self.fail(index, error),
        }
        None
    }

    fn fail(&mut self, index: usize, error: io::Error) {
        self.attempts[index] = None;
        // The next one need not wait any more.
        self.next_at = Instant::ZERO;
        // What is wrong with a certificate says more than that another address did not answer.
        if self.failure.as_ref().is_none_or(|failure| tls_error(failure).is_none()) {
            self.failure = Some(error);
        }
    }

    /// The connection that won.
    fn take(&mut self, winner: usize) -> io::Result<Transport<Socket>> {
        let Some(Attempt { mut transport, .. }) = self.attempts[winner].take() else {
            return Err(ErrorKind::NotConnected.into());
        };
        self.poll.registry().deregister(transport.socket_mut())?;
        transport.with_socket(|socket| Socket::new(socket.into()))
    }
}

impl Attempt {
    /// Goes on with connecting and with the handshake; whether both are done.
    fn step(&mut self) -> io::Result<bool> {
        if !self.is_connected {
            let socket = self.transport.socket();
            if let Some(error) = socket.take_error()? {
                return Err(error);
            }
            match socket.peer_addr() {
                Ok(_) => self.is_connected = true,
                // Not yet, whichever way the system says so.
                Err(_) => return Ok(false),
            }
        }
        loop {
            match self.transport.handshake() {
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                other => return other,
            }
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

    #[test]
    fn families_take_turns_and_each_keeps_its_order() {
        let addresses =
            |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let mixed = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "1.1.1.2:1"]);
        let order = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"]);
        assert_eq!(interleaved(mixed), order);
        let one = addresses(&["1.1.1.1:1"]);
        assert_eq!(interleaved(one.clone()), one);
    }
}
