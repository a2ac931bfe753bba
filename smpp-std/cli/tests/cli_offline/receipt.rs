//! `smpp receipt`: texts of the field, and their TLVs.

use crate::run::smpp;
use serde_json::{Value, json};

fn receipts(lines: &[Value]) -> Vec<Value> {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    smpp(&["receipt", "--json"], input.as_bytes()).lines()
}

fn receipt(text: &str) -> Value {
    receipts(&[json!(text)]).remove(0)
}

#[test]
fn all_keys_stand_in_the_order_of_the_contract() {
    let text = "id:0123456789 sub:002 dlvrd:001 submit date:1005232039 done date:1005242339 stat:DELIVRD err:21b text:This is a sample mes";
    let expected = json!({
        "input": 0, "id": "0123456789", "sub": "002", "dlvrd": "001", "submit_date": "1005232039",
        "submit_time": "2010-05-23T20:39:00", "done_date": "1005242339", "done_time": "2010-05-24T23:39:00",
        "stat": "DELIVRD", "state": "delivered", "final": true, "err": "21b", "text": "This is a sample mes",
    });
    assert_eq!(receipt(text).to_string(), expected.to_string());
}

#[test]
fn absent_keys_are_null_and_empty_ones_empty() {
    let read = receipt("id:XYZ-123 sub: stat:EXPIRED");
    assert_eq!((&read["sub"], &read["dlvrd"], &read["text"]), (&json!(""), &json!(null), &json!(null)));
    assert_eq!(receipts(&[json!("hello")]), [json!({ "input": 0, "receipt": null })]);
}

#[test]
fn states_are_final_or_not_or_unknown() {
    for (stat, state, last) in [
        ("DELIVRD", json!("delivered"), json!(true)),
        ("ENROUTE", json!("enroute"), json!(false)),
        ("ACCEPTD", json!("accepted"), json!(false)),
        ("UNKNOWN", json!("unknown"), json!(true)),
        ("SCHEDLD", json!("scheduled"), json!(false)),
        ("SKIPPED", json!("skipped"), json!(true)),
        ("BADSTAT", json!(null), json!(null)),
    ] {
        let read = receipt(&format!("id:1 stat:{stat}"));
        assert_eq!((&read["state"], &read["final"]), (&state, &last), "{stat}");
    }
}

#[test]
fn any_order_and_case_of_keys_and_all_lengths_of_dates() {
    let read = receipt(
        "SUB:001 Id:74e0 err:000 dlvrd:001 DONE DATE:110206193110 submit date:20110206193041 text: stat:DELIVRD",
    );
    assert_eq!((&read["id"], &read["text"], &read["stat"]), (&json!("74e0"), &json!(""), &json!("DELIVRD")));
    assert_eq!(
        (&read["done_time"], &read["submit_time"]),
        (&json!("2011-02-06T19:31:10"), &json!("2011-02-06T19:30:41"))
    );
    for (date, time) in [
        ("200809011130", json!("2020-08-09T01:11:30")),
        ("201311011130", json!("2013-11-01T11:30:00")),
        ("7001010000", json!("1970-01-01T00:00:00")),
        ("6912312359", json!("2069-12-31T23:59:00")),
        ("0000000000", json!(null)),
        ("20260101", json!(null)),
    ] {
        let read = receipt(&format!("id:1 done date:{date} stat:DELIVRD"));
        assert_eq!((&read["done_date"], &read["done_time"]), (&json!(date), &time), "{date}");
    }
}

