//! One packet: from the link layer up to the TCP segment in it.

use super::Flow;
use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;
use std::net::SocketAddr;

/// A TCP segment, with or without data.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    /// From whom to whom.
    pub(super) flow: Flow,
    /// The number of its first octet; that of the SYN if it is set.
    pub(super) sequence: u32,
    /// It opens its direction.
    pub(super) syn: bool,
    /// It answers the other side; a SYN without it opens the connection.
    pub(super) ack: bool,
    /// Its data.
    pub(super) payload: &'a [u8],
}

/// The segment in a packet; `None` when it is no TCP, or one of a link layer that we do not know.
pub(super) fn segment(link: Linktype, packet: &[u8]) -> Option<Segment<'_>> {
    /// Raw IP by the numbers that some systems give it in files.
    const RAW_BSD: Linktype = Linktype(12);
    const RAW_OPENBSD: Linktype = Linktype(14);
    let sliced = match link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(packet).ok()?,
        // Linux "cooked": 16 octets with the protocol last, or 20 with it first.
        Linktype::LINUX_SLL => from_ether_type(packet.get(14..16)?, packet.get(16..)?)?,
        Linktype::LINUX_SLL2 => from_ether_type(packet.get(..2)?, packet.get(20..)?)?,
        Linktype::NULL | Linktype::LOOP => LaxSlicedPacket::from_ip(packet.get(4..)?).ok()?,
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | RAW_BSD | RAW_OPENBSD => {
            LaxSlicedPacket::from_ip(packet).ok()?
        }
        _ => return None,
    };
    let (from, to) = match sliced.net? {
        LaxNetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        LaxNetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        LaxNetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { return None };
    Some(Segment {
        flow: Flow {
            from: SocketAddr::new(from, tcp.source_port()),
            to: SocketAddr::new(to, tcp.destination_port()),
        },
        sequence: tcp.sequence_number(),
        syn: tcp.syn(),
        ack: tcp.ack(),
        payload: tcp.payload(),
    })
}

fn from_ether_type<'a>(protocol: &[u8], payload: &'a [u8]) -> Option<LaxSlicedPacket<'a>> {
    let protocol = u16::from_be_bytes(*protocol.first_chunk()?);
    Some(LaxSlicedPacket::from_ether_type(EtherType(protocol), payload))
}
