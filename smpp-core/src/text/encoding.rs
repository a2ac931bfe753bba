//! One name for each way to write text.

#[cfg(smpp_small)]
use super::coder::Sink;
use super::coder::{self, Coder};
use super::cut::{self, Boundary, Piece};
use super::decode::Chars;
use super::gsm7::with_gsm7;
use super::octet::{Ascii, Latin1};
use super::packed;
use super::ucs2::{Utf16, Utf16Chars};
use super::{EncodeTextError, Gsm7, NoRoom, NoText, Unmappable, Unmapped};
use crate::types::{Alphabet, DataCoding};

/// Octets of user data in one short message on the air (3GPP TS 23.040 §9.2.3.24).
pub(crate) const USER_DATA: usize = 140;

/// How many units of so many bits fit into one message beside a user data header of so many octets.
pub(crate) fn capacity(unit_bits: usize, header: usize) -> usize {
    let bits = USER_DATA.saturating_sub(header).saturating_mul(8);
    bits.checked_div(unit_bits).unwrap_or(0)
}

/// How text stands in `short_message` or `message_payload`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Encoding {
    /// GSM 03.38, one septet an octet: what SMPP's default alphabet usually is.
    Gsm7(Gsm7),
    /// GSM 03.38, seven bits a character: see [`packed`](super::packed).
    Gsm7Packed {
        /// The tables in use.
        alphabet: Gsm7,
        /// Zero bits in front of the first character, 0 to 6, so that it starts on a septet boundary behind a user data
        /// header.
        fill_bits: u8,
    },
    /// UTF-16, big-endian, surrogate pairs.
    Ucs2,
    /// UTF-16, little-endian: no specification knows it, some peers send it.
    Ucs2LittleEndian,
    /// ISO-8859-1.
    Latin1,
    /// IA5.
    Ascii,
}

/// Runs `$body` with the coder of an encoding: with each one apart, so that its loops know it.
#[cfg(not(smpp_small))]
macro_rules! with_coder {
    ($encoding:expr, $coder:ident => $body:expr) => {
        match $encoding {
            Encoding::Gsm7(alphabet) | Encoding::Gsm7Packed { alphabet, .. } => {
                with_gsm7!(alphabet, $coder => $body)
            }
            Encoding::Ucs2 => {
                let $coder = Utf16::BigEndian;
                $body
            }
            Encoding::Ucs2LittleEndian => {
                let $coder = Utf16::LittleEndian;
                $body
            }
            Encoding::Latin1 => {
                let $coder = Latin1;
                $body
            }
            Encoding::Ascii => {
                let $coder = Ascii;
                $body
            }
        }
    };
}

/// On bare metal all encodings share one copy of each loop: that takes a third of the flash.
#[cfg(smpp_small)]
macro_rules! with_coder {
    ($encoding:expr, $coder:ident => $body:expr) => {{
        let $coder = Any($encoding);
        $body
    }};
}

/// Asks for the encoding at each character.
#[cfg(smpp_small)]
#[derive(Clone, Copy)]
struct Any(Encoding);

#[cfg(smpp_small)]
impl Coder for Any {
    fn units(self, ch: char) -> Option<usize> {
        match self.0 {
            Encoding::Gsm7(alphabet) | Encoding::Gsm7Packed { alphabet, .. } => alphabet.units(ch),
            Encoding::Ucs2 | Encoding::Ucs2LittleEndian => Utf16::BigEndian.units(ch),
            Encoding::Latin1 => Latin1.units(ch),
            Encoding::Ascii => Ascii.units(ch),
        }
    }

    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        match self.0 {
            Encoding::Gsm7(alphabet) | Encoding::Gsm7Packed { alphabet, .. } => alphabet.put(ch, sink),
            Encoding::Ucs2 => Utf16::BigEndian.put(ch, sink),
            Encoding::Ucs2LittleEndian => Utf16::LittleEndian.put(ch, sink),
            Encoding::Latin1 => Latin1.put(ch, sink),
            Encoding::Ascii => Ascii.put(ch, sink),
        }
    }
}

