//! The queue against a list of PDUs.

use super::*;
use crate::frame::Header;
use crate::pdu::encode_header;
use crate::types::{CommandId, CommandStatus};
use proptest::prelude::*;
use std::vec::Vec;

/// Storage that grows.
struct Growing(Vec<u8>);

impl AsRef<[u8]> for Growing {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Growing {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Storage for Growing {
    fn can_grow(&self) -> bool {
        true
    }

    fn grow(&mut self, len: usize) {
        self.0.resize(len, 0);
    }
}

/// A PDU of `len` octets, 16 at least: a header and octets that tell its number.
fn write(command: CommandId, number: u32, len: usize, room: &mut [u8]) -> bool {
    let Some(place) = room.get_mut(..len) else { return false };
    place.fill(number as u8);
    encode_header(command, CommandStatus::ESME_ROK, number, place).unwrap();
    place[..4].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
    true
}

/// Lets `write` find room as an outbox does.
fn put(queue: &mut dyn TransmitQueue, is_answer: bool, number: u32, len: usize) -> bool {
    let command = if is_answer { CommandId::QUERY_SM_RESP } else { CommandId::QUERY_SM };
    loop {
        if write(command, number, len, queue.room(is_answer)) {
            queue.added(len, is_answer);
            return true;
        }
        if !queue.make_room(len, is_answer) {
            return false;
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Put { is_answer: bool, len: usize },
    Take(usize),
    Withdraw(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (any::<bool>(), 16usize..60).prop_map(|(is_answer, len)| Operation::Put { is_answer, len }),
        4 => (0usize..70).prop_map(Operation::Take),
        1 => Just(Operation::Take(usize::MAX)),
        2 => (0usize..8).prop_map(Operation::Withdraw),
    ]
}

/// What the queue must do, told simply: whole PDUs, and how much of the first was taken.
#[derive(Default)]
struct Model {
    pdus: Vec<Vec<u8>>,
    taken: usize,
    wanted: usize,
    number: u32,
}

impl Model {
    fn octets(&self) -> Vec<u8> {
        self.pdus.concat()
    }

    fn command(pdu: &[u8]) -> Header {
        Header::read(pdu).unwrap()
    }

    fn answers(&self) -> usize {
        let is_answer = |pdu: &&Vec<u8>| Self::command(pdu).command_id.is_response();
        self.pdus.iter().filter(is_answer).map(Vec::len).sum()
    }

    fn take(&mut self, count: usize) {
        self.taken += count.min(self.octets().len() - self.taken);
        while let Some(first) = self.pdus.first().filter(|first| first.len() <= self.taken) {
            self.taken -= first.len();
            self.pdus.remove(0);
        }
    }

    /// The first that has this number, is a request and has not begun to leave.
    fn withdraw(&mut self, number: u32) {
        let is_it = |(place, pdu): (usize, &Vec<u8>)| {
            let header = Self::command(pdu);
            let has_begun = place == 0 && self.taken > 0;
            header.sequence_number == number && !header.command_id.is_response() && !has_begun
        };
        if let Some(place) = self.pdus.iter().enumerate().position(is_it) {
            self.pdus.remove(place);
        }
    }
}

fn check<T: Storage>(mut queue: Queue<T>, operations: &[Operation]) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let mut left = Vec::new();
    let mut expected = Vec::new();
    for &operation in operations {
        match operation {
            Operation::Put { is_answer, len } => {
                model.number += 1;
                let reserve = if is_answer || queue.can_grow() { 0 } else { (queue.capacity() / 4).max(32) };
                let free = queue.capacity() - model.octets().len();
                let fits = queue.can_grow() || len + reserve <= free;
                prop_assert_eq!(put(&mut queue, is_answer, model.number, len), fits, "{}, {}", len, reserve);
                if fits {
                    let command = if is_answer { CommandId::QUERY_SM_RESP } else { CommandId::QUERY_SM };
                    let mut pdu = std::vec![0; len];
                    write(command, model.number, len, &mut pdu);
                    model.pdus.push(pdu);
                    model.wanted = if is_answer { model.wanted } else { 0 };
                } else if !model.pdus.is_empty() {
                    model.wanted = (len + reserve).min(queue.capacity());
                }
            }
            Operation::Take(count) => {
                let count = count.min(queue.pending().len());
                left.extend_from_slice(&queue.pending()[..count]);
                expected.extend_from_slice(&model.octets()[model.taken..model.taken + count]);
                queue.take(count);
                model.take(count);
            }
            Operation::Withdraw(back) => {
                let number = model.number.saturating_sub(back as u32);
                queue.withdraw(number);
                model.withdraw(number);
            }
        }
        let free = queue.capacity() - model.octets().len();
        prop_assert_eq!(queue.unfinished(), (&*model.octets(), model.taken));
        prop_assert_eq!(queue.pending(), &model.octets()[model.taken..]);
        let answers = if queue.can_grow() { model.answers() } else { 0 };
        prop_assert_eq!((queue.marks.answers, queue.free()), (answers, free));
        prop_assert_eq!(queue.is_empty(), model.pdus.is_empty());
        let is_there = model.wanted != 0 && free >= model.wanted;
        prop_assert_eq!(queue.poll_wanted(), is_there);
        model.wanted = if is_there { 0 } else { model.wanted };
    }
    prop_assert_eq!(left, expected);
    Ok(())
}

proptest! {
    #[test]
    fn the_queue_is_a_list_of_pdus(operations in prop::collection::vec(operation(), 0..200)) {
        check(Queue::new([0; 160]), &operations)?;
        check(Queue::new([0; 64]), &operations)?;
        check(Queue::new(Growing(Vec::new())), &operations)?;
        check(Queue::new(Growing(std::vec![0; 100])), &operations)?;
    }
}

#[test]
fn only_answers_choke_and_only_until_they_have_left() {
    let mut queue = Queue::new(Growing(Vec::new()));
    let many = MAX_ANSWERS / 16 + 1;
    let fill = |queue: &mut Queue<Growing>, octets: &[u8]| {
        queue.make_room(octets.len(), true);
        queue.room(true)[..octets.len()].copy_from_slice(octets);
        queue.added(octets.len(), true);
    };
    let header = |command| {
        let mut pdu = [0; 16];
        encode_header(command, CommandStatus::ESME_ROK, 1, &mut pdu).unwrap();
        pdu
    };
    fill(&mut queue, &header(CommandId::QUERY_SM).repeat(many));
    assert!(!queue.is_choked(), "requests are bounded by the window");
    fill(&mut queue, &header(CommandId::QUERY_SM_RESP).repeat(many));
    assert!(queue.is_choked());
    queue.take(many * 16 + 15);
    assert!(queue.is_choked(), "not a whole answer has left");
    queue.take(1);
    assert!(!queue.is_choked());
    queue.take(usize::MAX);
    assert_eq!((queue.marks.answers, queue.is_empty()), (0, true));
}
