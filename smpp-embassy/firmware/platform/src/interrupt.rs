//! The one device interrupt. Without a device crate there is no vector for it: `cortex-m-rt` sends it to the default handler.

use cortex_m_rt::exception;

/// The Ethernet controller's line.
const ETHERNET: i16 = 13;

#[derive(Clone, Copy)]
struct Line(i16);

// SAFETY: the number is that of a line the NVIC has, and nobody else uses it.
unsafe impl cortex_m::interrupt::InterruptNumber for Line {
    fn number(self) -> u16 {
        self.0.unsigned_abs()
    }
}

/// Lets the Ethernet controller interrupt.
pub(crate) fn unmask_ethernet() {
    // SAFETY: the handler below is in place, and no critical section relies on this line being masked.
    unsafe { cortex_m::peripheral::NVIC::unmask(Line(ETHERNET)) };
}

// SAFETY: no other code handles these exceptions, and the handler touches no data that is not made for interrupts.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if number == ETHERNET {
        crate::lan9118::on_interrupt();
    } else {
        panic!("interrupt {number}");
    }
}
