//! The suite of scripts that every client passes, over the blocking client, the one that threads share, and the one on tokio.

#[path = "../../smpp-core/tests/adapters/peer.rs"]
mod peer;
#[path = "../../smpp-core/tests/adapters/suite.rs"]
mod suite;

use peer::{Act, Peer};
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, SubmitSm};
use smpp_core::session::{CloseReason, Config, Event, ReplyTo, SendError, Ticket};
use smpp_core::types::CommandStatus;
use smpp_std::tokio::{Client as TokioClient, Event as TokioEvent, Events};
use smpp_std::{Client, Connect, Driver, Error, SharedClient};
use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use suite::{Adapter, BindError, Script, Seen, abandoned, scripts};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// No wait in a test lasts longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Works the peer's end of a connection.
fn work(mut peer: Peer, mut stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut room = [0; 4096];
    loop {
        match peer.next() {
            Act::Write(octets) => stream.write_all(&octets).unwrap(),
            Act::Read => match stream.read(&mut room).expect("the client should say something") {
                0 => return peer.finish(),
                count => peer.receive(&room[..count]),
            },
            Act::End => stream.shutdown(Shutdown::Write).unwrap(),
            Act::Close => return peer.finish(),
        }
    }
}

/// Runs every script over a connection of its own, side by side.
fn run_over_tcp<A: Adapter>(adapter: impl Fn(Client<10>) -> A + Sync) {
    let run = |script: &Script| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let peer = script.peer();
        let thread = std::thread::spawn(move || work(peer, listener.accept().unwrap().0));
        let how = Connect { session: script.config, ..Connect::default() };
        let mut adapter = adapter(Client::connect(&address, &how).unwrap());
        script.run(&mut adapter);
        drop(adapter);
        thread.join().unwrap_or_else(|_| panic!("{}: see above what the peer says", script.title));
    };
    let scripts = scripts();
    std::thread::scope(|scope| {
        for script in &scripts {
            let run = &run;
            scope.spawn(move || run(script));
        }
    });
}

fn bind_error(error: Error) -> BindError {
    match error {
        Error::BindRefused { status, .. } => BindError::Refused(status),
        Error::WrongBindResponse { response, .. } => BindError::AnsweredBy(response.to_string()),
        Error::Closed { reason, .. } => BindError::Closed(reason),
        Error::Protocol { .. } => BindError::Closed(CloseReason::FramingLost),
        Error::Line { .. } => BindError::Closed(CloseReason::ConnectionLost),
        other => panic!("{other}"),
    }
}

/// What came of a request, in the words of a script.
fn outcome<T>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(_) => CommandStatus::ESME_ROK.to_string(),
        Err(Error::Rejected { status }) => status.to_string(),
        Err(Error::TimedOut) => "timed out".to_owned(),
        Err(Error::Abandoned { written }) => abandoned(written).to_owned(),
        Err(other) => panic!("{other}"),
    }
}

impl Adapter for Client<10> {
    fn bind(&mut self, bind: &BindTransceiver<'_>) -> Result<(), BindError> {
        self.bind_transceiver(bind).map(drop).map_err(bind_error)
    }

    fn send(&mut self, message: &SubmitSm<'_>) -> Result<Ticket, SendError> {
        Self::send(self, message)
    }

    fn respond(&mut self, to: ReplyTo) -> Result<(), SendError> {
        self.outbox().respond(to, &DeliverSmResp::default())
    }

    fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.outbox().reject(to, status)
    }

    fn wait(&mut self, seen: &mut Seen) {
        let (event, _) = self.next_event(PATIENCE).unwrap().expect("an event, in time");
        seen.note(&event);
    }

    fn unbind(&mut self, seen: &mut Seen) -> CloseReason {
        let reason = Self::unbind(self, |event, _| seen.note(&event)).unwrap();
        seen.end(reason);
        reason
    }
}

/// A client, and how it goes on when it is bound.
enum Shared {
    Alone(Option<Box<Client<10>>>),
    Divided(Driver<10>, SharedClient<10>, Vec<smpp_std::Pending>),
}

impl Shared {
    fn client(&self) -> &SharedClient<10> {
        let Self::Divided(_, client, _) = self else { panic!("it is not bound") };
        client
    }
}

impl Adapter for Shared {
    fn bind(&mut self, bind: &BindTransceiver<'_>) -> Result<(), BindError> {
        let Self::Alone(alone) = self else { panic!("it is bound") };
        alone.as_mut().unwrap().bind_transceiver(bind).map_err(bind_error)?;
        let (driver, client) = alone.take().unwrap().share().unwrap();
        *self = Self::Divided(driver, client, Vec::new());
        Ok(())
    }

    fn send(&mut self, message: &SubmitSm<'_>) -> Result<Ticket, SendError> {
        let Self::Divided(_, client, waiting) = self else { panic!("it is not bound") };
        let pending = client.send(message)?;
        let ticket = pending.ticket();
        waiting.push(pending);
        Ok(ticket)
    }

    fn respond(&mut self, to: ReplyTo) -> Result<(), SendError> {
        self.client().respond(to, &DeliverSmResp::default())
    }

    fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.client().reject(to, status)
    }

    fn wait(&mut self, seen: &mut Seen) {
        let Self::Divided(driver, _, waiting) = self else { panic!("it is not bound") };
        match driver.next_event().unwrap() {
            // Who waits for a request knows before the driver's thread does.
            Event::Response { ticket, .. } | Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
                let index = waiting.iter().position(|pending| pending.ticket() == ticket).unwrap();
                seen.outcome(ticket, &outcome(waiting.remove(index).wait()));
            }
            event => seen.note(&event),
        }
    }

    fn unbind(&mut self, seen: &mut Seen) -> CloseReason {
        self.client().unbind();
        loop {
            self.wait(seen);
            if let Some(reason) = seen.ended() {
                return reason;
            }
        }
    }
}

/// A request that is waited for.
type Waiting = Pin<Box<dyn Future<Output = String>>>;

/// The client on tokio, whose clock goes on when everybody waits. It is the clock of those who are in the runtime.
struct OnTokio<'r> {
    runtime: &'r tokio::runtime::Runtime,
    client: TokioClient,
    events: Events,
    waiting: Vec<(Ticket, Waiting)>,
}

impl Adapter for OnTokio<'_> {
    fn bind(&mut self, bind: &BindTransceiver<'_>) -> Result<(), BindError> {
        self.runtime.block_on(self.client.bind_transceiver(bind)).map(drop).map_err(bind_error)
    }

    fn send(&mut self, message: &SubmitSm<'_>) -> Result<Ticket, SendError> {
        let _clock = self.runtime.enter();
        let pending = self.client.send(message)?;
        let ticket = pending.ticket();
        self.waiting.push((ticket, Box::pin(async { outcome(pending.wait().await) })));
        Ok(ticket)
    }

    fn respond(&mut self, to: ReplyTo) -> Result<(), SendError> {
        let _clock = self.runtime.enter();
        self.client.respond(to, &DeliverSmResp::default())
    }

    fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        let _clock = self.runtime.enter();
        self.client.reject(to, status)
    }

    fn wait(&mut self, seen: &mut Seen) {
        let Self { runtime, client, events, waiting } = self;
        let mut next = Box::pin(events.next());
        let event = runtime.block_on(poll_fn(|context| {
            let mut has_ended = false;
            waiting.retain_mut(|(ticket, waiting)| match waiting.as_mut().poll(context) {
                Poll::Ready(outcome) => {
                    seen.outcome(*ticket, &outcome);
                    has_ended = true;
                    false
                }
                Poll::Pending => true,
            });
            if has_ended { Poll::Ready(None) } else { next.as_mut().poll(context).map(Some) }
        }));
        match event {
            None => {}
            Some(None) => seen.end(runtime.block_on(client.unbind())),
            Some(Some(TokioEvent::Request { reply_to, pdu })) => {
                seen.request(reply_to, &pdu.header().command_id.to_string());
            }
            Some(Some(TokioEvent::Refused { pdu, .. })) => {
                seen.tell(format!("refused {}", pdu.header().command_id));
            }
            Some(Some(TokioEvent::Unmatched { pdu })) => {
                seen.tell(format!("unmatched {}", pdu.header().command_id));
            }
            Some(Some(TokioEvent::UnbindRequested)) => seen.tell("unbind".to_owned()),
            Some(Some(_)) => {}
        }
    }

    fn unbind(&mut self, seen: &mut Seen) -> CloseReason {
        let reason = self.runtime.block_on(self.client.unbind());
        while seen.ended().is_none() {
            self.wait(seen);
        }
        reason
    }
}

/// Works the peer's end of a line in memory.
async fn work_in_memory(mut peer: Peer, mut line: DuplexStream) {
    let mut room = [0; 4096];
    loop {
        match peer.next() {
            Act::Write(octets) => line.write_all(&octets).await.unwrap(),
            Act::Read => match line.read(&mut room).await.unwrap() {
                0 => return peer.finish(),
                count => peer.receive(&room[..count]),
            },
            Act::End => line.shutdown().await.unwrap(),
            Act::Close => return peer.finish(),
        }
    }
}

#[test]
fn the_blocking_client_passes_the_suite() {
    run_over_tcp(|client| client);
}

#[test]
fn the_client_that_threads_share_passes_the_suite() {
    run_over_tcp(|client| Shared::Alone(Some(Box::new(client))));
}

#[test]
fn the_client_on_tokio_passes_the_suite() {
    for script in scripts() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (ours, theirs) = duplex(4096);
        let peer = runtime.spawn(work_in_memory(script.peer(), theirs));
        let (client, events) = {
            let _in_it = runtime.enter();
            TokioClient::over(ours, "the suite", Config { ..script.config })
        };
        let mut adapter = OnTokio { runtime: &runtime, client, events, waiting: Vec::new() };
        script.run(&mut adapter);
        drop(adapter);
        let patience = async { tokio::time::timeout(PATIENCE, peer).await };
        let peer = runtime.block_on(patience).unwrap_or_else(|_| panic!("{}: the line stays", script.title));
        peer.unwrap_or_else(|_| panic!("{}: see above what the peer says", script.title));
    }
}
