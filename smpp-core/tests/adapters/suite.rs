//! One suite of scripts for every client: `client.txt` says what the peer writes and what the application must see of it.
//!
//! An adapter brings two things: an [`Adapter`], and a line to the [`Peer`], which only says what is to be done with the line.

use crate::peer::Peer;
use smpp_core::pdu::{BindTransceiver, SubmitSm};
use smpp_core::session::{CloseReason, Config, Event, ReplyTo, SendError, Ticket};
use smpp_core::types::{Address, CommandStatus, InterfaceVersion};
use std::collections::VecDeque;
use std::time::Duration;

/// A client as the scripts use it.
pub(crate) trait Adapter {
    /// Binds as transceiver and waits for the outcome.
    fn bind(&mut self, bind: &BindTransceiver<'_>) -> Result<(), BindError>;
    /// Sends one message, without waiting for room.
    fn send(&mut self, message: &SubmitSm<'_>) -> Result<Ticket, SendError>;
    /// Answers a request of the peer.
    fn respond(&mut self, to: ReplyTo) -> Result<(), SendError>;
    /// Answers a request of the peer with an error.
    fn reject(&mut self, to: ReplyTo, status: CommandStatus) -> Result<(), SendError>;
    /// Waits until something happens, and notes it.
    fn wait(&mut self, seen: &mut Seen);
    /// Ends the session cleanly, notes what happens meanwhile, and gives the reason of the end.
    fn unbind(&mut self, seen: &mut Seen) -> CloseReason;
}

/// Why a bind failed, as far as every adapter can tell.
#[derive(Debug)]
pub(crate) enum BindError {
    Refused(CommandStatus),
    AnsweredBy(String),
    Closed(CloseReason),
}

/// What the application has seen and the script has not asked for yet.
#[derive(Default, Debug)]
pub(crate) struct Seen {
    outcomes: Vec<(Ticket, String)>,
    requests: VecDeque<(ReplyTo, String)>,
    told: VecDeque<String>,
    end: Option<CloseReason>,
}

impl Seen {
    /// Notes an event of the core.
    #[allow(dead_code, reason = "an adapter may have events of its own")]
    pub(crate) fn note<P>(&mut self, event: &Event<'_, P>) {
        match event {
            Event::Response { ticket, status, .. } => self.outcome(*ticket, &status.to_string()),
            Event::TimedOut { ticket } => self.outcome(*ticket, "timed out"),
            Event::Abandoned { ticket, written } => self.outcome(*ticket, abandoned(*written)),
            Event::Request { reply_to, frame, .. } => {
                self.request(*reply_to, &frame.header.command_id.to_string());
            }
            Event::Refused { frame, .. } => self.tell(format!("refused {}", frame.header.command_id)),
            Event::Unmatched { frame } | Event::Mismatched { frame, .. } => {
                self.tell(format!("unmatched {}", frame.header.command_id));
            }
            Event::UnbindRequested { .. } => self.tell("unbind".to_owned()),
            Event::Closed(reason) => self.end(*reason),
            _ => {}
        }
    }

    /// A request of ours came to its end, which it does once.
    pub(crate) fn outcome(&mut self, ticket: Ticket, outcome: &str) {
        assert!(self.outcomes.iter().all(|(other, _)| *other != ticket), "{ticket:?} ended twice");
        self.outcomes.push((ticket, outcome.to_owned()));
    }

    /// The peer asked for something.
    pub(crate) fn request(&mut self, reply_to: ReplyTo, command: &str) {
        self.requests.push_back((reply_to, command.to_owned()));
    }

    /// What else an application hears of.
    pub(crate) fn tell(&mut self, news: String) {
        self.told.push_back(news);
    }

    /// The session is over.
    pub(crate) fn end(&mut self, reason: CloseReason) {
        assert_eq!(self.end.replace(reason), None, "a session ends once");
    }

    /// Why the session ended, if it has.
    pub(crate) const fn ended(&self) -> Option<CloseReason> {
        self.end
    }
}

/// How an abandoned request is called.
pub(crate) const fn abandoned(written: bool) -> &'static str {
    if written { "written" } else { "unwritten" }
}

/// One script of the suite.
pub(crate) struct Script {
    pub(crate) title: &'static str,
    pub(crate) config: Config,
    peer: Vec<&'static str>,
    app: Vec<&'static str>,
}

/// All of them.
pub(crate) fn scripts() -> Vec<Script> {
    let mut scripts: Vec<Script> = Vec::new();
    for line in include_str!("client.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').expect("two words");
        if word == "==" {
            // What a script does not set does not happen while it runs.
            let config = Config { enquire_link: Duration::ZERO, ..Config::default() };
            scripts.push(Script { title: rest, config, peer: Vec::new(), app: Vec::new() });
            continue;
        }
        let script = scripts.last_mut().expect("a title comes first");
        match word {
            "set" => set(&mut script.config, rest),
            "peer" => script.peer.push(rest),
            "app" => script.app.push(rest),
            _ => panic!("{line}: no line of a script"),
        }
    }
    scripts
}

fn set(config: &mut Config, setting: &str) {
    let (name, value) = setting.split_once(' ').expect("a name and a value");
    let value: u64 = value.parse().expect("a number");
    match name {
        "response_timeout" => config.response_timeout = Duration::from_millis(value),
        "enquire_link" => config.enquire_link = Duration::from_millis(value),
        "window" => config.window = value.try_into().expect("a window"),
        "max_pdu" => config.max_pdu = value.try_into().expect("a length"),
        _ => panic!("{name}: no setting"),
    }
}

impl Script {
    /// The peer of this script.
    pub(crate) fn peer(&self) -> Peer {
        Peer::new(self.title, &self.peer, !self.config.enquire_link.is_zero())
    }

