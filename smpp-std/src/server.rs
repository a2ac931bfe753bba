//! A message centre's listener: thousands of sessions in one thread.

mod connection;
mod limits;
mod sessions;
mod timers;

pub use limits::{Excess, Limit, Limited, Limits, Party};
pub use sessions::{SessionId, Sessions};

use crate::clock::{Clock, Watch};
use crate::outbox::Outbox;
use crate::tls::ServerTls;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use sessions::Table;
use smpp_core::Instant;
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
    /// each session is [`Event::Closed`].
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
    /// How much one peer may take.
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
    watch: Watch,
    stopper: Stopper,
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
        let watch = Watch::new(Clock::new());
        Ok(Self { poll, events, listener, accept_at: None, table, watch, stopper })
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
        self.watch.clock()
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
        let deadline = self.watch.look().after(GRACE);
        self.table.unbind_all(&mut self.watch, application);
        while !self.table.is_empty() && self.watch.look() < deadline {
            self.turn(application, deadline.since(self.watch.now()))?;
        }
        self.table.close_all(&mut self.watch, application);
        Ok(())
    }

    /// Waits up to `timeout` for something to do, and does all of it.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn turn(&mut self, application: &mut impl Application<WINDOW>, timeout: Duration) -> io::Result<()> {
        application.idle();
        let timers = [application.poll_timeout(), self.table.poll_timeout(), self.accept_at];
        let timer = timers.into_iter().flatten().min();
        let wait = timer.map_or(timeout, |timer| timer.since(self.watch.now()).min(timeout));
        match self.poll.poll(&mut self.events, Some(wait.min(FOREVER))) {
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
        self.table.serve_ready(&mut self.watch, application);
        let now = self.watch.look();
        if can_accept || self.accept_at.is_some_and(|at| at <= now) {
            self.accept(application);
        }
        self.table.handle_timeout(&mut self.watch, application);
        if is_woken || application.poll_timeout().is_some_and(|at| at <= self.watch.now()) {
            self.table.with_sessions(&mut self.watch, application);
        }
        Ok(())
    }

    fn accept(&mut self, application: &mut impl Application<WINDOW>) {
        self.accept_at = None;
        loop {
            match self.listener.accept() {
                Ok((socket, peer)) => self.table.add(self.watch.now(), socket, peer, application),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return,
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    _ => {
                        application.accept_failed(&error);
                        self.accept_at = Some(self.watch.now().after(ACCEPT_PAUSE));
                        return;
                    }
                },
            }
        }
    }
}

/// Longer waits than this are cut: a system may refuse more.
const FOREVER: Duration = Duration::from_secs(1 << 20);
