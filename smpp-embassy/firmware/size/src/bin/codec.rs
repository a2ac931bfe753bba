//! Reads any PDU and writes any PDU.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::frame::{Frame, MAX_PDU, Split};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let mut rest = size::input();
        while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU) {
            if let Ok(pdu) = frame.pdu() {
                // Through memory, or the compiler would drop what a PDU that was just read does not need in writing.
                let pdu = black_box(pdu);
                let header = frame.header;
                output.put(|room| pdu.encode(header.command_status, header.sequence_number, room).ok());
            }
            rest = rest.get(frame.octets.len()..).unwrap_or_default();
        }
    })
}
