#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::cast_possible_truncation
    )
)]

#[cfg(test)]
extern crate std;

#[macro_use]
mod macros;

mod buffer;
mod error;
pub mod frame;
mod inspect;
pub mod link;
mod nul;
pub mod pdu;
pub mod provider;
pub mod session;
pub mod sms;
pub mod text;
mod time;
pub mod tlv;
pub mod types;
mod wire;

pub use buffer::Buffer;
pub use error::{DecodeError, EncodeError, Fault, Leniency};
pub use time::Instant;
pub use wire::{Deviation, Observe, Reader, Writer};
