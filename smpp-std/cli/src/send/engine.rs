//! The run of `smpp send`: submits parts in their order, and follows each to its end.

use super::again::Again;
use super::plan::{Part, Plan};
use crate::decode::json;
use crate::deliveries::Deliveries;
use crate::inbox::{Inbox, Receipt, Received};
use crate::link::{Esme, WINDOW};
use crate::output::complain;
use crate::stop::{Stop, TICK};
use serde_json::Value;
use smpp_core::Instant;
use smpp_core::pdu::Pdu;
use smpp_core::session::{Event, SendError, Ticket};
use smpp_core::sms::track::{Entry, Limits, Match, MessagePart, Outcome, PartEnd, ReceiptOutcome, Tracker};
use smpp_core::tlv::Tlvs;
use smpp_core::types::{CommandStatus, StatusClass};
use smpp_std::{Bound, Error};
use std::collections::BTreeSet;
use std::time::Duration;

/// Parts that wait for their receipt at a time; submitting stops there until some have come.
const TRACKED: usize = 4096;

/// Room in the tracker: it keeps an eighth for receipts that no part has asked for.
const ENTRIES: usize = TRACKED.div_ceil(7) * 8;

/// How long the MC may refuse everything for being too much. After that, what it refuses ends, until it accepts something
/// again.
const THROTTLE_PATIENCE: Duration = Duration::from_secs(30);

/// So long behind the wish to end, what is awaited is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a part waits that was refused in a way which may pass; twice as long each time.
const RETRY: Duration = Duration::from_secs(1);

/// Something that happened to the messages of a [`Plan`]. Each part has exactly one of `Accepted`, `Rejected` or
/// `Unwritable`, `TimedOut`, `Unknown`.
#[derive(Debug)]
pub(crate) enum Progress<'t> {
    Submitted {
        part: &'t Part,
        sequence_number: u32,
    },
    Accepted {
        part: &'t Part,
        message_id: &'t str,
        /// What the response had beside it, as `decode` prints it.
        tlvs: Value,
    },
    Rejected {
        part: &'t Part,
        status: CommandStatus,
        tlvs: Value,
    },
    /// The part could not even be written.
    Unwritable {
        part: &'t Part,
        error: SendError,
    },
    Throttled {
        status: CommandStatus,
        retry_in: Duration,
    },
    Receipt {
        part: &'t Part,
        receipt: &'t Receipt,
    },
    TimedOut {
        part: &'t Part,
    },
    /// The session ended before the response came, or before the part was written.
    Unknown {
        part: &'t Part,
        written: bool,
    },
    /// The same, and the part is submitted again.
    Resubmitting {
        part: &'t Part,
        written: bool,
    },
    /// A message of somebody, or a receipt that belongs to none of ours.
    Received(&'t Received),
    /// The session ended before all was done.
    Lost(&'t Error),
    /// The session ended, or the next one did not come about, and another attempt follows.
    Reconnecting {
        error: &'t Error,
        retry_in: Duration,
    },
    /// The next session is bound.
    Rebound(&'t Bound),
}

/// How many messages ended how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) delivered: usize,
    pub(crate) failed: usize,
    pub(crate) unknown: usize,
}

/// The end of a part as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum PartState {
    /// Not submitted, or to be submitted again.
    Waiting,
    Submitted,
    /// Accepted, and a receipt is to come.
    Accepted,
    Ended(Outcome),
}

/// The run of one plan over one session.
pub(crate) struct Engine<'p> {
    client: &'p mut Esme,
    plan: &'p Plan,
    tell: &'p mut dyn FnMut(Progress<'_>),
    inbox: Inbox,
    tracker: Tracker<Vec<Entry>>,
    parts_state: Vec<PartState>,
    /// How often parts were refused in a way that may pass.
    refusals: Vec<u8>,
    /// Parts to submit, by their place in the plan: one that comes back goes before all that follow it.
    waiting: BTreeSet<usize>,
    /// Parts to submit later.
    delayed: BTreeSet<(Instant, usize)>,
    /// Parts that may have reached the MC although they are submitted again.
    doubtful: BTreeSet<usize>,
    /// The part in each place of the window.
    open: Box<[usize; WINDOW]>,
    /// Receipts that came before their response, with their ids.
    early: Vec<Receipt>,
    /// Parts without an end.
    left: usize,
    /// Parts that wait for their receipt.
    tracked: usize,
    /// The session is about to end: why is still to be told.
    is_lost: bool,
    receipts_until: Instant,
    patience: Duration,
    /// Since when everything is refused for being too much.
    throttled_since: Option<Instant>,
    /// How often a part is submitted again that was refused in a way which may pass.
    pub(crate) retries: u8,
    /// How to go on in another session.
    pub(crate) again: Option<Again<'p>>,
    /// What is acknowledged when it is printed.
    pub(crate) deliveries: Deliveries,
    /// Whether to submit nothing more, and to end once what was submitted is answered.
    pub(crate) stop: Stop,
}

