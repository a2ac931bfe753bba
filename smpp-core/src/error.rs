//! What can be wrong with octets that were read, and with values that are to be written.

use crate::types::{CommandStatus, Field};
use core::fmt;

/// Declares [`Fault`]: variant, name in tools, explanation.
macro_rules! faults {
    ($( $(#[$doc:meta])* $Variant:ident = $name:literal; )*) => {
        /// One way in which received octets depart from the specification.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Fault {
            $( $(#[$doc])* $Variant, )*
        }

        impl Fault {
            /// Every fault, the tolerable ones first.
            pub const ALL: &'static [Self] = &[$( Self::$Variant ),*];

            /// A short name in lower case, for tools and logs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$Variant => $name, )*
                }
            }
        }
    };
}

faults! {
    /// One to three octets after the last TLV (in practice 10).
    TrailingOctets = "trailing_octets";
    /// The last TLV runs past the PDU. The ones before it are kept.
    TlvOverrun = "tlv_overrun";
    /// A standard TLV of a length that the standard does not allow. Kept as it is.
    TlvLength = "tlv_length";
    /// A standard TLV that is a C-octet string, and its NUL is missing or is not its last octet.
    TlvTerminator = "tlv_terminator";
    /// A TLV that may stand only once stands again. The first one counts.
    DuplicateTlv = "duplicate_tlv";
    /// A response ends before its last mandatory field. The missing ones read as empty and 0.
    MissingFields = "missing_fields";
    /// A successful response without a body although its command has one (in practice 9).
    MissingBody = "missing_body";
    /// A response with an error status that has a body all the same (in practice 9).
    BodyInError = "body_in_error";
    /// A C-octet string longer than the standard allows (in practice 12).
    OverlongString = "overlong_string";
    /// A C-octet string with octets above 0x7F.
    NonAscii = "non_ascii";
    /// A time that is neither empty nor 16 characters long (in practice 24).
    TimeLength = "time_length";
    /// A sequence number of 0 or above 0x7FFFFFFF (in practice 22).
    SequenceNumber = "sequence_number";
    /// A request whose command_status is not 0.
    StatusInRequest = "status_in_request";
    /// Text in short_message and in message_payload at once (in practice 18).
    TextAndPayload = "text_and_payload";
    /// A user data header that is announced but cannot be read.
    BadUdh = "bad_udh";
    /// The last C-octet string of a response ends with the PDU, without its NUL (in practice 9).
    MissingNul = "missing_nul";
    /// The PDU ends inside a field, or `sm_length` reaches past its end.
    Truncated = "truncated";
    /// A C-octet string without its NUL inside the PDU.
    Unterminated = "unterminated";
    /// A destination of submit_multi that is neither an address nor a distribution list.
    BadDestFlag = "bad_dest_flag";
    /// A command_id that no version defines, or one that was not expected here.
    UnknownCommand = "unknown_command";
    /// A command_length below 16 or above the limit: the stream cannot be framed any more.
    BadLength = "bad_length";
}

impl Fault {
    /// Whether reading goes on behind this fault unless the [`Leniency`] forbids it.
    #[must_use]
    pub const fn is_tolerable(self) -> bool {
        (self as u8) < Self::Truncated as u8
    }
}

/// Which faults are tolerated when reading: a set of [`Fault`]s for which [`Fault::is_tolerable`] holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Leniency(u32);

impl Leniency {
    /// Everything that leaves what was already read beyond doubt. The default.
    pub const TOLERANT: Self = Self((1 << Fault::Truncated as u32) - 1);
    /// Nothing.
    pub const STRICT: Self = Self(0);

    /// This set and `fault`. A fault that cannot be tolerated changes nothing.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | Self::bit(fault))
    }

    /// This set less `fault`.
    #[must_use]
    pub const fn without(self, fault: Fault) -> Self {
        Self(self.0 & !Self::bit(fault))
    }

    /// Whether `fault` is tolerated.
    #[must_use]
    pub const fn tolerates(self, fault: Fault) -> bool {
        self.0 & Self::bit(fault) != 0
    }

    const fn bit(fault: Fault) -> u32 {
        if fault.is_tolerable() { 1 << fault as u32 } else { 0 }
    }
}

impl Default for Leniency {
    fn default() -> Self {
        Self::TOLERANT
    }
}

/// Why octets of the peer cannot be read, and where.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DecodeError {
    /// What is wrong.
    pub fault: Fault,
    /// The field in which it is wrong.
    pub field: Field,
    /// Where that field starts, in octets from the start of the PDU.
    pub offset: usize,
}

