//! PDUs that cannot be read, streams that break off or cannot be framed.

use crate::run::{decode, smpp};
use crate::wire::{Message, hex, pdu};
use serde_json::json;

fn error(octets: &[u8]) -> serde_json::Value {
    let run = decode(&hex(octets));
    assert_eq!(run.code, 1);
    let line = run.line();
    assert!(line.get("body").is_none());
    assert_eq!(line["command_length"], octets.len());
    line["error"].clone()
}

#[test]
fn what_cannot_be_read_is_told_with_its_answer() {
    let cut = |at: usize| {
        let octets = Message::default().submit_sm();
        pdu(4, 0, 1, &octets[16..at])
    };
    let message = |sm_length| Message { sm_length: Some(sm_length), ..Message::default() }.submit_sm();
    for (octets, fault, field, offset, status) in [
        (message(6), "truncated", "short_message", 53, "ESME_RINVMSGLEN"),
        (message(255), "truncated", "short_message", 53, "ESME_RINVMSGLEN"),
        (cut(52), "truncated", "sm_length", 52, "ESME_RINVCMDLEN"),
        (cut(44), "truncated", "protocol_id", 44, "ESME_RINVCMDLEN"),
        (cut(30), "unterminated", "destination_addr", 29, "ESME_RINVCMDLEN"),
        (pdu(4, 0, 1, b""), "truncated", "service_type", 16, "ESME_RINVCMDLEN"),
        (pdu(0x8000_0004, 0, 1, b"i\x01"), "unterminated", "message_id", 16, "ESME_RINVCMDLEN"),
        (pdu(0x21, 0, 1, b"\0\0\0\0\x01\x03"), "bad_dest_flag", "dest_flag", 21, "ESME_RINVDESTFLAG"),
        (pdu(0x999, 0, 1, b"abc"), "unknown_command", "command_id", 4, "ESME_RINVCMDID"),
        (pdu(0x8000_0999, 0, 1, b""), "unknown_command", "command_id", 4, "ESME_RINVCMDID"),
    ] {
        let expected = json!({ "fault": fault, "field": field, "offset": offset, "status": status });
        assert_eq!(error(&octets).to_string(), expected.to_string());
    }
}

#[test]
fn an_unknown_command_has_no_name_and_what_follows_is_read() {
    let stream = [pdu(0x999, 0, 7, b"abc"), pdu(0x15, 0, 8, b"")].concat();
    let run = decode(&hex(&stream));
    let lines = run.lines();
    assert_eq!(lines[0]["command"], json!(null));
    assert_eq!((&lines[0]["command_id"], &lines[0]["sequence_number"]), (&json!(0x999), &json!(7)));
    assert_eq!((&lines[1]["offset"], &lines[1]["command"]), (&json!(19), &json!("enquire_link")));
    assert_eq!(run.code, 1);
}

#[test]
fn an_octet_behind_sm_length_never_reaches_into_the_next_pdu() {
    let long = Message { sm_length: Some(30), ..Message::default() }.submit_sm();
    let lines = decode(&hex(&[long, pdu(0x15, 0, 2, b"")].concat())).lines();
    assert_eq!((lines.len(), &lines[1]["command"]), (2, &json!("enquire_link")));
}

#[test]
fn incomplete_input_tells_what_is_there_and_what_is_needed() {
    let link = hex(&pdu(0x15, 0, 1, b""));
    let long = hex(&Message::default().submit_sm());
    for (text, offset, have, need) in [
        (link[..30].to_owned(), 0, 15, 16),
        (link[..2].to_owned(), 0, 1, 16),
        (long[..32].to_owned(), 0, 16, 58),
        (format!("{link}{}", &long[..114]), 16, 57, 58),
        (format!("{link}00"), 16, 1, 16),
    ] {
        let run = decode(&text);
        let expected = json!({ "input": 0, "offset": offset, "incomplete": { "have": have, "need": need } });
        assert_eq!(run.lines().last().unwrap().to_string(), expected.to_string());
        assert_eq!(run.code, 1);
    }
}

#[test]
fn a_length_that_cannot_be_ends_its_input_and_no_other() {
    let link = hex(&pdu(0x15, 0, 1, b""));
    let run = smpp(&["decode", "--json", &format!("{link}0000000f{link}"), &link], b"");
    let lines = run.lines();
    assert_eq!((lines.len(), run.code), (3, 1));
    assert_eq!((&lines[1]["offset"], &lines[1]["error"]["fault"]), (&json!(16), &json!("bad_length")));
    assert_eq!(lines[1]["error"]["status"], "ESME_RINVCMDLEN");
    // All 16 octets of the header could be read.
    assert_eq!(lines[1]["command_length"], 15);
    assert_eq!(lines[2]["input"], 1);
    // In practice 23: an HTTP probe. Too short for a header, long enough to see that it is none.
    let http = decode(&hex(b"GET / HTTP"));
    assert!(http.line().get("command_length").is_none() && http.line().get("incomplete").is_none());
    assert_eq!((http.line()["error"]["fault"].clone(), http.code), (json!("bad_length"), 1));
    assert_eq!(decode("ffffffff").line()["error"]["fault"], "bad_length");
}

#[test]
fn the_limit_for_command_length_can_be_set() {
    let of = |length: u32| format!("{length:08x}000000040000000000000001");
    let fault = |args: &[&str]| smpp(args, b"").line()["error"]["fault"].clone();
    assert_eq!(decode(&of(66_560)).line()["incomplete"]["need"], 66_560);
    assert_eq!(fault(&["decode", "--json", &of(66_561)]), "bad_length");
    assert_eq!(
        fault(&["decode", "--json", "--max-pdu", "57", &hex(&Message::default().submit_sm())]),
        "bad_length"
    );
    let run = smpp(&["decode", "--json", "--max-pdu", "58", &hex(&Message::default().submit_sm())], b"");
    assert_eq!(run.code, 0);
    assert_eq!(
        smpp(&["decode", "--json", "--max-pdu", "70000", &of(66_561)], b"").line()["incomplete"]["need"],
        66_561
    );
}
