//! What an ESME receives, made ready to be told: long messages joined, receipts read.

use crate::alphabet::{self, DefaultAlphabet, is_lossy};
use crate::aside::Aside;
use crate::decode::json::tlvs;
use crate::hex;
use crate::output::characters;
use serde_json::{Map, Value, json};
use smpp_core::Instant;
use smpp_core::pdu::Message;
use smpp_core::provider::Provider;
use smpp_core::session::Event;
use smpp_core::sms::reassemble::{Entry, LongMessage, Outcome, Part, PartKind, Reassembler};
use smpp_core::sms::receipt::{MessageClass, Receipt as Fields, Report, ReportError};
use smpp_core::sms::track::{IdForm, ReceiptIds};
use smpp_core::sms::udh::{Udh, UdhLeniency};
use smpp_core::text::{Encoding, split_byte_order_mark};
use smpp_core::tlv::Tlvs;
use smpp_core::types::{Address, Alphabet, DataCoding, MessageState};
use std::collections::VecDeque;
use std::time::Duration;

/// Unfinished long messages at a time, and the octets that they share.
const MESSAGES: usize = 256;
const OCTETS: usize = 512 * 1024;

/// How a link's messages are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// What data_coding 0 and 1 mean.
    pub(crate) default: DefaultAlphabet,
    /// Whether a message is a receipt when nothing but its text says so.
    pub(crate) receipts_by_text: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { default: DefaultAlphabet::default(), receipts_by_text: true }
    }
}

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
    /// Another PDU, to be shown and nothing else.
    Aside(Box<Aside>),
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
    /// The TLVs of the part that was the last to come.
    tlvs: Value,
    user_message_reference: Option<u16>,
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
    /// Whether that was written in digits of ASCII.
    is_ascii_code: bool,
    meaning: Option<&'static str>,
    /// What else the provider wrote into the text.
    extra: Map<String, Value>,
    tlvs: Value,
    /// The text and its octets, if nothing of it was understood.
    unread: Option<(String, Vec<u8>)>,
}

/// Sorts what comes in.
pub(crate) struct Inbox {
    joiner: Reassembler<Vec<Entry>, Vec<u8>>,
    provider: &'static Provider,
    reading: Reading,
}

impl Inbox {
    /// Nothing received yet. Long messages wait for their parts up to `patience`.
    pub(crate) fn new(provider: &'static Provider, reading: Reading, patience: Duration) -> Self {
        let joiner = Reassembler::new(vec![Entry::EMPTY; MESSAGES], vec![0; OCTETS], patience);
        Self { joiner, provider, reading }
    }

