//! What takes the place of a character that an encoding lacks: typographic signs, accents, ligatures, full-width forms.

use core::fmt;

/// What takes the place of a character. Everything it gives is in the GSM default alphabet or its extension.
#[derive(Clone, Copy)]
pub struct Transliteration {
    /// First and last of characters that are left out: marks and signs that take no room.
    dropped: &'static [(char, char)],
    /// What takes the place of single characters, in order.
    words: &'static [(char, &'static str)],
    /// A character and what takes the place of it and of those behind it, one character each, in order; `_` is nothing.
    runs: &'static [(char, &'static str)],
    /// How to search them: a program that names no table carries no search either.
    search: fn(&Self, char) -> Option<&'static str>,
}

impl Transliteration {
    /// The table of this crate.
    ///
    /// Accented letters lose their accent; small and accented Greek letters become the capitals of the GSM alphabet or
    /// the Latin letters that look like them, as is the custom in Greek messages; quotes, dashes, spaces, bullets and
    /// arrows become their ASCII forms; combining accents and characters without width go away.
    pub const TABLE: Self = Self { dropped: &DROPPED, words: &WORDS, runs: &RUNS, search: Self::search };

    /// What takes the place of `ch`; the empty string when it is left out.
    ///
    /// ```
    /// use smpp_core::text::Transliteration;
    ///
    /// assert_eq!(Transliteration::TABLE.lookup('…'), Some("..."));
    /// assert_eq!(Transliteration::TABLE.lookup('ê'), Some("e"));
    /// assert_eq!(Transliteration::TABLE.lookup('ж'), None);
    /// ```
    #[must_use]
    pub fn lookup(&self, ch: char) -> Option<&'static str> {
        (self.search)(self, ch)
    }

    fn search(&self, ch: char) -> Option<&'static str> {
        if self.dropped.iter().any(|(first, last)| (*first..=*last).contains(&ch)) {
            return Some("");
        }
        let word = self.words.binary_search_by_key(&ch, |(word, _)| *word).ok();
        word.and_then(|place| self.words.get(place)).map(|(_, text)| *text).or_else(|| self.in_run(ch))
    }

    fn in_run(&self, ch: char) -> Option<&'static str> {
        let behind = self.runs.partition_point(|(first, _)| *first <= ch);
        let (first, letters) = self.runs.get(behind.checked_sub(1)?)?;
        let place = usize::try_from(u32::from(ch).checked_sub(u32::from(*first))?).ok()?;
        if place >= letters.len() {
            // Behind the run, which has at most as many characters as octets: not worth the walk.
            return None;
        }
        let (start, letter) = letters.char_indices().nth(place)?;
        let rest = letters.get(start..)?;
        rest.get(..letter.len_utf8()).filter(|letter| *letter != "_")
    }
}

impl PartialEq for Transliteration {
    fn eq(&self, other: &Self) -> bool {
        (self.dropped, self.words, self.runs) == (other.dropped, other.words, other.runs)
    }
}

impl Eq for Transliteration {}

impl fmt::Debug for Transliteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transliteration")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Transliteration {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Transliteration");
    }
}

/// Combining accents, variation selectors, and every format character (Unicode category Cf).
#[rustfmt::skip]
static DROPPED: [(char, char); 24] = [
    ('\u{AD}', '\u{AD}'), ('\u{300}', '\u{36F}'), ('\u{600}', '\u{605}'), ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'), ('\u{70F}', '\u{70F}'), ('\u{890}', '\u{891}'), ('\u{8E2}', '\u{8E2}'),
    ('\u{180E}', '\u{180E}'), ('\u{200B}', '\u{200F}'), ('\u{202A}', '\u{202E}'), ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206F}'), ('\u{20D0}', '\u{20FF}'), ('\u{FE00}', '\u{FE0F}'), ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFF9}', '\u{FFFB}'), ('\u{110BD}', '\u{110BD}'), ('\u{110CD}', '\u{110CD}'), ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'), ('\u{1D173}', '\u{1D17A}'), ('\u{E0001}', '\u{E0001}'), ('\u{E0020}', '\u{E007F}'),
];

