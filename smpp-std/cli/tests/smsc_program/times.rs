//! Times and accounts of messages.

use crate::raw::{Raw, request};
use crate::simulator::{Esme, PATIENCE, Simulator, text_to};
use serde_json::json;
use smpp_core::pdu::{Pdu, ReplaceSm, SubmitSm};
use smpp_core::session::Config;
use smpp_core::types::{CommandId, CommandStatus, EsmClass, RegisteredDelivery};
use std::time::Duration;

fn part(reference: u8, sequence: u8, text: &[u8; 2]) -> [u8; 8] {
    [5, 0, 3, reference, 2, sequence, text[0], text[1]]
}

fn submit_part(esme: &mut Esme, user_data: &[u8]) {
    esme.submit(&SubmitSm {
        esm_class: EsmClass::UDHI,
        short_message: user_data,
        registered_delivery: RegisteredDelivery::NONE,
        ..text_to("4915112345678")
    });
}

/// A reference is an account's own.
#[test]
fn parts_of_one_reference_from_two_accounts_are_not_joined() {
    let simulator = Simulator::start(&[]);
    let [mut one, mut other] = ["one", "other"].map(|name| {
        let mut esme = Esme::connect(&simulator, Config::default());
        esme.bind(name, "");
        esme
    });
    submit_part(&mut one, &part(9, 1, b"he"));
    submit_part(&mut other, &part(9, 2, b"ye"));
    submit_part(&mut other, &part(9, 1, b"go"));
    submit_part(&mut one, &part(9, 2, b"lo"));
    assert_eq!(simulator.wait_for("message")["text"], "goye");
    assert_eq!(simulator.wait_for("message")["text"], "helo");
    // Two sessions of one account share it.
    let mut second = Esme::connect(&simulator, Config::default());
    second.bind("one", "");
    submit_part(&mut one, &part(9, 1, b"ab"));
    submit_part(&mut second, &part(9, 2, b"cd"));
    assert_eq!(simulator.wait_for("message")["text"], "abcd");
}

/// What follows a message counts from when it is known to be accepted.
#[test]
fn a_phone_answers_behind_a_late_response_and_not_what_expired() {
    let simulator =
        Simulator::start(&["--fault", "late:300ms", "--receipt-after", "0", "--rule", "49=mo:yes"]);
    let mut esme = Esme::bound(&simulator);
    let quiet = SubmitSm { registered_delivery: RegisteredDelivery::NONE, ..text_to("4915112345678") };
    esme.client.send(&quiet).unwrap();
    while esme.answers.is_empty() {
        assert!(esme.step(PATIENCE), "no answer in time");
        assert!(esme.delivered.is_empty(), "the phone was quicker than the response");
    }
    assert!(
        matches!(esme.next_deliver().pdu(), Ok(Pdu::DeliverSm(answer)) if answer.short_message == b"yes")
    );

    let simulator = Simulator::start(&["--rule", "49=mo:yes", "--receipt-after", "0"]);
    let mut esme = Esme::bound(&simulator);
    esme.submit(&SubmitSm { validity_period: "200101000000000+".into(), ..quiet });
    assert!(esme.is_quiet_for(Duration::from_millis(200)), "it never had the message");
}

/// `qos_time_to_live` comes before validity_period (5.0 §4.8.4.46).
#[test]
fn a_time_to_live_overrides_the_validity_period() {
    let simulator = Simulator::start(&["--receipt-after", "30s"]);
    let mut raw = Raw::bound(&simulator, 0x50);
    let day = &b"000001000000000R\0"[..];
    let second = b"\x01\0\0\0\x01x\0\x17\0\x04\0\0\0\x01";
    let body = [b"\0\0\0\0\x01\x01491\0\0\0\0\0", day, second].concat();
    assert_eq!(raw.answer(&request(CommandId::SUBMIT_SM, &body)), CommandStatus::ESME_ROK);
    let receipt = raw.next().unwrap();
    let Ok(Pdu::DeliverSm(receipt)) = receipt.pdu() else { panic!("{receipt:?}") };
    assert_eq!(receipt.tlvs.message_state(), Some(3), "expired");
}

#[test]
fn a_replacement_with_a_time_that_is_none_is_refused() {
    let simulator = Simulator::start(&["--receipt-after", "30s"]);
    let mut esme = Esme::bound(&simulator);
    let text = text_to("4915112345678");
    let id = esme.submit(&text);
    let replace = ReplaceSm { message_id: id.as_str().into(), source: text.source, ..ReplaceSm::default() };
    for (replace, status) in [
        (ReplaceSm { schedule_delivery_time: "soon".into(), ..replace }, CommandStatus::ESME_RINVSCHED),
        (ReplaceSm { validity_period: "123".into(), ..replace }, CommandStatus::ESME_RINVEXPIRY),
        (replace, CommandStatus::ESME_ROK),
    ] {
        assert_eq!(esme.answer(&replace).header().command_status, status);
    }
}

#[test]
fn texts_are_read_by_the_alphabet_of_the_link() {
    for (alphabet, octets, text) in [
        ("latin1", &b"caf\xE9"[..], "café"),
        ("utf8", "café".as_bytes(), "café"),
        ("gsm7", b"caf\x05", "café"),
    ] {
        let simulator = Simulator::start(&["--default-alphabet", alphabet]);
        Esme::bound(&simulator).submit(&SubmitSm { short_message: octets, ..text_to("4915112345678") });
        assert_eq!(simulator.wait_for("message")["text"], json!(text), "{alphabet}");
        let pdus = simulator.everything();
        assert!(pdus.contains(&json!(text).to_string().replace('é', "\\u00e9")), "{alphabet}: {pdus}");
    }
}
