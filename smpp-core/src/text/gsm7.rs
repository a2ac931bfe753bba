//! GSM 03.38, one septet an octet, with the default or national tables.

use super::coder::{self, Coder, Sink};
use super::language::Language;
use super::tables::{Code, ESCAPE, ascii_septet, default_chars, default_code, default_extension};
use super::{EncodeTextError, LockingTable, NoText, SingleShiftTable, Unmappable, Unmapped};

/// Runs `$body` with the coder of a [`Gsm7`]: the default alphabet apart, except on bare metal, where one copy is enough.
macro_rules! with_gsm7 {
    ($alphabet:expr, $coder:ident => $body:expr) => {
        match $alphabet {
            #[cfg(not(smpp_small))]
            $crate::text::Gsm7 { locking: None, single: None } => {
                let $coder = $crate::text::gsm7::DefaultGsm7;
                $body
            }
            $coder => $body,
        }
    };
}
pub(super) use with_gsm7;

/// The tables in use (3GPP TS 23.038 §6.2.1): the default alphabet with its extension, or a national language's in
/// place of either.
///
/// Other tables than the default ones are valid only for a message whose user data header names them
/// ([`Gsm7::languages`]), in each of its parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Gsm7 {
    /// In place of the default alphabet.
    pub locking: Option<&'static LockingTable>,
    /// In place of the default extension table, behind an escape.
    pub single: Option<&'static SingleShiftTable>,
}

impl Gsm7 {
    /// The default alphabet with its extension.
    pub const DEFAULT: Self = Self { locking: None, single: None };

    /// What the user data header has to name: the languages of the locking and of the single shift.
    #[must_use]
    pub fn languages(&self) -> (Option<Language>, Option<Language>) {
        (self.locking.map(LockingTable::language), self.single.map(SingleShiftTable::language))
    }

    /// How many septets `text` takes; unpacked these are octets.
    ///
    /// # Errors
    /// [`Unmapped`]: the first character that has no code and nothing to take its place.
    pub fn septets(&self, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
        with_gsm7!(*self, coder => coder::units(coder, text, unmappable))
    }

    /// Writes `text` to the start of `out`, one septet an octet, and returns how many there are.
    ///
    /// # Errors
    /// [`EncodeTextError`]; what stands in `out` is then undefined.
    pub fn encode(
        &self,
        text: &str,
        unmappable: Unmappable,
        out: &mut [u8],
    ) -> Result<usize, EncodeTextError> {
        with_gsm7!(*self, coder => coder::write_slice(coder, text, unmappable, out))
    }

    /// The characters of `septets`.
    ///
    /// An escape in front of an escape, or of nothing, is a space; an escape in front of a code that the extension
    /// lacks gives the character of the basic table (3GPP TS 23.038 §6.2.1.1); a code without a character is a space;
    /// an octet from 0x80 is U+FFFD.
    pub const fn decode<I: Iterator<Item = u8>>(&self, septets: I) -> Gsm7Chars<I> {
        Gsm7Chars { septets, basic: self.basic(), single: self.single }
    }

    /// Whether all octets are septets.
    ///
    /// # Errors
    /// [`NoText`]: the first octet from 0x80.
    pub fn check(octets: &[u8]) -> Result<(), NoText> {
        octets.iter().position(|octet| *octet >= 0x80).map_or(Ok(()), |offset| Err(NoText { offset }))
    }

    const fn basic(&self) -> &'static [u16; 128] {
        match self.locking {
            Some(table) => table.chars(),
            None => default_chars(),
        }
    }

    /// How `ch` is written.
    fn code(self, ch: char) -> Option<Code> {
        let default = |escaped| default_code(ch).filter(|code| code.is_escaped() == escaped);
        let basic = match self.locking {
            Some(table) => table.code_of(ch).map(Code::basic),
            None => default(false),
        };
        basic.or_else(|| match self.single {
            Some(table) => table.code_of(ch).map(Code::escaped),
            None => default(true),
        })
    }
}

