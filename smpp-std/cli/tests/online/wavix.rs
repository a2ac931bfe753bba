//! One test for each row of the provider's page that is about binding and submitting; receipts are in
//! [`wavix_receipts`](crate::wavix_receipts).

use crate::authority::{Authority, Validity};
use crate::program::{Ended, PASSWORD, Smsc, file_of, smpp};
use crate::support::{Line, bind, message};
use serde_json::{Value, json};
use smpp_core::pdu::{BindTransceiver, CancelSm, DataSm, QuerySm, ReplaceSm, SubmitMulti};
use smpp_core::types::{CommandId, CommandStatus};
use std::net::TcpStream;
use std::time::Instant;

/// A simulator that follows the page, and one that does so with these options.
fn wavix(args: &[&str]) -> Smsc {
    Smsc::start(&[&["--profile", "wavix"], args].concat())
}

/// Runs `smpp send --profile wavix` to its end.
fn send(smsc: &Smsc, args: &[&str]) -> Ended {
    smsc.send(&[&["--profile", "wavix"], args].concat())
}

/// The values of some fields of a PDU's body.
fn fields<'v>(pdu: &'v Value, names: &[&str]) -> Vec<&'v Value> {
    names.iter().map(|name| &pdu["body"][*name]).collect()
}

#[test]
fn wavix_binds_as_transceiver_with_3_4_and_a_long_password() {
    let smsc = wavix(&["--system-id", "tester", "--password", PASSWORD]);
    let sent = send(&smsc, &["--to", "4915112345678", "hello"]);
    assert_eq!(sent.lines[0], r#"{"event":"bound","system_id":"wavix","interface_version":52}"#);
    sent.assert_done(1, 0, 0);
    let told = smsc.stop();
    let bind = &told.pdus("in", "bind_transceiver")[0];
    let names = ["system_id", "system_type", "interface_version", "addr_ton", "addr_npi", "address_range"];
    assert_eq!(
        fields(bind, &names),
        [&json!("tester"), &json!(""), &json!(0x34), &json!(0), &json!(0), &json!("")]
    );
    let bound = &told.events("bound")[0];
    assert_eq!((&bound["bind"], &bound["interface_version"]), (&json!("trx"), &json!(52)));
}

#[test]
fn wavix_binds_as_transmitter_and_as_receiver_too() {
    let smsc = wavix(&["--mo", "4915112345678:Weather:hello"]);
    let sent = send(&smsc, &["--bind", "tx", "--to", "4915112345678", "hello"]);
    assert_eq!(sent.code, 0);
    // Its receipt waits for a receiver of the account, behind the message that comes in after the bind.
    let listen = ["listen", "--json", "--profile", "wavix", "--bind", "rx", "--system-id", "tester"];
    let heard = smpp(listen.into_iter().chain(["--count", "2", "--connect", &smsc.address]));
    assert_eq!((heard.code, heard.count("message"), heard.count("receipt")), (0, 1, 1), "{heard:#?}");
    let kinds: Vec<_> = smsc.stop().events("bound").iter().map(|bound| bound["bind"].clone()).collect();
    assert_eq!(kinds, ["tx", "rx"]);
}

#[test]
fn wavix_tls_is_verified() {
    let authority = Authority::new("wavix-tls");
    let (certificate, key) = authority.sign("localhost", Validity::Present);
    let smsc = wavix(&["--tls-cert", &certificate, "--tls-key", &key]);
    let at_localhost = smsc.address.replace("127.0.0.1", "localhost");
    let ca = authority.ca();
    let args = ["--connect", &at_localhost, "--profile", "wavix", "--tls", "--tls-ca", &ca];
    let texts = ["--to", "4915112345678", "over TLS", &"x".repeat(20_000)];
    let sent = smpp(["send", "--json"].into_iter().chain(args).chain(texts));
    sent.assert_done(2, 0, 0);
    assert_eq!((sent.code, &*sent.errors), (0, ""));
    assert_eq!(smsc.stop().events("message")[1]["text"], "x".repeat(20_000));
}

#[test]
fn wavix_alphanumeric_and_numeric_senders_and_e164_destinations() {
    let smsc = wavix(&[]);
    for from in ["Weather", "+4930123456", "4930123456", "Wea 7her"] {
        send(&smsc, &["--from", from, "--to", "+4915112345678", "hello"]).assert_done(1, 0, 0);
    }
    let names = ["source_addr_ton", "source_addr_npi", "source_addr"];
    let told = smsc.stop();
    let submits = told.pdus("in", "submit_sm");
    let senders: Vec<_> = submits.iter().map(|submit| json!(fields(submit, &names))).collect();
    let name = |name| json!([5, 0, name]);
    let number = json!([1, 1, "4930123456"]);
    assert_eq!(senders, [name("Weather"), number.clone(), number, name("Wea 7her")]);
    for submit in submits {
        let names = ["dest_addr_ton", "dest_addr_npi", "destination_addr", "registered_delivery"];
        assert_eq!(json!(fields(&submit, &names)), json!([1, 1, "4915112345678", 1]));
    }
}

#[test]
fn wavix_destinations_that_are_not_e164_are_refused_before_anything_is_sent() {
    for (number, why) in
        [("015112345678", "starts with 0"), ("1234567890123456", "at most 15"), ("49-151", "digit")]
    {
        let args = ["send", "--profile", "wavix", "--connect", "127.0.0.1:1", "--to", number, "hello"];
        smpp(args).assert_complaint(2, &["text 1", "the destination is no telephone number", why]);
    }
}

#[test]
fn wavix_gsm_and_ucs2_with_emoji() {
    let smsc = wavix(&[]);
    let sent = send(&smsc, &["--to", "4915112345678", "Grüße für 5 € {@}", "Привет 👋🏽"]);
    sent.assert_done(2, 0, 0);
    let told = smsc.stop();
    let texts: Vec<_> = told.events("message").iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, ["Grüße für 5 € {@}", "Привет 👋🏽"]);
    let names = ["data_coding", "esm_class", "short_message"];
    let coded: Vec<_> =
        told.pdus("in", "submit_sm").iter().map(|submit| json!(fields(submit, &names))).collect();
    // One septet an octet, escape pairs for the euro sign and the braces; then UTF-16BE with surrogate pairs.
    let gsm = "47727e1e652066 7e7220 35 20 1b65 20 1b28 00 1b29".replace(' ', "");
    let ucs2 = "041f 0440 0438 0432 0435 0442 0020 d83d dc4b d83c dffd".replace(' ', "");
    assert_eq!(coded, [json!([0, 0, gsm]), json!([8, 0, ucs2])]);
}

