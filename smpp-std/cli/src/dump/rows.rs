//! The annotated dump: each field with its offset, its octets and its meaning.

use super::{DIM, ERROR, HEADING, NAME, WARNING, meaning, quote_text, time_of_day};
use crate::alphabet::DefaultAlphabet;
use crate::decode::content::Content;
use crate::decode::reading::Reading;
use crate::decode::{Found, Place};
use smpp_core::frame::Header;
use smpp_core::pdu::{HEADER_LEN, layout};
use smpp_core::sms::receipt::Report;
use smpp_core::sms::udh::Udh;
use smpp_core::types::{CommandId, Field, Kind, Tag};
use std::fmt::{self, Write};

/// Octets in a row.
const WIDTH: usize = 8;

/// One line of the table, or several when the octets do not fit.
struct Row<'a> {
    /// Where it stands in the PDU; a row without octets follows the one of the same offset.
    offset: usize,
    octets: &'a [u8],
    kind: What,
    name: String,
    value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Field,
    /// Octets that nobody is to read over a shoulder.
    Secret,
    Note,
    Deviation,
    Error,
}

/// Appends the dump of one thing.
pub(super) fn dump(
    out: &mut String,
    place: Place<'_>,
    found: &Found<'_>,
    default: DefaultAlphabet,
) -> fmt::Result {
    match found {
        Found::Pdu(reading) => {
            let header = &reading.header;
            write!(out, "{HEADING}{}{HEADING:#}", header.command_id)?;
            write!(out, "  sequence {}, {} octets", header.sequence_number, header.command_length)?;
            place_of(out, place)?;
            rows(reading, default).iter().try_for_each(|row| self::row(out, row))
        }
        Found::BadLength(error) => {
            write!(out, "{ERROR}bad_length{ERROR:#}  {error}")?;
            place_of(out, place)
        }
        Found::Incomplete { octets, need } => {
            write!(out, "{ERROR}incomplete{ERROR:#}  {} octets of {need}", octets.len())?;
            place_of(out, place)?;
            unread(octets).iter().try_for_each(|row| self::row(out, row))
        }
        Found::Gap { missing, skipped } => {
            write!(
                out,
                "{ERROR}gap{ERROR:#}  {missing} octets were not captured, {skipped} skipped up to the next PDU"
            )?;
            place_of(out, place)
        }
    }?;
    writeln!(out)
}

fn place_of(out: &mut String, place: Place<'_>) -> fmt::Result {
    write!(out, "{DIM}")?;
    if let Some(flow) = place.input.flow {
        write!(out, "  {flow}")?;
    }
    if let Some(time) = place.time {
        write!(out, "  {} UTC", time_of_day(time))?;
    }
    writeln!(out, "  input {}, offset {}{DIM:#}", place.index, place.offset)
}

/// The rows of a PDU in the order of their octets.
fn rows<'a>(reading: &Reading<'a>, default: DefaultAlphabet) -> Vec<Row<'a>> {
    let slice = |from: usize, to: usize| reading.octets.get(from..to).unwrap_or_default();
    let mut rows = header(reading);
    let mut end = HEADER_LEN;
    for seen in &reading.fields {
        let field = seen.item.field;
        let has_nul = matches!(field.kind(), Kind::COctetString | Kind::Time);
        end = seen.offset + seen.octets.len() + usize::from(has_nul);
        let (kind, value) = match field {
            Field::Password => (What::Secret, "***".into()),
            _ => (What::Field, meaning::field(field, seen.octets)),
        };
        let octets = slice(seen.offset, end);
        rows.push(Row { offset: seen.offset, octets, kind, name: field.name().into(), value });
    }
    for seen in &reading.tlvs {
        end = seen.offset + 4 + seen.value.len();
        let name = seen.tag.name().map_or_else(|| format!("tag {:#06x}", seen.tag.0), str::to_owned);
        let (kind, value) = (What::Field, meaning::tlv(seen.tag, seen.value));
        rows.push(Row { offset: seen.offset, octets: slice(seen.offset, end), kind, name, value });
    }
    let rest = slice(end, reading.octets.len());
    let is_secret = has_password(reading.header.command_id)
        && !reading.fields.iter().any(|seen| seen.item.field == Field::Password);
    if !rest.is_empty() {
        rows.push(Row {
            offset: end,
            octets: rest,
            kind: if is_secret { What::Secret } else { What::Note },
            name: "(not read)".into(),
            value: String::new(),
        });
    }
    rows.extend(content(reading, default));
    for deviation in &reading.deviations {
        let (name, value) =
            (deviation.what.fault.name().into(), format!("in {}, tolerated", deviation.what.field.name()));
        rows.push(Row { offset: deviation.what.offset, octets: &[], kind: What::Deviation, name, value });
    }
    if let Err(error) = &reading.pdu {
        let value = format!("in {}; answer {}", error.field.name(), error.status());
        let name = error.fault.name().into();
        rows.push(Row { offset: error.offset, octets: &[], kind: What::Error, name, value });
    }
    rows.sort_by_key(|row| row.offset);
    rows
}

