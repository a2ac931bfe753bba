//! `smpp decode`: octets to readable PDUs.

pub(crate) mod content;
mod hexdump;
pub(crate) mod json;
pub(crate) mod reading;
mod source;

pub(crate) use source::{Input, Piece};

use crate::alphabet::DefaultAlphabet;
use crate::dump::Dump;
use crate::lines::Object;
use crate::output::{self, Exit, Failure, Outcome};
use clap::builder::RangedU64ValueParser;
use reading::Reading;
use serde_json::{Value, json};
use smpp_core::frame::{Frame, FrameError, MAX_PDU, Split};
use smpp_core::{DecodeError, Fault, Leniency, types::Field};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Reads PDUs and shows them: octet by octet for people, one JSON object a line for programs.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Streams of PDUs in hex, each with blanks as you like; `-` or nothing: one a line on standard input
    #[arg(value_name = "HEX")]
    hex: Vec<String>,
    /// A capture (pcap, pcapng), lines of hex, a hex dump, or raw octets: what it is shows in its content
    #[arg(long, short, value_name = "F", conflicts_with = "hex")]
    file: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// One row a PDU instead of a dump
    #[arg(long, short, conflicts_with = "json")]
    list: bool,
    /// Refuse what is tolerated otherwise
    #[arg(long)]
    strict: bool,
    /// The most octets that a PDU may have
    #[arg(long, value_name = "N", default_value_t = MAX_PDU, value_parser = RangedU64ValueParser::<usize>::new().range(16..=0xFFFF_FFFF))]
    max_pdu: usize,
    /// What data_coding 0 and 1 mean
    #[arg(long, value_enum, default_value_t)]
    default_alphabet: DefaultAlphabet,
    /// In a capture, read the connections of this port only (repeatable)
    #[arg(long, value_name = "PORT", requires = "file")]
    port: Vec<u16>,
}

/// Runs `smpp decode`.
pub(crate) fn run(args: Args) -> Outcome {
    let inputs = match &args.file {
        Some(path) => source::file(path, &args.port)?,
        None if !args.hex.is_empty() => source::strings(args.hex.clone()),
        None if io::stdin().is_terminal() => {
            return Err(Failure::usage(
                "nothing to decode; give hex, --file F, or lines of hex on standard input",
            ));
        }
        None => source::strings(vec!["-".into()]),
    };
    let strict = Leniency::STRICT.with(Fault::TlvTerminator);
    let leniency = if args.strict { strict } else { Leniency::TOLERANT };
    let settings = Settings { leniency, max_pdu: args.max_pdu };
    if args.json {
        decode(inputs, settings, &mut Json { out: io::stdout().lock(), default: args.default_alphabet })
    } else {
        decode(inputs, settings, &mut Dump::new(args.default_alphabet, args.list))
    }
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    leniency: Leniency,
    max_pdu: usize,
}

/// Where in which input something stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'i> {
    /// The number of the input, from 0.
    pub(crate) index: usize,
    /// The input.
    pub(crate) input: &'i Input,
    /// The octet in its stream.
    pub(crate) offset: usize,
    /// When the last octet of the PDU was captured, in microseconds since 1970.
    pub(crate) time: Option<u64>,
}

/// What stands at a place.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A PDU, readable or not.
    Pdu(Box<Reading<'a>>),
    /// A length that cannot be: nothing more can be read here.
    BadLength(FrameError),
    /// The start of a PDU that is not there to its end.
    Incomplete { octets: &'a [u8], need: usize },
    /// Octets that were not captured, and octets behind them that belong to a PDU whose start is among them.
    Gap { missing: usize, skipped: usize },
}

impl Found<'_> {
    fn is_error(&self) -> bool {
        !matches!(self, Found::Pdu(reading) if reading.pdu.is_ok())
    }
}

/// Shows what was found.
pub(crate) trait Show {
    /// Shows one thing.
    fn show(&mut self, place: Place<'_>, found: &Found<'_>) -> io::Result<()>;

