//! What other implementations of SMPP in Rust get wrong, one test a point; those that need a
//! whole session are transcripts, and those that need sockets are in `smpp-std/tests/`.

use smpp_core::EncodeError;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{
    BindTransceiver, Body, BroadcastSmResp, CancelSm, DeliverSm, Pdu, QuerySm, SubmitSm, encode,
};
use smpp_core::sms::receipt::{MessageClass, Receipt, Report};
use smpp_core::sms::segment::{Method, SegmentError, Segmenter};
use smpp_core::text::{Encoding, Gsm7, Unmappable};
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{
    Address, COctetString, CommandId, CommandStatus, EsmClass, MessageState, Npi, Tag, Ton,
};

const OK: CommandStatus = CommandStatus::ESME_ROK;

fn octets<'p, B: Body<'p>>(body: &B) -> Vec<u8> {
    let mut out = vec![0; 70_000];
    let len = encode(body, OK, 1, &mut out).unwrap();
    out.truncate(len);
    out
}

fn frame(octets: &[u8]) -> (Frame<'_>, &[u8]) {
    match Frame::split(octets, MAX_PDU).unwrap() {
        Split::Frame(frame) => (frame, &octets[frame.octets.len()..]),
        other => panic!("{other:?}"),
    }
}

fn pdu(octets: &[u8]) -> Pdu<'_> {
    frame(octets).0.pdu().unwrap()
}

fn text(text: &str) -> SubmitSm<'_> {
    SubmitSm { short_message: text.as_bytes(), ..SubmitSm::default() }
}

/// A deliver_sm with one TLV that declares `declared` octets, followed by `value`.
fn with_tlv(tag: Tag, declared: u8, value: &[u8]) -> Vec<u8> {
    let mut pdu = octets(&DeliverSm::default());
    let [high, low] = tag.0.to_be_bytes();
    pdu.extend_from_slice(&[high, low, 0, declared]);
    pdu.extend_from_slice(value);
    pdu[3] = u8::try_from(pdu.len()).unwrap();
    pdu
}

#[test]
fn peer_1_a_long_sm_length_never_reads_the_next_pdu() {
    let mut first = octets(&text("hi"));
    let length_at = first.len() - 3;
    first[length_at] += 16;
    let stream = [first, octets(&QuerySm::default())].concat();
    let (frame_1, rest) = frame(&stream);
    assert!(frame_1.pdu().is_err());
    assert_eq!(frame(rest).0.header.command_id, CommandId::QUERY_SM);
}

#[test]
fn peer_2_octets_behind_a_body_are_no_other_pdu() {
    let inner = octets(&QuerySm::default());
    let mut outer = [&[0, 0, 0, 0, 0x80, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 7][..], &inner].concat();
    outer[3] = u8::try_from(outer.len()).unwrap();
    let (outer, rest) = frame(&outer);
    assert_eq!((outer.pdu().unwrap().command_id(), rest.len()), (CommandId::ENQUIRE_LINK_RESP, 0));
}

#[test]
fn peer_5_one_odd_field_spoils_no_pdu() {
    let bind = BindTransceiver { password: "longer than eight".into(), ..BindTransceiver::default() };
    assert_eq!(pdu(&octets(&bind)), bind.into());
    for (tag, value) in [
        (Tag::RECEIPTED_MESSAGE_ID, &b"no NUL"[..]),
        (Tag::NETWORK_ERROR_CODE, b"\x03\x01"),
        (Tag::NETWORK_ERROR_CODE, b"1005"),
        (Tag::CALLBACK_NUM, b"\x01"),
        (Tag::USER_MESSAGE_REFERENCE, b"\x07"),
        (Tag::USER_MESSAGE_REFERENCE, b"\0\0\0\x07"),
    ] {
        let pdu_octets = with_tlv(tag, u8::try_from(value.len()).unwrap(), value);
        assert_eq!(pdu(&pdu_octets).tlvs().find(tag), Some(value));
    }
}

#[test]
fn peer_6_a_tlv_is_as_long_as_it_says() {
    let overrun = with_tlv(Tag::USER_MESSAGE_REFERENCE, 9, &[0, 7]);
    assert_eq!(pdu(&overrun).tlvs().find(Tag::USER_MESSAGE_REFERENCE), None, "nine octets are not there");
    let wide = with_tlv(Tag::USER_MESSAGE_REFERENCE, 4, &[0, 0, 0, 7, 0x04, 0x27, 0, 1, 2]);
    let tlvs = pdu(&wide).tlvs();
    assert_eq!((tlvs.user_message_reference(), tlvs.message_state()), (Some(7), Some(2)));
}

