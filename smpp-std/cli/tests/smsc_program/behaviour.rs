//! What the simulator answers, reports and tells.

use crate::simulator::{Esme, PATIENCE, Simulator, text_to};
use serde_json::{Value, json};
use smpp_core::pdu::{
    BindReceiver, BindTransmitter, CancelSm, DataSm, Destination, Message, Pdu, QuerySm, ReplaceSm,
    SubmitMulti, SubmitSm,
};
use smpp_core::session::{Config, Event};
use smpp_core::sms::receipt::Report;
use smpp_core::tlv::Tlv;
use smpp_core::types::{
    Address, COctetString, CommandStatus, EsmClass, InterfaceVersion, MessageState, RegisteredDelivery, Tag,
};
use smpp_std::{Error, OwnedPdu};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn a_rejected_message_has_the_provider_code_in_text_and_tlv() {
    let simulator = Simulator::start(&["--profile", "wavix", "--rule", "+4917=rejected:1005"]);
    let mut esme = Esme::bound(&simulator);
    let id = esme.submit(&text_to("4917112345678"));
    let deliver = esme.next_deliver();
    let Ok(Pdu::DeliverSm(receipt)) = deliver.pdu() else { panic!("{deliver:?}") };
    let report = Report::new(receipt.short_message, receipt.tlvs.into());
    assert_eq!(report.message_id(), Some(id.as_bytes()));
    assert_eq!(report.state(), Some(MessageState::REJECTED));
    let text = std::str::from_utf8(receipt.short_message).unwrap();
    assert!(text.starts_with(&format!("id:{id} sub:001 dlvrd:000 submit date:")), "{text}");
    assert!(text.ends_with(" stat:REJECTD err:1005"), "no text field: {text}");
    assert_eq!(receipt.tlvs.receipted_message_id(), Some(id.as_str().into()));
    assert_eq!(receipt.tlvs.message_state(), Some(MessageState::REJECTED.0));
    assert_eq!(&receipt.tlvs.network_error_code().unwrap()[1..], 1005u16.to_be_bytes());
    assert_eq!((receipt.source, receipt.destination), (Address::international("4917112345678"), SENDER));
}

const SENDER: Address<'static> = Address {
    ton: smpp_core::types::Ton::ALPHANUMERIC,
    npi: smpp_core::types::Npi::UNKNOWN,
    addr: COctetString::new(b"Weather"),
};

#[test]
fn wavix_offers_only_what_its_page_lists() {
    let simulator = Simulator::start(&["--profile", "wavix"]);
    let mut esme = Esme::bound(&simulator);
    let query = QuerySm { message_id: "1".into(), ..QuerySm::default() };
    esme.client.send(&query).unwrap();
    assert_eq!(esme.next_status(), CommandStatus::ESME_RINVCMDID);
    esme.submit(&text_to("4915112345678"));
}

#[test]
fn who_keeps_20_a_second_is_never_throttled_and_who_does_not_is() {
    let simulator = Simulator::start(&["--profile", "wavix"]);
    let rate_period = Duration::from_millis(1_100);
    let config = Config { window: 10, rate: 20, rate_period, ..Config::default() };
    let mut esme = Esme::connect(&simulator, config);
    esme.bind("paced", "");
    let start = Instant::now();
    assert_eq!(esme.submit_all(60), 0, "throttled");
    assert!(start.elapsed() >= Duration::from_millis(2800));
    drop(esme);
    let closed = simulator.wait_for("closed");
    assert_eq!((&closed["throttled"], &closed["submitted"]), (&json!(0), &json!(60)));

    let mut esme =
        Esme::connect(&simulator, Config { window: 10, throttle_pause: Duration::ZERO, ..Config::default() });
    esme.bind("greedy", "");
    let throttled = esme.submit_all(60);
    assert!((30..60).contains(&throttled), "{throttled}");
    drop(esme);
    let closed = simulator.wait_for("closed");
    assert_eq!(closed["throttled"], json!(throttled));
    assert!(closed["max_window"].as_u64().unwrap() <= 10, "{closed}");
}

