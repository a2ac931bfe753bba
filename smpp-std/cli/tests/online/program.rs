//! The built program as a child process.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No wait in a test lasts longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What every run finds in `SMPP_PASSWORD`: 64 octets, the most that are possible, in no output of any run.
pub(crate) const PASSWORD: &str = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The four ends that a part can have.
const ENDS: [&str; 4] = ["accepted", "rejected", "timed_out", "unknown"];

/// `smpp`, running.
pub(crate) struct Program {
    process: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    errors: Option<JoinHandle<String>>,
}

/// `smpp`, when it has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) lines: Vec<String>,
    /// Standard error.
    pub(crate) errors: String,
}

impl Program {
    pub(crate) fn start<'a>(args: impl IntoIterator<Item = &'a str>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_smpp"))
            .args(args)
            .env("SMPP_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut errors = process.stderr.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        Self { process, lines, seen: Vec::new(), errors: Some(errors) }
    }

    /// The next event of this name; those before it are passed over.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                panic!("no event '{name}' behind {:#?}", self.seen);
            });
            let event = json(&line);
            self.seen.push(line);
            if event["event"] == name {
                return event;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            match self.process.try_wait().unwrap() {
                Some(status) => return status,
                None if start.elapsed() > PATIENCE => panic!("still running behind {:#?}", self.seen),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let status = self.wait();
        let mut lines = std::mem::take(&mut self.seen);
        lines.extend(self.lines.iter());
        let errors = self.errors.take().unwrap().join().unwrap();
        let all = lines.concat() + &errors;
        assert!(!all.contains(PASSWORD), "the password was shown");
        Ended { code: status.code().expect("it ends by itself, not by a signal"), lines, errors }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Ended {
    /// The JSON lines, all of standard output.
    pub(crate) fn all_events(&self) -> Vec<Value> {
        self.lines.iter().map(|line| json(line)).collect()
    }

    /// The events of this name.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        self.all_events().into_iter().filter(|event| event["event"] == name).collect()
    }

    /// How many events of this name there are.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.events(name).len()
    }

    /// The PDUs of this command that the simulator took in or gave out.
    pub(crate) fn pdus(&self, direction: &str, command: &str) -> Vec<Value> {
        let pdus = self.events("pdu").into_iter().filter(|event| event["direction"] == direction);
        pdus.map(|event| event["pdu"].clone()).filter(|pdu| pdu["command"] == command).collect()
    }

    /// Checks the counts of `done`, and that exactly one end was told of each part that was submitted.
    #[track_caller]
    pub(crate) fn assert_done(&self, delivered: usize, failed: usize, unknown: usize) {
        let done = json(self.lines.last().unwrap_or_else(|| panic!("{self:#?}")));
        let number = |key: &str| done[key].as_u64().unwrap_or_else(|| panic!("no {key} in {done}"));
        // What was delivered, or of which no more is known than that it was accepted.
        assert_eq!(number("delivered") + number("accepted"), delivered as u64, "{self:#?}");
        assert_eq!((number("failed"), number("unknown")), (failed as u64, unknown as u64), "{self:#?}");
        let mut ends = BTreeMap::new();
        for event in self.all_events() {
            let part = (event["message"].as_u64(), event["part"].as_u64());
            let name = event["event"].as_str().unwrap();
            if name == "submitted" {
                ends.entry(part).or_insert(0);
            } else if ENDS.contains(&name) {
                *ends.entry(part).or_insert(0) += 1;
            }
        }
        assert!(!ends.is_empty() && ends.values().all(|count| *count == 1), "{ends:?} {self:#?}");
    }

    /// Checks the exit code, and that standard error has one line with all these words.
    #[track_caller]
    pub(crate) fn assert_complaint(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:#?}");
        assert_eq!(self.errors.lines().count(), 1, "{self:#?}");
        for word in words {
            assert!(self.errors.contains(word), "no '{word}': {}", self.errors);
        }
    }
}

#[track_caller]
fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}"))
}

/// Runs `smpp` to its end.
pub(crate) fn smpp<'a>(args: impl IntoIterator<Item = &'a str>) -> Ended {
    Program::start(args).end()
}

/// `smpp smsc` at a free port.
pub(crate) struct Smsc {
    pub(crate) program: Program,
    pub(crate) address: String,
}

impl Smsc {
    pub(crate) fn start(args: &[&str]) -> Self {
        let base = ["smsc", "--json", "--listen", "127.0.0.1:0"];
        let mut program = Program::start(base.iter().chain(args).copied());
        let address = program.event("listening")["address"].as_str().unwrap().to_owned();
        Self { program, address }
    }

    /// Runs `smpp send --json` with it, to its end.
    pub(crate) fn send(&self, args: &[&str]) -> Ended {
        send(&self.address, args)
    }

    /// Ends it by a signal, and gives what it told.
    pub(crate) fn stop(self) -> Ended {
        self.program.signal(Signal::TERM);
        let ended = self.program.end();
        assert_eq!((ended.code, &*ended.errors), (0, ""));
        ended
    }
}

/// Runs `smpp send --json` to its end.
pub(crate) fn send(address: &str, args: &[&str]) -> Ended {
    let base = ["send", "--json", "--connect", address, "--system-id", "tester"];
    smpp(base.iter().chain(args).copied())
}

/// A file with these lines, of a name of its own.
pub(crate) fn file_of(name: &str, lines: impl IntoIterator<Item = String>) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, lines.into_iter().map(|line| line + "\n").collect::<String>()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The TLVs that the simulator's receipts carry, as an event has them.
pub(crate) fn receipt_tlvs(id: &str, state: u8, error: Option<u16>) -> String {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let mut tlvs = format!(
        r#","tlvs":[{{"tag":30,"name":"receipted_message_id","value":"{}00"}},{{"tag":1063,"name":"message_state","value":"{state:02x}"}}"#,
        hex(id.as_bytes())
    );
    if let Some(error) = error {
        tlvs += &format!(r#",{{"tag":1059,"name":"network_error_code","value":"03{error:04x}"}}"#);
    }
    tlvs + "]"
}
