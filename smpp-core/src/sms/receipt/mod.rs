//! Delivery receipts: their text, their TLVs, and what the two say together (SMPP 3.4 appendix B, §2.11; 5.0 §4.3.5.1).
//!
//! The text is not standardised. What is read here is what MCs send: keys in any order and case, any of them missing,
//! values of any width. The octets are lent, nothing is copied, and the raw text is kept beside the fields.
//!
//! Some MCs send receipts under data_coding 8 (node-smpp#68): decode them with [`Encoding::Ucs2`] first. Others say 8 and
//! send ASCII, so try [`Receipt::parse`] on the octets as they are before that.
//!
//! [`Encoding::Ucs2`]: crate::text::Encoding::Ucs2
//!
//! ```
//! use smpp_core::{sms::receipt::Receipt, types::MessageState};
//!
//! let receipt = Receipt::parse(b"id:07EE36CBE3 done date:1708071603 stat:UNDELIV err:106").unwrap();
//! assert_eq!(receipt.id, Some(&b"07EE36CBE3"[..]));
//! assert_eq!(receipt.state(), Some(MessageState::UNDELIVERABLE));
//! assert_eq!(receipt.done_time().unwrap().to_string(), "2017-08-07T16:03:00");
//! ```

mod report;
mod write;

pub use report::{MessageClass, ReceiptTlvs, Report, ReportError};
pub use write::{DateForm, ReceiptField, ReceiptFormat, ReceiptValues};

use crate::types::{DateTime, MessageState, YearWindow};

/// The text of a receipt. A key that is there without a value gives an empty field, one that is absent `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Receipt<'a> {
    /// The whole text, without NULs at its end.
    pub raw: &'a [u8],
    /// `id`: the message id, perhaps in another base or with other padding than in the response.
    pub id: Option<&'a [u8]>,
    /// `sub`: how many messages were submitted. Unreliable.
    pub sub: Option<&'a [u8]>,
    /// `dlvrd`: how many were delivered. Unreliable.
    pub dlvrd: Option<&'a [u8]>,
    /// `submit date`, see [`Receipt::submit_time`].
    pub submit_date: Option<&'a [u8]>,
    /// `done date`, see [`Receipt::done_time`].
    pub done_date: Option<&'a [u8]>,
    /// `stat`: the state in one word, see [`Receipt::state`].
    pub stat: Option<&'a [u8]>,
    /// `err`: the MC's or the network's error code, of any form and width.
    pub err: Option<&'a [u8]>,
    /// `text`: the first characters of the message, in any coding.
    pub text: Option<&'a [u8]>,
}

/// A key of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Id,
    Sub,
    Dlvrd,
    SubmitDate,
    DoneDate,
    Stat,
    Err,
    Text,
}

