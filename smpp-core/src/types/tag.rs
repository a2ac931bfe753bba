//! TLV tags and the one table of all standard TLVs.

use super::{CommandId, InterfaceVersion, Kind};

/// Hands the table of standard TLVs to the macro `$then`, so that each TLV is declared once and used twice: here for
/// its tag, in `tlv::standard` for its typed getter.
///
/// A row: tag, getter, type of the value, fewest and most octets, the PDUs that may carry it in 3.4, and in 5.0.
macro_rules! for_each_tlv {
    ($then:ident) => {
        $then! {
            /// `dest_addr_subunit` (SMPP 3.4 §5.3.2.1; 5.0 §4.8.4.23): 0 unknown (default), 1 MS display, 2
            /// mobile equipment, 3 smart card 1 (SIM), 4 external unit 1, 5-255 reserved.
            0x0005 DEST_ADDR_SUBUNIT dest_addr_subunit: u8, 1..=1, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `dest_network_type` (SMPP 3.4 §5.3.2.3; 5.0 §4.8.4.26): 0 unknown, 1 GSM, 2 ANSI-136/TDMA, 3
            /// IS-95/CDMA, 4 PDC, 5 PHS, 6 iDEN, 7 AMPS, 8 paging network, 9-255 reserved.
            0x0006 DEST_NETWORK_TYPE dest_network_type: u8, 1..=1, [data_sm], [submit_sm submit_multi data_sm];
            /// `dest_bearer_type` (SMPP 3.4 §5.3.2.5; 5.0 §4.8.4.24): 0 unknown, 1 SMS, 2 CSD, 3 packet data, 4
            /// USSD, 5 CDPD, 6 DataTAC, 7 FLEX/ReFLEX, 8 cell broadcast, 9-255 reserved.
            0x0007 DEST_BEARER_TYPE dest_bearer_type: u8, 1..=1, [data_sm], [submit_sm submit_multi data_sm];
            /// `dest_telematics_id` (SMPP 3.4 §5.3.2.7; 5.0 §4.8.4.29): 3.4: undefined; 5.0: octet 1 = GSM
            /// protocol_id, octet 2 reserved.
            0x0008 DEST_TELEMATICS_ID dest_telematics_id: u16, 2..=2, [data_sm], [submit_sm submit_multi data_sm];
            /// `source_addr_subunit` (SMPP 3.4 §5.3.2.2; 5.0 §4.8.4.54): 0 unknown (default), 1 MS display, 2
            /// mobile equipment, 3 smart card 1 (SIM), 4 external unit 1, 5-255 reserved.
            0x000D SOURCE_ADDR_SUBUNIT source_addr_subunit: u8, 1..=1, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `source_network_type` (SMPP 3.4 §5.3.2.4; 5.0 §4.8.4.57): 0 unknown, 1 GSM, 2 ANSI-136/TDMA, 3
            /// IS-95/CDMA, 4 PDC, 5 PHS, 6 iDEN, 7 AMPS, 8 paging network, 9-255 reserved.
            0x000E SOURCE_NETWORK_TYPE source_network_type: u8, 1..=1, [data_sm], [submit_sm submit_multi data_sm];
            /// `source_bearer_type` (SMPP 3.4 §5.3.2.6; 5.0 §4.8.4.55): 0 unknown, 1 SMS, 2 CSD, 3 packet data,
            /// 4 USSD, 5 CDPD, 6 DataTAC, 7 FLEX/ReFLEX, 8 cell broadcast, 9-255 reserved.
            0x000F SOURCE_BEARER_TYPE source_bearer_type: u8, 1..=1, [data_sm], [submit_sm submit_multi data_sm];
            /// `source_telematics_id` (SMPP 3.4 §5.3.2.8; 5.0 §4.8.4.61): as dest_telematics_id.
            0x0010 SOURCE_TELEMATICS_ID source_telematics_id: u8, 1..=1, [data_sm], [submit_sm submit_multi data_sm];
            /// `qos_time_to_live` (SMPP 3.4 §5.3.2.9; 5.0 §4.8.4.46): seconds to retain.
            0x0017 QOS_TIME_TO_LIVE qos_time_to_live: u32, 4..=4, [data_sm], [submit_sm submit_multi data_sm];
            /// `payload_type` (SMPP 3.4 §5.3.2.10; 5.0 §4.8.4.44): 0 default (WDP for WAP), 1 WCMP, 2-255
            /// reserved.
            0x0019 PAYLOAD_TYPE payload_type: u8, 1..=1, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `additional_status_info_text` (SMPP 3.4 §5.3.2.11; 5.0 §4.8.4.1): diagnostic text.
            0x001D ADDITIONAL_STATUS_INFO_TEXT additional_status_info_text: c_octets, 1..=256, [data_sm_resp], [submit_sm_resp submit_multi_resp data_sm_resp deliver_sm_resp];
            /// `receipted_message_id` (SMPP 3.4 §5.3.2.12; 5.0 §4.8.4.47): message_id of the submission being
            /// receipted.
            0x001E RECEIPTED_MESSAGE_ID receipted_message_id: c_octets, 1..=65, [deliver_sm data_sm], [deliver_sm data_sm];
            /// `ms_msg_wait_facilities` (SMPP 3.4 §5.3.2.13; 5.0 §4.8.4.40): bit 7 indicator active, bits 1-0:
            /// 0 voicemail, 1 fax, 2 e-mail, 3 other.
            0x0030 MS_MSG_WAIT_FACILITIES ms_msg_wait_facilities: u8, 1..=1, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm];
            /// `privacy_indicator` (SMPP 3.4 §5.3.2.14; 5.0 §4.8.4.45): 0 not restricted (default), 1
            /// restricted, 2 confidential, 3 secret, 4-255 reserved.
            0x0201 PRIVACY_INDICATOR privacy_indicator: u8, 1..=1, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `source_subaddress` (SMPP 3.4 §5.3.2.15; 5.0 §4.8.4.60): octet 1: 0x80 NSAP even, 0x88 NSAP odd,
            /// 0xA0 user specified, others reserved; rest: subaddress (max 22).
            0x0202 SOURCE_SUBADDRESS source_subaddress: octets, 2..=23, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `dest_subaddress` (SMPP 3.4 §5.3.2.16; 5.0 §4.8.4.28): as source_subaddress.
            0x0203 DEST_SUBADDRESS dest_subaddress: octets, 2..=23, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `user_message_reference` (SMPP 3.4 §5.3.2.17; 5.0 §4.8.4.62): any; set by the originator.
            0x0204 USER_MESSAGE_REFERENCE user_message_reference: u16, 2..=2, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm query_broadcast_sm query_broadcast_sm_resp cancel_broadcast_sm];
            /// `user_response_code` (SMPP 3.4 §5.3.2.18; 5.0 §4.8.4.63): 0-255 (IS-95), 0-15 (TDMA).
            0x0205 USER_RESPONSE_CODE user_response_code: u8, 1..=1, [submit_sm deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm];
            /// `source_port` (SMPP 3.4 §5.3.2.20; 5.0 §4.8.4.59): application port.
            0x020A SOURCE_PORT source_port: u16, 2..=2, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `destination_port` (SMPP 3.4 §5.3.2.21; 5.0 §4.8.4.30): application port.
            0x020B DESTINATION_PORT destination_port: u16, 2..=2, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `sar_msg_ref_num` (SMPP 3.4 §5.3.2.22; 5.0 §4.8.4.48): same for all segments of one message.
            0x020C SAR_MSG_REF_NUM sar_msg_ref_num: u16, 2..=2, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm];
            /// `language_indicator` (SMPP 3.4 §5.3.2.19; 5.0 §4.8.4.35): 0 unspecified (default), 1 English, 2
            /// French, 3 Spanish, 4 German, 5 Portuguese.
            0x020D LANGUAGE_INDICATOR language_indicator: u8, 1..=1, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `sar_total_segments` (SMPP 3.4 §5.3.2.23; 5.0 §4.8.4.50): 1-255.
            0x020E SAR_TOTAL_SEGMENTS sar_total_segments: u8, 1..=1, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm];
            /// `sar_segment_seqnum` (SMPP 3.4 §5.3.2.24; 5.0 §4.8.4.49): 1-255, first = 1.
            0x020F SAR_SEGMENT_SEQNUM sar_segment_seqnum: u8, 1..=1, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm];
            /// `sc_interface_version` (SMPP 3.4 §5.3.2.25; 5.0 §4.8.4.51): version the MC supports, coded as
            /// interface_version.
            0x0210 SC_INTERFACE_VERSION sc_interface_version: u8, 1..=1, [bind_resp], [bind_resp];
            /// `callback_num_pres_ind` (SMPP 3.4 §5.3.2.37; 5.0 §4.8.4.17): bits 3-2 presentation: 0 allowed, 1
            /// restricted, 2 not available; bits 1-0 screening: 0 user not screened, 1 verified passed, 2
            /// verified failed, 3 network.
            0x0302 CALLBACK_NUM_PRES_IND callback_num_pres_ind: u8, 1..=1, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `callback_num_atag` (SMPP 3.4 §5.3.2.38; 5.0 §4.8.4.16): octet 1: data coding; rest: display
            /// text.
            0x0303 CALLBACK_NUM_ATAG callback_num_atag: octets, 1..=65, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `number_of_messages` (SMPP 3.4 §5.3.2.39; 5.0 §4.8.4.43): 0-99; 100-255 reserved.
            0x0304 NUMBER_OF_MESSAGES number_of_messages: u8, 1..=1, [submit_sm data_sm], [submit_sm submit_multi data_sm];
            /// `callback_num` (SMPP 3.4 §5.3.2.36; 5.0 §4.8.4.15): octet 1 digit mode: bit 0 = 0 TBCD, 1 ASCII;
            /// octet 2 TON; octet 3 NPI; rest digits.
            0x0381 CALLBACK_NUM callback_num: octets, 4..=19, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm];
            /// `dpf_result` (SMPP 3.4 §5.3.2.28; 5.0 §4.8.4.32): 0 not set, 1 set.
            0x0420 DPF_RESULT dpf_result: u8, 1..=1, [data_sm_resp], [submit_sm_resp submit_multi_resp data_sm_resp deliver_sm data_sm];
            /// `set_dpf` (SMPP 3.4 §5.3.2.29; 5.0 §4.8.4.52): 0 not requested, 1 requested (default).
            0x0421 SET_DPF set_dpf: u8, 1..=1, [data_sm], [submit_sm submit_multi data_sm];
            /// `ms_availability_status` (SMPP 3.4 §5.3.2.30; 5.0 §4.8.4.39): 0 available (default), 1 denied, 2
            /// unavailable.
            0x0422 MS_AVAILABILITY_STATUS ms_availability_status: u8, 1..=1, [alert_notification], [alert_notification];
            /// `network_error_code` (SMPP 3.4 §5.3.2.31; 5.0 §4.8.4.42): octet 1 network type (enums.tsv),
            /// octets 2-3 error code big-endian.
            0x0423 NETWORK_ERROR_CODE network_error_code: octets, 3..=3, [deliver_sm data_sm data_sm_resp], [submit_sm_resp submit_multi_resp data_sm_resp deliver_sm data_sm deliver_sm_resp];
            /// `message_payload` (SMPP 3.4 §5.3.2.32; 5.0 §4.8.4.36): user data; limit is MC specific.
            0x0424 MESSAGE_PAYLOAD message_payload: octets, 0..=65535, [submit_sm submit_multi deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm broadcast_sm replace_sm];
            /// `delivery_failure_reason` (SMPP 3.4 §5.3.2.33; 5.0 §4.8.4.19): 0 destination unavailable, 1
            /// address invalid, 2 permanent network error, 3 temporary network error.
            0x0425 DELIVERY_FAILURE_REASON delivery_failure_reason: u8, 1..=1, [data_sm_resp], [submit_sm_resp submit_multi_resp data_sm_resp deliver_sm_resp];
            /// `more_messages_to_send` (SMPP 3.4 §5.3.2.34; 5.0 §4.8.4.38): 0 no more, 1 more (default).
            0x0426 MORE_MESSAGES_TO_SEND more_messages_to_send: u8, 1..=1, [submit_sm data_sm], [submit_sm submit_multi data_sm];
            /// `message_state` (SMPP 3.4 §5.3.2.35; 5.0 §4.8.4.37): see enums.tsv.
            0x0427 MESSAGE_STATE message_state: u8, 1..=1, [deliver_sm data_sm], [deliver_sm data_sm query_broadcast_sm_resp];
            /// `congestion_state` (SMPP 5.0 §4.8.4.18): 0 idle, 1-29 low, 30-49 medium, 50-79 high, 80-90
            /// optimum, 90-99 nearing congestion, 100 congested; others reserved.
            0x0428 CONGESTION_STATE congestion_state: u8, 1..=1, [], [any_response];
            /// `ussd_service_op` (SMPP 3.4 §5.3.2.44; 5.0 §4.8.4.64): 0 PSSD indication, 1 PSSR indication, 2
            /// USSR request, 3 USSN request, 16 PSSD response, 17 PSSR response, 18 USSR confirm, 19 USSN
            /// confirm, 32-255 vendor.
            0x0501 USSD_SERVICE_OP ussd_service_op: u8, 1..=1, [submit_sm], [submit_sm submit_multi data_sm deliver_sm];
            /// `broadcast_channel_indicator` (SMPP 5.0 §4.8.4.7): 0 basic (default), 1 extended.
            0x0600 BROADCAST_CHANNEL_INDICATOR broadcast_channel_indicator: u8, 1..=1, [], [broadcast_sm];
            /// `broadcast_content_type` (SMPP 5.0 §4.8.4.8): octet 1 network: 0 generic, 1 GSM, 2 TDMA, 3 CDMA;
            /// octets 2-3 content type (enums.tsv).
            0x0601 BROADCAST_CONTENT_TYPE broadcast_content_type: octets, 3..=3, [], [broadcast_sm cancel_broadcast_sm];
            /// `broadcast_content_type_info` (SMPP 5.0 §4.8.4.6): free.
            0x0602 BROADCAST_CONTENT_TYPE_INFO broadcast_content_type_info: octets, 1..=255, [], [broadcast_sm];
            /// `broadcast_message_class` (SMPP 5.0 §4.8.4.12): 0 none (default), 1 class 1, 2 class 2, 3 class
            /// 3 (TE).
            0x0603 BROADCAST_MESSAGE_CLASS broadcast_message_class: u8, 1..=1, [], [broadcast_sm];
            /// `broadcast_rep_num` (SMPP 5.0 §4.8.4.13): 0 = indefinite or implied by validity and interval.
            0x0604 BROADCAST_REP_NUM broadcast_rep_num: u16, 2..=2, [], [broadcast_sm];
            /// `broadcast_frequency_interval` (SMPP 5.0 §4.8.4.11): octet 1 unit: 0x00 as often as possible,
            /// 0x08 s, 0x09 min, 0x0A h, 0x0B d, 0x0C weeks, 0x0D months, 0x0E years; octets 2-3 count.
            0x0605 BROADCAST_FREQUENCY_INTERVAL broadcast_frequency_interval: octets, 3..=3, [], [broadcast_sm];
            /// `broadcast_area_identifier` (SMPP 5.0 §4.8.4.4): octet 1 format: 0 alias/name, 1 ellipsoid arc,
            /// 2 polygon; rest max 100.
            0x0606 BROADCAST_AREA_IDENTIFIER broadcast_area_identifier: octets, 1..=101, [], [broadcast_sm broadcast_sm_resp query_broadcast_sm_resp];
            /// `broadcast_error_status` (SMPP 5.0 §4.8.4.10): a command_status value.
            0x0607 BROADCAST_ERROR_STATUS broadcast_error_status: u32, 4..=4, [], [broadcast_sm_resp];
            /// `broadcast_area_success` (SMPP 5.0 §4.8.4.5): 0-100 percent, 255 not available.
            0x0608 BROADCAST_AREA_SUCCESS broadcast_area_success: u8, 1..=1, [], [query_broadcast_sm_resp];
            /// `broadcast_end_time` (SMPP 5.0 §4.8.4.9): absolute time.
            0x0609 BROADCAST_END_TIME broadcast_end_time: c_octets, 16..=17, [], [query_broadcast_sm_resp];
            /// `broadcast_service_group` (SMPP 5.0 §4.8.4.14): free.
            0x060A BROADCAST_SERVICE_GROUP broadcast_service_group: octets, 1..=255, [], [broadcast_sm];
            /// `billing_identification` (SMPP 5.0 §4.8.4.3): octet 1 bit 7: 0 reserved formats, 1 vendor
            /// specific; rest billing data.
            0x060B BILLING_IDENTIFICATION billing_identification: octets, 1..=1024, [], [submit_sm submit_multi data_sm];
            /// `source_network_id` (SMPP 5.0 §4.8.4.56): 1+MCC+MNC (GSM), 2+MCC+SID (TDMA/CDMA),
            /// 3+MCC+type+address (ESME; type 1 IP, 2 alphanumeric domain, 3 E.164, 4 X.212).
            0x060D SOURCE_NETWORK_ID source_network_id: c_octets, 7..=65, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `dest_network_id` (SMPP 5.0 §4.8.4.25): as source_network_id.
            0x060E DEST_NETWORK_ID dest_network_id: c_octets, 7..=65, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `source_node_id` (SMPP 5.0 §4.8.4.58): 6 decimal digits.
            0x060F SOURCE_NODE_ID source_node_id: octets, 6..=6, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `dest_node_id` (SMPP 5.0 §4.8.4.27): 6 decimal digits.
            0x0610 DEST_NODE_ID dest_node_id: octets, 6..=6, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `dest_addr_np_resolution` (SMPP 5.0 §4.8.4.22): 0 not queried (default), 1 queried not ported, 2
            /// queried ported.
            0x0611 DEST_ADDR_NP_RESOLUTION dest_addr_np_resolution: u8, 1..=1, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `dest_addr_np_information` (SMPP 5.0 §4.8.4.21): LRN, 10 digits.
            0x0612 DEST_ADDR_NP_INFORMATION dest_addr_np_information: octets, 10..=10, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `dest_addr_np_country` (SMPP 5.0 §4.8.4.20): E.164 country code.
            0x0613 DEST_ADDR_NP_COUNTRY dest_addr_np_country: octets, 1..=5, [], [submit_sm submit_multi data_sm deliver_sm];
            /// `display_time` (SMPP 3.4 §5.3.2.26; 5.0 §4.8.4.31): 0 temporary, 1 default, 2 invoke.
            0x1201 DISPLAY_TIME display_time: u8, 1..=1, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm broadcast_sm];
            /// `sms_signal` (SMPP 3.4 §5.3.2.40; 5.0 §4.8.4.53): per CMT-136.
            0x1203 SMS_SIGNAL sms_signal: u16, 2..=2, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm broadcast_sm];
            /// `ms_validity` (SMPP 3.4 §5.3.2.27; 5.0 §4.8.4.41): octet 1: 0 store indefinitely (default), 1
            /// power down, 2 registration area, 3 display only, 4 relative period (5.0); 5.0 octets 2-4: unit 0
            /// s,1 min,2 h,3 d,4 weeks,5 months,6 years and 2-octet count.
            0x1204 MS_VALIDITY ms_validity: octets, 1..=4, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm broadcast_sm];
            /// `alert_on_message_delivery` (SMPP 3.4 §5.3.2.41; 5.0 §4.8.4.2): empty = default alert; 5.0
            /// value: 0 mobile default, 1 low, 2 medium, 3 high.
            0x130C ALERT_ON_MESSAGE_DELIVERY alert_on_message_delivery: octets, 0..=1, [submit_sm submit_multi data_sm], [submit_sm submit_multi data_sm broadcast_sm];
            /// `its_reply_type` (SMPP 3.4 §5.3.2.42; 5.0 §4.8.4.33): 0 digit, 1 number, 2 telephone no., 3
            /// password, 4 character line, 5 menu, 6 date, 7 time, 8 continue.
            0x1380 ITS_REPLY_TYPE its_reply_type: u8, 1..=1, [submit_sm data_sm], [submit_sm submit_multi data_sm deliver_sm];
            /// `its_session_info` (SMPP 3.4 §5.3.2.43; 5.0 §4.8.4.34): octet 1 session number; octet 2 bits 7-1
            /// sequence, bit 0 end of session.
            0x1383 ITS_SESSION_INFO its_session_info: octets, 2..=2, [submit_sm deliver_sm data_sm], [submit_sm submit_multi data_sm deliver_sm];
        }
    };
}

