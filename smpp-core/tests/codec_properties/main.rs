//! What must hold for every PDU, whatever is in it, and for every run of octets that frames.

mod octets;

use octets::{any_frame, edited_pdu, frame, pdu};
use proptest::collection::vec;
use proptest::prelude::*;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::*;
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{Address, COctetString, CommandId, CommandStatus, Item, Tag};
use smpp_core::{DecodeError, Deviation, EncodeError, Leniency, Observe};

fn only_frame(octets: &[u8]) -> Frame<'_> {
    match Frame::split(octets, MAX_PDU) {
        Ok(Split::Frame(frame)) if frame.octets.len() == octets.len() => frame,
        other => panic!("not one frame: {other:?}"),
    }
}

/// Every type of PDU, so that reading one that is known beforehand is compared with reading any.
macro_rules! pdus {
    ($($Name:ident)*) => {
        /// Whether [`Frame::body`] gives what [`Frame::pdu`] gave, and no type but the right one does.
        fn body_agrees(frame: Frame<'_>, pdu: Pdu<'_>) -> bool {
            [$( match (frame.body::<$Name>(), pdu) {
                (Ok(body), Pdu::$Name(pdu)) => body == pdu,
                (Err(error), other) => {
                    error.fault == smpp_core::Fault::UnknownCommand && other.command_id() != <$Name as Body>::ID
                }
                (Ok(_), _) => false,
            } ),*].into_iter().all(|agrees| agrees)
        }

        const PDUS: usize = [$( stringify!($Name) ),*].len();
    };
}

pdus! {
    AlertNotification BindReceiver BindReceiverResp BindTransceiver BindTransceiverResp BindTransmitter
    BindTransmitterResp BroadcastSm BroadcastSmResp CancelBroadcastSm CancelBroadcastSmResp CancelSm CancelSmResp
    DataSm DataSmResp DeliverSm DeliverSmResp EnquireLink EnquireLinkResp GenericNack Outbind QueryBroadcastSm
    QueryBroadcastSmResp QuerySm QuerySmResp ReplaceSm ReplaceSmResp SubmitMulti SubmitMultiResp SubmitSm
    SubmitSmResp Unbind UnbindResp
}

#[test]
fn no_type_of_pdu_is_forgotten() {
    assert_eq!(PDUS, CommandId::NAMED.len());
}

/// Writes `pdu` again as an application builds it: lists and TLVs from slices, not from received octets.
fn encode_as_built(frame: Frame<'_>, pdu: Pdu<'_>, out: &mut [u8]) -> Result<usize, EncodeError> {
    let (status, sequence_number) = (frame.header.command_status, frame.header.sequence_number);
    match pdu {
        Pdu::SubmitMulti(pdu) => {
            let (list, tlvs): (Vec<_>, Vec<_>) =
                (pdu.destinations.iter().collect(), pdu.tlvs.iter().collect());
            let built = SubmitMulti { destinations: list[..].into(), tlvs: tlvs[..].into(), ..pdu };
            assert_eq!(built, pdu);
            encode(&built, status, sequence_number, out)
        }
        Pdu::SubmitMultiResp(pdu) => {
            let (list, tlvs): (Vec<_>, Vec<_>) =
                (pdu.unsuccess_smes.iter().collect(), pdu.tlvs.iter().collect());
            let built = SubmitMultiResp { unsuccess_smes: list[..].into(), tlvs: tlvs[..].into(), ..pdu };
            assert_eq!(built, pdu);
            encode(&built, status, sequence_number, out)
        }
        Pdu::SubmitSm(pdu) => {
            let tlvs: Vec<_> = pdu.tlvs.iter().collect();
            encode(&SubmitSm { tlvs: tlvs[..].into(), ..pdu }, status, sequence_number, out)
        }
        other => other.encode(status, sequence_number, out),
    }
}

/// Keeps the deviations, and checks that everything told of lies where it is said to lie.
struct Told<'a> {
    pdu: &'a [u8],
    deviations: Vec<DecodeError>,
}

impl<'a> Observe<'a> for Told<'a> {
    fn field(&mut self, _item: Item, offset: usize, octets: &'a [u8]) {
        assert_eq!(&self.pdu[offset..][..octets.len()], octets);
    }

    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        assert_eq!(self.pdu[offset..][..2], tag.0.to_be_bytes());
        assert_eq!(&self.pdu[offset + 4..][..value.len()], value);
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        assert!(deviation.what.fault.is_tolerable());
        assert!(deviation.what.offset <= self.pdu.len());
        self.deviations.push(deviation.what);
    }
}

