//! Cutting a long message into parts.
//!
//! ```
//! use smpp_core::sms::segment::{Segmenter, Method};
//! use smpp_core::text::{Candidates, Encoding};
//!
//! let text = "All work and no play makes Jack a dull boy. ".repeat(5);
//! let cut = Segmenter { method: Method::Udh8, ..Segmenter::default() };
//! let choice = cut.choose(&text, &Candidates::default());
//! assert_eq!(choice.encoding, Encoding::GSM7);
//!
//! let mut octets = [0; 160];
//! let mut sizes = [0; 2];
//! for (part, size) in cut.text(&text, choice.encoding)?.zip(&mut sizes) {
//!     *size = part.write(0x2A, &mut octets).unwrap();
//!     assert_eq!(octets[..6], [5, 0, 3, 0x2A, 2, part.number]);
//! }
//! assert_eq!(sizes, [6 + 153, 6 + 67]);
//! # Ok::<(), smpp_core::sms::segment::SegmentError>(())
//! ```

mod content;
mod part;
mod position;

pub use part::{Segment, Segments, WriteSegmentError};
pub use position::Position;

use super::udh::{Concatenation, Element, Header, Ports, Shifts};
use crate::text::national::Language;
use crate::text::{
    AnyEncoding, Boundary, Candidates, Choice, Cost, Encoding, Gsm7, Piece, USER_DATA, Unmappable, Unmapped,
    capacity,
};
use content::{Coding, Content, REMEMBERED, SegmentPiece, binary_piece, encoded_piece, text_piece};
use core::fmt;

/// Octets that `message_payload` can hold: a TLV's length has 16 bits.
const PAYLOAD: usize = 0xFFFF;

/// What octets that are no text are cut as: eight bits a unit.
const BINARY: Encoding = Encoding::Latin1;

/// How the parts of a long message are told to the receiver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Method {
    /// A user data header with an 8-bit reference in front of each part.
    #[default]
    Udh8,
    /// A user data header with a 16-bit reference in front of each part.
    Udh16,
    /// The TLVs `sar_msg_ref_num`, `sar_total_segments` and `sar_segment_seqnum` beside each part (SMPP 3.4 §5.3.2.22).
    Sar {
        /// Whether the message center makes 16-bit references of them: the parts then leave room for a header of 7
        /// octets in place of 6.
        wide: bool,
    },
    /// The whole message in `message_payload`; the message center cuts it (SMPP 3.4 §5.3.2.32).
    Payload,
}

/// How to cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Segmenter<'c> {
    /// How parts are told.
    pub method: Method,
    /// What to do with characters that the encoding lacks.
    pub unmappable: Unmappable,
    /// What is never cut into two.
    pub boundary: Boundary,
    /// Application ports in the header of each part, also of a single one.
    pub ports: Option<Ports>,
    /// Other elements in the header of each part, also of a single one.
    pub others: &'c [Element<'c>],
}

/// Why a message was not cut.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SegmentError {
    /// A character that the encoding lacks.
    Unmapped(Unmapped),
    /// A message has at most 255 parts.
    TooManyParts {
        /// How many it would have.
        parts: usize,
    },
    /// `message_payload` holds at most 65,535 octets.
    PayloadTooLong {
        /// How many there would be.
        octets: usize,
    },
    /// More than one part, each with a header for national tables, ports or other elements: only
    /// [`Method::Udh8`] and [`Method::Udh16`] can tell the parts then.
    HeaderNeedsUdh,
    /// The header's elements leave no room for a character.
    NoRoomBesideHeader,
    /// Octets of packed text do not end where characters end: decode it and cut the text.
    Packed,
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmapped(unmapped) => unmapped.fmt(f),
            Self::TooManyParts { parts } => write!(f, "{parts} parts, at most 255 can be told"),
            Self::PayloadTooLong { octets } => {
                write!(f, "{octets} octets, message_payload holds at most {PAYLOAD}")
            }
            Self::HeaderNeedsUdh => f.write_str(
                "more than one part with national tables, ports or other header elements: use udh8 or udh16",
            ),
            Self::NoRoomBesideHeader => f.write_str("the header leaves no room for a character"),
            Self::Packed => f.write_str("packed text cannot be cut between octets"),
        }
    }
}

impl core::error::Error for SegmentError {}

impl From<Unmapped> for SegmentError {
    fn from(unmapped: Unmapped) -> Self {
        Self::Unmapped(unmapped)
    }
}

