//! `command_id`: which operation a PDU belongs to.

code_points! {
    /// The operation of a PDU (SMPP 3.4 §5.1.2.1; 5.0 §4.7.5). Bit 31 marks a response.
    CommandId(u32) {
        /// Answer to a PDU whose header cannot be accepted. Header only.
        GENERIC_NACK = 0x8000_0000, "generic_nack";
        /// Bind as a receiver.
        BIND_RECEIVER = 0x0000_0001, "bind_receiver";
        /// Answer to `bind_receiver`.
        BIND_RECEIVER_RESP = 0x8000_0001, "bind_receiver_resp";
        /// Bind as a transmitter.
        BIND_TRANSMITTER = 0x0000_0002, "bind_transmitter";
        /// Answer to `bind_transmitter`.
        BIND_TRANSMITTER_RESP = 0x8000_0002, "bind_transmitter_resp";
        /// Ask for the state of a message.
        QUERY_SM = 0x0000_0003, "query_sm";
        /// Answer to `query_sm`.
        QUERY_SM_RESP = 0x8000_0003, "query_sm_resp";
        /// Submit a message.
        SUBMIT_SM = 0x0000_0004, "submit_sm";
        /// Answer to `submit_sm`.
        SUBMIT_SM_RESP = 0x8000_0004, "submit_sm_resp";
        /// Hand a message or a receipt to an ESME.
        DELIVER_SM = 0x0000_0005, "deliver_sm";
        /// Answer to `deliver_sm`.
        DELIVER_SM_RESP = 0x8000_0005, "deliver_sm_resp";
        /// End the session.
        UNBIND = 0x0000_0006, "unbind";
        /// Answer to `unbind`.
        UNBIND_RESP = 0x8000_0006, "unbind_resp";
        /// Replace a message that was not delivered yet.
        REPLACE_SM = 0x0000_0007, "replace_sm";
        /// Answer to `replace_sm`.
        REPLACE_SM_RESP = 0x8000_0007, "replace_sm_resp";
        /// Cancel messages that were not delivered yet.
        CANCEL_SM = 0x0000_0008, "cancel_sm";
        /// Answer to `cancel_sm`.
        CANCEL_SM_RESP = 0x8000_0008, "cancel_sm_resp";
        /// Bind as a transceiver.
        BIND_TRANSCEIVER = 0x0000_0009, "bind_transceiver";
        /// Answer to `bind_transceiver`.
        BIND_TRANSCEIVER_RESP = 0x8000_0009, "bind_transceiver_resp";
        /// The MC asks an ESME to bind. It has no response.
        OUTBIND = 0x0000_000B, "outbind";
        /// Ask whether the peer is alive.
        ENQUIRE_LINK = 0x0000_0015, "enquire_link";
        /// Answer to `enquire_link`.
        ENQUIRE_LINK_RESP = 0x8000_0015, "enquire_link_resp";
        /// Submit a message to several destinations.
        SUBMIT_MULTI = 0x0000_0021, "submit_multi";
        /// Answer to `submit_multi`.
        SUBMIT_MULTI_RESP = 0x8000_0021, "submit_multi_resp";
        /// A mobile became reachable. It has no response.
        ALERT_NOTIFICATION = 0x0000_0102, "alert_notification";
        /// Transfer data in either direction.
        DATA_SM = 0x0000_0103, "data_sm";
        /// Answer to `data_sm`.
        DATA_SM_RESP = 0x8000_0103, "data_sm_resp";
        /// Submit a cell broadcast (5.0).
        BROADCAST_SM = 0x0000_0111, "broadcast_sm";
        /// Answer to `broadcast_sm` (5.0).
        BROADCAST_SM_RESP = 0x8000_0111, "broadcast_sm_resp";
        /// Ask for the state of a cell broadcast (5.0).
        QUERY_BROADCAST_SM = 0x0000_0112, "query_broadcast_sm";
        /// Answer to `query_broadcast_sm` (5.0).
        QUERY_BROADCAST_SM_RESP = 0x8000_0112, "query_broadcast_sm_resp";
        /// Cancel a cell broadcast (5.0).
        CANCEL_BROADCAST_SM = 0x0000_0113, "cancel_broadcast_sm";
        /// Answer to `cancel_broadcast_sm` (5.0).
        CANCEL_BROADCAST_SM_RESP = 0x8000_0113, "cancel_broadcast_sm_resp";
    }
}

impl CommandId {
    /// Bit 31, which marks responses.
    const RESPONSE: u32 = 0x8000_0000;

    /// Whether this is a response (`generic_nack` is one).
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.0 & Self::RESPONSE != 0
    }

    /// The command that answers this request.
    #[must_use]
    pub const fn response(self) -> Self {
        Self(self.0 | Self::RESPONSE)
    }

    /// The request that this command answers.
    #[must_use]
    pub const fn request(self) -> Self {
        Self(self.0 & !Self::RESPONSE)
    }

    /// Whether the peer must answer this: a request, and neither `outbind` nor `alert_notification`.
    #[must_use]
    pub const fn has_response(self) -> bool {
        !self.is_response() && !matches!(self, Self::OUTBIND | Self::ALERT_NOTIFICATION)
    }

    /// Whether this is one of the three bind requests.
    #[must_use]
    pub const fn is_bind(self) -> bool {
        matches!(self, Self::BIND_RECEIVER | Self::BIND_TRANSMITTER | Self::BIND_TRANSCEIVER)
    }
}
