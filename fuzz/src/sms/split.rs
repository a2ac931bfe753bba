//! Long messages cut into parts and joined again.

use super::cut_model::{self, Atom, USER_DATA};
use crate::Source;
use crate::text::{choices, model};
use smpp_core::Instant;
use smpp_core::sms::reassemble::{Entry, LongMessage, Outcome, Part, PartKind, Reassembler};
use smpp_core::sms::segment::{Method, Segment, SegmentError, Segmenter, Segments, WriteSegmentError};
use smpp_core::sms::udh::{Concatenation, Element, HeaderError, Iei, Ports, Shifts, Udh};
use smpp_core::text::{
    Boundary, Candidates, EncodeTextError, Encoding, Unmappable, Unmapped, national, packed,
};
use smpp_core::types::{Address, DataCoding};
use std::ops::Range;
use std::time::Duration;

const METHODS: [Method; 5] =
    [Method::Udh8, Method::Udh16, Method::Sar { wide: false }, Method::Sar { wide: true }, Method::Payload];

/// Any text or octets, in any encoding, by any method, with any header: the parts hold what the model says, and joined
/// in any order they are the message.
pub fn split_join(input: &[u8]) {
    let mut choices = Source::new(input);
    let encoding = choices::encoding(&mut choices);
    let ports = Ports { destination: choices.u16(), source: choices.u16(), wide: true };
    let size = choices.pick(&[0, 1, 7, 130]);
    let data = choices.octets(size);
    let others = [Element { iei: Iei(0x70), data }, Element { iei: Iei::SPECIAL_MESSAGE, data: b"\x80\x01" }];
    let cut = Segmenter {
        method: choices.pick(&METHODS),
        unmappable: choices::unmappable(&mut choices),
        boundary: choices.pick(&[Boundary::Character, Boundary::Grapheme]),
        ports: choices.pick(&[
            None,
            None,
            Some(ports),
            Some(Ports { destination: 240, source: 241, wide: false }),
        ]),
        others: &others[..choices.pick(&[0, 0, 1, 2])],
    };
    let kind = choices.octet() % 4;
    let times = choices.pick(&[1, 1, 1, 1, 1, 1, 1, 2, 9, 60, 700]);
    let mut join = Join { reference: choices.u16(), choices: choices.u16() };
    match kind {
        0 => {
            let octets = repeated(choices.rest(), times);
            let atoms = cut_model::of_octets(&octets, None);
            let message = Message { cut, encoding: None, atoms, text: None };
            message.check(cut.binary(&octets), &mut join);
        }
        1 => {
            let octets = repeated(choices.rest(), times);
            let segments = cut.encoded(&octets, encoding);
            if let Encoding::Gsm7Packed { .. } = encoding {
                return assert_eq!(segments.unwrap_err(), SegmentError::Packed);
            }
            let atoms = cut_model::of_octets(&octets, Some(encoding));
            Message { cut, encoding: Some(encoding), atoms, text: None }.check(segments, &mut join);
        }
        2 => {
            let text = choices::text(&mut choices, encoding.alphabet().unwrap_or_default());
            let text = text.repeat(times.min(LONGEST / text.len().max(1)).max(1));
            let segments = cut.text(&text, encoding);
            let chars = match model::write(encoding, cut.unmappable, &text) {
                Ok(chars) => chars,
                Err(unmapped) => return refused_for(unmapped, segments),
            };
            let atoms = cut_model::of_text(&text, &chars);
            let declared = model::concatenated(&chars).declared;
            Message { cut, encoding: Some(encoding), atoms, text: Some((&text, &declared)) }
                .check(segments, &mut join);
        }
        _ => {
            let some = choices.within(0..national::CANDIDATES.len());
            let candidates = Candidates { default: encoding, national: &national::CANDIDATES[some..] };
            let alphabet = national::CANDIDATES[choices.within(0..national::CANDIDATES.len())];
            let text = choices::text(&mut choices, alphabet).repeat(times.min(9));
            chooses(&cut, &candidates, &text);
        }
    }
}

/// Enough for more than 255 parts.
const LONGEST: usize = 42_000;

