//! What values mean, in words.

use super::quote;
use crate::decode::json::integer;
use smpp_core::sms::receipt::{Report, ReportError};
use smpp_core::types::{
    CommandStatus, DataCoding, EsmClass, Field, InterfaceVersion, Kind, MessageState, Npi,
    RegisteredDelivery, SmppTime, Tag, Ton, YearWindow,
};

/// The value of a mandatory field, and what it stands for.
pub(super) fn field(field: Field, octets: &[u8]) -> String {
    match field.kind() {
        Kind::COctetString => return quote(octets),
        Kind::Time => return format!("{}{}", quote(octets), time(octets)),
        Kind::Octets => return printable(octets),
        Kind::Integer(_) => {}
    }
    let value = integer(octets);
    let octet = octets.last().copied().unwrap_or_default();
    let name = match field {
        Field::CommandStatus | Field::ErrorStatusCode => status(CommandStatus(value)),
        Field::SourceAddrTon | Field::DestAddrTon | Field::EsmeAddrTon | Field::AddrTon => {
            known(Ton(octet).name())
        }
        Field::SourceAddrNpi | Field::DestAddrNpi | Field::EsmeAddrNpi | Field::AddrNpi => {
            known(Npi(octet).name())
        }
        Field::InterfaceVersion => known(InterfaceVersion(octet).name()),
        Field::EsmClass => esm_class(EsmClass(octet)),
        Field::RegisteredDelivery => registered_delivery(RegisteredDelivery(octet)),
        Field::DataCoding => data_coding(DataCoding(octet)),
        Field::MessageState => known(MessageState(octet).name()),
        Field::DestFlag => known(match octet {
            1 => Some("SME address"),
            2 => Some("distribution list"),
            _ => None,
        }),
        _ => String::new(),
    };
    if name.is_empty() { value.to_string() } else { format!("{value}  {name}") }
}

/// The value of a TLV, and what it stands for.
pub(super) fn tlv(tag: Tag, value: &[u8]) -> String {
    let octet = |name: fn(u8) -> Option<&'static str>| match value {
        &[octet] => format!("{octet}  {}", known(name(octet))),
        _ => printable(value),
    };
    match (tag, value) {
        (Tag::MESSAGE_STATE, _) => octet(|state| MessageState(state).name()),
        (Tag::SC_INTERFACE_VERSION, _) => octet(|version| InterfaceVersion(version).name()),
        (Tag::NETWORK_ERROR_CODE, _) => match ReportError::of_tlv(value) {
            Some(ReportError::Network { network, code }) => {
                format!("network type {network} {}, code {code}", known(network_type(network)))
            }
            Some(error) => match error.code() {
                Some(code) => format!("code {code} in ASCII"),
                None => printable(value),
            },
            None => printable(value),
        },
        (Tag::BROADCAST_ERROR_STATUS, &[_, _, _, _]) => status(CommandStatus(integer(value))),
        _ => match (tag.limits(), value.len()) {
            (Some((min, max)), 1 | 2 | 4) if min == max && usize::from(max) == value.len() => {
                integer(value).to_string()
            }
            _ => printable(value),
        },
    }
}

/// A time in words (SMPP 3.4 §7.1.1).
fn time(octets: &[u8]) -> String {
    match SmppTime::parse(octets, YearWindow::RECEIPT) {
        Ok(None) => String::new(),
        Ok(Some(SmppTime::Absolute(time))) => {
            let minutes = i32::from(time.quarters) * 15;
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.abs();
            format!("  {}.{} {sign}{:02}:{:02}", time.local, time.tenths, minutes / 60, minutes % 60)
        }
        Ok(Some(SmppTime::Relative(time))) => {
            let parts = [
                (time.years, "years"),
                (time.months, "months"),
                (time.days, "days"),
                (time.hours, "hours"),
                (time.minutes, "minutes"),
                (time.seconds, "seconds"),
            ];
            let parts: Vec<_> =
                parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
            format!("  in {}", if parts.is_empty() { "no time".to_owned() } else { parts.join(", ") })
        }
        Err(error) => format!("  ({error})"),
    }
}

/// What a receipt says, in a line.
pub(super) fn receipt(report: &Report<'_>) -> String {
    let id = report.message_id().map_or_else(|| "without an id".to_owned(), |id| format!("of {}", quote(id)));
    let state = report.state().map_or("state unknown".to_owned(), |state| state.to_string());
    let error = match report.error() {
        None => String::new(),
        Some(ReportError::Text(text)) => format!(", error {}", quote(text)),
        Some(ReportError::Network { network, code }) => {
            format!(", error {code} of network type {network} {}", known(network_type(network)))
        }
        Some(other) => format!(", error {other:?}"),
    };
    let done = report.receipt.and_then(|receipt| receipt.done_time());
    format!("{id}: {state}{error}{}", done.map_or_else(String::new, |done| format!(", done {done}")))
}

/// A name, or the words for having none.
fn known(name: Option<&'static str>) -> String {
    name.unwrap_or("(no standard value)").to_owned()
}

fn status(status: CommandStatus) -> String {
    status.name().map_or_else(|| format!("(no standard status, {:#010x})", status.0), str::to_owned)
}

/// SMPP 3.4 §5.2.12.
fn esm_class(class: EsmClass) -> String {
    let mode = ["", "datagram", "forward", "store and forward"];
    let kind = class.message_type();
    let parts = [
        mode.get(usize::from(class.0 & 0x03)).copied().unwrap_or_default(),
        if kind.0 == 0 { "" } else { kind.name().unwrap_or("reserved message type") },
        if class.has_udh() { "UDH" } else { "" },
        if class.0 & EsmClass::REPLY_PATH.0 != 0 { "reply path" } else { "" },
    ];
    joined(&parts)
}

/// SMPP 3.4 §5.2.17.
fn registered_delivery(delivery: RegisteredDelivery) -> String {
    let receipt = ["", "receipt", "receipt on failure", "receipt on success"];
    let ack = ["", "delivery acknowledgement", "user acknowledgement", "both acknowledgements"];
    let at =
        |names: [&'static str; 4], bits: u8| names.get(usize::from(bits & 0x03)).copied().unwrap_or_default();
    let parts = [
        at(receipt, delivery.0),
        at(ack, delivery.0 >> 2),
        if delivery.wants_intermediate() { "intermediate notifications" } else { "" },
    ];
    joined(&parts)
}

/// SMPP 3.4 §5.2.19; 3GPP TS 23.038 §4.
fn data_coding(coding: DataCoding) -> String {
    let class = coding.class().map(|class| format!("class {class}"));
    match coding.name() {
        Some(name) => name.to_owned(),
        None => joined(&[&format!("{:?}", coding.alphabet()), &class.unwrap_or_default()]),
    }
}

/// SMPP 3.4 §5.3.2.31; 5.0 §4.8.4.42.
fn network_type(network: u8) -> Option<&'static str> {
    Some(match network {
        1 => "ANSI-136",
        2 => "IS-95",
        3 => "GSM",
        4 => "ANSI-136 cause",
        5 => "IS-95 cause",
        6 => "ANSI-41",
        7 => "SMPP",
        8 => "message centre",
        _ => return None,
    })
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ")
}

/// Text in quotes where all octets print (a NUL at the end aside), else nothing: the octets stand beside it.
fn printable(octets: &[u8]) -> String {
    let text = octets.strip_suffix(&[0]).unwrap_or(octets);
    let prints = !text.is_empty() && text.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ');
    if prints { quote(text) } else { format!("{} octets", octets.len()) }
}
