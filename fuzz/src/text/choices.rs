//! Texts, encodings and policies from choices.

use crate::Source;
use smpp_core::text::national::Language;
use smpp_core::text::{Encoding, Gsm7, Unmappable};

/// Characters that transliteration, clusters and surrogate pairs make interesting.
const CURIOUS: [char; 32] = [
    '“', '’', '…', '–', 'œ', 'ê', 'ﬁ', '½', '²', 'Ł', 'Ａ', '\u{200B}', '\u{FEFF}', '\u{301}', '\u{302}',
    '\u{FE0F}', '\u{200D}', '👨', '👩', '🇩', '🇪', '🏽', '😀', '\r', '\n', '`', 'ж', '中', '\u{FFFD}', '\0',
    '\u{1B}', '\u{7F}',
];

/// The default alphabet or any pair of national tables.
pub(crate) fn alphabet(choices: &mut Source<'_>) -> Gsm7 {
    let language = |choice: u8| Some(Language(choice & 0x0F)).filter(|language| language.0 != 0);
    let pair = choices.octet();
    Gsm7::received(language(pair), language(pair >> 4))
}

/// Any encoding.
pub(crate) fn encoding(choices: &mut Source<'_>) -> Encoding {
    match choices.within(0..8) {
        0 => Encoding::GSM7,
        1 => Encoding::Gsm7(alphabet(choices)),
        2 => Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: choices.octet() % 7 },
        3 => Encoding::Gsm7Packed { alphabet: alphabet(choices), fill_bits: choices.octet() % 7 },
        4 => Encoding::Ucs2,
        5 => Encoding::Ucs2LittleEndian,
        6 => Encoding::Latin1,
        _ => Encoding::Ascii,
    }
}

/// Any policy.
pub(crate) fn unmappable(choices: &mut Source<'_>) -> Unmappable {
    choices.pick(&[Unmappable::Reject, Unmappable::Replace, Unmappable::TRANSLITERATE])
}

/// A text made by all choices that are left. Many of its characters are in `alphabet`.
pub(crate) fn text(choices: &mut Source<'_>, alphabet: Gsm7) -> String {
    if choices.flag() {
        return String::from_utf8_lossy(choices.rest()).into_owned();
    }
    let mut text = String::new();
    while !choices.is_empty() {
        text.push(character(choices, alphabet));
    }
    text
}

fn character(choices: &mut Source<'_>, alphabet: Gsm7) -> char {
    let of = |septets: &[u8]| alphabet.decode(septets.iter().copied()).next().unwrap_or(' ');
    match choices.octet() % 8 {
        0 | 1 => of(&[choices.octet() & 0x7F]),
        2 => of(&[0x1B, choices.octet() & 0x7F]),
        3 => char::from(choices.octet() & 0x7F),
        4 => char::from(choices.octet()),
        5 => char::from_u32(choices.u16().into()).unwrap_or('\u{E000}'),
        6 => char::from_u32(0x1_0000 + u32::from(choices.u16())).unwrap_or('😀'),
        _ => choices.pick(&CURIOUS),
    }
}
