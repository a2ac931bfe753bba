//! What encodings have in common, so that a program links those that it names.

use super::{Boundary, EncodeTextError, Encoding, Gsm7, Gsm7OrUcs2, Piece, Unmappable, Unmapped};

mod sealed {
    /// Only the encodings of this crate.
    pub trait Sealed {}
}

impl sealed::Sealed for Encoding {}
impl sealed::Sealed for Gsm7OrUcs2 {}

/// What a text can be cut in: [`Encoding`], or [`Gsm7OrUcs2`] where little is to be linked.
pub trait AnyEncoding: sealed::Sealed + Copy {
    /// How many bits a unit takes on the air.
    #[doc(hidden)]
    fn unit_bits(&self) -> usize;

    /// The longest piece at the start of `text` that takes at most `capacity` units.
    #[doc(hidden)]
    fn cut(
        &self,
        text: &str,
        unmappable: Unmappable,
        capacity: usize,
        boundary: Boundary,
    ) -> Result<Piece, Unmapped>;

    /// How many octets `text` takes.
    #[doc(hidden)]
    fn octets(&self, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped>;

    /// Writes `text`.
    #[doc(hidden)]
    fn encode(&self, text: &str, unmappable: Unmappable, out: &mut [u8]) -> Result<usize, EncodeTextError>;

    /// The GSM tables that a header has to name.
    #[doc(hidden)]
    fn tables(&self) -> Gsm7 {
        Gsm7::DEFAULT
    }

    /// Where text is packed, the zero bits in front of it, to be set.
    #[doc(hidden)]
    fn fill_bits(&mut self) -> Option<&mut u8> {
        None
    }
}

impl AnyEncoding for Encoding {
    fn unit_bits(&self) -> usize {
        self.unit_bits()
    }

    fn cut(
        &self,
        text: &str,
        unmappable: Unmappable,
        capacity: usize,
        boundary: Boundary,
    ) -> Result<Piece, Unmapped> {
        self.cut(text, unmappable, capacity, boundary)
    }

    fn octets(&self, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
        self.octets(text, unmappable)
    }

    fn encode(&self, text: &str, unmappable: Unmappable, out: &mut [u8]) -> Result<usize, EncodeTextError> {
        self.encode(text, unmappable, out)
    }

    fn tables(&self) -> Gsm7 {
        self.alphabet().unwrap_or_default()
    }

    fn fill_bits(&mut self) -> Option<&mut u8> {
        match self {
            Self::Gsm7Packed { fill_bits, .. } => Some(fill_bits),
            _ => None,
        }
    }
}
