//! Every row of the table of receipts that were seen in the field.

use smpp_core::sms::receipt::{MessageClass, Receipt, ReceiptTlvs, Report};
use smpp_core::types::{EsmClass, MessageState};

const TABLE: &str = include_str!("spec/dlr-formats.tsv");

/// What a row gives: id, submit time, stat, state, err, text. Rows that are templates give what stands behind the key.
struct Expected {
    row: u32,
    id: &'static str,
    submit_time: Option<&'static str>,
    stat: Option<&'static str>,
    state: Option<MessageState>,
    err: Option<&'static str>,
    text: Option<&'static [u8]>,
}

macro_rules! expected {
    ($($row:literal $id:literal $submit:expr, $stat:expr, $state:expr, $err:expr, $text:expr;)*) => {
        [$(Expected { row: $row, id: $id, submit_time: $submit, stat: $stat, state: $state, err: $err, text: $text }),*]
    };
}

const DELIVERED: Option<MessageState> = Some(MessageState::DELIVERED);
const DELIVRD: Option<&str> = Some("DELIVRD");
const ZERO: Option<&str> = Some("000");

fn expected() -> impl Iterator<Item = Expected> {
    let rows = expected! {
        1 "IIIIIIIIII" None, Some("DDDDDDD"), None, Some("E"), Some(b" . . . . . . . . .");
        2 "{message_id}" None, Some("{message_stat}"), None, Some("{message_err}"), None;
        3 "IIIIIIIIII" None, Some("DDDDDDD"), None, Some("E"), Some(b" ...");
        4 "IIIIIIIIII" None, Some("DDDDDDD"), None, Some("E"), Some(b" ...");
        5 "a29f6845555647139e5c8f3b817f2c9a" Some("2014-10-23T21:52:53"), DELIVRD, DELIVERED, ZERO, Some(b"HOLA");
        6 "4a38dc46-5125-4969-90be-72104c340d5c" Some("2015-05-19T23:26:57"), DELIVRD, DELIVERED, ZERO, Some(b"-");
        7 "68673723" Some("2019-09-30T15:45:00"), DELIVRD, DELIVERED, Some("0"), Some(b"\x04\x1A");
        8 "0416342074" Some("2021-01-04T15:22:00"), DELIVRD, DELIVERED, ZERO, Some(b"\x84\x41\x89");
        9 "0123456789" Some("2010-05-23T20:39:00"), DELIVRD, DELIVERED, Some("21b"), Some(b"This is a sample mes");
        10 "74e02ee1-4e2f-4a6e-a78b-4b247d756a22" Some("2011-02-06T19:30:41"), DELIVRD, DELIVERED, ZERO, Some(b"");
        11 "0123456789" None, Some("BADSTAT"), None, ZERO, Some(b"");
        12 "4" Some("2010-06-02T00:51:00"), DELIVRD, DELIVERED, ZERO, Some(b"Hello");
        13 "0123456789" Some("2008-09-01T11:30:00"), DELIVRD, DELIVERED, ZERO, None;
        14 "0123456789" Some("2008-09-01T11:30:00"), Some("DND_REJECTED"), Some(MessageState::REJECTED), Some("123"),
            Some(b"Hello World");
        15 "123456" Some("2016-04-05T23:45:00"), DELIVRD, DELIVERED, None, None;
        16 "1526758174" Some("2017-01-24T09:04:00"), DELIVRD, DELIVERED, ZERO, Some(b"hellow");
        17 "0654354026" Some("2023-02-10T14:54:00"), DELIVRD, DELIVERED, ZERO, None;
        // Twelve digits that are a date with a year of two digits are read as that.
        18 "0123456789" Some("2020-08-09T01:11:30"), DELIVRD, DELIVERED, ZERO, Some(b"...");
        19 "117062714244798261" Some("2017-06-27T16:24:00"), DELIVRD, DELIVERED, Some("0000"), Some(b"H\x1Bllo world");
        20 "([^" None, Some("7"), None, Some("2-3"), Some(b"");
        21 ".." None, Some("[A-Z]{7}"), None, Some("1-3"), Some(b"");
        22 "%s" None, Some("up"), None, Some("3"), None;
        23 "Smsc2013" Some("2006-10-17T15:15:00"), Some("0"), None, Some("0"), Some(b"blah");
        24 "1054BC63" Some("2006-10-23T12:17:00"), DELIVRD, DELIVERED, Some(""), Some(b"");
        25 "10ea34755d3d4f7a20900cdb3349e549" Some("2006-11-01T12:28:00"), DELIVRD, DELIVERED, ZERO,
            Some(b"abc'!10ea34755d3d4f7a20900cdb3349e549");
        26 "0512249005" Some("2016-09-05T13:27:00"), Some("ENROUTE"), Some(MessageState::ENROUTE), Some("054"),
            Some(b"xxssxx");
        27 "1010d937-8f43-4754-9dd8-6e987cda32fa" Some("2016-10-08T12:01:27"), Some("UNDELIV"),
            Some(MessageState::UNDELIVERABLE), Some("004"), Some(b"exampleMessage02");
        28 "1479978899.393701000100" Some("2016-11-24T10:17:32"), DELIVRD, DELIVERED, ZERO, None;
        29 "07EE36CBE3" Some("2017-08-07T16:03:00"), Some("UNDELIV"), Some(MessageState::UNDELIVERABLE), Some("106"),
            Some(b"-");
        30 "%s" None, Some("%s"), None, None, None;
        31 "3681053784" Some("2013-02-20T00:00:00"), DELIVRD, DELIVERED, ZERO, Some(b"9391608421: Remember");
        32 "01085081361298653000111" Some("2013-02-20T00:00:53"), DELIVRD, DELIVERED, ZERO,
            Some(b"9865050090: DOLLAR:");
        33 "918879021808984630351444422643" None, DELIVRD, DELIVERED, ZERO, Some(b"Bsmart SMSC");
        34 "arsmpp-1342166236631-45-0203" Some("2012-07-13T13:28:48"), Some("FAILED:Mob."),
            Some(MessageState::UNDELIVERABLE), Some("100"), Some(b"");
        35 "0336641967" Some("2012-10-31T12:52:00"), DELIVRD, DELIVERED, Some("0"), None;
        36 "0D9A2F" Some("2026-07-18T12:00:00"), Some("DELIVERED"), DELIVERED, Some("00A"), Some(b"OK");
        37 "ab021099504969" Some("2017-04-18T15:18:00"), DELIVRD, DELIVERED, ZERO, None;
        38 "XYZ-123" None, Some("EXPIRED"), Some(MessageState::EXPIRED), None, None;
        39 ".." None, Some("DELIVERED"), DELIVERED, Some("600"), Some(b"");
        40 ".." None, DELIVRD, DELIVERED, ZERO, None;
        41 ".." None, DELIVRD, DELIVERED, ZERO, Some(b"");
        42 "10001" None, DELIVRD, DELIVERED, ZERO, Some(b"Hello");
        43 "2" Some("2009-08-31T23:10:00"), DELIVRD, DELIVERED, Some("xxx"), Some(b"Hello SMPP world!");
        44 "1234567890" Some("2016-08-01T14:15:00"), DELIVRD, DELIVERED, ZERO, Some(b"Hello Adobe world");
        46 ".." None, Some("..."), None, ZERO, Some(b"...");
        48 "3082779" None, None, None, None, None;
    };
    rows.into_iter()
}

