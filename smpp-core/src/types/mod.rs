//! The value types of SMPP's fields. Every code point survives a round trip, known or not.

mod address;
mod codes;
mod flags;
mod status;
mod string;
mod time;

pub use address::Address;
pub use codes::{InterfaceVersion, MessageState, Npi, Ton};
pub use flags::{Alphabet, DataCoding, EsmClass, MessageType, RegisteredDelivery};
pub use status::{CommandStatus, StatusClass};
pub use string::{COctetString, Password};
pub use time::{AbsoluteTime, DateTime, RelativeTime, SmppTime, TimeError, TimeFault, YearWindow};
