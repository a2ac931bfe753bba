//! PDUs that are neither messages nor receipts: none is received and shown nowhere.

use crate::program::{Ended, send, smpp};
use crate::support::{Line, serve};
use serde_json::{Value, json};
use smpp_core::pdu::{
    AlertNotification, DataSm, GenericNack, Outbind, QuerySm, SubmitSm, SubmitSmResp, Unbind,
};
use smpp_core::tlv::Tlv;
use smpp_core::types::{Address, CommandId, CommandStatus, Tag};
use std::io::Write;

const OK: CommandStatus = CommandStatus::ESME_ROK;

/// A deliver_sm whose text runs past its end: `sm_length` 9, two octets.
const UNREADABLE: [u8; 35] = [
    0, 0, 0, 35, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 71, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
    0x41, 0x42,
];

/// Everything that an MC may send and no program waits for.
fn odds_and_ends(line: &mut Line) {
    let ours = AlertNotification { esme: Address::international("49151"), ..AlertNotification::default() };
    line.write(ours, OK, 70);
    line.stream.write_all(&UNREADABLE).unwrap();
    line.write(SubmitSm { short_message: b"to an ESME", ..SubmitSm::default() }, OK, 72);
    line.write(QuerySm { message_id: "17".into(), ..QuerySm::default() }, OK, 73);
    line.stream.write_all(&[0, 0, 0, 16, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 74]).unwrap();
    line.write(GenericNack::default(), CommandStatus::ESME_RINVCMDID, 4711);
    line.write(SubmitSmResp { message_id: "late".into(), ..SubmitSmResp::default() }, OK, 4712);
    line.write(Outbind { system_id: "mc".into(), password: "hidden!".into(), ..Outbind::default() }, OK, 75);
    let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: b"a message" }];
    line.write(DataSm { tlvs: (&payload[..]).into(), ..DataSm::default() }, OK, 76);
    for _ in 0..5 {
        line.read().unwrap();
    }
}

/// The events in which they are seen: name, command, sequence number, status, in their order.
fn seen(ended: &Ended) -> Vec<Value> {
    let names = ["notification", "refused", "unmatched", "message"];
    let events =
        ended.all_events().into_iter().filter(|event| names.contains(&event["event"].as_str().unwrap()));
    events
        .map(|event| {
            let pdu = &event["pdu"];
            json!([event["event"], pdu["command"], pdu["sequence_number"], event["status"]])
        })
        .collect()
}

fn expected() -> Vec<Value> {
    vec![
        json!(["notification", "alert_notification", 70, null]),
        json!(["refused", "deliver_sm", 71, "ESME_RINVMSGLEN"]),
        json!(["refused", "submit_sm", 72, "ESME_RINVCMDID"]),
        json!(["refused", "query_sm", 73, "ESME_RINVCMDID"]),
        json!(["refused", null, 74, "ESME_RINVCMDID"]),
        json!(["unmatched", "generic_nack", 4711, null]),
        json!(["unmatched", "submit_sm_resp", 4712, null]),
        json!(["refused", "outbind", 75, "ESME_RINVBNDSTS"]),
        json!(["message", null, null, null]),
    ]
}

fn check(ended: &Ended) {
    assert_eq!(seen(ended), expected(), "{ended:#?}");
    let refused = &ended.events("refused")[0];
    let reasons = ended.events("refused").into_iter().map(|event| event["reason"].clone());
    let expected = [
        "truncated in short_message at octet 33",
        "no MC sends this command",
        "no MC sends this command",
        "unknown command",
        "not allowed in this state",
    ];
    assert!(reasons.eq(expected), "{ended:#?}");
    let octets: String = UNREADABLE.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(
        (&refused["pdu"]["octets"], &refused["pdu"]["error"]["field"]),
        (&json!(octets), &json!("short_message"))
    );
    assert_eq!(ended.events("notification")[0]["pdu"]["body"]["esme_addr"], "49151");
    assert!(!ended.lines.concat().contains("hidden!"), "a password was shown");
}

#[test]
fn a_listener_shows_every_pdu_that_it_was_sent() {
    let script = || {
        serve(|mut line| {
            line.accept_bind();
            odds_and_ends(&mut line);
            line.write(Unbind::default(), OK, 77);
            line.expect(CommandId::UNBIND_RESP);
        })
    };
    let (address, thread) = script();
    let ended = smpp(["listen", "--json", "--connect", &address]);
    thread.join().unwrap();
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    check(&ended);

    let (address, thread) = script();
    let ended = smpp(["listen", "--connect", &address]);
    thread.join().unwrap();
    let lines = [
        "notification  alert_notification 70, esme_addr_ton 1, esme_addr_npi 1, esme_addr \"49151\"",
        "refused  deliver_sm 71: ",
        "refused  submit_sm 72, ",
        "refused  query_sm 73, message_id \"17\"",
        "refused  command 0x00010203 74: ",
        "unmatched  generic_nack 4711 ESME_RINVCMDID",
        "unmatched  submit_sm_resp 4712 ESME_ROK, message_id \"late\"",
        "refused  outbind 75, system_id \"mc\", password \"***\"",
        "message  ",
    ];
    assert_eq!(ended.lines.len(), lines.len() + 2, "{ended:#?}");
    for (line, start) in ended.lines[1..].iter().zip(lines) {
        assert!(line.starts_with(start), "{line}: not {start}");
    }
}

#[test]
fn a_sender_shows_them_too() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let number = line.expect(CommandId::SUBMIT_SM);
        odds_and_ends(&mut line);
        line.write(SubmitSmResp { message_id: "1".into(), ..SubmitSmResp::default() }, OK, number);
        let number = line.expect(CommandId::UNBIND);
        line.write(smpp_core::pdu::UnbindResp::default(), OK, number);
    });
    let ended = send(&address, &["--no-receipt", "--to", "49151", "hello"]);
    thread.join().unwrap();
    ended.assert_done(1, 0, 0);
    check(&ended);
}

/// Framing that breaks when everything has worked: neither host nor port nor TLS are to blame.
#[test]
fn octets_that_are_no_pdus_in_the_middle_of_a_session_are_shown_with_advice_that_fits() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        line.stream.write_all(b"\xFF\xFF\xFF\xF0broken").unwrap();
        while line.read().is_some() {}
    });
    let ended = smpp(["listen", "--json", "--connect", &address]);
    thread.join().unwrap();
    ended.assert_complaint(3, &[&address, "ff ff ff f0 62 72 6f 6b 65 6e", "the session had worked"]);
    assert!(!ended.errors.contains("check host, port and TLS"), "{}", ended.errors);
    assert_eq!(ended.events("closed")[0]["octets"], "fffffff062726f6b656e");
}