/// The PDUs that the table of TLVs names, a bit each.
#[expect(non_upper_case_globals, reason = "spelled as the specification spells the PDUs")]
mod carrier {
    pub(super) const submit_sm: u32 = 1 << 0;
    pub(super) const submit_multi: u32 = 1 << 1;
    pub(super) const data_sm: u32 = 1 << 2;
    pub(super) const deliver_sm: u32 = 1 << 3;
    pub(super) const broadcast_sm: u32 = 1 << 4;
    pub(super) const replace_sm: u32 = 1 << 5;
    pub(super) const query_broadcast_sm: u32 = 1 << 6;
    pub(super) const cancel_broadcast_sm: u32 = 1 << 7;
    pub(super) const alert_notification: u32 = 1 << 8;
    pub(super) const bind_resp: u32 = 1 << 9;
    pub(super) const submit_sm_resp: u32 = 1 << 10;
    pub(super) const submit_multi_resp: u32 = 1 << 11;
    pub(super) const data_sm_resp: u32 = 1 << 12;
    pub(super) const deliver_sm_resp: u32 = 1 << 13;
    pub(super) const broadcast_sm_resp: u32 = 1 << 14;
    pub(super) const query_broadcast_sm_resp: u32 = 1 << 15;
    pub(super) const other_response: u32 = 1 << 16;
    pub(super) const any_response: u32 = bind_resp
        | submit_sm_resp
        | submit_multi_resp
        | data_sm_resp
        | deliver_sm_resp
        | broadcast_sm_resp
        | query_broadcast_sm_resp
        | other_response;
}

