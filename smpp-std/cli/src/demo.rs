//! `smpp demo`: texts through the core to an SMSC and back as receipts, with nothing to set up.

use crate::inbox::{Inbox, Reading};
use crate::link::{Esme, leave};
use crate::output::{Exit, Failure, Outcome};
use crate::send::{Engine, How, Long, Plan, Progress};
use serde_json::{Value, json};
use smpp_core::pdu::BindTransceiver;
use smpp_core::provider::Provider;
use smpp_core::text::{Encoding, Unmappable};
use smpp_std::Connect;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// See texts travel to an SMSC and come back as receipts.
///
/// Starts the simulator on a free port of this machine, binds, sends a short text and long ones in GSM and in Unicode by
/// every method, waits for every receipt and shows what went over the wire and what arrived. Exit code 0 only if every
/// text arrived as it was and every receipt came.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

const SYSTEM_ID: &str = "demo";
const PASSWORD: &str = "loopback";
const SHORT: &str = "Hello from smpp-core: one text, end to end. Price: 5 €";
const METHODS: [Long; 4] = [Long::Payload, Long::Sar, Long::Udh8, Long::Udh16];
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// What became of one text.
#[derive(Clone, Debug, Default)]
struct Outcomes {
    accepted: usize,
    delivered: usize,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Outcome {
    let smsc = Smsc::start()?;
    let mut show = Show { json: args.json };
    show.text(&format!("The simulator listens on {}. Binding as {SYSTEM_ID}.", smsc.address))?;
    let mut client = Esme::connect(&smsc.address, &Connect::default()).map_err(failed)?;
    let bind = BindTransceiver {
        system_id: SYSTEM_ID.into(),
        password: PASSWORD.into(),
        interface_version: Provider::PLAIN.interface_version,
        ..BindTransceiver::default()
    };
    client.bind_transceiver(&bind).map_err(failed)?;
    show.heading()?;
    let mut good = true;
    for (name, long, text) in texts() {
        good &= send(&mut client, &smsc, &mut show, &name, long, &text)?;
    }
    leave(&mut client);
    let counts = smsc.stop();
    show.end(good, &counts)?;
    Ok(if good { Exit::Done } else { Exit::Refused })
}

/// What is sent: name, method, text.
fn texts() -> Vec<(String, Long, String)> {
    let gsm = "The quick brown fox jumps over the lazy dog {[~]} for 5 €. ".repeat(6);
    let unicode = "Привет, мир! Ein Gruß an alle 👋🏽 aus dem Äther. ".repeat(5);
    let mut texts = vec![("short text".to_owned(), Long::Udh8, SHORT.to_owned())];
    for (kind, text) in [("long GSM text", gsm), ("long Unicode text", unicode)] {
        texts.extend(METHODS.map(|long| (kind.to_owned(), long, text.clone())));
    }
    texts
}

/// Sends one text, waits for its receipts and compares what arrived.
fn send(
    client: &mut Esme,
    smsc: &Smsc,
    show: &mut Show,
    name: &str,
    long: Long,
    text: &str,
) -> Result<bool, Failure> {
    let how = How {
        provider: &Provider::PLAIN,
        encoding: None,
        long: long.method(false),
        unmappable: Unmappable::Reject,
        wants_receipts: true,
        awaits_receipts: true,
    };
    let mut plan = Plan::new(how);
    plan.add("Demo", "4915112345678", text)
        .map_err(|error| Failure::Reported { exit: Exit::Refused, message: error.to_string() })?;
    let mut outcomes = Outcomes::default();
    let mut tell = |told: Progress<'_>| match told {
        Progress::Accepted { .. } => outcomes.accepted += 1,
        Progress::Receipt { receipt, .. } if receipt.is_delivered() => outcomes.delivered += 1,
        _ => {}
    };
    Engine::new(
        client,
        &plan,
        Inbox::new(&Provider::PLAIN, Reading::default(), PATIENCE),
        PATIENCE,
        &mut tell,
    )
    .run();
    let arrived = smsc.next_message();
    let intact = arrived.as_deref() == Some(text);
    let message = &plan.messages[0];
    let parts = plan.parts.len();
    let coding = if message.encoding == Encoding::Ucs2 { "UCS2" } else { "GSM 03.38" };
    let good = intact && outcomes.accepted == parts && outcomes.delivered == parts;
    let method = if message.total == 1 && long != Long::Payload { "-" } else { long.name() };
    show.row(&Row {
        name,
        method,
        coding,
        characters: text.chars().count(),
        parts,
        octets: plan.parts.iter().map(|part| part.user_data().len()).sum(),
        accepted: outcomes.accepted,
        delivered: outcomes.delivered,
        intact,
    })?;
    Ok(good)
}

