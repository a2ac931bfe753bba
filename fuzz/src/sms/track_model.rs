//! The tracker told naively: a list of entries, walked through for every question. Ids are numbers; how they are written
//! does not matter here.

use super::track::LIMITS;
use smpp_core::Instant;
use smpp_core::sms::track::{Change, MessagePart, Outcome, PartEnd, Progress};
use smpp_core::types::MessageState;

/// What is known of a part or of a receipt that came early.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    interim: Option<MessageState>,
    fin: Option<MessageState>,
    end: Option<PartEnd>,
}

impl Known {
    pub(super) const fn ended(end: PartEnd) -> Self {
        Self { interim: None, fin: None, end: Some(end) }
    }

    fn hear(&mut self, state: Option<MessageState>) -> Change {
        let is_final = state.and_then(MessageState::is_final) == Some(true);
        if self.fin.is_some() {
            return if state == self.fin { Change::Duplicate } else { Change::AfterFinal };
        }
        let was_given_up = self.end.is_some();
        if is_final {
            *self = Self { fin: state, ..Self::default() };
        } else if was_given_up {
            *self = Self { interim: state, ..Self::default() };
        } else if state.is_some() && state == self.interim {
            return Change::Duplicate;
        } else {
            self.interim = state.or(self.interim);
        }
        Change::New
    }

    pub(super) fn state(self) -> Option<MessageState> {
        self.fin.or(self.interim)
    }

    const fn is_open(self) -> bool {
        self.fin.is_none() && self.end.is_none()
    }

    fn is_good(self) -> bool {
        self.fin == Some(MessageState::DELIVERED) || self.end == Some(PartEnd::AcceptedOnly)
    }

    fn is_bad(self) -> bool {
        self.fin.is_some_and(|state| state != MessageState::DELIVERED) || self.end == Some(PartEnd::Refused)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// `None` for a receipt without its response.
    pub(super) part: Option<MessagePart>,
    /// `None` for a part that never had one.
    pub(super) id: Option<u64>,
    known: Known,
    /// Since when it is what it is.
    since: Instant,
    kind: Kind,
}

/// What an entry is, beside its part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A receipt, or a part that waits for one.
    Open,
    /// A part that waits for nothing, of a message that does.
    Idle,
    /// A part of a complete message.
    Complete,
}

impl Entry {
    fn deadline(&self) -> Option<Instant> {
        match self.part {
            None => Some(self.since.after(LIMITS.early_receipt)),
            Some(_) => self.known.is_open().then(|| self.since.after(LIMITS.receipt)),
        }
    }

    fn loss(&self) -> Loss {
        match self.part {
            Some(part) => Loss::Part(part, self.known.state()),
            None => Loss::Receipt(self.id, self.known.state()),
        }
    }

    fn is_of(&self, message: u32) -> bool {
        self.part.is_some_and(|part| part.message == message)
    }
}

/// What is lost, and its last state.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Loss {
    Part(MessagePart, Option<MessageState>),
    /// By the number of its id.
    Receipt(Option<u64>, Option<MessageState>),
}

/// What a receipt did: change, state of the part, progress of the message.
pub(super) type Heard = (Change, Option<MessageState>, Progress);

/// At most so many parts and so many receipts.
pub(super) struct Model {
    parts: usize,
    receipts: usize,
    entries: Vec<Entry>,
    /// What the tracker lost: parts of one message can be of one age, and which of them goes first is its choice.
    pub(super) choice: Option<Loss>,
}

impl Model {
    pub(super) const fn new(parts: usize, receipts: usize) -> Self {
        Self { parts, receipts, entries: Vec::new(), choice: None }
    }

    pub(super) fn accepted(
        &mut self,
        now: Instant,
        part: MessagePart,
        id: u64,
    ) -> (Option<Heard>, Option<Loss>) {
        let held = self.entries.iter().position(|entry| entry.part.is_none() && entry.id == Some(id));
        let held = held.map(|index| self.entries.remove(index));
        let lost = self.enter(now, part, Some(id), Known::default());
        (held.map(|held| self.apply(now, part, held.known.state())), lost)
    }

    /// Takes a part in the place of what was known of it.
    pub(super) fn enter(
        &mut self,
        now: Instant,
        part: MessagePart,
        id: Option<u64>,
        known: Known,
    ) -> Option<Loss> {
        self.entries.retain(|entry| entry.part != Some(part));
        let lost = self.push(Entry { part: Some(part), id, known, since: now, kind: Kind::Open });
        self.settle(now, part.message);
        lost
    }

