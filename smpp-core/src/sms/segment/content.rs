//! What is cut, and how.

use crate::text::{AnyEncoding, Boundary, EncodeTextError, Encoding, Piece, Unmappable, Unmapped};
use crate::wire::copy;

/// What is cut: text, or octets that are written as they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) enum Content<'t> {
    Text(&'t str),
    Octets(&'t [u8]),
}

/// How text becomes octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Coding<E> {
    pub(super) encoding: E,
    pub(super) unmappable: Unmappable,
}

/// The longest piece at the start of content that takes at most so many units. By reference, so that a program carries code
/// only for the kind of content that it cuts.
pub(super) type SegmentPiece<E> = fn(Content<'_>, &Coding<E>, usize, Boundary) -> Result<Piece, Unmapped>;

/// How many of the first parts are remembered from counting, so that they need not be cut again. On bare metal none are:
/// memory is worth more there.
pub(super) const REMEMBERED: usize = if cfg!(smpp_small) { 0 } else { 8 };

impl<'t> Content<'t> {
    pub(super) const fn octets(self) -> &'t [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Octets(octets) => octets,
        }
    }

    /// What stands before and what stands behind so many octets.
    pub(super) fn split_at(self, octets: usize) -> (Self, Self) {
        match self {
            Self::Text(text) => {
                let (part, behind) = text.split_at_checked(octets).unwrap_or((text, ""));
                (Self::Text(part), Self::Text(behind))
            }
            Self::Octets(all) => {
                let (part, behind) = all.split_at_checked(octets).unwrap_or((all, &[]));
                (Self::Octets(part), Self::Octets(behind))
            }
        }
    }

    /// How many octets [`Self::write`] writes, fill bits aside.
    pub(super) fn written<E: AnyEncoding>(self, coding: &Coding<E>) -> Result<usize, Unmapped> {
        match self {
            Self::Text(text) => coding.encoding.octets(text, coding.unmappable),
            Self::Octets(octets) => Ok(octets.len()),
        }
    }

    /// Writes it.
    pub(super) fn write<E: AnyEncoding>(
        self,
        coding: &Coding<E>,
        out: &mut [u8],
    ) -> Result<usize, EncodeTextError> {
        match self {
            Self::Text(text) => coding.encoding.encode(text, coding.unmappable, out),
            Self::Octets(octets) => {
                let needed = octets.len();
                copy(out.get_mut(..needed).ok_or(EncodeTextError::NoRoom { needed })?, octets);
                Ok(needed)
            }
        }
    }
}

/// A piece of text that is to be encoded.
pub(super) fn text_piece<E: AnyEncoding>(
    content: Content<'_>,
    coding: &Coding<E>,
    capacity: usize,
    boundary: Boundary,
) -> Result<Piece, Unmapped> {
    let Content::Text(text) = content else { return Ok(Piece { octets: 0, units: 0 }) };
    coding.encoding.cut(text, coding.unmappable, capacity, boundary)
}

/// A piece of text that is encoded already.
pub(super) fn encoded_piece(
    content: Content<'_>,
    coding: &Coding<Encoding>,
    capacity: usize,
    _: Boundary,
) -> Result<Piece, Unmapped> {
    Ok(coding.encoding.cut_octets(content.octets(), capacity))
}

/// A piece of what is no text.
pub(super) fn binary_piece(
    content: Content<'_>,
    _: &Coding<Encoding>,
    capacity: usize,
    _: Boundary,
) -> Result<Piece, Unmapped> {
    let octets = content.octets().len().min(capacity);
    Ok(Piece { octets, units: octets })
}
