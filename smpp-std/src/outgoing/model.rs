//! The queue against a naive one: a list of pieces, each with its octets, and nothing clever.

use super::*;
use smpp_core::EncodeError;
use smpp_core::pdu::{BindTransmitter, encode, encode_header};
use smpp_core::session::SendError;
use smpp_core::types::CommandStatus;

/// What a piece is to those who ask about it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Answer,
    Request(u32),
    Raw,
}

#[derive(Default)]
struct Model {
    /// What each piece is, its octets, and how many of them have left.
    pieces: Vec<(Kind, Vec<u8>, usize)>,
    /// How many of the pieces may go.
    approved: usize,
}

impl Model {
    fn pending(&self) -> Vec<u8> {
        self.pieces[..self.approved].iter().flat_map(|(_, octets, left)| octets[*left..].to_vec()).collect()
    }

    fn fresh(&self) -> Vec<u8> {
        self.pieces[self.approved..].iter().flat_map(|(_, octets, _)| octets.clone()).collect()
    }

    fn push(&mut self, kind: Kind, octets: &[u8]) {
        match self.pieces.last_mut() {
            // Octets that are no PDUs are one piece as long as nothing is between them.
            Some((Kind::Raw, last, _)) if kind == Kind::Raw => last.extend_from_slice(octets),
            _ => self.pieces.push((kind, octets.to_vec(), 0)),
        }
    }

    fn take(&mut self, mut count: usize) {
        while count > 0 {
            let (_, octets, left) = &mut self.pieces[0];
            let more = count.min(octets.len() - *left);
            (*left, count) = (*left + more, count - more);
            if *left == octets.len() {
                self.pieces.remove(0);
                self.approved -= 1;
            }
        }
    }

    fn withdraw(&mut self, number: u32) {
        let found =
            self.pieces.iter().position(|(kind, _, left)| *kind == Kind::Request(number) && *left == 0);
        if let Some(index) = found {
            self.pieces.remove(index);
            self.approved -= usize::from(index < self.approved);
        }
    }

    fn answers(&self) -> usize {
        let counted = self.pieces.iter().filter(|(kind, ..)| !matches!(kind, Kind::Request(_)));
        counted.map(|(_, octets, _)| octets.len()).sum()
    }

    /// The PDUs that have not left as a whole, and how much of the first has.
    fn unfinished(&self) -> (Vec<u8>, usize) {
        let pdus = || self.pieces.iter().filter(|(kind, ..)| *kind != Kind::Raw);
        let octets = pdus().flat_map(|(_, octets, _)| octets.clone()).collect();
        (octets, pdus().map(|(.., left)| left).sum())
    }
}

/// A generator of our own, so that a seed gives the same run for ever (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn pdu(command: CommandId, number: u32, len: usize) -> Vec<u8> {
    let mut octets = vec![0x5A; len];
    encode_header(command, CommandStatus::ESME_ROK, number, &mut octets).unwrap();
    octets[..4].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
    octets
}

fn put(out: &mut Outgoing, octets: &[u8]) {
    out.put(|room| {
        let needed = octets.len();
        let place =
            room.get_mut(..needed).ok_or(SendError::Encode(EncodeError::BufferTooSmall { needed }))?;
        place.copy_from_slice(octets);
        Ok(((), needed))
    })
    .unwrap();
}

/// Does one thing at random to both.
fn step(chance: &mut Chance, out: &mut Outgoing, model: &mut Model, number: &mut u32) {
    *number += 1;
    let len = 16 + chance.below(300);
    match chance.below(10) {
        0 | 1 => {
            let octets = pdu(CommandId::SUBMIT_SM, *number, len);
            put(out, &octets);
            model.push(Kind::Request(*number), &octets);
        }
        2 | 3 => {
            let octets = pdu(CommandId::SUBMIT_SM_RESP, *number, len);
            put(out, &octets);
            model.push(Kind::Answer, &octets);
        }
        // Past the session: answers, or the half of one.
        4 => {
            out.approve();
            model.approved = model.pieces.len();
            let octets = pdu(CommandId::DELIVER_SM_RESP, *number, len);
            let (kind, cut) = if chance.below(2) == 0 { (Kind::Answer, len) } else { (Kind::Raw, len / 2) };
            out.extend(&octets[..cut]);
            model.push(kind, &octets[..cut]);
            model.approved = model.pieces.len();
        }
        5 => {
            out.approve();
            model.approved = model.pieces.len();
        }
        6 => {
            out.withhold();
            model.pieces.truncate(model.approved);
        }
        7 => {
            let number = number.saturating_sub(u32::try_from(chance.below(12)).unwrap());
            out.withdraw(number);
            model.withdraw(number);
        }
        _ => {
            let count = chance.below(out.pending().len() + 1);
            out.take(count);
            model.take(count);
        }
    }
}

#[test]
fn the_queue_does_what_a_naive_one_does() {
    for seed in 1..=40 {
        let mut chance = Chance(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let (mut out, mut model, mut number) = (Outgoing::with_capacity(64), Model::default(), 0);
        for at in 0..2000 {
            step(&mut chance, &mut out, &mut model, &mut number);
            assert_eq!(out.pending(), model.pending(), "pending, seed {seed}, step {at}");
            assert_eq!(out.fresh(), model.fresh(), "fresh, seed {seed}, step {at}");
            assert_eq!(out.answers, model.answers(), "answers, seed {seed}, step {at}");
            assert_eq!(out.is_empty(), model.pieces.is_empty(), "seed {seed}, step {at}");
        }
        let (octets, left) = out.unfinished();
        assert_eq!((octets.to_vec(), left), model.unfinished(), "unfinished, seed {seed}");
        out.reset();
        assert!(out.is_empty() && out.answers == 0 && out.storage.len() == 64);
    }
}

#[test]
fn responses_written_past_the_session_leave_in_parts_as_well() {
    let mut out = Outgoing::with_capacity(64);
    out.extend(&pdu(CommandId::SUBMIT_SM_RESP, 1, 16));
    out.extend(&pdu(CommandId::SUBMIT_SM_RESP, 2, 16));
    out.take(16);
    assert_eq!((out.pending().len(), out.answers), (16, 16));
    out.take(15);
    assert_eq!((out.pending().len(), out.answers), (1, 16));
    out.take(1);
    assert!(out.is_empty() && out.answers == 0);
}

#[test]
fn what_it_grew_by_is_given_back_and_a_password_is_wiped_wherever_it_was() {
    let bind = BindTransmitter { password: "planted secret".into(), ..Default::default() };
    let mut octets = [0; 64];
    let len = encode(&bind, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
    let mut out = Outgoing::with_capacity(128);
    put(&mut out, &pdu(CommandId::QUERY_SM, 7, 100));
    put(&mut out, &octets[..len]);
    assert!(out.storage.len() > 128, "it grew");
    out.approve();
    out.take(100);
    put(&mut out, &pdu(CommandId::QUERY_SM, 8, 90));
    let shows = |out: &Outgoing| out.storage.windows(14).filter(|part| part == b"planted secret").count();
    assert_eq!(shows(&out), 1, "it moves, and leaves no copy");
    assert!(!format!("{out:?}").contains("112, 108, 97, 110"), "{out:?}");
    out.take(len);
    assert_eq!(shows(&out), 0);
    out.approve();
    out.take(90);
    assert_eq!((out.storage.len(), out.secrets), (128, 0));
}
