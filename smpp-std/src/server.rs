//! A message centre's listener: thousands of sessions in one thread.

mod admit;
mod connection;
mod limits;
mod quotas;
mod sessions;
mod timers;

pub use limits::{FieldLimits, Limit, Limited, Limits, QuotaKind, QuotaScope};
pub use sessions::{SessionId, Sessions};

use crate::clock::{CachedClock, Clock};
use crate::tls::ServerTls;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use sessions::Table;
use smpp_core::Instant;
use smpp_core::link::Outbox;
use smpp_core::session::{Config, Event};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a message centre does. The [`Server`] calls it from one thread, and never two methods at a time.
pub trait Application<const WINDOW: usize> {
    /// A connection came in. `false` closes it.
    fn connected(&mut self, id: SessionId, peer: SocketAddr) -> bool {
        let _ = (id, peer);
        true
    }

    /// Something happened in a session. Answers and further requests for this session go into `outbox`; those for others
    /// can go out in [`Self::handle_timeout`], which comes next if [`Self::poll_timeout`] says so. The last event of
    /// each session is [`Event::Closed`]. A request with a field beyond [`FieldLimits`] comes as [`Event::Refused`].
    fn event(&mut self, id: SessionId, event: Event<'_>, outbox: Outbox<'_, WINDOW>);

    /// The line of a session failed, or its TLS. [`Event::Closed`] follows.
    fn failed(&mut self, id: SessionId, error: &io::Error) {
        let _ = (id, error);
    }

    /// A peer ran into one of [`Serve::limits`]: its connection is closed, or its bind refused without asking the
    /// application. If its session was there already, [`Event::Closed`] follows when it is over.
    fn limited(&mut self, peer: SocketAddr, limit: Limited) {
        let _ = (peer, limit);
    }

    /// Whole PDUs are about to be written. To hold them back is for test tools: they can be kept, changed, and written
    /// later by [`Sessions::write`], which does not ask again.
    fn transmit(&mut self, now: Instant, id: SessionId, octets: &[u8]) -> Transmit {
        let _ = (now, id, octets);
        Transmit::Pass
    }

    /// When [`Self::handle_timeout`] is to be called.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The time has come for what the application wants to do by itself.
    fn handle_timeout(&mut self, now: Instant, sessions: &mut Sessions<'_, WINDOW>) {
        let _ = (now, sessions);
    }

    /// Everything that was there is done; the server is about to wait.
    fn idle(&mut self) {}

    /// No connection can be accepted at present, for want of file descriptors, say. It is tried again.
    fn accept_failed(&mut self, error: &io::Error) {
        let _ = error;
    }
}

/// What becomes of PDUs that are about to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transmit {
    /// They are written.
    Pass,
    /// They are dropped. The session counts them as written.
    Withhold,
}

/// How a [`Server`] serves. Plain data: change what you need of [`Default`].
#[derive(Clone, Debug, Default)]
pub struct Serve {
    /// The settings of each session.
    pub session: Config,
    /// TLS, if lines are to be secure.
    pub tls: Option<ServerTls>,
    /// How much one peer may take. On by default.
    pub limits: Limits,
}

/// A listener and all sessions that it accepted, each with at most `WINDOW` open requests of ours.
///
/// An idle session takes its state (some hundred octets) and, with TLS, that of rustls; buffers are shared.
///
/// ```
/// use smpp_core::pdu::{Pdu, SubmitSmResp};
/// use smpp_core::session::Event;
/// use smpp_std::{Application, Outbox, Serve, Server, SessionId};
/// use std::time::Duration;
///
/// /// Takes every message.
/// struct Sink;
///
/// impl Application<10> for Sink {
///     fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 10>) {
///         let answered = match event {
///             Event::BindRequested { reply_to, .. } => outbox.accept(reply_to, "sink".into()),
///             Event::Request { reply_to, pdu: Pdu::SubmitSm(_), .. } => {
///                 outbox.respond(reply_to, &SubmitSmResp { message_id: "1".into(), ..SubmitSmResp::default() })
///             }
///             _ => return,
///         };
///         answered.expect("these answer those");
///     }
/// }
///
/// let mut server = Server::listen("127.0.0.1:0", Serve::default())?;
/// let stopper = server.stopper();
/// std::thread::spawn(move || stopper.stop());
/// server.run(&mut Sink)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server<const WINDOW: usize> {
    poll: Poll,
    events: Events,
    listener: TcpListener,
    /// When to try to accept again after a failure.
    accept_at: Option<Instant>,
    table: Table<WINDOW>,
    clock: CachedClock,
    stopper: Stopper,
    /// How long the application worked by itself in the last turn.
    took: Duration,
}

/// Ends [`Server::run`] from another thread or a signal handler's thread.
#[derive(Clone, Debug)]
pub struct Stopper {
    is_stopped: Arc<AtomicBool>,
    waker: Arc<Waker>,
}

