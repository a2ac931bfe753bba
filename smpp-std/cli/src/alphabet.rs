//! How octets of a message are read as text: the alphabet of the link, byte order marks, and codings that only this program knows.

use clap::ValueEnum;
use encoding_rs::{EUC_JP, EUC_KR, ISO_2022_JP, ISO_8859_5, ISO_8859_8, SHIFT_JIS};
use smpp_core::sms::udh::{Shifts, Udh};
use smpp_core::text::national::Language;
use smpp_core::text::{Encoding, Gsm7, split_byte_order_mark};
use smpp_core::types::{Alphabet, DataCoding};

/// What data_coding 0 and 1 mean: a setting of the link, never a guess (in practice 13).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum DefaultAlphabet {
    /// GSM 03.38, one septet an octet
    #[default]
    Gsm7,
    /// GSM 03.38, eight septets in seven octets
    Gsm7Packed,
    /// ISO-8859-1
    Latin1,
    /// US-ASCII
    Ascii,
    /// UTF-8
    Utf8,
}

impl DefaultAlphabet {
    /// As an encoding of the core, which has no UTF-8.
    fn encoding(self) -> Encoding {
        match self {
            Self::Gsm7 | Self::Utf8 => Encoding::GSM7,
            Self::Gsm7Packed => Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 },
            Self::Latin1 => Encoding::Latin1,
            Self::Ascii => Encoding::Ascii,
        }
    }
}

/// A coding as this program reads it.
#[derive(Clone, Copy)]
enum Coding {
    Core(Encoding),
    Utf8,
    Other(&'static encoding_rs::Encoding),
}

/// The coding of a data_coding; `None` for octets without a meaning as text (SMPP 3.4 §5.2.19).
fn coding(data_coding: DataCoding, default: DefaultAlphabet) -> Option<Coding> {
    match (data_coding.alphabet(), data_coding.0) {
        (Alphabet::Default, _) if default == DefaultAlphabet::Utf8 => Some(Coding::Utf8),
        (Alphabet::Other, 5) => Some(Coding::Other(SHIFT_JIS)),
        (Alphabet::Other, 6) => Some(Coding::Other(ISO_8859_5)),
        (Alphabet::Other, 7) => Some(Coding::Other(ISO_8859_8)),
        (Alphabet::Other, 10) => Some(Coding::Other(ISO_2022_JP)),
        (Alphabet::Other, 13) => Some(Coding::Other(EUC_JP)),
        (Alphabet::Other, 14) => Some(Coding::Other(EUC_KR)),
        _ => Encoding::of(data_coding, default.encoding()).map(Coding::Core),
    }
}

/// The name of a coding in JSON.
pub(crate) fn name(data_coding: DataCoding, default: DefaultAlphabet) -> &'static str {
    match coding(data_coding, default) {
        Some(Coding::Core(Encoding::Ucs2 | Encoding::Ucs2LittleEndian)) => "ucs2",
        Some(Coding::Core(Encoding::Latin1)) => "latin1",
        Some(Coding::Core(Encoding::Ascii)) => "ascii",
        Some(Coding::Core(Encoding::Gsm7Packed { .. })) => "gsm7-packed",
        Some(Coding::Core(_)) => "gsm7",
        Some(Coding::Utf8) => "utf8",
        Some(Coding::Other(other)) if other == SHIFT_JIS => "shift-jis",
        Some(Coding::Other(other)) if other == ISO_8859_5 => "iso-8859-5",
        Some(Coding::Other(other)) if other == ISO_8859_8 => "iso-8859-8",
        Some(Coding::Other(other)) if other == ISO_2022_JP => "iso-2022-jp",
        Some(Coding::Other(other)) if other == EUC_JP => "euc-jp",
        Some(Coding::Other(_)) => "euc-kr",
        None => "binary",
    }
}

