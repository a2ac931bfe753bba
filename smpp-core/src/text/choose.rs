//! Which encoding carries a text most cheaply, and which character is to blame.

use super::{Encoding, Gsm7, Unmappable, Unmapped};

/// What there is to choose from, besides UCS2, which carries everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Candidates<'c> {
    /// The link's default alphabet.
    pub default: Encoding,
    /// National tables that the receivers are known to have; see
    /// [`national::CANDIDATES`](super::national::CANDIDATES) for all of them. Used where `default` is GSM text.
    pub national: &'c [Gsm7],
}

impl Default for Candidates<'_> {
    /// The GSM default alphabet.
    fn default() -> Self {
        Self { default: Encoding::GSM7, national: &[] }
    }
}

/// What a text costs; the smaller one is cheaper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cost {
    /// Messages, each of them charged.
    pub parts: usize,
    /// Octets on the air, headers included.
    pub octets: usize,
}

/// The cheapest encoding of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Choice {
    /// The encoding.
    pub encoding: Encoding,
    /// Why it is not the default alphabet: a character that this lacks. If no candidate but UCS2 carries the text, the
    /// character at which the one that came furthest gave up.
    pub because: Option<Unmapped>,
}

impl Candidates<'_> {
    /// The encoding in which `text` costs least, the earlier candidate if two cost the same: the default alphabet, then
    /// the national tables in their order, then UCS2. `cost` says what the text costs in an encoding that carries it,
    /// `None` where it cannot be sent that way.
    ///
    /// [`Unmappable::Transliterate`] makes a candidate carry what it lacks; a question mark never does, since UCS2
    /// carries the character itself.
    pub fn choose(
        &self,
        text: &str,
        unmappable: Unmappable,
        mut cost: impl FnMut(Encoding) -> Option<Cost>,
    ) -> Choice {
        let Err(missing) = self.default.units(text, Unmappable::Reject) else {
            return Choice { encoding: self.default, because: None };
        };
        let unmappable = match unmappable {
            Unmappable::Replace => Unmappable::Reject,
            other => other,
        };
        let mut furthest = missing;
        let mut cheapest: Option<(Cost, Encoding)> = None;
        for encoding in self.encodings() {
            match encoding.units(text, unmappable) {
                Err(unmapped) if unmapped.index > furthest.index => furthest = unmapped,
                Err(_) => {}
                Ok(_) => cheapest = cheaper(cheapest, cost(encoding), encoding),
            }
        }
        let because = Some(if cheapest.is_some() { missing } else { furthest });
        match cheaper(cheapest, cost(Encoding::Ucs2), Encoding::Ucs2) {
            Some((_, encoding)) if encoding == self.default => Choice { encoding, because: None },
            Some((_, encoding)) => Choice { encoding, because },
            None => Choice { encoding: Encoding::Ucs2, because },
        }
    }

    fn encodings(&self) -> impl Iterator<Item = Encoding> {
        let default = self.default;
        let national = self.national.iter().filter(move |_| default.alphabet().is_some());
        core::iter::once(default).chain(national.map(move |alphabet| default.with_alphabet(*alphabet)))
    }
}

/// The earlier one if both cost the same.
fn cheaper(
    best: Option<(Cost, Encoding)>,
    cost: Option<Cost>,
    encoding: Encoding,
) -> Option<(Cost, Encoding)> {
    match (best, cost) {
        (Some((least, _)), Some(cost)) if least <= cost => best,
        (_, Some(cost)) => Some((cost, encoding)),
        (best, None) => best,
    }
}

#[cfg(test)]
mod tests {
    use super::super::national::{CANDIDATES, hindi, turkish};
    use super::*;

    const ALL: Candidates<'_> = Candidates { default: Encoding::GSM7, national: &CANDIDATES };

