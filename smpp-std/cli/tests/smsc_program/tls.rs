//! `smpp send` to `smpp smsc` over TLS: verified, or refused with exit code 3.

use crate::simulator::Simulator;
use rcgen::{CertificateParams, KeyPair};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A certificate for `name` that is its own authority, and its key, as files.
fn certificate(name: &str, file: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let files = (folder.join(format!("{file}.pem")), folder.join(format!("{file}.key")));
    std::fs::write(&files.0, certificate.pem()).unwrap();
    std::fs::write(&files.1, key.serialize_pem()).unwrap();
    files
}

/// Exit code and diagnostics of sending one text.
fn send(simulator: &Simulator, trusted: &Path) -> (Option<i32>, String) {
    let port = simulator.address.rsplit_once(':').unwrap().1;
    let output = Command::new(env!("CARGO_BIN_EXE_smpp"))
        .args(["send", "--connect", &format!("localhost:{port}"), "--tls", "--tls-ca"])
        .arg(trusted)
        .args(["--to", "4915112345678", "over TLS"])
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn start(files: &(PathBuf, PathBuf)) -> Simulator {
    let (certificate, key) = (files.0.to_str().unwrap(), files.1.to_str().unwrap());
    Simulator::start(&["--tls-cert", certificate, "--tls-key", key])
}

#[test]
fn a_verified_line_carries_a_text_and_its_receipt() {
    let files = certificate("localhost", "verified");
    let simulator = start(&files);
    assert_eq!(send(&simulator, &files.0), (Some(0), String::new()));
    assert_eq!(simulator.wait_for("message")["text"], "over TLS");
}

#[test]
fn a_wrong_name_and_an_unknown_authority_are_refused_with_exit_code_3() {
    let files = certificate("smsc.example", "wrong-name");
    let (code, error) = send(&start(&files), &files.0);
    assert_eq!(code, Some(3));
    assert!(error.contains("another name") && error.trim_end().lines().count() == 1, "{error}");
    let (files, other) = (certificate("localhost", "unknown"), certificate("localhost", "other"));
    let (code, error) = send(&start(&files), &other.0);
    assert_eq!(code, Some(3));
    assert!(error.contains("not trusted") && error.trim_end().lines().count() == 1, "{error}");
}
