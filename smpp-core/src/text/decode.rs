//! Octets to characters, whatever the encoding.

use super::gsm7::Gsm7Chars;
use super::packed::{Septets, unpack};
use super::ucs2::{Utf16, Utf16Chars};
use super::{Encoding, NoRoom};
use core::iter::Copied;
use core::slice::Iter;

/// The characters of encoded text: see [`Encoding::decode`].
#[derive(Clone, Debug)]
pub struct Chars<'o>(Kind<'o>);

#[derive(Clone, Debug)]
enum Kind<'o> {
    Gsm7(Gsm7Chars<Copied<Iter<'o, u8>>>),
    Packed(Gsm7Chars<Septets<'o>>),
    Ucs2(Utf16Chars<'o>),
    Latin1(Copied<Iter<'o, u8>>),
    Ascii(Copied<Iter<'o, u8>>),
}

/// An octet from 0x80 is no ASCII.
const fn ascii(octet: u8) -> char {
    if octet.is_ascii() { octet as char } else { char::REPLACEMENT_CHARACTER }
}

impl<'o> Chars<'o> {
    pub(super) fn new(encoding: Encoding, octets: &'o [u8]) -> Self {
        let copied = octets.iter().copied();
        Self(match encoding {
            Encoding::Gsm7(alphabet) => Kind::Gsm7(alphabet.decode(copied)),
            Encoding::Gsm7Packed { alphabet, fill_bits } => {
                Kind::Packed(alphabet.decode(unpack(octets, fill_bits, None)))
            }
            Encoding::Ucs2 => Kind::Ucs2(Utf16Chars::new(octets, Utf16::BigEndian)),
            Encoding::Ucs2LittleEndian => Kind::Ucs2(Utf16Chars::new(octets, Utf16::LittleEndian)),
            Encoding::Latin1 => Kind::Latin1(copied),
            Encoding::Ascii => Kind::Ascii(copied),
        })
    }

    /// Writes them all; one loop for each encoding, so that the encoding is not asked for at each character.
    pub(super) fn write_utf8(self, out: &mut [u8]) -> Result<&str, NoRoom> {
        if cfg!(smpp_small) {
            // One loop takes less flash.
            return write_utf8(self, one_by_one, out);
        }
        match self.0 {
            Kind::Gsm7(chars) => write_utf8(chars, Gsm7Chars::take_ascii, out),
            Kind::Packed(chars) => write_utf8(chars, one_by_one, out),
            Kind::Ucs2(chars) => write_utf8(chars, one_by_one, out),
            Kind::Latin1(octets) => write_utf8(octets.map(char::from), one_by_one, out),
            Kind::Ascii(octets) => write_utf8(octets.map(ascii), one_by_one, out),
        }
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match &mut self.0 {
            Kind::Gsm7(chars) => chars.next(),
            Kind::Packed(chars) => chars.next(),
            Kind::Ucs2(chars) => chars.next(),
            Kind::Latin1(octets) => octets.next().map(char::from),
            Kind::Ascii(octets) => octets.next().map(ascii),
        }
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Chars<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        for ch in self.clone() {
            defmt::write!(f, "{=char}", ch);
        }
    }
}

/// No run of ASCII is written ahead.
fn one_by_one<C>(_chars: &mut C, _out: &mut [u8]) -> usize {
    0
}

/// Writes `ch` in UTF-8 into a place of the very length. Not `char::encode_utf8`: a compiler for size keeps its path to a
/// panic.
fn write_char(ch: char, place: &mut [u8]) {
    let bits = |shift: u32, count: u32| {
        let [octet, ..] = u32::from(ch).wrapping_shr(shift).to_le_bytes();
        octet & !u8::MAX.wrapping_shl(count)
    };
    let tail = |shift| 0x80 | bits(shift, 6);
    match place {
        [a] => *a = bits(0, 7),
        [a, b] => [*a, *b] = [0xC0 | bits(6, 5), tail(0)],
        [a, b, c] => [*a, *b, *c] = [0xE0 | bits(12, 4), tail(6), tail(0)],
        [a, b, c, d] => [*a, *b, *c, *d] = [0xF0 | bits(18, 3), tail(12), tail(6), tail(0)],
        _ => {}
    }
}

/// Writes `chars` to the start of `out`. `take_ascii` writes as many of the next ones as are ASCII, and says how many.
fn write_utf8<C: Iterator<Item = char> + Clone>(
    mut chars: C,
    take_ascii: impl Fn(&mut C, &mut [u8]) -> usize,
    out: &mut [u8],
) -> Result<&str, NoRoom> {
    let mut written = 0usize;
    loop {
        let free = out.get_mut(written..).unwrap_or_default();
        written = written.saturating_add(take_ascii(&mut chars, free));
        let Some(ch) = chars.next() else { break };
        let end = written.saturating_add(ch.len_utf8());
        let Some(place) = out.get_mut(written..end) else {
            let rest = chars.fold(0usize, |sum, ch| sum.saturating_add(ch.len_utf8()));
            return Err(NoRoom { needed: end.saturating_add(rest) });
        };
        write_char(ch, place);
        written = end;
    }
    let text = out.get(..written).and_then(|utf8| core::str::from_utf8(utf8).ok());
    // Always there: whole characters were written, and nothing else.
    Ok(text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Gsm7;
    use crate::text::national::hindi;
    use std::string::String;

    #[test]
    fn every_character_is_written_as_utf8() {
        for ch in '\0'..=char::MAX {
            let (mut ours, mut theirs) = ([0; 4], [0; 4]);
            write_char(ch, &mut ours[..ch.len_utf8()]);
            ch.encode_utf8(&mut theirs);
            assert_eq!(ours, theirs, "{ch:?}");
        }
    }

    #[test]
    fn slices_of_the_very_size_are_enough_and_smaller_ones_are_told_it() {
        let mut out = [0; 6];
        assert_eq!(Encoding::GSM7.decode_str(b"a\x1B\x65\x05", &mut out), Ok("a€é"));
        assert_eq!(Encoding::GSM7.decode_str(b"a\x1B\x65\x05", &mut out[..3]), Err(NoRoom { needed: 6 }));
        assert_eq!(Encoding::GSM7.decode_str(b"", &mut []), Ok(""));
    }

    #[test]
    fn seven_packed_octets_give_up_to_24() {
        let alphabet = Gsm7 { locking: Some(&hindi::LOCKING), single: None };
        let packed = Encoding::Gsm7Packed { alphabet, fill_bits: 0 };
        let mut out = [0; 24];
        assert_eq!(packed.decode_str(&[0; 7], &mut out), Ok("ँँँँँँँँ"));
        assert_eq!(packed.decode_str(&[0; 7], &mut out[..21]), Err(NoRoom { needed: 24 }));
    }

    #[test]
    fn one_text_from_every_encoding() {
        let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
        for (encoding, octets, text) in [
            (Encoding::GSM7, &b"\x05\x1B\x3C\x00"[..], "é[@"),
            (packed, b"\x85\x0D\x0F", "é["),
            (Encoding::Latin1, b"\xE9[@\x80", "é[@\u{80}"),
            (Encoding::Ascii, b"a\xE9", "a\u{FFFD}"),
            (Encoding::Ucs2, b"\0\xE9\0[", "é["),
            (Encoding::Ucs2LittleEndian, b"\xE9\0[\0", "é["),
        ] {
            let mut out = [0; 16];
            assert_eq!(encoding.decode_str(octets, &mut out), Ok(text));
            assert_eq!(encoding.decode(octets).collect::<String>(), text);
        }
    }
}
