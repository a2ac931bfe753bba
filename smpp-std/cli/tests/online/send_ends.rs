//! How the responses and receipts of peculiar SMSCs end a part: scripts that answer as real ones do.

use crate::program::{Ended, Program, Smsc, send};
use crate::support::{Line, serve};
use rustix::process::Signal;
use smpp_core::pdu::{BindTransceiverResp, DataSm, DeliverSm, GenericNack, Pdu, SubmitSmResp, UnbindResp};
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandId, CommandStatus, EsmClass, Tag};
use std::io::Write;
use std::time::{Duration, Instant};

const OK: CommandStatus = CommandStatus::ESME_ROK;

/// Sends so many texts to a script that has accepted the bind, and answers unbind behind it.
fn send_to(texts: usize, script: impl FnOnce(&mut Line) + Send + 'static) -> Ended {
    let (address, thread) = serve(move |mut line| {
        line.accept_bind();
        script(&mut line);
        let number = line.expect(CommandId::UNBIND);
        line.write(UnbindResp::default(), OK, number);
        assert!(line.read().is_none());
    });
    let args = ["--window", "1", "--receipt-timeout", "5s", "--to", "4915112345678"];
    let ended = send(&address, &[&args, &vec!["hello"; texts][..]].concat());
    thread.join().unwrap();
    ended
}

/// Writes a deliver_sm and waits until it is acknowledged.
fn deliver(line: &mut Line, pdu: DeliverSm<'_>) {
    line.write(pdu, OK, 77);
    acknowledged(line, CommandId::DELIVER_SM_RESP);
}

fn acknowledged(line: &mut Line, command: CommandId) {
    let response = line.read().unwrap().header();
    assert_eq!((response.command_id, response.sequence_number, response.command_status), (command, 77, OK));
}

fn receipt(text: &str) -> DeliverSm<'_> {
    DeliverSm {
        esm_class: EsmClass::MC_DELIVERY_RECEIPT,
        short_message: text.as_bytes(),
        ..DeliverSm::default()
    }
}

#[test]
fn message_ids_are_hex_here_and_decimal_there_jasmin_1050() {
    let ids = [
        ("5f878c79", "1602718841"),
        ("1602718842", "5F878C7A"),
        ("0e999f21", "E999F21"),
        ("abc-DEF", "ABC-def"),
    ];
    for (response, in_receipt) in ids {
        let sent = send_to(1, move |line| {
            line.accept_message(response);
            deliver(line, receipt(&format!("id:{in_receipt} sub:001 dlvrd:001 stat:DELIVRD err:000")));
        });
        sent.assert_done(1, 0, 0);
        assert_eq!(sent.code, 0);
    }
}

#[test]
fn a_receipt_is_joined_by_the_tlv_or_the_text_whatever_their_punctuation_jasmin_953() {
    let uuid = "a1b2c3d4-0000-4000-8000-00000000000f";
    for (response, in_tlv, in_text) in [
        (uuid, "a1b2c3d40000400080000000000000f\0", uuid),
        (uuid, "A1B2C3D400004000800000000000000F\0", "{zzz}"),
        ("ABC123", "zzz", "ABC123"),
        ("ABC123", "zzz\0", " {abc-123} "),
    ] {
        let sent = send_to(1, move |line| {
            line.accept_message(response);
            let tlvs = tlvs(in_tlv.as_bytes(), &[2]);
            let text = format!("id:{in_text} stat:DELIVRD err:000");
            deliver(line, DeliverSm { tlvs: (&tlvs[..]).into(), ..receipt(&text) });
        });
        sent.assert_done(1, 0, 0);
    }
}

