//! Requests that wait for their response: each found, added and taken out in constant time, whatever the size.

use crate::session::tick::Tick;
use crate::types::CommandId;

/// A request that was sent and waits for its end. It ends exactly once: answered, timed out or abandoned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ticket {
    sequence_number: u32,
    slot: u16,
}

impl Ticket {
    /// The sequence number of the request, 1 to 0x7FFFFFFF.
    #[must_use]
    pub const fn sequence_number(self) -> u32 {
        self.sequence_number
    }

    /// The place of the request in the window, below `WINDOW`. No two outstanding requests share one, so it can
    /// index what the application keeps about them: `[Context; WINDOW]`.
    #[must_use]
    pub const fn slot(self) -> usize {
        self.slot as usize
    }
}

/// No slot: the end of a list. So is every number from the size of the window.
const NONE: u16 = u16::MAX;

/// The largest sequence number (SMPP 3.4 §3.2; 5.0 §4.7.24).
pub(super) const LAST_NUMBER: u32 = 0x7FFF_FFFF;

/// One place in the window, in the list of free places or in that of outstanding requests.
///
/// Its neighbours in the list are kept by how far they are from those in the window, so that a window of zeros has all
/// slots in one list: a new one takes no work, and no second copy of it on the stack.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// 0 while the slot is free.
    sequence_number: u32,
    deadline: Tick,
    prev_beyond: u16,
    next_beyond: u16,
    /// The low half of the command; every command that waits here has a zero high half.
    command: u16,
    /// The adapter said at the end that its octets never reached the transport.
    unwritten: bool,
}

impl Slot {
    const EMPTY: Self = Self {
        sequence_number: 0,
        deadline: Tick::ZERO,
        prev_beyond: 0,
        next_beyond: 0,
        command: 0,
        unwritten: false,
    };

    /// The one before this one, whose number is `index`, in its list.
    const fn prev(&self, index: u16) -> u16 {
        index.wrapping_sub(1).wrapping_add(self.prev_beyond)
    }

    /// The one behind it.
    const fn next(&self, index: u16) -> u16 {
        index.wrapping_add(1).wrapping_add(self.next_beyond)
    }

    const fn set_prev(&mut self, index: u16, prev: u16) {
        self.prev_beyond = prev.wrapping_sub(index.wrapping_sub(1));
    }

    const fn set_next(&mut self, index: u16, next: u16) {
        self.next_beyond = next.wrapping_sub(index.wrapping_add(1));
    }
}

/// A doubly linked list through the slots.
#[derive(Clone, Copy, Debug)]
struct List {
    first: u16,
    last: u16,
}

/// A request that left the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ended {
    pub(super) ticket: Ticket,
    pub(super) written: bool,
    /// When it was to time out.
    pub(super) deadline: Tick,
}

/// The outstanding requests of one session, and the counter of its sequence numbers.
///
/// A number's slot is its remainder by `N`, so a response finds its request without a search. The list of outstanding
/// requests is in order of sending, which is the order of their deadlines because all wait equally long.
#[derive(Debug)]
pub(super) struct Window<const N: usize> {
    slots: [Slot; N],
    free: List,
    outstanding: List,
    len: u16,
    /// How many there may be; more than `N` is as good as `N`.
    limit: u16,
    /// The number that was given out last, to a request in the window or to one outside it.
    last_number: u32,
}

impl<const N: usize> Window<N> {
    /// An empty window for at most `limit` requests, whose first number is 1.
    pub(super) fn new(limit: u16) -> Self {
        const { assert!(N > 0 && N < NONE as usize, "a window has 1 to 65,534 places") };
        Self {
            slots: const { [Slot::EMPTY; N] },
            free: List { first: 0, last: Self::SIZE.wrapping_sub(1) },
            outstanding: List { first: NONE, last: NONE },
            len: 0,
            limit,
            last_number: 0,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "`new` does not compile for a larger window")]
    const SIZE: u16 = N as u16;

    /// How many requests are outstanding.
    pub(super) const fn len(&self) -> u16 {
        self.len
    }

    /// Whether there is room for a request.
    pub(super) const fn has_room(&self) -> bool {
        self.len < self.limit && (self.len as usize) < N
    }

