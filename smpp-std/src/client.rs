//! A blocking client: one ESME session over one connection.

mod dial;
mod link;
mod over;
mod shared;

#[cfg(feature = "tokio")]
pub(crate) use dial::{ATTEMPT_DELAY, host, interleaved};
pub use shared::{Driver, Pending, SharedClient};

use crate::clock::Clock;
use crate::error::Error;
use crate::octets::BUFFER;
use crate::tls::ClientTls;
use link::Link;
use smpp_core::Buffer;
use smpp_core::link::Outbox;
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter, Pdu, SubmitSm};
use smpp_core::session::{Bind, CloseReason, Config, Event, Operation, SendError, Session, State, Ticket};
use smpp_core::types::{CommandId, InterfaceVersion};
use std::net::SocketAddr;
use std::time::Duration;

/// How a [`Client`] connects. Plain data: change what you need of [`Default`].
#[derive(Clone, Debug)]
pub struct Connect {
    /// The settings of the session.
    pub session: Config,
    /// TLS, if the line is to be secure.
    pub tls: Option<ClientTls>,
    /// The name that the server's certificate must be for. Default: the host of the address.
    pub server_name: Option<String>,
    /// Where to connect, in this order, in place of the addresses that the system finds for the host. For those who find them
    /// otherwise. Default: none.
    pub addresses: Vec<SocketAddr>,
    /// How long it may take to connect, TLS included. A host with several addresses has all of them tried side by side, each a
    /// quarter of a second behind the one before it; the first that answers is taken (RFC 8305). Default 10 s.
    pub timeout: Duration,
    /// The clock that times the session. Clients whose moments are compared share one. Default: one that starts now.
    pub clock: Clock,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            session: Config::default(),
            tls: None,
            server_name: None,
            addresses: Vec::new(),
            timeout: Duration::from_secs(10),
            clock: Clock::new(),
        }
    }
}

/// What the MC said when it accepted a bind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bound {
    /// Who the MC is, in its own words.
    pub system_id: String,
    /// The version that both sides speak from now on.
    pub version: InterfaceVersion,
}

/// An ESME with at most `WINDOW` open requests on one connection. All its methods belong to one thread; it spawns none. Several
/// threads [share](Self::share) it.
///
/// Requests and answers are collected and written together as soon as the client waits in [`next_event`]; `WINDOW`
/// bounds them, and [`Config::window`] can lower it at run time.
///
/// ```no_run
/// use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
/// use smpp_core::session::Event;
/// use smpp_core::types::{Address, InterfaceVersion};
/// use smpp_std::{Client, Connect};
/// use std::time::Duration;
///
/// let mut client = Client::<10>::connect("localhost:2775", &Connect::default())?;
/// client.bind_transceiver(&BindTransceiver {
///     system_id: "me".into(),
///     password: "secret".into(),
///     interface_version: InterfaceVersion::V3_4,
///     ..BindTransceiver::default()
/// })?;
/// let ticket = client.send(&SubmitSm {
///     destination: Address::international("4915112345678"),
///     short_message: b"hello",
///     ..SubmitSm::default()
/// })?;
/// while let Some((event, mut outbox)) = client.next_event(Duration::from_secs(60))? {
///     match event {
///         Event::Response { ticket: answered, status, .. } if answered == ticket => println!("{status}"),
///         Event::Request { reply_to, .. } => outbox.respond(reply_to, &DeliverSmResp::default())?,
///         Event::Closed(reason) => println!("{reason}"),
///         _ => {}
///     }
/// }
/// # Ok::<(), smpp_std::Error>(())
/// ```
///
/// [`next_event`]: Self::next_event
#[derive(Debug)]
pub struct Client<const WINDOW: usize> {
    link: Link<WINDOW>,
    incoming: Buffer<Vec<u8>>,
    /// Octets of `incoming` that the last event borrowed.
    consumed: usize,
}

