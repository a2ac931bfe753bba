//! Lists that run through the entries of the caller's storage: to find an entry by its hash, to append it and to take it
//! out costs the same at any size, and needs no memory beside the entries.
//!
//! Each entry names its neighbours in each list ([`Link`]). It is also one bucket of each hash table: it keeps where the
//! chain of that bucket begins. So a table has as many buckets as the storage has entries.

/// No entry. The first one has number 1, so that empty storage is zeros: in a program for bare metal it takes no flash.
pub(super) const NOWHERE: u32 = 0;

/// The place of an entry in one list.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Link {
    /// The one before; the first entry has the last one here, so that a list is known by its first entry alone.
    prev: u32,
    /// The one behind; [`NOWHERE`] at the last.
    next: u32,
}

impl Link {
    /// In no list.
    pub(super) const NONE: Self = Self { prev: NOWHERE, next: NOWHERE };
}

/// An entry of the caller's storage.
pub(super) trait Linked {
    /// Its places, by list.
    fn links(&mut self) -> &mut [Link];

    /// Its place in one list.
    fn link(&self, list: usize) -> Link;

    /// Where the chains begin whose bucket it is, by list.
    fn heads(&mut self) -> &mut [u32];

    /// Where one chain begins whose bucket it is.
    fn head(&self, list: usize) -> u32;
}

/// The entry with number `index`, `None` if that is [`NOWHERE`].
pub(super) fn entry<E>(entries: &[E], index: u32) -> Option<&E> {
    entries.get(usize::try_from(index).ok()?.checked_sub(1)?)
}

/// As [`entry`].
pub(super) fn entry_mut<E>(entries: &mut [E], index: u32) -> Option<&mut E> {
    entries.get_mut(usize::try_from(index).ok()?.checked_sub(1)?)
}

fn link_mut<E: Linked>(entries: &mut [E], list: usize, index: u32) -> Option<&mut Link> {
    entry_mut(entries, index)?.links().get_mut(list)
}

/// The entries of a list from `next` on, with their numbers.
#[derive(Clone, Copy)]
pub(super) struct Walk<'e, E> {
    entries: &'e [E],
    list: usize,
    next: u32,
}

impl<'e, E: Linked> Iterator for Walk<'e, E> {
    type Item = (u32, &'e E);

    #[cfg_attr(not(smpp_small), inline)]
    #[cfg_attr(smpp_small, inline(never))]
    fn next(&mut self) -> Option<(u32, &'e E)> {
        let (index, entry) = (self.next, entry(self.entries, self.next)?);
        self.next = entry.link(self.list).next;
        Some((index, entry))
    }
}

/// The entries of a list from `first` on, with their numbers.
pub(super) const fn walk<E: Linked>(entries: &[E], list: usize, first: u32) -> Walk<'_, E> {
    Walk { entries, list, next: first }
}

/// The entry behind that at `index`.
pub(super) fn behind<E: Linked>(entries: &[E], list: usize, index: u32) -> u32 {
    entry(entries, index).map_or(NOWHERE, |entry| entry.link(list).next)
}

/// Appends the entry at `index` to the list that begins at `first`, and gives where it begins now.
pub(super) fn append<E: Linked>(entries: &mut [E], list: usize, first: u32, index: u32) -> u32 {
    let last = entry(entries, first).map(|first| first.link(list).prev);
    if let Some(link) = link_mut(entries, list, index) {
        *link = Link { prev: last.unwrap_or(index), next: NOWHERE };
    }
    let Some(last) = last else { return index };
    if let Some(link) = link_mut(entries, list, last) {
        link.next = index;
    }
    if let Some(link) = link_mut(entries, list, first) {
        link.prev = index;
    }
    first
}

/// Takes the entry at `index` out of the list that begins at `first`, and gives where it begins now.
pub(super) fn detach<E: Linked>(entries: &mut [E], list: usize, first: u32, index: u32) -> u32 {
    let Link { prev, next } = entry(entries, index).map_or(Link::NONE, |entry| entry.link(list));
    // Behind the last one stands the first, which knows the last.
    let after = if next == NOWHERE { first } else { next };
    if let Some(link) = link_mut(entries, list, after) {
        link.prev = prev;
    }
    if index == first {
        return next;
    }
    if let Some(link) = link_mut(entries, list, prev) {
        link.next = next;
    }
    first
}

