//! UCS2 as it is meant today: UTF-16, characters beyond the basic plane in surrogate pairs.

use super::coder::{Coder, Sink};
use super::{Encoding, NoText};

/// Which octet of a unit comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Utf16 {
    BigEndian,
    LittleEndian,
}

impl Utf16 {
    const fn to_octets(self, unit: u16) -> [u8; 2] {
        match self {
            Self::BigEndian => unit.to_be_bytes(),
            Self::LittleEndian => unit.to_le_bytes(),
        }
    }

    const fn to_unit(self, octets: [u8; 2]) -> u16 {
        match self {
            Self::BigEndian => u16::from_be_bytes(octets),
            Self::LittleEndian => u16::from_le_bytes(octets),
        }
    }
}

impl Coder for Utf16 {
    #[inline]
    fn units(self, ch: char) -> Option<usize> {
        Some(ch.len_utf16())
    }

    #[inline]
    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        if let Ok(unit) = u16::try_from(u32::from(ch)) {
            sink.put_pair(self.to_octets(unit));
        } else {
            ch.encode_utf16(&mut [0; 2]).iter().for_each(|unit| sink.put_pair(self.to_octets(*unit)));
        }
        Some(())
    }
}

/// The characters of UTF-16 octets; half of one is U+FFFD.
#[derive(Clone, Debug)]
pub(super) struct Utf16Chars<'o> {
    octets: &'o [u8],
    order: Utf16,
}

impl<'o> Utf16Chars<'o> {
    pub(super) const fn new(octets: &'o [u8], order: Utf16) -> Self {
        Self { octets, order }
    }

    /// The first octet that is half a character.
    pub(super) fn check(mut self) -> Result<(), NoText> {
        let size = self.octets.len();
        loop {
            let offset = size.saturating_sub(self.octets.len());
            match self.step() {
                None => return Ok(()),
                Some(None) => return Err(NoText { offset }),
                Some(Some(_)) => {}
            }
        }
    }

    /// The next character, or half of one.
    fn step(&mut self) -> Option<Option<char>> {
        let Some((unit, behind)) = self.octets.split_first_chunk() else {
            // An odd octet at the end.
            return (!core::mem::take(&mut self.octets).is_empty()).then_some(None);
        };
        self.octets = behind;
        let unit = self.order.to_unit(*unit);
        let alone = char::from_u32(u32::from(unit));
        Some(alone.or_else(|| {
            let (low, behind) = behind.split_first_chunk()?;
            let pair = [unit, self.order.to_unit(*low)];
            let whole = char::decode_utf16(pair).next()?.ok()?;
            self.octets = behind;
            Some(whole)
        }))
    }
}

impl Iterator for Utf16Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.step().map(|ch| ch.unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// A byte order mark at the start of UCS2 octets: the encoding that it names, and what follows it.
///
/// Some senders write one; the receiver's choice is to obey it, to drop it, or to keep it as the
/// character U+FEFF. Decoding alone keeps it.
#[must_use]
pub fn split_byte_order_mark(octets: &[u8]) -> (Option<Encoding>, &[u8]) {
    match octets {
        [0xFE, 0xFF, behind @ ..] => (Some(Encoding::Ucs2), behind),
        [0xFF, 0xFE, behind @ ..] => (Some(Encoding::Ucs2LittleEndian), behind),
        _ => (None, octets),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Unmappable;
    use std::string::String;

    fn decode(octets: &[u8]) -> String {
        Encoding::Ucs2.decode(octets).collect()
    }

    fn fault(octets: &[u8]) -> Option<usize> {
        Encoding::Ucs2.check(octets).err().map(|error| error.offset)
    }

    #[test]
    fn an_emoji_is_a_surrogate_pair() {
        let mut out = [0; 8];
        assert_eq!(Encoding::Ucs2.encode("я😀", Unmappable::Reject, &mut out), Ok(6));
        assert_eq!(out[..6], [0x04, 0x4F, 0xD8, 0x3D, 0xDE, 0x00]);
        assert_eq!(decode(&out[..6]), "я😀");
        assert_eq!(Encoding::Ucs2.units("я😀", Unmappable::Reject), Ok(3));
    }

    #[test]
    fn field_note_14_lone_surrogates_and_an_odd_octet_are_replaced() {
        assert_eq!(decode(&[0xD8, 0x3D]), "\u{FFFD}");
        assert_eq!(decode(&[0xDE, 0x00, 0x00, 0x41]), "\u{FFFD}A");
        assert_eq!(decode(&[0xD8, 0x3D, 0x00, 0x41]), "\u{FFFD}A");
        assert_eq!(decode(&[0xD8, 0x3D, 0xD8, 0x3D, 0xDE, 0x00]), "\u{FFFD}😀");
        assert_eq!(decode(&[0x00, 0x41, 0x00]), "A\u{FFFD}");
        assert_eq!(decode(&[0xD8, 0x3D, 0xDE]), "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn half_characters_are_found_where_they_are() {
        assert_eq!(fault(&[0x00, 0x41, 0xD8, 0x3D]), Some(2));
        assert_eq!(fault(&[0xD8, 0x3D, 0xDE, 0x00, 0xDE, 0x00]), Some(4));
        assert_eq!(fault(&[0x00, 0x41, 0x00]), Some(2));
        assert_eq!(fault(&[0xD8, 0x3D, 0xDE, 0x00]), None);
    }

    #[test]
    fn field_note_14_the_other_byte_order_is_read_on_request_only() {
        assert_eq!(decode(b"\x41\x04"), "䄄");
        assert_eq!(Encoding::Ucs2LittleEndian.decode(b"\x41\x04").collect::<String>(), "с");
        let (encoding, text) = split_byte_order_mark(b"\xFF\xFE\x41\x04");
        assert_eq!((encoding, text), (Some(Encoding::Ucs2LittleEndian), &b"\x41\x04"[..]));
        assert_eq!(split_byte_order_mark(b"\xFE\xFF\x00A"), (Some(Encoding::Ucs2), &b"\x00A"[..]));
        assert_eq!(split_byte_order_mark(b"\x00A"), (None, &b"\x00A"[..]));
        assert_eq!(decode(b"\xFE\xFF\x00A"), "\u{FEFF}A");
    }
}
