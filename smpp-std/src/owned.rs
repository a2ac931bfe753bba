//! A PDU that outlives the buffer it was read from.

use smpp_core::frame::{Frame, Header, MAX_PDU, Split};
use smpp_core::pdu::Pdu;
use smpp_core::types::CommandStatus;
use smpp_core::{DecodeError, EncodeError};
use std::fmt;

/// One whole PDU with its header, in memory of its own: what to put into a queue, a channel or a store.
///
/// It keeps the octets as they came and decodes them again on request, so there is no second tree of PDU types, and
/// what the peer sent is never changed on the way.
///
/// ```
/// use smpp_core::pdu::{Pdu, QuerySm};
/// use smpp_core::types::CommandStatus;
/// use smpp_std::OwnedPdu;
///
/// let query = Pdu::from(QuerySm { message_id: "7f".into(), ..QuerySm::default() });
/// let owned = OwnedPdu::encode(&query, CommandStatus::ESME_ROK, 1)?;
/// assert_eq!(owned.pdu()?, query);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedPdu {
    octets: Box<[u8]>,
    header: Header,
}

impl OwnedPdu {
    /// The one PDU that stands in `octets`; `None` when they are not exactly one PDU.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        match Frame::split(octets, octets.len()) {
            Ok(Split::Frame(frame)) if frame.octets.len() == octets.len() => Some(frame.into()),
            _ => None,
        }
    }

    /// Writes `pdu` with its header.
    ///
    /// # Errors
    /// A value that its field cannot hold.
    pub fn encode(pdu: &Pdu<'_>, status: CommandStatus, sequence_number: u32) -> Result<Self, EncodeError> {
        let mut out = vec![0; 512];
        let len = match pdu.encode(status, sequence_number, &mut out) {
            Err(EncodeError::BufferTooSmall { needed }) => {
                out.resize(needed, 0);
                pdu.encode(status, sequence_number, &mut out)?
            }
            other => other?,
        };
        out.truncate(len);
        let max = out.len().max(MAX_PDU);
        match Frame::split(&out, max) {
            Ok(Split::Frame(frame)) => Ok(frame.into()),
            // What the core wrote has the length that it says.
            _ => Err(EncodeError::BufferTooSmall { needed: len }),
        }
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// All its octets, header included.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The same as a borrowed frame.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame { header: self.header, octets: &self.octets }
    }

    /// Reads it.
    ///
    /// # Errors
    /// As [`Frame::pdu`].
    pub fn pdu(&self) -> Result<Pdu<'_>, DecodeError> {
        self.frame().pdu()
    }
}

impl From<Frame<'_>> for OwnedPdu {
    fn from(frame: Frame<'_>) -> Self {
        Self { octets: frame.octets.into(), header: frame.header }
    }
}

impl fmt::Debug for OwnedPdu {
    /// The header only: bodies hold texts and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frame().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smpp_core::pdu::SubmitSm;

    #[test]
    fn a_pdu_keeps_its_octets_and_decodes_again() {
        let text = [b'x'; 200];
        let pdu = Pdu::from(SubmitSm { short_message: &text, ..SubmitSm::default() });
        let owned = OwnedPdu::encode(&pdu, CommandStatus::ESME_ROK, 9).unwrap();
        let again = OwnedPdu::from_octets(owned.octets()).unwrap();
        assert_eq!(again, owned);
        assert_eq!(again.pdu().unwrap(), pdu);
        assert_eq!(again.header().sequence_number, 9);
    }

    #[test]
    fn a_pdu_larger_than_the_first_guess_is_written_whole() {
        let payload = vec![b'y'; 60_000];
        let tlvs = [smpp_core::tlv::Tlv { tag: smpp_core::types::Tag::MESSAGE_PAYLOAD, value: &payload }];
        let pdu = Pdu::from(SubmitSm { tlvs: (&tlvs[..]).into(), ..SubmitSm::default() });
        let owned = OwnedPdu::encode(&pdu, CommandStatus::ESME_ROK, 9).unwrap();
        assert_eq!(owned.pdu().unwrap(), pdu);
    }

    #[test]
    fn octets_that_are_not_exactly_one_pdu_are_refused() {
        let owned = OwnedPdu::encode(&Pdu::from(SubmitSm::default()), CommandStatus::ESME_ROK, 1).unwrap();
        let octets = owned.octets();
        assert!(OwnedPdu::from_octets(&octets[..octets.len() - 1]).is_none());
        assert!(OwnedPdu::from_octets(&[octets, octets].concat()).is_none());
        assert!(OwnedPdu::from_octets(&[]).is_none());
    }
}
