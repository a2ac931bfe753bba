//! The mandatory fields of a PDU, from JSON to octets, by the layout of its command.

use crate::decode::json::{DEST_ADDRESS, UNSUCCESS_SME};
use crate::hex;
use crate::lines::Object;
use serde_json::Value;
use smpp_core::types::{Field, Item, Kind};

/// Why a line cannot be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    /// What is wrong.
    pub(super) fault: &'static str,
    /// With which field.
    pub(super) field: String,
}

impl Refusal {
    pub(super) fn new(fault: &'static str, field: impl Into<String>) -> Self {
        Self { fault, field: field.into() }
    }
}

/// Appends the fields of `items` in their order; missing ones are 0 or empty.
pub(super) fn write(items: &[Item], fields: &Object, out: &mut Vec<u8>) -> Result<(), Refusal> {
    // Better to refuse than to drop what somebody wrote.
    if let Some(name) = fields.keys().find(|name| !items.iter().any(|item| is_key(item.field, name))) {
        return Err(Refusal::new("unknown_field", name));
    }
    let mut rest = items;
    while let Some((&item, behind)) = rest.split_first() {
        rest = match item.field {
            Field::NumberOfDests => destinations(behind, fields, out)?,
            Field::NoUnsuccess => unsuccess_smes(behind, fields, out)?,
            _ => {
                write_item(item, fields, out)?;
                behind
            }
        };
    }
    Ok(())
}

/// Whether `name` is the key of `field`, or of the list that it counts.
fn is_key(field: Field, name: &str) -> bool {
    let list = match field {
        Field::NumberOfDests => Some(DEST_ADDRESS),
        Field::NoUnsuccess => Some(UNSUCCESS_SME),
        _ => None,
    };
    field.name() == name || list == Some(name)
}

fn write_item(item: Item, fields: &Object, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let name = item.field.name();
    let value = fields.get(name);
    match item.field.kind() {
        // Computed, never read.
        Kind::Integer(_) if item.field == Field::SmLength => {
            let name = Field::ShortMessage.name();
            let length = octets(fields.get(name), name)?.len();
            out.push(u8::try_from(length).map_err(|_| Refusal::new("too_long", name))?);
        }
        Kind::Integer(size) => out.extend(integer(value, name, size)?),
        Kind::COctetString | Kind::Time => {
            out.extend(c_octets(value, item)?);
            out.push(0);
        }
        Kind::Octets => out.extend(octets(value, name)?),
    }
    Ok(())
}

/// `number_of_dests` and `dest_address`; the items behind the list.
fn destinations<'i>(items: &'i [Item], fields: &Object, out: &mut Vec<u8>) -> Result<&'i [Item], Refusal> {
    let (&[flag, ton, npi, addr, name], behind) = entry(items)?;
    write_list(DEST_ADDRESS, fields, out, |destination, out| {
        write_item(flag, destination, out)?;
        let items: &[Item] = match out.last() {
            Some(1) => &[ton, npi, addr],
            Some(2) => &[name],
            _ => return Err(Refusal::new("bad_dest_flag", flag.field.name())),
        };
        items.iter().try_for_each(|&item| write_item(item, destination, out))
    })?;
    Ok(behind)
}

/// `no_unsuccess` and `unsuccess_sme`; the items behind the list.
fn unsuccess_smes<'i>(items: &'i [Item], fields: &Object, out: &mut Vec<u8>) -> Result<&'i [Item], Refusal> {
    let (items, behind) = entry::<4>(items)?;
    write_list(UNSUCCESS_SME, fields, out, |sme, out| {
        items.iter().try_for_each(|&item| write_item(item, sme, out))
    })?;
    Ok(behind)
}

/// The items of a list's entry, which stand once behind the count.
fn entry<const N: usize>(items: &[Item]) -> Result<(&[Item; N], &[Item]), Refusal> {
    items.split_first_chunk().ok_or(Refusal::new("unknown_command", "command_id"))
}

fn write_list(
    key: &str,
    fields: &Object,
    out: &mut Vec<u8>,
    mut write: impl FnMut(&Object, &mut Vec<u8>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let none = Vec::new();
    let entries = match fields.get(key) {
        None | Some(Value::Null) => &none,
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(Refusal::new("wrong_type", key)),
    };
    out.push(u8::try_from(entries.len()).map_err(|_| Refusal::new("too_long", key))?);
    entries.iter().try_for_each(|entry| write(entry.as_object().ok_or(Refusal::new("wrong_type", key))?, out))
}

/// An unsigned integer as `size` octets, 0 if it is missing.
pub(super) fn integer(value: Option<&Value>, name: &str, size: u8) -> Result<Vec<u8>, Refusal> {
    let number = match value {
        None | Some(Value::Null) => 0,
        Some(Value::Number(number)) => number.as_u64().ok_or(Refusal::new("out_of_range", name))?,
        Some(_) => return Err(Refusal::new("wrong_type", name)),
    };
    let octets = number.to_be_bytes();
    let (high, low) = octets.split_at(octets.len() - usize::from(size));
    if high.iter().all(|&octet| octet == 0) {
        Ok(low.to_vec())
    } else {
        Err(Refusal::new("out_of_range", name))
    }
}

/// A character for each octet, without a NUL, within the field's bounds.
fn c_octets(value: Option<&Value>, item: Item) -> Result<Vec<u8>, Refusal> {
    let name = item.field.name();
    let text = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err(Refusal::new("wrong_type", name)),
    };
    let octets: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
    let octets = octets.map_err(|_| Refusal::new("out_of_range", name))?;
    if octets.contains(&0) {
        return Err(Refusal::new("inner_nul", name));
    }
    if octets.len() >= usize::from(item.write_limit()) {
        return Err(Refusal::new("too_long", name));
    }
    Ok(octets)
}

/// The octets of a hex string, none if it is missing.
pub(super) fn octets(value: Option<&Value>, name: &str) -> Result<Vec<u8>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => hex::decode(text.as_bytes()).map_err(|_| Refusal::new("bad_hex", name)),
        Some(_) => Err(Refusal::new("wrong_type", name)),
    }
}
