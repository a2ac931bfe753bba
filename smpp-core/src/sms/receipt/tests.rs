use super::*;
use crate::text::{Encoding, NoRoom};
use crate::types::{EsmClass, MessageState};
use std::string::{String, ToString};
use std::vec;

fn tlvs(id: &'static [u8], state: u8) -> ReceiptTlvs<'static> {
    let (receipted_message_id, message_state) = (Some(id), Some(MessageState(state)));
    ReceiptTlvs { receipted_message_id, message_state, ..ReceiptTlvs::default() }
}

#[test]
fn state_words_are_those_of_the_table() {
    let mut words = 0;
    for row in include_str!("../../../tests/spec/enums.tsv").lines() {
        let columns: vec::Vec<_> = row.split('\t').collect();
        if columns[0] != "dlr_stat_word" {
            continue;
        }
        let state = columns[3].strip_prefix("message_state ").unwrap().parse().ok().map(MessageState);
        for word in columns[1].split(" / ") {
            words += 1;
            for word in [word.to_string(), word.to_lowercase(), std::format!("{word}:why")] {
                assert_eq!(state_of_word(word.as_bytes()), state, "{word}");
            }
        }
    }
    // All of ours and the two that name no state.
    assert_eq!(words, WORDS.len() + 2);
    assert_eq!((state_of_word(b""), state_of_word(b"DELIVR"), state_of_word(b"...")), (None, None, None));
    for word in [&b"DELIVRD."[..], b"'delivrd'", b"[DELIVRD]", b"DELIVRD.:why"] {
        assert_eq!(state_of_word(word), Some(MessageState::DELIVERED), "{word:?}");
    }
}

#[test]
fn keys_count_behind_anything_that_is_no_letter_and_no_digit() {
    for (text, id) in [
        ("id:1", Some("1")),
        ("ID:1", Some("1")),
        ("?id:1", Some("1")),
        ("_id:1", Some("1")),
        ("\u{e9}id:1", Some("1")),
        ("sub:2,id:1", Some("1")),
        ("id:sub:2", Some("")),
        ("id: 1", Some("1")),
        ("id: \t1 stat:X", Some("1")),
        ("id: stat:X", Some("")),
        ("id:1;stat:X", Some("1")),
        ("id:1, stat:X", Some("1")),
        ("sub:2 id:", Some("")),
        ("id:1 id:2", Some("1")),
        ("id:a-b.c\tsub:2", Some("a-b.c")),
        ("sub:2 valid:1", None),
        ("sub:2 2id:1", None),
        ("sub:2 id :1", None),
    ] {
        assert_eq!(Receipt::parse(text.as_bytes()).unwrap().id, id.map(str::as_bytes), "{text}");
    }
    for text in ["", "Hello world", "id", "valid:1", "see http://example.com", ":", "\0"] {
        assert_eq!(Receipt::parse(text.as_bytes()), None, "{text}");
    }
}

/// Of the kind "tolerance that stops at punctuation".
#[test]
fn blanks_behind_a_colon_are_skipped_unless_a_key_follows() {
    let read = |text: &'static str| Receipt::parse(text.as_bytes()).unwrap();
    let receipt = read("id:1 stat: DELIVRD err:000");
    assert_eq!((receipt.stat, receipt.state()), (Some(&b"DELIVRD"[..]), Some(MessageState::DELIVERED)));
    let receipt = read("id: 1 stat: DELIVRD");
    assert_eq!((receipt.id, receipt.stat), (Some(&b"1"[..]), Some(&b"DELIVRD"[..])));
    let receipt = read("stat:X err: text: a");
    assert_eq!((receipt.err, receipt.text), (Some(&b""[..]), Some(&b" a"[..])));
    assert_eq!(read("done date: 1005242339 stat:X").done_date, Some(&b"1005242339"[..]));
    assert_eq!(read("id:1,stat:DELIVRD;err:4|").err, Some(&b"4"[..]));
}

#[test]
fn a_date_ends_at_the_next_word_that_starts_with_a_letter() {
    let text = b"id:7 sub:002 dlvrd:001 submit date:1005232039 xone date:1005242339 stat:DELIVRD err:012";
    let receipt = Receipt::parse(text).unwrap();
    assert_eq!((receipt.submit_date, receipt.done_date), (Some(&b"1005232039"[..]), None));
    assert_eq!((receipt.state(), receipt.err), (Some(MessageState::DELIVERED), Some(&b"012"[..])));
    let date = |text: &'static str| Receipt::parse(text.as_bytes()).unwrap().done_date.unwrap();
    assert_eq!(date("done date:2013-02-17 00:04:29 stat:X"), b"2013-02-17 00:04:29");
    assert_eq!(date("done date:2013-02-17 00:04:29 UTC"), b"2013-02-17 00:04:29");
    assert_eq!(date("done date:17-Feb-2013"), b"17-Feb-2013");
    assert_eq!(date("done date:1005242339, mcc:262"), b"1005242339");
    assert_eq!(date("done date:YYMMDDhhmm stat:X"), b"YYMMDDhhmm");
}

/// Of the kind "two sources of one fact, one of them trusted blindly".
#[test]
fn a_tlv_that_says_nothing_gives_way_to_the_text() {
    let state = |text: &'static str, state| Report::new(text.as_bytes(), tlvs(b"1", state)).state();
    let undelivered = "id:1 stat:UNDELIV err:255";
    for nothing in [0, 10, 0x32, 255] {
        assert_eq!(state(undelivered, nothing), Some(MessageState::UNDELIVERABLE), "{nothing}");
        assert_eq!(state("id:1", nothing), Some(MessageState(nothing)), "{nothing} alone");
        assert_eq!(
            state("id:1 stat:WORD", nothing),
            Some(MessageState(nothing)),
            "{nothing} beside a vendor's word"
        );
    }
    assert_eq!(state("id:1 stat:UNDELIV", 2), Some(MessageState::DELIVERED), "it says something");
    let code = |octets: &'static [u8]| {
        let tlvs = ReceiptTlvs { network_error_code: Some(octets), ..tlvs(b"1", 5) };
        Report::new(undelivered.as_bytes(), tlvs).error().and_then(ReportError::code)
    };
    assert_eq!((code(b"\x03\0\0"), code(b"000"), code(b"\x03\0\x07")), (Some(255), Some(255), Some(7)));
}

