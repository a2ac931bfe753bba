//! Every PDU of SMPP 3.3, 3.4 and 5.0, each declared once.
//!
//! A PDU is a plain struct that borrows its strings and octets: from the input when it was read, from the caller when
//! it is to be sent. Lengths and the header are never in it, so they cannot be wrong.
//!
//! ```
//! use smpp_core::pdu::{SubmitSm, encode};
//! use smpp_core::types::{Address, CommandStatus};
//!
//! let submit = SubmitSm {
//!     source: Address::alphanumeric("Weather"),
//!     destination: Address::international("4915112345678"),
//!     short_message: b"Rain at noon",
//!     ..SubmitSm::default()
//! };
//! let mut out = [0; 128];
//! let len = encode(&submit, CommandStatus::ESME_ROK, 1, &mut out)?;
//! assert_eq!(len, 65);
//! # Ok::<(), smpp_core::EncodeError>(())
//! ```

#[macro_use]
mod macros;
mod lists;
mod message;
mod table;
mod value;
mod walk;

pub use crate::wire::HEADER_LEN;
pub use lists::{Destination, Destinations, UnsuccessSme, UnsuccessSmes};
pub use message::Message;
pub use table::*;

pub(crate) use walk::walk;

use crate::error::{DecodeError, EncodeError};
use crate::tlv::Tlvs;
use crate::types::{CommandId, CommandStatus, Item};
use crate::wire::{Observe, Reader, Writer};

mod sealed {
    /// Only the PDUs of the table.
    pub trait Sealed {}
}

/// The body of one command. Implemented by the PDUs of the table only.
pub trait Body<'a>: sealed::Sealed + Sized {
    /// The command.
    const ID: CommandId;
    /// Its mandatory fields in order.
    const LAYOUT: &'static [Item];

    /// Reads all fields and the TLVs; what is wrong is in the reader.
    #[doc(hidden)]
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>) -> Self;

    /// Writes all fields and the TLVs; what is wrong is in the writer.
    #[doc(hidden)]
    fn write(&self, writer: &mut Writer<'_>);

    /// The TLVs.
    #[doc(hidden)]
    fn tlvs(&self) -> &Tlvs<'a>;
}

/// A request that has a response.
pub trait Request<'a>: Body<'a> {
    /// The PDU that answers it.
    type Response<'r>: Body<'r>;
}

/// Reads a body and makes it `into` what is wanted.
#[inline]
pub(crate) fn read_body<'a, B: Body<'a>, T, O: Observe<'a>>(
    mut reader: Reader<'a, '_, O>,
    into: impl Fn(B) -> T,
) -> Result<T, DecodeError> {
    let body = B::read(&mut reader);
    if reader.failed() { Err(reader.error()) } else { Ok(into(body)) }
}

/// [`read_body`] behind a call: one function of all bodies would be slow to enter. On bare metal it is smaller.
#[cfg_attr(not(smpp_small), inline(never))]
fn call_read_body<'a, B: Body<'a>, T, O: Observe<'a>>(
    reader: Reader<'a, '_, O>,
    into: impl Fn(B) -> T,
) -> Result<T, DecodeError> {
    read_body(reader, into)
}

/// Writes a PDU with its header into `out`, `command_length` computed, and gives its length.
///
/// # Errors
/// A value that its field cannot hold, or a slice that is too short (the error says how much is needed). What stands
/// in `out` is then undefined.
pub fn encode<'p, B: Body<'p>>(
    body: &B,
    status: CommandStatus,
    sequence_number: u32,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let mut error = None;
    let mut writer = Writer::new(out, &mut error);
    write_header(&mut writer, B::ID, status, sequence_number);
    body.write(&mut writer);
    writer.finish()
}

/// Writes a PDU of 16 octets: a command without body, or a response with an error status (SMPP 3.4 §4.1.2; 5.0
/// §3.2.1.3).
///
/// # Errors
/// [`EncodeError::BufferTooSmall`] when `out` has fewer than 16 octets.
pub fn encode_header(
    command: CommandId,
    status: CommandStatus,
    sequence_number: u32,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let mut error = None;
    let mut writer = Writer::new(out, &mut error);
    write_header(&mut writer, command, status, sequence_number);
    writer.finish()
}

impl Pdu<'_> {
    /// Writes this PDU with its header into `out` and gives its length.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn encode(
        &self,
        status: CommandStatus,
        sequence_number: u32,
        out: &mut [u8],
    ) -> Result<usize, EncodeError> {
        let mut error = None;
        let mut writer = Writer::new(out, &mut error);
        write_header(&mut writer, self.command_id(), status, sequence_number);
        self.write(&mut writer);
        writer.finish()
    }
}

/// The header; `command_length` is set by [`Writer::finish`].
fn write_header(writer: &mut Writer<'_>, command: CommandId, status: CommandStatus, sequence_number: u32) {
    let header = [0, command.0, status.0, sequence_number].map(u32::to_be_bytes);
    writer.octets(header.as_flattened());
}
