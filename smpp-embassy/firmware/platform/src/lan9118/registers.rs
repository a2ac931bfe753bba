//! The registers of the LAN9118, each of 32 bits, and the two register sets behind them: MAC and PHY.

use core::ptr::{read_volatile, with_exposed_provenance_mut, write_volatile};

/// Where the boards have the chip.
const BASE: usize = 0x4020_0000;

/// An offset from [`BASE`].
#[derive(Clone, Copy)]
#[repr(usize)]
pub(super) enum Register {
    RxData = 0x00,
    TxData = 0x20,
    RxStatus = 0x40,
    TxStatus = 0x48,
    IrqConfig = 0x54,
    /// Written with ones, it clears these bits.
    InterruptStatus = 0x58,
    InterruptEnable = 0x5C,
    ByteTest = 0x64,
    FifoInterrupt = 0x68,
    RxConfig = 0x6C,
    TxConfig = 0x70,
    HardwareConfig = 0x74,
    /// Bits 23 to 16: frames that wait.
    RxFifoInfo = 0x7C,
    /// Bits 23 to 16: transmit statuses that wait; 15 to 0: free octets for data.
    TxFifoInfo = 0x80,
    MacCommand = 0xA4,
    MacData = 0xA8,
}

/// A register of the MAC.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Mac {
    Control = 1,
    AddressHigh = 2,
    AddressLow = 3,
    MiiAccess = 6,
    MiiData = 7,
}

/// A register of the PHY.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Phy {
    BasicStatus = 1,
    /// Clears itself when it is read.
    InterruptSource = 29,
    InterruptMask = 30,
}

const BUSY: u32 = 1 << 31;
const MAC_READ: u32 = 1 << 30;
const MII_BUSY: u32 = 1;
const MII_WRITE: u32 = 1 << 1;
/// The PHY's address on its bus, in place.
const PHY_ADDRESS: u32 = 1 << 11;

pub(super) fn read(register: Register) -> u32 {
    // SAFETY: an aligned device register of the board that can be read.
    unsafe { read_volatile(with_exposed_provenance_mut::<u32>(BASE + register as usize)) }
}

pub(super) fn write(register: Register, value: u32) {
    // SAFETY: an aligned device register of the board; the chip masters no bus, so no value touches memory.
    unsafe { write_volatile(with_exposed_provenance_mut::<u32>(BASE + register as usize), value) }
}

pub(super) fn read_mac(register: Mac) -> u32 {
    write(Register::MacCommand, BUSY | MAC_READ | register as u32);
    wait_for_mac();
    read(Register::MacData)
}

pub(super) fn write_mac(register: Mac, value: u32) {
    write(Register::MacData, value);
    write(Register::MacCommand, BUSY | register as u32);
    wait_for_mac();
}

fn wait_for_mac() {
    while read(Register::MacCommand) & BUSY != 0 {}
}

pub(super) fn read_phy(register: Phy) -> u32 {
    write_mac(Mac::MiiAccess, PHY_ADDRESS | (register as u32) << 6 | MII_BUSY);
    wait_for_phy();
    read_mac(Mac::MiiData)
}

pub(super) fn write_phy(register: Phy, value: u32) {
    write_mac(Mac::MiiData, value);
    write_mac(Mac::MiiAccess, PHY_ADDRESS | (register as u32) << 6 | MII_WRITE | MII_BUSY);
    wait_for_phy();
}

fn wait_for_phy() {
    while read_mac(Mac::MiiAccess) & MII_BUSY != 0 {}
}
