//! Writes captures: TCP segments in packets of several link layers, in files of both formats.

use std::net::IpAddr;

/// One TCP segment.
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) from: (IpAddr, u16),
    pub(crate) to: (IpAddr, u16),
    pub(crate) sequence: u32,
    pub(crate) flags: u8,
    pub(crate) data: Vec<u8>,
}

pub(crate) const SYN: u8 = 0x02;
pub(crate) const ACK: u8 = 0x10;

/// Link layers, tunnels, and packets in pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    Null,
    Ethernet,
    Raw,
    Cooked,
    Cooked2,
    Vlan,
    Ppp,
    PppHdlc,
    PppOverEthernet,
    Gre,
    GreWithKey,
    IpInIp,
    /// Fragments of eight octets, the last one first.
    Fragments,
}

impl Link {
    /// Its number in files.
    fn number(self) -> u32 {
        match self {
            Self::Null => 0,
            Self::Ethernet | Self::Vlan | Self::PppOverEthernet => 1,
            Self::Ppp => 9,
            Self::PppHdlc => 50,
            Self::Raw | Self::Gre | Self::GreWithKey | Self::IpInIp | Self::Fragments => 101,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
        }
    }
}

/// An IPv4 packet around a payload of this kind.
fn around(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 20).unwrap().to_be_bytes();
    [&[0x45, 0][..], &length, &[0, 0, 0x40, 0, 64, number, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2], payload]
        .concat()
}

impl Segment {
    fn tcp(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        octets.extend(self.from.1.to_be_bytes());
        octets.extend(self.to.1.to_be_bytes());
        octets.extend(self.sequence.to_be_bytes());
        octets.extend([0, 0, 0, 0, 0x50, self.flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        octets.extend(&self.data);
        octets
    }

    fn ip(&self) -> (u16, Vec<u8>) {
        let tcp = self.tcp();
        let length = u16::try_from(tcp.len()).unwrap();
        match (self.from.0, self.to.0) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let mut octets = vec![0x45, 0];
                octets.extend((length + 20).to_be_bytes());
                octets.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
                octets.extend(from.octets().into_iter().chain(to.octets()).chain(tcp));
                (0x0800, octets)
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let mut octets = vec![0x60, 0, 0, 0];
                octets.extend(length.to_be_bytes());
                octets.extend([6, 64]);
                octets.extend(from.octets().into_iter().chain(to.octets()).chain(tcp));
                (0x86DD, octets)
            }
            _ => panic!("one version of IP"),
        }
    }

    /// The packets with their link layer.
    pub(crate) fn packets(&self, link: Link) -> Vec<Vec<u8>> {
        let (protocol, ip) = self.ip();
        if link != Link::Fragments {
            return vec![Self::packet(protocol, ip, link)];
        }
        let (header, tcp) = ip.split_at(if protocol == 0x0800 { 20 } else { 40 });
        let pieces = tcp.chunks(8).enumerate().rev();
        let id = self.sequence.to_be_bytes();
        pieces
            .map(|(at, piece)| {
                let is_more = (at + 1) * 8 < tcp.len();
                let mut header = header.to_vec();
                if protocol == 0x0800 {
                    header[2..4].copy_from_slice(&u16::try_from(20 + piece.len()).unwrap().to_be_bytes());
                    header[4..6].copy_from_slice(&id[2..]);
                    let more = if is_more { 0x2000 } else { 0 };
                    header[6..8].copy_from_slice(&(more | u16::try_from(at).unwrap()).to_be_bytes());
                } else {
                    header[4..6].copy_from_slice(&u16::try_from(8 + piece.len()).unwrap().to_be_bytes());
                    header[6] = 44;
                    let place = (u16::try_from(at).unwrap() << 3 | u16::from(is_more)).to_be_bytes();
                    header.extend([&[6, 0][..], &place, &id].concat());
                }
                [&header, piece].concat()
            })
            .collect()
    }

