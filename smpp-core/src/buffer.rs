//! A byte queue over storage of the caller: octets in at the back, PDUs out at the front.

use core::cell::Cell;
use core::fmt;

/// Octets on their way between a transport and a session. The storage is the caller's: an array, a `&mut [u8]`, a
/// `Vec<u8>`.
///
/// ```
/// use smpp_core::Buffer;
///
/// let mut buffer = Buffer::new([0u8; 64]);
/// buffer.unfilled()[..3].copy_from_slice(b"abc"); // the transport reads into it
/// buffer.advance(3);
/// assert_eq!(buffer.filled(), b"abc");
/// buffer.consume(2);
/// assert_eq!(buffer.filled(), b"c");
/// ```
#[derive(Default)]
pub struct Buffer<S> {
    storage: S,
    start: usize,
    end: usize,
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Buffer<S> {
    /// An empty buffer over `storage`.
    pub const fn new(storage: S) -> Self {
        Self { storage, start: 0, end: 0 }
    }

    /// Octets that were written and not consumed.
    pub fn filled(&self) -> &[u8] {
        self.storage.as_ref().get(self.start..self.end).unwrap_or_default()
    }

    /// Free space behind the filled octets. Moves them to the front first when that makes the space larger and is
    /// cheap or needed, so an empty slice means that the buffer is full.
    pub fn unfilled(&mut self) -> &mut [u8] {
        let storage = self.storage.as_mut();
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == storage.len() && self.start > 0 {
            close_up(storage, self.start);
            (self.start, self.end) = (0, self.end.saturating_sub(self.start));
        }
        storage.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that the first `count` octets of [`Self::unfilled`] were written. Counts beyond the space are cut.
    pub fn advance(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.storage.as_ref().len());
    }

    /// Says that the first `count` octets of [`Self::filled`] are done with. Counts beyond them are cut.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// How many octets the storage holds.
    pub fn capacity(&self) -> usize {
        self.storage.as_ref().len()
    }
}

impl<S> fmt::Debug for Buffer<S> {
    /// How much is there, not what: binds hold passwords, messages texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("filled", &self.end.saturating_sub(self.start)).finish_non_exhaustive()
    }
}

/// Moves what is behind the first `by` octets to the front.
///
/// In place of [`copy_within`](slice::copy_within), which compiled for size is a path to a panic.
pub(crate) fn close_up(octets: &mut [u8], by: usize) {
    let cells = Cell::from_mut(octets).as_slice_of_cells();
    for (to, from) in cells.iter().zip(cells.get(by..).unwrap_or_default()) {
        to.set(from.get());
    }
}

/// Moves all but the last `by` octets to the end: the opposite of [`close_up`].
pub(crate) fn open_up(octets: &mut [u8], by: usize) {
    let cells = Cell::from_mut(octets).as_slice_of_cells();
    for (to, from) in cells.iter().rev().zip(cells.iter().rev().skip(by)) {
        to.set(from.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_come_out_in_order_whatever_the_pace() {
        let mut buffer = Buffer::new([0u8; 7]);
        let (mut next_in, mut next_out) = (0u8, 0u8);
        for round in 0..500usize {
            let free = buffer.unfilled();
            let count = free.len().min(round % 5);
            for place in &mut free[..count] {
                *place = next_in;
                next_in = next_in.wrapping_add(1);
            }
            buffer.advance(count);
            let take = buffer.filled().len().min(round % 4);
            for &octet in &buffer.filled()[..take] {
                assert_eq!(octet, next_out);
                next_out = next_out.wrapping_add(1);
            }
            buffer.consume(take);
        }
        assert!(next_in > 0);
    }

    #[test]
    fn octets_are_moved_as_copy_within_moves_them() {
        for by in 0..8 {
            let (mut to_front, mut to_end, mut model) = (*b"abcdef", *b"abcdef", *b"abcdef");
            close_up(&mut to_front, by);
            model.copy_within(by.min(6).., 0);
            assert_eq!(to_front, model);
            open_up(&mut to_end, by);
            model = *b"abcdef";
            model.copy_within(..6 - by.min(6), by.min(6));
            assert_eq!(to_end, model);
        }
    }

    #[test]
    fn a_full_buffer_has_no_space_and_a_drained_one_all_of_it() {
        let mut buffer = Buffer::new([0u8; 4]);
        buffer.advance(9);
        assert!(buffer.unfilled().is_empty());
        buffer.consume(9);
        assert_eq!(buffer.unfilled().len(), 4);
        assert!(buffer.filled().is_empty());
    }
}