/// Parts of one message, read as text.
#[derive(Debug)]
pub(crate) struct Reader {
    default: DefaultAlphabet,
    text: String,
    is_text: bool,
    /// The byte order that a mark named, for the parts behind it too.
    order: Encoding,
    /// Half of a character that the last part ended in.
    half: Vec<u8>,
}

impl Reader {
    /// Nothing read yet.
    pub(crate) fn new(default: DefaultAlphabet) -> Self {
        Self { default, text: String::new(), is_text: true, order: Encoding::Ucs2, half: Vec::new() }
    }

    /// Reads one part. `header_octets` is the length of the user data header in front of it, 0 without one.
    pub(crate) fn push(
        &mut self,
        data_coding: DataCoding,
        shifts: Shifts,
        header_octets: usize,
        octets: &[u8],
    ) {
        match coding(data_coding, self.default) {
            Some(Coding::Core(Encoding::Ucs2)) => self.ucs2(octets),
            Some(Coding::Core(encoding)) => {
                self.end_half();
                let tables = Gsm7::received(shifts.locking.map(Language), shifts.single.map(Language));
                let mut encoding = encoding.with_alphabet(tables);
                if let Encoding::Gsm7Packed { fill_bits, .. } = &mut encoding {
                    // Septets start at a multiple of seven bits from the header's start (3GPP TS 23.040 §9.2.3.24).
                    *fill_bits = u8::try_from((7 - header_octets * 8 % 7) % 7).unwrap_or_default();
                }
                self.text.extend(encoding.decode(octets));
            }
            Some(Coding::Utf8) => {
                self.half.extend_from_slice(octets);
                let octets = std::mem::take(&mut self.half);
                let whole = match std::str::from_utf8(&octets) {
                    // The rest may come with the next part.
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => octets.len(),
                };
                let text = String::from_utf8_lossy(&octets[..whole]);
                let is_first = self.text.is_empty();
                self.text += text.strip_prefix('\u{FEFF}').filter(|_| is_first).unwrap_or(&text);
                self.half = octets[whole..].to_vec();
            }
            Some(Coding::Other(other)) => {
                self.end_half();
                self.text += &other.decode_without_bom_handling(octets).0;
            }
            None => self.is_text = false,
        }
    }

    fn ucs2(&mut self, octets: &[u8]) {
        let (mark, octets) = match split_byte_order_mark(octets) {
            (Some(mark), behind) => (mark, behind),
            (None, octets) => (self.order, octets),
        };
        if mark != self.order {
            self.end_half();
            self.order = mark;
        }
        self.half.extend_from_slice(octets);
        let octets = std::mem::take(&mut self.half);
        // A character that was cut in two is whole again with the next part.
        let even = octets.len() - octets.len() % 2;
        let high = if self.order == Encoding::Ucs2 { 2 } else { 1 };
        let is_cut = even >= 2 && even == octets.len() && octets[even - high] & 0xFC == 0xD8;
        let whole = if is_cut { even - 2 } else { even };
        self.text.extend(self.order.decode(&octets[..whole]));
        self.half = octets[whole..].to_vec();
    }

    /// What is half a character and stays so.
    fn end_half(&mut self) {
        if !std::mem::take(&mut self.half).is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    /// The text; `None` when a part was none.
    pub(crate) fn finish(mut self) -> Option<String> {
        self.end_half();
        self.is_text.then_some(self.text)
    }
}

/// The text of a message in one part, behind the header that it has.
pub(crate) fn text(
    data_coding: DataCoding,
    default: DefaultAlphabet,
    udh: Option<Udh<'_>>,
    octets: &[u8],
    whole: usize,
) -> Option<String> {
    let mut reader = Reader::new(default);
    reader.push(
        data_coding,
        udh.map_or(Shifts::NONE, Udh::shifts),
        whole.saturating_sub(octets.len()),
        octets,
    );
    reader.finish()
}

/// Whether some octets were no text and show as U+FFFD: then the octets are shown beside the text.
pub(crate) fn is_lossy(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data_coding: u8, default: DefaultAlphabet, parts: &[&[u8]]) -> Option<String> {
        let mut reader = Reader::new(default);
        parts.iter().for_each(|part| reader.push(DataCoding(data_coding), Shifts::NONE, 0, part));
        reader.finish()
    }

