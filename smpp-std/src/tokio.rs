//! The same sessions on tokio: a client that any number of tasks share, over any transport (feature `tokio`).
//!
//! A task of its own drives the link; [`Client`] is a handle to it that is cheap to clone, and [`Events`] a stream of what the
//! peer asks for. Every method is cancel-safe: whatever is dropped, each request still ends once.
//!
//! ```no_run
//! use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
//! use smpp_core::types::Address;
//! use smpp_std::Connect;
//! use smpp_std::tokio::{Client, Event};
//!
//! # async fn example() -> Result<(), smpp_std::Error> {
//! let (client, mut events) = Client::connect("localhost:2775", &Connect::default()).await?;
//! client.bind_transceiver(&BindTransceiver { system_id: "me".into(), ..Default::default() }).await?;
//! let answers = client.clone();
//! tokio::spawn(async move {
//!     while let Some(event) = events.next().await {
//!         if let Event::Request { reply_to, .. } = event {
//!             let _ = answers.respond(reply_to, &DeliverSmResp::default());
//!         }
//!     }
//! });
//! let destination = Address::international("4915112345678");
//! let id = client.submit(&SubmitSm { destination, short_message: b"hello", ..Default::default() }).await?;
//! println!("accepted as {id}");
//! client.unbind().await;
//! # Ok(())
//! # }
//! ```

mod dial;
mod driver;
mod events;
mod state;

pub use events::{Event, Events};

use crate::client::{Bound, Connect};
use crate::error::Error;
use crate::owned::OwnedPdu;
use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::sync::oneshot;
use driver::Driver;
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter, Body, Pdu, SubmitSm};
use smpp_core::session::{Bind, CloseReason, Config, Operation, ReplyTo, SendError, Session, State, Ticket};
use smpp_core::types::CommandStatus;
use state::Shared;
use std::pin::pin;
use std::sync::Arc;

/// The most requests that can be open at a time; [`Config::window`] lowers it.
pub const WINDOW: usize = 1024;

/// An ESME in the hands of any number of tasks. Clones share one session. When the last one and its [`Events`] are dropped, the
/// connection is closed.
#[derive(Clone, Debug)]
pub struct Client(Arc<Handle>);

/// What the clones of a client share. Dropped, it tells the driver that nobody is left.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lock().leave_one();
    }
}

impl Client {
    /// Connects to `address` (`HOST:PORT`), with TLS if asked for, and spawns the task that drives the session. Bind next.
    ///
    /// # Errors
    /// [`Error::Resolve`], [`Error::Connect`], [`Error::Tls`].
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O and time.
    pub async fn connect(address: &str, how: &Connect) -> Result<(Self, Events), Error> {
        match &how.tls {
            None => Ok(Self::start(dial::plain(address, how).await?, address, how.session)),
            Some(tls) => Ok(Self::start(dial::secure(address, how, tls).await?, address, how.session)),
        }
    }

