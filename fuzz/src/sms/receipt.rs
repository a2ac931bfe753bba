//! Receipts: any octets read as a naive reader reads them, and what is written in any form read back.

use crate::Source;
use smpp_core::sms::receipt::{
    DateForm, MessageClass, Receipt, ReceiptField, ReceiptFormat, ReceiptTlvs, ReceiptValues, Report,
    parse_date, state_of_word,
};
use smpp_core::text::NoRoom;
use smpp_core::types::{DateTime, EsmClass, MessageState, YearWindow};

/// The text in front, each date in full, and nothing filled up.
const UPSIDE_DOWN: ReceiptFormat = ReceiptFormat {
    fields: &[
        (ReceiptField::Text, "TEXT"),
        (ReceiptField::Err, "Err"),
        (ReceiptField::Stat, "stat"),
        (ReceiptField::DoneDate, "Done Date"),
        (ReceiptField::SubmitDate, "SUBMIT date"),
        (ReceiptField::Dlvrd, "dlvrd"),
        (ReceiptField::Sub, "Sub"),
        (ReceiptField::Id, "Id"),
    ],
    dates: DateForm::FullYear,
    count_digits: 0,
    err_digits: 9,
    text_octets: 7,
};

const FORMATS: [ReceiptFormat; 4] = [
    ReceiptFormat::APPENDIX_B,
    ReceiptFormat::WAVIX,
    ReceiptFormat { dates: DateForm::Seconds, text_octets: 200, ..ReceiptFormat::APPENDIX_B },
    UPSIDE_DOWN,
];

/// Any octets as the text of a receipt, and any values as a receipt in each form.
pub fn receipt(input: &[u8]) {
    let mut choices = Source::new(input);
    if choices.flag() {
        reads(&mut choices);
    } else {
        writes(&mut choices);
    }
}

/// What stands between keys, often enough to be met by chance.
const WORDS: [&[u8]; 29] = [
    b"id:",
    b"sub:",
    b"dlvrd:",
    b"submit date:",
    b"done date:",
    b"stat:",
    b"err:",
    b"text:",
    b"ID:",
    b"Stat:",
    b"TEXT:",
    b"DELIVRD",
    b"UNDELIV:x",
    b"001",
    b"2402292359",
    b"20240229235907",
    b"201230123059",
    b"\0",
    b" ",
    b"\t",
    b"x",
    b":",
    b"-",
    b"date:",
    b"xone date:",
    b"mcc:262",
    b",",
    b";",
    b"|",
];

/// Words and octets.
fn octets(choices: &mut Source<'_>) -> Vec<u8> {
    if choices.flag() {
        return choices.rest().to_vec();
    }
    let mut octets = Vec::new();
    while !choices.is_empty() {
        match choices.within(0..2) {
            0 => octets.extend_from_slice(choices.pick(&WORDS)),
            _ => octets.push(choices.octet()),
        }
    }
    octets
}

fn reads(choices: &mut Source<'_>) {
    let esm_class = EsmClass(choices.octet());
    let tlvs = ReceiptTlvs {
        receipted_message_id: choices.pick(&[None, Some(&b""[..]), Some(b"\0"), Some(b"5f87\0")]),
        message_state: choices.pick(&[None, Some(2), Some(3), Some(0), Some(0x32)]).map(MessageState),
        ..ReceiptTlvs::default()
    };
    let octets = octets(choices);
    let receipt = Receipt::parse(&octets);
    let fields = receipt.map(|receipt| fields(&receipt));
    assert_eq!(fields, naive(&octets));

    let report = Report::new(&octets, tlvs);
    let told = tlvs.receipted_message_id.filter(|id| id.starts_with(b"5")).map(|id| &id[..4]);
    let written = receipt.and_then(|receipt| receipt.id).filter(|id| !id.is_empty());
    assert_eq!(report.message_id(), told.or(written));
    let by_text = receipt.and_then(|receipt| receipt.state());
    let says_something = tlvs.message_state.filter(|state| (1..=9).contains(&state.0));
    assert_eq!(report.state(), says_something.or(by_text).or(tlvs.message_state));
    let evident = receipt.is_some_and(|receipt| receipt.is_evident());
    for by_text in [false, true] {
        let is_receipt = MessageClass::of(esm_class, &tlvs, &octets, by_text) == MessageClass::Receipt;
        let has_tlv = tlvs.receipted_message_id.is_some() || tlvs.message_state.is_some();
        let expected = match esm_class.0 >> 2 & 0x0F {
            1 => true,
            2 | 4 | 6 | 8 => false,
            _ => has_tlv || by_text && evident,
        };
        assert_eq!(is_receipt, expected, "{esm_class:?}");
    }
    let Some(receipt) = receipt else { return };
    assert!(octets.starts_with(receipt.raw) && octets[receipt.raw.len()..].iter().all(|octet| *octet == 0));
    // Lent, not copied.
    let within = octets.as_ptr_range();
    let extra: Vec<_> = receipt.extra().collect();
    assert!(
        extra.iter().all(|(key, _)| key.iter().any(|octet| octet.is_ascii_alphabetic() || !octet.is_ascii()))
    );
    let extra = extra.into_iter().flat_map(|(key, value)| [key, value]);
    let lent = fields_of(&receipt).into_iter().flatten().chain(extra);
    assert!(
        lent.map(<[u8]>::as_ptr_range).all(|field| within.start <= field.start && field.end <= within.end)
    );
    assert_eq!(receipt.state(), receipt.stat.and_then(state_of_word));
    assert_eq!(receipt.submit_time(), receipt.submit_date.and_then(naive_date));
    assert_eq!(receipt.done_time(), receipt.done_date.and_then(naive_date));
    assert_eq!(parse_date(&octets), naive_date(&octets));
}

