//! Reading and writing octets, one field after the other, without a panic and without a check at each step.
//!
//! Both sides are *sticky*: the first thing that goes wrong is remembered, what follows is read as empty or only
//! counted, and the end says what happened. So a PDU is a straight line of fields without branches on errors.
//!
//! On bare metal the operations on one field stay out of line, so that a PDU is a row of calls: that makes the codec less
//! than half as large. Elsewhere they are inlined.

use crate::error::{DecodeError, EncodeError, Fault};
use crate::nul::{copy_without_nul, find_nul};
use crate::types::{Field, Item, Tag};
use core::fmt;

/// Octets of a header (SMPP 3.4 §3.2; 5.0 §3.2.1).
pub const HEADER_LEN: usize = 16;

/// Sees each field and each tolerated fault while a PDU is read. `()` looks away, at no cost.
pub trait Observe<'a> {
    /// `item` stands at `offset` of the PDU as `octets` (a C-octet string without its NUL).
    fn field(&mut self, item: Item, offset: usize, octets: &'a [u8]) {
        let _ = (item, offset, octets);
    }

    /// A TLV with this value starts at `offset` of the PDU.
    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        let _ = (tag, offset, value);
    }

    /// Something was tolerated.
    fn deviation(&mut self, deviation: Deviation<'a>) {
        let _ = deviation;
    }
}

impl Observe<'_> for () {}

impl<'a, O: Observe<'a> + ?Sized> Observe<'a> for &mut O {
    fn field(&mut self, item: Item, offset: usize, octets: &'a [u8]) {
        (**self).field(item, offset, octets);
    }

    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        (**self).tlv(tag, offset, value);
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        (**self).deviation(deviation);
    }
}

/// A departure from the specification that was tolerated while reading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Deviation<'a> {
    /// What, in which field and where: the same that a strict reader gives as its error.
    pub what: DecodeError,
    /// Octets that were left over, empty for most faults.
    pub octets: &'a [u8],
}

impl fmt::Debug for Deviation<'_> {
    /// How many octets, not which: behind a bind they may be a part of its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, octets } = self;
        f.debug_struct("Deviation").field("what", what).field("octets", &octets.len()).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Deviation<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Deviation({}, {=usize} octets)", self.what, self.octets.len());
    }
}

/// What is known of a PDU besides the octets that are left to read. Apart from [`Reader`], so that a PDU that is as it
/// should be is read without touching it.
#[derive(Debug)]
pub(crate) struct Report<O> {
    /// Octets of the whole PDU, so that offsets count from its start.
    total: usize,
    early_end: EarlyEnd,
    error: Option<DecodeError>,
    observer: O,
}

/// What it means that the octets end before the fields do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EarlyEnd {
    /// An error: the PDU is cut short.
    Error,
    /// A deviation to tell of, once: a response that leaves out its last fields, or all of them though its status is
    /// no error.
    Deviation,
    /// The same in a response with an error status: whatever body it has does not count.
    Refusal,
    /// Nothing to tell of: it was told already, or a response with an error status has no body, as it should be.
    Known,
}

impl<'a, O: Observe<'a>> Report<O> {
    /// A report on a PDU of `total` octets.
    #[inline]
    pub(crate) fn new(total: usize, early_end: EarlyEnd, observer: O) -> Self {
        Self { total, early_end, error: None, observer }
    }

    /// Forgets the error. That fields are missing is still known.
    pub(crate) fn forget_error(&mut self) {
        self.error = None;
    }

    /// Remembers the first error.
    #[cold]
    fn fail(&mut self, fault: Fault, field: Field, offset: usize) {
        self.error.get_or_insert(DecodeError { fault, field, offset });
        // What follows is missing because of this error, not because the peer left it out.
        self.early_end = EarlyEnd::Known;
    }

    /// Tells the observer of something tolerated.
    #[cold]
    pub(crate) fn tolerate(&mut self, fault: Fault, field: Field, offset: usize, octets: &'a [u8]) {
        self.observer.deviation(Deviation { what: DecodeError { fault, field, offset }, octets });
    }

    /// The octets end where `field` should start, or `inside` it.
    #[cold]
    fn ended(&mut self, field: Field, inside: bool, offset: usize) {
        match self.early_end {
            EarlyEnd::Known => {}
            EarlyEnd::Deviation | EarlyEnd::Refusal if !inside => {
                self.early_end = EarlyEnd::Known;
                match offset {
                    HEADER_LEN => self.tolerate(Fault::MissingBody, Field::Body, offset, &[]),
                    _ => self.tolerate(Fault::MissingFields, field, offset, &[]),
                }
            }
            EarlyEnd::Deviation | EarlyEnd::Refusal | EarlyEnd::Error => {
                self.fail(Fault::Truncated, field, offset)
            }
        }
    }
}

