//! An input read as a list of choices.

use std::ops::Range;

/// Choices made by octets, one or two of them a choice. When they are used up every choice is the first.
#[derive(Clone, Debug)]
pub struct Source<'i>(&'i [u8]);

impl<'i> Source<'i> {
    /// Choices made by `input`.
    #[must_use]
    pub const fn new(input: &'i [u8]) -> Self {
        Self(input)
    }

    /// Whether no octet is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One octet.
    pub fn octet(&mut self) -> u8 {
        let Some((octet, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *octet
    }

    /// Two octets.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.octet(), self.octet()])
    }

    /// One of two.
    pub fn flag(&mut self) -> bool {
        self.octet() & 1 == 1
    }

    /// A number of `range`, which has at most 65,536 of them.
    pub fn within(&mut self, range: Range<usize>) -> usize {
        let choice = if range.len() <= 0x100 { self.octet().into() } else { usize::from(self.u16()) };
        range.start + choice % range.len()
    }

    /// One of `all`.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.within(0..all.len())]
    }

    /// Up to `most` octets.
    pub fn octets(&mut self, most: usize) -> &'i [u8] {
        let (octets, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        octets
    }

    /// All octets that are left.
    pub fn rest(&mut self) -> &'i [u8] {
        self.octets(usize::MAX)
    }
}
