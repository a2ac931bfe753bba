//! The client on tokio: many tasks on one session, dropped wherever they wait; times by tokio's clock.

use smpp_core::Instant;
use smpp_core::link::{Link, Step};
use smpp_core::pdu::{
    BindTransceiver, BindTransmitter, DeliverSm, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp,
};
use smpp_core::session::{CloseReason, Config, Event as Core, SendError, Session};
use smpp_core::types::{Address, CommandId, CommandStatus};
use smpp_std::Error;
use smpp_std::tokio::{Client, Event, Events};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// What a message centre does with a request.
type Answer = Box<dyn FnMut(&Core<'_>, &mut smpp_core::link::Outbox<'_, 2048>) + Send>;

/// A message centre at the other end of a line in memory, until it closes.
async fn centre(mut line: DuplexStream, mut answer: Answer) -> CloseReason {
    let start = tokio::time::Instant::now();
    let clock = move || Instant::ZERO.after(start.elapsed());
    let config = Config { session_init: Duration::ZERO, enquire_link: Duration::ZERO, ..Config::default() };
    let mut link = Link::<2048, _, _>::new(Session::mc(config, clock()), vec![0; 8_000], [0; 16_000]);
    let mut room = vec![0; 4096];
    loop {
        match link.poll(clock()) {
            Step::Event => {
                let (event, mut outbox) = link.event(&clock);
                match event {
                    Core::BindRequested { reply_to, .. } => outbox.accept(reply_to, "mc".into()).unwrap(),
                    event => answer(&event, &mut outbox),
                }
            }
            Step::Closed(reason) => return reason,
            Step::Io(until) => {
                let output = link.io().0.to_vec();
                if !output.is_empty() {
                    match line.write(&output).await {
                        Ok(count) => link.wrote(count),
                        Err(_) => link.end(smpp_core::link::Half::Write),
                    }
                    link.flushed();
                    continue;
                }
                let most = link.io().1.len().min(room.len());
                let wait = until.wait(clock()).unwrap_or(Duration::from_secs(3600));
                match tokio::time::timeout(wait, line.read(&mut room[..most])).await {
                    Err(_) => link.idle(),
                    Ok(Ok(count)) => {
                        link.io().1[..count].copy_from_slice(&room[..count]);
                        link.arrived(count);
                    }
                    Ok(Err(_)) => link.end(smpp_core::link::Half::Read),
                }
            }
        }
    }
}

/// Accepts everything, with the number of the message as its id.
fn accept(count: &Arc<AtomicU64>) -> Answer {
    let count = Arc::clone(count);
    Box::new(move |event, outbox| {
        if let Core::Request { reply_to, .. } = event {
            let id = count.fetch_add(1, Ordering::Relaxed).to_string();
            outbox
                .respond(*reply_to, &SubmitSmResp { message_id: id.as_str().into(), ..Default::default() })
                .unwrap();
        }
    })
}

async fn bound(config: Config, answer: Answer) -> (Client, Events, tokio::task::JoinHandle<CloseReason>) {
    let (ours, theirs) = duplex(4096);
    let centre = tokio::spawn(centre(theirs, answer));
    let (client, events) = Client::over(ours, "the test", config);
    let bound =
        client.bind_transceiver(&BindTransceiver { system_id: "me".into(), ..Default::default() }).await;
    assert_eq!(bound.unwrap().system_id, "mc");
    (client, events, centre)
}

fn text() -> SubmitSm<'static> {
    SubmitSm {
        destination: Address::international("4915112345678"),
        short_message: b"hello",
        ..Default::default()
    }
}

#[tokio::test]
async fn a_message_is_submitted_and_the_session_unbound() {
    let count = Arc::new(AtomicU64::new(7));
    let (client, mut events, centre) = bound(Config::default(), accept(&count)).await;
    assert_eq!(client.submit(&text()).await.unwrap(), "7");
    assert_eq!(client.unbind().await, CloseReason::Unbound);
    assert_eq!(events.next().await, None);
    assert!(matches!(events.end_error(), Some(Error::Closed { was_bound: true, .. })));
    assert!(matches!(client.submit(&text()).await, Err(Error::Send(_))));
    assert_eq!(centre.await.unwrap(), CloseReason::UnboundByPeer);
}

