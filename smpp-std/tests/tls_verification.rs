//! TLS between client and server: who is trusted, who is not, and what the error says.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use smpp_core::pdu::{BindTransceiver, Outbind, Pdu, SubmitSm, SubmitSmResp};
use smpp_core::session::Event;
use smpp_core::tlv::Tlv;
use smpp_core::types::{CommandStatus, InterfaceVersion, Tag};
use smpp_std::{
    Application, Client, ClientTls, Connect, Error, Identity, Outbox, OwnedPdu, Serve, Server, ServerTls,
    SessionId, Stopper, Trust,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Accepts everything, and answers each message with the length of its text.
struct Sink;

impl Application<10> for Sink {
    fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 10>) {
        match event {
            Event::BindRequested { reply_to, .. } => outbox.accept(reply_to, "sink".into()).unwrap(),
            Event::Request { reply_to, pdu, .. } => {
                let length = pdu.message().unwrap().user_data().len().to_string();
                let response = SubmitSmResp { message_id: length.as_str().into(), ..Default::default() };
                outbox.respond(reply_to, &response).unwrap();
            }
            _ => {}
        }
    }
}

/// An authority and what it signed, as files.
struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        std::fs::write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Certificate and key for `name`.
    fn sign(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let (certificates, key_file) = (self.folder.join("cert.pem"), self.folder.join("key.pem"));
        std::fs::write(&certificates, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        (certificates, key_file)
    }

    /// TLS of a client that trusts it.
    fn client(&self, name: &'static str) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.ca()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        ClientConnection::new(Arc::new(config), name.try_into().unwrap()).unwrap()
    }

    /// TLS of a server with a certificate for `name`.
    fn server(&self, name: &str) -> ServerConnection {
        let (certificates, key) = self.sign(name);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![CertificateDer::from_pem_file(certificates).unwrap()];
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let config = builder.with_no_client_auth().with_single_cert(chain, key).unwrap();
        ServerConnection::new(Arc::new(config)).unwrap()
    }

    /// A server with a certificate for `name`.
    fn serve(&self, name: &str, clients: Option<&Path>) -> (u16, Stopper, JoinHandle<()>) {
        let (certificates, key) = self.sign(name);
        let identity = Identity { certificates: &certificates, key: &key };
        let tls = Some(ServerTls::new(identity, clients.map(Trust::File)).unwrap());
        let mut server = Server::listen("127.0.0.1:0", Serve { tls, ..Serve::default() }).unwrap();
        let (port, stopper) = (server.local_addr().unwrap().port(), server.stopper());
        (port, stopper, std::thread::spawn(move || server.run(&mut Sink).unwrap()))
    }
}

fn connect(port: u16, trust: Trust<'_>, identity: Option<Identity<'_>>) -> Result<Client<10>, Error> {
    let tls = Some(ClientTls::new(trust, identity).unwrap());
    let how = Connect { tls, timeout: Duration::from_secs(10), ..Connect::default() };
    Client::connect(&format!("localhost:{port}"), &how)
}

fn bind() -> BindTransceiver<'static> {
    let interface_version = InterfaceVersion::V3_4;
    BindTransceiver { system_id: "esme".into(), interface_version, ..Default::default() }
}

