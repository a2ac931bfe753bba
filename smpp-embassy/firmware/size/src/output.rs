//! What a program writes, piece behind piece: `.ci/size` compares it with what it should be.

/// Octets that were written, and room behind them.
#[derive(Debug)]
pub struct Output {
    octets: &'static mut [u8],
    len: usize,
}

impl Output {
    pub(crate) fn new(octets: &'static mut [u8]) -> Self {
        Self { octets, len: 0 }
    }

    /// The room behind what was written.
    pub fn room(&mut self) -> &mut [u8] {
        self.octets.get_mut(self.len..).unwrap_or_default()
    }

    /// Lets `write` write into the room, and say how much.
    pub fn put(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) {
        self.len = self.len.saturating_add(write(self.room()).unwrap_or(0));
    }

    /// Writes these.
    pub fn write(&mut self, octets: &[u8]) {
        self.room().iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
        self.len = self.len.saturating_add(octets.len());
    }

    pub(crate) fn written(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}
