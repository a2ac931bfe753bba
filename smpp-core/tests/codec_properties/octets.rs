//! Octets to feed to the codec: whole PDUs made from their layout, PDUs with edits, and anything that frames.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use smpp_core::pdu::layout;
use smpp_core::types::{CommandId, CommandStatus, Field, Item, Kind, Tag};
use std::ops::Range;

/// A PDU with this header and body.
pub(crate) fn frame(id: CommandId, status: CommandStatus, sequence_number: u32, body: &[u8]) -> Vec<u8> {
    let command_length = u32::try_from(16 + body.len()).unwrap();
    let words = [command_length, id.0, status.0, sequence_number].map(u32::to_be_bytes);
    [&words.concat(), body].concat()
}

/// Octets of one mandatory field as the standard wants them.
fn field(item: Item) -> BoxedStrategy<Vec<u8>> {
    let string = |len: Range<usize>| vec(1u8..=0x7F, len).prop_map(|octets| [&octets[..], b"\0"].concat());
    match item.field.kind() {
        Kind::Integer(width) => vec(any::<u8>(), usize::from(width)).boxed(),
        Kind::COctetString => string(0..item.max.into()).boxed(),
        Kind::Time => prop_oneof![Just(vec![0]), string(16..17)].boxed(),
        Kind::Octets => unreachable!("short_message is made with its length"),
    }
}

fn fields(items: Vec<Item>) -> BoxedStrategy<Vec<u8>> {
    items.into_iter().map(field).collect::<Vec<_>>().prop_map(|octets| octets.concat()).boxed()
}

/// A count of one octet and as many entries.
fn list(entry: BoxedStrategy<Vec<u8>>, most: usize) -> BoxedStrategy<Vec<u8>> {
    let octets =
        |entries: Vec<Vec<u8>>| [&[u8::try_from(entries.len()).unwrap()], &entries.concat()[..]].concat();
    vec(entry, 0..=most).prop_map(octets).boxed()
}

/// All mandatory fields of a command.
fn body(id: CommandId) -> BoxedStrategy<Vec<u8>> {
    let mut parts = Vec::new();
    let mut items = layout(id).unwrap().iter().copied();
    while let Some(item) = items.next() {
        let mut next = || items.next().unwrap();
        parts.push(match item.field {
            Field::SmLength => {
                next();
                list(vec(any::<u8>(), 1).boxed(), 255)
            }
            Field::NumberOfDests => {
                let [_flag, ton, npi, addr, name] = std::array::from_fn(|_| next());
                let address = fields(vec![ton, npi, addr]).prop_map(|octets| [&[1], &octets[..]].concat());
                let name = field(name).prop_map(|octets| [&[2], &octets[..]].concat());
                list(prop_oneof![address, name].boxed(), 6)
            }
            Field::NoUnsuccess => list(fields(std::array::from_fn::<_, 4, _>(|_| next()).to_vec()), 6),
            _ => field(item),
        });
    }
    parts.prop_map(|octets| octets.concat()).boxed()
}

/// TLVs of standard and other tags, of any length.
fn tlvs() -> impl Strategy<Value = Vec<u8>> {
    let tag = prop_oneof![select(Tag::NAMED), any::<u16>().prop_map(Tag)];
    let tlv = (tag, vec(any::<u8>(), 0..24)).prop_map(|(tag, value)| {
        let len = u16::try_from(value.len()).unwrap();
        [&tag.0.to_be_bytes(), &len.to_be_bytes(), &value[..]].concat()
    });
    vec(tlv, 0..6).prop_map(|tlvs| tlvs.concat())
}

fn status() -> impl Strategy<Value = CommandStatus> {
    prop_oneof![3 => Just(CommandStatus::ESME_ROK), 1 => any::<u32>().prop_map(CommandStatus)]
}

/// A whole PDU of any command with any TLVs.
pub(crate) fn pdu() -> impl Strategy<Value = Vec<u8>> {
    let of_command = |id: CommandId| {
        (status(), any::<u32>(), body(id), tlvs())
            .prop_map(move |(status, number, body, tlvs)| frame(id, status, number, &[body, tlvs].concat()))
    };
    select(CommandId::NAMED).prop_flat_map(of_command)
}

/// A header of any command, more often a known one, with anything behind it.
pub(crate) fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![9 => select(CommandId::NAMED), 1 => any::<u32>().prop_map(CommandId)];
    // Many zeros, so that strings end and reading gets far.
    let body = vec(prop_oneof![Just(0), any::<u8>()], 0..96);
    let random = (id, status(), any::<u32>(), body)
        .prop_map(|(id, status, number, body)| frame(id, status, number, &body));
    prop_oneof![random, pdu()]
}

/// One change to the octets of a PDU.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Truncate(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), prop_oneof![any::<u8>(), Just(0), Just(0xFF)])
            .prop_map(|(at, octet)| Edit::Replace(at, octet)),
        (any::<Index>(), vec(any::<u8>(), 1..20)).prop_map(|(at, octets)| Edit::Insert(at, octets)),
        (any::<Index>(), 1..20usize).prop_map(|(at, count)| Edit::Remove(at, count)),
        any::<Index>().prop_map(Edit::Truncate),
    ]
}

/// A PDU with a few edits behind its command_length, which is set to what is left.
pub(crate) fn edited_pdu() -> impl Strategy<Value = Vec<u8>> {
    (pdu(), vec(edit(), 0..4)).prop_map(|(mut octets, edits)| {
        for edit in edits {
            let len = octets.len();
            match edit {
                Edit::Replace(at, octet) => octets[at.index(len)] = octet,
                Edit::Insert(at, more) => {
                    let at = at.index(len + 1);
                    octets.splice(at..at, more);
                }
                Edit::Remove(at, count) => {
                    let at = at.index(len);
                    octets.drain(at..len.min(at + count));
                }
                Edit::Truncate(at) => octets.truncate(at.index(len)),
            }
            octets.resize(octets.len().max(16), 0);
        }
        let command_length = u32::try_from(octets.len()).unwrap();
        octets[..4].copy_from_slice(&command_length.to_be_bytes());
        octets
    })
}
