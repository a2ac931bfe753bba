//! `smpp smsc` from outside, as a program.

mod bad_input;
mod behaviour;
mod faults;
mod limits;
mod raw;
mod simulator;
mod stalled;
mod times;
mod tls;
