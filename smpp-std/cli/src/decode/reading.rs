//! A PDU with everything that was seen while it was read: what the JSON and the dump are made from.

use smpp_core::frame::{Frame, Header};
use smpp_core::pdu::Pdu;
use smpp_core::types::{Item, Tag};
use smpp_core::{DecodeError, Deviation, Leniency, Observe};

/// A mandatory field, list entries included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenField<'a> {
    /// Which field.
    pub(crate) item: Item,
    /// Where it starts in the PDU.
    pub(crate) offset: usize,
    /// Its octets; those of a C-octet string without the NUL.
    pub(crate) octets: &'a [u8],
}

/// A TLV.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenTlv<'a> {
    /// Which one.
    pub(crate) tag: Tag,
    /// Where it starts in the PDU.
    pub(crate) offset: usize,
    /// Its value.
    pub(crate) value: &'a [u8],
}

/// One PDU, read with care.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// Its header.
    pub(crate) header: Header,
    /// All its octets.
    pub(crate) octets: &'a [u8],
    /// Its mandatory fields, as far as they could be read.
    pub(crate) fields: Vec<SeenField<'a>>,
    /// Its TLVs in their order.
    pub(crate) tlvs: Vec<SeenTlv<'a>>,
    /// What was tolerated.
    pub(crate) deviations: Vec<Deviation<'a>>,
    /// The PDU, or why it is none.
    pub(crate) pdu: Result<Pdu<'a>, DecodeError>,
}

impl<'a> Reading<'a> {
    /// Reads `frame`, tolerating what `leniency` names.
    pub(crate) fn of(frame: &Frame<'a>, leniency: Leniency) -> Self {
        let mut seen = Seen::default();
        let pdu = frame.inspect(leniency, &mut seen);
        let Seen { fields, tlvs, deviations } = seen;
        Self { header: frame.header, octets: frame.octets, fields, tlvs, deviations, pdu }
    }
}

#[derive(Default)]
struct Seen<'a> {
    fields: Vec<SeenField<'a>>,
    tlvs: Vec<SeenTlv<'a>>,
    deviations: Vec<Deviation<'a>>,
}

impl<'a> Observe<'a> for Seen<'a> {
    fn field(&mut self, item: Item, offset: usize, octets: &'a [u8]) {
        self.fields.push(SeenField { item, offset, octets });
    }

    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        self.tlvs.push(SeenTlv { tag, offset, value });
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        self.deviations.push(deviation);
    }
}