#[test]
fn long_messages_are_told_as_one_whatever_the_order_of_the_parts() {
    let simulator = Simulator::start(&[]);
    let mut esme = Esme::bound(&simulator);
    for part in [[5, 0, 3, 9, 2, 2, b'l', b'o'], [5, 0, 3, 9, 2, 1, b'h', b'e']] {
        esme.submit(&SubmitSm {
            esm_class: EsmClass::UDHI,
            short_message: &part,
            ..text_to("4915112345678")
        });
    }
    let message = simulator.wait_for("message");
    assert_eq!((&message["text"], &message["parts"]), (&json!("helo"), &json!(2)));
    assert_eq!((&message["from"], &message["to"]), (&json!("Weather"), &json!("4915112345678")));
}

#[test]
fn phones_answer_by_every_method_and_messages_come_in_after_a_bind() {
    let rules = ["49151=mo:2*ab", "49152=mo:udh16:200*x", "49153=mo:sar:200*x", "49154=mo:payload:200*x"];
    let mut args = vec!["--mo", "123:456:first: of all"];
    args.extend(rules.iter().flat_map(|rule| ["--rule", rule]));
    let simulator = Simulator::start(&args);
    let mut esme = Esme::bound(&simulator);
    let first = esme.next_deliver();
    assert_eq!(user_data(&first.pdu().unwrap()), b"first: of all");
    for (destination, parts) in [("49151", 1), ("49152", 2), ("49153", 2), ("49154", 1)] {
        esme.submit(&SubmitSm { registered_delivery: RegisteredDelivery::NONE, ..text_to(destination) });
        let mut text = Vec::new();
        for _ in 0..parts {
            let deliver = esme.next_deliver();
            let pdu = deliver.pdu().unwrap();
            let message = pdu.message().unwrap();
            assert_eq!((message.source, message.destination), (Address::international(destination), SENDER));
            let header = if message.esm_class.has_udh() { 7 } else { 0 };
            assert_eq!(header > 0, destination == "49152");
            assert_eq!(message.sar().is_some(), destination == "49153");
            assert_eq!(message.tlvs.message_payload().is_some(), destination == "49154");
            text.extend_from_slice(&message.user_data()[header..]);
        }
        let expected = if destination == "49151" { b"abab".to_vec() } else { vec![b'x'; 200] };
        assert_eq!(text, expected, "{destination}");
    }
}

fn user_data<'a>(pdu: &Pdu<'a>) -> &'a [u8] {
    pdu.message().map_or(&[], |message: Message<'a>| message.user_data())
}

#[test]
fn interim_receipts_come_first_and_rules_refuse_or_keep_silent() {
    let simulator = Simulator::start(&[
        "--interim",
        "--receipt-after",
        "60ms",
        "--final-state",
        "undeliverable:011",
        "--rule",
        "1=silent",
        "--rule",
        "2=refuse:ESME_RSUBMITFAIL",
    ]);
    let mut esme = Esme::bound(&simulator);
    esme.client.send(&text_to("2")).unwrap();
    assert_eq!(esme.next_status(), CommandStatus::ESME_RSUBMITFAIL);
    esme.submit(&text_to("1"));
    esme.submit(&text_to("3"));
    let states: Vec<_> = (0..2).map(|_| state(&esme.next_deliver())).collect();
    assert_eq!(states, [(1, "ENROUTE".to_owned()), (5, "UNDELIV".to_owned())]);
    assert!(esme.is_quiet_for(Duration::from_millis(150)), "no receipt for the silent one");
}

/// The state of a receipt by its TLV and by its text.
fn state(deliver: &smpp_std::OwnedPdu) -> (u8, String) {
    let Ok(Pdu::DeliverSm(receipt)) = deliver.pdu() else { panic!("{deliver:?}") };
    let report = Report::new(receipt.short_message, receipt.tlvs.into());
    let stat = report.receipt.and_then(|receipt| receipt.stat).unwrap_or_default();
    (receipt.tlvs.message_state().unwrap(), String::from_utf8(stat.to_vec()).unwrap())
}

