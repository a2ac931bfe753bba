//! A client and a message centre on tokio, driven by the core alone: what an adapter of `smpp_core::link` does.
//!
//! ```console
//! cargo run -p smpp-core --example tokio                                  # both sides, over loopback
//! cargo run -p smpp-core --example tokio -- 127.0.0.1:2775 me secret      # the client, with a centre of yours
//! ```

use smpp_core::Instant;
use smpp_core::frame::MAX_PDU;
use smpp_core::link::{self, Half, Link, Outbox, Step};
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp};
use smpp_core::session::{CloseReason, Config, Event, Session};
use smpp_core::types::{Address, InterfaceVersion, RegisteredDelivery};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The clock of the core: microseconds since the program started.
#[derive(Clone, Copy)]
struct Clock(std::time::Instant);

impl link::Clock for Clock {
    fn now(&self) -> Instant {
        Instant::ZERO.after(self.0.elapsed())
    }
}

/// A session on a stream. `next_event` can be dropped at any time: nothing is lost.
struct Connection<S> {
    link: Link<10, Vec<u8>, [u8; 8192]>,
    stream: S,
    clock: Clock,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn new(start: fn(Config, Instant) -> Session<10>, stream: S) -> Self {
        let clock = Clock(std::time::Instant::now());
        let session = start(Config::default(), Instant::ZERO);
        Self { link: Link::new(session, vec![0; MAX_PDU], [0; 8192]), stream, clock }
    }

    /// The next event, and where to answer it.
    async fn next_event(&mut self) -> Result<(Event<'_>, Outbox<'_, 10>), CloseReason> {
        loop {
            let now = link::Clock::now(&self.clock);
            match self.link.poll(now) {
                Step::Event => return Ok(self.link.event(&self.clock)),
                Step::Io(until) => {
                    let exchange = poll_fn(|context| exchange(&mut self.link, &mut self.stream, context));
                    // A wait of no length at all lets the runtime look at the socket.
                    if timeout(until.wait(now).unwrap_or(Duration::MAX), exchange).await.is_err() {
                        self.link.idle();
                    }
                }
                Step::Closed(reason) => {
                    // The peer may be gone already.
                    let _ = self.stream.shutdown().await;
                    return Err(reason);
                }
            }
        }
    }
}

/// Writes and reads what goes without waiting. Ready when anything did, or when the link has to know that it did not.
fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    link: &mut Link<10, Vec<u8>, [u8; 8192]>,
    stream: &mut S,
    context: &mut Context<'_>,
) -> Poll<()> {
    let mut stream = Pin::new(stream);
    let (output, room) = link.io();
    let (has_output, mut room) = (!output.is_empty(), ReadBuf::new(room));
    let has_room = room.capacity() > 0;
    let wrote = if has_output { stream.as_mut().poll_write(context, output) } else { Poll::Pending };
    let read = if has_room { stream.as_mut().poll_read(context, &mut room) } else { Poll::Pending };
    let arrived = room.filled().len();
    let is_stalled = has_output && wrote.is_pending() && link.stalled();
    match wrote {
        Poll::Ready(Ok(count)) => link.wrote(count),
        Poll::Ready(Err(_)) => link.end(Half::Write),
        Poll::Pending => {}
    }
    match read {
        Poll::Ready(Ok(())) => link.arrived(arrived),
        Poll::Ready(Err(_)) => link.end(Half::Read),
        Poll::Pending => {}
    }
    let flushed = if link.wants_flush() { stream.poll_flush(context) } else { Poll::Pending };
    match flushed {
        Poll::Ready(Ok(())) => link.flushed(),
        Poll::Ready(Err(_)) => link.end(Half::Write),
        Poll::Pending => {}
    }
    let has_moved = wrote.is_ready() || read.is_ready() || flushed.is_ready();
    if has_moved || is_stalled { Poll::Ready(()) } else { Poll::Pending }
}

