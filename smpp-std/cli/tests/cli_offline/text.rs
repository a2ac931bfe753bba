//! `smpp text`: the encodings, both ways.

use crate::run::{Run, smpp};
use serde_json::{Value, json};

fn run(way: &str, lines: &[Value]) -> Run {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    smpp(&["text", "--json", way], input.as_bytes())
}

fn one(way: &str, line: Value) -> Value {
    run(way, &[line]).line()
}

fn encode(line: Value) -> Value {
    one("encode", line)
}

fn decode(line: Value) -> Value {
    one("decode", line)
}

#[test]
fn the_answers_have_the_keys_of_the_contract() {
    let line = encode(json!({ "text": "a€", "encoding": "gsm7" }));
    let expected = r#"{"input":0,"encoding":"gsm7","octets":"611b65","septets":3}"#;
    assert_eq!(line.to_string(), expected);
    assert_eq!(
        encode(json!({ "text": "é", "encoding": "latin1" })),
        json!({ "input": 0, "encoding": "latin1", "octets": "e9" })
    );
    assert_eq!(
        decode(json!({ "octets": "611b65", "encoding": "gsm7" })),
        json!({ "input": 0, "text": "a€" })
    );
    let error = json!({ "input": 0, "error": { "fault": "unmappable", "char": "`", "index": 4 } });
    assert_eq!(encode(json!({ "text": "é€ x`", "encoding": "gsm7" })).to_string(), error.to_string());
}

#[test]
fn auto_takes_gsm_text_where_it_can() {
    for (text, encoding, octets) in
        [("é[", "gsm7", "051b3c"), ("ж", "ucs2", "0436"), ("😀", "ucs2", "d83dde00"), ("", "gsm7", "")]
    {
        let line = encode(json!({ "text": text, "encoding": "auto" }));
        assert_eq!((&line["encoding"], &line["octets"]), (&json!(encoding), &json!(octets)), "{text}");
    }
    let turkish = "ğş".repeat(40);
    assert_eq!(encode(json!({ "text": turkish, "encoding": "auto" }))["encoding"], "ucs2");
    let line = encode(json!({ "text": turkish, "encoding": "auto", "national": true }));
    assert_eq!(
        (&line["encoding"], &line["locking"], &line["septets"]),
        (&json!("gsm7"), &json!(1), &json!(80))
    );
}

#[test]
fn every_row_of_the_tables_reads_and_writes() {
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    let tables = [
        (include_str!("../../../../smpp-core/tests/spec/gsm0338-basic.tsv"), "", 0),
        (include_str!("../../../../smpp-core/tests/spec/gsm0338-extension.tsv"), "1b", 0),
        (include_str!("../../../../smpp-core/tests/spec/gsm0338-national-locking.tsv"), "", 2),
        (include_str!("../../../../smpp-core/tests/spec/gsm0338-national-single.tsv"), "1b", 2),
    ];
    for (table, escape, first) in tables {
        for row in table.lines().skip(1) {
            let columns: Vec<_> = row.split('\t').collect();
            let number = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
            let Some(ch) = columns[first + 1].split(' ').next().filter(|code| !code.is_empty()) else {
                continue;
            };
            let octets = format!("{escape}{}", columns[first].trim_start_matches("0x").to_lowercase());
            let mut line = json!({ "octets": octets, "encoding": "gsm7" });
            if first > 0 {
                let key = if escape.is_empty() { "locking" } else { "single" };
                line[key] = number(columns[0]).into();
            }
            lines.push(line);
            expected.push(char::from_u32(number(ch)).unwrap().to_string());
        }
    }
    assert!(lines.len() > 2000, "{}", lines.len());
    let decoded = run("decode", &lines).lines();
    let mut back = Vec::new();
    for ((line, answer), expected) in lines.iter().zip(&decoded).zip(&expected) {
        assert_eq!(answer["text"], *expected, "{line}");
        let mut line = line.clone();
        line["text"] = answer["text"].clone();
        back.push(line);
    }
    // What it is written as reads the same again: some characters have two codes.
    let written = run("encode", &back).lines();
    let again: Vec<_> = back
        .iter()
        .zip(&written)
        .map(|(line, answer)| {
            let mut line = line.clone();
            line["octets"] = answer["octets"].clone();
            line
        })
        .collect();
    for ((line, answer), expected) in again.iter().zip(run("decode", &again).lines()).zip(&expected) {
        assert_eq!(answer["text"], *expected, "{line}");
    }
}

