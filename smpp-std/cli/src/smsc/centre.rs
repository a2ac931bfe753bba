//! The simulator as an application of the server: its accounts, what is due, how sessions end.

use super::WINDOW;
use super::account::{Account, Delivery, Load};
use super::agenda::Agenda;
use super::allow::Network;
use super::fault::Faults;
use super::log::Log;
use super::peer::{Peer, Peers};
use super::random::Random;
use super::rule::{Ending, MobileOriginated, Rules};
use super::store::{MessageNumber, Store};
use super::wire::{Step, Wire};
use crate::alphabet::DefaultAlphabet;
use crate::inbox::{Inbox, Reading, Received};
use serde_json::{Value, json};
use smpp_core::Instant;
use smpp_core::pdu::Message;
use smpp_core::provider::Provider;
use smpp_core::session::Event;
use smpp_core::types::MessageState;
use smpp_std::{Application, Limited, Outbox, QuotaKind, QuotaScope, SessionId, Sessions, Stopper, Transmit};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// What the operator wants.
// No `Debug`: it holds a password.
pub(super) struct Settings {
    pub(super) provider: &'static Provider,
    pub(super) system_id: Option<String>,
    pub(super) password: Option<String>,
    pub(super) receipt_after: Duration,
    pub(super) ending: Ending,
    pub(super) interim: bool,
    pub(super) rules: Rules,
    pub(super) mobile: Vec<MobileOriginated>,
    pub(super) rate: Option<u32>,
    /// Who may connect; empty for all.
    pub(super) allow: Vec<Network>,
    /// How much may be pending for an account; twice as much in all.
    pub(super) max_pending: usize,
    pub(super) faults: Faults,
}

/// Something that is done by itself at its time.
#[derive(Debug)]
pub(super) enum Task {
    /// A receipt says that a message is in this state.
    Report(MessageNumber, MessageState, SessionId),
    /// Something goes to an account.
    Deliver(Rc<str>, Delivery),
    /// An account is forgotten if nothing is left of it.
    Forget(Rc<str>),
    /// Parts of long messages of an account have waited long enough.
    Expire(Rc<str>),
    Unbind(SessionId),
    Silence(SessionId),
    /// Octets that no session would send.
    Raw(SessionId, Vec<u8>),
}

/// The message centre.
pub(super) struct Centre {
    pub(super) settings: Settings,
    pub(super) log: Log,
    pub(super) wire: Wire,
    pub(super) random: Random,
    pub(super) store: Store,
    pub(super) agenda: Agenda<Task>,
    /// Reads the messages that have one part only.
    inbox: Inbox,
    pub(super) accounts: HashMap<Rc<str>, Account>,
    /// What is pending for all accounts, or waits for them.
    pub(super) load: Load,
    pub(super) peers: Peers,
    /// Accounts with something new in their queue.
    pub(super) waiting: Vec<Rc<str>>,
    stopper: Stopper,
    /// Submissions that the faults let through or not, counted over all sessions.
    pub(super) submissions: u64,
    reference: u8,
    /// When the clock of the server started, in seconds of Unix time.
    started: i64,
}

/// How long an account is remembered of which nothing is left: its rate is counted over a second.
const FORGET: Duration = Duration::from_secs(1);

/// How long parts of long messages are waited for.
const PATIENCE: Duration = Duration::from_secs(300);

impl Centre {
    pub(super) fn new(settings: Settings, log: Log, mut random: Random, stopper: Stopper) -> Self {
        let offset = u32::try_from(random.next() >> 33).unwrap_or_default();
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        let started = i64::try_from(since).unwrap_or_default();
        Self {
            wire: Wire::new(settings.faults.clone(), Random::new(random.next())),
            inbox: inbox(settings.provider, log.verbosity.default_alphabet),
            store: Store::new(offset),
            settings,
            log,
            random,
            agenda: Agenda::new(),
            accounts: HashMap::new(),
            load: Load::default(),
            peers: Peers::default(),
            waiting: Vec::new(),
            stopper,
            submissions: 0,
            reference: 0,
            started,
        }
    }

