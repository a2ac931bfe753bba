//! `smpp encode`: the JSON lines of `decode` become octets again.

mod body;

use crate::hex;
use crate::lines::{self, Object};
use crate::output::{self, Exit, Failure, Outcome};
use body::{Refusal, integer};
use serde_json::{Value, json};
use smpp_core::pdu::{HEADER_LEN, layout};
use smpp_core::types::{CommandId, CommandStatus, Tag};
use std::io::{self, Write};

/// Reads the JSON lines of `decode` on standard input and writes their octets in hex.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// One JSON object a line instead of plain hex
    #[arg(long)]
    json: bool,
}

/// Runs `smpp encode`.
pub(crate) fn run(args: Args) -> Outcome {
    let mut out = io::stdout().lock();
    let mut exit = Exit::Done;
    for (at, line) in lines::stdin().enumerate() {
        let line = line.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
        let object = match lines::json(&line) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(Refusal::new("not_json", "line")),
        };
        let input = object.as_ref().ok().and_then(|object| object.get("input")).cloned().unwrap_or(at.into());
        let octets = object.and_then(|object| pdu(&object));
        if octets.is_err() {
            exit = Exit::Refused;
        }
        match (octets, args.json) {
            (Ok(octets), true) => {
                output::json_line(&mut out, json!({ "input": input, "hex": hex::encode(&octets) }))?;
            }
            (Ok(octets), false) => writeln!(out, "{}", hex::encode(&octets))?,
            (Err(Refusal { fault, field }), true) => {
                output::json_line(
                    &mut out,
                    json!({ "input": input, "error": { "fault": fault, "field": field } }),
                )?;
            }
            (Err(Refusal { fault, field }), false) => {
                output::complain(&format!("line {}: {fault} in {field}; correct it and try again", at + 1));
            }
        }
    }
    Ok(exit)
}

/// The octets of the PDU that `object` describes.
fn pdu(object: &Object) -> Result<Vec<u8>, Refusal> {
    let command = command(object)?;
    let items = layout(command).ok_or(Refusal::new("unknown_command", "command_id"))?;
    if object.contains_key("error") {
        // Its body is not in the line: what would be written is not what was read.
        return Err(Refusal::new("not_decoded", "error"));
    }
    let status = status(object)?;
    let no_fields = Object::new();
    let fields = match object.get("body") {
        None | Some(Value::Null) => &no_fields,
        Some(Value::Object(body)) => body,
        Some(_) => return Err(Refusal::new("wrong_type", "body")),
    };
    let mut octets = vec![0; 4];
    octets.extend(command.0.to_be_bytes());
    octets.extend(&status);
    octets.extend(integer(object.get("sequence_number"), "sequence_number", 4)?);
    let tlvs = tlvs(object.get("tlvs"))?;
    let is_refusal = command.is_response() && status.iter().any(|&octet| octet != 0);
    // A response with an error status has no body (SMPP 3.4 §4.1.2); one that was seen with one keeps it.
    if !(is_refusal && fields.is_empty() && tlvs.is_empty()) {
        body::write(items, fields, &mut octets)?;
    }
    octets.extend(tlvs);
    let length = u32::try_from(octets.len()).map_err(|_| Refusal::new("too_long", "tlvs"))?;
    if let Some(place) = octets.first_chunk_mut() {
        *place = length.to_be_bytes();
    }
    debug_assert!(octets.len() >= HEADER_LEN);
    Ok(octets)
}

/// The command by its name or its number; both must mean the same.
fn command(object: &Object) -> Result<CommandId, Refusal> {
    let named = match object.get("command") {
        None | Some(Value::Null) => None,
        Some(name) => {
            let named = CommandId::NAMED.iter().find(|id| id.name() == name.as_str());
            Some(*named.ok_or(Refusal::new("unknown_command", "command"))?)
        }
    };
    let numbered = match object.get("command_id") {
        None | Some(Value::Null) => None,
        number => Some(CommandId(be(&integer(number, "command_id", 4)?))),
    };
    match (named, numbered) {
        (Some(named), Some(numbered)) if named != numbered => {
            Err(Refusal::new("contradiction", "command_id"))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(Refusal::new("missing", "command")),
    }
}

/// The octets of the status, by its number or its name; both must mean the same, and without either it is ESME_ROK.
fn status(object: &Object) -> Result<Vec<u8>, Refusal> {
    let number = integer(object.get("command_status"), "command_status", 4)?;
    let name = match object.get("status") {
        None | Some(Value::Null) => return Ok(number),
        Some(name) => name.as_str().ok_or(Refusal::new("wrong_type", "status"))?,
    };
    let named = CommandStatus::from_name(name).ok_or(Refusal::new("unknown_status", "status"))?;
    let named = named.0.to_be_bytes().to_vec();
    match object.get("command_status") {
        None | Some(Value::Null) => Ok(named),
        Some(_) if number == named => Ok(number),
        Some(_) => Err(Refusal::new("contradiction", "command_status")),
    }
}

/// The number in these octets.
fn be(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |number, &octet| number << 8 | u32::from(octet))
}

/// The octets of all TLVs.
fn tlvs(list: Option<&Value>) -> Result<Vec<u8>, Refusal> {
    let list = match list {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Refusal::new("wrong_type", "tlvs")),
    };
    let mut octets = Vec::new();
    for tlv in list {
        let tlv = tlv.as_object().ok_or(Refusal::new("wrong_type", "tlvs"))?;
        octets.extend(tag(tlv)?);
        let value = body::octets(tlv.get("value"), "value")?;
        octets
            .extend(u16::try_from(value.len()).map_err(|_| Refusal::new("too_long", "value"))?.to_be_bytes());
        octets.extend(value);
    }
    Ok(octets)
}

/// The tag by its number, else by its name.
fn tag(tlv: &Object) -> Result<Vec<u8>, Refusal> {
    if let number @ Some(_) = tlv.get("tag") {
        return integer(number, "tag", 2);
    }
    let name = tlv.get("name").and_then(Value::as_str);
    let tag = Tag::NAMED.iter().find(|tag| name.is_some() && tag.name() == name);
    tag.map(|tag| tag.0.to_be_bytes().to_vec()).ok_or(Refusal::new("missing", "tag"))
}
