//! Each encoding told naively: tables turned round by trying every code, bits in a list, `std` for UTF-16.

use smpp_core::text::{Encoding, Gsm7, Unmappable, Unmapped};
use std::collections::BTreeMap;

const ESCAPE: u8 = 0x1B;
const CARRIAGE_RETURN: u8 = 0x0D;

/// A character, or a text, in an encoding.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// What stands for it, by the policy.
    pub(crate) declared: String,
    /// Septets, one an octet, in GSM text; else octets.
    pub(crate) octets: Vec<u8>,
    pub(crate) units: usize,
}

/// What an encoding has.
struct Repertoire {
    encoding: Encoding,
    /// Of GSM text, and of the default alphabet for ASCII.
    codes: BTreeMap<char, Vec<u8>>,
}

impl Repertoire {
    fn new(encoding: Encoding) -> Self {
        let alphabet = encoding.alphabet().unwrap_or_default();
        let mut codes = BTreeMap::new();
        // Codes without a character read as the space, which is at its place in all tables.
        codes.insert(' ', vec![b' ']);
        for escapes in [&[][..], &[ESCAPE]] {
            for code in (0..0x80).filter(|code| *code != ESCAPE) {
                let septets = [escapes, &[code]].concat();
                let ch = alphabet.decode(septets.iter().copied()).next().unwrap();
                codes.entry(ch).or_insert(septets);
            }
        }
        Self { encoding, codes }
    }

    fn octets(&self, ch: char) -> Option<Vec<u8>> {
        let mut units = [0; 2];
        match self.encoding {
            Encoding::Gsm7(_) | Encoding::Gsm7Packed { .. } => self.codes.get(&ch).cloned(),
            Encoding::Ucs2 => {
                Some(ch.encode_utf16(&mut units).iter().flat_map(|u| u.to_be_bytes()).collect())
            }
            Encoding::Ucs2LittleEndian => {
                Some(ch.encode_utf16(&mut units).iter().flat_map(|u| u.to_le_bytes()).collect())
            }
            Encoding::Latin1 => u8::try_from(ch).ok().map(|octet| vec![octet]),
            Encoding::Ascii => ch.is_ascii().then(|| vec![ch as u8]),
            _ => panic!("news to this model"),
        }
    }

    /// A character that it has.
    fn plain(&self, ch: char) -> Option<Written> {
        let octets = self.octets(ch)?;
        let units = match self.encoding {
            Encoding::Ascii => self.codes.get(&ch).map_or(1, Vec::len),
            Encoding::Ucs2 | Encoding::Ucs2LittleEndian => octets.len() / 2,
            _ => octets.len(),
        };
        Some(Written { declared: ch.to_string(), octets, units })
    }

    fn write(&self, unmappable: Unmappable, ch: char) -> Option<Written> {
        let substitute = match unmappable {
            Unmappable::Reject => None,
            Unmappable::Replace => Some("?"),
            Unmappable::Transliterate(table) => table.lookup(ch),
        };
        self.plain(ch).or_else(|| {
            let chars: Option<Vec<Written>> = substitute?.chars().map(|ch| self.plain(ch)).collect();
            Some(concatenated(&chars?))
        })
    }
}

/// The characters of `text` as they are written, before packing.
pub(crate) fn write(
    encoding: Encoding,
    unmappable: Unmappable,
    text: &str,
) -> Result<Vec<Written>, Unmapped> {
    let repertoire = Repertoire::new(encoding);
    let chars = text.chars().enumerate();
    chars.map(|(index, ch)| repertoire.write(unmappable, ch).ok_or(Unmapped { ch, index })).collect()
}

/// Whether `ch`, or what takes its place, can be written.
pub(crate) fn carries(encoding: Encoding, unmappable: Unmappable, ch: char) -> bool {
    Repertoire::new(encoding).write(unmappable, ch).is_some()
}

pub(crate) fn concatenated(chars: &[Written]) -> Written {
    Written {
        declared: chars.iter().map(|ch| &*ch.declared).collect(),
        octets: chars.iter().flat_map(|ch| ch.octets.iter().copied()).collect(),
        units: chars.iter().map(|ch| ch.units).sum(),
    }
}

/// The whole text as it is written.
pub(crate) fn joined(encoding: Encoding, chars: &[Written]) -> Written {
    let mut written = concatenated(chars);
    if let Encoding::Gsm7Packed { fill_bits, .. } = encoding {
        written.octets = pack(&written.octets, fill_bits);
    }
    written
}

