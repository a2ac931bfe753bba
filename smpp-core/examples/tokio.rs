//! A client and a message centre on tokio, driven by the core alone: what an adapter does, in one function.
//!
//! ```console
//! cargo run -p smpp-core --example tokio                                  # both sides, over loopback
//! cargo run -p smpp-core --example tokio -- 127.0.0.1:2775 me secret      # the client, with a centre of yours
//! ```

use smpp_core::frame::MAX_PDU;
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp};
use smpp_core::session::{CloseReason, Config, Event, Input, ReplyTo, SendError, Session, State};
use smpp_core::types::{Address, InterfaceVersion, RegisteredDelivery};
use smpp_core::{Buffer, EncodeError, Instant};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The clock of the core: microseconds since the program started.
#[derive(Clone, Copy)]
struct Clock(std::time::Instant);

impl Clock {
    fn now(self) -> Instant {
        Instant::ZERO.after(self.0.elapsed())
    }
}

/// PDUs that wait to be written, one behind the other.
#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    /// Lets the session write one PDU behind the others, with more room if it asks for that.
    fn put<T>(
        &mut self,
        mut write: impl FnMut(&mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        let (start, mut room) = (self.0.len(), 256);
        loop {
            self.0.resize(start + room, 0);
            let outcome = write(&mut self.0[start..]);
            match outcome {
                Err(SendError::Encode(EncodeError::BufferTooSmall { needed })) if needed > room => {
                    room = needed
                }
                _ => {
                    let written = outcome.as_ref().map_or(0, |(_, len)| *len);
                    self.0.truncate(start + written);
                    return outcome.map(|(value, _)| value);
                }
            }
        }
    }
}

/// Drives a session until it is over: input, time, output, in that order. `handle` gets every event, and a place for answers and
/// requests, which are written together.
async fn drive<const WINDOW: usize>(
    session: &mut Session<WINDOW>,
    mut stream: TcpStream,
    clock: Clock,
    mut out: Out,
    mut handle: impl FnMut(&mut Session<WINDOW>, Event<'_>, &mut Out),
) -> io::Result<CloseReason> {
    let mut incoming = Buffer::new(vec![0; MAX_PDU]);
    let mut has_ended = false;
    loop {
        while session.is_ready(incoming.filled()) && !session.has_transmit() {
            // Octets that are no SMPP close the session, which shows below.
            let Ok(Input::Pdu { consumed, event }) = session.handle_input(clock.now(), incoming.filled())
            else {
                break;
            };
            handle(session, event, &mut out);
            incoming.consume(consumed);
        }
        session.handle_timeout(clock.now());
        while session.state() != State::Closed
            && let Some(event) = session.poll_event()
        {
            handle(session, event, &mut out);
        }
        if session.has_transmit() {
            let _ = out.put(|room| Ok(((), session.poll_transmit(clock.now(), room).unwrap_or(0))));
        }
        if stream.write_all(&out.0).await.is_err() || has_ended {
            // What was not written for sure counts as written: nobody knows how far it came.
            session.handle_closed(&[], 0);
        }
        out.0.clear();
        if session.state() == State::Closed {
            break;
        }
        if session.is_ready(incoming.filled()) {
            continue;
        }
        let wait = session.poll_timeout().map_or(Duration::MAX, |at| at.since(clock.now()));
        // A read that is dropped when the time comes has taken nothing.
        match timeout(wait, stream.read(incoming.unfilled())).await {
            Ok(Ok(count)) => {
                incoming.advance(count);
                has_ended = count == 0;
            }
            Ok(Err(_)) => has_ended = true,
            Err(_) => {}
        }
    }
    session.handle_closed(&[], 0);
    let mut reason = CloseReason::ConnectionLost;
    while let Some(event) = session.poll_event() {
        if let Event::Closed(last) = event {
            reason = last;
        }
        handle(session, event, &mut out);
    }
    // The peer may be gone already.
    let _ = stream.shutdown().await;
    Ok(reason)
}

/// Sends one text, waits for its receipt, and unbinds. Gives what happened.
async fn client(address: &str, system_id: &str, password: &str) -> io::Result<(CloseReason, Vec<String>)> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let clock = Clock(std::time::Instant::now());
    let mut session = Session::<10>::esme(Config::default(), clock.now());
    let bind = BindTransceiver {
        system_id: system_id.into(),
        password: password.into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    };
    let mut out = Out::default();
    out.put(|room| Ok(((), session.bind(clock.now(), &bind, room)?))).map_err(io::Error::other)?;

    let mut told = Vec::new();
    let reason = drive(&mut session, stream, clock, out, |session, event, out| match event {
        Event::Bound { .. } => {
            let message = SubmitSm {
                source: Address::alphanumeric("Weather"),
                destination: Address::international("4915112345678"),
                registered_delivery: RegisteredDelivery::RECEIPT,
                short_message: b"Rain at noon",
                ..SubmitSm::default()
            };
            out.put(|room| session.send(clock.now(), &message, room))
                .expect("it is bound and nothing is open");
        }
        Event::Response { status, pdu: Ok(Pdu::SubmitSmResp(response)), .. } => {
            told.push(format!("{status}, message_id {}", response.message_id));
        }
        Event::Request { reply_to, pdu, .. } => {
            if let Some(message) = pdu.message() {
                told.push(String::from_utf8_lossy(message.user_data()).into_owned());
            }
            answer(session, clock, out, reply_to);
            session.unbind(clock.now()).expect("it is bound");
        }
        Event::BindRefused { status, .. } => {
            told.push(format!("the bind was refused with {status}"));
            session.handle_closed(&[], 0);
        }
        _ => {}
    })
    .await?;
    Ok((reason, told))
}

fn answer(session: &mut Session<10>, clock: Clock, out: &mut Out, to: ReplyTo) {
    let response = DeliverSmResp::default();
    out.put(|room| Ok(((), session.respond(clock.now(), to, &response, room)?))).expect("it is in hand");
}

/// Serves one client: takes whoever binds, and reports every message as delivered.
async fn centre(listener: TcpListener) -> io::Result<CloseReason> {
    let (stream, _) = listener.accept().await?;
    let clock = Clock(std::time::Instant::now());
    let mut session = Session::<10>::mc(Config::default(), clock.now());
    drive(&mut session, stream, clock, Out::default(), |session, event, out| match event {
        Event::BindRequested { reply_to, .. } => {
            out.put(|room| Ok(((), session.accept(clock.now(), reply_to, "centre".into(), room)?)))
                .expect("it is in hand");
        }
        Event::Request { reply_to, pdu: Pdu::SubmitSm(submit), .. } => {
            let response = SubmitSmResp { message_id: "17".into(), ..SubmitSmResp::default() };
            out.put(|room| Ok(((), session.respond(clock.now(), reply_to, &response, room)?)))
                .expect("it is in hand");
            let receipt = smpp_core::pdu::DeliverSm {
                source: submit.destination,
                destination: submit.source,
                esm_class: 0x04.into(),
                short_message: b"id:17 stat:DELIVRD err:000",
                ..Default::default()
            };
            out.put(|room| session.send(clock.now(), &receipt, room)).expect("nothing else is open");
        }
        _ => {}
    })
    .await
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
