//! Keys that only one provider writes.

use super::keys::{Keys, before_key, is_separator, without_separators};
use core::ops::Range;

/// The keys of a receipt that are not those of the standard, and their values. See [`Receipt::extra`](super::Receipt::extra).
#[derive(Clone, Debug)]
pub struct Extra<'a> {
    raw: &'a [u8],
    keys: Keys<'a>,
    /// What is left between two keys that are known.
    gap: Range<usize>,
    /// Where the last known key's value ends.
    behind: usize,
    is_last: bool,
}

impl<'a> Extra<'a> {
    pub(super) fn of(raw: &'a [u8]) -> Self {
        Self { raw, keys: Keys::of(raw), gap: 0..0, behind: 0, is_last: false }
    }

    /// The next word of the gap, up to a blank, or to a comma, semicolon or bar in front of another key.
    fn word(&mut self) -> Option<Range<usize>> {
        let start =
            self.find_octet(self.gap.start, |octet| !octet.is_ascii_whitespace() && !is_separator(octet))?;
        let end = self.find_octet(start, |octet| octet.is_ascii_whitespace()).unwrap_or(self.gap.end);
        let end = start.saturating_add(before_key(self.raw.get(start..end)?).len());
        self.gap.start = end;
        Some(start..end)
    }

    /// Where in the gap, from `from` on, the first octet of a kind is.
    fn find_octet(&self, from: usize, is_it: impl Fn(u8) -> bool) -> Option<usize> {
        let octets = self.raw.get(from..self.gap.end)?;
        octets.iter().position(|octet| is_it(*octet)).map(|at| from.saturating_add(at))
    }

    /// Where the colon of a key is in `word`; what has no letter in front of it is none (`00:04:29`).
    fn colon(&self, word: &Range<usize>) -> Option<usize> {
        let octets = self.raw.get(word.clone())?;
        let colon = octets.iter().position(|octet| *octet == b':')?;
        let has_letter =
            octets.get(..colon)?.iter().any(|octet| octet.is_ascii_alphabetic() || !octet.is_ascii());
        has_letter.then(|| word.start.saturating_add(colon))
    }

    /// The next key of the gap.
    fn in_gap(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let mut before = None;
        loop {
            let word = self.word()?;
            let Some(colon) = self.colon(&word) else {
                before = Some(word.start);
                continue;
            };
            let key = self.raw.get(before.unwrap_or(word.start)..colon)?;
            let mut value = colon.saturating_add(1)..word.end;
            if value.is_empty() {
                // Blanks behind the colon, unless another key follows.
                let here = self.gap.clone();
                match self.word() {
                    Some(next) if self.colon(&next).is_none() => value = next,
                    _ => self.gap = here,
                }
            }
            return Some((key, without_separators(self.raw.get(value)?)));
        }
    }
}

impl<'a> Iterator for Extra<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.in_gap() {
                return Some(found);
            }
            match self.keys.next() {
                Some(known) => {
                    self.gap = self.behind..known.start;
                    self.behind = known.value.end;
                }
                None if self.is_last => return None,
                None => {
                    self.is_last = true;
                    self.gap = self.behind..self.raw.len();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Receipt;
    use std::string::String;
    use std::vec::Vec;

    fn extra(text: &str) -> Vec<(String, String)> {
        let string = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        Receipt::parse(text.as_bytes())
            .unwrap()
            .extra()
            .map(|(key, value)| (string(key), string(value)))
            .collect()
    }

    /// Of the kind "received and shown nowhere".
    #[test]
    fn keys_of_the_provider_are_given_with_their_values() {
        for (text, expected) in [
            ("id:1 mcc:262 mnc:01 stat:DELIVRD", &[("mcc", "262"), ("mnc", "01")][..]),
            ("id:7 done date:1005242339 xone date:1005242339 stat:DELIVRD", &[("xone date", "1005242339")]),
            (
                "IMSI:26201 id:1 stat:DELIVRD err:000 MSC: 4917 text:a:b c:d",
                &[("IMSI", "26201"), ("MSC", "4917")],
            ),
            ("id:1;mcc:262;mnc:01;stat:DELIVRD", &[("mcc", "262"), ("mnc", "01")]),
            ("id:1 geo:1,2 stat:DELIVRD", &[("geo", "1,2")]),
            ("id:1 mcc: mnc: 01 stat:DELIVRD", &[("mcc", ""), ("mnc", "01")]),
            ("id:1 err: mcc:262", &[("mcc", "262")]),
            ("id:1 submit date: mcc:262", &[("mcc", "262")]),
            ("id:1 stat:FAILED:absent done date:2013-02-17 00:04:29", &[]),
            ("some words id:1 stat:DELIVRD 12:30", &[]),
            ("id:1 a b c:d stat:X", &[("b c", "d")]),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|(key, value)| (String::from(*key), String::from(*value))).collect();
            assert_eq!(extra(text), expected, "{text}");
        }
    }
}
