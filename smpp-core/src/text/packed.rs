//! Seven bits a character: septets packed into octets, low bits first (3GPP TS 23.038 §6.1.2.1).
//!
//! SMPP normally carries one septet an octet; some gateways want them packed. Seven spare bits at the end would read as
//! one more `@`, so a carriage return fills them, and a reader who does not know how many septets there are drops a
//! carriage return that ends on an octet boundary (§6.1.2.3.1). One that was meant is lost with it: that paragraph would
//! double it, which USSD needs but a short message has no room for, and on the air TP-UDL counts the septets.

use super::coder::{self, Coder, Sink, Slice};
use super::{EncodeTextError, Unmappable, Unmapped};

const CARRIAGE_RETURN: u8 = 0x0D;

/// Packs septets on their way into a slice.
struct Packer<'b> {
    octets: Slice<'b>,
    /// Bits that wait for the next octet, low ones first, and how many there are: at most 7.
    waiting: u16,
    bits: u8,
    empty: bool,
}

impl<'b> Packer<'b> {
    fn new(octets: Slice<'b>, fill_bits: u8) -> Self {
        Self { octets, waiting: 0, bits: fill_bits.min(7), empty: true }
    }

    /// Writes what still waits.
    fn finish(mut self) -> Slice<'b> {
        match self.bits {
            _ if self.empty => {}
            0 => {}
            1 => self.put(CARRIAGE_RETURN),
            _ => {
                let [low, _] = self.waiting.to_le_bytes();
                self.octets.put(low);
            }
        }
        self.octets
    }
}

impl Sink for Packer<'_> {
    fn put(&mut self, septet: u8) {
        self.empty = false;
        self.waiting |= u16::from(septet).wrapping_shl(u32::from(self.bits));
        match self.bits.checked_sub(1) {
            None => self.bits = 7,
            Some(bits) => {
                let [low, high] = self.waiting.to_le_bytes();
                self.octets.put(low);
                self.waiting = u16::from(high);
                self.bits = bits;
            }
        }
    }
}

fn pack<'b>(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    fill_bits: u8,
    out: &'b mut [u8],
) -> Result<Slice<'b>, Unmapped> {
    let mut packer = Packer::new(Slice::new(out), fill_bits);
    coder::write(coder, text, unmappable, &mut packer)?;
    Ok(packer.finish())
}

/// Octets that the packed text takes, fill bits included.
pub(super) fn octets(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    fill_bits: u8,
) -> Result<usize, Unmapped> {
    pack(coder, text, unmappable, fill_bits, &mut []).map(|slice| slice.count())
}

/// Writes the packed text.
pub(super) fn encode(
    coder: impl Coder,
    text: &str,
    unmappable: Unmappable,
    fill_bits: u8,
    out: &mut [u8],
) -> Result<usize, EncodeTextError> {
    pack(coder, text, unmappable, fill_bits, out)?.finish()
}

/// The septets of packed octets, without a header's `fill_bits` (0 to 6) in front.
///
/// How many there are is told by `septets`, where it is known (less what the octets do not hold); else as many as the
/// octets hold, without a carriage return that ends on an octet boundary.
#[must_use]
pub fn unpack(octets: &[u8], fill_bits: u8, septets: Option<usize>) -> Septets<'_> {
    let fill_bits = usize::from(fill_bits.min(7));
    let bits = octets.len().saturating_mul(8).saturating_sub(fill_bits);
    let held = bits.checked_div(7).unwrap_or(0);
    let filled = bits.is_multiple_of(7) && octets.last().is_some_and(|last| last >> 1 == CARRIAGE_RETURN);
    let left = match septets {
        Some(septets) => septets.min(held),
        None => held.saturating_sub(usize::from(filled)),
    };
    Septets { octets, bit: fill_bits, left }
}

/// The septets of packed octets: see [`unpack`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Septets<'o> {
    octets: &'o [u8],
    /// Where the next one starts.
    bit: usize,
    left: usize,
}

