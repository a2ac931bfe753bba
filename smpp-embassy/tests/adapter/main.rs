//! Clients and servers over transports that hesitate, cut, fail and lie, on a clock that nobody waits for.

mod cancel;
mod faults;
mod full;
mod slow;
mod support;
mod time;