#[test]
fn text_takes_the_rest_unless_stat_has_not_come() {
    let text = |receipt: &'static str| Receipt::parse(receipt.as_bytes()).unwrap().text;
    assert_eq!(text("stat:X text: a id:1 \0\0"), Some(&b" a id:1 "[..]));
    assert_eq!(text("text:a b id:1 stat:X"), Some(&b"a b"[..]));
    assert_eq!(text("text: stat:X"), Some(&b""[..]));
    assert_eq!(text("id:1 text: a b "), Some(&b" a b "[..]));
    assert_eq!(text("id:1 stat:X"), None);
    let receipt = Receipt::parse(b"text:a stat:X id:7 text:b err:1").unwrap();
    assert_eq!((receipt.id, receipt.err, receipt.text), (Some(&b"7"[..]), None, Some(&b"a"[..])));
}

#[test]
fn dates_have_10_12_or_14_digits_field_note_2() {
    for (digits, date) in [
        ("1005232039", Some("2010-05-23T20:39:00")),
        ("110206193110", Some("2011-02-06T19:31:10")),
        ("202613011130", None),
        ("202612311159", Some("2026-12-31T11:59:00")),
        ("20230101120001", Some("2023-01-01T12:00:01")),
        ("7001010000", Some("1970-01-01T00:00:00")),
        ("6912312359", Some("2069-12-31T23:59:00")),
        ("9912312359", Some("1999-12-31T23:59:00")),
        ("2402290000", Some("2024-02-29T00:00:00")),
        ("2302290000", None),
        ("0000000000", None),
        ("000000000000", None),
        ("20260101", None),
        ("1711018800000", None),
        ("2023-01-01 12:00:00", None),
        ("10052320x9", None),
        ("", None),
    ] {
        assert_eq!(parse_date(digits.as_bytes()).map(|date| date.to_string()).as_deref(), date, "{digits}");
    }
}

