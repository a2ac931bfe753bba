//! What becomes of parts and receipts when room or time runs out.

use super::*;
use std::{boxed::Box, collections::BTreeSet, format, vec, vec::Vec};

fn evicted_part(number: u32) -> Option<Evicted> {
    Some(Evicted::Part { part: single(number), state: None })
}

#[test]
fn when_room_runs_out_what_is_complete_goes_first_and_every_eviction_is_told() {
    let mut tracker = Tracker::<[Entry; 5]>::fixed(LIMITS, None);
    tracker.accept(1, "a");
    for number in [1, 2] {
        let part = MessagePart { message: 2, part: number, total: 2 };
        tracker.accepted(at(1), part, b"b");
        tracker.matched("b", DELIVERED);
    }
    tracker.held(at(2), "x", ENROUTE);
    assert_eq!(tracker.accepted(at(3), single(3), b"c").evicted, None);
    // Both parts of the second message are forgotten together.
    assert_eq!(tracker.accepted(at(4), single(4), b"d").evicted, None);
    assert_eq!(tracker.progress(2), None);
    for number in [5, 6] {
        assert_eq!(tracker.ended(at(5), single(number), PartEnd::Refused), None, "it is complete at once");
    }
    assert_eq!(tracker.progress(5), None);
    assert_eq!(tracker.accepted(at(6), single(7), b"e").evicted, None);
    assert_eq!(tracker.ended(at(7), single(8), PartEnd::Refused), evicted_part(1));
    let evicted = tracker.held(at(7), "z", ENROUTE).1;
    assert!(
        matches!(evicted, Some(Evicted::Receipt { id, state: ENROUTE }) if id.as_octets() == b"x"),
        "{evicted:?}"
    );
}

#[test]
fn receipts_of_nobody_never_push_out_a_part_nor_parts_them() {
    let mut tracker = Tracker::<[Entry; 8]>::fixed(LIMITS, None);
    for number in 0..6 {
        assert_eq!(tracker.accept(number, &format!("ours-{number}")).evicted, None);
    }
    let mut told = Vec::new();
    for number in 0..1000 {
        let (change, evicted) = tracker.held(at(1), &format!("theirs-{number}"), DELIVERED);
        assert_eq!(change, Change::New);
        told.extend(evicted.map(|evicted| match evicted {
            Evicted::Receipt { id, .. } => std::string::String::from_utf8(id.as_octets().to_vec()).unwrap(),
            part => panic!("{part:?}"),
        }));
    }
    assert!(
        told.iter().enumerate().all(|(number, id)| *id == format!("theirs-{number}")),
        "the oldest first"
    );
    assert_eq!(told.len(), 998);
    assert_eq!(tracker.accepted(at(2), single(6), b"ours-6").evicted, evicted_part(0));
    for number in 1..7 {
        assert_eq!(tracker.matched(&format!("ours-{number}"), DELIVERED).part.message, number);
    }
    assert_eq!(
        tracker.accepted(at(2), single(7), b"theirs-999").early.map(|early| early.state),
        Some(DELIVERED)
    );
}

#[test]
fn a_receipt_with_two_ids_is_one_receipt() {
    let mut tracker = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    let ids =
        ReceiptIds { receipted_message_id: Some(b"x"), text_id: Some(b"y"), user_message_reference: None };
    let held = |outcome| match outcome {
        ReceiptOutcome::Held { change, evicted: None, .. } => change,
        outcome => panic!("{outcome:?}"),
    };
    assert_eq!(held(tracker.receipt(T0, ids, ENROUTE)), Change::New);
    assert_eq!(held(tracker.receipt(T0, b"y", ENROUTE)), Change::Duplicate);
    assert_eq!(held(tracker.receipt(T0, b"x", DELIVERED)), Change::New);
    assert_eq!(tracker.accept(1, "y").early.map(|early| early.state), Some(DELIVERED));
    assert_eq!(tracker.accept(2, "x").early, None);
    tracker.receipt(T0, ids, DELIVERED);
    tracker.accept(1, "z");
    tracker.accept(2, "zz");
    tracker.receipt(T0, ids, DELIVERED);
    assert!(matches!(tracker.expire(at(10)), Some(Evicted::Receipt { id, .. }) if id.as_octets() == b"x"));
    assert_eq!(tracker.expire(at(10)), None);
}

#[test]
fn without_room_everything_is_told_at_once() {
    let mut none = Tracker::<[Entry; 0]>::fixed(LIMITS, None);
    assert_eq!(none.accept(1, "a").evicted, evicted_part(1));
    assert!(matches!(none.held(T0, "a", DELIVERED).1, Some(Evicted::Receipt { .. })));
    let mut one = Tracker::<[Entry; 1]>::fixed(LIMITS, None);
    assert!(matches!(one.held(T0, "a", DELIVERED).1, Some(Evicted::Receipt { .. })));
    assert_eq!((one.accept(1, "a").evicted, one.accept(2, "b").evicted), (None, evicted_part(1)));
}

#[test]
fn storage_that_was_used_before_is_as_good_as_new() {
    let mut storage = [Entry::EMPTY; 8];
    for _ in 0..2 {
        let mut tracker = Tracker::new(&mut storage[..], LIMITS, None);
        assert_eq!(tracker.held(T0, "a", DELIVERED), (Change::New, None));
        assert_eq!((tracker.progress(1), tracker.accept(2, "b").early), (None, None));
        tracker.accept(1, "c");
    }
}

/// In a thread whose stack holds a hundredth of it.
#[test]
fn a_tracker_of_65536_is_made_filled_and_emptied_on_a_small_stack() {
    const PARTS: u32 = 65_536 - 8_192;
    let run = || {
        let storage: Box<[Entry]> = vec![Entry::EMPTY; 65_536].into_boxed_slice();
        let mut tracker = Tracker::new(storage, LIMITS, None);
        for number in 0..PARTS {
            let accepted = tracker.accepted(T0, single(number), format!("{number:08x}-{number}").as_bytes());
            assert_eq!(accepted.evicted, None);
        }
        for number in (0..PARTS).step_by(2) {
            let matched = tracker.matched(&format!("{number:08X}{number}"), DELIVERED);
            assert_eq!(matched.part.message, number);
        }
        // The rest is due at once: what this costs is linear, or it would last for minutes here.
        let mut left: BTreeSet<_> = (1..PARTS).step_by(2).collect();
        while let Some(evicted) = tracker.expire(at(100)) {
            let Evicted::Part { part, .. } = evicted else { panic!("{evicted:?}") };
            assert!(left.remove(&part.message));
        }
        assert_eq!((left.len(), tracker.poll_timeout()), (0, None));
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap().join().unwrap();
}
