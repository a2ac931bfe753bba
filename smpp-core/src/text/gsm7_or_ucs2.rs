//! The two encodings that every handset reads, for programs that carry code for no others.

use super::coder::{self, Coder, Sink};
use super::cut::{Boundary, Piece};
use super::gsm7::{DefaultGsm7, Gsm7Chars};
use super::ucs2::{Utf16, Utf16Chars};
use super::{AnyEncoding, EncodeTextError, Encoding, Gsm7, Unmappable, Unmapped};
use crate::types::{Alphabet, DataCoding};
use core::iter::Copied;
use core::slice::Iter;

/// The GSM default alphabet or UCS2: what every handset reads.
///
/// It is [`Encoding`] without all that a small program need not carry: packed text, national tables, Latin-1 and ASCII,
/// the other byte order. [`Segmenter::text`](crate::sms::segment::Segmenter::text) takes either.
///
/// ```
/// use smpp_core::sms::segment::Segmenter;
/// use smpp_core::text::{Gsm7OrUcs2, Unmappable};
///
/// let text = "Pressure 2 bar";
/// let encoding = Gsm7OrUcs2::choose(text, Unmappable::Reject);
/// assert_eq!(encoding, Gsm7OrUcs2::Gsm7);
/// let mut octets = [0; 160];
/// for part in Segmenter::default().text(text, encoding)? {
///     let len = part.write(0, &mut octets).unwrap();
///     assert!(encoding.decode(&octets[..len]).eq(text.chars()));
/// }
/// # Ok::<(), smpp_core::sms::segment::SegmentError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Gsm7OrUcs2 {
    /// GSM 03.38, the default alphabet with its extension, one septet an octet: [`Encoding::GSM7`].
    #[default]
    Gsm7,
    /// UTF-16, big-endian, surrogate pairs: [`Encoding::Ucs2`].
    Ucs2,
}

impl Gsm7OrUcs2 {
    /// The GSM default alphabet if it carries all of `text`, else UCS2, which carries everything.
    ///
    /// [`Unmappable::Transliterate`] makes the alphabet carry what it lacks; a question mark never does, since UCS2 carries
    /// the character itself.
    #[must_use]
    pub fn choose(text: &str, unmappable: Unmappable) -> Self {
        let unmappable = match unmappable {
            Unmappable::Replace => Unmappable::Reject,
            other => other,
        };
        if coder::units(Self::Gsm7, text, unmappable).is_ok() { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// The encoding of a `data_coding` on a link whose default alphabet is the GSM one; `None` for every other content.
    #[must_use]
    pub const fn of(data_coding: DataCoding) -> Option<Self> {
        match data_coding.alphabet() {
            Alphabet::Default | Alphabet::Gsm7 => Some(Self::Gsm7),
            Alphabet::Ucs2 => Some(Self::Ucs2),
            Alphabet::Binary | Alphabet::Latin1 | Alphabet::Other => None,
        }
    }

    /// The `data_coding` that announces it on such a link.
    #[must_use]
    pub const fn data_coding(self) -> DataCoding {
        match self {
            Self::Gsm7 => DataCoding::DEFAULT,
            Self::Ucs2 => DataCoding::UCS2,
        }
    }

    /// Writes `text` to the start of `out` and returns how many octets it took.
    ///
    /// # Errors
    /// [`EncodeTextError`]; what stands in `out` is then undefined.
    pub fn encode(
        self,
        text: &str,
        unmappable: Unmappable,
        out: &mut [u8],
    ) -> Result<usize, EncodeTextError> {
        coder::write_slice(self, text, unmappable, out)
    }

    /// The characters of `octets`; what is no text is U+FFFD. See [`Gsm7::decode`] for the rules of GSM text.
    #[must_use]
    pub fn decode(self, octets: &[u8]) -> Gsm7OrUcs2Chars<'_> {
        Gsm7OrUcs2Chars(match self {
            Self::Gsm7 => Kind::Gsm7(Gsm7::DEFAULT.decode(octets.iter().copied())),
            Self::Ucs2 => Kind::Ucs2(Utf16Chars::new(octets, Utf16::BigEndian)),
        })
    }
}

impl From<Gsm7OrUcs2> for Encoding {
    fn from(basic: Gsm7OrUcs2) -> Self {
        match basic {
            Gsm7OrUcs2::Gsm7 => Self::GSM7,
            Gsm7OrUcs2::Ucs2 => Self::Ucs2,
        }
    }
}

/// Asks for the encoding at each character: one copy of each loop for both.
impl Coder for Gsm7OrUcs2 {
    fn units(self, ch: char) -> Option<usize> {
        match self {
            Self::Gsm7 => DefaultGsm7.units(ch),
            Self::Ucs2 => Utf16::BigEndian.units(ch),
        }
    }

    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        match self {
            Self::Gsm7 => DefaultGsm7.put(ch, sink),
            Self::Ucs2 => Utf16::BigEndian.put(ch, sink),
        }
    }
}

impl AnyEncoding for Gsm7OrUcs2 {
    fn unit_bits(&self) -> usize {
        match self {
            Self::Gsm7 => 7,
            Self::Ucs2 => 16,
        }
    }

