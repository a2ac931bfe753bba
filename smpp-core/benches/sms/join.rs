//! The second part of the oldest message comes, and the first of a new one.

use smpp_core::Instant;
use smpp_core::sms::reassemble::{Entry, Outcome, Part, PartKind, Reassembler};
use smpp_core::types::{Address, DataCoding};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

const OPEN: [u16; 3] = [8, 1_024, 4_096];
const TEXT: [u8; 134] = [b'x'; 134];

fn part(reference: u16, sequence: u8) -> Part<'static> {
    Part {
        source: Address::international("46700000001"),
        destination: Address::international("46700000002"),
        kind: PartKind::Udh16,
        reference,
        total: 2,
        sequence,
        data_coding: DataCoding::DEFAULT,
        udh: None,
        user_data: &TEXT,
    }
}

struct Load {
    all: Reassembler<Vec<Entry>, Vec<u8>>,
    oldest: u16,
    next: u16,
}

impl Load {
    /// Half of the octets are free.
    fn new(open: u16) -> Self {
        let entries = vec![Entry::EMPTY; usize::from(open) + 1];
        let octets = vec![0; usize::from(open) * 2 * 200];
        let mut load =
            Self { all: Reassembler::new(entries, octets, Duration::from_secs(60)), oldest: 0, next: 0 };
        (0..open).for_each(|_| load.begin());
        load
    }

    fn begin(&mut self) {
        let outcome = self.all.insert(Instant::ZERO, black_box(&part(self.next, 1)));
        assert!(matches!(outcome, Outcome::Pending { .. }));
        self.next = self.next.wrapping_add(1);
    }

    fn turn(&mut self) {
        let outcome = self.all.insert(Instant::ZERO, black_box(&part(self.oldest, 2)));
        let Outcome::Complete(message) = outcome else { panic!("{outcome:?}") };
        black_box(message.octets());
        self.oldest = self.oldest.wrapping_add(1);
        self.begin();
    }
}

static LOADS: [LazyLock<Mutex<Load>>; 3] = [
    LazyLock::new(|| Mutex::new(Load::new(OPEN[0]))),
    LazyLock::new(|| Mutex::new(Load::new(OPEN[1]))),
    LazyLock::new(|| Mutex::new(Load::new(OPEN[2]))),
];

pub(crate) fn ours(size: usize, times: u32) {
    let mut load = LOADS[size].lock().expect("one case at a time");
    (0..times).for_each(|_| load.turn());
}

type Map = (HashMap<(Vec<u8>, Vec<u8>, u16), Vec<u8>>, u16, u16);

static MAPS: [LazyLock<Mutex<Map>>; 3] = [
    LazyLock::new(|| Mutex::new(map_of(OPEN[0]))),
    LazyLock::new(|| Mutex::new(map_of(OPEN[1]))),
    LazyLock::new(|| Mutex::new(map_of(OPEN[2]))),
];

fn key(part: &Part<'_>) -> (Vec<u8>, Vec<u8>, u16) {
    let octets = |address: Address<'_>| address.addr.as_octets().to_vec();
    (octets(part.source), octets(part.destination), part.reference)
}

fn map_of(open: u16) -> Map {
    ((0..open).map(|reference| (key(&part(reference, 1)), TEXT.to_vec())).collect(), 0, open)
}

pub(crate) fn map(size: usize, times: u32) {
    let (map, oldest, next) = &mut *MAPS[size].lock().expect("one case at a time");
    for _ in 0..times {
        let last = black_box(part(*oldest, 2));
        let mut text = map.remove(&key(&last)).expect("it is there");
        text.extend_from_slice(last.user_data);
        black_box(text);
        *oldest = oldest.wrapping_add(1);
        let first = black_box(part(*next, 1));
        map.insert(key(&first), first.user_data.to_vec());
        *next = next.wrapping_add(1);
    }
}
