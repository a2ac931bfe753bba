//! Cutting told naively: a list of what cannot be cut, and as many of these in a part as fit.

use crate::text::model::Written;
use smpp_core::text::Encoding;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Octets of user data on the air.
pub(super) const USER_DATA: usize = 140;

/// A character, or a unit of octets that are cut as they are.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    /// How many octets it takes in what is given.
    pub(super) given: usize,
    pub(super) units: usize,
    /// Its octets, or septets before packing.
    pub(super) written: Vec<u8>,
}

/// The characters of a text.
pub(super) fn of_text(text: &str, chars: &[Written]) -> Vec<Atom> {
    let atom = |(ch, written): (char, &Written)| Atom {
        given: ch.len_utf8(),
        units: written.units,
        written: written.octets.clone(),
    };
    text.chars().zip(chars).map(atom).collect()
}

/// The characters of encoded text, pairs whole; octets one by one if it is none.
pub(super) fn of_octets(octets: &[u8], encoding: Option<Encoding>) -> Vec<Atom> {
    let (mut atoms, mut rest) = (Vec::new(), octets);
    while !rest.is_empty() {
        let (length, units) = first_of(rest, encoding);
        let (written, behind) = rest.split_at(length);
        atoms.push(Atom { given: length, units, written: written.to_vec() });
        rest = behind;
    }
    atoms
}

/// Octets and units of what stands first.
fn first_of(octets: &[u8], encoding: Option<Encoding>) -> (usize, usize) {
    let utf16 = |unit: fn([u8; 2]) -> u16| match *octets {
        [a, b, c, d, ..]
            if (0xD800..0xDC00).contains(&unit([a, b])) && (0xDC00..0xE000).contains(&unit([c, d])) =>
        {
            (4, 2)
        }
        [_, _, ..] => (2, 1),
        _ => (1, 1),
    };
    match encoding {
        Some(Encoding::Gsm7(_)) if octets[0] == 0x1B && octets.len() > 1 => (2, 2),
        Some(Encoding::Ucs2) => utf16(u16::from_be_bytes),
        Some(Encoding::Ucs2LittleEndian) => utf16(u16::from_le_bytes),
        // What takes two septets on the air.
        Some(Encoding::Ascii) if b"^{}\\[~]|\x0C".contains(&octets[0]) => (1, 2),
        _ => (1, 1),
    }
}

/// How many units fit beside a header of so many octets.
pub(super) fn capacity(encoding: Option<Encoding>, header: usize) -> usize {
    let octets = USER_DATA - header;
    match encoding {
        Some(Encoding::Gsm7(_) | Encoding::Gsm7Packed { .. } | Encoding::Ascii) => octets * 8 / 7,
        Some(Encoding::Ucs2 | Encoding::Ucs2LittleEndian) => octets / 2,
        Some(Encoding::Latin1) | None => octets,
        Some(_) => panic!("news to this model"),
    }
}

/// Which atoms come into which part; `None` if one does not fit into any. `clusters` is the text if no grapheme cluster of
/// it is to be cut.
pub(super) fn parts(atoms: &[Atom], capacity: usize, clusters: Option<&str>) -> Option<Vec<Range<usize>>> {
    let (mut parts, mut start, mut given) = (Vec::new(), 0, 0);
    while start < atoms.len() {
        let mut left = capacity;
        let fit = |atom: &&Atom| left.checked_sub(atom.units).map(|rest| left = rest).is_some();
        let mut end = start + atoms[start..].iter().take_while(fit).count();
        if let Some(text) = clusters {
            end = back_to_cluster(atoms, start..end, &text[given..]);
        }
        if end == start {
            return None;
        }
        given += atoms[start..end].iter().map(|atom| atom.given).sum::<usize>();
        parts.push(start..end);
        start = end;
    }
    Some(parts)
}

/// Where the last cluster ends that is whole in `part`; the end of the part if there is none.
fn back_to_cluster(atoms: &[Atom], part: Range<usize>, rest: &str) -> usize {
    let octets: usize = atoms[part.clone()].iter().map(|atom| atom.given).sum();
    let ends = rest.graphemes(true).scan(0, |end, cluster| {
        *end += cluster.len();
        Some(*end)
    });
    let Some(last) = ends.take_while(|end| *end <= octets).last() else { return part.end };
    let mut given = 0;
    let whole = atoms[part.clone()].iter().take_while(|atom| {
        given += atom.given;
        given <= last
    });
    part.start + whole.count()
}