#[test]
fn peers_7_and_15_what_a_field_cannot_hold_is_refused_and_never_cut() {
    let long = vec![b'x'; 70_000];
    let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: &long }];
    let too_long = SubmitSm { tlvs: Tlvs::from(&payload[..]), ..SubmitSm::default() };
    let address = Address { addr: COctetString::new(&long[..100]), ..Address::NONE };
    let nul = Address { addr: COctetString::new(b"49\x00151"), ..Address::NONE };
    let mut out = vec![0; 80_000];
    for submit in [
        too_long,
        SubmitSm { short_message: &long[..256], ..SubmitSm::default() },
        SubmitSm { destination: address, ..SubmitSm::default() },
    ] {
        let error = encode(&submit, OK, 1, &mut out).unwrap_err();
        assert!(matches!(error, EncodeError::TooLong { .. }), "{error}");
    }
    let error = encode(&SubmitSm { destination: nul, ..SubmitSm::default() }, OK, 1, &mut out).unwrap_err();
    assert!(matches!(error, EncodeError::InnerNul { .. }), "{error}");
}

#[test]
fn peer_8_form_feed_emoji_and_160_characters_go_out() {
    let mut out = [0; 8];
    assert_eq!(Gsm7::DEFAULT.encode("\u{C}", Unmappable::Reject, &mut out), Ok(2));
    assert_eq!(out[..2], [0x1B, 0x0A]);
    assert_eq!(Encoding::Ucs2.encode("😀", Unmappable::Reject, &mut out), Ok(4));
    assert_eq!(Segmenter::default().text(&"a".repeat(160), Encoding::GSM7).unwrap().total(), 1);
}

#[test]
fn peer_9_an_empty_string_is_one_nul() {
    let cancel = octets(&CancelSm::default());
    assert_eq!(cancel[16..], [0; 8]);
}

#[test]
fn peer_10_a_length_has_a_limit_and_tlvs_have_none() {
    assert!(Frame::split(&[0xFF; 16], MAX_PDU).is_err());
    let list: Vec<_> = (0..100).map(|number| Tlv { tag: Tag(0x1400 + number), value: &[] }).collect();
    let pdu_octets = octets(&SubmitSm { tlvs: Tlvs::from(&list[..]), ..SubmitSm::default() });
    assert_eq!(pdu(&pdu_octets).tlvs().iter().count(), 100);
}

#[test]
fn peer_12_every_command_length_is_what_was_written() {
    let cancel = CancelSm { message_id: "0123456789".into(), ..CancelSm::default() };
    let cancel = octets(&cancel);
    assert_eq!(frame(&cancel).0.header.command_length as usize, cancel.len());
}

#[test]
fn peer_16_what_is_relayed_is_not_changed() {
    let latin_1 = Address { addr: COctetString::new(b"Caf\xE9"), ..Address::NONE };
    let submit = octets(&SubmitSm { source: latin_1, ..SubmitSm::default() });
    let Pdu::SubmitSm(read) = pdu(&submit) else { panic!("another PDU") };
    assert_eq!((read.source, octets(&read)), (latin_1, submit.clone()));
    // A mangled TLV leaves those before it.
    let mut mangled = with_tlv(Tag::MESSAGE_STATE, 1, &[2, 0x00, 0x1E, 0x00]);
    mangled[3] = u8::try_from(mangled.len()).unwrap();
    assert_eq!(pdu(&mangled).tlvs().message_state(), Some(2));
}

#[test]
fn peer_18_pairs_stay_whole_and_more_than_255_parts_are_refused() {
    let emoji = "😀".repeat(40);
    for part in Segmenter::default().text(&emoji, Encoding::Ucs2).unwrap() {
        assert_eq!(part.units % 2, 0);
    }
    let error = Segmenter::default().text(&"a".repeat(300 * 153), Encoding::GSM7).unwrap_err();
    assert_eq!(error, SegmentError::TooManyParts { parts: 300 });
    let sar = Segmenter { method: Method::Sar { wide: false }, ..Segmenter::default() };
    let longest = |encoding| sar.text(&"a".repeat(400), encoding).unwrap().next().unwrap().units;
    assert_eq!([Encoding::GSM7, Encoding::Latin1, Encoding::Ucs2].map(longest), [153, 134, 67]);
}

