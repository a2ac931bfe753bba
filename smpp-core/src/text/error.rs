//! What can go wrong between text and octets.

use core::fmt;

/// A character that an encoding cannot carry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unmapped {
    /// The character.
    pub ch: char,
    /// How many characters (Unicode scalar values) stand before it in the text.
    pub index: usize,
}

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no code for {:?} (U+{:04X}) at character {}", self.ch, u32::from(self.ch), self.index)
    }
}

impl core::error::Error for Unmapped {}

/// Why a text was not encoded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EncodeTextError {
    /// A character has no code, and the policy says to reject it or has nothing for it.
    Unmapped(Unmapped),
    /// The slice is too small.
    NoRoom {
        /// Octets that the whole text takes.
        needed: usize,
    },
}

impl fmt::Display for EncodeTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmapped(unmapped) => unmapped.fmt(f),
            Self::NoRoom { needed } => write!(f, "the text takes {needed} octets"),
        }
    }
}

impl core::error::Error for EncodeTextError {}

impl From<Unmapped> for EncodeTextError {
    fn from(unmapped: Unmapped) -> Self {
        Self::Unmapped(unmapped)
    }
}

/// An octet that is no text in its encoding; decoded as U+FFFD where that is not refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoText {
    /// Where it is, in octets.
    pub offset: usize,
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no text at octet {}", self.offset)
    }
}

impl core::error::Error for NoText {}

/// A slice is too small for a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NoRoom {
    /// Octets that are enough for all of it.
    pub needed: usize,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text takes up to {} octets", self.needed)
    }
}

impl core::error::Error for NoRoom {}
