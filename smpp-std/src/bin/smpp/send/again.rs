//! How a run goes on when its session ends before all is done.

use super::engine::Told;
use crate::line::Line;
use crate::link::Esme;
use smpp_std::{Error, Reconnect, Resubmit};
use std::thread;

/// Sessions to go on with.
pub(crate) struct Again<'l> {
    pub(crate) line: &'l Line,
    pub(crate) reconnect: Reconnect,
    /// Which requests of the session that ended are submitted again.
    pub(crate) resubmit: Resubmit,
}

impl Again<'_> {
    /// Waits and tries until a session is bound; `error` ended the last one.
    pub(crate) fn session(&self, mut error: Error, tell: &mut dyn FnMut(Told<'_>)) -> Esme {
        let mut failures = 0_u32;
        loop {
            failures = failures.saturating_add(1);
            let retry_in = self.reconnect.delay(failures, &error);
            tell(Told::Reconnecting { error: &error, retry_in });
            thread::sleep(retry_in);
            match self.line.open() {
                Ok((client, bound)) => {
                    tell(Told::Rebound(&bound));
                    return client;
                }
                Err(failure) => error = failure,
            }
        }
    }
}
