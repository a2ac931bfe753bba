//! Plays the scripts in `tests/transcripts/`: readable conversations of one session with its peer, its application and
//! the clock. Each is played twice: with every read of the transport as written, and octet by octet.
//!
//! A script starts with `== title`. Lines:
//!
//! ```text
//! role esme|mc [setting=value ...]       a new session; times as 500ms or 30s
//! wait 30s                               time passes; the session is woken whenever it asked for it
//! < command number [STATUS] [key=value]  the peer sends a PDU; `< hex 00 00 ...` sends octets;
//!                                        `<+` holds them back until the next `<`, so that they arrive in one read
//! bind|send|notify|unbind|enquire_link   the application acts; `! text` behind it expects an error with that text
//! accept|respond|reject number ...       the application answers the peer's request with that number
//! block / unblock                        the transport takes nothing / takes octets again
//! close [unwritten=N] [partly=N]         the connection ends; N PDUs of the last ones were never (or partly) handed over
//! > command number [STATUS]              expects this PDU next from the session
//! = event                                expects this event next
//! state NAME / version 3.4 / quiet       expects this; `quiet` that no wake-up is asked for
//! ```
//!
//! A title that ends with `[in one read]` is not played octet by octet. Whatever happens must be expected: a PDU or an event that the script does not list fails it.

mod pdus;
mod script;

use pdus::describe;
use script::{Words, command, config, duration, number, scripts, version};
use smpp_core::Instant;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::*;
use smpp_core::session::{Config, Event, Input, ReplyTo, Role, SendError, Session, Snapshot, State};
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{COctetString, CommandId, CommandStatus, Tag};
use std::collections::VecDeque;
use std::time::Duration;

type Machine = Session<4>;

struct Player {
    session: Machine,
    now: Instant,
    octet_by_octet: bool,
    blocked: bool,
    /// Octets that the peer sent and the session has not taken.
    input: Vec<u8>,
    /// PDUs of the session that the script has not expected yet.
    output: VecDeque<Vec<u8>>,
    /// All PDUs of the session.
    written: Vec<Vec<u8>>,
    events: VecDeque<String>,
    in_hand: Vec<ReplyTo>,
    error: Option<SendError>,
}

impl Player {
    fn new(octet_by_octet: bool) -> Self {
        let now = Instant::from_millis(1_000);
        Self {
            session: Machine::esme(Config::default(), now),
            now,
            octet_by_octet,
            blocked: false,
            input: Vec::new(),
            output: VecDeque::new(),
            written: Vec::new(),
            events: VecDeque::new(),
            in_hand: Vec::new(),
            error: None,
        }
    }

    fn line(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        let words = Words(rest.split_whitespace().collect());
        let expectation = matches!(verb, ">" | "=" | "!" | "state" | "version" | "quiet" | "block");
        if !expectation {
            self.nothing_left();
        }
        match verb {
            "role" => self.start(&words),
            "wait" => self.wait(duration(rest)),
            "<" | "<+" => self.receive(verb == "<", &words),
            ">" => self.expect_output(&words),
            "=" => {
                let event = self.events.pop_front();
                assert_eq!(event.as_deref(), Some(rest), "event");
            }
            "!" => {
                let error = self.error.take().map(|error| error.to_string()).unwrap_or_default();
                assert!(error.contains(rest) && !error.is_empty(), "error: {error:?}");
            }
            "state" => assert_eq!(self.session.state().to_string(), rest),
            "version" => assert_eq!(self.session.version().to_string(), rest),
            "quiet" => assert_eq!(self.session.poll_timeout(), None, "a wake-up is asked for"),
            "block" => self.blocked = true,
            "unblock" => {
                self.blocked = false;
                self.settle();
                self.feed();
            }
            "close" => self.close(&words),
            _ => self.act(verb, &words),
        }
    }

    fn start(&mut self, words: &Words<'_>) {
        let role = words.0[0];
        let settings = Words(words.0[1..].to_vec());
        let config = config(&settings);
        self.session = match (role, settings.get("bound")) {
            ("esme", None) => Machine::esme(config, self.now),
            ("mc", None) => Machine::mc(config, self.now),
            (_, bound) => Machine::resume(
                config,
                self.now,
                Snapshot {
                    role: if role == "mc" { Role::Mc } else { Role::Esme },
                    state: match bound {
                        Some("tx") => State::BoundTx,
                        Some("rx") => State::BoundRx,
                        _ => State::BoundTrx,
                    },
                    version: config.version,
                    sequence_number: settings.get("last").map_or(0, number),
                    unanswered: 0,
                },
            ),
        };
        self.settle();
    }