    /// Something goes to an account at `at`.
    pub(super) fn deliver_at(&mut self, at: Instant, name: &Rc<str>, delivery: Delivery) {
        self.pend(name);
        self.agenda.add(at, Task::Deliver(Rc::clone(name), delivery));
    }

    /// A report on a message of an account is sent at `at`.
    pub(super) fn report_at(
        &mut self,
        at: Instant,
        name: &Rc<str>,
        number: MessageNumber,
        state: MessageState,
        id: SessionId,
    ) {
        self.pend(name);
        self.agenda.add(at, Task::Report(number, state, id));
    }

    fn pend(&mut self, name: &Rc<str>) {
        if let Some(account) = self.accounts.get_mut(name) {
            account.pend();
        }
    }

    /// Something that was pending has come.
    fn has_come(&mut self, now: Instant, name: &Rc<str>) {
        if let Some(account) = self.accounts.get_mut(name)
            && account.has_come()
        {
            self.agenda.add(now.after(FORGET), Task::Forget(Rc::clone(name)));
        }
    }

    /// Whether a submission of this account would be one too many.
    pub(super) fn is_full(&self, name: &Rc<str>) -> bool {
        let most = self.settings.max_pending;
        let load = self.accounts.get(name).map_or(0, Account::load);
        load >= most || self.load.get() >= most.saturating_mul(2)
    }

    /// The moment `now` in seconds of Unix time.
    pub(super) fn unix_time(&self, now: Instant) -> i64 {
        let passed = i64::try_from(now.as_micros() / 1_000_000).unwrap_or_default();
        self.started.saturating_add(passed)
    }

    /// A number for the parts of one more long message.
    pub(super) fn next_reference(&mut self) -> u8 {
        self.reference = self.reference.wrapping_add(1);
        self.reference
    }

    /// Does what is due.
    fn perform(&mut self, now: Instant, task: Task, sessions: &mut Sessions<'_, WINDOW>) {
        match task {
            Task::Deliver(name, delivery) => {
                self.enqueue(&name, delivery);
                self.has_come(now, &name);
            }
            Task::Forget(name) => {
                if self.accounts.get(&name).is_some_and(|account| account.is_idle(now)) {
                    self.accounts.remove(&name);
                }
            }
            Task::Expire(name) => self.expire(now, &name),
            Task::Report(number, state, session) => {
                if let Some(name) = self.store.get_mut(number).map(|message| Rc::clone(&message.account)) {
                    self.has_come(now, &name);
                }
                if let Some((name, pdu)) = self.report(now, number, state) {
                    self.enqueue(&name, Delivery { pdu, session: Some(session), attempts: 0 });
                }
            }
            Task::Unbind(id) => {
                // A session that is over by then needs no unbind.
                let _ = sessions.outbox(id).map(|mut outbox| outbox.unbind());
            }
            Task::Silence(id) => self.wire.silence(id),
            Task::Raw(id, octets) => {
                self.log.pdus(id, "out", &octets);
                sessions.write(id, &octets);
            }
        }
    }

    /// PDUs are about to be written. What was told of messages is out before they are answered: whoever kills the simulator
    /// finds each message there that an ESME knows to be accepted.
    fn leaving(&mut self, id: SessionId, octets: &[u8]) {
        self.log.pdus(id, "out", octets);
        if self.log.verbosity.messages {
            self.log.flush_through();
        }
        if let Some(peer) = self.peers.get_mut(id) {
            peer.answering(octets);
        }
    }

    fn closed(&mut self, now: Instant, id: SessionId, reason: String) {
        let Some(peer) = self.peers.remove(id) else { return };
        self.wire.closed(id);
        if let Some(account) = peer.account.as_ref().and_then(|name| self.accounts.get_mut(name)) {
            account.receivers.retain(|receiver| *receiver != id);
            account.sessions = account.sessions.saturating_sub(1);
        }
        if let Some(name) = peer.account.clone() {
            self.agenda.add(now.after(FORGET), Task::Forget(name));
        }
        let fields = with(json!({ "session": id.serial(), "reason": reason }), peer.counters());
        self.log.tell("closed", fields, || format!("[{}] closed: {reason}; {}", id.serial(), peer.summary()));
    }

