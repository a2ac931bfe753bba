//! The simulator's faults, and how a client takes them: every request ends exactly once, and nothing hangs.

use crate::simulator::{Esme, PATIENCE, Simulator, text_to};
use serde_json::Value;
use smpp_core::pdu::{DeliverSmResp, Pdu, SubmitSm};
use smpp_core::session::{CloseReason, Config, Event, Refusal};
use smpp_core::types::{CommandId, CommandStatus, RegisteredDelivery};
use smpp_std::Error;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What a client saw of some submissions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Seen {
    /// The order of the answers, by sequence number less the first.
    answered: Vec<u32>,
    unreadable: usize,
    timed_out: usize,
    abandoned: usize,
    unmatched: usize,
    closed: Option<CloseReason>,
    /// What was refused by itself.
    refused: Vec<CommandStatus>,
    delivered: usize,
}

/// Submits `count` messages at once and watches until every ticket ended and all is quiet, or to the end.
fn watch(simulator: &Simulator, count: usize, is_end_awaited: bool) -> Seen {
    let config = Config {
        response_timeout: Duration::from_millis(400),
        enquire_link: Duration::from_millis(300),
        ..Config::default()
    };
    let mut esme = Esme::connect(simulator, config);
    esme.bind("tester", "");
    let message = SubmitSm { registered_delivery: RegisteredDelivery::NONE, ..text_to("4915112345678") };
    let mut ends = HashMap::new();
    for _ in 0..count {
        ends.insert(esme.client.send(&message).unwrap(), 0);
    }
    let mut seen = Seen::default();
    let start = Instant::now();
    loop {
        let is_done = ends.values().all(|ends| *ends == 1) && start.elapsed() > Duration::from_millis(100);
        let (event, mut outbox) = match esme.client.next_event(Duration::from_millis(100)) {
            Ok(Some(event)) => event,
            Ok(None) if is_done && !is_end_awaited => break,
            Ok(None) => {
                assert!(start.elapsed() < PATIENCE, "{seen:?}");
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        let ended = match event {
            Event::Response { ticket, ref pdu, .. } => {
                seen.answered.push(ticket.sequence_number() - 2);
                seen.unreadable += usize::from(pdu.is_err());
                Some(ticket)
            }
            Event::TimedOut { ticket } => {
                seen.timed_out += 1;
                Some(ticket)
            }
            Event::Abandoned { ticket, .. } => {
                seen.abandoned += 1;
                Some(ticket)
            }
            Event::Unmatched { .. } => {
                seen.unmatched += 1;
                None
            }
            Event::Refused { status, .. } => {
                seen.refused.push(status);
                None
            }
            Event::Request { reply_to, .. } => {
                seen.delivered += 1;
                outbox.reject(reply_to, CommandStatus::ESME_RX_P_APPN).unwrap();
                None
            }
            Event::Closed(reason) => {
                seen.closed = Some(reason);
                break;
            }
            _ => None,
        };
        if let Some(ticket) = ended {
            *ends.get_mut(&ticket).unwrap() += 1;
        }
    }
    assert!(ends.values().all(|ends| *ends == 1), "{seen:?}");
    seen
}

fn with_fault(fault: &str, count: usize) -> Seen {
    watch(&Simulator::start(&["--seed", "7", "--fault", fault]), count, false)
}

/// The same, up to the end of the session.
fn to_the_end(fault: &str, count: usize) -> Seen {
    watch(&Simulator::start(&["--seed", "7", "--fault", fault]), count, true)
}

#[test]
fn late_answers_come_late_and_lost_ones_never() {
    let start = Instant::now();
    assert_eq!(with_fault("late:150ms", 5).answered, [0, 1, 2, 3, 4]);
    assert!(start.elapsed() >= Duration::from_millis(150));
    let too_late = with_fault("late:600ms", 3);
    assert_eq!((too_late.timed_out, too_late.answered.len()), (3, 0));
    let lost = with_fault("lost:100", 3);
    assert_eq!((lost.timed_out, lost.closed), (3, None), "the session lives");
}

#[test]
fn a_seed_repeats_what_is_lost() {
    let run =
        |seed: &str| watch(&Simulator::start(&["--seed", seed, "--fault", "lost:50"]), 40, false).answered;
    let first = run("1");
    assert!((8..32).contains(&first.len()), "{first:?}");
    assert_eq!(run("1"), first);
    assert_ne!(run("2"), first);
}

#[test]
fn duplicated_and_reordered_answers_end_each_ticket_once() {
    let twice = with_fault("duplicated:100", 4);
    assert_eq!((twice.answered.len(), twice.unmatched), (4, 4));
    assert_eq!(with_fault("reordered", 5).answered, [1, 0, 3, 2, 4]);
}

#[test]
fn malformed_answers_end_their_ticket_and_not_the_session() {
    let damaged = with_fault("malformed:100", 30);
    assert_eq!((damaged.answered.len(), damaged.closed), (30, None));
    assert!(damaged.unreadable > 0, "{damaged:?}");
}

#[test]
fn octets_one_by_one_and_all_at_once_are_the_same_pdus() {
    assert_eq!(with_fault("bytewise", 5).answered, [0, 1, 2, 3, 4]);
    assert_eq!(with_fault("coalesced:200ms", 5).answered, [0, 1, 2, 3, 4]);
}

#[test]
fn a_half_open_line_is_found_and_every_ticket_ends() {
    let silent = to_the_end("silence:2", 5);
    assert_eq!((silent.closed, silent.answered), (Some(CloseReason::LinkLost), vec![0, 1]));
    assert_eq!(silent.timed_out + silent.abandoned, 3);
}

#[test]
fn a_line_that_closes_in_the_middle_of_an_answer_abandons_the_rest() {
    let cut = to_the_end("cut:3", 5);
    assert_eq!((cut.answered, cut.abandoned), (vec![0, 1], 3));
    assert_eq!(cut.closed, Some(CloseReason::ConnectionLost));
}

#[test]
fn a_receipt_may_come_before_the_response_jasmin_643() {
    let simulator = Simulator::start(&["--fault", "receipt-first"]);
    let mut esme = Esme::bound(&simulator);
    esme.client.send(&text_to("4915112345678")).unwrap();
    let mut order = Vec::new();
    while order.len() < 2 {
        let (event, mut outbox) = esme.client.next_event(PATIENCE).unwrap().expect("an event, in time");
        match event {
            Event::Request { reply_to, pdu: Pdu::DeliverSm(_), .. } => {
                order.push("receipt");
                outbox.respond(reply_to, &DeliverSmResp::default()).unwrap();
            }
            Event::Response { .. } => order.push("response"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(order, ["receipt", "response"]);
}

#[test]
fn the_first_submissions_are_throttled_or_find_a_full_queue() {
    for (fault, status) in
        [("throttled:2", CommandStatus::ESME_RTHROTTLED), ("queue-full:2", CommandStatus::ESME_RMSGQFUL)]
    {
        let simulator = Simulator::start(&["--fault", fault]);
        let config = Config { throttle_pause: Duration::from_millis(1), ..Config::default() };
        let mut esme = Esme::connect(&simulator, config);
        esme.bind("tester", "");
        let message = text_to("4915112345678");
        let mut statuses = Vec::new();
        while statuses.len() < 3 {
            if esme.client.send(&message).is_ok() {
                statuses.push(esme.next_status());
            } else {
                assert!(esme.step(PATIENCE));
            }
        }
        assert_eq!(statuses, [status, status, CommandStatus::ESME_ROK]);
    }
}

#[test]
fn unbind_after_bind_and_refused_binds_say_why() {
    let simulator = Simulator::start(&["--fault", "unbind:50ms"]);
    let mut esme = Esme::bound(&simulator);
    let reason = loop {
        let (event, _) = esme.client.next_event(PATIENCE).unwrap().expect("the end, in time");
        if let Event::Closed(reason) = event {
            break reason;
        }
    };
    assert_eq!(reason, CloseReason::UnboundByPeer);
    let simulator = Simulator::start(&["--fault", "bind-refused:ESME_RALYBND"]);
    let mut esme = Esme::connect(&simulator, Config::default());
    match esme.try_bind("tester", "") {
        Err(error @ Error::BindRefused { status: CommandStatus::ESME_RALYBND, .. }) => {
            assert!(error.to_string().contains("still holds a session"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unanswered_unbind_ends_in_time_jsmpp_82() {
    let simulator = Simulator::start(&["--fault", "unbind-unanswered"]);
    let config = Config { response_timeout: Duration::from_millis(150), ..Config::default() };
    let mut esme = Esme::connect(&simulator, config);
    esme.bind("tester", "");
    let start = Instant::now();
    let reason = esme.client.unbind(|_, _| ()).unwrap();
    assert_eq!(reason, CloseReason::UnbindTimeout);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn pdus_that_no_centre_sends_are_refused_or_end_the_session() {
    let unknown = with_fault("unknown-command", 1);
    assert_eq!((unknown.refused, unknown.answered.len()), (vec![CommandStatus::ESME_RINVCMDID], 1));
    for fault in ["oversized", "oversized:4294967295", "oversized:15"] {
        assert_eq!(to_the_end(fault, 0).closed, Some(CloseReason::FramingLost), "{fault}");
    }
    // Octets by chance are a PDU only by chance.
    let garbage = to_the_end("garbage", 0);
    assert_eq!(garbage.closed, Some(CloseReason::FramingLost));
}

#[test]
fn a_pdu_larger_than_the_buffer_is_refused_and_the_session_lives() {
    let simulator = Simulator::start(&["--fault", "oversized:60000"]);
    let config = Config { max_pdu: 1000, ..Config::default() };
    let mut esme = Esme::connect(&simulator, config);
    esme.bind("tester", "");
    // How much of it is dropped unseen depends on how it arrives; when all of it comes at once, it is taken.
    let (event, mut outbox) = esme.client.next_event(PATIENCE).unwrap().expect("the PDU, in time");
    match event {
        Event::Refused { cause: Refusal::TooLarge, .. } => {}
        Event::Request { reply_to, .. } => outbox.respond(reply_to, &DeliverSmResp::default()).unwrap(),
        other => panic!("{other:?}"),
    }
    esme.submit(&text_to("4915112345678"));
}

#[test]
fn what_the_simulator_writes_past_its_sessions_is_told() {
    let simulator = Simulator::start(&["--fault", "unknown-command"]);
    let mut esme = Esme::bound(&simulator);
    esme.step(PATIENCE);
    assert!(esme.is_quiet_for(Duration::from_millis(50)));
    let unknown: Value = loop {
        let pdu = simulator.wait_for("pdu");
        if pdu["pdu"]["command"].is_null() {
            break pdu;
        }
    };
    assert_eq!(unknown["direction"], "out");
    assert_eq!(unknown["pdu"]["error"]["fault"], "unknown_command");
    let nack = simulator.wait_for("pdu");
    assert_eq!(nack["pdu"]["command_id"], CommandId::GENERIC_NACK.0);
}

#[test]
fn answers_that_are_reordered_can_be_duplicated_as_well() {
    let simulator = Simulator::start(&["--fault", "reordered", "--fault", "duplicated:100"]);
    let seen = watch(&simulator, 4, false);
    assert_eq!((seen.answered, seen.unmatched), (vec![1, 0, 3, 2], 4));
}

#[test]
fn late_responses_still_come_before_their_receipts() {
    for fault in ["late:300ms", "reordered", "coalesced:100ms"] {
        let simulator = Simulator::start(&["--fault", fault, "--receipt-after", "0s"]);
        let mut esme = Esme::bound(&simulator);
        esme.client.send(&text_to("4915112345678")).unwrap();
        while esme.answers.is_empty() {
            assert!(esme.step(PATIENCE), "no answer in time");
            assert!(esme.delivered.is_empty(), "{fault}: the receipt overtook the response");
        }
        esme.next_deliver();
    }
}

/// Of the kind "something that was received and is shown nowhere".
#[test]
fn octets_that_go_one_by_one_are_told_as_pdus() {
    let simulator = Simulator::start(&["--fault", "bytewise"]);
    let mut esme = Esme::bound(&simulator);
    esme.submit(&text_to("4915112345678"));
    esme.next_deliver();
    drop(esme);
    simulator.wait_for("closed");
    let told = simulator.everything();
    for command in ["bind_transceiver_resp", "submit_sm_resp", "deliver_sm"] {
        assert!(told.contains(&format!(r#""command":"{command}""#)), "{command}: {told}");
    }
    assert!(!told.contains(r#""event":"octets""#), "{told}");
}
