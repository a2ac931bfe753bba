//! One row a PDU: when, from whom to whom, what, how it ended.

use super::{DIM, ERROR, NAME, WARNING, quote, quote_text, time_of_day};
use crate::alphabet::DefaultAlphabet;
use crate::decode::content::Content;
use crate::decode::reading::Reading;
use crate::decode::{Found, Place};
use smpp_core::pdu::Pdu;
use smpp_core::types::{Address, Field};
use std::fmt::{self, Write};

/// What the columns of everything hold.
const COLUMNS: &str = "input  offset    sequence  command                  status                  what";

/// Room for the two addresses of a connection over IPv4.
const FLOW: usize = 45;

/// What the columns hold; only captures have time and addresses.
pub(super) fn heading(is_capture: bool) -> String {
    let captured =
        if is_capture { format!("{:<15}  {:<FLOW$}  ", "time", "from > to") } else { String::new() };
    captured + COLUMNS
}

/// Appends the row of one thing.
pub(super) fn row(
    out: &mut String,
    place: Place<'_>,
    found: &Found<'_>,
    default: DefaultAlphabet,
    time: Option<u64>,
) -> fmt::Result {
    if let (Some(flow), Some(time)) = (place.input.flow, time) {
        write!(out, "{DIM}{}  {:<FLOW$}{DIM:#}  ", time_of_day(time), flow.to_string())?;
    }
    write!(out, "{DIM}{:>5}  {:>6}{DIM:#}  ", place.index, place.offset)?;
    match found {
        Found::Pdu(reading) => pdu(out, reading, default)?,
        Found::BadLength(error) => write!(out, "{ERROR}{error}{ERROR:#}")?,
        Found::Incomplete { octets, need } => {
            write!(out, "{ERROR}incomplete: {} octets of {need}{ERROR:#}", octets.len())?;
        }
        Found::Gap { missing, skipped } => {
            write!(out, "{ERROR}gap: {missing} octets not captured, {skipped} skipped{ERROR:#}")?;
        }
    }
    writeln!(out)
}

fn pdu(out: &mut String, reading: &Reading<'_>, default: DefaultAlphabet) -> fmt::Result {
    let header = &reading.header;
    let status = header.command_status;
    let status =
        if header.command_id.is_response() || !status.is_ok() { status.to_string() } else { String::new() };
    let command = header.command_id.to_string();
    write!(out, "{:>10}  {NAME}{command:<23}{NAME:#}  {status:<22}  ", header.sequence_number)?;
    match &reading.pdu {
        Err(error) => write!(out, "{ERROR}{error}{ERROR:#}")?,
        Ok(pdu) => {
            if let Some(message) = pdu.message() {
                write!(out, "{} > {} ", address(message.source), destination(pdu, message.destination))?;
            }
            for name in [Field::SystemId, Field::MessageId] {
                if let Some(seen) = reading.fields.iter().find(|seen| seen.item.field == name) {
                    write!(out, "{} {} ", name.name(), quote(seen.octets))?;
                }
            }
            if let Some(text) = Content::of(pdu, default).text {
                write!(out, "{}", quote_text(&text))?;
            }
        }
    }
    for deviation in &reading.deviations {
        write!(out, " {WARNING}! {}{WARNING:#}", deviation.what.fault.name())?;
    }
    Ok(())
}

/// The destination, or how many there are.
fn destination(pdu: &Pdu<'_>, destination: Address<'_>) -> String {
    match pdu {
        Pdu::SubmitMulti(multi) => format!("{} destinations", multi.destinations.len()),
        _ => address(destination),
    }
}

fn address(address: Address<'_>) -> String {
    address.addr.as_octets().escape_ascii().to_string()
}
