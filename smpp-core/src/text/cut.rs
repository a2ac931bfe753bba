//! Where a long text may be cut.

use super::coder::{self, Coder};
use super::tables::ESCAPE;
use super::{Unmappable, Unmapped};

/// What is never cut into two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Boundary {
    /// A character (Unicode scalar value).
    #[default]
    Character,
    /// A grapheme cluster, what a reader takes for one character (Unicode Standard Annex #29): a flag, a family, a
    /// letter and its accents. One that is longer than a whole part is cut between characters all the same.
    #[cfg(feature = "graphemes")]
    Grapheme,
}

/// The start of a text that fits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Piece {
    /// Octets of UTF-8 in the text.
    pub octets: usize,
    /// Units that they take.
    pub units: usize,
}

impl Boundary {
    /// The last boundary of `text` up to `octets`, or `octets` if there is none before.
    #[cfg_attr(
        not(feature = "graphemes"),
        expect(unused_variables, reason = "a character is whole as it is")
    )]
    fn before(self, text: &str, octets: usize) -> usize {
        match self {
            Self::Character => octets,
            #[cfg(feature = "graphemes")]
            Self::Grapheme => {
                // All of the text is at hand, so that the cursor never asks for more context.
                let mut cursor = unicode_segmentation::GraphemeCursor::new(octets, text.len(), true);
                if cursor.is_boundary(text, 0) == Ok(true) {
                    return octets;
                }
                let before = cursor.prev_boundary(text, 0).ok().flatten();
                before.filter(|before| *before > 0).unwrap_or(octets)
            }
        }
    }

    /// The longest piece at the start of `text` that takes at most `capacity` units and ends here.
    pub(super) fn cut(
        self,
        coder: impl Coder,
        text: &str,
        unmappable: Unmappable,
        capacity: usize,
    ) -> Result<Piece, Unmapped> {
        let piece = coder::cut(coder, text, unmappable, capacity)?;
        let octets = self.before(text, piece.octets);
        if octets == piece.octets {
            return Ok(piece);
        }
        let shorter = text.get(..octets).unwrap_or_default();
        Ok(Piece { octets, units: coder::units(coder, shorter, unmappable)? })
    }
}

/// A piece of septets, one an octet, that does not end behind an escape whose code is cut off.
pub(super) fn septets(octets: &[u8], capacity: usize) -> Piece {
    let Some((piece, [_, ..])) = octets.split_at_checked(capacity) else { return all(octets, octets.len()) };
    // Of two escapes the second is a code.
    let escapes = piece.iter().rev().take_while(|octet| **octet == ESCAPE).count();
    let end = piece.len().saturating_sub(escapes & 1);
    Piece { octets: end, units: end }
}

/// A piece of UTF-16 that does not end between surrogates.
pub(super) fn utf16(octets: &[u8], capacity: usize, unit: fn([u8; 2]) -> u16) -> Piece {
    let end = capacity.saturating_mul(2);
    let Some((piece, behind)) = octets.split_at_checked(end) else {
        return all(octets, octets.len().div_ceil(2));
    };
    let is = |surrogate: core::ops::Range<u16>, octets| surrogate.contains(&unit(octets));
    let high = piece.last_chunk().is_some_and(|last| is(0xD800..0xDC00, *last));
    let pair = high && behind.first_chunk().is_some_and(|first| is(0xDC00..0xE000, *first));
    let units = capacity.saturating_sub(usize::from(pair));
    Piece { octets: units.saturating_mul(2), units }
}

/// A piece of octets that are a character each.
pub(super) fn octets(octets: &[u8], capacity: usize, units: impl Fn(u8) -> usize) -> Piece {
    let mut left = capacity;
    let fits = |octet: &&u8| left.checked_sub(units(**octet)).map(|rest| left = rest).is_some();
    let octets = octets.iter().take_while(fits).count();
    Piece { octets, units: capacity.saturating_sub(left) }
}

