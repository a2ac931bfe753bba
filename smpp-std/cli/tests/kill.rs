//! An SMSC that is killed and started again while `smpp send` works: what each policy promises of every text holds, by the
//! counts of both sides.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long the SMSC takes for each answer, so that requests are open whenever it is killed.
const LATE: &str = "late:50ms";
const WINDOW: &str = "50";

/// How long the SMSC lives. A second carries a thousand messages.
const LIFE: Duration = Duration::from_millis(350);

/// A child process whose JSON lines are collected.
struct Process {
    child: Child,
    lines: JoinHandle<Vec<Value>>,
}

impl Process {
    fn start(arguments: &[&str]) -> (Self, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_smpp"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let first = serde_json::from_str(&first).unwrap_or_default();
        (Self { child, lines: thread::spawn(move || collect(out)) }, first)
    }

    fn kill(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.join().unwrap()
    }

    fn finish(mut self) -> (Option<i32>, Vec<Value>) {
        let lines = self.lines.join().unwrap();
        (self.child.wait().unwrap().code(), lines)
    }
}

/// All whole lines: the last of a process that is killed may be none.
fn collect(out: BufReader<ChildStdout>) -> Vec<Value> {
    out.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()).collect()
}

/// Starts the SMSC; gives its address as well.
fn smsc(listen: &str) -> (Process, String) {
    // Its port may be held for a moment by connections that end.
    for _ in 0..100 {
        let (process, first) = Process::start(&["smsc", "--json", "--listen", listen, "--fault", LATE]);
        if let Some(address) = first["address"].as_str() {
            return (process, address.to_owned());
        }
        process.kill();
        thread::sleep(Duration::from_millis(50));
    }
    panic!("no SMSC at {listen}");
}

/// What happened to each text.
#[derive(Default)]
struct Counts {
    /// By the client: an acceptance, a loss of the session in between.
    accepted: HashMap<u64, usize>,
    unknown: HashMap<u64, usize>,
    submitted: usize,
    bound: usize,
    /// By the SMSC: messages that it took.
    taken: HashMap<u64, usize>,
    exit: Option<i32>,
}

/// Works off `texts` with a policy, while the SMSC is killed and started again so many times.
fn run(name: &str, policy: &str, texts: u64, kills: usize) -> Counts {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.txt"));
    let mut writer = std::fs::File::create(&file).unwrap();
    let lines: String = (0..texts).map(|number| format!("text {number}\n")).collect();
    writer.write_all(lines.as_bytes()).unwrap();

    let mut counts = Counts::default();
    let (mut centre, address) = smsc("127.0.0.1:0");
    let (mut send, first) = Process::start(&[
        "send",
        "--json",
        "--connect",
        &address,
        "--to",
        "447700900000",
        "--no-receipt",
        "--window",
        WINDOW,
        "--reconnect=100ms",
        "--resubmit",
        policy,
        "--file",
        file.to_str().unwrap(),
    ]);
    assert_eq!(first["event"], "bound");
    counts.bound = 1;
    for _ in 0..kills {
        thread::sleep(LIFE);
        assert!(send.child.try_wait().unwrap().is_none(), "it was finished too soon: more texts are needed");
        counts.took(&centre.kill());
        centre = smsc(&address).0;
    }
    let (exit, events) = send.finish();
    counts.took(&centre.kill());
    counts.exit = exit;
    for event in events {
        let message = event["message"].as_u64();
        match (event["event"].as_str(), message) {
            (Some("submitted"), _) => counts.submitted += 1,
            (Some("accepted"), Some(message)) => *counts.accepted.entry(message).or_default() += 1,
            (Some("unknown" | "resubmitting"), Some(message)) => {
                *counts.unknown.entry(message).or_default() += 1
            }
            (Some("bound"), _) => counts.bound += 1,
            (Some("lost" | "done"), _) => {}
            _ => panic!("{event}"),
        }
    }
    counts
}

impl Counts {
    fn took(&mut self, lines: &[Value]) {
        for line in lines.iter().filter(|line| line["event"] == "message") {
            let number = line["text"].as_str().and_then(|text| text.strip_prefix("text ")?.parse().ok());
            *self.taken.entry(number.expect("our text")).or_default() += 1;
        }
    }

    /// How often each text was accepted, reported unknown, and taken.
    fn of(&self, text: u64) -> (usize, usize, usize) {
        let count = |counts: &HashMap<u64, usize>| counts.get(&text).copied().unwrap_or(0);
        (count(&self.accepted), count(&self.unknown), count(&self.taken))
    }
}

/// Nothing is lost, and only what was reported unknown is doubled.
fn all_unacknowledged(name: &str, texts: u64, kills: usize) {
    let counts = run(name, "unacknowledged", texts, kills);
    let (mut reported, mut doubled) = (0, 0);
    for text in 0..texts {
        let (accepted, unknown, taken) = counts.of(text);
        assert_eq!(accepted, 1, "text {text}");
        assert!((1..=1 + unknown).contains(&taken), "text {text}: {unknown} unknown, taken {taken} times");
        reported += unknown;
        doubled += taken - 1;
    }
    println!("{texts} texts, {kills} kills: {reported} reported unknown, {doubled} of them doubled");
    assert_eq!(counts.exit, Some(0));
    assert_eq!(counts.submitted, counts.accepted.len() + reported, "each submission has one end");
    assert_eq!(counts.bound, kills + 1);
    assert!(reported >= kills, "the SMSC was killed under load");
}

#[test]
fn with_all_unacknowledged_no_text_is_lost_and_only_unknown_ones_are_doubled_jasmin_247() {
    all_unacknowledged("few", 2_000, 3);
}

/// The full length; `.ci/kill` runs it.
#[test]
#[ignore = "takes half a minute"]
fn ten_thousand_texts_survive_twenty_kills() {
    all_unacknowledged("many", 10_000, 20);
}

#[test]
fn with_only_the_unwritten_no_text_is_doubled_and_the_rest_is_reported() {
    let texts = 2_000;
    let counts = run("unwritten", "unwritten", texts, 3);
    let mut lost = 0;
    for text in 0..texts {
        let (accepted, unknown, taken) = counts.of(text);
        assert!(accepted <= taken && taken <= 1, "text {text}: accepted {accepted}, taken {taken} times");
        assert!(accepted == 1 || unknown == 1, "text {text}");
        lost += 1 - accepted;
    }
    assert!(lost > 0, "the SMSC was killed under load");
    assert_eq!(counts.exit, Some(4), "the outcome of some is unknown");
}
