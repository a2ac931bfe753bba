//! `smpp decode --json`: the lines of its contract.

use crate::run::{Run, decode, smpp};
use crate::wire::{Message, hex, pdu, tlv};
use serde_json::{Value, json};

fn show(octets: &[u8]) -> Run {
    decode(&hex(octets))
}

#[test]
fn the_example_of_the_contract_is_printed_to_the_letter() {
    let run = decode("00000010000000150000000000000007");
    let expected = r#"{"input":0,"offset":0,"command_length":16,"command_id":21,"command":"enquire_link","command_status":0,"sequence_number":7,"body":{},"tlvs":[],"deviations":[]}"#;
    assert_eq!(run.stdout.trim_end(), expected);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn mandatory_fields_stand_in_body_by_their_names_and_in_order() {
    let tlvs = [tlv(0x0204, &[0, 7]), tlv(0x1400, b"abc")].concat();
    let line = show(&Message { tlvs, ..Message::default() }.submit_sm()).line();
    let expected = json!({
        "service_type": "", "source_addr_ton": 5, "source_addr_npi": 0, "source_addr": "Weather",
        "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "4915112345678", "esm_class": 0,
        "protocol_id": 0, "priority_flag": 0, "schedule_delivery_time": "", "validity_period": "",
        "registered_delivery": 1, "replace_if_present_flag": 0, "data_coding": 0, "sm_default_msg_id": 0,
        "sm_length": 5, "short_message": "48656c6c6f",
    });
    assert_eq!(line["body"].to_string(), expected.to_string());
    assert_eq!(line["text"], "Hello");
    assert_eq!(
        line["tlvs"],
        json!([
            { "tag": 516, "name": "user_message_reference", "value": "0007" },
            { "tag": 5120, "name": null, "value": "616263" },
        ])
    );
    assert_eq!(line["deviations"], json!([]));
}

#[test]
fn lists_stand_behind_their_count() {
    let destinations = b"\0\0\0\0\x03\x01\x01\x01123\0\x02friends\0\x01\0\0\0";
    let rest = b"\0\0\0\0\0\0\0\x04\0\x02hi";
    let line = show(&pdu(0x21, 0, 3, &[&destinations[..], rest].concat())).line();
    assert_eq!(line["body"]["number_of_dests"], 3);
    assert_eq!(
        line["body"]["dest_address"],
        json!([
            { "dest_flag": 1, "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "123" },
            { "dest_flag": 2, "dl_name": "friends" },
            { "dest_flag": 1, "dest_addr_ton": 0, "dest_addr_npi": 0, "destination_addr": "" },
        ])
    );
    assert_eq!(line["body"]["esm_class"], 0);
    assert_eq!((&line["body"]["short_message"], line.get("text")), (&json!("6869"), None));

    let line = show(&pdu(0x8000_0021, 0, 3, b"id\0\x01\x01\x01123\0\0\0\0\x0b")).line();
    let failed = json!({
        "message_id": "id", "no_unsuccess": 1,
        "unsuccess_sme": [{ "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "123", "error_status_code": 11 }],
    });
    assert_eq!(line["body"].to_string(), failed.to_string());
    let line = show(&pdu(0x8000_0021, 0, 3, b"id\0\0")).line();
    assert_eq!(line["body"], json!({ "message_id": "id", "no_unsuccess": 0, "unsuccess_sme": [] }));
}

#[test]
fn a_status_has_its_number_and_where_it_has_one_its_name() {
    for (status, name) in [
        (0, json!("ESME_ROK")),
        (0x58, json!("ESME_RTHROTTLED")),
        (0xC0, json!("ESME_RINVOPTPARSTREAM")),
        (0x112, json!("ESME_RINVBCASTCHANIND")),
        (0x410, Value::Null),
    ] {
        let line = show(&pdu(0x8000_0015, status, 3, b"")).line();
        assert_eq!((&line["command_status"], &line["status"]), (&json!(status), &name));
        assert!(name.is_string() || line.get("status").is_none());
    }
}

#[test]
fn strings_show_octet_by_octet_what_was_there() {
    let line =
        show(&Message { source: b"a\x01\x7f\x80\xe9\xff\"\\".to_vec(), ..Message::default() }.submit_sm());
    assert!(
        line.stdout.contains(r#""source_addr":"a\u0001\u007f\u0080\u00e9\u00ff\"\\""#),
        "{}",
        line.stdout
    );
    assert_eq!(line.line()["body"]["source_addr"], "a\u{1}\u{7f}\u{80}\u{e9}\u{ff}\"\\");
}

#[test]
fn a_password_is_shown_to_programs_and_hidden_from_people() {
    let bind = hex(&pdu(9, 0, 1, b"me\0secret\0\0\x34\0\0\0"));
    assert_eq!(decode(&bind).line()["body"]["password"], "secret");
    let dump = |bind: &str| {
        let dump = smpp(&["decode", bind], b"").stdout;
        assert!(!dump.contains("secret") && !dump.contains("73 65 63"), "{dump}");
        dump
    };
    assert!(dump(&bind).contains("***"));
    // Cut short, as a stream or as a PDU.
    assert!(dump(&bind[..bind.len() - 8]).contains("incomplete"));
    assert!(dump(&hex(&pdu(9, 0, 1, b"me\0secret"))).contains("unterminated"));
}

#[test]
fn text_is_given_where_the_coding_is_known() {
    let text = |data_coding, octets: &[u8], options: &[&str]| {
        let message = Message { data_coding, short_message: octets.to_vec(), ..Message::default() };
        let octets = hex(&message.submit_sm());
        let args = [&["decode", "--json", &octets], options].concat();
        smpp(&args, b"").line().get("text").cloned()
    };
    let latin1 = ["--default-alphabet", "latin1"];
    let ascii = ["--default-alphabet", "ascii"];
    for (data_coding, octets, options, expected) in [
        (0, &b"\x00\x1b\x65\x05"[..], &[][..], Some("@€é")),
        (1, b"\x00", &[], Some("@")),
        (0, b"\xe9\x00", &latin1, Some("é\0")),
        (1, b"\xe9", &latin1, Some("é")),
        (0, b"a\xe9@", &ascii, Some("a\u{FFFD}@")),
        (0, b"a\xe9", &["--default-alphabet", "gsm7"], Some("a\u{FFFD}")),
        (3, b"\xe9", &[], Some("é")),
        (8, b"\x04\x36\xd8\x3d\xde\x00\xd8\x3d", &[], Some("ж\u{1F600}\u{FFFD}")),
        (0x10, b"\x00", &latin1, Some("@")),
        (0x18, b"\x04\x36", &[], Some("ж")),
        (0xF0, b"\x00", &ascii, Some("@")),
        (0xF1, b"\x1b\x1b", &[], Some(" ")),
        (0xF5, b"\x00", &[], None),
        (0x14, b"\x00", &[], None),
        (2, b"\x00", &[], None),
        (4, b"\x00", &[], None),
        (9, b"\x00", &[], None),
        (5, b"\x93\xfa", &[], Some("日")),
        (6, b"\xbf", &[], Some("П")),
        (7, b"\xf9", &[], Some("ש")),
        (14, b"\xbe\xc8", &[], Some("안")),
        (8, b"\xff\xfeA\0B\0", &[], Some("AB")),
        (8, b"\xfe\xff\0A\0B", &[], Some("AB")),
        (0, b"\xc3\xa9", &["--default-alphabet", "utf8"], Some("é")),
        (0, b"\xc8\x32\x9b\xfd\x06", &["--default-alphabet", "gsm7-packed"], Some("Hello")),
        (0, b"", &[], Some("")),
    ] {
        assert_eq!(text(data_coding, octets, options), expected.map(Value::from), "{data_coding} {octets:?}");
    }
}

#[test]
fn octets_that_are_no_text_stand_beside_it() {
    let line = |octets: &[u8]| {
        show(&Message { short_message: octets.to_vec(), ..Message::default() }.submit_sm()).line()
    };
    let broken = line(b"Caf\xe9");
    assert_eq!((&broken["text"], &broken["octets"]), (&json!("Caf\u{FFFD}"), &json!("436166e9")));
    assert!(line(b"Cafe").get("octets").is_none());
}

#[test]
fn the_user_data_header_is_taken_off_and_names_the_tables() {
    let line = |short_message: &[u8]| {
        let message =
            Message { esm_class: 0x40, short_message: short_message.to_vec(), ..Message::default() };
        show(&message.deliver_sm()).line()
    };
    let part = line(b"\x05\0\x03\x2a\x02\x01Hello");
    assert_eq!((&part["udh"], &part["text"]), (&json!([{ "iei": 0, "data": "2a0201" }]), &json!("Hello")));
    let turkish = line(b"\x06\x24\x01\x01\x25\x01\x01\x1b\x67\x07");
    assert_eq!(turkish["text"], "ğı");
    // Spanish has no locking table: in a received header that is ignored.
    assert_eq!(line(b"\x03\x25\x01\x02\x07")["text"], "ì");
    assert_eq!(line(b"\0Hello")["udh"], json!([]));
    assert!(show(&Message::default().submit_sm()).line().get("udh").is_none());
}

#[test]
fn message_payload_is_text_too() {
    let payload = tlv(0x0424, b"\x05\0\x03\x2a\x02\x01Hello");
    let data = pdu(0x103, 0, 1, &[b"\0\0\0\0\x01\x01123\0\x40\0\0", &payload[..]].concat());
    let line = show(&data).line();
    assert_eq!((&line["udh"][0]["data"], &line["text"]), (&json!("2a0201"), &json!("Hello")));
    let without = show(&pdu(0x103, 0, 1, b"\0\0\0\0\x01\x01123\0\0\0\0")).line();
    assert!(without.get("text").is_none());
    let tlvs = tlv(0x0424, b"");
    let empty = show(&Message { short_message: Vec::new(), tlvs, ..Message::default() }.submit_sm()).line();
    assert_eq!(empty["text"], "");
    let broadcast = [b"\0\0\0\0\0\0\0\0\0\x08\0", &tlv(0x0424, b"\x04\x36")[..]].concat();
    assert_eq!(show(&pdu(0x111, 0, 1, &broadcast)).line()["text"], "ж");
}

#[test]
fn several_pdus_in_one_input_have_offsets_and_several_inputs_their_numbers() {
    let link = hex(&pdu(0x15, 0, 1, b""));
    let lines = smpp(&["decode", "--json", &format!("{link}{link}"), &link], b"").lines();
    let places: Vec<_> = lines.iter().map(|line| (line["input"].clone(), line["offset"].clone())).collect();
    assert_eq!(places, [(json!(0), json!(0)), (json!(0), json!(16)), (json!(1), json!(0))]);
}

#[test]
fn every_command_has_its_name() {
    let mut commands = 0;
    for row in include_str!("../../../../smpp-core/tests/spec/commands.tsv").lines().skip(1) {
        let columns: Vec<_> = row.split('\t').collect();
        if columns[3] == "reserved" {
            continue;
        }
        let id = u32::from_str_radix(columns[0].trim_start_matches("0x"), 16).unwrap();
        let line = show(&pdu(id, 8 * (id >> 31), 1, b"")).line();
        assert_eq!((&line["command_id"], &line["command"]), (&json!(id), &json!(columns[1])));
        commands += 1;
    }
    assert_eq!(commands, 33);
}

#[test]
fn people_get_offset_octets_field_and_meaning() {
    let tlvs = [tlv(0x0427, &[5]), tlv(0x1400, b"x"), vec![0]].concat();
    let receipt = b"id:1 stat:UNDELIV err:003".to_vec();
    let message = Message { esm_class: 4, short_message: receipt, tlvs, ..Message::default() };
    let run = smpp(&["decode", &hex(&message.deliver_sm())], b"");
    for part in [
        "     12  00 00 00 01              sequence_number          1\n",
        "source_addr_ton          5  Alphanumeric\n",
        "esm_class                4  MC delivery receipt\n",
        "message_state            5  UNDELIVERABLE\n",
        "tag 0x1400",
        "trailing_octets",
        "receipt                  of \"1\": UNDELIVERABLE, error \"003\"",
    ] {
        assert!(run.stdout.contains(part), "{part} not in\n{}", run.stdout);
    }
    assert!(!run.stdout.contains('\u{1b}'), "no colour where no terminal is");
    assert!(run.stdout.lines().all(|line| !line.ends_with(' ')), "no blanks at the ends");
    let list = smpp(&["decode", "--list", &hex(&message.deliver_sm())], b"").stdout;
    assert_eq!(list.lines().count(), 2);
    assert!(list.contains("deliver_sm") && list.contains("! trailing_octets"), "{list}");
}