#[rustfmt::skip]
static WORDS: [(char, &str); 195] = [
    ('\t', " "), ('\u{B}', "\n"), ('`', "'"), ('\u{85}', "\n"), ('\u{A0}', " "), ('¢', "c"), ('¦', "|"),
    ('¨', "\""), ('©', "(c)"), ('ª', "a"), ('«', "\""), ('®', "(r)"), ('¯', "-"), ('°', "o"),
    ('±', "+/-"), ('²', "2"), ('³', "3"), ('´', "'"), ('µ', "u"), ('¶', "P"), ('·', "."), ('¸', ","),
    ('¹', "1"), ('º', "o"), ('»', "\""), ('¼', "1/4"), ('½', "1/2"), ('¾', "3/4"), ('Æ', "AE"),
    ('Þ', "Th"), ('ß', "ss"), ('æ', "ae"), ('þ', "th"), ('Ĳ', "IJ"), ('ĳ', "ij"), ('ŉ', "'n"),
    ('Œ', "OE"), ('œ', "oe"), ('Ǆ', "DZ"), ('ǅ', "Dz"), ('ǆ', "dz"), ('Ǉ', "LJ"), ('ǈ', "Lj"),
    ('ǉ', "lj"), ('Ǌ', "NJ"), ('ǋ', "Nj"), ('ǌ', "nj"), ('Ǣ', "AE"), ('ǣ', "ae"), ('Ǳ', "DZ"),
    ('ǲ', "Dz"), ('ǳ', "dz"), ('Ǽ', "AE"), ('ǽ', "ae"), ('ʹ', "'"), ('ʺ', "\""), ('ʻ', "'"), ('ʼ', "'"),
    ('ʽ', "'"), ('ˆ', "^"), ('ˈ', "'"), ('ˊ', "'"), ('ˋ', "'"), ('˜', "~"), ('˝', "\""), ('\u{37E}', ";"),
    ('΄', "'"), ('ẞ', "SS"), ('•', "*"), ('‣', "*"), ('․', "."), ('‥', ".."), ('…', "..."), ('‧', "."),
    ('\u{2028}', "\n"), ('\u{2029}', "\n"), ('\u{202F}', " "), ('′', "'"), ('″', "\""), ('‴', "'''"),
    ('‵', "'"), ('‶', "\""), ('‹', "'"), ('›', "'"), ('‼', "!!"), ('⁃', "-"), ('⁄', "/"), ('⁇', "??"),
    ('⁈', "?!"), ('⁉', "!?"), ('⁎', "*"), ('\u{205F}', " "), ('₤', "£"), ('₨', "Rs"), ('₩', "KRW"),
    ('₪', "ILS"), ('₫', "VND"), ('₱', "PHP"), ('₴', "UAH"), ('₹', "Rs"), ('₺', "TL"), ('₽', "RUB"),
    ('₿', "BTC"), ('℃', "oC"), ('℉', "oF"), ('№', "No"), ('℗', "(p)"), ('℠', "SM"), ('℡', "TEL"),
    ('™', "TM"), ('\u{2126}', "Ω"), ('\u{212A}', "K"), ('\u{212B}', "A"), ('℮', "e"), ('⅓', "1/3"),
    ('⅔', "2/3"), ('⅛', "1/8"), ('⅜', "3/8"), ('⅝', "5/8"), ('⅞', "7/8"), ('←', "<-"), ('→', "->"),
    ('↔', "<->"), ('⇐', "<="), ('⇒', "=>"), ('⇔', "<=>"), ('∆', "Δ"), ('∑', "Σ"), ('−', "-"), ('∕', "/"),
    ('∗', "*"), ('∙', "."), ('∶', ":"), ('∼', "~"), ('≈', "~"), ('≠', "!="), ('≤', "<="), ('≥', ">="),
    ('⋅', "."), ('⋯', "..."), ('─', "-"), ('│', "|"), ('■', "*"), ('□', "*"), ('▪', "*"), ('▫', "*"),
    ('►', ">"), ('◄', "<"), ('○', "*"), ('●', "*"), ('◦', "*"), ('★', "*"), ('☆', "*"), ('✓', "v"),
    ('✔', "v"), ('✗', "x"), ('✘', "x"), ('❝', "\""), ('❞', "\""), ('➔', "->"), ('➜', "->"),
    ('\u{3000}', " "), ('、', ","), ('。', "."), ('〈', "<"), ('〉', ">"), ('《', "\""), ('》', "\""),
    ('「', "\""), ('」', "\""), ('『', "\""), ('』', "\""), ('【', "["), ('】', "]"), ('〜', "~"), ('ﬀ', "ff"),
    ('ﬁ', "fi"), ('ﬂ', "fl"), ('ﬃ', "ffi"), ('ﬄ', "ffl"), ('ﬅ', "st"), ('ﬆ', "st"), ('＿', "_"),
    ('｀', "'"), ('｟', "("), ('｠', ")"), ('｡', "."), ('､', ","), ('･', "."), ('￠', "c"), ('￡', "£"),
    ('￢', "-"), ('￥', "¥"), ('￩', "<-"), ('￫', "->"),
];

