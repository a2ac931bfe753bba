//! The tracker beside a naive one with unbounded memory: the same answers within bounds, and every eviction told beyond.

use core::time::Duration;
use proptest::prelude::*;
use smpp_core::Instant;
use smpp_core::sms::track::{
    Change, Entry, Evicted, IdForm, Limits, Match, MessagePart, Outcome, PartEnd, ReceiptOutcome, Tracker,
};
use smpp_core::types::MessageState;
use std::collections::{BTreeMap, BTreeSet, btree_map};

const LIMITS: Limits = Limits { receipt: Duration::from_secs(60), early_receipt: Duration::from_secs(20) };

/// Messages of one, two and three parts.
const MESSAGES: u32 = 6;
const STATES: [Option<MessageState>; 6] = [
    None,
    Some(MessageState::ENROUTE),
    Some(MessageState::ACCEPTED),
    Some(MessageState::DELIVERED),
    Some(MessageState::DELIVERED),
    Some(MessageState::UNDELIVERABLE),
];

#[derive(Clone, Copy, Debug)]
enum Step {
    Accepted(MessagePart),
    Ended(MessagePart, PartEnd),
    Receipt(MessagePart, Option<MessageState>),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let part = (0..MESSAGES, 0u8..3).prop_map(|(message, part)| {
        let total = message as u8 % 3 + 1;
        MessagePart { message, part: part % total + 1, total }
    });
    let ends = [PartEnd::Refused, PartEnd::Unknown, PartEnd::AcceptedOnly];
    prop_oneof![
        4 => part.clone().prop_map(Step::Accepted),
        1 => (part.clone(), prop::sample::select(ends.to_vec())).prop_map(|(part, end)| Step::Ended(part, end)),
        6 => (part, prop::sample::select(STATES.to_vec())).prop_map(|(part, state)| Step::Receipt(part, state)),
        1 => (1u64..30).prop_map(Step::Wait),
    ]
}

/// The number of a part's id. Written with letters in hexadecimal and with more digits in decimal.
fn number(part: MessagePart) -> u64 {
    0xABCD_0000 + u64::from(part.message) * 16 + u64::from(part.part)
}

