//! Message ids as responses and receipts write them, which is not always the same.

use crate::wire::copy;
use core::fmt;

/// How the id of a receipt is written when compared with that of the response.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum IdForm {
    /// Octet by octet the same.
    Text,
    /// The same but for upper and lower case.
    CaseFolded,
    /// The same but for case and leading zeros (jasmin#643: `0e999f21` against `E999F21`).
    ZerosDropped,
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
}

/// The ways of comparison that can contradict one another, in the order in which they are tried.
pub(super) const BASES: [Base; 3] = [Base::Same, Base::HexInResponse, Base::HexInReceipt];

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
        let converted = |from, to| {
            Numeral::convert(response, from, to).is_some_and(|id| same(id.as_octets(), receipt).is_some())
        };
        match self {
            Self::Truncated => is_truncated(response, receipt),
            Self::HexInResponse => converted(16, 10),
            Self::HexInReceipt => converted(10, 16),
            _ => same(response, receipt).is_some_and(|form| form <= self),
        }
    }

    /// The base in which such ids are compared. Who truncates some ids may as well write others whole.
    pub(super) const fn base(self) -> Base {
        match self {
            Self::Text | Self::CaseFolded | Self::ZerosDropped | Self::Truncated => Base::Same,
            Self::HexInResponse => Base::HexInResponse,
            Self::HexInReceipt => Base::HexInReceipt,
        }
    }
}

/// The fewest octets that are left of a truncated id.
pub(super) const LEAST_LEFT: u8 = 10;

/// Whether the id of a receipt is only the beginning of that of a response, but for case.
pub(super) fn is_truncated(response: &[u8], receipt: &[u8]) -> bool {
    let is_part = (LEAST_LEFT.into()..response.len()).contains(&receipt.len());
    let beginning = response.get(..receipt.len()).filter(|_| is_part);
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(receipt))
}

/// A message id, at most `ID` octets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StoredId<const ID: usize> {
    octets: [u8; ID],
    length: u8,
}

impl<const ID: usize> StoredId<ID> {
    /// A copy of `id`, `None` when it is too long.
    pub(super) fn new(id: &[u8]) -> Option<Self> {
        let mut octets = [0; ID];
        copy(octets.get_mut(..id.len())?, id);
        Some(Self { octets, length: u8::try_from(id.len()).ok()? })
    }

    /// The octets, without NUL.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        self.octets.get(..self.length.into()).unwrap_or_default()
    }
}

impl<const ID: usize> fmt::Debug for StoredId<ID> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_octets().escape_ascii())
    }
}

#[cfg(feature = "defmt")]
impl<const ID: usize> defmt::Format for StoredId<ID> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=[u8]:a}", self.as_octets());
    }
}

/// Without leading zeros; a zero alone stays.
fn significant(id: &[u8]) -> &[u8] {
    let zeros = id.iter().take_while(|&&octet| octet == b'0').count();
    id.get(zeros..)
        .filter(|rest| !rest.is_empty())
        .or(id.last_chunk::<1>().map(|last| &last[..]))
        .unwrap_or_default()
}

/// A number that is the same for ids that are the same but for case and leading zeros (FNV-1a).
pub(super) fn hash(id: &[u8]) -> u32 {
    significant(id).iter().fold(0x811C_9DC5, |hash, octet| {
        (hash ^ u32::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}

/// How two ids are the same without changing the base, if they are.
pub(super) fn same(a: &[u8], b: &[u8]) -> Option<IdForm> {
    if a == b {
        Some(IdForm::Text)
    } else if a.eq_ignore_ascii_case(b) {
        Some(IdForm::CaseFolded)
    } else {
        significant(a).eq_ignore_ascii_case(significant(b)).then_some(IdForm::ZerosDropped)
    }
}

/// The most digits of an id that is converted between the bases.
const CONVERTED_DIGITS: usize = 20;

/// A number written in another base: 20 hexadecimal digits make 25 decimal ones.
#[derive(Clone, Copy)]
pub(super) struct Numeral {
    digits: [u8; 25],
    start: usize,
}

impl Numeral {
    /// `id`, which is in base `from`, in base `to`. `None` when it is no such number of at most 20 digits.
    pub(super) fn convert(id: &[u8], from: u8, to: u8) -> Option<Self> {
        let id = significant(id);
        if id.is_empty() || id.len() > CONVERTED_DIGITS {
            return None;
        }
        let mut value = 0u128;
        for octet in id {
            let digit = char::from(*octet).to_digit(from.into())?;
            // 20 digits of base 16 are 80 bits.
            value = value.checked_mul(from.into())?.checked_add(digit.into())?;
        }
        let mut digits = [0; 25];
        let mut start = digits.len();
        for place in digits.iter_mut().rev() {
            let digit = u32::try_from(value.checked_rem(to.into())?).ok()?;
            *place = u8::try_from(char::from_digit(digit, to.into())?).ok()?;
            value = value.checked_div(to.into())?;
            start = start.saturating_sub(1);
            if value == 0 {
                break;
            }
        }
        Some(Self { digits, start })
    }

    pub(super) fn as_octets(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_joins_what_is_the_same_that_way() {
        assert!(IdForm::Text.joins(b"0aB", b"0aB") && !IdForm::Text.joins(b"0aB", b"0ab"));
        assert!(IdForm::ZerosDropped.joins(b"0aB", b"ab"));
        assert!(IdForm::HexInResponse.joins(b"5f878c79", b"1602718841"), "jasmin#1050");
        assert!(IdForm::HexInReceipt.joins(b"1602718841", b"5F878C79"));
        assert!(!IdForm::HexInReceipt.joins(b"5f878c79", b"1602718841"));
        assert!(IdForm::Truncated.joins(b"5f878c79-01ab", b"5F878C79-0"));
        assert!(!IdForm::Truncated.joins(b"5f878c79-01ab", b"5f878c79-"), "too little is left");
        assert!(!IdForm::Truncated.joins(b"5f878c79-0", b"5f878c79-01ab"), "responses are not truncated");
    }

    fn converted(id: &str, from: u8, to: u8) -> Option<std::string::String> {
        let numeral = Numeral::convert(id.as_bytes(), from, to)?;
        Some(std::string::String::from_utf8(numeral.as_octets().to_vec()).unwrap())
    }

    #[test]
    fn ids_are_the_same_but_for_case_and_leading_zeros() {
        for (a, b, form) in [
            ("a1", "a1", Some(IdForm::Text)),
            ("a1", "A1", Some(IdForm::CaseFolded)),
            ("0e999f21", "E999F21", Some(IdForm::ZerosDropped)),
            ("00", "0", Some(IdForm::ZerosDropped)),
            ("0", "", None),
            ("10", "1", None),
            ("a1", "a2", None),
        ] {
            assert_eq!(same(a.as_bytes(), b.as_bytes()), form, "{a} {b}");
            assert_eq!(hash(a.as_bytes()) == hash(b.as_bytes()), form.is_some(), "{a} {b}");
        }
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
            assert_eq!(converted(hex, 16, 10).as_deref(), Some(decimal));
            assert_eq!(converted(decimal, 10, 16).as_deref(), Some(hex));
        }
        let largest = "f".repeat(20);
        assert_eq!(converted(&largest, 16, 10).as_deref(), Some("1208925819614629174706175"));
        assert_eq!(converted(&std::format!("000{largest}"), 16, 10).unwrap().len(), 25);
        for (id, from) in [("", 10), ("12a", 10), ("12g", 16), ("100000000000000000000", 10), ("-1", 16)] {
            assert_eq!(converted(id, from, 16), None, "{id}");
        }
    }
}
