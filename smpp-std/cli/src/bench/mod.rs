//! `smpp bench`: load on an SMSC, with every answer checked and timed.

mod load;
mod report;
mod tally;

use crate::descriptors;
use crate::link::{BindAs, Link, WIDEST, WINDOW, no_session};
use crate::output::{Exit, Failure, Outcome, complain};
use crate::send::{How, Plan};
use crate::stop::Stop;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use load::Load;
use report::Report;
use smpp_core::pdu::SubmitSm;
use smpp_core::text::Unmappable;
use smpp_std::Client;
use std::io;
use std::thread;
use std::time::Instant;
use tally::Tally;

/// The window of sessions that are to be small: their memory goes with it.
const NARROW: usize = 16;

/// The stack of a session's thread.
const STACK: usize = 256 * 1024;

/// Put load on an SMSC and time its answers: the same short text, again and again, without receipts.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// How many messages are submitted, over all sessions
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,
    /// How many sessions share them; --window and --rate hold for each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    sessions: u64,
    /// The sender: a number, or a name of up to 11 characters [default: the MC's]
    #[arg(
        long,
        visible_alias = "source",
        value_name = "SENDER",
        default_value = "",
        hide_default_value = true
    )]
    from: String,
    /// The destination: country code and number
    #[arg(long, visible_alias = "destination", value_name = "NUMBER", default_value = "447700900000")]
    to: String,
    /// The text, one part long
    #[arg(long, value_name = "TEXT", default_value = "a text of 20 letters")]
    text: String,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Outcome {
    if args.link.bind == BindAs::Rx {
        return Err(Failure::usage("a receiver cannot submit: use --bind trx or tx"));
    }
    descriptors::raise_limit();
    match usize::from(args.link.window()) {
        window if window <= NARROW => bench::<NARROW>(&args),
        window if window <= WINDOW => bench::<WINDOW>(&args),
        _ => bench::<WIDEST>(&args),
    }
}

fn bench<const W: usize>(args: &Args) -> Outcome {
    let plan = plan(args)?;
    let line = args.link.line::<W>()?;
    let open = |_| Ok(Box::new(line.open().map_err(no_session)?.0));
    let clients: Vec<Box<Client<W>>> = (0..args.sessions).map(open).collect::<Result<_, Failure>>()?;
    let stop = Stop::on_signal()?;
    let bar = bar(args);
    let start = Instant::now();
    let tally = plan.with_pdu(&plan.parts[0], |message| drive(args, clients, message, &bar, &stop));
    bar.finish_and_clear();
    let tally = tally.map_err(|error| Failure::Reported {
        exit: Exit::NoSession,
        message: format!("cannot start a thread for each session: {error}"),
    })?;
    if let Some(error) = &tally.end {
        complain(&error.to_string());
    }
    let seconds = tally.finished.map_or(0.0, |finished| finished.duration_since(start).as_secs_f64());
    let window = args.link.window();
    let messages = if stop.is_wanted() { tally.ended() } else { args.messages };
    if stop.is_wanted() {
        complain(&format!("ended early: {messages} of {} messages", args.messages));
    }
    Report { sessions: args.sessions, window, messages, seconds, tally: &tally }.print(args.json)?;
    Ok(if tally.failed == 0 { Exit::Done } else { Exit::Refused })
}

/// Lets each session do its share in a thread of its own, and adds up.
fn drive<const W: usize>(
    args: &Args,
    clients: Vec<Box<Client<W>>>,
    message: &SubmitSm<'_>,
    bar: &ProgressBar,
    stop: &Stop,
) -> io::Result<Tally> {
    let (share, more) = (args.messages / args.sessions, args.messages % args.sessions);
    thread::scope(|scope| {
        let mut threads = Vec::with_capacity(clients.len());
        for (index, client) in (0..).zip(clients) {
            let load = Load::new(message, share + u64::from(index < more));
            let builder = thread::Builder::new().stack_size(STACK);
            threads.push(builder.spawn_scoped(scope, move || load.run(client, bar, stop))?);
        }
        let mut all = Tally::new();
        for thread in threads {
            all.add(thread.join().map_err(|_| io::Error::other("a session's thread panicked"))?);
        }
        Ok(all)
    })
}

/// The one message that is submitted again and again.
fn plan(args: &Args) -> Result<Plan, Failure> {
    let provider = args.link.profile;
    let mut plan = Plan::new(How {
        provider,
        encoding: None,
        long: provider.long_messages,
        unmappable: Unmappable::Reject,
        wants_receipts: false,
        awaits_receipts: false,
    });
    plan.add(&args.from, &args.to, &args.text).map_err(|error| Failure::usage(error.to_string()))?;
    match plan.parts.len() {
        1 => Ok(plan),
        parts => Err(Failure::usage(format!("the text takes {parts} parts: shorten it to one"))),
    }
}

/// A bar on standard error if that is a terminal.
fn bar(args: &Args) -> ProgressBar {
    let target = if args.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}");
    ProgressBar::with_draw_target(Some(args.messages), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
