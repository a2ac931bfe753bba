//! Where a long text may be cut.

use super::coder::Coder;
use super::{Unmappable, Unmapped};

/// What is never cut into two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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
    /// The nearest boundary before a cut of `text` at `octets`; `None` where the cut is good.
    pub(super) fn back(self, text: &str, octets: usize) -> Option<usize> {
        match self {
            Self::Character => {
                let _ = (text, octets);
                None
            }
            #[cfg(feature = "graphemes")]
            Self::Grapheme => {
                // All of the text is at hand, so that the cursor never asks for more context.
                let mut cursor = unicode_segmentation::GraphemeCursor::new(octets, text.len(), true);
                if cursor.is_boundary(text, 0) != Ok(false) {
                    return None;
                }
                cursor.prev_boundary(text, 0).ok().flatten().filter(|before| *before > 0)
            }
        }
    }
}

/// The longest piece of whole characters.
pub(super) fn between_characters(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    capacity: usize,
) -> Result<Piece, Unmapped> {
    let mut left = capacity;
    let fits = |octets, left| Ok(Piece { octets, units: capacity.saturating_sub(left) });
    for (index, (octets, ch)) in text.char_indices().enumerate() {
        let units = coder.units_or(ch, unmappable).ok_or(Unmapped { ch, index })?;
        match left.checked_sub(units) {
            Some(rest) => left = rest,
            None => return fits(octets, left),
        }
    }
    fits(text.len(), left)
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
        assert_eq!(Encoding::GSM7.cut("abcж", Unmappable::Reject, 2, Boundary::Character).unwrap().octets, 2);
        assert_eq!(cut(0), Ok(Piece { octets: 0, units: 0 }));
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
