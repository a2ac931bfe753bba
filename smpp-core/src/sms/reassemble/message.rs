//! What goes into the reassembler and what comes out.

use super::super::udh::{Concatenation, Shifts, Udh};
use crate::time::Instant;
use crate::types::{Address, COctetString, DataCoding, Npi, Ton};

/// How a part says that it is one. References of different kinds have nothing to do with one another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PartKind {
    /// A user data header with an 8-bit reference.
    Udh8,
    /// A user data header with a 16-bit reference.
    Udh16,
    /// The TLVs `sar_msg_ref_num`, `sar_total_segments` and `sar_segment_seqnum`.
    Sar,
}

/// One part of a long message as it was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Part<'a> {
    /// Who sent it.
    pub source: Address<'a>,
    /// To whom.
    pub destination: Address<'a>,
    /// Where the following numbers were found.
    pub kind: PartKind,
    /// The same in all parts of a message; 0 is as good as any.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which of them this is, from 1.
    pub sequence: u8,
    /// The coding of `user_data`.
    pub data_coding: DataCoding,
    /// The user data header, if there was one: it is kept for what else it says.
    pub udh: Option<Udh<'a>>,
    /// The text without the header.
    pub user_data: &'a [u8],
}

impl<'a> Part<'a> {
    /// A part that is told by its header. `None` when the header names no part. A header goes before `sar_*` TLVs that
    /// the same PDU may have.
    #[must_use]
    pub fn from_udh(
        source: Address<'a>,
        destination: Address<'a>,
        data_coding: DataCoding,
        udh: Udh<'a>,
        user_data: &'a [u8],
    ) -> Option<Self> {
        let Concatenation { reference, wide, total, sequence } = udh.concatenation()?;
        let kind = if wide { PartKind::Udh16 } else { PartKind::Udh8 };
        let udh = Some(udh);
        Some(Self { source, destination, kind, reference, total, sequence, data_coding, udh, user_data })
    }
}

/// A part inside a [`LongMessage`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct JoinedPart<'r> {
    /// Which part, from 1.
    pub sequence: u8,
    /// The coding of its octets.
    pub data_coding: DataCoding,
    /// Its header: ports, national languages, elements that nobody knows. Empty for parts by `sar_*`.
    pub udh: Udh<'r>,
    /// Its text without the header.
    pub user_data: &'r [u8],
}

/// A long message, whole or as far as it came. Lent until the reassembler is used again.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LongMessage<'r> {
    pub(super) info: Info,
    /// Key, heads and texts of the message, see [`Info`].
    pub(super) octets: &'r [u8],
}

/// What is known of a message beside its octets: first the key (both addresses), then a head
/// for each part in the order of their sequence, then their texts in the same order, without gaps.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Info {
    /// When its first part came.
    pub(super) since: Instant,
    pub(super) key_octets: usize,
    pub(super) head_octets: usize,
    pub(super) text_octets: usize,
    pub(super) reference: u16,
    pub(super) kind: PartKind,
    pub(super) total: u8,
    pub(super) received: u8,
}

impl Info {
    /// No message.
    pub(super) const NONE: Self = Self {
        since: Instant::ZERO,
        key_octets: 0,
        head_octets: 0,
        text_octets: 0,
        reference: 0,
        kind: PartKind::Udh8,
        total: 0,
        received: 0,
    };

    pub(super) const fn octets(&self) -> usize {
        self.key_octets.saturating_add(self.head_octets).saturating_add(self.text_octets)
    }
}

/// Octets of a part's head before its header elements: sequence, data coding, octets of text (2), octets of elements.
pub(super) const HEAD: usize = 5;

/// TON, NPI and length in front of an address in the key.
const ADDRESS_HEAD: usize = 3;

