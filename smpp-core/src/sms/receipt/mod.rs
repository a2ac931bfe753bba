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

mod extra;
mod keys;
mod report;
mod write;

pub use extra::Extra;
pub use report::{MessageClass, ReceiptTlvs, Report, ReportError};
pub use write::{DateForm, ReceiptField, ReceiptFormat, ReceiptValues};

use crate::types::{DateTime, MessageState, YearWindow};
use keys::{Key, Keys};

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

impl<'a> Receipt<'a> {
    /// Reads the text; `None` when not a single key is in it.
    ///
    /// A key counts at the start or behind anything that is no letter and no digit. Blanks behind its colon are skipped.
    /// `id`, `sub`, `dlvrd`, `stat` and `err` end at white space or at the next key; dates at the next word that starts with a
    /// letter; a comma, semicolon or bar at the end belongs to neither. `text` takes the rest, unless `stat` has not come
    /// yet: then it ends at the next key. Of a key that comes twice the first counts. Keys that are none of these cost only
    /// themselves: [`Receipt::extra`] has them.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let raw = without_nuls(text);
        let mut receipt = Self { raw, ..Self::default() };
        let mut is_receipt = false;
        for found in Keys::of(raw) {
            is_receipt = true;
            let field = match found.key {
                Key::Id => &mut receipt.id,
                Key::Sub => &mut receipt.sub,
                Key::Dlvrd => &mut receipt.dlvrd,
                Key::SubmitDate => &mut receipt.submit_date,
                Key::DoneDate => &mut receipt.done_date,
                Key::Stat => &mut receipt.stat,
                Key::Err => &mut receipt.err,
                Key::Text => &mut receipt.text,
            };
            field.get_or_insert(raw.get(found.value).unwrap_or_default());
        }
        is_receipt.then_some(receipt)
    }

    /// The keys of the provider, with their values: `mcc:262`. A key is the word in front of the colon, together with a word
    /// before it that belongs to no value (`xone date`).
    #[must_use]
    pub fn extra(&self) -> Extra<'a> {
        Extra::of(self.raw)
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
/// (`FAILED:absent`), and so is punctuation around the word. `None` for other words.
#[must_use]
pub fn state_of_word(word: &[u8]) -> Option<MessageState> {
    let word = word.split(|&octet| octet == b':').next()?;
    let is_letter = |octet: &u8| !octet.is_ascii_punctuation();
    let start = word.iter().position(is_letter)?;
    let word = word.get(start..=word.iter().rposition(is_letter)?)?;
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