    /// Lets time pass as an adapter would: asleep until the session wants to be woken.
    fn wait(&mut self, time: Duration) {
        let end = self.now.after(time);
        for round in 0.. {
            assert!(round < 1_000, "the session asks to be woken without an end");
            match self.session.poll_timeout() {
                Some(at) if at <= end => self.now = self.now.max(at),
                _ => break,
            }
            self.session.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        self.session.handle_timeout(end);
        self.settle();
    }

    fn receive(&mut self, now: bool, words: &Words<'_>) {
        if words.0[0] == "hex" {
            self.input.extend(words.0[1..].iter().map(|octet| u8::from_str_radix(octet, 16).unwrap()));
        } else {
            let status = words.0.iter().find_map(|word| CommandStatus::from_name(word));
            let (id, sequence) = (command(words.0[0]), number(words.0[1]));
            self.input.extend(pdus::octets(id, sequence, status.unwrap_or_default(), words));
        }
        if now {
            self.feed();
        }
    }

    /// Hands the input to the session.
    fn feed(&mut self) {
        let mut available = if self.octet_by_octet { 0 } else { self.input.len() };
        loop {
            if !self.session.is_ready(&self.input[..available]) {
                if available >= self.input.len() {
                    return;
                }
                available += 1;
                continue;
            }
            let (consumed, event) = match self.session.handle_input(self.now, &self.input[..available]) {
                Ok(Input::Pdu { consumed, event }) => {
                    if let Event::Request { reply_to, .. } | Event::BindRequested { reply_to, .. } = event {
                        self.in_hand.push(reply_to);
                    }
                    (consumed, describe(&event))
                }
                Ok(Input::TransmitFirst) if self.blocked => {
                    self.events.push_back("transmit_first".into());
                    return;
                }
                Ok(Input::TransmitFirst) => {
                    self.settle();
                    continue;
                }
                Ok(Input::Incomplete { .. }) => panic!("is_ready said otherwise"),
                Err(error) => {
                    self.events.push_back(format!("error: {error}"));
                    self.input.clear();
                    return self.settle();
                }
            };
            // How many octets of a PDU that is too large come at once is up to the transport.
            if !event.starts_with("discarded") {
                self.events.push_back(event);
            }
            self.input.drain(..consumed);
            available -= consumed;
            self.settle();
        }
    }

    fn act(&mut self, verb: &str, words: &Words<'_>) {
        let mut out = vec![0; 70_000];
        let now = self.now;
        let session = &mut self.session;
        let first = words.0.first().copied().unwrap_or_default();
        let result = match verb {
            "bind" => {
                let name = COctetString::from(words.get("id").unwrap_or("id"));
                let interface_version = version(words.get("version").unwrap_or("3.4"));
                match first {
                    "tx" => session.bind(
                        now,
                        &BindTransmitter { system_id: name, interface_version, ..Default::default() },
                        &mut out,
                    ),
                    "rx" => session.bind(
                        now,
                        &BindReceiver { system_id: name, interface_version, ..Default::default() },
                        &mut out,
                    ),
                    _ => session.bind(
                        now,
                        &BindTransceiver { system_id: name, interface_version, ..Default::default() },
                        &mut out,
                    ),
                }
            }
            "send" => {
                let list = [Tlv { tag: Tag::USER_MESSAGE_REFERENCE, value: &[0, 1] }];
                let tlvs = if words.0.contains(&"tlv") { Tlvs::from(&list[..]) } else { Tlvs::NONE };
                let length = words.number("room").unwrap_or(out.len());
                let out = &mut out[..length];
                match first {
                    "submit_sm" => session.send(now, &SubmitSm { tlvs, ..Default::default() }, out),
                    "deliver_sm" => session.send(now, &DeliverSm { tlvs, ..Default::default() }, out),
                    "data_sm" => session.send(now, &DataSm::default(), out),
                    "query_sm" => session.send(now, &QuerySm::default(), out),
                    "replace_sm" => session.send(now, &ReplaceSm::default(), out),
                    "broadcast_sm" => session.send(now, &BroadcastSm::default(), out),
                    other => panic!("cannot send {other}"),
                }
                .map(|(_, len)| len)
            }
            "notify" => match first {
                "outbind" => session.notify(now, &Outbind::default(), &mut out),
                _ => session.notify(now, &AlertNotification::default(), &mut out),
            },
            "unbind" => session.unbind(now).map(|()| 0),
            "enquire_link" => session.enquire_link(now).map(|()| 0),
            "accept" | "respond" | "reject" => {
                let wanted = number(first);
                let found = self.in_hand.iter().find(|to| to.sequence_number() == wanted);
                let to = *found.expect("the peer sent that request");
                match (verb, to.command()) {
                    ("accept", _) => session.accept(now, to, "mc".into(), &mut out),
                    ("reject", _) => {
                        session.reject(now, to, CommandStatus::from_name(words.0[1]).unwrap(), &mut out)
                    }
                    (_, CommandId::SUBMIT_SM) => {
                        let message_id = COctetString::from(words.get("id").unwrap_or("id"));
                        session.respond(now, to, &SubmitSmResp { message_id, ..Default::default() }, &mut out)
                    }
                    (_, CommandId::DELIVER_SM) => {
                        session.respond(now, to, &DeliverSmResp::default(), &mut out)
                    }
                    _ => session.respond(now, to, &DataSmResp::default(), &mut out),
                }
            }
            other => panic!("no such line: {other}"),
        };
        match result {
            Ok(len) => self.wrote(&out[..len]),
            Err(error) => self.error = Some(error),
        }
        self.settle();
    }

    /// Takes what the session has to say without being asked.
    fn settle(&mut self) {
        let mut out = [0; 40];
        while !self.blocked
            && let Some(len) = self.session.poll_transmit(self.now, &mut out)
        {
            self.wrote(&out[..len]);
        }
        while let Some(event) = self.session.poll_event() {
            self.events.push_back(describe(&event));
        }
    }

    fn wrote(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            let Ok(Split::Frame(frame)) = Frame::split(octets, MAX_PDU) else {
                panic!("not a PDU: {octets:?}")
            };
            self.output.push_back(frame.octets.to_vec());
            self.written.push(frame.octets.to_vec());
            octets = &octets[frame.octets.len()..];
        }
    }

