//! Options that cannot be: told in a line that says which and what to do, before anything is listened at.

use std::process::{Command, Stdio};

/// Exit code, standard output and standard error.
fn smsc(args: &[&str]) -> (Option<i32>, String, String) {
    let listen = if args.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
    let output = Command::new(env!("CARGO_BIN_EXE_smpp"))
        .args(["smsc", "--json"])
        .args(listen)
        .args(args)
        .env_remove("SMPP_PASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), out, err)
}

#[test]
fn values_out_of_range_are_wrong_usage() {
    let long = "x".repeat(65);
    let cases: [(&[&str], &str); 38] = [
        (&["--window", "0"], "--window"),
        (&["--window", "65"], "--window"),
        (&["--rate=-1"], "--rate"),
        (&["--rate", "4294967296"], "--rate"),
        (&["--max-pending", "0"], "--max-pending"),
        (&["--max-pending", "10000001"], "--max-pending"),
        (&["--seed=-1"], "--seed"),
        (&["--receipt-after", "soon"], "--receipt-after"),
        (&["--receipt-after=-1s"], "--receipt-after"),
        (&["--enquire-link", "5 s"], "--enquire-link"),
        (&["--response-timeout", "1e400h"], "--response-timeout"),
        (&["--final-state", "enroute"], "'enroute' is no final state"),
        (&["--final-state", "scheduled"], "'scheduled' is no final state"),
        (&["--final-state", "rejected:65536"], "'65536' is no error code"),
        (&["--final-state", "lost"], "'lost' is no final state"),
        (&["--rule", "49"], "'49' is not PREFIX=ACTION"),
        (&["--rule", "49=nothing"], "'nothing' is no action"),
        (&["--rule", "49=enroute"], "'enroute' is no action"),
        (&["--rule", "49=refuse:ESME_ROK"], "'ESME_ROK' is no error status"),
        (&["--rule", "Shop=silent"], "'Shop' is no prefix"),
        (&["--mo", "1:2"], "'1:2' is not FROM:TO:TEXT"),
        (&["--mo", "491511234567890123456:2:x"], "'491511234567890123456' is no address"),
        (&["--mo", "1:Zürich:x"], "'Zürich' is no address"),
        (&["--fault", "nothing"], "there is no fault 'nothing'"),
        (&["--fault", "lost:101"], "'101' is no percentage"),
        (&["--fault", "bytewise:1"], "bytewise takes no argument"),
        (&["--allow", "10.0.0.0/33"], "'10.0.0.0/33' is not ADDRESS/BITS"),
        (&["--allow", "localhost"], "'localhost' is no IP address"),
        (&["--profile", "other"], "there is no such profile"),
        (&["--default-alphabet", "ebcdic"], "--default-alphabet"),
        (&["--account-sessions=-1"], "--account-sessions"),
        (&["--address-octets", "much"], "--address-octets"),
        (&["--lockout", "1 day"], "--lockout"),
        (&["--refusal-delay", "x"], "--refusal-delay"),
        (&["--max-system-id=-1"], "--max-system-id"),
        (&["--password", &long], "65 octets"),
        (&["--system-id", &long], "the system_id has 65 octets: --max-system-id 64 lets nobody bind"),
        (&["--listen", "127.0.0.1"], "give a free address as HOST:PORT"),
    ];
    for (args, words) in cases {
        let (code, out, err) = smsc(args);
        assert_eq!((code, &*out), (Some(2), ""), "{args:?}: {err}");
        assert!(err.lines().next().is_some_and(|line| line.contains(words)), "{args:?}: {err}");
    }
}

#[test]
fn options_that_contradict_each_other_are_wrong_usage() {
    let cases: [(&[&str], &str); 7] = [
        (&["--quiet", "--pdus"], "--pdus"),
        (&["--password", "a", "--password-file", "b"], "--password-file"),
        (&["--tls-cert", "a"], "--tls-key"),
        (&["--tls-key", "a"], "--tls-cert"),
        (&["--tls-client-ca", "a"], "--tls-cert"),
        (&["--password", "secret", "--max-password", "5"], "the password has 6 octets: --max-password 5"),
        (&["--rate", "1", "--rate", "2"], "--rate"),
    ];
    for (args, words) in cases {
        let (code, out, err) = smsc(args);
        assert_eq!((code, &*out), (Some(2), ""), "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named_before_anything_is_listened_at() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    for file in ["no-such-file", folder, "/dev/null/x"] {
        let (code, out, err) = smsc(&["--password-file", file]);
        assert_eq!((code, &*out), (Some(2), ""), "{err}");
        assert!(err.contains(&format!("cannot read the password file {file}")), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        let (code, out, err) = smsc(&["--tls-cert", file, "--tls-key", file]);
        assert_eq!((code, &*out), (Some(2), ""), "{err}");
        assert!(err.contains(file) && err.lines().count() == 1, "{err}");
    }
}
