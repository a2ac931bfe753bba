//! Text and receipts beside a hand-written floor, both in the same run: `cargo bench -p smpp-core --bench text [-- 'split 1000']`.
//!
//! Cases are interleaved over many short rounds, so that a change of the machine's speed meets all of them; the fastest
//! round of each counts. The floors do one job in plain safe Rust with a table, checked for bounds, no more general than
//! the text asks for.

use smpp_core::sms::receipt::Receipt;
use smpp_core::sms::segment::Segmenter;
use smpp_core::text::{Encoding, Gsm7, Unmappable};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 200;
const ROUND: Duration = Duration::from_micros(500);

/// 160 characters, a few of them not ASCII, none escaped.
const SHORT: &str = "Grüße aus Köln: der Zug fährt heute um 12:45 von Gleis 7, bitte pünktlich sein. \
    La señora Peña è già in città; prix 20£ ou 30$. Réponse à @info_desk. Merci Zoé!";

/// As MCs send it.
const RECEIPT: &[u8] =
    b"id:0123456789 sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 \
    text:Rain at noon at 12!";

mod floor {
    //! What one would write by hand for the default alphabet and for a receipt.

    const KEYS: [&[u8]; 8] =
        [b"id:", b"sub:", b"dlvrd:", b"submit date:", b"done date:", b"stat:", b"err:", b"text:"];

    /// The values of a receipt in the standard's case: a key is looked for at each word.
    pub(crate) fn receipt(text: &[u8]) -> [Option<&[u8]>; 8] {
        let mut values = [None; 8];
        let (mut at, mut open) = (0, None);
        while at < text.len() {
            let starts_word = at == 0 || text[at - 1] == b' ';
            let key = KEYS.iter().position(|key| starts_word && text[at..].starts_with(key));
            let Some(key) = key else {
                at += 1;
                continue;
            };
            if let Some((before, start)) = open {
                values[before] = Some(text[start..at].trim_ascii_end());
            }
            at += KEYS[key].len();
            open = Some((key, at));
        }
        if let Some((last, start)) = open {
            values[last] = Some(&text[start..]);
        }
        values
    }

    const NONE: u8 = 0xFF;

    pub(crate) struct Tables {
        codes: [u8; 256],
        chars: [char; 128],
    }

