//! One octet a character: Latin-1 and ASCII.

use super::coder::{Coder, Sink};
use super::tables::default_code;

/// ISO-8859-1: each octet is the character of that number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latin1;

impl Coder for Latin1 {
    fn units(self, ch: char) -> Option<usize> {
        u8::try_from(ch).ok().map(|_| 1)
    }

    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        u8::try_from(ch).ok().map(|octet| sink.put(octet))
    }
}

/// IA5: the first half of Latin-1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ascii;

impl Coder for Ascii {
    /// Septets that the message center makes of it: on the air ASCII is the GSM alphabet.
    fn units(self, ch: char) -> Option<usize> {
        let escaped = default_code(ch).is_some_and(|code| code.is_escaped());
        ch.is_ascii().then_some(if escaped { 2 } else { 1 })
    }

    fn put(self, ch: char, sink: &mut impl Sink) -> Option<()> {
        u8::try_from(ch).ok().filter(u8::is_ascii).map(|octet| sink.put(octet))
    }
}
