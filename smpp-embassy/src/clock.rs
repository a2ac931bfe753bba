//! embassy's clock, as the core counts time.

use embassy_time::Instant as EmbassyInstant;
use smpp_core::Instant;

/// The present moment of `embassy_time`.
#[must_use]
pub fn now() -> Instant {
    Instant::from_micros(EmbassyInstant::now().as_micros())
}

/// `moment` as a timer of embassy wants it; the end of time when its clock cannot count so far.
pub(crate) fn deadline(moment: Instant) -> EmbassyInstant {
    EmbassyInstant::try_from_micros(moment.as_micros()).unwrap_or(EmbassyInstant::MAX)
}
