//! What an ESME receives, made ready to be told: long messages joined, receipts read.

use crate::hex;
use crate::output::characters;
use serde_json::{Map, Value, json};
use smpp_core::Instant;
use smpp_core::pdu::Message;
use smpp_core::provider::Provider;
use smpp_core::sms::reassemble::{Entry, LongMessage, Outcome, Part, PartKind, Reassembler};
use smpp_core::sms::receipt::{MessageClass, Report};
use smpp_core::sms::track::{IdForm, ReceiptIds};
use smpp_core::sms::udh::{Shifts, Udh, UdhLeniency};
use smpp_core::text::national::Language;
use smpp_core::text::{Encoding, Gsm7, split_byte_order_mark};
use smpp_core::types::{Address, Alphabet, DataCoding, MessageState};
use std::collections::VecDeque;
use std::time::Duration;

/// Unfinished long messages at a time, and the octets that they share.
const MESSAGES: usize = 256;
const OCTETS: usize = 512 * 1024;

/// One thing that was received.
#[derive(Clone, Debug)]
pub(crate) enum Received {
    /// A message, long ones joined.
    Message(Text),
    /// A long message of which parts never came.
    Incomplete {
        /// What came.
        text: Text,
        /// Which parts did not.
        missing: Vec<u8>,
    },
    /// A receipt or an intermediate notification.
    Receipt(Receipt),
}

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Who sent it.
    pub(crate) from: String,
    /// To whom.
    pub(crate) to: String,
    /// Its text, `None` when the coding is none of text.
    pub(crate) text: Option<String>,
    /// Its octets, user data headers taken off.
    pub(crate) octets: Vec<u8>,
    /// How many parts it came in or was to come in.
    pub(crate) parts: u8,
    /// The coding of the first part.
    pub(crate) data_coding: DataCoding,
    encoding: &'static str,
}

/// A receipt, read.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    /// The message that it is about.
    pub(crate) message_id: Option<String>,
    receipted_message_id: Option<Vec<u8>>,
    text_id: Option<Vec<u8>>,
    user_message_reference: Option<u16>,
    /// The state, from the TLV or the text.
    pub(crate) state: Option<MessageState>,
    stat: Option<String>,
    err: Option<String>,
    network_error_code: Option<Value>,
    meaning: Option<&'static str>,
    /// The text, if nothing of it was understood.
    text: Option<String>,
}

/// Sorts what comes in.
pub(crate) struct Inbox {
    joiner: Reassembler<Vec<Entry>, Vec<u8>>,
    provider: &'static Provider,
}

impl Inbox {
    /// Nothing received yet. Long messages wait for their parts up to `patience`.
    pub(crate) fn new(provider: &'static Provider, patience: Duration) -> Self {
        let joiner = Reassembler::new(vec![Entry::EMPTY; MESSAGES], vec![0; OCTETS], patience);
        Self { joiner, provider }
    }

    /// Takes a deliver_sm or data_sm and gives what there is to tell because of it: nothing for a part that is not the
    /// last, more than one thing when an older message had to go.
    pub(crate) fn take(&mut self, now: Instant, message: &Message<'_>) -> Vec<Received> {
        let user_data = message.user_data();
        let tlvs = message.tlvs.into();
        match MessageClass::of(message.esm_class, &tlvs, user_data, true) {
            MessageClass::Receipt | MessageClass::Intermediate => {
                let mut report = Report::new(user_data, tlvs);
                let decoded;
                // Some say UCS2 and mean it, others send ASCII all the same.
                if report.receipt.is_none() && message.data_coding.alphabet() == Alphabet::Ucs2 {
                    let (_, octets) = split_byte_order_mark(user_data);
                    decoded = Encoding::Ucs2.decode(octets).collect::<String>();
                    report = Report::new(decoded.as_bytes(), tlvs);
                }
                let mut receipt = Receipt::new(&report, self.provider);
                if report.receipt.is_none() && !user_data.is_empty() {
                    let encoding =
                        Encoding::of(message.data_coding, Encoding::GSM7).unwrap_or(Encoding::Latin1);
                    receipt.text = Some(encoding.decode(user_data).collect());
                }
                vec![Received::Receipt(receipt)]
            }
            MessageClass::Message | MessageClass::Acknowledgement => self.take_message(now, message),
        }
    }