#[test]
fn a_verified_server_carries_messages_of_any_size() {
    let authority = Authority::new("verified");
    let (port, stopper, thread) = authority.serve("localhost", None);
    let mut client = connect(port, Trust::File(&authority.ca()), None).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    let payload = vec![b'x'; 60_000];
    let tlvs = [Tlv { tag: Tag::MESSAGE_PAYLOAD, value: &payload }];
    let large = SubmitSm { tlvs: (&tlvs[..]).into(), ..SubmitSm::default() };
    // More than one TLS record and more than one socket buffer, several at a time.
    for _ in 0..10 {
        client.send(&large).unwrap();
    }
    let mut answered = 0;
    while answered < 10 {
        let (event, _) = client.next_event(Duration::from_secs(10)).unwrap().expect("an answer, in time");
        let Event::Response { pdu: Ok(Pdu::SubmitSmResp(response)), .. } = event else { panic!("{event:?}") };
        assert_eq!(response.message_id.as_str(), Some("60000"));
        answered += 1;
    }
    client.unbind(|_, _| ()).unwrap();
    stopper.stop();
    thread.join().unwrap();
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new("name");
    let (port, stopper, thread) = authority.serve("smsc.example", None);
    let error = connect(port, Trust::File(&authority.ca()), None).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    assert!(error.to_string().contains("another name"), "{error}");
    // The name can be given where the address is another one.
    let tls = Some(ClientTls::new(Trust::File(&authority.ca()), None).unwrap());
    let how = Connect { tls, server_name: Some("smsc.example".to_owned()), ..Connect::default() };
    let mut client = Client::<10>::connect(&format!("127.0.0.1:{port}"), &how).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    stopper.stop();
    thread.join().unwrap();
}

/// A server with a self-signed certificate that is one of an authority, as `openssl req -x509` makes it.
fn serve_self_signed(folder: &str, params: &CertificateParams) -> (PathBuf, u16, Stopper, JoinHandle<()>) {
    let authority = Authority::new(folder);
    let key = KeyPair::generate().unwrap();
    let (certificates, key_file) = (authority.folder.join("cert.pem"), authority.folder.join("key.pem"));
    std::fs::write(&certificates, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let identity = Identity { certificates: &certificates, key: &key_file };
    let tls = Some(ServerTls::new(identity, None).unwrap());
    let mut server = Server::listen("127.0.0.1:0", Serve { tls, ..Serve::default() }).unwrap();
    let (port, stopper) = (server.local_addr().unwrap().port(), server.stopper());
    (certificates, port, stopper, std::thread::spawn(move || server.run(&mut Sink).unwrap()))
}

fn self_signed(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

#[test]
fn a_self_signed_certificate_is_trusted_when_it_is_in_the_file_itself() {
    let (certificate, port, stopper, thread) = serve_self_signed("self-signed", &self_signed("localhost"));
    let mut client = connect(port, Trust::File(&certificate), None).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    // Another one of the same name is not.
    let other = self_signed("localhost").self_signed(&KeyPair::generate().unwrap()).unwrap();
    let other_file = certificate.with_file_name("other.pem");
    std::fs::write(&other_file, other.pem()).unwrap();
    let error = connect(port, Trust::File(&other_file), None).unwrap_err();
    assert!(error.to_string().contains("issuer is not trusted"), "{error}");
    stopper.stop();
    thread.join().unwrap();
}

#[test]
fn a_self_signed_certificate_must_be_for_the_name_and_valid_all_the_same() {
    let mut expired = self_signed("localhost");
    expired.not_before = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    for (params, what) in [(self_signed("smsc.example"), "another name"), (expired, "has expired")] {
        let (certificate, port, stopper, thread) = serve_self_signed("self-signed-bad", &params);
        let error = connect(port, Trust::File(&certificate), None).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        stopper.stop();
        thread.join().unwrap();
    }
}

#[test]
fn an_unknown_authority_is_refused() {
    let authority = Authority::new("unknown");
    let other = Authority::new("other");
    let (port, stopper, thread) = authority.serve("localhost", None);
    let error = connect(port, Trust::File(&other.ca()), None).unwrap_err();
    assert!(error.to_string().contains("issuer is not trusted"), "{error}");
    stopper.stop();
    thread.join().unwrap();
}

#[test]
fn a_server_that_wants_client_certificates_gets_them_or_closes() {
    let authority = Authority::new("clients");
    let (port, stopper, thread) = authority.serve("localhost", Some(&authority.ca()));
    let ca = authority.ca();
    // In TLS 1.3 a client hears of the refusal only behind its handshake.
    let refused =
        connect(port, Trust::File(&ca), None).and_then(|mut client| client.bind_transceiver(&bind()));
    assert!(refused.is_err());
    let client_authority = Authority { folder: ca.with_file_name("client"), ..authority };
    std::fs::create_dir_all(&client_authority.folder).unwrap();
    let (certificates, key) = client_authority.sign("client");
    let identity = Identity { certificates: &certificates, key: &key };
    let mut client = connect(port, Trust::File(&ca), Some(identity)).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    stopper.stop();
    thread.join().unwrap();
}

#[test]
fn a_peer_without_tls_is_told_as_such_and_a_silent_one_in_time() {
    let authority = Authority::new("plain");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, &[0, 0, 0, 16, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])
            .unwrap();
        // Then one that says nothing at all.
        let (mut silent, _) = listener.accept().unwrap();
        let _ = silent.read_to_end(&mut Vec::new());
    });
    let error = connect(port, Trust::File(&authority.ca()), None).unwrap_err();
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
    let tls = Some(ClientTls::new(Trust::File(&authority.ca()), None).unwrap());
    let how = Connect { tls, timeout: Duration::from_millis(200), ..Connect::default() };
    let error = Client::<10>::connect(&format!("localhost:{port}"), &how).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    thread.join().unwrap();
}