/// In practice 24 and jasmin#117: a network_error_code in ASCII.
#[test]
fn tlvs_go_before_the_text() {
    let text = b"id:1 stat:DELIVRD err:004";
    let report = Report::new(text, ReceiptTlvs::default());
    assert_eq!((report.message_id(), report.state()), (Some(&b"1"[..]), Some(MessageState::DELIVERED)));
    assert_eq!(report.error().and_then(ReportError::code), Some(4));
    let codes: [(&'static [u8], _, _); 6] = [
        (b"\x03\x03\xED", ReportError::Network { network: 3, code: 1005 }, Some(1005)),
        (b"\x00\x03\xED", ReportError::Network { network: 0, code: 1005 }, Some(1005)),
        (b"042", ReportError::Text(b"042"), Some(42)),
        (b"1005\0\0", ReportError::Text(b"1005"), Some(1005)),
        (b"00A", ReportError::Text(b"00A"), None),
        (b"", ReportError::Text(b"004"), Some(4)),
    ];
    for (octets, error, code) in codes {
        let tlvs = ReceiptTlvs { network_error_code: Some(octets), ..tlvs(b"2\0\0", 5) };
        let report = Report::new(text, tlvs);
        assert_eq!(
            (report.message_id(), report.state()),
            (Some(&b"2"[..]), Some(MessageState::UNDELIVERABLE))
        );
        assert_eq!((report.error(), error.code()), (Some(error), code), "{octets:?}");
    }
    let report = Report::new(text, ReceiptTlvs { message_state: None, ..tlvs(b"\0", 0) });
    assert_eq!((report.message_id(), report.state()), (Some(&b"1"[..]), Some(MessageState::DELIVERED)));
}

#[test]
fn receipts_may_be_told_by_tlvs_alone_field_note_3() {
    let report = Report::new(b"", tlvs(b"abc", 2));
    assert_eq!((report.receipt, report.message_id(), report.error()), (None, Some(&b"abc"[..]), None));
    assert_eq!(report.state(), Some(MessageState::DELIVERED));
    let report = Report::new(b"", tlvs(b"abc\0junk", 2));
    assert_eq!(report.message_id(), Some(&b"abc"[..]), "it ends at its NUL");
}

#[test]
fn receipt_or_message_field_note_4() {
    let none = ReceiptTlvs::default();
    let class = |esm_class, tlvs, text: &str, by_text| {
        MessageClass::of(EsmClass(esm_class), &tlvs, text.as_bytes(), by_text)
    };
    for (esm_class, expected) in [
        (0x04, MessageClass::Receipt),
        (0x44, MessageClass::Receipt),
        (0x07, MessageClass::Receipt),
        (0x20, MessageClass::Intermediate),
        (0x08, MessageClass::Acknowledgement),
        (0x10, MessageClass::Acknowledgement),
        (0x18, MessageClass::Message),
        (0x00, MessageClass::Message),
        (0x40, MessageClass::Message),
        (0x24, MessageClass::Message),
    ] {
        assert_eq!(class(esm_class, none, "Hello", true), expected, "{esm_class:#x}");
    }
    let receipt = "id:1 stat:DELIVRD";
    assert_eq!(class(0, none, receipt, true), MessageClass::Receipt);
    assert_eq!(class(0, none, receipt, false), MessageClass::Message);
    assert_eq!(class(0x18, none, receipt, true), MessageClass::Message);
    assert_eq!(class(0, none, "my id:1, text: hello", true), MessageClass::Message);
    assert_eq!(class(0, none, "Parcel id:4711 stat:open since Monday", true), MessageClass::Message);
    assert_eq!(class(0, none, "Parcel id:4711 stat:open done date:", true), MessageClass::Message);
    assert_eq!(
        class(0, none, "id:4711 done date:1708071603 stat:DONE", true),
        MessageClass::Receipt,
        "a vendor's word"
    );
    assert_eq!(class(0, tlvs(b"1", 2), "", false), MessageClass::Receipt);
    let only_state = ReceiptTlvs { message_state: Some(MessageState::DELIVERED), ..none };
    assert_eq!(class(0, only_state, "", false), MessageClass::Receipt);
    let only_reference = ReceiptTlvs { user_message_reference: Some(7), ..none };
    assert_eq!(class(0, only_reference, "", false), MessageClass::Message);
}

#[test]
fn receipts_under_data_coding_8_are_decoded_first_node_smpp_68_field_note_14() {
    let wide: vec::Vec<u8> =
        "id:1 stat:DELIVRD text:\u{436}\u{1F600}".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut out = [0; 64];
    assert_eq!(Receipt::parse(&wide), None);
    let text = Encoding::Ucs2.decode_str(&wide, &mut out).unwrap();
    let receipt = Receipt::parse(text.as_bytes()).unwrap();
    assert_eq!((receipt.id, receipt.text), (Some(&b"1"[..]), Some("\u{436}\u{1F600}".as_bytes())));
}

fn write(values: &ReceiptValues<'_>, format: &ReceiptFormat) -> String {
    let mut out = [0; 200];
    let length = values.encode(format, &mut out).unwrap();
    assert_eq!(values.encode(format, &mut out[..length - 1]), Err(NoRoom { needed: length }));
    String::from_utf8(out[..length].to_vec()).unwrap()
}

#[test]
fn what_is_written_in_a_provider_s_form_reads_back() {
    let done_date = parse_date(b"20240229235907").unwrap();
    let values = ReceiptValues {
        id: b"f00d",
        sub: 1,
        dlvrd: 12_345,
        submit_date: parse_date(b"9912312359").unwrap(),
        done_date,
        state: MessageState::REJECTED,
        err: 1005,
        text: b"The first twenty octets, not more",
    };
    assert_eq!(
        write(&values, &ReceiptFormat::APPENDIX_B),
        "id:f00d sub:001 dlvrd:12345 submit date:9912312359 done date:2402292359 stat:REJECTD err:1005 \
         text:The first twenty oct"
    );
    let values = ReceiptValues { err: 0, ..values };
    assert!(write(&values, &ReceiptFormat::WAVIX).ends_with("stat:REJECTD err:000"));
    for (form, digits) in [(DateForm::Seconds, "240229235907"), (DateForm::FullYear, "20240229235907")] {
        let fields = &[(ReceiptField::DoneDate, "Done Date"), (ReceiptField::Err, "err")];
        let format = ReceiptFormat { dates: form, fields, err_digits: 1, ..ReceiptFormat::APPENDIX_B };
        let text = write(&values, &format);
        assert_eq!(text, std::format!("Done Date:{digits} err:0"));
        assert_eq!(Receipt::parse(text.as_bytes()).unwrap().done_time(), Some(done_date));
    }
    for state in MessageState::NAMED {
        let text = write(&ReceiptValues { state: *state, ..values }, &ReceiptFormat::WAVIX);
        let receipt = Receipt::parse(text.as_bytes()).unwrap();
        assert_eq!((receipt.state(), receipt.stat.unwrap().len()), (Some(*state), 7));
    }
    assert!(
        write(&ReceiptValues { state: MessageState(77), ..values }, &ReceiptFormat::WAVIX)
            .contains("stat:UNKNOWN")
    );
}

proptest::proptest! {
    #[test]
    fn any_octets_are_read_without_harm(octets: vec::Vec<u8>, keys in "(id:|stat:|text:|done date:| |1){0,12}") {
        let all = [keys.as_bytes(), &octets].concat();
        for text in [&octets[..], keys.as_bytes(), &all] {
            if let Some(receipt) = Receipt::parse(text) {
                let _ = (receipt.state(), receipt.submit_time(), receipt.done_time());
                proptest::prop_assert!(text.starts_with(receipt.raw));
            }
        }
    }
}
