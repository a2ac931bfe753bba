//! The reassembler under any list of parts, beside a naive one that counts its octets.

use super::header;
use crate::Source;
use smpp_core::Instant;
use smpp_core::sms::reassemble::{Entry, EvictReason, LongMessage, Outcome, Part, PartKind, Reassembler};
use smpp_core::sms::udh::{Shifts, Udh};
use smpp_core::types::{Address, DataCoding};
use std::collections::BTreeMap;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

fn addresses() -> [Address<'static>; 4] {
    [
        Address::international("46700000001"),
        Address::international("467"),
        Address::alphanumeric("467"),
        Address::alphanumeric(""),
    ]
}

const KINDS: [PartKind; 3] = [PartKind::Udh8, PartKind::Udh16, PartKind::Sar];

/// User data headers beside what they say of the part: none, a concatenation, languages, ports.
const HEADERS: [Option<&[u8]>; 5] = [
    None,
    Some(b"\x05\x00\x03\x2A\x02\x01"),
    Some(b"\x03\x24\x01\x01"),
    Some(b"\x0A\x00\x03\x2A\x02\x01\x25\x01\x03\x70\x00"),
    Some(b"\x06\x05\x04\x0B\x84\x23\xF0"),
];

/// Any parts, with much room or little: each ends as the naive reassembler says, and a message that is lost is told.
pub fn reassemble(input: &[u8]) {
    let mut choices = Source::new(input);
    match choices.octet() % 5 {
        0 => answers(1, 120, &mut choices),
        1 => answers(3, 160, &mut choices),
        2 => answers(2, 400, &mut choices),
        3 => answers(16, 4096, &mut choices),
        _ => header::splits(&mut choices),
    }
}

/// A part with few different values, so that messages meet.
fn part<'i>(choices: &mut Source<'i>) -> Part<'i> {
    let data_coding = DataCoding([0, 0, 0, 8][usize::from(choices.octet() % 4)]);
    let numbers = choices.octet();
    let (total, sequence) = match numbers {
        0xFF => (choices.octet(), choices.octet()),
        _ => (numbers % 5, numbers / 5 % 6),
    };
    let udh = choices.pick(&HEADERS).map(|user_data| Udh::split(user_data).unwrap().0);
    let (kind, reference) = (choices.pick(&KINDS), choices.u16() % 3);
    let size = choices.pick(&[0, 1, 2, 30, 140]);
    let user_data = choices.octets(size);
    let (source, destination) = (choices.pick(&addresses()), choices.pick(&addresses()[..2]));
    Part { source, destination, kind, reference, total, sequence, data_coding, udh, user_data }
}

/// What a part is kept as.
type Kept = (DataCoding, Vec<u8>, Shifts, Vec<u8>);

fn kept(part: &Part<'_>) -> Kept {
    let elements = part.udh.map_or(Vec::new(), |udh| udh.as_octets().to_vec());
    (part.data_coding, part.user_data.to_vec(), part.udh.map_or(Shifts::NONE, Udh::shifts), elements)
}

/// Whether it is the same part as `other`: other elements of the header do not count.
fn is_same(one: &Kept, other: &Kept) -> bool {
    (one.0, &one.1, one.2) == (other.0, &other.1, other.2)
}

#[derive(Debug)]
struct Message<'i> {
    /// Its first part: addresses, kind, reference and total.
    first: Part<'i>,
    since: Instant,
    parts: BTreeMap<u8, Kept>,
}

impl Message<'_> {
    fn has_reference(&self, part: &Part<'_>) -> bool {
        let of = |part: &Part<'_>| (part.kind, part.reference);
        let addresses = (self.first.source, self.first.destination) == (part.source, part.destination);
        of(&self.first) == of(part) && addresses
    }

    /// Of the memory: as documented, both addresses and 6, and of each part text, header and 5.
    fn octets(&self) -> usize {
        let parts = self.parts.values().map(|(_, text, _, elements)| 5 + text.len() + elements.len());
        self.first.source.addr.len() + self.first.destination.addr.len() + 6 + parts.sum::<usize>()
    }

    /// It is what was lent.
    fn check(&self, lent: &LongMessage<'_>) {
        let Part { source, destination, kind, reference, total, .. } = self.first;
        assert_eq!((lent.source(), lent.destination()), (source, destination));
        assert_eq!((lent.kind(), lent.reference(), lent.total()), (kind, reference, total));
        assert_eq!((lent.since(), usize::from(lent.received())), (self.since, self.parts.len()));
        let parts = lent.parts().map(|part| {
            let elements = part.udh.as_octets().to_vec();
            (part.sequence, (part.data_coding, part.user_data.to_vec(), part.udh.shifts(), elements))
        });
        assert_eq!(parts.collect::<BTreeMap<_, _>>(), self.parts);
        assert!(lent.octets().iter().eq(self.parts.values().flat_map(|(_, text, ..)| text)));
        assert!(lent.missing().eq((1..=total).filter(|sequence| !self.parts.contains_key(sequence))));
        let mut codings = self.parts.values().map(|(coding, _, shifts, _)| (*coding, *shifts));
        let first = codings.next();
        assert_eq!(lent.coding(), first.filter(|first| codings.all(|coding| coding == *first)));
    }
}