    /// As [`Self::take`], for what can only be a message: what an ESME submits.
    pub(crate) fn take_message(&mut self, now: Instant, message: &Message<'_>) -> Vec<Received> {
        let user_data = message.user_data();
        // A header that cannot be read is text (udh.tsv: the message is not dropped).
        let split = message
            .esm_class
            .has_udh()
            .then(|| Udh::split_leniently(user_data, UdhLeniency::TOLERANT).ok())
            .flatten();
        let (udh, octets) = split.map_or((None, user_data), |(udh, rest)| (Some(udh), rest));
        let (from, to, coding) = (message.source, message.destination, message.data_coding);
        let by_udh = udh.and_then(|udh| Part::from_udh(from, to, coding, udh, octets));
        let part = by_udh.or_else(|| {
            let (reference, total, sequence) = message.sar()?;
            let kind = PartKind::Sar;
            Some(Part {
                source: from,
                destination: to,
                kind,
                reference,
                total,
                sequence,
                data_coding: coding,
                udh,
                user_data: octets,
            })
        });
        let single = || {
            let shifts = udh.map_or(Shifts::NONE, Udh::shifts);
            let mut text = Text::new(from, to, 1, coding);
            text.push(coding, shifts, octets);
            Received::Message(text)
        };
        let Some(part) = part else { return vec![single()] };
        let mut told = Vec::new();
        loop {
            match self.joiner.insert(now, &part) {
                Outcome::Pending { .. } | Outcome::Duplicate => {}
                Outcome::Complete(whole) => told.push(Received::Message(Text::joined(&whole))),
                Outcome::Evicted { message, .. } => {
                    told.push(incomplete(&message));
                    continue;
                }
                Outcome::Single | Outcome::TooLarge => told.push(single()),
            }
            return told;
        }
    }

    /// When the next unfinished message is given up.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.joiner.poll_timeout()
    }

    /// Gives up the messages whose time is over.
    pub(crate) fn expire(&mut self, now: Instant) -> VecDeque<Received> {
        std::iter::from_fn(|| self.joiner.expire(now).map(|message| incomplete(&message))).collect()
    }

    /// Gives up all unfinished messages, at the end.
    pub(crate) fn close(&mut self) -> VecDeque<Received> {
        self.expire(Instant::from_micros(u64::MAX))
    }
}

fn incomplete(message: &LongMessage<'_>) -> Received {
    Received::Incomplete { text: Text::joined(message), missing: message.missing().collect() }
}

impl Text {
    fn new(from: Address<'_>, to: Address<'_>, parts: u8, data_coding: DataCoding) -> Self {
        let encoding = match Encoding::of(data_coding, Encoding::GSM7) {
            Some(Encoding::Ucs2) => "ucs2",
            Some(Encoding::Latin1) => "latin1",
            Some(Encoding::Ascii) => "ascii",
            Some(_) => "gsm7",
            None => "binary",
        };
        let text = Some(String::new());
        Self {
            from: characters(from.addr.as_octets()),
            to: characters(to.addr.as_octets()),
            text,
            octets: Vec::new(),
            parts,
            data_coding,
            encoding,
        }
    }

    fn joined(message: &LongMessage<'_>) -> Self {
        let coding = message.parts().next().map_or(DataCoding::DEFAULT, |part| part.data_coding);
        let mut text = Self::new(message.source(), message.destination(), message.total(), coding);
        match message.coding() {
            // Decoded as a whole, so that a character that was cut in two is whole again.
            Some((coding, shifts)) => text.push(coding, shifts, message.octets()),
            None => {
                for part in message.parts() {
                    text.push(part.data_coding, part.udh.shifts(), part.user_data);
                }
            }
        }
        text
    }

    fn push(&mut self, coding: DataCoding, shifts: Shifts, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
        let tables = Gsm7::received(shifts.locking.map(Language), shifts.single.map(Language));
        let encoding = Encoding::of(coding, Encoding::GSM7).map(|encoding| encoding.with_alphabet(tables));
        match (encoding, &mut self.text) {
            (Some(encoding), Some(text)) => text.extend(encoding.decode(octets)),
            (_, text) => *text = None,
        }
    }

    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("from".into(), json!(self.from));
        fields.insert("to".into(), json!(self.to));
        fields.insert("text".into(), json!(self.text));
        fields.insert("encoding".into(), json!(self.encoding));
        fields.insert("parts".into(), json!(self.parts));
        fields.insert("data_coding".into(), json!(self.data_coding.0));
        if self.text.is_none() {
            fields.insert("octets".into(), json!(hex::encode(&self.octets)));
        }
        fields
    }

    /// The text for people: what is no text, in hex.
    pub(crate) fn shown(&self) -> String {
        self.text.clone().unwrap_or_else(|| hex::encode(&self.octets))
    }
}

