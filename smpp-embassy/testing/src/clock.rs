//! A clock for `embassy_time` that stands still until everybody waits for it. Each thread, and so each test, has its own.

use embassy_time_driver::Driver;
use std::cell::RefCell;
use std::task::Waker;

struct VirtualClock;

embassy_time_driver::time_driver_impl!(static DRIVER: VirtualClock = VirtualClock);

#[derive(Default)]
struct State {
    now: u64,
    alarms: Vec<(u64, Waker)>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

impl Driver for VirtualClock {
    fn now(&self) -> u64 {
        STATE.with_borrow(|state| state.now)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        STATE.with_borrow_mut(|state| state.alarms.push((at, waker.clone())));
    }
}

/// Goes on to the next moment that somebody waits for and wakes all who do. `false` when nobody waits.
pub(crate) fn skip() -> bool {
    let due = STATE.with_borrow_mut(|state| {
        let next = state.alarms.iter().map(|(at, _)| *at).min()?;
        state.now = state.now.max(next);
        let now = state.now;
        Some(state.alarms.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>())
    });
    let is_any = due.is_some();
    for (_, waker) in due.into_iter().flatten() {
        waker.wake();
    }
    is_any
}
