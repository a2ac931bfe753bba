//! A password that was planted is in no `Debug` of a public type that has seen it.

mod support;

use smpp_core::Instant;
use smpp_core::pdu::BindTransceiver;
use smpp_core::session::{Config, Event};
use smpp_core::types::{CommandStatus, InterfaceVersion};
use smpp_std::{
    Application, Client, Connect, Outbox, OwnedPdu, Serve, Server, SessionId, Sessions, Stopper, Transmit,
};
use std::fmt::Debug;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use support::serve;

const SECRET: &str = "planted";

fn bind() -> BindTransceiver<'static> {
    BindTransceiver {
        system_id: "esme".into(),
        password: SECRET.into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    }
}

/// Looks for the password as text and as a list of octets.
fn check(what: &impl Debug) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        let packed: String = shown.split_whitespace().collect();
        let list: Vec<_> = SECRET.bytes().map(|octet| octet.to_string()).collect();
        assert!(!packed.contains(SECRET) && !packed.contains(&list.join(",")), "{shown}");
    }
}

#[test]
fn no_client_shows_the_password_of_its_bind() {
    let (address, thread) = serve(|mut line| {
        line.accept_bind();
        while line.read().is_some() {}
    });
    let mut client = Client::<10>::connect(&address, &Connect::default()).unwrap();
    check(&client.outbox());
    let bound = client.bind_transceiver(&bind()).unwrap();
    check(&bound);
    check(&client);
    check(&client.outbox());
    let (driver, shared) = client.share().unwrap();
    check(&driver);
    check(&shared);
    drop((driver, shared));
    thread.join().unwrap();
    check(&OwnedPdu::encode(&bind().into(), CommandStatus::ESME_ROK, 1).unwrap());
}

#[test]
fn no_client_shows_it_while_the_bind_waits_to_be_answered_or_when_it_failed() {
    let (address, thread) = serve(|mut line| while line.read().is_some() {});
    let session = Config { response_timeout: Duration::from_millis(50), ..Config::default() };
    let connect = Connect { session, ..Connect::default() };
    check(&connect);
    let mut client = Client::<10>::connect(&address, &connect).unwrap();
    check(&client.bind_transceiver(&bind()).unwrap_err());
    check(&client);
    drop(client);
    thread.join().unwrap();
}

/// Shows everything that it is lent, and stops the server once all has been seen.
struct Shower {
    stopper: Option<Stopper>,
    events: u32,
    shown: u32,
}

impl Application<10> for Shower {
    fn event(&mut self, id: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 10>) {
        check(&id);
        check(&event);
        if let Event::BindRequested { reply_to, .. } = event {
            outbox.reject(reply_to, CommandStatus::ESME_RINVPASWD).unwrap();
            self.events += 1;
        }
        check(&outbox);
    }

    fn transmit(&mut self, _: Instant, _: SessionId, _: &[u8]) -> Transmit {
        Transmit::Pass
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (self.events > 0).then_some(Instant::ZERO)
    }

    fn handle_timeout(&mut self, _: Instant, sessions: &mut Sessions<'_, 10>) {
        check(sessions);
        self.shown += 1;
        // The beginning of the second bind has come by then.
        if self.shown > 3
            && let Some(stopper) = self.stopper.take()
        {
            stopper.stop();
        }
    }
}

#[test]
fn no_server_shows_it_nor_what_is_there_of_a_bind() {
    let mut server = Server::listen("127.0.0.1:0", Serve::default()).unwrap();
    let octets = OwnedPdu::encode(&bind().into(), CommandStatus::ESME_ROK, 1).unwrap();
    let mut peer = TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let all = octets.octets();
    peer.write_all(&[all, &all[..all.len() - 1]].concat()).unwrap();
    let mut shower = Shower { stopper: Some(server.stopper()), events: 0, shown: 0 };
    while shower.stopper.is_some() {
        server.turn(&mut shower, Duration::from_millis(10)).unwrap();
        check(&server);
    }
    server.run(&mut shower).unwrap();
    check(&server);
    assert_eq!(shower.events, 1);
}
