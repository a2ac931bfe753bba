//! One-octet fields whose bits mean several things.

use core::fmt;

code_points! {
    /// The message type in bits 5–2 of [`EsmClass`] (SMPP 3.4 §5.2.12; 5.0 §4.7.12).
    MessageType(u8) {
        /// A normal message.
        DEFAULT = 0x00, "default";
        /// A delivery receipt of the MC.
        MC_DELIVERY_RECEIPT = 0x04, "MC delivery receipt";
        /// The recipient's device confirms that it was read or delivered.
        SME_DELIVERY_ACK = 0x08, "SME delivery acknowledgement";
        /// The recipient confirmed by hand.
        SME_MANUAL_ACK = 0x10, "SME manual/user acknowledgement";
        /// Conversation abort (Korean CDMA).
        CONVERSATION_ABORT = 0x18, "conversation abort";
        /// An intermediate delivery notification.
        INTERMEDIATE_NOTIFICATION = 0x20, "intermediate delivery notification";
    }
}

code_points! {
    /// The message mode in bits 1–0 of [`EsmClass`], for submissions (SMPP 3.4 §5.2.12; 5.0 §4.7.12).
    MessageMode(u8) {
        /// The MC's default, usually store and forward.
        DEFAULT = 0x00, "default mode";
        /// One attempt, no receipt.
        DATAGRAM = 0x01, "datagram mode";
        /// The response waits for the outcome of the delivery.
        TRANSACTION = 0x02, "forward (transaction) mode";
        /// The MC stores the message.
        STORE_AND_FORWARD = 0x03, "store and forward mode";
    }
}

/// Message mode, message type and GSM features (SMPP 3.4 §5.2.12; 5.0 §4.7.12).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct EsmClass(pub u8);

impl EsmClass {
    /// The MC's default mode, a normal message, no GSM feature.
    pub const DEFAULT: Self = Self(0x00);
    /// A delivery receipt (MC to ESME).
    pub const MC_DELIVERY_RECEIPT: Self = Self(0x04);
    /// An intermediate notification (MC to ESME).
    pub const INTERMEDIATE_NOTIFICATION: Self = Self(0x20);
    /// UDH indicator: the user data starts with a user data header.
    pub const UDHI: Self = Self(0x40);
    /// Reply path is set.
    pub const REPLY_PATH: Self = Self(0x80);

    /// These features in another message mode.
    #[must_use]
    pub const fn in_mode(self, mode: MessageMode) -> Self {
        Self((self.0 & !0x03) | (mode.0 & 0x03))
    }

    /// The message mode, bits 1–0.
    #[must_use]
    pub const fn mode(self) -> MessageMode {
        MessageMode(self.0 & 0x03)
    }

    /// The message type, bits 5–2.
    #[must_use]
    pub const fn message_type(self) -> MessageType {
        MessageType(self.0 & 0x3C)
    }

    /// Whether a receipt or an intermediate notification of the MC is announced.
    #[must_use]
    pub const fn is_receipt(self) -> bool {
        matches!(
            self.message_type(),
            MessageType::MC_DELIVERY_RECEIPT | MessageType::INTERMEDIATE_NOTIFICATION
        )
    }

    /// Whether the user data starts with a user data header.
    #[must_use]
    pub const fn has_udh(self) -> bool {
        self.0 & Self::UDHI.0 != 0
    }

    /// These bits and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for EsmClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X}", self.0)
    }
}

impl From<u8> for EsmClass {
    fn from(value: u8) -> Self {
        Self(value)
    }
}

/// Which receipts and acknowledgements are asked for (SMPP 3.4 §5.2.17; 5.0 §4.7.21).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RegisteredDelivery(pub u8);

impl RegisteredDelivery {
    /// Nothing.
    pub const NONE: Self = Self(0x00);
    /// A receipt of the MC on success and on failure.
    pub const RECEIPT: Self = Self(0x01);
    /// A receipt of the MC on failure only.
    pub const RECEIPT_ON_FAILURE: Self = Self(0x02);
    /// A receipt of the MC on success only (5.0).
    pub const RECEIPT_ON_SUCCESS: Self = Self(0x03);
    /// An acknowledgement of the recipient's device.
    pub const SME_DELIVERY_ACK: Self = Self(0x04);
    /// An acknowledgement that the recipient gives by hand.
    pub const SME_MANUAL_ACK: Self = Self(0x08);
    /// Intermediate notifications as well.
    pub const INTERMEDIATE: Self = Self(0x10);

    /// Whether the MC owes a receipt for a message that ended `delivered` or not.
    #[must_use]
    pub const fn wants_receipt(self, delivered: bool) -> bool {
        match self.0 & 0x03 {
            0x01 => true,
            0x02 => !delivered,
            0x03 => delivered,
            _ => false,
        }
    }

    /// Whether intermediate notifications are asked for (bit 4; the heading of 3.4 says bit 5, its pattern bit 4).
    #[must_use]
    pub const fn wants_intermediate(self) -> bool {
        self.0 & Self::INTERMEDIATE.0 != 0
    }

    /// These bits and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for RegisteredDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X}", self.0)
    }
}

impl From<u8> for RegisteredDelivery {
    fn from(value: u8) -> Self {
        Self(value)
    }
}

