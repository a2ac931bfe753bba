//! One packet: from the link layer, through tunnels, up to the TCP segment in it. What IP cut into fragments is joined first.

use super::Flow;
use etherparse::defrag::IpDefragPool;
use etherparse::{IpNumber, LaxIpPayloadSlice, LaxNetSlice, LaxSlicedPacket, SlicedPacket, TcpSlice};
use pcap_parser::Linktype;
use std::net::{IpAddr, SocketAddr};

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

/// So many tunnels may be within one another.
const TUNNELS: u8 = 4;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86DD;
/// Tags of VLANs (IEEE 802.1Q, 802.1ad).
const VLANS: [u16; 3] = [0x8100, 0x88A8, 0x9100];
/// A PPP session over Ethernet (RFC 2516).
const PPPOE: u16 = 0x8864;
/// PPP and Ethernet as GRE carries them (RFC 2637, RFC 7637).
const GRE_PPP: u16 = 0x880B;
const GRE_ETHERNET: u16 = 0x6558;

/// Finds segments in packets.
#[derive(Debug)]
pub(super) struct Packets {
    /// Fragments of IP packets of which others are still to come.
    fragments: IpDefragPool<(), ()>,
}

impl Packets {
    pub(super) fn new() -> Self {
        Self { fragments: IpDefragPool::new() }
    }

    /// Hands the segment in a packet to `f`. There is none where it is no TCP, one of a link layer that we do not know, or a
    /// fragment that is not the last.
    pub(super) fn take(&mut self, link: Linktype, packet: &[u8], f: &mut dyn FnMut(&Segment<'_>)) {
        if let Some(ip) = on_link(link, packet) {
            self.ip(ip, TUNNELS, f);
        }
    }

    fn ip(&mut self, packet: &[u8], tunnels: u8, f: &mut dyn FnMut(&Segment<'_>)) -> Option<()> {
        let sliced = LaxSlicedPacket::from_ip(packet).ok()?;
        let (from, to, payload) = match sliced.net.as_ref()? {
            LaxNetSlice::Ipv4(ip) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into(), ip.payload())
            }
            LaxNetSlice::Ipv6(ip) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into(), ip.payload())
            }
            LaxNetSlice::Arp(_) => return None,
        };
        let LaxIpPayloadSlice { ip_number, fragmented, payload, .. } = *payload;
        if !fragmented {
            return self.payload((from, to), ip_number, payload, tunnels, f);
        }
        let fragment = SlicedPacket::from_ip(packet).ok()?;
        // What contradicts the fragments before it is dropped, as a receiver does.
        let whole = self.fragments.process_sliced_packet(&fragment, (), ()).ok()??;
        self.payload((from, to), whole.ip_number, &whole.payload, tunnels, f)
    }

    fn payload(
        &mut self,
        (from, to): (IpAddr, IpAddr),
        number: IpNumber,
        payload: &[u8],
        tunnels: u8,
        f: &mut dyn FnMut(&Segment<'_>),
    ) -> Option<()> {
        match number {
            IpNumber::TCP => {
                let tcp = TcpSlice::from_slice(payload).ok()?;
                f(&Segment {
                    flow: Flow {
                        from: SocketAddr::new(from, tcp.source_port()),
                        to: SocketAddr::new(to, tcp.destination_port()),
                    },
                    sequence: tcp.sequence_number(),
                    syn: tcp.syn(),
                    ack: tcp.ack(),
                    payload: tcp.payload(),
                });
                Some(())
            }
            IpNumber::IPV4 | IpNumber::IPV6 => self.ip(payload, tunnels.checked_sub(1)?, f),
            IpNumber::GRE => self.ip(in_gre(payload)?, tunnels.checked_sub(1)?, f),
            _ => None,
        }
    }
}

/// The IP packet on a link.
fn on_link(link: Linktype, packet: &[u8]) -> Option<&[u8]> {
    /// Raw IP by the numbers that some systems give it in files.
    const RAW_BSD: Linktype = Linktype(12);
    const RAW_OPENBSD: Linktype = Linktype(14);
    const PPP: Linktype = Linktype(9);
    const PPP_HDLC: Linktype = Linktype(50);
    const PPP_ETHER: Linktype = Linktype(51);
    const PPP_WITH_DIRECTION: Linktype = Linktype(204);
    match link {
        Linktype::ETHERNET => in_ethernet(packet),
        // Linux "cooked": 16 octets with the protocol last, or 20 with it first.
        Linktype::LINUX_SLL => in_ether_type(number(packet.get(14..)?)?, packet.get(16..)?),
        Linktype::LINUX_SLL2 => in_ether_type(number(packet)?, packet.get(20..)?),
        Linktype::NULL | Linktype::LOOP => packet.get(4..),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | RAW_BSD | RAW_OPENBSD => Some(packet),
        PPP | PPP_HDLC => in_ppp(packet),
        PPP_ETHER => in_ppp(packet.get(6..)?),
        PPP_WITH_DIRECTION => in_ppp(packet.get(1..)?),
        _ => None,
    }
}

fn in_ethernet(frame: &[u8]) -> Option<&[u8]> {
    in_ether_type(number(frame.get(12..)?)?, frame.get(14..)?)
}

fn in_ether_type(kind: u16, payload: &[u8]) -> Option<&[u8]> {
    match kind {
        IPV4 | IPV6 => Some(payload),
        PPPOE => in_ppp(payload.get(6..)?),
        kind if VLANS.contains(&kind) => in_ether_type(number(payload.get(2..)?)?, payload.get(4..)?),
        _ => None,
    }
}

/// Behind the protocol of PPP, of one octet or two, and an address and control field that may be left out (RFC 1661 §2, RFC 1662
/// §3.1).
fn in_ppp(frame: &[u8]) -> Option<&[u8]> {
    match frame.strip_prefix(&[0xFF, 0x03]).unwrap_or(frame) {
        [0x00, 0x21 | 0x57, packet @ ..] | [0x21 | 0x57, packet @ ..] => Some(packet),
        _ => None,
    }
}

/// Behind a header of GRE with the fields that its flags announce (RFC 2784, RFC 2890, RFC 2637).
fn in_gre(packet: &[u8]) -> Option<&[u8]> {
    let [flags, version, ..] = *packet else { return None };
    let has = |flag: u8| usize::from(flags & flag != 0) * 4;
    let acknowledges = usize::from(version & 0x87 == 0x81) * 4;
    let payload = packet.get(4 + has(0x80) + has(0x20) + has(0x10) + acknowledges..)?;
    match number(packet.get(2..)?)? {
        GRE_PPP => in_ppp(payload),
        GRE_ETHERNET => in_ethernet(payload),
        kind => in_ether_type(kind, payload),
    }
}

fn number(octets: &[u8]) -> Option<u16> {
    octets.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}
