//! What is cut: text in an encoding, or octets.

use super::{CutError, PAYLOAD};
use crate::text::{Boundary, EncodeTextError, Encoding, Piece, USER_DATA, Unmappable, Unmapped};
use crate::wire::copy;

/// What is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Content<'t> {
    Text {
        text: &'t str,
        encoding: Encoding,
        unmappable: Unmappable,
    },
    /// What is text already, `None` if it is binary.
    Octets {
        octets: &'t [u8],
        encoding: Option<Encoding>,
    },
}

/// How many of the first parts are remembered from counting, so that they need not be cut again.
pub(super) const REMEMBERED: usize = 8;

/// How a message is cut.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Pieces {
    pub(super) first: [Piece; REMEMBERED],
    /// How many there are in all.
    pub(super) count: usize,
}

impl Pieces {
    pub(super) const NONE: Self = Self { first: [Piece { octets: 0, units: 0 }; REMEMBERED], count: 0 };

    fn add(&mut self, piece: Piece) {
        if let Some(place) = self.first.get_mut(self.count) {
            *place = piece;
        }
        self.count = self.count.saturating_add(1);
    }

    /// All of a message in one piece.
    pub(super) fn one(piece: Piece) -> Self {
        let mut pieces = Self::NONE;
        pieces.add(piece);
        pieces
    }
}

impl<'t> Content<'t> {
    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::Text { text, .. } => text.is_empty(),
            Self::Octets { octets, .. } => octets.is_empty(),
        }
    }

    pub(super) fn capacity(self, header: usize) -> usize {
        match self {
            Self::Text { encoding, .. } | Self::Octets { encoding: Some(encoding), .. } => {
                encoding.capacity(header)
            }
            Self::Octets { encoding: None, .. } => USER_DATA.saturating_sub(header),
        }
    }

    /// The longest piece at the start that takes at most `capacity` units.
    pub(super) fn piece(self, capacity: usize, boundary: Boundary) -> Result<Piece, Unmapped> {
        match self {
            Self::Text { text, encoding, unmappable } => encoding.cut(text, unmappable, capacity, boundary),
            Self::Octets { octets, encoding: Some(encoding) } => Ok(encoding.cut_octets(octets, capacity)),
            Self::Octets { octets, encoding: None } => {
                let octets = octets.len().min(capacity);
                Ok(Piece { octets, units: octets })
            }
        }
    }

    pub(super) fn split_at(self, octets: usize) -> (Self, Self) {
        match self {
            Self::Text { text, encoding, unmappable } => {
                let (part, behind) = text.split_at_checked(octets).unwrap_or((text, ""));
                let of = |text| Self::Text { text, encoding, unmappable };
                (of(part), of(behind))
            }
            Self::Octets { octets: all, encoding } => {
                let (part, behind) = all.split_at_checked(octets).unwrap_or((all, &[]));
                (Self::Octets { octets: part, encoding }, Self::Octets { octets: behind, encoding })
            }
        }
    }

    /// Cuts all of it.
    pub(super) fn pieces(self, capacity: usize, boundary: Boundary) -> Result<Pieces, CutError> {
        let (mut pieces, mut rest) = (Pieces::NONE, self);
        while !rest.is_empty() {
            let piece = rest.piece(capacity, boundary).map_err(|found| self.first_unmapped(found))?;
            if piece.octets == 0 {
                return Err(CutError::NoRoomBesideHeader);
            }
            pieces.add(piece);
            (_, rest) = rest.split_at(piece.octets);
        }
        Ok(pieces)
    }

    /// The character that cannot be carried, with its index in all of the text and not only in its part.
    #[cold]
    fn first_unmapped(self, in_part: Unmapped) -> Unmapped {
        match self {
            Self::Text { text, encoding, unmappable } => {
                encoding.units(text, unmappable).err().unwrap_or(in_part)
            }
            Self::Octets { .. } => in_part,
        }
    }

    /// All of it for `message_payload`, if that can hold it.
    pub(super) fn payload(self) -> Result<Pieces, CutError> {
        let octets = match self {
            Self::Text { text, encoding, unmappable } => encoding.octets(text, unmappable)?,
            Self::Octets { octets, .. } => octets.len(),
        };
        if octets > PAYLOAD {
            return Err(CutError::PayloadTooLong { octets });
        }
        Ok(Pieces::one(self.piece(usize::MAX, Boundary::default())?))
    }

    /// Writes it; packed text with the fill bits that the header in front of it asks for.
    pub(super) fn write(self, fill_bits: u8, out: &mut [u8]) -> Result<usize, EncodeTextError> {
        match self {
            Self::Text { text, encoding: Encoding::Gsm7Packed { alphabet, .. }, unmappable } => {
                Encoding::Gsm7Packed { alphabet, fill_bits }.encode(text, unmappable, out)
            }
            Self::Text { text, encoding, unmappable } => encoding.encode(text, unmappable, out),
            Self::Octets { octets, .. } => {
                let needed = octets.len();
                copy(out.get_mut(..needed).ok_or(EncodeTextError::NoRoom { needed })?, octets);
                Ok(needed)
            }
        }
    }
}
