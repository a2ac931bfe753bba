//! User data headers: what stands in front of the text (3GPP TS 23.040 §9.2.3.24).
//!
//! In SMPP the header is carried as raw octets at the start of `short_message` or `message_payload`, announced by
//! [`EsmClass::has_udh`](crate::types::EsmClass::has_udh), whatever the data coding of the text behind it.
//!
//! ```
//! use smpp_core::sms::udh::Udh;
//!
//! let (udh, text) = Udh::split(b"\x05\x00\x03\x2a\x02\x01Hello")?;
//! let part = udh.concatenation().unwrap();
//! assert_eq!((part.reference, part.total, part.sequence), (0x2a, 2, 1));
//! assert_eq!(text, b"Hello");
//! # Ok::<(), smpp_core::sms::udh::UdhError>(())
//! ```

mod element;
mod header;

pub use element::{Concatenation, Element, Iei, Ports, Shifts, SpecialMessage};
pub use header::{Header, HeaderError};

use core::fmt;

/// Wrong headers of real senders that are understood when asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UdhLeniency {
    /// `00 03 ref total seq`: one element of concatenation without the header's length octet in front.
    pub missing_length: bool,
    /// A 16-bit reference under the identifier of the 8-bit one: `00 04 ref ref total seq`.
    pub misnamed_reference: bool,
}

impl UdhLeniency {
    /// Nothing is tolerated.
    pub const STRICT: Self = Self { missing_length: false, misnamed_reference: false };
    /// Everything is tolerated that is known to be sent.
    pub const TOLERANT: Self = Self { missing_length: true, misnamed_reference: true };
}

/// What was wrong with a header that was understood nevertheless.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UdhDeviation {
    /// See [`UdhLeniency::missing_length`].
    MissingLength,
    /// See [`UdhLeniency::misnamed_reference`].
    MisnamedReference,
}

/// Why the octets are no user data header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UdhFault {
    /// There is no length octet: the user data is empty.
    Empty,
    /// The header's length runs past the user data.
    HeaderOverrun,
    /// An element runs past the header, or has no length octet.
    ElementOverrun,
}

/// A malformed header. The message need not be dropped for it: its octets can be shown as text without a header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UdhError {
    /// Which rule is broken.
    pub fault: UdhFault,
    /// Where in the user data, in octets: the length octet or the element that runs too far.
    pub offset: u8,
}

impl fmt::Display for UdhError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            UdhFault::Empty => "no length octet",
            UdhFault::HeaderOverrun => "length runs past the user data",
            UdhFault::ElementOverrun => "element runs past the header",
        };
        write!(f, "user data header: {what} at octet {}", self.offset)
    }
}

impl core::error::Error for UdhError {}

/// A user data header whose elements are known to lie inside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Udh<'a> {
    elements: &'a [u8],
    missing_length: bool,
    misnamed_reference: bool,
}

impl<'a> Udh<'a> {
    /// Splits the header off the user data: the header and what follows it.
    ///
    /// # Errors
    /// [`UdhError`] when a length runs too far; nothing is tolerated.
    pub fn split(user_data: &'a [u8]) -> Result<(Self, &'a [u8]), UdhError> {
        Self::split_leniently(user_data, UdhLeniency::STRICT)
    }

    /// Splits the header off the user data, understanding the wrong headers that `leniency` names.
    /// [`Udh::deviation`] tells whether this one was wrong.
    ///
    /// # Errors
    /// [`UdhError`] when a length runs too far.
    pub fn split_leniently(user_data: &'a [u8], leniency: UdhLeniency) -> Result<(Self, &'a [u8]), UdhError> {
        let misnamed_reference = leniency.misnamed_reference;
        if leniency.missing_length
            && let Some((elements, rest)) = user_data.split_at_checked(5)
            && let [0x00, 0x03, ..] = elements
            && Elements(elements).any(|element| element.concatenation().is_some())
        {
            return Ok((Self { elements, missing_length: true, misnamed_reference }, rest));
        }
        let (&length, behind) =
            user_data.split_first().ok_or(UdhError { fault: UdhFault::Empty, offset: 0 })?;
        let (elements, rest) = behind
            .split_at_checked(length.into())
            .ok_or(UdhError { fault: UdhFault::HeaderOverrun, offset: 0 })?;
        let mut offset = 1u8;
        let mut left = elements;
        while !left.is_empty() {
            let fault = UdhError { fault: UdhFault::ElementOverrun, offset };
            let (element, behind) = first_element(left).ok_or(fault)?;
            // Cannot saturate: an element inside the header ends at octet 255 at most.
            offset =
                offset.saturating_add(2).saturating_add(u8::try_from(element.data.len()).unwrap_or(u8::MAX));
            left = behind;
        }
        Ok((Self { elements, missing_length: false, misnamed_reference }, rest))
    }

