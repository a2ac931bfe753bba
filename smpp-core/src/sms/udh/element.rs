//! One element of a user data header, and what the standard elements mean.

code_points! {
    /// Information element identifier (3GPP TS 23.040 §9.2.3.24).
    Iei(u8) {
        /// Part of a long message, reference of one octet.
        CONCATENATION_8 = 0x00, "Concatenated short message, 8-bit reference";
        /// Messages are waiting in a mail box.
        SPECIAL_MESSAGE = 0x01, "Special SMS message indication";
        /// Application ports of one octet each.
        PORTS_8 = 0x04, "Application port, 8-bit";
        /// Application ports of two octets each.
        PORTS_16 = 0x05, "Application port, 16-bit";
        /// Which status reports the sender wants.
        SMSC_CONTROL = 0x06, "SMSC control parameters";
        /// Who wrote the elements that follow.
        SOURCE_INDICATOR = 0x07, "UDH source indicator";
        /// Part of a long message, reference of two octets.
        CONCATENATION_16 = 0x08, "Concatenated short message, 16-bit reference";
        /// Wireless control.
        WCMP = 0x09, "Wireless Control Message Protocol";
        /// EMS.
        TEXT_FORMATTING = 0x0A, "EMS text formatting";
        /// EMS.
        PREDEFINED_SOUND = 0x0B, "EMS predefined sound";
        /// EMS.
        USER_DEFINED_SOUND = 0x0C, "EMS user defined sound";
        /// EMS.
        PREDEFINED_ANIMATION = 0x0D, "EMS predefined animation";
        /// EMS.
        LARGE_ANIMATION = 0x0E, "EMS large animation";
        /// EMS.
        SMALL_ANIMATION = 0x0F, "EMS small animation";
        /// EMS.
        LARGE_PICTURE = 0x10, "EMS large picture";
        /// EMS.
        SMALL_PICTURE = 0x11, "EMS small picture";
        /// EMS.
        VARIABLE_PICTURE = 0x12, "EMS variable picture";
        /// EMS.
        USER_PROMPT = 0x13, "EMS user prompt indicator";
        /// EMS.
        EXTENDED_OBJECT = 0x14, "EMS extended object";
        /// EMS.
        REUSED_EXTENDED_OBJECT = 0x15, "EMS reused extended object";
        /// EMS.
        COMPRESSION_CONTROL = 0x16, "EMS compression control";
        /// EMS.
        OBJECT_DISTRIBUTION = 0x17, "EMS object distribution indicator";
        /// EMS.
        STANDARD_WVG_OBJECT = 0x18, "EMS standard WVG object";
        /// EMS.
        CHARACTER_SIZE_WVG_OBJECT = 0x19, "EMS character size WVG object";
        /// EMS.
        EXTENDED_OBJECT_DATA_REQUEST = 0x1A, "EMS extended object data request";
        /// Where the e-mail header of the text ends.
        RFC_822_HEADER = 0x20, "RFC 822 e-mail header";
        /// A link in the text.
        HYPERLINK = 0x21, "Hyperlink format";
        /// Where to answer to.
        REPLY_ADDRESS = 0x22, "Reply address";
        /// Voice mail.
        ENHANCED_VOICE_MAIL = 0x23, "Enhanced voice mail information";
        /// The extension table of a national language.
        SINGLE_SHIFT = 0x24, "National language single shift";
        /// The basic table of a national language.
        LOCKING_SHIFT = 0x25, "National language locking shift";
    }
}

/// One element: its identifier and its data, which need not be known to be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Element<'a> {
    /// What it is.
    pub iei: Iei,
    /// Its octets, without identifier and length.
    pub data: &'a [u8],
}

/// Which part of which long message this is (3GPP TS 23.040 §9.2.3.24.1 and §9.2.3.24.8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Concatenation {
    /// The same in all parts of a message; 0 is as good as any. At most 255 unless `wide`.
    pub reference: u16,
    /// Whether the reference has 16 bits. The two widths are key spaces of their own.
    pub wide: bool,
    /// How many parts there are, from 1.
    pub total: u8,
    /// Which of them this is, 1 to `total`.
    pub sequence: u8,
}

