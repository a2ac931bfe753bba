//! The default alphabet and its extension table, and what a national table is made of.

use super::language::Language;
use core::fmt;

/// The septet that announces a code of the extension table (3GPP TS 23.038 §6.2.1).
pub(crate) const ESCAPE: u8 = 0x1B;

/// The GSM default alphabet (3GPP TS 23.038 §6.2.1); 0 where there is no character.
#[rustfmt::skip]
static BASIC: [u16; 128] = [
    0x0040, 0x00A3, 0x0024, 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC,
    0x00F2, 0x00C7, 0x000A, 0x00D8, 0x00F8, 0x000D, 0x00C5, 0x00E5,
    0x0394, 0x005F, 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8,
    0x03A3, 0x0398, 0x039E, 0x0000, 0x00C6, 0x00E6, 0x00DF, 0x00C9,
    0x0020, 0x0021, 0x0022, 0x0023, 0x00A4, 0x0025, 0x0026, 0x0027,
    0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037,
    0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F,
    0x00A1, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047,
    0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F,
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057,
    0x0058, 0x0059, 0x005A, 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7,
    0x00BF, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067,
    0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F,
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077,
    0x0078, 0x0079, 0x007A, 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
];

/// The default extension table (3GPP TS 23.038 §6.2.1.1), by code.
#[rustfmt::skip]
static EXTENSION: [(u8, u16); 10] = [
    (0x0A, 0x000C), (0x14, 0x005E), (0x28, 0x007B), (0x29, 0x007D), (0x2F, 0x005C),
    (0x3C, 0x005B), (0x3D, 0x007E), (0x3E, 0x005D), (0x40, 0x007C), (0x65, 0x20AC),
];

/// How a character is written: one septet, or two with an escape in front.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Code(u8);

impl Code {
    const ESCAPED: u8 = 0x80;
    /// No code: no extension table has a character at 0x7F.
    const NONE: Self = Self(0xFF);

    /// A code of the basic or locking table.
    pub(crate) const fn basic(septet: u8) -> Self {
        Self(septet)
    }

    /// A code of the extension or single shift table.
    pub(crate) const fn escaped(septet: u8) -> Self {
        Self(septet | Self::ESCAPED)
    }

    pub(crate) const fn is_escaped(self) -> bool {
        self.0 & Self::ESCAPED != 0
    }

    /// How many there are.
    pub(crate) const fn septets(self) -> usize {
        if self.is_escaped() { 2 } else { 1 }
    }

    /// The septet, without the escape.
    pub(crate) const fn septet(self) -> u8 {
        self.0 & !Self::ESCAPED
    }
}

/// The code of each character below U+0100.
static LATIN: [Code; 256] = latin();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler only")]
#[expect(clippy::cast_possible_truncation, reason = "a code is below 128")]
const fn latin() -> [Code; 256] {
    let mut codes = [Code::NONE; 256];
    let mut code = 0;
    while code < BASIC.len() {
        if BASIC[code] != 0 && BASIC[code] < 0x100 {
            codes[BASIC[code] as usize] = Code::basic(code as u8);
        }
        code += 1;
    }
    let mut row = 0;
    while row < EXTENSION.len() {
        let (code, ch) = EXTENSION[row];
        if ch < 0x100 {
            codes[ch as usize] = Code::escaped(code);
        }
        row += 1;
    }
    codes
}

/// The code of `ch` in the default alphabet or its extension.
#[inline]
pub(crate) fn default_code(ch: char) -> Option<Code> {
    match LATIN.get(ch as usize) {
        Some(code) => Some(*code).filter(|code| *code != Code::NONE),
        None => wide_default_code(ch),
    }
}

/// The septet of an ASCII character, where one is enough.
#[inline]
pub(crate) fn ascii_septet(octet: u8) -> Option<u8> {
    LATIN.get(usize::from(octet)).map(|code| code.0).filter(|code| (code | octet) < 0x80)
}

/// The characters beyond Latin-1: the Greek capitals at 0x10 to 0x1A, and the euro sign.
fn wide_default_code(ch: char) -> Option<Code> {
    let ch = u16::try_from(u32::from(ch)).ok()?;
    let greek = || (0x10..).zip(BASIC.get(0x10..0x1B)?).find(|(_, greek)| **greek == ch);
    let extended = || EXTENSION.iter().find(|(_, extended)| *extended == ch);
    greek().map(|(code, _)| Code::basic(code)).or_else(|| extended().map(|&(code, _)| Code::escaped(code)))
}

/// The default alphabet, by septet.
pub(crate) const fn default_chars() -> &'static [u16; 128] {
    &BASIC
}

/// The character of `septet` in the default extension table.
pub(crate) fn default_extension(septet: u8) -> Option<char> {
    let (_, ch) = EXTENSION.iter().find(|(code, _)| *code == septet)?;
    char::from_u32(u32::from(*ch))
}

