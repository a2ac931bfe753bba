//! The value types of SMPP's fields. Every code point survives a round trip, known or not.

mod address;
mod codes;
mod command;
mod field;
mod flags;
mod status;
mod string;
pub(crate) mod tag;
mod time;

pub use address::Address;
pub use codes::{InterfaceVersion, MessageState, Npi, Ton};
pub use command::CommandId;
pub(crate) use field::FieldOctet;
pub use field::{Field, Item, Kind};
pub use flags::{Alphabet, DataCoding, EsmClass, MessageMode, MessageType, RegisteredDelivery};
pub use status::{CommandStatus, StatusClass};
pub use string::{COctetString, Password};
pub use tag::Tag;
pub use time::{AbsoluteTime, DateTime, RelativeTime, SmppTime, TimeError, TimeFault, YearWindow};