/// Seven bits a septet, lowest first, behind `fill_bits` zeros; seven spare bits are a carriage return.
pub(crate) fn pack(septets: &[u8], fill_bits: u8) -> Vec<u8> {
    if septets.is_empty() {
        return Vec::new();
    }
    let mut bits = vec![false; fill_bits.into()];
    let mut push = |septet: u8| {
        bits.extend((0..7).map(|bit| septet >> bit & 1 == 1));
        bits.len()
    };
    let used = septets.iter().fold(0, |_, septet| push(*septet));
    if used % 8 == 1 {
        push(CARRIAGE_RETURN);
    }
    let octet = |bits: &[bool]| bits.iter().rev().fold(0, |octet, bit| octet << 1 | u8::from(*bit));
    bits.chunks(8).map(octet).collect()
}

/// All septets that `octets` hold behind the fill bits.
pub(crate) fn unpack(octets: &[u8], fill_bits: u8) -> Vec<u8> {
    let bits = octets.iter().flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.skip(fill_bits.into()).collect();
    bits.chunks_exact(7).map(|bits| bits.iter().rev().fold(0, |septet, bit| septet << 1 | bit)).collect()
}

/// Whether packed octets end in a carriage return at an octet boundary that is the last of the `units` of their text.
pub(crate) fn looks_filled(encoding: Encoding, octets: &[u8], units: usize) -> bool {
    let Encoding::Gsm7Packed { fill_bits, .. } = encoding else { return false };
    ends_in_filler(encoding, octets) && unpack(octets, fill_bits).len() == units
}

/// Whether packed octets end in a carriage return at an octet boundary.
fn ends_in_filler(encoding: Encoding, octets: &[u8]) -> bool {
    let Encoding::Gsm7Packed { fill_bits, .. } = encoding else { return false };
    let bits = (8 * octets.len()).saturating_sub(fill_bits.into());
    bits.is_multiple_of(7) && unpack(octets, fill_bits).last() == Some(&CARRIAGE_RETURN)
}

/// The characters of `octets`.
pub(crate) fn read(encoding: Encoding, octets: &[u8]) -> Vec<char> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = octets.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        let odd = (octets.len() % 2 == 1).then_some('\u{FFFD}');
        String::from_utf16_lossy(&units).chars().chain(odd).collect()
    };
    match encoding {
        Encoding::Gsm7(alphabet) => read_septets(alphabet, octets),
        Encoding::Gsm7Packed { alphabet, fill_bits } => {
            let mut septets = unpack(octets, fill_bits);
            if ends_in_filler(encoding, octets) {
                septets.pop();
            }
            read_septets(alphabet, &septets)
        }
        Encoding::Ucs2 => utf16(u16::from_be_bytes),
        Encoding::Ucs2LittleEndian => utf16(u16::from_le_bytes),
        Encoding::Latin1 => octets.iter().map(|octet| char::from(*octet)).collect(),
        Encoding::Ascii => octets
            .iter()
            .map(|octet| if octet.is_ascii() { char::from(*octet) } else { '\u{FFFD}' })
            .collect(),
        _ => panic!("news to this model"),
    }
}

/// Code by code; what a code by itself is, the tests against the specification's tables say.
fn read_septets(alphabet: Gsm7, octets: &[u8]) -> Vec<char> {
    let alone = |septets: &[u8]| alphabet.decode(septets.iter().copied()).next().unwrap();
    let (mut chars, mut rest) = (Vec::new(), octets);
    loop {
        let (ch, behind) = match *rest {
            [] => return chars,
            [ESCAPE] => (' ', &[][..]),
            [ESCAPE, ESCAPE, ref behind @ ..] => (' ', behind),
            [ESCAPE, 0x80..=0xFF, ref behind @ ..] | [0x80..=0xFF, ref behind @ ..] => ('\u{FFFD}', behind),
            [ESCAPE, code, ref behind @ ..] => (alone(&[ESCAPE, code]), behind),
            [code, ref behind @ ..] => (alone(&[code]), behind),
        };
        chars.push(ch);
        rest = behind;
    }
}

/// The most octets of UTF-8 that reading so many octets is promised to give.
pub(crate) const fn most_utf8(encoding: Encoding, octets: usize) -> usize {
    match encoding {
        Encoding::Gsm7Packed { .. } => (24 * octets).div_ceil(7),
        _ => 3 * octets,
    }
}
