//! Looking for the NUL that ends a string, eight octets at a time: most strings of SMPP are longer than a few octets and
//! too short for a call of memchr to pay. On bare metal one octet at a time, for size.

/// 0 when there is no NUL; else the lowest bit that is set is the highest bit of the first octet that is NUL.
#[inline]
fn nuls_in(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let word = u64::from_le_bytes(word);
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Where the first NUL is. Never inlined, because it is called for almost every string of every PDU.
#[inline(never)]
pub(crate) fn find_nul(octets: &[u8]) -> Option<usize> {
    if cfg!(smpp_small) {
        return octets.iter().position(|&octet| octet == 0);
    }
    let place_in = |nuls: u64| (nuls.trailing_zeros() / 8) as usize;
    let mut at = 0usize;
    for word in octets.as_chunks::<8>().0 {
        let nuls = nuls_in(*word);
        if nuls != 0 {
            return Some(at.wrapping_add(place_in(nuls)));
        }
        at = at.wrapping_add(8);
    }
    // What is left is the end of the last word, whose other octets are known to be none.
    let Some(word) = octets.last_chunk::<8>() else { return octets.iter().position(|&octet| octet == 0) };
    let nuls = nuls_in(*word);
    (nuls != 0).then(|| octets.len().wrapping_sub(8).wrapping_add(place_in(nuls)))
}

/// Copies octets to a place of their length. Stops at a NUL and says false.
#[inline(never)]
pub(crate) fn copy_without_nul(octets: &[u8], place: &mut [u8]) -> bool {
    let copy = |(place, octet): (&mut u8, &u8)| {
        *place = *octet;
        *octet != 0
    };
    if cfg!(smpp_small) {
        return place.iter_mut().zip(octets).all(copy);
    }
    for (place, word) in place.as_chunks_mut::<8>().0.iter_mut().zip(octets.as_chunks::<8>().0) {
        if nuls_in(*word) != 0 {
            return false;
        }
        *place = *word;
    }
    // The last word again as a whole, instead of octet by octet what is left behind the others.
    if let (Some(place), Some(word)) = (place.last_chunk_mut::<8>(), octets.last_chunk::<8>()) {
        *place = *word;
        return nuls_in(*word) == 0;
    }
    place.iter_mut().zip(octets).all(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    /// Octets beside 0 that a search in words could take for it.
    const NEIGHBOURS: [u8; 4] = [0x01, 0x7F, 0x80, 0xFF];

    #[test]
    fn the_first_nul_is_found_wherever_it_is() {
        for len in 0..40 {
            for other in NEIGHBOURS {
                let mut octets = vec![other; len];
                assert_eq!(find_nul(&octets), None);
                // From the back, so that the ones behind it are NUL too.
                for at in (0..len).rev() {
                    octets[at] = 0;
                    assert_eq!(find_nul(&octets), Some(at));
                }
            }
        }
    }

    #[test]
    fn strings_are_copied_whole_and_no_nul_is_missed() {
        for len in 0..40 {
            for other in NEIGHBOURS {
                let mut octets = vec![other; len];
                let mut place = vec![0; len];
                assert!(copy_without_nul(&octets, &mut place));
                assert_eq!(place, octets);
                for at in 0..len {
                    octets[at] = 0;
                    assert!(!copy_without_nul(&octets, &mut place), "{at} of {len}");
                    octets[at] = other;
                }
            }
        }
    }
}
