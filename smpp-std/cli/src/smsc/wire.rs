//! Faults on the wire: what the sessions write, late, lost, twice, damaged or in pieces.

use super::agenda::Agenda;
use super::fault::{Faults, Kind};
use super::random::Random;
use smpp_core::Instant;
use smpp_core::frame::{Frame, Split};
use smpp_core::pdu::HEADER_LEN;
use smpp_core::types::CommandId;
use smpp_std::SessionId;
use std::collections::HashMap;
use std::time::Duration;

/// What is to be done with a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Write(Vec<u8>),
    /// The octets of this PDU follow one by one.
    Tell(Vec<u8>),
    Octet(u8),
    Close,
}

/// The faults of a run, and what they hold back.
#[derive(Debug)]
pub(super) struct Wire {
    faults: Faults,
    random: Random,
    agenda: Agenda<(SessionId, Release)>,
    lines: HashMap<SessionId, State>,
    is_active: bool,
}

#[derive(Debug)]
enum Release {
    Step(Step),
    /// The answer that waits for the one after it has waited long enough.
    Held,
}

#[derive(Debug, Default)]
struct State {
    answers: u64,
    /// An answer that waits for the one after it.
    held: Option<Vec<u8>>,
    is_silent: bool,
}

/// How long an answer waits for the one after it.
const HOLD: Duration = Duration::from_millis(50);

impl Wire {
    pub(super) fn new(faults: Faults, random: Random) -> Self {
        use Kind::{
            Bytewise, Coalesced, Cut, Duplicated, Late, Lost, Malformed, Reordered, Silence, UnbindUnanswered,
        };
        let kinds = [
            Bytewise,
            Coalesced,
            Cut,
            Duplicated,
            Late,
            Lost,
            Malformed,
            Reordered,
            Silence,
            UnbindUnanswered,
        ];
        let is_active = kinds.into_iter().any(|kind| faults.has(kind));
        Self { faults, random, agenda: Agenda::new(), lines: HashMap::new(), is_active }
    }

    /// Whether anything is to be done to PDUs at all.
    pub(super) const fn is_active(&self) -> bool {
        self.is_active
    }

    /// From now on nothing leaves any more.
    pub(super) fn silence(&mut self, id: SessionId) {
        self.lines.entry(id).or_default().is_silent = true;
    }

    pub(super) fn closed(&mut self, id: SessionId) {
        self.lines.remove(&id);
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.agenda.next()
    }

    /// Takes PDUs that were about to be written.
    pub(super) fn take(&mut self, now: Instant, id: SessionId, mut octets: &[u8]) {
        while let Ok(Split::Frame(frame)) = Frame::split(octets, usize::MAX) {
            octets = &octets[frame.octets.len()..];
            if self.lines.entry(id).or_default().is_silent {
                continue;
            }
            match frame.header.command_id {
                CommandId::UNBIND_RESP if self.faults.has(Kind::UnbindUnanswered) => {}
                command if is_answer(command) => self.answer(now, id, frame.octets),
                _ => self.release(now, id, frame.octets.to_vec()),
            }
        }
    }

    /// An answer: the PDU to which most can happen.
    fn answer(&mut self, now: Instant, id: SessionId, octets: &[u8]) {
        let Self { faults, random, lines, .. } = self;
        let line = lines.entry(id).or_default();
        line.answers += 1;
        line.is_silent |= faults.get(Kind::Silence) == Some(line.answers);
        if faults.get(Kind::Cut) == Some(line.answers) {
            line.is_silent = true;
            self.agenda.add(now, (id, Release::Step(Step::Write(octets[..octets.len() / 2].to_vec()))));
            self.agenda.add(now, (id, Release::Step(Step::Close)));
            return;
        }
        if faults.get(Kind::Lost).is_some_and(|percent| random.chance(percent)) {
            return;
        }
        let mut octets = octets.to_vec();
        if faults.get(Kind::Malformed).is_some_and(|percent| random.chance(percent)) {
            damage(&mut octets, random);
        }
        let at = now.after(faults.time(Kind::Late).unwrap_or_default());
        let copies =
            1 + usize::from(faults.get(Kind::Duplicated).is_some_and(|percent| random.chance(percent)));
        if faults.has(Kind::Reordered) {
            let Some(held) = line.held.take() else {
                line.held = Some(octets.repeat(copies));
                return self.agenda.add(at.after(HOLD), (id, Release::Held));
            };
            self.release(at, id, octets.repeat(copies));
            return self.release(at, id, held);
        }
        for _ in 0..copies {
            self.release(at, id, octets.clone());
        }
    }