/// A line of the table.
struct Row<'r> {
    name: &'r str,
    method: &'r str,
    coding: &'r str,
    characters: usize,
    parts: usize,
    octets: usize,
    accepted: usize,
    delivered: usize,
    intact: bool,
}

/// Prints for people or for programs.
struct Show {
    json: bool,
}

impl Show {
    fn text(&mut self, line: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(io::stdout(), "{line}") }
    }

    fn heading(&mut self) -> io::Result<()> {
        self.text("")?;
        self.text(
            "text               method   coding     chars  PDUs  octets  accepted  delivered  arrived",
        )?;
        self.text("-----------------  -------  ---------  -----  ----  ------  --------  ---------  -------")
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let Row { name, method, coding, characters, parts, octets, accepted, delivered, intact } = row;
        if self.json {
            let line = json!({
                "event": "text", "name": name, "method": method, "coding": coding, "characters": characters,
                "parts": parts, "octets": octets, "accepted": accepted, "delivered": delivered, "intact": intact,
            });
            return crate::output::json_line(&mut io::stdout().lock(), line);
        }
        let arrived = if *intact { "intact" } else { "NOT INTACT" };
        self.text(&format!(
            "{name:<17}  {method:<7}  {coding:<9}  {characters:>5}  {parts:>4}  {octets:>6}  {accepted:>8}  {delivered:>9}  {arrived}"
        ))
    }

    fn end(&mut self, good: bool, counts: &BTreeMap<String, u64>) -> io::Result<()> {
        if self.json {
            return crate::output::json_line(
                &mut io::stdout().lock(),
                json!({"event": "done", "ok": good, "pdus": counts}),
            );
        }
        self.text("\nOver the wire went:")?;
        for (command, count) in counts {
            self.text(&format!("  {count:>4}  {command}"))?;
        }
        self.text(if good {
            "\nEvery text arrived as it was sent, and every receipt came."
        } else {
            "\nNot every text arrived as it was sent, or a receipt is missing: see the table."
        })
    }
}

/// The simulator, as a process of its own.
struct Smsc {
    process: Child,
    address: String,
    events: Receiver<Value>,
    counts: std::cell::RefCell<BTreeMap<String, u64>>,
}

impl Smsc {
    fn start() -> Result<Self, Failure> {
        let cannot = |error: io::Error| Failure::Reported {
            exit: Exit::NoSession,
            message: format!("cannot start the simulator: {error}"),
        };
        let mut process = Command::new(std::env::current_exe().map_err(cannot)?)
            .args(["smsc", "--json", "--listen", "127.0.0.1:0", "--receipt-after", "100ms"])
            .args(["--system-id", SYSTEM_ID, "--password", PASSWORD])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(cannot)?;
        let output = process.stdout.take().ok_or_else(|| cannot(io::ErrorKind::BrokenPipe.into()))?;
        let (sender, events) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for event in lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok()) {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        let mut smsc = Self { process, address: String::new(), events, counts: Default::default() };
        let listening = smsc.wait_for("listening");
        let address = listening.as_ref().and_then(|event| event["address"].as_str());
        smsc.address = address.ok_or_else(|| cannot(io::ErrorKind::TimedOut.into()))?.to_owned();
        Ok(smsc)
    }

    /// The next event of this name; PDUs on the way are counted.
    fn wait_for(&self, name: &str) -> Option<Value> {
        loop {
            let event = self.events.recv_timeout(PATIENCE).ok()?;
            self.count(&event);
            if event["event"] == name {
                return Some(event);
            }
        }
    }

    fn count(&self, event: &Value) {
        if let Some(command) = event["pdu"]["command"].as_str() {
            *self.counts.borrow_mut().entry(command.to_owned()).or_default() += 1;
        }
    }

    /// The next text that arrived there.
    fn next_message(&self) -> Option<String> {
        self.wait_for("message")?["text"].as_str().map(str::to_owned)
    }

    /// Ends it and gives how many PDUs of each command it saw.
    fn stop(self) -> BTreeMap<String, u64> {
        self.wait_for("closed");
        self.counts.borrow().clone()
    }
}

impl Drop for Smsc {
    fn drop(&mut self) {
        // It is ours, and it has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn failed(error: smpp_std::Error) -> Failure {
    Failure::Reported { exit: Exit::NoSession, message: error.to_string() }
}
