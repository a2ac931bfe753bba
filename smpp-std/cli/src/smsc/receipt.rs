//! The deliver_sm that reports on a message.

use super::store::Stored;
use smpp_core::pdu::{DeliverSm, Pdu};
use smpp_core::provider::Provider;
use smpp_core::sms::receipt::ReceiptValues;
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{CommandStatus, DateTime, EsmClass, MessageState, Tag};
use smpp_std::OwnedPdu;

/// GSM, as the network of an error code (SMPP 3.4 §5.3.2.31).
const NETWORK_GSM: u8 = 3;

/// Reports that `message` is in `state`, in the form of `provider`, both as text and in TLVs. `now` is in seconds of Unix
/// time.
pub(super) fn receipt(
    provider: &Provider,
    message: &Stored,
    message_id: &[u8],
    state: MessageState,
    now: i64,
) -> Option<OwnedPdu> {
    let is_final = state.is_final() != Some(false);
    let err = if is_final { message.err } else { 0 };
    let values = ReceiptValues {
        id: message_id,
        sub: 1,
        dlvrd: u16::from(state == MessageState::DELIVERED),
        submit_date: DateTime::from_unix(message.submitted)?,
        done_date: DateTime::from_unix(now)?,
        state,
        err,
        text: message.text.as_octets(),
    };
    let mut text = [0; 254];
    let len = values.encode(&provider.receipt, &mut text).ok()?;

    let id_value = [message_id, &[0]].concat();
    let state_value = [state.0];
    let reference = message.user_message_reference.map(u16::to_be_bytes);
    let [high, low] = err.to_be_bytes();
    let error_value = [NETWORK_GSM, high, low];
    // A provider with codes of its own sends them with REJECTD only.
    let has_error = err != 0 && (state == MessageState::REJECTED || provider.error_codes.is_empty());
    let mut tlvs = vec![
        Tlv { tag: Tag::RECEIPTED_MESSAGE_ID, value: &id_value },
        Tlv { tag: Tag::MESSAGE_STATE, value: &state_value },
    ];
    tlvs.extend(reference.as_ref().map(|value| Tlv { tag: Tag::USER_MESSAGE_REFERENCE, value }));
    tlvs.extend(has_error.then_some(Tlv { tag: Tag::NETWORK_ERROR_CODE, value: &error_value }));

    let is_intermediate = !is_final && message.registered_delivery.wants_intermediate();
    let deliver = DeliverSm {
        source: message.destination.borrow(),
        destination: message.source.borrow(),
        esm_class: if is_intermediate {
            EsmClass::INTERMEDIATE_NOTIFICATION
        } else {
            EsmClass::MC_DELIVERY_RECEIPT
        },
        short_message: text.get(..len)?,
        tlvs: Tlvs::from(&tlvs[..]),
        ..DeliverSm::default()
    };
    OwnedPdu::encode(&Pdu::from(deliver), CommandStatus::ESME_ROK, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smsc::store::Excerpt;
    use smpp_core::Instant;
    use smpp_core::types::{Address, RegisteredDelivery};

    fn message() -> Stored {
        Stored {
            account: "a".into(),
            source: Address::alphanumeric("Weather").into(),
            destination: Address::international("4915112345678").into(),
            text: Excerpt::from(&b"Rain at noon"[..]),
            submitted: 1_274_644_800,
            due_at: Instant::ZERO,
            done_at: Instant::ZERO,
            state: MessageState::REJECTED,
            err: 1005,
            registered_delivery: RegisteredDelivery::RECEIPT,
            user_message_reference: Some(7),
            told_as: None,
            receipts_due: 1,
        }
    }

    #[test]
    fn a_wavix_receipt_has_no_text_field_four_digits_and_all_tlvs() {
        let (message, now) = (message(), 1_274_645_000);
        let owned = receipt(&Provider::WAVIX, &message, b"0A", MessageState::REJECTED, now).unwrap();
        let Ok(Pdu::DeliverSm(deliver)) = owned.pdu() else { panic!("{owned:?}") };
        let text =
            b"id:0A sub:001 dlvrd:000 submit date:1005232000 done date:1005232003 stat:REJECTD err:1005";
        assert_eq!(deliver.short_message, text);
        assert_eq!(deliver.esm_class, EsmClass::MC_DELIVERY_RECEIPT);
        assert_eq!(deliver.source, Address::international("4915112345678"));
        assert_eq!(deliver.destination, Address::alphanumeric("Weather"));
        let tlvs = deliver.tlvs;
        assert_eq!(tlvs.receipted_message_id(), Some("0A".into()));
        assert_eq!(tlvs.message_state(), Some(8));
        assert_eq!(tlvs.user_message_reference(), Some(7));
        assert_eq!(tlvs.network_error_code(), Some(&[3, 0x03, 0xED][..]));
    }

    #[test]
    fn an_interim_receipt_has_no_error_and_the_plain_form_repeats_the_text() {
        let message = message();
        let owned = receipt(&Provider::WAVIX, &message, b"0A", MessageState::ENROUTE, 0).unwrap();
        let Ok(Pdu::DeliverSm(deliver)) = owned.pdu() else { panic!("{owned:?}") };
        assert_eq!(deliver.tlvs.network_error_code(), None);
        let text = std::str::from_utf8(deliver.short_message).unwrap();
        assert!(text.ends_with("stat:ENROUTE err:000"), "{text}");
        let owned = receipt(&Provider::PLAIN, &message, b"0A", MessageState::REJECTED, 0).unwrap();
        let Ok(Pdu::DeliverSm(deliver)) = owned.pdu() else { panic!("{owned:?}") };
        assert!(deliver.short_message.ends_with(b"text:Rain at noon"));
    }
}
