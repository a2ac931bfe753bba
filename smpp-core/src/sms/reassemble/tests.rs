use super::*;
use crate::sms::udh::{Concatenation, Header, Shifts, Udh};
use crate::types::{Address, DataCoding};
use std::{boxed::Box, vec, vec::Vec};

const LIMIT: Duration = Duration::from_secs(60);
const T0: Instant = Instant::ZERO;

type Small = Reassembler<[Entry; 2], [u8; 128]>;

fn part(reference: u16, total: u8, sequence: u8, user_data: &[u8]) -> Part<'_> {
    Part {
        source: Address::international("46700000001"),
        destination: Address::alphanumeric("Shop"),
        kind: PartKind::Sar,
        reference,
        total,
        sequence,
        data_coding: DataCoding::DEFAULT,
        udh: None,
        user_data,
    }
}

fn missing(outcome: Outcome<'_>) -> (u8, Option<u8>) {
    match outcome {
        Outcome::Pending { missing, conflicting_total } => (missing, conflicting_total),
        other => panic!("{other:?}"),
    }
}

fn complete(outcome: Outcome<'_>) -> LongMessage<'_> {
    match outcome {
        Outcome::Complete(message) => message,
        other => panic!("{other:?}"),
    }
}

fn evicted(outcome: Outcome<'_>) -> (EvictReason, LongMessage<'_>) {
    match outcome {
        Outcome::Evicted { reason, message } => (reason, message),
        other => panic!("{other:?}"),
    }
}

/// In practice 17. Which session a part came over is not asked for (fizzed/cloudhopper#11).
#[test]
fn parts_of_different_lengths_join_in_any_order_over_any_bind() {
    for order in [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 1, 2]] {
        let mut all = Small::fixed(LIMIT);
        let texts: [&[u8]; 3] = [b"one", b"", b"three"];
        for (nth, sequence) in order.into_iter().enumerate() {
            let outcome = all.insert(T0, &part(7, 3, sequence, texts[usize::from(sequence) - 1]));
            if nth < 2 {
                assert_eq!(missing(outcome), (2 - nth as u8, None));
                continue;
            }
            let message = complete(outcome);
            assert_eq!((message.octets(), message.missing().count()), (&b"onethree"[..], 0));
            assert!(message.parts().map(|part| (part.sequence, part.user_data)).eq((1..).zip(texts)));
            assert_eq!(message.source(), Address::international("46700000001"));
            assert_eq!(message.destination(), Address::alphanumeric("Shop"));
            assert_eq!((message.kind(), message.reference(), message.total()), (PartKind::Sar, 7, 3));
        }
        assert_eq!((all.pending(), all.poll_timeout()), (0, None));
    }
}

#[test]
fn reference_0_is_legal_onomondo_uicc_174() {
    let mut all = Small::fixed(LIMIT);
    assert_eq!(missing(all.insert(T0, &part(0, 2, 1, b"a"))), (1, None));
    assert_eq!(complete(all.insert(T0, &part(0, 2, 2, b"b"))).octets(), b"ab");
}

#[test]
fn each_of_addresses_reference_total_and_kind_keeps_messages_apart() {
    let first = part(7, 3, 1, b"a");
    let other_type = Address { ton: crate::types::Ton::NATIONAL, ..first.source };
    for second in [
        Part { source: Address::international("46700000002"), ..first },
        Part { source: other_type, ..first },
        Part { destination: Address::alphanumeric("Ship"), ..first },
        Part { reference: 8, ..first },
        Part { kind: PartKind::Udh8, ..first },
        Part { kind: PartKind::Udh16, ..first },
        Part { total: 2, ..first },
    ] {
        let mut all = Small::fixed(LIMIT);
        let _ = all.insert(T0, &first);
        let conflict = (second.total != first.total).then_some(first.total);
        assert_eq!(missing(all.insert(T0, &second)), (second.total - 1, conflict), "{second:?}");
        assert_eq!(all.pending(), 2);
        assert!(matches!(all.insert(T0, &first), Outcome::Duplicate));
    }
}

