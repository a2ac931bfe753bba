//! A message centre as a [`Peer`]: the core's own, as no other is at hand without a network.

use crate::wire::Peer;
use smpp_core::Instant;
use smpp_core::pdu::{Pdu, SubmitSmResp};
use smpp_core::session::{Config, Event, Input, Session};
use smpp_core::types::CommandStatus;

/// Accepts every bind and takes every message, with ids from 1.
#[derive(Debug)]
pub struct MessageCentre {
    /// Its session, to send requests from.
    pub session: Session<10>,
    /// Whether it says nothing more.
    pub is_silent: bool,
    /// Whether it refuses binds.
    pub refuses_binds: bool,
    /// What happened, in the words of `Debug`.
    pub events: Vec<String>,
    input: Vec<u8>,
    messages: u32,
}

impl Default for MessageCentre {
    fn default() -> Self {
        let session = Session::mc(Config::default(), Instant::ZERO);
        Self {
            session,
            is_silent: false,
            refuses_binds: false,
            events: Vec::new(),
            input: Vec::new(),
            messages: 0,
        }
    }
}

impl Peer for MessageCentre {
    fn handle(&mut self, octets: &[u8], answer: &mut Vec<u8>) {
        self.input.extend(octets);
        while let Some(consumed) = self.step(answer) {
            self.input.drain(..consumed);
        }
    }
}

impl MessageCentre {
    /// Works off the first PDU that came and gives its length.
    fn step(&mut self, answer: &mut Vec<u8>) -> Option<usize> {
        let now = Instant::ZERO;
        let mut out = [0; 256];
        let Ok(Input::Pdu { consumed, event }) = self.session.handle_input(now, &self.input) else {
            return None;
        };
        self.events.push(format!("{event:?}"));
        let written = match event {
            Event::BindRequested { reply_to, .. } if self.refuses_binds => {
                self.session.reject(now, reply_to, CommandStatus::ESME_RBINDFAIL, &mut out)
            }
            Event::BindRequested { reply_to, .. } => {
                self.session.accept(now, reply_to, "mc".into(), &mut out)
            }
            Event::Request { reply_to, pdu: Pdu::SubmitSm(_), .. } => {
                self.messages += 1;
                let id = self.messages.to_string();
                let response = SubmitSmResp { message_id: id.as_str().into(), ..SubmitSmResp::default() };
                self.session.respond(now, reply_to, &response, &mut out)
            }
            _ => Ok(0),
        };
        let mut len = written.expect("these answer those");
        len += self.session.poll_transmit(now, &mut out[len..]).unwrap_or(0);
        if !self.is_silent {
            answer.extend(&out[..len]);
        }
        Some(consumed)
    }
}
