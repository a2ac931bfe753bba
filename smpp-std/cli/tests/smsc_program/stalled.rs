//! Standard output that nobody reads: the sessions go on, and a signal ends the simulator.
#![cfg(unix)]

use crate::raw::{bind, request};
use crate::simulator::PATIENCE;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use smpp_core::types::CommandId;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn a_log_that_nobody_reads_stops_no_session_and_no_signal() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_smpp"))
        .args(["smsc", "--json", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::with_capacity(256, process.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    let listening: Value = serde_json::from_str(&first).unwrap();
    let address = listening["address"].as_str().unwrap();

    let mut flood = TcpStream::connect(address).unwrap();
    flood.set_read_timeout(Some(PATIENCE)).unwrap();
    let submit = request(CommandId::SUBMIT_SM, b"\0\0\0\0\x01\x01491\0\0\0\0\0\0\0\0\0\0\x01x");
    flood.write_all(&bind(0x34, ["flood", "", "", ""])).unwrap();
    // Thousands of lines, far more than a pipe and the queue behind it hold.
    let mut left = 4_000;
    let mut octets = vec![0; 1 << 16];
    while left > 0 {
        flood.write_all(&submit.repeat(100)).unwrap();
        let mut answered = 0;
        while answered < 100 * 25 {
            answered += flood.read(&mut octets).unwrap();
        }
        left -= 100;
    }
    // Another session is answered as well.
    let mut quiet = TcpStream::connect(address).unwrap();
    quiet.set_read_timeout(Some(PATIENCE)).unwrap();
    quiet.write_all(&bind(0x34, ["quiet", "", "", ""])).unwrap();
    quiet.write_all(&request(CommandId::ENQUIRE_LINK, b"")).unwrap();
    let mut answers = Vec::new();
    while !answers.ends_with(&[0x80, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 1]) {
        let count = quiet.read(&mut octets).unwrap();
        assert!(count > 0, "closed");
        answers.extend_from_slice(&octets[..count]);
    }
    drop((flood, quiet));

    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    // It hangs here when it waits for the reader.
    let status = process.wait().unwrap();
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("nobody reads standard output") && said.lines().count() == 1, "{said}");
}

/// A log that cannot be written ends the simulator with a word, whether its reader went away or its disk is full.
#[cfg(target_os = "linux")]
#[test]
fn a_log_that_is_lost_is_told() {
    let smsc = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smpp"));
        command.args(["smsc", "--json", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
        command
    };
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let lost = smsc().stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&lost.stderr);
    assert_eq!((lost.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("cannot write to standard output"), "{said}");

    let mut process = smsc().stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    drop(output);
    let listening: serde_json::Value = serde_json::from_str(&line).unwrap();
    // What happens next is to be told to nobody.
    let _line = TcpStream::connect(listening["address"].as_str().unwrap()).unwrap().write_all(&[0; 16]);
    let status = process.wait().unwrap();
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.lines().count()), (Some(1), 1), "{said}");
}
