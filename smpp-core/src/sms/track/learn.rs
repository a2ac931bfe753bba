//! Finding ids in other forms, and learning which form a peer uses.

use super::entry::{BEGINNINGS, Entry, IDS, REFERENCES};
use super::hash::{beginning_hash, half, hash};
use super::id::{Base, IdForm, LEAST_LEFT, Numeral, length};
use super::status::MessagePart;
use crate::sms::links;
use crate::time::Instant;
use core::time::Duration;

/// After so many receipts that were the same in one base only, the other bases are not tried any longer.
const SURE: u8 = 3;

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) enum Query {
    /// A part was accepted: its receipt.
    Receipt {
        /// Of this part.
        of: MessagePart,
    },
    /// A receipt came: its part. An id may be used again, so a complete message is not remembered for ever.
    Part {
        now: Instant,
        /// How long a complete message is remembered.
        memory: Duration,
    },
}

impl Query {
    /// Whether the entry is one of those that are looked for.
    fn takes(self, entry: &Entry) -> bool {
        match self {
            Self::Receipt { .. } => entry.is_receipt(),
            Self::Part { now, memory } => {
                !entry.is_receipt() && (!entry.is_complete() || now < entry.since.after(memory))
            }
        }
    }
}

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    Nothing,
    /// The entry at this index.
    One(u32, IdForm),
    /// Several entries with different ids, none of which is exactly the one that was looked for.
    Several,
}

/// What is known of the way in which a peer writes ids.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Learned {
    form: Option<IdForm>,
    is_fixed: bool,
    evidence: u8,
    /// The length of the longest id that was whole in a receipt: what is shorter is not truncated.
    longest: u16,
    /// The length of the longest id of a response: what is as long is not truncated either.
    longest_response: u16,
}

impl Learned {
    pub(super) const fn new(form: Option<IdForm>) -> Self {
        let is_fixed = form.is_some();
        Self { form, is_fixed, evidence: 0, longest: LEAST_LEFT, longest_response: 0 }
    }

    pub(super) const fn form(&self) -> Option<IdForm> {
        self.form
    }

    /// The fewest octets that may be left of a truncated id.
    pub(super) const fn least_left(&self) -> u16 {
        match self.form {
            Some(form) if self.is_fixed && !matches!(form, IdForm::Truncated) => u16::MAX,
            _ => self.longest,
        }
    }

    /// A response had this id.
    pub(super) fn saw_response(&mut self, id: &[u8]) {
        self.longest_response = self.longest_response.max(length(id));
    }

    /// The entry that has one of these ids, or else this `user_message_reference`. The first id goes before the second,
    /// but one that is exactly the same before one that is not; parts that wait for a receipt go before those that do
    /// not, and of those the oldest.
    pub(super) fn find(
        &mut self,
        entries: &[Entry],
        query: Query,
        ids: [&[u8]; 2],
        reference: Option<u16>,
    ) -> Found {
        let mut found = Found::Nothing;
        let mut lesson = None;
        for id in &ids {
            if id.is_empty() {
                continue;
            }
            let (this, teaches) = self.by_id(entries, query, id);
            let Found::One(index, form) = this else {
                found = if found == Found::Nothing { this } else { found };
                continue;
            };
            let is_exact = form == IdForm::Text || (form.base() != Base::Same && self.form == Some(form));
            if is_exact || !matches!(found, Found::One(..)) {
                found = this;
                lesson = teaches.then_some((index, form, id));
            }
            if is_exact {
                break;
            }
        }
        if let Some((index, form, id)) = lesson {
            self.learn(form);
            if form.base() == Base::Same && form != IdForm::Truncated {
                // Of the two the one without leading zeros.
                let other = links::entry(entries, index).map_or(0, |entry| entry.id.length());
                self.longest = self.longest.max(length(id).min(other));
            }
        }
        let has_id = ids.iter().any(|id| !id.is_empty());
        match (found, reference) {
            (Found::One(..), _) | (_, None) => found,
            // Its id is none of ours: it is the receipt of another program.
            (Found::Nothing, _) if has_id && self.evidence >= SURE => found,
            (_, Some(reference)) => match by_reference(entries, query, reference) {
                Found::Nothing => found,
                by_reference => by_reference,
            },
        }
    }

    /// The entry with this id in the most likely form, and whether that says something of the form.
    fn by_id(&self, entries: &[Entry], query: Query, id: &[u8]) -> (Found, bool) {
        let mut found = Found::Nothing;
        let mut bases_found = 0u8;
        let likeliest = self.form.map_or(Base::Same, IdForm::base);
        let is_sure = self.is_fixed || self.evidence >= SURE;
        let bases = [likeliest, Base::Same, Base::HexInResponse, Base::HexInReceipt];
        for (nth, &base) in bases.iter().enumerate() {
            if nth > 0 && (is_sure || base == likeliest) {
                continue;
            }
            let in_base = self.written_in(base, id, entries, query);
            if in_base != Found::Nothing {
                found = if found == Found::Nothing { in_base } else { found };
                bases_found = bases_found.saturating_add(1);
            }
        }
        match found {
            Found::Nothing => (self.truncated(id, entries, query), true),
            _ => (found, bases_found == 1),
        }
    }

