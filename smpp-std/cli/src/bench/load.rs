//! What one session does under load: keeps its window full, and checks and times each answer.

use super::tally::{Failure, Tally};
use crate::deliveries::acknowledge;
use crate::link::leave;
use crate::stop::{Stop, TICK};
use indicatif::ProgressBar;
use smpp_core::Instant;
use smpp_core::pdu::{Pdu, SubmitSm};
use smpp_core::session::{Event, SendError, Ticket};
use smpp_std::{Client, Outbox};
use std::time::Duration;

/// The progress bar is told of so many answers at once: sessions share it.
const STEP: u64 = 256;

/// The load of one session with a window of at most `WINDOW`.
#[derive(Debug)]
pub(super) struct Load<'l, const WINDOW: usize> {
    message: &'l SubmitSm<'l>,
    /// Submissions that are still to be made.
    left: u64,
    /// When the request in each place of the window was made.
    sent_at: Vec<Instant>,
    tally: Tally,
}

impl<'l, const WINDOW: usize> Load<'l, WINDOW> {
    /// So many submissions of `message`.
    pub(super) fn new(message: &'l SubmitSm<'l>, messages: u64) -> Self {
        Self { message, left: messages, sent_at: vec![Instant::ZERO; WINDOW], tally: Tally::new() }
    }

    /// Works until each submission has its end, then unbinds. When it is to stop, it submits no more.
    pub(super) fn run(mut self, mut client: Box<Client<WINDOW>>, bar: &ProgressBar, stop: &Stop) -> Tally {
        let mut shown = 0;
        self.fill(&mut client.outbox());
        while self.left > 0 || client.session().in_flight() > 0 {
            if stop.is_wanted() {
                self.left = 0;
            }
            match client.next_event(TICK) {
                Ok(Some((event, mut outbox))) => self.handle(event, &mut outbox),
                Ok(None) => {}
                Err(error) => {
                    self.tally.fail(Failure::Unsent, self.left);
                    self.tally.end = Some(error);
                    break;
                }
            }
            let news = self.tally.ended() - shown;
            if news >= STEP {
                bar.inc(news);
                shown += news;
            }
        }
        self.tally.finished = Some(std::time::Instant::now());
        if self.tally.end.is_none() {
            leave(&mut client);
        }
        self.tally
    }

    /// Submits what the window and the rate limit allow; `Event::Writable` comes back to it.
    fn fill(&mut self, outbox: &mut Outbox<'_, WINDOW>) {
        while self.submit(outbox) {}
    }

    fn submit(&mut self, outbox: &mut Outbox<'_, WINDOW>) -> bool {
        if self.left == 0 {
            return false;
        }
        match outbox.send(self.message) {
            Ok(ticket) => {
                self.sent_at[ticket.slot()] = outbox.now();
                self.left -= 1;
                true
            }
            // The end of a session shows as an error of its own.
            Err(
                SendError::WindowFull
                | SendError::RateLimited { .. }
                | SendError::Closed
                | SendError::NotAllowed { .. },
            ) => false,
            Err(_) => {
                self.tally.fail(Failure::Unwritable, self.left);
                self.left = 0;
                false
            }
        }
    }

    fn handle(&mut self, event: Event<'_>, outbox: &mut Outbox<'_, WINDOW>) {
        match event {
            Event::Response { ticket, status, pdu, .. } => {
                match pdu {
                    _ if !status.is_ok() => self.tally.fail(Failure::Status(status), 1),
                    Ok(Pdu::SubmitSmResp(response)) if !response.message_id.is_empty() => {
                        self.tally.accept(self.age(ticket, outbox.now()));
                    }
                    Ok(_) => self.tally.fail(Failure::NoMessageId, 1),
                    Err(_) => self.tally.fail(Failure::Unreadable, 1),
                }
                self.submit(outbox);
            }
            Event::TimedOut { .. } => {
                self.tally.fail(Failure::TimedOut, 1);
                self.submit(outbox);
            }
            Event::Abandoned { .. } => self.tally.fail(Failure::Abandoned, 1),
            Event::Writable => self.fill(outbox),
            Event::Request { reply_to, .. } => acknowledge(outbox, reply_to),
            _ => {}
        }
    }

    /// How long the request in this place took.
    fn age(&self, ticket: Ticket, now: Instant) -> Duration {
        now.since(self.sent_at[ticket.slot()])
    }
}
