//! Everything that can be wrong from outside: each gives one line that says what, where and what to do, the right exit
//! code, and one end for every part that was submitted.

use crate::authority::{Authority, Validity};
use crate::program::{Ended, PASSWORD, Smsc, file_of, send, smpp};
use crate::support::{Line, serve};
use smpp_core::types::CommandId;
use std::io::Write;
use std::net::{Shutdown, TcpListener};

/// An address at which nobody listens.
fn closed_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A text that reaches nobody, because something is wrong before a connection is made.
fn refused(args: &[&str]) -> Ended {
    let ended = smpp(["send", "--connect", "127.0.0.1:1"].iter().chain(args).copied());
    assert_eq!(ended.lines, [""; 0]);
    ended
}

const HELLO: [&str; 3] = ["--to", "4915112345678", "hello"];

#[test]
fn wrong_password() {
    for args in [["--password", "another"], ["--system-id", "another"]] {
        let smsc = Smsc::start(&args);
        let ended = smsc.send(&HELLO);
        ended.assert_complaint(
            3,
            &[&smsc.address, "refused the bind", "ESME_RINV", "check system_id, password"],
        );
        assert_eq!(ended.lines, [""; 0]);
        assert_eq!(smsc.stop().count("refused"), 1);
    }
}

#[test]
fn password_of_64_octets_works_and_65_are_refused() {
    let smsc = Smsc::start(&["--password", PASSWORD]);
    smsc.send(&HELLO).assert_done(1, 0, 0);
    let file = file_of("password", [PASSWORD.to_owned(), "not this line".to_owned()]);
    smsc.send(&[&["--password-file", &file], &HELLO[..]].concat()).assert_done(1, 0, 0);
    smsc.stop();
    let long = PASSWORD.to_owned() + "x";
    refused(&[&["--password", &long], &HELLO[..]].concat()).assert_complaint(2, &["65 octets", "at most 64"]);
    let file = file_of("password-long", [long]);
    let ended = refused(&[&["--password-file", &file], &HELLO[..]].concat());
    ended.assert_complaint(2, &["65 octets", "at most 64"]);
    let ended = refused(&[&["--password-file", "no-such-file"], &HELLO[..]].concat());
    ended.assert_complaint(2, &["cannot read the password file no-such-file"]);
}

#[test]
fn closed_port_for_send_and_listen() {
    let address = closed_port();
    let words = ["cannot connect to", &*address, "is the server running"];
    send(&address, &HELLO).assert_complaint(3, &words);
    smpp(["listen", "--json", "--connect", &address]).assert_complaint(3, &words);
}

#[test]
fn unknown_host() {
    let ended = send("no-such-host.invalid:2775", &HELLO);
    ended.assert_complaint(3, &["cannot find no-such-host.invalid:2775", "give an existing host"]);
    let ended = send("127.0.0.1:99999", &HELLO);
    assert_eq!((ended.code, ended.errors.contains("'99999' is no port: give HOST:PORT")), (2, true));
}

/// Sends over TLS to a simulator with a certificate for `name`.
fn send_tls(authority: &Authority, name: &str, validity: Validity, ca: &str) -> Ended {
    let (certificate, key) = authority.sign(name, validity);
    let smsc = Smsc::start(&["--tls-cert", &certificate, "--tls-key", &key]);
    let address = smsc.address.replace("127.0.0.1", "localhost");
    send(&address, &[&["--tls", "--tls-ca", ca], &HELLO[..]].concat())
}

#[test]
fn certificate_for_a_wrong_name_of_an_unknown_authority_or_expired() {
    let authority = Authority::new("bad-certificates");
    let other = Authority::new("bad-certificates-other");
    let ca = authority.ca();
    send_tls(&authority, "localhost", Validity::Present, &ca).assert_done(1, 0, 0);
    let place = "no secure connection to localhost:";
    let ended = send_tls(&authority, "smsc.example", Validity::Present, &ca);
    ended.assert_complaint(3, &[place, "the certificate is for another name", "smsc.example"]);
    let ended = send_tls(&authority, "localhost", Validity::Present, &other.ca());
    ended.assert_complaint(3, &[place, "issuer is not trusted", "name its file"]);
    let ended = send_tls(&authority, "localhost", Validity::Past, &ca);
    ended.assert_complaint(3, &[place, "the certificate has expired"]);
}

#[test]
fn tls_where_there_is_none_and_files_that_hold_no_certificate() {
    let ca = Authority::new("bad-tls").ca();
    let smsc = Smsc::start(&[]);
    let address = smsc.address.replace("127.0.0.1", "localhost");
    let ended = send(&address, &[&["--tls", "--tls-ca", &ca], &HELLO[..]].concat());
    ended.assert_complaint(
        3,
        &["no secure connection to", &address, "does not speak TLS here: check the port"],
    );
    let ended = refused(&[&["--tls", "--tls-ca", "no-such-file"], &HELLO[..]].concat());
    ended.assert_complaint(2, &["cannot read no-such-file"]);
    let ended = refused(&[&["--tls", "--tls-ca", &file_of("no-ca", [])], &HELLO[..]].concat());
    ended.assert_complaint(2, &["has no certificate"]);
}

