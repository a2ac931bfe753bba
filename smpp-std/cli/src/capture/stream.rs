//! TCP streams put together again by sequence number, whatever the order, the retransmissions and the overlaps.

use super::Flow;
use super::packet::Segment;
use crate::decode::Piece;
use std::collections::{BTreeMap, HashMap};

/// All connections of a capture.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// The direction that a flow belongs to now: ports are used again.
    open: HashMap<Flow, usize>,
    directions: Vec<Segments>,
    /// Segments with data so far.
    arrivals: usize,
}

/// One direction of one connection, put together.
#[derive(Debug)]
pub(super) struct Direction {
    /// From whom to whom.
    pub(super) flow: Flow,
    /// Whether its first octet is that behind the SYN.
    pub(super) starts_at_syn: bool,
    /// The number of its first segment with data among all of the capture.
    pub(super) first: usize,
    /// Its octets.
    pub(super) pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Segments {
    flow: Flow,
    /// Which connection: the index of the direction that was seen first of it.
    connection: usize,
    /// The sequence number of the SYN.
    syn: Option<u32>,
    /// A sequence number and its octet in the stream, from which the next ones are counted: 32 bits wrap.
    near: (u32, i64),
    first: Option<usize>,
    segments: Vec<Data>,
}

#[derive(Debug)]
struct Data {
    offset: i64,
    time: Option<u64>,
    octets: Vec<u8>,
}

impl Streams {
    /// Adds one segment.
    pub(super) fn add(&mut self, segment: &Segment<'_>, time: Option<u64>) {
        let at = self.direction(segment);
        let Some(direction) = self.directions.get_mut(at) else { return };
        if !segment.payload.is_empty() {
            direction.first.get_or_insert(self.arrivals);
            self.arrivals += 1;
        }
        direction.add(segment, time);
    }

    /// The direction of `segment`, a new one if it opens a connection.
    fn direction(&mut self, segment: &Segment<'_>) -> usize {
        if let Some(&at) = self.open.get(&segment.flow) {
            let syn = self.directions.get(at).and_then(|direction| direction.syn);
            if !segment.syn || syn == Some(segment.sequence) {
                return at;
            }
            self.open.remove(&segment.flow);
            if !segment.ack {
                // The ports are used again; a SYN with ACK is the answer to one that was seen.
                self.open.remove(&segment.flow.reverse());
            }
        }
        let at = self.directions.len();
        let connection = self.open.get(&segment.flow.reverse()).copied().unwrap_or(at);
        let connection = self.directions.get(connection).map_or(at, |reverse| reverse.connection);
        self.open.insert(segment.flow, at);
        self.directions.push(Segments {
            flow: segment.flow,
            connection,
            syn: None,
            near: (segment.sequence, 0),
            first: None,
            segments: Vec::new(),
        });
        at
    }

    /// The connections in their order, each with the directions in which data was sent.
    pub(super) fn connections(self) -> Vec<Vec<Direction>> {
        let mut connections: Vec<_> = (0..self.directions.len()).map(|_| Vec::new()).collect();
        for direction in self.directions {
            let Some(first) = direction.first else { continue };
            if let Some(connection) = connections.get_mut(direction.connection) {
                connection.push(direction.join(first));
            }
        }
        connections.retain(|directions| !directions.is_empty());
        connections
    }
}

impl Segments {
    fn add(&mut self, segment: &Segment<'_>, time: Option<u64>) {
        let mut sequence = segment.sequence;
        if segment.syn {
            // The SYN itself counts as one.
            sequence = sequence.wrapping_add(1);
            self.syn = Some(segment.sequence);
            if self.segments.is_empty() {
                self.near = (sequence, 0);
            }
        }
        if segment.payload.is_empty() {
            return;
        }
        let (near, octet) = self.near;
        let distance = sequence.wrapping_sub(near).cast_signed();
        let offset = octet + i64::from(distance);
        self.near = (sequence, offset);
        self.segments.push(Data { offset, time, octets: segment.payload.to_vec() });
    }

