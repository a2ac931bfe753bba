//! The reassembler beside a naive one with unbounded memory: the same answers within bounds, and every loss told beyond.

use core::time::Duration;
use proptest::prelude::*;
use smpp_core::Instant;
use smpp_core::sms::reassemble::{Entry, EvictReason, LongMessage, Outcome, Part, PartKind, Reassembler};
use smpp_core::types::{Address, DataCoding};
use std::collections::BTreeMap;

const LIMIT: Duration = Duration::from_secs(30);
const NUMBERS: [&str; 3] = ["46700000001", "4670000000", "467"];

/// A part in few values, so that messages meet.
#[derive(Clone, Copy, Debug)]
struct Input {
    source: usize,
    kind: PartKind,
    reference: u16,
    total: u8,
    sequence: u8,
    /// Parts of another version have another text.
    version: u8,
    length: usize,
    seconds_before: u64,
}

fn input() -> impl Strategy<Value = Input> {
    let kind = prop_oneof![Just(PartKind::Udh8), Just(PartKind::Sar)];
    let version = prop_oneof![9 => Just(0u8), 1 => Just(1)];
    let numbers = (0..NUMBERS.len(), 0u16..3, 0u8..5, 0u8..5);
    (numbers, kind, version, 0u64..5).prop_map(|(numbers, kind, version, seconds_before)| {
        let (source, reference, total, sequence) = numbers;
        let length = usize::from(sequence) * 7 % 11;
        Input { source, kind, reference, total, sequence, version, length, seconds_before }
    })
}

impl Input {
    fn text(&self) -> Vec<u8> {
        vec![self.sequence << 4 | self.version; self.length]
    }

    fn part<'a>(&self, user_data: &'a [u8]) -> Part<'a> {
        let Self { source, kind, reference, total, sequence, .. } = *self;
        let (source, destination) = (Address::international(NUMBERS[source]), Address::alphanumeric("Shop"));
        let data_coding = DataCoding::DEFAULT;
        Part { source, destination, kind, reference, total, sequence, data_coding, udh: None, user_data }
    }

    fn key(&self) -> Key {
        (self.source, self.kind == PartKind::Sar, self.reference, self.total)
    }
}

type Key = (usize, bool, u16, u8);
type Texts = BTreeMap<u8, Vec<u8>>;

#[derive(Debug, PartialEq)]
enum Answer {
    Single,
    Duplicate,
    Pending(u8, Option<u8>),
    Complete(Texts),
    Reused(Texts),
    Other,
}

/// Messages in the order in which they began.
#[derive(Default)]
struct Naive(Vec<(Key, Instant, Texts)>);

impl Naive {
    fn insert(&mut self, now: Instant, input: &Input) -> Answer {
        let (key, text) = (input.key(), input.text());
        if input.total < 2 || !(1..=input.total).contains(&input.sequence) {
            return Answer::Single;
        }
        let found = self.0.iter().position(|(other, ..)| *other == key);
        let index = found.unwrap_or_else(|| {
            self.0.push((key, now, Texts::new()));
            self.0.len() - 1
        });
        let texts = &mut self.0[index].2;
        match texts.get(&input.sequence) {
            Some(old) if *old == text => return Answer::Duplicate,
            Some(_) => return Answer::Reused(self.0.remove(index).2),
            None => texts.insert(input.sequence, text),
        };
        if texts.len() == usize::from(input.total) {
            return Answer::Complete(self.0.remove(index).2);
        }
        let missing = input.total - texts.len() as u8;
        let same = |other: &Key| (other.0, other.1, other.2) == (key.0, key.1, key.2) && other.3 != key.3;
        let conflicting = self.0.iter().map(|(other, ..)| other).find(|other| same(other));
        Answer::Pending(missing, conflicting.map(|other| other.3))
    }

