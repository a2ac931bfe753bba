//! What the tests of smpp-embassy stand on: a [virtual clock](clock), an [executor](block_on), and a [transport](Wire)
//! with a peer behind it, which hesitates, cuts and fails as the test wants.

pub mod clock;
mod executor;
mod peer;
mod wire;

pub use executor::{Dropping, block_on};
pub use peer::MessageCentre;
pub use wire::{Habits, LineError, Peer, Wire};