/// 128 characters by code, 0 where there is none, and the codes in the order of their characters for the way back.
struct Characters {
    by_code: [u16; 128],
    codes: [u8; 128],
    /// How to search them: a program that names no table carries no search either.
    search: fn(&Self, char) -> Option<u8>,
}

impl Characters {
    #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler only")]
    #[expect(clippy::cast_possible_truncation, reason = "a code is below 128")]
    const fn new(by_code: [u16; 128]) -> Self {
        let mut codes = [0; 128];
        let mut code = 0;
        while code < 128 {
            // Insertion keeps codes of the same character in order, so that the lower one is found.
            let mut place = code;
            while place > 0 && by_code[codes[place - 1] as usize] > by_code[code] {
                codes[place] = codes[place - 1];
                place -= 1;
            }
            codes[place] = code as u8;
            code += 1;
        }
        Self { by_code, codes, search: Self::search }
    }

    fn char_at(&self, code: u8) -> u16 {
        self.by_code.get(usize::from(code)).copied().unwrap_or(0)
    }

    /// The lowest code of `ch`.
    fn code_of(&self, ch: char) -> Option<u8> {
        (self.search)(self, ch)
    }

    fn search(&self, ch: char) -> Option<u8> {
        let ch = u16::try_from(u32::from(ch)).ok().filter(|ch| *ch != 0)?;
        let place = self.codes.partition_point(|code| self.char_at(*code) < ch);
        self.codes.get(place).copied().filter(|code| self.char_at(*code) == ch)
    }
}

/// A table of a national language that replaces the default alphabet (3GPP TS 23.038 §6.2.1.2.3, annex A.3).
pub struct LockingTable {
    language: Language,
    characters: Characters,
}

impl LockingTable {
    /// 0 where there is no character.
    pub(crate) const fn new(language: Language, characters: [u16; 128]) -> Self {
        Self { language, characters: Characters::new(characters) }
    }

    /// Whose table it is.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    pub(crate) fn code_of(&self, ch: char) -> Option<u8> {
        self.characters.code_of(ch)
    }

    pub(crate) const fn chars(&self) -> &[u16; 128] {
        &self.characters.by_code
    }
}

/// A table of a national language that replaces the extension table (3GPP TS 23.038 §6.2.1.2.2, annex A.2).
pub struct SingleShiftTable {
    language: Language,
    characters: Characters,
}

impl SingleShiftTable {
    /// From the codes that have a character.
    #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler only")]
    pub(crate) const fn new(language: Language, assigned: &[(u8, u16)]) -> Self {
        let mut characters = [0; 128];
        let mut row = 0;
        while row < assigned.len() {
            characters[assigned[row].0 as usize] = assigned[row].1;
            row += 1;
        }
        Self { language, characters: Characters::new(characters) }
    }

    /// Whose table it is.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    pub(crate) fn code_of(&self, ch: char) -> Option<u8> {
        self.characters.code_of(ch)
    }

    pub(crate) fn char_of(&self, code: u8) -> Option<char> {
        char::from_u32(u32::from(self.characters.char_at(code))).filter(|ch| *ch != '\0')
    }
}

/// There is one table of each kind a language: the language says which it is.
macro_rules! known_by_language {
    ($($Table:ident),*) => {$(
        impl PartialEq for $Table {
            fn eq(&self, other: &Self) -> bool {
                self.language == other.language
            }
        }

        impl Eq for $Table {}

        impl fmt::Debug for $Table {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($Table), self.language)
            }
        }

        #[cfg(feature = "defmt")]
        impl defmt::Format for $Table {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::Format::format(&self.language, f);
            }
        }
    )*};
}

known_by_language!(LockingTable, SingleShiftTable);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_of_two_codes_is_written() {
        let table = SingleShiftTable::new(Language::HINDI, &[(0x0B, 0x2A), (0x18, 0x2A), (0x01, 0x30)]);
        assert_eq!(table.code_of('*'), Some(0x0B));
        assert_eq!((table.char_of(0x0B), table.char_of(0x18)), (Some('*'), Some('*')));
        assert_eq!(table.code_of('0'), Some(0x01));
    }

    #[test]
    fn what_is_not_assigned_has_no_code() {
        let table = SingleShiftTable::new(Language::HINDI, &[(0x0B, 0x2A)]);
        assert_eq!(
            (table.char_of(0x00), table.code_of('\0'), table.code_of('\u{1002A}')),
            (None, None, None)
        );
        assert_eq!((default_code('\u{1B}'), default_code('`'), default_code('\0')), (None, None, None));
    }

    #[test]
    fn escaped_codes_of_the_default_alphabet_keep_their_septet() {
        assert_eq!(default_code('€'), Some(Code::escaped(0x65)));
        assert_eq!(default_code('\u{C}'), Some(Code::escaped(0x0A)));
        assert_eq!(default_code('Ξ'), Some(Code::basic(0x1A)));
        assert_eq!(default_code('@'), Some(Code::basic(0)));
    }
}