type Fields<'r> = [Option<&'r [u8]>; 8];

/// In the order of [`KEYS`].
fn fields_of<'r>(receipt: &Receipt<'r>) -> Fields<'r> {
    let Receipt { id, sub, dlvrd, submit_date, done_date, stat, err, text, .. } = *receipt;
    [id, sub, dlvrd, submit_date, done_date, stat, err, text]
}

fn fields(receipt: &Receipt<'_>) -> Vec<Option<Vec<u8>>> {
    fields_of(receipt).map(|field| field.map(<[u8]>::to_vec)).into()
}

const KEYS: [&str; 8] = ["id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "text:"];
const STAT: usize = 5;
const TEXT: usize = 7;

/// The documented rules, one after the other.
fn naive(octets: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
    let end = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    let raw = &octets[..end];
    let key_at = |at: usize| {
        let counts = at == 0 || !raw[at - 1].is_ascii_alphanumeric();
        let is_there = |key: &&str| {
            raw[at..].get(..key.len()).is_some_and(|octets| octets.eq_ignore_ascii_case(key.as_bytes()))
        };
        KEYS.iter().position(|key| counts && is_there(key)).map(|key| (at, key))
    };
    let mut keys: Vec<(usize, usize)> = (0..end).filter_map(key_at).collect();
    let stat = keys.iter().position(|(_, key)| *key == STAT).unwrap_or(keys.len());
    if let Some(text) = keys.iter().skip(stat).position(|(_, key)| *key == TEXT) {
        keys.truncate(stat + text + 1);
    }
    let mut fields = vec![None; KEYS.len()];
    for (index, &(at, key)) in keys.iter().enumerate() {
        let from = at + KEYS[key].len();
        let to = keys.get(index + 1).map_or(end, |(next, _)| *next);
        let value = &raw[from..to];
        let value = match key {
            TEXT if to < end => value.trim_ascii_end(),
            TEXT => value,
            3 | 4 => naive_date_value(value),
            // The id and the state take what comes; numbers leave a provider's key alone.
            0 | 5 => naive_word(value),
            _ if value.first().is_some_and(u8::is_ascii_whitespace) && naive_is_key(naive_word(value)) => b"",
            _ => naive_word(value),
        };
        fields[key].get_or_insert(value.to_vec());
    }
    (!keys.is_empty()).then_some(fields)
}

const SEPARATORS: &[u8] = b",;|";

/// `name:` in front of something.
fn naive_is_key(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_alphabetic) && word.contains(&b':')
}

fn naive_stripped(octets: &[u8]) -> &[u8] {
    let is_left = |octet: &u8| !octet.is_ascii_whitespace() && !SEPARATORS.contains(octet);
    octets.iter().rposition(is_left).map_or(b"", |last| &octets[..=last])
}