/// Takes fields from the front of a PDU's body.
pub struct Reader<'a, 'r, O> {
    rest: &'a [u8],
    report: &'r mut Report<O>,
}

impl<O> fmt::Debug for Reader<'_, '_, O> {
    /// Without the octets: bodies hold texts and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("left", &self.rest.len()).finish_non_exhaustive()
    }
}

impl<'a, 'r, O: Observe<'a>> Reader<'a, 'r, O> {
    /// Reads `body`, the end of the PDU that `report` is on.
    #[inline]
    pub(crate) fn new(body: &'a [u8], report: &'r mut Report<O>) -> Self {
        Self { rest: body, report }
    }

    /// Where the next octet stands in the PDU.
    #[inline]
    pub(crate) fn offset(&self) -> usize {
        self.report.total.wrapping_sub(self.rest.len())
    }

    /// Octets that were not read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether there was an error.
    #[inline]
    pub(crate) fn failed(&self) -> bool {
        self.report.error.is_some()
    }

    /// The first error. Apart from [`Self::failed`], so that the way without an error is short.
    #[cold]
    #[inline(never)]
    pub(crate) fn error(&self) -> DecodeError {
        self.report.error.unwrap_or(DecodeError::UNKNOWN_COMMAND)
    }

    /// Remembers the first error and reads nothing more.
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn fail(&mut self, fault: Fault, field: Field, offset: usize) {
        self.report.fail(fault, field, offset);
        self.rest = &[];
    }

    /// The octets end where `field` should start, or inside it.
    #[cfg_attr(not(smpp_small), inline)]
    fn ended(&mut self, field: Field) {
        self.report.ended(field, !self.rest.is_empty(), self.offset());
        self.rest = &[];
    }

    /// Whether a list has no further entry although its count says so: told of like any missing field.
    pub(crate) fn list_ends_early(&mut self, field: Field) -> bool {
        let ends = self.rest.is_empty();
        if ends {
            self.ended(field);
        }
        ends
    }

    /// Tells the observer of a field, unless it only seems to be there because it is empty behind an error.
    #[inline]
    fn saw(&mut self, item: Item, offset: usize, octets: &'a [u8]) {
        if self.report.error.is_none() {
            self.report.observer.field(item, offset, octets);
        }
    }

    /// Tells the observer of a TLV.
    #[inline]
    pub(crate) fn saw_tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        self.report.observer.tlv(tag, offset, value);
    }

    /// Tells the observer of something tolerated in the octets that are left, and reads nothing more.
    #[inline]
    pub(crate) fn tolerate_rest(&mut self, fault: Fault, field: Field) {
        self.report.tolerate(fault, field, self.offset(), self.rest);
        self.rest = &[];
    }

    /// The next `N` octets.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn array<const N: usize>(&mut self, item: Item) -> [u8; N] {
        let offset = self.offset();
        let Some((octets, rest)) = self.rest.split_first_chunk::<N>() else {
            self.ended(item.field);
            return [0; N];
        };
        self.rest = rest;
        self.saw(item, offset, octets);
        *octets
    }

    /// An integer of one octet.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn u8(&mut self, item: Item) -> u8 {
        let [value] = self.array(item);
        value
    }

    /// A C-octet string, of any length.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn c_octets(&mut self, item: Item) -> &'a [u8] {
        let offset = self.offset();
        let end = if let [0, ..] = self.rest { Some(0) } else { find_nul(self.rest) };
        if let Some((octets, [_nul, rest @ ..])) = end.and_then(|end| self.rest.split_at_checked(end)) {
            self.rest = rest;
            self.saw(item, offset, octets);
            return octets;
        }
        if self.rest.is_empty() {
            self.ended(item.field);
            return &[];
        }
        self.unterminated(item, offset)
    }

    /// A C-octet string that ends with the PDU in place of a NUL. In a response it is the last thing that the peer wrote
    /// (in practice 9): an id that is thrown away is a message whose receipt nobody finds.
    #[cold]
    #[inline(never)]
    fn unterminated(&mut self, item: Item, offset: usize) -> &'a [u8] {
        let is_text = self.rest.iter().all(|octet| (b' '..=b'~').contains(octet));
        // Not in the lists of submit_multi_resp, where a number follows each string.
        let may_be_last = matches!(item.field, Field::MessageId | Field::SystemId | Field::FinalDate);
        if self.report.early_end != EarlyEnd::Deviation || !may_be_last || !is_text {
            self.fail(Fault::Unterminated, item.field, offset);
            return &[];
        }
        let octets = core::mem::take(&mut self.rest);
        self.report.tolerate(Fault::MissingNul, item.field, offset, &[]);
        self.saw(item, offset, octets);
        octets
    }

    /// As many octets as `len` says.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn octets(&mut self, item: Item, len: usize) -> &'a [u8] {
        let offset = self.offset();
        let Some((octets, rest)) = self.rest.split_at_checked(len) else {
            self.fail(Fault::Truncated, item.field, offset);
            return &[];
        };
        self.rest = rest;
        self.saw(item, offset, octets);
        octets
    }

    /// Goes on at `rest`, the end of what was left, and gives what lies before it.
    #[inline]
    pub(crate) fn advance_to(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let before = self.rest.len().saturating_sub(rest.len());
        let octets = self.rest.get(..before).unwrap_or_default();
        self.rest = rest;
        octets
    }
}

