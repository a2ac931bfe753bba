//! Whether everything that `REFERENCE.md` describes is printed. That nothing else is, each debug build checks itself: see
//! `src/reference.rs`.

use crate::program::{PASSWORD, Program, Smsc, send, smpp};
use crate::reference::{LINES, describes};
use crate::support::{Line, bind, serve};
use rustix::process::Signal;
use serde_json::Value;
use smpp_core::pdu::{AlertNotification, DeliverSm, GenericNack, SubmitSm, SubmitSmResp, UnbindResp};
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandId, CommandStatus, DataCoding, EsmClass, Tag};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

const OK: CommandStatus = CommandStatus::ESME_ROK;

/// What no run here brings about.
const ELSEWHERE: [(&str, &str); 7] = [
    // The plan refuses what cannot be written, before anything is sent.
    ("Event `rejected`", "error"),
    // Needs more than an account's queue holds.
    ("Event `dropped`", "system_id"),
    // Needs a connection that the system fails to accept, or one that breaks in the server's own call.
    ("Event `failed`", "session"),
    ("Event `failed`", "error"),
    // Needs a log of the simulator that nobody reads.
    ("Event `lost`", "lines"),
    // Need a capture: see `tests/cli_offline/pcap.rs`.
    ("Line of `decode`", "stream"),
    ("Line of `decode`", "time"),
];

#[test]
fn every_line_and_every_field_of_the_reference_is_printed() {
    let mut seen = BTreeSet::new();
    let lines = [listening(), sending(), simulating(), smpp(["demo", "--json"]).all_events()];
    lines.iter().flatten().for_each(|line| mark(&mut seen, line, None));
    let smsc = Smsc::start(&["--quiet"]);
    let bench = ["bench", "--json", "--connect", &smsc.address, "-n", "10"];
    smpp(bench).all_events().iter().for_each(|line| mark(&mut seen, line, None));
    for (command, lines) in offline() {
        let heading = format!("Line of `{command}`");
        lines.iter().for_each(|line| mark(&mut seen, line, Some(&heading)));
    }
    let mut missing = Vec::new();
    for (index, line) in LINES.iter().enumerate() {
        let is_unseen =
            |field: &&str| !seen.contains(&(index, *field)) && !ELSEWHERE.contains(&(line.heading, field));
        let unseen: Vec<_> = line.fields.iter().map(|(field, _)| *field).filter(is_unseen).collect();
        assert!(!line.fields.is_empty(), "{} has no table", line.heading);
        if !unseen.is_empty() {
            missing.push((line.heading, unseen));
        }
    }
    assert!(missing.is_empty(), "never printed: {missing:#?}");
}

/// Notes the fields of a line under all headings that describe it, or under this one.
fn mark(seen: &mut BTreeSet<(usize, &'static str)>, line: &Value, heading: Option<&str>) {
    assert!(describes(line), "{line}");
    let is_it = |kind: &crate::reference::Line| {
        heading.is_none_or(|heading| kind.heading == heading) && kind.describes(line)
    };
    for (index, kind) in LINES.iter().enumerate().filter(|(_, kind)| is_it(kind)) {
        let fields = kind.fields.iter().filter(|(field, _)| line.get(field).is_some());
        seen.extend(fields.map(|(field, _)| (index, *field)));
    }
}

/// What an MC sends for each event of a listener, up to broken framing.
fn deliveries(line: &mut Line) {
    let number = [Tlv { tag: Tag::USER_MESSAGE_REFERENCE, value: &[0, 7] }];
    let coded = [Tlv { tag: Tag::NETWORK_ERROR_CODE, value: b"006" }, number[0]];
    let messages = [
        DeliverSm { short_message: b"\xFF", tlvs: (&number[..]).into(), ..DeliverSm::default() },
        DeliverSm {
            short_message: b"id:1 stat:DELIVRD mcc:262",
            tlvs: (&coded[..]).into(),
            ..DeliverSm::default()
        },
        DeliverSm { short_message: b"?", esm_class: EsmClass::MC_DELIVERY_RECEIPT, ..DeliverSm::default() },
        DeliverSm {
            short_message: &[5, 0, 3, 1, 2, 1, 9],
            esm_class: EsmClass::UDHI,
            data_coding: DataCoding(4),
            ..DeliverSm::default()
        },
    ];
    for message in messages {
        line.write(message, OK, 5);
        line.expect(CommandId::DELIVER_SM_RESP);
    }
    line.write(AlertNotification::default(), OK, 6);
    line.write(SubmitSm::default(), OK, 7);
    line.expect(CommandId::GENERIC_NACK);
    line.write(GenericNack::default(), CommandStatus::ESME_RINVCMDID, 4711);
}

fn listening() -> Vec<Value> {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        deliveries(&mut line);
        line.stream.write_all(&[0xFF; 16]).unwrap();
        while line.read().is_some() {}
    });
    let ended = smpp(["listen", "--json", "--connect", &address]);
    thread.join().unwrap();
    ended.all_events()
}