    /// Nothing more comes.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn decode(inputs: source::Inputs, settings: Settings, show: &mut dyn Show) -> Outcome {
    let mut exit = Exit::Done;
    for (index, input) in inputs.enumerate() {
        match input {
            Ok(input) => exit = exit.max(stream(index, &input, settings, show)?),
            Err(Failure::Reported { exit: worse, message }) => {
                output::complain(&message);
                exit = exit.max(worse);
            }
            Err(hangup) => return Err(hangup),
        }
    }
    show.finish()?;
    Ok(exit)
}

/// Shows all PDUs of one input.
fn stream(index: usize, input: &Input, settings: Settings, show: &mut dyn Show) -> io::Result<Exit> {
    let mut exit = Exit::Done;
    for piece in &input.pieces {
        let mut tell = |at: usize, length: usize, found: Found<'_>| {
            let time = piece.time(at.saturating_add(length).saturating_sub(1));
            if found.is_error() {
                exit = Exit::Refused;
            }
            show.show(Place { index, input, offset: piece.offset + at, time }, &found)
        };
        if piece.missing + piece.skipped > 0 {
            tell(0, 0, Found::Gap { missing: piece.missing, skipped: piece.skipped })?;
        }
        let mut at = piece.skipped;
        while let Some(octets @ [_, ..]) = piece.octets.get(at..) {
            match Frame::split(octets, settings.max_pdu) {
                Ok(Split::Frame(frame)) => {
                    let length = frame.octets.len();
                    tell(at, length, Found::Pdu(Box::new(Reading::of(&frame, settings.leniency))))?;
                    at += length;
                }
                Ok(Split::Incomplete { need }) => {
                    tell(at, octets.len(), Found::Incomplete { octets, need })?;
                    break;
                }
                Err(error) => {
                    tell(at, octets.len(), Found::BadLength(error))?;
                    break;
                }
            }
        }
    }
    Ok(exit)
}

impl Piece {
    /// When the octet `at` was captured.
    fn time(&self, at: usize) -> Option<u64> {
        let behind = self.times.partition_point(|(from, _)| *from <= at);
        behind.checked_sub(1).and_then(|place| self.times.get(place)).map(|(_, time)| *time)
    }
}

/// One JSON object a line.
struct Json<W> {
    out: W,
    default: DefaultAlphabet,
}

impl<W: Write> Show for Json<W> {
    fn show(&mut self, place: Place<'_>, found: &Found<'_>) -> io::Result<()> {
        let mut line = Object::new();
        line.insert("input".into(), place.index.into());
        line.insert("offset".into(), place.offset.into());
        match found {
            Found::Pdu(reading) => line.extend(json::pdu(reading, self.default)),
            Found::BadLength(error) => {
                line.extend(error.header().iter().flat_map(json::header));
                let fault = Fault::BadLength;
                let error = json::error(&DecodeError { fault, field: Field::CommandLength, offset: 0 });
                line.insert("error".into(), error);
            }
            Found::Incomplete { octets, need } => {
                line.insert("incomplete".into(), json!({ "have": octets.len(), "need": need }));
            }
            Found::Gap { missing, skipped } => {
                line.insert(
                    "error".into(),
                    json!({ "fault": "gap", "missing": missing, "skipped": skipped }),
                );
            }
        }
        if let Some(flow) = &place.input.flow {
            line.insert("stream".into(), json!({ "from": flow.from.to_string(), "to": flow.to.to_string() }));
        }
        if let Some(time) = place.time {
            line.insert("time".into(), seconds(time));
        }
        output::json_line(&mut self.out, line)
    }
}

/// Seconds since 1970 with six decimals, which a double holds exactly enough.
fn seconds(microseconds: u64) -> Value {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
        .parse::<f64>()
        .map_or(Value::Null, Value::from)
}
