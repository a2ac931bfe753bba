//! What the programs of this folder share.

#![no_std]

pub mod arguments;
pub mod events;
pub mod network;
pub mod outcome;
pub mod report;
#[cfg(feature = "tls")]
pub mod secure;