#[test]
fn receipts_for_a_transmitter_wait_for_a_receiver_of_the_account() {
    let simulator = Simulator::start(&["--receipt-after", "0"]);
    let mut transmitter = Esme::connect(&simulator, Config::default());
    let bind = BindTransmitter {
        system_id: "pair".into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransmitter::default()
    };
    transmitter.client.bind_transmitter(&bind).unwrap();
    let id = transmitter.submit(&text_to("4915112345678"));
    assert!(transmitter.is_quiet_for(Duration::from_millis(50)));
    let mut receiver = Esme::connect(&simulator, Config::default());
    let bind = BindReceiver {
        system_id: "pair".into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindReceiver::default()
    };
    receiver.client.bind_receiver(&bind).unwrap();
    let deliver = receiver.next_deliver();
    let Ok(Pdu::DeliverSm(receipt)) = deliver.pdu() else { panic!("{deliver:?}") };
    assert_eq!(receipt.tlvs.receipted_message_id(), Some(id.as_str().into()));
}

#[test]
fn credentials_of_64_octets_are_compared_whole_and_passwords_never_told() {
    let secret = "s3cr3t-".repeat(10)[..64].to_owned();
    let simulator = Simulator::start(&["--system-id", "me", "--password", &secret]);
    for (system_id, password, status) in [
        ("me", &secret[..63], CommandStatus::ESME_RINVPASWD),
        ("you", &secret[..], CommandStatus::ESME_RINVSYSID),
    ] {
        let mut esme = Esme::connect(&simulator, Config::default());
        match esme.try_bind(system_id, password) {
            Err(Error::BindRefused { status: refused, .. }) => assert_eq!(refused, status),
            other => panic!("{other:?}"),
        }
        assert_eq!(simulator.wait_for("refused")["status"], json!(status.to_string()));
    }
    let mut esme = Esme::connect(&simulator, Config::default());
    esme.bind("me", &secret);
    drop(esme);
    simulator.wait_for("closed");
    let said = simulator.everything();
    assert!(!said.contains("s3cr3t") && said.contains("***"), "{said}");
}

#[test]
fn messages_can_be_asked_for_cancelled_and_replaced() {
    let simulator = Simulator::start(&["--receipt-after", "10s"]);
    let mut esme = Esme::bound(&simulator);
    let id = esme.submit(&text_to("4915112345678"));
    let message_id = COctetString::from(id.as_str());
    let source = SENDER;
    let query = QuerySm { message_id, source, ..QuerySm::default() };
    let queried = |esme: &mut Esme| match esme.answer(&query).pdu() {
        Ok(Pdu::QuerySmResp(response)) => response.message_state,
        other => panic!("{other:?}"),
    };
    assert_eq!(queried(&mut esme), MessageState::ENROUTE);
    let replace = ReplaceSm { message_id, source, short_message: b"new", ..ReplaceSm::default() };
    assert!(esme.answer(&replace).header().command_status.is_ok());
    let destination = Address::international("4915112345678");
    let cancel = CancelSm { message_id, source, destination, ..CancelSm::default() };
    assert!(esme.answer(&cancel).header().command_status.is_ok());
    assert_eq!(queried(&mut esme), MessageState::DELETED);
    assert_eq!(esme.answer(&cancel).header().command_status, CommandStatus::ESME_RCANCELFAIL);
    assert_eq!(esme.answer(&replace).header().command_status, CommandStatus::ESME_RREPLACEFAIL);
    let unknown = QuerySm { message_id: "FFFFFFFF".into(), ..query };
    assert_eq!(esme.answer(&unknown).header().command_status, CommandStatus::ESME_RQUERYFAIL);
}