    /// Of the kind "something the core knows and the program does not use".
    #[test]
    fn a_byte_order_mark_is_obeyed_for_all_parts_and_not_shown() {
        let ucs2 = |parts: &[&[u8]]| read(8, DefaultAlphabet::Gsm7, parts).unwrap();
        assert_eq!(ucs2(&[b"\xFF\xFEA\0B\0"]), "AB");
        assert_eq!(ucs2(&[b"\xFE\xFF\0A\0B"]), "AB");
        assert_eq!(ucs2(&[b"\xFF\xFEA\0", b"B\0"]), "AB", "the first part has the mark");
        assert_eq!(ucs2(&[b"\xFF\xFEA\0", b"\xFF\xFEB\0"]), "AB", "each part has it");
        assert_eq!(ucs2(&[b"\xFF\xFE\x3D\xD8", b"\0\xDEA\0"]), "😀A", "a pair that was cut");
        assert_eq!(ucs2(&[b"\xD8\x3D", b"\xDE\0\0A"]), "😀A");
        assert_eq!(ucs2(&[b"\0A\xD8\x3D"]), "A\u{FFFD}");
        assert_eq!(ucs2(&[b"\0A\0"]), "A\u{FFFD}");
        assert_eq!(ucs2(&[b"\0", b"A\0B"]), "AB", "an octet that was cut");
        assert_eq!(read(0, DefaultAlphabet::Utf8, &[b"\xEF\xBB\xBFa\xC3", b"\xA9"]).unwrap(), "aé");
    }

    #[test]
    fn the_default_alphabet_is_a_setting_of_the_link() {
        for (default, octets, text) in [
            (DefaultAlphabet::Gsm7, &b"\0\x02"[..], "@$"),
            (DefaultAlphabet::Latin1, b"\xE9", "é"),
            (DefaultAlphabet::Ascii, b"@$", "@$"),
            (DefaultAlphabet::Utf8, b"\xC3\xA9\xFF", "é\u{FFFD}"),
            (DefaultAlphabet::Gsm7Packed, b"\xC8\x32\x9B\xFD\x06", "Hello"),
        ] {
            assert_eq!(read(0, default, &[octets]).as_deref(), Some(text), "{default:?}");
        }
        // Behind a header of six octets one bit is left over.
        let mut reader = Reader::new(DefaultAlphabet::Gsm7Packed);
        reader.push(DataCoding(0), Shifts::NONE, 6, &[0x90, 0x65]);
        assert_eq!(reader.finish().as_deref(), Some("He"));
    }

    #[test]
    fn codings_of_other_scripts_are_read() {
        for (data_coding, octets, text) in [
            (5, &b"\x93\xFA\x96\x7B"[..], "日本"),
            (6, b"\xBF\xE0\xD8\xD2\xD5\xE2", "Привет"),
            (7, b"\xF9\xEC\xE5\xED", "שלום"),
            (10, b"\x1B$BF|K\\\x1B(B", "日本"),
            (13, b"\xC6\xFC\xCB\xDC", "日本"),
            (14, b"\xBE\xC8\xB3\xE7", "안녕"),
        ] {
            assert_eq!(
                read(data_coding, DefaultAlphabet::Gsm7, &[octets]).as_deref(),
                Some(text),
                "{data_coding}"
            );
        }
        assert_eq!(read(4, DefaultAlphabet::Gsm7, &[b"a"]), None);
        assert!(is_lossy(&read(0, DefaultAlphabet::Gsm7, &[b"Caf\xE9"]).unwrap()));
    }
}
