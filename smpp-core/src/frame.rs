//! Cutting a stream of octets into PDUs (SMPP 3.4 §3.2, §5.1; 5.0 §2.1, §3.2).
//!
//! ```
//! use smpp_core::frame::{Frame, MAX_PDU, Split};
//! use smpp_core::pdu::{EnquireLink, Pdu};
//!
//! let stream = [0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 7, /* the next one */ 0, 0];
//! let Split::Frame(frame) = Frame::split(&stream, MAX_PDU)? else { panic!("16 octets are there") };
//! assert_eq!(frame.header.sequence_number, 7);
//! assert_eq!(frame.pdu()?, Pdu::EnquireLink(EnquireLink::default()));
//!
//! let rest = &stream[frame.octets.len()..];
//! assert_eq!(Frame::split(rest, MAX_PDU)?, Split::Incomplete { need: 16 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::error::{DecodeError, Fault};
use crate::pdu::{Body, HEADER_LEN, Pdu, read_body, walk};
use crate::tlv::Tlvs;
use crate::types::{CommandId, CommandStatus, Field};
use crate::wire::{EarlyEnd, Observe, Reader, Report, copy};
use core::fmt;

/// The limit for `command_length` that is used unless a link sets another: a full message_payload and room for the rest.
pub const MAX_PDU: usize = 65_536 + 1_024;

/// The first 16 octets of a PDU (SMPP 3.4 §5.1; 5.0 §3.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// Octets of the whole PDU, these 16 included.
    pub command_length: u32,
    /// The operation.
    pub command_id: CommandId,
    /// The outcome, in a response; 0 in a request.
    pub command_status: CommandStatus,
    /// What joins a response to its request.
    pub sequence_number: u32,
}

impl Header {
    /// The header at the start of `octets`, `None` when there are fewer than 16.
    #[must_use]
    #[inline]
    pub fn read(octets: &[u8]) -> Option<Self> {
        let word = |at: usize| {
            let word = octets.get(at..)?.first_chunk::<4>()?;
            Some(u32::from_be_bytes(*word))
        };
        Some(Self {
            sequence_number: word(12)?,
            command_status: CommandStatus(word(8)?),
            command_id: CommandId(word(4)?),
            command_length: word(0)?,
        })
    }
}

/// A `command_length` that no PDU can have. The stream cannot be framed any more: answer generic_nack with
/// ESME_RINVCMDLEN, then close (SMPP 3.4 §4.3; 5.0 §2.8.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameError {
    /// The length that was announced.
    pub command_length: u32,
    /// The most that was allowed.
    pub max: usize,
    /// The first octets, those that are not there as 0.
    start: [u8; HEADER_LEN],
    /// How many of them are there.
    seen: u8,
}

impl FrameError {
    fn new(input: &[u8], max: usize) -> Self {
        let mut start = [0; HEADER_LEN];
        copy(&mut start, input);
        let [a, b, c, d, ..] = start;
        let seen = u8::try_from(input.len().min(HEADER_LEN)).unwrap_or(0);
        Self { command_length: u32::from_be_bytes([a, b, c, d]), max, start, seen }
    }

    /// What came in place of a PDU: the octets that were there, at most the first 16. They tell another protocol, or a text
    /// in the middle of which a PDU was looked for.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.start.get(..usize::from(self.seen)).unwrap_or_default()
    }

    /// The whole header, when its 16 octets are there.
    #[must_use]
    pub fn header(&self) -> Option<Header> {
        Header::read(self.octets())
    }
}

impl fmt::Debug for FrameError {
    /// Without the octets: where framing is lost, they may be those of a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command_length, max, .. } = self;
        f.debug_struct("FrameError")
            .field("command_length", command_length)
            .field("max", max)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for FrameError {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "FrameError({=u32}, at most {=usize})", self.command_length, self.max);
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command_length, max, .. } = self;
        write!(
            f,
            "command_length {command_length} is not between 16 and {max}: this is not SMPP, or framing is lost"
        )
    }
}

