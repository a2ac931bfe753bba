//! What the tasks of a client share: the link, and who waits for what.

use super::{Event, WINDOW};
use crate::client::{Bound, bind_outcome};
use crate::error::Error;
use crate::octets::{BUFFER, Octets};
use crate::owned::OwnedPdu;
use ::tokio::sync::{Notify, oneshot};
use smpp_core::Instant;
use smpp_core::link::{Half, Link, Outbox};
use smpp_core::session::{CloseReason, Config, Event as Core, ReplyTo, SendError, Session, Ticket};
use smpp_core::types::{CommandId, CommandStatus};
use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// So many events may wait to be taken. Beyond that, requests of the peer are refused with ESME_RX_T_APPN, so that it comes
/// again with them: a task that waits for a response before it looks at events must not wait for itself.
const EVENTS: usize = 1024;

/// So many octets that are no PDU are shown: two headers.
const SHOWN: usize = 32;

/// Where the outcome of a request goes.
type Answer = oneshot::Sender<Result<OwnedPdu, Error>>;

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<Inner>,
    /// Told when a request may go out that was held back.
    pub(super) room: Notify,
    /// Told at the end.
    over: Notify,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) link: Link<WINDOW, Vec<u8>, Octets>,
    start: ::tokio::time::Instant,
    address: String,
    /// Who waits for the request in each place of the window.
    waiting: Vec<Option<Answer>>,
    /// Who waits for the answer to which bind.
    pub(super) binding: Option<(CommandId, oneshot::Sender<Result<Bound, Error>>)>,
    /// What was not taken yet.
    pub(super) events: VecDeque<Event>,
    pub(super) reader: Option<Waker>,
    pub(super) driver: Option<Waker>,
    /// Nobody takes events.
    pub(super) is_deaf: bool,
    /// Handles and streams that are left.
    owners: u8,
    /// The session is to be unbound once nothing is outstanding.
    pub(super) leaves: bool,
    was_bound: bool,
    fault: Option<io::Error>,
    no_pdu: Vec<u8>,
    ended: Option<CloseReason>,
}

impl Shared {
    pub(super) fn new(address: &str, config: Config) -> Self {
        let session = Session::esme(config, Instant::ZERO);
        let inner = Inner {
            link: Link::new(session, vec![0; BUFFER], Octets::default()),
            start: ::tokio::time::Instant::now(),
            address: address.to_owned(),
            waiting: (0..WINDOW).map(|_| None).collect(),
            binding: None,
            events: VecDeque::new(),
            reader: None,
            driver: None,
            is_deaf: false,
            owners: 2,
            leaves: false,
            was_bound: false,
            fault: None,
            no_pdu: Vec::new(),
            ended: None,
        };
        Self { state: Mutex::new(inner), room: Notify::new(), over: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here panics half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the end of the session.
    pub(super) async fn closed(&self) -> CloseReason {
        loop {
            let mut over = std::pin::pin!(self.over.notified());
            over.as_mut().enable();
            if let Some(reason) = self.lock().ended {
                return reason;
            }
            over.await;
        }
    }

    /// Nothing more will happen.
    pub(super) fn end(&self, reason: CloseReason) {
        {
            let mut state = self.lock();
            state.ended = Some(reason);
            state.waiting.iter_mut().for_each(|waiting| drop(waiting.take()));
            state.binding = None;
            state.wake_reader();
        }
        self.room.notify_waiters();
        self.over.notify_waiters();
    }
}

impl Inner {
    /// The present moment of the session's clock, which is that of tokio.
    pub(super) fn now(&self) -> Instant {
        Instant::ZERO.after(self.start.elapsed())
    }

    /// A moment of the session as one of tokio.
    pub(super) fn moment(&self, at: Instant) -> ::tokio::time::Instant {
        self.start + at.since(Instant::ZERO)
    }

    pub(super) fn session(&self) -> &Session<WINDOW> {
        self.link.session()
    }

    pub(super) const fn ended(&self) -> Option<CloseReason> {
        self.ended
    }

    /// Lets `write` put something out.
    pub(super) fn outbox(&mut self) -> Put<'_> {
        Put(self)
    }

    /// The same for a bind, which holds a password.
    pub(super) fn outbox_for_secret(&mut self) -> Put<'_> {
        if let Some(storage) = self.link.engine().transmit_storage() {
            storage.keep_secret();
        }
        Put(self)
    }

    pub(super) fn await_response(&mut self, ticket: Ticket, answer: Answer) {
        if let Some(place) = self.waiting.get_mut(ticket.slot()) {
            *place = Some(answer);
        }
    }

