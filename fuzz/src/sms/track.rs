//! The tracker under any list of operations, beside a naive one.

use super::track_model::{Heard, Known, Loss, Model};
use crate::Source;
use smpp_core::Instant;
use smpp_core::sms::track::{
    Entry, Evicted, IdForm, Limits, Match, MessagePart, PartEnd, PartIds, ReceiptIds, ReceiptOutcome, Tracker,
};
use smpp_core::types::MessageState;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

pub(super) const LIMITS: Limits =
    Limits { receipt: Duration::from_secs(60), early_receipt: Duration::from_secs(20) };

const FORMS: [IdForm; 7] = [
    IdForm::Text,
    IdForm::CaseFolded,
    IdForm::ZerosDropped,
    IdForm::PunctuationDropped,
    IdForm::HexInResponse,
    IdForm::HexInReceipt,
    IdForm::Truncated,
];

const STATES: [Option<MessageState>; 6] = [
    None,
    Some(MessageState::ENROUTE),
    Some(MessageState::ACCEPTED),
    Some(MessageState::DELIVERED),
    Some(MessageState::UNDELIVERABLE),
    Some(MessageState(77)),
];

const ENDS: [PartEnd; 3] = [PartEnd::Refused, PartEnd::Unknown, PartEnd::AcceptedOnly];

/// Any operations on a tracker with much room or little: it answers as a naive one. And with ids that mean nothing: what
/// it joins and what it loses was there.
pub fn tracker(input: &[u8]) {
    let mut choices = Source::new(input);
    match choices.octet() % 4 {
        0 => answers(2, 1, &mut choices),
        1 => answers(8, 2, &mut choices),
        2 => answers(64, 8, &mut choices),
        _ => joins_what_is_there(&mut choices),
    }
}

/// One of six messages of one, two or three parts.
fn part(choices: &mut Source<'_>) -> MessagePart {
    let message = choices.within(0..6) as u32;
    let total = message as u8 % 3 + 1;
    MessagePart { message, part: choices.octet() % total + 1, total }
}

/// The ids of a response and of a receipt. Letters in hexadecimal, more digits in decimal: none can be taken for another.
fn ids(form: IdForm, number: u64) -> (String, String) {
    match form {
        IdForm::Text => (format!("{number:x}"), format!("{number:x}")),
        IdForm::CaseFolded => (format!("{number:x}"), format!("{number:X}")),
        IdForm::ZerosDropped => (format!("{number:012x}"), format!("{number:X}")),
        IdForm::HexInResponse => (format!("{number:X}"), format!("{number:012}")),
        IdForm::HexInReceipt => (format!("{number}"), format!("{number:x}")),
        IdForm::PunctuationDropped => {
            (format!("{:04x}-{:04x}", number >> 16, number & 0xFFFF), format!(" {{{number:X}}}"))
        }
        IdForm::Truncated => (format!("{number:010x}-01"), format!("{number:010X}")),
        _ => unreachable!("no form of ids"),
    }
}

struct Pair {
    tracker: Tracker<Vec<Entry>>,
    model: Model,
    form: IdForm,
    now: Instant,
}

fn answers(room: usize, receipts: usize, choices: &mut Source<'_>) {
    let form = choices.pick(&FORMS);
    let told = choices.flag().then_some(form);
    let tracker = Tracker::new(vec![Entry::EMPTY; room], LIMITS, told);
    let model = Model::new(room - receipts, receipts);
    let mut pair = Pair { tracker, model, form, now: Instant::ZERO };
    while !choices.is_empty() {
        pair.step(choices);
        // Entries are of one age only as parts of one message.
        pair.now = pair.now.after(Duration::from_micros(1));
        for message in 0..6 {
            assert_eq!(pair.tracker.progress(message), pair.model.progress(message));
        }
        if let Some(deadline) = pair.model.deadline() {
            assert_eq!(pair.tracker.poll_timeout(), Some(deadline), "nobody wakes up for it");
        }
    }
}

impl Pair {
    fn step(&mut self, choices: &mut Source<'_>) {
        let (kind, number) = (choices.octet() % 12, 0xABCD_0000 + u64::from(choices.octet() % 12));
        let (response_id, receipt_id) = ids(self.form, number);
        match kind {
            0..4 => {
                let part = part(choices);
                let accepted = self.tracker.accepted(self.now, part, response_id.as_bytes());
                let early = accepted.early.map(|early| self.heard(early, part));
                let lost = accepted.evicted.map(|lost| self.loss(&lost));
                self.model.choice = lost;
                assert_eq!((early, lost), self.model.accepted(self.now, part, number));
            }
            4 => {
                let (part, end) = (part(choices), choices.pick(&ENDS));
                let lost = self.tracker.ended(self.now, part, end).map(|lost| self.loss(&lost));
                self.model.choice = lost;
                assert_eq!(lost, self.model.enter(self.now, part, None, Known::ended(end)));
            }
            5..10 => self.receipt(number, &receipt_id, choices.pick(&STATES)),
            _ => {
                self.now = self.now.after(Duration::from_secs(choices.within(1..40) as u64));
                self.expire();
            }
        }
    }