impl<'c> Segmenter<'c> {
    /// Cuts a text. What fits into one message is one part without concatenation; so is the empty text.
    ///
    /// The header of each part names the national tables of `encoding`. Packed text gets the fill bits that its header
    /// asks for, whatever `encoding` says.
    ///
    /// # Errors
    /// [`SegmentError`].
    pub fn text<'t, E: AnyEncoding>(
        &self,
        text: &'t str,
        encoding: E,
    ) -> Result<Segments<'t, E>, SegmentError>
    where
        'c: 't,
    {
        self.segments(Content::Text(text), encoding, encoding.unit_bits(), text_piece)
    }

    /// Cuts text that is encoded already, so that nothing is coded twice: what came in one `message_payload`, or what
    /// the caller has room to encode as a whole. Pairs stay whole; grapheme clusters do not.
    ///
    /// # Errors
    /// [`SegmentError`].
    pub fn encoded<'t>(&self, octets: &'t [u8], encoding: Encoding) -> Result<Segments<'t>, SegmentError>
    where
        'c: 't,
    {
        if let Encoding::Gsm7Packed { .. } = encoding {
            return Err(SegmentError::Packed);
        }
        self.segments(Content::Octets(octets), encoding, encoding.unit_bits(), encoded_piece)
    }

    /// Cuts octets that are no text.
    ///
    /// # Errors
    /// [`SegmentError`].
    pub fn binary<'t>(&self, octets: &'t [u8]) -> Result<Segments<'t>, SegmentError>
    where
        'c: 't,
    {
        self.segments(Content::Octets(octets), BINARY, 8, binary_piece)
    }

    /// The encoding in which `text`, cut this way, takes the fewest parts, and then the fewest octets on the air.
    #[must_use]
    pub fn choose(&self, text: &str, candidates: &Candidates<'_>) -> Choice {
        candidates.choose(text, self.unmappable, |encoding| {
            let units = encoding.units(text, self.unmappable).ok()?;
            let octets = units.saturating_mul(encoding.unit_bits()).div_ceil(8);
            let (parts, header) = match self.text(text, encoding) {
                Ok(segments) => (usize::from(segments.total), segments.part_header(0, 1).octets()),
                Err(SegmentError::TooManyParts { parts }) => (parts, 0),
                Err(_) => return None,
            };
            Some(Cost { parts, octets: octets.saturating_add(header.saturating_mul(parts)) })
        })
    }

    fn segments<'t, E: AnyEncoding>(
        &self,
        content: Content<'t>,
        encoding: E,
        unit_bits: usize,
        cut_piece: SegmentPiece<E>,
    ) -> Result<Segments<'t, E>, SegmentError>
    where
        'c: 't,
    {
        let mut segments = self.uncounted(content, encoding, cut_piece);
        let beside = segments.header.octets();
        if beside > USER_DATA {
            return Err(SegmentError::NoRoomBesideHeader);
        }
        segments.capacity = capacity(unit_bits, beside);
        if segments.fits_into_one()? {
            return Ok(segments);
        }
        // There will be at least two.
        segments.total = 2;
        segments.capacity = match self.method {
            Method::Udh8 | Method::Udh16 => capacity(unit_bits, segments.part_header(0, 1).octets()),
            _ if beside > 0 => return Err(SegmentError::HeaderNeedsUdh),
            Method::Sar { wide: false } => capacity(unit_bits, 6),
            Method::Sar { wide: true } => capacity(unit_bits, 7),
            Method::Payload => usize::MAX,
        };
        let parts = segments.count_parts()?;
        segments.total = u8::try_from(parts).map_err(|_| SegmentError::TooManyParts { parts })?;
        Ok(segments)
    }

    /// One part without room: how many there are and what they hold is not known yet.
    fn uncounted<'t, E: AnyEncoding>(
        &self,
        content: Content<'t>,
        mut encoding: E,
        cut_piece: SegmentPiece<E>,
    ) -> Segments<'t, E>
    where
        'c: 't,
    {
        if let Some(fill_bits) = encoding.fill_bits() {
            *fill_bits = 0;
        }
        let shifts = shifts(encoding.tables());
        Segments {
            rest: content,
            coding: Coding { encoding, unmappable: self.unmappable },
            cut_piece,
            first: [Piece { octets: 0, units: 0 }; REMEMBERED],
            capacity: 0,
            boundary: self.boundary,
            method: self.method,
            header: Header { ports: self.ports, shifts, others: self.others, ..Header::NONE },
            given: 0,
            total: 1,
        }
    }
}

