//! The `smpp` program without a network, driven from outside as its users drive it.

mod broken;
mod capture;
mod decode;
mod deviations;
mod encode;
mod generator;
mod input;
mod pcap;
mod receipt;
mod run;
mod split;
mod text;
mod wire;
