//! `smpp encode`: the inverse of decode, and JSON that people write.

use crate::generator::{Chance, generate};
use crate::run::{decode, smpp};
use crate::wire::{Message, hex, pdu, tlv};
use serde_json::{Value, json};
use smpp_core::types::CommandId;

fn encode(line: &Value) -> Value {
    smpp(&["encode", "--json"], line.to_string().as_bytes()).line()
}

#[test]
fn encode_of_decode_is_the_same_for_every_command() {
    let mut chance = Chance(0x5EED);
    let pdus: Vec<_> =
        (0..60).flat_map(|_| CommandId::NAMED).map(|id| hex(&generate(*id, &mut chance))).collect();
    assert_eq!(CommandId::NAMED.len(), 33);
    let decoded = smpp(&["decode", "--json", "--strict"], pdus.join("\n").as_bytes());
    assert_eq!((decoded.code, decoded.stderr.as_str()), (0, ""));
    for line in decoded.lines() {
        assert_eq!(line["deviations"], json!([]), "{line}");
    }
    let encoded = smpp(&["encode", "--json"], decoded.stdout.as_bytes());
    assert_eq!(encoded.code, 0);
    for ((at, line), pdu) in encoded.lines().iter().enumerate().zip(&pdus) {
        assert_eq!(*line, json!({ "input": at, "hex": pdu }));
    }
    assert_eq!(encoded.lines().len(), pdus.len());
    let plain = smpp(&["encode"], decoded.stdout.as_bytes());
    assert_eq!(plain.stdout.lines().collect::<Vec<_>>(), pdus);
}

#[test]
fn user_data_headers_and_unknown_tlvs_survive() {
    let tlvs = [tlv(0x1400, b""), tlv(0xFFFF, b"\0\xff"), tlv(0x1400, b"again")].concat();
    let short_message = b"\x05\0\x03\x2a\x02\x01\x1b\x65".to_vec();
    let octets = hex(&Message { esm_class: 0x40, short_message, tlvs, ..Message::default() }.deliver_sm());
    assert_eq!(encode(&decode(&octets).line())["hex"], octets);
}

#[test]
fn an_error_response_keeps_its_shape() {
    for octets in [
        pdu(0x8000_0004, 0x58, 1, b""),
        pdu(0x8000_0009, 0xDEAD_BEEF, 1, b""),
        pdu(0x8000_0004, 0x58, 1, b"id\0"),
    ] {
        let octets = hex(&octets);
        assert_eq!(encode(&decode(&octets).line())["hex"], octets);
    }
}

