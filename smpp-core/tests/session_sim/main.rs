//! Two sessions against each other, without a transport: at random over a bad line, and in every interleaving that is
//! possible within a few steps. What must hold in all of them is checked in `pair.rs`.

mod explore;
mod noise;
mod pair;
mod random;
mod undecoded;

use smpp_core::session::Config;
use std::time::Duration;

/// Times that make time-outs, link checks and unbinds happen within a few steps of each other.
fn config() -> Config {
    Config {
        response_timeout: Duration::from_secs(5),
        enquire_link: Duration::from_secs(7),
        inactivity: Duration::from_secs(40),
        ..Config::default()
    }
}
