//! What is cut: text in an encoding, or octets.

use super::{CutError, PAYLOAD};
use crate::text::{Boundary, EncodeTextError, Encoding, Piece, USER_DATA, Unmappable, Unmapped};

/// What is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Content<'t> {
    Text { text: &'t str, encoding: Encoding, unmappable: Unmappable },
    Binary(&'t [u8]),
}

/// One part, and what is still to be cut.
pub(super) struct Split<'t> {
    pub(super) part: Content<'t>,
    pub(super) units: usize,
    pub(super) behind: Content<'t>,
}

impl<'t> Content<'t> {
    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::Text { text, .. } => text.is_empty(),
            Self::Binary(octets) => octets.is_empty(),
        }
    }

    pub(super) fn capacity(self, header: usize) -> usize {
        match self {
            Self::Text { encoding, .. } => encoding.capacity(header),
            Self::Binary(_) => USER_DATA.saturating_sub(header),
        }
    }

    pub(super) fn split(self, capacity: usize, boundary: Boundary) -> Result<Split<'t>, Unmapped> {
        Ok(match self {
            Self::Text { text, encoding, unmappable } => {
                let Piece { octets, units } = encoding.cut(text, unmappable, capacity, boundary)?;
                let (part, behind) = text.split_at_checked(octets).unwrap_or((text, ""));
                let of = |text| Self::Text { text, encoding, unmappable };
                Split { part: of(part), units, behind: of(behind) }
            }
            Self::Binary(octets) => {
                let (part, behind) = octets.split_at_checked(capacity).unwrap_or((octets, &[]));
                Split { part: Self::Binary(part), units: part.len(), behind: Self::Binary(behind) }
            }
        })
    }

    /// How many parts there are.
    pub(super) fn parts(self, capacity: usize, boundary: Boundary) -> Result<usize, CutError> {
        let (mut parts, mut rest) = (0usize, self);
        while !rest.is_empty() {
            let split = rest.split(capacity, boundary).map_err(|found| self.first_unmapped(found))?;
            if split.part.is_empty() {
                return Err(CutError::NoRoomBesideHeader);
            }
            (parts, rest) = (parts.saturating_add(1), split.behind);
        }
        Ok(parts)
    }

    /// The character that cannot be carried, with its index in all of the text and not only in its part.
    #[cold]
    fn first_unmapped(self, in_part: Unmapped) -> Unmapped {
        match self {
            Self::Text { text, encoding, unmappable } => {
                encoding.units(text, unmappable).err().unwrap_or(in_part)
            }
            Self::Binary(_) => in_part,
        }
    }

    /// Whether it fits into `message_payload`.
    pub(super) fn payload(self) -> Result<(), CutError> {
        let octets = match self {
            Self::Text { text, encoding, unmappable } => encoding.octets(text, unmappable)?,
            Self::Binary(octets) => octets.len(),
        };
        if octets > PAYLOAD { Err(CutError::PayloadTooLong { octets }) } else { Ok(()) }
    }

    /// Writes it; packed text with the fill bits that the header in front of it asks for.
    pub(super) fn write(self, fill_bits: Option<u8>, out: &mut [u8]) -> Result<usize, EncodeTextError> {
        match self {
            Self::Text {
                text,
                encoding: Encoding::Gsm7Packed { alphabet, fill_bits: given },
                unmappable,
            } => {
                let fill_bits = fill_bits.unwrap_or(given);
                Encoding::Gsm7Packed { alphabet, fill_bits }.encode(text, unmappable, out)
            }
            Self::Text { text, encoding, unmappable } => encoding.encode(text, unmappable, out),
            Self::Binary(octets) => {
                let needed = octets.len();
                out.get_mut(..needed).ok_or(EncodeTextError::NoRoom { needed })?.copy_from_slice(octets);
                Ok(needed)
            }
        }
    }
}