impl Iterator for Septets<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        self.left = self.left.checked_sub(1)?;
        let place = self.bit >> 3;
        let low = *self.octets.get(place)?;
        let high = self.octets.get(place.saturating_add(1)).copied().unwrap_or(0);
        let shift = u32::try_from(self.bit & 7).unwrap_or(0);
        self.bit = self.bit.saturating_add(7);
        let [septet, _] = u16::from_le_bytes([low, high]).wrapping_shr(shift).to_le_bytes();
        Some(septet & 0x7F)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Septets<'_> {}

#[cfg(test)]
mod tests {
    use super::super::Gsm7;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn packed(text: &str, fill_bits: u8) -> Vec<u8> {
        let mut out = [0; 200];
        let length = encode(Gsm7::DEFAULT, text, Unmappable::Reject, fill_bits, &mut out).unwrap();
        assert_eq!(octets(Gsm7::DEFAULT, text, Unmappable::Reject, fill_bits), Ok(length));
        out[..length].to_vec()
    }

    fn unpacked(octets: &[u8], fill_bits: u8, septets: Option<usize>) -> String {
        Gsm7::DEFAULT.decode(unpack(octets, fill_bits, septets)).collect()
    }

    #[test]
    fn a_known_text_packs_to_known_octets() {
        assert_eq!(packed("hellohello", 0), b"\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37");
        assert_eq!(unpacked(b"\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37", 0, None), "hellohello");
        assert_eq!(packed("", 0), b"");
        assert_eq!(packed("", 1), b"");
        assert_eq!(unpacked(b"", 3, None), "");
    }

    #[test]
    fn field_note_16_seven_spare_bits_are_a_carriage_return_and_not_an_at_sign() {
        // fiorix#75, gosmpp#136, smpplib#123; the crate gsm7 fills with zeros here.
        let octets = packed("1234567", 0);
        assert_eq!((octets.len(), octets[6] >> 1), (7, 0x0D));
        assert_eq!(unpacked(&octets, 0, None), "1234567");
        assert_eq!(unpacked(&octets, 0, Some(8)), "1234567\r");
        // An at sign that is meant stays one.
        assert_eq!(unpacked(&packed("1234567@", 0), 0, None), "1234567@");
        assert_eq!(packed("1234567", 0).len(), packed("1234567@", 0).len());
    }

    #[test]
    fn a_carriage_return_at_an_octet_boundary_is_read_by_who_knows_the_count() {
        let octets = packed("1234567\r", 0);
        assert_eq!(octets, packed("1234567", 0));
        assert_eq!(unpacked(&octets, 0, None), "1234567");
        assert_eq!(unpacked(&octets, 0, Some(8)), "1234567\r");
        assert_eq!(unpacked(&packed("123456\r", 0), 0, None), "123456\r");
    }

    #[test]
    fn field_note_16_fill_bits_move_the_text_to_a_septet_boundary() {
        // cloudhopper#62, fiorix#108: a header of 6 octets leaves one bit.
        let octets = packed("Hello", 1);
        assert_eq!(octets[0], (b'H' << 1));
        for fill_bits in 0..=6 {
            for length in 0..=32 {
                let text: String = ('a'..='z').cycle().take(length).collect();
                let octets = packed(&text, fill_bits);
                assert_eq!(unpacked(&octets, fill_bits, Some(length)), text);
                assert_eq!(unpacked(&octets, fill_bits, None), text, "{length} septets, {fill_bits} bits");
            }
        }
    }

    #[test]
    fn a_count_that_the_octets_do_not_hold_is_cut() {
        assert_eq!(unpack(b"\xE8\x32", 0, Some(99)).count(), 2);
        assert_eq!(unpack(b"\xE8", 6, None).count(), 0);
    }

    #[test]
    fn a_small_slice_is_told_what_the_text_takes() {
        let mut out = [0; 6];
        let error = encode(Gsm7::DEFAULT, "12345678", Unmappable::Reject, 0, &mut out).unwrap_err();
        assert_eq!(error, EncodeTextError::NoRoom { needed: 7 });
    }
}
