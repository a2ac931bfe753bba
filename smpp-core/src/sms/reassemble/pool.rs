//! One fixed memory that several messages share without holes.

/// Octets behind one another; inserting and removing moves what stands behind.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Pool<const OCTETS: usize> {
    octets: [u8; OCTETS],
    used: usize,
}

impl<const OCTETS: usize> Pool<OCTETS> {
    pub(super) const fn new() -> Self {
        Self { octets: [0; OCTETS], used: 0 }
    }

    pub(super) const fn free(&self) -> usize {
        OCTETS.saturating_sub(self.used)
    }

    /// The `length` octets from `at`; none when they are not in use.
    pub(super) fn slice(&self, at: usize, length: usize) -> &[u8] {
        let end = at.saturating_add(length).min(self.used);
        self.octets.get(at..end).unwrap_or_default()
    }

    /// Inserts `pieces`, joined, at `at`. The caller has looked at [`Pool::free`].
    pub(super) fn insert(&mut self, at: usize, pieces: &[&[u8]]) {
        let length = pieces.iter().fold(0usize, |sum, piece| sum.saturating_add(piece.len()));
        let end = self.used.saturating_add(length);
        debug_assert!(at <= self.used && end <= OCTETS, "no room");
        let Some(behind) = self.octets.get_mut(at..end) else { return };
        behind.rotate_right(length.min(behind.len()));
        for (octet, &new) in behind.iter_mut().zip(pieces.iter().copied().flatten()) {
            *octet = new;
        }
        self.used = end;
    }

    /// Removes the `length` octets from `at`.
    pub(super) fn remove(&mut self, at: usize, length: usize) {
        let Some(behind) = self.octets.get_mut(at..self.used) else { return };
        let length = length.min(behind.len());
        behind.copy_within(length.., 0);
        self.used = self.used.saturating_sub(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_move_aside_and_back() {
        let mut pool = Pool::<8>::new();
        pool.insert(0, &[b"ad"]);
        pool.insert(1, &[b"b", b"c"]);
        assert_eq!((pool.slice(0, 9), pool.free()), (&b"abcd"[..], 4));
        pool.insert(4, &[b"efgh"]);
        pool.remove(2, 3);
        assert_eq!((pool.slice(0, 5), pool.slice(6, 1), pool.free()), (&b"abfgh"[..], &b""[..], 3));
    }
}