code_points! {
    /// How the user data is coded (SMPP 3.4 §5.2.19; 5.0 §4.7.7; values from 0x10 as 3GPP TS 23.038 §4 in practice).
    DataCoding(u8) {
        /// The MC's default alphabet: usually GSM 03.38, one septet an octet. A setting of the link.
        DEFAULT = 0x00, "MC default alphabet";
        /// IA5 (ASCII); some MCs treat it as their default alphabet.
        IA5 = 0x01, "IA5/ASCII";
        /// Octets without a meaning.
        OCTETS_2 = 0x02, "8-bit binary (2)";
        /// Latin-1, ISO-8859-1.
        LATIN_1 = 0x03, "Latin-1";
        /// Octets without a meaning; the usual value for binary content.
        OCTETS = 0x04, "8-bit binary";
        /// JIS X 0208-1990.
        JIS = 0x05, "JIS";
        /// ISO-8859-5.
        CYRILLIC = 0x06, "Cyrillic";
        /// ISO-8859-8.
        HEBREW = 0x07, "Hebrew";
        /// UCS2, in practice UTF-16 big-endian with surrogate pairs.
        UCS2 = 0x08, "UCS2";
        /// Pictograms.
        PICTOGRAM = 0x09, "pictogram";
        /// ISO-2022-JP, music codes.
        ISO_2022_JP = 0x0A, "ISO-2022-JP";
        /// JIS X 0212-1990.
        EXTENDED_KANJI = 0x0D, "Extended Kanji";
        /// KS C 5601.
        KS_C_5601 = 0x0E, "KS C 5601";
    }
}

/// The alphabet that a [`DataCoding`] names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Alphabet {
    /// The link's default alphabet: a setting, usually [`Alphabet::Gsm7`].
    Default,
    /// GSM 03.38 by the rules of 3GPP TS 23.038 §4.
    Gsm7,
    /// Octets without a meaning as text.
    Binary,
    /// Latin-1.
    Latin1,
    /// UTF-16, big-endian.
    Ucs2,
    /// A coding that has a name but that is not text we read: Japanese, Korean, Cyrillic, Hebrew.
    Other,
}

impl DataCoding {
    /// The alphabet by the bit rules: SMPP's own values below 0x10, GSM data coding groups above.
    #[must_use]
    pub const fn alphabet(self) -> Alphabet {
        match self.0 {
            0x00 | 0x01 => Alphabet::Default,
            0x02 | 0x04 => Alphabet::Binary,
            0x03 => Alphabet::Latin1,
            0x08 => Alphabet::Ucs2,
            0x05..=0x0F => Alphabet::Other,
            // General groups: bit 5 says compressed, bits 3-2 name the alphabet.
            0x10..=0x7F if self.0 & 0x20 != 0 => Alphabet::Binary,
            0x10..=0x7F => match self.0 & 0x0C {
                0x04 => Alphabet::Binary,
                0x08 => Alphabet::Ucs2,
                _ => Alphabet::Gsm7,
            },
            0x80..=0xDF => Alphabet::Gsm7,
            0xE0..=0xEF => Alphabet::Ucs2,
            // Message class group: bit 2 says 8-bit.
            0xF0..=0xFF if self.0 & 0x04 != 0 => Alphabet::Binary,
            0xF0..=0xFF => Alphabet::Gsm7,
        }
    }

    /// The message class of a GSM data coding that has one: 0 is flash (shown at once).
    #[must_use]
    pub const fn class(self) -> Option<u8> {
        match self.0 {
            0x10..=0x1F | 0x30..=0x3F | 0x50..=0x5F | 0x70..=0x7F | 0xF0..=0xFF => Some(self.0 & 0x03),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_told_by_the_masked_message_type() {
        for class in [0x04, 0x44, 0x20, 0x07] {
            assert!(EsmClass(class).is_receipt(), "{class:#x}");
        }
        for class in [0x00, 0x08, 0x10, 0x40, 0x18, 0x24] {
            assert!(!EsmClass(class).is_receipt(), "{class:#x}");
        }
    }

    #[test]
    fn a_mode_changes_only_its_own_bits() {
        let class = EsmClass::UDHI.with(EsmClass(0x01)).in_mode(MessageMode::TRANSACTION);
        assert_eq!((class, class.mode()), (EsmClass(0x42), MessageMode::TRANSACTION));
    }

    #[test]
    fn gsm_data_coding_groups_name_their_alphabet() {
        for (coding, alphabet) in [
            (0x00, Alphabet::Default),
            (0x10, Alphabet::Gsm7),
            (0x14, Alphabet::Binary),
            (0x18, Alphabet::Ucs2),
            (0x48, Alphabet::Ucs2),
            (0x28, Alphabet::Binary),
            (0xC0, Alphabet::Gsm7),
            (0xE0, Alphabet::Ucs2),
            (0xF0, Alphabet::Gsm7),
            (0xF5, Alphabet::Binary),
            (0x05, Alphabet::Other),
        ] {
            assert_eq!(DataCoding(coding).alphabet(), alphabet, "{coding:#04x}");
        }
        assert_eq!(DataCoding(0xF0).class(), Some(0));
        assert_eq!(DataCoding(0x08).class(), None);
    }
}