impl<'p> Engine<'p> {
    /// A run that waits up to `patience` for the next receipt.
    pub(crate) fn new(
        client: &'p mut Esme,
        plan: &'p Plan,
        inbox: Inbox,
        patience: Duration,
        tell: &'p mut dyn FnMut(Progress<'_>),
    ) -> Self {
        let parts = plan.parts.len();
        // The run itself ends by its own patience.
        let for_ever = Duration::from_secs(u64::from(u32::MAX));
        let limits = Limits { receipt: for_ever, early_receipt: for_ever };
        Self {
            client,
            plan,
            tell,
            inbox,
            tracker: Tracker::new(vec![Entry::EMPTY; ENTRIES], limits, None),
            parts_state: vec![PartState::Waiting; parts],
            refusals: vec![0; parts],
            waiting: (0..parts).collect(),
            delayed: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            open: Box::new([0; WINDOW]),
            early: Vec::new(),
            left: parts,
            tracked: 0,
            is_lost: false,
            receipts_until: Instant::ZERO,
            patience,
            throttled_since: None,
            retries: 0,
            again: None,
            deliveries: Deliveries::unprinted(),
            stop: Stop::default(),
        }
    }

    /// Runs until each part has its end.
    pub(crate) fn run(mut self) -> Summary {
        self.receipts_until = self.client.clock().now().after(self.patience);
        // When to tell what is awaited, until that is told.
        let mut tell_at = None;
        while self.left > 0 || self.is_lost {
            let is_stopped = self.stop.is_wanted();
            let now = self.client.clock().now();
            if !is_stopped {
                self.submit(now);
                tell_at = Some(now.after(PATIENCE));
            } else if tell_at.take_if(|at| *at <= now).is_some() {
                let open = self.client.session().in_flight();
                complain(&format!("ending: {open} response(s) are awaited; Ctrl-C again ends at once"));
            }
            if self.left == 0 && !self.is_lost {
                break;
            }
            let has_to_submit =
                (!self.waiting.is_empty() && self.tracked < TRACKED) || !self.delayed.is_empty();
            let only_receipts = !has_to_submit && self.client.session().in_flight() == 0;
            if only_receipts && now >= self.receipts_until {
                break;
            }
            if is_stopped && self.client.session().in_flight() == 0 {
                break;
            }
            let timeout = if only_receipts { self.receipts_until.since(now).min(TICK) } else { TICK };
            if let Err(error) = self.step(timeout)
                && !self.go_on(error)
            {
                break;
            }
        }
        self.finish()
    }

    /// The session ended: goes on in another one, if that is wanted.
    fn go_on(&mut self, error: Error) -> bool {
        let Some(again) = self.again.as_mut().filter(|_| self.left > 0 && !self.stop.is_wanted()) else {
            (self.tell)(Progress::Lost(&error));
            return false;
        };
        let Some(client) = again.session(error, &self.stop, self.tell) else { return false };
        *self.client = client;
        self.is_lost = false;
        self.receipts_until = self.client.clock().now().after(self.patience);
        true
    }

    /// Submits what the window and the rate limit allow.
    fn submit(&mut self, now: Instant) {
        while let Some(&(at, index)) = self.delayed.first()
            && at <= now
        {
            self.delayed.remove(&(at, index));
            self.waiting.insert(index);
        }
        while let Some(&index) = self.waiting.first()
            && self.tracked + self.client.session().in_flight() < TRACKED
            && self.deliveries.has_room()
        {
            let part = &self.plan.parts[index];
            let sent = self.plan.with_pdu(part, |pdu| self.client.send(pdu));
            match sent {
                Ok(ticket) => {
                    self.waiting.remove(&index);
                    self.parts_state[index] = PartState::Submitted;
                    self.open[ticket.slot()] = index;
                    (self.tell)(Progress::Submitted { part, sequence_number: ticket.sequence_number() });
                }
                Err(SendError::WindowFull | SendError::RateLimited { .. }) => return,
                // The session ends; what waits is told at the end.
                Err(SendError::Closed | SendError::NotAllowed { .. }) => return,
                Err(error) => {
                    self.waiting.remove(&index);
                    (self.tell)(Progress::Unwritable { part, error });
                    self.end(index, Outcome::Failed);
                }
            }
        }
    }

    /// Waits for one event.
    fn step(&mut self, timeout: Duration) -> Result<(), Error> {
        let mut arrived = Vec::new();
        let (mut delivery, mut response) = (None, None);
        let timeout = if self.deliveries.is_empty() { timeout } else { Duration::ZERO };
        if let Some((event, mut outbox)) = self.client.next_event(timeout)? {
            let now = outbox.now();
            match event {
                Event::Response { ticket, status, pdu, .. } => {
                    let (id, tlvs) = match pdu {
                        Ok(Pdu::SubmitSmResp(resp)) => (resp.message_id.as_octets().to_vec(), resp.tlvs),
                        Ok(other) => (Vec::new(), other.tlvs()),
                        Err(_) => (Vec::new(), Tlvs::default()),
                    };
                    let tlvs = json::tlvs(tlvs);
                    let retry_in = outbox.session().rate_limiter().ready_at(now).since(now);
                    response = Some((ticket, status, id, tlvs, retry_in));
                }
                Event::TimedOut { ticket } => self.timed_out(ticket),
                Event::Abandoned { ticket, written } => self.abandoned(ticket, written),
                Event::Request { reply_to, pdu, .. } => {
                    if self.deliveries.admit(&mut outbox, reply_to) {
                        delivery = Some(reply_to);
                        if let Some(message) = pdu.message() {
                            arrived = self.inbox.take(now, &message);
                        }
                    }
                }
                Event::UnbindRequested { .. } => self.deliveries.close(&mut outbox),
                Event::Closed(_) => self.deliveries.forget(),
                other => arrived.extend(self.deliveries.aside(&other)),
            }
            if let Some((ticket, status, id, tlvs, retry_in)) = response {
                self.answered(now, ticket, status, &id, tlvs, retry_in);
            }
            for received in arrived {
                self.received(now, received);
            }
            if let Some(reply_to) = delivery {
                self.deliveries.told(&mut self.client.outbox(), reply_to);
            }
        } else {
            self.deliveries.wait();
        }
        self.deliveries.settle(&mut self.client.outbox());
        Ok(())
    }

    fn answered(
        &mut self,
        now: Instant,
        ticket: Ticket,
        status: CommandStatus,
        id: &[u8],
        tlvs: Value,
        retry_in: Duration,
    ) {
        if let Some(again) = &mut self.again {
            again.failures = 0;
        }
        let index = self.open[ticket.slot()];
        let part = &self.plan.parts[index];
        if !status.is_ok() {
            return self.refused(now, index, status, tlvs, retry_in);
        }
        self.throttled_since = None;
        let message_id = String::from_utf8_lossy(id);
        (self.tell)(Progress::Accepted { part, message_id: &message_id, tlvs });
        self.receipts_until = now.after(self.patience);
        if !self.plan.awaits_receipts() {
            return self.end(index, Outcome::Delivered);
        }
        self.parts_state[index] = PartState::Accepted;
        self.tracked += 1;
        let accepted = self.tracker.accepted(now, self.tracked_part(part), id);
        if let Some(matched) = accepted.early {
            let of_this = |receipt: &Receipt| receipt.has_id(id, matched.form);
            while let Some(place) = self.early.iter().position(of_this) {
                let receipt = self.early.remove(place);
                self.matched(now, matched, &receipt);
            }
        }
    }

    /// The MC did not accept a part: it waits again, or ends.
    fn refused(
        &mut self,
        now: Instant,
        index: usize,
        status: CommandStatus,
        tlvs: Value,
        retry_in: Duration,
    ) {
        self.parts_state[index] = PartState::Waiting;
        match status.class() {
            StatusClass::Throttle
                if now.since(*self.throttled_since.get_or_insert(now)) < THROTTLE_PATIENCE =>
            {
                (self.tell)(Progress::Throttled { status, retry_in });
                self.waiting.insert(index);
            }
            StatusClass::Retry | StatusClass::RetryLimited if self.refusals[index] < self.retries => {
                let retry_in = RETRY.saturating_mul(1 << self.refusals[index].min(16));
                self.refusals[index] += 1;
                (self.tell)(Progress::Throttled { status, retry_in });
                self.delayed.insert((now.after(retry_in), index));
            }
            _ => {
                (self.tell)(Progress::Rejected { part: &self.plan.parts[index], status, tlvs });
                self.end(index, Outcome::Failed);
            }
        }
    }

    fn timed_out(&mut self, ticket: Ticket) {
        let index = self.open[ticket.slot()];
        (self.tell)(Progress::TimedOut { part: &self.plan.parts[index] });
        self.end(index, Outcome::Unknown);
    }

    fn abandoned(&mut self, ticket: Ticket, written: bool) {
        let index = self.open[ticket.slot()];
        let part = &self.plan.parts[index];
        self.is_lost = true;
        if self.again.as_ref().is_some_and(|again| again.resubmit.allows(written)) && !self.stop.is_wanted() {
            (self.tell)(Progress::Resubmitting { part, written });
            self.parts_state[index] = PartState::Waiting;
            self.waiting.insert(index);
            if written {
                self.doubtful.insert(index);
            }
        } else {
            (self.tell)(Progress::Unknown { part, written });
            self.end(index, Outcome::Unknown);
        }
    }

    /// A message or a receipt came.
    fn received(&mut self, now: Instant, received: Received) {
        let Received::Receipt(receipt) = received else {
            return (self.tell)(Progress::Received(&received));
        };
        match self.tracker.receipt(now, receipt.ids(), receipt.state) {
            ReceiptOutcome::Matched(matched) => self.matched(now, matched, &receipt),
            ReceiptOutcome::Held { .. } if self.client.session().in_flight() > 0 => self.early.push(receipt),
            _ => (self.tell)(Progress::Received(&Received::Receipt(receipt))),
        }
    }

    fn matched(&mut self, now: Instant, matched: Match, receipt: &Receipt) {
        let message = &self.plan.messages[matched.part.message as usize];
        let index = message.first_part + usize::from(matched.part.part) - 1;
        (self.tell)(Progress::Receipt { part: &self.plan.parts[index], receipt });
        self.receipts_until = now.after(self.patience);
        if self.parts_state[index] == PartState::Accepted && receipt.is_final() == Some(true) {
            self.tracked -= 1;
            self.end(index, if receipt.is_delivered() { Outcome::Delivered } else { Outcome::Failed });
        }
    }

    fn end(&mut self, index: usize, outcome: Outcome) {
        if outcome != Outcome::Delivered && self.parts_state[index] != PartState::Accepted {
            let end = if outcome == Outcome::Failed { PartEnd::Refused } else { PartEnd::Unknown };
            let now = self.client.clock().now();
            self.tracker.ended(now, self.tracked_part(&self.plan.parts[index]), end);
        }
        self.parts_state[index] = PartState::Ended(outcome);
        self.left -= 1;
    }

    fn tracked_part(&self, part: &Part) -> MessagePart {
        MessagePart {
            message: u32::try_from(part.message).unwrap_or(u32::MAX),
            part: part.number,
            total: part.total,
        }
    }

    /// Tells what has no end, and adds up.
    fn finish(mut self) -> Summary {
        self.deliveries.close(&mut self.client.outbox());
        self.deliveries.explain();
        for receipt in std::mem::take(&mut self.early) {
            (self.tell)(Progress::Received(&Received::Receipt(receipt)));
        }
        for received in self.inbox.close() {
            (self.tell)(Progress::Received(&received));
        }
        let mut summary = Summary::default();
        for message in &self.plan.messages {
            let parts_state = &self.parts_state[message.first_part..][..usize::from(message.total)];
            for (index, state) in (message.first_part..).zip(parts_state) {
                if *state == PartState::Waiting {
                    let (part, written) = (&self.plan.parts[index], self.doubtful.contains(&index));
                    (self.tell)(Progress::Unknown { part, written });
                }
            }
            if parts_state.contains(&PartState::Ended(Outcome::Failed)) {
                summary.failed += 1;
            } else if parts_state.iter().all(|state| *state == PartState::Ended(Outcome::Delivered)) {
                summary.delivered += 1;
            } else {
                summary.unknown += 1;
            }
        }
        summary
    }
}