#[test]
fn wavix_1000_characters_by_each_method() {
    let smsc = wavix(&["--rate", "0"]);
    let gsm = "abcdefghi€".repeat(100);
    let ucs2 = "Приве👋тёжы".repeat(100);
    let mut expected = Vec::new();
    for (method, parts) in
        [(None, 1), (Some("payload"), 1), (Some("sar"), 8), (Some("udh8"), 8), (Some("udh16"), 8)]
    {
        let method = method.map_or(vec![], |method| vec!["--long", method]);
        let args = [&["--rate", "0", "--to", "4915112345678", &gsm, &ucs2], &method[..]].concat();
        let sent = send(&smsc, &args);
        sent.assert_done(2, 0, 0);
        let count = |message| {
            let of_message = |event: &Value| event["message"] == message && event["event"] == "accepted";
            sent.all_events().into_iter().filter(of_message).count()
        };
        // 1,100 septets and 1,100 units: 8 parts of 153 septets, or 17 of 67 units.
        assert_eq!((count(0), count(1) > 8), (parts, parts > 1), "{method:?}");
        expected.extend([(json!(gsm), json!(parts)), (json!(ucs2), json!(count(1)))]);
    }
    let told = smsc.stop();
    let arrived =
        told.events("message").into_iter().map(|message| (message["text"].clone(), message["parts"].clone()));
    assert_eq!(arrived.collect::<Vec<_>>(), expected);
    how_parts_are_told(&told.pdus("in", "submit_sm"));
}

