//! One client in the hands of many threads.

use super::link::{Link, Wait};
use crate::error::Error;
use crate::owned::OwnedPdu;
use crate::socket::Socket;
use crate::waker::Waker;
use smpp_core::Buffer;
use smpp_core::link::Until;
use smpp_core::pdu::{Body, Pdu, SubmitSm};
use smpp_core::session::{Event, Operation, ReplyTo, SendError, Session, State, Ticket};
use smpp_core::types::CommandStatus;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A client that threads share: each clone sends on the same session, and waits for the outcome of what it sent. A request is
/// written by the thread that sends it; what comes in is read by the thread that works the [`Driver`].
///
/// ```no_run
/// use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
/// use smpp_core::session::Event;
/// use smpp_core::types::Address;
/// use smpp_std::{Client, Connect};
///
/// let mut client = Client::<10>::connect("localhost:2775", &Connect::default())?;
/// client.bind_transceiver(&BindTransceiver { system_id: "me".into(), ..BindTransceiver::default() })?;
/// let (mut driver, client) = client.share()?;
/// std::thread::scope(|scope| {
///     let answers = client.clone();
///     scope.spawn(move || {
///         while let Ok(event) = driver.next_event() {
///             if let Event::Request { reply_to, .. } = event {
///                 let _ = answers.respond(reply_to, &DeliverSmResp::default());
///             }
///         }
///     });
///     let submit = |number| {
///         let client = client.clone();
///         scope.spawn(move || {
///             let destination = Address::international(number);
///             match client.submit(&SubmitSm { destination, short_message: b"hello", ..SubmitSm::default() }) {
///                 Ok(message_id) => println!("{number}: accepted as {message_id}"),
///                 Err(error) => println!("{number}: {error}"),
///             }
///         })
///     };
///     let threads = ["4915112345678", "447700900123"].map(submit);
///     // What is not sent yet when the session is unbound is refused.
///     let _ = threads.map(|thread| thread.join());
///     client.unbind();
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SharedClient<const WINDOW: usize>(Arc<Shared<WINDOW>>);

/// The side of a [`SharedClient`] that reads, keeps the session's timers, and sees every event. One thread calls
/// [`next_event`](Self::next_event) until the session is over. Dropped before, it closes the connection.
#[derive(Debug)]
pub struct Driver<const WINDOW: usize> {
    shared: Arc<Shared<WINDOW>>,
    /// The socket of the link, to wait for.
    socket: Socket,
    incoming: Buffer<Vec<u8>>,
    /// Octets of `incoming` that the last event borrowed.
    consumed: usize,
}

/// A request that was sent, and whose outcome can be waited for. Who does not care may drop it.
#[derive(Debug)]
pub struct Pending {
    ticket: Ticket,
    outcome: Receiver<Result<OwnedPdu, Error>>,
}

#[derive(Debug)]
struct Shared<const WINDOW: usize> {
    state: Mutex<Inner<WINDOW>>,
    /// Woken when a request may go out that was held back.
    room: Condvar,
    waker: Waker,
}

#[derive(Debug)]
struct Inner<const WINDOW: usize> {
    link: Link<WINDOW>,
    /// Who waits for the request in each place of the window.
    waiting: Vec<Option<SyncSender<Result<OwnedPdu, Error>>>>,
    /// How many threads wait for room.
    queue: usize,
    /// What the driver waits for, if it does.
    asleep: Option<Wait>,
    /// The session is to be unbound once nothing is outstanding.
    leaves: bool,
}

/// Divides a client.
pub(super) fn share<const WINDOW: usize>(
    link: Link<WINDOW>,
    incoming: Buffer<Vec<u8>>,
) -> io::Result<(Driver<WINDOW>, SharedClient<WINDOW>)> {
    let socket = link.socket().try_clone()?;
    let waiting = (0..WINDOW).map(|_| None).collect();
    let state = Inner { link, waiting, queue: 0, asleep: None, leaves: false };
    let shared = Arc::new(Shared { state: Mutex::new(state), room: Condvar::new(), waker: Waker::new()? });
    let driver = Driver { shared: Arc::clone(&shared), socket, incoming, consumed: 0 };
    Ok((driver, SharedClient(shared)))
}

