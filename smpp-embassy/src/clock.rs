//! embassy's clock, as the core counts time.

use embassy_time::{Duration, Instant as EmbassyInstant};
use smpp_core::Instant;

/// The present moment of `embassy_time`.
#[must_use]
pub fn now() -> Instant {
    Instant::from_micros(EmbassyInstant::now().as_micros())
}

/// `moment` as a timer of embassy wants it; the end of time when its clock cannot count so far.
///
/// Rounded up to ticks, as durations are: a timer that came before its moment would be set again at once, and again, for
/// the rest of the tick.
pub(crate) fn deadline(moment: Instant) -> EmbassyInstant {
    let since_start = Duration::try_from_micros(moment.as_micros()).unwrap_or(Duration::MAX);
    EmbassyInstant::from_ticks(since_start.as_ticks())
}
