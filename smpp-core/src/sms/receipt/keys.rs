//! The keys of a receipt's text and where their values are.

use core::ops::Range;

/// A key of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Key {
    Id,
    Sub,
    Dlvrd,
    SubmitDate,
    DoneDate,
    Stat,
    Err,
    Text,
}

/// A key that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) key: Key,
    /// Where it begins.
    pub(super) start: usize,
    /// Its value.
    pub(super) value: Range<usize>,
}

/// The keys of a text, in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys<'a> {
    raw: &'a [u8],
    /// The next key, where it begins and where its colon ends.
    next: Option<(Key, usize, usize)>,
    has_stat: bool,
}

impl<'a> Keys<'a> {
    pub(super) fn of(raw: &'a [u8]) -> Self {
        Self { raw, next: next_key(raw, 0), has_stat: false }
    }
}

impl Iterator for Keys<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let (key, start, from) = self.next?;
        self.has_stat |= key == Key::Stat;
        // What stands in the text of a message is no key, once all that matters has come.
        self.next = if key == Key::Text && self.has_stat { None } else { next_key(self.raw, from) };
        let end = self.next.map_or(self.raw.len(), |(_, start, _)| start);
        let octets = self.raw.get(from..end).unwrap_or_default();
        let value = match key {
            // The blank in front of the next key is not part of the text.
            Key::Text if self.next.is_some() => octets.trim_ascii_end(),
            Key::Text => octets,
            Key::SubmitDate | Key::DoneDate => date(octets),
            Key::Id | Key::Stat => word(octets),
            Key::Sub | Key::Dlvrd | Key::Err => number(octets),
        };
        let blanks =
            if key == Key::Text { 0 } else { octets.len().saturating_sub(octets.trim_ascii_start().len()) };
        // An empty value may be in front of the blanks as well.
        let from = if value.is_empty() { from } else { from.saturating_add(blanks) };
        Some(Found { key, start, value: from..from.saturating_add(value.len()) })
    }
}

/// What some providers write behind a value in place of a blank.
pub(super) const fn is_separator(octet: u8) -> bool {
    matches!(octet, b',' | b';' | b'|')
}

pub(super) fn without_separators(mut octets: &[u8]) -> &[u8] {
    while let [front @ .., last] = octets
        && (is_separator(*last) || last.is_ascii_whitespace())
    {
        octets = front;
    }
    octets
}

/// Whether a word starts with a letter and has a colon.
#[cfg_attr(smpp_small, inline(never))]
fn is_key(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_alphabetic) && find_colon(word, 0).is_some()
}

/// The first word behind blanks.
fn word(octets: &[u8]) -> &[u8] {
    let octets = octets.trim_ascii_start();
    let end = octets.iter().position(u8::is_ascii_whitespace).unwrap_or(octets.len());
    without_separators(before_key(octets.get(..end).unwrap_or_default()))
}

/// A word up to a separator with another key behind it: `1` of `1;mcc:262`.
pub(super) fn before_key(word: &[u8]) -> &[u8] {
    let mut at = 0usize;
    for part in word.split(|octet| is_separator(*octet)) {
        if at > 0 && is_key(part) {
            return word.get(..at.saturating_sub(1)).unwrap_or_default();
        }
        at = at.saturating_add(part.len()).saturating_add(1);
    }
    word
}

/// The same, empty where the word behind the blanks is a key of the provider: `err: mcc:262`.
fn number(octets: &[u8]) -> &[u8] {
    let word = word(octets);
    let is_other = octets.first().is_some_and(u8::is_ascii_whitespace) && is_key(word);
    if is_other { &[] } else { word }
}