/// The bit of a PDU in [`carrier`].
const fn bit(command: CommandId) -> u32 {
    match command {
        CommandId::SUBMIT_SM => carrier::submit_sm,
        CommandId::SUBMIT_MULTI => carrier::submit_multi,
        CommandId::DATA_SM => carrier::data_sm,
        CommandId::DELIVER_SM => carrier::deliver_sm,
        CommandId::BROADCAST_SM => carrier::broadcast_sm,
        CommandId::REPLACE_SM => carrier::replace_sm,
        CommandId::QUERY_BROADCAST_SM => carrier::query_broadcast_sm,
        CommandId::CANCEL_BROADCAST_SM => carrier::cancel_broadcast_sm,
        CommandId::ALERT_NOTIFICATION => carrier::alert_notification,
        CommandId::BIND_RECEIVER_RESP
        | CommandId::BIND_TRANSMITTER_RESP
        | CommandId::BIND_TRANSCEIVER_RESP => carrier::bind_resp,
        CommandId::SUBMIT_SM_RESP => carrier::submit_sm_resp,
        CommandId::SUBMIT_MULTI_RESP => carrier::submit_multi_resp,
        CommandId::DATA_SM_RESP => carrier::data_sm_resp,
        CommandId::DELIVER_SM_RESP => carrier::deliver_sm_resp,
        CommandId::BROADCAST_SM_RESP => carrier::broadcast_sm_resp,
        CommandId::QUERY_BROADCAST_SM_RESP => carrier::query_broadcast_sm_resp,
        CommandId::GENERIC_NACK => 0,
        other if other.is_response() => carrier::other_response,
        _ => 0,
    }
}