const fn all(octets: &[u8], units: usize) -> Piece {
    Piece { octets: octets.len(), units }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Encoding;

    fn cut(encoding: Encoding, text: &str, capacity: usize) -> (&str, usize) {
        let piece = encoding.cut(text, Unmappable::TRANSLITERATE, capacity, Boundary::Character).unwrap();
        (&text[..piece.octets], piece.units)
    }

    #[test]
    fn field_note_15_escape_and_surrogate_pairs_are_never_cut() {
        // smpplib#59, split-sms#1, gammu#104, sms-pdu.
        assert_eq!(cut(Encoding::GSM7, "ab€c", 3), ("ab", 2));
        assert_eq!(cut(Encoding::GSM7, "ab€c", 4), ("ab€", 4));
        assert_eq!(cut(Encoding::Ucs2, "ab😀c", 3), ("ab", 2));
        assert_eq!(cut(Encoding::Ucs2, "ab😀c", 4), ("ab😀", 4));
    }

    #[test]
    fn what_takes_the_place_of_a_character_stays_together() {
        assert_eq!(cut(Encoding::GSM7, "ab…c", 4), ("ab", 2));
        assert_eq!(cut(Encoding::GSM7, "ab…c", 5), ("ab…", 5));
    }

    #[test]
    fn a_character_behind_the_cut_is_not_looked_at() {
        let cut = |capacity| Encoding::GSM7.cut("abж", Unmappable::Reject, capacity, Boundary::Character);
        assert_eq!(cut(3), Err(Unmapped { ch: 'ж', index: 2 }));
        assert_eq!(cut(2), Ok(Piece { octets: 2, units: 2 }));
        assert_eq!(cut(0), Ok(Piece { octets: 0, units: 0 }));
    }

    #[test]
    fn pairs_in_encoded_text_are_never_cut() {
        assert_eq!(septets(b"ab\x1B\x65c", 3), Piece { octets: 2, units: 2 });
        assert_eq!(septets(b"ab\x1B\x65c", 4), Piece { octets: 4, units: 4 });
        assert_eq!(septets(b"a\x1B\x1Bc", 3), Piece { octets: 3, units: 3 });
        assert_eq!(septets(b"ab\x1B", 3), Piece { octets: 3, units: 3 });
        let emoji = b"\0a\xD8\x3D\xDE\0\0b";
        assert_eq!(utf16(emoji, 2, u16::from_be_bytes), Piece { octets: 2, units: 1 });
        assert_eq!(utf16(emoji, 3, u16::from_be_bytes), Piece { octets: 6, units: 3 });
        assert_eq!(utf16(&emoji[..3], 2, u16::from_be_bytes), Piece { octets: 3, units: 2 });
        assert_eq!(
            utf16(&emoji[..3], 1, u16::from_be_bytes),
            Piece { octets: 2, units: 1 },
            "an odd octet behind"
        );
        assert_eq!(utf16(b"\xD8\x3D\0a", 1, u16::from_be_bytes), Piece { octets: 2, units: 1 });
        assert_eq!(Encoding::Ascii.cut_octets(b"a{b", 2), Piece { octets: 1, units: 1 });
        assert_eq!(Encoding::Latin1.cut_octets(b"a{b", 2), Piece { octets: 2, units: 2 });
    }

    #[test]
    #[cfg(feature = "graphemes")]
    fn field_note_15_grapheme_clusters_are_not_cut_if_asked() {
        // Twilio's calculator #5, #17, #18.
        let cut = |text, capacity| {
            Encoding::Ucs2.cut(text, Unmappable::Reject, capacity, Boundary::Grapheme).unwrap()
        };
        let flags = "ab🇩🇪🇫🇷";
        assert_eq!(cut(flags, 7), Piece { octets: "ab🇩🇪".len(), units: 6 });
        assert_eq!(cut(flags, 6), Piece { octets: "ab🇩🇪".len(), units: 6 });
        assert_eq!(cut(flags, 5), Piece { octets: 2, units: 2 });
        assert_eq!(cut("e\u{301}\u{302}", 2), Piece { octets: 3, units: 2 });
    }
}