fn ids(form: IdForm, part: MessagePart) -> (String, String) {
    let number = number(part);
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

#[derive(Clone, Copy, Default)]
struct Known {
    last: Option<MessageState>,
    done: Option<MessageState>,
    end: Option<PartEnd>,
}

impl Known {
    fn receipt(&mut self, state: Option<MessageState>) -> Change {
        let is_final = matches!(state, Some(MessageState::DELIVERED | MessageState::UNDELIVERABLE));
        if self.done.is_some() {
            return if state == self.done { Change::Duplicate } else { Change::AfterFinal };
        }
        if is_final {
            (self.done, self.end) = (state, None);
            return Change::New;
        }
        if self.end.take().is_some() {
            self.last = state;
            return Change::New;
        }
        if state.is_some() && state == self.last {
            return Change::Duplicate;
        }
        self.last = state.or(self.last);
        Change::New
    }

    fn state(&self) -> Option<MessageState> {
        if self.end.is_some() { None } else { self.done.or(self.last) }
    }

    fn is_open(&self) -> bool {
        self.done.is_none() && self.end.is_none()
    }
}

/// Everything that ever was, by part.
#[derive(Default)]
struct Naive {
    parts: BTreeMap<(u32, u8), (Known, Instant, MessagePart, bool)>,
    held: BTreeMap<(u32, u8), (Known, Instant, MessagePart)>,
    completed: BTreeMap<u32, Instant>,
}

fn key(part: MessagePart) -> (u32, u8) {
    (part.message, part.part)
}

impl Naive {
    fn outcome(&mut self, now: Instant, message: u32) -> Option<(Outcome, u8)> {
        let parts: Vec<_> = self.parts.values().filter(|(_, _, part, _)| part.message == message).collect();
        let total = parts.first()?.2.total;
        let good = |known: &Known| {
            known.done == Some(MessageState::DELIVERED) || known.end == Some(PartEnd::AcceptedOnly)
        };
        let bad = |known: &Known| {
            known.done == Some(MessageState::UNDELIVERABLE) || known.end == Some(PartEnd::Refused)
        };
        let count =
            |what: &dyn Fn(&Known) -> bool| parts.iter().filter(|(known, ..)| what(known)).count() as u8;
        let (good, bad) = (count(&good), count(&bad));
        let unknown = count(&|known| known.end == Some(PartEnd::Unknown));
        let open = total - good - bad - unknown;
        let outcome = if bad > 0 {
            Outcome::Failed
        } else if good == total {
            Outcome::Delivered
        } else if open == 0 {
            Outcome::Unknown
        } else {
            Outcome::Pending
        };
        if open == 0 {
            // From now on it is remembered, and waits again should it come back to life.
            if let btree_map::Entry::Vacant(place) = self.completed.entry(message) {
                place.insert(now);
                let parts = self.parts.values_mut().filter(|(_, _, part, _)| part.message == message);
                parts.for_each(|(_, since, ..)| *since = now);
            }
        } else if self.completed.remove(&message).is_some() {
            let parts = self.parts.values_mut().filter(|(_, _, part, _)| part.message == message);
            parts.for_each(|(_, since, ..)| *since = now);
        }
        Some((outcome, open))
    }

    fn apply(&mut self, now: Instant, part: MessagePart, state: Option<MessageState>) -> Answer {
        let (known, since, ..) = self.parts.get_mut(&key(part)).expect("a known part");
        let was_open = known.is_open();
        let (change, state) = (known.receipt(state), known.state());
        // Its time begins anew when it comes back to life.
        if known.is_open() != was_open {
            *since = now;
        }
        (part, change, state, self.outcome(now, part.message).expect("a known message"))
    }

    fn expire(&mut self, now: Instant) -> BTreeSet<(bool, u64)> {
        let mut lost = BTreeSet::new();
        self.held.retain(|_, (_, since, part)| {
            let keeps = since.after(LIMITS.early_receipt) > now;
            keeps || !lost.insert((false, number(*part)))
        });
        let mut messages = Vec::new();
        for (known, since, part, _) in self.parts.values_mut() {
            if known.is_open() && since.after(LIMITS.receipt) <= now {
                known.end = Some(PartEnd::Unknown);
                *since = now;
                lost.insert((true, number(*part)));
                messages.push(part.message);
            }
        }
        for message in messages {
            self.outcome(now, message);
        }
        lost
    }
}

type Answer = (MessagePart, Change, Option<MessageState>, (Outcome, u8));

fn answer(matched: Match) -> Answer {
    (matched.part, matched.change, matched.state, (matched.progress.outcome, matched.progress.open))
}

fn lost_number(evicted: &Evicted, form: IdForm) -> (bool, u64) {
    match evicted {
        Evicted::Part { part, .. } => (true, number(*part)),
        Evicted::Receipt { id, .. } => {
            let text = core::str::from_utf8(id.as_octets()).expect("ASCII").trim_matches([' ', '{', '}']);
            let base = if form == IdForm::HexInResponse { 10 } else { 16 };
            (false, u64::from_str_radix(text, base).expect("a number"))
        }
        _ => panic!("news to this model"),
    }
}

fn forms() -> impl Strategy<Value = IdForm> {
    use IdForm::{
        CaseFolded, HexInReceipt, HexInResponse, PunctuationDropped, Text, Truncated, ZerosDropped,
    };
    prop::sample::select(vec![
        Text,
        CaseFolded,
        ZerosDropped,
        PunctuationDropped,
        HexInResponse,
        HexInReceipt,
        Truncated,
    ])
}

proptest! {
    #[test]
    fn within_bounds_it_answers_as_a_naive_one(form in forms(), steps in prop::collection::vec(step(), 1..150)) {
        let mut tracker = Tracker::new(vec![Entry::EMPTY; 128], LIMITS, None);
        let mut naive = Naive::default();
        let mut now = Instant::ZERO;
        for step in steps {
            match step {
                Step::Accepted(part) => {
                    // Submitted again only when it was given up, under another id in truth: here the test ends.
                    if naive.parts.contains_key(&key(part)) {
                        continue;
                    }
                    let accepted = tracker.accepted(now, part, ids(form, part).0.as_bytes());
                    naive.parts.insert(key(part), (Known::default(), now, part, true));
                    naive.outcome(now, part.message);
                    let held = naive.held.remove(&key(part));
                    let early = held.map(|(held, ..)| naive.apply(now, part, held.state()));
                    prop_assert_eq!((accepted.early.map(answer), accepted.evicted), (early, None));
                }
                Step::Ended(part, end) => {
                    let known = Known { end: Some(end), ..Known::default() };
                    // A part that ended without a response has no id.
                    if naive.parts.contains_key(&key(part)) {
                        continue;
                    }
                    prop_assert_eq!(tracker.ended(now, part, end), None);
                    naive.parts.insert(key(part), (known, now, part, false));
                    naive.outcome(now, part.message);
                }
                Step::Receipt(part, state) => {
                    let outcome = tracker.receipt(now, ids(form, part).1.as_bytes(), state);
                    let completed = naive.completed.get(&part.message);
                    let forgotten = completed.is_some_and(|at| at.after(LIMITS.receipt) <= now);
                    let has_id = naive.parts.get(&key(part)).is_some_and(|(.., has_id)| *has_id);
                    if has_id && !forgotten {
                        let ReceiptOutcome::Matched(matched) = outcome else { panic!("{outcome:?}") };
                        prop_assert_eq!(answer(matched), naive.apply(now, part, state));
                    } else {
                        let held = naive.held.entry(key(part)).or_insert((Known::default(), now, part));
                        let change = held.0.receipt(state);
                        prop_assert_eq!(outcome, ReceiptOutcome::Held { change, is_ambiguous: false, evicted: None });
                    }
                }
                Step::Wait(seconds) => {
                    now = now.after(Duration::from_secs(seconds));
                    let lost: BTreeSet<_> =
                        core::iter::from_fn(|| tracker.expire(now)).map(|lost| lost_number(&lost, form)).collect();
                    prop_assert_eq!(lost, naive.expire(now));
                    prop_assert!(tracker.poll_timeout().is_none_or(|at| at > now));
                }
            }
            for message in 0..MESSAGES {
                let progress = tracker.progress(message).map(|progress| (progress.outcome, progress.open));
                prop_assert_eq!(progress, naive.outcome(now, message));
            }
        }
    }

    #[test]
    fn beyond_bounds_every_eviction_is_told(form in forms(), steps in prop::collection::vec(step(), 1..150)) {
        let mut tracker = Tracker::<[Entry; 5]>::fixed(LIMITS, None);
        let mut now = Instant::ZERO;
        // What must be heard of again.
        let mut open: BTreeSet<(bool, u64)> = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for step in steps {
            let lost = match step {
                Step::Accepted(part) => {
                    if !seen.insert(key(part)) {
                        continue;
                    }
                    open.insert((true, number(part)));
                    let accepted = tracker.accepted(now, part, ids(form, part).0.as_bytes());
                    if let Some(early) = accepted.early {
                        prop_assert_eq!(early.part, part);
                        prop_assert!(open.remove(&(false, number(part))));
                        if early.state.and_then(MessageState::is_final) == Some(true) {
                            open.remove(&(true, number(part)));
                        }
                    }
                    accepted.evicted
                }
                Step::Ended(part, end) => {
                    if !seen.insert(key(part)) {
                        continue;
                    }
                    tracker.ended(now, part, end)
                }
                Step::Receipt(part, state) => {
                    match tracker.receipt(now, ids(form, part).1.as_bytes(), state) {
                        ReceiptOutcome::Matched(matched) => {
                            prop_assert_eq!(matched.part, part);
                            if matched.state.and_then(MessageState::is_final) == Some(true) {
                                open.remove(&(true, number(part)));
                            }
                            None
                        }
                        ReceiptOutcome::Held { evicted, .. } => {
                            open.insert((false, number(part)));
                            evicted
                        }
                    _ => panic!("news to this model"),
}
                }
                Step::Wait(seconds) => {
                    now = now.after(Duration::from_secs(seconds));
                    for lost in core::iter::from_fn(|| tracker.expire(now)) {
                        open.remove(&lost_number(&lost, form));
                    }
                    None
                }
            };
            if let Some(lost) = lost {
                open.remove(&lost_number(&lost, form));
            }
        }
        for lost in core::iter::from_fn(|| tracker.expire(now.after(LIMITS.receipt))) {
            open.remove(&lost_number(&lost, form));
        }
        prop_assert_eq!(open, BTreeSet::new());
    }
}
