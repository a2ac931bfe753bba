//! Text in every encoding, both ways, beside a naive model of each.

pub(crate) mod choices;
pub(crate) mod model;

use crate::Source;
use model::Written;
use smpp_core::text::{Boundary, EncodeTextError, Encoding, NoRoom, NoText, Unmappable, Unmapped, packed};
use unicode_segmentation::UnicodeSegmentation;

/// Any text written in any encoding by any policy, and any octets read in it.
pub fn text(input: &[u8]) {
    let mut choices = Source::new(input);
    let encoding = choices::encoding(&mut choices);
    let unmappable = choices::unmappable(&mut choices);
    let limit = choices.within(0..400);
    if choices.flag() {
        let text = choices::text(&mut choices, encoding.alphabet().unwrap_or_default());
        writes(encoding, unmappable, &text, limit);
        cuts(encoding, unmappable, &text, limit);
    } else {
        reads(encoding, choices.rest(), limit);
    }
}

/// What is written is what the tables and the policy say, and it reads back as that.
fn writes(encoding: Encoding, unmappable: Unmappable, text: &str, room: usize) {
    let written = match model::write(encoding, unmappable, text) {
        Ok(written) => written,
        Err(unmapped) => return refuses(encoding, unmappable, text, unmapped),
    };
    let Written { declared, octets, units } = model::joined(encoding, &written);
    assert_eq!(encoding.units(text, unmappable), Ok(units));
    assert_eq!(encoding.octets(text, unmappable), Ok(octets.len()));

    let mut out = vec![0xEE; octets.len().max(room) + 1];
    assert_eq!(encoding.encode(text, unmappable, &mut out), Ok(octets.len()));
    assert_eq!(out[..octets.len()], octets);
    assert!(out[octets.len()..].iter().all(|octet| *octet == 0xEE), "written behind the end");
    let fits = encoding.encode(text, unmappable, &mut out[..room]);
    let needed = octets.len();
    assert_eq!(fits, if room < needed { Err(EncodeTextError::NoRoom { needed }) } else { Ok(needed) });

    assert_eq!(encoding.check(&octets), Ok(()));
    let read: String = encoding.decode(&octets).collect();
    // A reader who does not know the count takes a carriage return at an octet boundary for a filler.
    let lost = if model::looks_filled(encoding, &octets, units) { "\r" } else { "" };
    assert_eq!(Some(&*read), declared.strip_suffix(lost));
    if let Encoding::Gsm7Packed { alphabet, fill_bits } = encoding {
        let read: String = alphabet.decode(packed::unpack(&octets, fill_bits, Some(units))).collect();
        assert_eq!(read, declared);
    }
}

/// A text that cannot be carried is refused with the first character that is to blame, by everything that looks at it.
fn refuses(encoding: Encoding, unmappable: Unmappable, text: &str, unmapped: Unmapped) {
    assert_eq!(encoding.units(text, unmappable), Err(unmapped));
    assert_eq!(encoding.octets(text, unmappable), Err(unmapped));
    let mut out = vec![0; 4 * text.len()];
    assert_eq!(encoding.encode(text, unmappable, &mut out), Err(EncodeTextError::Unmapped(unmapped)));
}

/// A piece is as long as can be, and ends where it may.
fn cuts(encoding: Encoding, unmappable: Unmappable, text: &str, capacity: usize) {
    let units = |text: &str| encoding.units(text, unmappable).unwrap();
    let piece = match encoding.cut(text, unmappable, capacity, Boundary::Character) {
        Ok(piece) => piece,
        Err(Unmapped { ch, index }) => {
            let (before, first) = text.char_indices().nth(index).unwrap();
            assert_eq!((first, model::carries(encoding, unmappable, ch)), (ch, false));
            assert!(units(&text[..before]) < capacity, "a character behind the piece was looked at");
            return;
        }
    };
    let (part, behind) = text.split_at(piece.octets);
    assert_eq!(piece.units, units(part));
    assert!(piece.units <= capacity);
    if let Some(next) = behind.chars().next() {
        // What cannot be carried is no reason to end before the capacity.
        let next_units = encoding.units(next.encode_utf8(&mut [0; 4]), unmappable).unwrap_or(1);
        assert!(piece.units + next_units > capacity, "{next:?} would fit too");
    }
    let clusters = encoding.cut(text, unmappable, capacity, Boundary::Grapheme).unwrap();
    let mut boundaries = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]);
    let last = boundaries.rfind(|at| (1..=piece.octets).contains(at));
    assert_eq!(clusters.octets, last.unwrap_or(piece.octets));
    assert_eq!(clusters.units, units(&text[..clusters.octets]));
}

/// Any octets read as the model reads them, in the room that is promised, and can be written again.
fn reads(encoding: Encoding, octets: &[u8], room: usize) {
    let chars = model::read(encoding, octets);
    assert!(encoding.decode(octets).eq(chars.iter().copied()));
    let text: String = chars.iter().collect();
    assert!(text.len() <= model::most_utf8(encoding, octets.len()), "longer than promised");

    let mut out = vec![0; text.len().max(room)];
    assert_eq!(encoding.decode_str(octets, &mut out), Ok(&*text));
    let needed = text.len();
    let fits = if room < needed { Err(NoRoom { needed }) } else { Ok(&*text) };
    assert_eq!(encoding.decode_str(octets, &mut out[..room]), fits);

    match encoding.check(octets) {
        Err(NoText { offset }) => {
            assert_eq!(encoding.check(&octets[..offset]), Ok(()), "not the first");
            assert!(model::read(encoding, &octets[offset..]).starts_with(&['\u{FFFD}']));
        }
        // Here U+FFFD came as a character of its own, if at all.
        Ok(()) => {
            let mut again = vec![0; 2 * octets.len() + 2];
            let length = encoding.encode(&text, Unmappable::Reject, &mut again).unwrap();
            let units = encoding.units(&text, Unmappable::Reject).unwrap();
            if !model::looks_filled(encoding, &again[..length], units) {
                assert!(encoding.decode(&again[..length]).eq(chars));
            }
        }
    }
    if let Encoding::Gsm7Packed { fill_bits, .. } = encoding {
        let septets = model::unpack(octets, fill_bits);
        assert!(packed::unpack(octets, fill_bits, Some(room)).eq(septets.iter().copied().take(room)));
    }
}
