//! A message is accepted and the receipt of the oldest comes.

use smpp_core::Instant;
use smpp_core::sms::track::{Entry, Evicted, Limits, MessagePart, ReceiptOutcome, Tracker};
use smpp_core::types::MessageState;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

const OUTSTANDING: [u32; 3] = [100, 4_096, 65_536];

/// [`OUTSTANDING`] in a tracker that has just the room, and the last one in one that remembers as many again.
pub(crate) const REMEMBERING: usize = 3;
const LIMITS: Limits = Limits { receipt: Duration::from_secs(100), early_receipt: Duration::from_secs(10) };
const DELIVERED: Option<MessageState> = Some(MessageState::DELIVERED);

type Id = [u8; 16];

/// Hexadecimal digits, in no order.
fn id(number: u32) -> Id {
    let mut value = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    core::array::from_fn(|_| {
        let digit = b"0123456789abcdef"[(value & 15) as usize];
        value >>= 4;
        digit
    })
}

struct Load {
    tracker: Tracker<Vec<Entry>>,
    oldest: u32,
    next: u32,
    strangers: u32,
}

impl Load {
    /// With room for so many parts, outstanding and remembered; the tracker keeps an eighth for receipts.
    fn new(outstanding: u32, room: usize) -> Self {
        let tracker = Tracker::new(vec![Entry::EMPTY; room * 8 / 7 + 8], LIMITS, None);
        let mut load = Self { tracker, oldest: 0, next: 0, strangers: 0 };
        (0..outstanding).for_each(|_| load.accept());
        // So that it has learned the form, and remembers what it can.
        (0..outstanding).for_each(|_| load.turn());
        load
    }

    fn accept(&mut self) {
        let part = MessagePart { message: self.next, part: 1, total: 1 };
        black_box(self.tracker.accepted(Instant::ZERO, part, black_box(&id(self.next))));
        self.next = self.next.wrapping_add(1);
    }

    fn turn(&mut self) {
        let id = black_box(id(self.oldest));
        let outcome = self.tracker.receipt(Instant::ZERO, &id, DELIVERED);
        assert!(matches!(outcome, ReceiptOutcome::Matched(_)));
        self.oldest = self.oldest.wrapping_add(1);
        self.accept();
    }
}

static LOADS: [LazyLock<Mutex<Load>>; 4] = [
    LazyLock::new(|| Mutex::new(Load::new(100, 100))),
    LazyLock::new(|| Mutex::new(Load::new(4_096, 4_096))),
    LazyLock::new(|| Mutex::new(Load::new(65_536, 65_536))),
    LazyLock::new(|| Mutex::new(Load::new(65_536, 131_072))),
];

pub(crate) fn ours(size: usize, times: u32) {
    let mut load = LOADS[size].lock().expect("one case at a time");
    (0..times).for_each(|_| load.turn());
}

pub(crate) fn stranger(size: usize, times: u32) {
    let mut load = LOADS[size].lock().expect("one case at a time");
    for _ in 0..times {
        load.strangers = load.strangers.wrapping_add(1);
        let id = black_box(id(0x8000_0000 + load.strangers));
        let outcome = load.tracker.receipt(Instant::ZERO, &id, DELIVERED);
        assert!(matches!(outcome, ReceiptOutcome::Held { .. }));
    }
}

/// As many are accepted as there is room for, and then they are all due.
pub(crate) fn expire(times: u32) {
    static DUE: LazyLock<Mutex<(Tracker<Vec<Entry>>, u64)>> = LazyLock::new(|| {
        let tracker = Tracker::new(vec![Entry::EMPTY; 65_536 * 8 / 7 + 1], LIMITS, None);
        Mutex::new((tracker, 0))
    });
    let (tracker, seconds) = &mut *DUE.lock().expect("one case at a time");
    let mut left = times;
    while left > 0 {
        let now = Instant::from_millis(*seconds * 1000);
        for number in 0..65_536.min(left) {
            let part = MessagePart { message: number, part: 1, total: 1 };
            tracker.accepted(now, part, &id(number));
        }
        *seconds += 200;
        let now = Instant::from_millis(*seconds * 1000);
        while let Some(evicted) = tracker.expire(now) {
            assert!(matches!(black_box(evicted), Evicted::Part { .. }));
            left -= 1;
        }
    }
}

/// Where messages are found, the oldest one and the next one.
type Map = (HashMap<Id, u32>, u32, u32);

static MAPS: [LazyLock<Mutex<Map>>; 3] = [
    LazyLock::new(|| Mutex::new(map_of(OUTSTANDING[0]))),
    LazyLock::new(|| Mutex::new(map_of(OUTSTANDING[1]))),
    LazyLock::new(|| Mutex::new(map_of(OUTSTANDING[2]))),
];

fn map_of(outstanding: u32) -> Map {
    ((0..outstanding).map(|number| (id(number), number)).collect(), 0, outstanding)
}

pub(crate) fn map(size: usize, times: u32) {
    let (map, oldest, next) = &mut *MAPS[size].lock().expect("one case at a time");
    for _ in 0..times {
        black_box(map.remove(&black_box(id(*oldest)))).expect("it is there");
        *oldest = oldest.wrapping_add(1);
        map.insert(black_box(id(*next)), *next);
        *next = next.wrapping_add(1);
    }
}
