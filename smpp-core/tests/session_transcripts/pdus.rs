//! PDUs and events as a script names them.

use crate::script::{Words, version};
use smpp_core::frame::Frame;
use smpp_core::pdu::*;
use smpp_core::session::Event;
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{COctetString, CommandId, CommandStatus, Tag};

/// A PDU by its name, with a body that fits, in octets.
pub(crate) fn octets(id: CommandId, number: u32, status: CommandStatus, words: &Words<'_>) -> Vec<u8> {
    let mut values: Vec<(Tag, Vec<u8>)> = Vec::new();
    for (key, tag) in [("sc", Tag::SC_INTERFACE_VERSION), ("congestion", Tag::CONGESTION_STATE)] {
        if let Some(value) = words.get(key) {
            values.push((tag, vec![version(value).0]));
        }
    }
    if let Some(octets) = words.number("payload") {
        values.push((Tag::MESSAGE_PAYLOAD, vec![b'x'; octets]));
    }
    let list: Vec<Tlv<'_>> = values.iter().map(|(tag, value)| Tlv { tag: *tag, value }).collect();
    let mut out = vec![0; 70_000];
    let has_body = (!id.is_response() || status.is_ok()) && !words.0.contains(&"empty");
    let len = match body(id, words, Tlvs::from(&list[..])).filter(|_| has_body) {
        Some(pdu) => pdu.encode(status, number, &mut out),
        None => encode_header(id, status, number, &mut out),
    };
    out.truncate(len.expect("the script's PDU can be written"));
    let cut = words.number("cut").unwrap_or(0);
    out.truncate(out.len() - cut);
    let length = (out.len() as u32).to_be_bytes();
    out[..4].copy_from_slice(&length);
    out
}

/// The body of a command; `None` for those that have none.
fn body<'a>(id: CommandId, words: &Words<'a>, tlvs: Tlvs<'a>) -> Option<Pdu<'a>> {
    let short_message = words.get("text").unwrap_or("hello").as_bytes();
    let name = COctetString::from(words.get("id").unwrap_or("id"));
    let interface_version = version(words.get("version").unwrap_or("3.4"));
    Some(match id {
        CommandId::BIND_TRANSCEIVER => {
            BindTransceiver { system_id: name, interface_version, ..Default::default() }.into()
        }
        CommandId::BIND_TRANSMITTER => {
            BindTransmitter { system_id: name, interface_version, ..Default::default() }.into()
        }
        CommandId::BIND_RECEIVER => {
            BindReceiver { system_id: name, interface_version, ..Default::default() }.into()
        }
        CommandId::BIND_TRANSCEIVER_RESP => BindTransceiverResp { system_id: name, tlvs }.into(),
        CommandId::BIND_TRANSMITTER_RESP => BindTransmitterResp { system_id: name, tlvs }.into(),
        CommandId::BIND_RECEIVER_RESP => BindReceiverResp { system_id: name, tlvs }.into(),
        CommandId::SUBMIT_SM => SubmitSm { short_message, tlvs, ..Default::default() }.into(),
        CommandId::DELIVER_SM => DeliverSm { short_message, tlvs, ..Default::default() }.into(),
        CommandId::SUBMIT_SM_RESP => SubmitSmResp { message_id: name, tlvs }.into(),
        CommandId::DELIVER_SM_RESP => DeliverSmResp::default().into(),
        CommandId::DATA_SM => DataSm { tlvs, ..Default::default() }.into(),
        CommandId::DATA_SM_RESP => DataSmResp { message_id: name, tlvs }.into(),
        CommandId::QUERY_SM => QuerySm { message_id: name, ..Default::default() }.into(),
        CommandId::QUERY_SM_RESP => QuerySmResp { message_id: name, ..Default::default() }.into(),
        CommandId::BROADCAST_SM => BroadcastSm::default().into(),
        CommandId::OUTBIND => Outbind { system_id: name, ..Default::default() }.into(),
        CommandId::ALERT_NOTIFICATION => AlertNotification::default().into(),
        _ => return None,
    })
}

/// An event in one line.
pub(crate) fn describe(event: &Event<'_>) -> String {
    let pdu = |frame: &Frame<'_>| format!("{} {}", frame.header.command_id, frame.header.sequence_number);
    match event {
        Event::BindRequested { frame, .. } => format!("bind_requested {}", pdu(frame)),
        Event::Bound { frame, .. } => format!("bound {}", frame.header.sequence_number),
        Event::BindRefused { status, .. } => format!("bind_refused {status}"),
        Event::Request { frame, .. } => format!("request {}", pdu(frame)),
        Event::Notification { frame, .. } => format!("notification {}", pdu(frame)),
        Event::Response { ticket, status, pdu, .. } => {
            let unread = if pdu.is_err() { " unreadable" } else { "" };
            format!("response {} {status}{unread}", ticket.sequence_number())
        }
        Event::LinkChecked { frame } => format!("link_checked {}", frame.header.command_id),
        Event::UnbindRequested { .. } => "unbind_requested".into(),
        Event::Unbound { .. } => "unbound".into(),
        Event::Unmatched { frame } => format!("unmatched {}", pdu(frame)),
        Event::Mismatched { expected, frame, .. } => format!("mismatched {}, not {expected}", pdu(frame)),
        Event::Refused { frame, status, cause } => format!("refused {} {status}: {cause}", pdu(frame)),
        Event::Discarded { octets } => format!("discarded {octets}"),
        Event::TimedOut { ticket } => format!("timed_out {}", ticket.sequence_number()),
        Event::Abandoned { ticket, written } => {
            format!(
                "abandoned {} {}",
                ticket.sequence_number(),
                if *written { "written" } else { "unwritten" }
            )
        }
        Event::Writable => "writable".into(),
        Event::Closed(reason) => format!("closed: {reason}"),
        _ => panic!("news to this model"),
    }
}
