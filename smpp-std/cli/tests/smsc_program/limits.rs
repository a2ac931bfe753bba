//! What one peer may take of the simulator, and who may bind.

use crate::raw::{Raw, bind, request};
use crate::simulator::{Esme, Simulator, text_to};
use serde_json::json;
use smpp_core::session::Config;
use smpp_core::types::{CommandId, CommandStatus};
use smpp_std::Error;
use std::time::{Duration, Instant};

/// Of the kind "a limit that does not exist".
#[test]
fn a_field_of_a_bind_that_is_too_long_is_refused_with_its_status_and_told() {
    let simulator = Simulator::start(&["--refusal-delay", "0", "--address-failed-binds", "0"]);
    let long = "x".repeat(65);
    let fields = [
        ([&*long, "", "", ""], CommandStatus::ESME_RINVSYSID),
        (["me", &*long, "", ""], CommandStatus::ESME_RINVPASWD),
        (["me", "", &*long, ""], CommandStatus::ESME_RINVSYSTYP),
        (["me", "", "", &*long], CommandStatus::ESME_RBINDFAIL),
    ];
    for (strings, status) in fields {
        let mut raw = Raw::connect(&simulator);
        assert_eq!(raw.answer(&bind(0x34, strings)), status);
        assert_eq!(simulator.wait_for("refused")["status"], json!(status.to_string()));
        // One octet less is none too many.
        let fits = strings.map(|field| &field[..field.len().min(64)]);
        assert_eq!(raw.answer(&bind(0x34, fits)), CommandStatus::ESME_ROK);
    }
    let simulator = Simulator::start(&["--max-system-id", "100"]);
    assert_eq!(Raw::connect(&simulator).answer(&bind(0x34, [&long, "", "", ""])), CommandStatus::ESME_ROK);
}

#[test]
fn a_service_type_that_is_too_long_is_refused_in_every_request_that_has_it() {
    let simulator = Simulator::start(&[]);
    let lenient = Simulator::start(&["--max-service-type", "20"]);
    let requests = [
        (CommandId::SUBMIT_SM, &b"\0\0\0\x01\x01491\0\0\0\0\0\0\0\0\0\0\x01x"[..]),
        (CommandId::DATA_SM, b"\0\0\0\x01\x01491\0\0\0\0\x04\x24\0\x01x"),
        (CommandId::SUBMIT_MULTI, b"\0\0\0\x01\x01\x01\x01491\0\0\0\0\0\0\0\0\0\0\0\x01x"),
        (CommandId::CANCEL_SM, b"1\0\0\0\0\0\0\0"),
    ];
    for (command, rest) in requests {
        let long = request(command, &[b"SERVICE\0", rest].concat());
        let mut raw = Raw::bound(&simulator, 0x34);
        assert_eq!(raw.answer(&long), CommandStatus::ESME_RINVSERTYP, "{command}");
        let taken = raw.answer(&request(command, &[b"CMT\0", rest].concat()));
        assert_eq!(Raw::bound(&lenient, 0x34).answer(&long), taken, "{command}");
        assert_ne!(taken, CommandStatus::ESME_RINVSERTYP, "{command}");
    }
}

#[test]
fn operations_that_the_version_of_a_session_has_not_are_refused() {
    let simulator = Simulator::start(&[]);
    let data = request(CommandId::DATA_SM, b"\0\0\0\0\x01\x01491\0\0\0\0\x04\x24\0\x01x");
    let query = request(CommandId::QUERY_BROADCAST_SM, b"1\0\0\0\0");
    let cancel = request(CommandId::CANCEL_BROADCAST_SM, b"\x001\0\0\0\0");
    let (unknown, ok) = (CommandStatus::ESME_RINVCMDID, CommandStatus::ESME_ROK);
    for (version, expected) in [(0x33, [unknown; 3]), (0x34, [ok, unknown, unknown]), (0x50, [ok; 3])] {
        let mut raw = Raw::bound(&simulator, version);
        assert_eq!([&data, &query, &cancel].map(|request| raw.answer(request)), expected, "{version:#x}");
    }
}