impl core::error::Error for FrameError {}

/// What stands at the start of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Split<'a> {
    /// A whole PDU, as long as its `command_length` says and no octet longer.
    Frame(Frame<'a>),
    /// Not enough octets yet.
    Incomplete {
        /// How many there must be in all: 16 until the header is whole, then `command_length`.
        need: usize,
    },
}

/// The octets of exactly one PDU.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its header.
    pub header: Header,
    /// All its octets, header included.
    pub octets: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Looks for a PDU of at most `max` octets at the start of `input`.
    ///
    /// # Errors
    /// [`FrameError`] as soon as the first four octets tell a length below 16 or above `max`.
    #[inline]
    pub fn split(input: &'a [u8], max: usize) -> Result<Split<'a>, FrameError> {
        let Some(length) = input.first_chunk() else { return Ok(Split::Incomplete { need: HEADER_LEN }) };
        let command_length = u32::from_be_bytes(*length);
        let need = usize::try_from(command_length).unwrap_or(usize::MAX);
        let header = Header::read(input);
        if need < HEADER_LEN || need > max {
            return Err(FrameError::new(input, max));
        }
        let Some(header) = header else { return Ok(Split::Incomplete { need: HEADER_LEN }) };
        let Some(octets) = input.get(..need) else { return Ok(Split::Incomplete { need }) };
        Ok(Split::Frame(Frame { header, octets }))
    }

    /// Reads whatever PDU this is, tolerating what can be tolerated.
    ///
    /// # Errors
    /// An unknown command, or a body that cannot be read; [`DecodeError::status`] is the answer to give.
    pub fn pdu(&self) -> Result<Pdu<'a>, DecodeError> {
        self.read(())
    }

    /// Reads a PDU of which the caller knows what it is. A program that names few PDUs carries the code of only those.
    ///
    /// # Errors
    /// Another command than `B`'s, or a body that cannot be read.
    pub fn body<B: Body<'a>>(&self) -> Result<B, DecodeError> {
        if self.header.command_id != B::ID {
            return Err(DecodeError::UNKNOWN_COMMAND);
        }
        self.read_with((), |reader| read_body(reader, |body: B| body))
    }

    /// Steps over the mandatory fields of whatever PDU this is and gives the TLVs behind them. It fails exactly where
    /// [`Self::pdu`] does, but makes no PDU: it tells whether one can be read, and a program that otherwise reads only the
    /// bodies that it names carries no code for others.
    ///
    /// # Errors
    /// As [`Self::pdu`].
    pub fn tlvs(&self) -> Result<Tlvs<'a>, DecodeError> {
        self.read_with((), |reader| walk(self.header.command_id, reader))
    }

    /// Whether all octets of the PDU are there.
    pub(crate) fn is_whole(&self) -> bool {
        usize::try_from(self.header.command_length) == Ok(self.octets.len())
    }

    #[inline]
    pub(crate) fn read<O: Observe<'a>>(&self, observer: O) -> Result<Pdu<'a>, DecodeError> {
        self.read_with(observer, |reader| Pdu::read(self.header.command_id, reader))
    }

    /// What `read` makes of the body.
    #[inline]
    fn read_with<T, O: Observe<'a>>(
        &self,
        observer: O,
        read: impl Fn(Reader<'a, '_, O>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let Header { command_length, command_id, command_status, .. } = self.header;
        let end = usize::try_from(command_length).unwrap_or(usize::MAX);
        let Some(body) = self.octets.get(HEADER_LEN..end) else { return Err(CUT_SHORT) };
        if command_id.is_response() && !command_status.is_ok() {
            return read_refusal(body, observer, read);
        }
        let early_end = if command_id.is_response() { EarlyEnd::Deviation } else { EarlyEnd::Error };
        read(Reader::new(body, &mut Report::new(end, early_end, observer)))
    }
}

