//! `smpp smsc` as a child process, and an ESME to talk to it.

use serde_json::Value;
use smpp_core::pdu::{BindTransceiver, DeliverSmResp, Pdu, SubmitSm};
use smpp_core::session::{Config, Event, Operation, SendError};
use smpp_core::types::{Address, CommandStatus, InterfaceVersion, RegisteredDelivery};
use smpp_std::{Bound, Client, Connect, Error, OwnedPdu};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// No wait in a test lasts longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Simulator {
    pub(crate) process: Child,
    pub(crate) address: String,
    lines: Receiver<String>,
    said: RefCell<String>,
}

impl Simulator {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// With these variables in its environment.
    pub(crate) fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_smpp"))
            .args(["smsc", "--json", "--listen", "127.0.0.1:0"])
            .args(args)
            .env_remove("SMPP_PASSWORD")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut simulator = Self { process, address: String::new(), lines, said: RefCell::default() };
        simulator.address = simulator.wait_for("listening")["address"].as_str().unwrap().to_owned();
        simulator
    }

    /// The next event of this name; those before it are passed over.
    pub(crate) fn wait_for(&self, event: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no event '{event}'"));
            self.said.borrow_mut().push_str(&line);
            let value: Value = serde_json::from_str(&line).unwrap();
            if value["event"] == event {
                return value;
            }
        }
    }

    /// All lines so far that a wait passed over or found.
    pub(crate) fn everything(&self) -> String {
        self.said.borrow().clone()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that collects what comes.
pub(crate) struct Esme {
    pub(crate) client: Client<64>,
    pub(crate) delivered: VecDeque<OwnedPdu>,
    pub(crate) answers: VecDeque<OwnedPdu>,
}

impl Esme {
    pub(crate) fn connect(simulator: &Simulator, session: Config) -> Self {
        let client = Client::connect(&simulator.address, &Connect { session, ..Connect::default() }).unwrap();
        Self { client, delivered: VecDeque::new(), answers: VecDeque::new() }
    }

    pub(crate) fn bound(simulator: &Simulator) -> Self {
        let mut esme = Self::connect(simulator, Config::default());
        esme.bind("tester", "");
        esme
    }

    pub(crate) fn bind(&mut self, system_id: &str, password: &str) {
        self.try_bind(system_id, password).unwrap();
    }

    pub(crate) fn try_bind(&mut self, system_id: &str, password: &str) -> Result<Bound, Error> {
        self.client.bind_transceiver(&BindTransceiver {
            system_id: system_id.into(),
            password: password.into(),
            interface_version: InterfaceVersion::V3_4,
            ..BindTransceiver::default()
        })
    }

    /// Handles one event; `false` when none came in time.
    pub(crate) fn step(&mut self, timeout: Duration) -> bool {
        let Some((event, mut outbox)) = self.client.next_event(timeout).unwrap() else { return false };
        match event {
            Event::Request { reply_to, frame, .. } => {
                self.delivered.push_back(frame.into());
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
            Event::Response { frame, .. } => self.answers.push_back(frame.into()),
            Event::Closed(reason) => panic!("closed: {reason}"),
            _ => {}
        }
        true
    }

    pub(crate) fn next_answer(&mut self) -> OwnedPdu {
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return answer;
            }
            assert!(self.step(PATIENCE), "no answer in time");
        }
    }

    pub(crate) fn next_status(&mut self) -> CommandStatus {
        self.next_answer().header().command_status
    }

    pub(crate) fn next_deliver(&mut self) -> OwnedPdu {
        loop {
            if let Some(deliver) = self.delivered.pop_front() {
                return deliver;
            }
            assert!(self.step(PATIENCE), "no deliver_sm in time");
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn answer<'p, R: Operation<'p>>(&mut self, request: &R) -> OwnedPdu {
        self.client.send(request).unwrap();
        self.next_answer()
    }

    /// The message_id of an accepted message.
    pub(crate) fn submit(&mut self, submit: &SubmitSm<'_>) -> String {
        let answer = self.answer(submit);
        match answer.pdu() {
            Ok(Pdu::SubmitSmResp(response)) if answer.header().command_status.is_ok() => {
                response.message_id.to_string()
            }
            other => panic!("{other:?} {:?}", answer.header()),
        }
    }

    /// Submits so many messages as fast as window and pace allow, and gives how many were throttled.
    pub(crate) fn submit_all(&mut self, count: usize) -> usize {
        let message = SubmitSm { registered_delivery: RegisteredDelivery::NONE, ..text_to("4915112345678") };
        let (mut sent, mut answered, mut throttled) = (0, 0, 0);
        while answered < count {
            while sent < count {
                match self.client.send(&message) {
                    Ok(_) => sent += 1,
                    Err(SendError::WindowFull | SendError::RateLimited { .. }) => break,
                    Err(error) => panic!("{error}"),
                }
            }
            assert!(self.step(PATIENCE), "no event in time");
            while let Some(answer) = self.answers.pop_front() {
                answered += 1;
                throttled += usize::from(answer.header().command_status == CommandStatus::ESME_RTHROTTLED);
            }
        }
        throttled
    }

    /// Whether no deliver_sm and no answer comes for so long.
    pub(crate) fn is_quiet_for(&mut self, time: Duration) -> bool {
        !self.step(time) && self.delivered.is_empty() && self.answers.is_empty()
    }
}

/// A short text that asks for a receipt.
pub(crate) fn text_to(destination: &str) -> SubmitSm<'_> {
    SubmitSm {
        source: Address::alphanumeric("Weather"),
        destination: Address::international(destination),
        registered_delivery: RegisteredDelivery::RECEIPT,
        short_message: b"Rain at noon",
        ..SubmitSm::default()
    }
}
