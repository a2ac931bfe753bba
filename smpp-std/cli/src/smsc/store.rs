//! The messages that the simulator took, so that they can be asked for, changed and reported.

use smpp_core::Instant;
use smpp_core::types::{Address, COctetString, MessageState, Npi, RegisteredDelivery, Ton};
use std::collections::VecDeque;
use std::rc::Rc;

/// The first octets of a string, at most `N`, without an allocation: there are many messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Start<const N: usize> {
    octets: [u8; N],
    len: u8,
}

impl<const N: usize> Start<N> {
    pub(super) fn as_octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }
}

impl<const N: usize> Default for Start<N> {
    fn default() -> Self {
        Self { octets: [0; N], len: 0 }
    }
}

impl<const N: usize> From<&[u8]> for Start<N> {
    fn from(text: &[u8]) -> Self {
        let mut octets = [0; N];
        let text = text.get(..N).unwrap_or(text);
        octets[..text.len()].copy_from_slice(text);
        Self { octets, len: u8::try_from(text.len()).unwrap_or_default() }
    }
}

/// What a receipt repeats of a text.
pub(super) type Excerpt = Start<20>;

/// The most characters of any address: that of data_sm (SMPP 3.4 §4.7.1).
pub(super) const LONGEST_ADDRESS: usize = 64;

/// An address in memory of its own.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct OwnedAddress {
    ton: Ton,
    npi: Npi,
    addr: Start<LONGEST_ADDRESS>,
}

impl OwnedAddress {
    pub(super) fn borrow(&self) -> Address<'_> {
        Address { ton: self.ton, npi: self.npi, addr: COctetString::new(self.addr.as_octets()) }
    }
}

impl From<Address<'_>> for OwnedAddress {
    fn from(address: Address<'_>) -> Self {
        Self { ton: address.ton, npi: address.npi, addr: address.addr.as_octets().into() }
    }
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) account: Rc<str>,
    pub(super) source: OwnedAddress,
    pub(super) destination: OwnedAddress,
    /// What its receipt repeats of the text.
    pub(super) text: Excerpt,
    /// When it was submitted, in seconds of Unix time.
    pub(super) submitted: i64,
    /// When it is sent on: at once, or as schedule_delivery_time says.
    pub(super) due_at: Instant,
    /// When it reaches its final state.
    pub(super) done_at: Instant,
    /// Its final state.
    pub(super) state: MessageState,
    pub(super) err: u16,
    pub(super) registered_delivery: RegisteredDelivery,
    pub(super) user_message_reference: Option<u16>,
    /// The message whose id the ESME was told, if it is not this one: that of the first destination of several.
    pub(super) told_as: Option<MessageNumber>,
    /// Receipts that are still to be sent.
    pub(super) receipts_due: u8,
}

impl Stored {
    /// Its state at `now`.
    pub(super) fn state_at(&self, now: Instant) -> MessageState {
        match now {
            _ if now >= self.done_at => self.state,
            _ if now < self.due_at => MessageState::SCHEDULED,
            _ => MessageState::ENROUTE,
        }
    }
}

/// Names a message: its number in the store. As message_id it has 8 hexadecimal digits, which even 3.3 allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MessageNumber(u64);

/// The last messages: so many are kept, and those whose receipts are due.
const KEPT: usize = 10_000;

/// All messages, oldest first.
#[derive(Debug)]
pub(super) struct Store {
    /// Message ids begin somewhere, so that those of two runs differ.
    offset: u32,
    /// The number of the first message.
    first: u64,
    messages: VecDeque<Stored>,
}

impl Store {
    pub(super) const fn new(offset: u32) -> Self {
        Self { offset, first: 0, messages: VecDeque::new() }
    }

    /// The number that the next message will get.
    pub(super) fn next(&self) -> MessageNumber {
        MessageNumber(self.first + self.messages.len() as u64)
    }

    pub(super) fn add(&mut self, message: Stored) -> MessageNumber {
        while self.messages.len() >= KEPT
            && self.messages.front().is_some_and(|first| first.receipts_due == 0)
        {
            self.messages.pop_front();
            self.first += 1;
        }
        let number = self.next();
        self.messages.push_back(message);
        number
    }

