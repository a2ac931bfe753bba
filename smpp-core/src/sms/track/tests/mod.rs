mod matching;
mod memory;

use super::*;

const LIMITS: Limits = Limits { receipt: Duration::from_secs(100), early_receipt: Duration::from_secs(10) };
const DELIVERED: Option<MessageState> = Some(MessageState::DELIVERED);
const ENROUTE: Option<MessageState> = Some(MessageState::ENROUTE);
const T0: Instant = Instant::ZERO;

/// Room for three parts and one receipt.
type Small = Tracker<[Entry; 4]>;

fn single(message: u32) -> MessagePart {
    MessagePart { message, part: 1, total: 1 }
}

fn part(part: u8) -> MessagePart {
    MessagePart { message: 1, part, total: 2 }
}

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

impl<S: AsRef<[Entry]> + AsMut<[Entry]>> Tracker<S> {
    fn accept(&mut self, message: u32, id: &str) -> Accepted {
        self.accepted(T0, single(message), id.as_bytes())
    }

    fn matched(&mut self, id: &str, state: Option<MessageState>) -> Match {
        match self.receipt(T0, id.as_bytes(), state) {
            ReceiptOutcome::Matched(matched) => matched,
            held => panic!("{id} {held:?}"),
        }
    }

    fn held(&mut self, now: Instant, id: &str, state: Option<MessageState>) -> (Change, Option<Evicted>) {
        match self.receipt(now, id.as_bytes(), state) {
            ReceiptOutcome::Held { change, evicted, .. } => (change, evicted),
            matched => panic!("{id} {matched:?}"),
        }
    }
}

#[test]
fn ids_are_matched_in_every_form_field_note_1() {
    for (response, receipt, form) in [
        ("4a38dc46", "4a38dc46", IdForm::Text),
        ("4a38dc46", "4A38DC46", IdForm::CaseFolded),
        ("0e999f21", "E999F21", IdForm::ZerosDropped),
        ("5f878c79", "1602718841", IdForm::HexInResponse),
        ("2F0A1B", "0003082779", IdForm::HexInResponse),
        ("1602718841", "5F878C79", IdForm::HexInReceipt),
        ("99999999999999999999", "56BC75E2D630FFFFF", IdForm::HexInReceipt),
        ("5f878c79-0e99-4a38", "5F878C79-0", IdForm::Truncated),
    ] {
        let mut tracker = Small::fixed(LIMITS, None);
        tracker.accept(1, response);
        assert_eq!(tracker.matched(receipt, DELIVERED).form, form, "{response} {receipt}");
        assert_eq!(tracker.form(), Some(form));
        // The receipt before the response.
        let mut tracker = Small::fixed(LIMITS, None);
        assert_eq!(tracker.held(T0, receipt, DELIVERED), (Change::New, None));
        assert_eq!(
            tracker.accept(1, response).early.map(|early| early.form),
            Some(form),
            "{response} {receipt}"
        );
        // A fixed form allows no other.
        for fixed in [
            IdForm::Text,
            IdForm::ZerosDropped,
            IdForm::HexInResponse,
            IdForm::HexInReceipt,
            IdForm::Truncated,
        ] {
            let mut tracker = Small::fixed(LIMITS, Some(fixed));
            tracker.accept(1, response);
            let outcome = tracker.receipt(T0, receipt.as_bytes(), DELIVERED);
            let is_whole = form <= IdForm::PunctuationDropped && fixed == IdForm::Truncated;
            let expected = fixed.base() == form.base() && form <= fixed || is_whole;
            assert_eq!(
                matches!(outcome, ReceiptOutcome::Matched(_)),
                expected,
                "{response} {receipt} {fixed:?}"
            );
        }
    }
}

#[test]
fn a_truncated_id_that_several_parts_may_have_is_given_to_none_of_them() {
    let mut tracker = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    tracker.accept(1, "2026112508-000001");
    tracker.accept(2, "2026112508-000002");
    assert_eq!(tracker.held(T0, "2026112508", DELIVERED).0, Change::New);
    assert_eq!(tracker.accept(3, "2026112508-000003").early, None, "it came before the third was accepted");
}

