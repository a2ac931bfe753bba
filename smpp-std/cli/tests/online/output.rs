//! A standard output that takes nothing, or no more: the session goes on or ends in good order, and nothing is lost
//! without a word.

use crate::program::{PASSWORD, file_of};
use crate::support::{Line, serve};
use rustix::process::{Pid, Signal, kill_process};
use smpp_core::frame::Header;
use smpp_core::pdu::{DeliverSm, EnquireLink, UnbindResp};
use smpp_core::types::{CommandId, CommandStatus};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const OK: CommandStatus = CommandStatus::ESME_ROK;

/// How many requests each side has open.
const WINDOW: usize = 5;

fn start(args: &[&str], stdout: impl Into<Stdio>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_smpp"))
        .args(args)
        .env("SMPP_PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn terminate(child: &Child) {
    kill_process(Pid::from_child(child), Signal::TERM).unwrap();
}

/// Its exit code and standard error.
fn end(mut child: Child) -> (Option<i32>, String) {
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    (child.wait().unwrap().code(), errors)
}

/// Answers the unbind that must come.
fn part(mut line: Line) {
    let number = line.expect(CommandId::UNBIND);
    line.write(UnbindResp::default(), OK, number);
    assert!(line.read().is_none());
}

/// What became of the messages that an MC delivered.
#[derive(Debug, Default)]
struct Delivered {
    sent: u32,
    acknowledged: Vec<u32>,
    refused: Vec<u32>,
}

/// Delivers long messages, [`WINDOW`] at a time, until so many were refused. Each text starts with its number.
fn deliver(line: &mut Line, refusals: usize) -> Delivered {
    let mut delivered = Delivered::default();
    let mut open = 0;
    while delivered.refused.len() < refusals {
        while open < 2 * WINDOW {
            delivered.sent += 1;
            let text = format!("{:04}{}", delivered.sent, "x".repeat(250));
            let message = DeliverSm { short_message: text.as_bytes(), ..DeliverSm::default() };
            line.write(message, OK, delivered.sent);
            open += 1;
        }
        let header = line.read().unwrap().header();
        delivered.answer(header);
        open -= 1;
        assert!(delivered.sent < 10_000, "a pipe takes more than any system's");
    }
    delivered
}

impl Delivered {
    /// Reads answers until something else comes, which must be this command; gives its sequence number.
    fn answers_until(&mut self, line: &mut Line, command: CommandId) -> u32 {
        loop {
            let header = line.read().unwrap().header();
            if header.command_id == command {
                return header.sequence_number;
            }
            self.answer(header);
        }
    }

    fn answer(&mut self, header: Header) {
        assert_eq!(header.command_id, CommandId::DELIVER_SM_RESP);
        match header.command_status {
            OK => self.acknowledged.push(header.sequence_number),
            CommandStatus::ESME_RX_T_APPN => self.refused.push(header.sequence_number),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_listener_whose_output_nobody_reads_keeps_its_session_and_acknowledges_only_what_is_printed() {
    let (ready, is_ready) = mpsc::channel();
    let (address, thread) = serve(move |mut line| {
        line.accept_bind();
        let mut delivered = deliver(&mut line, 20);
        for number in 20_000..20_003 {
            line.write(EnquireLink::default(), OK, number);
            delivered.answers_until(&mut line, CommandId::ENQUIRE_LINK_RESP);
        }
        ready.send(()).unwrap();
        // Those in doubt are given back before the session ends.
        let number = delivered.answers_until(&mut line, CommandId::UNBIND);
        assert_eq!(delivered.acknowledged.len() + delivered.refused.len(), delivered.sent as usize);
        line.write(UnbindResp::default(), OK, number);
        delivered
    });
    let window = WINDOW.to_string();
    let args = ["listen", "--json", "--connect", &address, "--window", &window];
    let mut child = start(&args, Stdio::piped());
    let mut output = child.stdout.take().unwrap();
    is_ready.recv_timeout(Duration::from_secs(60)).unwrap();
    terminate(&child);
    let (code, errors) = end(child);
    let delivered = thread.join().unwrap();
    assert_eq!((code, errors.lines().count()), (Some(1), 1), "{errors}");
    assert!(errors.contains("nobody reads standard output"), "{errors}");
    let mut printed = String::new();
    output.read_to_string(&mut printed).unwrap();
    let number = |line: &str| line.split_once(r#""text":""#)?.1.get(..4)?.parse().ok();
    let printed: Vec<u32> = printed.lines().filter_map(number).collect();
    assert!(delivered.acknowledged.iter().all(|number| printed.contains(number)), "none is lost");
    let twice = printed.iter().filter(|number| delivered.refused.contains(number)).count();
    assert!(twice <= WINDOW, "{twice} messages come again although they are printed");
}

#[test]
fn a_sender_whose_output_nobody_reads_submits_no_more_and_keeps_its_session() {
    const TEXTS: usize = 5_000;
    let (ready, is_ready) = mpsc::channel();
    let (address, thread) = serve(move |mut line| {
        line.accept_bind();
        let mut accepted = 0;
        let mut quiet = 0;
        // Twice quiet: whoever is only slow has gone on meanwhile.
        while quiet < 2 {
            line.write(EnquireLink::default(), OK, 9);
            quiet += 1;
            loop {
                let header = line.read().unwrap().header();
                match header.command_id {
                    CommandId::ENQUIRE_LINK_RESP => break,
                    CommandId::SUBMIT_SM => {
                        let message_id = format!("{accepted}");
                        let message_id = (&*message_id).into();
                        let response = smpp_core::pdu::SubmitSmResp { message_id, ..Default::default() };
                        line.write(response, OK, header.sequence_number);
                        (accepted, quiet) = (accepted + 1, 0);
                    }
                    other => panic!("{other}"),
                }
            }
            if quiet > 0 {
                std::thread::sleep(Duration::from_millis(300));
            }
        }
        ready.send(()).unwrap();
        part(line);
        accepted
    });
    let file = file_of("unread-record", (0..TEXTS).map(|number| format!("text {number}")));
    let args = ["send", "--json", "--connect", &address, "--no-receipt", "--to", "49151", "--file", &file];
    let mut child = start(&args, Stdio::piped());
    let output = child.stdout.take().unwrap();
    is_ready.recv_timeout(Duration::from_secs(60)).unwrap();
    terminate(&child);
    let (code, errors) = end(child);
    let accepted = thread.join().unwrap();
    drop(output);
    assert!(accepted < TEXTS, "all were submitted without a record");
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("nobody reads standard output"), "{errors}");
    assert!(errors.contains(&format!("accepted {accepted} part(s)")), "{accepted}: {errors}");
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_ends_sending_and_listening() {
    use std::fs::OpenOptions;
    const TEXTS: usize = 1_000;
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let words = ["cannot write to standard output", "No space left on device"];

    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        part(line);
    });
    let (code, errors) = end(start(&["listen", "--connect", &address], full()));
    thread.join().unwrap();
    assert_eq!((code, errors.lines().count()), (Some(1), 1), "{errors}");
    assert!(words.iter().all(|word| errors.contains(word)), "{errors}");

    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        let mut accepted = 0;
        loop {
            let header = line.read().unwrap().header();
            if header.command_id == CommandId::UNBIND {
                line.write(UnbindResp::default(), OK, header.sequence_number);
                return accepted;
            }
            accepted += 1;
            let response = smpp_core::pdu::SubmitSmResp { message_id: "1".into(), ..Default::default() };
            line.write(response, OK, header.sequence_number);
        }
    });
    let file = file_of("full-disk", (0..TEXTS).map(|number| format!("text {number}")));
    let args = ["send", "--json", "--connect", &address, "--no-receipt", "--window", "1", "--to", "49151"];
    let (code, errors) = end(start(&[&args[..], &["--file", &file]].concat(), full()));
    let accepted = thread.join().unwrap();
    assert!(accepted < TEXTS, "all were submitted without a record");
    assert_eq!(code, Some(1), "{errors}");
    assert!(words.iter().all(|word| errors.contains(word)), "{errors}");
    assert!(errors.contains(&format!("accepted {accepted} part(s)")), "{accepted}: {errors}");
}

#[test]
fn a_reader_that_goes_away_ends_listening_with_a_word_and_the_message_stays_with_the_mc() {
    let (gone, is_gone) = mpsc::channel::<()>();
    let (address, thread) = serve(move |mut line| {
        line.accept_bind();
        is_gone.recv().unwrap();
        line.write(DeliverSm { short_message: b"lost?", ..DeliverSm::default() }, OK, 7);
        let header = line.read().unwrap().header();
        assert_eq!(header.command_id, CommandId::DELIVER_SM_RESP);
        assert_eq!(header.command_status, CommandStatus::ESME_RX_T_APPN);
        part(line);
    });
    let mut child = start(&["listen", "--json", "--connect", &address], Stdio::piped());
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("bound"), "{first}");
    gone.send(()).unwrap();
    let (code, errors) = end(child);
    thread.join().unwrap();
    assert_eq!((code, errors.lines().count()), (Some(1), 1), "{errors}");
    assert!(errors.contains("cannot write to standard output: Broken pipe"), "{errors}");
}
