//! `pdu-fields.tsv`: the mandatory fields of every PDU in their order, with kind and most octets.

use crate::tsv::{self, Row};
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{self, Destination, Pdu, SubmitMulti, SubmitMultiResp, UnsuccessSme};
use smpp_core::tlv::Tlvs;
use smpp_core::types::{
    Address, COctetString, CommandId, CommandStatus, Field, InterfaceVersion, Item, Kind, Tag,
};
use smpp_core::{DecodeError, Deviation, Fault, Leniency, Observe};
use std::collections::{BTreeMap, HashSet};

const TABLE: &str = include_str!("../spec/pdu-fields.tsv");

/// What a row is about.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Header,
    Field,
    NoBody,
    MandatoryTlv,
    /// Remarks on a PDU and on peers; each is checked by name below.
    Note,
    Quirk,
}

fn about(row: &Row) -> About {
    match (row.get("pdu"), row.get("order")) {
        ("(header)", _) => About::Header,
        (_, "0") => About::NoBody,
        (_, "TLV") => About::MandatoryTlv,
        (_, "note") => About::Note,
        (_, "quirk") => About::Quirk,
        (_, order) if order.starts_with(|first: char| first.is_ascii_digit()) => About::Field,
        (pdu, order) => panic!("{pdu}: order {order} is new"),
    }
}

/// The rows of one sort.
fn rows(sort: About) -> Vec<Row> {
    tsv::rows(TABLE).into_iter().filter(|row| about(row) == sort).collect()
}

fn command(name: &str) -> CommandId {
    *CommandId::NAMED.iter().find(|id| id.name() == Some(name)).unwrap_or_else(|| panic!("no command {name}"))
}

/// A field by the three columns that say what it is: name, kind, fewest and most octets.
type Shape = (String, Kind, &'static str, u32);

fn shape_in_table(row: &Row) -> Shape {
    let name = row.get("field");
    // `dest_address[].dest_flag`: the entry's field stands behind the dot.
    let name = name.rsplit_once('.').map_or(name, |(_, field)| field);
    let most = row.number("max_octets");
    let kind = match row.get("type") {
        "Integer" => Kind::Integer(u8::try_from(most).unwrap()),
        "C-Octet String" => Kind::COctetString,
        "C-Octet String fixed" => Kind::Time,
        "Octet String by sm_length" => Kind::Octets,
        other => panic!("{name}: type {other} is new"),
    };
    (name.to_owned(), kind, row.get("min_octets"), most)
}

fn shape_in_code(item: &Item) -> Shape {
    let fewest = match item.field.kind() {
        Kind::Integer(4) => "4",
        Kind::Integer(_) | Kind::COctetString => "1",
        Kind::Time => "1|17",
        Kind::Octets => "0",
    };
    (item.field.name().to_owned(), item.field.kind(), fewest, u32::from(item.max))
}

#[test]
fn every_pdu_has_its_fields_in_order_with_kind_and_size() {
    let mut table: BTreeMap<&str, Vec<Shape>> = BTreeMap::new();
    for row in rows(About::NoBody) {
        assert_eq!(row.get("field"), "(no body)");
        assert!(table.insert(row.get("pdu"), Vec::new()).is_none());
    }
    for row in rows(About::Field) {
        table.entry(row.get("pdu")).or_default().push(shape_in_table(&row));
    }
    assert_eq!(table.len(), CommandId::NAMED.len());
    for (name, fields) in table {
        let layout = pdu::layout(command(name)).unwrap();
        assert_eq!(layout.iter().map(shape_in_code).collect::<Vec<_>>(), fields, "{name}");
    }
}

/// Remembers what an inspection tells.
#[derive(Default)]
struct Seen {
    items: Vec<Item>,
    deviations: Vec<DecodeError>,
}

impl Observe<'_> for Seen {
    fn field(&mut self, item: Item, _offset: usize, _octets: &[u8]) {
        self.items.push(item);
    }

    fn deviation(&mut self, deviation: Deviation<'_>) {
        self.deviations.push(deviation.what);
    }
}

fn frame(octets: &[u8]) -> Frame<'_> {
    match Frame::split(octets, MAX_PDU) {
        Ok(Split::Frame(frame)) if frame.octets.len() == octets.len() => frame,
        other => panic!("not one frame: {other:?}"),
    }
}

/// What an inspection of the PDU in `octets` tells.
fn inspect(octets: &[u8]) -> Seen {
    let mut seen = Seen::default();
    frame(octets).inspect(Leniency::TOLERANT, &mut seen).unwrap();
    seen
}

