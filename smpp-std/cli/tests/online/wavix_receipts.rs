//! One test for each row of the provider's page that is about delivery reports and error codes.

use crate::program::{Ended, PASSWORD, Smsc, file_of, receipt_tlvs, smpp};
use crate::support::{Line, bind, message};
use serde_json::{Value, json};
use smpp_core::pdu::{BindTransceiver, Pdu, SubmitSm};
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandId, CommandStatus, RegisteredDelivery, Tag};
use std::net::TcpStream;

/// The error codes of the page and what they mean.
const CODES: [(u16, &str); 21] = [
    (1005, "sender id not provisioned for the destination country"),
    (1007, "looks like SMS flooding"),
    (1009, "recipient unsubscribed"),
    (1017, "destination forbidden"),
    (1018, "destination invalid or not a mobile number"),
    (1019, "destination blocked"),
    (1022, "sender id not found"),
    (1023, "rejected by the far-end carrier"),
    (1024, "rejected by the gateway"),
    (1029, "destination carrier or handset does not support messaging"),
    (1031, "number inactive, without credit, or opted out of SMS"),
    (1033, "rejected as spam, or the sender id's 10DLC campaign is inactive"),
    (1034, "10DLC brand or campaign limit exceeded"),
    (1036, "daily quota exceeded (T-Mobile)"),
    (1037, "spam detected or rejected (AT&T)"),
    (1038, "sending limit reached (AT&T)"),
    (1041, "message too long"),
    (1043, "blocked by Verizon content filtering"),
    (1044, "destination number no longer active: remove it from subscriptions"),
    (1045, "unsupported carrier"),
    (1046, "non-compliant content or URL blocked"),
];

fn wavix(args: &[&str]) -> Smsc {
    Smsc::start(&[&["--profile", "wavix", "--rate", "0"], args].concat())
}

fn send(smsc: &Smsc, args: &[&str]) -> Ended {
    smsc.send(&[&["--profile", "wavix", "--rate", "0"], args].concat())
}

/// The receipt's TLVs as `name=hex`.
fn tlvs(deliver: &Value) -> Vec<String> {
    let tlvs = deliver["tlvs"].as_array().unwrap().iter();
    tlvs.map(|tlv| format!("{}={}", tlv["name"].as_str().unwrap(), tlv["value"].as_str().unwrap())).collect()
}

#[test]
fn wavix_receipts_have_its_form_and_tlvs() {
    let smsc = wavix(&[]);
    let mut line = Line::new(TcpStream::connect(&smsc.address).unwrap());
    let ok = CommandStatus::ESME_ROK;
    line.write(BindTransceiver { password: PASSWORD.into(), ..bind() }, ok, 1);
    line.expect(CommandId::BIND_TRANSCEIVER_RESP);
    let reference = [Tlv { tag: Tag::USER_MESSAGE_REFERENCE, value: &[0x12, 0x34] }];
    let submit = SubmitSm { registered_delivery: RegisteredDelivery::RECEIPT, ..message() };
    for (number, tlvs) in [(2, &reference[..]), (3, &[])] {
        line.write(SubmitSm { tlvs: tlvs.into(), ..submit }, ok, number);
        let response = line.read().unwrap();
        let Ok(Pdu::SubmitSmResp(accepted)) = response.pdu() else { panic!("{response:?}") };
        let receipt = line.read().unwrap();
        let Ok(Pdu::DeliverSm(deliver)) = receipt.pdu() else { panic!("{receipt:?}") };
        assert!(!accepted.message_id.is_empty());
        assert_eq!(deliver.tlvs.receipted_message_id(), Some(accepted.message_id));
        assert_eq!(deliver.tlvs.message_state(), Some(2));
        assert_eq!(deliver.tlvs.user_message_reference(), (number == 2).then_some(0x1234));
        assert_eq!(deliver.tlvs.network_error_code(), None, "only with REJECTD");
        assert_eq!(deliver.source, message().destination);
        // Only the dates are not known beforehand: ten digits each.
        let text = std::str::from_utf8(deliver.short_message).unwrap();
        let digits =
            text.replace(&accepted.message_id.to_string(), "ID").replace(|ch: char| ch.is_ascii_digit(), "9");
        assert_eq!(
            digits,
            "id:ID sub:999 dlvrd:999 submit date:9999999999 done date:9999999999 stat:DELIVRD err:999",
            "no text field"
        );
    }
}