    /// The number for the next request, `None` when the window is full: one more than the last, or, when the slot of
    /// that one is still taken, the next number whose slot is the one that is free for longest.
    pub(super) fn next_number(&self) -> Option<u32> {
        let next = following(self.last_number);
        if self.slots.get(usize::from(Self::slot_of(next)))?.sequence_number == 0 {
            return Some(next);
        }
        let free = self.free.first;
        if free >= Self::SIZE {
            return None;
        }
        let ahead = u32::from(free).wrapping_add(Self::SIZE.into()).wrapping_sub(Self::slot_of(next).into());
        let number = next.saturating_add(Self::slot_of(ahead).into());
        Some(if number <= LAST_NUMBER {
            number
        } else if free == 0 {
            u32::from(Self::SIZE)
        } else {
            u32::from(free)
        })
    }

    /// Takes `number`, which [`Self::next_number`] gave, for a request that waits until `deadline`.
    pub(super) fn insert(&mut self, number: u32, command: CommandId, deadline: Tick) -> Ticket {
        let index = Self::slot_of(number);
        unlink(&mut self.slots, &mut self.free, index);
        push_back(&mut self.slots, &mut self.outstanding, index);
        if let Some(slot) = self.slots.get_mut(usize::from(index)) {
            slot.sequence_number = number;
            slot.command = low_half(command);
            slot.deadline = deadline;
            slot.unwritten = false;
        }
        self.len = self.len.saturating_add(1);
        self.last_number = number;
        Ticket { sequence_number: number, slot: index }
    }

    /// The number for the next PDU that does not wait in the window: a bind, enquire_link, unbind, or a notification.
    pub(super) fn peek_number(&self) -> u32 {
        let mut number = following(self.last_number);
        // After 2^31 requests the next number can belong to one that still waits.
        while self.find(number).is_some() {
            number = following(number);
        }
        number
    }

    /// Takes that number.
    pub(super) fn take_number(&mut self) -> u32 {
        self.last_number = self.peek_number();
        self.last_number
    }

    /// Whether `number` could be taken: no other than a sequence number, with a free slot.
    pub(super) fn is_free(&self, number: u32) -> bool {
        let slot = self.slots.get(usize::from(Self::slot_of(number)));
        (1..=LAST_NUMBER).contains(&number) && slot.is_some_and(|slot| slot.sequence_number == 0)
    }

    /// The number that was given out last; 0 before the first.
    pub(super) const fn last_number(&self) -> u32 {
        self.last_number
    }

    /// Goes on behind `number`, as the successor of a session that ended with it.
    pub(super) fn set_last_number(&mut self, number: u32) {
        self.last_number = number & LAST_NUMBER;
    }

    /// The outstanding request with this number, and its command.
    pub(super) fn find(&self, number: u32) -> Option<(Ticket, CommandId)> {
        let index = Self::slot_of(number);
        let slot = self.slots.get(usize::from(index))?;
        (slot.sequence_number == number && number != 0)
            .then_some((Ticket { sequence_number: number, slot: index }, CommandId(u32::from(slot.command))))
    }

    /// Takes an outstanding request out.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<Ended> {
        let slot = self.slots.get_mut(ticket.slot())?;
        if slot.sequence_number != ticket.sequence_number || ticket.sequence_number == 0 {
            return None;
        }
        slot.sequence_number = 0;
        let ended = Ended { ticket, written: !slot.unwritten, deadline: slot.deadline };
        unlink(&mut self.slots, &mut self.outstanding, ticket.slot);
        push_back(&mut self.slots, &mut self.free, ticket.slot);
        self.len = self.len.saturating_sub(1);
        Some(ended)
    }

    /// The outstanding request that was sent first, and when it times out.
    pub(super) fn oldest(&self) -> Option<(Ticket, Tick)> {
        self.iter().next().map(|(ticket, _, deadline)| (ticket, deadline))
    }

    /// Remembers that the octets of this request never reached the transport.
    pub(super) fn mark_unwritten(&mut self, number: u32, command: CommandId) {
        if let Some((ticket, waiting)) = self.find(number)
            && waiting == command
            && let Some(slot) = self.slots.get_mut(ticket.slot())
        {
            slot.unwritten = true;
        }
    }

    /// The outstanding requests in order of sending: ticket, command, deadline.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Ticket, CommandId, Tick)> {
        let mut next = self.outstanding.first;
        core::iter::from_fn(move || {
            let slot = self.slots.get(usize::from(next))?;
            let ticket = Ticket { sequence_number: slot.sequence_number, slot: next };
            next = slot.next(next);
            Some((ticket, CommandId(u32::from(slot.command)), slot.deadline))
        })
    }

    /// The slot of a number.
    #[expect(clippy::arithmetic_side_effects, reason = "`new` does not compile for a window without places")]
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is below `SIZE`")]
    const fn slot_of(number: u32) -> u16 {
        (number % Self::SIZE as u32) as u16
    }
}