impl Stopper {
    /// No further connection is accepted, every session is unbound, and [`Server::run`] returns when all are closed or
    /// have not answered for a while.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        // A server that cannot be woken sees it at its next event.
        let _ = self.waker.wake();
    }
}

/// Lets [`Server::run`] call [`Application::handle_timeout`] soon, from another thread: there is something new to send.
#[derive(Clone, Debug)]
pub struct ServerWaker(Arc<Waker>);

impl ServerWaker {
    /// Calls of it that come together may lead to one call of the application.
    ///
    /// # Errors
    /// What the system says: then the application is called when something else happens.
    pub fn wake(&self) -> io::Result<()> {
        self.0.wake()
    }
}

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

/// So long the connections have their turns before the server looks again for new ones, for timers, for its application and for
/// whether it is to stop. It is a hundred times the system calls which that takes.
const SLICE: Duration = Duration::from_millis(2);

/// No slice is longer, however long the application took: nobody sees that a new connection waited for it.
const LONGEST_SLICE: Duration = Duration::from_millis(20);

/// So many connections are accepted before the others have their turns: as many as 2 ms allow, with 30 µs for each.
const ACCEPTS: usize = 64;

/// How long to leave a listener alone that cannot accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long the sessions may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(3);

impl<const WINDOW: usize> Server<WINDOW> {
    /// Listens at `address` (`HOST:PORT`, the first address of the host; port 0 takes a free one).
    ///
    /// # Errors
    /// An address that cannot be listened at.
    pub fn listen(address: &str, how: Serve) -> io::Result<Self> {
        let address = address.to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?;
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(address)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let table = Table::new(poll.registry().try_clone()?, how);
        let stopper = Stopper { is_stopped: Arc::default(), waker };
        let events = Events::with_capacity(1024);
        let clock = CachedClock::new(Clock::new());
        Ok(Self { poll, events, listener, accept_at: None, table, clock, stopper, took: Duration::ZERO })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What stops [`Self::run`].
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// What makes the application act although nothing happens on its sessions.
    #[must_use]
    pub fn waker(&self) -> ServerWaker {
        ServerWaker(Arc::clone(&self.stopper.waker))
    }

    /// The clock by which this server tells time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock.clock()
    }

    /// Serves until it is [stopped](Stopper::stop).
    ///
    /// # Errors
    /// A failure of the system's readiness calls. What goes wrong with one connection ends only that.
    pub fn run(&mut self, application: &mut impl Application<WINDOW>) -> io::Result<()> {
        while !self.stopper.is_stopped.load(Ordering::Acquire) {
            self.turn(application, Duration::MAX)?;
        }
        self.poll.registry().deregister(&mut self.listener)?;
        self.accept_at = None;
        let deadline = self.clock.look().after(GRACE);
        self.table.unbind_all(&mut self.clock, application);
        while !self.table.is_empty() && self.clock.look() < deadline {
            self.turn(application, deadline.since(self.clock.now()))?;
        }
        self.table.close_all(&mut self.clock, application);
        Ok(())
    }

    /// Waits up to `timeout` for something to do, and does it, for a few milliseconds at most: what is left then comes in the next
    /// call, which does not wait.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn turn(&mut self, application: &mut impl Application<WINDOW>, timeout: Duration) -> io::Result<()> {
        let wait = self.wait(application, timeout);
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let (mut can_accept, mut is_woken) = (false, false);
        for event in &self.events {
            match event.token() {
                LISTENER => can_accept = true,
                WAKER => is_woken = true,
                Token(slot) => self.table.ready(slot, event),
            }
        }
        let now = self.clock.look();
        if can_accept || self.accept_at.is_some_and(|at| at <= now) {
            self.accept(application);
        }
        self.table.handle_timeout(now);
        // An application with much to do by itself gets half of the time, not all but a few milliseconds.
        let slice = self.took.clamp(SLICE, LONGEST_SLICE);
        self.table.serve_ready(&mut self.clock, application, slice);
        let now = self.clock.look();
        if is_woken || application.poll_timeout().is_some_and(|at| at <= now) {
            self.table.with_sessions(&mut self.clock, application);
        }
        self.took = self.clock.look().since(now);
        Ok(())
    }

    /// How long to wait until something is due, `timeout` at most.
    fn wait(&mut self, application: &mut impl Application<WINDOW>, timeout: Duration) -> Duration {
        application.idle();
        let timers = [application.poll_timeout(), self.table.poll_timeout(), self.accept_at];
        let timer = timers.into_iter().flatten().min();
        // The application has worked since the last look at the clock.
        let now = self.clock.look();
        timer.map_or(timeout, |timer| timer.since(now).min(timeout)).min(FOREVER)
    }

    fn accept(&mut self, application: &mut impl Application<WINDOW>) {
        self.accept_at = None;
        for _ in 0..ACCEPTS {
            match self.listener.accept() {
                Ok((socket, peer)) => self.table.add(&mut self.clock, socket, peer, application),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return,
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    _ => {
                        application.accept_failed(&error);
                        self.accept_at = Some(self.clock.look().after(ACCEPT_PAUSE));
                        return;
                    }
                },
            }
        }
        // The system does not tell again of those that wait.
        self.accept_at = Some(Instant::ZERO);
    }
}

