//! Writing the text of receipts, each provider's form from its table.

use super::WORDS;
use crate::text::NoRoom;
use crate::types::{DateTime, MessageState};
use crate::wire::copy;

/// How a provider writes receipts. Another provider is another table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReceiptFormat {
    /// The keys in their order, as they are printed in front of the colon.
    pub fields: &'static [(ReceiptField, &'static str)],
    /// The form of both dates.
    pub dates: DateForm,
    /// The least digits of `sub` and `dlvrd`, filled with zeros.
    pub count_digits: u8,
    /// The least digits of `err`, filled with zeros.
    pub err_digits: u8,
    /// The most octets of `text`.
    pub text_octets: usize,
}

/// A value of a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReceiptField {
    /// The message id.
    Id,
    /// How many messages were submitted.
    Sub,
    /// How many were delivered.
    Dlvrd,
    /// When it was submitted.
    SubmitDate,
    /// When it reached its state.
    DoneDate,
    /// The state as a word.
    Stat,
    /// The error code.
    Err,
    /// The first octets of the message.
    Text,
}

/// How a date is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DateForm {
    /// 10 digits, `YYMMDDhhmm`.
    Minutes,
    /// 12 digits, `YYMMDDhhmmss`.
    Seconds,
    /// 14 digits, `YYYYMMDDhhmmss`.
    FullYear,
}

impl ReceiptFormat {
    /// The example of the standard (SMPP 3.4 appendix B).
    pub const APPENDIX_B: Self = Self {
        fields: &[
            (ReceiptField::Id, "id"),
            (ReceiptField::Sub, "sub"),
            (ReceiptField::Dlvrd, "dlvrd"),
            (ReceiptField::SubmitDate, "submit date"),
            (ReceiptField::DoneDate, "done date"),
            (ReceiptField::Stat, "stat"),
            (ReceiptField::Err, "err"),
            (ReceiptField::Text, "text"),
        ],
        dates: DateForm::Minutes,
        count_digits: 3,
        err_digits: 3,
        text_octets: 20,
    };

    /// Wavix: as the standard, without `text`.
    pub const WAVIX: Self = Self {
        fields: match Self::APPENDIX_B.fields.split_last() {
            Some((_text, others)) => others,
            None => &[],
        },
        ..Self::APPENDIX_B
    };
}

/// What a receipt is to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReceiptValues<'a> {
    /// The message id as in the response.
    pub id: &'a [u8],
    /// How many messages were submitted.
    pub sub: u16,
    /// How many were delivered.
    pub dlvrd: u16,
    /// When it was submitted, in the zone of the link.
    pub submit_date: DateTime,
    /// When it reached its state.
    pub done_date: DateTime,
    /// The state; one without a name is written as `UNKNOWN`.
    pub state: MessageState,
    /// The error code.
    pub err: u16,
    /// The message, in the coding of the receipt.
    pub text: &'a [u8],
}

impl ReceiptValues<'_> {
    /// Writes the text to the start of `out` and returns how many octets it took.
    ///
    /// # Errors
    /// [`NoRoom`] when `out` is too small; what stands in it is then undefined.
    pub fn encode(&self, format: &ReceiptFormat, out: &mut [u8]) -> Result<usize, NoRoom> {
        let mut out = Out { octets: out, used: 0 };
        for (index, (field, key)) in format.fields.iter().enumerate() {
            if index > 0 {
                out.put(b" ");
            }
            out.put(key.as_bytes());
            out.put(b":");
            match field {
                ReceiptField::Id => out.put(self.id),
                ReceiptField::Sub => out.number(self.sub, format.count_digits),
                ReceiptField::Dlvrd => out.number(self.dlvrd, format.count_digits),
                ReceiptField::SubmitDate => out.date(self.submit_date, format.dates),
                ReceiptField::DoneDate => out.date(self.done_date, format.dates),
                ReceiptField::Stat => out.put(word_of_state(self.state)),
                ReceiptField::Err => out.number(self.err, format.err_digits),
                ReceiptField::Text => out.put(self.text.get(..format.text_octets).unwrap_or(self.text)),
            }
        }
        if out.used > out.octets.len() { Err(NoRoom { needed: out.used }) } else { Ok(out.used) }
    }
}

/// The word of seven letters for a state.
fn word_of_state(state: MessageState) -> &'static [u8] {
    WORDS.iter().find(|(_, known)| *known == state).map_or(b"UNKNOWN", |(word, _)| word)
}

/// Writes as long as there is room and counts on, so that the error can say how much is needed.
struct Out<'b> {
    octets: &'b mut [u8],
    used: usize,
}

impl Out<'_> {
    fn put(&mut self, octets: &[u8]) {
        let end = self.used.saturating_add(octets.len());
        if let Some(room) = self.octets.get_mut(self.used..end) {
            copy(room, octets);
        }
        self.used = end;
    }

    fn number(&mut self, value: u16, least_digits: u8) {
        let mut place = 10_000u16;
        let mut digits_left = 5u8;
        for _ in 5..least_digits {
            self.put(b"0");
        }
        while let Some(digit) = value.checked_div(place) {
            if digit > 0 || digits_left <= least_digits.max(1) {
                // A single digit: what stands above it was written before.
                let digit = u8::try_from(digit % 10).unwrap_or(0);
                self.put(&[b'0'.wrapping_add(digit)]);
            }
            place /= 10;
            digits_left = digits_left.saturating_sub(1);
        }
    }

    fn date(&mut self, date: DateTime, form: DateForm) {
        let DateTime { year, month, day, hour, minute, second } = date;
        let year = if form == DateForm::FullYear { (year, 4) } else { (year % 100, 2) };
        self.number(year.0, year.1);
        for part in [month, day, hour, minute] {
            self.number(part.into(), 2);
        }
        if form != DateForm::Minutes {
            self.number(second.into(), 2);
        }
    }
}