    /// Puts the segments in order.
    fn join(self, first: usize) -> Direction {
        // A probe may repeat the octet in front of the first one, which is the SYN's.
        let runs = runs(self.segments, if self.syn.is_some() { 0 } else { i64::MIN });
        let start = match (self.syn, runs.first_key_value()) {
            (None, Some((&offset, _))) => offset,
            _ => 0,
        };
        let mut pieces: Vec<Piece> = Vec::new();
        let mut end = start;
        let mut latest = None;
        for (offset, Data { time, octets, .. }) in runs {
            let missing = usize::try_from(offset - end).unwrap_or(0);
            if missing > 0 || pieces.is_empty() {
                let offset = usize::try_from(offset - start).unwrap_or(0);
                pieces.push(Piece { offset, missing, ..Piece::default() });
            }
            if let Some(piece) = pieces.last_mut() {
                // The application gets octets in order: not before those in front of them came.
                latest = latest.max(time);
                piece.times.extend(latest.map(|time| (piece.octets.len(), time)));
                piece.octets.extend_from_slice(&octets);
            }
            end = offset + length(&octets);
        }
        Direction { flow: self.flow, starts_at_syn: self.syn.is_some(), first, pieces }
    }
}

/// The octets of all segments from `floor` on by their offset, each only once: those that came first count.
fn runs(segments: Vec<Data>, floor: i64) -> BTreeMap<i64, Data> {
    let mut runs: BTreeMap<i64, Data> = BTreeMap::new();
    for Data { offset, time, octets } in segments {
        let end = offset + length(&octets);
        let mut at = offset.max(floor);
        while at < end {
            let before = runs.range(..=at).next_back().map(|(start, data)| start + length(&data.octets));
            if let Some(known) = before.filter(|known| *known > at) {
                at = known;
                continue;
            }
            let next = runs.range(at..end).next().map_or(end, |(&start, _)| start);
            let within = |at: i64| usize::try_from(at - offset).unwrap_or(0);
            let octets = octets.get(within(at)..within(next)).unwrap_or_default().to_vec();
            runs.insert(at, Data { offset: at, time, octets });
            at = next;
        }
    }
    runs
}

fn length(octets: &[u8]) -> i64 {
    i64::try_from(octets.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(from: u16, to: u16) -> Flow {
        let address = |port| ([127, 0, 0, 1], port).into();
        Flow { from: address(from), to: address(to) }
    }

    fn segment(flow: Flow, sequence: u32, payload: &[u8]) -> Segment<'_> {
        Segment { flow, sequence, syn: false, ack: true, payload }
    }

    fn syn(flow: Flow, sequence: u32, ack: bool) -> Segment<'static> {
        Segment { flow, sequence, syn: true, ack, payload: &[] }
    }

    /// What the segments make, a piece as its offset, the octets missing before it, and its text.
    fn joined(segments: &[Segment<'_>]) -> Vec<Vec<(usize, usize, String)>> {
        let mut streams = Streams::default();
        segments.iter().for_each(|segment| streams.add(segment, None));
        let piece = |piece: Piece| (piece.offset, piece.missing, String::from_utf8(piece.octets).unwrap());
        let directions = streams.connections().into_iter().flatten();
        directions.map(|direction| direction.pieces.into_iter().map(piece).collect()).collect()
    }

    fn one(text: &str) -> Vec<(usize, usize, String)> {
        vec![(0, 0, text.into())]
    }

    #[test]
    fn order_retransmission_and_overlap_do_not_matter() {
        let a = flow(1, 2);
        let segments =
            [syn(a, 9, false), segment(a, 13, b"def"), segment(a, 10, b"abc"), segment(a, 10, b"abc")];
        assert_eq!(joined(&segments), [one("abcdef")]);
        let overlap = [segment(a, 10, b"abcd"), segment(a, 12, b"cdef"), segment(a, 11, b"bc")];
        assert_eq!(joined(&overlap), [one("abcdef")]);
        let first_counts = [segment(a, 12, b"CD"), segment(a, 10, b"abcdef"), segment(a, 10, b"XXXXXX")];
        assert_eq!(joined(&first_counts), [one("abCDef")]);
    }

    #[test]
    fn sequence_numbers_wrap() {
        let a = flow(1, 2);
        let segments = [syn(a, u32::MAX - 2, false), segment(a, 1, b"cd"), segment(a, u32::MAX - 1, b"ab")];
        assert_eq!(joined(&segments)[0].len(), 2);
        let segments = [syn(a, u32::MAX - 2, false), segment(a, 0, b"cd"), segment(a, u32::MAX - 1, b"ab")];
        assert_eq!(joined(&segments), [one("abcd")]);
    }

    #[test]
    fn a_gap_is_told() {
        let a = flow(1, 2);
        let segments = [syn(a, 9, false), segment(a, 10, b"ab"), segment(a, 15, b"fg")];
        assert_eq!(joined(&segments), [vec![(0, 0, "ab".into()), (5, 3, "fg".into())]]);
        let from_the_start = [syn(a, 9, false), segment(a, 12, b"c")];
        assert_eq!(joined(&from_the_start), [vec![(2, 2, "c".into())]]);
    }

    #[test]
    fn both_directions_belong_to_one_connection_and_ports_are_used_again() {
        let (a, b) = (flow(1, 2), flow(2, 1));
        let mut streams = Streams::default();
        for segment in [
            syn(a, 0, false),
            syn(b, 50, true),
            segment(a, 1, b"x"),
            segment(b, 51, b"y"),
            syn(a, 7000, false),
            syn(a, 7000, false),
            syn(b, 900, true),
            segment(b, 901, b"z"),
        ] {
            streams.add(&segment, None);
        }
        let texts: Vec<Vec<_>> = streams
            .connections()
            .into_iter()
            .map(|directions| {
                directions.into_iter().map(|direction| direction.pieces[0].octets.clone()).collect()
            })
            .collect();
        assert_eq!(texts, [vec![b"x".to_vec(), b"y".to_vec()], vec![b"z".to_vec()]]);
    }

    #[test]
    fn a_probe_before_the_first_octet_is_dropped() {
        let a = flow(1, 2);
        let segments = [syn(a, 9, false), segment(a, 9, b"?"), segment(a, 10, b"ab")];
        assert_eq!(joined(&segments), [one("ab")]);
    }
}
