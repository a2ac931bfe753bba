//! The peer of a script. It touches no line: it says what is to be done with one, and is told what came.

use smpp_core::frame::{Frame, Header, MAX_PDU, Split};
use smpp_core::pdu::*;
use smpp_core::types::{CommandId, CommandStatus};
use std::collections::VecDeque;

/// What is to be done with the line.
#[derive(Debug)]
pub(crate) enum Act {
    /// Write this, all of it, before anything else.
    Write(Vec<u8>),
    /// Wait for what the client writes and [give](Peer::receive) it.
    Read,
    /// Write nothing more, but read.
    End,
    /// Close the connection.
    Close,
}

#[derive(Debug)]
pub(crate) struct Peer {
    title: &'static str,
    steps: VecDeque<&'static str>,
    /// Octets that leave one by one.
    pieces: VecDeque<u8>,
    received: Vec<u8>,
    /// The number of the PDU that was waited for last.
    last: u32,
    /// The peer's own last number.
    own: u32,
    keeps_alive: bool,
    is_closed: bool,
}

impl Peer {
    pub(crate) fn new(title: &'static str, steps: &[&'static str], keeps_alive: bool) -> Self {
        let steps = steps.iter().copied().collect();
        let (pieces, received) = (VecDeque::new(), Vec::new());
        Self { title, steps, pieces, received, last: 0, own: 0, keeps_alive, is_closed: false }
    }

    /// Takes what the client wrote.
    pub(crate) fn receive(&mut self, octets: &[u8]) {
        self.received.extend(octets);
    }

    /// What is to be done next.
    pub(crate) fn next(&mut self) -> Act {
        if let Some(octet) = self.pieces.pop_front() {
            return Act::Write(vec![octet]);
        }
        loop {
            let Some(step) = self.steps.front().copied() else { return self.after_the_last() };
            if let Some(expected) = step.strip_prefix("< ") {
                match self.expect(expected) {
                    Expected::Nothing => return Act::Read,
                    Expected::LinkCheck(answer) => return Act::Write(answer),
                    Expected::It => {}
                }
            }
            self.steps.pop_front();
            match step.split_once(' ') {
                Some(("<", _)) => {}
                Some((">", pdus)) => return Act::Write(self.pdus(pdus)),
                Some((":", pdu)) => {
                    self.pieces = self.pdus(pdu).into();
                    return self.next();
                }
                Some(("hex", digits)) => return Act::Write(octets(digits)),
                None if step == "end" => return Act::End,
                None if step == "close" => {
                    self.is_closed = true;
                    return Act::Close;
                }
                _ => panic!("{}: {step}: nothing that a peer does", self.title),
            }
        }
    }

    /// The client has closed the connection, or let go of it: the peer waits for nothing more.
    pub(crate) fn finish(&mut self) {
        assert!(matches!(self.next(), Act::Read | Act::Close), "{}: the peer had more to say", self.title);
        assert!(self.steps.is_empty(), "{}: the peer still waits: {:?}", self.title, self.steps);
        assert!(self.received.is_empty(), "{}: a PDU that was cut off: {:x?}", self.title, self.received);
    }

    fn after_the_last(&mut self) -> Act {
        if self.is_closed {
            self.received.clear();
            return Act::Close;
        }
        while let Some(header) = self.take() {
            let is_link_check = self.keeps_alive && header.command_id == CommandId::ENQUIRE_LINK;
            assert!(is_link_check, "{}: nobody waits for {header:?}", self.title);
        }
        Act::Read
    }

    /// The next PDU that came.
    fn take(&mut self) -> Option<Header> {
        let (header, len) = match Frame::split(&self.received, MAX_PDU).expect("the client writes PDUs") {
            Split::Frame(frame) => (frame.header, frame.header.command_length as usize),
            _ => return None,
        };
        self.received.drain(..len);
        Some(header)
    }

    /// Whether the PDU came that `expected` names.
    fn expect(&mut self, expected: &str) -> Expected {
        let Some(header) = self.take() else { return Expected::Nothing };
        let words: Vec<&str> = expected.split(' ').collect();
        let is_link_check = header.command_id == CommandId::ENQUIRE_LINK;
        if is_link_check && self.keeps_alive && words[0] != "enquire_link" {
            return Expected::LinkCheck(header_only(
                CommandId::ENQUIRE_LINK_RESP,
                CommandStatus::ESME_ROK,
                header.sequence_number,
            ));
        }
        let status = status(&words);
        let found = (header.command_id.to_string(), header.command_status);
        assert_eq!(found, (words[0].to_owned(), status), "{}: peer < {expected}", self.title);
        if let Some(number) = number(&words) {
            assert_eq!(i64::from(header.sequence_number), number, "{}: peer < {expected}", self.title);
        }
        self.last = header.sequence_number;
        Expected::It
    }

    fn pdus(&mut self, pdus: &str) -> Vec<u8> {
        let (pdus, cut) = pdus.split_once(" cut ").unwrap_or((pdus, ""));
        let mut octets: Vec<u8> = pdus.split(" + ").flat_map(|pdu| self.pdu(pdu)).collect();
        if !cut.is_empty() {
            octets.truncate(cut.parse().expect("a length"));
        }
        octets
    }

    fn pdu(&mut self, pdu: &str) -> Vec<u8> {
        let words: Vec<&str> = pdu.split(' ').collect();
        let is_response = words[0].ends_with("_resp") || words[0] == "generic_nack";
        let number = match number(&words) {
            Some(back @ ..0) => self.last - u32::try_from(-back).expect("a number"),
            Some(number) => number.try_into().expect("a number"),
            None if is_response => self.last,
            None => {
                self.own += 1;
                self.own
            }
        };
        let status = status(&words);
        let text = words.iter().find_map(|word| word.strip_prefix("text="));
        let text = vec![b'x'; text.map_or(5, |len| len.parse().expect("a length"))];
        let body: Pdu<'_> = match words[0] {
            "bind_transceiver_resp" if status.is_ok() => {
                BindTransceiverResp { system_id: "mc".into(), ..Default::default() }.into()
            }
            "bind_transceiver_resp" => return header_only(CommandId::BIND_TRANSCEIVER_RESP, status, number),
            "bind_receiver_resp" => BindReceiverResp { system_id: "mc".into(), ..Default::default() }.into(),
            "submit_sm_resp" if status.is_ok() => {
                SubmitSmResp { message_id: "17".into(), ..Default::default() }.into()
            }
            "submit_sm_resp" => return header_only(CommandId::SUBMIT_SM_RESP, status, number),
            "deliver_sm" => DeliverSm { short_message: &text, ..Default::default() }.into(),
            "enquire_link" => EnquireLink::default().into(),
            "enquire_link_resp" => EnquireLinkResp::default().into(),
            "unbind" => Unbind::default().into(),
            "unbind_resp" => UnbindResp::default().into(),
            "generic_nack" => GenericNack::default().into(),
            _ => panic!("{}: {pdu}: no PDU of a peer", self.title),
        };
        let mut out = vec![0; 512];
        let len = body.encode(status, number, &mut out).expect("it fits");
        out.truncate(len);
        out
    }
}

enum Expected {
    Nothing,
    /// An enquire_link that the script does not wait for, and its answer.
    LinkCheck(Vec<u8>),
    It,
}

fn header_only(command: CommandId, status: CommandStatus, number: u32) -> Vec<u8> {
    let mut out = vec![0; 16];
    encode_header(command, status, number, &mut out).expect("a header");
    out
}

fn status(words: &[&str]) -> CommandStatus {
    words.iter().find_map(|word| CommandStatus::from_name(word)).unwrap_or(CommandStatus::ESME_ROK)
}

fn number(words: &[&str]) -> Option<i64> {
    words.iter().find_map(|word| word.strip_prefix('#')).map(|number| number.parse().expect("a number"))
}

fn octets(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).expect("two digits"))
        .collect()
}
