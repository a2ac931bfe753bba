//! The loops that all encodings share: counting and writing, with the policy for what cannot be mapped.

use super::{EncodeTextError, Piece, Unmappable, Unmapped};

/// Why one character was not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Miss {
    /// The encoding lacks it.
    Unmapped,
    /// No room is left.
    Full,
}

/// Where octets (or septets) go.
pub(super) trait Sink {
    fn put(&mut self, octet: u8) -> Result<(), Miss>;

    fn put_all<const N: usize>(&mut self, octets: [u8; N]) -> Result<(), Miss> {
        octets.into_iter().try_for_each(|octet| self.put(octet))
    }
}

/// The caller's slice, filled from its start.
pub(super) struct Slice<'b> {
    free: &'b mut [u8],
    size: usize,
}

impl<'b> Slice<'b> {
    pub(super) fn new(out: &'b mut [u8]) -> Self {
        Self { size: out.len(), free: out }
    }

    /// How many octets have been written.
    pub(super) fn written(&self) -> usize {
        self.size.saturating_sub(self.free.len())
    }
}

impl Sink for Slice<'_> {
    #[inline]
    fn put(&mut self, octet: u8) -> Result<(), Miss> {
        self.put_all([octet])
    }

    #[inline]
    fn put_all<const N: usize>(&mut self, octets: [u8; N]) -> Result<(), Miss> {
        match core::mem::take(&mut self.free).split_first_chunk_mut() {
            Some((place, free)) => {
                (*place, self.free) = (octets, free);
                Ok(())
            }
            None => Err(Miss::Full),
        }
    }
}

/// Nothing is written, only counted.
#[derive(Default)]
pub(super) struct Count(pub(super) usize);

impl Sink for Count {
    fn put(&mut self, _octet: u8) -> Result<(), Miss> {
        self.0 = self.0.saturating_add(1);
        Ok(())
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

    fn put(self, ch: char, sink: &mut impl Sink) -> Result<(), Miss>;

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
        let units = coder.units_or(ch, unmappable).ok_or_else(|| unmapped(text, rest, ch))?;
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
    Unmapped { ch, index: text.get(..before).unwrap_or_default().chars().count() }
}

/// Writes `text`; `None` when the sink is full.
pub(super) fn write(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    sink: &mut impl Sink,
) -> Result<Option<()>, Unmapped> {
    let mut rest = text;
    loop {
        let plain = rest.bytes().map_while(|octet| coder.plain(octet));
        let plain = plain.take_while(|octet| sink.put(*octet).is_ok()).count();
        let mut chars = rest.get(plain..).unwrap_or_default().chars();
        rest = chars.as_str();
        let Some(ch) = chars.next() else { return Ok(Some(())) };
        match coder.put(ch, sink) {
            Ok(()) => {}
            Err(Miss::Full) => return Ok(None),
            Err(Miss::Unmapped) => {
                let substitute = coder.substitute(ch, unmappable).ok_or_else(|| unmapped(text, rest, ch))?;
                if substitute.chars().any(|ch| coder.put(ch, sink).is_err()) {
                    return Ok(None);
                }
            }
        }
        rest = chars.as_str();
    }
}

/// Counts octets that are written for `text`.
pub(super) fn octets(coder: impl Coder, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
    let mut count = Count::default();
    write(coder, text, unmappable, &mut count)?;
    Ok(count.0)
}

/// Writes `text` into a slice and returns how many octets it took.
pub(super) fn write_slice(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    out: &mut [u8],
) -> Result<usize, EncodeTextError> {
    let mut slice = Slice::new(out);
    match write(coder, text, unmappable, &mut slice)? {
        Some(()) => Ok(slice.written()),
        None => Err(EncodeTextError::NoRoom { needed: octets(coder, text, unmappable)? }),
    }
}