#[test]
fn tlvs_go_before_the_text() {
    let lines = receipts(&[
        json!({ "text": "id:1 stat:ENROUTE", "tlvs": [{ "tag": 30, "value": "616200" }, { "tag": 1063, "value": "05" }] }),
        json!({ "text": "id:1 stat:ENROUTE", "tlvs": [] }),
        json!({ "text": "", "tlvs": [{ "tag": 1063, "value": "02" }] }),
        json!({ "text": "", "tlvs": [] }),
    ]);
    let first = &lines[0];
    assert_eq!(
        (&first["id"], &first["receipted_message_id"], &first["message_id"]),
        (&json!("1"), &json!("ab"), &json!("ab"))
    );
    assert_eq!(
        (&first["stat"], &first["state"], &first["final"]),
        (&json!("ENROUTE"), &json!("undeliverable"), &json!(true))
    );
    assert_eq!((&lines[1]["receipted_message_id"], &lines[1]["message_id"]), (&json!(null), &json!("1")));
    assert_eq!((&lines[2]["id"], &lines[2]["state"]), (&json!(null), &json!("delivered")));
    assert_eq!(lines[3]["receipt"], json!(null));
}

#[test]
fn a_line_that_is_none_is_told_and_the_rest_goes_on() {
    let run = smpp(&["receipt", "--json"], b"5\nx\n\n\"id:1\"\n{\"text\":7}\n");
    let faults: Vec<_> = run.lines().iter().map(|line| line["error"]["fault"].clone()).collect();
    assert_eq!(
        faults,
        [json!("wrong_type"), json!("not_json"), json!("not_json"), json!(null), json!("wrong_type")]
    );
    assert_eq!((run.lines()[3]["id"].clone(), run.code), (json!("1"), 1));
}

#[test]
fn people_get_the_fields_one_below_the_other() {
    let run = smpp(&["receipt", "id:1 done date:2101041522 stat:DELIVRD"], b"");
    assert!(
        run.stdout.contains("2021-01-04T15:22:00") && run.stdout.contains("delivered, final"),
        "{}",
        run.stdout
    );
    assert_eq!((smpp(&["receipt"], b"no receipt\n").code, run.code), (1, 0));
}

/// Of the kind "received and shown nowhere".
#[test]
fn keys_of_the_provider_are_extra() {
    let read =
        receipt("id:7 mcc:262 mnc:01 submit date:1005232039 xone date:1005242339 stat:DELIVRD err:012");
    assert_eq!(read["extra"], json!({ "mcc": "262", "mnc": "01", "xone date": "1005242339" }));
    assert_eq!(
        (&read["submit_date"], &read["done_date"], &read["stat"]),
        (&json!("1005232039"), &json!(null), &json!("DELIVRD"))
    );
    assert!(receipt("id:7 stat:DELIVRD").get("extra").is_none());
}

#[test]
fn a_state_in_a_tlv_that_says_nothing_gives_way() {
    let text =
        "id:1 sub:001 dlvrd:001 submit date:1807221736 done date:1807221736 stat:UNDELIV err:255 text:x";
    let with = |text: &str, value: &str| json!({ "text": text, "tlvs": [{ "tag": 1063, "value": value }] });
    for (line, state, last) in [
        (with(text, "00"), json!("undeliverable"), json!(true)),
        (with(text, "0a"), json!("undeliverable"), json!(true)),
        (with(text, "35"), json!("undeliverable"), json!(true)),
        (with("id:1", "00"), json!("scheduled"), json!(false)),
        (with(text, "02"), json!("delivered"), json!(true)),
    ] {
        let read = receipts(&[line]).remove(0);
        assert_eq!((&read["state"], &read["final"]), (&state, &last));
    }
}

/// Of the kind "received and shown nowhere".
#[test]
fn a_network_error_code_is_shown_by_its_number() {
    let with = |value: &str| json!({ "text": "id:1 stat:UNDELIV err:005", "tlvs": [{ "tag": 1059, "value": value }] });
    for (value, code) in [("030006", json!(6)), ("303036", json!(6)), ("ff", json!("ff"))] {
        let read = receipts(&[with(value)]).remove(0);
        assert_eq!((&read["network_error_code"], &read["err"]), (&code, &json!("005")), "{value}");
    }
    let without = receipts(&[json!({ "text": "id:1", "tlvs": [] })]).remove(0);
    assert!(without.get("network_error_code").is_none(), "{without}");
}
