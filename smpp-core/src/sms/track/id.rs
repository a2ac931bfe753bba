//! Message ids as responses and receipts write them, which is not always the same.

use super::hash::{beginning_hash, exact_hash};
use crate::wire::copy;
use core::fmt;
use core::num::NonZeroU32;

/// How the id of a receipt is written when compared with that of the response.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum IdForm {
    /// Octet by octet the same.
    Text,
    /// The same but for upper and lower case.
    CaseFolded,
    /// The same but for case and leading zeros (jasmin#643: `0e999f21` against `E999F21`).
    ZerosDropped,
    /// The same but for case, leading zeros, hyphens, braces and blanks at either end (jasmin#953: a UUID with hyphens in
    /// the response and without them in the receipt).
    PunctuationDropped,
    /// Hexadecimal in the response, decimal in the receipt (jasmin#1050: `5f878c79` against `1602718841`).
    HexInResponse,
    /// Decimal in the response, hexadecimal in the receipt.
    HexInReceipt,
    /// The receipt has only the beginning, 10 octets or more: appendix B gives the id so many, 5.0 responses 64.
    ///
    /// A peer whose receipts have had longer ids does not truncate to fewer octets, and of parts with the same beginning
    /// none is taken. What remains doubtful is a receipt that comes before the response of its part, while one part with
    /// the same beginning is known.
    Truncated,
    /// The ids say nothing; `user_message_reference` (SMPP 3.4 §5.3.2.17) is that of the submission, and of no other one
    /// that waits. It is not asked for when the receipt has an id and three receipts in a row were joined by theirs:
    /// then it is the receipt of another program of the account. As a fixed form it allows what `Truncated` allows, but
    /// ids that are truncated.
    Reference,
}

/// A way of comparison that can contradict the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Base {
    Same,
    HexInResponse,
    HexInReceipt,
}

impl IdForm {
    /// Whether the id of a response and that of a receipt are the same when compared this way.
    #[must_use]
    pub fn joins(self, response: &[u8], receipt: &[u8]) -> bool {
        let converted = |to_hex| {
            Numeral::convert(response, to_hex).is_some_and(|id| same(id.as_octets(), receipt).is_some())
        };
        match self {
            Self::Truncated => is_beginning(receipt, response, false),
            Self::HexInResponse => converted(false),
            Self::HexInReceipt => converted(true),
            Self::Reference => false,
            _ => same(response, receipt).is_some_and(|form| form <= self),
        }
    }

    /// The base in which such ids are compared. Who truncates some ids may as well write others whole.
    pub(super) const fn base(self) -> Base {
        match self {
            Self::HexInResponse => Base::HexInResponse,
            Self::HexInReceipt => Base::HexInReceipt,
            _ => Base::Same,
        }
    }
}

/// The fewest octets that are left of a truncated id.
pub(super) const LEAST_LEFT: u16 = 10;

/// A message id. SMPP allows 64 octets; of a longer one the first 64 are here, and the tracker compares the rest by its
/// length and by hashes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StoredId {
    octets: [u8; Self::MAX],
    /// Of the whole id.
    length: u16,
    /// Of every octet of an id that is cut, 0 otherwise.
    exact_hash: u32,
}

impl StoredId {
    /// How many octets are kept.
    pub const MAX: usize = 64;

    pub(super) const EMPTY: Self = Self { octets: [0; Self::MAX], length: 0, exact_hash: 0 };

    pub(super) fn new(id: &[u8]) -> Self {
        let mut octets = [0; Self::MAX];
        let kept = id.get(..Self::MAX).unwrap_or(id);
        if let Some(place) = octets.get_mut(..kept.len()) {
            copy(place, kept);
        }
        let exact_hash = if kept.len() < id.len() { exact_hash(id) } else { 0 };
        Self { octets, length: length(id), exact_hash }
    }

    /// The octets, without NUL: the whole id, or its beginning when it [is cut](Self::is_cut).
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        self.octets.get(..self.length.into()).unwrap_or(&self.octets)
    }

    /// Whether the id was longer than SMPP allows.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.length as usize > Self::MAX
    }

    /// How many octets the whole id has.
    pub(super) const fn length(&self) -> u16 {
        self.length
    }

    /// How this id and another one with the same hash are the same: by 64 bits they are, in one way or another.
    pub(super) fn same(&self, id: &[u8]) -> IdForm {
        let own = self.as_octets();
        let beginning = id.get(..own.len()).filter(|_| self.length == length(id));
        match beginning {
            Some(other) if other == own && (!self.is_cut() || self.exact_hash == exact_hash(id)) => {
                IdForm::Text
            }
            // What was cut off may be in another case, or not.
            _ if self.is_cut() => IdForm::PunctuationDropped,
            Some(other) if other.eq_ignore_ascii_case(own) => IdForm::CaseFolded,
            _ => without_case(own, id),
        }
    }

    /// Whether the id of a receipt is only the beginning of this one.
    pub(super) fn begins_with(&self, receipt: &[u8]) -> bool {
        is_beginning(receipt, self.as_octets(), self.is_cut())
    }
}