/// The default alphabet alone: what nearly every text is written in, so that its loops do not ask for tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct DefaultGsm7;

impl Coder for DefaultGsm7 {
    #[inline]
    fn units(self, ch: char) -> Option<usize> {
        default_code(ch).map(Code::septets)
    }

    #[inline]
    fn plain(self, octet: u8) -> Option<u8> {
        ascii_septet(octet)
    }

    #[inline]
    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        put(default_code(ch), sink)
    }
}

/// Any tables.
impl Coder for Gsm7 {
    fn units(self, ch: char) -> Option<usize> {
        self.code(ch).map(Code::septets)
    }

    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        put(self.code(ch), sink)
    }
}

#[inline]
fn put(code: Option<Code>, sink: &mut impl Sink) -> Option<()> {
    let code = code?;
    if code.is_escaped() {
        sink.put(ESCAPE);
    }
    sink.put(code.septet());
    Some(())
}

/// The characters of septets: see [`Gsm7::decode`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Gsm7Chars<I> {
    septets: I,
    basic: &'static [u16; 128],
    single: Option<&'static SingleShiftTable>,
}

impl<I> Gsm7Chars<I> {
    #[inline]
    fn basic(&self, septet: u8) -> char {
        match self.basic.get(usize::from(septet)) {
            Some(0) => ' ',
            Some(ch) => char::from_u32(u32::from(*ch)).unwrap_or(char::REPLACEMENT_CHARACTER),
            None => char::REPLACEMENT_CHARACTER,
        }
    }

    fn extended(&self, septet: u8) -> char {
        let extended = match self.single {
            Some(table) => table.char_of(septet),
            None => default_extension(septet),
        };
        extended.unwrap_or_else(|| self.basic(septet))
    }
}

impl<I: Iterator<Item = u8> + Clone> Gsm7Chars<I> {
    /// Takes the next characters as long as they are ASCII and have room in `out`, and says how many they were.
    pub(super) fn take_ascii(&mut self, out: &mut [u8]) -> usize {
        let ascii = |septet: u8| self.basic.get(usize::from(septet)).filter(|ch| (1..0x80).contains(*ch));
        let next = self.septets.clone().map_while(|septet| u8::try_from(*ascii(septet)?).ok());
        let taken = out.iter_mut().zip(next).map(|(place, ch)| *place = ch).count();
        if let Some(last) = taken.checked_sub(1) {
            self.septets.nth(last);
        }
        taken
    }
}

