//! The table of PDUs: fields in the order of the specification, with the most octets of each.

use super::lists::{Destinations, UnsuccessSmes};
use super::sealed::Sealed;
use super::value::Value;
use super::{Body, Request, call_read_body};
use crate::error::DecodeError;
use crate::tlv::Tlvs;
use crate::types::{
    Address, COctetString, CommandId, DataCoding, EsmClass, Field, FieldOctet, InterfaceVersion, Item,
    MessageState, Password, RegisteredDelivery,
};
use crate::wire::{Observe, Reader, Writer};

/// Behind the fields of a command in [`LAYOUTS`].
pub(super) const END: u8 = 0xFF;

pdus! {
    /// `generic_nack`: the header of a PDU could not be accepted (SMPP 3.4 §4.3.1; 5.0 §4.1.4.1).
    GenericNack = GENERIC_NACK {}

    /// `bind_receiver` (SMPP 3.4 §4.1.3; 5.0 §4.1.1.3).
    BindReceiver = BIND_RECEIVER => BindReceiverResp {
        /// Who binds.
        system_id: COctetString<'a> = [SystemId 16];
        /// The secret of this system_id; up to 64 characters are written.
        password: Password<'a> = [Password 9];
        /// The kind of system; usually empty.
        system_type: COctetString<'a> = [SystemType 13];
        /// The version that the ESME speaks.
        interface_version: InterfaceVersion = [InterfaceVersion 1];
        /// The addresses that the ESME serves, as a regular expression; usually empty.
        address_range: Address<'a> = [AddrTon 1, AddrNpi 1, AddressRange 41];
    }

    /// `bind_receiver_resp` (SMPP 3.4 §4.1.4; 5.0 §4.1.1.4).
    BindReceiverResp = BIND_RECEIVER_RESP {
        /// Who the MC is.
        system_id: COctetString<'a> = [SystemId 16];
    }

    /// `bind_transmitter` (SMPP 3.4 §4.1.1; 5.0 §4.1.1.1).
    BindTransmitter = BIND_TRANSMITTER => BindTransmitterResp {
        /// Who binds.
        system_id: COctetString<'a> = [SystemId 16];
        /// The secret of this system_id; up to 64 characters are written.
        password: Password<'a> = [Password 9];
        /// The kind of system; usually empty.
        system_type: COctetString<'a> = [SystemType 13];
        /// The version that the ESME speaks.
        interface_version: InterfaceVersion = [InterfaceVersion 1];
        /// The addresses that the ESME serves, as a regular expression; usually empty.
        address_range: Address<'a> = [AddrTon 1, AddrNpi 1, AddressRange 41];
    }

    /// `bind_transmitter_resp` (SMPP 3.4 §4.1.2; 5.0 §4.1.1.2).
    BindTransmitterResp = BIND_TRANSMITTER_RESP {
        /// Who the MC is.
        system_id: COctetString<'a> = [SystemId 16];
    }

    /// `bind_transceiver` (SMPP 3.4 §4.1.5; 5.0 §4.1.1.5).
    BindTransceiver = BIND_TRANSCEIVER => BindTransceiverResp {
        /// Who binds.
        system_id: COctetString<'a> = [SystemId 16];
        /// The secret of this system_id; up to 64 characters are written.
        password: Password<'a> = [Password 9];
        /// The kind of system; usually empty.
        system_type: COctetString<'a> = [SystemType 13];
        /// The version that the ESME speaks.
        interface_version: InterfaceVersion = [InterfaceVersion 1];
        /// The addresses that the ESME serves, as a regular expression; usually empty.
        address_range: Address<'a> = [AddrTon 1, AddrNpi 1, AddressRange 41];
    }

    /// `bind_transceiver_resp` (SMPP 3.4 §4.1.6; 5.0 §4.1.1.6).
    BindTransceiverResp = BIND_TRANSCEIVER_RESP {
        /// Who the MC is.
        system_id: COctetString<'a> = [SystemId 16];
    }

    /// `outbind`: the MC asks an ESME to bind (SMPP 3.4 §4.1.7.1; 5.0 §4.1.1.7). It has no response.
    Outbind = OUTBIND {
        /// Who the MC is.
        system_id: COctetString<'a> = [SystemId 16];
        /// The secret of this system_id; up to 64 characters are written.
        password: Password<'a> = [Password 9];
    }

    /// `unbind` (SMPP 3.4 §4.2.1; 5.0 §4.1.1.8).
    Unbind = UNBIND => UnbindResp {}

    /// `unbind_resp` (SMPP 3.4 §4.2.2; 5.0 §4.1.1.9).
    UnbindResp = UNBIND_RESP {}

    /// `enquire_link` (SMPP 3.4 §4.11.1; 5.0 §4.1.2.1).
    EnquireLink = ENQUIRE_LINK => EnquireLinkResp {}

    /// `enquire_link_resp` (SMPP 3.4 §4.11.2; 5.0 §4.1.2.2).
    EnquireLinkResp = ENQUIRE_LINK_RESP {}

    /// `submit_sm` (SMPP 3.4 §4.4.1; 5.0 §4.2.1.1).
    SubmitSm = SUBMIT_SM => SubmitSmResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
        /// Where it goes to.
        destination: Address<'a> = [DestAddrTon 1, DestAddrNpi 1, DestinationAddr 21];
        /// Message mode, message type and GSM features.
        esm_class: EsmClass = [EsmClass 1];
        /// GSM TP-PID; 0 otherwise.
        protocol_id: u8 = [ProtocolId 1];
        /// Priority, 0 to 3 (4 in cell broadcasts of 5.0).
        priority_flag: u8 = [PriorityFlag 1];
        /// When to deliver; empty for at once.
        schedule_delivery_time: COctetString<'a> = [ScheduleDeliveryTime 17];
        /// When to give up; empty for the default of the MC.
        validity_period: COctetString<'a> = [ValidityPeriod 17];
        /// Which receipts are asked for.
        registered_delivery: RegisteredDelivery = [RegisteredDelivery 1];
        /// 1 to replace a message that waits with the same addresses and service_type.
        replace_if_present_flag: u8 = [ReplaceIfPresentFlag 1];
        /// How the user data is coded.
        data_coding: DataCoding = [DataCoding 1];
        /// A message that the MC holds ready; 0 for none.
        sm_default_msg_id: u8 = [SmDefaultMsgId 1];
        /// The user data, at most 254 octets in 3.4 and 255 in 5.0; empty when message_payload holds it.
        short_message: &'a [u8] = [SmLength 1, ShortMessage 255];
    }

    /// `submit_sm_resp` (SMPP 3.4 §4.4.2; 5.0 §4.2.1.2).
    SubmitSmResp = SUBMIT_SM_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
    }

    /// `submit_multi` (SMPP 3.4 §4.5.1; 5.0 §4.2.3.1).
    SubmitMulti = SUBMIT_MULTI => SubmitMultiResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
        /// Where it goes to: addresses and distribution lists.
        destinations: Destinations<'a> = [NumberOfDests 1, DestFlag 1, DestAddrTon 1, DestAddrNpi 1, DestinationAddr 21, DlName 21];
        /// Message mode, message type and GSM features.
        esm_class: EsmClass = [EsmClass 1];
        /// GSM TP-PID; 0 otherwise.
        protocol_id: u8 = [ProtocolId 1];
        /// Priority, 0 to 3 (4 in cell broadcasts of 5.0).
        priority_flag: u8 = [PriorityFlag 1];
        /// When to deliver; empty for at once.
        schedule_delivery_time: COctetString<'a> = [ScheduleDeliveryTime 17];
        /// When to give up; empty for the default of the MC.
        validity_period: COctetString<'a> = [ValidityPeriod 17];
        /// Which receipts are asked for.
        registered_delivery: RegisteredDelivery = [RegisteredDelivery 1];
        /// 1 to replace a message that waits with the same addresses and service_type.
        replace_if_present_flag: u8 = [ReplaceIfPresentFlag 1];
        /// How the user data is coded.
        data_coding: DataCoding = [DataCoding 1];
        /// A message that the MC holds ready; 0 for none.
        sm_default_msg_id: u8 = [SmDefaultMsgId 1];
        /// The user data, at most 254 octets in 3.4 and 255 in 5.0; empty when message_payload holds it.
        short_message: &'a [u8] = [SmLength 1, ShortMessage 255];
    }

    /// `submit_multi_resp` (SMPP 3.4 §4.5.2; 5.0 §4.2.3.2).
    SubmitMultiResp = SUBMIT_MULTI_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// The destinations that failed, and why.
        unsuccess_smes: UnsuccessSmes<'a> = [NoUnsuccess 1, DestAddrTon 1, DestAddrNpi 1, DestinationAddr 21, ErrorStatusCode 4];
    }

    /// `deliver_sm` (SMPP 3.4 §4.6.1; 5.0 §4.3.1.1).
    DeliverSm = DELIVER_SM => DeliverSmResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
        /// Where it goes to.
        destination: Address<'a> = [DestAddrTon 1, DestAddrNpi 1, DestinationAddr 21];
        /// Message mode, message type and GSM features.
        esm_class: EsmClass = [EsmClass 1];
        /// GSM TP-PID; 0 otherwise.
        protocol_id: u8 = [ProtocolId 1];
        /// Priority, 0 to 3 (4 in cell broadcasts of 5.0).
        priority_flag: u8 = [PriorityFlag 1];
        /// When to deliver; empty for at once.
        schedule_delivery_time: COctetString<'a> = [ScheduleDeliveryTime 17];
        /// When to give up; empty for the default of the MC.
        validity_period: COctetString<'a> = [ValidityPeriod 17];
        /// Which receipts are asked for.
        registered_delivery: RegisteredDelivery = [RegisteredDelivery 1];
        /// 1 to replace a message that waits with the same addresses and service_type.
        replace_if_present_flag: u8 = [ReplaceIfPresentFlag 1];
        /// How the user data is coded.
        data_coding: DataCoding = [DataCoding 1];
        /// A message that the MC holds ready; 0 for none.
        sm_default_msg_id: u8 = [SmDefaultMsgId 1];
        /// The user data, at most 254 octets in 3.4 and 255 in 5.0; empty when message_payload holds it.
        short_message: &'a [u8] = [SmLength 1, ShortMessage 255];
    }

    /// `deliver_sm_resp` (SMPP 3.4 §4.6.2; 5.0 §4.3.1.2). `message_id` is unused: leave it empty.
    DeliverSmResp = DELIVER_SM_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
    }

    /// `data_sm` (SMPP 3.4 §4.7.1; 5.0 §4.2.2.1). The user data is in the TLV message_payload.
    DataSm = DATA_SM => DataSmResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 65];
        /// Where it goes to.
        destination: Address<'a> = [DestAddrTon 1, DestAddrNpi 1, DestinationAddr 65];
        /// Message mode, message type and GSM features.
        esm_class: EsmClass = [EsmClass 1];
        /// Which receipts are asked for.
        registered_delivery: RegisteredDelivery = [RegisteredDelivery 1];
        /// How the user data is coded.
        data_coding: DataCoding = [DataCoding 1];
    }

    /// `data_sm_resp` (SMPP 3.4 §4.7.2; 5.0 §4.2.2.2).
    DataSmResp = DATA_SM_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
    }

    /// `query_sm` (SMPP 3.4 §4.8.1; 5.0 §4.5.2.1).
    QuerySm = QUERY_SM => QuerySmResp {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
    }

    /// `query_sm_resp` (SMPP 3.4 §4.8.2; 5.0 §4.5.2.2).
    QuerySmResp = QUERY_SM_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// When the final state was reached; empty before.
        final_date: COctetString<'a> = [FinalDate 17];
        /// The state of the message.
        message_state: MessageState = [MessageState 1];
        /// The error of the network, 0 for none.
        error_code: u8 = [ErrorCode 1];
    }

    /// `cancel_sm` (SMPP 3.4 §4.9.1; 5.0 §4.5.1.1). An empty `message_id` cancels all with equal addresses.
    CancelSm = CANCEL_SM => CancelSmResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
        /// Where it goes to.
        destination: Address<'a> = [DestAddrTon 1, DestAddrNpi 1, DestinationAddr 21];
    }

    /// `cancel_sm_resp` (SMPP 3.4 §4.9.2; 5.0 §4.5.1.2).
    CancelSmResp = CANCEL_SM_RESP {}

    /// `replace_sm` (SMPP 3.4 §4.10.1; 5.0 §4.5.3.1). The text keeps the coding of the message that it
    /// replaces.
    ReplaceSm = REPLACE_SM => ReplaceSmResp {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
        /// When to deliver; empty for at once.
        schedule_delivery_time: COctetString<'a> = [ScheduleDeliveryTime 17];
        /// When to give up; empty for the default of the MC.
        validity_period: COctetString<'a> = [ValidityPeriod 17];
        /// Which receipts are asked for.
        registered_delivery: RegisteredDelivery = [RegisteredDelivery 1];
        /// A message that the MC holds ready; 0 for none.
        sm_default_msg_id: u8 = [SmDefaultMsgId 1];
        /// The user data, at most 254 octets in 3.4 and 255 in 5.0; empty when message_payload holds it.
        short_message: &'a [u8] = [SmLength 1, ShortMessage 255];
    }

    /// `replace_sm_resp` (SMPP 3.4 §4.10.2; 5.0 §4.5.3.2).
    ReplaceSmResp = REPLACE_SM_RESP {}

    /// `alert_notification` (SMPP 3.4 §4.12.1; 5.0 §4.1.3.1). It has no response.
    AlertNotification = ALERT_NOTIFICATION {
        /// The mobile that became reachable.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 65];
        /// The ESME that asked to be told.
        esme: Address<'a> = [EsmeAddrTon 1, EsmeAddrNpi 1, EsmeAddr 65];
    }

    /// `broadcast_sm` (SMPP 5.0 §4.4.1.1). Area, content type, repetitions and interval are TLVs, the text
    /// is message_payload.
    BroadcastSm = BROADCAST_SM => BroadcastSmResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// Priority, 0 to 3 (4 in cell broadcasts of 5.0).
        priority_flag: u8 = [PriorityFlag 1];
        /// When to deliver; empty for at once.
        schedule_delivery_time: COctetString<'a> = [ScheduleDeliveryTime 17];
        /// When to give up; empty for the default of the MC.
        validity_period: COctetString<'a> = [ValidityPeriod 17];
        /// 1 to replace a message that waits with the same addresses and service_type.
        replace_if_present_flag: u8 = [ReplaceIfPresentFlag 1];
        /// How the user data is coded.
        data_coding: DataCoding = [DataCoding 1];
        /// A message that the MC holds ready; 0 for none.
        sm_default_msg_id: u8 = [SmDefaultMsgId 1];
    }

    /// `broadcast_sm_resp` (SMPP 5.0 §4.4.1.2).
    BroadcastSmResp = BROADCAST_SM_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
    }

    /// `query_broadcast_sm` (SMPP 5.0 §4.6.1.1).
    QueryBroadcastSm = QUERY_BROADCAST_SM => QueryBroadcastSmResp {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
    }

    /// `query_broadcast_sm_resp` (SMPP 5.0 §4.6.1.3). State and areas are TLVs.
    QueryBroadcastSmResp = QUERY_BROADCAST_SM_RESP {
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
    }

    /// `cancel_broadcast_sm` (SMPP 5.0 §4.6.2.1).
    CancelBroadcastSm = CANCEL_BROADCAST_SM => CancelBroadcastSmResp {
        /// The SMS application service, empty for the default.
        service_type: COctetString<'a> = [ServiceType 6];
        /// The id that the MC gave the message.
        message_id: COctetString<'a> = [MessageId 65];
        /// Where the message comes from; empty for the default of the MC.
        source: Address<'a> = [SourceAddrTon 1, SourceAddrNpi 1, SourceAddr 21];
    }

    /// `cancel_broadcast_sm_resp` (SMPP 5.0 §4.6.2.3).
    CancelBroadcastSmResp = CANCEL_BROADCAST_SM_RESP {}
}