fn inspect(frame: Frame<'_>, leniency: Leniency) -> (Result<Pdu<'_>, DecodeError>, Vec<DecodeError>) {
    let mut told = Told { pdu: frame.octets, deviations: Vec::new() };
    let result = frame.inspect(leniency, &mut told);
    (result, told.deviations)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_pdu_comes_back_as_it_went(octets in pdu()) {
        let frame = only_frame(&octets);
        let pdu = frame.pdu().unwrap();
        prop_assert_eq!(pdu.command_id(), frame.header.command_id);
        prop_assert!(body_agrees(frame, pdu));
        let mut out = vec![0xEE; octets.len()];
        let written = pdu.encode(frame.header.command_status, frame.header.sequence_number, &mut out);
        prop_assert_eq!(written, Ok(octets.len()));
        prop_assert_eq!(&out, &octets);
        out.fill(0xEE);
        prop_assert_eq!(encode_as_built(frame, pdu, &mut out), Ok(octets.len()));
        prop_assert_eq!(&out, &octets);
    }

    #[test]
    fn a_buffer_that_is_too_small_is_told_how_much_is_needed(octets in pdu(), size in any::<prop::sample::Index>()) {
        let frame = only_frame(&octets);
        let mut out = vec![0; size.index(octets.len())];
        let written = encode_as_built(frame, frame.pdu().unwrap(), &mut out);
        prop_assert_eq!(written, Err(EncodeError::BufferTooSmall { needed: octets.len() }));
    }

    /// decode(A‖B) = decode(A), decode(B) for whatever octets A that frame: readers that decode past their frame let a PDU
    /// be hidden in another (rusmpp 0.4.0).
    #[test]
    fn octets_behind_a_pdu_change_nothing(a in any_frame(), b in any_frame(), cut in any::<prop::sample::Index>()) {
        let mut stream = [&a[..], &b].concat();
        stream.truncate(a.len() + cut.index(b.len() + 1));
        let Ok(Split::Frame(first)) = Frame::split(&stream, MAX_PDU) else { panic!("a whole PDU") };
        prop_assert_eq!(first.octets, &a[..]);
        prop_assert_eq!(first.pdu(), only_frame(&a).pdu());
        let rest = &stream[a.len()..];
        match Frame::split(rest, MAX_PDU) {
            Ok(Split::Frame(second)) => prop_assert_eq!(second.pdu(), only_frame(&b).pdu()),
            other => {
                let need = if rest.len() < 16 { 16 } else { b.len() };
                prop_assert!(rest.len() < b.len());
                prop_assert_eq!(other, Ok(Split::Incomplete { need }));
            }
        }
    }

    /// What does not fit must be an error, not a wrong PDU, as the crate smpp34 1.5.1 writes.
    #[test]
    fn a_value_that_its_field_cannot_hold_is_refused(
        service_type in vec(0u8..=2, 0..8),
        addr in vec(prop_oneof![9 => 1u8..=255, 1 => Just(0)], 0..24),
        text in vec(any::<u8>(), 0..300),
    ) {
        let submit = SubmitSm {
            service_type: COctetString::new(&service_type),
            destination: Address { addr: COctetString::new(&addr), ..Address::NONE },
            short_message: &text,
            ..SubmitSm::default()
        };
        let mut out = [0; 512];
        let fits = |octets: &[u8], max| octets.len() < max && !octets.contains(&0);
        match encode(&submit, CommandStatus::ESME_ROK, 1, &mut out) {
            Ok(len) => {
                prop_assert!(fits(&service_type, 6) && fits(&addr, 21) && text.len() <= 255);
                prop_assert_eq!(only_frame(&out[..len]).body::<SubmitSm>(), Ok(submit));
            }
            Err(EncodeError::InnerNul { .. }) => prop_assert!(service_type.contains(&0) || addr.contains(&0)),
            Err(EncodeError::TooLong { len, max, .. }) => prop_assert!(len > max),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn an_edited_pdu_is_read_with_deviations_or_refused_with_field_and_offset(octets in edited_pdu()) {
        let frame = only_frame(&octets);
        let (result, deviations) = inspect(frame, Leniency::TOLERANT);
        prop_assert_eq!(result, frame.pdu());
        prop_assert_eq!(frame.tlvs(), result.map(|pdu| pdu.tlvs()));
        match result {
            Ok(pdu) => {
                prop_assert!(body_agrees(frame, pdu));
                let mut out = vec![0; octets.len() + 1_024];
                let (status, sequence_number) = (frame.header.command_status, frame.header.sequence_number);
                match pdu.encode(status, sequence_number, &mut out) {
                    // It may be longer than it was: fields that the peer left out are written.
                    Ok(len) => prop_assert_eq!(only_frame(&out[..len]).pdu(), Ok(pdu)),
                    Err(error) => prop_assert!(!deviations.is_empty(), "{error} without a deviation"),
                }
            }
            Err(error) => prop_assert!(error.offset <= octets.len(), "{error}"),
        }
        let (strict, _) = inspect(frame, Leniency::STRICT);
        prop_assert_eq!(strict.is_ok(), result.is_ok() && deviations.is_empty());
        if let (Ok(_), Err(refused), Some(&first)) = (result, strict, deviations.first()) {
            prop_assert_eq!(refused, first);
        }
    }
}

#[test]
fn lists_and_tlvs_that_no_count_can_hold_are_refused() {
    let mut out = vec![0; 70_000];
    let destinations = vec![Destination::List(COctetString::EMPTY); 256];
    let multi = SubmitMulti { destinations: destinations[..].into(), ..SubmitMulti::default() };
    let written = encode(&multi, CommandStatus::ESME_ROK, 1, &mut out);
    assert!(matches!(written, Err(EncodeError::TooLong { len: 256, max: 255, .. })));

    let value = vec![0; 65_536];
    for (len, fits) in [(65_535, true), (65_536, false)] {
        let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: &value[..len] }];
        let data = DataSm { tlvs: Tlvs::from(&payload[..]), ..DataSm::default() };
        assert_eq!(encode(&data, CommandStatus::ESME_ROK, 1, &mut out).is_ok(), fits);
    }
}

#[test]
fn the_header_of_a_frame_is_what_was_sent() {
    let octets = frame(CommandId(0xDEAD_BEEF), CommandStatus(0x0102_0304), 0x0506_0708, b"body");
    let header = only_frame(&octets).header;
    assert_eq!((header.command_length, header.command_id), (20, CommandId(0xDEAD_BEEF)));
    assert_eq!((header.command_status, header.sequence_number), (CommandStatus(0x0102_0304), 0x0506_0708));
}