    fn cut(
        &self,
        text: &str,
        unmappable: Unmappable,
        capacity: usize,
        boundary: Boundary,
    ) -> Result<Piece, Unmapped> {
        boundary.cut(*self, text, unmappable, capacity)
    }

    fn octets(&self, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
        coder::octets(*self, text, unmappable)
    }

    fn encode(&self, text: &str, unmappable: Unmappable, out: &mut [u8]) -> Result<usize, EncodeTextError> {
        (*self).encode(text, unmappable, out)
    }
}

/// The characters of text: see [`Gsm7OrUcs2::decode`].
#[derive(Clone, Debug)]
pub struct Gsm7OrUcs2Chars<'o>(Kind<'o>);

#[derive(Clone, Debug)]
enum Kind<'o> {
    Gsm7(Gsm7Chars<Copied<Iter<'o, u8>>>),
    Ucs2(Utf16Chars<'o>),
}

impl Iterator for Gsm7OrUcs2Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match &mut self.0 {
            Kind::Gsm7(chars) => chars.next(),
            Kind::Ucs2(chars) => chars.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    const TEXTS: [&str; 7] = ["", "Pressure 2 bar", "5 € [é]", "“ê” …", "Привет", "a😀b", "\u{1B}`"];

    /// The octets of a text, if it can be carried.
    fn octets(
        encoding: impl AnyEncoding,
        text: &str,
        unmappable: Unmappable,
    ) -> Result<Vec<u8>, EncodeTextError> {
        let mut out = [0; 64];
        let len = encoding.encode(text, unmappable, &mut out)?;
        assert_eq!(encoding.octets(text, unmappable), Ok(len));
        let no_room = EncodeTextError::NoRoom { needed: len };
        for room in 0..len {
            assert_eq!(encoding.encode(text, unmappable, &mut out[..room]), Err(no_room), "{text} in {room}");
        }
        Ok(out[..len].to_vec())
    }

    #[test]
    fn it_writes_cuts_and_reads_what_the_encoding_of_its_name_does() {
        for basic in [Gsm7OrUcs2::Gsm7, Gsm7OrUcs2::Ucs2] {
            let encoding = Encoding::from(basic);
            assert_eq!(basic.data_coding(), encoding.data_coding(&Encoding::GSM7));
            assert_eq!(AnyEncoding::unit_bits(&basic), encoding.unit_bits());
            for unmappable in [Unmappable::Reject, Unmappable::Replace, Unmappable::TRANSLITERATE] {
                for text in TEXTS {
                    let written = octets(basic, text, unmappable);
                    assert_eq!(written, octets(encoding, text, unmappable), "{text}");
                    for capacity in 0..12 {
                        let boundary = Boundary::Character;
                        let piece = AnyEncoding::cut(&basic, text, unmappable, capacity, boundary);
                        assert_eq!(piece, encoding.cut(text, unmappable, capacity, boundary), "{text}");
                    }
                }
            }
            let octets: Vec<u8> = (0..=255).chain([0xD8, 0x3D, 0xDE, 0x00, 0x1B]).collect();
            assert!(basic.decode(&octets).eq(encoding.decode(&octets)));
        }
    }

    #[test]
    fn the_choice_is_the_one_among_the_usual_candidates() {
        let cut = crate::sms::segment::Segmenter::default();
        for text in TEXTS {
            let choice = cut.choose(text, &crate::text::Candidates::default());
            assert_eq!(
                Encoding::from(Gsm7OrUcs2::choose(text, Unmappable::Reject)),
                choice.encoding,
                "{text}"
            );
            assert_eq!(
                Gsm7OrUcs2::choose(text, Unmappable::Replace),
                Gsm7OrUcs2::choose(text, Unmappable::Reject)
            );
        }
        assert_eq!(Gsm7OrUcs2::choose("“ê” …", Unmappable::TRANSLITERATE), Gsm7OrUcs2::Gsm7);
        assert_eq!(Gsm7OrUcs2::choose("Привет", Unmappable::TRANSLITERATE), Gsm7OrUcs2::Ucs2);
    }

    #[test]
    fn every_data_coding_is_its_encoding_or_none() {
        for coding in (0..=255).map(DataCoding) {
            let encoding =
                Encoding::of(coding, Encoding::GSM7).filter(|encoding| *encoding != Encoding::Latin1);
            assert_eq!(Gsm7OrUcs2::of(coding).map(Encoding::from), encoding, "{coding}");
        }
    }

    #[test]
    fn long_texts_are_cut_as_the_encoding_cuts_them() {
        let cut = crate::sms::segment::Segmenter::default();
        for text in [&"5 € ".repeat(60), &"a😀b".repeat(40)] {
            let basic = Gsm7OrUcs2::choose(text, Unmappable::Reject);
            let (mut out, mut other, mut read) = ([0; 160], [0; 160], String::new());
            let parts = cut.text(text, basic).unwrap();
            assert!(parts.total() > 1);
            for (part, same) in parts.zip(cut.text(text, Encoding::from(basic)).unwrap()) {
                let len = part.write(7, &mut out).unwrap();
                assert_eq!(same.write(7, &mut other).map(|len| &other[..len]), Ok(&out[..len]));
                let header = part.header(7).octets();
                read.extend(basic.decode(&out[header..len]));
            }
            assert_eq!(read, **text);
        }
    }
}
