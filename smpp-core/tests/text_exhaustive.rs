//! Every Unicode scalar value through every encoder: the table's octets, or what the policy declares.

use smpp_core::text::{EncodeTextError, Encoding, Gsm7, Transliteration, Unmappable, Unmapped};

/// The septets of the characters up to U+20FF; none beyond has any.
struct Gsm(Vec<Option<Vec<u8>>>);

impl Gsm {
    fn new() -> Self {
        let mut codes = vec![None; 0x2100];
        for (tsv, escape) in [
            (include_str!("spec/gsm0338-extension.tsv"), &[0x1B][..]),
            (include_str!("spec/gsm0338-basic.tsv"), &[]),
        ] {
            for line in tsv.lines().skip(1) {
                let columns: Vec<_> = line.split('\t').collect();
                if let Ok(ch) = usize::from_str_radix(columns[1], 16) {
                    let code = u8::from_str_radix(&columns[0][2..], 16).unwrap();
                    codes[ch] = Some([escape, &[code]].concat());
                }
            }
        }
        assert_eq!(codes.iter().flatten().count(), 127 + 10);
        Self(codes)
    }

    fn septets(&self, ch: char) -> Option<&[u8]> {
        self.0.get(ch as usize)?.as_deref()
    }
}

fn octets(encoding: Encoding, ch: char, unmappable: Unmappable) -> Option<([u8; 8], usize)> {
    let mut out = [0; 8];
    let mut utf8 = [0; 4];
    let text: &str = ch.encode_utf8(&mut utf8);
    match encoding.encode(text, unmappable, &mut out) {
        Ok(length) => Some((out, length)),
        Err(error) => {
            assert_eq!(error, EncodeTextError::Unmapped(Unmapped { ch, index: 0 }));
            None
        }
    }
}

fn check(encoding: Encoding, ch: char, expected: Option<&[u8]>) {
    let written = octets(encoding, ch, Unmappable::Reject);
    let written = written.as_ref().map(|(octets, length)| &octets[..*length]);
    assert_eq!(written, expected, "{encoding:?} {ch:?}");
    if let Some(written) = written {
        let mut read = encoding.decode(written);
        assert_eq!((read.next(), read.next()), (Some(ch), None), "{encoding:?} {ch:?}");
        assert_eq!(encoding.check(written), Ok(()));
    }
}

#[test]
fn every_character_through_the_encodings_of_a_table() {
    let gsm = Gsm::new();
    for ch in '\0'..=char::MAX {
        check(Encoding::GSM7, ch, gsm.septets(ch));
        let octet = u8::try_from(ch).ok();
        let octet = octet.as_ref().map(std::slice::from_ref);
        check(Encoding::Latin1, ch, octet);
        check(Encoding::Ascii, ch, octet.filter(|octet| octet.is_ascii()));
    }
}

#[test]
fn every_character_through_utf_16() {
    for ch in '\0'..=char::MAX {
        let mut units = [0; 2];
        let units = ch.encode_utf16(&mut units);
        let (mut big, mut little) = ([0; 4], [0; 4]);
        for (place, unit) in units.iter().enumerate() {
            big[2 * place..][..2].copy_from_slice(&unit.to_be_bytes());
            little[2 * place..][..2].copy_from_slice(&unit.to_le_bytes());
        }
        check(Encoding::Ucs2, ch, Some(&big[..2 * units.len()]));
        check(Encoding::Ucs2LittleEndian, ch, Some(&little[..2 * units.len()]));
    }
}

#[test]
fn every_character_through_packing() {
    let gsm = Gsm::new();
    let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
    for ch in '\0'..=char::MAX {
        let expected = gsm.septets(ch).map(|septets| match septets[..] {
            [code] => vec![code],
            [escape, code] => vec![escape | code << 7, code >> 1],
            _ => unreachable!(),
        });
        check(packed, ch, expected.as_deref());
    }
}

#[test]
fn every_character_by_every_policy() {
    let gsm = Gsm::new();
    for ch in '\0'..=char::MAX {
        let (replaced, length) = octets(Encoding::GSM7, ch, Unmappable::Replace).unwrap();
        assert_eq!(replaced[..length], *gsm.septets(ch).unwrap_or(b"?"), "{ch:?}");
        let transliterated = octets(Encoding::GSM7, ch, Unmappable::TRANSLITERATE);
        let transliterated = transliterated.as_ref().map(|(octets, length)| &octets[..*length]);
        match (gsm.septets(ch), Transliteration::TABLE.lookup(ch)) {
            (None, Some(text)) => {
                let septets = text.chars().flat_map(|ch| gsm.septets(ch).unwrap());
                assert!(transliterated.unwrap().iter().eq(septets), "{ch:?}");
            }
            (code, _) => assert_eq!(transliterated, code, "{ch:?}"),
        }
    }
}
