//! What the programs of this folder share.

#![no_std]

pub mod network;
