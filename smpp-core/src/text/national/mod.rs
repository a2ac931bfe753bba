//! The tables of the national languages (3GPP TS 23.038 §6.2.1.2, annex A), one module a language.
//!
//! A table is a static of its own: a program that names none of them carries none. [`locking_table`],
//! [`single_shift_table`], [`Gsm7::national`], [`Gsm7::received`] and [`CANDIDATES`] name them all.
//!
//! ```
//! use smpp_core::text::{Gsm7, Unmappable, national::turkish};
//!
//! let alphabet = Gsm7 { single: Some(&turkish::SINGLE_SHIFT), ..Gsm7::DEFAULT };
//! let mut octets = [0; 8];
//! assert_eq!(alphabet.encode("ağ", Unmappable::Reject, &mut octets), Ok(3));
//! assert_eq!(octets[..3], [0x61, 0x1B, 0x67]);
//! ```

pub mod bengali;
pub mod gujarati;
pub mod hindi;
pub mod kannada;
pub mod malayalam;
pub mod oriya;
pub mod portuguese;
pub mod punjabi;
pub mod spanish;
pub mod tamil;
pub mod telugu;
pub mod turkish;
pub mod urdu;

pub use super::language::Language;

use super::{Gsm7, LockingTable, SingleShiftTable};
use core::fmt;

/// The locking shift table of `language`; Spanish has none.
#[must_use]
pub fn locking_table(language: Language) -> Option<&'static LockingTable> {
    Some(match language {
        Language::TURKISH => &turkish::LOCKING,
        Language::PORTUGUESE => &portuguese::LOCKING,
        Language::BENGALI => &bengali::LOCKING,
        Language::GUJARATI => &gujarati::LOCKING,
        Language::HINDI => &hindi::LOCKING,
        Language::KANNADA => &kannada::LOCKING,
        Language::MALAYALAM => &malayalam::LOCKING,
        Language::ORIYA => &oriya::LOCKING,
        Language::PUNJABI => &punjabi::LOCKING,
        Language::TAMIL => &tamil::LOCKING,
        Language::TELUGU => &telugu::LOCKING,
        Language::URDU => &urdu::LOCKING,
        _ => return None,
    })
}

/// The single shift table of `language`.
#[must_use]
pub fn single_shift_table(language: Language) -> Option<&'static SingleShiftTable> {
    Some(match language {
        Language::TURKISH => &turkish::SINGLE_SHIFT,
        Language::SPANISH => &spanish::SINGLE_SHIFT,
        Language::PORTUGUESE => &portuguese::SINGLE_SHIFT,
        Language::BENGALI => &bengali::SINGLE_SHIFT,
        Language::GUJARATI => &gujarati::SINGLE_SHIFT,
        Language::HINDI => &hindi::SINGLE_SHIFT,
        Language::KANNADA => &kannada::SINGLE_SHIFT,
        Language::MALAYALAM => &malayalam::SINGLE_SHIFT,
        Language::ORIYA => &oriya::SINGLE_SHIFT,
        Language::PUNJABI => &punjabi::SINGLE_SHIFT,
        Language::TAMIL => &tamil::SINGLE_SHIFT,
        Language::TELUGU => &telugu::SINGLE_SHIFT,
        Language::URDU => &urdu::SINGLE_SHIFT,
        _ => return None,
    })
}

/// A language that has no such table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NoTable {
    /// No locking shift table: Spanish, or an unknown identifier.
    Locking(Language),
    /// No single shift table: an unknown identifier.
    SingleShift(Language),
}

impl fmt::Display for NoTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, language) = match self {
            Self::Locking(language) => ("locking", language),
            Self::SingleShift(language) => ("single", language),
        };
        write!(f, "no {kind} shift table for language {language}")
    }
}

impl core::error::Error for NoTable {}

impl Gsm7 {
    /// The tables of these languages, to write with.
    ///
    /// # Errors
    /// [`NoTable`] when a language has none of that kind.
    pub fn national(locking: Option<Language>, single: Option<Language>) -> Result<Self, NoTable> {
        let locking = locking.map(|language| locking_table(language).ok_or(NoTable::Locking(language)));
        let single =
            single.map(|language| single_shift_table(language).ok_or(NoTable::SingleShift(language)));
        Ok(Self { locking: locking.transpose()?, single: single.transpose()? })
    }

    /// The tables that a received user data header names, to read with. Identifiers without a table are ignored, as
    /// 3GPP TS 23.040 §9.2.3.24.15 and §9.2.3.24.16 ask for.
    #[must_use]
    pub fn received(locking: Option<Language>, single: Option<Language>) -> Self {
        Self { locking: locking.and_then(locking_table), single: single.and_then(single_shift_table) }
    }
}

