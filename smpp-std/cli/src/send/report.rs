//! What `smpp send` prints.

use super::engine::{Progress, Summary};
use super::plan::{Part, Plan};
use crate::hex;
use crate::inbox::{Received, event_line};
use crate::output::{Failure, complain, json_line, text_line};
use crate::stop::Stop;
use crate::writer::Writer;
use serde_json::{Map, Value, json};
use smpp_core::text::Encoding;
use smpp_std::{Bound, Error};

/// Prints a run for people or for programs.
pub(crate) struct Report<'p> {
    plan: &'p Plan,
    json: bool,
    /// Where the MC is.
    address: String,
    writer: Writer,
    /// Parts that the MC accepted.
    accepted: usize,
    /// Parts without a response.
    timed_out: usize,
    /// The end of the session was told.
    is_lost: bool,
    /// Another session followed one that ended.
    has_gone_on: bool,
}

impl<'p> Report<'p> {
    /// Prints through `writer` what happens with the MC at `address`.
    pub(crate) const fn new(plan: &'p Plan, writer: Writer, address: String, json: bool) -> Self {
        Self { plan, json, address, writer, accepted: 0, timed_out: 0, is_lost: false, has_gone_on: false }
    }

    /// Tells that the session is there, and what will be sent.
    pub(crate) fn bound(&mut self, bound: &Bound) {
        if self.json {
            return self.line(bound_json(bound));
        }
        self.text(&bound_text(bound));
        for (index, message) in self.plan.messages.iter().enumerate() {
            let parts =
                if message.total == 1 { "1 part".to_owned() } else { format!("{} parts", message.total) };
            let coding = match (message.encoding, message.because) {
                (Encoding::Ucs2, Some(because)) => {
                    format!("Unicode because of {:?} (character {})", because.ch, because.index + 1)
                }
                (Encoding::Ucs2, None) => "Unicode".to_owned(),
                (Encoding::Latin1, _) => "Latin-1".to_owned(),
                (Encoding::Ascii, _) => "ASCII".to_owned(),
                _ => "GSM 03.38".to_owned(),
            };
            self.text(&format!("message {} to {}: {parts}, {coding}", index + 1, message.to));
        }
    }

    /// Tells one thing.
    pub(crate) fn tell(&mut self, told: &Progress<'_>) {
        if self.json {
            if let Some(line) = json_of(told) {
                self.line(line);
            }
        } else if let Some(line) = self.text_of(told) {
            self.text(&line);
        }
        match told {
            Progress::Accepted { .. } => self.accepted += 1,
            Progress::TimedOut { .. } => self.timed_out += 1,
            Progress::Rebound(_) => self.has_gone_on = true,
            Progress::Lost(error) => {
                self.is_lost = true;
                complain(&format!("{error}: what has no end by now may have been sent all the same"));
            }
            _ => {}
        }
    }

    /// Says on standard error why the outcome of something is unknown, unless that was said.
    fn explain(&self, unknown: usize, is_stopped: bool) {
        let Self { address, timed_out, .. } = self;
        match (unknown, timed_out) {
            (0, _) => {}
            _ if self.is_lost => {}
            _ if is_stopped => {
                complain(&format!("ended on request before {unknown} message(s) had their end"))
            }
            (_, 0) if self.has_gone_on => complain(&format!(
                "the session with {address} ended before {unknown} message(s) had their end: they may have been sent \
                 all the same; --resubmit unacknowledged submits what got no response again"
            )),
            (_, 0) => complain(&format!(
                "{address} sent no final receipt for {unknown} message(s) in time: they may still arrive; \
                 --receipt-timeout waits longer"
            )),
            _ => complain(&format!(
                "{address} did not answer {timed_out} request(s) in time: the texts may have been sent all the \
                 same; --response-timeout waits longer"
            )),
        }
    }

    /// Tells how it ended, by itself or because the user wanted it to.
    ///
    /// # Errors
    /// Why not all of it could be written. How many parts were accepted is on standard error then.
    pub(crate) fn done(mut self, summary: Summary, stop: &Stop) -> Result<(), Failure> {
        let Summary { delivered, failed, unknown } = summary;
        if !self.writer.is_lost() {
            self.explain(unknown, stop.is_wanted());
        }
        if self.json {
            // Of what nobody follows to its receipt, no more is known than that it was accepted.
            let (delivered, accepted) =
                if self.plan.awaits_receipts() { (delivered, 0) } else { (0, delivered) };
            self.line(json!({
                "event": "done", "delivered": delivered, "accepted": accepted, "failed": failed, "unknown": unknown,
            }));
        } else {
            let word = self.success();
            self.text(&format!("{delivered} {word}, {failed} failed, {unknown} unknown"));
        }
        let word = self.success();
        let Self { writer, address, accepted, .. } = self;
        writer.finish(|| stop.is_wanted()).inspect_err(|_| {
            complain(&format!(
                "the record is incomplete: {address} accepted {accepted} part(s); \
                 {delivered} message(s) {word}, {failed} failed, {unknown} unknown"
            ));
        })
    }