    fn expect_output(&mut self, words: &Words<'_>) {
        let octets = self.output.pop_front().unwrap_or_else(|| panic!("the session wrote nothing"));
        let Ok(Split::Frame(frame)) = Frame::split(&octets, MAX_PDU) else { panic!("not a PDU") };
        let status = words.0.get(2).filter(|word| word.starts_with("ESME"));
        let status = status.map_or(CommandStatus::ESME_ROK, |name| CommandStatus::from_name(name).unwrap());
        let found = (frame.header.command_id, frame.header.sequence_number, frame.header.command_status);
        assert_eq!(found, (command(words.0[0]), number(words.0[1]), status), "PDU written");
        if words.0.contains(&"bare") {
            assert_eq!(octets.len(), HEADER_LEN, "an error has no body");
        }
        if let Some(wanted) = words.get("sc") {
            let found = frame.pdu().unwrap().tlvs().sc_interface_version();
            assert_eq!(found, (wanted != "none").then(|| version(wanted).0), "sc_interface_version");
        }
    }

    fn close(&mut self, words: &Words<'_>) {
        let unwritten = words.number("unwritten").unwrap_or(0);
        let partly = words.number("partly").unwrap_or(0);
        let kept = self.written.len() - unwritten;
        let octets = self.written[kept..].concat();
        self.session.handle_closed(&octets, partly);
        self.settle();
    }

    fn nothing_left(&self) {
        assert!(self.output.is_empty(), "not expected: {:02x?}", self.output);
        assert!(self.events.is_empty(), "not expected: {:?}", self.events);
        assert!(self.error.is_none(), "not expected: {:?}", self.error);
    }
}

#[test]
fn every_transcript_plays_as_written_and_octet_by_octet() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    let mut played = 0;
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut failures = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (title, lines) in scripts(&text) {
            for octet_by_octet in [false, true] {
                if octet_by_octet && title.ends_with("[in one read]") {
                    continue;
                }
                let mut player = Player::new(octet_by_octet);
                let mut at = 0;
                let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    for &(number, line) in &lines {
                        at = number;
                        player.line(line);
                    }
                    player.nothing_left();
                }));
                if result.is_err() {
                    failures.push(format!("{name}:{at}: {title} (octet by octet: {octet_by_octet})"));
                }
            }
            played += 1;
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(played >= 40, "only {played} situations");
}
