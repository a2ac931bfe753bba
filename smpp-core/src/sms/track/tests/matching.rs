//! Which part a receipt is given to.

use super::*;
use crate::sms::receipt::{ReceiptTlvs, Report};
use std::string::ToString;

type Wide = Tracker<[Entry; 16]>;

const UUID: &str = "a1b2c3d4-0000-4000-8000-00000000000f";
const UUID_PLAIN: &str = "a1b2c3d4000040008000000000000F";

fn two<'a>(tlv: &'a str, text: &'a str) -> ReceiptIds<'a> {
    ReceiptIds {
        receipted_message_id: Some(tlv.as_bytes()),
        text_id: Some(text.as_bytes()),
        user_message_reference: None,
    }
}

fn referenced(id: &str, reference: u16) -> ReceiptIds<'_> {
    ReceiptIds { user_message_reference: Some(reference), ..ReceiptIds::from(id.as_bytes()) }
}

impl Wide {
    fn accept_referenced(&mut self, message: u32, id: &str, reference: u16) -> Accepted {
        let ids = PartIds { message_id: id.as_bytes(), user_message_reference: Some(reference) };
        self.accepted(T0, single(message), ids)
    }

    /// The message that a delivery is given to, and how; or whether it is ambiguous.
    fn deliver<'a>(&mut self, ids: impl Into<ReceiptIds<'a>>) -> Result<(u32, IdForm), bool> {
        match self.receipt(T0, ids, DELIVERED) {
            ReceiptOutcome::Matched(matched) => Ok((matched.part.message, matched.form)),
            ReceiptOutcome::Held { is_ambiguous, .. } => Err(is_ambiguous),
        }
    }
}

/// Two sources of one fact, one of them trusted blindly.
#[test]
fn the_id_of_the_tlv_is_tried_before_that_of_the_text_and_either_is_enough() {
    for (response, tlv, text, form) in [
        ("ABC123", "zzz", "ABC123", IdForm::Text),
        ("ABC123", "ABC123", "zzz", IdForm::Text),
        ("ABC123", "", "ABC123", IdForm::Text),
        ("ABC123", "abc123", "", IdForm::CaseFolded),
        ("5f878c79", "zzz", "1602718841", IdForm::HexInResponse),
        ("0e99-9f21", "zzz", "E999F21", IdForm::PunctuationDropped),
        ("a1b2c3d4e5f6a7b8", "zzz", "a1b2c3d4e5", IdForm::Truncated),
        (UUID, UUID_PLAIN, UUID, IdForm::Text),
    ] {
        let mut tracker = Wide::fixed(LIMITS, None);
        tracker.accept(1, response);
        assert_eq!(tracker.deliver(two(tlv, text)), Ok((1, form)), "{response} {tlv} {text}");
        // The receipt before its response.
        let mut tracker = Wide::fixed(LIMITS, None);
        assert_eq!(tracker.deliver(two(tlv, text)), Err(false));
        let early = tracker.accept(1, response).early;
        assert_eq!(early.map(|early| early.part.message), Some(1), "{response} {tlv} {text}");
        assert_eq!(tracker.expire(at(1000)), None, "its other id is gone with it");
    }
}

#[test]
fn of_two_parts_the_one_with_the_tlvs_id_has_the_receipt_unless_only_the_texts_is_exact() {
    let mut tracker = Wide::fixed(LIMITS, None);
    for (message, id) in [(1, "first"), (2, "second"), (3, "third-x")] {
        tracker.accept(message, id);
    }
    assert_eq!(tracker.deliver(two("second", "first")), Ok((2, IdForm::Text)));
    assert_eq!(tracker.deliver(two("THIRDX", "first")), Ok((1, IdForm::Text)));
    assert_eq!(tracker.deliver(two("THIRDX", "none")), Ok((3, IdForm::PunctuationDropped)));
}

#[test]
fn a_receipt_that_is_read_brings_both_ids_and_the_reference() {
    let tlvs = ReceiptTlvs {
        receipted_message_id: Some(b"zzz\0junk"),
        user_message_reference: Some(7),
        ..ReceiptTlvs::default()
    };
    let report = Report::new(b"id:ABC123 stat:DELIVRD", tlvs);
    let ids = ReceiptIds::from(&report);
    assert_eq!(ids.different(), [&b"zzz"[..], b"ABC123"]);
    assert_eq!(ids.user_message_reference, Some(7));
    let mut tracker = Wide::fixed(LIMITS, None);
    tracker.accept(1, "ABC123");
    assert_eq!(tracker.deliver(&report), Ok((1, IdForm::Text)));
}

/// Tolerance that stops at punctuation.
#[test]
fn hyphens_braces_blanks_and_case_are_folded_in_every_form_jasmin_953() {
    let plain = UUID.replace('-', "");
    for (response, receipt, form) in [
        (UUID, plain.as_str(), IdForm::PunctuationDropped),
        (plain.as_str(), UUID, IdForm::PunctuationDropped),
        (UUID, "{A1B2C3D4-0000-4000-8000-00000000000F}", IdForm::PunctuationDropped),
        ("ABC123", " abc123  ", IdForm::PunctuationDropped),
        (" 00ABC123", "abc-123", IdForm::PunctuationDropped),
        ("{5f878c79}", "1602718841 ", IdForm::HexInResponse),
        ("1602718841", " 5F87-8C79", IdForm::HexInReceipt),
        (UUID, "A1B2C3D400004000", IdForm::Truncated),
        ("{a1b2c3d4-0000-4000-8000-00000000000f}", "a1b2c3d4-0000", IdForm::Truncated),
    ] {
        let mut tracker = Wide::fixed(LIMITS, None);
        tracker.accept(1, response);
        assert_eq!(tracker.deliver(receipt.as_bytes()), Ok((1, form)), "{response} {receipt}");
        let mut tracker = Wide::fixed(LIMITS, None);
        tracker.deliver(receipt.as_bytes()).unwrap_err();
        assert_eq!(
            tracker.accept(1, response).early.map(|early| early.form),
            Some(form),
            "{response} {receipt}"
        );
    }
}

