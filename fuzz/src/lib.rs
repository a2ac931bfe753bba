//! What must hold for any octets, as functions that panic where it does not.
//!
//! `cargo test -p smpp-fuzz` runs each of them over a fixed list of inputs and over the seeds in `seeds/`;
//! `cargo fuzz run --features libfuzzer --sanitizer none TARGET` runs one of them over inputs that nobody thought of. An
//! input is a list of choices, read by [`Source`], or octets for the code under test.

mod codec;
mod session;
mod sms;
mod source;
mod text;

pub use codec::{frame, pdu};
pub use session::{link, session_octets, session_pair};
pub use sms::{reassemble, receipt, split_join, tracker};
pub use source::Source;
pub use text::text;

#[cfg(test)]
mod tests;