/// The kind of a value by the word in the table.
macro_rules! kind {
    (u8) => {
        Kind::Integer(1)
    };
    (u16) => {
        Kind::Integer(2)
    };
    (u32) => {
        Kind::Integer(4)
    };
    (octets) => {
        Kind::Octets
    };
    (c_octets) => {
        Kind::COctetString
    };
}

/// Declares [`Tag`] and what the standards say of each.
macro_rules! tags {
    ($( $(#[$doc:meta])* $value:literal $CONST:ident $name:ident: $type:ident, $min:literal..=$max:literal,
        [$($v34:ident)*], [$($v50:ident)*]; )*) => {
        code_points! {
            /// The tag of a TLV, called optional parameter in 3.4 (SMPP 3.4 §5.3.1; 5.0 §4.8.1).
            ///
            /// Tags from 0x1400 to 0x3FFF belong to the provider of a link.
            Tag(u16) {
                $( $(#[$doc])* $CONST = $value, stringify!($name); )*
            }
        }

        impl Tag {
            /// The fewest and the most octets that the standards allow as this TLV's value; `None` for an unknown tag.
            #[must_use]
            pub const fn limits(self) -> Option<(u16, u16)> {
                match self.0 {
                    $( $value => Some(($min, $max)), )*
                    _ => None,
                }
            }

            /// What the value is on the wire, `None` for an unknown tag. Values of several widths count as octets.
            #[must_use]
            pub const fn kind(self) -> Option<Kind> {
                match self.0 {
                    $( $value => Some(kind!($type)), )*
                    _ => None,
                }
            }

            /// Whether the standard of `version` lists this TLV for `command`. Unknown tags are listed nowhere.
            #[must_use]
            pub const fn is_listed_for(self, command: CommandId, version: InterfaceVersion) -> bool {
                let (v34, v50): (u32, u32) = match self.0 {
                    $( $value => (0 $(| carrier::$v34)*, 0 $(| carrier::$v50)*), )*
                    _ => (0, 0),
                };
                bit(command) & if version.0 >= InterfaceVersion::V5_0.0 { v50 } else { v34 } != 0
            }
        }
    };
}

for_each_tlv!(tags);
pub(crate) use for_each_tlv;

impl Tag {
    /// Whether several TLVs of this tag may stand in one PDU, paired by their order (SMPP 3.4 §5.3.2.36–38; 5.0
    /// §4.4.1).
    #[must_use]
    pub const fn is_repeatable(self) -> bool {
        matches!(
            self,
            Self::CALLBACK_NUM
                | Self::CALLBACK_NUM_PRES_IND
                | Self::CALLBACK_NUM_ATAG
                | Self::BROADCAST_AREA_IDENTIFIER
                | Self::BROADCAST_ERROR_STATUS
                | Self::BROADCAST_AREA_SUCCESS
        )
    }
}
