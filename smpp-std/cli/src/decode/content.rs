//! What a message says: its user data header and its text.

use clap::ValueEnum;
use smpp_core::pdu::Pdu;
use smpp_core::sms::udh::{Udh, UdhError};
use smpp_core::text::national::Language;
use smpp_core::text::{Encoding, Gsm7};
use smpp_core::types::EsmClass;

/// What data_coding 0 and 1 mean: a setting of the link, never a guess (field note 13).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum DefaultAlphabet {
    /// GSM 03.38, one septet an octet
    #[default]
    Gsm7,
    /// ISO-8859-1
    Latin1,
    /// US-ASCII
    Ascii,
}

impl From<DefaultAlphabet> for Encoding {
    fn from(alphabet: DefaultAlphabet) -> Self {
        match alphabet {
            DefaultAlphabet::Gsm7 => Self::GSM7,
            DefaultAlphabet::Latin1 => Self::Latin1,
            DefaultAlphabet::Ascii => Self::Ascii,
        }
    }
}

/// The user data of a PDU that has some.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// The header that esm_class announces.
    pub(crate) udh: Option<Result<Udh<'a>, UdhError>>,
    /// The text behind it, if its coding is known and the PDU has a field for it.
    pub(crate) text: Option<String>,
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
            _ => return Self { udh: None, text: None },
        };
        let udh = esm_class.has_udh().then(|| Udh::split(user_data));
        let (udh, octets) = match udh {
            Some(Ok((udh, octets))) => (Some(Ok(udh)), octets),
            // Without a readable header everything counts as text.
            Some(Err(error)) => (Some(Err(error)), user_data),
            None => (None, user_data),
        };
        let encoding = Encoding::of(data_coding, default.into()).filter(|_| has_text);
        let alphabet = udh.and_then(Result::ok).map_or(Gsm7::DEFAULT, |udh| {
            let shifts = udh.shifts();
            Gsm7::received(shifts.locking.map(Language), shifts.single.map(Language))
        });
        let text = encoding.map(|encoding| encoding.with_alphabet(alphabet).decode(octets).collect());
        Self { udh, text }
    }
}
