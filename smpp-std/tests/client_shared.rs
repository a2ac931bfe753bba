//! One client in the hands of many threads (in practice 25: smpplib#137, jsmpp#145, cloudhopper#126; Rust peer 3, which hangs
//! with ten at once).

use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, Pdu, QuerySm, SubmitSm, SubmitSmResp};
use smpp_core::session::{CloseReason, Config, Event, SendError, State};
use smpp_core::types::{CommandStatus, InterfaceVersion};
use smpp_std::{
    Application, Client, Connect, Driver, Error, Outbox, Serve, Server, SessionId, SharedClient, Stopper,
};
use std::collections::HashSet;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const WINDOW: usize = 10;

/// Takes every message but those that say so, and sends a text back for those that ask for it.
#[derive(Default)]
struct Centre {
    messages: u32,
    most_open: u32,
    answered: u32,
}

impl Application<WINDOW> for Centre {
    fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, WINDOW>) {
        match event {
            Event::BindRequested { reply_to, .. } => outbox.accept(reply_to, "centre".into()).unwrap(),
            Event::Request { reply_to, pdu: Pdu::SubmitSm(submit), .. } => {
                self.most_open = self.most_open.max(outbox.session().unanswered());
                match submit.short_message {
                    b"silence" => {}
                    b"refuse" => outbox.reject(reply_to, CommandStatus::ESME_RSUBMITFAIL).unwrap(),
                    text => {
                        self.messages += 1;
                        let message_id = self.messages.to_string();
                        let response =
                            SubmitSmResp { message_id: message_id.as_str().into(), ..Default::default() };
                        outbox.respond(reply_to, &response).unwrap();
                        if text == b"call back" {
                            outbox.send(&DeliverSm::default()).unwrap();
                        }
                    }
                }
            }
            Event::Response { status, .. } => self.answered += u32::from(status.is_ok()),
            _ => {}
        }
    }
}

fn serve() -> (String, Stopper, JoinHandle<Centre>) {
    let mut server = Server::listen("127.0.0.1:0", Serve::default()).unwrap();
    let (address, stopper) = (server.local_addr().unwrap().to_string(), server.stopper());
    let thread = std::thread::spawn(move || {
        let mut centre = Centre::default();
        server.run(&mut centre).unwrap();
        centre
    });
    (address, stopper, thread)
}

fn share(address: &str, session: Config) -> (Driver<WINDOW>, SharedClient<WINDOW>) {
    let how = Connect { session, ..Connect::default() };
    let mut client = Client::connect(address, &how).unwrap();
    let interface_version = InterfaceVersion::V3_4;
    client.bind_transceiver(&BindTransceiver { interface_version, ..Default::default() }).unwrap();
    client.share().unwrap()
}

/// Works the driver in a thread of its own until the session is over.
fn drive(mut driver: Driver<WINDOW>) -> JoinHandle<Option<CloseReason>> {
    std::thread::spawn(move || {
        loop {
            match driver.next_event() {
                Ok(Event::Closed(reason)) => return Some(reason),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    })
}

fn text(text: &[u8]) -> SubmitSm<'_> {
    SubmitSm { short_message: text, ..SubmitSm::default() }
}

#[test]
fn many_threads_submit_on_one_session_and_each_gets_its_own_answers() {
    let (address, stopper, server) = serve();
    let (driver, client) = share(&address, Config::default());
    let driver = drive(driver);
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || {
                (0..100).map(|_| client.submit(&text(b"hello")).unwrap()).collect::<Vec<_>>()
            })
        })
        .collect();
    let ids: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 1600);
    client.unbind();
    assert_eq!(driver.join().unwrap(), Some(CloseReason::Unbound));
    stopper.stop();
    let centre = server.join().unwrap();
    assert_eq!(centre.messages, 1600);
    assert!(centre.most_open as usize <= WINDOW, "{}", centre.most_open);
}

#[test]
fn one_thread_keeps_many_requests_open_and_looks_at_their_outcomes_later() {
    let (address, stopper, server) = serve();
    let (driver, client) = share(&address, Config::default());
    let driver = drive(driver);
    let open: Vec<_> =
        [&b"hello"[..], b"refuse", b"hello"].map(|body| client.send(&text(body)).unwrap()).into();
    let outcomes: Vec<_> = open.into_iter().map(smpp_std::Pending::wait).collect();
    assert!(matches!(outcomes[1], Err(Error::Rejected { status: CommandStatus::ESME_RSUBMITFAIL })));
    for (index, message_id) in [(0, "1"), (2, "2")] {
        let Ok(Pdu::SubmitSmResp(response)) = outcomes[index].as_ref().unwrap().pdu() else { panic!() };
        assert_eq!(response.message_id.as_str(), Some(message_id));
    }
    client.unbind();
    driver.join().unwrap();
    stopper.stop();
    server.join().unwrap();
}

