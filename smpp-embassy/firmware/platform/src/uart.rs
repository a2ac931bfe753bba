//! The board's first UART (CMSDK APB UART), polled: a transport of `embedded-io` without interrupts.

use core::convert::Infallible;
use core::sync::atomic::{AtomicBool, Ordering};
use embedded_io::{ErrorType, Read, ReadReady, Write};

const BASE: usize = 0x4000_4000;
const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CTRL: usize = 0x08;
const BAUDDIV: usize = 0x10;

/// STATE: the transmitter's one place is taken.
const TX_FULL: u32 = 1;
/// STATE: an octet has arrived.
const RX_FULL: u32 = 1 << 1;
/// CTRL: both directions on.
const ENABLE: u32 = 0b11;
/// 1.5625 Mbit/s from a clock of 25 MHz; 16 is the least there is.
const DIVISOR: u32 = 16;

/// The UART behind QEMU's first `-serial`.
#[derive(Debug)]
pub struct Uart(());

impl Uart {
    /// Switches it on. `None` when somebody has it already.
    pub fn take() -> Option<Self> {
        static IS_TAKEN: AtomicBool = AtomicBool::new(false);
        if IS_TAKEN.swap(true, Ordering::Relaxed) {
            return None;
        }
        write(BAUDDIV, DIVISOR);
        write(CTRL, ENABLE);
        Some(Self(()))
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    /// Where nothing is there, the processor sleeps up to a millisecond, until the clock's interrupt.
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        if !has_arrived() {
            cortex_m::asm::wfi();
        }
        Ok(has_arrived())
    }
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for place in buffer {
            while count == 0 && !self.read_ready()? {}
            if !has_arrived() {
                break;
            }
            *place = read(DATA) as u8;
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, octets: &[u8]) -> Result<usize, Infallible> {
        let Some(&octet) = octets.first() else { return Ok(0) };
        self.flush()?;
        write(DATA, octet.into());
        Ok(1)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        while read(STATE) & TX_FULL != 0 {}
        Ok(())
    }
}

fn has_arrived() -> bool {
    read(STATE) & RX_FULL != 0
}

fn read(register: usize) -> u32 {
    // SAFETY: the address is that of a register of the UART, which touches no memory.
    unsafe { ((BASE + register) as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: the address is that of a register of the UART, which touches no memory.
    unsafe { ((BASE + register) as *mut u32).write_volatile(value) };
}
