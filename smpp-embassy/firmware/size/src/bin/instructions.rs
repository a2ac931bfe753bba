//! How many instructions it takes to read and to write a PDU. Runs under `-icount shift=0`, where QEMU lets one nanosecond
//! pass for each instruction, so that the processor's timer of 25 MHz ticks once in 40.
//!
//! Prints, for each PDU of the input, the ticks of a thousand reads and of a thousand writes.

#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use smpp_core::frame::{Frame, MAX_PDU, Split};

const REPEATS: usize = 1000;
/// The timer counts down in 24 bits.
const TIMER: u32 = 0x00FF_FFFF;

#[cortex_m_rt::entry]
fn main() -> ! {
    start_timer();
    size::measure(|output| {
        let mut rest = size::input();
        while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU) {
            if let Ok(pdu) = frame.pdu() {
                size::print_number(ticks(|| _ = black_box(read(black_box(frame.octets)))));
                let header = frame.header;
                size::print_number(ticks(|| {
                    let pdu = black_box(&pdu);
                    let _ =
                        black_box(pdu.encode(header.command_status, header.sequence_number, output.room()));
                }));
            }
            rest = rest.get(frame.octets.len()..).unwrap_or_default();
        }
    })
}

fn read(octets: &[u8]) -> Option<smpp_core::pdu::Pdu<'_>> {
    match Frame::split(octets, MAX_PDU) {
        Ok(Split::Frame(frame)) => frame.pdu().ok(),
        _ => None,
    }
}

fn start_timer() {
    if let Some(mut peripherals) = cortex_m::Peripherals::take() {
        peripherals.SYST.set_clock_source(SystClkSource::Core);
        peripherals.SYST.set_reload(TIMER);
        peripherals.SYST.clear_current();
        peripherals.SYST.enable_counter();
    }
}

/// Ticks that a thousand runs of `work` take.
fn ticks(mut work: impl FnMut()) -> usize {
    let start = SYST::get_current();
    for _ in 0..REPEATS {
        work();
    }
    (start.wrapping_sub(SYST::get_current()) & TIMER) as usize
}
