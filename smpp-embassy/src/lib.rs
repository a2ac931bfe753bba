#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;
// The tests' clock, which embassy-time is linked with.
#[cfg(test)]
use smpp_embassy_testing as _;

#[macro_use]
mod fmt;

pub mod blocking;
mod client;
mod clock;
mod connection;
mod error;
mod line;
#[cfg(feature = "net")]
pub mod net;
mod server;

pub use client::{Bound, Client};
pub use clock::now;
pub use connection::Buffers;
pub use error::Error;
pub use server::Server;
pub use smpp_core::link::Outbox;
