//! What the server refuses without asking its application, and how slowly it lets passwords be tried.

mod support;

use smpp_core::pdu::{BindTransceiver, SubmitSm};
use smpp_core::session::{Event, Refusal};
use smpp_core::types::{CommandId, CommandStatus};
use smpp_std::{Application, Limit, Limits, Outbox, Serve, Server, SessionId, Stopper, secrets_match};
use std::io::Write;
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use support::{Line, PATIENCE, bind};

const OK: CommandStatus = CommandStatus::ESME_ROK;

/// Knows one password, and counts what it is asked.
#[derive(Default)]
struct Centre {
    binds: u32,
    requests: u32,
    refused: Vec<(CommandStatus, String)>,
}

impl Application<10> for Centre {
    fn event(&mut self, _: SessionId, event: Event<'_>, mut outbox: Outbox<'_, 10>) {
        match event {
            Event::BindRequested { reply_to, pdu: smpp_core::pdu::Pdu::BindTransceiver(bind), .. } => {
                self.binds += 1;
                let answered = if secrets_match(bind.password.reveal().as_octets(), b"secret") {
                    outbox.accept(reply_to, "centre".into())
                } else {
                    outbox.reject(reply_to, CommandStatus::ESME_RINVPASWD)
                };
                answered.unwrap();
            }
            Event::Request { reply_to, .. } => {
                self.requests += 1;
                outbox.respond(reply_to, &smpp_core::pdu::SubmitSmResp::default()).unwrap();
            }
            Event::Refused { status, cause: Refusal::Malformed(error), .. } => {
                self.refused.push((status, error.field.name().to_owned()));
            }
            _ => {}
        }
    }
}

fn serve(limits: Limits) -> (Line, Stopper, JoinHandle<Centre>) {
    let mut server = Server::listen("127.0.0.1:0", Serve { limits, ..Serve::default() }).unwrap();
    let (address, stopper) = (server.local_addr().unwrap(), server.stopper());
    let thread = std::thread::spawn(move || {
        let mut centre = Centre::default();
        server.run(&mut centre).unwrap();
        centre
    });
    (Line::new(TcpStream::connect(address).unwrap()), stopper, thread)
}

fn with(password: &'static str) -> BindTransceiver<'static> {
    BindTransceiver { password: password.into(), ..bind() }
}

/// The status of the next response to a bind.
fn answer(line: &mut Line) -> CommandStatus {
    let header = line.read().expect("an answer").header();
    assert_eq!(header.command_id, CommandId::BIND_TRANSCEIVER_RESP);
    header.command_status
}

#[test]
fn a_refused_bind_is_answered_late_and_the_guesses_behind_it_wait_for_their_turn() {
    let refusal_delay = Duration::from_millis(100);
    let (mut line, stopper, thread) = serve(Limits { refusal_delay, ..Limits::default() });
    let start = Instant::now();
    for (number, guess) in ["guess1", "guess2", "guess3", "secret"].into_iter().enumerate() {
        line.write(with(guess), OK, u32::try_from(number).unwrap() + 1);
    }
    for guess in 1..=3 {
        assert_eq!(answer(&mut line), CommandStatus::ESME_RINVPASWD);
        assert!(start.elapsed() >= refusal_delay * guess, "guess {guess} was answered too early");
    }
    assert_eq!(answer(&mut line), OK);
    stopper.stop();
    assert_eq!(thread.join().unwrap().binds, 4);
}

#[test]
fn without_a_delay_it_is_answered_at_once_and_with_one_a_bind_beyond_a_limit_waits_too() {
    let address = Limit { failed_binds: 2, ..Limit::NONE };
    let refusal_delay = Duration::from_millis(100);
    let (mut line, stopper, thread) = serve(Limits { address, refusal_delay, ..Limits::default() });
    let start = Instant::now();
    for number in 1..=9 {
        line.write(with("guess"), OK, number);
    }
    let answers: Vec<_> = (0..3).map(|_| answer(&mut line)).collect();
    assert_eq!(answers[2], CommandStatus::ESME_RBINDFAIL, "{answers:?}");
    assert!(start.elapsed() >= 3 * refusal_delay);
    assert!(line.read().is_none(), "and its connection is closed");
    stopper.stop();
    assert_eq!(thread.join().unwrap().binds, 2, "the third was not tried");

    let (mut line, stopper, thread) = serve(Limits::NONE);
    for number in 1..=1000 {
        line.write(with("guess"), OK, number);
    }
    for _ in 0..1000 {
        assert_eq!(answer(&mut line), CommandStatus::ESME_RINVPASWD);
    }
    stopper.stop();
    assert_eq!(thread.join().unwrap().binds, 1000);
}

#[test]
fn a_service_type_beyond_its_limit_is_refused_and_the_application_is_told() {
    let (mut line, stopper, thread) = serve(Limits::default());
    line.write(with("secret"), OK, 1);
    assert_eq!(answer(&mut line), OK);
    // Longer than our own side would write.
    let mut submit = vec![0; 16];
    submit[7] = 4;
    submit[15] = 2;
    submit.extend_from_slice(&[b'x'; 21]);
    submit.extend_from_slice(&[0; 18]);
    submit[3] = u8::try_from(submit.len()).unwrap();
    line.stream.write_all(&submit).unwrap();
    let header = line.read().unwrap().header();
    assert_eq!(header.command_status, CommandStatus::ESME_RINVSERTYP);
    line.write(SubmitSm { service_type: "CMT".into(), ..SubmitSm::default() }, OK, 3);
    line.stream.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(line.read().unwrap().header().command_status, OK);
    stopper.stop();
    let centre = thread.join().unwrap();
    assert_eq!(centre.refused, [(CommandStatus::ESME_RINVSERTYP, "service_type".to_owned())]);
    assert_eq!(centre.requests, 1);
}