#[test]
fn a_reference_that_is_used_again_ends_the_old_message_jamaa_39() {
    let mut all = Small::fixed(LIMIT);
    let _ = all.insert(T0, &part(7, 2, 1, b"old"));
    let (reason, message) = evicted(all.insert(T0, &part(7, 2, 1, b"new")));
    assert_eq!((reason, message.octets()), (EvictReason::ReferenceReused, &b"old"[..]));
    assert_eq!(message.missing().collect::<Vec<_>>(), [2]);
    assert_eq!(missing(all.insert(T0, &part(7, 2, 1, b"new"))), (1, None));
    assert_eq!(complete(all.insert(T0, &part(7, 2, 2, b"er"))).octets(), b"newer");
}

#[test]
fn the_oldest_is_evicted_and_shown_when_slots_or_octets_run_out() {
    let mut all = Small::fixed(LIMIT);
    let long = [b'x'; 61];
    let _ = all.insert(T0, &part(1, 2, 1, b"first"));
    let _ = all.insert(T0, &part(2, 2, 2, b"second"));
    let (reason, message) = evicted(all.insert(T0, &part(3, 2, 1, b"third")));
    assert_eq!((reason, message.reference(), message.octets()), (EvictReason::NoRoom, 1, &b"first"[..]));
    assert_eq!(missing(all.insert(T0, &part(3, 2, 1, b"third"))), (1, None));
    // Octets: the message that the part belongs to is spared even though it is the oldest.
    assert_eq!(evicted(all.insert(T0, &part(2, 2, 1, &long))).1.reference(), 3);
    assert_eq!(complete(all.insert(T0, &part(2, 2, 1, &long))).octets().len(), 67);
}

#[test]
fn what_cannot_be_held_or_is_no_part_is_told() {
    let mut all = Small::fixed(LIMIT);
    assert!(matches!(all.insert(T0, &part(1, 2, 1, &[0; 128])), Outcome::TooLarge));
    let _ = all.insert(T0, &part(1, 2, 1, &[0; 60]));
    assert!(matches!(all.insert(T0, &part(1, 2, 2, &[0; 60])), Outcome::TooLarge));
    assert_eq!(all.pending(), 1);
    for (total, sequence) in [(1, 1), (0, 0), (2, 0), (2, 3)] {
        assert!(matches!(all.insert(T0, &part(1, total, sequence, b"")), Outcome::Single));
    }
    assert!(matches!(
        Reassembler::<[Entry; 0], [u8; 100]>::fixed(LIMIT).insert(T0, &part(1, 2, 1, b"")),
        Outcome::TooLarge
    ));
}

#[test]
fn a_message_expires_with_what_came_of_it() {
    let mut all = Small::fixed(LIMIT);
    let later = Instant::from_millis(1000);
    let _ = all.insert(T0, &part(1, 3, 2, b"middle"));
    let _ = all.insert(later, &part(2, 2, 1, b"b"));
    assert_eq!(all.poll_timeout(), Some(T0.after(LIMIT)));
    assert!(all.expire(Instant::from_millis(59_999)).is_none());
    let message = all.expire(T0.after(LIMIT)).unwrap();
    assert_eq!((message.octets(), message.received()), (&b"middle"[..], 1));
    assert_eq!(message.missing().collect::<Vec<_>>(), [1, 3]);
    assert_eq!((all.pending(), all.poll_timeout()), (1, Some(later.after(LIMIT))));
    assert!(all.expire(T0.after(LIMIT)).is_none());
    assert_eq!(all.expire(later.after(LIMIT)).unwrap().reference(), 2);
    assert_eq!(all.poll_timeout(), None);
}