    /// A header of these elements, which were split off before.
    pub(super) const fn of(elements: &'a [u8]) -> Self {
        Self { elements, missing_length: false, misnamed_reference: false }
    }

    /// A header that was not announced: user data that starts with `05 00 03` or `06 08 04` and numbers that can be a
    /// part. For senders that forget the indicator in esm_class; use it only where a peer is known to.
    #[must_use]
    pub fn detect(user_data: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let ([0x05, 0x00, 0x03, ..] | [0x06, 0x08, 0x04, ..]) = user_data else { return None };
        Self::split(user_data).ok().filter(|(udh, _)| udh.concatenation().is_some())
    }

    /// The elements in their order, known or not.
    #[must_use]
    pub const fn elements(self) -> Elements<'a> {
        Elements(self.elements)
    }

    /// The octets of the elements, without the length octet.
    #[must_use]
    pub const fn as_octets(self) -> &'a [u8] {
        self.elements
    }

    /// Which part of a long message this is. The last valid element wins, of either width (3GPP TS 23.040 §9.2.3.24);
    /// invalid ones (total 0, sequence 0 or above total) are ignored.
    #[must_use]
    pub fn concatenation(self) -> Option<Concatenation> {
        self.named_concatenation().map(|(concatenation, _)| concatenation)
    }

    /// The part, and whether its element has the wrong name.
    fn named_concatenation(self) -> Option<(Concatenation, bool)> {
        let read = |element: Element<'_>| {
            let misnamed = || element.misnamed_concatenation().filter(|_| self.misnamed_reference);
            let proper = element.concatenation().map(|concatenation| (concatenation, false));
            proper.or_else(|| misnamed().map(|concatenation| (concatenation, true)))
        };
        self.elements().filter_map(read).last()
    }

    /// The application ports. The last element wins, of either width.
    #[must_use]
    pub fn ports(self) -> Option<Ports> {
        self.elements().filter_map(Element::ports).last()
    }

    /// The national languages. The last element of each kind wins.
    #[must_use]
    pub fn shifts(self) -> Shifts {
        let mut shifts = Shifts::NONE;
        for element in self.elements() {
            match (element.iei, element.data) {
                (Iei::LOCKING_SHIFT, &[language]) => shifts.locking = Some(language),
                (Iei::SINGLE_SHIFT, &[language]) => shifts.single = Some(language),
                _ => {}
            }
        }
        shifts
    }

    /// What was wrong with this header, if something was.
    #[must_use]
    pub fn deviation(self) -> Option<UdhDeviation> {
        if self.missing_length {
            return Some(UdhDeviation::MissingLength);
        }
        self.named_concatenation().filter(|(_, misnamed)| *misnamed).map(|_| UdhDeviation::MisnamedReference)
    }
}

/// The elements of a [`Udh`], in their order.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, behind) = first_element(self.0)?;
        self.0 = behind;
        Some(element)
    }
}

