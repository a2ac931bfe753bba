//! What the peer asks for and tells, as a stream.

use super::state::Shared;
use crate::error::Error;
use crate::owned::OwnedPdu;
use futures_core::Stream;
use smpp_core::session::{Event as Core, Refusal, ReplyTo};
use smpp_core::types::CommandStatus;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Something that the peer asks for or tells, in memory of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request. Answer it by a [`Client`](super::Client).
    Request {
        /// What to answer to.
        reply_to: ReplyTo,
        /// What it says.
        pdu: OwnedPdu,
    },
    /// An alert_notification or an outbind: nothing to answer.
    Notification {
        /// What it says.
        pdu: OwnedPdu,
    },
    /// A request that the session refused by itself.
    Refused {
        /// What came.
        pdu: OwnedPdu,
        /// What the peer is told.
        status: CommandStatus,
        /// Why.
        cause: Refusal,
    },
    /// A response that belongs to no outstanding request, or is of another command.
    Unmatched {
        /// What came.
        pdu: OwnedPdu,
    },
    /// The peer unbinds. Requests that are not answered yet may still be.
    UnbindRequested,
}

impl Event {
    /// What of a session's events is for the stream.
    pub(super) fn of(event: &Core<'_>) -> Option<Self> {
        match *event {
            Core::Request { reply_to, frame, .. } => Some(Self::Request { reply_to, pdu: frame.into() }),
            Core::Notification { frame, .. } => Some(Self::Notification { pdu: frame.into() }),
            Core::Refused { frame, status, cause } => {
                Some(Self::Refused { pdu: frame.into(), status, cause })
            }
            Core::Unmatched { frame } | Core::Mismatched { frame, .. } => {
                Some(Self::Unmatched { pdu: frame.into() })
            }
            Core::UnbindRequested { .. } => Some(Self::UnbindRequested),
            _ => None,
        }
    }
}

/// The events of a client, up to the end of the session. Who does not take them has 1,024 kept; requests beyond that are
/// refused with ESME_RX_T_APPN, with which an MC comes again. Dropped, all are.
#[derive(Debug)]
pub struct Events(Arc<Shared>);

impl Events {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The next event; `None` when the session is over.
    ///
    /// # Cancel safety
    /// Dropped, no event is lost.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Why the session ended; `None` while it has not.
    #[must_use]
    pub fn end_error(&self) -> Option<Error> {
        let mut state = self.0.lock();
        state.ended().map(|_| state.end_error())
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.0.lock();
        match state.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.ended().is_some() => Poll::Ready(None),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_deaf = true;
        // Nobody will answer what waits here.
        for event in std::mem::take(&mut state.events) {
            if let Event::Request { reply_to, .. } = event {
                let _ = state.outbox().reject(reply_to, CommandStatus::ESME_RX_T_APPN);
            }
        }
        state.leave_one();
    }
}