    const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1B}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "\u{C}^{}\\[~]|€";
    const EXTENSION_CODES: &[u8; 10] = b"\x0A\x14\x28\x29\x2F\x3C\x3D\x3E\x40\x65";

    impl Tables {
        pub(crate) fn new() -> Self {
            let mut tables = Self { codes: [NONE; 256], chars: [' '; 128] };
            for (code, ch) in ALPHABET.chars().enumerate() {
                tables.chars[code] = ch;
                if (ch as usize) < 256 {
                    tables.codes[ch as usize] = u8::try_from(code).unwrap();
                }
            }
            for (ch, code) in EXTENSION.chars().zip(EXTENSION_CODES) {
                if (ch as usize) < 256 {
                    tables.codes[ch as usize] = 0x80 | code;
                }
            }
            tables.codes[0x1B] = NONE;
            tables
        }

        fn code(&self, ch: char) -> Option<u8> {
            match ch as usize {
                ch @ 0..256 => Some(self.codes[ch]).filter(|code| *code != NONE),
                0x20AC => Some(0x80 | 0x65),
                _ => ALPHABET.chars().position(|greek| greek == ch).and_then(|code| u8::try_from(code).ok()),
            }
        }

        pub(crate) fn encode(&self, text: &str, out: &mut [u8]) -> Option<usize> {
            let mut at = 0;
            for ch in text.chars() {
                let code = self.code(ch)?;
                if code >= 0x80 {
                    *out.get_mut(at)? = 0x1B;
                    at += 1;
                }
                *out.get_mut(at)? = code & 0x7F;
                at += 1;
            }
            Some(at)
        }

        pub(crate) fn decode(&self, octets: &[u8], out: &mut String) {
            out.clear();
            let mut octets = octets.iter();
            while let Some(&octet) = octets.next() {
                if octet != 0x1B {
                    out.push(self.chars.get(usize::from(octet)).copied().unwrap_or('\u{FFFD}'));
                    continue;
                }
                let Some(&code) = octets.next() else {
                    out.push(' ');
                    continue;
                };
                let extended = EXTENSION_CODES.iter().position(|extended| *extended == code);
                out.push(match extended {
                    Some(place) => EXTENSION.chars().nth(place).unwrap(),
                    None => self.chars.get(usize::from(code)).copied().unwrap_or('\u{FFFD}'),
                });
            }
        }

        /// Counts the parts, then writes them one by one.
        pub(crate) fn split_without_scratch(&self, text: &str, mut part: impl FnMut(&[u8])) -> Option<()> {
            let (mut total, mut used) = (1, 0);
            for ch in text.chars() {
                let size = if self.code(ch)? >= 0x80 { 2 } else { 1 };
                if used + size > 153 {
                    (total, used) = (total + 1, 0);
                }
                used += size;
            }
            let mut out = [0; 160];
            let (mut number, mut at) = (1, 6);
            for ch in text.chars() {
                let code = self.code(ch)?;
                let size = if code >= 0x80 { 2 } else { 1 };
                if at + size > 159 {
                    out[..6].copy_from_slice(&[5, 0, 3, 42, total, number]);
                    part(&out[..at]);
                    (number, at) = (number + 1, 6);
                }
                if code >= 0x80 {
                    out[at] = 0x1B;
                }
                out[at + size - 1] = code & 0x7F;
                at += size;
            }
            out[..6].copy_from_slice(&[5, 0, 3, 42, total, number]);
            part(&out[..at]);
            Some(())
        }

        /// Encodes all of it, then copies 153 septets at a time behind a header; escape pairs stay whole.
        pub(crate) fn split(&self, text: &str, whole: &mut [u8], mut part: impl FnMut(&[u8])) -> Option<()> {
            let length = self.encode(text, whole)?;
            let septets = &whole[..length];
            let next = |start: usize| {
                let end = (start + 153).min(length);
                if end < length && septets[end - 1] == 0x1B { end - 1 } else { end }
            };
            let (mut total, mut start) = (0, 0);
            while start < length {
                start = next(start);
                total += 1;
            }
            let mut out = [0; 160];
            let (mut number, mut start) = (1, 0);
            while start < length {
                let end = next(start);
                out[..6].copy_from_slice(&[5, 0, 3, 42, total, number]);
                out[6..6 + end - start].copy_from_slice(&septets[start..end]);
                part(&out[..6 + end - start]);
                start = end;
                number += 1;
            }
            Some(())
        }
    }
}

struct Case<'f> {
    name: &'static str,
    run: Box<dyn FnMut() + 'f>,
    nanoseconds: Vec<f64>,
}

fn case<'f>(name: &'static str, run: impl FnMut() + 'f) -> Case<'f> {
    Case { name, run: Box::new(run), nanoseconds: Vec::new() }
}

/// Runs the cases in turn; the first of each pair is the floor of the second.
fn measure(mut cases: Vec<Case<'_>>) {
    let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    cases.retain(|case| wanted.as_ref().is_none_or(|wanted| case.name.starts_with(wanted.as_str())));
    for _ in 0..ROUNDS {
        for case in &mut cases {
            let (start, mut runs) = (Instant::now(), 0u32);
            while start.elapsed() < ROUND {
                for _ in 0..16 {
                    (case.run)();
                }
                runs += 16;
            }
            case.nanoseconds.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(runs));
        }
    }
    println!("{:<34} {:>9} {:>9} {:>8}", "", "min ns", "median ns", "x floor");
    let mut floor = 0.0;
    for (place, case) in cases.iter_mut().enumerate() {
        case.nanoseconds.sort_by(f64::total_cmp);
        let (min, median) = (case.nanoseconds[0], case.nanoseconds[ROUNDS / 2]);
        if place % 2 == 0 {
            floor = min;
        }
        println!("{:<34} {min:>9.1} {median:>9.1} {:>8.2}", case.name, min / floor);
    }
}