    /// Octets of one long message, with three for each table that a header names.
    fn octets(text: &str) -> impl Fn(Encoding) -> Option<Cost> {
        move |encoding| {
            let units = encoding.units(text, Unmappable::TRANSLITERATE).unwrap();
            let (locking, single) = encoding.alphabet().unwrap_or_default().languages();
            let tables = locking.iter().chain(&single).count();
            Some(Cost { parts: 1, octets: (units * encoding.unit_bits()).div_ceil(8) + 3 * tables })
        }
    }

    fn choose(candidates: Candidates<'_>, text: &str, unmappable: Unmappable) -> (Encoding, Option<char>) {
        let choice = candidates.choose(text, unmappable, octets(text));
        if let Some(because) = choice.because {
            assert_eq!(text.chars().nth(because.index), Some(because.ch));
        }
        (choice.encoding, choice.because.map(|unmapped| unmapped.ch))
    }

    #[test]
    fn the_default_alphabet_is_kept_where_it_carries_the_text() {
        assert_eq!(choose(ALL, "Grüße an €", Unmappable::Reject), (Encoding::GSM7, None));
        assert_eq!(choose(ALL, "", Unmappable::Reject), (Encoding::GSM7, None));
    }

    #[test]
    fn the_first_foreign_character_forces_ucs2() {
        let default = Candidates::default();
        assert_eq!(choose(default, "Привет, мир", Unmappable::Reject), (Encoding::Ucs2, Some('П')));
        assert_eq!(choose(default, "é` ж", Unmappable::Replace), (Encoding::Ucs2, Some('`')));
    }

    #[test]
    fn national_tables_are_chosen_where_they_cost_less() {
        let turkish_text = "Yarın akşam sekizde görüşürüz, değil mi? İyi günler dilerim.";
        let turkish = Gsm7 { locking: Some(&turkish::LOCKING), single: None };
        assert_eq!(choose(ALL, turkish_text, Unmappable::Reject), (Encoding::Gsm7(turkish), Some('ı')));
        let hindi = Gsm7 { locking: Some(&hindi::LOCKING), single: None };
        let hindi_text = "नमस्ते आप कैसे हैं";
        assert_eq!(choose(ALL, hindi_text, Unmappable::Reject).0, Encoding::Gsm7(hindi));
        // Short: the header costs more than the second octet of each character.
        assert_eq!(choose(ALL, "şu", Unmappable::Reject), (Encoding::Ucs2, Some('ş')));
    }

    #[test]
    fn the_candidate_that_came_furthest_tells_why_none_was_enough() {
        let text = "Yarın akşam sekizde görüşürüz 😀 ж";
        assert_eq!(choose(ALL, text, Unmappable::Reject), (Encoding::Ucs2, Some('😀')));
    }

    #[test]
    fn transliteration_saves_ucs2() {
        let text = "“Quote” – and more…";
        assert_eq!(choose(ALL, text, Unmappable::TRANSLITERATE), (Encoding::GSM7, None));
        assert_eq!(choose(Candidates::default(), text, Unmappable::Reject).0, Encoding::Ucs2);
    }

    #[test]
    fn another_default_alphabet_has_no_national_tables() {
        let latin = Candidates { default: Encoding::Latin1, ..ALL };
        assert_eq!(choose(latin, "ê", Unmappable::Reject), (Encoding::Latin1, None));
        assert_eq!(choose(latin, "Yarın akşam", Unmappable::Reject), (Encoding::Ucs2, Some('ı')));
    }

    #[test]
    fn what_cannot_be_sent_is_no_candidate() {
        let text = "Yarın akşam sekizde görüşürüz, değil mi?";
        let only_ucs2 = |encoding| (encoding == Encoding::Ucs2).then_some(Cost { parts: 9, octets: 9 });
        assert_eq!(ALL.choose(text, Unmappable::Reject, only_ucs2).encoding, Encoding::Ucs2);
        assert_eq!(ALL.choose(text, Unmappable::Reject, |_| None).encoding, Encoding::Ucs2);
    }
}