    /// The entry with the same id in this base.
    fn written_in(&self, base: Base, id: &[u8], entries: &[Entry], query: Query) -> Found {
        // As the other side would write it.
        let is_receipt = matches!(query, Query::Part { .. });
        let converted;
        let octets = if base == Base::Same {
            id
        } else {
            let Some(numeral) = Numeral::convert(id, (base == Base::HexInResponse) == is_receipt) else {
                return Found::Nothing;
            };
            converted = numeral;
            converted.as_octets()
        };
        let hash = hash(octets);
        let mut choice = Choice::NONE;
        for (index, entry) in links::chain(entries, IDS, half(hash)) {
            if entry.has_hash(hash)
                && query.takes(entry)
                && let same = entry.id.same(octets)
                && self.allows(same, base)
            {
                let form = if base == Base::Same { same } else { base.converted() };
                choice.offer(entries, index, entry, form, form == IdForm::Text);
                if choice.is_best() {
                    break;
                }
            }
        }
        choice.found()
    }

    /// The entry of whose id that of the receipt is only the beginning, if it is not that of another one, too.
    ///
    /// It walks through the ids that share eight octets, up to the second one that fits. That is what it costs where an
    /// MC truncates ids which all begin the same.
    fn truncated(&self, id: &[u8], entries: &[Entry], query: Query) -> Found {
        let is_possible = |form: IdForm| form.base() == Base::Same || self.is_fixed;
        let is_too_long = matches!(query, Query::Part { .. }) && length(id) >= self.longest_response;
        if !self.form.is_none_or(is_possible) || is_too_long {
            return Found::Nothing;
        }
        let Some(beginning) = beginning_hash(id) else { return Found::Nothing };
        let mut choice = Choice::NONE;
        for (index, entry) in links::chain(entries, BEGINNINGS, beginning).filter(|(_, e)| query.takes(e)) {
            let fits = match query {
                Query::Part { .. } => self.is_rest(id) && entry.id.begins_with(id),
                Query::Receipt { .. } => {
                    let receipt = entry.id.as_octets();
                    self.is_rest(receipt)
                        && !entry.id.is_cut()
                        && IdForm::Truncated.joins(id, receipt)
                        && !is_of_another(entries, beginning, receipt, id)
                }
            };
            if fits {
                choice.offer(entries, index, entry, IdForm::Truncated, false);
                if choice.is_ambiguous {
                    break;
                }
            }
        }
        choice.found()
    }

    /// Whether an id is long enough for one that was truncated.
    fn is_rest(&self, receipt: &[u8]) -> bool {
        length(receipt) >= self.least_left()
    }

    /// Whether a fixed form allows ids that are the same in this way.
    fn allows(&self, same: IdForm, base: Base) -> bool {
        base != Base::Same || !self.is_fixed || self.form.is_none_or(|fixed| same <= fixed)
    }

    fn learn(&mut self, form: IdForm) {
        if self.is_fixed {
            return;
        }
        match self.form {
            Some(known) if known.base() == form.base() => {
                self.form = Some(known.max(form));
                self.evidence = self.evidence.saturating_add(1);
            }
            Some(_) if self.evidence > 1 => self.evidence = self.evidence.saturating_sub(1),
            _ => (self.form, self.evidence) = (Some(form), 1),
        }
    }
}

/// Whether a part with another id than `id` may have this receipt.
fn is_of_another(entries: &[Entry], beginning: u32, receipt: &[u8], id: &[u8]) -> bool {
    links::chain(entries, BEGINNINGS, beginning)
        .any(|(_, entry)| !entry.is_receipt() && entry.id.begins_with(receipt) && !entry.has_id(id, hash(id)))
}

/// The only entry with this `user_message_reference`: the only part that waits, or, where none does, the only one.
fn by_reference(entries: &[Entry], query: Query, reference: u16) -> Found {
    let (mut waiting, mut others) = (Found::Nothing, Found::Nothing);
    for (index, entry) in links::chain(entries, REFERENCES, reference.into()) {
        if entry.reference() != Some(reference) {
            continue;
        }
        if let Query::Receipt { of } = query
            && entry.is_waiting()
            && entry.as_part() != of
        {
            return Found::Several;
        }
        if query.takes(entry) {
            let found = if entry.is_waiting() { &mut waiting } else { &mut others };
            *found = match found {
                Found::Nothing => Found::One(index, IdForm::Reference),
                _ => Found::Several,
            };
        }
    }
    if waiting == Found::Nothing { others } else { waiting }
}

/// The best of the entries that fit.
struct Choice {
    /// Where, in which form, whether exactly, whether it waits.
    best: Option<(u32, IdForm, bool, bool)>,
    /// Entries with different ids fit, none of them exactly.
    is_ambiguous: bool,
}

impl Choice {
    const NONE: Self = Self { best: None, is_ambiguous: false };

    fn offer(&mut self, entries: &[Entry], index: u32, entry: &Entry, form: IdForm, is_exact: bool) {
        let is_waiting = entry.is_waiting();
        let is_better = match self.best {
            None => true,
            Some((_, _, was_exact, _)) if was_exact != is_exact => {
                self.is_ambiguous &= was_exact;
                is_exact
            }
            Some((best, _, _, was_waiting)) => {
                let same = links::entry(entries, best).is_some_and(|best| best.has_id_of(entry));
                self.is_ambiguous |= !is_exact && !same;
                is_waiting && !was_waiting
            }
        };
        if is_better {
            self.best = Some((index, form, is_exact, is_waiting));
        }
    }

    /// Whether none can be better.
    const fn is_best(&self) -> bool {
        matches!(self.best, Some((_, _, true, true)))
    }

    fn found(&self) -> Found {
        match self.best {
            None => Found::Nothing,
            Some(_) if self.is_ambiguous => Found::Several,
            Some((index, form, ..)) => Found::One(index, form),
        }
    }
}

impl Base {
    /// The form of ids that are found in this base.
    const fn converted(self) -> IdForm {
        match self {
            Self::Same => IdForm::Text,
            Self::HexInResponse => IdForm::HexInResponse,
            Self::HexInReceipt => IdForm::HexInReceipt,
        }
    }
}