/// The tables that each part has to name.
fn shifts(tables: Gsm7) -> Shifts {
    let (locking, single) = tables.languages();
    let identifier = |language: Option<Language>| language.map(|language| language.0);
    Shifts { locking: identifier(locking), single: identifier(single) }
}

impl Method {
    const fn part(self, reference: u16, total: u8, sequence: u8) -> Concatenation {
        Concatenation { reference, wide: matches!(self, Self::Udh16), total, sequence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::udh::{HeaderError, Iei};
    use crate::text::{EncodeTextError, national::turkish};
    use std::vec::Vec;

    const TURKISH: Encoding = Encoding::Gsm7(Gsm7 { locking: None, single: Some(&turkish::SINGLE_SHIFT) });

    fn units(method: Method, text: &str, encoding: Encoding) -> Vec<usize> {
        let cut = Segmenter { method, ..Segmenter::default() };
        cut.text(text, encoding).unwrap().map(|part| part.units).collect()
    }

    #[test]
    fn one_message_is_one_part_without_a_header() {
        for method in [Method::Udh8, Method::Udh16, Method::Sar { wide: false }, Method::Payload] {
            assert_eq!(units(method, "", Encoding::GSM7), [0]);
            assert_eq!(units(method, &"a".repeat(160), Encoding::GSM7), [160]);
            assert_eq!(units(method, &"ж".repeat(70), Encoding::Ucs2), [70]);
        }
        let text = "€".repeat(80);
        let part = Segmenter::default().text(&text, Encoding::GSM7).unwrap().next().unwrap();
        let mut out = [0; 160];
        assert_eq!((part.write(0, &mut out), part.has_header()), (Ok(160), false));
    }

    #[test]
    fn parts_leave_room_for_the_header_of_their_method() {
        let text = "a".repeat(161);
        assert_eq!(units(Method::Udh8, &text, Encoding::GSM7), [153, 8]);
        assert_eq!(units(Method::Udh16, &text, Encoding::GSM7), [152, 9]);
        assert_eq!(units(Method::Sar { wide: false }, &text, Encoding::GSM7), [153, 8]);
        assert_eq!(units(Method::Sar { wide: true }, &text, Encoding::GSM7), [152, 9]);
        assert_eq!(units(Method::Payload, &text, Encoding::GSM7), [161]);
        assert_eq!(units(Method::Udh8, &"😀".repeat(36), Encoding::Ucs2), [66, 6]);
        assert_eq!(units(Method::Sar { wide: true }, &"é".repeat(141), Encoding::Latin1), [133, 8]);
    }

    #[test]
    fn field_note_15_an_escape_pair_is_never_cut() {
        let text = std::format!("{}€b", "a".repeat(152));
        let long = std::format!("{text}{}", "c".repeat(20));
        assert_eq!(units(Method::Udh8, &long, Encoding::GSM7), [152, 2 + 1 + 20]);
    }

    #[test]
    fn every_part_names_the_national_tables_and_the_ports() {
        let ports = Ports { destination: 2948, source: 9200, wide: true };
        let cut = Segmenter { ports: Some(ports), ..Segmenter::default() };
        let text = "ğ".repeat(100);
        let mut segments = cut.text(&text, TURKISH).unwrap();
        assert_eq!((segments.total(), segments.len()), (2, 2));
        let mut out = [0; 160];
        for number in 1..=2 {
            let part = segments.next().unwrap();
            let length = part.write(7, &mut out).unwrap();
            assert_eq!(out[..15], [14, 0, 3, 7, 2, number, 5, 4, 0x0B, 0x84, 0x23, 0xF0, 0x24, 1, 1]);
            assert_eq!(length, 15 + part.units);
        }
    }

    #[test]
    fn more_than_255_parts_are_refused_with_their_number() {
        let most = "a".repeat(255 * 153);
        assert_eq!(Segmenter::default().text(&most, Encoding::GSM7).unwrap().total(), 255);
        let more = std::format!("{most}a");
        let error = Segmenter::default().text(&more, Encoding::GSM7).unwrap_err();
        assert_eq!(error, SegmentError::TooManyParts { parts: 256 });
        assert_eq!(std::format!("{error}"), "256 parts, at most 255 can be told");
        let payload = Segmenter { method: Method::Payload, ..Segmenter::default() };
        assert!(payload.text(&more, Encoding::GSM7).is_ok());
        let octets = 65_536;
        let error = payload.binary(&std::vec![0; octets]).unwrap_err();
        assert_eq!(error, SegmentError::PayloadTooLong { octets });
    }

    #[test]
    fn field_note_18_a_header_does_not_go_with_payload_or_sar() {
        for method in [Method::Payload, Method::Sar { wide: false }] {
            let cut = Segmenter { method, ..Segmenter::default() };
            assert_eq!(cut.text(&"ğ".repeat(77), TURKISH).unwrap().total(), 1);
            assert_eq!(cut.text(&"ğ".repeat(78), TURKISH).unwrap_err(), SegmentError::HeaderNeedsUdh);
        }
    }

    #[test]
    fn a_header_that_fills_the_message_is_refused() {
        let data = [0; 137];
        for (size, error) in [(136, None), (137, Some(SegmentError::NoRoomBesideHeader))] {
            let others = [Element { iei: Iei(0x70), data: &data[..size] }];
            let cut = Segmenter { others: &others, ..Segmenter::default() };
            assert_eq!(cut.text("a", Encoding::GSM7).err(), error);
            assert_eq!(cut.text("aa", Encoding::GSM7).err(), Some(SegmentError::NoRoomBesideHeader));
        }
    }

    #[test]
    fn a_missing_character_has_its_index_in_the_whole_text() {
        let text = std::format!("{}ж", "a".repeat(400));
        let error = Segmenter::default().text(&text, Encoding::GSM7).unwrap_err();
        assert_eq!(error, SegmentError::Unmapped(Unmapped { ch: 'ж', index: 400 }));
    }

    #[test]
    fn a_part_that_does_not_fit_is_told_its_size() {
        let text = "a".repeat(200);
        let part = Segmenter::default().text(&text, Encoding::GSM7).unwrap().next().unwrap();
        let mut out = [0; 100];
        let no_room = EncodeTextError::NoRoom { needed: 159 };
        assert_eq!(part.write(0, &mut out), Err(WriteSegmentError::Content(no_room)));
        let wide = part.write(0x100, &mut out);
        assert_eq!(wide, Err(WriteSegmentError::Header(HeaderError::Concatenation)));
    }

    #[test]
    fn packed_text_has_the_fill_bits_of_its_header_and_no_others() {
        let encoding = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 6 };
        for (length, octets) in [(160, 140), (161, 6 + 134)] {
            let text = "a".repeat(length);
            let part = Segmenter::default().text(&text, encoding).unwrap().next().unwrap();
            assert_eq!(part.write(0, &mut [0; 160]), Ok(octets));
        }
    }

    #[test]
    fn encoded_text_is_cut_like_text() {
        let gsm = "a€bc[".repeat(60);
        let ucs2 = "a😀бв".repeat(40);
        for (text, encoding) in [(gsm, Encoding::GSM7), (ucs2, Encoding::Ucs2)] {
            let mut octets = [0; 1000];
            let length = encoding.encode(&text, Unmappable::Reject, &mut octets).unwrap();
            let cut = Segmenter { method: Method::Udh16, ..Segmenter::default() };
            let (of_text, of_octets) =
                (cut.text(&text, encoding).unwrap(), cut.encoded(&octets[..length], encoding).unwrap());
            assert!(of_text.len() > 1 && of_text.len() == of_octets.len());
            for (left, right) in of_text.zip(of_octets) {
                let (mut left_out, mut right_out) = ([0; 160], [0; 160]);
                assert_eq!(left.write(7, &mut left_out), right.write(7, &mut right_out));
                assert_eq!((left.units, left_out), (right.units, right_out));
            }
        }
        let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
        assert_eq!(Segmenter::default().encoded(b"", packed).unwrap_err(), SegmentError::Packed);
    }

    #[test]
    fn the_choice_weighs_parts_first() {
        let candidates = Candidates { national: &crate::text::national::CANDIDATES, ..Candidates::default() };
        // 70 units of UCS2, one part; 72 are two, and one with the Turkish tables.
        let text = "Ş".repeat(72);
        assert_eq!(Segmenter::default().choose(&text, &Candidates::default()).encoding, Encoding::Ucs2);
        let choice = Segmenter::default().choose(&text, &candidates);
        assert_eq!(choice.because, Some(Unmapped { ch: 'Ş', index: 0 }));
        assert_eq!(Segmenter::default().text(&text, choice.encoding).unwrap().total(), 1);
        // Neither TLVs nor payload can tell the parts of a text that has a header.
        let long = "Ş".repeat(400);
        let payload = Segmenter { method: Method::Payload, ..Segmenter::default() };
        assert_eq!(payload.choose(&long, &candidates).encoding, Encoding::Ucs2);
    }
}