/// Longer waits than this are cut: a system may refuse more.
const FOREVER: Duration = Duration::from_secs(1 << 20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owned::OwnedPdu;
    use smpp_core::pdu::{BindTransceiver, DeliverSm};
    use smpp_core::session::SendError;
    use smpp_core::types::CommandStatus;
    use std::io::Write;
    use std::net::TcpStream;

    /// Works for a while before each wait, and wants to be called at `at`.
    struct Busy {
        work: Duration,
        at: Instant,
    }

    impl Application<1> for Busy {
        fn event(&mut self, _: SessionId, _: Event<'_>, _: Outbox<'_, 1>) {}

        fn idle(&mut self) {
            std::thread::sleep(self.work);
        }

        fn poll_timeout(&self) -> Option<Instant> {
            Some(self.at)
        }
    }

    #[test]
    fn the_time_that_the_application_worked_is_no_part_of_the_wait() {
        let mut server = Server::<1>::listen("127.0.0.1:0", Serve::default()).unwrap();
        let at = server.clock().now().after(Duration::from_millis(20));
        let mut busy = Busy { work: Duration::from_millis(21), at };
        assert_eq!(server.wait(&mut busy, Duration::MAX), Duration::ZERO);
    }

    /// Sends as fast as the rate allows.
    #[derive(Default)]
    struct Sender {
        sent: u32,
    }

    impl Application<500> for Sender {
        fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 500>) {
            if let Event::BindRequested { reply_to, .. } = event {
                outbox.accept(reply_to, "sender".into()).unwrap();
            }
            if matches!(event, Event::BindRequested { .. } | Event::Writable) {
                let outcome = (0..2).find_map(|_| {
                    self.sent += 1;
                    outbox.send(&DeliverSm::default()).err()
                });
                assert!(matches!(outcome, Some(SendError::RateLimited { .. })), "{outcome:?}");
            }
        }
    }

    #[test]
    fn a_session_that_meets_its_rate_now_and_then_has_one_wake_up() {
        let session = Config { rate: 1000, ..Config::default() };
        let mut server = Server::listen("127.0.0.1:0", Serve { session, ..Serve::default() }).unwrap();
        let mut peer = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let bind = OwnedPdu::encode(&BindTransceiver::default().into(), CommandStatus::ESME_ROK, 1).unwrap();
        peer.write_all(bind.octets()).unwrap();
        let mut sender = Sender::default();
        while sender.sent < 100 {
            server.turn(&mut sender, Duration::from_secs(1)).unwrap();
            assert!(server.table.timers.len() <= 1, "{} after {}", server.table.timers.len(), sender.sent);
        }
        drop(peer);
        while !server.table.is_empty() {
            server.turn(&mut sender, Duration::from_secs(1)).unwrap();
        }
        assert_eq!(server.table.timers.len(), 0);
    }

    /// Takes its time to let a connection in.
    struct Slow {
        clock: Clock,
        pause: Duration,
        connected: Vec<Instant>,
    }

    impl Application<1> for Slow {
        fn connected(&mut self, _: SessionId, _: SocketAddr) -> bool {
            std::thread::sleep(self.pause);
            self.connected.push(self.clock.now());
            true
        }

        fn event(&mut self, _: SessionId, _: Event<'_>, _: Outbox<'_, 1>) {}
    }

    #[test]
    fn the_time_for_a_bind_begins_when_the_application_has_let_the_connection_in() {
        let session_init = Duration::from_millis(20);
        let session = Config { session_init, ..Config::default() };
        let mut server = Server::<1>::listen("127.0.0.1:0", Serve { session, ..Serve::default() }).unwrap();
        let _peer = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let mut slow = Slow { clock: server.clock(), pause: session_init, connected: Vec::new() };
        while slow.connected.is_empty() {
            server.turn(&mut slow, Duration::from_secs(1)).unwrap();
        }
        assert!(server.table.timers.next().unwrap() >= slow.connected[0].after(session_init));
    }

    #[test]
    fn many_connections_at_once_are_accepted_in_several_turns() {
        let mut server = Server::<1>::listen("127.0.0.1:0", Serve::default()).unwrap();
        let address = server.local_addr().unwrap();
        let peers: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
        let mut slow = Slow { clock: server.clock(), pause: Duration::ZERO, connected: Vec::new() };
        server.turn(&mut slow, Duration::from_secs(1)).unwrap();
        assert_eq!(slow.connected.len(), ACCEPTS);
        // The second does not wait for another one to connect.
        server.turn(&mut slow, Duration::MAX).unwrap();
        assert_eq!(slow.connected.len(), peers.len());
    }
}