#[test]
fn submit_multi_names_the_destinations_that_failed() {
    let simulator = Simulator::start(&["--rule", "2=refuse:ESME_RINVDSTADR"]);
    let mut esme = Esme::bound(&simulator);
    let destinations = [
        Destination::Address(Address::international("1")),
        Destination::Address(Address::international("2")),
    ];
    let multi = SubmitMulti { destinations: (&destinations[..]).into(), ..SubmitMulti::default() };
    let answer = esme.answer(&multi);
    let Ok(Pdu::SubmitMultiResp(response)) = answer.pdu() else { panic!("{answer:?}") };
    let failed: Vec<_> =
        response.unsuccess_smes.iter().map(|sme| (sme.destination.addr, sme.status)).collect();
    assert_eq!(failed, [(COctetString::from("2"), CommandStatus::ESME_RINVDSTADR)]);
}

#[test]
fn what_no_centre_takes_is_refused_with_its_status() {
    let simulator = Simulator::start(&[]);
    let mut esme = Esme::bound(&simulator);
    let payload = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: b"twice" }];
    for (submit, status) in [
        (text_to(""), CommandStatus::ESME_RINVDSTADR),
        (text_to("49-151"), CommandStatus::ESME_RINVDSTADR),
        (SubmitSm { tlvs: (&payload[..]).into(), ..text_to("1") }, CommandStatus::ESME_RINVMSGLEN),
        (
            SubmitSm { esm_class: EsmClass::UDHI, short_message: &[9, 1], ..text_to("1") },
            CommandStatus::ESME_RINVESMCLASS,
        ),
    ] {
        assert_eq!(esme.answer(&submit).header().command_status, status);
    }
}

