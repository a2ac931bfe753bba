//! Finding ids in other forms, and learning which form a peer uses.

use super::id::{BASES, Base, IdForm, LEAST_LEFT, Numeral, is_truncated, same};
use super::slot::{Slot, Table};

/// After so many receipts that were the same in one base only, the other bases are not tried any longer.
const SURE: u8 = 3;

/// Where the id that is looked for comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// A response: its receipt is looked for.
    Response,
    /// A receipt: its part is looked for.
    Receipt,
}

/// What is known of the way in which a peer writes ids.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Learned {
    form: Option<IdForm>,
    is_fixed: bool,
    evidence: u8,
    /// The length of the longest id that was whole in a receipt: what is shorter is not truncated.
    longest: u8,
}

impl Learned {
    pub(super) const fn new(form: Option<IdForm>) -> Self {
        Self { form, is_fixed: form.is_some(), evidence: 0, longest: LEAST_LEFT }
    }

    pub(super) const fn form(&self) -> Option<IdForm> {
        self.form
    }

    /// The slot among those that are `eligible` with the same id in the most likely form. The same text goes before
    /// other forms, and parts that wait for a receipt before those that do not.
    pub(super) fn find<const PARTS: usize, const ID: usize>(
        &mut self,
        id: &[u8],
        table: &Table<PARTS, ID>,
        side: Side,
        eligible: impl Fn(usize, &Slot<ID>) -> bool,
    ) -> Option<(usize, IdForm)> {
        let mut found = None;
        let mut bases_found = 0u8;
        for base in self.bases() {
            let in_base = self.written_in(base, id, table, side, &eligible);
            if in_base.is_some() {
                found = found.or(in_base);
                bases_found = bases_found.saturating_add(1);
            }
        }
        if let (Some((index, form)), 1) = (found, bases_found) {
            self.learn(form);
            if form.base() == Base::Same {
                // Of the two the one without leading zeros.
                let other = table.get(index).map_or(0, |slot| slot.id.as_octets().len());
                self.longest = self.longest.max(u8::try_from(id.len().min(other)).unwrap_or(u8::MAX));
            }
        }
        found.or_else(|| {
            let truncated = self.truncated(id, table, side, eligible)?;
            self.learn(truncated.1);
            Some(truncated)
        })
    }

    /// The slot with the same id in this base.
    fn written_in<const PARTS: usize, const ID: usize>(
        &self,
        base: Base,
        id: &[u8],
        table: &Table<PARTS, ID>,
        side: Side,
        eligible: impl Fn(usize, &Slot<ID>) -> bool,
    ) -> Option<(usize, IdForm)> {
        let written = Written::of(id, base, side)?;
        let octets = written.as_octets(id);
        let candidates = table.with_id(octets).filter(|(index, slot)| eligible(*index, slot));
        let fitting = candidates.filter_map(|(index, slot)| {
            let same = same(octets, slot.id.as_octets()).filter(|form| self.allows(*form, base))?;
            let form = base.converted().unwrap_or(same);
            Some((form, !slot.is_waiting(), index))
        });
        fitting.min().map(|(form, _, index)| (index, form))
    }

    /// The slot of whose id that of the receipt is only the beginning, if it is not that of another one, too.
    fn truncated<const PARTS: usize, const ID: usize>(
        &self,
        id: &[u8],
        table: &Table<PARTS, ID>,
        side: Side,
        eligible: impl Fn(usize, &Slot<ID>) -> bool,
    ) -> Option<(usize, IdForm)> {
        let is_possible =
            |form: IdForm| if self.is_fixed { form == IdForm::Truncated } else { form.base() == Base::Same };
        if !self.form.is_none_or(is_possible) {
            return None;
        }
        let is_of =
            |slot: &Slot<ID>, receipt: &[u8]| !slot.is_receipt() && self.fits(slot.id.as_octets(), receipt);
        let is_of_another =
            |receipt: &[u8]| table.iter().any(|(_, slot)| is_of(slot, receipt) && slot.id.as_octets() != id);
        match side {
            Side::Receipt => {
                only(table.iter().filter(|(index, slot)| is_of(slot, id) && eligible(*index, slot)))
            }
            Side::Response => only(table.receipts().filter(|(_, slot)| {
                let receipt = slot.id.as_octets();
                self.fits(id, receipt) && !is_of_another(receipt)
            })),
        }
    }

    /// Whether the id of a receipt can be the beginning of that of a response.
    fn fits(&self, response: &[u8], receipt: &[u8]) -> bool {
        receipt.len() >= self.longest.into() && is_truncated(response, receipt)
    }

    /// The bases to try, the likeliest first.
    fn bases(&self) -> impl Iterator<Item = Base> + use<> {
        let first = self.form.map_or(Base::Same, IdForm::base);
        let only = self.is_fixed || self.evidence >= SURE;
        core::iter::once(first).chain(BASES.into_iter().filter(move |&base| base != first && !only))
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

/// The slot to take among those that fit, if they all have the same id.
fn only<'t, const ID: usize>(slots: impl Iterator<Item = (usize, &'t Slot<ID>)>) -> Option<(usize, IdForm)> {
    let mut found = None;
    for (index, slot) in slots {
        let this = (!slot.is_waiting(), index);
        found = match found {
            None => Some((this, slot.id)),
            Some((best, id)) if id == slot.id => Some((this.min(best), id)),
            Some(_) => return None,
        };
    }
    found.map(|((_, index), _)| (index, IdForm::Truncated))
}

impl Base {
    /// The form of ids that are found in this base; `None` where it depends on how they are the same.
    const fn converted(self) -> Option<IdForm> {
        match self {
            Self::Same => None,
            Self::HexInResponse => Some(IdForm::HexInResponse),
            Self::HexInReceipt => Some(IdForm::HexInReceipt),
        }
    }
}

/// An id as the other side would write it.
enum Written {
    AsItIs,
    Converted(Numeral),
}

impl Written {
    fn of(id: &[u8], base: Base, side: Side) -> Option<Self> {
        match (base, side) {
            (Base::Same, _) => (!id.is_empty()).then_some(Self::AsItIs),
            (Base::HexInResponse, Side::Receipt) | (Base::HexInReceipt, Side::Response) => {
                Numeral::convert(id, 10, 16).map(Self::Converted)
            }
            (Base::HexInResponse, Side::Response) | (Base::HexInReceipt, Side::Receipt) => {
                Numeral::convert(id, 16, 10).map(Self::Converted)
            }
        }
    }

    fn as_octets<'s>(&'s self, id: &'s [u8]) -> &'s [u8] {
        match self {
            Self::AsItIs => id,
            Self::Converted(numeral) => numeral.as_octets(),
        }
    }
}
