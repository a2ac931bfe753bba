//! What the simulator knows of one session.

use super::account::Delivery;
use serde_json::{Value, json};
use smpp_core::frame::{Frame, Split};
use smpp_core::types::CommandId;
use smpp_std::SessionId;
use std::net::SocketAddr;
use std::rc::Rc;

/// One connected ESME.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    /// Its system_id, once bound.
    pub(super) account: Option<Rc<str>>,
    /// What was sent to it, by the slot of its ticket.
    pub(super) in_hand: Vec<Option<Delivery>>,
    pub(super) submitted: u64,
    pub(super) throttled: u64,
    /// Requests of its window that wait for an answer, and the most that ever did.
    open: u64,
    max_window: u64,
}

/// All connected ESMEs, found without a search.
#[derive(Debug, Default)]
pub(super) struct Peers(Vec<Option<(SessionId, Peer)>>);

impl Peers {
    pub(super) fn insert(&mut self, id: SessionId, peer: Peer) {
        if self.0.len() <= id.slot() {
            self.0.resize_with(id.slot() + 1, || None);
        }
        self.0[id.slot()] = Some((id, peer));
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Peer> {
        self.0.get(id.slot())?.as_ref().filter(|(owner, _)| *owner == id).map(|(_, peer)| peer)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Peer> {
        self.0.get_mut(id.slot())?.as_mut().filter(|(owner, _)| *owner == id).map(|(_, peer)| peer)
    }

    pub(super) fn remove(&mut self, id: SessionId) -> Option<Peer> {
        self.0.get_mut(id.slot())?.take_if(|(owner, _)| *owner == id).map(|(_, peer)| peer)
    }
}

impl Peer {
    pub(super) const fn new(address: SocketAddr) -> Self {
        let (submitted, throttled, open, max_window) = (0, 0, 0, 0);
        Self { address, account: None, in_hand: Vec::new(), submitted, throttled, open, max_window }
    }

    /// A request of its window came in.
    pub(super) fn asked(&mut self) {
        self.open += 1;
        self.max_window = self.max_window.max(self.open);
    }

    /// These octets are about to leave: answers among them free places in its window.
    pub(super) fn answering(&mut self, mut octets: &[u8]) {
        while let Ok(Split::Frame(frame)) = Frame::split(octets, usize::MAX) {
            octets = &octets[frame.octets.len()..];
            if frees_window(frame.header.command_id) {
                self.open = self.open.saturating_sub(1);
            }
        }
    }

    /// The counters, for the end of the session.
    pub(super) fn counters(&self) -> Value {
        json!({
            "system_id": self.account.as_deref(),
            "submitted": self.submitted,
            "throttled": self.throttled,
            "max_window": self.max_window,
        })
    }

    /// The counters in words.
    pub(super) fn summary(&self) -> String {
        let Self { submitted, throttled, max_window, .. } = self;
        format!("{submitted} messages, {throttled} throttled, at most {max_window} open at a time")
    }
}

/// Whether this answers a request that takes a place in a window.
fn frees_window(command: CommandId) -> bool {
    let request = command.request();
    command == CommandId::GENERIC_NACK
        || command.is_response()
            && !request.is_bind()
            && !matches!(request, CommandId::UNBIND | CommandId::ENQUIRE_LINK)
}
