//! What the four PDUs that carry a message have in common.

use super::{DataSm, DeliverSm, Pdu, SubmitMulti, SubmitSm};
use crate::tlv::Tlvs;
use crate::types::{Address, DataCoding, EsmClass, RegisteredDelivery};

/// A message as submit_sm, submit_multi, deliver_sm or data_sm carry it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Message<'a> {
    /// Where it comes from.
    pub source: Address<'a>,
    /// Where it goes to; [`Address::NONE`] for submit_multi, which has several.
    pub destination: Address<'a>,
    /// Mode, type and GSM features.
    pub esm_class: EsmClass,
    /// Which receipts are asked for.
    pub registered_delivery: RegisteredDelivery,
    /// How the user data is coded.
    pub data_coding: DataCoding,
    /// The field short_message; empty in data_sm. See [`Self::user_data`].
    pub short_message: &'a [u8],
    /// The TLVs.
    pub tlvs: Tlvs<'a>,
}

impl<'a> Message<'a> {
    const EMPTY: Self = Self {
        source: Address::NONE,
        destination: Address::NONE,
        esm_class: EsmClass::DEFAULT,
        registered_delivery: RegisteredDelivery::NONE,
        data_coding: DataCoding::DEFAULT,
        short_message: &[],
        tlvs: Tlvs::NONE,
    };

    /// The user data with its user data header, wherever it is: message_payload if there is one with content, as 5.0
    /// has it (§4.8.4.36), else short_message (in practice 18).
    #[must_use]
    pub fn user_data(&self) -> &'a [u8] {
        self.tlvs.message_payload().filter(|payload| !payload.is_empty()).unwrap_or(self.short_message)
    }

    /// The complete sar_* TLVs: reference, total, sequence. All three or none (SMPP 3.4 §5.3.2.22).
    #[must_use]
    pub fn sar(&self) -> Option<(u16, u8, u8)> {
        let tlvs = &self.tlvs;
        Some((tlvs.sar_msg_ref_num()?, tlvs.sar_total_segments()?, tlvs.sar_segment_seqnum()?))
    }
}

/// The PDUs that have all fields of a [`Message`] by the same names.
macro_rules! messages {
    ($($Name:ident { $($field:ident)* })*) => {
        $(
            impl<'a> From<&$Name<'a>> for Message<'a> {
                fn from(pdu: &$Name<'a>) -> Self {
                    let mut message = Self {
                        source: pdu.source,
                        esm_class: pdu.esm_class,
                        registered_delivery: pdu.registered_delivery,
                        data_coding: pdu.data_coding,
                        tlvs: pdu.tlvs,
                        ..Self::EMPTY
                    };
                    $( message.$field = pdu.$field; )*
                    message
                }
            }
        )*

        impl<'a> Pdu<'a> {
            /// The message that this PDU carries, if it is one of the four that do.
            #[must_use]
            pub fn message(&self) -> Option<Message<'a>> {
                match self {
                    $( Self::$Name(pdu) => Some(pdu.into()), )*
                    _ => None,
                }
            }
        }
    };
}

messages! {
    SubmitSm { destination short_message }
    SubmitMulti { short_message }
    DeliverSm { destination short_message }
    DataSm { destination }
}
