//! How a program ends: the exit codes of the command-line tool.

use cortex_m_semihosting::heprintln;
use embassy_time::Instant;
use platform::{semihosting, stack};

/// The exit code of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Outcome {
    /// Everything was delivered.
    Done = 0,
    /// Something was refused or not delivered.
    Refused = 1,
    /// No connection, no bind, or a certificate that is not right.
    NotConnected = 3,
    /// It took too long.
    TimedOut = 4,
}

/// Ends the program with a line on how it went.
pub fn end(outcome: Outcome) -> ! {
    let millis = Instant::now().as_millis();
    heprintln!("{:?} after {} ms, {} octets of stack at most", outcome, millis, stack::peak());
    semihosting::exit(outcome as u32)
}