#[test]
fn empty_text_and_no_text() {
    refused(&["--to", "4915112345678", ""]).assert_complaint(2, &["text 1", "empty", "nothing to send"]);
    refused(&["--to", "4915112345678"]).assert_complaint(2, &["there is no text", "--file"]);
    let ended = refused(&["--to", "4915112345678", "--file", &file_of("no-texts", [])]);
    ended.assert_complaint(2, &["no-texts holds no text"]);
    refused(&["--to", "1", "--file", "no-such-file"]).assert_complaint(2, &["cannot read no-such-file"]);
}

#[test]
fn destination_that_is_no_number_or_missing() {
    for number in ["", "+", "49 151", "hello", "+49-151", "４９", "123456789012345678901"] {
        let ended = refused(&["--to", number, "hello"]);
        ended.assert_complaint(2, &["text 1", "the destination is no telephone number"]);
    }
    refused(&["hello"]).assert_complaint(2, &["text 1", "there is no destination", "--to"]);
    let file = file_of(
        "bad-destination",
        [r#"{"text":"a","to":"49151"}"#, r#"{"text":"b","to":"x"}"#].map(String::from),
    );
    let ended = refused(&["--file", &file]);
    ended.assert_complaint(2, &["bad-destination, line 2", "no telephone number"]);
    let file = file_of("bad-line", [r#"{"text":"a","to":49151}"#.to_owned()]);
    refused(&["--file", &file]).assert_complaint(2, &["bad-line, line 1", "\"to\" is no string"]);
}

#[test]
fn sender_over_11_letters() {
    let to = ["--to", "4915112345678", "hello"];
    let from = |sender| refused(&[&["--from", sender], &to[..]].concat());
    from("ABCDEFGHIJKL").assert_complaint(2, &["text 1", "the sender has 12 characters", "at most 11"]);
    from("123456789012345678901").assert_complaint(2, &["the sender has 21 characters", "at most 20 digits"]);
    from("Müller").assert_complaint(2, &["the sender has characters outside ASCII"]);
}

#[test]
fn text_over_255_parts_by_each_method_that_cuts() {
    let most = "x".repeat(255 * 153);
    let more = file_of("256-parts", [most + "x"]);
    for method in ["udh8", "sar"] {
        let ended = refused(&["--to", "4915112345678", "--long", method, "--file", &more]);
        ended.assert_complaint(2, &["256-parts, line 1", "256 parts", "at most 255"]);
    }
    let file = file_of("256-wide-parts", ["x".repeat(255 * 152 + 1)]);
    let ended = refused(&["--to", "4915112345678", "--long", "udh16", "--file", &file]);
    ended.assert_complaint(2, &["256 parts"]);
    let file = file_of("payload-too-long", ["x".repeat(65_536)]);
    let ended = refused(&["--to", "4915112345678", "--long", "payload", "--file", &file]);
    ended.assert_complaint(2, &["payload-too-long, line 1", "the text cannot be sent"]);
}

#[test]
fn binds_that_cannot_do_the_job() {
    refused(&[&["--bind", "rx"], &HELLO[..]].concat()).assert_complaint(2, &["cannot submit", "trx or tx"]);
    let ended = smpp(["listen", "--bind", "tx", "--connect", "127.0.0.1:1"]);
    ended.assert_complaint(2, &["receives nothing", "trx or rx"]);
}

/// What a peer does that is no SMSC, or a broken one.
type Misdeed = fn(&mut Line);

/// Half of an answer, then the end.
fn half_a_pdu(line: &mut Line) {
    line.stream.write_all(&[0, 0, 0, 27, 0x80, 0, 0, 9, 0, 0]).unwrap();
    line.stream.shutdown(Shutdown::Write).unwrap();
}

fn garbage(line: &mut Line) {
    line.stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
}

fn four_gibibytes(line: &mut Line) {
    line.stream.write_all(&[0xFF; 16]).unwrap();
}

fn a_reset(line: &mut Line) {
    line.stream.shutdown(Shutdown::Both).unwrap();
}

fn silence(_: &mut Line) {}

const MISDEEDS: [(Misdeed, &str); 5] = [
    (half_a_pdu, "connection lost"),
    (garbage, "cannot be read: command_length 1213486160"),
    (four_gibibytes, "cannot be read: command_length 4294967295"),
    (a_reset, "connection lost"),
    (silence, "not answer"),
];

/// Reads until the client has gone.
fn wait_for_end(mut line: Line) {
    while line.read().is_some() {}
}

#[test]
fn smsc_that_misbehaves_before_the_bind() {
    for (misdeed, what) in MISDEEDS {
        let (address, thread) = serve(move |mut line| {
            line.expect(CommandId::BIND_TRANSCEIVER);
            misdeed(&mut line);
            wait_for_end(line);
        });
        let ended = send(&address, &[&["--response-timeout", "300ms"], &HELLO[..]].concat());
        let what =
            if what == "not answer" { "bind was not answered: check host, port and TLS" } else { what };
        ended.assert_complaint(3, &[what, &address]);
        assert_eq!(ended.lines, [""; 0]);
        thread.join().unwrap();
    }
}

#[test]
fn smsc_that_misbehaves_while_texts_are_under_way() {
    for (misdeed, what) in MISDEEDS {
        let (address, thread) = serve(move |mut line| {
            line.accept_bind();
            line.accept_message("1");
            line.expect(CommandId::SUBMIT_SM);
            misdeed(&mut line);
            wait_for_end(line);
        });
        // Two in the window, two behind it.
        let args = [
            "--window",
            "2",
            "--no-receipt",
            "--response-timeout",
            "300ms",
            "--to",
            "49151",
            "a",
            "b",
            "c",
            "d",
        ];
        let ended = send(&address, &args);
        ended.assert_complaint(4, &[what, &address, "may have been sent all the same"]);
        ended.assert_done(1, 0, 3);
        let (timed_out, unknown) = (ended.count("timed_out"), ended.count("unknown"));
        assert_eq!((ended.count("accepted"), timed_out + unknown), (1, 3), "{ended:#?}");
        assert_eq!(timed_out > 0, what == "not answer");
        thread.join().unwrap();
    }
}

#[test]
fn smsc_that_misbehaves_while_somebody_listens() {
    for (misdeed, what) in MISDEEDS {
        let (address, thread) = serve(move |mut line| {
            line.accept_bind();
            misdeed(&mut line);
            wait_for_end(line);
        });
        let timers = ["--enquire-link", "200ms", "--response-timeout", "200ms"];
        let ended = smpp(["listen", "--json", "--connect", &address].into_iter().chain(timers));
        let what = if what == "not answer" { "does not react to enquire_link" } else { what };
        ended.assert_complaint(3, &[what, &address]);
        assert_eq!(ended.count("closed"), 1);
        thread.join().unwrap();
    }
}

#[test]
fn a_line_that_dies_while_receipts_are_awaited_is_found_by_enquire_link() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        line.accept_message("1");
        wait_for_end(line);
    });
    let args = ["--enquire-link", "200ms", "--response-timeout", "200ms"];
    let ended = send(&address, &[&args, &HELLO[..]].concat());
    ended.assert_done(0, 0, 1);
    ended.assert_complaint(4, &[&address, "does not react to enquire_link", "connect again"]);
    thread.join().unwrap();
}