/// Each method's own fields, and nothing of another's.
fn how_parts_are_told(submits: &[Value]) {
    let names = |submit: &Value| {
        let tlvs = submit["tlvs"].as_array().unwrap();
        tlvs.iter().map(|tlv| tlv["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let iei = |submit: &Value| submit["udh"][0]["iei"].clone();
    let esm_class = |submit: &Value| submit["body"]["esm_class"].clone();
    let sar = ["sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum"];
    // Two texts by the default method, which is the one that the page recommends, and two by the same on request.
    let (payload, others) = submits.split_at(4);
    assert!(payload.iter().all(|submit| names(submit) == ["message_payload"] && esm_class(submit) == 0));
    let (by_sar, by_udh) = others.split_at(others.len() / 3);
    let is_sar = |submit: &Value| names(submit) == sar && esm_class(submit) == 0;
    assert!(by_sar.iter().all(is_sar), "{by_sar:#?}");
    let (udh8, udh16) = by_udh.split_at(by_udh.len() / 2);
    assert!(udh8.iter().all(|submit| esm_class(submit) == 0x40 && iei(submit) == 0), "{udh8:#?}");
    assert!(udh16.iter().all(|submit| esm_class(submit) == 0x40 && iei(submit) == 8), "{udh16:#?}");
}

#[test]
fn wavix_100_texts_none_throttled_window_never_exceeded() {
    let smsc = wavix(&["--fault", "late:300ms", "--receipt-after", "10ms"]);
    let file = file_of("wavix-100", (0..100).map(|number| format!("text {number}")));
    let start = Instant::now();
    let sent = send(&smsc, &["--to", "4915112345678", "--file", &file]);
    let seconds = start.elapsed().as_secs_f64();
    sent.assert_done(100, 0, 0);
    assert_eq!(sent.count("throttled"), 0);
    assert!((4.9..7.0).contains(&seconds), "20 a second, but {seconds} s");
    let told = smsc.stop();
    let counters = &told.events("closed")[0];
    assert_eq!((&counters["submitted"], &counters["throttled"]), (&json!(100), &json!(0)));
    // Answers that are 300 ms late leave 6 requests open at 20 a second.
    assert!((5..=10).contains(&counters["max_window"].as_u64().unwrap()), "{counters}");
    let texts = told.events("message").into_iter().map(|message| message["text"].clone());
    assert!(texts.eq((0..100).map(|number| format!("text {number}"))), "in order");
}

#[test]
fn wavix_window_of_10_is_filled_and_never_exceeded() {
    let smsc = wavix(&["--rate", "0", "--fault", "late:100ms"]);
    let file = file_of("wavix-window", (0..50).map(|number| format!("text {number}")));
    send(&smsc, &["--rate", "0", "--to", "4915112345678", "--file", &file]).assert_done(50, 0, 0);
    assert_eq!(smsc.stop().events("closed")[0]["max_window"], 10);
}

#[test]
fn wavix_throttling_delays_texts_and_keeps_their_order() {
    let smsc = wavix(&[]);
    let file = file_of("wavix-throttled", (0..25).map(|number| format!("text {number}")));
    // Faster than allowed, one after the other: each refused text must go before the next one.
    let sent = send(&smsc, &["--rate", "0", "--window", "1", "--to", "4915112345678", "--file", &file]);
    sent.assert_done(25, 0, 0);
    let throttled = sent.events("throttled");
    assert!(
        !throttled.is_empty() && throttled.iter().all(|event| event["status"] == "ESME_RTHROTTLED"),
        "{sent:#?}"
    );
    assert!(throttled[0]["retry_in_ms"].as_u64().unwrap() >= 400, "{}", throttled[0]);
    let told = smsc.stop();
    let texts = told.events("message").into_iter().map(|message| message["text"].clone());
    assert!(texts.eq((0..25).map(|number| format!("text {number}"))), "in order");
    assert_eq!(told.events("closed")[0]["throttled"], throttled.len());
}

#[test]
fn wavix_a_full_queue_is_handled_like_throttling() {
    let smsc = wavix(&["--fault", "queue-full:1"]);
    let sent = send(&smsc, &["--to", "4915112345678", "hello"]);
    sent.assert_done(1, 0, 0);
    let throttled = sent.events("throttled");
    assert_eq!((throttled.len(), &throttled[0]["status"]), (1, &json!("ESME_RMSGQFUL")));
}

#[test]
fn wavix_enquire_link_is_sent_on_time_even_under_traffic() {
    // The page asks for one every 30 s; here every 250 ms, while texts go out every 50 ms.
    for (profile, expected) in [("wavix", 5..=8), ("plain", 0..=0)] {
        let smsc = wavix(&["--rate", "0"]);
        let file = file_of(&format!("wavix-link-{profile}"), (0..36).map(|number| number.to_string()));
        let args = ["--rate", "20", "--enquire-link", "250ms", "--no-receipt", "--to", "4915112345678"];
        let sent = smsc.send(&[&["--profile", profile, "--file", &file], &args[..]].concat());
        sent.assert_done(36, 0, 0);
        let told = smsc.stop();
        let (asked, answered) = (told.pdus("in", "enquire_link"), told.pdus("out", "enquire_link_resp"));
        assert_eq!(asked.len(), answered.len());
        assert!(expected.contains(&asked.len()), "{profile}: {} enquire_links in 1.8 s", asked.len());
    }
}

#[test]
fn wavix_other_pdus_get_generic_nack_and_the_session_lives() {
    let smsc = wavix(&[]);
    let mut line = Line::new(TcpStream::connect(&smsc.address).unwrap());
    let ok = CommandStatus::ESME_ROK;
    line.write(BindTransceiver { password: PASSWORD.into(), ..bind() }, ok, 1);
    assert_eq!(line.expect(CommandId::BIND_TRANSCEIVER_RESP), 1);
    line.write(QuerySm::default(), ok, 2);
    line.write(CancelSm::default(), ok, 3);
    line.write(ReplaceSm::default(), ok, 4);
    line.write(SubmitMulti::default(), ok, 5);
    line.write(DataSm::default(), ok, 6);
    for number in 2..=6 {
        let header = line.read().expect("an answer").header();
        assert_eq!((header.command_id, header.sequence_number), (CommandId::GENERIC_NACK, number));
        assert_eq!(header.command_status, CommandStatus::ESME_RINVCMDID);
    }
    line.write(message(), ok, 7);
    assert_eq!(line.expect(CommandId::SUBMIT_SM_RESP), 7);
}
