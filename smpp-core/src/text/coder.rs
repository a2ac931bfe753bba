//! The loops that all encodings share: counting and writing, with the policy for what cannot be mapped.

use super::{EncodeTextError, Piece, Unmappable, Unmapped};

/// Where octets (or septets) go. It takes any number of them.
pub(super) trait Sink {
    fn put(&mut self, octet: u8);

    fn put_pair(&mut self, [first, second]: [u8; 2]) {
        self.put(first);
        self.put(second);
    }
}

/// The caller's slice, filled from its start. When it is full, what follows is only counted.
pub(super) struct Slice<'b> {
    free: &'b mut [u8],
    size: usize,
    /// Octets that found no room.
    missing: usize,
}

impl<'b> Slice<'b> {
    pub(super) fn new(out: &'b mut [u8]) -> Self {
        Self { size: out.len(), free: out, missing: 0 }
    }

    /// How many octets were written.
    ///
    /// # Errors
    /// Not all of them found room.
    pub(super) fn finish(self) -> Result<usize, EncodeTextError> {
        let needed = self.count();
        if self.missing > 0 { Err(EncodeTextError::NoRoom { needed }) } else { Ok(needed) }
    }

    /// How many octets there are, whether or not they found room.
    pub(super) fn count(&self) -> usize {
        self.size.saturating_sub(self.free.len()).saturating_add(self.missing)
    }
}

impl Sink for Slice<'_> {
    #[inline]
    fn put(&mut self, octet: u8) {
        match core::mem::take(&mut self.free).split_first_mut() {
            Some((place, free)) => (*place, self.free) = (octet, free),
            None => self.missing = self.missing.saturating_add(1),
        }
    }

    /// At once where that is quicker.
    #[cfg(not(smpp_small))]
    #[inline]
    fn put_pair(&mut self, pair: [u8; 2]) {
        if self.free.len() < pair.len() {
            return pair.into_iter().for_each(|octet| self.put(octet));
        }
        if let Some((place, free)) = core::mem::take(&mut self.free).split_first_chunk_mut() {
            (*place, self.free) = (pair, free);
        }
    }
}

/// One character into an encoding.
pub(super) trait Coder: Copy {
    /// How many units of a message's capacity it takes: septets, octets or 16-bit units.
    fn units(self, ch: char) -> Option<usize>;

    /// The octet of an ASCII character that takes one unit and one octet, so that the loops may run over such
    /// characters without decoding them. `None` also where that is not worth the while.
    #[inline]
    fn plain(self, _octet: u8) -> Option<u8> {
        None
    }

    /// Writes `ch`; `None` when the encoding lacks it.
    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()>;

    /// Units of `ch` or of what takes its place.
    #[inline]
    fn units_or(self, ch: char, unmappable: Unmappable) -> Option<usize> {
        self.units(ch).or_else(|| {
            let mut chars = self.substitute(ch, unmappable)?.chars();
            chars.try_fold(0usize, |sum, ch| self.units(ch).map(|units| sum.saturating_add(units)))
        })
    }

    #[cold]
    fn substitute(self, ch: char, unmappable: Unmappable) -> Option<&'static str> {
        unmappable.substitute(ch, |ch| self.units(ch).is_some())
    }
}

/// The longest piece of `text` that takes at most `capacity` units.
pub(super) fn cut(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    capacity: usize,
) -> Result<Piece, Unmapped> {
    let (mut rest, mut left) = (text, capacity);
    let end = |rest: &str, left| Piece {
        octets: text.len().saturating_sub(rest.len()),
        units: capacity.saturating_sub(left),
    };
    loop {
        let near = rest.as_bytes().get(..left).unwrap_or(rest.as_bytes());
        let plain = near.iter().position(|octet| coder.plain(*octet).is_none()).unwrap_or(near.len());
        left = left.saturating_sub(plain);
        let mut chars = rest.get(plain..).unwrap_or_default().chars();
        rest = chars.as_str();
        let Some(ch) = chars.next() else { return Ok(end(rest, left)) };
        let units = match coder.units_or(ch, unmappable) {
            Some(units) => units,
            // It comes behind the end, whatever it is.
            None if left == 0 => return Ok(end(rest, left)),
            None => return Err(unmapped(text, rest, ch)),
        };
        let Some(behind) = left.checked_sub(units) else { return Ok(end(rest, left)) };
        (left, rest) = (behind, chars.as_str());
    }
}

/// Units that all of `text` takes.
pub(super) fn units(coder: impl Coder, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
    cut(coder, text, unmappable, usize::MAX).map(|piece| piece.units)
}

/// `ch` at the start of `rest` has no code.
#[cold]
fn unmapped(text: &str, rest: &str, ch: char) -> Unmapped {
    let before = text.len().saturating_sub(rest.len());
    // As `chars().count()`, which is made for long texts and takes ten times the flash.
    let starts = text.bytes().take(before).filter(|octet| octet & 0xC0 != 0x80);
    Unmapped { ch, index: starts.count() }
}

/// Writes `text`.
#[cfg_attr(not(smpp_small), inline(always))]
pub(super) fn write(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    sink: &mut impl Sink,
) -> Result<(), Unmapped> {
    let mut rest = text;
    loop {
        let plain = rest.bytes().map_while(|octet| coder.plain(octet));
        let plain = plain.map(|octet| sink.put(octet)).count();
        let mut chars = rest.get(plain..).unwrap_or_default().chars();
        rest = chars.as_str();
        let Some(ch) = chars.next() else { return Ok(()) };
        if coder.put(ch, sink).is_none() {
            let substitute = coder.substitute(ch, unmappable).ok_or_else(|| unmapped(text, rest, ch))?;
            for ch in substitute.chars() {
                coder.put(ch, sink);
            }
        }
        rest = chars.as_str();
    }
}

/// Counts octets that are written for `text`.
pub(super) fn octets(coder: impl Coder, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
    let mut slice = Slice::new(&mut []);
    write(coder, text, unmappable, &mut slice).map(|()| slice.count())
}

/// Writes `text` into a slice and returns how many octets it took.
pub(super) fn write_slice(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    out: &mut [u8],
) -> Result<usize, EncodeTextError> {
    let mut slice = Slice::new(out);
    write(coder, text, unmappable, &mut slice)?;
    slice.finish()
}