#[test]
fn simulator_at_an_address_that_is_taken_or_none() {
    let smsc = Smsc::start(&[]);
    let ended = smpp(["smsc", "--listen", &smsc.address]);
    ended.assert_complaint(3, &["cannot listen at", &smsc.address, "give a free address"]);
    let ended = smpp(["smsc", "--listen", "nonsense"]);
    ended.assert_complaint(2, &["cannot listen at nonsense", "as HOST:PORT"]);
}

#[test]
fn control_characters_of_a_peer_never_reach_a_terminal() {
    let smsc = Smsc::start(&["--mo", "1:2:red \u{1b}[31m alert\nnext"]);
    let ended = smpp(["listen", "--count", "1", "--connect", &smsc.address]);
    assert_eq!(ended.lines[1], r"message  1 -> 2: red \u{1b}[31m alert\nnext");
}

#[test]
fn client_certificate_that_is_asked_for_and_missing() {
    let authority = Authority::new("client-certificates");
    let (certificate, key) = authority.sign("localhost", Validity::Present);
    let ca = authority.ca();
    let smsc = Smsc::start(&["--tls-cert", &certificate, "--tls-key", &key, "--tls-client-ca", &ca]);
    let address = smsc.address.replace("127.0.0.1", "localhost");
    let verified = [&["--tls", "--tls-ca", &ca], &HELLO[..]].concat();
    send(&address, &verified)
        .assert_complaint(3, &["no secure connection to", &address, "wants a client certificate"]);
    let shown = [&verified[..], &["--tls-cert", &certificate, "--tls-key", &key]].concat();
    send(&address, &shown).assert_done(1, 0, 0);
}