#[test]
fn ids_that_are_longer_than_allowed_are_joined_all_the_same() {
    for length in [65, 66, 200] {
        let sent = send_to(1, move |line| {
            let id = "0123456789abcdef".repeat(13)[..length].to_string();
            let number = line.expect(CommandId::SUBMIT_SM);
            let header = [17 + length as u32, CommandId::SUBMIT_SM_RESP.0, 0, number].map(u32::to_be_bytes);
            line.stream.write_all(&[header.as_flattened(), id.as_bytes(), b"\0"].concat()).unwrap();
            deliver(line, receipt(&format!("id:{id} stat:DELIVRD err:000")));
        });
        sent.assert_done(1, 0, 0);
    }
}

#[test]
fn receipts_are_known_by_tlv_by_text_or_by_both_in_deliver_sm_and_data_sm() {
    let sent = send_to(5, |line| {
        for id in ["1", "2", "3", "4", "5"] {
            line.accept_message(id);
        }
        deliver(line, DeliverSm { esm_class: EsmClass::DEFAULT, ..receipt("id:1 stat:DELIVRD") });
        deliver(line, receipt("STAT:DELIVRD ID:2"));
        // The TLVs are right, whatever the text says.
        let delivered = tlvs(b"3\0", &[2]);
        deliver(line, DeliverSm { tlvs: (&delivered[..]).into(), ..receipt("id:5 stat:UNDELIV err:001") });
        let undeliverable = tlvs(b"4\0", &[5]);
        deliver(line, DeliverSm { tlvs: (&undeliverable[..]).into(), ..receipt("") });
        let delivered = tlvs(b"5\0", &[2]);
        let esm_class = EsmClass::MC_DELIVERY_RECEIPT;
        line.write(DataSm { esm_class, tlvs: (&delivered[..]).into(), ..DataSm::default() }, OK, 77);
        acknowledged(line, CommandId::DATA_SM_RESP);
    });
    sent.assert_done(4, 1, 0);
    assert_eq!(sent.code, 1);
    let receipts = sent.events("receipt");
    let told: Vec<_> = receipts.iter().map(|receipt| (&receipt["message_id"], &receipt["state"])).collect();
    let ids = ["1", "2", "3", "4", "5"];
    for (index, (id, state)) in told.into_iter().enumerate() {
        let expected = if index == 3 { "undeliverable" } else { "delivered" };
        assert_eq!((id, state), (&ids[index].into(), &expected.into()));
    }
}

fn tlvs<'a>(id: &'a [u8], state: &'a [u8]) -> [Tlv<'a>; 2] {
    [Tlv { tag: Tag::RECEIPTED_MESSAGE_ID, value: id }, Tlv { tag: Tag::MESSAGE_STATE, value: state }]
}

#[test]
fn a_receipt_may_overtake_its_response_mokai_15() {
    let sent = send_to(1, |line| {
        let number = line.expect(CommandId::SUBMIT_SM);
        deliver(line, receipt("id:17 stat:DELIVRD err:000"));
        line.write(SubmitSmResp { message_id: "17".into(), ..SubmitSmResp::default() }, OK, number);
    });
    sent.assert_done(1, 0, 0);
    let names: Vec<_> =
        sent.all_events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        names,
        ["bound", "submitted", "accepted", "receipt", "done"],
        "told in the order of the message's life"
    );
}

#[test]
fn a_late_interim_receipt_and_a_repeated_final_one_change_nothing() {
    let sent = send_to(2, |line| {
        line.accept_message("1");
        line.accept_message("2");
        deliver(line, receipt("id:1 stat:ENROUTE err:000"));
        deliver(line, receipt("id:1 stat:DELIVRD err:000"));
        deliver(line, receipt("id:1 stat:DELIVRD err:000"));
        deliver(line, receipt("id:1 stat:ENROUTE err:000"));
        deliver(line, receipt("id:2 stat:DELIVRD err:000"));
    });
    sent.assert_done(2, 0, 0);
    assert_eq!((sent.code, sent.count("receipt")), (0, 5));
}

