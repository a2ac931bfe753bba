//! `smpp bench` as a child process, against `smpp smsc` as another: every submission is counted once, whatever happens.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// `smpp smsc` with a fault or without.
struct Simulator {
    process: Child,
    address: String,
}

impl Simulator {
    fn start(arguments: &[&str]) -> Self {
        let mut process = smpp(&["smsc", "--json", "--quiet", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        // What it says later fits into the pipe, or is read by nobody.
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
        Self { process, address: listening["address"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn smpp(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smpp"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn bench(address: &str, arguments: &[&str]) -> Output {
    smpp(&["bench", "--connect", address]).args(arguments).output().unwrap()
}

/// The only line of a run for programs, and its exit code.
fn result(output: &Output) -> (Value, Option<i32>) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["event"], "result");
    (value, output.status.code())
}

#[test]
fn every_message_is_accepted_whatever_the_window_and_the_number_of_sessions() {
    let simulator = Simulator::start(&[]);
    for (sessions, window, messages) in [(1, 1, 300), (3, 10, 1000), (2, 2000, 5000), (4, 10_000, 2)] {
        let [sessions, window, messages] = [sessions, window, messages].map(|number: u32| number.to_string());
        let arguments = ["--json", "--sessions", &sessions, "--window", &window, "--messages", &messages];
        let (value, exit) = result(&bench(&simulator.address, &arguments));
        assert_eq!((exit, &value["failed"]), (Some(0), &Value::from(0)), "{value}");
        assert_eq!(
            [&value["sessions"], &value["window"], &value["messages"]].map(Value::to_string),
            [sessions, window, messages]
        );
        assert!(value["per_second"].as_f64().unwrap() > 0.0);
        let latency = |name: &str| value["latency_us"][name].as_u64().unwrap();
        assert!(latency("p50") <= latency("p99") && latency("p99") <= latency("max"), "{value}");
    }
}

#[test]
fn people_see_how_many_failed_and_why() {
    let simulator = Simulator::start(&["--fault", "throttled:5"]);
    let output = bench(&simulator.address, &["-n", "50", "--window", "10"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("accepted              45"), "{text}");
    assert!(text.ends_with("       5 refused with ESME_RTHROTTLED\n"), "{text}");
    assert!(output.stderr.is_empty(), "no progress bar without a terminal");
}

#[test]
fn a_session_that_is_cut_leaves_no_message_uncounted() {
    let simulator = Simulator::start(&["--fault", "cut:30"]);
    let output = bench(&simulator.address, &["--json", "-n", "100", "--window", "10"]);
    let (value, exit) = result(&output);
    assert_eq!((exit, &value["failed"]), (Some(1), &Value::from(71)), "{value}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&simulator.address));
}

#[test]
fn answers_that_never_come_fail() {
    let simulator = Simulator::start(&["--fault", "lost:100"]);
    let arguments = ["--json", "-n", "20", "--window", "10", "--response-timeout", "200ms"];
    let (value, exit) = result(&bench(&simulator.address, &arguments));
    assert_eq!((exit, &value["failed"]), (Some(1), &Value::from(20)), "{value}");
}

#[test]
fn what_cannot_work_is_told_in_one_line() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener.local_addr().unwrap().to_string();
    drop(listener);
    let long = "x".repeat(161);
    for (arguments, exit) in [
        (&["-n", "1"][..], 3),
        (&["--text", &long], 2),
        (&["--bind", "rx"], 2),
        (&["--window", "10001"], 2),
        (&["--messages", "0"], 2),
    ] {
        let output = bench(&free, arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_load_and_reports_what_was_done() {
    use rustix::process::{Pid, Signal, kill_process};
    let simulator = Simulator::start(&["--fault", "late:20ms"]);
    let mut bench = smpp(&["bench", "--json", "--connect", &simulator.address, "-n", "1000000"]);
    let running = bench.stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    kill_process(Pid::from_child(&running), Signal::INT).unwrap();
    let (value, exit) = result(&running.wait_with_output().unwrap());
    assert_eq!((exit, &value["failed"]), (Some(0), &Value::from(0)), "{value}");
    assert!((1..1_000_000).contains(&value["messages"].as_u64().unwrap()), "{value}");
}
