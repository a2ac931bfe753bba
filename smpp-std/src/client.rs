//! A blocking client: one ESME session over one connection.

use crate::clock::Clock;
use crate::error::Error;
use crate::outbox::{Outbox, Outgoing};
use crate::tls::ClientTls;
use crate::transport::{Transport, tls_error};
use crate::wait::{self, Interest};
use smpp_core::frame::{FrameError, MAX_PDU};
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter, Pdu, SubmitSm};
use smpp_core::session::{
    Bind, CloseReason, Config, Event, Input, Operation, ProtocolError, SendError, Session, State, Ticket,
};
use smpp_core::types::InterfaceVersion;
use smpp_core::{Buffer, Instant};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
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
    /// How long it may take to connect, TLS included. Default 10 s.
    pub timeout: Duration,
}

impl Default for Connect {
    fn default() -> Self {
        Self { session: Config::default(), tls: None, server_name: None, timeout: Duration::from_secs(10) }
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

/// An ESME with at most `WINDOW` open requests on one connection. All its methods belong to one thread; it spawns none.
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
    session: Session<WINDOW>,
    transport: Transport<TcpStream>,
    clock: Clock,
    incoming: Buffer<Vec<u8>>,
    /// Octets of `incoming` that the last event borrowed.
    consumed: usize,
    outgoing: Outgoing,
    address: String,
    /// Nothing more can be written; what is still to be read counts.
    is_deaf: bool,
    end: Option<End>,
}

/// Why the connection ended.
#[derive(Debug)]
enum End {
    Framing(FrameError),
    Line(io::Error),
    Session(CloseReason),
}

/// Room for one PDU of the largest size, or for thousands of responses.
const BUFFER: usize = 128 * 1024;

/// More than this waiting to be written means that the peer does not read: then nothing is read from it either.
const BACKLOG: usize = 256 * 1024;

/// How long the last octets of a closed session may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

const _: () = assert!(MAX_PDU <= BUFFER);

impl<const WINDOW: usize> Client<WINDOW> {
    /// Connects to `address` (`HOST:PORT`), with TLS if asked for. Bind next.
    ///
    /// # Errors
    /// [`Error::Resolve`], [`Error::Connect`], [`Error::Tls`].
    pub fn connect(address: &str, how: &Connect) -> Result<Self, Error> {
        let clock = Clock::new();
        let deadline = clock.now().after(how.timeout);
        let fail = |cause| Error::Connect { address: address.to_owned(), cause };
        let tls = match &how.tls {
            None => None,
            Some(tls) => {
                let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
                let name = how.server_name.as_deref().unwrap_or(host.trim_matches(['[', ']']));
                let connection = tls.connection(name);
                Some(connection.map_err(|cause| Error::Tls { address: address.to_owned(), cause })?)
            }
        };
        let socket = dial(address, &clock, deadline)?;
        socket.set_nodelay(true).and_then(|()| socket.set_nonblocking(true)).map_err(fail)?;
        let mut transport = Transport::new(socket, tls);
        shake_hands(&mut transport, &clock, deadline).map_err(|cause| match tls_error(&cause) {
            Some(cause) => Error::Tls { address: address.to_owned(), cause },
            None => fail(cause),
        })?;
        let config = Config { max_pdu: how.session.max_pdu.min(BUFFER), ..how.session };
        Ok(Self {
            session: Session::esme(config, clock.now()),
            transport,
            clock,
            incoming: Buffer::new(vec![0; BUFFER]),
            consumed: 0,
            outgoing: Outgoing::with_capacity(BUFFER),
            address: address.to_owned(),
            is_deaf: false,
            end: None,
        })
    }

    /// Binds to send and to receive, and waits for the answer.
    ///
    /// # Errors
    /// [`Error::BindRefused`]; whatever ends the connection.
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
        let now = self.clock.now();
        self.outgoing.put(|room| Ok(((), self.session.bind(now, bind, room)?)))?;
        loop {
            let address = self.address.clone();
            match self.next_event(Duration::MAX)? {
                Some((Event::Bound { pdu, .. }, outbox)) => {
                    let system_id = match pdu {
                        Ok(Pdu::BindTransceiverResp(resp)) => resp.system_id,
                        Ok(Pdu::BindTransmitterResp(resp)) => resp.system_id,
                        Ok(Pdu::BindReceiverResp(resp)) => resp.system_id,
                        _ => "".into(),
                    };
                    let version = outbox.session().version();
                    return Ok(Bound { system_id: system_id.to_string(), version });
                }
                Some((Event::BindRefused { status, .. }, _)) => {
                    return Err(Error::BindRefused { address, status });
                }
                Some((Event::Closed(reason), _)) => return Err(self.end_error(reason)),
                // An MC that is not bound to us has nothing to say that counts.
                _ => {}
            }
        }
    }

    /// Puts a request behind those that wait to be written. Its ticket ends exactly once, with an event:
    /// [`Event::Response`], [`Event::TimedOut`] or [`Event::Abandoned`].
    ///
    /// # Errors
    /// As [`Session::send`]. With [`SendError::WindowFull`] and [`SendError::Paced`], [`Event::Writable`] tells when to
    /// try again.
    pub fn send<'p, R: Operation<'p>>(&mut self, request: &R) -> Result<Ticket, SendError> {
        self.outbox().send(request)
    }

    /// Submits one message, waits for its response and gives the message_id. Room in the window and the pace are waited
    /// for. Other events go to `meanwhile`, which answers requests of the peer.
    ///
    /// # Errors
    /// [`Error::Send`], [`Error::Rejected`], [`Error::TimedOut`], [`Error::Abandoned`]; whatever ends the connection.
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
                    Err(SendError::WindowFull | SendError::Paced { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let Some((event, outbox)) = self.next_event(Duration::MAX)? else { continue };
            match event {
                Event::Response { ticket: answered, status, pdu, .. } if Some(answered) == ticket => {
                    return match pdu {
                        _ if !status.is_ok() => Err(Error::Rejected { status }),
                        Ok(Pdu::SubmitSmResp(response)) => Ok(response.message_id.to_string()),
                        _ => Ok(String::new()),
                    };
                }
                Event::TimedOut { ticket: late } if Some(late) == ticket => return Err(Error::TimedOut),
                Event::Abandoned { ticket: lost, written } if Some(lost) == ticket => {
                    return Err(Error::Abandoned { written });
                }
                Event::Writable if ticket.is_none() => {}
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
        let own = match self.advance(timeout)? {
            Step::TimeIsOver => return Ok(None),
            Step::Event(event) => Some(event),
            Step::Input => None,
        };
        let now = self.clock.now();
        let outbox_parts = (&mut self.session, &mut self.outgoing);
        let (session, outgoing) = outbox_parts;
        if let Some(event) = own {
            return Ok(Some((event, Outbox::new(session, outgoing, now))));
        }
        match session.handle_input(now, self.incoming.filled()) {
            Ok(Input::Pdu { consumed, event }) => {
                self.consumed = consumed;
                Ok(Some((event, Outbox::new(session, outgoing, now))))
            }
            // `advance` saw a whole PDU that can be framed, and wrote what was owed.
            _ => Ok(None),
        }
    }
}
