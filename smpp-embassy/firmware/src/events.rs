//! Showing what happens.

use smpp_core::session::{Event, Undecoded};

/// Logs an event and what its PDU says through defmt, when the feature is on. Texts of messages are shown: this is a test.
pub fn show(event: &Event<'_, Undecoded>) {
    #[cfg(feature = "defmt")]
    match event {
        Event::Request { frame, .. } | Event::Response { frame, .. } => {
            defmt::info!("{}: {}", event, frame.pdu());
        }
        _ => defmt::info!("{}", event),
    }
    #[cfg(not(feature = "defmt"))]
    let _ = event;
}