/// Which bucket of `count` a hash belongs to: its lower bits, so that numbers in a row have buckets in a row. Where
/// `count` is no power of two some buckets get twice as much.
fn bucket(hash: u32, count: usize) -> usize {
    let bits = count.saturating_sub(1).leading_zeros();
    let mask = usize::MAX.checked_shr(bits).unwrap_or(0);
    let bucket = usize::try_from(hash).unwrap_or(0) & mask;
    if bucket < count { bucket } else { bucket.saturating_sub(count) }
}

/// A hash of a number, such that numbers in a row have buckets in a row: what is used together is near in memory. Those
/// with equal lower bits are apart all the same.
pub(super) const fn near(number: u32) -> u32 {
    let page = (number >> 6).wrapping_mul(0x9E37_79B1);
    number.wrapping_add(page ^ (page >> 16))
}

/// The entries in the bucket of `hash`, oldest first: those that have it, and maybe others.
pub(super) fn chain<E: Linked>(entries: &[E], list: usize, hash: u32) -> Walk<'_, E> {
    let first = entries.get(bucket(hash, entries.len())).map_or(NOWHERE, |bucket| bucket.head(list));
    walk(entries, list, first)
}

/// Enters the entry at `index` into a hash table.
pub(super) fn enter<E: Linked>(entries: &mut [E], list: usize, hash: u32, index: u32) {
    change_chain(entries, list, hash, index, append);
}

/// Takes the entry at `index`, which was entered with this hash, out of a hash table.
pub(super) fn leave<E: Linked>(entries: &mut [E], list: usize, hash: u32, index: u32) {
    change_chain(entries, list, hash, index, detach);
}

fn change_chain<E: Linked>(
    entries: &mut [E],
    list: usize,
    hash: u32,
    index: u32,
    change: fn(&mut [E], usize, u32, u32) -> u32,
) {
    let bucket = bucket(hash, entries.len());
    let Some(first) = entries.get(bucket).map(|bucket| bucket.head(list)) else { return };
    let first = change(entries, list, first, index);
    if let Some(head) = entries.get_mut(bucket).and_then(|bucket| bucket.heads().get_mut(list)) {
        *head = first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{vec, vec::Vec};

    #[derive(Clone)]
    struct Node {
        link: [Link; 1],
        head: [u32; 1],
    }

    impl Linked for Node {
        fn links(&mut self) -> &mut [Link] {
            &mut self.link
        }

        fn link(&self, _: usize) -> Link {
            self.link[0]
        }

        fn heads(&mut self) -> &mut [u32] {
            &mut self.head
        }

        fn head(&self, _: usize) -> u32 {
            self.head[0]
        }
    }

    const NODE: Node = Node { link: [Link::NONE], head: [NOWHERE] };

    #[test]
    fn a_list_keeps_its_order_whatever_is_taken_out() {
        let mut nodes = vec![NODE; 6];
        let mut first = NOWHERE;
        for index in 1..7 {
            first = append(&mut nodes, 0, first, index);
        }
        let mut left: Vec<u32> = (1..7).collect();
        for gone in [3, 1, 6, 4, 5, 2] {
            first = detach(&mut nodes, 0, first, gone);
            left.retain(|index| *index != gone);
            assert!(walk(&nodes, 0, first).map(|(index, _)| index).eq(left.iter().copied()), "{gone}");
            first = append(&mut nodes, 0, first, gone);
            first = detach(&mut nodes, 0, first, gone);
            assert!(walk(&nodes, 0, first).map(|(index, _)| index).eq(left.iter().copied()), "{gone} again");
        }
        assert_eq!(first, NOWHERE);
    }

    #[test]
    fn numbers_spread_over_the_buckets_whatever_their_steps() {
        for count in [1usize, 2, 5, 8, 100, 256, 1000, 4096] {
            for step in [1, 2, 16, 256, 4096, 10_000, 1 << 16, 1 << 20] {
                let mut load = vec![0; count];
                (0..count).for_each(|nth| load[bucket(near(nth as u32 * step), count)] += 1);
                let most = load.iter().max().unwrap();
                assert!(*most <= 16, "{count} {step}: {most}");
            }
        }
    }

    #[test]
    fn chains_hold_what_was_entered_until_it_leaves() {
        let mut nodes = vec![NODE; 5];
        for index in 1..6u32 {
            enter(&mut nodes, 0, 7, index);
        }
        leave(&mut nodes, 0, 7, 4);
        let found: Vec<_> = chain(&nodes, 0, 7).map(|(index, _)| index).collect();
        assert_eq!(found, [1, 2, 3, 5]);
        assert_eq!(chain::<Node>(&[], 0, 7).count(), 0);
    }
}
