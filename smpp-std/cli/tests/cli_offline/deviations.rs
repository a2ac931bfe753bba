//! What is tolerated, by name, field and place; and refused with `--strict`. In practice 9 to 12, 18 and 22 to 24.

use crate::run::{decode, smpp};
use crate::wire::{Message, hex, pdu, tlv};
use serde_json::{Value, json};

fn submit(message: Message) -> Vec<u8> {
    message.submit_sm()
}

/// Where the fields of [`Message`] stand when only those behind them were changed.
const SHORT_MESSAGE: u64 = 53;
const TLVS: u64 = 58;

/// A PDU and the deviations that it has: name, field, offset, octets left over.
fn vectors() -> Vec<(Vec<u8>, Value)> {
    let default = Message::default;
    let left = |name: &str, at: u64, octets: &str| json!([{ "name": name, "field": "tlvs", "offset": at, "octets": octets }]);
    let one =
        |name: &str, field: &str, offset: u64| json!([{ "name": name, "field": field, "offset": offset }]);
    let reference = tlv(0x0204, &[0, 7]);
    vec![
        // In practice 10: octets behind the body.
        (submit(Message { tlvs: vec![0], ..default() }), left("trailing_octets", TLVS, "00")),
        (
            submit(Message { tlvs: [&reference[..], &[1, 2, 3]].concat(), ..default() }),
            left("trailing_octets", TLVS + 6, "010203"),
        ),
        (submit(Message { sm_length: Some(4), ..default() }), left("trailing_octets", TLVS - 1, "6f")),
        (pdu(0x15, 0, 1, b"\r\n"), left("trailing_octets", 16, "0d0a")),
        (
            submit(Message { tlvs: [&reference[..], b"\x14\0\0\x05abc"].concat(), ..default() }),
            left("tlv_overrun", TLVS + 6, "14000005616263"),
        ),
        (pdu(0x8000_0004, 0, 1, b"id\0\x02\x04\0\x02\x07"), left("tlv_overrun", 19, "0204000207")),
        // In practice 24: network_error_code as ASCII. In practice 11.
        (
            submit(Message { tlvs: tlv(0x0204, &[7]), ..default() }),
            one("tlv_length", "user_message_reference", TLVS),
        ),
        (
            Message { tlvs: tlv(0x0423, b"003a"), ..default() }.deliver_sm(),
            one("tlv_length", "network_error_code", TLVS),
        ),
        (
            submit(Message { tlvs: [&reference[..], &reference].concat(), ..default() }),
            one("duplicate_tlv", "user_message_reference", TLVS + 6),
        ),
        // In practice 9: bodies that are absent, short, or there although the status is an error.
        (pdu(0x8000_0021, 0, 1, b"id\0"), one("missing_fields", "no_unsuccess", 19)),
        (pdu(0x8000_0003, 0, 1, b"id\0\0"), one("missing_fields", "message_state", 20)),
        (pdu(0x8000_0004, 0, 1, b""), one("missing_body", "body", 16)),
        (pdu(0x8000_0009, 0, 1, b""), one("missing_body", "body", 16)),
        (pdu(0x8000_0004, 0x58, 1, b"\0"), one("body_in_error", "body", 16)),
        (pdu(0x8000_0004, 0x58, 1, b"without NUL"), one("body_in_error", "body", 16)),
        (pdu(0x8000_0004, 0, 1, b"Q00000001"), one("missing_nul", "message_id", 16)),
        (pdu(0x8000_0009, 0, 1, b"smsc"), one("missing_nul", "system_id", 16)),
        // In practice 12: long passwords and system ids.
        (pdu(9, 0, 1, b"me\0longpassword\0\0\x34\0\0\0"), one("overlong_string", "password", 19)),
        (pdu(0x8000_0009, 0, 1, b"a-system-id-of-20-ch\0"), one("overlong_string", "system_id", 16)),
        (submit(Message { source: b"B\xFCro".to_vec(), ..default() }), one("non_ascii", "source_addr", 19)),
        (
            submit(Message { validity_period: b"260101120000".to_vec(), ..default() }),
            one("time_length", "validity_period", 47),
        ),
        // In practice 22.
        (pdu(0x15, 0, 0, b""), one("sequence_number", "sequence_number", 12)),
        (pdu(0x15, 0, 0x8000_0000, b""), one("sequence_number", "sequence_number", 12)),
        (pdu(0x15, 3, 1, b""), one("status_in_request", "command_status", 8)),
        // In practice 18.
        (
            submit(Message { tlvs: tlv(0x0424, b"long"), ..default() }),
            one("text_and_payload", "short_message", SHORT_MESSAGE),
        ),
        (submit(Message { esm_class: 0x40, ..default() }), one("bad_udh", "short_message", SHORT_MESSAGE)),
    ]
}