#[test]
fn missing_fields_count_as_zero_and_empty() {
    let line = encode(&json!({ "command": "enquire_link" }));
    assert_eq!(line, json!({ "input": 0, "hex": hex(&pdu(0x15, 0, 0, b"")) }));
    let line = encode(&json!({ "command_id": 4, "body": { "short_message": "6869" }, "sequence_number": 9 }));
    assert_eq!(line["hex"], hex(&pdu(4, 0, 9, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02hi")));
    let line = encode(&json!({ "command": "submit_sm_resp" }));
    assert_eq!(line["hex"], hex(&pdu(0x8000_0004, 0, 0, b"\0")));
    let multi = json!({ "command": "submit_multi", "body": { "dest_address": [{ "dest_flag": 2 }, { "dest_flag": 1, "destination_addr": "1" }] } });
    assert_eq!(
        encode(&multi)["hex"],
        hex(&pdu(0x21, 0, 0, b"\0\0\0\0\x02\x02\0\x01\0\x001\0\0\0\0\0\0\0\0\0\0\0"))
    );
}

#[test]
fn lengths_are_computed_and_not_read() {
    let line = json!({
        "input": 7, "command_length": 9999, "command": "submit_sm",
        "body": { "sm_length": 77, "short_message": "6869" },
    });
    let encoded = encode(&line);
    assert_eq!((&encoded["input"], encoded["hex"].as_str().unwrap().len()), (&json!(7), 70));
    assert!(encoded["hex"].as_str().unwrap().starts_with("00000023"));
}

#[test]
fn lines_that_cannot_be_written_are_told_and_the_rest_goes_on() {
    let lines = [
        ("{".to_owned(), "not_json", "line"),
        ("[]".to_owned(), "not_json", "line"),
        (String::new(), "not_json", "line"),
        (json!({}).to_string(), "missing", "command"),
        (json!({ "command": null }).to_string(), "missing", "command"),
        (json!({ "command": "submit" }).to_string(), "unknown_command", "command"),
        (json!({ "command_id": 0x999 }).to_string(), "unknown_command", "command_id"),
        (json!({ "command": "unbind", "command_id": 4 }).to_string(), "contradiction", "command_id"),
        (json!({ "command": "unbind_resp", "status": "NONE" }).to_string(), "unknown_status", "status"),
        (
            json!({ "command": "unbind_resp", "status": "ESME_RSYSERR", "command_status": 9 }).to_string(),
            "contradiction",
            "command_status",
        ),
        (
            json!({ "command": "unbind", "sequence_number": -1 }).to_string(),
            "out_of_range",
            "sequence_number",
        ),
        (
            json!({ "command": "unbind", "sequence_number": 4_294_967_296_u64 }).to_string(),
            "out_of_range",
            "sequence_number",
        ),
        (json!({ "command": "unbind", "sequence_number": "1" }).to_string(), "wrong_type", "sequence_number"),
        (
            json!({ "command": "submit_sm", "body": { "esm_class": 256 } }).to_string(),
            "out_of_range",
            "esm_class",
        ),
        (
            json!({ "command": "submit_sm", "body": { "esm_class": 1.5 } }).to_string(),
            "out_of_range",
            "esm_class",
        ),
        (
            json!({ "command": "submit_sm", "body": { "source_addr": "1".repeat(21) } }).to_string(),
            "too_long",
            "source_addr",
        ),
        (
            json!({ "command": "submit_sm", "body": { "source_addr": "a\u{0}b" } }).to_string(),
            "inner_nul",
            "source_addr",
        ),
        (
            json!({ "command": "submit_sm", "body": { "source_addr": "ж" } }).to_string(),
            "out_of_range",
            "source_addr",
        ),
        (
            json!({ "command": "submit_sm", "body": { "source_addr": 5 } }).to_string(),
            "wrong_type",
            "source_addr",
        ),
        (
            json!({ "command": "submit_sm", "body": { "short_message": "0" } }).to_string(),
            "bad_hex",
            "short_message",
        ),
        (
            json!({ "command": "submit_sm", "body": { "short_message": "00".repeat(256) } }).to_string(),
            "too_long",
            "short_message",
        ),
        (
            json!({ "command": "submit_sm", "body": { "sourceaddr": "1" } }).to_string(),
            "unknown_field",
            "sourceaddr",
        ),
        (json!({ "command": "submit_sm", "body": [] }).to_string(), "wrong_type", "body"),
        (
            json!({ "command": "submit_multi", "body": { "dest_address": [{}] } }).to_string(),
            "bad_dest_flag",
            "dest_flag",
        ),
        (
            json!({ "command": "submit_multi", "body": { "dest_address": {} } }).to_string(),
            "wrong_type",
            "dest_address",
        ),
        (json!({ "command": "submit_sm", "tlvs": [{ "tag": 65_536 }] }).to_string(), "out_of_range", "tag"),
        (
            json!({ "command": "submit_sm", "tlvs": [{ "tag": 5, "value": "xy" }] }).to_string(),
            "bad_hex",
            "value",
        ),
        (json!({ "command": "submit_sm", "tlvs": [{}] }).to_string(), "missing", "tag"),
        (
            json!({ "command": "submit_sm", "error": { "fault": "truncated" } }).to_string(),
            "not_decoded",
            "error",
        ),
    ];
    let good = json!({ "command": "unbind" }).to_string();
    let input: Vec<_> = lines.iter().map(|(line, _, _)| line.clone()).chain([good]).collect();
    let run = smpp(&["encode", "--json"], (input.join("\n") + "\n").as_bytes());
    let answers = run.lines();
    assert_eq!((answers.len(), run.code), (lines.len() + 1, 1));
    for (at, ((line, fault, field), answer)) in lines.iter().zip(&answers).enumerate() {
        assert_eq!(*answer, json!({ "input": at, "error": { "fault": fault, "field": field } }), "{line}");
    }
    assert!(answers.last().unwrap().get("hex").is_some());
}

#[test]
fn long_passwords_are_written_up_to_64_octets() {
    let bind = |length| json!({ "command": "bind_transceiver", "body": { "password": "x".repeat(length) } });
    assert!(encode(&bind(64)).get("hex").is_some());
    assert_eq!(encode(&bind(65))["error"]["fault"], "too_long");
}

#[test]
fn a_status_may_be_named() {
    let line = encode(&json!({ "command": "submit_sm_resp", "status": "ESME_RTHROTTLED" }));
    assert_eq!(line["hex"], "00000010800000040000005800000000");
}

#[test]
fn a_tlv_may_be_named() {
    let line =
        encode(&json!({ "command": "data_sm_resp", "tlvs": [{ "name": "message_state", "value": "02" }] }));
    assert_eq!(line["hex"], hex(&pdu(0x8000_0103, 0, 0, b"\0\x04\x27\0\x01\x02")));
}
