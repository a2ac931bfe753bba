//! A PDU as JSON: the keys of its line, in order.

use super::content::Content;
use super::reading::{Reading, SeenField, SeenTlv};
use crate::alphabet::DefaultAlphabet;
use crate::hex;
use crate::lines::Object;
use crate::output::characters;
use serde_json::{Value, json};
use smpp_core::frame::Header;
use smpp_core::tlv::Tlvs;
use smpp_core::types::{Field, Kind, Tag};
use smpp_core::{DecodeError, Deviation, Fault};

/// The keys of a PDU, from `command_length` on.
///
/// Strings in TLVs that end otherwise than at their NUL are no deviation for programs: too many peers write them so, and
/// the contract does not name it. The dump shows them.
pub(crate) fn pdu(reading: &Reading<'_>, default: DefaultAlphabet) -> Object {
    let mut object = header(&reading.header);
    match &reading.pdu {
        Ok(_) => object.insert("body".into(), body(&reading.fields).into()),
        Err(error) => object.insert("error".into(), self::error(error)),
    };
    object.insert("tlvs".into(), reading.tlvs.iter().map(tlv).collect());
    if let Ok(pdu) = &reading.pdu {
        let content = Content::of(pdu, default);
        if let Some(udh) = content.udh {
            let elements = |udh: smpp_core::sms::udh::Udh<'_>| {
                udh.elements()
                    .map(|element| json!({ "iei": element.iei.0, "data": hex::encode(element.data) }))
                    .collect()
            };
            object.insert("udh".into(), udh.map_or("invalid".into(), elements));
        }
        if let Some(text) = content.text {
            object.insert("text".into(), text.into());
        }
        if let Some(octets) = content.octets {
            object.insert("octets".into(), hex::encode(octets).into());
        }
    }
    let deviations =
        reading.deviations.iter().filter(|deviation| deviation.what.fault != Fault::TlvTerminator);
    object.insert("deviations".into(), deviations.map(deviation).collect());
    object
}

/// The keys of a header. A request has no outcome to name unless it claims one.
pub(crate) fn header(header: &Header) -> Object {
    let mut object = Object::new();
    object.insert("command_length".into(), header.command_length.into());
    object.insert("command_id".into(), header.command_id.0.into());
    object.insert("command".into(), header.command_id.name().into());
    object.insert("command_status".into(), header.command_status.0.into());
    let is_outcome = header.command_id.is_response() || !header.command_status.is_ok();
    if let Some(name) = header.command_status.name().filter(|_| is_outcome) {
        object.insert("status".into(), name.into());
    }
    object.insert("sequence_number".into(), header.sequence_number.into());
    object
}

/// What is wrong, where, and what a peer is to be told.
pub(crate) fn error(error: &DecodeError) -> Value {
    json!({
        "fault": error.fault.name(),
        "field": error.field.name(),
        "offset": error.offset,
        "status": error.status().to_string(),
    })
}

/// The mandatory fields; lists as arrays behind their count.
fn body(fields: &[SeenField<'_>]) -> Object {
    let mut body = Object::new();
    let mut list: Option<&str> = None;
    for seen in fields {
        let field = seen.item.field;
        if let Some(list) = list.filter(|list| is_in_list(list, field)) {
            let Some(Value::Array(entries)) = body.get_mut(list) else { continue };
            if starts_entry(list, field) {
                entries.push(Object::new().into());
            }
            if let Some(Value::Object(entry)) = entries.last_mut() {
                entry.insert(field.name().into(), value(seen));
            }
            continue;
        }
        body.insert(field.name().into(), value(seen));
        list = match field {
            Field::NumberOfDests => Some(DEST_ADDRESS),
            Field::NoUnsuccess => Some(UNSUCCESS_SME),
            _ => None,
        };
        if let Some(list) = list {
            body.insert(list.into(), json!([]));
        }
    }
    body
}

/// The destinations of submit_multi.
pub(crate) const DEST_ADDRESS: &str = "dest_address";
/// The failed destinations of submit_multi_resp.
pub(crate) const UNSUCCESS_SME: &str = "unsuccess_sme";

fn is_in_list(list: &str, field: Field) -> bool {
    match field {
        Field::DestAddrTon | Field::DestAddrNpi | Field::DestinationAddr => true,
        Field::DestFlag | Field::DlName => list == DEST_ADDRESS,
        Field::ErrorStatusCode => list == UNSUCCESS_SME,
        _ => false,
    }
}

fn starts_entry(list: &str, field: Field) -> bool {
    field == if list == DEST_ADDRESS { Field::DestFlag } else { Field::DestAddrTon }
}

/// A field's value: a number, text octet by octet, or hex.
fn value(seen: &SeenField<'_>) -> Value {
    match seen.item.field.kind() {
        Kind::Integer(_) => integer(seen.octets).into(),
        Kind::COctetString | Kind::Time => characters(seen.octets).into(),
        Kind::Octets => hex::encode(seen.octets).into(),
    }
}

/// A big-endian integer of up to four octets.
pub(crate) fn integer(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |value, &octet| value << 8 | u32::from(octet))
}

fn tlv(seen: &SeenTlv<'_>) -> Value {
    one_tlv(seen.tag, seen.value)
}

fn one_tlv(tag: Tag, value: &[u8]) -> Value {
    json!({ "tag": tag.0, "name": tag.name(), "value": hex::encode(value) })
}

/// TLVs of a message or a response, as in a PDU.
pub(crate) fn tlvs(tlvs: Tlvs<'_>) -> Value {
    tlvs.iter().map(|tlv| one_tlv(tlv.tag, tlv.value)).collect()
}

fn deviation(deviation: &Deviation<'_>) -> Value {
    let DecodeError { fault, field, offset } = deviation.what;
    let mut entry = json!({ "name": fault.name(), "field": field.name(), "offset": offset });
    if !deviation.octets.is_empty() {
        entry["octets"] = hex::encode(deviation.octets).into();
    }
    entry
}
