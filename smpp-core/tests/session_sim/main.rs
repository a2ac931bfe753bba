//! Two sessions against each other, without a transport: at random over a bad line, and in every interleaving that is
//! possible within a few steps. What must hold in all of them is checked in `pair.rs`.

mod explore;
mod pair;
mod random;