/// A date, which may have blanks inside: it ends at the next word that starts with a letter.
fn date(octets: &[u8]) -> &[u8] {
    let octets = octets.trim_ascii_start();
    let mut is_start = false;
    let mut end = octets.len();
    for (at, octet) in octets.iter().enumerate() {
        if is_start && octet.is_ascii_alphabetic() {
            end = at;
            break;
        }
        is_start = octet.is_ascii_whitespace() || is_separator(*octet);
    }
    let date = octets.get(..end).unwrap_or_default();
    // A key of the provider may stand in the place of the date.
    if is_key(date) { &[] } else { without_separators(date) }
}

/// The next key whose colon stands at or behind `from`: the key, where it begins, and where its colon ends.
fn next_key(raw: &[u8], from: usize) -> Option<(Key, usize, usize)> {
    let mut behind = from;
    loop {
        let colon = find_colon(raw, behind)?;
        behind = colon.saturating_add(1);
        if let Some((key, start)) = key_before(raw.get(..colon).unwrap_or_default()) {
            return Some((key, start, behind));
        }
    }
}

/// Where the first colon at or behind `from` stands. Half of the work of reading a receipt, so eight octets at a time; on
/// bare metal one, for size.
fn find_colon(octets: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
    const COLONS: u64 = u64::from_ne_bytes([b':'; 8]);
    let mut at = from;
    let (mut eights, mut rest) = octets.get(from..)?.as_chunks::<8>();
    if cfg!(smpp_small) {
        (eights, rest) = (&[], octets.get(from..)?);
    }
    for eight in eights {
        // A colon becomes zero, and the lowest zero octet is the lowest that borrows into its high bit.
        let difference = u64::from_le_bytes(*eight) ^ COLONS;
        let zeros = difference.wrapping_sub(ONES) & !difference & HIGH_BITS;
        if zeros != 0 {
            return at.checked_add(usize::try_from(zeros.trailing_zeros() / 8).ok()?);
        }
        at = at.saturating_add(8);
    }
    rest.iter().position(|octet| *octet == b':').map(|index| at.saturating_add(index))
}

/// The key that ends where `before` ends, and where it begins.
fn key_before(before: &[u8]) -> Option<(Key, usize)> {
    /// Makes letters small. Of the octets that it changes only letters become letters.
    const SMALL: u32 = u32::from_ne_bytes([0x20; 4]);
    /// The last letters of a key, four of them at most, as a number.
    const fn end(letters: &[u8; 4]) -> u32 {
        u32::from_be_bytes(*letters)
    }
    const STAT: u32 = end(b"stat");
    const TEXT: u32 = end(b"text");
    const DATE: u32 = end(b"date");
    const LVRD: u32 = end(b"lvrd");
    const SUB: u32 = end(b"\0sub");
    const ERR: u32 = end(b"\0err");
    const ID: u32 = end(b"\0\0id");
    let last_four = SMALL
        | match before.last_chunk() {
            Some(last_four) => u32::from_be_bytes(*last_four),
            None => before.iter().fold(0, |all, &octet| (all << 8) | u32::from(octet)),
        };
    let (key, length) = match (last_four, last_four & 0x00FF_FFFF, last_four & 0xFFFF) {
        (STAT, ..) => (Key::Stat, 4),
        (TEXT, ..) => (Key::Text, 4),
        (DATE, ..) if ends_in(before, b"done date") => (Key::DoneDate, 9),
        (DATE, ..) if ends_in(before, b"submit date") => (Key::SubmitDate, 11),
        (LVRD, ..) if ends_in(before, b"dlvrd") => (Key::Dlvrd, 5),
        (_, SUB, _) => (Key::Sub, 3),
        (_, ERR, _) => (Key::Err, 3),
        (.., ID) => (Key::Id, 2),
        _ => return None,
    };
    let front = before.get(..before.len().checked_sub(length)?)?;
    let counts = !front.last().is_some_and(u8::is_ascii_alphanumeric);
    counts.then_some((key, front.len()))
}

fn ends_in(octets: &[u8], name: &[u8]) -> bool {
    let end = octets.len().checked_sub(name.len()).and_then(|start| octets.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(name))
}
