//! `smpp send`: submits texts and follows each part to its end.

mod again;
mod engine;
mod plan;
mod report;

pub(crate) use engine::{Engine, Progress, Summary};
pub(crate) use plan::{How, Plan};

use crate::deliveries::Deliveries;
use crate::inbox::Inbox;
use crate::lines;
use crate::link::{BindAs, Link, WINDOW, leave, no_session};
use crate::output::{Exit, Failure, Outcome};
use crate::stop::Stop;
use crate::writer::Writer;
use again::Again;
use clap::ValueEnum;
use report::Report;
use smpp_core::sms::segment::Method;
use smpp_core::text::{Encoding, Unmappable};
use smpp_std::{Reconnect, Resubmit};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// Submit texts and follow each part to its final receipt.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The sender: a number, or a name of up to 11 characters [default: the MC's]
    #[arg(
        long,
        visible_alias = "source",
        alias = "sender",
        value_name = "SENDER",
        default_value = "",
        hide_default_value = true
    )]
    from: String,
    /// The destination: country code and number
    #[arg(long, visible_alias = "destination", alias = "dest", value_name = "NUMBER")]
    to: Option<String>,
    /// A text; `-` reads one from standard input
    #[arg(value_name = "TEXT", conflicts_with_all = ["text", "file"])]
    texts: Vec<String>,
    /// The text, as an option
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    text: Option<String>,
    /// Texts, one a line: plain, or JSON objects with "text" and maybe "from" and "to"; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// How texts are coded
    #[arg(long, value_enum, default_value_t)]
    encoding: EncodingArg,
    /// How texts that need several parts are carried [default: the profile's]
    #[arg(long, value_enum, value_name = "METHOD")]
    long: Option<Long>,
    /// The width of sar references that the MC makes: 8 or 16 bits; only with sar
    #[arg(long, value_name = "BITS", default_value = "8", value_parser = ["8", "16"])]
    sar_reference: String,
    /// Write what the encoding lacks in similar characters: typographic quotes, dashes, accents
    #[arg(long)]
    transliterate: bool,
    /// Ask for no receipts: a part that is accepted is done
    #[arg(long)]
    no_receipt: bool,
    /// How long the next receipt may take
    #[arg(long, value_name = "TIME", value_parser = crate::duration::duration, default_value = "60s")]
    receipt_timeout: Duration,
    /// How often a part is submitted again that was refused in a way which may pass (ESME_RSYSERR, …): after 1 s, then
    /// after twice as long each time. What is refused for being too much is always submitted again
    #[arg(long, value_name = "TIMES", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=16))]
    retry: u8,
    /// Go on in another session when this one ends: first after TIME, then ever more slowly
    #[arg(
        long,
        value_name = "TIME",
        value_parser = crate::duration::duration,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1s"
    )]
    reconnect: Option<Duration>,
    /// What is submitted again then, of what got no response
    #[arg(long, value_enum, value_name = "WHICH", default_value_t, requires = "reconnect")]
    resubmit: ResubmitArg,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

/// The value of `--encoding`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum EncodingArg {
    /// The cheapest that carries the text: GSM 03.38, else Unicode
    #[default]
    Auto,
    /// GSM 03.38
    Gsm7,
    /// Unicode
    Ucs2,
    /// Latin-1
    Latin1,
    /// ASCII
    Ascii,
}

/// The value of `--long`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Long {
    /// A user data header with an 8-bit reference
    Udh8,
    /// A user data header with a 16-bit reference
    Udh16,
    /// The sar_* TLVs
    Sar,
    /// The whole text in message_payload
    Payload,
}

impl Long {
    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Udh8 => "udh8",
            Self::Udh16 => "udh16",
            Self::Sar => "sar",
            Self::Payload => "payload",
        }
    }

    /// How the core calls it.
    pub(crate) fn method(self, wide_sar: bool) -> Method {
        match self {
            Self::Udh8 => Method::Udh8,
            Self::Udh16 => Method::Udh16,
            Self::Sar => Method::Sar { wide: wide_sar },
            Self::Payload => Method::Payload,
        }
    }
}

/// The value of `--resubmit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum ResubmitArg {
    /// Nothing: no text is sent twice
    Never,
    /// What never left: no text is sent twice
    #[default]
    Unwritten,
    /// Everything: no text is lost, some may be sent twice
    Unacknowledged,
}

