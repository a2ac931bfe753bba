//! Hashes of message ids, which do not see in what form an id is written.

use super::id::{LEAST_LEFT, folded};

/// So many octets of an id are the key under which truncated ones are found: what is left of ten octets of a UUID.
const BEGINNING: usize = 8;

/// FNV-1a with 64 bits.
fn fnv(octets: impl Iterator<Item = u8>) -> u64 {
    octets.fold(0xCBF2_9CE4_8422_2325, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// A hash that sees every octet.
pub(super) fn exact_hash(id: &[u8]) -> u32 {
    half(fnv(id.iter().copied()))
}

/// A number that is the same for ids that are the same in any way but their base, and 0 for one that is no id: empty, or
/// nothing but punctuation.
///
/// Most of a call's time goes to it, so octets are taken eight at a time while there is nothing to leave out; on bare metal
/// one by one, for size.
pub(super) fn hash(id: &[u8]) -> u64 {
    let mut words = Words { hash: 0, word: 0, count: 0 };
    let mut rest = id.trim_ascii();
    let mut has_zeros = false;
    while let Some((&octet, behind)) = rest.split_first() {
        if !cfg!(smpp_small)
            && words.count.is_multiple_of(8)
            && let Some((&eight, behind)) = rest.split_first_chunk()
            && (octet != b'0' || words.count > 0)
            && !has_punctuation(u64::from_be_bytes(eight))
        {
            (words.word, words.count) = (lowercase(u64::from_be_bytes(eight)), words.count.wrapping_add(8));
            words.mix(words.word);
            rest = behind;
            continue;
        }
        rest = behind;
        if octet == b'0' && words.count == 0 {
            has_zeros = true;
        } else if !matches!(octet, b'-' | b'{' | b'}') {
            words.word = (words.word << 8) | u64::from(octet.to_ascii_lowercase());
            words.count = words.count.wrapping_add(1);
            if words.count.is_multiple_of(8) {
                words.mix(words.word);
            }
        }
    }
    // The last word has octets of the one before, too: the hash sees each octet all the same.
    words.mix(words.word);
    words.mix(u64::from(words.count) | u64::from(has_zeros && words.count == 0) << 32);
    words.hash
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Eight octets with their capital letters made small: the high bit of each octet says whether it is one.
const fn lowercase(word: u64) -> u64 {
    let low_bits = word & !HIGHS;
    // What is added makes 0x80 of an A, and of what is behind a Z.
    let from_a = low_bits.wrapping_add(ONES.wrapping_mul(0x3F));
    let behind_z = low_bits.wrapping_add(ONES.wrapping_mul(0x25));
    let capitals = (from_a ^ behind_z) & !word & HIGHS;
    word | (capitals >> 2)
}

/// Whether one of eight octets is a hyphen or a brace (a word has an octet of 0 where subtracting borrows).
const fn has_punctuation(word: u64) -> bool {
    const fn has(word: u64, octet: u8) -> u64 {
        let zero_there = word ^ ONES.wrapping_mul(octet as u64);
        zero_there.wrapping_sub(ONES) & !zero_there
    }
    (has(word, b'-') | has(word, b'{') | has(word, b'}')) & HIGHS != 0
}

/// A hash in the making.
struct Words {
    hash: u64,
    /// The last eight octets.
    word: u64,
    count: u32,
}

impl Words {
    fn mix(&mut self, word: u64) {
        let product = (self.hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.hash = product ^ (product >> 32);
    }
}

/// Of a 64-bit hash the half that chooses a bucket.
pub(super) fn half(hash: u64) -> u32 {
    u32::try_from((hash ^ (hash >> 32)) & 0xFFFF_FFFF).unwrap_or(0)
}

/// A number that is the same for an id and its beginnings, if they are long enough for [`IdForm::Truncated`].
pub(super) fn beginning_hash(id: &[u8]) -> Option<u32> {
    let octets = folded(id).take(BEGINNING);
    let is_enough = id.len() >= LEAST_LEFT.into() && octets.clone().count() == BEGINNING;
    is_enough.then(|| half(fnv(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_alone_are_folded_alone_or_among_eight() {
        for octet in 0..=u8::MAX {
            let eight = [b'q', octet, b'Z', octet, b'@', b'[', octet, b'a'];
            let lower = u64::from_be_bytes(eight.map(|octet| octet.to_ascii_lowercase()));
            assert_eq!(lowercase(u64::from_be_bytes(eight)), lower, "{octet:#x}");
            for other in (0..=u8::MAX).filter(|other| !other.eq_ignore_ascii_case(&octet)) {
                let hash = |octet| hash(&[b'1', octet, b'1']);
                let skipped = |octet| matches!(octet, b'-' | b'{' | b'}');
                assert!(
                    hash(octet) != hash(other) || skipped(octet) && skipped(other),
                    "{octet:#x} {other:#x}"
                );
            }
        }
    }

    #[test]
    fn the_hash_does_not_see_where_punctuation_is_and_sees_every_octet() {
        let plain = b"0a1b2c3d4e5f60718293A4B5C6D7E8F900112233";
        for length in 1..=plain.len() {
            let id = &plain[..length];
            for at in 0..=length {
                let hyphen = [&id[..at], b"-", &id[at..]].concat();
                let braces = [b" {", &id[..at], b"--", &id[at..], b"} "].concat();
                assert_eq!(hash(&hyphen), hash(id));
                assert_eq!(hash(&braces.to_ascii_uppercase()), hash(id));
                if at > 0 {
                    let mut other = id.to_vec();
                    other[at - 1] ^= 1;
                    assert_ne!(hash(&other), hash(id), "{length} {at}");
                }
            }
        }
    }
}
