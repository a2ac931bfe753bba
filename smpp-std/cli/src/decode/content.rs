//! What a message says: its user data header and its text.

use crate::alphabet::{self, DefaultAlphabet};
use smpp_core::pdu::Pdu;
use smpp_core::sms::udh::{Udh, UdhError};
use smpp_core::types::EsmClass;

/// The user data of a PDU that has some.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// The header that esm_class announces.
    pub(crate) udh: Option<Result<Udh<'a>, UdhError>>,
    /// The text behind it, if its coding is known and the PDU has a field for it.
    pub(crate) text: Option<String>,
    /// The octets behind the header, where the text does not show them all.
    pub(crate) octets: Option<&'a [u8]>,
}

impl<'a> Content<'a> {
    /// The content of `pdu`.
    pub(crate) fn of(pdu: &Pdu<'a>, default: DefaultAlphabet) -> Self {
        let (esm_class, data_coding, has_text, user_data) = match (pdu, pdu.message()) {
            (_, Some(message)) => {
                let has_text = !matches!(pdu, Pdu::DataSm(_)) || message.tlvs.message_payload().is_some();
                (message.esm_class, message.data_coding, has_text, message.user_data())
            }
            (Pdu::BroadcastSm(broadcast), _) => {
                let payload = broadcast.tlvs.message_payload();
                (EsmClass::DEFAULT, broadcast.data_coding, payload.is_some(), payload.unwrap_or_default())
            }
            _ => return Self { udh: None, text: None, octets: None },
        };
        let udh = esm_class.has_udh().then(|| Udh::split(user_data));
        let (udh, octets) = match udh {
            Some(Ok((udh, octets))) => (Some(Ok(udh)), octets),
            // Without a readable header everything counts as text.
            Some(Err(error)) => (Some(Err(error)), user_data),
            None => (None, user_data),
        };
        let readable = udh.and_then(Result::ok);
        let text = has_text
            .then(|| alphabet::text(data_coding, default, readable, octets, user_data.len()))
            .flatten();
        let octets = text.as_deref().is_some_and(alphabet::is_lossy).then_some(octets);
        Self { udh, text, octets }
    }
}
