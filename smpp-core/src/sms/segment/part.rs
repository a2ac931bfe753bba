//! The parts of a message, one by one.

use super::content::{Coding, Content, REMEMBERED, SegmentPiece};
use super::{Method, PAYLOAD, SegmentError};
use crate::sms::udh::{Concatenation, Header, HeaderError};
use crate::text::{AnyEncoding, Boundary, EncodeTextError, Encoding, Piece, Unmapped};
use core::fmt;

/// The parts of a message, in order.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Segments<'t, E = Encoding> {
    pub(super) rest: Content<'t>,
    pub(super) coding: Coding<E>,
    #[cfg_attr(feature = "defmt", defmt(Debug2Format))]
    pub(super) cut_piece: SegmentPiece<E>,
    /// The pieces of the first parts.
    pub(super) first: [Piece; REMEMBERED],
    pub(super) capacity: usize,
    pub(super) boundary: Boundary,
    pub(super) method: Method,
    /// Of each part, without concatenation.
    pub(super) header: Header<'t>,
    pub(super) given: u8,
    pub(super) total: u8,
}

impl<'t, E: AnyEncoding> Segments<'t, E> {
    /// How many parts there are, given or not; 1 to 255.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// How many units a part can hold; a part may end earlier to keep a character whole.
    /// [`usize::MAX`] where the message center cuts.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn part_header(&self, reference: u16, number: u8) -> Header<'t> {
        let told = self.total > 1 && matches!(self.method, Method::Udh8 | Method::Udh16);
        let concatenation = told.then(|| self.method.part(reference, self.total, number));
        Header { concatenation, ..self.header }
    }

    /// Whether all of it is one message.
    pub(super) fn fits_into_one(&mut self) -> Result<bool, SegmentError> {
        let piece = self.piece(self.rest, Boundary::default())?;
        self.remember(0, piece);
        Ok(piece.octets >= self.rest.octets().len())
    }

    /// How many parts there are at the present capacity.
    pub(super) fn count_parts(&mut self) -> Result<usize, SegmentError> {
        let (mut rest, mut parts) = (self.rest, 0usize);
        if self.method == Method::Payload {
            let octets = rest.written(&self.coding)?;
            if octets > PAYLOAD {
                return Err(SegmentError::PayloadTooLong { octets });
            }
        }
        while !rest.octets().is_empty() {
            let piece = self.piece(rest, self.boundary).map_err(|in_part| self.first_unmapped(in_part))?;
            if piece.octets == 0 {
                return Err(SegmentError::NoRoomBesideHeader);
            }
            self.remember(parts, piece);
            parts = parts.saturating_add(1);
            (_, rest) = rest.split_at(piece.octets);
        }
        Ok(parts)
    }

    fn piece(&self, content: Content<'_>, boundary: Boundary) -> Result<Piece, Unmapped> {
        (self.cut_piece)(content, &self.coding, self.capacity, boundary)
    }

    fn remember(&mut self, number: usize, piece: Piece) {
        if let Some(place) = self.first.get_mut(number) {
            *place = piece;
        }
    }

    /// The character that cannot be carried, with its index in all of the text and not only in its part.
    #[cold]
    fn first_unmapped(&self, in_part: Unmapped) -> Unmapped {
        self.rest.written(&self.coding).err().unwrap_or(in_part)
    }
}

impl<'t, E: AnyEncoding> Iterator for Segments<'t, E> {
    type Item = Segment<'t, E>;

    fn next(&mut self) -> Option<Segment<'t, E>> {
        let number = self.given.checked_add(1).filter(|number| *number <= self.total)?;
        let piece = match self.first.get(usize::from(self.given)) {
            Some(piece) if piece.octets > 0 => *piece,
            // Empty, not remembered or resumed. Never an error: all of the text was looked at when the parts were counted.
            _ => self.piece(self.rest, self.boundary).ok()?,
        };
        let (content, rest) = self.rest.split_at(piece.octets);
        (self.given, self.rest) = (number, rest);
        let (total, units, header) = (self.total, piece.units, self.part_header(0, number));
        let mut coding = self.coding;
        if let Some(fill_bits) = coding.encoding.fill_bits() {
            *fill_bits = header.fill_bits();
        }
        Some(Segment { number, total, units, content, coding, header })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.total.saturating_sub(self.given));
        (left, Some(left))
    }
}

impl<E: AnyEncoding> ExactSizeIterator for Segments<'_, E> {}

/// One part of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Segment<'t, E = Encoding> {
    /// Which part it is, from 1: `sar_segment_seqnum`.
    pub number: u8,
    /// How many there are: `sar_total_segments`.
    pub total: u8,
    /// Septets, octets or 16-bit units of its content.
    pub units: usize,
    content: Content<'t>,
    coding: Coding<E>,
    header: Header<'t>,
}

impl<'t, E: AnyEncoding> Segment<'t, E> {
    /// The text of the part as it was given, before anything took the place of a character; `None` if it
    /// was cut as octets.
    #[must_use]
    pub const fn text(&self) -> Option<&'t str> {
        match self.content {
            Content::Text(text) => Some(text),
            Content::Octets(_) => None,
        }
    }

    /// The header of the part, with the reference that all parts of the message have.
    ///
    /// [`Method::Udh8`] takes references up to 255. Where no concatenation is written, the reference does not matter.
    #[must_use]
    pub fn header(&self, reference: u16) -> Header<'t> {
        let concatenation = self.header.concatenation.map(|part| Concatenation { reference, ..part });
        Header { concatenation, ..self.header }
    }

    /// Whether [`write`](Self::write) starts with a header, which esm_class has to say
    /// ([`EsmClass::UDHI`](crate::types::EsmClass::UDHI)).
    #[must_use]
    pub fn has_header(&self) -> bool {
        self.header.octets() > 0
    }

    /// Writes header and content to the start of `out` and returns how many octets they took.
    ///
    /// # Errors
    /// [`WriteSegmentError`]; what stands in `out` is then undefined.
    pub fn write(&self, reference: u16, out: &mut [u8]) -> Result<usize, WriteSegmentError> {
        let header = self.header(reference).encode(out)?;
        match self.write_content(out.get_mut(header..).unwrap_or_default()) {
            Ok(content) => Ok(header.saturating_add(content)),
            Err(EncodeTextError::NoRoom { needed }) => {
                Err(EncodeTextError::NoRoom { needed: header.saturating_add(needed) }.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the content alone to the start of `out` and returns how many octets it took. Packed text starts with the
    /// fill bits that the header in front of it asks for.
    ///
    /// # Errors
    /// [`EncodeTextError::NoRoom`]; what stands in `out` is then undefined.
    pub fn write_content(&self, out: &mut [u8]) -> Result<usize, EncodeTextError> {
        self.content.write(&self.coding, out)
    }
}

/// Why a part was not written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WriteSegmentError {
    /// The header cannot be written: a reference or port too large, or no room for it.
    Header(HeaderError),
    /// No room for the content.
    Content(EncodeTextError),
}

impl fmt::Display for WriteSegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::Content(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for WriteSegmentError {}

impl From<HeaderError> for WriteSegmentError {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl From<EncodeTextError> for WriteSegmentError {
    fn from(error: EncodeTextError) -> Self {
        Self::Content(error)
    }
}
