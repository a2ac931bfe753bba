//! Running one future, and dropping others where it hurts.

use crate::clock;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `future` to its end. When it only waits, the clock skips to what it waits for.
///
/// # Panics
/// When it waits for nothing: its waker is with nobody.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while !woken.0.swap(false, Ordering::Relaxed) {
            assert!(clock::skip(), "the future waits for nothing");
        }
    }
}

/// A flag of its own beside the waker of the task.
struct Apart {
    is_woken: AtomicBool,
    task: Mutex<Waker>,
}

impl Wake for Apart {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Relaxed);
        self.task.lock().expect("nobody panics with it").wake_by_ref();
    }
}

/// Runs `future` as if in a task of its own: it is polled only when it was woken itself. So a network stack, which its
/// sockets wake at every touch, does not keep those who use them awake.
pub async fn apart<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let state = Arc::new(Apart { is_woken: AtomicBool::new(true), task: Mutex::new(Waker::noop().clone()) });
    let waker = Waker::from(Arc::clone(&state));
    poll_fn(|context| {
        state.task.lock().expect("nobody panics with it").clone_from(context.waker());
        if state.is_woken.swap(false, Ordering::Relaxed) {
            future.as_mut().poll(&mut Context::from_waker(&waker))
        } else {
            Poll::Pending
        }
    })
    .await
}

/// Drops futures at chosen await points. The points of all futures that it runs are counted through.
#[derive(Debug, Default)]
pub struct Dropping {
    passed: usize,
    /// The only point to drop at.
    only: Option<usize>,
    is_off: bool,
}

impl Dropping {
    /// Nowhere: it only counts.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    /// At every await point.
    #[must_use]
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// At the await point with this number, from 0.
    #[must_use]
    pub fn at(point: usize) -> Self {
        Self { only: Some(point), ..Self::default() }
    }

    /// How many await points were passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.passed
    }

    /// Runs `future`; `None` when it was dropped before its end. Whatever it waited for has happened then.
    pub async fn run<F: Future>(&mut self, future: F) -> Option<F::Output> {
        {
            let mut future = pin!(future);
            let output = poll_fn(|context| match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => {
                    let point = self.passed;
                    self.passed += 1;
                    let is_here = !self.is_off && self.only.is_none_or(|only| only == point);
                    if is_here { Poll::Ready(None) } else { Poll::Pending }
                }
            });
            if let Some(output) = output.await {
                return Some(output);
            }
        }
        let mut has_waited = false;
        poll_fn(|_| if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending })
            .await;
        None
    }
}
