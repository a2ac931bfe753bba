//! Showing what happens.

use smpp_core::session::Event;

/// Logs an event through defmt, when the feature is on. Texts of messages are shown: this is a test.
pub fn show(event: &Event<'_>) {
    #[cfg(feature = "defmt")]
    defmt::info!("{}", event);
    #[cfg(not(feature = "defmt"))]
    let _ = event;
}