fn repeated(octets: &[u8], times: usize) -> Vec<u8> {
    octets.repeat(times.min(LONGEST / octets.len().max(1)).max(1))
}

/// A character that cannot be carried is told, unless the header is refused before it is met.
fn refused_for(unmapped: Unmapped, segments: Result<Segments<'_>, SegmentError>) {
    match segments.unwrap_err() {
        SegmentError::Unmapped(told) => assert_eq!(told, unmapped),
        other => {
            assert!(
                matches!(other, SegmentError::HeaderNeedsUdh | SegmentError::NoRoomBesideHeader),
                "{other:?}"
            )
        }
    }
}

/// No encoding that can be chosen takes fewer parts.
fn chooses(cut: &Segmenter<'_>, candidates: &Candidates<'_>, text: &str) {
    let parts = |encoding| match cut.text(text, encoding) {
        Ok(segments) => Some(usize::from(segments.total())),
        Err(SegmentError::TooManyParts { parts }) => Some(parts),
        Err(_) => None,
    };
    let choice = cut.choose(text, candidates);
    let default = candidates.default;
    if default.units(text, Unmappable::Reject).is_ok() {
        return assert_eq!((choice.encoding, choice.because), (default, None));
    }
    if let Some(because) = choice.because {
        assert_eq!(text.chars().nth(because.index), Some(because.ch));
    }
    let unmappable = match cut.unmappable {
        // Not chosen for what it would lose.
        Unmappable::Replace => Unmappable::Reject,
        other => other,
    };
    let national = candidates.national.iter().map(|alphabet| default.with_alphabet(*alphabet));
    for other in [default, Encoding::Ucs2].into_iter().chain(national) {
        if other.units(text, unmappable).is_ok()
            && let Some(least) = parts(other)
        {
            assert!(parts(choice.encoding).is_some_and(|parts| parts <= least), "{other:?} takes {least}");
        }
    }
}

/// A message and how it is to be cut.
struct Message<'t> {
    cut: Segmenter<'t>,
    /// `None` for binary content.
    encoding: Option<Encoding>,
    atoms: Vec<Atom>,
    /// As given, and as it is declared to arrive.
    text: Option<(&'t str, &'t str)>,
}

/// How the parts are joined.
struct Join {
    reference: u16,
    choices: u16,
}

impl Join {
    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.choices = self.choices.wrapping_mul(25_173).wrapping_add(13_849);
        usize::from(self.choices >> 4) % limit
    }
}