/// A PDU of zeros that has each field of its layout once.
fn zeros(id: CommandId) -> Vec<u8> {
    let lists = [Destination::Address(Address::NONE), Destination::List(COctetString::EMPTY)];
    let failed = [UnsuccessSme::default()];
    let pdu: Option<Pdu> = match id {
        CommandId::SUBMIT_MULTI => {
            Some(SubmitMulti { destinations: lists[..].into(), ..SubmitMulti::default() }.into())
        }
        CommandId::SUBMIT_MULTI_RESP => {
            Some(SubmitMultiResp { unsuccess_smes: failed[..].into(), ..SubmitMultiResp::default() }.into())
        }
        _ => None,
    };
    let mut out = [0; 256];
    let len = match pdu {
        Some(pdu) => pdu.encode(CommandStatus::ESME_ROK, 1, &mut out).unwrap(),
        // An empty string and a 0 are both one zero octet, as are most fields.
        None => {
            let octets = |item: &Item| if item.field.kind() == Kind::Octets { 0 } else { 1 };
            let body: usize = pdu::layout(id).unwrap().iter().map(octets).sum();
            let header = pdu::encode_header(id, CommandStatus::ESME_ROK, 1, &mut out).unwrap();
            out[3] = u8::try_from(header + body).unwrap();
            header + body
        }
    };
    out[..len].to_vec()
}

#[test]
fn every_pdu_is_read_and_written_in_the_order_of_its_layout() {
    for &id in CommandId::NAMED {
        let octets = zeros(id);
        let mut seen = inspect(&octets).items;
        // Each entry of a list has its own dest_flag; the layout names it once.
        let mut told = HashSet::new();
        seen.retain(|item| told.insert(*item));
        assert_eq!(seen, pdu::layout(id).unwrap(), "{id}");
        let mut again = [0; 256];
        let len = frame(&octets).pdu().unwrap().encode(CommandStatus::ESME_ROK, 1, &mut again).unwrap();
        assert_eq!(again[..len], octets, "{id}");
    }
}

#[test]
fn the_header_has_its_four_integers_in_order() {
    let fields = [Field::CommandLength, Field::CommandId, Field::CommandStatus, Field::SequenceNumber];
    let rows = rows(About::Header);
    assert_eq!(rows.len(), fields.len());
    let mut octets = [0; 16];
    pdu::encode_header(CommandId(0x0102_0304), CommandStatus(0x0506_0708), 0x090A_0B0C, &mut octets).unwrap();
    let values = [16, 0x0102_0304, 0x0506_0708, 0x090A_0B0C_u32];
    for (place, (row, field)) in rows.iter().zip(fields).enumerate() {
        assert_eq!((place + 1).to_string(), row.get("order"));
        let Kind::Integer(width) = field.kind() else { panic!("{field:?}") };
        assert_eq!(shape_in_table(row), shape_in_code(&Item::new(field, width)));
        assert_eq!(octets[place * 4..][..4], values[place].to_be_bytes());
    }
}

#[test]
fn mandatory_tlvs_are_listed_for_their_pdu() {
    let rows = rows(About::MandatoryTlv);
    assert_eq!(rows.len(), 7);
    for row in rows {
        let (name, remark) = row.get("field").split_once(' ').unwrap_or((row.get("field"), ""));
        let tag = Tag::NAMED.iter().find(|tag| tag.name() == Some(name)).expect(name);
        assert!(tag.is_listed_for(command(row.get("pdu")), InterfaceVersion::V5_0), "{name}");
        assert_eq!(tag.is_repeatable(), remark.contains("repeatable"), "{name}");
    }
}

/// Whether the PDU `name` has a field or, in 5.0, may carry message_payload.
fn has(name: &str, field: Field) -> bool {
    match field {
        Field::Tlv(tag) => tag.is_listed_for(command(name), InterfaceVersion::V5_0),
        _ => pdu::layout(command(name)).unwrap().iter().any(|item| item.field == field),
    }
}

#[test]
fn notes_on_pdus_hold() {
    let payload = Field::Tlv(Tag::MESSAGE_PAYLOAD);
    let rows = rows(About::Note);
    assert_eq!(rows.len(), 3);
    for row in rows {
        let name = row.get("pdu");
        match (name, row.get("field")) {
            ("data_sm" | "broadcast_sm", "(user data)") => {
                assert!(has(name, payload) && !has(name, Field::ShortMessage), "{name}");
            }
            ("replace_sm", "(no data_coding, esm_class)") => {
                assert!(has(name, payload) && !has(name, Field::DataCoding) && !has(name, Field::EsmClass));
                assert!(!Tag::MESSAGE_PAYLOAD.is_listed_for(command(name), InterfaceVersion::V3_4));
            }
            (pdu, note) => panic!("note on {pdu} is new: {note}"),
        }
    }
}

/// A PDU of `id` with this status and body.
fn raw(id: CommandId, status: CommandStatus, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![0; 16];
    pdu::encode_header(id, status, 1, &mut octets).unwrap();
    octets.extend_from_slice(body);
    let len = u32::try_from(octets.len()).unwrap();
    octets[..4].copy_from_slice(&len.to_be_bytes());
    octets
}

#[test]
fn quirks_are_met_as_their_rows_ask() {
    let rows = rows(About::Quirk);
    assert_eq!(rows.len(), 5);
    for row in rows {
        match (row.get("pdu"), row.get("field")) {
            ("(any response)", "body") => bodies_of_error_responses_are_ignored(),
            ("(any)", "C-Octet String") => overlong_strings_have_their_own_status(),
            ("(any)", "trailing octets") => trailing_octets_are_an_error_of_the_tlv_stream(),
            ("(any)", "command_length") => short_and_huge_lengths_end_the_stream(),
            ("submit_sm / deliver_sm", "schedule/validity") => odd_times_have_their_own_status(),
            (pdu, quirk) => panic!("quirk of {pdu} is new: {quirk}"),
        }
    }
}

