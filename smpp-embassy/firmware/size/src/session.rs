//! The loop of a program that drives a session itself: input comes from memory, output goes to memory.

use crate::Output;
use core::hint::black_box;
use smpp_core::session::{Event, Input, Session, Undecoded};

/// Drives `session` through `input` to its end and shows `application` every event, with room to answer it.
pub fn drive<const WINDOW: usize>(
    session: &mut Session<WINDOW>,
    mut input: &[u8],
    output: &mut Output,
    mut application: impl FnMut(&mut Session<WINDOW>, &Event<'_, Undecoded>, &mut Output),
) {
    loop {
        let now = crate::now();
        output.put(|room| session.poll_transmit(now, room));
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
    session.handle_closed(input, black_box(0));
    poll(session, output, &mut application);
}

/// Shows the events that come without input.
fn poll<const WINDOW: usize>(
    session: &mut Session<WINDOW>,
    output: &mut Output,
    application: &mut impl FnMut(&mut Session<WINDOW>, &Event<'_, Undecoded>, &mut Output),
) {
    while let Some(event) = session.poll_undecoded() {
        application(session, &event, output);
    }
}