/// The number behind `number`: 1 behind the last.
const fn following(number: u32) -> u32 {
    if number < LAST_NUMBER { number.wrapping_add(1) } else { 1 }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "requests that wait for a response are all below 0x10000"
)]
const fn low_half(command: CommandId) -> u16 {
    command.0 as u16
}

fn push_back(slots: &mut [Slot], list: &mut List, index: u16) {
    let before = list.last;
    if let Some(slot) = slots.get_mut(usize::from(index)) {
        slot.set_prev(index, before);
        slot.set_next(index, NONE);
    }
    match slots.get_mut(usize::from(before)) {
        Some(slot) => slot.set_next(before, index),
        None => list.first = index,
    }
    list.last = index;
}

fn unlink(slots: &mut [Slot], list: &mut List, index: u16) {
    let Some(slot) = slots.get(usize::from(index)) else { return };
    let (prev, next) = (slot.prev(index), slot.next(index));
    match slots.get_mut(usize::from(prev)) {
        Some(slot) => slot.set_next(prev, next),
        None => list.first = next,
    }
    match slots.get_mut(usize::from(next)) {
        Some(slot) => slot.set_prev(next, prev),
        None => list.last = prev,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::vec::Vec;

    const COMMAND: CommandId = CommandId::SUBMIT_SM;

    fn send<const N: usize>(window: &mut Window<N>) -> Ticket {
        let number = window.next_number().unwrap();
        window.insert(number, COMMAND, Tick::ZERO)
    }

    #[test]
    fn a_slot_takes_16_octets() {
        assert_eq!(size_of::<Slot>(), 16);
        assert!(size_of::<Window<10>>() <= 176);
    }

    #[test]
    fn numbers_rise_by_one_while_the_slots_allow_it() {
        let mut window = Window::<4>::new(u16::MAX);
        for number in 1..100 {
            let ticket = send(&mut window);
            assert_eq!(ticket.sequence_number(), number);
            assert!(window.remove(ticket).is_some());
        }
    }

    #[test]
    fn numbers_rise_by_one_past_requests_outside_the_window() {
        let mut window = Window::<4>::new(u16::MAX);
        assert_eq!(window.take_number(), 1);
        assert_eq!(send(&mut window).sequence_number(), 2);
        assert_eq!(window.take_number(), 3);
        assert_eq!(send(&mut window).sequence_number(), 4);
    }

    #[test]
    fn a_number_whose_slot_is_taken_is_skipped() {
        let mut window = Window::<3>::new(u16::MAX);
        let [first, second, third] = core::array::from_fn(|_| send(&mut window));
        assert_eq!(window.next_number(), None);
        window.remove(second);
        assert_eq!(send(&mut window).sequence_number(), 5);
        window.remove(third);
        window.remove(first);
        assert_eq!(send(&mut window).sequence_number(), 6);
    }

    #[test]
    fn numbers_wrap_to_one_and_skip_those_still_outstanding() {
        // In practice 22 (sequence numbers above 0x7FFFFFFF, zero).
        let mut window = Window::<2>::new(u16::MAX);
        let one = send(&mut window);
        window.set_last_number(LAST_NUMBER - 1);
        assert_eq!(window.next_number(), Some(2), "0x7FFFFFFF shares its slot with 1");
        window.remove(one);
        let last = send(&mut window);
        assert_eq!(last.sequence_number(), LAST_NUMBER);
        assert_eq!(window.next_number(), Some(2), "1 shares its slot with 0x7FFFFFFF");
        window.remove(last);
        assert_eq!(send(&mut window).sequence_number(), 1);

        let mut window = Window::<2>::new(u16::MAX);
        send(&mut window);
        window.set_last_number(LAST_NUMBER);
        assert_eq!(window.take_number(), 2, "1 is still outstanding");
    }

    #[test]
    fn the_even_slot_wraps_to_the_size_of_the_window() {
        let mut window = Window::<2>::new(u16::MAX);
        window.set_last_number(LAST_NUMBER - 1);
        send(&mut window);
        assert_eq!(send(&mut window).sequence_number(), 2);
    }

    #[test]
    fn a_request_leaves_once_and_a_stale_ticket_finds_nothing() {
        let mut window = Window::<1>::new(u16::MAX);
        let first = send(&mut window);
        assert!(window.remove(first).is_some());
        assert!(window.remove(first).is_none());
        let second = send(&mut window);
        assert!(window.remove(first).is_none());
        assert_eq!(window.find(first.sequence_number()), None);
        assert_eq!(window.find(0), None);
        assert_eq!(window.find(second.sequence_number()), Some((second, COMMAND)));
    }

    #[test]
    fn octets_are_unwritten_only_for_the_same_command() {
        let mut window = Window::<2>::new(u16::MAX);
        let (first, second) = (send(&mut window), send(&mut window));
        window.mark_unwritten(first.sequence_number(), CommandId::DELIVER_SM);
        window.mark_unwritten(second.sequence_number(), COMMAND);
        assert!(window.remove(first).unwrap().written);
        assert!(!window.remove(second).unwrap().written);
    }

    /// What the window must do, told simply: a queue in order of sending.
    #[derive(Default)]
    struct Model {
        outstanding: VecDeque<u32>,
        last: u32,
    }

    fn check<const N: usize>(operations: &[(u8, u8)], start: u32) -> Result<(), TestCaseError> {
        let mut window = Window::<N>::new(u16::MAX);
        window.set_last_number(start);
        let mut model = Model { last: start, ..Model::default() };
        for &(kind, pick) in operations {
            match kind % 4 {
                0 | 1 => match window.next_number() {
                    Some(number) => {
                        prop_assert!(model.outstanding.len() < N);
                        prop_assert!((1..=LAST_NUMBER).contains(&number));
                        prop_assert!(!model.outstanding.contains(&number));
                        let forward = number.wrapping_sub(model.last) & LAST_NUMBER;
                        // Before the end of the numbers up to one round more.
                        prop_assert!(forward <= 2 * N as u32 + 1, "{} then {number}", model.last);
                        let ticket = window.insert(number, COMMAND, Tick::ZERO);
                        prop_assert_eq!(ticket.slot(), number as usize % N);
                        model.outstanding.push_back(number);
                        model.last = number;
                    }
                    None => prop_assert_eq!(model.outstanding.len(), N),
                },
                2 if !model.outstanding.is_empty() => {
                    let number =
                        model.outstanding.remove(usize::from(pick) % model.outstanding.len()).unwrap();
                    let (ticket, command) = window.find(number).unwrap();
                    prop_assert_eq!(command, COMMAND);
                    prop_assert!(window.remove(ticket).is_some());
                }
                _ => {
                    let number = window.take_number();
                    prop_assert!(!model.outstanding.contains(&number));
                    model.last = number;
                }
            }
            prop_assert_eq!(usize::from(window.len()), model.outstanding.len());
            let listed: Vec<_> = window.iter().map(|(ticket, ..)| ticket.sequence_number()).collect();
            prop_assert_eq!(&listed, &model.outstanding.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(
                window.oldest().map(|(ticket, _)| ticket.sequence_number()),
                listed.first().copied()
            );
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_window_is_a_queue_with_numbers(operations in prop::collection::vec(any::<(u8, u8)>(), 0..300), back in 0u32..40) {
            for start in [0, LAST_NUMBER - back] {
                check::<1>(&operations, start)?;
                check::<2>(&operations, start)?;
                check::<7>(&operations, start)?;
                check::<16>(&operations, start)?;
            }
        }
    }
}