    /// When an answer that is given now leaves.
    pub(super) fn answer_at(&self, now: Instant) -> Instant {
        let late = now.after(self.faults.time(Kind::Late).unwrap_or_default());
        self.coalesced(if self.faults.has(Kind::Reordered) { late.after(HOLD) } else { late })
    }

    /// When what is ready at `at` is written, if all PDUs of a time go together.
    fn coalesced(&self, at: Instant) -> Instant {
        match self.faults.time(Kind::Coalesced) {
            None => at,
            Some(time) => {
                let step = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
                Instant::from_micros(at.as_micros().next_multiple_of(step))
            }
        }
    }

    /// Writes whole PDUs at `at`, in the pieces that the faults ask for.
    fn release(&mut self, at: Instant, id: SessionId, octets: Vec<u8>) {
        let at = self.coalesced(at);
        if self.faults.has(Kind::Bytewise) {
            self.agenda.add(at, (id, Release::Step(Step::Tell(octets.clone()))));
            for octet in octets {
                self.agenda.add(at, (id, Release::Step(Step::Octet(octet))));
            }
        } else {
            self.agenda.add(at, (id, Release::Step(Step::Write(octets))));
        }
    }

    /// The steps that are due, in order; PDUs for one connection joined unless they go octet by octet.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(SessionId, Step)> {
        let mut steps: Vec<(SessionId, Step)> = Vec::new();
        while let Some((id, release)) = self.agenda.pop(now) {
            let step = match release {
                Release::Step(step) => step,
                Release::Held => match self.lines.get_mut(&id).and_then(|line| line.held.take()) {
                    Some(octets) if self.faults.has(Kind::Bytewise) => {
                        steps.push((id, Step::Tell(octets.clone())));
                        steps.extend(octets.into_iter().map(|octet| (id, Step::Octet(octet))));
                        continue;
                    }
                    Some(octets) => Step::Write(octets),
                    None => continue,
                },
            };
            match (steps.last_mut(), step) {
                (Some((last, Step::Write(octets))), Step::Write(more)) if *last == id => {
                    octets.extend_from_slice(&more);
                }
                (_, step) => steps.push((id, step)),
            }
        }
        steps
    }
}

/// Whether this answers a request of the application: binds, unbinds and enquire_links stay whole.
fn is_answer(command: CommandId) -> bool {
    let request = command.request();
    command.is_response()
        && !request.is_bind()
        && !matches!(request, CommandId::UNBIND | CommandId::ENQUIRE_LINK)
}

/// Damages the body and keeps the framing.
fn damage(octets: &mut Vec<u8>, random: &mut Random) {
    let has_body = octets.len() > HEADER_LEN;
    match random.below(3) {
        // The last string has no NUL, and no letter in its place.
        0 if has_body => octets.iter_mut().last().into_iter().for_each(|last| *last = 1),
        // A TLV that says it is longer than the PDU.
        1 => octets.extend_from_slice(&[0x04, 0x27, 0x40, 0x00, 0x02]),
        // A few octets too many.
        _ => octets.extend_from_slice(&[0; 3]),
    }
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    octets[..4].copy_from_slice(&length.to_be_bytes());
}
