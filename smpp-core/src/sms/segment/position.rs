//! Going on with a message where its cutting stopped.

use super::content::{REMEMBERED, SegmentPiece};
use super::{Content, Segmenter, Segments};
use crate::text::{AnyEncoding, Encoding, Piece};

/// Where the cutting of a message stopped: what is kept of it between two parts, when the text cannot stay borrowed so
/// long. [`Segments::position`] gives it, [`Segmenter::resume`] goes on there.
///
/// All parts of a message, each cut for itself, so cost as much as the message is long, and not that for each part.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Position {
    /// Octets of the content that no part has yet.
    left: usize,
    /// Units that a part holds: a message in one `message_payload` is one part, too, but a larger one.
    capacity: usize,
    given: u8,
    total: u8,
}

impl Position {
    /// How many parts are still to come.
    #[must_use]
    pub const fn parts_left(self) -> u8 {
        self.total.saturating_sub(self.given)
    }
}

impl<E: AnyEncoding> Segments<'_, E> {
    /// Where the next part begins.
    #[must_use]
    pub const fn position(&self) -> Position {
        let left = self.rest.octets().len();
        Position { left, capacity: self.capacity, given: self.given, total: self.total }
    }
}

impl<'c> Segmenter<'c> {
    /// Goes on with a text that [`Segmenter::text`] cut up to `at`, without looking at what is before that. Everything else has
    /// to be as it was: the text, the encoding and how it is cut. `None` where it can be seen that the text is another one.
    ///
    /// ```
    /// use smpp_core::sms::segment::Segmenter;
    /// use smpp_core::text::Encoding;
    ///
    /// let (segmenter, text) = (Segmenter::default(), "All work and no play makes Jack a dull boy. ".repeat(5));
    /// let mut segments = segmenter.text(&text, Encoding::GSM7)?;
    /// let first = segments.next().unwrap();
    /// let at = segments.position();
    /// // Later, when there is room for it:
    /// let second = segmenter.resume(&text, Encoding::GSM7, at).unwrap().next().unwrap();
    /// assert_eq!((first.number, second.number, second.total), (1, 2, 2));
    /// # Ok::<(), smpp_core::sms::segment::SegmentError>(())
    /// ```
    #[must_use]
    pub fn resume<'t, E: AnyEncoding>(
        &self,
        text: &'t str,
        encoding: E,
        at: Position,
    ) -> Option<Segments<'t, E>>
    where
        'c: 't,
    {
        let rest = text.get(text.len().checked_sub(at.left)?..)?;
        Some(self.resumed(Content::Text(rest), encoding, super::text_piece, at))
    }

    /// Goes on with encoded text that [`Segmenter::encoded`] cut up to `at`, see [`Segmenter::resume`].
    #[must_use]
    pub fn resume_encoded<'t>(
        &self,
        octets: &'t [u8],
        encoding: Encoding,
        at: Position,
    ) -> Option<Segments<'t>>
    where
        'c: 't,
    {
        let rest = octets.get(octets.len().checked_sub(at.left)?..)?;
        Some(self.resumed(Content::Octets(rest), encoding, super::encoded_piece, at))
    }

    /// Goes on with octets that [`Segmenter::binary`] cut up to `at`, see [`Segmenter::resume`].
    #[must_use]
    pub fn resume_binary<'t>(&self, octets: &'t [u8], at: Position) -> Option<Segments<'t>>
    where
        'c: 't,
    {
        let rest = octets.get(octets.len().checked_sub(at.left)?..)?;
        Some(self.resumed(Content::Octets(rest), super::BINARY, super::binary_piece, at))
    }

    fn resumed<'t, E: AnyEncoding>(
        &self,
        rest: Content<'t>,
        encoding: E,
        cut_piece: SegmentPiece<E>,
        at: Position,
    ) -> Segments<'t, E>
    where
        'c: 't,
    {
        let first = [Piece { octets: 0, units: 0 }; REMEMBERED];
        let Position { capacity, given, total, .. } = at;
        Segments { first, capacity, given, total, ..self.uncounted(rest, encoding, cut_piece) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Method;
    use super::*;
    use crate::text::{Boundary, Gsm7, Unmappable, national::turkish};

    const TURKISH: Encoding = Encoding::Gsm7(Gsm7 { locking: None, single: Some(&turkish::SINGLE_SHIFT) });
    const PACKED: Encoding = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };

    const BOUNDARIES: &[Boundary] = &[
        Boundary::Character,
        #[cfg(feature = "graphemes")]
        Boundary::Grapheme,
    ];

    /// Cuts the text once as a whole and once part by part, and gives how many parts there were.
    fn compare(segmenter: &Segmenter<'_>, text: &str, encoding: Encoding) -> usize {
        let Ok(whole) = segmenter.text(text, encoding) else { return 0 };
        let (parts, mut at) = (whole.len(), whole.position());
        for part in whole {
            assert_eq!(usize::from(at.parts_left()), parts + 1 - usize::from(part.number));
            let mut rest = segmenter.resume(text, encoding, at).unwrap();
            assert_eq!(rest.next(), Some(part), "{segmenter:?} {encoding:?}");
            at = rest.position();
        }
        assert_eq!(segmenter.resume(text, encoding, at).unwrap().next(), None);
        parts
    }

    #[test]
    fn a_text_that_is_resumed_at_each_part_has_the_same_parts() {
        let sar = Method::Sar { wide: false };
        let mut most = 0;
        for method in [Method::Udh8, Method::Udh16, sar, Method::Payload] {
            for boundary in BOUNDARIES.iter().copied() {
                let segmenter = Segmenter {
                    method,
                    boundary,
                    unmappable: Unmappable::TRANSLITERATE,
                    ..Segmenter::default()
                };
                for pattern in ["a", "a€[b", "ğe\u{301}", "😀e\u{301}x", "“q” – …"] {
                    for times in [0, 1, 39, 40, 70, 160, 161, 700] {
                        let text = pattern.repeat(times);
                        for encoding in [Encoding::GSM7, TURKISH, PACKED, Encoding::Ucs2, Encoding::Latin1] {
                            most = most.max(compare(&segmenter, &text, encoding));
                        }
                    }
                }
            }
        }
        assert!(most > 2 * REMEMBERED, "{most}");
    }

    #[test]
    fn octets_that_are_resumed_at_each_part_have_the_same_parts() {
        let octets: std::vec::Vec<u8> = (0..2000).map(|number| number as u8).collect();
        for length in [0, 140, 141, 2000] {
            let (segmenter, octets) = (Segmenter::default(), &octets[..length]);
            let whole = segmenter.binary(octets).unwrap();
            let mut at = whole.position();
            for part in whole {
                let mut rest = segmenter.resume_binary(octets, at).unwrap();
                assert_eq!(rest.next(), Some(part));
                at = rest.position();
            }
            assert_eq!(at.parts_left(), 0);
        }
    }

    #[test]
    fn encoded_text_that_is_resumed_at_each_part_has_the_same_parts() {
        let segmenter = Segmenter::default();
        for (octets, encoding) in
            [(b"\x1Bea".repeat(400), Encoding::GSM7), (b"\xD8\x3D\xDE\x00\0a".repeat(300), Encoding::Ucs2)]
        {
            let whole = segmenter.encoded(&octets, encoding).unwrap();
            let mut at = whole.position();
            for part in whole {
                let mut rest = segmenter.resume_encoded(&octets, encoding, at).unwrap();
                assert_eq!(rest.next(), Some(part));
                at = rest.position();
            }
            assert_eq!(at.parts_left(), 0);
        }
    }

    #[test]
    fn another_text_that_is_shorter_or_has_no_character_there_is_not_resumed() {
        let (segmenter, text) = (Segmenter::default(), "a".repeat(200));
        let mut segments = segmenter.text(&text, Encoding::GSM7).unwrap();
        segments.next();
        let at = segments.position();
        assert!(segmenter.resume("a", Encoding::GSM7, at).is_none());
        assert!(segmenter.resume(&"😀".repeat(50), Encoding::GSM7, at).is_none());
        assert!(segmenter.resume_binary(b"a", at).is_none());
    }
}
