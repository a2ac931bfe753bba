//! Reading with care: every departure from the specification is told of, and refused if the reader is not lenient.

use super::{HEADER_LEN, Pdu};
use crate::error::{DecodeError, Fault, Leniency};
use crate::frame::Frame;
use crate::sms::udh::Udh;
use crate::types::{Field, Item, Kind, Tag};
use crate::wire::{Deviation, Observe};

/// Reads `frame` and tells `observer` of each field, TLV and deviation.
///
/// # Errors
/// What cannot be read, or the first deviation that `leniency` does not tolerate.
pub(crate) fn inspect<'a>(
    frame: &Frame<'a>,
    leniency: Leniency,
    observer: &mut dyn Observe<'a>,
) -> Result<Pdu<'a>, DecodeError> {
    let mut inspector = Inspector { observer, leniency, refused: None, seen_tags: 0, short_message_at: 0 };
    inspector.header(frame);
    let pdu = frame.read(&mut inspector)?;
    inspector.message(&pdu);
    inspector.refused.map_or(Ok(pdu), Err)
}

struct Inspector<'o, 'a> {
    observer: &'o mut dyn Observe<'a>,
    leniency: Leniency,
    refused: Option<DecodeError>,
    /// Standard tags that came already, a bit for each place in [`Tag::NAMED`].
    seen_tags: u64,
    short_message_at: usize,
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
    fn message(&mut self, pdu: &Pdu<'a>) {
        let Some(message) = pdu.message() else { return };
        let payload = message.tlvs.message_payload().unwrap_or_default();
        if !message.short_message.is_empty() && !payload.is_empty() {
            self.tell(Fault::TextAndPayload, Field::ShortMessage, self.short_message_at);
        }
        if message.esm_class.has_udh() && Udh::split(message.user_data()).is_err() {
            let field =
                if payload.is_empty() { Field::ShortMessage } else { Field::Tlv(Tag::MESSAGE_PAYLOAD) };
            self.tell(Fault::BadUdh, field, self.short_message_at);
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
        if item.field == Field::ShortMessage {
            self.short_message_at = offset;
        }
    }

    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        self.observer.tlv(tag, offset, value);
        let (Some((min, max)), Ok(place)) = (tag.limits(), Tag::NAMED.binary_search(&tag)) else { return };
        if !(usize::from(min)..=usize::from(max)).contains(&value.len()) {
            self.tell(Fault::TlvLength, Field::Tlv(tag), offset);
        }
        let bit = u32::try_from(place).ok().and_then(|place| 1u64.checked_shl(place)).unwrap_or(0);
        if self.seen_tags & bit != 0 && !tag.is_repeatable() {
            self.tell(Fault::DuplicateTlv, Field::Tlv(tag), offset);
        }
        self.seen_tags |= bit;
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        if self.leniency.tolerates(deviation.what.fault) {
            self.observer.deviation(deviation);
        } else {
            self.refused.get_or_insert(deviation.what);
        }
    }
}