    /// Runs the application's side.
    pub(crate) fn run(&self, adapter: &mut impl Adapter) {
        let mut run = Run { adapter, seen: Seen::default(), tickets: Vec::new(), last_request: None };
        for line in &self.app {
            let (action, expected) = line.split_once(": ").unwrap_or((line, ""));
            let outcome = run.act(action);
            assert_eq!(outcome, expected, "{}: {line}", self.title);
        }
        assert!(run.seen.told.is_empty() && run.seen.requests.is_empty(), "{}: {:?}", self.title, run.seen);
    }
}

struct Run<'a, A> {
    adapter: &'a mut A,
    seen: Seen,
    tickets: Vec<(String, Ticket)>,
    last_request: Option<ReplyTo>,
}

impl<A: Adapter> Run<'_, A> {
    /// Does what a line says and tells what came of it.
    fn act(&mut self, action: &str) -> String {
        let (verb, object) = action.split_once(' ').unwrap_or((action, ""));
        let to = self.last_request;
        match verb {
            "bind" => self.bind(),
            "send" => self.send(object),
            "wait" => {
                let ticket = self.tickets.iter().find(|(name, _)| name == object).expect("it was sent").1;
                self.until(|seen| {
                    let index = seen.outcomes.iter().position(|(ended, _)| *ended == ticket)?;
                    Some(seen.outcomes[index].1.clone())
                })
            }
            "request" => {
                let (reply_to, command) = self.until(|seen| seen.requests.pop_front());
                self.last_request = Some(reply_to);
                command
            }
            "respond" => said(self.adapter.respond(to.expect("a request came before"))),
            "reject" => {
                let status = CommandStatus::from_name(object).expect("a status");
                said(self.adapter.reject(to.expect("a request came before"), status))
            }
            "told" => self.until(|seen| seen.told.pop_front()),
            "closed" => format!("{:?}", self.until(|seen| seen.end)),
            "unbind" => format!("{:?}", self.adapter.unbind(&mut self.seen)),
            _ => panic!("{action}: nothing that an application does"),
        }
    }

    fn bind(&mut self) -> String {
        let bind = BindTransceiver {
            system_id: "me".into(),
            interface_version: InterfaceVersion::V3_4,
            ..BindTransceiver::default()
        };
        match self.adapter.bind(&bind) {
            Ok(()) => "bound".to_owned(),
            Err(BindError::Refused(status)) => format!("refused {status}"),
            Err(BindError::AnsweredBy(response)) => format!("answered by {response}"),
            Err(BindError::Closed(reason)) => format!("closed {reason:?}"),
        }
    }

    fn send(&mut self, name: &str) -> String {
        let message = SubmitSm {
            destination: Address::international("4915112345678"),
            short_message: b"hello",
            ..SubmitSm::default()
        };
        let sent = self.adapter.send(&message);
        if let Ok(ticket) = sent {
            self.tickets.push((name.to_owned(), ticket));
        }
        said(sent.map(drop))
    }

    /// Waits until `find` finds what it looks for.
    fn until<T>(&mut self, mut find: impl FnMut(&mut Seen) -> Option<T>) -> T {
        loop {
            if let Some(found) = find(&mut self.seen) {
                return found;
            }
            assert_eq!(self.seen.end, None, "the session is over, and what was waited for did not come");
            self.adapter.wait(&mut self.seen);
        }
    }
}

/// What a session said to something that it was to send.
fn said(outcome: Result<(), SendError>) -> String {
    match outcome {
        Ok(()) => String::new(),
        Err(SendError::WindowFull) => "window full".to_owned(),
        Err(error) => error.to_string(),
    }
}