    fn packet(protocol: u16, ip: Vec<u8>, link: Link) -> Vec<u8> {
        let ppp = if protocol == 0x0800 { 0x21 } else { 0x57 };
        let protocol = protocol.to_be_bytes();
        let ip = match link {
            Link::Gre => around(47, &[&[0, 0], &protocol[..], &ip].concat()),
            Link::GreWithKey => around(47, &[&[0xB0, 0], &protocol[..], &[0; 12], &ip].concat()),
            Link::IpInIp => around(if ppp == 0x21 { 4 } else { 41 }, &ip),
            _ => ip,
        };
        let front = match link {
            Link::Null => vec![2, 0, 0, 0],
            Link::Ethernet => [&[0; 12][..], &protocol].concat(),
            Link::Raw | Link::Gre | Link::GreWithKey | Link::IpInIp | Link::Fragments => Vec::new(),
            Link::Vlan => [&[0; 12][..], &[0x81, 0, 0, 7], &protocol].concat(),
            Link::Ppp => vec![ppp],
            Link::PppHdlc => vec![0xFF, 0x03, 0, ppp],
            Link::PppOverEthernet => [&[0; 12][..], &[0x88, 0x64, 0x11, 0, 0, 1, 0, 0, 0, ppp]].concat(),
            Link::Cooked => [&[0; 14][..], &protocol].concat(),
            Link::Cooked2 => [&protocol[..], &[0; 18]].concat(),
        };
        let mut packet = [front, ip].concat();
        if link == Link::Ethernet {
            // Short frames are padded on the wire.
            packet.resize(packet.len().max(60), 0);
        }
        packet
    }
}

/// A classic file; packet `n` is captured at second `n` and a half.
pub(crate) fn pcap(link: Link, segments: &[Segment], is_big_endian: bool) -> Vec<u8> {
    classic(link, segments, is_big_endian, 0xA1B2_C3D4, 500_000)
}

/// A classic file with nanoseconds.
pub(crate) fn pcap_nanoseconds(link: Link, segments: &[Segment]) -> Vec<u8> {
    classic(link, segments, false, 0xA1B2_3C4D, 500_000_000)
}

fn classic(link: Link, segments: &[Segment], is_big_endian: bool, magic: u32, half: u32) -> Vec<u8> {
    let word = |word: u32| if is_big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
    let version = if is_big_endian { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
    let mut file = [word(magic), version, word(0), word(0), word(0xFFFF), word(link.number())].concat();
    for (second, segment) in (0..).zip(segments) {
        for packet in segment.packets(link) {
            let length = word(u32::try_from(packet.len()).unwrap());
            file.extend([word(second), word(half), length, length].concat());
            file.extend(packet);
        }
    }
    file
}

/// A file of the next generation, with a second interface of another link layer in front of the one in use.
pub(crate) fn pcapng(link: Link, segments: &[Segment], is_big_endian: bool) -> Vec<u8> {
    let word = |word: u32| if is_big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
    let half = |half: u16| if is_big_endian { half.to_be_bytes() } else { half.to_le_bytes() };
    let block = |kind: u32, body: &[u8]| {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = word(u32::try_from(12 + body.len() + padding).unwrap());
        [&word(kind)[..], &length, body, &[0; 3][..padding], &length].concat()
    };
    let interface = |link: u32| [&half(u16::try_from(link).unwrap())[..], &[0; 2], &word(0x4_0000)].concat();
    let section = [&word(0x1A2B_3C4D)[..], &half(1), &half(0), &[0xFF; 8]].concat();
    let mut file =
        [block(0x0A0D_0D0A, &section), block(1, &interface(147)), block(1, &interface(link.number()))]
            .concat();
    for (second, segment) in (0_u64..).zip(segments) {
        let ticks = second * 1_000_000 + 500_000;
        let low = u32::try_from(ticks & 0xFFFF_FFFF).unwrap();
        let high = u32::try_from(ticks >> 32).unwrap();
        for packet in segment.packets(link) {
            let length = u32::try_from(packet.len()).unwrap();
            let words: Vec<u8> = [1, high, low, length, length].into_iter().flat_map(word).collect();
            file.extend(block(6, &[&words[..], &packet].concat()));
        }
    }
    file
}