    /// A session over a transport that is connected already. `address` is what errors call the peer.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its time.
    pub fn over<S>(transport: S, address: &str, config: Config) -> (Self, Events)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::start(transport, address, config)
    }

    fn start<S>(transport: S, address: &str, config: Config) -> (Self, Events)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let shared = Arc::new(Shared::new(address, config));
        ::tokio::spawn(Driver::new(Arc::clone(&shared), transport));
        (Self(Arc::new(Handle(Arc::clone(&shared)))), Events::new(shared))
    }

    /// Binds to send and to receive, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::BindRefused`], [`Error::WrongBindResponse`]; whatever ends the connection.
    ///
    /// # Cancel safety
    /// A bind that was begun goes on; nobody hears its outcome.
    pub async fn bind_transceiver(&self, bind: &BindTransceiver<'_>) -> Result<Bound, Error> {
        self.bind(bind).await
    }

    /// Binds to send only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    pub async fn bind_transmitter(&self, bind: &BindTransmitter<'_>) -> Result<Bound, Error> {
        self.bind(bind).await
    }

    /// Binds to receive only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    pub async fn bind_receiver(&self, bind: &BindReceiver<'_>) -> Result<Bound, Error> {
        self.bind(bind).await
    }

    async fn bind<'p, B: Bind<'p>>(&self, bind: &B) -> Result<Bound, Error> {
        let (sender, outcome) = oneshot::channel();
        {
            let mut state = self.shared().lock();
            state.outbox_for_secret().bind(bind)?;
            state.binding = Some((B::ID, sender));
            state.wake_driver();
        }
        match outcome.await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.shared().lock().end_error()),
        }
    }

    /// Sends a request if it may go out now.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub fn send<'p, R: Operation<'p>>(&self, request: &R) -> Result<Pending, SendError> {
        let mut state = self.shared().lock();
        if state.leaves && state.session().state() != State::Closed {
            return Err(SendError::NotAllowed { command: R::ID, state: State::Unbound });
        }
        let ticket = state.outbox().send(request)?;
        let (sender, outcome) = oneshot::channel();
        state.await_response(ticket, sender);
        state.wake_driver();
        Ok(Pending { ticket, outcome })
    }

    /// Waits for room in the window and for the rate, then sends a request.
    ///
    /// # Errors
    /// As [`Session::send`], but for a full window and the rate.
    ///
    /// # Cancel safety
    /// Dropped before it is done, nothing was sent.
    pub async fn send_when_possible<'p, R: Operation<'p>>(&self, request: &R) -> Result<Pending, SendError> {
        let shared = self.shared();
        loop {
            let mut room = pin!(shared.room.notified());
            // Registered before the attempt, so that room in between is not missed.
            room.as_mut().enable();
            match self.send(request) {
                Err(error) if is_for_the_moment(&error) => {
                    shared.lock().wake_driver();
                    room.await;
                }
                outcome => {
                    // Whoever waits behind this one finds out whether it may go as well.
                    shared.room.notify_one();
                    return outcome;
                }
            }
        }
    }

    /// Submits one message when the window and the rate allow it, waits for its response and gives the message_id.
    ///
    /// # Errors
    /// As [`Pending::wait`]; [`Error::Send`], [`Error::Accepted`].
    ///
    /// # Cancel safety
    /// Dropped before the response, the message may have been sent: its outcome is then told to nobody.
    pub async fn submit(&self, message: &SubmitSm<'_>) -> Result<String, Error> {
        let response = self.send_when_possible(message).await?.wait().await?;
        match response.pdu() {
            Ok(Pdu::SubmitSmResp(response)) => Ok(response.message_id.to_string()),
            // No other response is matched with a submit_sm.
            Ok(_) => Ok(String::new()),
            Err(cause) => Err(Error::Accepted { cause }),
        }
    }

    /// Answers a request of an [`Event`]; any task may, in any order.
    ///
    /// # Errors
    /// As [`Session::respond`].
    pub fn respond<'p, B: Body<'p>>(&self, to: ReplyTo, response: &B) -> Result<(), SendError> {
        let mut state = self.shared().lock();
        let outcome = state.outbox().respond(to, response);
        state.wake_driver();
        outcome
    }

    /// Answers a request of an [`Event`] with an error.
    ///
    /// # Errors
    /// As [`Session::reject`].
    pub fn reject(&self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        let mut state = self.shared().lock();
        let outcome = state.outbox().reject(to, status);
        state.wake_driver();
        outcome
    }

    /// Ends the session cleanly: no further request goes out, the session is unbound when the responses that are outstanding
    /// have come, and this waits for the end and tells how it came.
    ///
    /// # Cancel safety
    /// Dropped, the session ends all the same.
    pub async fn unbind(&self) -> CloseReason {
        let shared = self.shared();
        {
            let mut state = shared.lock();
            state.leaves = true;
            state.unbind_when_done();
            state.wake_driver();
        }
        shared.room.notify_waiters();
        shared.closed().await
    }

    /// Looks at the session. Any other call of this client from `look` would wait for itself.
    pub fn session<T>(&self, look: impl FnOnce(&Session<WINDOW>) -> T) -> T {
        look(self.shared().lock().session())
    }

    fn shared(&self) -> &Shared {
        &self.0.0
    }
}

/// Whether a request that is refused so may go later.
const fn is_for_the_moment(error: &SendError) -> bool {
    matches!(error, SendError::WindowFull | SendError::RateLimited { .. })
}

/// A request that was sent, and whose outcome can be waited for. Who does not care may drop it.
#[derive(Debug)]
pub struct Pending {
    ticket: Ticket,
    outcome: oneshot::Receiver<Result<OwnedPdu, Error>>,
}

impl Pending {
    /// The ticket of the request.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Waits for the response. It comes, or the request times out, or the session ends.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::TimedOut`], [`Error::Abandoned`].
    pub async fn wait(self) -> Result<OwnedPdu, Error> {
        // The other end is used before it is dropped, unless the runtime goes.
        self.outcome.await.unwrap_or(Err(Error::Abandoned { written: true }))
    }
}
