//! `smpp receipt`: the text of a delivery receipt to its fields.

use crate::dump::{DIM, NAME, quote};
use crate::hex;
use crate::inbox::extra;
use crate::lines::{self, Object, Refused};
use crate::output::{Exit, Failure, Outcome};
use serde_json::Value;
use smpp_core::sms::receipt::{Receipt, ReceiptTlvs, Report, ReportError};
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{MessageState, Tag};
use std::io::Write;

/// Reads the texts of delivery receipts, one a line, and shows their fields.
///
/// Texts are arguments or lines of standard input. With --json a line is a JSON string, or an object with `text` and
/// `tlvs`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Texts of receipts; none: one a line on standard input
    #[arg(value_name = "TEXT", conflicts_with = "json")]
    texts: Vec<String>,
    /// One JSON value a line in, one JSON object a line out
    #[arg(long)]
    json: bool,
}

/// Runs `smpp receipt`.
pub(crate) fn run(args: Args) -> Outcome {
    if args.json {
        return lines::answer(|line| fields(&line));
    }
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Done;
    for text in lines::texts(args.texts) {
        let text = text.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
        match Receipt::parse(&text) {
            Some(receipt) => show(&mut out, &receipt)?,
            None => {
                exit = Exit::Refused;
                writeln!(out, "no receipt: none of its keys is in {}", quote(&text))?;
            }
        }
        writeln!(out)?;
    }
    Ok(exit)
}

/// The fields for people: key, value, meaning.
fn show(out: &mut impl Write, receipt: &Receipt<'_>) -> std::io::Result<()> {
    let time = |time: Option<_>| {
        time.map_or("no known form of a date".to_owned(), |time: smpp_core::types::DateTime| time.to_string())
    };
    let rows = [
        ("id", receipt.id, String::new()),
        ("sub", receipt.sub, String::new()),
        ("dlvrd", receipt.dlvrd, String::new()),
        ("submit date", receipt.submit_date, time(receipt.submit_time())),
        ("done date", receipt.done_date, time(receipt.done_time())),
        ("stat", receipt.stat, meaning(receipt.state())),
        ("err", receipt.err, String::new()),
        ("text", receipt.text, String::new()),
    ];
    for (key, value, meaning) in rows {
        if let Some(value) = value {
            writeln!(out, "{NAME}{key:<12}{NAME:#} {:<24} {DIM}{meaning}{DIM:#}", quote(value))?;
        }
    }
    for (key, value) in receipt.extra() {
        let key = String::from_utf8_lossy(key).escape_debug().to_string();
        writeln!(out, "{NAME}{key:<12}{NAME:#} {:<24} {DIM}a key of the provider{DIM:#}", quote(value))?;
    }
    Ok(())
}

fn meaning(state: Option<MessageState>) -> String {
    match state.and_then(|state| Some((name(state)?, state.is_final()?))) {
        Some((name, true)) => format!("{name}, final"),
        Some((name, false)) => format!("{name}, more to come"),
        None => "a word of the provider".to_owned(),
    }
}

/// The answer to one line.
fn fields(line: &Value) -> Result<Object, Refused> {
    let (text, list) = match line {
        Value::String(text) => (text.as_str(), None),
        Value::Object(object) => (lines::string(object, "text")?.unwrap_or_default(), Some(values(object)?)),
        _ => return Err(Refused::new("wrong_type", "line")),
    };
    let list: Option<Vec<_>> =
        list.as_ref().map(|list| list.iter().map(|(tag, value)| Tlv { tag: *tag, value }).collect());
    let tlvs = list.as_ref().map(|list| ReceiptTlvs::from(Tlvs::from(&list[..])));
    let report = Report::new(text.as_bytes(), tlvs.unwrap_or_default());
    if report.receipt.is_none() && report.tlvs == ReceiptTlvs::default() {
        return Ok(Object::from_iter([("receipt".to_owned(), Value::Null)]));
    }
    let mut object = describe(&report);
    if let Some(tlvs) = tlvs {
        let id = tlvs.receipted_message_id.map(|id| id.split(|&octet| octet == 0).next().unwrap_or_default());
        object.insert("receipted_message_id".into(), octets(id));
        object.insert("message_id".into(), octets(report.message_id()));
        if let Some(code) = tlvs.network_error_code {
            let number = ReportError::of_tlv(code).and_then(ReportError::code);
            // As the events have it: what is no number stays octets.
            object.insert(
                "network_error_code".into(),
                number.map_or_else(|| hex::encode(code).into(), Value::from),
            );
        }
    }
    Ok(object)
}

/// The keys of a receipt.
fn describe(report: &Report<'_>) -> Object {
    let receipt = report.receipt.unwrap_or_default();
    let time = |time: Option<smpp_core::types::DateTime>| time.map(|time| time.to_string()).into();
    let state = report.state();
    let keys: [(&str, Value); 12] = [
        ("id", octets(receipt.id)),
        ("sub", octets(receipt.sub)),
        ("dlvrd", octets(receipt.dlvrd)),
        ("submit_date", octets(receipt.submit_date)),
        ("submit_time", time(receipt.submit_time())),
        ("done_date", octets(receipt.done_date)),
        ("done_time", time(receipt.done_time())),
        ("stat", octets(receipt.stat)),
        ("state", state.and_then(name).into()),
        ("final", state.and_then(MessageState::is_final).into()),
        ("err", octets(receipt.err)),
        ("text", octets(receipt.text)),
    ];
    let mut object: Object = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let extra = extra(&receipt);
    if !extra.is_empty() {
        object.insert("extra".into(), extra.into());
    }
    object
}

/// The name of a state in small letters.
fn name(state: MessageState) -> Option<String> {
    state.name().map(str::to_ascii_lowercase)
}

fn octets(value: Option<&[u8]>) -> Value {
    value.map(String::from_utf8_lossy).into()
}

/// The TLVs of a line.
fn values(object: &Object) -> Result<Vec<(Tag, Vec<u8>)>, Refused> {
    let wrong = || Refused::new("wrong_type", "tlvs");
    let list = match object.get("tlvs") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(list) => list.as_array().ok_or_else(wrong)?,
    };
    let tlv = |tlv: &Value| {
        let tlv = tlv.as_object().ok_or_else(wrong)?;
        let tag =
            lines::integer(tlv, "tag", u16::MAX.into())?.ok_or_else(|| Refused::new("missing", "tag"))?;
        let value = lines::string(tlv, "value")?.unwrap_or_default();
        let value = hex::decode(value.as_bytes()).map_err(|_| Refused::new("bad_hex", "value"))?;
        Ok((Tag(u16::try_from(tag).unwrap_or_default()), value))
    };
    list.iter().map(tlv).collect()
}