fn bodies_of_error_responses_are_ignored() {
    for &id in CommandId::NAMED.iter().filter(|id| id.is_response()) {
        let error = CommandStatus::ESME_RSYSERR;
        for body in [&b""[..], b"\0", b"id\0", b"no NUL", b"\xFF\xFF\xFF\xFF\xFF"] {
            let octets = raw(id, error, body);
            assert!(frame(&octets).pdu().is_ok(), "{id} {body:?}");
            let told = inspect(&octets).deviations;
            assert_eq!(told.iter().any(|what| what.fault == Fault::BodyInError), !body.is_empty(), "{id}");
        }
    }
}

fn overlong_strings_have_their_own_status() {
    let statuses = [
        (CommandId::BIND_TRANSMITTER, Field::SystemId, CommandStatus::ESME_RINVSYSID),
        (CommandId::BIND_TRANSMITTER, Field::Password, CommandStatus::ESME_RINVPASWD),
        (CommandId::BIND_TRANSMITTER, Field::SystemType, CommandStatus::ESME_RINVSYSTYP),
        (CommandId::SUBMIT_SM, Field::ServiceType, CommandStatus::ESME_RINVSERTYP),
        (CommandId::SUBMIT_SM, Field::SourceAddr, CommandStatus::ESME_RINVSRCADR),
        (CommandId::SUBMIT_SM, Field::DestinationAddr, CommandStatus::ESME_RINVDSTADR),
        (CommandId::QUERY_SM, Field::MessageId, CommandStatus::ESME_RINVMSGID),
    ];
    for (id, field, status) in statuses {
        let layout = pdu::layout(id).unwrap();
        let before = layout.iter().position(|item| item.field == field).unwrap();
        let max = usize::from(layout[before].max);
        let behind = layout[before..].iter().filter(|item| item.field.kind() != Kind::Octets).count();
        let body = |len| [&vec![0; before][..], &vec![b'x'; len], &vec![0; behind]].concat();
        assert_eq!(inspect(&raw(id, CommandStatus::ESME_ROK, &body(max - 1))).deviations, []);
        let told = inspect(&raw(id, CommandStatus::ESME_ROK, &body(max))).deviations;
        assert_eq!(told, [DecodeError { fault: Fault::OverlongString, field, offset: 16 + before }]);
        assert_eq!(told[0].status(), status, "{field:?}");
        let open = raw(id, CommandStatus::ESME_ROK, &[vec![0; before], vec![b'x'; 3]].concat());
        let error = frame(&open).pdu().unwrap_err();
        assert_eq!(error, DecodeError { fault: Fault::Unterminated, field, offset: 16 + before });
    }
}

fn trailing_octets_are_an_error_of_the_tlv_stream() {
    for tail in [&[0][..], &[0, 0], &[0, 0, 0], &[0x14, 0, 0, 9, 1]] {
        let octets = raw(CommandId::ENQUIRE_LINK, CommandStatus::ESME_ROK, tail);
        let told = inspect(&octets).deviations;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].status(), CommandStatus::ESME_RINVOPTPARSTREAM);
        assert_eq!(frame(&octets).pdu().unwrap().tlvs(), Tlvs::NONE);
    }
}

fn short_and_huge_lengths_end_the_stream() {
    for command_length in [0, 15, 70_000, u32::MAX] {
        let mut octets = raw(CommandId::ENQUIRE_LINK, CommandStatus::ESME_ROK, b"");
        octets[..4].copy_from_slice(&command_length.to_be_bytes());
        let error = Frame::split(&octets, MAX_PDU).unwrap_err();
        assert_eq!(error.command_length, command_length);
        assert_eq!(error.header().map(|header| header.sequence_number), Some(1));
        assert_eq!(Frame::split(&octets[..15], MAX_PDU).unwrap_err().header(), None);
    }
}

fn odd_times_have_their_own_status() {
    for (before, field, status) in [
        (10, Field::ScheduleDeliveryTime, CommandStatus::ESME_RINVSCHED),
        (11, Field::ValidityPeriod, CommandStatus::ESME_RINVEXPIRY),
    ] {
        for id in [CommandId::SUBMIT_SM, CommandId::DELIVER_SM] {
            let body = [&vec![0; before][..], b"240315143000", &vec![0; 17 - before]].concat();
            let told = inspect(&raw(id, CommandStatus::ESME_ROK, &body)).deviations;
            assert_eq!(told, [DecodeError { fault: Fault::TimeLength, field, offset: 16 + before }]);
            assert_eq!(told[0].status(), status);
        }
    }
}

#[test]
fn no_row_is_left_over() {
    let mut counts = BTreeMap::new();
    for row in tsv::rows(TABLE) {
        *counts.entry(about(&row)).or_insert(0) += 1;
    }
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [4, 156, 8, 7, 3, 5]);
    assert_eq!(tsv::rows(TABLE).len(), 183);
}
