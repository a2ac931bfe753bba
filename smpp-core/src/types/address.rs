//! An SME address: type of number, numbering plan, digits or name.

use super::{COctetString, Npi, Ton};

/// Where a message comes from or goes to (SMPP 3.4 §5.2.5–5.2.9; 5.0 §4.7.1, §4.7.2, §4.7.8, §4.7.29).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Address<'a> {
    /// Type of number.
    pub ton: Ton,
    /// Numbering plan indicator.
    pub npi: Npi,
    /// The digits, the name or, for the Internet plan, the dotted address. Empty means the MC's default.
    pub addr: COctetString<'a>,
}

impl<'a> Address<'a> {
    /// No address: all zero, the MC fills in its default.
    pub const NONE: Self = Self { ton: Ton::UNKNOWN, npi: Npi::UNKNOWN, addr: COctetString::EMPTY };

    /// An international telephone number (TON 1, NPI 1): country code first, digits only, no plus sign.
    #[must_use]
    pub fn international(digits: &'a str) -> Self {
        Self { ton: Ton::INTERNATIONAL, npi: Npi::ISDN, addr: digits.into() }
    }

    /// A name (TON 5, NPI 0), at most 11 characters on the air.
    #[must_use]
    pub fn alphanumeric(name: &'a str) -> Self {
        Self { ton: Ton::ALPHANUMERIC, npi: Npi::UNKNOWN, addr: name.into() }
    }
}
