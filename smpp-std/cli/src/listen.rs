//! `smpp listen`: prints messages and receipts as they come.

use crate::inbox::{Inbox, Received};
use crate::link::{BindAs, Esme, Link, leave};
use crate::output::{Exit, Failure, Outcome, complain, json_line, text_line};
use crate::send::acknowledge;
use crate::stop::{Stop, TICK};
use serde_json::json;
use smpp_core::session::{CloseReason, Event};
use smpp_std::{Bound, Error};
use std::io::{self, Write};
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
    let mut listener = Listener { json: args.json, left: args.count.unwrap_or(u64::MAX) };
    if args.json {
        let (system_id, version) = (&bound.system_id, bound.version.0);
        json_line(
            &mut io::stdout().lock(),
            json!({"event": "bound", "system_id": system_id, "interface_version": version}),
        )?;
    } else {
        let Bound { system_id, version } = &bound;
        let line = format!("bound to {system_id} with SMPP {version}: waiting, Ctrl-C ends");
        text_line(&mut io::stdout(), &line)?;
    }
    let mut inbox = Inbox::new(args.link.profile, args.link.reading(), args.part_timeout);
    let end = listener.listen(&mut client, &mut inbox, &stop);
    for received in inbox.close() {
        listener.tell(&received)?;
    }
    let (reason, exit) = match end? {
        End::Asked => {
            leave(&mut client);
            (CloseReason::Unbound.to_string(), Exit::Done)
        }
        End::Closed(reason @ (CloseReason::UnboundByPeer | CloseReason::Unbound)) => match args.count {
            Some(count) if listener.left > 0 => {
                complain(&format!("only {} of {count} came before the session ended", count - listener.left));
                (reason.to_string(), Exit::NoSession)
            }
            _ => (reason.to_string(), Exit::Done),
        },
        End::Closed(reason) => {
            // The event says that it is over, the error behind it where and what to do.
            if let Err(error) = client.next_event(Duration::ZERO) {
                complain(&error.to_string());
            }
            (reason.to_string(), Exit::NoSession)
        }
        End::Failed(error) => {
            complain(&error.to_string());
            (error.to_string(), Exit::NoSession)
        }
    };
    if args.json {
        json_line(&mut io::stdout().lock(), json!({"event": "closed", "reason": reason}))?;
    } else {
        writeln!(io::stdout(), "closed: {reason}")?;
    }
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
}

impl Listener {
    fn listen(&mut self, client: &mut Esme, inbox: &mut Inbox, stop: &Stop) -> io::Result<End> {
        while self.left > 0 && !stop.is_wanted() {
            let event = match client.next_event(TICK) {
                Ok(event) => event,
                Err(error) => return Ok(End::Failed(error)),
            };
            let mut arrived = Vec::new();
            match event {
                Some((Event::Request { reply_to, pdu, .. }, mut outbox)) => {
                    acknowledge(&mut outbox, reply_to);
                    if let Some(message) = pdu.message() {
                        arrived = inbox.take(outbox.now(), &message);
                    }
                }
                Some((Event::Closed(reason), _)) => return Ok(End::Closed(reason)),
                _ => arrived.extend(inbox.expire(client.clock().now())),
            }
            for received in arrived.iter().take(usize::try_from(self.left).unwrap_or(usize::MAX)) {
                self.tell(received)?;
            }
        }
        Ok(End::Asked)
    }

    fn tell(&mut self, received: &Received) -> io::Result<()> {
        self.left = self.left.saturating_sub(1);
        let mut out = io::stdout().lock();
        if self.json { json_line(&mut out, received.json()) } else { text_line(&mut out, &received.shown()) }
    }
}