impl<const WINDOW: usize> SharedClient<WINDOW> {
    /// Sends a request if it may go out now.
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::RateLimited`], [`Event::Writable`] tells the driver
    /// when to try again.
    pub fn send<'p, R: Operation<'p>>(&self, request: &R) -> Result<Pending, SendError> {
        let mut state = self.0.lock();
        let pending = state.send(request);
        self.0.leave(state);
        pending
    }

    /// Waits for room in the window and for the rate limit, then sends a request. On the driver's thread it would wait for itself:
    /// use [`Self::send`] there.
    ///
    /// # Errors
    /// As [`Session::send`], but for a full window and the rate limit.
    pub fn send_when_possible<'p, R: Operation<'p>>(&self, request: &R) -> Result<Pending, SendError> {
        let mut state = self.0.lock();
        loop {
            match state.send(request) {
                Err(SendError::WindowFull | SendError::RateLimited { .. }) => {
                    self.0.wake_driver(&state);
                    state.queue += 1;
                    state = self.0.room.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.queue -= 1;
                }
                outcome => {
                    // Whoever waits behind this one finds out whether it may go as well.
                    self.0.tell_of_room(&state);
                    self.0.leave(state);
                    return outcome;
                }
            }
        }
    }

    /// Submits one message when the window and the rate limit allow it, waits for its response and gives the message_id. Not on the
    /// driver's thread.
    ///
    /// # Errors
    /// As [`Pending::wait`]; [`Error::Send`], [`Error::Accepted`].
    pub fn submit(&self, message: &SubmitSm<'_>) -> Result<String, Error> {
        let response = self.send_when_possible(message)?.wait()?;
        match response.pdu() {
            Ok(Pdu::SubmitSmResp(response)) => Ok(response.message_id.to_string()),
            // No other response is matched with a submit_sm.
            Ok(_) => Ok(String::new()),
            Err(cause) => Err(Error::Accepted { cause }),
        }
    }

    /// Answers a request that the driver saw; any thread may, in any order.
    ///
    /// # Errors
    /// As [`Session::respond`].
    pub fn respond<'p, B: Body<'p>>(&self, to: ReplyTo, response: &B) -> Result<(), SendError> {
        let mut state = self.0.lock();
        let outcome = state.link.outbox().respond(to, response);
        self.0.leave(state);
        outcome
    }

    /// Answers a request that the driver saw with an error.
    ///
    /// # Errors
    /// As [`Session::reject`].
    pub fn reject(&self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        let mut state = self.0.lock();
        let outcome = state.link.outbox().reject(to, status);
        self.0.leave(state);
        outcome
    }

    /// Ends the session cleanly: no further request goes out, nor one that waits for room, and the session is unbound when the responses that are
    /// outstanding have come. The driver's [`Event::Closed`] tells when it is over.
    pub fn unbind(&self) {
        let mut state = self.0.lock();
        state.leaves = true;
        state.unbind_when_done();
        self.0.room.notify_all();
        self.0.leave(state);
    }

    /// Looks at the session. Any other call of this client from `look` would wait for itself.
    pub fn session<T>(&self, look: impl FnOnce(&Session<WINDOW>) -> T) -> T {
        look(self.0.lock().link.session())
    }
}

impl Pending {
    /// The ticket of the request.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Waits for the response. It comes, or the request times out, or the session ends: as long as the driver is worked or
    /// dropped. Not on the driver's thread.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::TimedOut`], [`Error::Abandoned`].
    pub fn wait(self) -> Result<OwnedPdu, Error> {
        // The other end is used before it is dropped, whatever happens.
        self.outcome.recv().unwrap_or(Err(Error::Abandoned { written: true }))
    }
}