#[test]
fn peer_19_dates_hex_codes_and_capitals_of_receipts_are_read() {
    let receipt = Receipt::parse(b"ID:7F SUBMIT DATE:2611251200 STAT:DELIVRD ERR:0a1").unwrap();
    assert_eq!((receipt.id, receipt.err), (Some(&b"7F"[..]), Some(&b"0a1"[..])));
    assert_eq!(receipt.submit_time().unwrap().to_string(), "2026-11-25T12:00:00");
    assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
    let tlvs = Tlvs::NONE.into();
    for (esm_class, class) in
        [(0x04, MessageClass::Receipt), (0x0C, MessageClass::Message), (0x08, MessageClass::Acknowledgement)]
    {
        assert_eq!(MessageClass::of(EsmClass(esm_class), &tlvs, b"hi", true), class, "{esm_class:#x}");
    }
}

#[test]
fn peer_20_a_body_is_read_only_as_its_own_command_and_to_its_own_length() {
    let submit = octets(&text("hi"));
    assert!(frame(&submit).0.body::<DeliverSm<'_>>().is_err());
    assert_eq!(BroadcastSmResp::ID, CommandId(0x8000_0111));
    let odd = Address { ton: Ton(9), npi: Npi(200), addr: "1".into() };
    let submit = octets(&SubmitSm { source: odd, ..SubmitSm::default() });
    let Pdu::SubmitSm(read) = pdu(&submit) else { panic!("another PDU") };
    assert_eq!(read.source, odd);
}

#[test]
fn peer_22_repeated_and_unknown_tlvs_are_kept() {
    let list = [
        Tlv { tag: Tag::MESSAGE_STATE, value: &[2] },
        Tlv { tag: Tag::MESSAGE_STATE, value: &[0, 5] },
        Tlv { tag: Tag(0x1501), value: b"vendor" },
        Tlv { tag: Tag::MESSAGE_PAYLOAD, value: b"payload" },
        Tlv { tag: Tag::SAR_MSG_REF_NUM, value: &[0, 1] },
    ];
    let tlvs = Tlvs::from(&list[..]);
    let deliver = octets(&DeliverSm { short_message: b"text", tlvs, ..DeliverSm::default() });
    let Pdu::DeliverSm(read) = pdu(&deliver) else { panic!("another PDU") };
    assert_eq!((octets(&read), read.tlvs.message_state()), (deliver.clone(), Some(2)));
}

#[test]
fn peer_23_emoji_lone_escapes_other_codings_and_half_told_receipts_are_read() {
    let read = |data_coding: u8, octets: &[u8]| {
        let encoding = Encoding::of(data_coding.into(), Encoding::GSM7)?;
        Some(encoding.decode(octets).collect::<String>())
    };
    assert_eq!(read(8, &[0xD8, 0x3D, 0xDE, 0x00]).as_deref(), Some("😀"));
    assert_eq!(read(0, b"a\x1B").as_deref(), Some("a "));
    assert_eq!(read(0xF0, b"\x02").as_deref(), Some("$"));
    assert_eq!(read(4, b"binary"), None);
    let state = [Tlv { tag: Tag::MESSAGE_STATE, value: &[2] }];
    let report = Report::new(b"id:17 stat:delivrd err:000", Tlvs::from(&state[..]).into());
    assert_eq!((report.message_id(), report.state()), (Some(&b"17"[..]), Some(MessageState::DELIVERED)));
    assert_eq!(Receipt::parse(b"stat:Delivrd").unwrap().state(), Some(MessageState::DELIVERED));
}

#[test]
fn peer_25_seven_characters_end_with_a_carriage_return_and_pairs_are_not_cut() {
    let packed = Encoding::Gsm7Packed { alphabet: Gsm7::DEFAULT, fill_bits: 0 };
    for count in [7, 15, 23] {
        let text = "b".repeat(count);
        let mut out = [0; 32];
        let len = packed.encode(&text, Unmappable::Reject, &mut out).unwrap();
        assert_eq!(packed.decode(&out[..len]).collect::<String>(), text);
    }
    let euro = format!("{}€{}", "a".repeat(152), "b".repeat(20));
    assert_eq!(Segmenter::default().text(&euro, Encoding::GSM7).unwrap().next().unwrap().units, 152);
}