    fn unbound(&mut self, id: SessionId, by: &str) {
        let counters = self.peers.get(id).map_or(Value::Null, Peer::counters);
        let fields = with(json!({ "session": id.serial(), "by": by }), counters);
        self.log.tell("unbound", fields, || format!("[{}] unbound by the {by}", id.serial()));
    }

    /// Tells of a message that was taken, a long one once all its parts are there.
    pub(super) fn tell_message(&mut self, id: SessionId, now: Instant, message: &Message<'_>) {
        if !self.log.verbosity.messages {
            return;
        }
        let Some(name) = self.peers.get(id).and_then(|peer| peer.account.clone()) else { return };
        let Some(account) = self.accounts.get_mut(&name) else { return };
        let is_part = message.esm_class.has_udh() || message.sar().is_some();
        let received = if is_part {
            let (provider, default) = (self.settings.provider, self.log.verbosity.default_alphabet);
            let inbox = account.inbox.get_or_insert_with(|| Box::new(inbox(provider, default)));
            inbox.take_message(now, message)
        } else {
            // Nothing of it stays, so all accounts can share one, which is large.
            self.inbox.take_message(now, message)
        };
        self.tell_messages(Some(id), received);
        self.await_parts(&name);
    }

    /// Parts of long messages are given up at their time.
    fn await_parts(&mut self, name: &Rc<str>) {
        let Some(account) = self.accounts.get_mut(name) else { return };
        let Some(at) = account.inbox.as_ref().and_then(|inbox| inbox.poll_timeout()) else { return };
        if !std::mem::replace(&mut account.awaits_parts, true) {
            self.agenda.add(at, Task::Expire(Rc::clone(name)));
        }
    }

    fn expire(&mut self, now: Instant, name: &Rc<str>) {
        let Some(account) = self.accounts.get_mut(name) else { return };
        account.awaits_parts = false;
        let expired = account.inbox.as_mut().map(|inbox| inbox.expire(now)).unwrap_or_default();
        self.tell_messages(None, expired);
        self.await_parts(name);
        self.agenda.add(now.after(FORGET), Task::Forget(Rc::clone(name)));
    }

    /// Tells of messages.
    pub(super) fn tell_messages(
        &mut self,
        session: Option<SessionId>,
        messages: impl IntoIterator<Item = Received>,
    ) {
        for received in messages {
            let mut line = received.json();
            if let (Some(id), Some(line)) = (session, line.as_object_mut()) {
                line.insert("session".into(), id.serial().into());
            }
            let event = line["event"].as_str().unwrap_or_default().to_owned();
            self.log.tell(&event, line, || received.shown());
        }
    }
}

impl Application<WINDOW> for Centre {
    fn connected(&mut self, id: SessionId, peer: SocketAddr) -> bool {
        let allow = &self.settings.allow;
        if !allow.is_empty() && !allow.iter().any(|network| network.contains(peer.ip())) {
            let fields = json!({ "session": id.serial(), "address": peer.to_string() });
            self.log.tell("denied", fields, || format!("[{}] denied: {peer} is not allowed", id.serial()));
            return false;
        }
        self.peers.insert(id, Peer::new(peer));
        true
    }