#[test]
fn what_is_folded_and_fits_several_ids_is_given_to_none_of_them() {
    for (ids, receipt) in [
        (["a-b1", "ab-1"], "ab1"),
        (["aB1", "Ab1"], "AB1"),
        (["0a1", "00a1"], "a1"),
        (["5f878c79", "05F878C79"], "{1602718841}"),
        (["a1b2c3d4e5-1", "a1b2c3d4e5-2"], "a1b2c3d4e5"),
    ] {
        let mut tracker = Wide::fixed(LIMITS, None);
        for (message, id) in (1..).zip(ids) {
            tracker.accept(message, id);
        }
        assert_eq!(tracker.deliver(receipt.as_bytes()), Err(true), "{receipt}");
        // Exact goes before folded, and it is told at the end.
        assert_eq!(tracker.deliver(ids[1].as_bytes()), Ok((2, IdForm::Text)));
        let Some(Evicted::Receipt { id, .. }) = tracker.expire(at(10)) else { panic!("{receipt}") };
        assert_eq!(id.as_octets(), receipt.as_bytes());
    }
}

#[test]
fn ids_that_are_longer_than_allowed_are_told_apart_to_their_last_octet() {
    for length in [64, 65, 66, 100, 300] {
        let id = "0123456789abcdef".repeat(20)[..length].to_string();
        let other = id[..length - 1].to_string() + "x";
        let mut tracker = Wide::fixed(LIMITS, None);
        tracker.accept(1, &id);
        tracker.accept(2, &other);
        assert_eq!(tracker.deliver(other.as_bytes()), Ok((2, IdForm::Text)), "{length}");
        assert_eq!(tracker.deliver(id.as_bytes()), Ok((1, IdForm::Text)), "{length}");
        assert_eq!(tracker.deliver((id.clone() + "y").as_bytes()), Err(false), "{length}");
        let folded = if length > 64 { IdForm::PunctuationDropped } else { IdForm::CaseFolded };
        assert_eq!(tracker.deliver(id.to_uppercase().as_bytes()), Ok((1, folded)), "{length}");
        // The receipt first.
        let mut tracker = Wide::fixed(LIMITS, None);
        tracker.deliver(id.as_bytes()).unwrap_err();
        assert_eq!(tracker.accept(2, &other).early, None, "{length}");
        assert_eq!(tracker.accept(1, &id).early.map(|early| early.form), Some(IdForm::Text), "{length}");
    }
    // What is behind the 64th octet in another case only.
    let mut tracker = Wide::fixed(LIMITS, None);
    let long = ["abcdef".repeat(11), "abcdef".repeat(10) + "abcdEF"];
    for (message, id) in (1..).zip(&long) {
        tracker.accept(message, id);
    }
    assert_eq!(tracker.deliver(long[1].as_bytes()), Ok((2, IdForm::Text)));
    assert_eq!(tracker.deliver(long[0].as_bytes()), Ok((1, IdForm::Text)));
    assert_eq!(tracker.deliver(long[1].to_uppercase().as_bytes()), Err(true));
    // Cut to what SMPP allows in the receipt.
    let long = "0123456789abcdef".repeat(5);
    let mut tracker = Wide::fixed(LIMITS, None);
    tracker.accept(1, &long);
    assert_eq!(tracker.deliver(&long.as_bytes()[..64]), Ok((1, IdForm::Truncated)));
}

#[test]
fn the_reference_joins_what_the_ids_do_not() {
    for id in ["", "zzz"] {
        let mut tracker = Wide::fixed(LIMITS, None);
        tracker.accept_referenced(1, "a1", 6);
        tracker.accept_referenced(2, "a2", 7);
        assert_eq!(tracker.deliver(referenced(id, 7)), Ok((2, IdForm::Reference)), "{id}");
        assert_eq!(tracker.deliver(referenced("a1", 7)), Ok((1, IdForm::Text)), "an id goes before it");
        assert_eq!(tracker.form(), Some(IdForm::Text), "it says nothing of ids");
        assert_eq!(tracker.deliver(referenced("zzy", 9)), Err(false));
        // The receipt before its response.
        assert_eq!(tracker.deliver(referenced(id, 5)), Err(false));
        let early = tracker.accept_referenced(3, "a3", 5).early;
        assert_eq!(early.map(|early| early.form), Some(IdForm::Reference));
    }
}

#[test]
fn a_reference_that_several_parts_have_or_that_comes_with_anothers_id_joins_nothing() {
    let mut tracker = Wide::fixed(LIMITS, None);
    tracker.accept_referenced(1, "a1", 7);
    tracker.accept_referenced(2, "a2", 7);
    assert_eq!(tracker.deliver(referenced("", 7)), Err(true));
    assert_eq!(tracker.deliver(b"a1"), Ok((1, IdForm::Text)));
    assert_eq!(tracker.deliver(referenced("", 7)), Ok((2, IdForm::Reference)), "the only one that waits");
    // Three receipts were joined by their ids: one with another id is not ours.
    for (message, id) in [(3, "a3"), (4, "a4")] {
        tracker.accept_referenced(message, id, 8);
        tracker.deliver(id.as_bytes()).unwrap();
    }
    tracker.accept_referenced(5, "a5", 9);
    assert_eq!(tracker.deliver(referenced("zzz", 9)), Err(false));
    assert_eq!(tracker.deliver(referenced("", 9)), Ok((5, IdForm::Reference)));
}