#[test]
fn requests_of_the_peer_are_answered_by_another_thread_than_the_one_that_reads() {
    let (address, stopper, server) = serve();
    let (mut driver, client) = share(&address, Config::default());
    let (queue, requests) = mpsc::channel();
    let answers = client.clone();
    let worker = std::thread::spawn(move || {
        for reply_to in requests {
            std::thread::sleep(Duration::from_millis(5));
            answers.respond(reply_to, &DeliverSmResp::default()).unwrap();
        }
    });
    let driver = std::thread::spawn(move || {
        while let Ok(event) = driver.next_event() {
            if let Event::Request { reply_to, .. } = event {
                queue.send(reply_to).unwrap();
            }
        }
    });
    for _ in 0..WINDOW {
        client.submit(&text(b"call back")).unwrap();
    }
    while client.session(|session| session.unanswered()) > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    client.unbind();
    driver.join().unwrap();
    worker.join().unwrap();
    stopper.stop();
    assert_eq!(server.join().unwrap().answered, 10);
}

#[test]
fn a_request_times_out_in_time_although_the_driver_was_asleep() {
    let (address, stopper, server) = serve();
    let session = Config {
        response_timeout: Duration::from_millis(200),
        enquire_link: Duration::ZERO,
        ..Config::default()
    };
    let (driver, client) = share(&address, session);
    let driver = drive(driver);
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    assert!(matches!(client.submit(&text(b"silence")), Err(Error::TimedOut)));
    assert!((200..5_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    client.unbind();
    driver.join().unwrap();
    stopper.stop();
    server.join().unwrap();
}

#[test]
fn the_pace_holds_all_threads_together_and_lets_each_of_them_through() {
    let (address, stopper, server) = serve();
    let (driver, client) = share(&address, Config { rate: 100, ..Config::default() });
    let driver = drive(driver);
    client.submit(&text(b"hello")).unwrap();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| drop(client.submit(&text(b"hello")).unwrap())));
        }
    });
    // 40 at 100 a second, the first of them up to half an interval early.
    let took = start.elapsed();
    assert!((390..3_000).contains(&took.as_millis()), "{took:?}");
    client.unbind();
    driver.join().unwrap();
    stopper.stop();
    server.join().unwrap();
}

#[test]
fn unbind_waits_for_what_is_outstanding_and_nothing_new_goes_out() {
    let (address, stopper, server) = serve();
    let session = Config { response_timeout: Duration::from_millis(300), ..Config::default() };
    let (driver, client) = share(&address, session);
    let driver = drive(driver);
    let silent = client.send(&text(b"silence")).unwrap();
    let heard = client.send(&text(b"hello")).unwrap();
    client.unbind();
    let refused = client.send(&text(b"late")).unwrap_err();
    assert!(matches!(refused, SendError::NotAllowed { state: State::Unbound, .. }), "{refused}");
    assert!(heard.wait().is_ok());
    assert!(matches!(silent.wait(), Err(Error::TimedOut)));
    // The centre keeps its unbind_resp back as long as it has the request in hand.
    assert_eq!(driver.join().unwrap(), Some(CloseReason::UnbindTimeout));
    assert!(matches!(client.submit(&text(b"later")), Err(Error::Send(_))));
    stopper.stop();
    server.join().unwrap();
}

#[test]
fn threads_that_wait_for_room_learn_of_the_end() {
    let (address, stopper, server) = serve();
    let (driver, client) = share(&address, Config::default());
    let driver = drive(driver);
    let open: Vec<_> = (0..WINDOW).map(|_| client.send(&text(b"silence")).unwrap()).collect();
    assert!(matches!(client.send(&QuerySm::default()), Err(SendError::WindowFull)));
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || client.submit(&text(b"hello")).unwrap_err())
        })
        .collect();
    std::thread::sleep(Duration::from_millis(50));
    stopper.stop();
    for thread in waiting {
        let error = thread.join().unwrap();
        assert!(matches!(error, Error::Send(_)), "{error}");
    }
    for pending in open {
        assert!(matches!(pending.wait(), Err(Error::Abandoned { written: true })));
    }
    driver.join().unwrap();
    server.join().unwrap();
}

#[test]
fn a_driver_that_is_dropped_ends_every_request() {
    let (address, stopper, server) = serve();
    let (driver, client) = share(&address, Config::default());
    let pending = client.send(&text(b"silence")).unwrap();
    let waiting = std::thread::spawn(move || pending.wait());
    drop(driver);
    assert!(matches!(waiting.join().unwrap(), Err(Error::Abandoned { .. })));
    assert!(matches!(client.submit(&text(b"hello")), Err(Error::Send(SendError::Closed))));
    stopper.stop();
    server.join().unwrap();
}