#[test]
fn short_ids_say_nothing_of_truncation_and_long_ones_rule_it_out() {
    let mut tracker = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    for (message, id) in [(1, "9999999997"), (2, "9999999998"), (3, "9999999999"), (4, "17")] {
        tracker.accept(message, id);
        tracker.matched(id, DELIVERED);
    }
    tracker.accept(5, "abcdef0123456789");
    assert_eq!(tracker.matched("abcdef0123", DELIVERED).form, IdForm::Truncated);
    tracker.accept(6, "whole-one-12");
    tracker.matched("whole-one-12", DELIVERED);
    tracker.accept(7, "abcdef9876543210");
    assert_eq!(tracker.held(T0, "abcdef98765", DELIVERED).0, Change::New);
    assert_eq!(tracker.matched("abcdef987654", DELIVERED).part.message, 7);
}

#[test]
fn what_was_learned_decides_between_forms_jasmin_20() {
    let mut tracker = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    // As text 16 is the second, as a number the first.
    tracker.accept(1, "10");
    tracker.accept(2, "16");
    for (message, response, receipt) in [(3, "ab", "171"), (4, "ac", "172")] {
        tracker.accept(message, response);
        assert_eq!(tracker.matched(receipt, DELIVERED).part.message, message);
    }
    assert_eq!(tracker.matched("16", DELIVERED).part.message, 1);
    assert_eq!(tracker.matched("22", DELIVERED).part.message, 2);
    // Sure by now: text alone is not enough any longer.
    tracker.accept(5, "abc");
    assert_eq!(tracker.held(T0, "ABC", DELIVERED).0, Change::New);
    let mut untaught = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    untaught.accept(1, "10");
    untaught.accept(2, "16");
    assert_eq!(untaught.matched("16", DELIVERED).part.message, 2);
    // Small numbers are the same in every base and teach nothing.
    let mut untaught = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    untaught.accept(1, "5");
    untaught.matched("5", DELIVERED);
    assert_eq!(untaught.form(), None);
}

#[test]
fn the_beginning_of_an_id_is_enough_if_no_other_id_has_it_too() {
    let mut tracker = Tracker::<[Entry; 16]>::fixed(LIMITS, None);
    for (message, id) in [(1, "0000000001-a"), (2, "0000000001-b"), (3, "0000000002-a")] {
        tracker.accept(message, id);
    }
    assert_eq!(tracker.held(T0, "0000000001", DELIVERED).0, Change::New, "of the first or of the second");
    assert_eq!(tracker.held(T0, "000000000", DELIVERED).0, Change::New, "too short");
    assert_eq!(tracker.matched("0000000002", DELIVERED).part.message, 3);
    assert_eq!(tracker.matched("0000000001-b", DELIVERED).part.message, 2, "whole ids go before");
    // Who writes ids in full three times does not truncate any.
    for (message, id) in [(4, "0000000004-a"), (5, "0000000005-a"), (6, "0000000006-a")] {
        tracker.accept(message, id);
        tracker.matched(id, DELIVERED);
    }
    tracker.accept(7, "0000000007-a");
    assert_eq!(tracker.held(T0, "0000000007", DELIVERED).0, Change::New);
}

#[test]
fn a_receipt_before_its_response_is_held_mokai_15_jasmin_616() {
    let mut tracker = Small::fixed(LIMITS, None);
    assert_eq!(tracker.held(T0, "a", ENROUTE).0, Change::New);
    assert_eq!(tracker.held(T0, "a", ENROUTE).0, Change::Duplicate);
    assert_eq!(tracker.held(T0, "a", DELIVERED).0, Change::New);
    assert_eq!(tracker.held(T0, "a", ENROUTE).0, Change::AfterFinal);
    let early = tracker.accept(1, "a").early.unwrap();
    assert_eq!((early.part, early.change, early.state), (single(1), Change::New, DELIVERED));
    assert_eq!(early.progress, Progress { outcome: Outcome::Delivered, open: 0 });
    assert_eq!((tracker.expire(at(1000)), tracker.poll_timeout()), (None, None));
}

#[test]
fn finals_stay_and_duplicates_are_told() {
    let mut tracker = Small::fixed(LIMITS, None);
    tracker.accept(1, "a");
    for (state, change, now) in [
        (ENROUTE, Change::New, ENROUTE),
        (ENROUTE, Change::Duplicate, ENROUTE),
        (None, Change::New, ENROUTE),
        (DELIVERED, Change::New, DELIVERED),
        (DELIVERED, Change::Duplicate, DELIVERED),
        (ENROUTE, Change::AfterFinal, DELIVERED),
        (Some(MessageState::UNDELIVERABLE), Change::AfterFinal, DELIVERED),
    ] {
        let matched = tracker.matched("a", state);
        assert_eq!((matched.change, matched.state), (change, now), "{state:?}");
    }
    // Remembered for as long as a receipt may take, then a new use of the id is something else.
    assert_eq!(tracker.held(at(100), "a", DELIVERED).0, Change::New);
}