const fn single_of(table: &'static SingleShiftTable) -> Gsm7 {
    Gsm7 { locking: None, single: Some(table) }
}

const fn locking_of(table: &'static LockingTable) -> Gsm7 {
    Gsm7 { locking: Some(table), single: None }
}

const fn both_of(locking: &'static LockingTable, single: &'static SingleShiftTable) -> Gsm7 {
    Gsm7 { locking: Some(locking), single: Some(single) }
}

/// Every language's tables, alone and together: what to offer where the receivers are known to have them all.
pub static CANDIDATES: [Gsm7; 37] = [
    single_of(&turkish::SINGLE_SHIFT),
    locking_of(&turkish::LOCKING),
    both_of(&turkish::LOCKING, &turkish::SINGLE_SHIFT),
    single_of(&spanish::SINGLE_SHIFT),
    single_of(&portuguese::SINGLE_SHIFT),
    locking_of(&portuguese::LOCKING),
    both_of(&portuguese::LOCKING, &portuguese::SINGLE_SHIFT),
    single_of(&bengali::SINGLE_SHIFT),
    locking_of(&bengali::LOCKING),
    both_of(&bengali::LOCKING, &bengali::SINGLE_SHIFT),
    single_of(&gujarati::SINGLE_SHIFT),
    locking_of(&gujarati::LOCKING),
    both_of(&gujarati::LOCKING, &gujarati::SINGLE_SHIFT),
    single_of(&hindi::SINGLE_SHIFT),
    locking_of(&hindi::LOCKING),
    both_of(&hindi::LOCKING, &hindi::SINGLE_SHIFT),
    single_of(&kannada::SINGLE_SHIFT),
    locking_of(&kannada::LOCKING),
    both_of(&kannada::LOCKING, &kannada::SINGLE_SHIFT),
    single_of(&malayalam::SINGLE_SHIFT),
    locking_of(&malayalam::LOCKING),
    both_of(&malayalam::LOCKING, &malayalam::SINGLE_SHIFT),
    single_of(&oriya::SINGLE_SHIFT),
    locking_of(&oriya::LOCKING),
    both_of(&oriya::LOCKING, &oriya::SINGLE_SHIFT),
    single_of(&punjabi::SINGLE_SHIFT),
    locking_of(&punjabi::LOCKING),
    both_of(&punjabi::LOCKING, &punjabi::SINGLE_SHIFT),
    single_of(&tamil::SINGLE_SHIFT),
    locking_of(&tamil::LOCKING),
    both_of(&tamil::LOCKING, &tamil::SINGLE_SHIFT),
    single_of(&telugu::SINGLE_SHIFT),
    locking_of(&telugu::LOCKING),
    both_of(&telugu::LOCKING, &telugu::SINGLE_SHIFT),
    single_of(&urdu::SINGLE_SHIFT),
    locking_of(&urdu::LOCKING),
    both_of(&urdu::LOCKING, &urdu::SINGLE_SHIFT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spanish_has_no_locking_table_and_unknown_languages_have_none() {
        let error = Gsm7::national(Some(Language::SPANISH), None).unwrap_err();
        assert_eq!(error, NoTable::Locking(Language::SPANISH));
        assert_eq!(std::format!("{error}"), "no locking shift table for language Spanish");
        assert_eq!(Gsm7::national(None, Some(Language(14))), Err(NoTable::SingleShift(Language(14))));
        let hindi = Gsm7::national(Some(Language::HINDI), Some(Language::HINDI)).unwrap();
        assert_eq!(hindi.languages(), (Some(Language::HINDI), Some(Language::HINDI)));
    }

    #[test]
    fn unknown_languages_of_a_received_header_are_ignored() {
        assert_eq!(Gsm7::received(Some(Language::SPANISH), Some(Language(0))), Gsm7::DEFAULT);
        let urdu = Gsm7::received(Some(Language(99)), Some(Language::URDU));
        assert_eq!(urdu.languages(), (None, Some(Language::URDU)));
    }

    #[test]
    fn every_language_is_a_candidate_in_each_way() {
        let mut candidates = CANDIDATES.iter();
        for &language in Language::NAMED {
            assert_eq!(candidates.next(), Some(&Gsm7::received(None, Some(language))));
            if locking_table(language).is_some() {
                assert_eq!(candidates.next(), Some(&Gsm7::received(Some(language), None)));
                assert_eq!(candidates.next(), Some(&Gsm7::received(Some(language), Some(language))));
            }
        }
        assert_eq!(candidates.next(), None);
    }
}
