//! Long messages: capacities against the specification's table, and whatever text comes back whole.

use proptest::prelude::*;
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::sms::udh::{Ports, Udh};
use smpp_core::text::national::{self, Language};
use smpp_core::text::{Encoding, Gsm7, Transliteration, Unmappable};

const NARROW_PORTS: Ports = Ports { destination: 240, source: 241, wide: false };
const WIDE_PORTS: Ports = Ports { destination: 2948, source: 9200, wide: true };

struct Row {
    cut: Segmenter<'static>,
    alphabet: Gsm7,
    concatenated: bool,
    septets: usize,
    octets: usize,
    units: usize,
}

/// A row like `concat-8 + shift1 … GSM7 149 septets; 8-bit 131 octets; UCS2 65 units`.
fn row(line: &str) -> Row {
    let columns: Vec<_> = line.split('\t').collect();
    let mut row = Row {
        cut: Segmenter::default(),
        alphabet: Gsm7::DEFAULT,
        concatenated: columns[1].contains("concat"),
        septets: 0,
        octets: 0,
        units: 0,
    };
    for word in columns[1].split(" + ") {
        match word.split(' ').next().unwrap() {
            "single" | "concat-8" => {}
            "concat-16" => row.cut.method = Method::Udh16,
            "port-8" => row.cut.ports = Some(NARROW_PORTS),
            "port-16" => row.cut.ports = Some(WIDE_PORTS),
            "shift1" => row.alphabet.single = Some(&national::turkish::SINGLE_SHIFT),
            "shift2" => {
                row.alphabet.single = Some(&national::turkish::SINGLE_SHIFT);
                row.alphabet.locking = Some(&national::portuguese::LOCKING);
            }
            other => panic!("{other}"),
        }
    }
    let numbers: Vec<usize> = columns[4].split([' ', ';']).filter_map(|word| word.parse().ok()).collect();
    (row.septets, row.octets, row.units) = (numbers[0], numbers[1], numbers[2]);
    row
}

#[test]
fn capacities_are_those_of_the_table() {
    let rows: Vec<Row> =
        include_str!("spec/udh.tsv").lines().filter(|line| line.starts_with("capacity")).map(row).collect();
    assert_eq!(rows.len(), 14);
    for row in rows {
        let text = "a".repeat(400);
        let first = |length: usize, encoding: Encoding| {
            let segments = row.cut.text(&text[..length], encoding).unwrap();
            (usize::from(segments.total()), segments.clone().next().unwrap().units)
        };
        let gsm = Encoding::Gsm7(row.alphabet);
        let mut cases = vec![(gsm, row.septets)];
        if row.alphabet == Gsm7::DEFAULT {
            cases.extend([(Encoding::Latin1, row.octets), (Encoding::Ucs2, row.units)]);
            let binary = row.cut.binary(&[0; 400]).unwrap().next().unwrap().units;
            assert_eq!(binary == row.octets, row.concatenated || row.octets == 134);
        }
        for (encoding, capacity) in cases {
            if row.concatenated {
                assert_eq!(first(400, encoding).1, capacity, "{encoding:?}");
            } else {
                assert_eq!(first(capacity, encoding), (1, capacity), "{encoding:?}");
                assert_eq!(first(capacity + 1, encoding).0, 2, "{encoding:?}");
            }
        }
    }
}

/// Cuts, writes, reads as a receiver does, and checks each part on the way.
fn there_and_back(cut: &Segmenter<'_>, text: &str, encoding: Encoding) -> String {
    let segments = cut.text(text, encoding).unwrap();
    let total = segments.total();
    let (mut read, mut given) = (String::new(), String::new());
    for (part, number) in segments.zip(1..) {
        assert_eq!((part.number, part.total), (number, total));
        given += part.text().unwrap();
        let mut out = vec![0; 70_000];
        let length = part.write(0x2A, &mut out).unwrap();
        let mut content = &out[..length];
        let mut header = 0;
        let mut encoding = encoding;
        if part.has_header() {
            let (udh, behind) = Udh::split(content).unwrap();
            header = length - behind.len();
            let shifts = udh.shifts();
            let alphabet = Gsm7::received(shifts.locking.map(Language), shifts.single.map(Language));
            encoding = encoding.with_alphabet(alphabet);
            if let Some(told) = udh.concatenation() {
                assert_eq!((told.reference, told.sequence, told.total), (0x2A, number, total));
            }
            content = behind;
        }
        if cut.method != Method::Payload {
            assert!(header * 8 + part.units * encoding.unit_bits() <= 140 * 8);
        }
        assert_eq!(encoding.check(content), Ok(()), "half a character");
        let escapes = content.iter().rev().take_while(|octet| **octet == 0x1B).count();
        assert!(!matches!(encoding, Encoding::Gsm7(_)) || escapes == 0, "half an escape pair");
        match encoding {
            Encoding::Gsm7Packed { alphabet, .. } => {
                let fill_bits = part.header(0x2A).fill_bits();
                let septets = smpp_core::text::packed::unpack(content, fill_bits, Some(part.units));
                read.extend(alphabet.decode(septets));
            }
            other => read.extend(other.decode(content)),
        }
    }
    assert_eq!(given, text);
    read
}

