//! What to do with a character that the encoding lacks.

use super::transliterate::Transliteration;

/// What to do with a character that the encoding lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Unmappable {
    /// The text is refused, with the character and its index.
    #[default]
    Reject,
    /// A question mark takes its place.
    Replace,
    /// What the table has for it takes its place; the text is refused if that is nothing which the encoding has.
    ///
    /// The table is named by the program, so that one that does not transliterate does not carry it.
    Transliterate(&'static Transliteration),
}

impl Unmappable {
    /// Transliteration by [the table of this crate](Transliteration::TABLE).
    pub const TRANSLITERATE: Self = Self::Transliterate(&Transliteration::TABLE);

    /// What takes the place of `ch`, all of it characters that the encoding `has`.
    pub(crate) fn substitute(self, ch: char, has: impl Fn(char) -> bool) -> Option<&'static str> {
        let substitute = match self {
            Self::Reject => None,
            Self::Replace => Some("?"),
            Self::Transliterate(table) => table.lookup(ch),
        };
        substitute.filter(|text| text.chars().all(has))
    }
}