#[cfg(unix)]
#[test]
fn a_signal_unbinds_the_sessions_and_ends_the_program_cleanly() {
    let mut simulator = Simulator::start(&[]);
    let mut esme = Esme::bound(&simulator);
    let pid = rustix::process::Pid::from_raw(i32::try_from(simulator.process.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    loop {
        let (event, _) = esme.client.next_event(PATIENCE).unwrap().expect("the end, in time");
        if let Event::Closed(reason) = event {
            assert_eq!(reason, smpp_core::session::CloseReason::UnboundByPeer);
            break;
        }
    }
    assert!(simulator.process.wait().unwrap().success());
    let closed: Value = simulator.wait_for("closed");
    assert_eq!(closed["reason"], "unbound");
}

/// The states of the receipts that come, in their order.
fn states(esme: &mut Esme, count: usize) -> Vec<Option<u8>> {
    let mut state = || match esme.next_deliver().pdu() {
        Ok(Pdu::DeliverSm(deliver)) => deliver.tlvs.message_state(),
        other => panic!("{other:?}"),
    };
    (0..count).map(|_| state()).collect()
}

#[test]
fn an_interim_receipt_comes_first_even_when_the_final_one_is_due_as_well() {
    let simulator = Simulator::start(&["--interim", "--receipt-after", "0"]);
    let mut esme = Esme::bound(&simulator);
    for _ in 0..20 {
        esme.submit(&text_to("4915112345678"));
        assert_eq!(states(&mut esme, 2), [Some(1), Some(2)]);
    }
}

#[test]
fn a_cancelled_message_is_reported_deleted_once() {
    let simulator = Simulator::start(&["--interim", "--receipt-after", "400ms"]);
    let mut esme = Esme::bound(&simulator);
    let id = esme.submit(&text_to("4915112345678"));
    let cancel = CancelSm { message_id: id.as_str().into(), source: SENDER, ..CancelSm::default() };
    assert_eq!(esme.answer(&cancel).header().command_status, CommandStatus::ESME_ROK);
    assert_eq!(states(&mut esme, 1), [Some(MessageState::DELETED.0)]);
    assert!(esme.is_quiet_for(Duration::from_millis(100)));
}

#[test]
fn one_message_to_several_has_one_id_and_each_destination_its_receipt_and_its_message() {
    let simulator = Simulator::start(&[]);
    let mut esme = Esme::bound(&simulator);
    let destinations =
        ["4915112345678", "447700900123"].map(|number| Destination::Address(Address::international(number)));
    let multi = SubmitMulti {
        source: SENDER,
        destinations: (&destinations[..]).into(),
        registered_delivery: RegisteredDelivery::RECEIPT,
        short_message: b"to both",
        ..SubmitMulti::default()
    };
    let answer = esme.answer(&multi);
    let Ok(Pdu::SubmitMultiResp(response)) = answer.pdu() else { panic!("{answer:?}") };
    let mut sources = Vec::new();
    for _ in 0..2 {
        let deliver = esme.next_deliver();
        let Ok(Pdu::DeliverSm(receipt)) = deliver.pdu() else { panic!("{deliver:?}") };
        assert_eq!(receipt.tlvs.receipted_message_id(), Some(response.message_id));
        sources.push(receipt.source.addr.to_string());
    }
    sources.sort();
    assert_eq!(sources, ["447700900123", "4915112345678"]);
    for to in ["4915112345678", "447700900123"] {
        let message = simulator.wait_for("message");
        assert_eq!((&message["to"], &message["text"]), (&json!(to), &json!("to both")));
    }
}

#[test]
fn fields_that_no_centre_takes_are_refused_with_their_status() {
    let simulator = Simulator::start(&[]);
    let mut esme = Esme::bound(&simulator);
    let text = text_to("4915112345678");
    let long = Address::international("491511234567890123456789");
    for (submit, status) in [
        (SubmitSm { validity_period: "123".into(), ..text }, CommandStatus::ESME_RINVEXPIRY),
        (SubmitSm { schedule_delivery_time: "soon".into(), ..text }, CommandStatus::ESME_RINVSCHED),
        (SubmitSm { validity_period: "000001000000000R".into(), ..text }, CommandStatus::ESME_ROK),
    ] {
        assert_eq!(esme.answer(&submit).header().command_status, status);
    }
    // Our own codec does not write it, so it is written by hand.
    let mut octets = OwnedPdu::encode(&text.into(), CommandStatus::ESME_ROK, 9).unwrap().octets().to_vec();
    let at = octets.windows(13).position(|octets| octets == b"4915112345678").unwrap();
    octets.splice(at..at + 13, long.addr.as_octets().iter().copied());
    octets[3] += 11;
    let answer = raw_answer(&simulator, &octets);
    assert_eq!(answer.header().command_status, CommandStatus::ESME_RINVDSTADR);
    assert_eq!(
        esme.answer(&DataSm { destination: text.destination, ..DataSm::default() }).header().command_status,
        CommandStatus::ESME_RMISSINGOPTPARAM
    );
}

/// Binds, writes these octets, and reads the answer.
fn raw_answer(simulator: &Simulator, octets: &[u8]) -> OwnedPdu {
    let mut stream = TcpStream::connect(&simulator.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let bind = OwnedPdu::encode(&BindTransmitter::default().into(), CommandStatus::ESME_ROK, 1).unwrap();
    stream.write_all(&[bind.octets(), octets].concat()).unwrap();
    let mut pdu = || {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut octets = vec![0; u32::from_be_bytes(length) as usize];
        octets[..4].copy_from_slice(&length);
        stream.read_exact(&mut octets[4..]).unwrap();
        OwnedPdu::from_octets(&octets).unwrap()
    };
    pdu();
    pdu()
}

/// What a receipt says of its message: state, and the code in text and TLV.
fn reported(deliver: &OwnedPdu) -> (Option<MessageState>, String, Option<u16>) {
    let Ok(Pdu::DeliverSm(receipt)) = deliver.pdu() else { panic!("{deliver:?}") };
    let report = Report::new(receipt.short_message, receipt.tlvs.into());
    let err = String::from_utf8(report.receipt.unwrap().err.unwrap_or_default().to_vec()).unwrap();
    let code = receipt.tlvs.network_error_code().map(|octets| u16::from_be_bytes([octets[1], octets[2]]));
    (report.state(), err, code)
}

/// Of the kind "two sources of one fact": a page that promises a code with REJECTD.
#[test]
fn a_rejection_without_a_code_has_one_of_the_provider() {
    for option in ["--rule=4806=rejected", "--final-state=rejected"] {
        let simulator = Simulator::start(&["--profile", "wavix", option]);
        let mut esme = Esme::bound(&simulator);
        esme.submit(&text_to("480612345"));
        let expected = (Some(MessageState::REJECTED), "1023".to_owned(), Some(1023));
        assert_eq!(reported(&esme.next_deliver()), expected, "{option}");
    }
    let simulator = Simulator::start(&["--final-state", "rejected"]);
    let mut esme = Esme::bound(&simulator);
    esme.submit(&text_to("480612345"));
    assert_eq!(reported(&esme.next_deliver()), (Some(MessageState::REJECTED), "000".to_owned(), None));
}

/// The provider refuses what its client refuses.
#[test]
fn wavix_takes_no_number_that_is_none() {
    let simulator = Simulator::start(&["--profile", "wavix"]);
    let mut esme = Esme::bound(&simulator);
    for number in ["07700900123", "00447700900123", "1234567890123456", "0"] {
        let answer = esme.answer(&text_to(number));
        assert_eq!(answer.header().command_status, CommandStatus::ESME_RINVDSTADR, "{number}");
    }
    esme.submit(&text_to("447700900123"));
    let plain = Simulator::start(&[]);
    Esme::bound(&plain).submit(&text_to("07700900123"));
}

#[test]
fn a_message_that_is_valid_for_less_than_its_delivery_takes_expires() {
    let simulator = Simulator::start(&["--receipt-after", "30s"]);
    let mut esme = Esme::bound(&simulator);
    // Over before it is sent on: at a date that is long past, and after a second.
    for validity in ["200101000000000+", "000000000001000R"] {
        esme.submit(&SubmitSm { validity_period: validity.into(), ..text_to("4915112345678") });
        assert_eq!(reported(&esme.next_deliver()).0, Some(MessageState::EXPIRED), "{validity}");
    }
    let ttl = 1u32.to_be_bytes();
    let tlvs =
        [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: b"hello" }, Tlv { tag: Tag::QOS_TIME_TO_LIVE, value: &ttl }];
    let data = DataSm {
        destination: Address::international("4915112345678"),
        registered_delivery: RegisteredDelivery::RECEIPT,
        tlvs: tlvs[..].into(),
        ..DataSm::default()
    };
    assert!(esme.answer(&data).header().command_status.is_ok());
    assert_eq!(reported(&esme.next_deliver()).0, Some(MessageState::EXPIRED), "data_sm");
    let quick = Simulator::start(&["--receipt-after", "0s"]);
    let mut esme = Esme::bound(&quick);
    esme.submit(&SubmitSm { validity_period: "000000010000000R".into(), ..text_to("4915112345678") });
    assert_eq!(reported(&esme.next_deliver()).0, Some(MessageState::DELIVERED));
}

#[test]
fn a_message_that_is_scheduled_waits_for_its_time() {
    let simulator = Simulator::start(&["--receipt-after", "0s"]);
    let mut esme = Esme::bound(&simulator);
    let later = SubmitSm { schedule_delivery_time: "000000000002000R".into(), ..text_to("4915112345678") };
    let start = Instant::now();
    let id = esme.submit(&later);
    let query = QuerySm { message_id: id.as_str().into(), source: SENDER, ..QuerySm::default() };
    let answer = esme.answer(&query);
    let Ok(Pdu::QuerySmResp(state)) = answer.pdu() else { panic!("{answer:?}") };
    assert_eq!(state.message_state, MessageState::SCHEDULED);
    assert_eq!(reported(&esme.next_deliver()).0, Some(MessageState::DELIVERED));
    assert!(start.elapsed() >= Duration::from_secs(2));
    let wrong = SubmitSm { schedule_delivery_time: "tomorrow".into(), ..text_to("4915112345678") };
    assert_eq!(esme.answer(&wrong).header().command_status, CommandStatus::ESME_RINVSCHED);
}

/// Of the kind "a limit that does not exist".
#[test]
fn what_may_be_pending_is_bounded_for_an_account_and_given_back() {
    let simulator = Simulator::start(&["--max-pending", "10", "--receipt-after", "1h"]);
    let mut esme = Esme::connect(&simulator, Config { throttle_pause: Duration::ZERO, ..Config::default() });
    esme.bind("first", "");
    let destinations: Vec<_> =
        (0..15).map(|_| Destination::Address(Address::international("4915112345678"))).collect();
    let multi = SubmitMulti {
        destinations: destinations[..].into(),
        registered_delivery: RegisteredDelivery::RECEIPT,
        short_message: b"hello",
        ..SubmitMulti::default()
    };
    let answer = esme.answer(&multi);
    let Ok(Pdu::SubmitMultiResp(response)) = answer.pdu() else { panic!("{answer:?}") };
    let failed: Vec<_> = response.unsuccess_smes.iter().map(|failed| failed.status).collect();
    assert_eq!(failed, [CommandStatus::ESME_RMSGQFUL; 5]);
    assert_eq!(esme.answer(&multi).header().command_status, CommandStatus::ESME_RMSGQFUL);
    let answer = esme.answer(&text_to("4915112345678"));
    assert_eq!(answer.header().command_status, CommandStatus::ESME_RMSGQFUL);
    // Another account has room, up to twice as much in all.
    let mut other = Esme::connect(&simulator, Config::default());
    other.bind("other", "");
    other.submit(&text_to("4915112345678"));
    let quick = Simulator::start(&["--max-pending", "1", "--receipt-after", "0s"]);
    let mut esme = Esme::bound(&quick);
    for _ in 0..5 {
        esme.submit(&text_to("4915112345678"));
        esme.next_deliver();
    }
}

#[test]
fn only_addresses_that_are_allowed_may_connect() {
    let simulator = Simulator::start(&["--allow", "127.0.0.2", "--allow", "10.0.0.0/8"]);
    let mut line = TcpStream::connect(simulator.address.as_str()).unwrap();
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(matches!(line.read(&mut [0; 1]), Ok(0) | Err(_)), "it is closed");
    assert!(simulator.wait_for("denied")["address"].as_str().unwrap().starts_with("127.0.0.1:"));
    let simulator = Simulator::start(&["--allow", "127.0.0.0/8"]);
    Esme::bound(&simulator).submit(&text_to("4915112345678"));
}

#[test]
fn operations_and_fields_that_a_3_4_session_has_not_are_refused() {
    let simulator = Simulator::start(&[]);
    let mut esme = Esme::bound(&simulator);
    let long = SubmitSm { service_type: "CMTCM".into(), ..text_to("4915112345678") };
    esme.submit(&long);
    // One character more than an ESME of ours would write.
    let mut octets = [0; 256];
    let len = smpp_core::pdu::encode(&long, CommandStatus::ESME_ROK, 9, &mut octets).unwrap();
    let mut longer = octets[..len].to_vec();
    longer.insert(16, b'X');
    longer[..4].copy_from_slice(&u32::try_from(len + 1).unwrap().to_be_bytes());
    let mut raw = TcpStream::connect(simulator.address.as_str()).unwrap();
    raw.set_read_timeout(Some(PATIENCE)).unwrap();
    let bind = smpp_core::pdu::BindTransceiver { system_id: "raw".into(), ..Default::default() };
    let bind_len = smpp_core::pdu::encode(&bind, CommandStatus::ESME_ROK, 1, &mut octets).unwrap();
    raw.write_all(&octets[..bind_len]).unwrap();
    raw.write_all(&longer).unwrap();
    let mut answers = Vec::new();
    while !answers.windows(8).any(|word| word == [0x80, 0, 0, 4, 0, 0, 0, 0x15]) {
        let count = raw.read(&mut octets).unwrap();
        assert!(count > 0, "no ESME_RINVSERTYP in {answers:?}");
        answers.extend_from_slice(&octets[..count]);
    }
}
