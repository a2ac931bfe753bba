//! The driving loop: its policy and the traps that were met when it was written for one transport at a time.

mod half_open;
mod model;
mod pair;
mod random;
mod room;
mod support;
mod time;
