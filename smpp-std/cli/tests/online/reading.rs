//! How deliveries are read in both commands that have a link: nothing that was in them is missing from their events.

use crate::program::{Ended, send, smpp};
use crate::support::{Line, serve};
use serde_json::{Value, json};
use smpp_core::pdu::{DeliverSm, SubmitSmResp, UnbindResp};
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandId, CommandStatus, DataCoding, EsmClass, Tag};

const OK: CommandStatus = CommandStatus::ESME_ROK;

const TLVS: [Tlv<'static>; 2] =
    [Tlv { tag: Tag::USER_MESSAGE_REFERENCE, value: &[1, 2] }, Tlv { tag: Tag(0x1400), value: b"vendor" }];

/// What is delivered, and the fields that its event must have.
fn deliveries() -> Vec<(DeliverSm<'static>, &'static str, Value)> {
    let message = |coding, octets| DeliverSm {
        data_coding: DataCoding(coding),
        short_message: octets,
        ..DeliverSm::default()
    };
    let receipt = |octets| DeliverSm { esm_class: EsmClass::MC_DELIVERY_RECEIPT, ..message(0, octets) };
    let beside = json!({
        "user_message_reference": 258,
        "tlvs": [
            {"tag": 516, "name": "user_message_reference", "value": "0102"},
            {"tag": 5120, "name": null, "value": "76656e646f72"},
        ],
    });
    vec![
        (DeliverSm { tlvs: (&TLVS[..]).into(), ..message(0, b"hi") }, "message", beside.clone()),
        (DeliverSm { tlvs: (&TLVS[..]).into(), ..receipt(b"id:9 stat:DELIVRD") }, "receipt", beside),
        (receipt(b"id:9 stat:DELIVRD mcc:262"), "receipt", json!({"extra": {"mcc": "262"}})),
        (
            receipt(b"no words"),
            "receipt",
            json!({"state": null, "text": "no words", "octets": "6e6f20776f726473"}),
        ),
        (receipt(b""), "receipt", json!({"state": null, "text": "", "octets": ""})),
        (message(8, b"\xFF\xFEA\0B\0"), "message", json!({"text": "AB", "octets": null})),
        (message(8, b"\xFE\xFF\0A\0B"), "message", json!({"text": "AB", "octets": null})),
        (message(0, b"Caf\xE9"), "message", json!({"text": "Caf\u{FFFD}", "octets": "436166e9"})),
    ]
}

fn deliver_all(line: &mut Line) {
    for (pdu, ..) in deliveries() {
        line.write(pdu, OK, 5);
        line.expect(CommandId::DELIVER_SM_RESP);
    }
}

/// In their order, messages and receipts each on its own.
fn check(ended: &Ended) {
    let mut events = [ended.events("message"), ended.events("receipt")].concat().into_iter();
    let mut expected = deliveries();
    expected.sort_by_key(|(_, name, _)| *name);
    for (_, name, fields) in expected {
        let event = events.next().unwrap();
        assert_eq!(event["event"], name);
        for (field, value) in fields.as_object().unwrap() {
            assert_eq!(&event[field], value, "{field} of {event}");
        }
    }
    assert_eq!(events.next(), None);
}

fn part(line: &mut Line) {
    let number = line.expect(CommandId::UNBIND);
    line.write(UnbindResp::default(), OK, number);
}

#[test]
fn a_listener_gives_everything_that_a_delivery_has() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        deliver_all(&mut line);
        part(&mut line);
    });
    let count = deliveries().len().to_string();
    let ended = smpp(["listen", "--json", "--count", &count, "--connect", &address]);
    thread.join().unwrap();
    check(&ended);
}

#[test]
fn a_sender_gives_everything_that_a_delivery_has() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let number = line.expect(CommandId::SUBMIT_SM);
        deliver_all(&mut line);
        line.write(SubmitSmResp { message_id: "1".into(), ..SubmitSmResp::default() }, OK, number);
        part(&mut line);
    });
    let ended = send(&address, &["--no-receipt", "--to", "49151", "hello"]);
    thread.join().unwrap();
    check(&ended);
}

#[test]
fn the_default_alphabet_is_a_setting_of_the_link() {
    for (alphabet, octets, text) in [
        ("latin1", &b"Caf\xE9"[..], "Café"),
        ("utf8", b"Caf\xC3\xA9", "Café"),
        ("ascii", b"a@b", "a@b"),
        ("gsm7-packed", b"\xC8\x32\x9B\xFD\x06", "Hello"),
    ] {
        let (address, thread) = serve(move |mut line| {
            line.accept_bind();
            line.write(DeliverSm { short_message: octets, ..DeliverSm::default() }, OK, 5);
            line.expect(CommandId::DELIVER_SM_RESP);
            part(&mut line);
        });
        let args =
            ["listen", "--json", "--count", "1", "--default-alphabet", alphabet, "--connect", &address];
        let ended = smpp(args);
        thread.join().unwrap();
        let message = &ended.events("message")[0];
        assert_eq!((&message["text"], &message["octets"]), (&json!(text), &Value::Null), "{alphabet}");
    }
}