impl fmt::Debug for StoredId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = if self.is_cut() { "…" } else { "" };
        write!(f, "\"{}{cut}\"", self.as_octets().escape_ascii())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for StoredId {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=[u8]:a}", self.as_octets());
    }
}

/// How many octets an id has, as far as they are counted.
pub(super) fn length(id: &[u8]) -> u16 {
    u16::try_from(id.len()).unwrap_or(u16::MAX)
}

/// Without what peers add or leave out: blanks at either end, hyphens, braces, upper case.
pub(super) fn folded(id: &[u8]) -> impl Iterator<Item = u8> + Clone {
    let octets = id.trim_ascii().iter().filter(|octet| !matches!(octet, b'-' | b'{' | b'}'));
    octets.map(u8::to_ascii_lowercase)
}

/// [`folded`] without leading zeros; a zero alone stays.
fn folded_number(id: &[u8]) -> impl Iterator<Item = u8> + Clone {
    let zeros = folded(id).take_while(|octet| *octet == b'0').count();
    let is_zero = folded(id).nth(zeros).is_none();
    folded(id).skip(zeros.saturating_sub(usize::from(is_zero)))
}

/// Whether the id of a receipt is only the beginning of that of a response, of which more follows if it `is_cut`.
fn is_beginning(receipt: &[u8], response: &[u8], is_cut: bool) -> bool {
    let mut whole = folded(response);
    beginning_hash(receipt).is_some()
        && folded(receipt).all(|octet| whole.next() == Some(octet))
        && (is_cut || whole.next().is_some())
}

/// How two ids are the same without changing the base, if they are.
fn same(a: &[u8], b: &[u8]) -> Option<IdForm> {
    if a == b {
        Some(IdForm::Text)
    } else if a.eq_ignore_ascii_case(b) {
        Some(IdForm::CaseFolded)
    } else {
        let is_same = folded(a).next().is_some() && folded_number(a).eq(folded_number(b));
        is_same.then(|| without_case(a, b))
    }
}

/// How two ids are the same that are the same in more than case.
fn without_case(a: &[u8], b: &[u8]) -> IdForm {
    let is_plain = |id: &[u8]| folded(id).count() == id.len();
    if is_plain(a) && is_plain(b) { IdForm::ZerosDropped } else { IdForm::PunctuationDropped }
}

/// The most digits of an id that is converted between the bases.
const CONVERTED_DIGITS: usize = 20;

const DECIMAL: NonZeroU32 = NonZeroU32::new(10).unwrap();
const HEXADECIMAL: NonZeroU32 = NonZeroU32::new(16).unwrap();

/// A number written in another base: 20 hexadecimal digits make 25 decimal ones.
#[derive(Clone, Copy)]
pub(super) struct Numeral {
    digits: [u8; 25],
    start: usize,
}

impl Numeral {
    /// The decimal number `id` in hexadecimal, or the other way round. `None` when it is no such number of at most 20
    /// digits.
    ///
    /// By hand, digit after digit: a division of 128 bits is a kilobyte on a microcontroller.
    pub(super) fn convert(id: &[u8], to_hex: bool) -> Option<Self> {
        let (from, to) = if to_hex { (DECIMAL, HEXADECIMAL) } else { (HEXADECIMAL, DECIMAL) };
        folded(id).next()?;
        let mut digits = [0u8; 25];
        // At least a zero is written.
        let mut used = 1usize;
        for (count, octet) in folded(id).skip_while(|octet| *octet == b'0').enumerate() {
            if count == CONVERTED_DIGITS {
                return None;
            }
            let mut carry = char::from(octet).to_digit(from.get())?;
            for (place, digit) in digits.iter_mut().rev().enumerate() {
                if carry == 0 && place >= used {
                    break;
                }
                let value = u32::from(*digit).wrapping_mul(from.get()).wrapping_add(carry);
                (*digit, carry) = (u8::try_from(value % to).unwrap_or(0), value / to);
                used = used.max(place.saturating_add(1));
            }
        }
        for digit in &mut digits {
            *digit = if *digit < 10 {
                b'0'.wrapping_add(*digit)
            } else {
                b'a'.wrapping_add(digit.wrapping_sub(10))
            };
        }
        Some(Self { digits, start: digits.len().saturating_sub(used) })
    }