/// Sends to a simulator with this fault.
fn sending_with(fault: &str) -> Vec<Value> {
    let smsc = Smsc::start(&["--fault", fault]);
    smsc.send(&["--response-timeout", "500ms", "--receipt-timeout", "500ms", "--to", "49151", "hello"])
        .all_events()
}

fn sending() -> Vec<Value> {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let tlvs = [Tlv { tag: Tag(0x1400), value: &[1] }];
        let response = SubmitSmResp { message_id: "1".into(), tlvs: (&tlvs[..]).into() };
        for status in [OK, CommandStatus::ESME_RINVDSTADR] {
            let number = line.expect(CommandId::SUBMIT_SM);
            line.write(response, status, number);
        }
        let number = line.expect(CommandId::UNBIND);
        line.write(UnbindResp::default(), OK, number);
    });
    let mut lines = send(&address, &["--no-receipt", "--to", "49151", "a", "b"]).all_events();
    thread.join().unwrap();
    for fault in ["throttled:1", "lost:100", "cut:1"] {
        lines.extend(sending_with(fault));
    }
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        line.expect(CommandId::SUBMIT_SM);
        line.stream.write_all(&[0xFF; 16]).unwrap();
    });
    let args = ["--reconnect=1h", "--resubmit", "unacknowledged", "--to", "49151", "hello"];
    let base = ["send", "--json", "--connect", &address];
    let mut program = Program::start(base.iter().chain(&args).copied());
    program.event("lost");
    thread.join().unwrap();
    program.signal(Signal::TERM);
    lines.extend(program.end().all_events());
    lines
}

/// What the simulator prints; its own peers are a stranger, one with a wrong password, and one that writes no PDUs.
fn simulating() -> Vec<Value> {
    let smsc = Smsc::start(&["--password", PASSWORD, "--fault", "garbage:4"]);
    smsc.send(&["--to", "49151", "hello"]);
    let bad = ["send", "--connect", &smsc.address, "--password", "wrong", "--to", "49151", "hello"];
    assert_eq!(smpp(bad).code, 3);
    let mut lines = smsc.stop().all_events();

    // One bind too many that is refused, for a name that is too long.
    let smsc = Smsc::start(&["--max-system-id", "3", "--address-failed-binds", "1"]);
    for _ in 0..2 {
        let mut peer = Line::new(TcpStream::connect(&smsc.address).unwrap());
        peer.write(bind(), OK, 1);
        // A refusal, then a reset.
        let _ = peer.stream.read(&mut [0; 64]);
    }
    lines.extend(smsc.stop().all_events());

    let smsc = Smsc::start(&["--allow", "192.0.2.1"]);
    let mut stranger = Line::new(TcpStream::connect(&smsc.address).unwrap());
    assert!(stranger.read().is_none());
    lines.extend(smsc.stop().all_events());

    let password = bind().password.reveal().to_string();
    let smsc = Smsc::start(&["--password", &password]);
    let mut peer = Line::new(TcpStream::connect(&smsc.address).unwrap());
    peer.write(bind(), OK, 1);
    peer.expect(CommandId::BIND_TRANSCEIVER_RESP);
    peer.write(smpp_core::pdu::Unbind::default(), OK, 2);
    peer.expect(CommandId::UNBIND_RESP);
    lines.extend(smsc.stop().all_events());
    lines
}

fn offline() -> Vec<(&'static str, Vec<Value>)> {
    let run = |args: &[&str], input: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_smpp"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let header = "0000001080000000000000030000000700000010800000";
    let udh = "0000002a00000005000000000000000100010100010100400000000000000000090500030102 01ff4142";
    let encoded = r#"{"command":"enquire_link","sequence_number":7}"#.to_owned() + "\n{}\n";
    let texts = r#"{"text":"ığış","encoding":"auto","national":true}"#.to_owned()
        + "\n{\"text\":\"è ğ è ì ø\",\"encoding\":\"auto\",\"national\":true}"
        + "\n{\"octets\":\"41\"}\n{\"octets\":\"zz\"}\n";
    let receipts = [
        r#""nothing""#,
        r#"{"text":"id:1 stat:DELIVRD mcc:1","tlvs":[{"tag":30,"value":"3100"},{"tag":1059,"value":"030001"}]}"#,
        "7",
    ];
    vec![
        ("decode", run(&["decode", "--json", "-"], &format!("{header}\n{udh}\nffffffff\n"))),
        ("encode", run(&["encode", "--json"], &encoded)),
        (
            "text",
            [run(&["text", "--json", "encode"], &texts), run(&["text", "--json", "decode"], &texts)].concat(),
        ),
        (
            "split",
            [
                run(&["split", "--json", "--encoding", "gsm7"], "\"\u{436}\"\n"),
                run(&["split", "--json", "--national"], "\"ığış\"\n\"è ğ è ì ø\"\n"),
            ]
            .concat(),
        ),
        ("receipt", run(&["receipt", "--json"], &receipts.join("\n"))),
    ]
}