#[test]
fn parts_keep_their_headers_and_codings() {
    let mut all = Small::fixed(LIMIT);
    let address = Address::international("1");
    for (sequence, language) in [(2, Some(1)), (1, None)] {
        let concatenation = Concatenation { reference: 9, wide: true, total: 2, sequence };
        let shifts = Shifts { single: language, locking: None };
        let header = Header { concatenation: Some(concatenation), shifts, ..Header::NONE };
        let mut octets = [0; 16];
        let length = header.encode(&mut octets).unwrap();
        let (udh, _) = Udh::split(&octets[..length]).unwrap();
        let part = Part::from_udh(address, address, DataCoding::DEFAULT, udh, b"x").unwrap();
        assert_eq!(part.kind, PartKind::Udh16);
        if let Outcome::Complete(message) = all.insert(T0, &part) {
            assert_eq!(message.coding(), None);
            let singles: Vec<_> = message.parts().map(|part| part.udh.shifts().single).collect();
            assert_eq!(singles, [None, Some(1)]);
            return;
        }
    }
    panic!("not complete");
}

#[test]
fn two_hundred_and_fifty_five_parts_join() {
    let mut all = Reassembler::<[Entry; 1], [u8; 4096]>::fixed(LIMIT);
    for sequence in (2..=255).rev() {
        let _ = all.insert(T0, &part(1, 255, sequence, &[sequence]));
    }
    let message = complete(all.insert(T0, &part(1, 255, 1, &[1])));
    assert!(message.octets().iter().copied().eq(1..=255));
    assert_eq!(message.coding(), Some((DataCoding::DEFAULT, Shifts::NONE)));
}

/// Holes are closed, messages are moved behind others and others before them: what they hold stays.
#[test]
fn messages_that_grow_in_turn_keep_their_texts_in_memory_that_is_full_to_the_last_octet() {
    // Three messages of a key of 21 octets and five parts of 5 and 7 octets.
    const OCTETS: usize = 3 * (21 + 5 * 12);
    let text = |message: u8, sequence: u8| [message * 16 + sequence; 7];
    for spare in [0, 1, 50, 1000] {
        let octets = vec![0; OCTETS + spare].into_boxed_slice();
        let mut all = Reassembler::new(vec![Entry::EMPTY; 3], octets, LIMIT);
        for round in 0..20u16 {
            for sequence in [3, 1, 5, 2] {
                for message in 1..=3u8 {
                    let user_data = text(message, sequence);
                    let part = part(round * 3 + u16::from(message), 5, sequence, &user_data);
                    let _ = missing(all.insert(T0, &part));
                }
            }
            for message in [2, 1, 3u8] {
                let user_data = text(message, 4);
                let outcome = all.insert(T0, &part(round * 3 + u16::from(message), 5, 4, &user_data));
                let whole = complete(outcome);
                let texts = (1..=5).flat_map(|sequence| text(message, sequence));
                assert!(whole.octets().iter().copied().eq(texts), "{spare} {round} {message}");
            }
        }
    }
}

/// In a thread whose stack holds a hundredth of it.
#[test]
fn a_reassembler_of_65536_messages_is_made_filled_and_emptied_on_a_small_stack() {
    const MESSAGES: u16 = 65_535;
    let run = || {
        let entries: Box<[Entry]> = vec![Entry::EMPTY; 65_536].into_boxed_slice();
        let mut all = Reassembler::new(entries, vec![0; 4 << 20], LIMIT);
        for reference in 0..MESSAGES {
            assert_eq!(missing(all.insert(T0, &part(reference, 2, 2, b"b"))), (1, None));
        }
        for reference in (0..MESSAGES).step_by(2) {
            assert_eq!(complete(all.insert(T0, &part(reference, 2, 1, b"a"))).octets(), b"ab");
        }
        for reference in (1..MESSAGES).step_by(2) {
            assert_eq!(all.expire(T0.after(LIMIT)).unwrap().reference(), reference);
        }
        assert!(all.expire(T0.after(LIMIT)).is_none());
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn storage_that_was_used_before_is_as_good_as_new() {
    let (mut entries, mut octets) = ([Entry::EMPTY; 3], [0; 200]);
    for _ in 0..2 {
        let mut all = Reassembler::new(&mut entries[..], &mut octets[..], LIMIT);
        assert_eq!((all.pending(), all.poll_timeout()), (0, None));
        for reference in [7, 8] {
            assert_eq!(missing(all.insert(T0, &part(reference, 2, 1, b"a"))), (1, None));
        }
    }
}
