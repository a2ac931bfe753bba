//! TLVs, called optional parameters in 3.4 (SMPP 3.4 §3.2.4, §5.3; 5.0 §4.8): checked once, then read without errors.
//!
//! ```
//! use smpp_core::tlv::{Tlv, Tlvs};
//! use smpp_core::types::Tag;
//!
//! let list = [
//!     Tlv { tag: Tag::SAR_MSG_REF_NUM, value: &7u16.to_be_bytes() },
//!     Tlv { tag: Tag(0x1400), value: b"vendor" },
//! ];
//! let tlvs = Tlvs::from(&list[..]);
//! assert_eq!(tlvs.sar_msg_ref_num(), Some(7));
//! assert_eq!(tlvs.find(Tag(0x1400)), Some(&b"vendor"[..]));
//! ```

mod standard;

use crate::error::{EncodeError, Fault};
use crate::nul::find_nul;
use crate::types::{COctetString, Field, Tag};
use crate::wire::{Observe, Reader, Writer};
use core::fmt;

/// One TLV: a tag and the octets of its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tlv<'a> {
    /// What it means.
    pub tag: Tag,
    /// Its value, at most 65,535 octets.
    pub value: &'a [u8],
}

/// The TLVs of a PDU in their order, unknown ones included: either as they were received, or a list to be written.
#[derive(Clone, Copy)]
pub struct Tlvs<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    /// Octets of whole TLVs, checked when they were read.
    Wire(&'a [u8]),
    List(&'a [Tlv<'a>]),
}

impl<'a> Tlvs<'a> {
    /// No TLV.
    pub const NONE: Self = Self(Repr::Wire(&[]));

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Repr::Wire(octets) => octets.is_empty(),
            Repr::List(list) => list.is_empty(),
        }
    }

    /// All TLVs in their order.
    #[must_use]
    pub const fn iter(&self) -> Iter<'a> {
        Iter(self.0)
    }

    /// The value of the first TLV with this tag.
    #[must_use]
    pub fn find(&self, tag: Tag) -> Option<&'a [u8]> {
        self.iter().find(|tlv| tlv.tag == tag).map(|tlv| tlv.value)
    }

    /// The first TLV with this tag as an unsigned integer, whatever its length, if the value fits: peers send
    /// integers in other widths than the standard's (in practice 5).
    fn integer<T: TryFrom<u32>>(&self, tag: Tag) -> Option<T> {
        let octets = self.find(tag).filter(|octets| !octets.is_empty())?;
        let number = octets
            .iter()
            .try_fold(0u32, |number, &octet| (number >> 24 == 0).then_some(number << 8 | u32::from(octet)));
        T::try_from(number?).ok()
    }

    fn u8(&self, tag: Tag) -> Option<u8> {
        self.integer(tag)
    }

    fn u16(&self, tag: Tag) -> Option<u16> {
        self.integer(tag)
    }

    fn u32(&self, tag: Tag) -> Option<u32> {
        self.integer(tag)
    }

    fn octets(&self, tag: Tag) -> Option<&'a [u8]> {
        self.find(tag)
    }

    /// The first TLV with this tag as a C-octet string that ends at its first NUL or, as many peers send it, without.
    fn c_octets(&self, tag: Tag) -> Option<COctetString<'a>> {
        let value = self.find(tag)?;
        let len = find_nul(value).unwrap_or(value.len());
        value.get(..len).map(COctetString::new)
    }

    /// Everything behind the mandatory fields. Faults of the TLV stream are tolerated (standards, faults of the TLV stream): the framing is
    /// intact and what stands before them is beyond doubt.
    pub(crate) fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>) -> Self {
        let mut rest = reader.rest();
        if rest.is_empty() {
            return Self::NONE;
        }
        let end = reader.offset().saturating_add(rest.len());
        while let Some((tlv, behind)) = split_tlv(rest) {
            reader.saw_tlv(tlv.tag, end.saturating_sub(rest.len()), tlv.value);
            rest = behind;
        }
        let good = reader.advance_to(rest);
        if !rest.is_empty() {
            let fault = if rest.len() < 4 { Fault::TrailingOctets } else { Fault::TlvOverrun };
            reader.tolerate_rest(fault, Field::Tlvs);
        }
        Self(Repr::Wire(good))
    }

    #[cfg_attr(not(smpp_small), inline)]
    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        if !self.is_empty() {
            self.write_all(writer);
        }
    }

    #[inline(never)]
    fn write_all(&self, writer: &mut Writer<'_>) {
        match self.0 {
            Repr::Wire(octets) => writer.octets(octets),
            Repr::List(list) => {
                for tlv in list {
                    tlv.write(writer);
                }
            }
        }
    }
}

impl Tlv<'_> {
    fn write(&self, writer: &mut Writer<'_>) {
        let Ok(len) = u16::try_from(self.value.len()) else {
            let (len, max) = (self.value.len(), usize::from(u16::MAX));
            return writer.fail(EncodeError::TooLong { field: Field::Tlv(self.tag), len, max });
        };
        let [[tag_high, tag_low], [len_high, len_low]] = [self.tag.0, len].map(u16::to_be_bytes);
        writer.octets(&[tag_high, tag_low, len_high, len_low]);
        writer.octets(self.value);
    }
}

/// The first TLV and what stands behind it, or nothing when no whole TLV stands there.
fn split_tlv(octets: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let ([tag_high, tag_low, len_high, len_low], rest) = octets.split_first_chunk()?;
    let len = u16::from_be_bytes([*len_high, *len_low]);
    let (value, rest) = rest.split_at_checked(usize::from(len))?;
    Some((Tlv { tag: Tag(u16::from_be_bytes([*tag_high, *tag_low])), value }, rest))
}

/// Iterates over [`Tlvs`].
#[derive(Clone)]
pub struct Iter<'a>(Repr<'a>);

impl<'a> Iterator for Iter<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        match &mut self.0 {
            Repr::Wire(octets) => {
                let (tlv, rest) = split_tlv(octets)?;
                *octets = rest;
                Some(tlv)
            }
            Repr::List(list) => {
                let (first, rest) = list.split_first()?;
                *list = rest;
                Some(*first)
            }
        }
    }
}

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> IntoIterator for &Tlvs<'a> {
    type Item = Tlv<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Default for Tlvs<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<'a> From<&'a [Tlv<'a>]> for Tlvs<'a> {
    fn from(list: &'a [Tlv<'a>]) -> Self {
        Self(Repr::List(list))
    }
}

impl PartialEq for Tlvs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tlvs<'_> {}

impl fmt::Debug for Tlvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.iter(), f)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Tlvs<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "[");
        for tlv in self {
            defmt::write!(f, "{}={=[u8]:02x} ", tlv.tag, tlv.value);
        }
        defmt::write!(f, "]");
    }
}
