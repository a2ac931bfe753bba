//! What the simulator tells: lines for people, or JSON lines for programs.

use crate::alphabet::DefaultAlphabet;
use crate::decode::json;
use crate::decode::reading::Reading;
use crate::hex;
use crate::lines::Object;
use crate::output;
use crate::writer::Writer;
use serde_json::{Value, json};
use smpp_core::Leniency;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_std::SessionId;
use std::io::{BufWriter, Write};
use std::time::Duration;

/// What is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Verbosity {
    /// JSON lines.
    pub(super) json: bool,
    /// Each PDU.
    pub(super) pdus: bool,
    /// Each message.
    pub(super) messages: bool,
    /// How the texts of PDUs and messages are read.
    pub(super) default_alphabet: DefaultAlphabet,
}

/// Standard output, written by a thread of its own: who reads the log, or does not, holds up no session.
#[derive(Debug)]
pub(super) struct Log {
    out: BufWriter<Writer>,
    pub(super) verbosity: Verbosity,
    /// Lines that found no room.
    dropped: u64,
    /// The reader stalls: it is not waited for until it has read everything.
    is_stalled: bool,
}

/// How long the reader of the log may hold up an answer before it counts as stalled.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many of the octets that are no PDU are shown.
const SHOWN: usize = 256;

/// A field that must not be seen.
const HIDDEN: &str = "***";

impl Log {
    pub(super) fn new(verbosity: Verbosity, writer: Writer) -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, writer), verbosity, dropped: 0, is_stalled: false }
    }

    /// Whether standard output cannot be written any more.
    pub(super) fn is_deaf(&self) -> bool {
        self.out.get_ref().is_lost()
    }

    /// Tells of something: a JSON object with the name of the event first, or a sentence.
    pub(super) fn tell(&mut self, event: &str, fields: Value, sentence: impl FnOnce() -> String) {
        if !self.out.get_ref().has_room() {
            self.dropped += 1;
            return;
        }
        if self.dropped > 0 {
            let lines = std::mem::take(&mut self.dropped);
            self.line("lost", json!({ "lines": lines }), || {
                format!("{lines} lines are lost: nobody read them")
            });
        }
        self.line(event, fields, sentence);
    }

    fn line(&mut self, event: &str, fields: Value, sentence: impl FnOnce() -> String) {
        // An error shows in the writer.
        let _ = if self.verbosity.json {
            let mut line = Object::from_iter([("event".into(), event.into())]);
            if let Value::Object(fields) = fields {
                line.extend(fields);
            }
            output::json_line(&mut self.out, line)
        } else {
            // What peers sent must not steer a terminal.
            let plain = sentence().replace(|ch: char| ch.is_control(), "\u{FFFD}");
            writeln!(self.out, "{plain}")
        };
    }

    /// Tells of PDUs that came in or go out.
    pub(super) fn pdus(&mut self, id: SessionId, direction: &str, mut octets: &[u8]) {
        if !self.verbosity.pdus {
            return;
        }
        while let Ok(Split::Frame(frame)) = Frame::split(octets, MAX_PDU) {
            octets = &octets[frame.octets.len()..];
            self.pdu(id, direction, &frame);
        }
        if !octets.is_empty() {
            let start = hex::encode(octets.get(..SHOWN).unwrap_or(octets));
            let fields = json!({
                "session": id.serial(), "direction": direction, "length": octets.len(), "octets": start,
            });
            self.tell("octets", fields, || {
                format!("[{}] {direction:<3} {} octets that are no PDU: {start}", id.serial(), octets.len())
            });
        }
    }

    fn pdu(&mut self, id: SessionId, direction: &str, frame: &Frame<'_>) {
        if !self.verbosity.json {
            let header = frame.header;
            let octets = frame.octets.len();
            return self.tell("pdu", Value::Null, || {
                let (serial, number) = (id.serial(), header.sequence_number);
                let (command, status) = (header.command_id, header.command_status);
                format!("[{serial}] {direction:<3} {command} {number} {status}, {octets} octets")
            });
        }
        let reading = Reading::of(frame, Leniency::TOLERANT);
        let mut pdu = json::pdu(&reading, self.verbosity.default_alphabet);
        if let Some(password) = pdu.get_mut("body").and_then(|body| body.get_mut("password")) {
            *password = HIDDEN.into();
        }
        let fields = json!({ "session": id.serial(), "direction": direction, "pdu": pdu });
        self.tell("pdu", fields, String::new);
    }

    /// Hands on everything that was told.
    pub(super) fn flush(&mut self) {
        let _ = self.out.flush();
    }

    /// Hands it on and sees to it that it is written, as far as the reader does not stall.
    pub(super) fn flush_through(&mut self) {
        self.flush();
        let writer = self.out.get_ref();
        let patience = if self.is_stalled { Duration::ZERO } else { PATIENCE };
        self.is_stalled = !writer.wait(writer.position(), patience);
    }
}
