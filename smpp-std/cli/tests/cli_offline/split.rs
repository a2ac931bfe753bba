//! `smpp split`: where texts are cut, and why.

use crate::run::smpp;
use serde_json::{Value, json};

fn split(options: &[&str], text: &str) -> Value {
    smpp(&[&["split", "--json"], options].concat(), json!(text).to_string().as_bytes()).line()
}

fn units(answer: &Value) -> Vec<u64> {
    answer["parts"].as_array().unwrap().iter().map(|part| part["units"].as_u64().unwrap()).collect()
}

#[test]
fn the_answer_has_the_keys_of_the_contract() {
    let expected = r#"{"input":0,"encoding":"gsm7","parts":[{"units":3,"octets":"611b65"}],"because":null}"#;
    assert_eq!(split(&["--encoding", "auto", "--long", "udh8"], "a€").to_string(), expected);
    let expected = json!({
        "input": 0, "encoding": "ucs2", "parts": [{ "units": 2, "octets": "00610436" }],
        "because": { "char": "ж", "index": 1 },
    });
    assert_eq!(split(&[], "aж").to_string(), expected.to_string());
    let empty =
        json!({ "input": 0, "encoding": "gsm7", "parts": [{ "units": 0, "octets": "" }], "because": null });
    assert_eq!(split(&[], "").to_string(), empty.to_string());
}

#[test]
fn parts_hold_what_their_header_leaves() {
    for (long, reference, septets, wide, octets) in [
        ("udh8", "8", 153, 67, 134),
        ("udh16", "8", 152, 66, 133),
        ("sar", "8", 153, 67, 134),
        ("sar", "16", 152, 66, 133),
    ] {
        let options = |encoding| ["--encoding", encoding, "--long", long, "--sar-reference", reference];
        let of = |encoding, text: &str| units(&split(&options(encoding), text));
        assert_eq!(of("gsm7", &"a".repeat(160)), [160]);
        assert_eq!(of("gsm7", &"a".repeat(161)), [septets, 161 - septets]);
        assert_eq!(of("ucs2", &"ж".repeat(70)), [70]);
        assert_eq!(of("ucs2", &"ж".repeat(71)), [wide, 71 - wide]);
        assert_eq!(of("binary", &"\u{FF}".repeat(140)), [140]);
        assert_eq!(of("binary", &"\u{FF}".repeat(141)), [octets, 141 - octets]);
    }
    for (encoding, text) in [("gsm7", "a"), ("ucs2", "ж"), ("binary", "\u{FF}")] {
        assert_eq!(units(&split(&["--long", "payload", "--encoding", encoding], &text.repeat(1000))), [1000]);
    }
}

#[test]
fn pairs_are_never_cut() {
    let escape = split(&[], &format!("{}€{}", "a".repeat(152), "b".repeat(20)));
    assert_eq!(units(&escape), [152, 22]);
    assert!(escape["parts"][1]["octets"].as_str().unwrap().starts_with("1b65"));
    let surrogates = split(&["--encoding", "ucs2"], &format!("{}😀{}", "ж".repeat(66), "ж".repeat(10)));
    assert_eq!(units(&surrogates), [66, 12]);
    assert!(surrogates["parts"][1]["octets"].as_str().unwrap().starts_with("d83dde00"));
}

#[test]
fn the_parts_together_are_the_text() {
    let text = "Grüße {von} €uro ".repeat(60);
    let answer = split(&["--long", "udh16"], &text);
    let octets: String =
        answer["parts"].as_array().unwrap().iter().map(|part| part["octets"].as_str().unwrap()).collect();
    let line = json!({ "octets": octets, "encoding": "gsm7" });
    assert_eq!(smpp(&["text", "--json", "decode"], line.to_string().as_bytes()).line()["text"], text);
}

#[test]
fn what_cannot_be_split_is_refused() {
    let refused = |options: &[&str], text: &str| {
        let run = smpp(&[&["split", "--json"], options].concat(), json!(text).to_string().as_bytes());
        assert_eq!(run.code, 1);
        run.line()["error"].clone()
    };
    assert_eq!(
        refused(&["--encoding", "gsm7"], "aж"),
        json!({ "fault": "unmappable", "char": "ж", "index": 1 })
    );
    assert_eq!(
        refused(&["--encoding", "binary"], "aж"),
        json!({ "fault": "unmappable", "char": "ж", "index": 1 })
    );
    assert_eq!(refused(&[], &"a".repeat(255 * 153 + 1)), json!({ "fault": "too_many_parts", "parts": 256 }));
    assert_eq!(units(&split(&[], &"a".repeat(255 * 153))).len(), 255);
    assert_eq!(
        refused(&["--long", "payload"], &"a".repeat(65_536)),
        json!({ "fault": "too_long", "octets": 65_536 })
    );
}

#[test]
fn each_line_is_answered() {
    let run = smpp(&["split", "--json"], b"\"a\"\n5\n\n{\"text\":\"a\"}\n\"b\"\n");
    let faults: Vec<_> = run.lines().iter().map(|line| line["error"]["fault"].clone()).collect();
    assert_eq!(
        faults,
        [json!(null), json!("wrong_type"), json!("not_json"), json!("wrong_type"), json!(null)]
    );
    assert_eq!((run.lines()[4]["input"].clone(), run.code), (json!(4), 1));
}

#[test]
fn people_see_what_falls_where_and_why() {
    let forced = smpp(&["split", &"Grüße „dir“ ".repeat(12)], b"").stdout;
    for part in ["UCS2, 3 parts", "67 of 67 units", "forces UCS2", "in place of 3 parts"] {
        assert!(forced.contains(part), "{part} not in\n{forced}");
    }
    let dear = smpp(&["split", "a€b{"], b"").stdout;
    assert!(dear.contains("\"{€\" cost two septets each, 2 times"), "{dear}");
    assert!(!dear.contains('\u{1b}'));
}
