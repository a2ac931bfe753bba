//! Reading with care: every departure from the specification is reported, and refused if the reader is not lenient.

use crate::error::{DecodeError, Fault, Leniency};
use crate::frame::Frame;
use crate::pdu::{HEADER_LEN, Pdu};
use crate::sms::udh::Udh;
use crate::types::{EsmClass, Field, Item, Kind, Tag};
use crate::wire::{Deviation, Observe};

impl<'a> Frame<'a> {
    /// Reads the PDU with care and tells `observer` of each field, each TLV and each tolerated deviation. Slower than
    /// [`Self::pdu`]; made for tools, logs, and peers that are new.
    ///
    /// # Errors
    /// As [`Self::pdu`], and the first deviation that `leniency` does not tolerate.
    pub fn inspect(
        &self,
        leniency: Leniency,
        observer: &mut dyn Observe<'a>,
    ) -> Result<Pdu<'a>, DecodeError> {
        let mut inspector = Inspector {
            observer,
            leniency,
            refused: None,
            seen_tags: [false; Tag::NAMED.len()],
            esm_class: (0, EsmClass::DEFAULT),
            short_message: None,
            message_payload: None,
        };
        inspector.header(self);
        let pdu = self.read(&mut inspector)?;
        inspector.user_data();
        inspector.refused.map_or(Ok(pdu), Err)
    }
}

struct Inspector<'o, 'a> {
    observer: &'o mut dyn Observe<'a>,
    leniency: Leniency,
    refused: Option<DecodeError>,
    /// Which standard tags came already, by their place in [`Tag::NAMED`].
    seen_tags: [bool; Tag::NAMED.len()],
    /// Where esm_class is and what it says.
    esm_class: (usize, EsmClass),
    /// Where the user data starts and what it is, in each of its two places if it is not empty.
    short_message: Option<(usize, &'a [u8])>,
    message_payload: Option<(usize, &'a [u8])>,
}

impl<'a> Inspector<'_, 'a> {
    fn tell(&mut self, fault: Fault, field: Field, offset: usize) {
        self.deviation(Deviation { what: DecodeError { fault, field, offset }, octets: &[] });
    }

    fn header(&mut self, frame: &Frame<'a>) {
        let header = frame.header;
        if !header.command_id.is_response() && !header.command_status.is_ok() {
            self.tell(Fault::StatusInRequest, Field::CommandStatus, 8);
        }
        let may_be_zero = header.command_id == crate::types::CommandId::GENERIC_NACK;
        if header.sequence_number > 0x7FFF_FFFF || (header.sequence_number == 0 && !may_be_zero) {
            self.tell(Fault::SequenceNumber, Field::SequenceNumber, 12);
        }
        if header.command_id.is_response()
            && !header.command_status.is_ok()
            && frame.octets.len() > HEADER_LEN
        {
            self.tell(Fault::BodyInError, Field::Body, HEADER_LEN);
        }
    }

    /// What can be told only when the whole PDU is there.
    fn user_data(&mut self) {
        if let (Some((offset, _)), Some(_)) = (self.short_message, self.message_payload) {
            self.tell(Fault::TextAndPayload, Field::ShortMessage, offset);
        }
        let (esm_class_at, esm_class) = self.esm_class;
        let (field, offset, user_data) = match (self.short_message, self.message_payload) {
            (_, Some((offset, octets))) => (Field::Tlv(Tag::MESSAGE_PAYLOAD), offset, octets),
            (Some((offset, octets)), None) => (Field::ShortMessage, offset, octets),
            (None, None) => (Field::EsmClass, esm_class_at, &[][..]),
        };
        if esm_class.has_udh() && Udh::split(user_data).is_err() {
            self.tell(Fault::BadUdh, field, offset);
        }
    }
}

impl<'a> Observe<'a> for Inspector<'_, 'a> {
    fn field(&mut self, item: Item, offset: usize, octets: &'a [u8]) {
        self.observer.field(item, offset, octets);
        let kind = item.field.kind();
        if kind == Kind::Time && !matches!(octets.len(), 0 | 16) {
            self.tell(Fault::TimeLength, item.field, offset);
        }
        if kind == Kind::COctetString && octets.len() >= usize::from(item.max) {
            self.tell(Fault::OverlongString, item.field, offset);
        }
        if matches!(kind, Kind::Time | Kind::COctetString) && !octets.is_ascii() {
            self.tell(Fault::NonAscii, item.field, offset);
        }
        match (item.field, octets) {
            (Field::EsmClass, &[esm_class]) => self.esm_class = (offset, EsmClass(esm_class)),
            (Field::ShortMessage, [_, ..]) => self.short_message = Some((offset, octets)),
            _ => {}
        }
    }

    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        self.observer.tlv(tag, offset, value);
        let (Some((min, max)), Ok(place)) = (tag.limits(), Tag::NAMED.binary_search(&tag)) else { return };
        if !(usize::from(min)..=usize::from(max)).contains(&value.len()) {
            self.tell(Fault::TlvLength, Field::Tlv(tag), offset);
        }
        let ends_at_its_nul = || value.iter().position(|&octet| octet == 0) == value.len().checked_sub(1);
        // The size that 5.0 prints for broadcast_end_time leaves no room for the NUL (§4.8.4.9).
        if tag.kind() == Some(Kind::COctetString) && tag != Tag::BROADCAST_END_TIME && !ends_at_its_nul() {
            self.tell(Fault::TlvTerminator, Field::Tlv(tag), offset);
        }
        let seen = self.seen_tags.get_mut(place).is_some_and(|seen| core::mem::replace(seen, true));
        let is_first = !seen;
        if !is_first && !tag.is_repeatable() {
            self.tell(Fault::DuplicateTlv, Field::Tlv(tag), offset);
        }
        if is_first && tag == Tag::MESSAGE_PAYLOAD && !value.is_empty() {
            self.message_payload = Some((offset, value));
        }
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        if self.leniency.tolerates(deviation.what.fault) {
            self.observer.deviation(deviation);
        } else {
            self.refused.get_or_insert(deviation.what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{MAX_PDU, Split};
    use crate::pdu::{DataSm, ReplaceSm, encode};
    use crate::tlv::Tlv;
    use crate::types::CommandStatus;
    use std::vec::Vec;

    struct Told(Vec<DecodeError>);

    impl Observe<'_> for Told {
        fn deviation(&mut self, deviation: Deviation<'_>) {
            self.0.push(deviation.what);
        }
    }

    fn told<'a>(body: &impl crate::pdu::Body<'a>) -> Vec<DecodeError> {
        let mut out = [0; 128];
        let len = encode(body, CommandStatus::ESME_ROK, 1, &mut out).unwrap();
        let Ok(Split::Frame(frame)) = Frame::split(&out[..len], MAX_PDU) else { panic!("a whole PDU") };
        let mut told = Told(Vec::new());
        frame.inspect(Leniency::TOLERANT, &mut told).unwrap();
        told.0
    }

