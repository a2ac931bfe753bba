//! `smpp send`, `listen` and `demo` from outside: against `smpp smsc`, and against peers that do what a script says.

mod aside;
mod authority;
mod bad_input;
mod demo;
mod listen;
mod output;
mod program;
mod reading;
#[cfg(debug_assertions)]
#[path = "../../src/reference.rs"]
mod reference;
#[cfg(debug_assertions)]
mod reference_is_used;
mod send;
mod send_ends;
#[path = "../../../tests/support/mod.rs"]
mod support;
mod wavix;
mod wavix_receipts;
