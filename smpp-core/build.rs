//! Sets `smpp_small` where flash is scarce: without an operating system. With `RUSTFLAGS='--cfg smpp_small'` the tests run
//! that code on any machine.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(smpp_small)");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "none") {
        println!("cargo::rustc-cfg=smpp_small");
    }
}