fn methods() -> impl Strategy<Value = Method> {
    prop_oneof![
        Just(Method::Udh8),
        Just(Method::Udh16),
        Just(Method::Sar { wide: false }),
        Just(Method::Sar { wide: true }),
        Just(Method::Payload),
    ]
}

fn texts(characters: &'static str) -> impl Strategy<Value = String> {
    let characters: Vec<char> = characters.chars().collect();
    prop::collection::vec(prop::sample::select(characters), 0..700)
        .prop_map(|chars| chars.into_iter().collect())
}

const GSM: &str =
    "abc ABC019@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà\u{C}^{}\\[~]|€€€€";

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gsm_text_comes_back(text in texts(GSM), method in methods()) {
        let cut = Segmenter { method, ..Segmenter::default() };
        prop_assert_eq!(&there_and_back(&cut, &text, Encoding::GSM7), &text);
        let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
        prop_assert_eq!(&there_and_back(&cut, &text, packed), &text);
    }

    #[test]
    fn any_text_comes_back_in_ucs2(text in "(?s).{0,300}", method in methods()) {
        let cut = Segmenter { method, ..Segmenter::default() };
        prop_assert_eq!(&there_and_back(&cut, &text, Encoding::Ucs2), &text);
        prop_assert_eq!(&there_and_back(&cut, &text, Encoding::Ucs2LittleEndian), &text);
    }

    #[test]
    fn national_text_comes_back(text in texts("abcğĞİışŞç 12€[]"), wide in any::<bool>(), ports in any::<bool>()) {
        let method = if wide { Method::Udh16 } else { Method::Udh8 };
        let cut = Segmenter { method, ports: ports.then_some(WIDE_PORTS), ..Segmenter::default() };
        for (locking, single) in [(false, true), (true, true)] {
            let language = |used: bool| used.then_some(Language::TURKISH);
            let alphabet = Gsm7::national(language(locking), language(single)).unwrap();
            for encoding in [Encoding::Gsm7(alphabet), Encoding::Gsm7Packed { alphabet, fill_bits: 0 }] {
                prop_assert_eq!(&there_and_back(&cut, &text, encoding), &text);
            }
        }
    }

    #[test]
    fn transliterated_text_comes_back_as_declared(text in texts("abc “”…–œ€êŁﬁ\u{301}½²"), method in methods()) {
        let cut = Segmenter { method, unmappable: Unmappable::TRANSLITERATE, ..Segmenter::default() };
        let declared: String = text
            .chars()
            .map(|ch| match Transliteration::TABLE.lookup(ch) {
                Some(substitute) if !GSM.contains(ch) => substitute.to_owned(),
                _ => ch.to_string(),
            })
            .collect();
        prop_assert_eq!(there_and_back(&cut, &text, Encoding::GSM7), declared);
    }

    #[test]
    fn octets_come_back(octets in prop::collection::vec(any::<u8>(), 0..1000), method in methods()) {
        let cut = Segmenter { method, ..Segmenter::default() };
        let mut read = Vec::new();
        for part in cut.binary(&octets).unwrap() {
            let mut out = [0; 1000];
            let length = part.write_content(&mut out).unwrap();
            prop_assert_eq!(length, part.units);
            read.extend_from_slice(&out[..length]);
        }
        prop_assert_eq!(read, octets);
    }

    #[test]
    fn the_chosen_encoding_carries_the_text(text in texts("abcğĞ 1ãçéж😀नमस्ते`"), method in methods()) {
        let cut = Segmenter { method, ..Segmenter::default() };
        let candidates = smpp_core::text::Candidates { national: &national::CANDIDATES, ..Default::default() };
        let choice = cut.choose(&text, &candidates);
        prop_assert_eq!(&there_and_back(&cut, &text, choice.encoding), &text);
        let ucs2 = cut.text(&text, Encoding::Ucs2).unwrap().total();
        prop_assert!(cut.text(&text, choice.encoding).unwrap().total() <= ucs2);
        if let Some(because) = choice.because {
            prop_assert_eq!(text.chars().nth(because.index), Some(because.ch));
        }
    }

    #[test]
    #[cfg(feature = "graphemes")]
    fn grapheme_clusters_stay_whole(text in texts("ae\u{301}\u{302}🇩🇪👨\u{200D}👩\r\n") , method in methods()) {
        use smpp_core::text::Boundary;
        use unicode_segmentation::UnicodeSegmentation;
        let cut = Segmenter { method, boundary: Boundary::Grapheme, ..Segmenter::default() };
        prop_assert_eq!(&there_and_back(&cut, &text, Encoding::Ucs2), &text);
        let boundaries: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
        let mut end = 0;
        for part in cut.text(&text, Encoding::Ucs2).unwrap() {
            let start = end;
            end += part.text().unwrap().len();
            let longer_than_a_part = !boundaries.iter().any(|at| (start + 1..=end).contains(at));
            prop_assert!(boundaries.contains(&end) || longer_than_a_part);
        }
    }
}
