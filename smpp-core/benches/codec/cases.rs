//! What is measured: three PDUs, read and written, by the floor and by the codec.

use crate::floor::{self, Header, Sm};
use crate::harness::{Case, FLOOR};
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{Body, DeliverSm, Pdu, SubmitSm, SubmitSmResp, encode};
use smpp_core::tlv::Tlv;
use smpp_core::types::{Address, COctetString, CommandId, CommandStatus, EsmClass, RegisteredDelivery, Tag};
use std::hint::black_box;

const SEQUENCE_NUMBER: u32 = 42;
const TEXT: &[u8] = b"Rain at noon, 12 deg";
const RECEIPT: &[u8] = b"id:0e999f2100c0ffee sub:001 dlvrd:001 submit date:2403151430 done date:2403151431 \
stat:DELIVRD err:000 text:Rain at six";
/// Inside the receipt, so that it starts at no multiple of eight: few strings do.
const ID: &[u8] = RECEIPT.split_at(3).1.split_at(16).0;
const TLVS: &[Tlv<'_>] = &[
    Tlv { tag: Tag::RECEIPTED_MESSAGE_ID, value: b"0e999f2100c0ffee\0" },
    Tlv { tag: Tag::MESSAGE_STATE, value: &[2] },
    Tlv { tag: Tag::NETWORK_ERROR_CODE, value: &[3, 0, 0] },
];

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("decode submit_sm", FLOOR, |times| read(times, &submit_octets(), floor_submit)),
    case("decode submit_sm", "body", |times| read(times, &submit_octets(), body_submit)),
    case("decode submit_sm", "pdu", |times| read(times, &submit_octets(), any_pdu)),
    case("decode deliver_sm", FLOOR, |times| read(times, &receipt_octets(), floor_receipt)),
    case("decode deliver_sm", "body", |times| read(times, &receipt_octets(), body_receipt)),
    case("decode deliver_sm", "pdu", |times| read(times, &receipt_octets(), any_receipt)),
    case("decode submit_sm_resp", FLOOR, |times| read(times, &resp_octets(), floor_resp)),
    case("decode submit_sm_resp", "body", |times| read(times, &resp_octets(), body_resp)),
    case("decode submit_sm_resp", "pdu", |times| read(times, &resp_octets(), any_pdu)),
    case("encode submit_sm", FLOOR, |times| write(times, &floor_submit_sm(), floor_write_sm)),
    case("encode submit_sm", "body", |times| write(times, &submit_sm(), body_write)),
    case("encode submit_sm", "pdu", |times| write(times, &submit_sm().into(), pdu_write)),
    case("encode deliver_sm", FLOOR, |times| write(times, &floor_receipt_sm(), floor_write_sm)),
    case("encode deliver_sm", "body", |times| write(times, &deliver_sm(), body_write)),
    case("encode deliver_sm", "pdu", |times| write(times, &deliver_sm().into(), pdu_write)),
    case("encode submit_sm_resp", FLOOR, |times| write(times, &ID, floor_write_resp)),
    case("encode submit_sm_resp", "body", |times| write(times, &submit_sm_resp(), body_write)),
    case("encode submit_sm_resp", "pdu", |times| write(times, &submit_sm_resp().into(), pdu_write)),
];

const fn case(operation: &'static str, by: &'static str, run: fn(u32)) -> Case {
    Case { operation, by, run }
}

/// Nobody can see through [`black_box`], so `decode` is called each time and every field that it gives is stored.
fn read(times: u32, octets: &[u8], decode: fn(&[u8])) {
    for _ in 0..times {
        decode(black_box(octets));
    }
}

fn write<T>(times: u32, value: &T, encode: fn(&T, &mut [u8]) -> usize) {
    let mut out = [0; 512];
    for _ in 0..times {
        black_box(encode(black_box(value), black_box(&mut out)));
    }
}

fn submit_sm() -> SubmitSm<'static> {
    SubmitSm {
        source: Address::alphanumeric("Weather"),
        destination: Address::international("447700900123"),
        registered_delivery: RegisteredDelivery::RECEIPT,
        short_message: TEXT,
        ..SubmitSm::default()
    }
}

fn deliver_sm() -> DeliverSm<'static> {
    DeliverSm {
        source: Address::international("447700900123"),
        destination: Address::alphanumeric("Weather"),
        esm_class: EsmClass::MC_DELIVERY_RECEIPT,
        short_message: RECEIPT,
        tlvs: TLVS.into(),
        ..DeliverSm::default()
    }
}

fn submit_sm_resp() -> SubmitSmResp<'static> {
    SubmitSmResp { message_id: COctetString::new(ID), ..SubmitSmResp::default() }
}

fn floor_header(command: CommandId) -> Header {
    Header { command_id: command.0, command_status: 0, sequence_number: black_box(SEQUENCE_NUMBER) }
}

fn floor_submit_sm() -> (Header, Sm<'static>) {
    let sm = Sm {
        source_addr_ton: 5,
        source_addr: b"Weather",
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: b"447700900123",
        registered_delivery: 1,
        short_message: TEXT,
        ..Sm::default()
    };
    (floor_header(CommandId::SUBMIT_SM), sm)
}