    #[test]
    fn a_bad_udh_is_told_of_where_the_user_data_is() {
        let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: b"\x09\x00" }];
        let mut data = DataSm { esm_class: EsmClass::UDHI, tlvs: payload[..].into(), ..DataSm::default() };
        let bad_udh = |field, offset| [DecodeError { fault: Fault::BadUdh, field, offset }];
        assert_eq!(told(&data), bad_udh(Field::Tlv(Tag::MESSAGE_PAYLOAD), 26));
        data.tlvs = crate::tlv::Tlvs::NONE;
        assert_eq!(told(&data), bad_udh(Field::EsmClass, 23));
    }

    #[test]
    fn each_standard_tag_that_stands_twice_is_told_of_unless_it_may() {
        for &tag in Tag::NAMED {
            let (min, _) = tag.limits().unwrap();
            let value = [0; 16];
            let twice = [Tlv { tag, value: value.get(..min.into()).unwrap() }; 2];
            let data = DataSm { tlvs: twice[..].into(), ..DataSm::default() };
            let found = told(&data).iter().any(|what| what.fault == Fault::DuplicateTlv);
            assert_eq!(found, !tag.is_repeatable(), "{tag}");
        }
    }

    #[test]
    fn strings_in_tlvs_end_at_their_nul() {
        for (value, is_right) in
            [(&b"id\0"[..], true), (b"\0", true), (b"id", false), (b"id\0\0", false), (b"i\0d", false)]
        {
            let id = [Tlv { tag: Tag::RECEIPTED_MESSAGE_ID, value }];
            let field = Field::Tlv(Tag::RECEIPTED_MESSAGE_ID);
            let what = DecodeError { fault: Fault::TlvTerminator, field, offset: 26 };
            let data = DataSm { tlvs: id[..].into(), ..DataSm::default() };
            assert_eq!(told(&data).contains(&what), !is_right, "{value:?}");
        }
    }

    /// In practice 18: replace_sm has both places for text, but no esm_class.
    #[test]
    fn text_and_payload_at_once_is_told_of_in_replace_sm_too() {
        let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: b"long" }];
        let replace = ReplaceSm { short_message: b"short", tlvs: payload[..].into(), ..ReplaceSm::default() };
        let what = DecodeError { fault: Fault::TextAndPayload, field: Field::ShortMessage, offset: 25 };
        assert_eq!(told(&replace), [what]);
    }
}