#[rustfmt::skip]
static RUNS: [(char, &str); 18] = [
    ('\u{C0}', "AAAAAA_CEEEEIIIIDNOOOOOxOUUUUY__aaaaaa_ceeeeiiiidnooooo/ouuuuy_y"),
    ('\u{100}', "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi__JjKkkLlLlLlL"),
    ('\u{140}', "lLlNnNnNn_NnOoOoOo__RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs"),
    ('\u{180}', "bBBb__OCcDDDd__EEFfG___IKkl__NnOOo__Pp_____tTtTUu_VYyZz_________"),
    ('\u{1C0}', "_____________AaIiOoUuUuUuUuUu_AaAa__GgGgKkOoOo__j___Gg__NnAa____"),
    ('\u{200}', "AaAaEeEeIiIiOoOoRrRrUuUuSsTt__HhNd__ZzAaEeOoOoOoOoYylntj__ACcLTs"),
    ('\u{240}', "z__BU_EeJj__RrYy"),
    ('\u{386}', "A.EHI_O_YΩIABΓΔEZHΘIKΛMNΞOΠP_ΣTYΦXΨΩIYAEHIYABΓΔEZHΘIKΛMNΞOΠPΣΣTYΦXΨΩIYOYΩ"),
    ('\u{1E00}', "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm"),
    ('\u{1E40}', "MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv"),
    ('\u{1E80}', "WwWwWwWwWwXxXxYyZzZzZzhtwyasss__AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe"),
    ('\u{1EC0}', "EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy______"),
    ('\u{2000}', "           "),
    ('\u{2010}', "------"),
    ('\u{2018}', "''''\"\"\"\""),
    ('\u{2070}', "0i__456789+-=()n0123456789+-=()"),
    ('\u{24B6}', "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ('\u{FF01}', "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^__abcdefghijklmnopqrstuvwxyz{|}~"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Gsm7, Unmappable};

    const TABLE: Transliteration = Transliteration::TABLE;

    #[test]
    fn rows_are_in_order_and_do_not_overlap() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
        let end = |run: &(char, &str)| u32::from(run.0) + u32::try_from(run.1.chars().count()).unwrap();
        assert!(RUNS.is_sorted_by(|a, b| end(a) <= u32::from(b.0)));
    }

    #[test]
    fn everything_it_gives_is_in_the_default_alphabet() {
        for ch in '\0'..=char::MAX {
            if let Some(text) = TABLE.lookup(ch) {
                assert!(Gsm7::DEFAULT.septets(text, Unmappable::Reject).is_ok(), "{ch:?} gives {text:?}");
            }
        }
    }

    #[test]
    fn kinds_of_characters_have_their_forms() {
        for (text, expected) in [
            ("“Été” – l’œuvre…", "\"Été\" - l'oeuvre..."),
            ("Ａ１！～\u{3000}", "A1!~ "),
            ("ﬁne ﬂat", "fine flat"),
            ("ÊÂÎÔÛ çÇ", "EAIOU cÇ"),
            ("Łódź Škoda Ươ", "Lodz Skoda Uo"),
            ("Καλημέρα δες", "KAΛHMEPA ΔEΣ"),
            ("e\u{301}\u{200B}x\u{FEFF}", "ex"),
            ("\u{2068}x\u{2069}", "x"),
            ("\u{61C}a\u{180E}b\u{2066}c\u{206F}d\u{E0067}\u{E007F}e\u{FFF9}f", "abcdef"),
            ("© ® ™ • ½ → ⓐ x²", "(c) (r) TM * 1/2 -> a x2"),
        ] {
            let mut out = [0; 64];
            let length = Gsm7::DEFAULT.encode(text, Unmappable::TRANSLITERATE, &mut out).unwrap();
            let read: std::string::String = Gsm7::DEFAULT.decode(out[..length].iter().copied()).collect();
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn what_has_no_row_is_refused() {
        let error = Gsm7::DEFAULT.septets("aж", Unmappable::TRANSLITERATE).unwrap_err();
        assert_eq!((error.ch, error.index), ('ж', 1));
        assert_eq!((TABLE.lookup('\u{1B}'), TABLE.lookup('中'), TABLE.lookup('😀')), (None, None, None));
    }
}
