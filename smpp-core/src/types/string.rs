//! C-octet strings: octets that end at a NUL on the wire.

use core::fmt;

/// A C-octet string without its NUL (SMPP 3.4 §3.1; 5.0 §3.1).
///
/// Meant to be ASCII, in practice any octets but NUL: peers send Latin-1 and UTF-8, and relays must not change them.
/// How long one may be depends on the field, the PDU and the version, so the limit stands in the table of PDUs and is
/// checked, with the absence of an inner NUL, when the PDU is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct COctetString<'a>(&'a [u8]);

impl<'a> COctetString<'a> {
    /// The string of no characters: a single NUL on the wire.
    pub const EMPTY: Self = Self(&[]);

    /// These octets as a C-octet string.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The octets, without NUL.
    #[must_use]
    pub const fn as_octets(self) -> &'a [u8] {
        self.0
    }

    /// The string, when it is UTF-8 (as ASCII always is).
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        core::str::from_utf8(self.0).ok()
    }

    /// How many octets there are, NUL not counted.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> From<&'a str> for COctetString<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for COctetString<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self(octets)
    }
}

impl fmt::Display for COctetString<'_> {
    /// Printable ASCII as it is, every other octet as `\xNN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for COctetString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for COctetString<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match self.as_str() {
            Some(text) => defmt::write!(f, "{=str}", text),
            None => defmt::write!(f, "{=[u8]:a}", self.0),
        }
    }
}

/// A password. It is never printed: every way of formatting it says `***`.
///
/// The standard allows 8 characters (SMPP 3.4 §5.2.2; 5.0 §4.7.18), providers issue longer ones: up to 64 are sent.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Password<'a>(COctetString<'a>);

impl<'a> Password<'a> {
    /// These octets as a password.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(COctetString::new(octets))
    }

    /// The secret itself, to compare or to send. Never log it.
    #[must_use]
    pub const fn reveal(self) -> COctetString<'a> {
        self.0
    }
}

impl<'a> From<&'a str> for Password<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl fmt::Debug for Password<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Password<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "***");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn strings_print_escaped_and_passwords_not_at_all() {
        assert_eq!(format!("{:?}", COctetString::new(b"a\xe9\x07")), "\"a\\xe9\\x07\"");
        assert_eq!(format!("{:?}", Password::from("secret")), "***");
        assert_eq!(Password::from("secret").reveal().as_str(), Some("secret"));
    }
}