/// Not all octets of the PDU are there: of one that is too large for the receive buffer, only the header is.
const CUT_SHORT: DecodeError =
    DecodeError { fault: Fault::BadLength, field: Field::CommandLength, offset: 0 };

/// What `read` makes of the body of a response with an error status. Whatever stands there does not count, readable or
/// not (SMPP 3.4 §4.1.2; in practice 9).
#[cold]
fn read_refusal<'a, T, O: Observe<'a>>(
    mut body: &'a [u8],
    observer: O,
    read: impl Fn(Reader<'a, '_, O>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let early_end = if body.is_empty() { EarlyEnd::Known } else { EarlyEnd::Refusal };
    let mut report = Report::new(HEADER_LEN.saturating_add(body.len()), early_end, observer);
    loop {
        let result = read(Reader::new(body, &mut report));
        if result.is_ok() || body.is_empty() {
            return result;
        }
        report.forget_error();
        body = &[];
    }
}

impl fmt::Debug for Frame<'_> {
    /// The header only: bodies hold texts and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("header", &self.header).finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Frame<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Frame({})", self.header);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdu::{SubmitSmResp, encode, encode_header};

    #[test]
    fn a_pdu_of_exactly_the_most_is_a_pdu_and_one_octet_more_is_none() {
        let mut octets = [0; 41];
        let len = encode_header(CommandId::SUBMIT_SM, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
        octets[3] = 40;
        assert!(matches!(Frame::split(&octets, 40), Ok(Split::Frame(frame)) if frame.octets.len() == 40));
        assert!(matches!(Frame::split(&octets[..len], 40), Ok(Split::Incomplete { need: 40 })));
        octets[3] = 41;
        assert_eq!(Frame::split(&octets, 40).map_err(|error| error.command_length), Err(41));
        octets[3] = 16;
        assert!(matches!(Frame::split(&octets, 16), Ok(Split::Frame(_))), "a header is the least");
        octets[3] = 15;
        assert_eq!(Frame::split(&octets, 40).map_err(|error| error.command_length), Err(15));
    }

    #[test]
    fn an_error_of_framing_shows_the_octets_that_were_there() {
        let http = b"HTTP/1.1 400 Bad Request";
        for have in 4..http.len() {
            let error = Frame::split(&http[..have], MAX_PDU).unwrap_err();
            assert_eq!(error.octets(), &http[..have.min(16)]);
            assert_eq!(error.command_length.to_be_bytes(), http[..4]);
            assert_eq!(error.header().is_some(), have >= 16);
        }
    }

    #[test]
    fn octets_behind_the_frame_change_no_offset() {
        let mut octets = [0; 32];
        encode_header(CommandId::DELIVER_SM, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
        octets[3] = 18;
        let read = |octets| Frame { header: Header::read(octets).unwrap(), octets }.pdu();
        assert_eq!(read(&octets[..18]).unwrap_err().offset, 18);
        assert_eq!(read(&octets), read(&octets[..18]));
    }

    #[test]
    fn of_a_frame_that_is_not_whole_nothing_is_read() {
        let mut octets = [0; 32];
        let response = SubmitSmResp { message_id: "17".into(), ..SubmitSmResp::default() };
        let len = encode(&response, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
        let header = Header::read(&octets).unwrap();
        assert_eq!(Frame { header, octets: &octets[..len] }.body(), Ok(response));
        for have in 0..len {
            let frame = Frame { header, octets: &octets[..have] };
            assert!(!frame.is_whole());
            let error = frame.pdu().unwrap_err();
            assert_eq!((error, error.status()), (CUT_SHORT, CommandStatus::ESME_RINVCMDLEN));
            assert_eq!((frame.tlvs(), frame.body::<SubmitSmResp>()), (Err(CUT_SHORT), Err(CUT_SHORT)));
        }
    }
}
