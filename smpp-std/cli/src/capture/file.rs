//! The packets of a pcap or pcapng file.

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, InterfaceDescriptionBlock, Linktype, PcapBlockOwned, PcapError, create_reader};

/// One packet as it was captured.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    /// What stands at its start.
    pub(super) link: Linktype,
    /// Microseconds since 1970, if the file says.
    pub(super) time: Option<u64>,
    /// Its octets, as many as were captured.
    pub(super) data: &'a [u8],
}

/// Whether `content` starts as one of the file formats does, in either byte order.
pub(crate) fn is_capture(content: &[u8]) -> bool {
    const MAGICS: [u32; 4] = [0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34, 0x0A0D_0D0A];
    content.first_chunk().is_some_and(|magic| {
        MAGICS.contains(&u32::from_be_bytes(*magic)) || MAGICS.contains(&u32::from_le_bytes(*magic))
    })
}

/// Hands all packets to `f`. A file that breaks off is read as far as it goes; the line for the user that says so is given back.
///
/// # Errors
/// One line for the user when not even its start can be read.
pub(super) fn packets(content: &[u8], mut f: impl FnMut(Packet<'_>)) -> Result<Option<String>, String> {
    // One buffer for all of it and more: no block is too large for it, and there is always space to ask for more.
    let mut reader = create_reader(content.len().saturating_add(64), content)
        .map_err(|error| format!("cannot read this capture: {error}; save it as pcap or pcapng"))?;
    let mut interfaces = Interfaces::default();
    let mut count = 0;
    loop {
        let read = match reader.next() {
            Ok((length, block)) => {
                if let Some(packet) = interfaces.packet(&block) {
                    count += 1;
                    f(packet);
                }
                Some(length)
            }
            Err(PcapError::Eof) => return Ok(None),
            Err(PcapError::Incomplete(_)) => None,
            Err(_) => break,
        };
        match read {
            Some(length) => reader.consume(length),
            None if reader.refill().is_ok() => {}
            None => break,
        }
    }
    Ok(Some(format!("the capture breaks off behind packet {count}; what stands before is shown")))
}

/// What the file says of the places where it was captured.
#[derive(Default)]
struct Interfaces(Vec<Interface>);

#[derive(Clone, Copy)]
struct Interface {
    link: Linktype,
    /// Ticks of its clock a second.
    resolution: u64,
    /// Seconds to add.
    offset: i64,
}

impl Interface {
    fn time(self, ticks: u64) -> Option<u64> {
        let microseconds = u128::from(ticks) * 1_000_000 / u128::from(self.resolution.max(1));
        let offset = i128::from(self.offset) * 1_000_000;
        u64::try_from(i128::try_from(microseconds).ok()? + offset).ok()
    }
}

impl From<&InterfaceDescriptionBlock<'_>> for Interface {
    fn from(block: &InterfaceDescriptionBlock<'_>) -> Self {
        let resolution = block.ts_resolution().unwrap_or(1_000_000);
        Self { link: block.linktype, resolution, offset: block.ts_offset() }
    }
}

impl Interfaces {
    /// The packet in `block`, if it holds one.
    fn packet<'a>(&mut self, block: &'a PcapBlockOwned<'a>) -> Option<Packet<'a>> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                let resolution = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
                self.0 = vec![Interface { link: header.network, resolution, offset: 0 }];
                None
            }
            PcapBlockOwned::Legacy(block) => {
                let interface = self.0.first()?;
                let ticks = u64::from(block.ts_sec) * interface.resolution + u64::from(block.ts_usec);
                Some(Packet { link: interface.link, time: interface.time(ticks), data: block.data })
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                self.0.clear();
                None
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                self.0.push(block.into());
                None
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
                let interface = self.0.get(usize::try_from(block.if_id).ok()?)?;
                let ticks = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                Some(Packet { link: interface.link, time: interface.time(ticks), data: block.packet_data() })
            }
            PcapBlockOwned::NG(Block::SimplePacket(block)) => {
                Some(Packet { link: self.0.first()?.link, time: None, data: block.packet_data() })
            }
            PcapBlockOwned::NG(_) => None,
        }
    }
}
