//! How a run goes on when its session ends before all is done.

use super::engine::Progress;
use crate::line::Line;
use crate::link::Esme;
use crate::stop::Stop;
use smpp_std::{Error, Reconnect, Resubmit};

/// Sessions to go on with.
pub(crate) struct Again<'l> {
    pub(crate) line: &'l Line,
    pub(crate) reconnect: Reconnect,
    /// Which requests of the session that ended are submitted again.
    pub(crate) resubmit: Resubmit,
    /// Attempts since a session last brought a response: one that binds and ends is no progress.
    pub(crate) failures: u32,
}

impl Again<'_> {
    /// Waits and tries until a session is bound; `error` ended the last one. `None` when the run is to end meanwhile.
    pub(crate) fn session(
        &mut self,
        mut error: Error,
        stop: &Stop,
        tell: &mut dyn FnMut(Progress<'_>),
    ) -> Option<Esme> {
        while !stop.is_wanted() {
            self.failures = self.failures.saturating_add(1);
            let retry_in = self.reconnect.delay(self.failures, &error);
            tell(Progress::Reconnecting { error: &error, retry_in });
            stop.sleep(retry_in);
            if stop.is_wanted() {
                break;
            }
            match self.line.open() {
                Ok((client, bound)) => {
                    tell(Progress::Rebound(&bound));
                    return Some(client);
                }
                Err(failure) => error = failure,
            }
        }
        None
    }
}
