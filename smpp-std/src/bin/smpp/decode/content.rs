//! What a message says: its user data header and its text.

use clap::ValueEnum;
use smpp_core::pdu::Pdu;
use smpp_core::sms::udh::{Udh, UdhError};
use smpp_core::text::Gsm7;
use smpp_core::text::national::Language;
use smpp_core::types::{Alphabet, DataCoding, EsmClass};

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
        let (shifts, octets) = match &udh {
            Some(Ok((udh, text))) => (udh.shifts(), *text),
            // Without a readable header everything counts as text (3GPP TS 23.040 §9.2.3.24).
            _ => Default::default(),
        };
        let octets = if matches!(udh, Some(Ok(_))) { octets } else { user_data };
        let gsm7 = Gsm7::received(shifts.locking.map(Language), shifts.single.map(Language));
        let text = has_text.then(|| text(data_coding, default, gsm7, octets)).flatten();
        Self { udh: udh.map(|split| split.map(|(udh, _)| udh)), text }
    }
}

/// `octets` as text, `None` when the coding is unknown or is none of text.
fn text(coding: DataCoding, default: DefaultAlphabet, gsm7: Gsm7, octets: &[u8]) -> Option<String> {
    let septets = || gsm7.decode(octets.iter().copied()).collect();
    Some(match (coding.alphabet(), default) {
        (Alphabet::Gsm7, _) | (Alphabet::Default, DefaultAlphabet::Gsm7) => septets(),
        (Alphabet::Latin1, _) | (Alphabet::Default, DefaultAlphabet::Latin1) => latin1(octets),
        (Alphabet::Default, DefaultAlphabet::Ascii) => ascii(octets),
        (Alphabet::Ucs2, _) => ucs2(octets),
        (Alphabet::Binary | Alphabet::Other, _) => return None,
    })
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

fn ascii(octets: &[u8]) -> String {
    let read = |octet: &u8| if octet.is_ascii() { char::from(*octet) } else { char::REPLACEMENT_CHARACTER };
    octets.iter().map(read).collect()
}

fn ucs2(octets: &[u8]) -> String {
    let (units, odd) = octets.as_chunks();
    let units = units.iter().map(|&unit| u16::from_be_bytes(unit));
    let lone = (!odd.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(lone).collect()
}