fn main() {
    let tables = floor::Tables::new();
    let mut septets = [0; 160];
    let length = Gsm7::DEFAULT.encode(SHORT, Unmappable::Reject, &mut septets).unwrap();
    assert_eq!((length, SHORT.chars().count()), (160, 160));
    let long: String = SHORT.chars().cycle().take(1000).collect();
    let cyrillic = "Привет".repeat(12).chars().take(70).collect::<String>();

    let (mut floor_out, mut out) = ([0; 160], [0; 160]);
    let (mut floor_text, mut utf8) = (String::with_capacity(480), [0; 480]);
    let (mut whole, mut scratch) = ([0; 2000], [0; 2000]);
    let (mut part, mut other_part) = ([0; 160], [0; 160]);
    let (mut floor_ucs2, mut ucs2) = ([0; 140], [0; 140]);

    let receipt = Receipt::parse(RECEIPT).unwrap();
    assert_eq!(
        floor::receipt(RECEIPT).map(Option::unwrap),
        [
            receipt.id,
            receipt.sub,
            receipt.dlvrd,
            receipt.submit_date,
            receipt.done_date,
            receipt.stat,
            receipt.err,
            receipt.text,
        ]
        .map(Option::unwrap)
    );

    measure(vec![
        case("GSM encode 160: floor", || {
            black_box(tables.encode(black_box(SHORT), &mut floor_out));
        }),
        case("GSM encode 160: Gsm7", || {
            black_box(Gsm7::DEFAULT.encode(black_box(SHORT), Unmappable::Reject, &mut out)).unwrap();
        }),
        case("GSM decode 160: floor", || {
            tables.decode(black_box(&septets), &mut floor_text);
            black_box(&floor_text);
        }),
        case("GSM decode 160: Encoding", || {
            black_box(Encoding::GSM7.decode_str(black_box(&septets), &mut utf8)).unwrap();
        }),
        case("split 1000, scratch: floor", || {
            tables
                .split(black_box(&long), &mut whole, |part| {
                    black_box(part);
                })
                .unwrap();
        }),
        case("split 1000, scratch: Segmenter::encoded", || {
            let length = Encoding::GSM7.encode(black_box(&long), Unmappable::Reject, &mut scratch).unwrap();
            for segment in Segmenter::default().encoded(&scratch[..length], Encoding::GSM7).unwrap() {
                let length = segment.write(42, &mut part).unwrap();
                black_box(&part[..length]);
            }
        }),
        case("split 1000, no scratch: floor", || {
            tables
                .split_without_scratch(black_box(&long), |part| {
                    black_box(part);
                })
                .unwrap();
        }),
        case("split 1000, no scratch: Segmenter::text", || {
            for segment in Segmenter::default().text(black_box(&long), Encoding::GSM7).unwrap() {
                let length = segment.write(42, &mut other_part).unwrap();
                black_box(&other_part[..length]);
            }
        }),
        case("receipt parse: floor", || {
            black_box(floor::receipt(black_box(RECEIPT)));
        }),
        case("receipt parse: Receipt", || {
            black_box(Receipt::parse(black_box(RECEIPT))).unwrap();
        }),
        case("UCS2 encode 70: floor", || {
            for (octets, unit) in floor_ucs2.chunks_exact_mut(2).zip(black_box(&cyrillic).encode_utf16()) {
                octets.copy_from_slice(&unit.to_be_bytes());
            }
            black_box(&floor_ucs2);
        }),
        case("UCS2 encode 70: Encoding", || {
            black_box(Encoding::Ucs2.encode(black_box(&cyrillic), Unmappable::Reject, &mut ucs2)).unwrap();
        }),
    ]);
}