fn floor_receipt_sm() -> (Header, Sm<'static>) {
    let sm = Sm {
        source_addr_ton: 1,
        source_addr_npi: 1,
        source_addr: b"447700900123",
        dest_addr_ton: 5,
        destination_addr: b"Weather",
        esm_class: 4,
        short_message: RECEIPT,
        receipted_message_id: Some(ID),
        message_state: Some(2),
        network_error_code: Some(&[3, 0, 0]),
        ..Sm::default()
    };
    (floor_header(CommandId::DELIVER_SM), sm)
}

fn octets<'a>(body: &impl Body<'a>) -> Vec<u8> {
    let mut out = vec![0; 512];
    let len = body_write(body, &mut out);
    out.truncate(len);
    out
}

fn submit_octets() -> Vec<u8> {
    octets(&submit_sm())
}

fn receipt_octets() -> Vec<u8> {
    octets(&deliver_sm())
}

fn resp_octets() -> Vec<u8> {
    octets(&submit_sm_resp())
}

#[inline(never)]
fn floor_submit(octets: &[u8]) {
    black_box(&floor::decode_sm(octets, CommandId::SUBMIT_SM.0));
}

#[inline(never)]
fn floor_receipt(octets: &[u8]) {
    black_box(&floor::decode_sm(octets, CommandId::DELIVER_SM.0));
}

#[inline(never)]
fn floor_resp(octets: &[u8]) {
    black_box(&floor::decode_submit_sm_resp(octets));
}

fn frame(octets: &[u8]) -> Option<Frame<'_>> {
    match Frame::split(octets, MAX_PDU) {
        Ok(Split::Frame(frame)) => Some(frame),
        _ => None,
    }
}

#[inline(never)]
fn body_submit(octets: &[u8]) {
    let Some(frame) = frame(octets) else { return };
    black_box((&frame.header, &frame.body::<SubmitSm<'_>>()));
}

#[inline(never)]
fn body_receipt(octets: &[u8]) {
    let Some(frame) = frame(octets) else { return };
    let deliver = frame.body::<DeliverSm<'_>>();
    black_box((&frame.header, &deliver));
    if let Ok(deliver) = &deliver {
        read_receipt_tlvs(&deliver.tlvs);
    }
}

/// The three TLVs by their getters, as an application reads them.
fn read_receipt_tlvs(tlvs: &smpp_core::tlv::Tlvs<'_>) {
    black_box((tlvs.receipted_message_id(), tlvs.message_state(), tlvs.network_error_code()));
}

#[inline(never)]
fn body_resp(octets: &[u8]) {
    let Some(frame) = frame(octets) else { return };
    black_box((&frame.header, &frame.body::<SubmitSmResp<'_>>()));
}

#[inline(never)]
fn any_pdu(octets: &[u8]) {
    let Some(frame) = frame(octets) else { return };
    black_box((&frame.header, &frame.pdu()));
}

#[inline(never)]
fn any_receipt(octets: &[u8]) {
    let Some(frame) = frame(octets) else { return };
    let pdu = frame.pdu();
    black_box((&frame.header, &pdu));
    if let Ok(Pdu::DeliverSm(deliver)) = &pdu {
        read_receipt_tlvs(&deliver.tlvs);
    }
}

#[inline(never)]
fn floor_write_sm((header, sm): &(Header, Sm<'_>), out: &mut [u8]) -> usize {
    floor::encode_sm(header, sm, out).unwrap_or_default()
}

#[inline(never)]
fn floor_write_resp(message_id: &&[u8], out: &mut [u8]) -> usize {
    let header = floor_header(CommandId::SUBMIT_SM_RESP);
    floor::encode_submit_sm_resp(&header, message_id, out).unwrap_or_default()
}

#[inline(never)]
fn body_write<'a, B: Body<'a>>(body: &B, out: &mut [u8]) -> usize {
    encode(body, CommandStatus::ESME_ROK, black_box(SEQUENCE_NUMBER), out).unwrap_or_default()
}

#[inline(never)]
fn pdu_write(pdu: &Pdu<'_>, out: &mut [u8]) -> usize {
    pdu.encode(CommandStatus::ESME_ROK, black_box(SEQUENCE_NUMBER), out).unwrap_or_default()
}

/// Both sides must do the same work, or the comparison means nothing.
pub(crate) fn check() {
    let mut out = [0; 512];
    for (octets, sm) in [(submit_octets(), floor_submit_sm()), (receipt_octets(), floor_receipt_sm())] {
        assert_eq!(floor::decode_sm(&octets, sm.0.command_id).as_ref(), Some(&sm));
        let len = floor_write_sm(&sm, &mut out);
        assert_eq!(out[..len], octets);
    }
    let octets = resp_octets();
    assert_eq!(floor::decode_submit_sm_resp(&octets), Some((floor_header(CommandId::SUBMIT_SM_RESP), ID)));
    let len = floor_write_resp(&ID, &mut out);
    assert_eq!(out[..len], octets);
    assert_eq!((TEXT.len(), RECEIPT.len(), TLVS.len(), ID.len()), (20, 119, 3, 16));
}