#[test]
fn each_deviation_is_told_by_name_field_and_offset() {
    for (octets, expected) in vectors() {
        let run = decode(&hex(&octets));
        let line = run.line();
        assert_eq!(line["deviations"].to_string(), expected.to_string(), "{}", run.stdout);
        assert_eq!(run.code, 0, "tolerated");
        assert!(line.get("body").is_some() && line.get("error").is_none());
    }
}

#[test]
fn strict_makes_each_deviation_an_error_of_the_same_place() {
    for (octets, expected) in vectors() {
        let run = smpp(&["decode", "--json", "--strict", &hex(&octets)], b"");
        let line = run.line();
        let error = &line["error"];
        let place = json!([{ "name": error["fault"], "field": error["field"], "offset": error["offset"] }]);
        let mut expected = expected;
        expected[0].as_object_mut().unwrap().shift_remove("octets");
        assert_eq!(place, expected, "{}", run.stdout);
        assert!(line.get("body").is_none() && error["status"].as_str().unwrap().starts_with("ESME_R"));
        assert_eq!((run.code, &line["command_length"]), (1, &json!(octets.len())));
    }
}

#[test]
fn every_name_of_the_contract_has_a_vector() {
    let names = [
        "trailing_octets",
        "tlv_overrun",
        "tlv_length",
        "duplicate_tlv",
        "missing_fields",
        "missing_body",
        "body_in_error",
        "overlong_string",
        "non_ascii",
        "time_length",
        "sequence_number",
        "status_in_request",
        "text_and_payload",
        "bad_udh",
        "missing_nul",
    ];
    for name in names {
        assert!(vectors().iter().any(|(_, expected)| expected[0]["name"] == name), "{name}");
    }
}

#[test]
fn fields_that_are_not_there_are_not_in_body() {
    let line = decode(&hex(&pdu(0x8000_0003, 0, 1, b"id\0\0"))).line();
    assert_eq!(line["body"], json!({ "message_id": "id", "final_date": "" }));
    let line = decode(&hex(&pdu(0x8000_0004, 0, 1, b""))).line();
    assert_eq!(line["body"], json!({}));
    let line = decode(&hex(&pdu(0x8000_0004, 0x58, 1, b"id\0"))).line();
    assert_eq!(line["body"], json!({ "message_id": "id" }));
}

#[test]
fn tlvs_before_an_overrun_are_kept_and_odd_ones_kept_raw() {
    let tlvs = [&tlv(0x0204, &[7])[..], b"\x14\0\xff\xffabc"].concat();
    let line = decode(&hex(&submit(Message { tlvs, ..Message::default() }))).line();
    assert_eq!(line["tlvs"], json!([{ "tag": 516, "name": "user_message_reference", "value": "07" }]));
}

#[test]
fn a_bad_header_of_user_data_leaves_all_of_it_as_text() {
    let line = decode(&hex(&submit(Message { esm_class: 0x40, ..Message::default() }))).line();
    assert_eq!((&line["udh"], &line["text"]), (&json!("invalid"), &json!("Hello")));
    let data = decode(&hex(&pdu(0x103, 0, 1, b"\0\0\0\0\0\0\0\x40\0\0"))).line();
    assert_eq!((&data["udh"], &data["deviations"][0]["name"]), (&json!("invalid"), &json!("bad_udh")));
}

#[test]
fn unknown_values_and_tlvs_are_no_deviation() {
    let tlvs = [tlv(0x1400, b""), tlv(0x1400, b""), tlv(0xFFFF, b"x"), tlv(0x000C, b"x")].concat();
    let mut octets = submit(Message { esm_class: 0x3C, data_coding: 0x0B, tlvs, ..Message::default() });
    octets[17] = 0x77;
    let run = smpp(&["decode", "--json", "--strict", &hex(&octets)], b"");
    let line = run.line();
    assert_eq!(
        (&line["deviations"], &line["body"]["source_addr_ton"], run.code),
        (&json!([]), &json!(0x77), 0)
    );
    assert_eq!(
        decode(&hex(&pdu(0x8000_0000, 3, 0, b""))).line()["deviations"],
        json!([]),
        "generic_nack of 0"
    );
}

#[test]
fn strings_in_tlvs_may_end_without_a_nul() {
    let tlvs = tlv(0x001E, b"0123");
    let octets = hex(&Message { tlvs, ..Message::default() }.deliver_sm());
    for options in [&["decode", "--json", &octets][..], &["decode", "--json", "--strict", &octets]] {
        assert_eq!(smpp(options, b"").line()["deviations"], json!([]));
    }
}
