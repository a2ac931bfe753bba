//! What text and TLVs of a receipt say together, and whether a message is a receipt at all.

use super::{Receipt, without_nuls};
use crate::nul::find_nul;
use crate::tlv::Tlvs;
use crate::types::{EsmClass, MessageState, MessageType, Tag};

/// The TLVs that receipts carry (SMPP 3.4 §5.3.2.12, §5.3.2.31, §5.3.2.35, §5.3.2.6; 5.0 §4.8.4), as they were received.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReceiptTlvs<'a> {
    /// `receipted_message_id`, with or without its NUL and what stands behind that.
    pub receipted_message_id: Option<&'a [u8]>,
    /// `message_state`.
    pub message_state: Option<MessageState>,
    /// `network_error_code`: network type (1) and error code (2); some MCs send ASCII.
    pub network_error_code: Option<&'a [u8]>,
    /// `user_message_reference` of the submission.
    pub user_message_reference: Option<u16>,
}

impl<'a> From<Tlvs<'a>> for ReceiptTlvs<'a> {
    fn from(tlvs: Tlvs<'a>) -> Self {
        Self {
            receipted_message_id: tlvs.find(Tag::RECEIPTED_MESSAGE_ID),
            message_state: tlvs.message_state().map(MessageState),
            network_error_code: tlvs.network_error_code(),
            user_message_reference: tlvs.user_message_reference(),
        }
    }
}

/// Why a message failed, as far as the receipt says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReportError<'a> {
    /// `network_error_code` as the standard has it.
    Network {
        /// 1 ANSI-136, 2 IS-95, 3 GSM, 8 specific to the MC; do not depend on it.
        network: u8,
        /// The error code.
        code: u16,
    },
    /// `err` of the text, or a `network_error_code` of another form (Kannel, jasmin#117).
    Text(&'a [u8]),
}

impl<'a> ReportError<'a> {
    /// What a `network_error_code` says: as the standard has it, or in ASCII; `None` when it is empty.
    #[must_use]
    pub fn of_tlv(octets: &'a [u8]) -> Option<Self> {
        match *octets {
            // No network type is as high as a digit of ASCII.
            [network @ 0..=0x2F, high, low] => {
                Some(Self::Network { network, code: u16::from_be_bytes([high, low]) })
            }
            _ => Some(without_nuls(octets)).filter(|text| !text.is_empty()).map(Self::Text),
        }
    }

    /// The code as a number, when it is one: `1005` from a text as well as from a TLV.
    #[must_use]
    pub fn code(self) -> Option<u16> {
        match self {
            Self::Network { code, .. } => Some(code),
            Self::Text(text) => core::str::from_utf8(text).ok()?.parse().ok(),
        }
    }
}

/// What a received message is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MessageClass {
    /// A message from a mobile or another ESME.
    Message,
    /// A receipt of the MC. Its state may be an interim one.
    Receipt,
    /// An intermediate notification of the MC.
    Intermediate,
    /// The recipient or its device acknowledges: a message of theirs, no receipt.
    Acknowledgement,
}

impl MessageClass {
    /// Decides what a `deliver_sm` or `data_sm` is: by the message type in `esm_class`, then by the TLVs that only
    /// receipts have, then, if `by_text` allows it, by a text that [is evident](Receipt::is_evident).
    #[must_use]
    pub fn of(esm_class: EsmClass, tlvs: &ReceiptTlvs<'_>, text: &[u8], by_text: bool) -> Self {
        match esm_class.message_type() {
            MessageType::MC_DELIVERY_RECEIPT => return Self::Receipt,
            MessageType::INTERMEDIATE_NOTIFICATION => return Self::Intermediate,
            MessageType::SME_DELIVERY_ACK | MessageType::SME_MANUAL_ACK => return Self::Acknowledgement,
            MessageType::CONVERSATION_ABORT => return Self::Message,
            // Default; reserved values are to be treated as normal messages.
            _ => {}
        }
        let by_tlvs = tlvs.receipted_message_id.is_some() || tlvs.message_state.is_some();
        let evident = || by_text && Receipt::parse(text).is_some_and(|receipt| receipt.is_evident());
        if by_tlvs || evident() { Self::Receipt } else { Self::Message }
    }
}

/// A receipt as a whole. TLVs go before the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report<'a> {
    /// The text, when it has keys.
    pub receipt: Option<Receipt<'a>>,
    /// The TLVs.
    pub tlvs: ReceiptTlvs<'a>,
}

impl<'a> Report<'a> {
    /// The receipt with this text (of `short_message` or `message_payload`) and these TLVs.
    #[must_use]
    pub fn new(text: &'a [u8], tlvs: ReceiptTlvs<'a>) -> Self {
        Self { receipt: Receipt::parse(text), tlvs }
    }

    /// The id of the message that it is about; `None` when it is nowhere or empty.
    #[must_use]
    pub fn message_id(&self) -> Option<&'a [u8]> {
        let until_nul = |id: &'a [u8]| id.get(..find_nul(id).unwrap_or(id.len()));
        let tlv = self.tlvs.receipted_message_id.and_then(until_nul).filter(|id| !id.is_empty());
        tlv.or_else(|| self.receipt?.id.filter(|id| !id.is_empty()))
    }

    /// The state of the message; `None` when it is nowhere or in a vendor's word.
    ///
    /// A `message_state` that says nothing gives way to `stat`: SCHEDULED, which some MCs leave at its 0, and numbers that
    /// no standard has, ASCII digits among them.
    #[must_use]
    pub fn state(&self) -> Option<MessageState> {
        let by_text = || self.receipt?.state();
        match self.tlvs.message_state {
            Some(state) if state == MessageState::SCHEDULED || state.0 > MessageState::SKIPPED.0 => {
                by_text().or(Some(state))
            }
            Some(state) => Some(state),
            None => by_text(),
        }
    }

    /// Why it failed, if it says so: `000` and the like are given as they are. A `network_error_code` of 0 says nothing and
    /// gives way to `err`.
    #[must_use]
    pub fn error(&self) -> Option<ReportError<'a>> {
        let by_text = || self.receipt?.err.filter(|err| !err.is_empty()).map(ReportError::Text);
        match self.tlvs.network_error_code.and_then(ReportError::of_tlv) {
            Some(error) if error.code() == Some(0) => by_text().or(Some(error)),
            Some(error) => Some(error),
            None => by_text(),
        }
    }
}