fn header<'a>(reading: &Reading<'a>) -> Vec<Row<'a>> {
    let header = &reading.header;
    let status = header.command_status;
    let is_outcome = header.command_id.is_response() || !status.is_ok();
    let status = if is_outcome { format!("{}  {status}", status.0) } else { status.0.to_string() };
    let fields = [
        (Field::CommandLength, header.command_length.to_string()),
        (Field::CommandId, header.command_id.to_string()),
        (Field::CommandStatus, status),
        (Field::SequenceNumber, header.sequence_number.to_string()),
    ];
    let words = reading.octets.chunks_exact(4);
    let row = |((at, (field, value)), octets): ((usize, (Field, String)), &'a [u8])| Row {
        offset: at * 4,
        octets,
        kind: What::Field,
        name: field.name().into(),
        value,
    };
    fields.into_iter().enumerate().zip(words).map(row).collect()
}

/// The octets of a PDU that is not there to its end; of one with a password only the header.
fn unread(octets: &[u8]) -> Vec<Row<'_>> {
    let is_secret = Header::read(octets).is_some_and(|header| has_password(header.command_id));
    let (shown, hidden) = octets.split_at(if is_secret { HEADER_LEN } else { octets.len() });
    let row = |offset, octets, kind| Row { offset, octets, kind, name: String::new(), value: String::new() };
    let rows = [row(0, shown, What::Note), row(HEADER_LEN, hidden, What::Secret)];
    rows.into_iter().filter(|row| !row.octets.is_empty()).collect()
}

fn has_password(command: CommandId) -> bool {
    layout(command).is_some_and(|items| items.iter().any(|item| item.field == Field::Password))
}

/// The user data header and the text, behind the field that holds them.
fn content<'a>(reading: &Reading<'a>, default: DefaultAlphabet) -> Vec<Row<'a>> {
    let Ok(pdu) = &reading.pdu else { return Vec::new() };
    let payload = reading.tlvs.iter().find(|seen| seen.tag == Tag::MESSAGE_PAYLOAD && !seen.value.is_empty());
    let field = reading.fields.iter().find(|seen| seen.item.field == Field::ShortMessage);
    // What is in TLVs alone stands at the end.
    let offset = payload.map(|seen| seen.offset).or(field.map(|seen| seen.offset)).unwrap_or(usize::MAX);
    let note = |name: &str, value| Row { offset, octets: &[], kind: What::Note, name: name.into(), value };
    let content = Content::of(pdu, default);
    let mut rows = Vec::new();
    match content.udh {
        Some(Ok(udh)) => rows.extend(elements(udh).map(|value| note("udh", value))),
        Some(Err(error)) => rows.push(note("udh", error.to_string())),
        None => {}
    }
    rows.extend(content.text.filter(|text| !text.is_empty()).map(|text| note("text", quote_text(&text))));
    if let Some(message) = pdu.message().filter(|message| message.esm_class.is_receipt()) {
        let report = Report::new(message.user_data(), message.tlvs.into());
        rows.push(note("receipt", meaning::receipt(&report)));
    }
    rows
}

fn elements(udh: Udh<'_>) -> impl Iterator<Item = String> {
    udh.elements().map(|element| match (element.concatenation(), element.ports()) {
        (Some(part), _) => format!("part {} of {}, reference {}", part.sequence, part.total, part.reference),
        (_, Some(ports)) => format!("port {} to port {}", ports.source, ports.destination),
        _ => format!("{}: {}", element.iei, crate::hex::encode(element.data)),
    })
}

fn row(out: &mut String, row: &Row<'_>) -> fmt::Result {
    let (mark, style) = match row.kind {
        What::Field | What::Secret => (" ", NAME),
        What::Note => (" ", DIM),
        What::Deviation => ("!", WARNING),
        What::Error => ("!", ERROR),
    };
    let octets = if row.kind == What::Secret { &[] } else { row.octets };
    let mut chunks = octets.chunks(WIDTH);
    let first = chunks.next().unwrap_or_default();
    let offset = if row.octets.is_empty() { String::new() } else { row.offset.to_string() };
    let hidden = if row.kind == What::Secret { "**" } else { "" };
    let octets = format!("{}{hidden}", spaced(first));
    write!(out, "{mark}{DIM}{offset:>6}{DIM:#}  ")?;
    match (row.name.as_str(), row.value.as_str()) {
        ("", _) => writeln!(out, "{octets}")?,
        (name, "") => writeln!(out, "{octets:<24} {style}{name}{style:#}")?,
        (name, value) => writeln!(out, "{octets:<24} {style}{name:<24}{style:#} {value}")?,
    }
    for (at, chunk) in (1..).zip(chunks) {
        writeln!(out, " {DIM}{:>6}{DIM:#}  {}", row.offset + at * WIDTH, spaced(chunk))?;
    }
    Ok(())
}

fn spaced(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
