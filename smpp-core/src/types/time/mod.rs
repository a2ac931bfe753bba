//! Calendar times: in the fields of PDUs and in the text of receipts.

mod civil;
mod smpp_time;

pub use civil::{DateTime, YearWindow};
pub use smpp_time::{AbsoluteTime, RelativeTime, SmppTime, TimeError, TimeFault};