#[tokio::test]
async fn requests_of_the_peer_are_a_stream_and_any_clone_answers() {
    let mut sent = false;
    let (answered, outcome) = tokio::sync::oneshot::channel();
    let mut answered = Some(answered);
    let answer: Answer = Box::new(move |event, outbox| match event {
        Core::Request { reply_to, .. } if !sent => {
            sent = true;
            outbox.respond(*reply_to, &SubmitSmResp::default()).unwrap();
            outbox.send(&DeliverSm { short_message: b"STOP", ..Default::default() }).unwrap();
        }
        Core::Response { status, .. } => answered.take().unwrap().send(*status).unwrap(),
        _ => {}
    });
    let (client, mut events, _centre) = bound(Config::default(), answer).await;
    client.submit(&text()).await.unwrap();
    let Some(Event::Request { reply_to, pdu }) = events.next().await else { panic!() };
    let Ok(Pdu::DeliverSm(deliver)) = pdu.pdu() else { panic!("{pdu:?}") };
    assert_eq!(deliver.short_message, b"STOP");
    client.clone().respond(reply_to, &DeliverSmResp::default()).unwrap();
    assert_eq!(outcome.await.unwrap(), CommandStatus::ESME_ROK);
}

/// Numbers that look random and are the same in each run.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// In practice 25: a client that hangs when many submit at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_share_a_client_and_are_dropped_wherever_they_wait() {
    const TASKS: u64 = 1_000;
    const TEXTS: u64 = 100;
    let count = Arc::new(AtomicU64::new(0));
    let (client, _events, _centre) = bound(Config { window: 10, ..Config::default() }, accept(&count)).await;
    let (mut accepted, mut dropped) = (0, 0);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 1..=TASKS {
        let client = client.clone();
        tasks.spawn(async move {
            let (mut seed, mut accepted, mut dropped) = (task * 0x9E37_79B9, 0, 0);
            for _ in 0..TEXTS {
                // The submission has a few polls: those of this task, whatever they wait for.
                let mut polls = random(&mut seed) % 8;
                let text = text();
                let mut submit = std::pin::pin!(client.submit(&text));
                let outcome = std::future::poll_fn(|cx| match submit.as_mut().poll(cx) {
                    std::task::Poll::Pending if polls == 1 => std::task::Poll::Ready(None),
                    std::task::Poll::Pending => {
                        polls = polls.saturating_sub(1);
                        std::task::Poll::Pending
                    }
                    ready => ready.map(Some),
                });
                match outcome.await {
                    Some(outcome) => {
                        outcome.unwrap();
                        accepted += 1;
                    }
                    None => dropped += 1,
                }
            }
            (accepted, dropped)
        });
    }
    while let Some(counts) = tasks.join_next().await {
        let (done, gone) = counts.unwrap();
        accepted += done;
        dropped += gone;
    }
    assert_eq!(accepted + dropped, TASKS * TEXTS);
    assert!(dropped > 1_000 && accepted > 1_000, "{accepted} {dropped}");
    // Nobody waits for those that were dropped, but each has its end.
    client.submit(&text()).await.unwrap();
    assert_eq!(client.unbind().await, CloseReason::Unbound);
    assert_eq!(client.session(Session::in_flight), 0);
    let submitted = count.load(Ordering::Relaxed);
    assert!((accepted + 1..=TASKS * TEXTS + 1).contains(&submitted), "{accepted} accepted of {submitted}");
}