/// Copies as many octets as there are on both sides.
///
/// Not `copy_from_slice`: at opt-level "z" its check of the lengths stays, and with it a path to a panic.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Puts fields into a slice and goes on counting when it is full.
pub struct Writer<'w> {
    out: &'w mut [u8],
    at: usize,
    error: &'w mut Option<EncodeError>,
}

impl fmt::Debug for Writer<'_> {
    /// Without the octets: bodies hold texts and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<'w> Writer<'w> {
    /// Writes from the start of `out`; what is wrong goes to `error`.
    #[inline]
    pub(crate) fn new(out: &'w mut [u8], error: &'w mut Option<EncodeError>) -> Self {
        Self { out, at: 0, error }
    }

    /// How many octets there are, whether or not they found room.
    #[inline]
    pub(crate) fn written(&self) -> usize {
        self.at
    }

    /// Remembers the first error.
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn fail(&mut self, error: EncodeError) {
        remember(self.error, error);
    }

    /// The next `len` octets of the slice, if it has so many.
    #[inline]
    fn place(&mut self, len: usize) -> Option<&mut [u8]> {
        let end = self.at.saturating_add(len);
        let place = self.out.get_mut(self.at..end);
        self.at = end;
        place
    }

    /// Appends `octets`.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn octets(&mut self, octets: &[u8]) {
        if let Some(place) = self.place(octets.len()) {
            copy(place, octets);
        }
    }

    /// Appends an integer of one octet.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn u8(&mut self, value: u8) {
        if let Some(place) = self.out.get_mut(self.at) {
            *place = value;
        }
        self.at = self.at.saturating_add(1);
    }

    /// Appends a C-octet string and its NUL.
    #[cfg_attr(smpp_small, inline(never))]
    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn c_octets(&mut self, item: &'static Item, octets: &[u8]) {
        let limit = usize::from(item.write_limit());
        if octets.len() >= limit {
            let max = limit.saturating_sub(1);
            self.fail(EncodeError::TooLong { field: item.field, len: octets.len(), max });
        }
        let is_copied = match self.place(octets.len().saturating_add(1)).and_then(<[u8]>::split_last_mut) {
            Some((nul, place)) => {
                *nul = 0;
                copy_without_nul(octets, place)
            }
            None => find_nul(octets).is_none(),
        };
        if !is_copied {
            self.fail(EncodeError::InnerNul { field: item.field });
        }
    }

    /// The number of octets written, once everything fitted and was valid; they start with `command_length`, which
    /// is set here.
    ///
    /// # Errors
    /// The first error; else [`EncodeError::BufferTooSmall`] with the length of the whole PDU.
    #[inline]
    pub(crate) fn finish(self) -> Result<usize, EncodeError> {
        if let Some(error) = *self.error {
            return Err(error);
        }
        let needed = self.at;
        let (Ok(command_length), true) = (u32::try_from(needed), needed <= self.out.len()) else {
            return Err(EncodeError::BufferTooSmall { needed });
        };
        if let Some(place) = self.out.first_chunk_mut() {
            *place = command_length.to_be_bytes();
        }
        Ok(needed)
    }
}

#[cold]
fn remember(place: &mut Option<EncodeError>, error: EncodeError) {
    place.get_or_insert(error);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn readers_and_writers_print_no_octets() {
        let mut out = *b"topsecret";
        let mut error = None;
        let shown = format!("{:?}", Writer::new(&mut out, &mut error));
        assert_eq!(shown, "Writer { at: 0, .. }");
        let mut report = Report::new(HEADER_LEN, EarlyEnd::Error, ());
        assert_eq!(format!("{:?}", Reader::new(b"topsecret", &mut report)), "Reader { left: 9, .. }");
    }
}
