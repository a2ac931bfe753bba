//! What phones send: texts as deliver_sm, long ones cut by the method that is asked for.

use super::rule::MobileText;
use super::store::OwnedAddress;
use smpp_core::pdu::{DeliverSm, Pdu};
use smpp_core::sms::segment::{Method, Segment};
use smpp_core::text::Encoding;
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{CommandStatus, DataCoding, EsmClass, Tag};
use smpp_std::OwnedPdu;

/// The parts of `text` from `from` to `to`, in order.
pub(super) fn parts(
    from: &OwnedAddress,
    to: &OwnedAddress,
    text: &MobileText,
    reference: u8,
) -> Vec<OwnedPdu> {
    let (cut, encoding) = (text.cut(), text.encoding());
    // It could be cut when it was read.
    let Ok(segments) = cut.text(&text.text, encoding) else { return Vec::new() };
    let data_coding = encoding.data_coding(&Encoding::GSM7);
    let is_long = segments.total() > 1;
    let mut room = vec![0; text.text.len() * 2 + 140];
    let part = |segment: Segment<'_>| {
        let len = segment.write(reference.into(), &mut room).ok()?;
        let carrier = match text.method {
            Method::Payload if segment.units > encoding.capacity(0) => Carrier::Payload,
            Method::Sar { .. } if is_long => Carrier::Sar { total: segment.total, number: segment.number },
            _ => Carrier::ShortMessage { has_udh: segment.has_header() },
        };
        encode(from, to, data_coding, room.get(..len)?, carrier, reference)
    };
    segments.filter_map(part).collect()
}

/// Where the user data goes and how it is told to be a part.
enum Carrier {
    ShortMessage { has_udh: bool },
    Sar { total: u8, number: u8 },
    Payload,
}

fn encode(
    from: &OwnedAddress,
    to: &OwnedAddress,
    data_coding: DataCoding,
    user_data: &[u8],
    carrier: Carrier,
    reference: u8,
) -> Option<OwnedPdu> {
    let base =
        DeliverSm { source: from.borrow(), destination: to.borrow(), data_coding, ..DeliverSm::default() };
    let encode =
        |deliver: DeliverSm<'_>| OwnedPdu::encode(&Pdu::from(deliver), CommandStatus::ESME_ROK, 0).ok();
    match carrier {
        Carrier::ShortMessage { has_udh } => {
            let esm_class = if has_udh { EsmClass::UDHI } else { EsmClass::DEFAULT };
            encode(DeliverSm { esm_class, short_message: user_data, ..base })
        }
        Carrier::Sar { total, number } => {
            let tlvs = [
                Tlv { tag: Tag::SAR_MSG_REF_NUM, value: &[0, reference] },
                Tlv { tag: Tag::SAR_TOTAL_SEGMENTS, value: &[total] },
                Tlv { tag: Tag::SAR_SEGMENT_SEQNUM, value: &[number] },
            ];
            encode(DeliverSm { short_message: user_data, tlvs: Tlvs::from(&tlvs[..]), ..base })
        }
        Carrier::Payload => {
            let tlvs = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: user_data }];
            encode(DeliverSm { tlvs: Tlvs::from(&tlvs[..]), ..base })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::types::Address;

    #[test]
    fn a_long_text_has_parts_by_every_method_but_payload() {
        let from = Address::international("491").into();
        let to = Address::international("492").into();
        for (method, count) in
            [(Method::Udh8, 3), (Method::Udh16, 3), (Method::Sar { wide: false }, 3), (Method::Payload, 1)]
        {
            let text = MobileText { method, text: "x".repeat(400) };
            let parts = parts(&from, &to, &text, 7);
            assert_eq!(parts.len(), count, "{method:?}");
            let Ok(Pdu::DeliverSm(first)) = parts[0].pdu() else { panic!("{method:?}") };
            assert_eq!(first.esm_class.has_udh(), matches!(method, Method::Udh8 | Method::Udh16));
            assert_eq!(first.tlvs.sar_total_segments(), matches!(method, Method::Sar { .. }).then_some(3));
            assert_eq!(first.tlvs.message_payload().is_some(), method == Method::Payload);
        }
    }
}