    /// The message_id of a message, digit by digit.
    pub(super) fn message_id(&self, number: MessageNumber) -> [u8; 8] {
        let low = u32::try_from(number.0 & 0xFFFF_FFFF).unwrap_or_default();
        let octets = self.offset.wrapping_add(low).to_be_bytes();
        std::array::from_fn(|place| {
            let octet = octets[place / 2];
            let digit = if place % 2 == 0 { octet >> 4 } else { octet & 0xF };
            b"0123456789ABCDEF"[usize::from(digit)]
        })
    }

    pub(super) fn get_mut(&mut self, number: MessageNumber) -> Option<&mut Stored> {
        self.messages.get_mut(usize::try_from(number.0.checked_sub(self.first)?).ok()?)
    }

    /// The message with this message_id and sender, as query_sm, cancel_sm and replace_sm name it (standards, query, cancel and replace).
    pub(super) fn find(&mut self, message_id: &[u8], source: &Address<'_>) -> Option<&mut Stored> {
        let id = u32::from_str_radix(std::str::from_utf8(message_id).ok()?, 16).ok()?;
        let low = id.wrapping_sub(self.offset);
        let first = u32::try_from(self.first & 0xFFFF_FFFF).ok()?;
        let index = usize::try_from(low.wrapping_sub(first)).ok()?;
        self.messages.get_mut(index).filter(|message| message.source.borrow().addr == source.addr)
    }

    /// The messages under way between two addresses, as cancel_sm without message_id names them.
    pub(super) fn under_way(
        &mut self,
        now: Instant,
        source: &Address<'_>,
        destination: &Address<'_>,
    ) -> impl Iterator<Item = &mut Stored> {
        self.messages.iter_mut().filter(move |message| {
            now < message.done_at
                && message.source.borrow().addr == source.addr
                && message.destination.borrow().addr == destination.addr
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(source: &str) -> Stored {
        Stored {
            account: "a".into(),
            source: Address::international(source).into(),
            destination: OwnedAddress::default(),
            text: Excerpt::default(),
            submitted: 0,
            due_at: Instant::ZERO,
            done_at: Instant::from_millis(10),
            state: MessageState::DELIVERED,
            err: 0,
            registered_delivery: RegisteredDelivery::NONE,
            user_message_reference: None,
            told_as: None,
            receipts_due: 0,
        }
    }

    #[test]
    fn messages_are_found_by_id_and_sender_until_they_are_forgotten() {
        let mut store = Store::new(0xFFFF_FFF0);
        let numbers: Vec<_> = (0..KEPT + 20).map(|_| store.add(message("1"))).collect();
        let last = store.message_id(numbers[KEPT + 19]);
        assert!(store.find(&last, &Address::international("1")).is_some());
        assert!(store.find(&last, &Address::international("2")).is_none());
        assert!(store.get_mut(numbers[0]).is_none() && store.get_mut(numbers[20]).is_some());
        let forgotten = store.message_id(numbers[0]);
        assert!(store.find(&forgotten, &Address::international("1")).is_none());
        assert!(store.find(b"nonsense", &Address::international("1")).is_none());
    }

    #[test]
    fn message_ids_have_eight_digits_and_go_on_from_the_offset() {
        let mut store = Store::new(0x0A0B_FFFE);
        let ids = [(); 3].map(|()| {
            let number = store.add(message("1"));
            store.message_id(number)
        });
        assert_eq!(ids, [*b"0A0BFFFE", *b"0A0BFFFF", *b"0A0C0000"]);
    }

    #[test]
    fn a_receipt_repeats_twenty_octets() {
        let text = b"a text that is longer than that";
        assert_eq!(Excerpt::from(&text[..]).as_octets(), b"a text that is longe");
        assert_eq!(Excerpt::from(&text[..6]).as_octets(), b"a text");
    }

    #[test]
    fn a_message_whose_receipt_is_due_is_kept() {
        let mut store = Store::new(0);
        let number = store.add(Stored { receipts_due: 1, ..message("1") });
        for _ in 0..KEPT * 2 {
            store.add(message("2"));
        }
        assert!(store.get_mut(number).is_some());
    }
}
