//! Binds: who may, and what follows one.

use super::WINDOW;
use super::account::{Account, Delivery};
use super::centre::{Centre, Settings, Task, with};
use super::fault::Kind;
use super::mobile;
use crate::output::characters;
use serde_json::json;
use smpp_core::Instant;
use smpp_core::pdu::{HEADER_LEN, Pdu};
use smpp_core::session::ReplyTo;
use smpp_core::types::{CommandId, CommandStatus, Tag};
use smpp_std::{Outbox, SessionId, secrets_match};
use std::rc::Rc;

impl Centre {
    /// A bind: who it is, whether that is right, and what follows.
    pub(super) fn bind(
        &mut self,
        id: SessionId,
        to: ReplyTo,
        pdu: &Pdu<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) {
        let (system_id, password) = match pdu {
            Pdu::BindTransmitter(bind) => (bind.system_id, bind.password),
            Pdu::BindReceiver(bind) => (bind.system_id, bind.password),
            Pdu::BindTransceiver(bind) => (bind.system_id, bind.password),
            _ => return,
        };
        let differs = |wanted: &Option<String>, given: &[u8]| {
            wanted.as_ref().is_some_and(|wanted| !secrets_match(given, wanted.as_bytes()))
        };
        let refusal = match self.settings.faults.status(Kind::BindRefused) {
            Some(status) => Some(status),
            None if differs(&self.settings.system_id, system_id.as_octets()) => {
                Some(CommandStatus::ESME_RINVSYSID)
            }
            None if differs(&self.settings.password, password.reveal().as_octets()) => {
                Some(CommandStatus::ESME_RINVPASWD)
            }
            None => None,
        };
        let name: Rc<str> = characters(system_id.as_octets()).into();
        let Some(peer) = self.peers.get_mut(id) else { return };
        let kind = match to.command() {
            CommandId::BIND_TRANSMITTER => "tx",
            CommandId::BIND_RECEIVER => "rx",
            _ => "trx",
        };
        let base = json!({
            "session": id.serial(), "system_id": &*name, "bind": kind, "address": peer.address.to_string(),
        });
        if let Some(status) = refusal {
            // It answers the bind that was just seen.
            let _ = outbox.reject(to, status);
            let fields = with(base, json!({ "status": status.to_string() }));
            return self
                .log
                .tell("refused", fields, || format!("[{}] refused {kind} as {name}: {status}", id.serial()));
        }
        if outbox.accept(to, self.settings.provider.name.into()).is_err() {
            return;
        }
        let version = outbox.session().version();
        peer.account = Some(Rc::clone(&name));
        let fields = with(base, json!({ "interface_version": version.0 }));
        self.log.tell("bound", fields, || {
            format!("[{}] bound {kind} as {name}, SMPP {version}, from {}", id.serial(), peer.address)
        });
        let rate = self.settings.rate;
        let load = &self.load;
        let account =
            self.accounts.entry(Rc::clone(&name)).or_insert_with(|| Account::new(rate, load.clone()));
        account.sessions += 1;
        if to.command() != CommandId::BIND_TRANSMITTER {
            account.receivers.push(id);
            self.waiting.push(Rc::clone(&name));
            self.mobile_originated(outbox.now(), id, &name);
        }
        self.faults_behind_bind(outbox.now(), id);
    }

    /// A bind that was refused for a field that is too long or cannot be read.
    pub(super) fn bind_refused_unseen(&mut self, id: SessionId, status: CommandStatus, reason: &str) {
        let Some(peer) = self.peers.get(id) else { return };
        let fields = json!({
            "session": id.serial(), "address": peer.address.to_string(), "status": status.to_string(), "reason": reason,
        });
        self.log.tell("refused", fields, || format!("[{}] refused a bind: {status}: {reason}", id.serial()));
    }

    /// The messages that come in after each bind.
    fn mobile_originated(&mut self, now: Instant, id: SessionId, name: &Rc<str>) {
        let provider = self.settings.provider;
        for index in 0..self.settings.mobile.len() {
            let reference = self.next_reference();
            let mobile = &self.settings.mobile[index];
            let (from, to) = (provider.source(&mobile.from).into(), provider.source(&mobile.to).into());
            for pdu in mobile::parts(&from, &to, &mobile.text, reference) {
                self.deliver_at(now, name, Delivery { pdu, session: Some(id), attempts: 0 });
            }
        }
    }

    fn faults_behind_bind(&mut self, now: Instant, id: SessionId) {
        let Self { settings: Settings { faults, .. }, agenda, random, .. } = self;
        if let Some(octets) = faults.get(Kind::Oversized) {
            agenda.add(now, Task::Raw(id, oversized(octets)));
        }
        if faults.has(Kind::UnknownCommand) {
            agenda.add(now, Task::Raw(id, vec![0, 0, 0, 20, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4]));
        }
        if let Some(octets) = faults.get(Kind::Garbage) {
            let garbage = (0..octets.min(LARGEST)).map(|_| random.next().to_be_bytes()[0]).collect();
            agenda.add(now, Task::Raw(id, garbage));
        }
        if let Some(time) = faults.time(Kind::Unbind) {
            agenda.add(now.after(time), Task::Unbind(id));
        }
        if faults.get(Kind::Silence) == Some(0) {
            // Behind the response to the bind.
            agenda.add(now, Task::Silence(id));
        }
    }
}

/// The most octets that a fault writes.
const LARGEST: u64 = 16 << 20;

/// A deliver_sm of so many octets, its text in message_payload; of one larger than [`LARGEST`] only the header.
fn oversized(octets: u64) -> Vec<u8> {
    /// The mandatory fields, all empty, and the head of a TLV.
    const FIELDS: usize = 17;
    let announced = u32::try_from(octets).unwrap_or(u32::MAX);
    let mut pdu = announced.to_be_bytes().to_vec();
    pdu.extend_from_slice(&CommandId::DELIVER_SM.0.to_be_bytes());
    pdu.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
    if octets <= LARGEST {
        let end = usize::try_from(octets).unwrap_or(0);
        let payload = end.saturating_sub(pdu.len() + FIELDS + 4);
        pdu.resize(pdu.len() + FIELDS, 0);
        pdu.extend_from_slice(&Tag::MESSAGE_PAYLOAD.0.to_be_bytes());
        pdu.extend_from_slice(&u16::try_from(payload).unwrap_or(u16::MAX).to_be_bytes());
        pdu.resize(pdu.len() + payload, b'x');
        pdu.truncate(end.max(HEADER_LEN));
    }
    pdu
}