impl Concatenation {
    /// Whether it names a part that can be: `sequence` from 1 to `total`, a reference as wide as it says.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.sequence >= 1 && self.sequence <= self.total && (self.wide || self.reference <= 0xFF)
    }

    fn read(data: &[u8], wide: bool) -> Option<Self> {
        let (reference, total, sequence) = match *data {
            [low, total, sequence] if !wide => (u16::from(low), total, sequence),
            [high, low, total, sequence] if wide => (u16::from_be_bytes([high, low]), total, sequence),
            _ => return None,
        };
        let read = Self { reference, wide, total, sequence };
        read.is_valid().then_some(read)
    }
}

/// Which applications talk to each other (3GPP TS 23.040 §9.2.3.24.3 and §9.2.3.24.4), 2948 for WAP push.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ports {
    /// The receiver's port.
    pub destination: u16,
    /// The sender's port.
    pub source: u16,
    /// Whether ports have 16 bits; at most 255 otherwise.
    pub wide: bool,
}

/// A mail box has something for the subscriber (3GPP TS 23.040 §9.2.3.24.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SpecialMessage {
    /// Bit 7: keep this message; bits 6–2: profile and extended type; bits 1–0: 0 voice, 1 fax, 2 e-mail, 3 other.
    pub indication: u8,
    /// How many messages wait; 255 means 255 or more.
    pub count: u8,
}

impl SpecialMessage {
    /// Whether the message that carries the indication is to be kept.
    #[must_use]
    pub const fn store(self) -> bool {
        self.indication & 0x80 != 0
    }

    /// 0 voice, 1 fax, 2 e-mail, 3 other.
    #[must_use]
    pub const fn kind(self) -> u8 {
        self.indication & 0x03
    }
}

/// The national language tables of one part (3GPP TS 23.038 §6.2.1.2), by identifier: 1 Turkish, 2 Spanish, 3 Portuguese …
///
/// They apply to the part that carries them and to no other. Identifiers that are not known are ignored when the text
/// is read; they are kept here as they came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Shifts {
    /// The language whose basic table replaces the default alphabet.
    pub locking: Option<u8>,
    /// The language whose extension table is used behind an escape.
    pub single: Option<u8>,
}

impl Shifts {
    /// The default alphabet with its own extension table.
    pub const NONE: Self = Self { locking: None, single: None };
}

impl Element<'_> {
    /// The part that this element names; `None` for another element, another length or numbers that cannot be.
    #[must_use]
    pub fn concatenation(self) -> Option<Concatenation> {
        match self.iei {
            Iei::CONCATENATION_8 => Concatenation::read(self.data, false),
            Iei::CONCATENATION_16 => Concatenation::read(self.data, true),
            _ => None,
        }
    }

    /// A 16-bit reference under the identifier of the 8-bit one, as some senders write it (python-smpp accepts it).
    #[must_use]
    pub fn misnamed_concatenation(self) -> Option<Concatenation> {
        (self.iei == Iei::CONCATENATION_8).then(|| Concatenation::read(self.data, true)).flatten()
    }

    /// The ports that this element names; `None` for another element or another length.
    #[must_use]
    pub fn ports(self) -> Option<Ports> {
        match (self.iei, self.data) {
            (Iei::PORTS_8, &[destination, source]) => {
                Some(Ports { destination: destination.into(), source: source.into(), wide: false })
            }
            (Iei::PORTS_16, &[d1, d0, s1, s0]) => Some(Ports {
                destination: u16::from_be_bytes([d1, d0]),
                source: u16::from_be_bytes([s1, s0]),
                wide: true,
            }),
            _ => None,
        }
    }

    /// The mail box that this element names; `None` for another element or another length.
    #[must_use]
    pub fn special_message(self) -> Option<SpecialMessage> {
        match (self.iei, self.data) {
            (Iei::SPECIAL_MESSAGE, &[indication, count]) => Some(SpecialMessage { indication, count }),
            _ => None,
        }
    }
}