/// A folder, a file that holds nothing, one that is no text and one that is not there.
fn bad_files(name: &str) -> [(String, &'static str); 4] {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).to_str().unwrap().to_owned();
    let binary = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&binary, b"a\xFF\xFE").unwrap();
    [
        (folder, "directory"),
        ("/dev/null".to_owned(), "/dev/null"),
        (binary.to_str().unwrap().to_owned(), "UTF-8"),
        ("no-such-file".to_owned(), "No such file"),
    ]
}

#[test]
fn files_that_are_folders_empty_no_text_or_not_there() {
    for (file, word) in bad_files("bad-files") {
        refused(&["--to", "49151", "--file", &file]).assert_complaint(2, &[word]);
        for option in ["--tls-ca", "--tls-cert"] {
            let args = ["--tls", option, &file, "--tls-key", &file, "--to", "49151", "hi"];
            let args = if option == "--tls-ca" { [&args[..3], &args[5..]].concat() } else { args.to_vec() };
            // What is no UTF-8 may be PEM all the same: it has no certificate.
            refused(&args).assert_complaint(2, &[if word == "UTF-8" { "has no certificate" } else { word }]);
        }
        if file != "/dev/null" {
            refused(&["--password-file", &file, "--to", "49151", "hi"])
                .assert_complaint(2, &["cannot read the password file", word]);
        }
    }
}

#[test]
fn values_out_of_range_and_options_that_contradict_each_other_are_one_line() {
    let long = "x".repeat(65);
    let send: &[&[&str]] = &[
        &["--window", "0"],
        &["--window", "10001"],
        &["--window", "1001"],
        &["--rate", "4294967296"],
        &["--rate=-1"],
        &["--enquire-link", "soon"],
        &["--response-timeout", "99999999999999999999s"],
        &["--response-timeout=-1s"],
        &["--receipt-timeout", "5 parsecs"],
        &["--retry", "17"],
        &["--reconnect=x"],
        &["--resubmit", "never"],
        &["--resubmit", "sometimes", "--reconnect"],
        &["--sar-reference", "9"],
        &["--sar-reference", "16", "--long", "udh8"],
        &["--long", "udh9"],
        &["--encoding", "utf8"],
        &["--profile", "nobody"],
        &["--bind", "both"],
        &["--default-alphabet", "ebcdic"],
        &["--receipts-by-text", "maybe"],
        &["--connect", "host:0"],
        &["--connect", "::1"],
        &["--connect", "[::1"],
        &["--tls-ca", "file"],
        &["--tls-name", "name"],
        &["--tls", "--tls-cert", "file"],
        &["--tls", "--tls-key", "file"],
        &["--tls", "--tls-name", "a..b"],
        &["--password", "a", "--password-file", "b"],
        &["--system-id", &long],
        &["--system-type", &long],
        &["--text", "x"],
        &["--file", "f"],
        &["--no-such-option"],
        &["--two\nlines"],
    ];
    for args in send {
        refused(&[args, &HELLO[..]].concat()).assert_complaint(2, &["smpp: "]);
    }
    let others: &[&[&str]] = &[
        &["send", "--to", "49151", "--file", "f", "--text", "x"],
        &["listen", "--count", "0"],
        &["listen", "--count", "99999999999999999999"],
        &["listen", "--part-timeout", "x"],
        &["listen", "--window", "1001"],
        &["listen", "a text"],
        &["bench", "--messages", "0"],
        &["bench", "--sessions", "0"],
        &["bench", "--sessions", "100001"],
        &["bench", "--window", "10001"],
        &["bench", "--to", "nobody"],
        &["bench", "--text", ""],
        &["bench", "--bind", "rx"],
        &["bench", "--from", "a name of more than eleven"],
        &["demo", "x"],
        &["nonsense"],
    ];
    for args in others {
        smpp(args.iter().copied()).assert_complaint(2, &["smpp: "]);
    }
    let ended = refused(&[&["--sar-reference", "9"], &HELLO[..]].concat());
    let line = "smpp: invalid value '9' for '--sar-reference <BITS>' [possible values: 8, 16]: --help shows what is possible\n";
    assert_eq!(ended.errors, line);
    let ended = smpp(["send", "--help"]);
    assert_eq!((ended.code, &*ended.errors), (0, ""));
}

#[test]
fn a_text_that_looks_like_a_receipt_is_one_unless_the_link_says_otherwise() {
    for (args, event) in [(&[][..], "receipt"), (&["--receipts-by-text", "no"], "message")] {
        let smsc = Smsc::start(&["--mo", "491:Shop:id:1 stat:DELIVRD"]);
        let base = ["listen", "--json", "--count", "1", "--connect", &smsc.address];
        let ended = smpp(base.iter().chain(args).copied());
        assert_eq!((ended.code, ended.count(event)), (0, 1), "{ended:#?}");
    }
}
