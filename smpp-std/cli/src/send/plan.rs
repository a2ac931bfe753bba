//! What is to be sent: texts, cut into the parts that are submitted.

use smpp_core::Instant;
use smpp_core::pdu::SubmitSm;
use smpp_core::provider::{BadNumber, Provider};
use smpp_core::sms::reference::{Bucket, References};
use smpp_core::sms::segment::{Method, SegmentError, Segmenter};
use smpp_core::text::{Candidates, Encoding, Unmappable, Unmapped};
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{DataCoding, EsmClass, RegisteredDelivery, Tag};
use std::fmt;
use std::time::Duration;

/// One text and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The sender; empty for the MC's default.
    pub(crate) from: String,
    /// The destination.
    pub(crate) to: String,
    /// Where its parts begin in [`Plan::parts`].
    pub(crate) first_part: usize,
    /// How many there are.
    pub(crate) total: u8,
    /// How it is coded.
    pub(crate) encoding: Encoding,
    /// The character that the default alphabet lacks, and its place.
    pub(crate) because: Option<Unmapped>,
}

/// One submit_sm.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The message, by its place in [`Plan::messages`].
    pub(crate) message: usize,
    /// Which part of it, from 1.
    pub(crate) number: u8,
    /// How many parts the message has.
    pub(crate) total: u8,
    user_data: Vec<u8>,
    carrier: Carrier,
}

impl Part {
    /// The user data, its header included.
    pub(crate) fn user_data(&self) -> &[u8] {
        &self.user_data
    }
}

/// How a part is carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Carrier {
    ShortMessage,
    WithUdh,
    Sar { reference: u16 },
    Payload,
}

/// How texts are turned into parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    /// Whose rules hold.
    pub(crate) provider: &'static Provider,
    /// `None` to choose the cheapest.
    pub(crate) encoding: Option<Encoding>,
    /// How long texts are carried.
    pub(crate) long: Method,
    /// What to do with characters that a given encoding lacks.
    pub(crate) unmappable: Unmappable,
    /// Whether receipts are asked for.
    pub(crate) wants_receipts: bool,
    /// Whether they come on the session that submits: a transmitter's go to a receiver of the same account.
    pub(crate) awaits_receipts: bool,
}

/// All that is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) messages: Vec<Message>,
    /// The parts of all messages, in order.
    pub(crate) parts: Vec<Part>,
    how: How,
    references: References<Vec<Bucket>>,
}

/// Why a text cannot be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PlanError {
    Empty,
    Destination(BadNumber),
    SourceTooLong { letters: usize },
    SourceNotAscii,
    Segment(SegmentError),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the text is empty: there is nothing to send"),
            Self::Destination(error) => write!(f, "the destination is no telephone number: {error}"),
            Self::SourceTooLong { letters } => {
                write!(
                    f,
                    "the sender has {letters} characters: a name has at most {NAME}, a number at most {NUMBER} digits"
                )
            }
            Self::SourceNotAscii => {
                f.write_str("the sender has characters outside ASCII: MCs differ in what they make of them")
            }
            Self::Segment(error) => write!(f, "the text cannot be sent: {error}"),
        }
    }
}

/// The longest name of a sender (standards, sender as a name).
const NAME: usize = 11;
/// The longest number of a sender, as a destination of a plain link.
const NUMBER: usize = 20;