    /// The driver looks at the link again.
    pub(super) fn wake_driver(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// One of the handle and the stream is gone; without either the session is of no use.
    pub(super) fn leave_one(&mut self) {
        self.owners = self.owners.saturating_sub(1);
        if self.owners == 0 {
            self.outbox().close();
        }
        self.wake_driver();
    }

    pub(super) fn unbind_when_done(&mut self) {
        if self.leaves && self.session().in_flight() == 0 {
            // It fails where it was done before, or is no longer needed.
            let _ = self.outbox().unbind();
        }
    }

    pub(super) fn fail(&mut self, half: Half, error: io::Error) {
        self.link.end(half);
        self.fault.get_or_insert(error);
    }

    /// Takes the event that was announced: who waits for it gets it, and the rest goes to the stream.
    pub(super) fn take_event(&mut self) {
        let (start, is_full) = (self.start, self.is_deaf || self.events.len() >= EVENTS);
        let clock = move || Instant::ZERO.after(start.elapsed());
        let (event, mut outbox) = self.link.event(&clock);
        self.was_bound |= matches!(event, Core::Bound { .. });
        if let Some((bind, _)) = &self.binding
            && let Some(outcome) = bind_outcome(*bind, &self.address, &event, outbox.session())
            && let Some((_, sender)) = self.binding.take()
        {
            // Nobody may be waiting any more.
            let _ = sender.send(outcome);
        }
        let ended = match event {
            Core::Response { ticket, status, frame, .. } => Some((
                ticket,
                if status.is_ok() { Ok(frame.into()) } else { Err(Error::Rejected { status }) },
            )),
            Core::TimedOut { ticket } => Some((ticket, Err(Error::TimedOut))),
            Core::Abandoned { ticket, written } => Some((ticket, Err(Error::Abandoned { written }))),
            Core::Request { reply_to, .. } if is_full => {
                // It cannot fail but on a session that is over.
                let _ = outbox.reject(reply_to, CommandStatus::ESME_RX_T_APPN);
                None
            }
            _ => None,
        };
        let for_stream = if is_full { None } else { Event::of(&event) };
        if let Some((ticket, outcome)) = ended
            && let Some(answer) = self.waiting.get_mut(ticket.slot()).and_then(Option::take)
        {
            let _ = answer.send(outcome);
        }
        if let Some(event) = for_stream {
            self.events.push_back(event);
            self.wake_reader();
        }
        self.unbind_when_done();
    }

    /// Remembers what is no PDU, for the error.
    pub(super) fn note_end(&mut self) {
        if self.link.framing_error().is_some() && self.no_pdu.is_empty() {
            let octets = self.link.input();
            self.no_pdu = octets[..octets.len().min(SHOWN)].to_vec();
        }
    }

    /// Why the connection ended.
    pub(super) fn end_error(&mut self) -> Error {
        let (address, was_bound) = (self.address.clone(), self.was_bound);
        if let Some(cause) = self.link.framing_error() {
            return Error::Protocol { address, cause, octets: self.no_pdu.clone(), was_bound };
        }
        let reason = self.ended.unwrap_or(CloseReason::ConnectionLost);
        match self.fault.take() {
            Some(cause) if reason == CloseReason::ConnectionLost => match crate::transport::tls_error(&cause)
            {
                Some(cause) => Error::Tls { address, cause },
                None => Error::Line { address, cause },
            },
            _ => Error::Closed { address, reason, was_bound },
        }
    }
}

/// The outbox, by a clock that it can borrow.
pub(super) struct Put<'s>(&'s mut Inner);

impl Put<'_> {
    fn with<T>(self, put: impl FnOnce(&mut Outbox<'_, WINDOW>) -> T) -> T {
        let start = self.0.start;
        let clock = move || Instant::ZERO.after(start.elapsed());
        put(&mut self.0.link.outbox(&clock))
    }

    pub(super) fn send<'p, R: smpp_core::session::Operation<'p>>(
        self,
        request: &R,
    ) -> Result<Ticket, SendError> {
        self.with(|outbox| outbox.send(request))
    }

    pub(super) fn bind<'p, B: smpp_core::session::Bind<'p>>(self, bind: &B) -> Result<(), SendError> {
        self.with(|outbox| outbox.bind(bind))
    }

    pub(super) fn respond<'p, B: smpp_core::pdu::Body<'p>>(
        self,
        to: ReplyTo,
        response: &B,
    ) -> Result<(), SendError> {
        self.with(|outbox| outbox.respond(to, response))
    }

    pub(super) fn reject(self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError> {
        self.with(|outbox| outbox.reject(to, status))
    }

    pub(super) fn unbind(self) -> Result<(), SendError> {
        self.with(|outbox| outbox.unbind())
    }

    pub(super) fn close(self) {
        self.with(|outbox| outbox.close());
    }
}