impl Message<'_> {
    fn shifts(&self) -> Shifts {
        let alphabet = self.encoding.and_then(|encoding| encoding.alphabet()).unwrap_or_default();
        let (locking, single) = alphabet.languages();
        Shifts { locking: locking.map(|language| language.0), single: single.map(|language| language.0) }
    }

    /// Octets of the header's elements beside concatenation.
    fn elements(&self) -> usize {
        let Shifts { locking, single } = self.shifts();
        let ports = self.cut.ports.map_or(0, |ports| if ports.wide { 6 } else { 4 });
        let others: usize = self.cut.others.iter().map(|element| 2 + element.data.len()).sum();
        ports + 3 * locking.iter().chain(&single).count() + others
    }

    fn units(&self, part: Range<usize>) -> usize {
        self.atoms[part].iter().map(|atom| atom.units).sum()
    }

    fn octets(&self, part: Range<usize>, fill_bits: u8) -> Vec<u8> {
        let written: Vec<u8> =
            self.atoms[part].iter().flat_map(|atom| atom.written.iter().copied()).collect();
        match self.encoding {
            Some(Encoding::Gsm7Packed { .. }) => model::pack(&written, fill_bits),
            _ => written,
        }
    }

    /// Where it is to be cut.
    fn plan(&self) -> Result<Vec<Range<usize>>, SegmentError> {
        let (elements, all) = (self.elements(), 0..self.atoms.len());
        let header = if elements == 0 { 0 } else { elements + 1 };
        if header > USER_DATA {
            return Err(SegmentError::NoRoomBesideHeader);
        }
        if self.units(all.clone()) <= cut_model::capacity(self.encoding, header) {
            return Ok(vec![all]);
        }
        let header = match self.cut.method {
            Method::Udh8 => elements + 6,
            Method::Udh16 => elements + 7,
            _ if header > 0 => return Err(SegmentError::HeaderNeedsUdh),
            Method::Sar { wide } => {
                if wide {
                    7
                } else {
                    6
                }
            }
            Method::Payload => {
                let octets = self.octets(all.clone(), 0).len();
                return if octets > 0xFFFF {
                    Err(SegmentError::PayloadTooLong { octets })
                } else {
                    Ok(vec![all])
                };
            }
            _ => panic!("news to this model"),
        };
        let capacity = if header > USER_DATA { 0 } else { cut_model::capacity(self.encoding, header) };
        let clusters = self.text.map(|(given, _)| given).filter(|_| self.cut.boundary == Boundary::Grapheme);
        let parts =
            cut_model::parts(&self.atoms, capacity, clusters).ok_or(SegmentError::NoRoomBesideHeader)?;
        if parts.len() > 255 { Err(SegmentError::TooManyParts { parts: parts.len() }) } else { Ok(parts) }
    }

    fn check(&self, segments: Result<Segments<'_>, SegmentError>, join: &mut Join) {
        let (plan, segments) = match (self.plan(), segments) {
            (Ok(plan), Ok(segments)) => (plan, segments),
            (plan, segments) => return assert_eq!(segments.err(), plan.err()),
        };
        assert_eq!((segments.len(), usize::from(segments.total())), (plan.len(), plan.len()));
        if self.cut.method != Method::Udh16 {
            join.reference &= 0xFF;
        }
        let (mut written, mut given) = (Vec::new(), String::new());
        for ((segment, part), number) in segments.zip(plan).zip(1..) {
            assert_eq!(usize::from(segment.number), number);
            given += segment.text().unwrap_or_default();
            written.push(self.check_part(&segment, part, join.reference));
        }
        assert_eq!(given, self.text.map_or("", |(given, _)| given));
        if written.len() > 1 {
            self.join(&written, join);
        }
    }

    /// One part as it is written: its header says what it should, and its content is the model's and fits.
    fn check_part(&self, segment: &Segment<'_>, part: Range<usize>, reference: u16) -> Written {
        assert_eq!(segment.units, self.units(part.clone()));
        let mut out = vec![0; 256 + 2 * segment.units];
        let length = segment.write(reference, &mut out).unwrap();
        out.truncate(length);
        let mut small = vec![0; length.saturating_sub(1)];
        if length > 0 {
            let no_room = [
                WriteSegmentError::Content(EncodeTextError::NoRoom { needed: length }),
                WriteSegmentError::Header(HeaderError::NoRoom { needed: length }),
            ];
            assert!(no_room.contains(&segment.write(reference, &mut small).unwrap_err()));
        }
        let (mut content, mut header) = (&out[..], 0);
        if segment.has_header() {
            let (udh, behind) = Udh::split(&out).unwrap();
            (content, header) = (behind, length - behind.len());
            self.check_header(udh, segment, reference);
        }
        assert_eq!(content, self.octets(part, fill_bits(header)));
        if self.cut.method != Method::Payload {
            let bits = match self.encoding {
                Some(encoding) if encoding.unit_bits() == 7 => {
                    usize::from(fill_bits(header)) + 7 * segment.units
                }
                Some(encoding) => encoding.unit_bits() * segment.units,
                None => 8 * segment.units,
            };
            assert!(8 * header + bits <= 8 * USER_DATA, "it does not fit into a message");
        }
        if let (Some(encoding), Some(_)) = (self.encoding, self.text) {
            assert_eq!(encoding.check(content), Ok(()), "half a character");
        }
        Written { octets: out, units: segment.units }
    }

    fn check_header(&self, udh: Udh<'_>, segment: &Segment<'_>, reference: u16) {
        let Segment { number: sequence, total, .. } = *segment;
        let wide = self.cut.method == Method::Udh16;
        let told = matches!(self.cut.method, Method::Udh8 | Method::Udh16) && total > 1;
        let concatenation = told.then_some(Concatenation { reference, wide, total, sequence });
        assert_eq!(
            (udh.concatenation(), udh.ports(), udh.shifts()),
            (concatenation, self.cut.ports, self.shifts())
        );
        let known = [Iei::CONCATENATION_8, Iei::CONCATENATION_16, Iei::PORTS_8, Iei::PORTS_16];
        let shifts = [Iei::SINGLE_SHIFT, Iei::LOCKING_SHIFT];
        let others =
            udh.elements().filter(|element| !known.contains(&element.iei) && !shifts.contains(&element.iei));
        assert!(others.eq(self.cut.others.iter().copied()));
    }

    /// Handed in in any order, some of them twice, the parts are the message.
    fn join(&self, written: &[Written], join: &mut Join) {
        let mut all = Reassembler::new(vec![Entry::EMPTY; 2], vec![0; 0xC000], Duration::from_secs(1));
        let mut left: Vec<usize> = (0..written.len()).collect();
        let mut taken = Vec::new();
        while !left.is_empty() {
            if join.below(8) == 0 && !taken.is_empty() {
                let again = self.part(written, taken[join.below(taken.len())], join.reference);
                assert!(matches!(all.insert(Instant::ZERO, &again), Outcome::Duplicate));
            }
            let next = left.swap_remove(join.below(left.len()));
            taken.push(next);
            match all.insert(Instant::ZERO, &self.part(written, next, join.reference)) {
                Outcome::Pending { missing, conflicting_total: None } => {
                    assert_eq!(usize::from(missing), left.len());
                }
                Outcome::Complete(message) => {
                    assert!(left.is_empty());
                    self.check_joined(&message, written);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(all.pending(), 0);
    }

    fn part<'w>(&self, written: &'w [Written], index: usize, reference: u16) -> Part<'w> {
        let (source, destination) = (Address::alphanumeric("from"), Address::international("46700000002"));
        let (octets, data_coding) = (&*written[index].octets, DataCoding::DEFAULT);
        if let Method::Udh8 | Method::Udh16 = self.cut.method {
            let (udh, user_data) = Udh::split(octets).unwrap();
            return Part::from_udh(source, destination, data_coding, udh, user_data).unwrap();
        }
        let (total, sequence) = (written.len() as u8, index as u8 + 1);
        let (kind, udh, user_data) = (PartKind::Sar, None, octets);
        Part { source, destination, kind, reference, total, sequence, data_coding, udh, user_data }
    }

    fn check_joined(&self, message: &LongMessage<'_>, written: &[Written]) {
        let shifts = if let Method::Sar { .. } = self.cut.method { Shifts::NONE } else { self.shifts() };
        assert_eq!(message.coding(), Some((DataCoding::DEFAULT, shifts)));
        let contents = (0..written.len()).map(|index| self.part(written, index, 0).user_data);
        assert!(message.octets().iter().eq(contents.flatten()));
        let Some(encoding) = self.encoding else { return };
        let parts = message.parts().zip(written);
        let read: String = parts.flat_map(|(part, written)| written.read(encoding, part.user_data)).collect();
        if let Some((_, declared)) = self.text {
            assert_eq!(read, declared);
        }
        if !matches!(encoding, Encoding::Gsm7Packed { .. }) {
            assert!(encoding.decode(message.octets()).eq(read.chars()));
        }
    }
}

/// A part with its header.
struct Written {
    octets: Vec<u8>,
    units: usize,
}

impl Written {
    /// The text of the part: `content` is what stands behind its header.
    fn read(&self, encoding: Encoding, content: &[u8]) -> Vec<char> {
        let Encoding::Gsm7Packed { alphabet, .. } = encoding else {
            return encoding.decode(content).collect();
        };
        let fill_bits = fill_bits(self.octets.len() - content.len());
        alphabet.decode(packed::unpack(content, fill_bits, Some(self.units))).collect()
    }
}

/// From a header of so many octets to the next septet.
const fn fill_bits(header: usize) -> u8 {
    (6 * header % 7) as u8
}