impl<I: Iterator<Item = u8>> Iterator for Gsm7Chars<I> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        let septet = self.septets.next()?;
        if septet != ESCAPE {
            return Some(self.basic(septet));
        }
        Some(match self.septets.next() {
            None | Some(ESCAPE) => ' ',
            Some(septet) => self.extended(septet),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::national::{bengali, portuguese, turkish};
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    const TURKISH: Gsm7 = Gsm7 { locking: Some(&turkish::LOCKING), single: Some(&turkish::SINGLE_SHIFT) };

    fn encode(alphabet: Gsm7, text: &str) -> Vec<u8> {
        let mut out = [0; 64];
        let length = alphabet.encode(text, Unmappable::Reject, &mut out).unwrap();
        assert_eq!(alphabet.septets(text, Unmappable::Reject), Ok(length));
        out[..length].to_vec()
    }

    fn decode(alphabet: Gsm7, octets: &[u8]) -> String {
        alphabet.decode(octets.iter().copied()).collect()
    }

    #[test]
    fn escapes_that_lead_nowhere_are_spaces() {
        assert_eq!(decode(Gsm7::DEFAULT, b"a\x1B"), "a ");
        assert_eq!(decode(Gsm7::DEFAULT, b"a\x1B\x1Be"), "a e");
        assert_eq!(decode(TURKISH, b"\x1B\x1B\x1B"), "  ");
    }

    #[test]
    fn an_unknown_extension_code_gives_the_letter_of_the_basic_table() {
        assert_eq!(decode(Gsm7::DEFAULT, b"\x1Ba\x1B\x0D\x1Be"), "a\r€");
        assert_eq!(decode(TURKISH, b"\x1B\x04\x1B\x67"), "€ğ");
    }

    #[test]
    fn octets_that_are_no_septets_are_replaced_or_refused() {
        assert_eq!(decode(Gsm7::DEFAULT, b"a\x80\xFFb\x1B\x90"), "a\u{FFFD}\u{FFFD}b\u{FFFD}");
        assert_eq!(Gsm7::check(b"a\x80"), Err(NoText { offset: 1 }));
        assert_eq!(Gsm7::check(b"a\x7F\x1B"), Ok(()));
    }

    #[test]
    fn a_code_without_a_character_is_a_space() {
        let bengali = Gsm7 { locking: Some(&bengali::LOCKING), ..Gsm7::DEFAULT };
        assert_eq!(bengali::LOCKING.chars().get(0x0C), Some(&0));
        assert_eq!(decode(bengali, b"\x0C\x1B\x0C"), "  ");
    }

    #[test]
    fn tables_mix_alone_and_together() {
        assert_eq!(encode(Gsm7::DEFAULT, "a[€@"), b"a\x1B\x3C\x1B\x65\x00");
        assert_eq!(encode(TURKISH, "ğĞ€ş["), b"\x0C\x0B\x04\x1D\x1B\x3C");
        let single = Gsm7 { locking: None, ..TURKISH };
        assert_eq!(encode(single, "ğè"), b"\x1B\x67\x04");
        let locking = Gsm7 { single: None, ..TURKISH };
        assert_eq!(encode(locking, "ğ["), b"\x0C\x1B\x3C");
        let mixed = Gsm7 { single: Some(&portuguese::SINGLE_SHIFT), ..TURKISH };
        assert_eq!(encode(mixed, "ğã"), b"\x0C\x1B\x7B");
        assert_eq!(decode(mixed, b"\x0C\x1B\x7B"), "ğã");
    }

    #[test]
    fn what_is_missing_is_named_with_its_index_in_characters() {
        let error = Gsm7::DEFAULT.septets("é€ x`", Unmappable::Reject).unwrap_err();
        assert_eq!(error, Unmapped { ch: '`', index: 4 });
        assert_eq!(std::format!("{error}"), "no code for '`' (U+0060) at character 4");
        let mut out = [0; 8];
        let error = Gsm7::DEFAULT.encode("ж", Unmappable::Reject, &mut out).unwrap_err();
        assert_eq!(error, EncodeTextError::Unmapped(Unmapped { ch: 'ж', index: 0 }));
    }

    #[test]
    fn a_small_slice_is_told_what_the_text_takes() {
        let mut out = [0; 2];
        let error = Gsm7::DEFAULT.encode("a€b", Unmappable::Reject, &mut out).unwrap_err();
        assert_eq!(error, EncodeTextError::NoRoom { needed: 4 });
    }

    #[test]
    fn a_replaced_character_is_a_question_mark() {
        let mut out = [0; 4];
        assert_eq!(Gsm7::DEFAULT.encode("aжb`", Unmappable::Replace, &mut out), Ok(4));
        assert_eq!(&out, b"a?b?");
    }

    #[test]
    fn field_note_section_3_17_the_tables_of_peers_go_wrong_at_these_places() {
        // smpp-codec: section sign and backtick; escape as data; form feed.
        assert_eq!(encode(Gsm7::DEFAULT, "§\u{C}"), b"\x5F\x1B\x0A");
        for ch in ["`", "\u{1B}"] {
            assert!(Gsm7::DEFAULT.septets(ch, Unmappable::Reject).is_err());
        }
    }
}