#[test]
fn decoding_replaces_what_is_no_text_or_refuses_it() {
    for (encoding, octets, text, index) in [
        ("gsm7", "0080ff", "@\u{FFFD}\u{FFFD}", Some(1)),
        ("gsm7", "611b", "a ", None),
        ("gsm7", "1b1b", " ", None),
        ("gsm7", "1b61", "a", None),
        ("ucs2", "0061d83d", "a\u{FFFD}", Some(2)),
        ("ucs2", "de000061", "\u{FFFD}a", Some(0)),
        ("ascii", "61e9", "a\u{FFFD}", Some(1)),
        ("latin1", "e9", "é", None),
    ] {
        let line = json!({ "octets": octets, "encoding": encoding });
        assert_eq!(decode(line.clone())["text"], text, "{line}");
        let mut strict = line;
        strict["unmappable"] = "reject".into();
        let answer = decode(strict);
        match index {
            Some(index) => assert_eq!(
                (&answer["error"]["fault"], &answer["error"]["index"]),
                (&json!("unmappable"), &json!(index))
            ),
            None => assert_eq!(answer["text"], text),
        }
    }
}

#[test]
fn unmappable_characters_are_refused_replaced_or_transliterated() {
    let line = |unmappable| encode(json!({ "text": "“ж”", "encoding": "gsm7", "unmappable": unmappable }));
    assert_eq!(line("replace")["octets"], "3f3f3f");
    assert_eq!(line("reject")["error"]["index"], 0);
    let quoted = encode(json!({ "text": "“a”", "encoding": "gsm7", "unmappable": "transliterate" }));
    assert_eq!(quoted["octets"], "226122");
    assert_eq!(encode(json!({ "text": "ж", "encoding": "latin1" }))["error"]["char"], "ж");
    assert_eq!(encode(json!({ "text": "é", "encoding": "ascii", "unmappable": "replace" }))["octets"], "3f");
}

#[test]
fn packing_fills_with_a_carriage_return() {
    for (text, octets, septets) in [
        ("hellohello", "e8329bfd4697d9ec37", 10),
        ("1234567", "31d98c56b3dd1a", 7),
        ("12345678", "31d98c56b3dd70", 8),
        ("", "", 0),
    ] {
        let line = encode(json!({ "text": text, "encoding": "gsm7-packed" }));
        assert_eq!((&line["octets"], &line["septets"]), (&json!(octets), &json!(septets)), "{text}");
        assert_eq!(decode(json!({ "octets": octets, "encoding": "gsm7-packed" }))["text"], text);
    }
    let told = |septets| {
        decode(json!({ "octets": "31d98c56b3dd1a", "encoding": "gsm7-packed", "septets": septets }))["text"]
            .clone()
    };
    assert_eq!((told(8), told(7), told(3)), (json!("1234567\r"), json!("1234567"), json!("123")));
    let many = decode(json!({ "octets": "31d98c56b3dd1a", "encoding": "gsm7-packed", "septets": 9 }));
    assert_eq!(many["error"], json!({ "fault": "out_of_range", "field": "septets" }));
    for fill_bits in 0..=6 {
        let line = encode(json!({ "text": "Grüße {€}", "encoding": "gsm7-packed", "fill_bits": fill_bits }));
        let back = json!({ "octets": line["octets"], "encoding": "gsm7-packed", "fill_bits": fill_bits, "septets": line["septets"] });
        assert_eq!(decode(back)["text"], "Grüße {€}", "{fill_bits}");
    }
}