impl Encoding {
    /// The GSM default alphabet, one septet an octet.
    pub const GSM7: Self = Self::Gsm7(Gsm7::DEFAULT);

    /// The encoding of a `data_coding` on a link whose default alphabet is `default`; `None` for binary content and for
    /// codings that are not read.
    ///
    /// Where the link packs GSM text, the GSM data coding groups are packed too.
    #[must_use]
    pub const fn of(data_coding: DataCoding, default: Self) -> Option<Self> {
        match data_coding.alphabet() {
            Alphabet::Default => Some(default),
            Alphabet::Gsm7 if matches!(default, Self::Gsm7(_) | Self::Gsm7Packed { .. }) => Some(default),
            Alphabet::Gsm7 => Some(Self::GSM7),
            Alphabet::Latin1 => Some(Self::Latin1),
            Alphabet::Ucs2 => Some(Self::Ucs2),
            Alphabet::Binary | Alphabet::Other => None,
        }
    }

    /// The `data_coding` that announces it on a link whose default alphabet is `default`.
    ///
    /// GSM text on a link with another default is announced by the message class group, class 1 (0xF1): the only way to
    /// name that alphabet (3GPP TS 23.038 §4).
    #[must_use]
    pub fn data_coding(&self, default: &Self) -> DataCoding {
        match (self, default) {
            (Self::Gsm7(_) | Self::Gsm7Packed { .. }, Self::Gsm7(_) | Self::Gsm7Packed { .. }) => {
                DataCoding::DEFAULT
            }
            (Self::Gsm7(_) | Self::Gsm7Packed { .. }, _) => DataCoding(0xF1),
            (Self::Ucs2 | Self::Ucs2LittleEndian, _) => DataCoding::UCS2,
            (Self::Latin1, Self::Latin1) | (Self::Ascii, Self::Ascii) => DataCoding::DEFAULT,
            (Self::Latin1, _) => DataCoding::LATIN_1,
            (Self::Ascii, _) => DataCoding::IA5,
        }
    }

    /// The GSM tables in use, if it is GSM text.
    #[must_use]
    pub const fn alphabet(&self) -> Option<Gsm7> {
        match self {
            Self::Gsm7(alphabet) | Self::Gsm7Packed { alphabet, .. } => Some(*alphabet),
            _ => None,
        }
    }

    /// GSM text with other tables; any other encoding as it is.
    #[must_use]
    pub const fn with_alphabet(self, alphabet: Gsm7) -> Self {
        match self {
            Self::Gsm7(_) => Self::Gsm7(alphabet),
            Self::Gsm7Packed { fill_bits, .. } => Self::Gsm7Packed { alphabet, fill_bits },
            other => other,
        }
    }

    /// How many units fit into one message beside a user data header of so many octets: 160, 140 or 70 without one
    /// (3GPP TS 23.040 §9.2.3.24).
    ///
    /// ```
    /// use smpp_core::text::Encoding;
    ///
    /// assert_eq!(Encoding::GSM7.capacity(6), 153);
    /// assert_eq!(Encoding::Ucs2.capacity(6), 67);
    /// ```
    #[must_use]
    pub fn capacity(&self, header: usize) -> usize {
        capacity(self.unit_bits(), header)
    }

    /// How many bits a unit of the capacity takes on the air.
    #[must_use]
    pub const fn unit_bits(&self) -> usize {
        match self {
            Self::Gsm7(_) | Self::Gsm7Packed { .. } | Self::Ascii => 7,
            Self::Ucs2 | Self::Ucs2LittleEndian => 16,
            Self::Latin1 => 8,
        }
    }

    /// How many units of a message's [capacity](Self::capacity) `text` takes: septets of GSM text, 16-bit units of UCS2,
    /// octets of Latin-1. ASCII counts the septets that a message center makes of it.
    ///
    /// # Errors
    /// [`Unmapped`]: the first character that cannot be carried.
    pub fn units(&self, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
        with_coder!(*self, coder => coder::units(coder, text, unmappable))
    }