impl<'a> Receipt<'a> {
    /// Reads the text; `None` when not a single key is in it.
    ///
    /// A key counts at the start or behind anything that is no letter and no digit. `id`, `sub`, `dlvrd`, `stat` and
    /// `err` end at white space or at the next key, dates at the next key. `text` takes the rest, unless `stat` has not
    /// come yet: then it ends at the next key. Of a key that comes twice the first counts.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let raw = without_nuls(text);
        let mut receipt = Self { raw, ..Self::default() };
        // The key whose value is being read, and where that begins.
        let mut open: Option<(Key, usize)> = None;
        let mut behind = 0usize;
        while let Some(colon) = find_colon(raw, behind) {
            behind = colon.saturating_add(1);
            let Some((key, start)) = key_before(raw.get(..colon).unwrap_or_default()) else { continue };
            if let Some((before, from)) = open.replace((key, behind)) {
                receipt.set(before, from, start);
            }
            if key == Key::Text && receipt.stat.is_some() {
                break;
            }
        }
        let (last, from) = open?;
        receipt.set(last, from, raw.len());
        Some(receipt)
    }

    /// The state that `stat` names; `None` for a vendor's word.
    #[must_use]
    pub fn state(&self) -> Option<MessageState> {
        state_of_word(self.stat?)
    }

    /// `submit date` as a date, in the MC's zone: `None` when it is absent or has a form that is not known.
    #[must_use]
    pub fn submit_time(&self) -> Option<DateTime> {
        parse_date(self.submit_date?)
    }

    /// `done date` as a date, see [`Receipt::submit_time`].
    #[must_use]
    pub fn done_time(&self) -> Option<DateTime> {
        parse_date(self.done_date?)
    }

    /// Whether it is the text of a receipt beyond doubt, the rule for telling receipts by their text alone: it has an id
    /// and a state, and either that is a word that is known or there is a done date, too, of ten octets at least.
    #[must_use]
    pub fn is_evident(&self) -> bool {
        let len = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
        len(self.id) > 0 && len(self.stat) > 0 && (len(self.done_date) >= 10 || self.state().is_some())
    }

    /// Sets the field of `key` from what stands between `from` and `end`, where the next key begins.
    fn set(&mut self, key: Key, from: usize, end: usize) {
        let octets = self.raw.get(from..end).unwrap_or_default();
        let is_blank = |octet: &u8| octet.is_ascii_whitespace();
        let word =
            || octets.iter().position(is_blank).and_then(|blank| octets.get(..blank)).unwrap_or(octets);
        let (field, value) = match key {
            Key::Id => (&mut self.id, word()),
            Key::Sub => (&mut self.sub, word()),
            Key::Dlvrd => (&mut self.dlvrd, word()),
            Key::Stat => (&mut self.stat, word()),
            Key::Err => (&mut self.err, word()),
            Key::SubmitDate => (&mut self.submit_date, octets.trim_ascii()),
            Key::DoneDate => (&mut self.done_date, octets.trim_ascii()),
            // The blank in front of the next key is not part of the text.
            Key::Text if end < self.raw.len() => (&mut self.text, octets.trim_ascii_end()),
            Key::Text => (&mut self.text, octets),
        };
        field.get_or_insert(value);
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
    if cfg!(target_os = "none") {
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

/// The words for states, the usual ones of seven letters first, then the long ones and those of vendors.
const WORDS: &[(&[u8], MessageState)] = &[
    (b"DELIVRD", MessageState::DELIVERED),
    (b"UNDELIV", MessageState::UNDELIVERABLE),
    (b"EXPIRED", MessageState::EXPIRED),
    (b"REJECTD", MessageState::REJECTED),
    (b"ENROUTE", MessageState::ENROUTE),
    (b"ACCEPTD", MessageState::ACCEPTED),
    (b"DELETED", MessageState::DELETED),
    (b"UNKNOWN", MessageState::UNKNOWN),
    (b"SCHEDLD", MessageState::SCHEDULED),
    (b"SKIPPED", MessageState::SKIPPED),
    (b"DELIVERED", MessageState::DELIVERED),
    (b"UNDELIVERABLE", MessageState::UNDELIVERABLE),
    (b"UNDELIVERED", MessageState::UNDELIVERABLE),
    (b"REJECTED", MessageState::REJECTED),
    (b"ACCEPTED", MessageState::ACCEPTED),
    (b"SCHEDULED", MessageState::SCHEDULED),
    (b"FAILED", MessageState::UNDELIVERABLE),
    (b"DND_REJECTED", MessageState::REJECTED),
    (b"ACKED", MessageState::ENROUTE),
    (b"BUFFRED", MessageState::ENROUTE),
    (b"BUFFERD", MessageState::ENROUTE),
    (b"BUFFERED", MessageState::ENROUTE),
];

/// The state that a word of a receipt names, in any case; what follows a colon is the vendor's reason and ignored
/// (`FAILED:absent`). `None` for other words.
#[must_use]
pub fn state_of_word(word: &[u8]) -> Option<MessageState> {
    let word = word.split(|&octet| octet == b':').next()?;
    let found = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    found.map(|&(_, state)| state)
}

/// The date of a receipt: 10 digits `YYMMDDhhmm`, 12 digits `YYMMDDhhmmss` or, where that is no date, `YYYYMMDDhhmm`, 14
/// digits `YYYYMMDDhhmmss`. Two digits of a year mean 1970 to 2069. `None` for every other form.
#[must_use]
pub fn parse_date(octets: &[u8]) -> Option<DateTime> {
    match octets.len() {
        10 => short_date(octets),
        12 => short_date(octets).or_else(|| long_date(octets)),
        14 => long_date(octets),
        _ => None,
    }
}

fn short_date(octets: &[u8]) -> Option<DateTime> {
    let (year, rest) = number(octets)?;
    date(YearWindow::RECEIPT.year(year), rest)
}

fn long_date(octets: &[u8]) -> Option<DateTime> {
    let (century, rest) = number(octets)?;
    let (year, rest) = number(rest)?;
    date(u16::from(century).saturating_mul(100).saturating_add(year.into()), rest)
}

/// Month, day, hour, minute and, if there are more digits, second.
fn date(year: u16, octets: &[u8]) -> Option<DateTime> {
    let (month, rest) = number(octets)?;
    let (day, rest) = number(rest)?;
    let (hour, rest) = number(rest)?;
    let (minute, rest) = number(rest)?;
    let second = if rest.is_empty() { 0 } else { number(rest)?.0 };
    Some(DateTime { year, month, day, hour, minute, second }).filter(|date| date.is_valid())
}

/// Two digits and what follows.
fn number(octets: &[u8]) -> Option<(u8, &[u8])> {
    let (&[tens, ones], rest) = octets.split_first_chunk()?;
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    digits.then(|| ((tens & 0x0F).saturating_mul(10).saturating_add(ones & 0x0F), rest))
}

/// The octets without the NULs at their end.
fn without_nuls(octets: &[u8]) -> &[u8] {
    let used = octets.iter().rposition(|&octet| octet != 0).map_or(0, |last| last.saturating_add(1));
    octets.get(..used).unwrap_or_default()
}

#[cfg(test)]
mod tests;