impl<'r> LongMessage<'r> {
    /// Who sent it.
    #[must_use]
    pub fn source(&self) -> Address<'r> {
        split_address(self.octets).0
    }

    /// To whom.
    #[must_use]
    pub fn destination(&self) -> Address<'r> {
        split_address(split_address(self.octets).1).0
    }

    /// How its parts were told.
    #[must_use]
    pub const fn kind(&self) -> PartKind {
        self.info.kind
    }

    /// The reference of all its parts.
    #[must_use]
    pub const fn reference(&self) -> u16 {
        self.info.reference
    }

    /// How many parts it has when it is whole.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.info.total
    }

    /// How many parts came.
    #[must_use]
    pub const fn received(&self) -> u8 {
        self.info.received
    }

    /// When its first part came.
    #[must_use]
    pub const fn since(&self) -> Instant {
        self.info.since
    }

    /// The text of the parts that came, joined in their order, without headers.
    #[must_use]
    pub fn octets(&self) -> &'r [u8] {
        let before = self.info.key_octets.saturating_add(self.info.head_octets);
        self.octets.get(before..).unwrap_or_default()
    }

    /// The parts that came, in the order of their sequence.
    #[must_use]
    pub fn parts(&self) -> Parts<'r> {
        let behind_key = self.octets.get(self.info.key_octets..).unwrap_or_default();
        let (heads, text) = behind_key.split_at_checked(self.info.head_octets).unwrap_or_default();
        Parts { heads, text }
    }

    /// The parts that did not come; none of a whole message.
    pub fn missing(&self) -> impl Iterator<Item = u8> + use<'r> {
        let mut here = self.parts().map(|part| part.sequence).peekable();
        (1..=self.total()).filter(move |sequence| here.next_if_eq(sequence).is_none())
    }

    /// The coding of the whole text, `None` when the parts differ in coding or national languages: then decode each of
    /// [`LongMessage::parts`] by itself. Senders are to use the same in all (3GPP TS 23.040 §9.2.3.24.1), not all do.
    #[must_use]
    pub fn coding(&self) -> Option<(DataCoding, Shifts)> {
        let mut codings = self.parts().map(|part| (part.data_coding, part.udh.shifts()));
        let first = codings.next()?;
        codings.all(|coding| coding == first).then_some(first)
    }
}

/// The parts of a [`LongMessage`], in the order of their sequence.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Parts<'r> {
    heads: &'r [u8],
    text: &'r [u8],
}

impl<'r> Iterator for Parts<'r> {
    type Item = JoinedPart<'r>;

    fn next(&mut self) -> Option<JoinedPart<'r>> {
        let (&[sequence, coding, high, low, elements], behind) = self.heads.split_first_chunk::<HEAD>()?;
        let (elements, heads) = behind.split_at_checked(elements.into())?;
        let (user_data, text) = self.text.split_at_checked(u16::from_be_bytes([high, low]).into())?;
        (self.heads, self.text) = (heads, text);
        Some(JoinedPart { sequence, data_coding: DataCoding(coding), udh: Udh::of(elements), user_data })
    }
}

/// The head of a part, `None` when a length does not fit.
pub(super) fn head(part: &Part<'_>) -> Option<[u8; HEAD]> {
    let [high, low] = u16::try_from(part.user_data.len()).ok()?.to_be_bytes();
    let elements = u8::try_from(part.udh.map_or(0, |udh| udh.as_octets().len())).ok()?;
    Some([part.sequence, part.data_coding.0, high, low, elements])
}

/// What stands in front of an address in the key, `None` when the address is too long to be one.
pub(super) fn address_head(address: &Address<'_>) -> Option<[u8; ADDRESS_HEAD]> {
    Some([address.ton.0, address.npi.0, u8::try_from(address.addr.len()).ok()?])
}

fn split_address(octets: &[u8]) -> (Address<'_>, &[u8]) {
    let (head, behind) = octets.split_first_chunk::<ADDRESS_HEAD>().unwrap_or((&[0; 3], &[]));
    let &[ton, npi, length] = head;
    let (addr, behind) = behind.split_at_checked(length.into()).unwrap_or_default();
    (Address { ton: Ton(ton), npi: Npi(npi), addr: COctetString::new(addr) }, behind)
}