/// The first element and what follows it, `None` when it is cut short.
fn first_element(octets: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&[iei, length], behind) = octets.split_first_chunk()?;
    let (data, behind) = behind.split_at_checked(length.into())?;
    Some((Element { iei: Iei(iei), data }, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn part(reference: u16, wide: bool, total: u8, sequence: u8) -> Option<Concatenation> {
        Some(Concatenation { reference, wide, total, sequence })
    }

    fn strict(user_data: &[u8]) -> Udh<'_> {
        Udh::split(user_data).unwrap().0
    }

    fn fault(user_data: &[u8]) -> (UdhFault, u8) {
        let error = Udh::split(user_data).unwrap_err();
        (error.fault, error.offset)
    }

    #[test]
    fn identifiers_have_the_names_of_the_table() {
        let mut named = Iei::NAMED.iter();
        for row in include_str!("../../../tests/spec/udh.tsv").lines() {
            let columns: Vec<_> = row.split('\t').collect();
            let value = columns[1].strip_prefix("0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
            // Ranges, reserved and unused values have no name of their own.
            if let ("iei", Some(value), false) = (columns[0], value, matches!(value, Some(2 | 3))) {
                assert_eq!(named.next().map(|iei| (iei.0, iei.name())), Some((value, Some(columns[2]))));
            }
        }
        assert_eq!(named.next(), None);
    }

    #[test]
    fn unknown_elements_are_kept_and_known_ones_read() {
        let (udh, text) =
            Udh::split(b"\x0F\x70\x00\xE1\x01\x99\x25\x01\x03\x24\x01\x02\x01\x02\x82\x07hi").unwrap();
        assert_eq!(text, b"hi");
        let identifiers: Vec<u8> = udh.elements().map(|element| element.iei.0).collect();
        assert_eq!(identifiers, [0x70, 0xE1, 0x25, 0x24, 0x01]);
        assert_eq!(udh.shifts(), Shifts { locking: Some(3), single: Some(2) });
        let mail = udh.elements().find_map(Element::special_message).unwrap();
        assert_eq!((mail.store(), mail.kind(), mail.count), (true, 2, 7));
        assert_eq!((udh.concatenation(), udh.ports(), udh.deviation()), (None, None, None));
    }

    #[test]
    fn the_last_valid_element_wins() {
        assert_eq!(
            strict(b"\x0B\x00\x03\x07\x02\x01\x08\x04\x01\x02\x03\x02").concatenation(),
            part(0x0102, true, 3, 2)
        );
        assert_eq!(
            strict(b"\x0B\x08\x04\x01\x02\x03\x02\x00\x03\x00\x02\x01").concatenation(),
            part(0, false, 2, 1)
        );
        assert_eq!(
            strict(b"\x0A\x00\x03\x07\x02\x01\x00\x03\x08\x02\x03").concatenation(),
            part(7, false, 2, 1)
        );
        let ports = strict(b"\x0A\x04\x02\xF0\xF1\x05\x04\x0B\x84\x23\xF0").ports();
        assert_eq!(ports, Some(Ports { destination: 2948, source: 9200, wide: true }));
    }

    #[test]
    fn numbers_that_cannot_be_a_part_are_ignored() {
        for data in [&[7, 0, 0][..], &[7, 0, 1], &[7, 2, 0], &[7, 2, 3], &[7, 2], &[7, 2, 1, 1, 1]] {
            assert_eq!(Element { iei: Iei::CONCATENATION_8, data }.concatenation(), None, "{data:?}");
        }
        assert_eq!(Element { iei: Iei::CONCATENATION_16, data: &[7, 2, 1] }.concatenation(), None);
    }

    #[test]
    fn a_malformed_header_tells_rule_and_place() {
        assert_eq!(fault(b""), (UdhFault::Empty, 0));
        assert_eq!(fault(b"\x05\x00\x03\x01\x02"), (UdhFault::HeaderOverrun, 0));
        assert_eq!(fault(b"\x05\x00\x04\x01\x02\x01"), (UdhFault::ElementOverrun, 1));
        assert_eq!(fault(b"\x06\x00\x03\x01\x02\x01\x00"), (UdhFault::ElementOverrun, 6));
        let mut longest = [0; 256];
        (longest[0], longest[2], longest[255]) = (255, 252, 0x70);
        assert_eq!(fault(&longest), (UdhFault::ElementOverrun, 255));
        assert_eq!(
            Udh::split(b"\x00text").map(|(udh, text)| (udh.as_octets(), text)),
            Ok((&b""[..], &b"text"[..]))
        );
    }

    #[test]
    fn field_note_wrong_udh_without_its_length_octet() {
        let wrong = b"\x00\x03\x2A\x02\x01Hello";
        let (udh, text) = Udh::split_leniently(wrong, UdhLeniency::TOLERANT).unwrap();
        assert_eq!((udh.concatenation(), text), (part(0x2A, false, 2, 1), &b"Hello"[..]));
        assert_eq!(udh.deviation(), Some(UdhDeviation::MissingLength));
        // Strictly it is an empty header; so it is where the numbers cannot be a part.
        assert_eq!(strict(wrong).concatenation(), None);
        let (udh, text) = Udh::split_leniently(b"\x00\x03\x2A\x02\x03", UdhLeniency::TOLERANT).unwrap();
        assert_eq!((udh.as_octets(), text.len(), udh.deviation()), (&b""[..], 4, None));
    }

    #[test]
    fn field_note_wrong_udh_with_a_wide_reference_under_iei_0() {
        let wrong = b"\x06\x00\x04\x01\x2A\x02\x01Hello";
        let (udh, text) = Udh::split_leniently(wrong, UdhLeniency::TOLERANT).unwrap();
        assert_eq!((udh.concatenation(), text), (part(0x012A, true, 2, 1), &b"Hello"[..]));
        assert_eq!(udh.deviation(), Some(UdhDeviation::MisnamedReference));
        assert_eq!(strict(wrong).concatenation(), None);
    }

    #[test]
    fn a_header_in_message_payload_is_split_as_any_other_field_note_18() {
        let mut payload = [b'x'; 400];
        payload[..6].copy_from_slice(b"\x05\x00\x03\x2A\x02\x01");
        let (udh, text) = Udh::split(&payload).unwrap();
        assert_eq!((udh.concatenation(), text.len()), (part(0x2A, false, 2, 1), 394));
    }

    #[test]
    fn headers_without_the_indicator_are_detected_on_request() {
        assert!(Udh::detect(b"\x05\x00\x03\x2A\x02\x01Hello").is_some());
        assert!(Udh::detect(b"\x06\x08\x04\x00\x2A\x02\x01").is_some());
        for text in
            [&b"\x05\x00\x03\x2A\x02\x03Hello"[..], b"\x05\x00\x03", b"Hello", b"", b"\x00\x03\x2A\x02\x01"]
        {
            assert_eq!(Udh::detect(text), None, "{text:?}");
        }
    }
}