    fn event(&mut self, id: SessionId, event: Event<'_>, mut outbox: Outbox<'_, WINDOW>) {
        if let Some(frame) = frame(&event) {
            self.log.pdus(id, "in", frame);
        }
        match event {
            Event::BindRequested { reply_to, pdu, .. } => self.bind(id, reply_to, &pdu, &mut outbox),
            Event::Request { reply_to, pdu, .. } => self.request(id, reply_to, &pdu, &mut outbox),
            Event::Response { ticket, status, .. } => {
                self.delivered(outbox.now(), id, ticket, Some(status));
                self.deliver(id, &mut outbox);
            }
            Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
                self.delivered(outbox.now(), id, ticket, None);
            }
            Event::Writable => self.deliver(id, &mut outbox),
            Event::Refused { frame, status, cause } if frame.header.command_id.is_bind() => {
                self.bind_refused_unseen(id, status, &cause.to_string());
            }
            Event::UnbindRequested { .. } => self.unbound(id, "peer"),
            Event::Unbound { .. } => self.unbound(id, "simulator"),
            Event::Closed(reason) => self.closed(outbox.now(), id, reason.to_string()),
            _ => {}
        }
    }

    fn failed(&mut self, id: SessionId, error: &io::Error) {
        let fields = json!({ "session": id.serial(), "error": error.to_string() });
        self.log.tell("failed", fields, || format!("[{}] line failed: {error}", id.serial()));
    }

    fn limited(&mut self, peer: SocketAddr, limit: Limited) {
        let scope = match limit.scope {
            QuotaScope::Address => "address",
            QuotaScope::Account => "account",
            _ => "other",
        };
        let kind = match limit.kind {
            QuotaKind::Sessions => "sessions",
            QuotaKind::FailedBinds => "failed_binds",
            QuotaKind::Octets => "octets",
            _ => "other",
        };
        let fields = json!({
            "address": peer.to_string(), "scope": scope, "limit": kind, "reason": limit.to_string(),
        });
        self.log.tell("limited", fields, || format!("limited: {limit}: {peer}"));
    }

    fn transmit(&mut self, now: Instant, id: SessionId, octets: &[u8]) -> Transmit {
        if self.wire.is_active() {
            self.wire.take(now, id, octets);
            return Transmit::Withhold;
        }
        self.leaving(id, octets);
        Transmit::Pass
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let now = (!self.waiting.is_empty()).then_some(Instant::ZERO);
        [now, self.agenda.next(), self.wire.next()].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self, now: Instant, sessions: &mut Sessions<'_, WINDOW>) {
        while let Some(task) = self.agenda.pop(now) {
            self.perform(now, task, sessions);
        }
        for name in std::mem::take(&mut self.waiting) {
            self.dispatch(&name, sessions);
        }
        for (id, step) in self.wire.due(now) {
            match step {
                Step::Close => sessions.close(id),
                Step::Tell(octets) => self.leaving(id, &octets),
                Step::Octet(octet) => sessions.write(id, &[octet]),
                Step::Write(octets) => {
                    self.leaving(id, &octets);
                    sessions.write(id, &octets);
                }
            }
        }
    }

    fn idle(&mut self) {
        self.log.flush();
        if self.log.is_deaf() {
            self.stopper.stop();
        }
    }

    fn accept_failed(&mut self, error: &io::Error) {
        let fields = json!({ "error": error.to_string() });
        self.log.tell("failed", fields, || format!("cannot accept a connection: {error}"));
    }
}

/// What reads and joins messages.
fn inbox(provider: &'static Provider, default: DefaultAlphabet) -> Inbox {
    Inbox::new(provider, Reading { default, ..Reading::default() }, PATIENCE)
}

/// The octets of the PDU behind an event.
fn frame<'i>(event: &Event<'i>) -> Option<&'i [u8]> {
    match event {
        Event::BindRequested { frame, .. }
        | Event::Bound { frame, .. }
        | Event::BindRefused { frame, .. }
        | Event::Request { frame, .. }
        | Event::Notification { frame, .. }
        | Event::Response { frame, .. }
        | Event::LinkChecked { frame }
        | Event::UnbindRequested { frame }
        | Event::Unbound { frame }
        | Event::Unmatched { frame }
        | Event::Mismatched { frame, .. }
        | Event::Refused { frame, .. } => Some(frame.octets),
        _ => None,
    }
}

/// Two objects as one.
pub(super) fn with(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}
