//! What the tests of smpp-embassy stand on: a [virtual clock](clock), an [executor](block_on), a [transport](Wire) with a
//! peer behind it, which hesitates, cuts and fails as the test wants, and one [between two sides](pair), which holds little.

pub mod clock;
mod executor;
mod pair;
mod peer;
mod wire;

pub use executor::{Dropping, apart, block_on};
pub use pair::{End, pair};
pub use peer::MessageCentre;
pub use wire::{Habits, LineError, Peer, Wire};