#[test]
fn parts_fold_into_one_outcome() {
    let mut tracker = Small::fixed(LIMITS, None);
    for (number, id) in [(1, b"a"), (2, b"b")] {
        tracker.accepted(T0, part(number), id);
    }
    assert_eq!(tracker.matched("b", DELIVERED).progress, Progress { outcome: Outcome::Pending, open: 1 });
    assert_eq!(tracker.matched("a", DELIVERED).progress, Progress { outcome: Outcome::Delivered, open: 0 });

    let mut tracker = Small::fixed(LIMITS, None);
    assert_eq!(tracker.progress(1), None);
    tracker.ended(T0, part(2), PartEnd::Refused);
    assert_eq!(tracker.progress(1), Some(Progress { outcome: Outcome::Failed, open: 1 }));
    // Submitted again.
    tracker.accepted(T0, part(2), b"b");
    tracker.accepted(T0, part(1), b"a");
    assert_eq!(tracker.matched("b", DELIVERED).progress.outcome, Outcome::Pending);
    tracker.ended(T0, part(1), PartEnd::Unknown);
    assert_eq!(tracker.progress(1), Some(Progress { outcome: Outcome::Unknown, open: 0 }));
}

#[test]
fn a_part_that_is_submitted_again_makes_its_complete_message_matter_again() {
    let mut tracker = Tracker::<[Entry; 5]>::fixed(LIMITS, None);
    tracker.accepted(T0, part(1), b"a");
    tracker.ended(T0, part(2), PartEnd::Unknown);
    assert_eq!(tracker.matched("a", DELIVERED).progress, Progress { outcome: Outcome::Unknown, open: 0 });
    tracker.accepted(at(1), part(2), b"b");
    assert_eq!(tracker.progress(1), Some(Progress { outcome: Outcome::Pending, open: 1 }));
    for (message, id) in [(2, b"c"), (3, b"d")] {
        assert_eq!(tracker.accepted(at(2), single(message), id).evicted, None);
    }
    let evicted = tracker.accepted(at(2), single(4), b"e").evicted;
    assert_eq!(
        evicted,
        Some(Evicted::Part { part: part(1), state: DELIVERED }),
        "told, although it was delivered"
    );
}

#[test]
fn one_id_for_several_parts_takes_several_receipts() {
    let mut tracker = Small::fixed(LIMITS, None);
    for number in [1, 2] {
        tracker.accepted(T0, part(number), b"a");
    }
    assert_eq!(tracker.matched("a", DELIVERED).progress.open, 1);
    assert_eq!(tracker.matched("a", DELIVERED).progress.outcome, Outcome::Delivered);
    assert_eq!(tracker.matched("a", DELIVERED).change, Change::Duplicate);
    // No id at all matches nothing.
    for (none, other) in [("", ""), ("-", "-"), ("{}", "0"), ("0", "-")] {
        tracker.accept(9, none);
        assert_eq!(tracker.held(T0, other, DELIVERED).0, Change::New, "{none} {other}");
    }
}

#[test]
fn time_limits_end_parts_and_held_receipts() {
    let mut tracker = Small::fixed(LIMITS, None);
    tracker.accepted(T0, part(1), b"a");
    tracker.accepted(at(5), part(2), b"b");
    tracker.matched("b", DELIVERED);
    tracker.held(at(1), "x", ENROUTE);
    assert_eq!((tracker.poll_timeout(), tracker.expire(at(10))), (Some(at(11)), None));
    let Some(Evicted::Receipt { id, state }) = tracker.expire(at(11)) else { panic!() };
    assert_eq!((id.as_octets(), state), (&b"x"[..], ENROUTE));
    // It may be early, but only once.
    assert_eq!((tracker.expire(at(99)), tracker.poll_timeout()), (None, Some(at(100))));
    assert_eq!(tracker.expire(at(100)), Some(Evicted::Part { part: part(1), state: None }));
    assert_eq!(tracker.progress(1), Some(Progress { outcome: Outcome::Unknown, open: 0 }));
    assert_eq!((tracker.expire(at(1000)), tracker.poll_timeout()), (None, None));
    // Better late than never.
    let ReceiptOutcome::Matched(late) = tracker.receipt(at(150), b"a", DELIVERED) else { panic!() };
    assert_eq!((late.change, late.progress.outcome), (Change::New, Outcome::Delivered));
}
