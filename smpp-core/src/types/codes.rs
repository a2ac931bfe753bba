//! Enumerated one-octet fields with open value sets.

code_points! {
    /// Type of number (SMPP 3.4 §5.2.5; 5.0 §4.7.1).
    Ton(u8) {
        /// The MC analyses the number.
        UNKNOWN = 0x00, "Unknown";
        /// Country code first, no plus sign.
        INTERNATIONAL = 0x01, "International";
        /// Without country code.
        NATIONAL = 0x02, "National";
        /// Short codes at some MCs.
        NETWORK_SPECIFIC = 0x03, "Network Specific";
        /// A subscriber number.
        SUBSCRIBER = 0x04, "Subscriber Number";
        /// A name of up to 11 characters of the GSM default alphabet; NPI is 0.
        ALPHANUMERIC = 0x05, "Alphanumeric";
        /// Short codes at some MCs.
        ABBREVIATED = 0x06, "Abbreviated";
    }
}

code_points! {
    /// Numbering plan indicator (SMPP 3.4 §5.2.6; 5.0 §4.7.2).
    Npi(u8) {
        /// Unknown.
        UNKNOWN = 0x00, "Unknown";
        /// The telephone numbering plan, E.163/E.164.
        ISDN = 0x01, "ISDN (E.163/E.164)";
        /// Data, X.121.
        DATA = 0x03, "Data (X.121)";
        /// Telex, F.69.
        TELEX = 0x04, "Telex (F.69)";
        /// Land mobile, E.212.
        LAND_MOBILE = 0x06, "Land Mobile (E.212)";
        /// National.
        NATIONAL = 0x08, "National";
        /// Private.
        PRIVATE = 0x09, "Private";
        /// ERMES paging.
        ERMES = 0x0A, "ERMES";
        /// Internet (IP).
        INTERNET = 0x0E, "Internet (IP)";
        /// WAP client id.
        WAP_CLIENT_ID = 0x12, "WAP Client Id";
    }
}

code_points! {
    /// State of a message (SMPP 3.4 §5.2.28; 5.0 §4.7.15).
    MessageState(u8) {
        /// Waiting for its schedule_delivery_time (5.0 only; a 3.4 MC says `ENROUTE`).
        SCHEDULED = 0, "SCHEDULED";
        /// On its way.
        ENROUTE = 1, "ENROUTE";
        /// Delivered. Final.
        DELIVERED = 2, "DELIVERED";
        /// The validity period is over. Final.
        EXPIRED = 3, "EXPIRED";
        /// Deleted. Final.
        DELETED = 4, "DELETED";
        /// Cannot be delivered. Final.
        UNDELIVERABLE = 5, "UNDELIVERABLE";
        /// By the standard read on behalf of the subscriber, in practice accepted by the operator.
        ACCEPTED = 6, "ACCEPTED";
        /// The MC does not know.
        UNKNOWN = 7, "UNKNOWN";
        /// Rejected. Final.
        REJECTED = 8, "REJECTED";
        /// Skipped (5.0 only). Final.
        SKIPPED = 9, "SKIPPED";
    }
}

impl MessageState {
    /// Whether nothing more is to come: `Some(false)` for scheduled, enroute and, as practice has it, accepted;
    /// `None` for a value without a name.
    #[must_use]
    pub const fn is_final(self) -> Option<bool> {
        match self {
            Self::SCHEDULED | Self::ENROUTE | Self::ACCEPTED => Some(false),
            state if state.name().is_some() => Some(true),
            _ => None,
        }
    }
}

code_points! {
    /// The protocol version that a peer speaks (SMPP 3.4 §5.2.4; 5.0 §4.7.13).
    InterfaceVersion(u8) {
        /// SMPP 3.3. Everything below 0x34 means 3.3 or older.
        V3_3 = 0x33, "3.3";
        /// SMPP 3.4.
        V3_4 = 0x34, "3.4";
        /// SMPP 5.0.
        V5_0 = 0x50, "5.0";
    }
}

impl InterfaceVersion {
    /// Whether TLVs may be sent to a peer of this version (SMPP 3.4 §3.4).
    #[must_use]
    pub const fn has_tlvs(self) -> bool {
        self.0 >= Self::V3_4.0
    }
}
