//! Stepping over the mandatory fields of any PDU by its layout, without making a PDU of it.

use super::lists::{DISTRIBUTION_LIST, SME_ADDRESS};
use super::table::{END, LAYOUTS};
use crate::error::{DecodeError, Fault};
use crate::tlv::Tlvs;
use crate::types::{CommandId, Field, FieldOctet, Item, Kind};
use crate::wire::Reader;

/// The TLVs of a PDU with this command, if its mandatory fields can be read.
pub(crate) fn walk<'a>(command: CommandId, mut reader: Reader<'a, '_, ()>) -> Result<Tlvs<'a>, DecodeError> {
    let id = command.0.to_be_bytes();
    let layout = LAYOUTS.split(|&octet| octet == END).find_map(|row| row.strip_prefix(&id));
    let mut fields = layout.ok_or(DecodeError::UNKNOWN_COMMAND)?;
    let mut number = 0;
    while let Some((field, behind)) = fields.split_first() {
        fields = behind;
        let Some(field) = FieldOctet::field(*field) else { break };
        number = skip(&mut reader, field, number);
        // The fields of an entry stand once, behind the count of entries.
        if matches!(field, Field::NumberOfDests | Field::NoUnsuccess) {
            let entry = skip_list(&mut reader, field, number);
            fields = fields.get(entry..).unwrap_or_default();
        }
    }
    let tlvs = Tlvs::read(&mut reader);
    if reader.failed() { Err(reader.error()) } else { Ok(tlvs) }
}

/// Steps over one field, and gives its number if it is one of an octet. `length` is the number in front of it.
fn skip(reader: &mut Reader<'_, '_, ()>, field: Field, length: u8) -> u8 {
    let item = Item::new(field, 0);
    match field.kind() {
        Kind::Integer(1) => return reader.u8(item),
        Kind::Integer(_) => _ = reader.array::<4>(item),
        Kind::COctetString | Kind::Time => _ = reader.c_octets(item),
        Kind::Octets => _ = reader.octets(item, usize::from(length)),
    }
    0
}

/// Steps over a list, and says how many fields an entry has.
fn skip_list(reader: &mut Reader<'_, '_, ()>, list: Field, count: u8) -> usize {
    let is_flagged = list == Field::NumberOfDests;
    for _ in 0..count {
        if reader.list_ends_early(if is_flagged { Field::DestFlag } else { Field::DestAddrTon }) {
            break;
        }
        if is_flagged {
            let offset = reader.offset();
            match skip(reader, Field::DestFlag, 0) {
                SME_ADDRESS => {}
                DISTRIBUTION_LIST => {
                    skip(reader, Field::DlName, 0);
                    continue;
                }
                _ => reader.fail(Fault::BadDestFlag, Field::DestFlag, offset),
            }
        }
        skip(reader, Field::DestAddrTon, 0);
        skip(reader, Field::DestAddrNpi, 0);
        skip(reader, Field::DestinationAddr, 0);
        if !is_flagged {
            skip(reader, Field::ErrorStatusCode, 0);
        }
    }
    if is_flagged { 5 } else { 4 }
}