#[test]
fn sessions_are_limited_for_account_and_address() {
    let simulator = Simulator::start(&["--account-sessions", "1", "--refusal-delay", "0"]);
    let _first = Esme::bound(&simulator);
    match Esme::connect(&simulator, Config::default()).try_bind("tester", "") {
        Err(Error::BindRefused { status: CommandStatus::ESME_RALYBND, .. }) => {}
        other => panic!("{other:?}"),
    }
    let limited = simulator.wait_for("limited");
    assert_eq!((&limited["scope"], &limited["limit"]), (&json!("account"), &json!("sessions")));
    Esme::connect(&simulator, Config::default()).bind("another", "");

    let simulator = Simulator::start(&["--address-sessions", "1"]);
    let _first = Esme::bound(&simulator);
    assert!(Raw::connect(&simulator).next().is_none(), "it is closed");
    let limited = simulator.wait_for("limited");
    assert_eq!((&limited["scope"], &limited["limit"]), (&json!("address"), &json!("sessions")));
    assert_eq!(limited["reason"], "too many sessions of one address");
}

#[test]
fn guesses_of_a_password_are_slow_and_have_an_end() {
    let args = [
        "--password",
        "secret",
        "--refusal-delay",
        "150ms",
        "--address-failed-binds",
        "3",
        "--lockout",
        "1h",
    ];
    let simulator = Simulator::start(&args);
    let mut raw = Raw::connect(&simulator);
    let start = Instant::now();
    for guess in ["a", "b", "c"] {
        let bind = bind(0x34, ["me", guess, "", ""]);
        assert_eq!(raw.answer(&bind), CommandStatus::ESME_RINVPASWD);
    }
    assert!(start.elapsed() >= Duration::from_millis(450));
    // Not even the right one is let in now.
    let mut another = Raw::connect(&simulator);
    let closed = another.0.try_clone().is_ok_and(|mut line| {
        std::io::Write::write_all(&mut line, &bind(0x34, ["me", "secret", "", ""])).is_err()
    });
    let refused = closed || another.next().is_none_or(|answer| !answer.header().command_status.is_ok());
    assert!(refused);
    let limited = simulator.wait_for("limited");
    assert_eq!((&limited["scope"], &limited["limit"]), (&json!("address"), &json!("failed_binds")));
}

#[test]
fn the_password_may_come_from_a_file_and_without_one_any_does() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("smsc-password");
    std::fs::write(&file, "from a file\nand not this\n").unwrap();
    let file = ["--refusal-delay", "0", "--password-file", file.to_str().unwrap()];
    // What clients find in the environment is none of its business.
    let open = Simulator::start_with(&[], &[("SMPP_PASSWORD", "from outside")]);
    Esme::connect(&open, Config::default()).bind("me", "whatever");
    let cases: [(&[&str], &str); 2] =
        [(&["--refusal-delay", "0", "--password", "given"], "given"), (&file, "from a file")];
    for (args, password) in cases {
        let simulator = Simulator::start_with(args, &[("SMPP_PASSWORD", "from outside")]);
        let mut esme = Esme::connect(&simulator, Config::default());
        assert!(matches!(esme.try_bind("me", "another"), Err(Error::BindRefused { .. })), "{password}");
        Esme::connect(&simulator, Config::default()).bind("me", password);
        drop(esme);
        simulator.wait_for("closed");
        assert!(!simulator.everything().contains(password), "{password}");
    }
}

/// Names that are too long are not kept, and accounts of which nothing is left are forgotten.
#[cfg(target_os = "linux")]
#[test]
fn binds_with_ever_new_and_long_names_leave_no_memory() {
    let args =
        ["--quiet", "--refusal-delay", "0", "--address-failed-binds", "0", "--account-failed-binds", "0"];
    let simulator = Simulator::start(&args);
    let memory = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", simulator.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    };
    let guess = |number: usize| {
        let name = format!("{number:a>60000}");
        let status = Raw::connect(&simulator).answer(&bind(0x34, [&name, "", "", ""]));
        assert_eq!(status, CommandStatus::ESME_RINVSYSID);
        let mut raw = Raw::connect(&simulator);
        assert!(raw.answer(&bind(0x34, [&format!("{number:a>64}"), "", "", ""])).is_ok());
    };
    // What buffers take they take once.
    (0..30).for_each(guess);
    let start = memory();
    (30..330).for_each(guess);
    let more = memory().saturating_sub(start);
    assert!(more < 1 << 20, "{more} octets more");
    Esme::bound(&simulator).submit(&text_to("4915112345678"));
}