impl From<ResubmitArg> for Resubmit {
    fn from(which: ResubmitArg) -> Self {
        match which {
            ResubmitArg::Never => Self::Never,
            ResubmitArg::Unwritten => Self::Unwritten,
            ResubmitArg::Unacknowledged => Self::Unacknowledged,
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Outcome {
    if args.link.bind == BindAs::Rx {
        return Err(Failure::usage("a receiver cannot submit: use --bind trx or tx"));
    }
    let plan = plan(&args)?;
    let line = args.link.line::<WINDOW>()?;
    let (mut client, bound) = line.open().map_err(no_session)?;
    // Not before: a signal ends the wait for the bind at once.
    let stop = Stop::on_signal()?;
    let lost = stop.clone();
    // Without a record nobody would know what was sent: nothing more is then.
    let writer = Writer::stdout(move || lost.ask())?;
    let mut report = Report::new(&plan, writer.clone(), args.link.address(), args.json);
    report.bound(&bound);
    let inbox = Inbox::new(args.link.profile, args.link.reading(), args.receipt_timeout);
    let mut tell = |told: Progress<'_>| report.tell(&told);
    let mut engine = Engine::new(&mut client, &plan, inbox, args.receipt_timeout, &mut tell);
    engine.again = args.reconnect.map(|first| Again {
        line: &line,
        reconnect: Reconnect { first, ..Reconnect::default() },
        resubmit: args.resubmit.into(),
        failures: 0,
    });
    engine.retries = args.retry;
    engine.deliveries = Deliveries::new(Some(writer), &args.link);
    engine.stop = stop.clone();
    let summary = engine.run();
    leave(&mut client);
    report.done(summary, &stop)?;
    Ok(match summary {
        Summary { failed: 1.., .. } => Exit::Refused,
        Summary { unknown: 1.., .. } => Exit::Unknown,
        _ => Exit::Done,
    })
}

/// Reads what is to be sent, and refuses all of it if one text cannot be.
fn plan(args: &Args) -> Result<Plan, Failure> {
    let encoding = match args.encoding {
        EncodingArg::Auto => None,
        EncodingArg::Gsm7 => Some(Encoding::GSM7),
        EncodingArg::Ucs2 => Some(Encoding::Ucs2),
        EncodingArg::Latin1 => Some(Encoding::Latin1),
        EncodingArg::Ascii => Some(Encoding::Ascii),
    };
    let provider = args.link.profile;
    let wide_sar = args.sar_reference == "16";
    let long = args.long.map_or(provider.long_messages, |long| long.method(wide_sar));
    if wide_sar && !matches!(long, Method::Sar { .. }) {
        return Err(Failure::usage("--sar-reference 16 is for sar references: use --long sar"));
    }
    let unmappable = if args.transliterate { Unmappable::TRANSLITERATE } else { Unmappable::Reject };
    let (wants_receipts, awaits_receipts) = (!args.no_receipt, args.link.bind == BindAs::Trx);
    let mut plan = Plan::new(How { provider, encoding, long, unmappable, wants_receipts, awaits_receipts });
    for (place, text) in texts(args)? {
        let to = text.to.as_deref().or(args.to.as_deref());
        let to = to.ok_or_else(|| Failure::usage(format!("{place}: there is no destination: give --to")))?;
        let from = text.from.as_deref().unwrap_or(&args.from);
        plan.add(from, to, &text.text).map_err(|error| Failure::usage(format!("{place}: {error}")))?;
    }
    Ok(plan)
}

/// A text and what its line says about it.
#[derive(Debug, Default)]
struct Given {
    text: String,
    from: Option<String>,
    to: Option<String>,
}

/// The texts and where each was found.
fn texts(args: &Args) -> Result<Vec<(String, Given)>, Failure> {
    if let Some(file) = &args.file {
        return texts_of_file(file);
    }
    let given: Vec<_> = args.text.iter().chain(&args.texts).collect();
    if given.is_empty() {
        return Err(Failure::usage("there is no text: give one as an argument, or --file"));
    }
    let text = |(index, text): (usize, &&String)| {
        let text = if *text == "-" { stdin()? } else { (*text).clone() };
        Ok((format!("text {}", index + 1), Given { text, ..Given::default() }))
    };
    given.iter().enumerate().map(text).collect()
}

/// All of standard input, less the end of its last line.
fn stdin() -> Result<String, Failure> {
    let mut octets = Vec::new();
    std::io::stdin()
        .read_to_end(&mut octets)
        .map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
    octets.pop_if(|last| *last == b'\n');
    octets.pop_if(|last| *last == b'\r');
    utf8(octets, "standard input")
}

/// The text in these octets, less the mark of UTF-8 that some editors put in front.
fn utf8(octets: Vec<u8>, place: &str) -> Result<String, Failure> {
    let text =
        String::from_utf8(octets).map_err(|error| Failure::usage(format!("{place} is no UTF-8: {error}")))?;
    Ok(text.strip_prefix('\u{FEFF}').map_or_else(|| text.clone(), str::to_owned))
}

/// The largest file of texts, since all of it is held in memory, and a device may have no end.
const LARGEST: u64 = 256 << 20;

fn texts_of_file(file: &PathBuf) -> Result<Vec<(String, Given)>, Failure> {
    let name = file.display();
    let unreadable = |error: std::io::Error| Failure::usage(format!("cannot read {name}: {error}"));
    let text = if file.as_os_str() == "-" {
        stdin()?
    } else {
        let mut octets = Vec::new();
        // One more shows that there is more.
        let mut input = File::open(file).map_err(unreadable)?.take(LARGEST + 1);
        input.read_to_end(&mut octets).map_err(unreadable)?;
        if octets.len() as u64 > LARGEST {
            return Err(Failure::usage(format!("{name} has more than {} MiB: cut it", LARGEST >> 20)));
        }
        utf8(octets, &name.to_string())?
    };
    let mut texts = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let place = format!("{name}, line {}", index + 1);
        let given = given(line).map_err(|error| Failure::usage(format!("{place}: {error}")))?;
        texts.push((place, given));
    }
    if texts.is_empty() {
        return Err(Failure::usage(format!("{name} holds no text")));
    }
    Ok(texts)
}

/// One line: JSON if it looks like an object, else a text.
fn given(line: &str) -> Result<Given, String> {
    if !line.trim_start().starts_with('{') {
        return Ok(Given { text: line.to_owned(), ..Given::default() });
    }
    let value = lines::json(line.as_bytes()).map_err(|error| format!("no JSON object: {error}"))?;
    let field = |name: &str| match value.get(name) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("\"{name}\" is no string")),
    };
    let text = field("text")?.ok_or("\"text\" is missing")?;
    Ok(Given { text, from: field("from")?, to: field("to")? })
}