    /// The longest piece at the start of `text` that takes at most `capacity` units.
    ///
    /// It never ends inside a character: neither between an escape and its code nor inside a surrogate pair nor inside
    /// what takes the place of a character.
    ///
    /// # Errors
    /// [`Unmapped`]: the first character that cannot be carried, if it comes before the end of the piece.
    pub fn cut(
        &self,
        text: &str,
        unmappable: Unmappable,
        capacity: usize,
        boundary: Boundary,
    ) -> Result<Piece, Unmapped> {
        with_coder!(*self, coder => boundary.cut(coder, text, unmappable, capacity))
    }

    /// The longest piece at the start of encoded text that takes at most `capacity` units; not for packed text, whose
    /// octets do not end where characters end.
    pub(crate) fn cut_octets(&self, octets: &[u8], capacity: usize) -> Piece {
        match self {
            Self::Gsm7(_) | Self::Gsm7Packed { .. } => cut::septets(octets, capacity),
            Self::Ucs2 => cut::utf16(octets, capacity, u16::from_be_bytes),
            Self::Ucs2LittleEndian => cut::utf16(octets, capacity, u16::from_le_bytes),
            Self::Latin1 => cut::octets(octets, capacity, |_| 1),
            Self::Ascii => cut::octets(octets, capacity, |octet| Ascii.units(octet.into()).unwrap_or(1)),
        }
    }

    /// How many octets [`encode`](Self::encode) writes.
    ///
    /// # Errors
    /// [`Unmapped`]: the first character that cannot be carried.
    pub fn octets(&self, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
        match *self {
            Self::Gsm7Packed { alphabet, fill_bits } => packed::octets(alphabet, text, unmappable, fill_bits),
            other => with_coder!(other, coder => coder::octets(coder, text, unmappable)),
        }
    }

    /// Writes `text` to the start of `out` and returns how many octets it took.
    ///
    /// # Errors
    /// [`EncodeTextError`]; what stands in `out` is then undefined.
    pub fn encode(
        &self,
        text: &str,
        unmappable: Unmappable,
        out: &mut [u8],
    ) -> Result<usize, EncodeTextError> {
        match *self {
            Self::Gsm7Packed { alphabet, fill_bits } => {
                with_gsm7!(alphabet, coder => packed::encode(coder, text, unmappable, fill_bits, out))
            }
            other => with_coder!(other, coder => coder::write_slice(coder, text, unmappable, out)),
        }
    }