/// The sample with the octets that the table cannot print.
fn octets(sample: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = sample;
    while let Some((before, behind)) = rest.split_once('<') {
        octets.extend_from_slice(before.as_bytes());
        let (inside, behind) = behind.split_once('>').expect("closing bracket");
        let hex = inside.strip_prefix("octets ").unwrap_or(inside);
        octets.extend(hex.split(' ').filter_map(|octet| u8::from_str_radix(octet, 16).ok()));
        rest = behind;
    }
    octets.extend_from_slice(rest.as_bytes());
    octets
}

fn rows() -> impl Iterator<Item = (u32, Vec<u8>, Vec<&'static str>)> {
    TABLE.lines().skip(1).map(|line| {
        let columns: Vec<_> = line.split('\t').collect();
        let keys: Vec<_> = columns[6].split(' ').filter(|word| !matches!(*word, "date" | "TLVs")).collect();
        (columns[0].parse().expect("row number"), octets(columns[2]), keys)
    })
}

#[test]
fn every_row_gives_its_fields() {
    let mut expected = expected().peekable();
    let mut without = Vec::new();
    for (row, octets, _) in rows() {
        let Some(expected) = expected.next_if(|expected| expected.row == row) else {
            assert_eq!(Receipt::parse(&octets), None, "row {row}");
            without.push(row);
            continue;
        };
        let receipt = Receipt::parse(&octets).unwrap_or_else(|| panic!("row {row}"));
        assert_eq!(receipt.id, Some(expected.id.as_bytes()), "row {row}");
        assert_eq!(receipt.stat, expected.stat.map(str::as_bytes), "row {row}");
        assert_eq!(receipt.err, expected.err.map(str::as_bytes), "row {row}");
        assert_eq!(receipt.text, expected.text, "row {row}");
        assert_eq!(receipt.state(), expected.state, "row {row}");
        let submit_time = receipt.submit_time().map(|time| time.to_string());
        assert_eq!(submit_time.as_deref(), expected.submit_time, "row {row}");
        assert_eq!(receipt.raw, octets, "row {row}");
    }
    assert_eq!(expected.count(), 0);
    // A list without keys (45), TLVs without text (47), a row that names no text of its own (49).
    assert_eq!(without, [45, 47, 49]);
}