    pub(super) fn as_octets(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::hash;
    use super::*;

    #[test]
    fn a_form_joins_what_is_the_same_that_way() {
        assert!(IdForm::Text.joins(b"0aB", b"0aB") && !IdForm::Text.joins(b"0aB", b"0ab"));
        assert!(IdForm::ZerosDropped.joins(b"0aB", b"ab"));
        assert!(IdForm::PunctuationDropped.joins(b"{0a-B}", b" ab "));
        assert!(!IdForm::ZerosDropped.joins(b"0a-B", b"ab"));
        assert!(IdForm::HexInResponse.joins(b"5f878c79", b"1602718841"), "jasmin#1050");
        assert!(IdForm::HexInReceipt.joins(b"1602718841", b"5F878C79"));
        assert!(!IdForm::HexInReceipt.joins(b"5f878c79", b"1602718841"));
        assert!(IdForm::Truncated.joins(b"5f878c79-01ab", b"5F878C79-0"));
        assert!(IdForm::Truncated.joins(b"5f878c79-01ab-4a38", b"5f878c7901ab"), "without its hyphens");
        assert!(!IdForm::Truncated.joins(b"5f878c79-01ab", b"5f878c79-"), "too little is left");
        assert!(!IdForm::Truncated.joins(b"5f878c79-0", b"5f878c79-01ab"), "responses are not truncated");
    }

    fn converted(id: &str, to_hex: bool) -> Option<std::string::String> {
        let numeral = Numeral::convert(id.as_bytes(), to_hex)?;
        Some(std::string::String::from_utf8(numeral.as_octets().to_vec()).unwrap())
    }

    #[test]
    fn ids_are_the_same_but_for_case_leading_zeros_and_punctuation() {
        for (a, b, form) in [
            ("a1", "a1", Some(IdForm::Text)),
            ("a1", "A1", Some(IdForm::CaseFolded)),
            ("0e999f21", "E999F21", Some(IdForm::ZerosDropped)),
            ("00", "0", Some(IdForm::ZerosDropped)),
            ("0e99-9f21", "E999F21", Some(IdForm::PunctuationDropped)),
            ("{a1}", "A1", Some(IdForm::PunctuationDropped)),
            ("a1", " a1\t", Some(IdForm::PunctuationDropped)),
            ("{00}", "0", Some(IdForm::PunctuationDropped)),
            ("0", "", None),
            ("-", "{}", None),
            ("-", "0", None),
            ("10", "1", None),
            ("a1", "a2", None),
            ("a 1", "a1", None),
        ] {
            assert_eq!(same(a.as_bytes(), b.as_bytes()), form, "{a} {b}");
            assert_eq!(same(b.as_bytes(), a.as_bytes()), form, "{b} {a}");
            if let Some(form) = form {
                assert_eq!(hash(a.as_bytes()), hash(b.as_bytes()), "{a} {b}");
                assert_eq!(StoredId::new(a.as_bytes()).same(b.as_bytes()), form, "{a} {b}");
            }
        }
        for (a, b) in [("a1", "a2"), ("10", "1"), ("0", ""), ("00", "-"), ("0", "30")] {
            assert_ne!(hash(a.as_bytes()), hash(b.as_bytes()), "{a} {b}");
        }
        assert_eq!((hash(b""), hash(b" {-} ")), (0, 0), "no id");
    }

    #[test]
    fn of_an_id_that_is_longer_than_allowed_the_rest_counts_too() {
        let long = [b'a'; 80];
        let id = StoredId::new(&long);
        assert!(id.is_cut() && id.as_octets() == &long[..64]);
        let mut other = long;
        other[79] = b'b';
        assert_ne!(hash(&long), hash(&other));
        assert_eq!(id.same(&long), IdForm::Text);
        assert!(id.begins_with(&long[..64]) && id.begins_with(&long[..20]) && !id.begins_with(&long));
    }

    #[test]
    fn numbers_of_up_to_20_digits_change_their_base() {
        for (hex, decimal) in [
            ("5f878c79", "1602718841"),
            ("2f0a1b", "3082779"),
            ("0", "0"),
            ("f", "15"),
            ("56bc75e2d630fffff", "99999999999999999999"),
        ] {
            assert_eq!(converted(hex, false).as_deref(), Some(decimal));
            assert_eq!(converted(decimal, true).as_deref(), Some(hex));
        }
        let largest = "f".repeat(20);
        assert_eq!(converted(&largest, false).as_deref(), Some("1208925819614629174706175"));
        assert_eq!(converted(&std::format!("000{largest}"), false).unwrap().len(), 25);
        assert_eq!(converted("{5F878C79} ", false).as_deref(), Some("1602718841"));
        for (id, to_hex) in
            [("", true), ("12a", true), ("12g", false), ("100000000000000000000", true), ("+1", false)]
        {
            assert_eq!(converted(id, to_hex), None, "{id}");
        }
    }
}