#[test]
fn wavix_every_state_of_its_table() {
    let rules = ["491=expired", "492=undeliverable", "493=rejected:1017"];
    let args: Vec<_> = rules.iter().flat_map(|rule| ["--rule", rule]).collect();
    let smsc = wavix(&args);
    let to = |number: &str| json!({"text": "hello", "to": number}).to_string();
    let file = file_of("wavix-states", ["4901", "4911", "4921", "4931"].map(to));
    let sent = send(&smsc, &["--file", &file]);
    sent.assert_done(1, 3, 0);
    assert_eq!(sent.code, 1);
    let mut receipts = sent.events("receipt");
    receipts.sort_by_key(|receipt| receipt["message"].as_u64());
    let seen = receipts.iter().map(|receipt| (&receipt["stat"], &receipt["state"], &receipt["final"]));
    let is_final = json!(true);
    let expected = [
        (json!("DELIVRD"), json!("delivered")),
        (json!("EXPIRED"), json!("expired")),
        (json!("UNDELIV"), json!("undeliverable")),
        (json!("REJECTD"), json!("rejected")),
    ];
    assert!(seen.eq(expected.iter().map(|(stat, state)| (stat, state, &is_final))), "{receipts:#?}");
    let told = smsc.stop();
    let mut states: Vec<_> =
        told.pdus("out", "deliver_sm").iter().map(|pdu| tlvs(pdu)[1..].join(" ")).collect();
    states.sort();
    let with_code = "message_state=08 network_error_code=0303f9";
    assert_eq!(states, ["message_state=02", "message_state=03", "message_state=05", with_code]);
}

#[test]
fn wavix_interim_enroute_then_final() {
    let smsc = wavix(&["--interim"]);
    let sent = send(&smsc, &["--to", "4915112345678", "hello"]);
    sent.assert_done(1, 0, 0);
    let id = sent.events("accepted")[0]["message_id"].as_str().unwrap().to_owned();
    let receipt = |state: &str, stat: &str, is_final: bool| {
        let tlvs = receipt_tlvs(&id, if is_final { 2 } else { 1 }, None);
        format!(
            r#"{{"event":"receipt","message":0,"part":1,"message_id":"{id}","state":"{state}","stat":"{stat}","err":"000","network_error_code":null,"meaning":null,"final":{is_final}{tlvs}}}"#
        )
    };
    let lines: Vec<_> = sent.lines.iter().filter(|line| line.contains("receipt")).collect();
    assert_eq!(lines, [&receipt("enroute", "ENROUTE", false), &receipt("delivered", "DELIVRD", true)]);
    let receipts = smsc.stop().pdus("out", "deliver_sm");
    assert_eq!(tlvs(&receipts[0])[1], "message_state=01");
}

#[test]
fn wavix_rejection_1005_is_shown_with_its_meaning() {
    let smsc = wavix(&["--final-state", "rejected:1005"]);
    let sent = send(&smsc, &["--to", "4915112345678", "hello"]);
    sent.assert_done(0, 1, 0);
    assert_eq!(sent.code, 1);
    let id = sent.events("accepted")[0]["message_id"].as_str().unwrap().to_owned();
    let meaning = "sender id not provisioned for the destination country";
    let line = format!(
        r#"{{"event":"receipt","message":0,"part":1,"message_id":"{id}","state":"rejected","stat":"REJECTD","err":"1005","network_error_code":1005,"meaning":"{meaning}","final":true{}}}"#,
        receipt_tlvs(&id, 8, Some(1005))
    );
    assert!(sent.lines.contains(&line), "{sent:#?}");
    let args = ["send", "--profile", "wavix", "--connect", &smsc.address, "--to", "4915112345678", "hello"];
    let shown = smpp(args);
    assert_eq!(shown.code, 1);
    assert_eq!(shown.lines[3], format!("message 1: rejected, error 1005: {meaning}"));
}

#[test]
fn wavix_every_error_code_has_its_meaning() {
    let rules: Vec<_> = CODES.iter().map(|(code, _)| format!("49{code}=rejected:{code}")).collect();
    let args: Vec<_> = rules.iter().flat_map(|rule| ["--rule", rule]).collect();
    let smsc = wavix(&args);
    let to = |(code, _): (u16, &str)| json!({"text": "hello", "to": format!("49{code}")}).to_string();
    let file = file_of("wavix-codes", CODES.map(to));
    let sent = send(&smsc, &["--file", &file]);
    sent.assert_done(0, CODES.len(), 0);
    let mut receipts = sent.events("receipt");
    receipts.sort_by_key(|receipt| receipt["message"].as_u64());
    for (receipt, (code, meaning)) in receipts.iter().zip(CODES) {
        assert_eq!(receipt["network_error_code"], code);
        assert_eq!(receipt["err"], code.to_string());
        assert_eq!(receipt["meaning"], meaning);
    }
    assert_eq!(receipts.len(), CODES.len());
}