impl Plan {
    /// Nothing to send yet.
    pub(crate) fn new(how: How) -> Self {
        let start = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.subsec_micros() as u16);
        // In order for each destination, so that a reference comes back only after all others: messages go one after
        // the other, so the one that had it is long complete.
        let buckets = vec![Bucket::EMPTY; 256];
        let references = match how.long {
            Method::Udh16 => References::wide(buckets, start, Duration::ZERO),
            // An MC may turn sar_* into 8-bit headers.
            _ => References::narrow(buckets, start, Duration::ZERO),
        };
        Self { messages: Vec::new(), parts: Vec::new(), how, references }
    }

    /// Whether accepted parts wait for their receipt.
    pub(crate) const fn awaits_receipts(&self) -> bool {
        self.how.wants_receipts && self.how.awaits_receipts
    }

    /// Adds a text.
    ///
    /// # Errors
    /// What is wrong with it; nothing was added then.
    pub(crate) fn add(&mut self, from: &str, to: &str, text: &str) -> Result<(), PlanError> {
        if text.is_empty() {
            return Err(PlanError::Empty);
        }
        let destination = self.how.provider.destination(to).map_err(PlanError::Destination)?;
        check_source(self.how.provider, from)?;
        let cut =
            Segmenter { method: self.how.long, unmappable: self.how.unmappable, ..Segmenter::default() };
        let (encoding, because) = match self.how.encoding {
            Some(encoding) => (encoding, None),
            None => {
                let choice = cut.choose(text, &Candidates::default());
                (choice.encoding, choice.because)
            }
        };
        let segments = cut.text(text, encoding).map_err(PlanError::Segment)?;
        let reference = self.references.next(Instant::ZERO, destination.addr.as_octets()).unwrap_or_default();
        let (message, first_part) = (self.messages.len(), self.parts.len());
        let mut total = 0;
        let mut room = vec![0; text.len() * 2 + 140];
        for segment in segments {
            let len = segment.write(reference, &mut room).map_err(|_| PlanError::Empty)?;
            total = segment.total;
            let carrier = match self.how.long {
                Method::Payload if segment_is_long(encoding, segment.units) => Carrier::Payload,
                Method::Sar { .. } if total > 1 => Carrier::Sar { reference },
                _ if segment.has_header() => Carrier::WithUdh,
                _ => Carrier::ShortMessage,
            };
            let user_data = room[..len].to_vec();
            self.parts.push(Part { message, number: segment.number, total, user_data, carrier });
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        self.messages.push(Message { from, to, first_part, total, encoding, because });
        Ok(())
    }

    /// Builds the PDU of a part and hands it to `send`.
    pub(crate) fn with_pdu<R>(&self, part: &Part, send: impl FnOnce(&SubmitSm<'_>) -> R) -> R {
        let message = &self.messages[part.message];
        let provider = self.how.provider;
        let delivery =
            if self.how.wants_receipts { provider.registered_delivery } else { RegisteredDelivery::NONE };
        let reference = if let Carrier::Sar { reference } = part.carrier { reference } else { 0 };
        let sar = [
            Tlv { tag: Tag::SAR_MSG_REF_NUM, value: &reference.to_be_bytes() },
            Tlv { tag: Tag::SAR_TOTAL_SEGMENTS, value: &[part.total] },
            Tlv { tag: Tag::SAR_SEGMENT_SEQNUM, value: &[part.number] },
        ];
        let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: &part.user_data }];
        let (esm_class, short_message, tlvs) = match part.carrier {
            Carrier::ShortMessage => (EsmClass::DEFAULT, &part.user_data[..], Tlvs::NONE),
            Carrier::WithUdh => (EsmClass::UDHI, &part.user_data[..], Tlvs::NONE),
            Carrier::Sar { .. } => (EsmClass::DEFAULT, &part.user_data[..], Tlvs::from(&sar[..])),
            Carrier::Payload => (EsmClass::DEFAULT, &[][..], Tlvs::from(&payload[..])),
        };
        send(&SubmitSm {
            source: provider.source(&message.from),
            // It was checked when the message was added.
            destination: provider.destination(&message.to).unwrap_or_default(),
            esm_class,
            registered_delivery: delivery,
            data_coding: coding(&message.encoding),
            short_message,
            tlvs,
            ..SubmitSm::default()
        })
    }
}

/// The data_coding of an encoding on a link whose default alphabet is GSM 03.38.
fn coding(encoding: &Encoding) -> DataCoding {
    encoding.data_coding(&Encoding::GSM7)
}

/// Whether a text is more than one short message on the air.
fn segment_is_long(encoding: Encoding, units: usize) -> bool {
    units > encoding.capacity(0)
}

fn check_source(provider: &Provider, from: &str) -> Result<(), PlanError> {
    let source = provider.source(from);
    let is_name = (source.ton, source.npi) == provider.alphanumeric_source;
    let letters = from.chars().count();
    if !from.is_ascii() {
        return Err(PlanError::SourceNotAscii);
    }
    if letters > if is_name { NAME } else { NUMBER } {
        return Err(PlanError::SourceTooLong { letters });
    }
    Ok(())
}
