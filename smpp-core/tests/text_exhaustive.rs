//! Every Unicode scalar value through every encoder: the table's octets, or what the policy declares.

use smpp_core::text::{Encoding, Gsm7, Transliteration, Unmappable};
use std::collections::HashMap;

fn gsm() -> HashMap<char, Vec<u8>> {
    let mut codes = HashMap::new();
    for (tsv, escape) in [
        (include_str!("spec/gsm0338-extension.tsv"), &[0x1B][..]),
        (include_str!("spec/gsm0338-basic.tsv"), &[]),
    ] {
        for line in tsv.lines().skip(1) {
            let columns: Vec<_> = line.split('\t').collect();
            if let Ok(ch) = u32::from_str_radix(columns[1], 16) {
                let code = u8::from_str_radix(&columns[0][2..], 16).unwrap();
                codes.insert(char::from_u32(ch).unwrap(), [escape, &[code]].concat());
            }
        }
    }
    assert_eq!(codes.len(), 127 + 10);
    codes
}

fn octets(encoding: Encoding, ch: char, unmappable: Unmappable) -> Option<([u8; 8], usize)> {
    let mut out = [0; 8];
    let mut utf8 = [0; 4];
    let text: &str = ch.encode_utf8(&mut utf8);
    match encoding.encode(text, unmappable, &mut out) {
        Ok(length) => Some((out, length)),
        Err(_) => {
            let unmapped = encoding.units(text, unmappable).unwrap_err();
            assert_eq!((unmapped.ch, unmapped.index), (ch, 0));
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
    let gsm = gsm();
    for ch in '\0'..=char::MAX {
        check(Encoding::GSM7, ch, gsm.get(&ch).map(Vec::as_slice));
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
    let gsm = gsm();
    let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
    for ch in '\0'..=char::MAX {
        let expected = gsm.get(&ch).map(|septets| match septets[..] {
            [code] => vec![code],
            [escape, code] => vec![escape | code << 7, code >> 1],
            _ => unreachable!(),
        });
        check(packed, ch, expected.as_deref());
    }
}

#[test]
fn every_character_by_every_policy() {
    let gsm = gsm();
    for ch in '\0'..=char::MAX {
        let code = gsm.get(&ch).cloned();
        let replaced = octets(Encoding::GSM7, ch, Unmappable::Replace).unwrap();
        let expected = code.clone().unwrap_or_else(|| vec![b'?']);
        assert_eq!(replaced.0[..replaced.1], expected, "{ch:?}");
        let transliterated = octets(Encoding::GSM7, ch, Unmappable::TRANSLITERATE);
        let substitute = || -> Option<Vec<u8>> {
            let text = Transliteration::TABLE.lookup(ch)?;
            Some(text.chars().flat_map(|ch| gsm[&ch].clone()).collect())
        };
        let transliterated = transliterated.map(|(octets, length)| octets[..length].to_vec());
        assert_eq!(transliterated, code.or_else(substitute), "{ch:?}");
    }
}
