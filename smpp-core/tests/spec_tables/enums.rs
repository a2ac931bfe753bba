//! `enums.tsv`: the values and bits of the one-octet fields.

use crate::tsv::{self, Row};
use smpp_core::types::{
    Alphabet, DataCoding, EsmClass, InterfaceVersion, MessageMode, MessageState, MessageType, Npi,
    RegisteredDelivery, Ton,
};
use std::collections::BTreeMap;

const TABLE: &str = include_str!("../spec/enums.tsv");

fn rows(of: &str) -> Vec<Row> {
    tsv::rows(TABLE).into_iter().filter(|row| row.get("enum") == of).collect()
}

fn octet(text: &str) -> u8 {
    tsv::number(text).and_then(|value| u8::try_from(value).ok()).unwrap_or_else(|| panic!("{text}"))
}

fn value(row: &Row) -> u8 {
    octet(row.get("value"))
}

/// Documented departures: names that the code prints in other words, so that each is short and unlike its neighbours.
const REWORDED: &[(&str, &str)] = &[
    ("default message type", "default"),
    ("conversation abort (Korean CDMA)", "conversation abort"),
    ("default MC mode", "default mode"),
    ("IA5 / ASCII", "IA5/ASCII"),
    ("Latin-1 (ISO-8859-1)", "Latin-1"),
    ("JIS X 0208-1990", "JIS"),
    ("Cyrillic ISO-8859-5", "Cyrillic"),
    ("Latin/Hebrew ISO-8859-8", "Hebrew"),
    ("UCS2 big-endian", "UCS2"),
    ("pictogram encoding", "pictogram"),
    ("ISO-2022-JP (music codes)", "ISO-2022-JP"),
    ("Extended Kanji JIS X 0212-1990", "Extended Kanji"),
];

fn assert_name(row: &Row, name: Option<&str>) {
    let table = row.get("name");
    let expected = match REWORDED.iter().find(|(from, _)| *from == table) {
        Some((_, reworded)) => Some(*reworded),
        None if table == "reserved" => None,
        None => Some(table),
    };
    assert_eq!(name, expected, "{} {}", row.get("enum"), row.get("value"));
}

