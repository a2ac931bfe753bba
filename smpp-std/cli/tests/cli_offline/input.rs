//! Where `smpp decode` takes its octets from, and what it does with input that is none.

use crate::run::{TempFile, smpp};
use crate::wire::{hex, pdu};
use serde_json::json;

const LINK: &str = "00000010000000150000000000000001";

fn link(sequence: u32) -> Vec<u8> {
    pdu(0x15, 0, sequence, b"")
}

#[test]
fn standard_input_has_one_string_a_line() {
    let text = format!("# PDUs\n{LINK}\r\n\n  \t\n00 00 00 10\t00000015 00000000 00000002 # two\n{LINK}");
    for args in [&["decode", "--json", "-"][..], &["decode", "--json"]] {
        let run = smpp(args, text.as_bytes());
        let inputs: Vec<_> = run.lines().iter().map(|line| line["input"].as_u64().unwrap()).collect();
        assert_eq!((inputs, run.code), (vec![0, 1, 2], 0), "blank lines are not counted");
        assert_eq!(run.lines()[1]["sequence_number"], 2);
    }
}

#[test]
fn upper_case_and_blanks_are_hex_too() {
    let run = smpp(&["decode", "--json", "00 00 00 10 80 00 00 15 00 00 00 00 00 00 00 AF"], b"");
    assert_eq!(run.line()["sequence_number"], 0xAF);
}

#[test]
fn unreadable_hex_is_wrong_usage_and_the_rest_is_read() {
    for bad in ["zz", "000", "0x00", "00:00"] {
        let run = smpp(&["decode", "--json", bad], b"");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{bad}");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains("argument 1"), "{}", run.stderr);
    }
    let run = smpp(&["decode", "--json"], format!("{LINK}\n\nzz\n{LINK}\n").as_bytes());
    assert_eq!((run.code, run.lines().len()), (2, 2));
    assert!(run.stderr.contains("line 3 of standard input"), "{}", run.stderr);
    assert_eq!(run.lines()[1]["input"], 2, "the unreadable one has a number of its own");
    // Worse than an error in a PDU.
    assert_eq!(smpp(&["decode", "--json", "zz", "00"], b"").code, 2);
}

#[test]
fn nothing_at_all_is_no_error() {
    for text in ["", "\n\n", "# nothing\n"] {
        let run = smpp(&["decode", "--json", "-"], text.as_bytes());
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    }
}

