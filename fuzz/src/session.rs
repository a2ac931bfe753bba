//! Sessions: two against each other, by hand and in links, and one against octets that no peer would send.

mod link;
// As it runs in the core's own tests.
#[path = "../../smpp-core/tests/link/pair.rs"]
mod link_pair;
mod octets;
// The books of both applications are those of the simulation in the core's own tests.
#[path = "../../smpp-core/tests/session_sim/pair.rs"]
mod pair;
mod two;
mod watch;

pub use link::link;
pub use octets::session_octets;
pub use two::session_pair;