    /// What a message is when all went well.
    fn success(&self) -> &'static str {
        if self.plan.awaits_receipts() { "delivered" } else { "accepted" }
    }

    fn line(&mut self, value: Value) {
        // A loss of the record stops the run, and is told at its end.
        let _ = json_line(&mut self.writer, value);
    }

    fn text(&mut self, line: &str) {
        // As above.
        let _ = text_line(&mut self.writer, line);
    }

    fn text_of(&self, told: &Progress<'_>) -> Option<String> {
        let at = |part: &Part, what: String| {
            let of =
                if part.total > 1 { format!(" part {}/{}", part.number, part.total) } else { String::new() };
            Some(format!("message {}{of}: {what}", part.message + 1))
        };
        match told {
            Progress::Submitted { .. } | Progress::Lost(_) => None,
            Progress::Reconnecting { error, retry_in } => {
                Some(format!("{error}: again in {} ms", retry_in.as_millis()))
            }
            Progress::Rebound(bound) => Some(bound_text(bound)),
            Progress::Accepted { part, message_id, .. } => {
                at(part, format!("accepted as {}", named(message_id)))
            }
            Progress::Rejected { part, status, .. } => at(part, format!("rejected with {status}")),
            Progress::Unwritable { part, error } => at(part, format!("not sent: {error}")),
            Progress::Throttled { status, retry_in } => {
                Some(format!("{status}: again in {} ms", retry_in.as_millis()))
            }
            Progress::Receipt { part, receipt } => at(part, receipt.shown()),
            Progress::TimedOut { part } => at(part, "no response in time, the outcome is unknown".to_owned()),
            Progress::Unknown { part, written: true } => {
                at(part, "the connection was lost before the response, the outcome is unknown".to_owned())
            }
            Progress::Unknown { part, written: false } => at(part, "not sent".to_owned()),
            Progress::Resubmitting { part, .. } => {
                at(part, "the connection was lost before the response, submitted again".to_owned())
            }
            Progress::Received(received) => Some(received.shown()),
        }
    }
}

fn bound_text(bound: &Bound) -> String {
    format!("bound to {} with SMPP {}", named(&bound.system_id), bound.version)
}

fn bound_json(bound: &Bound) -> Value {
    json!({"event": "bound", "system_id": bound.system_id, "interface_version": bound.version.0})
}

/// The JSON line of something, for everything that has one.
fn json_of(told: &Progress<'_>) -> Option<Value> {
    let at = |event: &str, part: &Part, more: Value| {
        let mut fields = Map::new();
        fields.insert("message".into(), json!(part.message));
        fields.insert("part".into(), json!(part.number));
        if let Value::Object(more) = more {
            fields.extend(more);
        }
        Some(event_line(event, fields))
    };
    match told {
        Progress::Submitted { part, sequence_number } => {
            at("submitted", part, json!({"parts": part.total, "sequence_number": sequence_number}))
        }
        Progress::Accepted { part, message_id, tlvs } => {
            at("accepted", part, with_tlvs(json!({"message_id": message_id}), tlvs))
        }
        Progress::Rejected { part, status, tlvs } => {
            at("rejected", part, with_tlvs(json!({"status": status.to_string()}), tlvs))
        }
        Progress::Unwritable { part, error } => {
            at("rejected", part, json!({"status": Value::Null, "error": error.to_string()}))
        }
        Progress::Throttled { status, retry_in } => {
            let retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX);
            Some(json!({"event": "throttled", "status": status.to_string(), "retry_in_ms": retry_in_ms}))
        }
        Progress::Receipt { part, receipt } => at("receipt", part, Value::Object(receipt.fields())),
        Progress::TimedOut { part } => at("timed_out", part, Value::Null),
        Progress::Unknown { part, written } => at("unknown", part, json!({"written": written})),
        Progress::Resubmitting { part, written } => at("resubmitting", part, json!({"written": written})),
        // A receipt of no message of ours.
        Progress::Received(Received::Receipt(receipt)) => {
            let mut fields = Map::from_iter([("message".into(), Value::Null), ("part".into(), Value::Null)]);
            fields.extend(receipt.fields());
            Some(event_line("receipt", fields))
        }
        Progress::Received(received) => Some(received.json()),
        Progress::Lost(_) => None,
        Progress::Reconnecting { error, retry_in } => {
            let retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX);
            let mut lost = json!({"event": "lost", "reason": error.to_string(), "retry_in_ms": retry_in_ms});
            if let Error::Protocol { octets, .. } = error {
                lost["octets"] = hex::encode(octets).into();
            }
            Some(lost)
        }
        Progress::Rebound(bound) => Some(bound_json(bound)),
    }
}

/// With the TLVs of a response, if it had any.
fn with_tlvs(mut fields: Value, tlvs: &Value) -> Value {
    if tlvs.as_array().is_some_and(|tlvs| !tlvs.is_empty()) {
        fields["tlvs"] = tlvs.clone();
    }
    fields
}

/// A name or an id that may be empty.
fn named(name: &str) -> &str {
    if name.is_empty() { "(no name)" } else { name }
}
