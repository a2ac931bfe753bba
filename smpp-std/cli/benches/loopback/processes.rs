//! The processes of a run.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

/// The program under test.
const SMPP: &str = env!("CARGO_BIN_EXE_smpp");

/// A server in a process of its own, which ends with this value.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// Reads on, so that the server never waits for us, and counts the messages that it took.
    reader: Option<JoinHandle<u64>>,
}

impl Server {
    /// The floor.
    pub(crate) fn raw() -> Self {
        let (child, mut out) = start(myself().arg("raw-server"));
        let address = line(&mut out);
        Self { child, address, reader: None }
    }

    /// The simulator.
    pub(crate) fn smsc() -> Self {
        let arguments = ["smsc", "--listen", "127.0.0.1:0", "--quiet", "--json"];
        // Thousands of sessions of one account come from one address.
        let unlimited = ["--address-sessions", "0", "--account-sessions", "0"];
        let (child, mut out) = start(Command::new(SMPP).args(arguments).args(unlimited));
        let listening: Value = serde_json::from_str(&line(&mut out)).expect("a JSON line");
        let address = listening["address"].as_str().expect("an address").to_owned();
        let reader = Some(std::thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok);
            let events = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
            let closed = events.filter(|event| event["event"] == "closed");
            closed.filter_map(|event| event["submitted"].as_u64()).sum()
        }));
        Self { child, address, reader }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Processor time so far, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        cpu(&self.child)
    }

    /// A size that Linux knows of the process, in octets: `VmRSS` is now, `VmHWM` was the most. 0 on other systems.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        kibibytes.unwrap_or(0) * 1024
    }

    /// Ends the simulator and gives how many messages it took.
    pub(crate) fn stop(mut self) -> u64 {
        terminate(&mut self.child);
        self.reader.take().map_or(0, |reader| reader.join().expect("the reader counts"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A raw server has ended with its client.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a load came to.
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    pub(crate) failed: u64,
    /// Processor time of the client, in seconds.
    pub(crate) cpu: f64,
}

/// Runs `smpp bench`, every submission of which must be accepted.
pub(crate) fn load(address: &str, sessions: u32, window: u16, messages: u32) -> Outcome {
    let mut command = Command::new(SMPP);
    command.args(["bench", "--json", "--connect", address]);
    for (name, value) in [("--sessions", sessions), ("--window", window.into()), ("--messages", messages)] {
        command.args([name, &value.to_string()]);
    }
    let (text, cpu) = output(&mut command);
    let result: Value = serde_json::from_str(&text).expect("a JSON line");
    let per_second = result["per_second"].as_f64().expect("a rate");
    Outcome { per_second, failed: result["failed"].as_u64().expect("a count"), cpu }
}

/// Runs the raw client, which stops where an answer is not the one that it waits for.
pub(crate) fn raw_load(address: &str, window: u16, messages: u32) -> Outcome {
    let arguments = ["raw-client", address, &window.to_string(), &messages.to_string()];
    let (text, cpu) = output(myself().args(arguments));
    Outcome { per_second: text.trim().parse().expect("a rate"), failed: 0, cpu }
}

/// Processor time that Linux knows of a process that was not waited for yet, in seconds. 0 on other systems.
fn cpu(child: &Child) -> f64 {
    /// Of a second, the same for all programs (proc(5), sysconf(3)).
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    // The name, which is in parentheses, may hold blanks; user and system time are the 12th and 13th field behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Lets a process end in its own way, having told everything.
#[cfg(unix)]
fn terminate(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    kill_process(Pid::from_child(child), Signal::TERM).expect("it runs");
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) {
    std::thread::sleep(std::time::Duration::from_secs(1));
    child.kill().expect("it runs");
}

fn myself() -> Command {
    Command::new(std::env::current_exe().expect("this program has a path"))
}

fn start(command: &mut Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let out = BufReader::new(child.stdout.take().expect("it is piped"));
    (child, out)
}

fn line(out: &mut impl BufRead) -> String {
    let mut line = String::new();
    out.read_line(&mut line).expect("the server tells its address");
    line.trim().to_owned()
}

/// What a program printed, and its processor time.
fn output(command: &mut Command) -> (String, f64) {
    let (mut child, mut out) = start(command);
    let mut text = String::new();
    out.read_to_string(&mut text).expect("its output is text");
    let cpu = cpu(&child);
    assert!(child.wait().expect("it ends").success(), "it failed: {text}");
    (text, cpu)
}
