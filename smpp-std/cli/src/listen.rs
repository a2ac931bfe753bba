//! `smpp listen`: prints messages and receipts as they come.

use crate::deliveries::Deliveries;
use crate::hex;
use crate::inbox::{Inbox, Received};
use crate::link::{BindAs, Esme, Link, leave};
use crate::output::{Exit, Failure, Outcome, complain, json_line, text_line};
use crate::stop::{Stop, TICK};
use crate::writer::Writer;
use serde_json::{Value, json};
use smpp_core::session::{CloseReason, Event};
use smpp_std::{Bound, Error};
use std::time::Duration;

/// Print messages (long ones joined) and receipts until Ctrl-C.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Stop after so many messages and receipts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// How long a long message waits for its missing parts
    #[arg(long, value_name = "TIME", value_parser = crate::duration::duration, default_value = "5m")]
    part_timeout: Duration,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Outcome {
    if args.link.bind == BindAs::Tx {
        return Err(Failure::usage("a transmitter receives nothing: use --bind trx or rx"));
    }
    let (mut client, bound) = args.link.open()?;
    // Not before: a signal ends the wait for the bind at once.
    let stop = Stop::on_signal()?;
    let lost = stop.clone();
    // What cannot be printed need not be received.
    let writer = Writer::stdout(move || lost.ask())?;
    let mut listener = Listener {
        json: args.json,
        left: args.count.unwrap_or(u64::MAX),
        deliveries: Deliveries::new(Some(writer.clone()), &args.link),
        writer,
    };
    let Bound { system_id, version } = &bound;
    listener.line(
        || json!({"event": "bound", "system_id": system_id, "interface_version": version.0}),
        || format!("bound to {system_id} with SMPP {version}: waiting, Ctrl-C ends"),
    );
    let mut inbox = Inbox::new(args.link.profile, args.link.reading(), args.part_timeout);
    let end = listener.listen(&mut client, &mut inbox, &stop);
    listener.deliveries.close(&mut client.outbox());
    for received in inbox.close() {
        listener.tell(&received);
    }
    let (reason, exit, error) = listener.end(end, &mut client, args.count);
    listener.deliveries.explain();
    if let Some(error) = &error {
        complain(&error.to_string());
    }
    let closed = || {
        let mut closed = json!({"event": "closed", "reason": reason});
        if let Some(Error::Protocol { octets, .. }) = &error {
            closed["octets"] = hex::encode(octets).into();
        }
        closed
    };
    listener.line(closed, || format!("closed: {reason}"));
    listener.writer.finish(|| stop.is_wanted())?;
    Ok(exit)
}

/// Why listening ends.
enum End {
    /// By Ctrl-C or `--count`.
    Asked,
    Closed(CloseReason),
    Failed(Error),
}

struct Listener {
    json: bool,
    /// How much is still to be told.
    left: u64,
    deliveries: Deliveries,
    writer: Writer,
}

impl Listener {
    fn listen(&mut self, client: &mut Esme, inbox: &mut Inbox, stop: &Stop) -> End {
        while self.left > 0 && !stop.is_wanted() {
            let timeout = if self.deliveries.is_empty() { TICK } else { Duration::ZERO };
            let mut arrived = Vec::new();
            let mut delivery = None;
            match client.next_event(timeout) {
                Err(error) => return End::Failed(error),
                Ok(Some((event, mut outbox))) => match event {
                    Event::Request { reply_to, pdu, .. } => {
                        if self.deliveries.admit(&mut outbox, reply_to) {
                            delivery = Some(reply_to);
                            if let Some(message) = pdu.message() {
                                arrived = inbox.take(outbox.now(), &message);
                            }
                        }
                    }
                    Event::UnbindRequested { .. } => self.deliveries.close(&mut outbox),
                    Event::Closed(reason) => {
                        self.deliveries.forget();
                        return End::Closed(reason);
                    }
                    other => self.aside(&other),
                },
                Ok(None) => {
                    self.deliveries.wait();
                    arrived.extend(inbox.expire(client.clock().now()));
                }
            }
            for received in arrived.iter().take(usize::try_from(self.left).unwrap_or(usize::MAX)) {
                self.tell(received);
            }
            if let Some(reply_to) = delivery {
                self.deliveries.told(&mut client.outbox(), reply_to);
            }
            self.deliveries.settle(&mut client.outbox());
        }
        End::Asked
    }

    /// How the session ended, the exit code, and what is to be told of it.
    fn end(&self, end: End, client: &mut Esme, count: Option<u64>) -> (String, Exit, Option<Error>) {
        match end {
            End::Asked => {
                leave(client);
                (CloseReason::Unbound.to_string(), Exit::Done, None)
            }
            End::Closed(reason @ (CloseReason::UnboundByPeer | CloseReason::Unbound)) => match count {
                Some(count) if self.left > 0 => {
                    complain(&format!("only {} of {count} came before the session ended", count - self.left));
                    (reason.to_string(), Exit::NoSession, None)
                }
                _ => (reason.to_string(), Exit::Done, None),
            },
            // The event says that it is over, the error behind it where and what to do.
            End::Closed(reason) => {
                (reason.to_string(), Exit::NoSession, client.next_event(Duration::ZERO).err())
            }
            End::Failed(error) => (error.to_string(), Exit::NoSession, Some(error)),
        }
    }

    /// Shows what is neither message nor receipt; it does not count.
    fn aside(&mut self, event: &Event<'_>) {
        if let Some(aside) = self.deliveries.aside(event) {
            self.line(|| aside.json(), || aside.shown());
        }
    }

    fn tell(&mut self, received: &Received) {
        self.left = self.left.saturating_sub(1);
        self.line(|| received.json(), || received.shown());
    }

    /// A line for programs, or one for people.
    fn line(&mut self, json: impl FnOnce() -> Value, text: impl FnOnce() -> String) {
        let written = if self.json {
            json_line(&mut self.writer, json())
        } else {
            text_line(&mut self.writer, &text())
        };
        // A loss of the output ends listening, and is told at its end.
        let _ = written;
    }
}
