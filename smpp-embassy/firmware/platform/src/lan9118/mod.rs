//! The Ethernet controller LAN9118 of SMSC (today Microchip) for `embassy-net`: frames through its FIFOs, one interrupt
//! for arrivals and for the cable.

mod registers;

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Context;
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;
use registers::{Mac, Phy, Register, read, read_mac, read_phy, write, write_mac, write_phy};

/// The longest frame without its checksum: Ethernet header and 1,500 octets.
const FRAME_MAX: usize = 1514;
/// The checksum that ends a received frame.
const CHECKSUM_LEN: usize = 4;
/// What a frame to be sent needs at most in the FIFO: two command words and whole words of data.
const TX_SPACE: u32 = 8 + FRAME_MAX.next_multiple_of(4) as u32;

/// What the byte test reads when the bus is right.
const BYTE_TEST: u32 = 0x8765_4321;
/// Interrupts: a frame arrived; the PHY has news.
const INT_RX_STATUS: u32 = 1 << 3;
const INT_PHY: u32 = 1 << 18;
/// News of the PHY: link down; negotiation done, so link up.
const PHY_LINK_DOWN: u32 = 1 << 4;
const PHY_NEGOTIATED: u32 = 1 << 6;
/// In the PHY's basic status.
const LINK_IS_UP: u32 = 1 << 2;
/// In the status of a received frame.
const RX_ERROR: u32 = 1 << 15;
/// Command words of a frame to be sent: first segment, last segment.
const TX_WHOLE_FRAME: u32 = 0x3000;

/// Wakes the network stack's task.
static WAKER: AtomicWaker = AtomicWaker::new();

/// The Ethernet controller.
#[derive(Debug)]
pub struct Lan9118 {
    link_is_up: bool,
    received: Frame,
    to_send: Frame,
}

#[derive(Debug)]
struct Frame([u8; FRAME_MAX]);

impl Lan9118 {
    /// Resets the chip and switches it on. `None` when there is no chip, or when it was started before.
    pub fn start() -> Option<Self> {
        static STARTED: AtomicBool = AtomicBool::new(false);
        if read(Register::ByteTest) != BYTE_TEST || STARTED.swap(true, Ordering::Relaxed) {
            return None;
        }
        // Soft reset, then 5 KiB of the 16 for sending and the bit that must be one.
        write(Register::HardwareConfig, 1);
        while read(Register::HardwareConfig) & 1 != 0 {}
        write(Register::HardwareConfig, 0x0015_0000);

        write(Register::InterruptEnable, 0);
        write(Register::InterruptStatus, u32::MAX);
        // Tell of the first frame that waits; the line is active high, push-pull, and on.
        write(Register::FifoInterrupt, 0x4800_0000);
        write(Register::IrqConfig, 0x111);
        write_phy(Phy::InterruptMask, PHY_LINK_DOWN | PHY_NEGOTIATED);

        write(Register::RxConfig, 0);
        write(Register::TxConfig, 1 << 1);
        // Full duplex, transmitter and receiver on.
        write_mac(Mac::Control, 0x0010_000C);
        crate::interrupt::unmask_ethernet();
        let link_is_up = read_phy(Phy::BasicStatus) & LINK_IS_UP != 0;
        Some(Self { link_is_up, received: Frame::EMPTY, to_send: Frame::EMPTY })
    }
}

/// The chip's interrupt: off until the stack has looked, so that it does not fire again at once.
pub(crate) fn on_interrupt() {
    write(Register::InterruptEnable, 0);
    WAKER.wake();
}

/// Waits for the chip's next interrupt.
fn wait(cx: &Context<'_>) {
    WAKER.register(cx.waker());
    write(Register::InterruptStatus, INT_RX_STATUS);
    write(Register::InterruptEnable, INT_RX_STATUS | INT_PHY);
}

fn frames_waiting() -> bool {
    read(Register::RxFifoInfo) & 0x00FF_0000 != 0
}

impl Frame {
    const EMPTY: Self = Self([0; FRAME_MAX]);

    /// Takes the first waiting frame from the FIFO and gives its length; `None` when it is broken or too long.
    fn receive(&mut self) -> Option<usize> {
        let status = read(Register::RxStatus);
        let total = (status >> 16 & 0x3FFF) as usize;
        let mut places = self.0.chunks_mut(4);
        // Every word must leave the FIFO, or the next frame would start with the rest of this one.
        for _ in 0..total.div_ceil(4) {
            let word = read(Register::RxData).to_le_bytes();
            if let Some(place) = places.next() {
                place.copy_from_slice(&word[..place.len()]);
            }
        }
        let len = total.checked_sub(CHECKSUM_LEN)?;
        (status & RX_ERROR == 0 && len <= FRAME_MAX).then_some(len)
    }

    /// Puts the first `len` octets into the FIFO as a frame.
    fn send(&self, len: usize) {
        write(Register::TxData, TX_WHOLE_FRAME | len as u32);
        write(Register::TxData, len as u32);
        for octets in self.0[..len].chunks(4) {
            let mut word = [0; 4];
            word[..octets.len()].copy_from_slice(octets);
            write(Register::TxData, u32::from_le_bytes(word));
        }
        // A status stays for each frame sent. Nobody asks for it: TCP notices what was lost.
        while read(Register::TxFifoInfo) & 0x00FF_0000 != 0 {
            read(Register::TxStatus);
        }
    }
}

impl Driver for Lan9118 {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = ToSend<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Received<'_>, ToSend<'_>)> {
        if !frames_waiting() {
            // A frame that comes in between is either seen here or interrupts.
            wait(cx);
        }
        while frames_waiting() {
            if let Some(len) = self.received.receive() {
                return Some((Received(&mut self.received.0[..len]), ToSend(&mut self.to_send)));
            }
        }
        None
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<ToSend<'_>> {
        if read(Register::TxFifoInfo) & 0xFFFF >= TX_SPACE {
            return Some(ToSend(&mut self.to_send));
        }
        // The FIFO drains at line speed, so there is space by the next look.
        cx.waker().wake_by_ref();
        None
    }

    fn link_state(&mut self, _cx: &mut Context<'_>) -> LinkState {
        if read(Register::InterruptStatus) & INT_PHY != 0 {
            read_phy(Phy::InterruptSource);
            self.link_is_up = read_phy(Phy::BasicStatus) & LINK_IS_UP != 0;
        }
        if self.link_is_up { LinkState::Up } else { LinkState::Down }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME_MAX;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        let [a, b, c, d] = read_mac(Mac::AddressLow).to_le_bytes();
        let [e, f, ..] = read_mac(Mac::AddressHigh).to_le_bytes();
        HardwareAddress::Ethernet([a, b, c, d, e, f])
    }
}

/// A received frame.
#[derive(Debug)]
pub struct Received<'a>(&'a mut [u8]);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame to be sent.
#[derive(Debug)]
pub struct ToSend<'a>(&'a mut Frame);

impl TxToken for ToSend<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let result = f(&mut self.0.0[..len]);
        self.0.send(len);
        result
    }
}