    fn receipt(&mut self, number: u64, id: &str, state: Option<MessageState>) {
        let candidates = self.model.parts_with(self.now, number);
        match self.tracker.receipt(self.now, id.as_bytes(), state) {
            ReceiptOutcome::Matched(matched) => {
                assert!(candidates.contains(&matched.part), "not the part that it is for");
                let heard = self.heard(matched, matched.part);
                assert_eq!(heard, self.model.apply(self.now, matched.part, state));
            }
            ReceiptOutcome::Held { change, is_ambiguous, evicted } => {
                assert_eq!((candidates, is_ambiguous), (vec![], false));
                let lost = evicted.map(|lost| self.loss(&lost));
                self.model.choice = lost;
                assert_eq!((change, lost), self.model.hold(self.now, number, state));
            }
            _ => panic!("news to this model"),
        }
    }

    fn expire(&mut self) {
        loop {
            let lost = self.tracker.expire(self.now).map(|lost| self.loss(&lost));
            self.model.choice = lost;
            assert_eq!(lost, self.model.expire(self.now));
            if lost.is_none() {
                return assert!(self.tracker.poll_timeout().is_none_or(|at| at > self.now));
            }
            self.now = self.now.after(Duration::from_micros(1));
        }
    }

    fn heard(&self, matched: Match, part: MessagePart) -> Heard {
        assert_eq!((matched.part, matched.form), (part, self.form));
        assert_eq!(self.tracker.form(), Some(self.form), "not learned");
        (matched.change, matched.state, matched.progress)
    }

    /// The number in the id of a receipt that is lost.
    fn loss(&self, evicted: &Evicted) -> Loss {
        match evicted {
            Evicted::Part { part, state } => Loss::Part(*part, *state),
            Evicted::Receipt { id, state } => {
                let base = if self.form == IdForm::HexInResponse { 10 } else { 16 };
                let id = std::str::from_utf8(id.as_octets()).unwrap().trim_matches([' ', '{', '}']);
                Loss::Receipt(u64::from_str_radix(id, base).ok(), *state)
            }
            _ => panic!("news to this model"),
        }
    }
}

/// Short ids of few characters, which are the same in many ways; some with so much in front that they are cut.
fn id(choices: &mut Source<'_>) -> Vec<u8> {
    let length = choices.within(0..6);
    let front = if choices.octet() < 32 { 63 } else { 0 };
    let octets = (0..length).map(|_| choices.pick(b"0001aAfF9:-{ "));
    std::iter::repeat_n(b'b', front).chain(octets).collect()
}

/// Whatever is joined has the same id in the way that is told, and whatever is evicted was there.
fn joins_what_is_there(choices: &mut Source<'_>) {
    let forms = [
        None,
        Some(IdForm::Text),
        Some(IdForm::ZerosDropped),
        Some(IdForm::PunctuationDropped),
        Some(IdForm::HexInResponse),
    ];
    let form = choices.pick(&forms);
    let mut tracker = Tracker::<[Entry; 6]>::fixed(LIMITS, form);
    let mut now = Instant::ZERO;
    let mut parts: HashMap<MessagePart, (Vec<u8>, Option<u16>)> = HashMap::new();
    let mut held: HashSet<(Vec<u8>, Option<u16>)> = HashSet::new();
    let allowed = |told: IdForm| {
        form.is_none_or(|form| told == form || told <= form && form <= IdForm::PunctuationDropped)
            || told == IdForm::Reference
    };
    let joins = |form: IdForm, (id, reference): &(Vec<u8>, Option<u16>), (other, others): &(Vec<u8>, _)| {
        allowed(form) && if form == IdForm::Reference { reference == others } else { form.joins(id, other) }
    };
    while !choices.is_empty() {
        let reference = choices.pick(&[None, None, Some(1), Some(2)]);
        let lost = match choices.octet() % 8 {
            0..3 => {
                let (part, id) = (part(choices), id(choices));
                let ids = PartIds { message_id: &id, user_message_reference: reference };
                let accepted = tracker.accepted(now, part, ids);
                let this = (id, reference);
                if let Some(Match { part: matched, form, .. }) = accepted.early {
                    assert_eq!(matched, part);
                    assert!(held.iter().any(|held| joins(form, &this, held)), "{form:?}");
                }
                parts.insert(part, this);
                accepted.evicted
            }
            3..7 => {
                let (tlv, text, state) = (id(choices), id(choices), choices.pick(&STATES));
                let ids = ReceiptIds {
                    receipted_message_id: choices.flag().then_some(&tlv[..]),
                    text_id: Some(&text[..]),
                    user_message_reference: reference,
                };
                match tracker.receipt(now, ids, state) {
                    ReceiptOutcome::Matched(Match { part, form, .. }) => {
                        let of_either = [tlv, text].map(|id| joins(form, &parts[&part], &(id, reference)));
                        assert!(of_either.contains(&true), "{form:?}");
                        None
                    }
                    ReceiptOutcome::Held { evicted, .. } => {
                        held.extend([(tlv, reference), (text, reference)]);
                        evicted
                    }
                    _ => panic!("news to this model"),
                }
            }
            _ => {
                now = now.after(Duration::from_secs(choices.within(1..90) as u64));
                tracker.expire(now)
            }
        };
        match lost {
            Some(Evicted::Part { part, .. }) => assert!(parts.contains_key(&part)),
            Some(Evicted::Receipt { id, .. }) => {
                assert!(held.iter().any(|(held, _)| held.starts_with(id.as_octets())))
            }
            None => {}
            Some(_) => panic!("news to this model"),
        }
        now = now.after(Duration::from_micros(1));
    }
    // In the end everything is over.
    let mut over = 0;
    while tracker.expire(now.after(LIMITS.receipt)).is_some() {
        over += 1;
        assert!(over <= 6, "more is lost than there was");
    }
}