#[test]
fn every_row_has_the_keys_that_the_table_says() {
    for (row, octets, keys) in rows() {
        // 30 ends in dots, 45 and 47 have no keys, 48 and 49 speak of the text of other rows.
        if matches!(row, 30 | 45 | 47 | 48 | 49) {
            continue;
        }
        let receipt = Receipt::parse(&octets).unwrap_or_else(|| panic!("row {row}"));
        let fields = [
            ("id", receipt.id),
            ("sub", receipt.sub),
            ("dlvrd", receipt.dlvrd),
            ("submit", receipt.submit_date),
            ("done", receipt.done_date),
            ("stat", receipt.stat),
            ("err", receipt.err),
            ("text", receipt.text),
        ];
        // Row 36 says "mixed case keys" and has all of them.
        let has = |name: &str| row == 36 || keys.iter().any(|key| key.eq_ignore_ascii_case(name));
        for (name, field) in fields {
            assert_eq!(field.is_some(), has(name), "row {row} {name}");
        }
    }
}

#[test]
fn dates_with_spaces_and_of_two_forms_are_whole() {
    let date = |wanted: u32| {
        let (_, octets, _) = rows().find(|(row, ..)| *row == wanted).expect("row");
        let receipt = Receipt::parse(&octets).expect("receipt");
        let text = |field: Option<&[u8]>| String::from_utf8(field.expect("date").to_vec()).expect("ASCII");
        let time = receipt.done_time().map(|time| time.to_string());
        (text(receipt.submit_date), text(receipt.done_date), time)
    };
    assert_eq!(date(33), ("2013-02-17 00:04:29".into(), "2013-02-17 00:04:32".into(), None));
    assert_eq!(date(27), ("161008120127".into(), "1610081500".into(), Some("2016-10-08T15:00:00".into())));
}

#[test]
fn rows_that_are_told_by_tlvs_are_receipts() {
    // Row 47: no text at all.
    let tlvs = ReceiptTlvs {
        receipted_message_id: Some(b"2F0A1B\0"),
        message_state: DELIVERED,
        ..ReceiptTlvs::default()
    };
    let report = Report::new(b"", tlvs);
    assert_eq!((report.message_id(), report.state()), (Some(&b"2F0A1B"[..]), DELIVERED));
    assert_eq!(MessageClass::of(EsmClass::DEFAULT, &tlvs, b"", false), MessageClass::Receipt);
    // Row 27: where text and TLV differ the TLV wins.
    let (_, octets, _) = rows().find(|(row, ..)| *row == 27).expect("row");
    assert_eq!(Report::new(&octets, tlvs).state(), DELIVERED);
}