impl Receipt {
    fn new(report: &Report<'_>, provider: &Provider) -> Self {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let receipt = report.receipt;
        let ids = ReceiptIds::from(report);
        let error = report.error();
        let meaning = error.and_then(|error| provider.error_code(error.code()?).map(|code| code.meaning));
        let network_error_code = report.tlvs.network_error_code.map(|octets| match octets {
            &[_network, high, low] => json!(u16::from_be_bytes([high, low])),
            other => json!(hex::encode(other)),
        });
        Self {
            message_id: report.message_id().map(text),
            receipted_message_id: ids.receipted_message_id.map(<[u8]>::to_vec),
            text_id: ids.text_id.map(<[u8]>::to_vec),
            user_message_reference: ids.user_message_reference,
            state: report.state(),
            stat: receipt.and_then(|receipt| receipt.stat).map(text),
            err: receipt.and_then(|receipt| receipt.err).map(text),
            network_error_code,
            meaning,
            text: None,
        }
    }

    /// What it says of the message that it is about.
    pub(crate) fn ids(&self) -> ReceiptIds<'_> {
        ReceiptIds {
            receipted_message_id: self.receipted_message_id.as_deref(),
            text_id: self.text_id.as_deref(),
            user_message_reference: self.user_message_reference,
        }
    }

    /// Whether one of its ids is that of a response, written in this form.
    pub(crate) fn has_id(&self, response: &[u8], form: IdForm) -> bool {
        let ids = [&self.receipted_message_id, &self.text_id];
        ids.into_iter().flatten().any(|id| form.joins(response, id))
    }

    /// Whether nothing more is to come; unknown for a vendor's word.
    pub(crate) fn is_final(&self) -> Option<bool> {
        self.state.and_then(MessageState::is_final)
    }

    /// Whether the message arrived.
    pub(crate) fn is_delivered(&self) -> bool {
        self.state == Some(MessageState::DELIVERED)
    }

    /// The fields of a JSON line behind `event` and what the command puts there.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("message_id".into(), json!(self.message_id));
        fields.insert("state".into(), json!(self.state.and_then(state_name)));
        fields.insert("stat".into(), json!(self.stat));
        fields.insert("err".into(), json!(self.err));
        fields.insert("network_error_code".into(), self.network_error_code.clone().unwrap_or(Value::Null));
        fields.insert("meaning".into(), json!(self.meaning));
        fields.insert("final".into(), json!(self.is_final()));
        if let Some(text) = &self.text {
            fields.insert("text".into(), json!(text));
        }
        fields
    }

    /// The receipt for people: state, error, meaning.
    pub(crate) fn shown(&self) -> String {
        let state = self.state.and_then(state_name).or_else(|| self.stat.clone());
        let mut line = state.or_else(|| self.text.clone()).unwrap_or_else(|| "?".into());
        if let Some(err) = self.err.as_deref().filter(|err| err.bytes().any(|digit| digit != b'0')) {
            line += &format!(", error {err}");
        }
        if let Some(meaning) = self.meaning {
            line += &format!(": {meaning}");
        }
        line
    }
}

/// The name of a state as CLI.md has it: lower case.
pub(crate) fn state_name(state: MessageState) -> Option<String> {
    state.name().map(str::to_ascii_lowercase)
}

impl Received {
    /// The JSON line.
    pub(crate) fn json(&self) -> Value {
        let (event, fields) = match self {
            Self::Message(text) => ("message", text.fields()),
            Self::Incomplete { text, missing } => {
                let mut fields = text.fields();
                fields.insert("missing".into(), json!(missing));
                ("incomplete", fields)
            }
            Self::Receipt(receipt) => ("receipt", receipt.fields()),
        };
        event_line(event, fields)
    }

    /// The line for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Message(text) => format!("message  {} -> {}: {}", text.from, text.to, text.shown()),
            Self::Incomplete { text, missing } => {
                let missing: Vec<_> = missing.iter().map(u8::to_string).collect();
                let (missing, parts) = (missing.join(", "), text.parts);
                format!(
                    "incomplete  {} -> {}: part {missing} of {parts} never came: {}",
                    text.from,
                    text.to,
                    text.shown()
                )
            }
            Self::Receipt(receipt) => {
                format!(
                    "receipt  {}: {}",
                    receipt.message_id.as_deref().unwrap_or("without id"),
                    receipt.shown()
                )
            }
        }
    }
}

/// `fields` behind `event`.
pub(crate) fn event_line(event: &str, fields: Map<String, Value>) -> Value {
    let mut line = Map::new();
    line.insert("event".into(), json!(event));
    line.extend(fields);
    Value::Object(line)
}
