//! `commands.tsv`: ids, names, which response answers which request. Senders and states are the session's rules and
//! are checked with them.

use crate::tsv;
use smpp_core::pdu::{self, Body, Request};
use smpp_core::types::CommandId;
use std::collections::BTreeSet;

const TABLE: &str = include_str!("../spec/commands.tsv");

/// The response type that the type system pairs with each request type.
fn typed_pairs() -> Vec<(CommandId, CommandId)> {
    fn pair<R: Request<'static>>() -> (CommandId, CommandId) {
        (R::ID, <R::Response<'static> as Body<'static>>::ID)
    }
    vec![
        pair::<pdu::BindReceiver>(),
        pair::<pdu::BindTransmitter>(),
        pair::<pdu::BindTransceiver>(),
        pair::<pdu::QuerySm>(),
        pair::<pdu::SubmitSm>(),
        pair::<pdu::DeliverSm>(),
        pair::<pdu::Unbind>(),
        pair::<pdu::ReplaceSm>(),
        pair::<pdu::CancelSm>(),
        pair::<pdu::EnquireLink>(),
        pair::<pdu::SubmitMulti>(),
        pair::<pdu::DataSm>(),
        pair::<pdu::BroadcastSm>(),
        pair::<pdu::QueryBroadcastSm>(),
        pair::<pdu::CancelBroadcastSm>(),
    ]
}

#[test]
fn every_command_has_its_id_name_and_partner() {
    let mut named = Vec::new();
    let mut pairs = Vec::new();
    for row in tsv::rows(TABLE) {
        let (kind, name, partner) = (row.get("kind"), row.get("name"), row.get("pairs_with"));
        if kind == "reserved" {
            continue;
        }
        let id = CommandId(row.number("command_id"));
        assert_eq!(id.name(), Some(name));
        assert!(pdu::layout(id).is_some(), "{name} has no PDU");
        assert_eq!(id.is_response(), kind == "response", "{name}");
        assert_eq!(id.has_response(), kind == "request", "{name}");
        match kind {
            "request" => {
                assert_eq!(id.response().name(), Some(partner), "{name}");
                pairs.push((id, id.response()));
            }
            // Nobody asks for it, so request id 0 is not assigned.
            "response" if id == CommandId::GENERIC_NACK => {
                assert_eq!((partner, id.request().name()), ("", None))
            }
            "response" => assert_eq!(id.request().name(), Some(partner), "{name}"),
            "one-way" => assert_eq!((partner, id.response().name()), ("", None), "{name}"),
            other => panic!("{name}: kind {other} is new"),
        }
        named.push(id);
    }
    assert_eq!(BTreeSet::from_iter(named), CommandId::NAMED.iter().copied().collect());
    assert_eq!(BTreeSet::from_iter(typed_pairs()), pairs.into_iter().collect());
}

/// Requests of 5.0 out of a range that 3.4 reserved for extensions.
const ASSIGNED_LATER: &[CommandId] =
    &[CommandId::BROADCAST_SM, CommandId::QUERY_BROADCAST_SM, CommandId::CANCEL_BROADCAST_SM];

#[test]
fn no_reserved_id_has_a_name_or_a_pdu() {
    let mut reserved = 0;
    for row in tsv::rows(TABLE).iter().filter(|row| row.get("kind") == "reserved") {
        reserved += 1;
        for range in row.ranges("command_id").expect("ids or ranges of ids") {
            let requests = CommandId::NAMED.iter().filter(|id| !id.is_response() && range.contains(&id.0));
            for id in requests {
                assert!(ASSIGNED_LATER.contains(id), "{id} is reserved");
            }
            for id in [*range.start(), *range.end()].map(CommandId) {
                assert_eq!((id.name(), pdu::layout(id)), (None, None), "{id}");
            }
        }
    }
    assert_eq!((reserved, tsv::rows(TABLE).len()), (10, 33 + 10));
}
