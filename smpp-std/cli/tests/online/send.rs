//! How `smpp send` submits, and what it tells.

use crate::program::{Program, Smsc, file_of, receipt_tlvs, send, smpp};
use crate::support::serve;
use serde_json::json;
use smpp_core::pdu::UnbindResp;
use smpp_core::types::{CommandId, CommandStatus};
use std::collections::BTreeSet;
use std::sync::Mutex;

#[test]
fn lines_have_the_keys_of_the_documentation_in_their_order() {
    let smsc = Smsc::start(&["--seed", "1"]);
    let sent = smsc.send(&["--to", "4915112345678", "--window", "1", &"long text ".repeat(20)]);
    let ids: Vec<_> = sent
        .events("accepted")
        .iter()
        .map(|event| event["message_id"].as_str().unwrap().to_owned())
        .collect();
    let [one, two] = &ids[..] else { panic!("{sent:#?}") };
    let receipt = |part: u8, id: &str| {
        format!(
            r#"{{"event":"receipt","message":0,"part":{part},"message_id":"{id}","state":"delivered","stat":"DELIVRD","err":"000","network_error_code":null,"meaning":null,"final":true{}}}"#,
            receipt_tlvs(id, 2, None)
        )
    };
    let accepted = |part: u8, id: &str| {
        format!(r#"{{"event":"accepted","message":0,"part":{part},"message_id":"{id}"}}"#)
    };
    let expected = [
        r#"{"event":"bound","system_id":"plain","interface_version":52}"#.to_owned(),
        r#"{"event":"submitted","message":0,"part":1,"parts":2,"sequence_number":2}"#.to_owned(),
        accepted(1, one),
        r#"{"event":"submitted","message":0,"part":2,"parts":2,"sequence_number":3}"#.to_owned(),
        accepted(2, two),
        receipt(1, one),
        receipt(2, two),
        r#"{"event":"done","delivered":1,"accepted":0,"failed":0,"unknown":0}"#.to_owned(),
    ];
    assert_eq!(sent.lines, expected);
    assert_eq!((sent.code, &*sent.errors), (0, ""));
}

#[test]
fn people_get_readable_lines() {
    let smsc = Smsc::start(&["--rule", "491=undeliverable:011"]);
    let file = file_of("readable", ["Hello".to_owned(), r#"{"text":"Привет","to":"+491"}"#.to_owned()]);
    let args = ["send", "--connect", &smsc.address, "--window", "1", "--to", "492", "--file", &file];
    let sent = smpp(args);
    assert_eq!(sent.code, 1);
    let lines: Vec<_> = sent.lines.iter().map(|line| line.split(" as ").next().unwrap()).collect();
    let expected = [
        "bound to plain with SMPP 3.4",
        "message 1 to 492: 1 part, GSM 03.38",
        "message 2 to +491: 1 part, Unicode because of 'П' (character 1)",
        "message 1: accepted",
        "message 2: accepted",
        "message 1: delivered",
        "message 2: undeliverable, error 011",
        "1 delivered, 1 failed, 0 unknown",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn file_of_1000_texts_arrives_in_order() {
    let smsc = Smsc::start(&["--receipt-after", "50ms"]);
    let file = file_of("1000-texts", (0..1000).map(|number| format!("text {number}")));
    let sent = smsc.send(&["--window", "100", "--to", "4915112345678", "--file", &file]);
    sent.assert_done(1000, 0, 0);
    assert_eq!((sent.code, sent.count("receipt")), (0, 1000));
    let told = smsc.stop();
    let texts = told.events("message").into_iter().map(|message| message["text"].clone());
    assert!(texts.eq((0..1000).map(|number| format!("text {number}"))));
    assert!(told.events("closed")[0]["max_window"].as_u64().unwrap() <= 100);
}

#[test]
fn options_reach_the_bind_and_the_messages() {
    let smsc = Smsc::start(&[]);
    let args = ["--system-type", "VMA", "--no-receipt", "--bind", "tx", "--encoding", "ucs2", "--from", "X"];
    let sent = smsc.send(&[&args, &["--to", "49151", "a"][..]].concat());
    sent.assert_done(1, 0, 0);
    let told = smsc.stop();
    let bind = &told.pdus("in", "bind_transmitter")[0]["body"];
    assert_eq!((&bind["system_id"], &bind["system_type"]), (&json!("tester"), &json!("VMA")));
    let submit = &told.pdus("in", "submit_sm")[0]["body"];
    assert_eq!((&submit["registered_delivery"], &submit["data_coding"]), (&json!(0), &json!(8)));
    assert_eq!(submit["short_message"], "0061");
}

#[test]
fn an_empty_sender_is_left_to_the_mc() {
    let smsc = Smsc::start(&[]);
    smsc.send(&["--to", "49151", "a"]).assert_done(1, 0, 0);
    let submit = &smsc.stop().pdus("in", "submit_sm")[0]["body"];
    let sender = json!([submit["source_addr_ton"], submit["source_addr_npi"], submit["source_addr"]]);
    assert_eq!(sender, json!([0, 0, ""]));
}

#[test]
fn rejected_texts_have_their_status_and_count_as_failed() {
    let smsc = Smsc::start(&["--rule", "+491=refuse:ESME_RINVDSTADR", "--rule", "4=silent"]);
    let to = |number: &str| json!({"text": "x", "to": number}).to_string();
    let file = file_of("refused", ["491", "5", "4"].map(to));
    let sent = smsc.send(&["--receipt-timeout", "300ms", "--file", &file]);
    sent.assert_done(1, 1, 1);
    let rejected = r#"{"event":"rejected","message":0,"part":1,"status":"ESME_RINVDSTADR"}"#;
    assert!(sent.lines.iter().any(|line| line == rejected), "{sent:#?}");
    // What failed weighs more than what is unknown.
    sent.assert_complaint(1, &[&smsc.address, "no final receipt for 1 message(s)", "--receipt-timeout"]);
}

#[test]
fn throttled_texts_keep_their_order() {
    let smsc = Smsc::start(&["--rate", "20"]);
    let file = file_of("throttled", (0..40).map(|number| number.to_string()));
    let sent = smsc.send(&["--window", "1", "--to", "4915112345678", "--file", &file]);
    sent.assert_done(40, 0, 0);
    let throttled =
        sent.lines.iter().find(|line| line.contains("throttled")).expect("40 at once are too many");
    assert_eq!(throttled, r#"{"event":"throttled","status":"ESME_RTHROTTLED","retry_in_ms":500}"#);
    let texts = smsc.stop().events("message").into_iter().map(|message| message["text"].clone());
    assert!(texts.eq((0..40).map(|number| number.to_string())));
}

#[test]
fn the_rate_of_an_smsc_that_throttles_a_full_window_is_found() {
    let smsc = Smsc::start(&["--quiet", "--rate", "20"]);
    let file = file_of("rate", (0..60).map(|number| number.to_string()));
    let sent = smsc.send(&["--to", "4915112345678", "--file", &file]);
    sent.assert_done(60, 0, 0);
    let refused = sent.count("throttled");
    // A window and what finding the rate costs; without a pace it is hundreds.
    assert!((1..=30).contains(&refused), "{refused} of 60 refused");
}

#[test]
fn more_texts_than_are_tracked_without_a_receipt_end_all_the_same() {
    let smsc = Smsc::start(&["--quiet", "--rule", "=silent"]);
    let file = file_of("silent", (0..4200).map(|number| number.to_string()));
    let args = ["--window", "1000", "--receipt-timeout", "500ms", "--to", "4915112345678", "--file", &file];
    let sent = smsc.send(&args);
    assert_eq!((sent.code, sent.count("accepted")), (4, 4096));
    sent.assert_done(0, 0, 4200);
}

#[test]
fn an_smsc_that_shuts_down_unbinds_and_what_is_open_is_unknown() {
    let smsc = Smsc::start(&["--rule", "=silent"]);
    let base = ["send", "--json", "--connect", &smsc.address, "--to", "49151", "hello"];
    let mut sending = Program::start(base);
    sending.event("accepted");
    let address = smsc.address.clone();
    assert_eq!(smsc.stop().count("unbound"), 1);
    let sent = sending.end();
    sent.assert_done(0, 0, 1);
    sent.assert_complaint(4, &[&address, "unbound by the peer"]);
}

#[test]
fn a_seed_repeats_a_run() {
    let run = || {
        let smsc = Smsc::start(&["--seed", "7", "--fault", "lost:50"]);
        let args =
            ["--response-timeout", "300ms", "--no-receipt", "--to", "49151", "a", "b", "c", "d", "e", "f"];
        let sent = smsc.send(&args);
        (sent.code, sent.lines)
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(run);
        (run(), first.join().unwrap())
    });
    assert_eq!(first, second);
    assert!(
        first.0 == 4 && first.1.iter().any(|line| line.contains("accepted")),
        "some are lost: {first:#?}"
    );
}

/// Faults that keep a text from arriving or being known to have.
const HARMFUL: [&str; 6] = ["lost", "malformed", "silence", "cut", "unbind", "garbage"];

#[test]
fn whatever_goes_wrong_every_part_has_one_end_and_the_run_is_over_in_time() {
    let list = smpp(["smsc", "--list-faults"]);
    assert_eq!(list.code, 0);
    let mut faults =
        list.lines.iter().map(|line| line.split([' ', ':']).next().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(faults.len() >= 15, "{faults:?}");
    faults.extend(["silence:2", "cut:3", "oversized:4294967295", "late:700ms"].map(String::from));
    let faults = Mutex::new(faults);
    let next = || faults.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| std::iter::from_fn(next).for_each(|fault| send_with_fault(&fault)));
        }
    });
}

fn send_with_fault(fault: &str) {
    // These are a matter of seconds with their usual number.
    let with_number = match fault {
        "throttled" | "queue-full" => format!("{fault}:1"),
        _ => fault.to_owned(),
    };
    let quick = ["--receipt-after", "50ms", "--refusal-delay", "0"];
    let smsc = Smsc::start(&[&["--seed", "3", "--fault", &with_number], &quick[..]].concat());
    // A server takes its time before it refuses a bind.
    let response = if fault == "bind-refused" { "10s" } else { "500ms" };
    let times = ["--response-timeout", response, "--receipt-timeout", "700ms"];
    let sent = smsc.send(&[&times, &["--to", "49151", "a", "b", "c", "d"][..]].concat());
    if fault == "bind-refused" {
        return sent.assert_complaint(3, &[&smsc.address, "ESME_RALYBND", "wait"]);
    }
    let numbers = &sent.events("done")[0];
    let [delivered, failed, unknown] = ["delivered", "failed", "unknown"]
        .map(|name| usize::try_from(numbers[name].as_u64().unwrap()).unwrap());
    sent.assert_done(delivered, failed, unknown);
    assert_eq!((delivered + unknown, failed), (4, 0), "{fault}: {sent:#?}");
    let name = fault.split(':').next().unwrap();
    let is_harmless = !HARMFUL.contains(&name)
        && fault != "oversized:4294967295"
        && fault != "late"
        && fault != "late:700ms";
    if is_harmless && name != "oversized" {
        assert_eq!((delivered, sent.code, &*sent.errors), (4, 0, ""), "{fault}: {sent:#?}");
    }
    if unknown > 0 {
        sent.assert_complaint(4, &[&smsc.address]);
    }
    // The simulator is as well as before.
    smsc.stop();
}

#[test]
fn an_unbind_that_is_never_answered_delays_the_end_by_seconds_at_most() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        line.accept_message("1");
        line.expect(CommandId::UNBIND);
        assert!(line.read().is_none());
    });
    let start = std::time::Instant::now();
    let sent = send(&address, &["--no-receipt", "--to", "49151", "a"]);
    assert!(
        start.elapsed().as_secs() < 8,
        "the response time-out is 30 s, but all is done: {:?}",
        start.elapsed()
    );
    sent.assert_done(1, 0, 0);
    assert_eq!(sent.code, 0);
    thread.join().unwrap();
}

#[test]
fn sequence_numbers_differ_and_the_session_ends_with_unbind() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let mut numbers = BTreeSet::new();
        for id in ["1", "2", "3"] {
            let number = line.expect(CommandId::SUBMIT_SM);
            assert!(numbers.insert(number));
            let response = smpp_core::pdu::SubmitSmResp { message_id: id.into(), ..Default::default() };
            line.write(response, CommandStatus::ESME_ROK, number);
        }
        let number = line.expect(CommandId::UNBIND);
        line.write(UnbindResp::default(), CommandStatus::ESME_ROK, number);
        assert!(line.read().is_none(), "the client closes behind the unbind_resp");
    });
    let sent = send(&address, &["--no-receipt", "--to", "49151", "a", "b", "c"]);
    sent.assert_done(3, 0, 0);
    assert_eq!((sent.code, &*sent.errors), (0, ""));
    thread.join().unwrap();
}