/// Messages in the order in which they began.
struct Naive<'i> {
    slots: usize,
    octets: usize,
    messages: Vec<Message<'i>>,
}

enum Answer<'i> {
    Single,
    Duplicate,
    TooLarge,
    Pending(u8, Option<u8>),
    Complete(Message<'i>),
    Evicted(EvictReason, Message<'i>),
}

impl<'i> Naive<'i> {
    fn insert(&mut self, now: Instant, part: Part<'i>) -> Answer<'i> {
        if part.total < 2 || !(1..=part.total).contains(&part.sequence) {
            return Answer::Single;
        }
        let new = kept(&part);
        let found = self
            .messages
            .iter()
            .position(|other| other.has_reference(&part) && other.first.total == part.total);
        let mut message = Message { first: part, since: now, parts: BTreeMap::new() };
        if let Some(index) = found {
            match self.messages[index].parts.get(&part.sequence) {
                Some(old) if is_same(old, &new) => return Answer::Duplicate,
                Some(_) => return self.evict(index, EvictReason::ReferenceReused),
                None => message.parts.clone_from(&self.messages[index].parts),
            }
        }
        message.parts.insert(part.sequence, new);
        if message.octets() > self.octets {
            return Answer::TooLarge;
        }
        let others: usize = self
            .messages
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != found)
            .map(|(_, other)| other.octets())
            .sum();
        let no_slot = found.is_none() && self.messages.len() == self.slots;
        if no_slot || others + message.octets() > self.octets {
            return self.evict(usize::from(found == Some(0)), EvictReason::NoRoom);
        }
        let missing = part.total - message.parts.len() as u8;
        let index = found.unwrap_or(self.messages.len());
        match found {
            Some(_) => self.messages[index].parts = message.parts,
            None => self.messages.push(message),
        }
        if missing == 0 {
            return Answer::Complete(self.messages.remove(index));
        }
        let mut totals =
            self.messages.iter().filter(|other| other.has_reference(&part)).map(|other| other.first.total);
        Answer::Pending(missing, totals.find(|total| *total != part.total))
    }

    fn evict(&mut self, index: usize, reason: EvictReason) -> Answer<'i> {
        Answer::Evicted(reason, self.messages.remove(index))
    }

    fn expire(&mut self, now: Instant) -> Option<Message<'i>> {
        let is_over = self.messages.first().is_some_and(|first| first.since.after(LIMIT) <= now);
        is_over.then(|| self.messages.remove(0))
    }
}

fn answers(slots: usize, octets: usize, choices: &mut Source<'_>) {
    let mut all = Reassembler::new(vec![Entry::EMPTY; slots], vec![0; octets], LIMIT);
    let mut naive = Naive { slots, octets, messages: Vec::new() };
    let mut now = Instant::ZERO;
    while !choices.is_empty() {
        now = now.after(Duration::from_secs(choices.pick(&[0, 0, 0, 1, 7, 31])));
        loop {
            match (all.expire(now), naive.expire(now)) {
                (Some(lent), Some(message)) => message.check(&lent),
                (None, None) => break,
                (lent, message) => panic!("{lent:?} expired, not {message:?}"),
            }
        }
        let part = part(choices);
        while insert(&mut all, &mut naive, now, part) {
            assert_eq!(all.pending(), naive.messages.len());
        }
        assert_eq!(all.pending(), naive.messages.len());
        assert_eq!(all.poll_timeout(), naive.messages.first().map(|first| first.since.after(LIMIT)));
    }
}

/// Hands one part to both. Gives whether it is to be handed in again.
fn insert<'i>(
    all: &mut Reassembler<Vec<Entry>, Vec<u8>>,
    naive: &mut Naive<'i>,
    now: Instant,
    part: Part<'i>,
) -> bool {
    match (all.insert(now, &part), naive.insert(now, part)) {
        (Outcome::Single, Answer::Single)
        | (Outcome::Duplicate, Answer::Duplicate)
        | (Outcome::TooLarge, Answer::TooLarge) => false,
        (Outcome::Pending { missing, conflicting_total }, Answer::Pending(left, conflicting)) => {
            assert_eq!((missing, conflicting_total), (left, conflicting));
            false
        }
        (Outcome::Complete(lent), Answer::Complete(message)) => {
            message.check(&lent);
            false
        }
        (Outcome::Evicted { reason, message: lent }, Answer::Evicted(expected, message)) => {
            assert_eq!(reason, expected);
            message.check(&lent);
            true
        }
        (outcome, _) => panic!("{outcome:?}"),
    }
}
