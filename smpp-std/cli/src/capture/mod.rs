//! Captures of network traffic: the TCP streams in which SMPP was spoken, put together again.

mod file;
mod packet;
mod stream;

use crate::decode::{Input, Piece};
use packet::Packets;
use smpp_core::frame::{Header, MAX_PDU};
use smpp_core::pdu::HEADER_LEN;
use std::fmt;
use std::net::SocketAddr;
use stream::Streams;

pub(crate) use file::is_capture;

/// One direction of a TCP connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Flow {
    /// Who sends.
    pub(crate) from: SocketAddr,
    /// Who receives.
    pub(crate) to: SocketAddr,
}

impl Flow {
    /// The other direction.
    fn reverse(self) -> Self {
        Self { from: self.to, to: self.from }
    }

    fn has_port(self, ports: &[u16]) -> bool {
        ports.contains(&self.from.port()) || ports.contains(&self.to.port())
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {}", self.from, self.to)
    }
}

/// The port that IANA gave to SMPP.
const SMPP_PORT: u16 = 2775;

/// The directions of all SMPP connections, each an input, in the order in which they began to talk.
///
/// SMPP is what runs on `ports`. Without any it is what runs on its port or has the header of a PDU where it starts;
/// where a stream was captured from its middle or has a gap, that is the first place that looks like a PDU.
///
/// Beside them a line for the user if the file breaks off.
///
/// # Errors
/// One line for the user when the file cannot be read or holds no SMPP.
pub(crate) fn inputs(content: &[u8], ports: &[u16]) -> Result<(Vec<Input>, Option<String>), String> {
    let mut streams = Streams::default();
    let mut packets = Packets::new();
    let breaks_off = file::packets(content, |packet| {
        packets.take(packet.link, packet.data, &mut |segment| streams.add(segment, packet.time));
    })?;
    let connections = streams.connections();
    let count = connections.len();
    let mut directions = Vec::new();
    for mut connection in connections {
        for direction in &mut connection {
            direction.pieces.iter_mut().enumerate().for_each(|(at, piece)| {
                if at > 0 || !direction.starts_at_syn {
                    piece.skipped = find_pdu(&piece.octets).unwrap_or(piece.octets.len());
                }
            });
        }
        let is_smpp = connection.iter().any(|direction| match ports {
            [] => direction.flow.has_port(&[SMPP_PORT]) || direction.pieces.iter().any(starts_with_pdu),
            ports => direction.flow.has_port(ports),
        });
        directions.extend(connection.into_iter().filter(|_| is_smpp));
    }
    if directions.is_empty() {
        return Err(format!("no SMPP in {count} TCP connections; name its port with --port if it is there"));
    }
    directions.sort_by_key(|direction| direction.first);
    let input = |direction: stream::Direction| Input { pieces: direction.pieces, flow: Some(direction.flow) };
    Ok((directions.into_iter().map(input).collect(), breaks_off))
}

fn starts_with_pdu(piece: &Piece) -> bool {
    piece.octets.get(piece.skipped..).is_some_and(looks_like_pdu)
}

/// Where the first PDU starts.
fn find_pdu(octets: &[u8]) -> Option<usize> {
    (0..octets.len()).find(|&at| octets.get(at..).is_some_and(looks_like_pdu))
}

/// Whether a PDU may start here: a header of a known command, and another one behind it if that was captured.
fn looks_like_pdu(octets: &[u8]) -> bool {
    let length = |octets| {
        let header = Header::read(octets)?;
        let length = usize::try_from(header.command_length).ok()?;
        let is_one = (HEADER_LEN..=MAX_PDU).contains(&length) && header.command_id.name().is_some();
        is_one.then_some(length)
    };
    match length(octets).map(|length| octets.get(length..)) {
        None => false,
        Some(Some(next @ [.., _])) if next.len() >= HEADER_LEN => length(next).is_some(),
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    const LINK: &str = "00000010 00000015 00000000 00000001";

    fn octets(text: &str) -> Vec<u8> {
        hex::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_pdu_is_found_behind_the_end_of_another() {
        let stream = octets(&format!("6f6f 0000 0010 00 {LINK} {LINK}"));
        assert_eq!(find_pdu(&stream), Some(7));
        assert_eq!(find_pdu(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), None);
    }

    #[test]
    fn a_header_counts_only_when_another_follows() {
        let stream = octets(&format!("{LINK} 00000000 00000000 00000000 00000000 {LINK}"));
        assert_eq!(find_pdu(&stream), Some(32));
        assert!(looks_like_pdu(&octets(LINK)));
    }
}