#[tokio::test]
async fn who_takes_no_events_still_gets_responses() {
    let rejected = Arc::new(AtomicU64::new(0));
    let refused = Arc::clone(&rejected);
    let mut waits = 3_000;
    let answer: Answer = Box::new(move |event, outbox| {
        match event {
            Core::Request { reply_to, .. } => outbox.respond(*reply_to, &SubmitSmResp::default()).unwrap(),
            Core::Response { status: CommandStatus::ESME_RX_T_APPN, .. } => {
                refused.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        while waits > 0 && outbox.send(&DeliverSm { short_message: b"news", ..Default::default() }).is_ok() {
            waits -= 1;
        }
    });
    let (client, events, _centre) = bound(Config::default(), answer).await;
    while rejected.load(Ordering::Relaxed) < 1_900 {
        client.submit(&text()).await.unwrap();
    }
    drop(events);
    client.submit(&text()).await.unwrap();
}

#[tokio::test]
async fn a_line_that_is_lost_ends_every_request_and_says_why() {
    let (ours, mut theirs) = duplex(4096);
    let (client, events) = Client::over(ours, "the test", Config::default());
    let bind = BindTransceiver { system_id: "me".into(), ..Default::default() };
    let lost = tokio::spawn(async move {
        theirs.read_exact(&mut [0; 16]).await.unwrap();
    });
    assert!(client.bind_transceiver(&bind).await.is_err());
    lost.await.unwrap();
    assert!(events.end_error().is_some());

    let answer: Answer = Box::new(|event, outbox| {
        if matches!(event, Core::Request { .. }) {
            outbox.close();
        }
    });
    let (client, mut events, _centre) = bound(Config::default(), answer).await;
    assert!(matches!(client.submit(&text()).await, Err(Error::Abandoned { written: true })));
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn a_bind_that_is_refused_or_answered_by_another_is_told() {
    for (answer, command) in
        [(CommandStatus::ESME_RINVPASWD, 0x8000_0002_u32), (CommandStatus::ESME_ROK, 0x8000_0009)]
    {
        let (ours, mut theirs) = duplex(4096);
        let (client, _events) = Client::over(ours, "the test", Config::default());
        tokio::spawn(async move {
            let mut header = [0; 16];
            theirs.read_exact(&mut header).await.unwrap();
            let mut response =
                [&[0, 0, 0, 17][..], &command.to_be_bytes(), &answer.0.to_be_bytes(), &header[12..], b"\0"]
                    .concat();
            if answer != CommandStatus::ESME_ROK {
                response.truncate(16);
                response[3] = 16;
            }
            theirs.write_all(&response).await.unwrap();
            let mut rest = Vec::new();
            let _ = theirs.read_to_end(&mut rest).await;
        });
        let bind = BindTransmitter { system_id: "me".into(), ..Default::default() };
        match client.bind_transmitter(&bind).await {
            Err(Error::BindRefused { status, .. }) => assert_eq!(status, answer),
            Err(Error::WrongBindResponse { bind, response, .. }) => {
                assert_eq!((bind, response), (CommandId::BIND_TRANSMITTER, CommandId(command)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn times_are_those_of_the_runtime() {
    let silent: Answer = Box::new(|_, _| {});
    let config = Config {
        response_timeout: Duration::from_secs(7),
        enquire_link: Duration::from_secs(30),
        ..Config::default()
    };
    let (client, mut events, _centre) = bound(config, silent).await;
    let start = tokio::time::Instant::now();
    assert!(matches!(client.submit(&text()).await, Err(Error::TimedOut)));
    assert_eq!(start.elapsed().as_secs(), 7);
    // The link is checked, and lives.
    assert!(tokio::time::timeout(Duration::from_secs(300), events.next()).await.is_err());
    let rated = Config { rate: 10, ..config };
    let count = Arc::new(AtomicU64::new(0));
    let (client, _events, _centre) = bound(rated, accept(&count)).await;
    let start = tokio::time::Instant::now();
    for _ in 0..21 {
        client.submit(&text()).await.unwrap();
    }
    assert!((2_000..2_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_client_that_everybody_dropped_closes_its_connection() {
    let count = Arc::new(AtomicU64::new(0));
    let (client, events, centre) = bound(Config::default(), accept(&count)).await;
    let other = client.clone();
    drop((client, events));
    other.submit(&text()).await.unwrap();
    drop(other);
    assert_eq!(centre.await.unwrap(), CloseReason::ConnectionLost);
}

#[tokio::test]
async fn what_may_not_be_sent_is_refused_at_once() {
    let (ours, _theirs) = duplex(4096);
    let (client, _events) = Client::over(ours, "the test", Config::default());
    assert!(matches!(client.send(&text()), Err(SendError::NotAllowed { .. })));
}
