//! The names of the mandatory fields: what errors, deviations and tables point at.

use super::{CommandStatus, Tag};

/// Declares [`Field`]: variant, name of the specification, the status that refuses a bad value.
macro_rules! fields {
    ($( $Variant:ident = $name:literal, $status:ident; )*) => {
        /// A field of a PDU by its name in the specification.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Field {
            $( #[doc = concat!("`", $name, "`")] $Variant, )*
            /// One TLV.
            Tlv(Tag),
        }

        /// The fields but TLVs, in an octet each: what tables are made of.
        #[derive(Clone, Copy)]
        #[repr(u8)]
        pub(crate) enum FieldOctet {
            $( $Variant, )*
        }

        $( const _: () = assert!(CommandStatus::$status.0 <= 0xFF, "fits into an octet, see `Field::status`"); )*

        impl FieldOctet {
            /// The field of an octet that was made by `as u8`.
            pub(crate) fn field(octet: u8) -> Option<Field> {
                match octet {
                    $( _ if octet == Self::$Variant as u8 => Some(Field::$Variant), )*
                    _ => None,
                }
            }
        }

        impl Field {
            /// The name in the specification; for a TLV without a name, `tlv`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$Variant => $name, )*
                    Self::Tlv(tag) => match tag.name() {
                        Some(name) => name,
                        None => "tlv",
                    },
                }
            }

            /// The status that tells a peer that this field has a bad value (SMPP 3.4 §5.1.3).
            #[must_use]
            pub const fn status(self) -> CommandStatus {
                // A table of octets takes a quarter of the flash.
                let octet = match self {
                    $( Self::$Variant => CommandStatus::$status.octet(), )*
                    Self::Tlv(_) => CommandStatus::ESME_RINVOPTPARAMVAL.octet(),
                };
                CommandStatus(octet as u32)
            }
        }
    };
}

fields! {
    CommandLength = "command_length", ESME_RINVCMDLEN;
    CommandId = "command_id", ESME_RINVCMDID;
    CommandStatus = "command_status", ESME_RUNKNOWNERR;
    SequenceNumber = "sequence_number", ESME_RUNKNOWNERR;
    Body = "body", ESME_RINVCMDLEN;
    SystemId = "system_id", ESME_RINVSYSID;
    Password = "password", ESME_RINVPASWD;
    SystemType = "system_type", ESME_RINVSYSTYP;
    InterfaceVersion = "interface_version", ESME_RBINDFAIL;
    AddrTon = "addr_ton", ESME_RBINDFAIL;
    AddrNpi = "addr_npi", ESME_RBINDFAIL;
    AddressRange = "address_range", ESME_RBINDFAIL;
    ServiceType = "service_type", ESME_RINVSERTYP;
    SourceAddrTon = "source_addr_ton", ESME_RINVSRCTON;
    SourceAddrNpi = "source_addr_npi", ESME_RINVSRCNPI;
    SourceAddr = "source_addr", ESME_RINVSRCADR;
    DestAddrTon = "dest_addr_ton", ESME_RINVDSTTON;
    DestAddrNpi = "dest_addr_npi", ESME_RINVDSTNPI;
    DestinationAddr = "destination_addr", ESME_RINVDSTADR;
    EsmClass = "esm_class", ESME_RINVESMCLASS;
    ProtocolId = "protocol_id", ESME_RUNKNOWNERR;
    PriorityFlag = "priority_flag", ESME_RINVPRTFLG;
    ScheduleDeliveryTime = "schedule_delivery_time", ESME_RINVSCHED;
    ValidityPeriod = "validity_period", ESME_RINVEXPIRY;
    RegisteredDelivery = "registered_delivery", ESME_RINVREGDLVFLG;
    ReplaceIfPresentFlag = "replace_if_present_flag", ESME_RINVREPFLAG;
    DataCoding = "data_coding", ESME_RUNKNOWNERR;
    SmDefaultMsgId = "sm_default_msg_id", ESME_RINVDFTMSGID;
    SmLength = "sm_length", ESME_RINVMSGLEN;
    ShortMessage = "short_message", ESME_RINVMSGLEN;
    MessageId = "message_id", ESME_RINVMSGID;
    FinalDate = "final_date", ESME_RUNKNOWNERR;
    MessageState = "message_state", ESME_RUNKNOWNERR;
    ErrorCode = "error_code", ESME_RUNKNOWNERR;
    NumberOfDests = "number_of_dests", ESME_RINVNUMDESTS;
    DestFlag = "dest_flag", ESME_RINVDESTFLAG;
    DlName = "dl_name", ESME_RINVDLNAME;
    NoUnsuccess = "no_unsuccess", ESME_RUNKNOWNERR;
    ErrorStatusCode = "error_status_code", ESME_RUNKNOWNERR;
    EsmeAddrTon = "esme_addr_ton", ESME_RUNKNOWNERR;
    EsmeAddrNpi = "esme_addr_npi", ESME_RUNKNOWNERR;
    EsmeAddr = "esme_addr", ESME_RUNKNOWNERR;
    Tlvs = "tlvs", ESME_RINVOPTPARSTREAM;
}

/// What a field is on the wire (SMPP 3.4 §3.1; 5.0 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// An unsigned big-endian integer of this many octets.
    Integer(u8),
    /// Octets and a NUL.
    COctetString,
    /// A [`Kind::COctetString`] that is empty or a time of 16 characters.
    Time,
    /// As many octets as a length in front of them says.
    Octets,
}

impl Field {
    /// What this field is on the wire.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::SystemId | Self::Password | Self::SystemType | Self::AddressRange | Self::ServiceType => {
                Kind::COctetString
            }
            Self::SourceAddr | Self::DestinationAddr | Self::EsmeAddr | Self::MessageId | Self::DlName => {
                Kind::COctetString
            }
            Self::ScheduleDeliveryTime | Self::ValidityPeriod | Self::FinalDate => Kind::Time,
            Self::ShortMessage | Self::Tlvs | Self::Body => Kind::Octets,
            Self::Tlv(tag) => match tag.kind() {
                Some(kind) => kind,
                None => Kind::Octets,
            },
            Self::CommandLength | Self::CommandId | Self::CommandStatus | Self::SequenceNumber => {
                Kind::Integer(4)
            }
            Self::ErrorStatusCode => Kind::Integer(4),
            _ => Kind::Integer(1),
        }
    }
}

/// A field at its place in one PDU: the same name may have another limit elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Item {
    /// Which field.
    pub field: Field,
    /// The most octets that the standard allows here, a NUL included.
    pub max: u8,
}

impl Item {
    /// `field` with at most `max` octets.
    #[must_use]
    pub const fn new(field: Field, max: u8) -> Self {
        Self { field, max }
    }

    /// The most octets that we write, a NUL included: the standard's limit, but 65 for the three fields of a bind in
    /// which providers issue longer values than the standard knows.
    #[must_use]
    pub const fn write_limit(self) -> u8 {
        match self.field {
            Field::SystemId | Field::Password | Field::SystemType => 65,
            _ => self.max,
        }
    }
}