impl<const WINDOW: usize> Client<WINDOW> {
    /// Connects to `address` (`HOST:PORT`), with TLS if asked for. Bind next.
    ///
    /// # Errors
    /// [`Error::Resolve`], [`Error::Connect`], [`Error::Tls`].
    pub fn connect(address: &str, how: &Connect) -> Result<Self, Error> {
        let transport = dial::dial(address, how, &how.clock)?;
        let link = Link::new(transport, address, how.session, how.clock);
        Ok(Self { link, incoming: Buffer::new(vec![0; BUFFER]), consumed: 0 })
    }

    /// Binds to send and to receive, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::BindRefused`], [`Error::WrongBindResponse`]; whatever ends the connection.
    pub fn bind_transceiver(&mut self, bind: &BindTransceiver<'_>) -> Result<Bound, Error> {
        self.bind(bind)
    }

    /// Binds to send only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    pub fn bind_transmitter(&mut self, bind: &BindTransmitter<'_>) -> Result<Bound, Error> {
        self.bind(bind)
    }

    /// Binds to receive only, and waits for the answer.
    ///
    /// # Errors
    /// As [`Self::bind_transceiver`].
    pub fn bind_receiver(&mut self, bind: &BindReceiver<'_>) -> Result<Bound, Error> {
        self.bind(bind)
    }

    fn bind<'p, B: Bind<'p>>(&mut self, bind: &B) -> Result<Bound, Error> {
        self.link.keep_secret();
        self.outbox().bind(bind)?;
        let address = self.link.address.clone();
        loop {
            let Some((event, outbox)) = self.next_event(Duration::MAX)? else { continue };
            if let Some(outcome) = bind_outcome(B::ID, &address, &event, outbox.session()) {
                return outcome;
            }
            if let Event::Closed(reason) = event {
                return Err(self.link.end_error(reason));
            }
            // An MC that is not bound to us has nothing else to say that counts.
        }
    }

    /// Puts a request behind those that wait to be written. Its ticket ends exactly once, with an event:
    /// [`Event::Response`], [`Event::TimedOut`] or [`Event::Abandoned`].
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::RateLimited`], [`Event::Writable`] tells when to
    /// try again.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.outbox().send(request)
    }

    /// Submits one message, waits for its response and gives the message_id. Room in the window and the rate limit are waited
    /// for. Other events go to `meanwhile`, which answers requests of the peer.
    ///
    /// # Errors
    /// [`Error::Send`], [`Error::Rejected`], [`Error::Accepted`], [`Error::TimedOut`], [`Error::Abandoned`]; whatever ends the
    /// connection.
    pub fn submit(
        &mut self,
        message: &SubmitSm<'_>,
        mut meanwhile: impl FnMut(Event<'_>, Outbox<'_, WINDOW>),
    ) -> Result<String, Error> {
        let mut ticket = None;
        loop {
            if ticket.is_none() {
                match self.send(message) {
                    Ok(sent) => ticket = Some(sent),
                    // The events that are left say why it is closed.
                    Err(SendError::WindowFull | SendError::RateLimited { .. } | SendError::Closed) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let Some((event, outbox)) = self.next_event(Duration::MAX)? else { continue };
            match event {
                Event::Response { ticket: answered, status, pdu, .. } if Some(answered) == ticket => {
                    return match pdu {
                        _ if !status.is_ok() => Err(Error::Rejected { status }),
                        Ok(Pdu::SubmitSmResp(response)) => Ok(response.message_id.to_string()),
                        // No other response is matched with a submit_sm.
                        Ok(_) => Ok(String::new()),
                        Err(cause) => Err(Error::Accepted { cause }),
                    };
                }
                Event::TimedOut { ticket: late } if Some(late) == ticket => return Err(Error::TimedOut),
                Event::Abandoned { ticket: lost, written } if Some(lost) == ticket => {
                    return Err(Error::Abandoned { written });
                }
                Event::Writable if ticket.is_none() => {}
                Event::Closed(reason) => {
                    meanwhile(event, outbox);
                    return Err(self.link.end_error(reason));
                }
                other => meanwhile(other, outbox),
            }
        }
    }

    /// Waits up to `timeout` for the next event and lends it, beside the outbox to answer it with. `None` when the time
    /// is over. What was sent is written first.
    ///
    /// The last event is [`Event::Closed`], after the end of every ticket.
    ///
    /// # Errors
    /// After [`Event::Closed`]: why the connection ended.
    pub fn next_event(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<(Event<'_>, Outbox<'_, WINDOW>)>, Error> {
        self.incoming.consume(std::mem::take(&mut self.consumed));
        if self.link.advance(&mut self.incoming, timeout)?.is_some() {
            return Ok(None);
        }
        let (event, consumed, outbox) = self.link.event(self.incoming.filled());
        self.consumed = consumed;
        Ok(Some((event, outbox)))
    }

    /// Writes what was sent, as far as the transport takes it now. [`Self::next_event`] does so by itself before it
    /// waits. A line that fails shows in [`Self::next_event`].
    pub fn flush(&mut self) {
        self.link.flush();
    }

    /// Ends the session cleanly: waits for the responses that are outstanding, unbinds, waits for the end, and tells how it
    /// came. Events go to `meanwhile`, which answers requests of the peer.
    ///
    /// # Errors
    /// [`Error::Send`] when nothing is bound; after [`Event::Closed`] was seen, why the connection ended.
    pub fn unbind(
        &mut self,
        mut meanwhile: impl FnMut(Event<'_>, Outbox<'_, WINDOW>),
    ) -> Result<CloseReason, Error> {
        loop {
            let session = self.session();
            let is_over = matches!(session.state(), State::Unbound | State::Closed);
            if !is_over && session.in_flight() == 0 {
                self.outbox().unbind()?;
            }
            match self.next_event(Duration::MAX)? {
                Some((Event::Closed(reason), _)) => return Ok(reason),
                Some((event, outbox)) => meanwhile(event, outbox),
                None => {}
            }
        }
    }

    /// Lets any number of threads use this client: clones of the [`SharedClient`] send, and one thread works the [`Driver`].
    /// Bind before.
    ///
    /// # Errors
    /// What the system says to another handle of the connection.
    pub fn share(self) -> std::io::Result<(Driver<WINDOW>, SharedClient<WINDOW>)> {
        let Self { link, mut incoming, consumed } = self;
        incoming.consume(consumed);
        shared::share(link, incoming)
    }

    /// The outbox, without an event.
    pub fn outbox(&mut self) -> Outbox<'_, WINDOW> {
        self.link.outbox()
    }

    /// The session, to look at.
    #[must_use]
    pub fn session(&self) -> &Session<WINDOW> {
        self.link.session()
    }

    /// Where the client is connected to, as it was given.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.link.address
    }

    /// The clock by which this client tells time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.link.clock()
    }
}

/// How a bind of this kind ended, if `event` says so.
pub(crate) fn bind_outcome<const WINDOW: usize>(
    bind: CommandId,
    address: &str,
    event: &Event<'_>,
    session: &Session<WINDOW>,
) -> Option<Result<Bound, Error>> {
    let address = || address.to_owned();
    match event {
        Event::Bound { pdu, .. } => {
            let system_id = match pdu {
                Ok(Pdu::BindTransceiverResp(resp)) => resp.system_id,
                Ok(Pdu::BindTransmitterResp(resp)) => resp.system_id,
                Ok(Pdu::BindReceiverResp(resp)) => resp.system_id,
                _ => "".into(),
            };
            Some(Ok(Bound { system_id: system_id.to_string(), version: session.version() }))
        }
        Event::Mismatched { frame, .. } | Event::Unmatched { frame } => {
            let response = frame.header.command_id;
            let is_wrong = session.state() == State::Closed || is_of_another_bind(response, bind);
            is_wrong.then(|| Err(Error::WrongBindResponse { address: address(), bind, response }))
        }
        Event::BindRefused { status, .. } => {
            Some(Err(Error::BindRefused { address: address(), status: *status }))
        }
        _ => None,
    }
}

/// Whether this answers a bind, but not this one: while nothing else is outstanding, it is meant for it all the same.
fn is_of_another_bind(response: CommandId, bind: CommandId) -> bool {
    response.is_response() && response.request().is_bind() && response != bind.response()
}