#[test]
fn an_address_that_is_silent_behind_its_tcp_does_not_keep_tls_waiting_and_is_closed() {
    let authority = Authority::new("side-by-side");
    let (port, stopper, thread) = authority.serve("localhost", None);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let tls = Some(ClientTls::new(Trust::File(&authority.ca()), None).unwrap());
    let addresses = vec![silent.local_addr().unwrap(), ([127, 0, 0, 1], port).into()];
    let how = Connect { tls, addresses, timeout: Duration::from_secs(10), ..Connect::default() };
    let mut client = Client::<10>::connect("localhost:2775", &how).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    let (mut loser, _) = silent.accept().unwrap();
    // Its end comes while the other one lives.
    assert!(loser.read_to_end(&mut Vec::new()).unwrap() > 0);
    stopper.stop();
    thread.join().unwrap();
}

#[test]
fn a_connection_that_the_caller_made_is_secured_or_is_secure_already() {
    let authority = Authority::new("over");
    let (port, stopper, thread) = authority.serve("smsc.example", None);
    let stream = || TcpStream::connect(("127.0.0.1", port)).unwrap();
    let tls = Some(ClientTls::new(Trust::File(&authority.ca()), None).unwrap());
    let how = Connect { tls, server_name: Some("smsc.example".to_owned()), ..Connect::default() };
    let mut client = Client::<10>::over(stream(), &how).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    let no_name = Connect { server_name: None, ..how };
    let error = Client::<10>::over(stream(), &no_name).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "the peer's address is not in the certificate: {error}");

    let mut client =
        Client::<10>::over_tls(stream(), authority.client("smsc.example"), &Connect::default()).unwrap();
    client.bind_transceiver(&bind()).unwrap();
    stopper.stop();
    thread.join().unwrap();
}

#[test]
fn what_came_on_a_secure_line_before_it_was_handed_over_is_not_waited_for() {
    let authority = Authority::new("ready");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut centre, mut far) = (authority.server("smsc.example"), listener.accept().unwrap().0);
    let thread = std::thread::spawn(move || {
        let outbind = OwnedPdu::encode(&Outbind::default().into(), CommandStatus::ESME_ROK, 1).unwrap();
        centre.writer().write_all(outbind.octets()).unwrap();
        while centre.is_handshaking() || centre.wants_write() {
            centre.complete_io(&mut far).unwrap();
        }
        far
    });
    let mut tls = authority.client("smsc.example");
    while tls.process_new_packets().unwrap().plaintext_bytes_to_read() == 0 {
        tls.complete_io(&mut socket).unwrap();
    }
    let _far = thread.join().unwrap();
    let mut client = Client::<10>::over_tls(socket, tls, &Connect::default()).unwrap();
    let (event, _) = client.next_event(Duration::from_secs(10)).unwrap().expect("it is there");
    assert!(matches!(event, Event::Notification { .. }), "{event:?}");
}