    fn expire(&mut self, now: Instant) -> Option<Texts> {
        let first = self.0.first().filter(|(_, since, _)| since.after(LIMIT) <= now);
        first.is_some().then(|| self.0.remove(0).2)
    }
}

fn texts(message: &LongMessage<'_>) -> Texts {
    let texts: Texts = message.parts().map(|part| (part.sequence, part.user_data.to_vec())).collect();
    let joined: Vec<u8> = texts.values().flatten().copied().collect();
    assert_eq!(message.octets(), joined);
    assert_eq!(texts.len(), usize::from(message.received()));
    let missing: Vec<u8> = (1..=message.total()).filter(|sequence| !texts.contains_key(sequence)).collect();
    assert_eq!(message.missing().collect::<Vec<_>>(), missing);
    texts
}

fn answer(outcome: Outcome<'_>) -> Answer {
    match outcome {
        Outcome::Single => Answer::Single,
        Outcome::Duplicate => Answer::Duplicate,
        Outcome::Pending { missing, conflicting_total } => Answer::Pending(missing, conflicting_total),
        Outcome::Complete(message) => Answer::Complete(texts(&message)),
        Outcome::Evicted { reason: EvictReason::ReferenceReused, message } => Answer::Reused(texts(&message)),
        Outcome::Evicted { .. } | Outcome::TooLarge => Answer::Other,
        _ => panic!("news to this model"),
    }
}

proptest! {
    #[test]
    fn within_bounds_it_answers_as_a_naive_one(inputs in prop::collection::vec(input(), 1..120)) {
        let mut all = Reassembler::new(vec![Entry::EMPTY; 64], vec![0; 8192], LIMIT);
        let mut naive = Naive::default();
        let mut now = Instant::ZERO;
        for input in inputs {
            now = now.after(Duration::from_secs(input.seconds_before));
            loop {
                let expired = naive.expire(now);
                prop_assert_eq!(all.expire(now).map(|message| texts(&message)), expired.clone());
                if expired.is_none() {
                    break;
                }
            }
            let text = input.text();
            prop_assert_eq!(answer(all.insert(now, &input.part(&text))), naive.insert(now, &input));
            prop_assert_eq!(all.pending(), naive.0.len());
            prop_assert_eq!(all.poll_timeout(), naive.0.first().map(|(_, since, _)| since.after(LIMIT)));
        }
    }

    #[test]
    fn beyond_bounds_every_part_ends_exactly_once(inputs in prop::collection::vec(input(), 1..120)) {
        let mut all = Reassembler::<[Entry; 3], [u8; 160]>::fixed(LIMIT);
        let (mut taken, mut shown) = (Vec::new(), Vec::new());
        let mut now = Instant::ZERO;
        for (nth, input) in inputs.iter().enumerate() {
            now = now.after(Duration::from_secs(input.seconds_before));
            while let Some(message) = all.expire(now) {
                shown.extend(texts(&message).into_values());
            }
            // Each text is another one, so that each can be found again.
            let mut text = nth.to_be_bytes().to_vec();
            text.extend(input.text());
            // Each of the three messages can be in the way, and one that uses the reference.
            for attempt in 0.. {
                prop_assert!(attempt <= 4);
                match all.insert(now, &input.part(&text)) {
                    Outcome::Evicted { message, .. } => {
                        shown.extend(texts(&message).into_values());
                        continue;
                    }
                    Outcome::Complete(message) => {
                        shown.extend(texts(&message).into_values());
                        taken.push(text);
                    }
                    Outcome::Pending { .. } => taken.push(text),
                    Outcome::Single | Outcome::TooLarge => {}
                    Outcome::Duplicate => prop_assert!(false, "no text comes twice"),
                _ => panic!("news to this model"),
}
                break;
            }
        }
        while let Some(message) = all.expire(now.after(LIMIT)) {
            shown.extend(texts(&message).into_values());
        }
        taken.sort();
        shown.sort();
        prop_assert_eq!(taken, shown);
    }
}
