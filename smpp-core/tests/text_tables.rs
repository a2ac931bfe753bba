//! Every code point of the GSM tables, both ways, against the specification's tables.

use smpp_core::text::national::{Language, locking_table, single_shift_table};
use smpp_core::text::{Gsm7, Unmappable};
use std::collections::HashMap;

const ESCAPE: u8 = 0x1B;

struct Row {
    language: Option<Language>,
    code: u8,
    ch: Option<char>,
}

fn rows(tsv: &'static str, national: bool) -> Vec<Row> {
    let hex = |text: &str| u8::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap();
    let read = |line: &'static str| {
        let columns: Vec<_> = line.split('\t').collect();
        let columns = if national { &columns[1..] } else { &columns[..] };
        let language = national.then(|| Language(hex(line.split('\t').next().unwrap())));
        let columns = if national { &columns[1..] } else { columns };
        let ch = u32::from_str_radix(columns[1], 16).ok().and_then(char::from_u32);
        Row { language, code: hex(columns[0]), ch }
    };
    tsv.lines().skip(1).map(read).collect()
}

fn basic() -> Vec<Row> {
    rows(include_str!("spec/gsm0338-basic.tsv"), false)
}

fn extension() -> Vec<Row> {
    rows(include_str!("spec/gsm0338-extension.tsv"), false)
}

fn locking() -> Vec<Row> {
    rows(include_str!("spec/gsm0338-national-locking.tsv"), true)
}

fn single() -> Vec<Row> {
    rows(include_str!("spec/gsm0338-national-single.tsv"), true)
}

type Characters = HashMap<u8, char>;

/// All tables, by language; the default ones have none.
struct Tables {
    basic: HashMap<Option<Language>, Characters>,
    extension: HashMap<Option<Language>, Characters>,
}

impl Tables {
    fn read() -> Self {
        let by_language = |default: Vec<Row>, national: Vec<Row>| {
            let mut tables: HashMap<_, Characters> = HashMap::new();
            for row in default.into_iter().chain(national) {
                let table = tables.entry(row.language).or_default();
                row.ch.map(|ch| table.insert(row.code, ch));
            }
            tables
        };
        Self { basic: by_language(basic(), locking()), extension: by_language(extension(), single()) }
    }
}

/// What the tables say, built the plain way: characters by code, and the way back to the lower code.
struct Model {
    basic: Characters,
    extension: Characters,
}

impl Model {
    fn new(tables: &Tables, locking: Option<Language>, single: Option<Language>) -> Self {
        Self { basic: tables.basic[&locking].clone(), extension: tables.extension[&single].clone() }
    }

    fn encode(&self) -> HashMap<char, Vec<u8>> {
        let mut octets = HashMap::new();
        for code in (0..128).rev() {
            self.extension.get(&code).map(|ch| octets.insert(*ch, vec![ESCAPE, code]));
        }
        for code in (0..128).rev() {
            self.basic.get(&code).map(|ch| octets.insert(*ch, vec![code]));
        }
        octets
    }

    fn decode(&self, escaped: bool, code: u8) -> char {
        let extension = self.extension.get(&code).filter(|_| escaped);
        extension.or_else(|| self.basic.get(&code)).copied().unwrap_or(' ')
    }
}

fn alphabets() -> Vec<(Gsm7, Model)> {
    let languages: Vec<_> = [None].into_iter().chain(Language::NAMED.iter().copied().map(Some)).collect();
    let tables = Tables::read();
    let mut alphabets = Vec::new();
    for &locking in &languages {
        for &single in &languages {
            if let Ok(alphabet) = Gsm7::national(locking, single) {
                alphabets.push((alphabet, Model::new(&tables, locking, single)));
            }
        }
    }
    alphabets
}

#[test]
fn the_tables_are_whole() {
    assert_eq!(
        (basic().len(), extension().len(), locking().len(), single().len()),
        (128, 12, 12 * 128, 851 + 39)
    );
    assert_eq!(alphabets().len(), 13 * 14);
}

#[test]
fn every_code_of_every_pair_of_tables_decodes_to_its_character() {
    for (alphabet, model) in alphabets() {
        let decode = |octets: &[u8]| alphabet.decode(octets.iter().copied()).collect::<String>();
        for code in 0..128 {
            if code != ESCAPE {
                let expected = model.decode(false, code).to_string();
                assert_eq!(decode(&[code]), expected, "{alphabet:?} {code:#x}");
                let expected = model.decode(true, code).to_string();
                assert_eq!(decode(&[ESCAPE, code]), expected, "{alphabet:?} escape {code:#x}");
            }
        }
    }
}

#[test]
fn every_character_of_every_pair_of_tables_encodes_to_its_lower_code() {
    for (alphabet, model) in alphabets() {
        let mut characters = 0;
        for (ch, octets) in model.encode() {
            let mut out = [0; 2];
            let length = alphabet.encode(ch.encode_utf8(&mut [0; 4]), Unmappable::Reject, &mut out).unwrap();
            assert_eq!(out[..length], octets, "{alphabet:?} {ch:?}");
            characters += 1;
        }
        assert!(characters >= 102, "{alphabet:?}");
    }
}

#[test]
fn every_other_character_of_the_basic_plane_has_no_code() {
    let codes: Vec<_> = alphabets()
        .into_iter()
        .filter(|(alphabet, _)| alphabet.languages().0 == alphabet.languages().1)
        .map(|(alphabet, model)| (alphabet, model.encode()))
        .collect();
    assert_eq!(codes.len(), 13);
    for ch in '\0'..='\u{FFFF}' {
        for (alphabet, codes) in &codes {
            let septets = alphabet.septets(ch.encode_utf8(&mut [0; 4]), Unmappable::Reject).ok();
            assert_eq!(septets, codes.get(&ch).map(Vec::len), "{alphabet:?} {ch:?}");
        }
    }
}

#[test]
fn tables_say_whose_they_are() {
    for &language in Language::NAMED {
        assert_eq!(single_shift_table(language).unwrap().language(), language);
        assert_eq!(locking_table(language).is_none(), language == Language::SPANISH);
        if let Some(table) = locking_table(language) {
            assert_eq!(table.language(), language);
        }
    }
    let mut names: HashMap<u8, &str> = HashMap::new();
    for tsv in
        [include_str!("spec/gsm0338-national-locking.tsv"), include_str!("spec/gsm0338-national-single.tsv")]
    {
        for line in tsv.lines().skip(1) {
            let mut columns = line.split('\t');
            let id = u8::from_str_radix(&columns.next().unwrap()[2..], 16).unwrap();
            names.insert(id, columns.next().unwrap());
        }
    }
    let named: HashMap<u8, &str> =
        Language::NAMED.iter().map(|language| (language.0, language.name().unwrap())).collect();
    assert_eq!(named, names);
}
