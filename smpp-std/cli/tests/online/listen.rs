//! What `smpp listen` tells.

use crate::program::{Ended, Program, Smsc, receipt_tlvs, send, smpp};
use crate::support::serve;
use rustix::process::Signal;
use serde_json::json;
use smpp_core::pdu::{BindReceiverResp, DeliverSm, Unbind, UnbindResp};
use smpp_core::types::{CommandId, CommandStatus, DataCoding, EsmClass};

const OK: CommandStatus = CommandStatus::ESME_ROK;

fn listen(address: &str, args: &[&str]) -> Program {
    let base = ["listen", "--json", "--connect", address, "--system-id", "tester"];
    Program::start(base.iter().chain(args).copied())
}

/// The lines but the first, which says that it is bound.
fn behind_bound(ended: &Ended) -> &[String] {
    assert_eq!(ended.lines[0], r#"{"event":"bound","system_id":"plain","interface_version":52}"#);
    &ended.lines[1..]
}

#[test]
fn messages_after_the_bind_are_told_and_count_ends_it() {
    let smsc =
        Smsc::start(&["--mo", "491:Shop:Hello €", "--mo", "492:300:Привет 👋", "--mo", "493:1:never told"]);
    let ended = listen(&smsc.address, &["--count", "2"]).end();
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    let expected = [
        r#"{"event":"message","from":"491","to":"Shop","text":"Hello €","encoding":"gsm7","parts":1,"data_coding":0}"#,
        r#"{"event":"message","from":"492","to":"300","text":"Привет 👋","encoding":"ucs2","parts":1,"data_coding":8}"#,
        r#"{"event":"closed","reason":"unbound"}"#,
    ];
    assert_eq!(behind_bound(&ended), expected);
    assert_eq!(smsc.stop().events("unbound")[0]["by"], "peer");
}

#[test]
fn long_messages_of_every_method_are_joined() {
    let rules: Vec<_> =
        ["1=mo:300*X", "2=mo:udh8:300*Y", "3=mo:udh16:150*Ж", "4=mo:sar:200*€", "5=mo:payload:300*Z"]
            .iter()
            .flat_map(|rule| ["--rule", rule])
            .collect();
    let smsc = Smsc::start(&rules);
    let listening = listen(&smsc.address, &["--bind", "rx", "--count", "10"]);
    let file = crate::program::file_of(
        "mo-rules",
        (1..=5).map(|to| json!({"text": "x", "to": format!("{to}0")}).to_string()),
    );
    send(&smsc.address, &["--bind", "tx", "--from", "Me", "--file", &file]).assert_done(5, 0, 0);
    let ended = listening.end();
    assert_eq!((ended.count("receipt"), ended.count("message")), (5, 5), "{ended:#?}");
    let mut messages: Vec<_> = ended
        .events("message")
        .iter()
        .map(|event| json!([event["from"], event["to"], event["text"], event["encoding"], event["parts"]]))
        .collect();
    messages.sort_by_key(ToString::to_string);
    let expected = [
        json!(["10", "Me", "X".repeat(300), "gsm7", 2]),
        json!(["20", "Me", "Y".repeat(300), "gsm7", 2]),
        json!(["30", "Me", "Ж".repeat(150), "ucs2", 3]),
        json!(["40", "Me", "€".repeat(200), "gsm7", 3]),
        json!(["50", "Me", "Z".repeat(300), "gsm7", 1]),
    ];
    assert_eq!(messages, expected);
}

#[test]
fn receipts_of_a_transmitter_come_to_the_receiver_of_its_account() {
    let smsc = Smsc::start(&["--final-state", "undeliverable:011"]);
    let mut listening = listen(&smsc.address, &["--bind", "rx", "--count", "1"]);
    listening.event("bound");
    let sent = send(&smsc.address, &["--bind", "tx", "--to", "49151", "hello"]);
    assert_eq!(sent.code, 0, "accepted is all that a transmitter hears");
    let id = sent.events("accepted")[0]["message_id"].as_str().unwrap().to_owned();
    let ended = listening.end();
    let receipt = format!(
        r#"{{"event":"receipt","message_id":"{id}","state":"undeliverable","stat":"UNDELIV","err":"011","network_error_code":11,"meaning":null,"final":true{}}}"#,
        receipt_tlvs(&id, 5, Some(11))
    );
    assert_eq!(behind_bound(&ended), [receipt, r#"{"event":"closed","reason":"unbound"}"#.to_owned()]);
}

#[test]
fn fewer_messages_than_were_asked_for_are_no_success() {
    let smsc = Smsc::start(&["--fault", "unbind:200ms", "--mo", "1:2:hello"]);
    let heard = smpp(["listen", "--json", "--connect", &smsc.address, "--count", "5"]);
    assert_eq!(heard.count("message"), 1);
    heard.assert_complaint(3, &["1 of 5"]);
    assert_eq!(smpp(["listen", "--json", "--connect", &smsc.address]).code, 0, "nobody asked for a number");
}

#[test]
fn a_signal_unbinds_and_ends_with_0() {
    for signal in [Signal::INT, Signal::TERM] {
        let smsc = Smsc::start(&[]);
        let mut listening = listen(&smsc.address, &[]);
        listening.event("bound");
        listening.signal(signal);
        let ended = listening.end();
        assert_eq!((ended.code, &*ended.errors), (0, ""));
        assert_eq!(behind_bound(&ended), [r#"{"event":"closed","reason":"unbound"}"#]);
        let told = smsc.stop();
        assert_eq!((told.pdus("in", "unbind").len(), told.pdus("out", "unbind_resp").len()), (1, 1));
    }
}

#[test]
fn a_signal_ends_the_simulator_and_the_listener_hears_why() {
    for signal in [Signal::INT, Signal::TERM] {
        let smsc = Smsc::start(&[]);
        let mut listening = listen(&smsc.address, &[]);
        listening.event("bound");
        smsc.program.signal(signal);
        let ended = listening.end();
        assert_eq!((ended.code, &*ended.errors), (0, ""));
        assert_eq!(behind_bound(&ended), [r#"{"event":"closed","reason":"unbound by the peer"}"#]);
        let told = smsc.program.end();
        assert_eq!((told.code, &*told.errors), (0, ""));
        assert_eq!(told.pdus("out", "unbind").len(), 1);
    }
}

#[test]
fn parts_that_never_came_are_told_when_their_time_is_over_and_at_the_end() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let part = |reference: u8, number: u8, text: &str| {
            [&[5, 0, 3, reference, 3, number], text.as_bytes()].concat()
        };
        let mut write = |octets: &[u8]| {
            line.write(
                DeliverSm { esm_class: EsmClass::UDHI, short_message: octets, ..DeliverSm::default() },
                OK,
                5,
            );
            line.expect(CommandId::DELIVER_SM_RESP);
        };
        write(&part(1, 3, "third"));
        write(&part(1, 1, "first "));
        std::thread::sleep(std::time::Duration::from_millis(500));
        write(&part(2, 2, "middle"));
        line.write(Unbind::default(), OK, 6);
        line.expect(CommandId::UNBIND_RESP);
    });
    let ended = listen(&address, &["--part-timeout", "200ms"]).end();
    let line = |text: &str, missing: &str| {
        format!(
            r#"{{"event":"incomplete","from":"","to":"","text":"{text}","encoding":"gsm7","parts":3,"data_coding":0,"missing":[{missing}]}}"#
        )
    };
    let closed = r#"{"event":"closed","reason":"unbound by the peer"}"#.to_owned();
    assert_eq!(ended.lines[1..], [line("first third", "2"), line("middle", "1,3"), closed]);
    assert_eq!(ended.code, 0);
    thread.join().unwrap();
}

#[test]
fn headers_that_are_written_wrong_in_the_wild_join_all_the_same() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let without_length = |number| [&[0, 3, 9, 2, number], &b"half "[..]].concat();
        let misnamed = |number| [&[6, 0, 4, 1, 9, 2, number], &b"part "[..]].concat();
        let parts = [without_length(2), without_length(1), misnamed(2), misnamed(1)];
        for octets in parts {
            let short_message = &octets[..];
            line.write(DeliverSm { esm_class: EsmClass::UDHI, short_message, ..DeliverSm::default() }, OK, 5);
            line.expect(CommandId::DELIVER_SM_RESP);
        }
        while line.read().is_some_and(|pdu| pdu.header().command_id != CommandId::UNBIND) {}
    });
    let ended = listen(&address, &["--count", "2"]).end();
    let texts = ended.events("message").into_iter().map(|message| message["text"].clone());
    assert!(texts.eq(["half half ", "part part "]));
    thread.join().unwrap();
}

#[test]
fn binary_messages_are_shown_in_hex_and_enquire_link_is_answered() {
    let (address, thread) = serve(|mut line| {
        let number = line.expect(CommandId::BIND_RECEIVER);
        line.write(BindReceiverResp::default(), OK, number);
        line.write(smpp_core::pdu::EnquireLink::default(), OK, 9);
        assert_eq!(line.expect(CommandId::ENQUIRE_LINK_RESP), 9);
        let binary =
            DeliverSm { data_coding: DataCoding(4), short_message: &[0xDE, 0xAD], ..DeliverSm::default() };
        line.write(binary, OK, 10);
        line.expect(CommandId::DELIVER_SM_RESP);
        let number = line.expect(CommandId::UNBIND);
        line.write(UnbindResp::default(), OK, number);
    });
    let ended = smpp(["listen", "--json", "--bind", "rx", "--count", "1", "--connect", &address]);
    assert_eq!(ended.lines[0], r#"{"event":"bound","system_id":"","interface_version":52}"#);
    let line = r#"{"event":"message","from":"","to":"","text":null,"encoding":"binary","parts":1,"data_coding":4,"octets":"dead"}"#;
    assert_eq!(ended.lines[1], line);
    thread.join().unwrap();
}

#[test]
fn enquire_link_is_sent_while_nothing_happens() {
    let smsc = Smsc::start(&[]);
    let mut listening = listen(&smsc.address, &["--enquire-link", "150ms"]);
    listening.event("bound");
    std::thread::sleep(std::time::Duration::from_millis(1000));
    listening.signal(Signal::TERM);
    listening.end();
    let asked = smsc.stop().pdus("in", "enquire_link").len();
    assert!((4..=7).contains(&asked), "{asked} in a second");
}

#[test]
fn people_get_readable_lines() {
    let smsc = Smsc::start(&["--mo", "491:Shop:Hello"]);
    let ended = smpp(["listen", "--connect", &smsc.address, "--count", "1"]);
    let expected = [
        "bound to plain with SMPP 3.4: waiting, Ctrl-C ends",
        "message  491 -> Shop: Hello",
        "closed: unbound",
    ];
    assert_eq!(ended.lines, expected);
}