    /// The parts that a receipt can be for: those that wait, or else those that are remembered.
    pub(super) fn parts_with(&self, now: Instant, id: u64) -> Vec<MessagePart> {
        let remembered =
            |entry: &&Entry| entry.kind != Kind::Complete || now < entry.since.after(LIMITS.receipt);
        let all = self.entries.iter().filter(|entry| entry.id == Some(id)).filter(remembered);
        let parts = all.filter_map(|entry| Some((entry.part?, entry.known.is_open())));
        let (waiting, others): (Vec<_>, Vec<_>) = parts.partition(|(_, waits)| *waits);
        let best = if waiting.is_empty() { others } else { waiting };
        best.into_iter().map(|(part, _)| part).collect()
    }

    /// Gives a receipt's state to a part.
    pub(super) fn apply(&mut self, now: Instant, part: MessagePart, state: Option<MessageState>) -> Heard {
        let entry = self.entries.iter_mut().find(|entry| entry.part == Some(part)).expect("a known part");
        let (change, state) = (entry.known.hear(state), entry.known.state());
        self.settle(now, part.message);
        (change, state, self.progress(part.message).expect("a known message"))
    }

    /// Keeps a receipt until its response comes.
    pub(super) fn hold(
        &mut self,
        now: Instant,
        id: u64,
        state: Option<MessageState>,
    ) -> (Change, Option<Loss>) {
        let held = self.entries.iter_mut().find(|entry| entry.part.is_none() && entry.id == Some(id));
        if let Some(held) = held {
            return (held.known.hear(state), None);
        }
        let mut known = Known::default();
        let change = known.hear(state);
        (change, self.push(Entry { part: None, id: Some(id), known, since: now, kind: Kind::Open }))
    }

    fn push(&mut self, entry: Entry) -> Option<Loss> {
        let is_receipt = entry.part.is_none();
        let alike = self.entries.iter().filter(|other| other.part.is_none() == is_receipt).count();
        let is_full = alike == if is_receipt { self.receipts } else { self.parts };
        let lost = if is_full { self.forget_one(is_receipt) } else { None };
        self.entries.push(entry);
        lost
    }

    /// Of parts, what is complete goes first, as a whole; then the oldest.
    fn forget_one(&mut self, receipt: bool) -> Option<Loss> {
        let order =
            |entry: &Entry| (entry.kind != Kind::Complete, entry.since, Some(entry.loss()) != self.choice);
        let alike = self.entries.iter().enumerate().filter(|(_, entry)| entry.part.is_none() == receipt);
        let (index, &least) = alike.min_by_key(|(_, entry)| order(entry)).expect("room for one at least");
        match least.part.filter(|_| least.kind == Kind::Complete) {
            Some(part) => {
                self.entries.retain(|entry| !entry.is_of(part.message));
                None
            }
            None => {
                self.entries.remove(index);
                Some(least.loss())
            }
        }
    }

    /// Notes since when the parts of a message are what they are.
    fn settle(&mut self, now: Instant, message: u32) {
        let complete = self.progress(message).is_some_and(|progress| progress.open == 0);
        for entry in self.entries.iter_mut().filter(|entry| entry.is_of(message)) {
            let kind = match (complete, entry.known.is_open()) {
                (true, _) => Kind::Complete,
                (false, true) => Kind::Open,
                (false, false) => Kind::Idle,
            };
            if entry.kind != kind {
                (entry.kind, entry.since) = (kind, now);
            }
        }
    }

    pub(super) fn progress(&self, message: u32) -> Option<Progress> {
        let parts: Vec<_> = self.entries.iter().filter(|entry| entry.is_of(message)).collect();
        let total = parts.first()?.part?.total;
        let count = |what: fn(Known) -> bool| parts.iter().filter(|entry| what(entry.known)).count();
        let open = total - count(|known| !known.is_open()) as u8;
        let outcome = if count(Known::is_bad) > 0 {
            Outcome::Failed
        } else if open > 0 {
            Outcome::Pending
        } else if count(Known::is_good) == usize::from(total) {
            Outcome::Delivered
        } else {
            Outcome::Unknown
        };
        Some(Progress { outcome, open })
    }

    /// When the next entry runs out of time.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.entries.iter().filter_map(Entry::deadline).min()
    }

    pub(super) fn expire(&mut self, now: Instant) -> Option<Loss> {
        let due = self.deadline().filter(|deadline| *deadline <= now)?;
        let all = self.entries.iter().enumerate().filter(|(_, entry)| entry.deadline() == Some(due));
        let (index, &over) = all.min_by_key(|(_, entry)| Some(entry.loss()) != self.choice)?;
        match over.part {
            None => {
                self.entries.remove(index);
            }
            Some(part) => {
                let entry = &mut self.entries[index];
                entry.known = Known::ended(PartEnd::Unknown);
                self.settle(now, part.message);
            }
        }
        Some(over.loss())
    }
}
