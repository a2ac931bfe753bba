//! How text is to be coded: the same words as options and as keys of a line.

use crate::lines::{self, Object, Refused};
use clap::ValueEnum;
use serde_json::Value;
use smpp_core::sms::segment::Segmenter;
use smpp_core::text::national::{CANDIDATES, Language, NoTable};
use smpp_core::text::{Candidates, Encoding, Gsm7, Unmappable};

/// An encoding by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Name {
    /// The cheapest that carries the text
    Auto,
    /// GSM 03.38, one septet an octet
    Gsm7,
    /// GSM 03.38, seven bits a character
    Gsm7Packed,
    /// UTF-16, big-endian
    Ucs2,
    /// ISO-8859-1
    Latin1,
    /// US-ASCII
    Ascii,
}

impl Name {
    /// The name of `encoding`.
    pub(crate) const fn of(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Gsm7(_) => Self::Gsm7,
            Encoding::Gsm7Packed { .. } => Self::Gsm7Packed,
            Encoding::Ucs2 | Encoding::Ucs2LittleEndian => Self::Ucs2,
            Encoding::Latin1 => Self::Latin1,
            Encoding::Ascii => Self::Ascii,
            _ => Self::Gsm7,
        }
    }

    /// As it is written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gsm7 => "gsm7",
            Self::Gsm7Packed => "gsm7-packed",
            Self::Ucs2 => "ucs2",
            Self::Latin1 => "latin1",
            Self::Ascii => "ascii",
        }
    }
}

/// What to do with what cannot be mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Policy {
    /// Refuse the text
    Reject,
    /// Put a question mark, or U+FFFD when decoding
    Replace,
    /// Put what is most like it: a letter without its accent, a straight quotation mark
    Transliterate,
}

impl From<Policy> for Unmappable {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Reject => Self::Reject,
            Policy::Replace => Self::Replace,
            Policy::Transliterate => Self::TRANSLITERATE,
        }
    }
}

/// How text is to be coded.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// The encoding; auto when encoding, gsm7 when decoding
    #[arg(long, value_enum)]
    pub(crate) encoding: Option<Name>,
    /// The language whose locking shift table is in use (3GPP TS 23.038 §6.2.1.2.4)
    #[arg(long, value_name = "LANGUAGE")]
    locking: Option<u8>,
    /// The language whose single shift table is in use
    #[arg(long, value_name = "LANGUAGE")]
    single: Option<u8>,
    /// Zero bits in front of packed text, 0 to 6
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=6))]
    fill_bits: Option<u8>,
    /// How many septets packed octets hold
    #[arg(long, value_name = "N")]
    pub(crate) septets: Option<usize>,
    /// What to do with what cannot be mapped; reject when encoding, replace when decoding
    #[arg(long, value_enum)]
    pub(crate) unmappable: Option<Policy>,
    /// Let auto use the tables of national languages
    #[arg(long)]
    pub(crate) national: bool,
}

impl Settings {
    /// These settings, with what a line says in their place.
    pub(crate) fn with(self, line: &Object) -> Result<Self, Refused> {
        let octet = |key: &str, max: u8| {
            let octet = lines::integer(line, key, max.into())?;
            Ok(octet.and_then(|octet| u8::try_from(octet).ok()))
        };
        let septets = lines::integer(line, "septets", u32::MAX.into())?;
        Ok(Self {
            encoding: named(line, "encoding")?.or(self.encoding),
            locking: octet("locking", u8::MAX)?.or(self.locking),
            single: octet("single", u8::MAX)?.or(self.single),
            fill_bits: octet("fill_bits", 6)?.or(self.fill_bits),
            septets: septets.and_then(|septets| usize::try_from(septets).ok()).or(self.septets),
            unmappable: named(line, "unmappable")?.or(self.unmappable),
            national: match line.get("national") {
                None | Some(Value::Null) => self.national,
                Some(Value::Bool(national)) => *national,
                Some(_) => return Err(Refused::new("wrong_type", "national")),
            },
        })
    }

    /// The encoding of this name with these tables.
    pub(crate) fn encoding(&self, name: Name) -> Result<Encoding, Refused> {
        let alphabet = || {
            Gsm7::national(self.locking.map(Language), self.single.map(Language)).map_err(|no_table| {
                match no_table {
                    NoTable::Locking(_) => Refused::new("no_table", "locking"),
                    _ => Refused::new("no_table", "single"),
                }
            })
        };
        Ok(match name {
            Name::Auto => return Err(Refused::new("bad_value", "encoding")),
            Name::Gsm7 => Encoding::Gsm7(alphabet()?),
            Name::Gsm7Packed => {
                Encoding::Gsm7Packed { alphabet: alphabet()?, fill_bits: self.fill_bits.unwrap_or(0) }
            }
            Name::Ucs2 => Encoding::Ucs2,
            Name::Latin1 => Encoding::Latin1,
            Name::Ascii => Encoding::Ascii,
        })
    }

    /// The encoding of this name, or the cheapest for `text`.
    pub(crate) fn encoding_for(
        &self,
        text: &str,
        name: Name,
        unmappable: Unmappable,
    ) -> Result<Encoding, Refused> {
        if name != Name::Auto {
            return self.encoding(name);
        }
        let default = self.encoding(Name::Gsm7)?;
        let candidates = Candidates { default, national: if self.national { &CANDIDATES } else { &[] } };
        Ok(Segmenter { unmappable, ..Segmenter::default() }.choose(text, &candidates).encoding)
    }
}

/// One of the words that an option takes, under `key`.
fn named<T: ValueEnum>(line: &Object, key: &str) -> Result<Option<T>, Refused> {
    let word = lines::string(line, key)?;
    word.map(|word| T::from_str(word, false).map_err(|_| Refused::new("bad_value", key))).transpose()
}
