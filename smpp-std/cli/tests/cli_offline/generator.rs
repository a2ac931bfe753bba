//! Deterministic PDUs without a deviation, made from the layouts of the commands.

use crate::wire::{pdu, tlv};
use smpp_core::pdu::layout;
use smpp_core::types::{CommandId, CommandStatus, Field, Item, Kind, Tag};

/// A small generator of numbers that look like chance (xorshift).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn octet(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    fn octets(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.octet()).collect()
    }

    fn ascii(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.octet() % 127 + 1).collect()
    }
}

/// One PDU of `command`.
pub(crate) fn generate(command: CommandId, chance: &mut Chance) -> Vec<u8> {
    let sequence = u32::try_from(chance.below(0x7FFF_FFFF) + 1).unwrap();
    let is_refusal = command.is_response() && chance.below(3) == 0;
    if is_refusal {
        let named = CommandStatus::NAMED[1 + chance.below(CommandStatus::NAMED.len() - 1)].0;
        let status = if chance.below(4) == 0 { 0x400 + u32::from(chance.octet()) } else { named };
        return pdu(command.0, status, sequence, b"");
    }
    let mut body = Vec::new();
    let mut has_text = false;
    let mut items = layout(command).unwrap();
    while let Some((&item, rest)) = items.split_first() {
        items = match item.field {
            Field::NumberOfDests => list(&mut body, rest, 5, chance),
            Field::NoUnsuccess => list(&mut body, rest, 4, chance),
            Field::SmLength => {
                let length = [0, 1, 140, 254, 255, chance.below(256)][chance.below(6)];
                has_text = length > 0;
                body.push(u8::try_from(length).unwrap());
                body.extend(chance.octets(length));
                &rest[1..]
            }
            _ => {
                field(&mut body, item, chance);
                rest
            }
        };
    }
    let mut tags: Vec<Tag> = Vec::new();
    for _ in 0..chance.below(5) {
        let known = Tag::NAMED[chance.below(Tag::NAMED.len())];
        let tag = if chance.below(3) == 0 { Tag(0x1400 + u16::from(chance.octet())) } else { known };
        if tags.contains(&tag) || (has_text && tag == Tag::MESSAGE_PAYLOAD) {
            continue;
        }
        tags.push(tag);
        let (min, max) = tag.limits().unwrap_or((0, 40));
        let length = usize::from(min) + chance.below(usize::from(max - min).min(300) + 1);
        body.extend(tlv(tag.0, &chance.octets(length)));
    }
    pdu(command.0, 0, sequence, &body)
}

fn field(body: &mut Vec<u8>, item: Item, chance: &mut Chance) {
    match item.field.kind() {
        // A user data header would have to be a good one: bit 6 stays clear.
        Kind::Integer(_) if item.field == Field::EsmClass => body.push(chance.octet() & !0x40),
        Kind::Integer(size) => body.extend(chance.octets(size.into())),
        Kind::Time => {
            let length = [0, 16][chance.below(2)];
            body.extend(chance.ascii(length));
            body.push(0);
        }
        Kind::COctetString => {
            let most = usize::from(item.max) - 1;
            let length = [0, 1, most, chance.below(most + 1)][chance.below(4)];
            body.extend(chance.ascii(length));
            body.push(0);
        }
        Kind::Octets => unreachable!("written with its length"),
    }
}

/// Entries of so many items; the items behind them.
fn list<'i>(body: &mut Vec<u8>, items: &'i [Item], width: usize, chance: &mut Chance) -> &'i [Item] {
    let (entry, rest) = items.split_at(width);
    let count = [0, 1, 2, 255][chance.below(4)];
    body.push(u8::try_from(count).unwrap());
    for _ in 0..count {
        match (entry[0].field, chance.below(2)) {
            (Field::DestFlag, 0) => {
                body.push(1);
                entry[1..4].iter().for_each(|&item| field(body, item, chance));
            }
            (Field::DestFlag, _) => {
                body.push(2);
                field(body, entry[4], chance);
            }
            _ => entry.iter().for_each(|&item| field(body, item, chance)),
        }
    }
    rest
}
