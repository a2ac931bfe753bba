//! The loop that every adapter runs, without a transport: input comes from memory, output goes to memory.

use core::hint::black_box;
use smpp_core::session::{Event, Input, Session, Undecoded};

/// Drives `session` through `input` to its end and shows `application` every event, with room to answer it.
pub fn drive<const WINDOW: usize>(
    session: &mut Session<WINDOW>,
    mut input: &[u8],
    output: &mut [u8],
    mut application: impl FnMut(&mut Session<WINDOW>, &Event<'_, Undecoded>, &mut [u8]),
) {
    loop {
        let now = crate::now();
        black_box(session.poll_transmit(now, output));
        poll(session, output, &mut application);
        black_box(session.poll_timeout());
        session.handle_timeout(now);
        match session.handle_undecoded(now, input) {
            Ok(Input::Pdu { consumed, event }) => {
                application(session, &event, output);
                input = input.get(consumed..).unwrap_or_default();
            }
            Ok(Input::TransmitFirst) => {}
            Ok(Input::Incomplete { .. }) | Err(_) => break,
        }
    }
    session.handle_closed(output, black_box(0));
    poll(session, output, &mut application);
}

/// Shows the events that come without input.
fn poll<const WINDOW: usize>(
    session: &mut Session<WINDOW>,
    output: &mut [u8],
    application: &mut impl FnMut(&mut Session<WINDOW>, &Event<'_, Undecoded>, &mut [u8]),
) {
    while let Some(event) = session.poll_undecoded() {
        application(session, &event, output);
    }
}
