//! Ctrl-C, and the signal to terminate: a wish to end in good order.

use crate::output::Failure;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Whether the user wants the command to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

/// How often a command that waits looks.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// The exit code of who is ended by the second signal: that of a shell for SIGINT.
const IMPATIENT: i32 = 130;

impl Stop {
    /// Watches for signals from now on. The second one ends the program at once.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn on_signal() -> Result<Self, Failure> {
        let stop = Self::default();
        let flag = Arc::clone(&stop.0);
        let handler = move || {
            if flag.swap(true, Ordering::Relaxed) {
                exit(IMPATIENT);
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Failure::usage(format!("cannot watch for Ctrl-C: {error}")))?;
        Ok(stop)
    }

    /// As if the user had asked for it.
    pub(crate) fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sleeps, unless or until the command is to end.
    pub(crate) fn sleep(&self, duration: Duration) {
        let end = Instant::now() + duration;
        while !self.is_wanted() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(TICK));
        }
    }
}
