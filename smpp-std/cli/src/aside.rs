//! PDUs that ask for nothing or that nobody asked for: shown, so that nothing is received and seen nowhere.

use crate::alphabet::DefaultAlphabet;
use crate::decode::json;
use crate::decode::reading::Reading;
use crate::lines::Object;
use serde_json::Value;
use smpp_core::Leniency;
use smpp_core::frame::Frame;
use smpp_core::session::{Event, Refusal};
use smpp_core::types::{CommandId, CommandStatus};

/// A password must not be seen.
const HIDDEN: &str = "***";

/// A PDU beside messages and receipts.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    /// The name of the event.
    pub(crate) event: &'static str,
    /// What it was answered with, and why.
    refusal: Option<(CommandStatus, String)>,
    /// As `decode` prints it.
    pdu: Object,
}

impl Aside {
    /// The PDU behind an event, unless the session or the command deals with it.
    pub(crate) fn of(event: &Event<'_>, default: DefaultAlphabet) -> Option<Self> {
        let (event, frame, refusal) = match event {
            Event::Notification { frame, .. } => ("notification", frame, None),
            Event::Unmatched { frame } => ("unmatched", frame, None),
            Event::Refused { frame, status, cause } => {
                let reason = match cause {
                    Refusal::UnknownCommand if frame.header.command_id.name().is_some() => {
                        "no MC sends this command".to_owned()
                    }
                    cause => cause.to_string(),
                };
                ("refused", frame, Some((*status, reason)))
            }

            _ => return None,
        };
        Some(Self { event, refusal, pdu: shown(frame, default) })
    }

    /// The fields of its JSON line.
    pub(crate) fn fields(&self) -> Object {
        let mut fields = Object::new();
        if let Some((status, reason)) = &self.refusal {
            fields.insert("status".into(), status.to_string().into());
            fields.insert("reason".into(), reason.clone().into());
        }
        fields.insert("pdu".into(), self.pdu.clone().into());
        fields
    }

    /// The line for people: the command, its fields that are not empty, and what became of it.
    pub(crate) fn shown(&self) -> String {
        let field = |name: &str| self.pdu.get(name).cloned().unwrap_or_default();
        let command = match field("command") {
            Value::String(name) => name,
            _ => format!("command {:#010x}", field("command_id").as_u64().unwrap_or_default()),
        };
        let mut line = format!("{}  {command} {}", self.event, field("sequence_number"));
        if let Value::String(status) = field("status") {
            line += &format!(" {status}");
        }
        if let Value::Object(body) = field("body") {
            let is_empty = |value: &Value| value.as_str() == Some("") || value.as_u64() == Some(0);
            for (name, value) in body.iter().filter(|(_, value)| !is_empty(value)) {
                line += &format!(", {name} {value}");
            }
        }
        if let Some((status, reason)) = &self.refusal {
            line += &format!(": {reason}: refused with {status}");
        }
        line
    }
}

/// The PDU as `decode` prints it, with its octets if it cannot be read, without a password.
fn shown(frame: &Frame<'_>, default: DefaultAlphabet) -> Object {
    let reading = Reading::of(frame, Leniency::TOLERANT);
    let mut pdu = json::pdu(&reading, default);
    if reading.pdu.is_err() && frame.header.command_id != CommandId::OUTBIND {
        pdu.insert("octets".into(), crate::hex::encode(frame.octets).into());
    }
    if let Some(password) = pdu.get_mut("body").and_then(|body| body.get_mut("password")) {
        *password = HIDDEN.into();
    }
    pdu
}