impl<const WINDOW: usize> Driver<WINDOW> {
    /// Waits for the next event and lends it. The threads go on sending meanwhile, and while it is looked at. Answers go
    /// through a [`SharedClient`].
    ///
    /// Who waits for the outcome of a request got it already when its event is lent here.
    ///
    /// # Errors
    /// After [`Event::Closed`]: why the connection ended.
    pub fn next_event(&mut self) -> Result<Event<'_>, Error> {
        self.incoming.consume(std::mem::take(&mut self.consumed));
        let mut state = loop {
            let mut state = self.shared.lock();
            match state.link.advance(&mut self.incoming, Duration::ZERO)? {
                None => break state,
                Some(until) => self.sleep(state, until),
            }
        };
        let (event, consumed) = state.event(self.incoming.filled());
        self.consumed = consumed;
        match event {
            Event::Closed(_) => self.shared.room.notify_all(),
            _ => self.shared.tell_of_room(&state),
        }
        Ok(event)
    }

    /// Waits until there is something to do, without keeping the threads from sending.
    fn sleep(&self, mut state: MutexGuard<'_, Inner<WINDOW>>, until: Until) {
        let wait = state.link.wait(until);
        let timeout = until.wait(state.link.clock().now()).unwrap_or(Duration::MAX);
        state.asleep = Some(wait);
        drop(state);
        // What is wrong with the socket shows in the next read.
        let _ = self.socket.wait_beside(&self.shared.waker, wait.read, wait.write, timeout);
        self.shared.lock().asleep = None;
        self.shared.waker.reset();
    }
}

impl<const WINDOW: usize> Drop for Driver<WINDOW> {
    /// Ends every request that is still waited for.
    fn drop(&mut self) {
        self.incoming.consume(self.consumed);
        let mut state = self.shared.lock();
        state.link.hang_up();
        while let Ok(None) = state.link.advance(&mut self.incoming, Duration::ZERO) {
            let (_, consumed) = state.event(self.incoming.filled());
            self.incoming.consume(consumed);
        }
        self.shared.room.notify_all();
    }
}

impl<const WINDOW: usize> Shared<WINDOW> {
    fn lock(&self) -> MutexGuard<'_, Inner<WINDOW>> {
        // Nothing in here panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one of the threads that wait for room look for it.
    fn tell_of_room(&self, state: &Inner<WINDOW>) {
        if state.queue > 0 {
            self.room.notify_one();
        }
    }

    /// Writes what was put out, and leaves the rest to the driver.
    fn leave(&self, mut state: MutexGuard<'_, Inner<WINDOW>>) {
        state.link.flush();
        self.wake_driver(&state);
    }

    /// Wakes the driver if it would sleep past something.
    fn wake_driver(&self, state: &Inner<WINDOW>) {
        let Some(asleep) = state.asleep else { return };
        let oversleeps = state.link.poll_timeout().is_some_and(|at| match asleep.until {
            Until::Now => false,
            Until::At(until) => at < until,
            Until::Ever => true,
        });
        if oversleeps || (state.link.wait(asleep.until).write && !asleep.write) {
            self.waker.wake();
        }
    }
}

impl<const WINDOW: usize> Inner<WINDOW> {
    fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Pending, SendError> {
        if self.leaves && self.link.session().state() != State::Closed {
            return Err(SendError::NotAllowed { command: R::ID, state: State::Unbound });
        }
        let ticket = self.link.outbox().send(request)?;
        let (sender, outcome) = sync_channel(1);
        self.waiting[ticket.slot()] = Some(sender);
        Ok(Pending { ticket, outcome })
    }

    /// The event that was announced; whoever waits for it gets it.
    fn event<'i>(&mut self, input: &'i [u8]) -> (Event<'i>, usize) {
        let (event, consumed, _) = self.link.event(input);
        match event {
            Event::Response { ticket, status, frame, .. } => {
                self.end(
                    ticket,
                    if status.is_ok() { Ok(frame.into()) } else { Err(Error::Rejected { status }) },
                );
            }
            Event::TimedOut { ticket } => self.end(ticket, Err(Error::TimedOut)),
            Event::Abandoned { ticket, written } => self.end(ticket, Err(Error::Abandoned { written })),
            _ => {}
        }
        self.unbind_when_done();
        (event, consumed)
    }

    fn end(&mut self, ticket: Ticket, outcome: Result<OwnedPdu, Error>) {
        if let Some(sender) = self.waiting[ticket.slot()].take() {
            // Nobody may be waiting any more.
            let _ = sender.try_send(outcome);
        }
    }

    fn unbind_when_done(&mut self) {
        if self.leaves && self.link.session().in_flight() == 0 {
            // It fails where it was done before, or is no longer needed.
            let _ = self.link.outbox().unbind();
        }
    }
}