/// Sends one text, waits for its receipt, and unbinds. Gives what happened.
async fn client(address: &str, system_id: &str, password: &str) -> io::Result<(CloseReason, Vec<String>)> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut connection = Connection::new(Session::esme, stream);
    let bind = BindTransceiver {
        system_id: system_id.into(),
        password: password.into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    };
    connection.link.outbox(&connection.clock).bind(&bind).map_err(io::Error::other)?;

    let mut told = Vec::new();
    loop {
        let (event, mut outbox) = match connection.next_event().await {
            Ok(next) => next,
            Err(reason) => return Ok((reason, told)),
        };
        match event {
            Event::Bound { .. } => {
                let message = SubmitSm {
                    source: Address::alphanumeric("Weather"),
                    destination: Address::international("4915112345678"),
                    registered_delivery: RegisteredDelivery::RECEIPT,
                    short_message: b"Rain at noon",
                    ..SubmitSm::default()
                };
                outbox.send(&message).map_err(io::Error::other)?;
            }
            Event::Response { status, pdu: Ok(Pdu::SubmitSmResp(response)), .. } => {
                told.push(format!("{status}, message_id {}", response.message_id));
            }
            Event::Request { reply_to, pdu, .. } => {
                if let Some(message) = pdu.message() {
                    told.push(String::from_utf8_lossy(message.user_data()).into_owned());
                }
                outbox.respond(reply_to, &DeliverSmResp::default()).map_err(io::Error::other)?;
                outbox.unbind().map_err(io::Error::other)?;
            }
            Event::BindRefused { status, .. } => {
                told.push(format!("the bind was refused with {status}"));
                outbox.close();
            }
            _ => {}
        }
    }
}

/// Serves one client: takes whoever binds, and reports every message as delivered.
async fn centre(listener: TcpListener) -> io::Result<CloseReason> {
    let (stream, _) = listener.accept().await?;
    let mut connection = Connection::new(Session::mc, stream);
    loop {
        let (event, mut outbox) = match connection.next_event().await {
            Ok(next) => next,
            Err(reason) => return Ok(reason),
        };
        match event {
            Event::BindRequested { reply_to, .. } => {
                outbox.accept(reply_to, "centre".into()).map_err(io::Error::other)?;
            }
            Event::Request { reply_to, pdu: Pdu::SubmitSm(submit), .. } => {
                let response = SubmitSmResp { message_id: "17".into(), ..SubmitSmResp::default() };
                outbox.respond(reply_to, &response).map_err(io::Error::other)?;
                let receipt = DeliverSm {
                    source: submit.destination,
                    destination: submit.source,
                    esm_class: 0x04.into(),
                    short_message: b"id:17 stat:DELIVRD err:000",
                    ..DeliverSm::default()
                };
                outbox.send(&receipt).map_err(io::Error::other)?;
            }
            _ => {}
        }
    }
}

/// Both sides, each in a task of its own.
async fn both() -> io::Result<(CloseReason, CloseReason, Vec<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let centre = tokio::spawn(centre(listener));
    let (reason, told) = client(&address, "me", "secret").await?;
    Ok((reason, centre.await.map_err(io::Error::other)??, told))
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (reason, told) = match &arguments[..] {
        [] => {
            let (reason, _, told) = runtime.block_on(both())?;
            (reason, told)
        }
        [address, system_id, password] => runtime.block_on(client(address, system_id, password))?,
        _ => return Err(io::Error::other("arguments: none, or HOST:PORT SYSTEM_ID PASSWORD")),
    };
    told.iter().for_each(|line| println!("{line}"));
    println!("the session ended: {reason}");
    Ok(())
}

#[test]
fn the_core_alone_carries_a_message_and_its_receipt_over_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (ours, theirs, told) =
        runtime.block_on(async { timeout(Duration::from_secs(20), both()).await }).unwrap().unwrap();
    assert_eq!((ours, theirs), (CloseReason::Unbound, CloseReason::UnboundByPeer));
    assert_eq!(told, ["ESME_ROK, message_id 17", "id:17 stat:DELIVRD err:000"]);
}
