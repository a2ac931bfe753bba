//! How long reading and writing take, beside a floor written by hand.
//!
//! `cargo bench -p smpp-core --bench codec` prints time and allocations; `smpp-core/benches/instructions codec` counts
//! instructions, which are the same on a busy machine.

mod cases;
mod floor;
#[path = "../harness/mod.rs"]
mod harness;

fn main() {
    cases::check();
    harness::main(cases::CASES);
}
