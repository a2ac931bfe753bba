//! The loops that all encodings share: counting and writing, with the policy for what cannot be mapped.

use super::{EncodeTextError, Unmappable, Unmapped};

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
}

/// The caller's slice, filled from its start.
pub(super) struct Slice<'b> {
    free: core::slice::IterMut<'b, u8>,
    size: usize,
}

impl<'b> Slice<'b> {
    pub(super) fn new(out: &'b mut [u8]) -> Self {
        Self { size: out.len(), free: out.iter_mut() }
    }

    /// How many octets have been written.
    pub(super) fn written(&self) -> usize {
        self.size.saturating_sub(self.free.len())
    }
}

impl Sink for Slice<'_> {
    #[inline]
    fn put(&mut self, octet: u8) -> Result<(), Miss> {
        *self.free.next().ok_or(Miss::Full)? = octet;
        Ok(())
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

/// Units that `text` takes.
pub(super) fn units(coder: impl Coder, text: &str, unmappable: Unmappable) -> Result<usize, Unmapped> {
    let mut sum = 0usize;
    for (index, ch) in text.chars().enumerate() {
        sum = sum.saturating_add(coder.units_or(ch, unmappable).ok_or(Unmapped { ch, index })?);
    }
    Ok(sum)
}

/// Writes `text`; `None` when the sink is full.
pub(super) fn write(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    sink: &mut impl Sink,
) -> Result<Option<()>, Unmapped> {
    for (index, ch) in text.chars().enumerate() {
        match coder.put(ch, sink) {
            Ok(()) => {}
            Err(Miss::Full) => return Ok(None),
            Err(Miss::Unmapped) => {
                let substitute = coder.substitute(ch, unmappable).ok_or(Unmapped { ch, index })?;
                if substitute.chars().any(|ch| coder.put(ch, sink).is_err()) {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(()))
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
