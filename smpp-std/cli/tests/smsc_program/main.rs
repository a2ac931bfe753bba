//! `smpp smsc` from outside, as a program.

mod behaviour;
mod faults;
mod simulator;
mod tls;