#[test]
fn a_receipt_of_somebody_else_and_a_message_are_told_and_end_nothing() {
    let sent = send_to(1, |line| {
        line.accept_message("1");
        deliver(line, receipt("id:999 stat:UNDELIV err:001"));
        deliver(line, DeliverSm { short_message: b"id yourself", ..DeliverSm::default() });
        deliver(line, receipt("id:1 stat:DELIVRD err:000"));
    });
    sent.assert_done(1, 0, 0);
    let foreign = &sent.events("receipt")[0];
    assert_eq!((&foreign["message"], &foreign["message_id"]), (&serde_json::Value::Null, &"999".into()));
    assert_eq!(sent.events("message")[0]["text"], "id yourself");
}

#[test]
fn error_responses_with_and_without_body_and_generic_nack_reject_smppex_6() {
    let sent = send_to(4, |line| {
        let answer = |line: &mut Line, status, id: &'static str| {
            let number = line.expect(CommandId::SUBMIT_SM);
            line.write(SubmitSmResp { message_id: id.into(), ..SubmitSmResp::default() }, status, number);
        };
        answer(line, CommandStatus::ESME_RINVSRCADR, "");
        answer(line, CommandStatus::ESME_RSUBMITFAIL, "with-an-id");
        let number = line.expect(CommandId::SUBMIT_SM);
        line.write(GenericNack::default(), CommandStatus::ESME_RINVCMDID, number);
        // A status of nobody's table.
        answer(line, CommandStatus(0x4FF), "");
    });
    sent.assert_done(0, 4, 0);
    let statuses: Vec<_> =
        sent.events("rejected").iter().map(|event| event["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(statuses, ["ESME_RINVSRCADR", "ESME_RSUBMITFAIL", "ESME_RINVCMDID", "0x000004FF"]);
}

#[test]
fn other_requests_of_the_smsc_are_answered_and_unknown_ones_refused_while_texts_are_under_way() {
    let sent = send_to(1, |line| {
        line.write(smpp_core::pdu::EnquireLink::default(), OK, 77);
        let mut answers = Vec::new();
        let mut number = 0;
        std::io::Write::write_all(&mut line.stream, &[0, 0, 0, 16, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 78])
            .unwrap();
        while answers.len() < 3 {
            let pdu = line.read().unwrap();
            let header = pdu.header();
            if let Ok(Pdu::SubmitSm(_)) = pdu.pdu() {
                number = header.sequence_number;
            }
            answers.push(header.command_id);
        }
        answers.sort();
        assert_eq!(answers, [CommandId::SUBMIT_SM, CommandId::GENERIC_NACK, CommandId::ENQUIRE_LINK_RESP]);
        line.write(SubmitSmResp { message_id: "1".into(), ..SubmitSmResp::default() }, OK, number);
        deliver(line, receipt("id:1 stat:DELIVRD err:000"));
    });
    sent.assert_done(1, 0, 0);
}

#[test]
fn ctrl_c_submits_nothing_more_awaits_what_is_open_and_tells_every_end() {
    let smsc = Smsc::start(&["--fault", "late:300ms", "--receipt-after", "60s"]);
    let args = ["send", "--json", "--connect", &smsc.address, "--window", "2", "--to", "4915112345678"];
    let mut program = Program::start(args.into_iter().chain(["hello"; 10]));
    program.event("accepted");
    program.signal(Signal::INT);
    let sent = program.end();
    sent.assert_done(0, 0, 10);
    let (accepted, unknown) = (sent.count("accepted"), sent.events("unknown"));
    assert!((2..10).contains(&accepted) && accepted + unknown.len() == 10, "{sent:#?}");
    assert!(unknown.iter().all(|event| event["written"] == false));
    sent.assert_complaint(4, &["ended on request before 10 message(s)"]);
    let submitted = smsc.stop().pdus("in", "submit_sm").len();
    assert_eq!(submitted, accepted, "what is told unknown was not sent");
}

#[test]
fn ctrl_c_tells_what_is_awaited_if_that_takes_long() {
    let smsc = Smsc::start(&["--fault", "lost:100"]);
    let args =
        ["send", "--json", "--connect", &smsc.address, "--response-timeout", "2500ms", "--to", "49151", "x"];
    let mut program = Program::start(args);
    program.event("submitted");
    program.signal(Signal::INT);
    let sent = program.end();
    sent.assert_done(0, 0, 1);
    assert_eq!(sent.count("timed_out"), 1);
    assert!(sent.errors.contains("1 response(s) are awaited"), "{}", sent.errors);
}

#[test]
fn sessions_that_bind_and_end_are_tried_ever_more_slowly() {
    let smsc = Smsc::start(&["--fault", "cut:1"]);
    let args = ["send", "--json", "--connect", &smsc.address, "--to", "49151", "x", "--reconnect=50ms"];
    let mut program = Program::start(args.into_iter().chain(["--resubmit", "unacknowledged"]));
    let delays: Vec<_> = (0..5).map(|_| program.event("lost")["retry_in_ms"].as_u64().unwrap()).collect();
    program.signal(Signal::INT);
    program.end();
    assert!(delays[4] > 4 * delays[0], "{delays:?}");
}

#[test]
fn ctrl_c_ends_the_wait_for_the_next_session() {
    let smsc = Smsc::start(&["--fault", "cut:1"]);
    let args = ["send", "--json", "--connect", &smsc.address, "--window", "1", "--reconnect=60s"];
    let mut program = Program::start(args.into_iter().chain(["--to", "4915112345678", "one", "two"]));
    program.event("lost");
    program.signal(Signal::INT);
    let sent = program.end();
    sent.assert_done(0, 0, 2);
    assert_eq!(sent.code, 4);
}

#[test]
fn the_second_ctrl_c_waits_for_nothing() {
    let smsc = Smsc::start(&["--fault", "lost:100"]);
    let args = ["send", "--json", "--connect", &smsc.address, "--to", "4915112345678", "hello"];
    let mut program = Program::start(args);
    program.event("submitted");
    for _ in 0..2 {
        program.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(50));
    }
    let sent = program.end();
    assert_eq!((sent.code, sent.count("done")), (130, 0));
}

