//! deliver_sm on their way to an ESME: receipts and messages from phones.

use super::account::Delivery;
use super::centre::Centre;
use super::peer::Peer;
use super::store::MessageNumber;
use super::{WINDOW, receipt};
use serde_json::json;
use smpp_core::Instant;
use smpp_core::pdu::Pdu;
use smpp_core::session::{SendError, Ticket};
use smpp_core::tlv::Tlvs;
use smpp_core::types::{CommandStatus, MessageState, StatusClass};
use smpp_std::{Outbox, OwnedPdu, SessionId, Sessions};
use std::rc::Rc;
use std::time::Duration;

/// How often a delivery is tried, and how long after a failure.
const ATTEMPTS: u8 = 3;
const RETRY: Duration = Duration::from_secs(1);

impl Centre {
    /// Sends what waits for the account of this session, as far as its window allows.
    pub(super) fn deliver(&mut self, id: SessionId, outbox: &mut Outbox<'_, WINDOW>) {
        let Self { accounts, peers, .. } = self;
        let Some(peer) = peers.get_mut(id) else { return };
        let Some(account) = peer.account.as_ref().and_then(|name| accounts.get_mut(name)) else { return };
        while let Some(delivery) = account.pop() {
            match send(outbox, &delivery.pdu) {
                Ok(ticket) => hold(peer, ticket, delivery),
                // What cannot be written for this peer never will be.
                Err(SendError::Encode(_) | SendError::TlvsNotInVersion) => {}
                Err(_) => return account.put_back(delivery),
            }
        }
    }

    /// A deliver_sm came to its end; what failed for the moment is tried again.
    pub(super) fn delivered(
        &mut self,
        now: Instant,
        id: SessionId,
        ticket: Ticket,
        status: Option<CommandStatus>,
    ) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(mut delivery) = peer.in_hand.get_mut(ticket.slot()).and_then(Option::take) else { return };
        let is_final =
            matches!(status.map(CommandStatus::class), Some(StatusClass::Ok | StatusClass::Permanent));
        delivery.attempts += 1;
        if let Some(name) = peer.account.clone().filter(|_| !is_final && delivery.attempts < ATTEMPTS) {
            delivery.session = None;
            self.deliver_at(now.after(RETRY), &name, delivery);
        }
    }

    pub(super) fn enqueue(&mut self, name: &Rc<str>, delivery: Delivery) {
        if let Some(account) = self.accounts.get_mut(name) {
            if account.push(delivery) {
                let fields = json!({ "system_id": &**name });
                self.log.tell("dropped", fields, || {
                    format!("dropped what waited longest for {name}: nobody comes for it")
                });
            }
            if self.waiting.last() != Some(name) {
                self.waiting.push(Rc::clone(name));
            }
        }
    }

    /// The receipt for a message, and whose it is.
    pub(super) fn report(
        &mut self,
        now: Instant,
        number: MessageNumber,
        state: MessageState,
    ) -> Option<(Rc<str>, OwnedPdu)> {
        let told_as = self.store.get_mut(number)?.told_as.unwrap_or(number);
        let message_id = self.store.message_id(told_as);
        let unix_time = self.unix_time(now);
        let message = self.store.get_mut(number)?;
        message.receipts_due = message.receipts_due.saturating_sub(1);
        // A message that was cancelled meanwhile is not under way any more: only its last receipt says so.
        let is_interim = state == MessageState::ENROUTE;
        if is_interim && message.state == MessageState::DELETED {
            return None;
        }
        let state = if is_interim { state } else { message.state };
        let is_final = !is_interim;
        let wants = message.registered_delivery.wants_receipt(state == MessageState::DELIVERED);
        if is_final && !wants {
            return None;
        }
        let pdu = receipt::receipt(self.settings.provider, message, &message_id, state, unix_time)?;
        Some((Rc::clone(&message.account), pdu))
    }

    /// Sends what waits for an account on whichever session has room, the one that it belongs to first.
    pub(super) fn dispatch(&mut self, name: &Rc<str>, sessions: &mut Sessions<'_, WINDOW>) {
        let Self { accounts, peers, .. } = self;
        let Some(account) = accounts.get_mut(name) else { return };
        'queue: while let Some(delivery) = account.pop() {
            let own = delivery.session.filter(|id| account.receivers.contains(id));
            for id in own.into_iter().chain(account.receivers.iter().copied()) {
                let (Some(mut outbox), Some(peer)) = (sessions.outbox(id), peers.get_mut(id)) else {
                    continue;
                };
                match send(&mut outbox, &delivery.pdu) {
                    Ok(ticket) => {
                        hold(peer, ticket, delivery);
                        continue 'queue;
                    }
                    Err(SendError::Encode(_) | SendError::TlvsNotInVersion) => continue 'queue,
                    Err(_) => {}
                }
            }
            // Nobody has room: `Writable` or the next bind comes back to it.
            return account.put_back(delivery);
        }
    }
}

/// Sends a deliver_sm; to a peer that has no TLVs without them.
pub(super) fn send(outbox: &mut Outbox<'_, WINDOW>, pdu: &OwnedPdu) -> Result<Ticket, SendError> {
    let Ok(Pdu::DeliverSm(mut deliver)) = pdu.pdu() else { return Err(SendError::TlvsNotInVersion) };
    if !outbox.session().version().has_tlvs() {
        deliver.tlvs = Tlvs::NONE;
    }
    outbox.send(&deliver)
}

/// Remembers what a ticket stands for.
pub(super) fn hold(peer: &mut Peer, ticket: Ticket, delivery: Delivery) {
    if peer.in_hand.len() <= ticket.slot() {
        peer.in_hand.resize(ticket.slot() + 1, None);
    }
    peer.in_hand[ticket.slot()] = Some(delivery);
}