fn naive_word(value: &[u8]) -> &[u8] {
    let word = value.trim_ascii_start().split(u8::is_ascii_whitespace).next().unwrap();
    let is_cut = |at: &usize| {
        let behind = word[at + 1..].split(|octet| SEPARATORS.contains(octet)).next().unwrap();
        SEPARATORS.contains(&word[*at]) && naive_is_key(behind)
    };
    naive_stripped(&word[..(0..word.len()).find(is_cut).unwrap_or(word.len())])
}

fn naive_date_value(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii_start();
    let starts_word = |at: &usize| {
        let before = value[at - 1];
        (before.is_ascii_whitespace() || SEPARATORS.contains(&before)) && value[*at].is_ascii_alphabetic()
    };
    let date = &value[..(1..value.len()).find(starts_word).unwrap_or(value.len())];
    if naive_is_key(date) { b"" } else { naive_stripped(date) }
}

/// The date that is written so, found by writing it.
fn naive_date(octets: &[u8]) -> Option<DateTime> {
    let digits =
        std::str::from_utf8(octets).ok().filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()))?;
    let short = || YearWindow::RECEIPT.year(digits[..2].parse().unwrap());
    let date = |year: u16, rest: &str| {
        let part = |at: usize| rest.get(at..at + 2).map_or(0, |digits| digits.parse().unwrap());
        let (month, day, hour, minute, second) = (part(0), part(2), part(4), part(6), part(8));
        Some(DateTime { year, month, day, hour, minute, second }).filter(|date| date.to_unix().is_some())
    };
    let long = || date(digits[..4].parse().unwrap(), &digits[4..]);
    match digits.len() {
        10 => date(short(), &digits[2..]),
        12 => date(short(), &digits[2..]).or_else(long),
        14 => long(),
        _ => None,
    }
}

fn writes(choices: &mut Source<'_>) {
    let format = choices.pick(&FORMATS);
    // 1970 to 2069: what two digits can say.
    let mut moment = || {
        let seconds = u32::from(choices.u16()) << 16 | u32::from(choices.u16());
        DateTime::from_unix(seconds.min(3_155_759_999).into()).unwrap()
    };
    let (submit_date, done_date) = (moment(), moment());
    let (sub, dlvrd, err) = (choices.u16(), choices.u16(), choices.u16());
    let state = MessageState(choices.octet());
    let room = choices.within(0..256);
    // A comma and its like behind a word belong to no value.
    let is_word = |octet: &u8| octet.is_ascii_graphic() && *octet != b':' && !SEPARATORS.contains(octet);
    let id: Vec<u8> = choices.octets(65).iter().copied().filter(is_word).collect();
    let text = choices.rest();
    let in_front: Vec<u8> = text.iter().copied().filter(is_word).collect();
    let text = if format == UPSIDE_DOWN { &in_front } else { text };
    let values = ReceiptValues { id: &id, sub, dlvrd, submit_date, done_date, state, err, text };

    let mut out = vec![0; 1000];
    let needed = values.encode(&format, &mut out).unwrap();
    let fits = if room < needed { Err(NoRoom { needed }) } else { Ok(needed) };
    assert_eq!(values.encode(&format, &mut out[..room]), fits);
    assert_eq!(values.encode(&format, &mut out), Ok(needed));

    let receipt = Receipt::parse(&out[..needed]).unwrap();
    let cut = |date: DateTime| match format.dates {
        DateForm::Minutes => DateTime { second: 0, ..date },
        _ => date,
    };
    let number = |field: Option<&[u8]>| std::str::from_utf8(field.unwrap()).unwrap().parse::<u16>();
    assert_eq!(receipt.id, Some(&*id));
    assert_eq!(
        (number(receipt.sub), number(receipt.dlvrd), number(receipt.err)),
        (Ok(sub), Ok(dlvrd), Ok(err))
    );
    assert_eq!((receipt.submit_time(), receipt.done_time()), (Some(cut(submit_date)), Some(cut(done_date))));
    let known = MessageState::NAMED.contains(&state);
    assert_eq!(receipt.state(), Some(if known { state } else { MessageState::UNKNOWN }));
    for (field, least) in [(receipt.sub, format.count_digits), (receipt.err, format.err_digits)] {
        assert!(field.unwrap().len() >= usize::from(least));
    }
    let has_text = format.fields.iter().any(|(field, _)| *field == ReceiptField::Text);
    let text = &text[..text.len().min(format.text_octets)];
    let end = text.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    assert_eq!(receipt.text, has_text.then_some(&text[..end]));
}