#[test]
fn a_language_without_that_table_is_an_error() {
    for (key, language) in [("locking", 2), ("locking", 14), ("single", 14), ("single", 0), ("locking", 255)]
    {
        let mut line = json!({ "text": "a", "encoding": "gsm7" });
        line[key] = language.into();
        assert_eq!(encode(line)["error"], json!({ "fault": "no_table", "field": key }), "{language}");
    }
    assert_eq!(encode(json!({ "text": "a", "encoding": "gsm7", "single": 2 }))["octets"], "61");
    assert_eq!(
        decode(json!({ "octets": "61", "encoding": "gsm7", "locking": 2 }))["error"]["fault"],
        "no_table"
    );
}

#[test]
fn lone_surrogates_in_json_are_replaced() {
    let run = smpp(&["text", "--json", "encode"], br#"{"text":"a\ud83d","encoding":"ucs2"}"#);
    assert_eq!(run.line()["octets"], "0061fffd");
}

#[test]
fn lines_that_cannot_be_answered_are_told_and_the_rest_goes_on() {
    let lines = [
        ("", "not_json"),
        ("nonsense", "not_json"),
        ("[]", "wrong_type"),
        ("{}", "missing"),
        (r#"{"text":5}"#, "wrong_type"),
        (r#"{"text":"a","encoding":"klingon"}"#, "bad_value"),
        (r#"{"text":"a","encoding":5}"#, "wrong_type"),
        (r#"{"text":"a","encoding":"gsm7-packed","fill_bits":7}"#, "out_of_range"),
        (r#"{"text":"a","unmappable":"ignore"}"#, "bad_value"),
    ];
    let input: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
    let run = smpp(&["text", "encode", "--json"], format!("{input}{{\"text\":\"a\"}}\n").as_bytes());
    let answers = run.lines();
    assert_eq!((answers.len(), run.code), (10, 1));
    for ((at, (line, fault)), answer) in lines.iter().enumerate().zip(&answers) {
        assert_eq!((&answer["input"], &answer["error"]["fault"]), (&json!(at), &json!(fault)), "{line}");
    }
    assert_eq!(answers[9], json!({ "input": 9, "encoding": "gsm7", "octets": "61", "septets": 1 }));
    assert_eq!(decode(json!({ "octets": "6", "encoding": "gsm7" }))["error"]["fault"], "bad_hex");
    assert_eq!(decode(json!({ "octets": "61", "encoding": "auto" }))["error"]["fault"], "bad_value");
    assert_eq!(smpp(&["text", "--json", "encode"], b"{\"text\":\"a\"}").code, 0);
    assert_eq!(smpp(&["text", "--json"], b"").code, 2);
}

#[test]
fn people_give_texts_as_arguments() {
    assert_eq!(smpp(&["text", "encode", "a€"], b"").stdout, "611b65  gsm7, 3 septets\n");
    assert_eq!(smpp(&["text", "decode", "--encoding", "ucs2", "04 36"], b"").stdout, "\"ж\"\n");
    let refused = smpp(&["text", "encode", "--encoding", "gsm7", "ж"], b"");
    assert_eq!((refused.code, refused.stderr.as_str()), (1, "smpp: \"ж\": unmappable ж at 0\n"));
}

/// Of the kind "something the core knows and the program does not use".
#[test]
fn a_byte_order_mark_names_the_order_and_is_no_text() {
    for octets in ["fffe41004200", "feff00410042", "00410042"] {
        let line = serde_json::json!({ "octets": octets, "encoding": "ucs2" });
        let run = crate::run::smpp(&["text", "--json", "decode"], format!("{line}\n").as_bytes());
        assert_eq!(run.line()["text"], "AB", "{octets}");
    }
}