    /// The characters of `octets`; what is no text is U+FFFD. See [`Gsm7::decode`] for the rules of GSM text.
    #[must_use]
    pub fn decode<'o>(&self, octets: &'o [u8]) -> Chars<'o> {
        Chars::new(*self, octets)
    }

    /// Decodes into the caller's slice.
    ///
    /// # Errors
    /// [`NoRoom`] when the text does not fit. Three octets an octet are always enough; packed, where seven octets hold
    /// eight characters, 24 for seven.
    pub fn decode_str<'b>(&self, octets: &[u8], out: &'b mut [u8]) -> Result<&'b str, NoRoom> {
        self.decode(octets).write_utf8(out)
    }

    /// Whether decoding needs no U+FFFD in place of what is no text.
    ///
    /// # Errors
    /// [`NoText`]: the first octet from 0x80 in GSM text or ASCII, half of a character in UCS2.
    pub fn check(&self, octets: &[u8]) -> Result<(), NoText> {
        match self {
            Self::Gsm7(_) | Self::Ascii => Gsm7::check(octets),
            Self::Gsm7Packed { .. } | Self::Latin1 => Ok(()),
            Self::Ucs2 => Utf16Chars::new(octets, Utf16::BigEndian).check(),
            Self::Ucs2LittleEndian => Utf16Chars::new(octets, Utf16::LittleEndian).check(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::national::turkish;

    const LATIN_1: Encoding = Encoding::Latin1;

    fn octets(encoding: Encoding, text: &str) -> std::vec::Vec<u8> {
        let mut out = [0; 32];
        let length = encoding.encode(text, Unmappable::Reject, &mut out).unwrap();
        assert_eq!(encoding.octets(text, Unmappable::Reject), Ok(length));
        out[..length].to_vec()
    }

    #[test]
    fn field_note_13_the_link_says_what_data_coding_0_means() {
        for default in [Encoding::GSM7, Encoding::Latin1, Encoding::Ascii] {
            assert_eq!(Encoding::of(DataCoding::DEFAULT, default), Some(default));
            assert_eq!(Encoding::of(DataCoding::IA5, default), Some(default));
            assert_eq!(default.data_coding(&default), DataCoding::DEFAULT);
        }
        assert_eq!(Encoding::of(DataCoding(0xF0), LATIN_1), Some(Encoding::GSM7));
        assert_eq!(Encoding::of(DataCoding(0x18), LATIN_1), Some(Encoding::Ucs2));
        let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
        assert_eq!(Encoding::of(DataCoding(0xF0), packed), Some(packed));
        assert_eq!(Encoding::of(DataCoding::OCTETS, LATIN_1), None);
        assert_eq!(Encoding::of(DataCoding::JIS, LATIN_1), None);
        assert_eq!(LATIN_1.data_coding(&Encoding::GSM7), DataCoding::LATIN_1);
        assert_eq!(Encoding::Ascii.data_coding(&Encoding::GSM7), DataCoding::IA5);
        assert_eq!(Encoding::GSM7.data_coding(&LATIN_1), DataCoding(0xF1));
        assert_eq!(Encoding::of(DataCoding(0xF1), LATIN_1), Some(Encoding::GSM7));
    }

    #[test]
    fn one_text_in_every_encoding() {
        assert_eq!(octets(Encoding::GSM7, "é[@"), b"\x05\x1B\x3C\x00");
        assert_eq!(octets(Encoding::Latin1, "é[@"), b"\xE9[@");
        assert_eq!(octets(Encoding::Ascii, "e[@"), b"e[@");
        assert_eq!(octets(Encoding::Ucs2, "é[@"), b"\0\xE9\0[\0@");
        assert_eq!(octets(Encoding::Ucs2LittleEndian, "é[@"), b"\xE9\0[\0@\0");
        let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
        assert_eq!(octets(packed, "é["), b"\x85\x0D\x0F");
        assert_eq!(packed.units("é[", Unmappable::Reject), Ok(3));
    }

    #[test]
    fn ascii_counts_the_septets_it_becomes_on_the_air() {
        assert_eq!(Encoding::Ascii.units("a{b}`", Unmappable::Reject), Ok(7));
        assert_eq!(Encoding::Ascii.octets("a{b}`", Unmappable::Reject), Ok(5));
        assert!(Encoding::Ascii.units("é", Unmappable::Reject).is_err());
        assert_eq!(Encoding::Ascii.units("é", Unmappable::TRANSLITERATE), Ok(1));
    }

    #[test]
    fn tables_change_gsm_text_only() {
        let turkish = Gsm7 { locking: None, single: Some(&turkish::SINGLE_SHIFT) };
        assert_eq!(Encoding::GSM7.with_alphabet(turkish), Encoding::Gsm7(turkish));
        assert_eq!(Encoding::Ucs2.with_alphabet(turkish), Encoding::Ucs2);
    }

    #[test]
    fn check_finds_what_decoding_replaces() {
        assert_eq!(Encoding::Ascii.check(b"a\x80"), Err(NoText { offset: 1 }));
        assert_eq!(Encoding::Latin1.check(b"a\x80"), Ok(()));
        assert_eq!(Encoding::GSM7.check(b"\x1B\x1B"), Ok(()));
        assert_eq!(Encoding::Ucs2LittleEndian.check(b"\x00\xDE"), Err(NoText { offset: 0 }));
    }
}