impl DecodeError {
    /// The command is not known, or another one was expected.
    pub(crate) const UNKNOWN_COMMAND: Self =
        Self { fault: Fault::UnknownCommand, field: Field::CommandId, offset: 4 };

    /// The status that tells the peer what is wrong (SMPP 3.4 §5.1.3; 5.0 §2.8.2).
    #[must_use]
    pub const fn status(self) -> CommandStatus {
        match self.fault {
            Fault::TrailingOctets | Fault::TlvOverrun => CommandStatus::ESME_RINVOPTPARSTREAM,
            Fault::TlvLength => CommandStatus::ESME_RINVPARLEN,
            Fault::DuplicateTlv => CommandStatus::ESME_ROPTPARNOTALLWD,
            Fault::MissingFields | Fault::MissingBody | Fault::BodyInError | Fault::MissingNul => {
                CommandStatus::ESME_RINVCMDLEN
            }
            Fault::Truncated if matches!(self.field, Field::ShortMessage) => CommandStatus::ESME_RINVMSGLEN,
            Fault::Truncated | Fault::Unterminated | Fault::BadLength => CommandStatus::ESME_RINVCMDLEN,
            Fault::TextAndPayload => CommandStatus::ESME_RINVMSGLEN,
            Fault::BadUdh => CommandStatus::ESME_RINVESMCLASS,
            Fault::UnknownCommand => CommandStatus::ESME_RINVCMDID,
            Fault::TlvTerminator
            | Fault::OverlongString
            | Fault::NonAscii
            | Fault::TimeLength
            | Fault::SequenceNumber
            | Fault::StatusInRequest
            | Fault::BadDestFlag => self.field.status(),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} at octet {}", self.fault.name(), self.field.name(), self.offset)
    }
}

impl core::error::Error for DecodeError {}

/// Why a value cannot be written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EncodeError {
    /// The slice is too short: this many octets are needed for the whole PDU.
    BufferTooSmall {
        /// Octets that the PDU takes.
        needed: usize,
    },
    /// A value is longer than its field allows.
    TooLong {
        /// The field.
        field: Field,
        /// How long the value is, in octets or, for a list, in entries.
        len: usize,
        /// How long it may be, without its NUL.
        max: usize,
    },
    /// A C-octet string has a NUL inside, where the peer would see its end.
    InnerNul {
        /// The field.
        field: Field,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { needed } => {
                write!(f, "the PDU takes {needed} octets, the buffer has fewer")
            }
            Self::TooLong { field, len, max } => {
                write!(f, "{} is {len} long, at most {max} are allowed", field.name())
            }
            Self::InnerNul { field } => write!(f, "{} has a NUL inside", field.name()),
        }
    }
}

impl core::error::Error for EncodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leniency_holds_only_what_can_be_tolerated() {
        for &fault in Fault::ALL {
            assert_eq!(Leniency::TOLERANT.tolerates(fault), fault.is_tolerable());
        }
        assert!(Fault::BadUdh.is_tolerable() && !Fault::Truncated.is_tolerable());
        assert!(!Leniency::STRICT.tolerates(Fault::BadUdh));
        assert!(!Leniency::STRICT.with(Fault::Truncated).tolerates(Fault::Truncated));
        let picked = Leniency::STRICT.with(Fault::NonAscii);
        assert!(picked.tolerates(Fault::NonAscii) && !picked.tolerates(Fault::TimeLength));
        assert_eq!(picked.without(Fault::NonAscii), Leniency::STRICT);
    }

    #[test]
    fn errors_know_their_answer_on_the_wire() {
        let error = |fault, field| DecodeError { fault, field, offset: 0 }.status();
        assert_eq!(error(Fault::Truncated, Field::ShortMessage), CommandStatus::ESME_RINVMSGLEN);
        assert_eq!(error(Fault::Truncated, Field::EsmClass), CommandStatus::ESME_RINVCMDLEN);
        assert_eq!(error(Fault::OverlongString, Field::SourceAddr), CommandStatus::ESME_RINVSRCADR);
        assert_eq!(error(Fault::TimeLength, Field::ValidityPeriod), CommandStatus::ESME_RINVEXPIRY);
        assert_eq!(error(Fault::TlvOverrun, Field::Tlvs), CommandStatus::ESME_RINVOPTPARSTREAM);
    }
}
