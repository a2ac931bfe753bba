//! How the requests of an ESME are answered.

use super::WINDOW;
use super::account::Delivery;
use super::centre::Centre;
use super::check::{Times, check, check_fields, check_times, since};
use super::delivery::{hold, send};
use super::fault::Kind;
use super::mobile;
use super::rule::{Action, Ending, MobileText};
use super::store::{Excerpt, MessageNumber, Stored};
use smpp_core::Instant;
use smpp_core::pdu::{
    BroadcastSm, BroadcastSmResp, CancelBroadcastSmResp, CancelSm, CancelSmResp, DataSmResp, Destination,
    Message, Pdu, QueryBroadcastSmResp, QuerySm, QuerySmResp, ReplaceSm, ReplaceSmResp, SubmitMulti,
    SubmitMultiResp, SubmitSmResp, UnsuccessSme, UnsuccessSmes,
};
use smpp_core::session::{ReplyTo, SendError};
use smpp_core::sms::udh::Udh;
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{AbsoluteTime, Alphabet, COctetString, CommandStatus, MessageState, SmppTime, Tag};
use smpp_std::{Outbox, SessionId};
use std::rc::Rc;
use std::time::Duration;

impl Centre {
    /// Answers one request.
    pub(super) fn request(
        &mut self,
        id: SessionId,
        to: ReplyTo,
        pdu: &Pdu<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.asked();
        }
        let answered = match pdu {
            // The session takes what any version has; a real MC does not know what came after it.
            _ if outbox.session().version() < since(pdu) => outbox.reject(to, CommandStatus::ESME_RINVCMDID),
            Pdu::SubmitSm(_) | Pdu::DataSm(_) => self.submit(id, to, pdu, outbox),
            Pdu::SubmitMulti(multi) => self.submit_multi(id, to, multi, outbox),
            Pdu::QuerySm(query) => self.query(to, query, outbox),
            Pdu::CancelSm(cancel) => self.cancel(to, cancel, outbox),
            Pdu::ReplaceSm(replace) => self.replace(to, replace, outbox),
            Pdu::BroadcastSm(broadcast) => self.broadcast(id, to, broadcast, outbox),
            Pdu::QueryBroadcastSm(query) => {
                let state = [MessageState::DELIVERED.0];
                let tlvs = [Tlv { tag: Tag::MESSAGE_STATE, value: &state }];
                let (message_id, tlvs) = (query.message_id, Tlvs::from(&tlvs[..]));
                outbox.respond(to, &QueryBroadcastSmResp { message_id, tlvs })
            }
            Pdu::CancelBroadcastSm(_) => outbox.respond(to, &CancelBroadcastSmResp::default()),
            _ => outbox.reject(to, CommandStatus::ESME_RINVCMDID),
        };
        // A closed session needs no answer, and a value that a 3.3 peer cannot get is refused.
        if let Err(SendError::TlvsNotInVersion | SendError::MessageIdTooLong) = answered {
            let _ = outbox.reject(to, CommandStatus::ESME_RSYSERR);
        }
    }

    /// submit_sm and data_sm.
    fn submit(
        &mut self,
        id: SessionId,
        to: ReplyTo,
        pdu: &Pdu<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let Some(message) = pdu.message() else { return Ok(()) };
        let admitted = self
            .admit(id, outbox.now())
            .and_then(|()| check_fields(pdu))
            .and_then(|()| check(&message, outbox.session().version(), self.settings.provider));
        let (number, reports) =
            match admitted.and_then(|()| self.take(id, outbox.now(), &message, Times::of(pdu))) {
                Ok(taken) => taken,
                Err(status) => return outbox.reject(to, status),
            };
        if self.settings.faults.has(Kind::ReceiptFirst) {
            for state in &reports {
                self.report_at_once(id, number, *state, outbox);
            }
        } else {
            self.schedule(id, number, &reports);
        }
        let message_id = self.store.message_id(number);
        let message_id = COctetString::new(&message_id);
        match pdu {
            Pdu::DataSm(_) => outbox.respond(to, &DataSmResp { message_id, ..DataSmResp::default() })?,
            _ => outbox.respond(to, &SubmitSmResp { message_id, ..SubmitSmResp::default() })?,
        }
        self.tell_message(id, outbox.now(), &message);
        Ok(())
    }

    /// Whether the account may submit now.
    fn admit(&mut self, id: SessionId, now: Instant) -> Result<(), CommandStatus> {
        self.submissions += 1;
        let Some(peer) = self.peers.get_mut(id) else { return Err(CommandStatus::ESME_RSYSERR) };
        peer.submitted += 1;
        let faults = &self.settings.faults;
        let is_first = |kind| faults.get(kind).is_some_and(|count| self.submissions <= count);
        let refusal = if is_first(Kind::Throttled) {
            Some(CommandStatus::ESME_RTHROTTLED)
        } else if is_first(Kind::QueueFull) {
            Some(CommandStatus::ESME_RMSGQFUL)
        } else {
            let name = peer.account.as_ref().filter(|_| self.settings.rate.is_some());
            let account = name.and_then(|name| self.accounts.get_mut(name));
            let admits = account.is_none_or(|account| account.admits(now));
            (!admits).then_some(CommandStatus::ESME_RTHROTTLED)
        };
        match refusal {
            Some(status) => {
                peer.throttled += 1;
                Err(status)
            }
            None => Ok(()),
        }
    }

    /// Stores a message to one destination, and gives the states to report.
    fn take(
        &mut self,
        id: SessionId,
        now: Instant,
        message: &Message<'_>,
        times: Times,
    ) -> Result<(MessageNumber, Vec<MessageState>), CommandStatus> {
        let account = self.peers.get(id).and_then(|peer| peer.account.clone());
        let account = account.ok_or(CommandStatus::ESME_RINVBNDSTS)?;
        let mut ending = self.settings.ending;
        let mut is_silent = false;
        let mut reply = None;
        match self.settings.rules.action(message.destination.addr.as_octets()) {
            Some(Action::Refuse(status)) => return Err(*status),
            Some(Action::End(given)) => ending = *given,
            Some(Action::Silent) => is_silent = true,
            Some(Action::Reply(text)) => reply = Some(text.clone()),
            None => {}
        }
        if self.is_full(&account) {
            return Err(CommandStatus::ESME_RMSGQFUL);
        }
        let (due_at, done_at, is_expired) = self.times(now, times);
        let Ending { state, err } = if is_expired {
            Ending { state: MessageState::EXPIRED, err: 0 }
        } else {
            ending.of(self.settings.provider)
        };
        let wants = message.registered_delivery.wants_receipt(state == MessageState::DELIVERED);
        let interim = wants && (self.settings.interim || message.registered_delivery.wants_intermediate());
        let mut reports = Vec::new();
        if !is_silent && interim {
            reports.push(MessageState::ENROUTE);
        }
        if !is_silent && wants {
            reports.push(state);
        }
        let number = self.store.add(Stored {
            account: Rc::clone(&account),
            source: message.source.into(),
            destination: message.destination.into(),
            text: receipt_text(message),
            submitted: self.unix_time(now),
            due_at,
            done_at,
            state,
            err,
            registered_delivery: message.registered_delivery,
            user_message_reference: message.tlvs.user_message_reference(),
            told_as: None,
            receipts_due: u8::try_from(reports.len()).unwrap_or_default(),
        });
        // A phone that the message did not reach in time does not answer it.
        if let Some(text) = reply.filter(|_| !is_expired) {
            self.reply(id, done_at, &account, message, &text);
        }
        Ok((number, reports))
    }

    /// A phone answers a message at `at`, when it has it.
    fn reply(
        &mut self,
        id: SessionId,
        at: Instant,
        account: &Rc<str>,
        message: &Message<'_>,
        text: &MobileText,
    ) {
        let (from, to) = (message.destination.into(), message.source.into());
        for pdu in mobile::parts(&from, &to, text, self.next_reference()) {
            let delivery = Delivery { pdu, session: Some(id), attempts: 0 };
            self.deliver_at(at, account, delivery);
        }
    }

    /// Receipts at their time: the final one when it is due, an interim one on half the way.
    fn schedule(&mut self, id: SessionId, number: MessageNumber, reports: &[MessageState]) {
        let Some(message) = self.store.get_mut(number) else { return };
        let (due, done, name) = (message.due_at, message.done_at, Rc::clone(&message.account));
        for (index, state) in reports.iter().enumerate() {
            let is_last = index + 1 == reports.len();
            let at = if is_last { done } else { due.after(done.since(due) / 2) };
            self.report_at(at, &name, number, *state, id);
        }
    }

    /// When a message is sent on and when it ends, and whether its validity is over before that: as its times say. All
    /// counts from when its response leaves, so that no receipt overtakes it unasked.
    fn times(&self, now: Instant, times: Times) -> (Instant, Instant, bool) {
        let answered = self.wire.answer_at(now);
        let unix = self.unix_time(now);
        let moment = |time: Option<SmppTime>| {
            let seconds = time?.to_unix(unix)?.saturating_sub(unix);
            Some(now.after(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))))
        };
        let due = moment(times.schedule).unwrap_or(answered).max(answered);
        let done = due.after(self.settings.receipt_after);
        match times.time_to_live.map(|time| now.after(time)).or_else(|| moment(times.validity)) {
            Some(end) if end <= done => (due.min(end.max(answered)), end.max(answered), true),
            _ => (due, done, false),
        }
    }

    /// A receipt before the response, on this session if it can receive.
    fn report_at_once(
        &mut self,
        id: SessionId,
        number: MessageNumber,
        state: MessageState,
        outbox: &mut Outbox<'_, WINDOW>,
    ) {
        if let Some(message) = self.store.get_mut(number)
            && state == message.state
        {
            message.done_at = outbox.now();
        }
        let Some((name, pdu)) = self.report(outbox.now(), number, state) else { return };
        let delivery = Delivery { pdu, session: Some(id), attempts: 0 };
        match send(outbox, &delivery.pdu) {
            Ok(ticket) => {
                if let Some(peer) = self.peers.get_mut(id) {
                    hold(peer, ticket, delivery);
                }
            }
            Err(_) => self.deliver_at(outbox.now(), &name, delivery),
        }
    }

    /// One message to several destinations; those that fail are named in the response.
    fn submit_multi(
        &mut self,
        id: SessionId,
        to: ReplyTo,
        multi: &SubmitMulti<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let now = outbox.now();
        let message = Message::from(multi);
        let times = Times::of(&Pdu::SubmitMulti(*multi));
        if let Err(status) = check_fields(&Pdu::SubmitMulti(*multi)) {
            return outbox.reject(to, status);
        }
        if let Err(status) = self.admit(id, now) {
            return outbox.reject(to, status);
        }
        let (mut failed, mut taken_messages) = (Vec::new(), Vec::new());
        let mut first = None;
        for destination in &multi.destinations {
            let destination = match destination {
                Destination::Address(address) => address,
                // No list is known; the response has no field to say so for a list among others.
                Destination::List(_) => continue,
            };
            let single = Message { destination, ..message };
            let taken = check(&single, outbox.session().version(), self.settings.provider)
                .and_then(|()| self.take(id, now, &single, times));
            match taken {
                Ok((number, reports)) => {
                    self.schedule(id, number, &reports);
                    let told_as = *first.get_or_insert(number);
                    if let Some(stored) = self.store.get_mut(number) {
                        stored.told_as = Some(told_as);
                    }
                    taken_messages.push(single);
                }
                Err(status) => failed.push(UnsuccessSme { destination, status }),
            }
        }
        let Some(first) = first else {
            let is_full = failed.iter().any(|failed| failed.status == CommandStatus::ESME_RMSGQFUL);
            let status = match failed.is_empty() {
                true => CommandStatus::ESME_RINVDLNAME,
                false if is_full => CommandStatus::ESME_RMSGQFUL,
                false => CommandStatus::ESME_RSUBMITFAIL,
            };
            return outbox.reject(to, status);
        };
        let message_id = self.store.message_id(first);
        let unsuccess_smes = UnsuccessSmes::from(&failed[..]);
        let message_id = COctetString::new(&message_id);
        outbox.respond(to, &SubmitMultiResp { message_id, unsuccess_smes, ..SubmitMultiResp::default() })?;
        for message in &taken_messages {
            self.tell_message(id, now, message);
        }
        Ok(())
    }

    /// A cell broadcast is taken like a message to nobody.
    fn broadcast(
        &mut self,
        id: SessionId,
        to: ReplyTo,
        broadcast: &BroadcastSm<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let (source, data_coding) = (broadcast.source, broadcast.data_coding);
        let message = Message { source, data_coding, ..Message::default() };
        match self.take(id, outbox.now(), &message, Times::default()) {
            Ok((number, _)) => {
                let message_id = self.store.message_id(number);
                let message_id = COctetString::new(&message_id);
                outbox.respond(to, &BroadcastSmResp { message_id, ..BroadcastSmResp::default() })
            }
            Err(status) => outbox.reject(to, status),
        }
    }

    fn query(
        &mut self,
        to: ReplyTo,
        query: &QuerySm<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let now = outbox.now();
        let Some(message) = self.store.find(query.message_id.as_octets(), &query.source) else {
            return outbox.reject(to, CommandStatus::ESME_RQUERYFAIL);
        };
        let state = message.state_at(now);
        let is_final = state.is_final() == Some(true);
        let (err, done_at) = (message.err, message.done_at);
        let date = AbsoluteTime::from_unix(self.unix_time(done_at));
        let date = date.and_then(|date| SmppTime::Absolute(date).encode().ok()).unwrap_or_default();
        outbox.respond(
            to,
            &QuerySmResp {
                message_id: query.message_id,
                final_date: if is_final { COctetString::new(&date) } else { "".into() },
                message_state: state,
                // The field has one octet: a code that does not fit is told as the largest.
                error_code: if is_final { u8::try_from(err).unwrap_or(u8::MAX) } else { 0 },
                ..QuerySmResp::default()
            },
        )
    }

    fn cancel(
        &mut self,
        to: ReplyTo,
        cancel: &CancelSm<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let now = outbox.now();
        let mut cancelled = 0;
        let mut delete = |message: &mut Stored| {
            (message.state, message.err) = (MessageState::DELETED, 0);
            message.done_at = now;
            cancelled += 1;
        };
        if cancel.message_id.is_empty() {
            self.store.under_way(now, &cancel.source, &cancel.destination).for_each(&mut delete);
        } else if let Some(message) = self.store.find(cancel.message_id.as_octets(), &cancel.source)
            && now < message.done_at
        {
            delete(message);
        }
        if cancelled == 0 {
            return outbox.reject(to, CommandStatus::ESME_RCANCELFAIL);
        }
        outbox.respond(to, &CancelSmResp::default())
    }

    fn replace(
        &mut self,
        to: ReplyTo,
        replace: &ReplaceSm<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let now = outbox.now();
        if let Err(status) = check_times(replace.schedule_delivery_time, replace.validity_period) {
            return outbox.reject(to, status);
        }
        let message = self.store.find(replace.message_id.as_octets(), &replace.source);
        let Some(message) = message.filter(|message| now < message.done_at) else {
            return outbox.reject(to, CommandStatus::ESME_RREPLACEFAIL);
        };
        message.text = Excerpt::from(replace.short_message);
        outbox.respond(to, &ReplaceSmResp::default())
    }
}

/// The start of a text in the default alphabet, as a receipt repeats it.
fn receipt_text(message: &Message<'_>) -> Excerpt {
    let is_default = message.data_coding.alphabet() == Alphabet::Default;
    let user_data = message.user_data();
    let text = match Udh::split(user_data) {
        Ok((_, text)) if message.esm_class.has_udh() => text,
        _ => user_data,
    };
    if !is_default {
        return Excerpt::default();
    }
    Excerpt::from(text)
}