    /// Takes a deliver_sm or data_sm and gives what there is to tell because of it: nothing for a part that is not the
    /// last, more than one thing when an older message had to go.
    pub(crate) fn take(&mut self, now: Instant, message: &Message<'_>) -> Vec<Received> {
        let user_data = message.user_data();
        let tlvs = message.tlvs.into();
        match MessageClass::of(message.esm_class, &tlvs, user_data, self.reading.receipts_by_text) {
            MessageClass::Receipt | MessageClass::Intermediate => {
                let mut report = Report::new(user_data, tlvs);
                let decoded;
                // Some say UCS2 and mean it, others send ASCII all the same; a mark says it beyond doubt.
                let (mark, octets) = split_byte_order_mark(user_data);
                let is_wide = mark.is_some() || message.data_coding.alphabet() == Alphabet::Ucs2;
                if report.receipt.is_none() && is_wide {
                    decoded = mark.unwrap_or(Encoding::Ucs2).decode(octets).collect::<String>();
                    report = Report::new(decoded.as_bytes(), tlvs);
                }
                let mut receipt = Receipt::new(&report, message.tlvs, self.provider);
                if report.receipt.is_none() {
                    let coding = message.data_coding;
                    // What is no text by its coding is still shown as some: an octet, a character.
                    let text = alphabet::text(coding, self.reading.default, None, user_data, user_data.len());
                    let text = text.unwrap_or_else(|| Encoding::Latin1.decode(user_data).collect());
                    receipt.unread = Some((text, user_data.to_vec()));
                }
                vec![Received::Receipt(receipt)]
            }
            // What is no receipt is shown as a message.
            _ => self.take_message(now, message),
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
        let default = self.reading.default;
        let single = || {
            let mut text = Text::new(from, to, 1, coding, default);
            text.octets = octets.to_vec();
            text.text = alphabet::text(coding, default, udh, octets, user_data.len());
            Received::Message(text.with(message.tlvs))
        };
        let Some(part) = part else { return vec![single()] };
        let mut told = Vec::new();
        loop {
            match self.joiner.insert(now, &part) {
                Outcome::Pending { .. } | Outcome::Duplicate => {}
                Outcome::Complete(whole) => {
                    told.push(Received::Message(Text::joined(&whole, default).with(message.tlvs)));
                }
                Outcome::Evicted { message, .. } => {
                    told.push(incomplete(&message, default));
                    continue;
                }
                // What cannot be joined is shown as it came.
                _ => told.push(single()),
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
        let default = self.reading.default;
        std::iter::from_fn(|| self.joiner.expire(now).map(|message| incomplete(&message, default))).collect()
    }

    /// Gives up all unfinished messages, at the end.
    pub(crate) fn close(&mut self) -> VecDeque<Received> {
        self.expire(Instant::from_micros(u64::MAX))
    }
}

fn incomplete(message: &LongMessage<'_>, default: DefaultAlphabet) -> Received {
    Received::Incomplete { text: Text::joined(message, default), missing: message.missing().collect() }
}

impl Text {
    fn new(
        from: Address<'_>,
        to: Address<'_>,
        parts: u8,
        data_coding: DataCoding,
        default: DefaultAlphabet,
    ) -> Self {
        Self {
            from: characters(from.addr.as_octets()),
            to: characters(to.addr.as_octets()),
            text: None,
            octets: Vec::new(),
            parts,
            data_coding,
            encoding: alphabet::name(data_coding, default),
            tlvs: json!([]),
            user_message_reference: None,
        }
    }

    fn joined(message: &LongMessage<'_>, default: DefaultAlphabet) -> Self {
        let coding = message.parts().next().map_or(DataCoding::DEFAULT, |part| part.data_coding);
        let mut text = Self::new(message.source(), message.destination(), message.total(), coding, default);
        let mut reader = alphabet::Reader::new(default);
        for part in message.parts() {
            text.octets.extend_from_slice(part.user_data);
            // The header and the octet that says its length.
            let header_octets = match part.udh.as_octets().len() {
                0 => 0,
                octets => octets + 1,
            };
            reader.push(part.data_coding, part.udh.shifts(), header_octets, part.user_data);
        }
        text.text = reader.finish();
        text
    }

    /// With the TLVs that came beside it.
    fn with(self, tlvs: Tlvs<'_>) -> Self {
        let user_message_reference = tlvs.user_message_reference();
        Self { tlvs: self::tlvs(tlvs), user_message_reference, ..self }
    }

    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("from".into(), json!(self.from));
        fields.insert("to".into(), json!(self.to));
        fields.insert("text".into(), json!(self.text));
        fields.insert("encoding".into(), json!(self.encoding));
        fields.insert("parts".into(), json!(self.parts));
        fields.insert("data_coding".into(), json!(self.data_coding.0));
        if self.text.as_deref().is_none_or(is_lossy) {
            fields.insert("octets".into(), json!(hex::encode(&self.octets)));
        }
        beside(&mut fields, &self.tlvs, self.user_message_reference);
        fields
    }

    /// The text for people: what is no text, in hex.
    pub(crate) fn shown(&self) -> String {
        let octets = || hex::encode(&self.octets);
        match &self.text {
            Some(text) if is_lossy(text) => format!("{text} ({})", octets()),
            Some(text) => text.clone(),
            None => octets(),
        }
    }
}

impl Receipt {
    fn new(report: &Report<'_>, tlvs: Tlvs<'_>, provider: &Provider) -> Self {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let receipt = report.receipt;
        let ids = ReceiptIds::from(report);
        let error = report.error();
        let meaning = error.and_then(|error| provider.error_code(error.code()?).map(|code| code.meaning));
        let network_error =
            report.tlvs.network_error_code.map(|octets| (octets, ReportError::of_tlv(octets)));
        Self {
            message_id: report.message_id().map(text),
            receipted_message_id: ids.receipted_message_id.map(<[u8]>::to_vec),
            text_id: ids.text_id.map(<[u8]>::to_vec),
            user_message_reference: ids.user_message_reference,
            state: report.state(),
            stat: receipt.and_then(|receipt| receipt.stat).map(text),
            err: receipt.and_then(|receipt| receipt.err).map(text),
            network_error_code: network_error.map(|(octets, error)| {
                error
                    .and_then(ReportError::code)
                    .map_or_else(|| json!(hex::encode(octets)), |code| json!(code))
            }),
            is_ascii_code: matches!(network_error, Some((_, Some(ReportError::Text(_))))),
            meaning,
            extra: receipt.map(|receipt| extra(&receipt)).unwrap_or_default(),
            tlvs: self::tlvs(tlvs),
            unread: None,
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
        if self.is_ascii_code {
            fields.insert("network_error_code_form".into(), json!("ASCII"));
        }
        if !self.extra.is_empty() {
            fields.insert("extra".into(), json!(self.extra));
        }
        beside(&mut fields, &self.tlvs, self.user_message_reference);
        if let Some((text, octets)) = &self.unread {
            fields.insert("text".into(), json!(text));
            fields.insert("octets".into(), json!(hex::encode(octets)));
        }
        fields
    }

    /// The receipt for people: state, error, meaning.
    pub(crate) fn shown(&self) -> String {
        let state = self.state.and_then(state_name).or_else(|| self.stat.clone());
        let unread = || {
            let (text, octets) = self.unread.as_ref()?;
            Some(format!("that cannot be read: {text:?} ({})", hex::encode(octets)))
        };
        let mut line = state.or_else(unread).unwrap_or_else(|| "?".into());
        if let Some(err) = self.err.as_deref().filter(|err| err.bytes().any(|digit| digit != b'0')) {
            line += &format!(", error {err}");
        }
        if let Some(meaning) = self.meaning {
            line += &format!(": {meaning}");
        }
        line
    }
}

/// What stands beside the text of a message or a receipt, where there is something.
fn beside(fields: &mut Map<String, Value>, tlvs: &Value, user_message_reference: Option<u16>) {
    if let Some(reference) = user_message_reference {
        fields.insert("user_message_reference".into(), json!(reference));
    }
    if tlvs.as_array().is_some_and(|tlvs| !tlvs.is_empty()) {
        fields.insert("tlvs".into(), tlvs.clone());
    }
}

/// The keys of the provider in a receipt's text. Of a key that comes twice the first counts.
pub(crate) fn extra(receipt: &Fields<'_>) -> Map<String, Value> {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let mut extra = Map::new();
    for (key, value) in receipt.extra() {
        extra.entry(text(key)).or_insert_with(|| text(value).into());
    }
    extra
}

/// The name of a state as events have it: lower case.
pub(crate) fn state_name(state: MessageState) -> Option<String> {
    state.name().map(str::to_ascii_lowercase)
}

impl Received {
    /// The PDU behind an event that is neither message nor receipt.
    pub(crate) fn aside(event: &Event<'_>, default: DefaultAlphabet) -> Option<Self> {
        Aside::of(event, default).map(|aside| Self::Aside(Box::new(aside)))
    }

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
            Self::Aside(aside) => (aside.event, aside.fields()),
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
            Self::Aside(aside) => aside.shown(),
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