#[test]
fn a_file_is_read_for_what_is_in_it() {
    let raw = TempFile::new("raw", &[link(1), link(2)].concat());
    let run = smpp(&["decode", "--json", "--file", raw.path()], b"");
    let places: Vec<_> =
        run.lines().iter().map(|line| (line["input"].clone(), line["offset"].clone())).collect();
    assert_eq!(places, [(json!(0), json!(0)), (json!(0), json!(16))]);

    let text = TempFile::new("text", format!("# {LINK}\n{LINK}\n\n{}\n", hex(&link(2))).as_bytes());
    let run = smpp(&["decode", "--json", "--file", text.path()], b"");
    assert_eq!((run.lines().len(), run.code), (2, 0));
    assert_eq!(run.lines()[1]["input"], 1);

    let typing_error = TempFile::new("typo", format!("{LINK}\n0g\n").as_bytes());
    let run = smpp(&["decode", "--json", "--file", typing_error.path()], b"");
    assert_eq!((run.lines().len(), run.code), (1, 2));
    assert!(run.stderr.contains("line 2 of"), "{}", run.stderr);

    let garbage = TempFile::new("garbage", b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let run = smpp(&["decode", "--json", "--file", garbage.path()], b"");
    assert_eq!((run.line()["error"]["fault"].clone(), run.code), (json!("bad_length"), 1));

    let run = smpp(&["decode", "--json", "--file", "-"], &link(3));
    assert_eq!(run.line()["sequence_number"], 3);
}

#[test]
fn dumps_of_other_tools_are_read() {
    let file = |name: &str, text: &str| {
        let file = TempFile::new(name, text.as_bytes());
        smpp(&["decode", "--json", "--file", file.path()], b"")
    };
    let hex = hex(&link(5));
    let pairs: Vec<_> = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    for (name, text) in [
        ("xxd", "00000000: 0000 0010 0000 0015 0000 0000 0000 0005  ................\n".to_owned()),
        ("wireshark", format!("0000   {}   ................\n", pairs.join(" "))),
        ("c", pairs.iter().map(|pair| format!("0x{pair},")).collect()),
        ("escapes", pairs.iter().map(|pair| format!("\\x{pair}")).collect()),
        ("colons", pairs.join(":")),
        ("dashes", pairs.join("-")),
        ("od", format!("0000000 {}\n0000020\n", pairs.join(" "))),
        ("heading", format!("Frame (16 bytes):\n\n0000   {}   ................\n", pairs.join(" "))),
        ("array", format!("char pdu[] = {{\n  0x{}\n}};\nint pdu_len = 16;\n", pairs.join(", 0x"))),
        ("bytes", format!("b'\\x{}'", pairs.join("\\x"))),
        ("lines", format!("{}\n{}\n{}\n", &hex[..16], &hex[16..24], &hex[24..])),
    ] {
        let run = file(name, &text);
        assert_eq!((run.lines().len(), run.code), (1, 0), "{name}: {run:?}");
        assert_eq!(
            (&run.lines()[0]["command"], &run.lines()[0]["sequence_number"]),
            (&json!("enquire_link"), &json!(5))
        );
    }
    // A PDU that breaks off does not take the next one.
    let run = file("broken", &format!("{}\n{hex}\n", &hex[..20]));
    assert_eq!((run.lines().len(), run.code), (2, 1), "{run:?}");
    let packed = TempFile::new("gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
    let run = smpp(&["decode", "--file", packed.path()], b"");
    assert_eq!((run.code, run.stderr.lines().count()), (2, 1));
    assert!(run.stderr.contains("this is gzip: unpack it first"), "{}", run.stderr);
}

#[test]
fn wrong_usage_is_told_in_one_line() {
    let missing = smpp(&["decode", "--file", "no/such/file"], b"");
    assert_eq!((missing.code, missing.stderr.lines().count()), (2, 1));
    assert!(missing.stderr.contains("no/such/file"));
    assert_eq!(smpp(&["decode", "--no-such-option"], b"").code, 2);
    for most in ["x", "15", "99999999999"] {
        assert_eq!(smpp(&["decode", "--max-pdu", most, LINK], b"").code, 2);
    }
    assert_eq!(smpp(&["decode", "--default-alphabet", "ebcdic", LINK], b"").code, 2);
    assert_eq!(smpp(&["decode", "--file", "f", LINK], b"").code, 2);
    assert_eq!(smpp(&["no-such-command"], b"").code, 2);
    assert_eq!(smpp(&[], b"").code, 2);
    assert_eq!(smpp(&["--help"], b"").code, 0);
}

#[test]
fn what_is_no_file_is_named_with_the_right_advice() {
    let folder = std::env::temp_dir();
    let mut cases = vec![
        ("no/such/file", "give a file that exists"),
        (folder.to_str().unwrap(), "give a file, or - for standard input"),
    ];
    if cfg!(unix) {
        cases.push(("/dev/null", "it is a device; give a file, or - for standard input"));
    }
    for (file, advice) in cases {
        let run = smpp(&["decode", "--json", "--file", file], b"");
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.lines().count()), (2, "", 1), "{run:?}");
        assert!(run.stderr.contains(file) && run.stderr.trim_end().ends_with(advice), "{run:?}");
    }
}

#[test]
fn options_out_of_range_and_those_of_the_other_way_are_refused() {
    for (args, word) in [
        (&["decode", "--port", "65536", "--file", "-"][..], "--port"),
        (&["text", "encode", "--fill-bits", "7", "a"], "--fill-bits"),
        (&["text", "encode", "--septets", "3", "a"], "--septets"),
        (&["text", "decode", "--encoding", "auto", "61"], "--encoding auto"),
        (&["text", "decode", "--national", "61"], "--national"),
    ] {
        let run = smpp(args, b"");
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.lines().count()), (2, "", 1), "{run:?}");
        assert!(run.stderr.contains(word), "{run:?}");
    }
    assert_eq!(smpp(&["decode", "--json", "--max-pdu", "16", LINK], b"").code, 0);
}

#[test]
fn text_that_is_no_utf_8_is_unreadable_and_the_mark_of_utf_8_is_no_text() {
    for args in [&["text", "encode"][..], &["split"]] {
        let broken = smpp(args, b"fine\ncaf\xe9\n");
        assert_eq!((broken.code, broken.stderr.lines().count()), (2, 1), "{broken:?}");
        assert!(broken.stderr.contains("line 2 is no UTF-8"), "{broken:?}");
    }
    let marked = TempFile::new("marked", format!("\u{FEFF}{}\n", crate::wire::hex(&link(1))).as_bytes());
    let run = smpp(&["decode", "--json", "--file", marked.path()], b"");
    assert_eq!((run.code, &run.line()["command"]), (0, &"enquire_link".into()), "{run:?}");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    use std::process::{Command, Stdio};
    let input = TempFile::new("many", &link(1).repeat(100_000));
    let mut child = Command::new(env!("CARGO_BIN_EXE_smpp"))
        .args(["decode", "--json", "--file", input.path()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