#[test]
fn ton_npi_and_message_state_have_their_names_and_no_others() {
    for (rows, named, name) in [
        (rows("ton"), Ton::NAMED.len(), &(|value| Ton(value).name()) as &dyn Fn(u8) -> Option<&'static str>),
        (rows("npi"), Npi::NAMED.len(), &|value| Npi(value).name()),
        (rows("message_state"), MessageState::NAMED.len(), &|value| MessageState(value).name()),
    ] {
        assert_eq!(rows.len(), named);
        rows.iter().for_each(|row| assert_name(row, name(value(row))));
    }
}

#[test]
fn message_states_are_final_as_practice_has_it() {
    for row in rows("message_state") {
        let is_final = match row.get("meaning") {
            "intermediate" => false,
            "final" => true,
            // Nothing more is to come of a message that the MC does not know.
            "neither" => true,
            // Documented departure (standards, ACCEPTED): operators say accepted long before the recipient has it.
            "final (standard), intermediate in practice" => false,
            other => panic!("meaning {other} is new"),
        };
        assert_eq!(MessageState(value(&row)).is_final(), Some(is_final), "{}", row.get("name"));
    }
    assert_eq!(MessageState(10).is_final(), None);
}

#[test]
fn interface_versions_below_3_4_have_no_tlvs() {
    let rows = rows("interface_version");
    assert_eq!(rows.len(), 4);
    for row in rows {
        match row.get("value") {
            "other" => assert_eq!(InterfaceVersion(0x35).name(), None),
            "0x00-0x33" => {
                assert!((0x00..=0x33).all(|old| !InterfaceVersion(old).has_tlvs()));
                assert_eq!(InterfaceVersion::V3_3.0, 0x33);
            }
            _ => {
                assert_name(&row, InterfaceVersion(value(&row)).name());
                assert!(InterfaceVersion(value(&row)).has_tlvs());
            }
        }
    }
}

#[test]
fn esm_class_bits_have_their_meaning() {
    let rows = rows("esm_class");
    assert_eq!(rows.len(), 13);
    for row in rows {
        match (row.get("mask"), row.get("value")) {
            ("0x03", _) => {
                assert_name(&row, EsmClass(0xFC | value(&row)).mode().name());
                assert!(MessageMode::NAMED.contains(&MessageMode(value(&row))));
            }
            ("0x3C", "other") => {
                let reserved = (0..0x40).step_by(4).map(MessageType).filter(|kind| kind.name().is_none());
                assert_eq!(reserved.count(), 16 - MessageType::NAMED.len());
            }
            ("0x3C", _) => assert_name(&row, EsmClass(0xC3 | value(&row)).message_type().name()),
            ("0x40", _) => {
                assert_eq!(EsmClass::UDHI.0, value(&row));
                assert!(EsmClass(0xFF).has_udh() && !EsmClass(!value(&row)).has_udh());
            }
            ("0x80", _) => assert_eq!(EsmClass::REPLY_PATH.0, value(&row)),
            (mask, _) => panic!("mask {mask} is new"),
        }
    }
}

#[test]
fn registered_delivery_bits_have_their_meaning() {
    let rows = rows("registered_delivery");
    assert_eq!(rows.len(), 10);
    for row in rows {
        let flags = RegisteredDelivery(value(&row));
        match (row.get("mask"), row.get("name")) {
            ("0x03", name) => {
                let (constant, on_success, on_failure) = match name {
                    "no MC receipt" => (RegisteredDelivery::NONE, false, false),
                    "receipt on success or failure" => (RegisteredDelivery::RECEIPT, true, true),
                    "receipt on failure only" => (RegisteredDelivery::RECEIPT_ON_FAILURE, false, true),
                    "receipt on success only" => (RegisteredDelivery::RECEIPT_ON_SUCCESS, true, false),
                    other => panic!("{other} is new"),
                };
                assert_eq!(flags, constant, "{name}");
                let with_others = RegisteredDelivery(0xFC).with(flags);
                assert_eq!(with_others.wants_receipt(true), on_success, "{name}");
                assert_eq!(with_others.wants_receipt(false), on_failure, "{name}");
            }
            ("0x0C", name) => assert_eq!(
                flags,
                match name {
                    "no SME acknowledgement" => RegisteredDelivery::NONE,
                    "SME delivery acknowledgement" => RegisteredDelivery::SME_DELIVERY_ACK,
                    "SME manual/user acknowledgement" => RegisteredDelivery::SME_MANUAL_ACK,
                    "both acknowledgements" =>
                        RegisteredDelivery::SME_DELIVERY_ACK.with(RegisteredDelivery::SME_MANUAL_ACK),
                    other => panic!("{other} is new"),
                }
            ),
            ("0x10", _) => {
                assert_eq!(flags, RegisteredDelivery::INTERMEDIATE);
                assert!(flags.wants_intermediate() && !RegisteredDelivery(!flags.0).wants_intermediate());
            }
            // Bits that mean nothing survive unchanged and change nothing.
            ("0xE0", "reserved") => assert!(!flags.wants_receipt(true) && !flags.wants_intermediate()),
            (mask, name) => panic!("{mask} {name} is new"),
        }
    }
}

/// The values that a cell names: one, or `first-last`.
fn octets(row: &Row) -> std::ops::RangeInclusive<u8> {
    let text = row.get("value");
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    octet(first)..=octet(last)
}

#[test]
fn data_codings_have_their_names() {
    for row in rows("data_coding") {
        match row.get("name") {
            "8-bit binary (octet unspecified)" if value(&row) == DataCoding::OCTETS.0 => {
                assert_eq!(DataCoding::OCTETS.name(), Some("8-bit binary"));
            }
            "8-bit binary (octet unspecified)" => {
                assert_eq!(DataCoding(value(&row)).name(), Some("8-bit binary (2)"));
            }
            // Groups of GSM values: a name for the group would hide the bits.
            "reserved" | "GSM MWI discard" | "GSM MWI store, GSM 7-bit" | "GSM message class" => {
                assert!(
                    octets(&row).all(|coding| DataCoding(coding).name().is_none()),
                    "{}",
                    row.get("value")
                );
            }
            _ => assert_name(&row, DataCoding(value(&row)).name()),
        }
    }
}

/// The alphabet that 3GPP TS 23.038 §4 gives a general data coding, by the table's three rules for bits 3 and 2.
fn general_alphabet(rows: &[Row], coding: u8) -> Alphabet {
    let bits = format!("bits 3-2 = {}", coding >> 2 & 3);
    let row = rows.iter().find(|row| row.get("value") == bits).expect("a row for each pair of bits");
    match (row.get("name"), row.get("meaning")) {
        ("alphabet GSM 7-bit default", _) | (_, "treat as GSM 7-bit default") => Alphabet::Gsm7,
        ("alphabet 8-bit data", _) => Alphabet::Binary,
        ("alphabet UCS2", _) => Alphabet::Ucs2,
        (name, _) => panic!("{name} is new"),
    }
}

#[test]
fn gsm_data_coding_groups_name_alphabet_and_class() {
    let rows = rows("gsm_dcs");
    assert_eq!(rows.len(), 15);
    let is_range = |row: &&Row| row.get("value").starts_with("0x");
    for row in rows.iter().filter(is_range) {
        for coding in octets(row).filter(|coding| *coding >= 0x10) {
            let (alphabet, has_class) = match row.get("name") {
                // Compressed text is no text that we read.
                "general group" | "general group, marked for automatic deletion" if coding & 0x20 != 0 => {
                    (Alphabet::Binary, coding & 0x10 != 0)
                }
                "general group" | "general group, marked for automatic deletion" => {
                    (general_alphabet(&rows, coding), coding & 0x10 != 0)
                }
                "reserved groups" | "MWI discard message" => (Alphabet::Gsm7, false),
                "MWI store message" if row.get("meaning") == "text UCS2" => (Alphabet::Ucs2, false),
                "MWI store message" => (Alphabet::Gsm7, false),
                "data coding / message class" if coding & 0x04 != 0 => (Alphabet::Binary, true),
                "data coding / message class" => (Alphabet::Gsm7, true),
                other => panic!("{other} is new"),
            };
            assert_eq!(DataCoding(coding).alphabet(), alphabet, "{coding:#04x}");
            assert_eq!(DataCoding(coding).class(), has_class.then_some(coding & 3), "{coding:#04x}");
        }
    }
    let classes = rows.iter().filter(|row| row.get("value").starts_with("bits 1-0")).count();
    assert_eq!(classes, 4, "a class for each value of bits 1-0");
    // Documented departure: below 0x10 SMPP's own values count, where GSM has the general group without class.
    assert!((0..0x10).all(|coding| DataCoding(coding).class().is_none()));
    for (coding, alphabet) in
        [(0, Alphabet::Default), (3, Alphabet::Latin1), (4, Alphabet::Binary), (8, Alphabet::Ucs2)]
    {
        assert_eq!(DataCoding(coding).alphabet(), alphabet);
    }
}

/// Sets of values that the codec passes through as plain octets and strings, or that another test reads.
const ELSEWHERE: &[(&str, usize)] = &[
    ("priority_flag", 5),
    ("replace_if_present_flag", 3),
    ("sm_default_msg_id", 2),
    ("service_type", 9),
    ("protocol_id (GSM TP-PID)", 6),
    ("network_error_code.network_type", 8),
    ("broadcast_content_type (generic)", 32),
    // `Destination` has a variant for each; the vectors hold both.
    ("dest_flag", 2),
    // Words of receipt texts and identifiers of language tables: read by the tests of `sms` and `text`.
    ("dlr_stat_word", 20),
    ("national_language_identifier", 15),
];

#[test]
fn no_row_is_left_over() {
    let mut expected = BTreeMap::from_iter(ELSEWHERE.iter().copied());
    expected.extend([
        ("ton", 7),
        ("npi", 10),
        ("message_state", 10),
        ("interface_version", 4),
        ("esm_class", 13),
        ("registered_delivery", 10),
        ("data_coding", 20),
        ("gsm_dcs", 15),
    ]);
    let mut counts = BTreeMap::new();
    for row in tsv::rows(TABLE) {
        *counts.entry(row.get("enum")).or_insert(0) += 1;
    }
    assert_eq!(counts, expected);
}