#[test]
fn a_failure_that_may_pass_is_told_at_once_and_retried_only_on_request() {
    let smsc = Smsc::start(&["--rule", "49=refuse:ESME_RSYSERR"]);
    let sent = smsc.send(&["--to", "4915112345678", "hello"]);
    sent.assert_done(0, 1, 0);
    assert_eq!((sent.code, sent.count("submitted"), sent.count("throttled")), (1, 1, 0));
    let sent = smsc.send(&["--retry", "1", "--to", "4915112345678", "hello"]);
    sent.assert_done(0, 1, 0);
    assert_eq!(
        (sent.count("submitted"), sent.events("throttled")[0]["retry_in_ms"].as_u64()),
        (2, Some(1000))
    );
}

#[test]
fn a_run_of_which_nothing_can_be_sent_ends_at_once() {
    let (address, thread) = serve(|mut line| {
        let number = line.expect(CommandId::BIND_TRANSCEIVER);
        let tlvs = [Tlv { tag: Tag::SC_INTERFACE_VERSION, value: &[0x33] }];
        line.write(BindTransceiverResp { tlvs: (&tlvs[..]).into(), ..Default::default() }, OK, number);
        let number = line.expect(CommandId::UNBIND);
        line.write(UnbindResp::default(), OK, number);
    });
    let start = Instant::now();
    let text = "x".repeat(300);
    let sent = send(&address, &["--enquire-link", "0", "--long", "payload", "--to", "4915112345678", &text]);
    assert!(start.elapsed() < Duration::from_secs(5));
    sent.assert_done(0, 1, 0);
    thread.join().unwrap();
}
