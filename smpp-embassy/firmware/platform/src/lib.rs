//! QEMU's boards mps2-an386 (Cortex-M4F) and mps2-an385 (Cortex-M3) for embassy.
//!
//! [`Lan9118`] is the Ethernet controller, [`start`] runs an async program that sleeps when it has nothing to do,
//! `embassy_time` works from the SysTick timer, and [`semihosting`] gives arguments, output and an exit code.
//! Without `async` there are [`Uart`], [`start_clock`] and [`micros`].

#![no_std]

mod executor;
mod failure;
mod interrupt;
mod lan9118;
pub mod semihosting;
pub mod stack;
mod time;
mod uart;

pub use executor::start;
pub use lan9118::Lan9118;
pub use time::{micros, start as start_clock};
pub use uart::Uart;
