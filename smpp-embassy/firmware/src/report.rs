//! What a sensor has to say: a reading in one message, a log in three parts; and what it is told: a command.
//!
//! Done when all of it, and the answer to the command, was delivered.

use crate::events;
use crate::outcome::Outcome;
use core::fmt::Write as _;
use core::time::Duration;
use cortex_m_semihosting::heprintln;
use embassy_time::Instant;
use embedded_io_async::{Read, Write};
use smpp_core::pdu::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp};
use smpp_core::session::{Config, Event, SendError, Ticket, Undecoded};
use smpp_core::sms::receipt::{MessageClass, ReceiptTlvs, Report};
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::sms::track::{self, Entry, Limits, MessagePart, PartEnd, ReceiptOutcome, Tracker};
use smpp_core::text::{Gsm7OrUcs2, Unmappable};
use smpp_core::types::{Address, CommandStatus, EsmClass, InterfaceVersion, RegisteredDelivery};
use smpp_embassy::{Buffers, Client, Error, Outbox, now};

/// Requests that may be open at a time.
const WINDOW: usize = 10;
/// The sensor's own number.
const SENSOR: &str = "4915100000001";
/// Who reads its messages.
const OPERATOR: &str = "4915112345678";

const READING: &str = "Tank 7: 21.5 C, 64 %";
/// 350 characters: three parts of at most 153.
const LOG: &str = "00:10 21.5 C pump off; 00:20 21.4 C pump off; 00:30 21.4 C pump off; 00:40 21.3 C pump off; \
    00:50 21.3 C pump on; 01:00 21.6 C pump on; 01:10 21.9 C pump on; 01:20 22.1 C pump on; 01:30 22.4 C pump off; \
    01:40 22.3 C pump off; 01:50 22.2 C pump off; 02:00 22.1 C pump off; 02:10 22.0 C pump off; 02:20 21.9 C pump off; \
    02:30 21.9 C pump off";
/// The only command, in upper or lower case.
const COMMAND: &str = "status";

/// The messages, as they are numbered.
const MESSAGES: [u32; 3] = [READING_NUMBER, LOG_NUMBER, ANSWER_NUMBER];
const READING_NUMBER: u32 = 1;
const LOG_NUMBER: u32 = 2;
const ANSWER_NUMBER: u32 = 3;

/// Who reports.
#[derive(Debug)]
pub struct Account<'a> {
    /// Who binds.
    pub system_id: &'a str,
    /// The secret.
    pub password: &'a str,
}

/// Binds, reports, obeys, unbinds.
pub async fn report<T: Read + Write>(
    transport: T,
    buffers: Buffers<'_>,
    account: &Account<'_>,
) -> (Outcome, T) {
    let mut client = Client::<T, WINDOW>::new(transport, buffers, Config::default());
    let bind = BindTransceiver {
        system_id: account.system_id.into(),
        password: account.password.into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    };
    match client.bind_transceiver(&bind).await {
        Ok(bound) => heprintln!("bound to {}", bound.system_id),
        Err(error) => {
            heprintln!("not bound: {}", error);
            return (Outcome::NotConnected, client.into_transport());
        }
    }
    let outcome = match converse(&mut client).await {
        Ok(outcome) => outcome,
        Err(error) => {
            heprintln!("{}", error);
            Outcome::Refused
        }
    };
    (outcome, client.into_transport())
}

async fn converse<T: Read + Write>(client: &mut Client<'_, T, WINDOW>) -> Result<Outcome, Error<T::Error>> {
    let mut sensor = Sensor::new();
    sensor.send(&mut client.outbox(), READING_NUMBER, READING)?;
    sensor.send(&mut client.outbox(), LOG_NUMBER, LOG)?;
    while !sensor.is_done() {
        let (event, outbox) = client.next_event().await?;
        events::show(&event);
        if let Event::Closed(reason) = event {
            return Err(Error::Closed(reason));
        }
        sensor.handle(event, outbox)?;
    }
    client.unbind(|event, _| events::show(&event)).await?;
    let is_delivered = MESSAGES.iter().all(|&number| sensor.outcome(number) == track::Outcome::Delivered);
    Ok(if is_delivered { Outcome::Done } else { Outcome::Refused })
}

struct Sensor {
    tracker: Tracker<[Entry; 8]>,
    /// What travels in each place of the window.
    in_flight: [Option<MessagePart>; WINDOW],
    has_answered: bool,
}

impl Sensor {
    fn new() -> Self {
        let limits = Limits { receipt: Duration::from_secs(3600), early_receipt: Duration::from_secs(60) };
        Self { tracker: Tracker::fixed(limits, None), in_flight: [None; WINDOW], has_answered: false }
    }

    fn outcome(&self, message: u32) -> track::Outcome {
        self.tracker.progress(message).map_or(track::Outcome::Pending, |progress| progress.outcome)
    }

    /// Whether the end of every message is known.
    fn is_done(&self) -> bool {
        MESSAGES.iter().all(|&number| self.outcome(number) != track::Outcome::Pending)
    }

    /// Sends `text` in as many parts as it takes.
    fn send(&mut self, outbox: &mut Outbox<'_, WINDOW>, message: u32, text: &str) -> Result<(), SendError> {
        let cut = Segmenter { method: Method::Udh8, ..Segmenter::default() };
        let encoding = Gsm7OrUcs2::choose(text, Unmappable::Reject);
        let parts = cut.text(text, encoding).expect("our texts can be cut");
        let total = parts.total();
        for part in parts {
            let mut user_data = [0; 160];
            let len = part.write(message as u16, &mut user_data).expect("a part fits");
            let submit = SubmitSm {
                source: Address::international(SENSOR),
                destination: Address::international(OPERATOR),
                esm_class: if part.has_header() { EsmClass::UDHI } else { EsmClass::DEFAULT },
                registered_delivery: RegisteredDelivery::RECEIPT,
                data_coding: encoding.data_coding(),
                short_message: &user_data[..len],
                ..SubmitSm::default()
            };
            let ticket = outbox.send(&submit)?;
            self.in_flight[ticket.slot()] = Some(MessagePart { message, part: part.number, total });
        }
        Ok(())
    }

    fn handle(
        &mut self,
        event: Event<'_, Undecoded>,
        mut outbox: Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        match event {
            Event::Response { ticket, status, frame, .. } => match frame.body::<SubmitSmResp>() {
                Ok(response) if status.is_ok() => {
                    let part = self.landed(ticket);
                    let id = response.message_id.as_octets();
                    self.tracker.accepted(now(), part, id);
                }
                _ => self.ended(ticket, PartEnd::Refused),
            },
            Event::TimedOut { ticket } | Event::Abandoned { ticket, .. } => {
                self.ended(ticket, PartEnd::Unknown)
            }
            Event::Request { reply_to, frame, .. } => match frame.body::<DeliverSm>() {
                Ok(delivery) => {
                    outbox.respond(reply_to, &DeliverSmResp::default())?;
                    self.receive(&delivery, &mut outbox)?;
                }
                Err(_) => outbox.reject(reply_to, CommandStatus::ESME_RINVCMDID)?,
            },
            _ => {}
        }
        Ok(())
    }

    /// The part that travelled in this ticket's place.
    fn landed(&mut self, ticket: Ticket) -> MessagePart {
        self.in_flight[ticket.slot()].take().expect("each ticket ends once")
    }

    fn ended(&mut self, ticket: Ticket, end: PartEnd) {
        let part = self.landed(ticket);
        heprintln!("part {} of message {}: {:?}", part.part, part.message, end);
        self.tracker.ended(now(), part, end);
    }

    /// A receipt, or a command.
    fn receive(
        &mut self,
        delivery: &DeliverSm<'_>,
        outbox: &mut Outbox<'_, WINDOW>,
    ) -> Result<(), SendError> {
        let tlvs = ReceiptTlvs::from(delivery.tlvs);
        if MessageClass::of(delivery.esm_class, &tlvs, delivery.short_message, true) == MessageClass::Message
        {
            return self.obey(delivery, outbox);
        }
        let report = Report::new(delivery.short_message, tlvs);
        if let ReceiptOutcome::Matched(matched) = self.tracker.receipt(now(), &report, report.state()) {
            let MessagePart { message, part, total } = matched.part;
            heprintln!("message {}, part {} of {}: {:?}", message, part, total, matched.state);
        }
        Ok(())
    }

    /// Answers the first command; any further one is only acknowledged.
    fn obey(&mut self, delivery: &DeliverSm<'_>, outbox: &mut Outbox<'_, WINDOW>) -> Result<(), SendError> {
        let encoding = Gsm7OrUcs2::of(delivery.data_coding).unwrap_or_default();
        let mut command = heapless::String::<64>::new();
        // What is longer is none of our commands.
        let _ = encoding.decode(delivery.short_message).try_for_each(|ch| command.push(ch));
        heprintln!("command «{}» from {}", command, delivery.source.addr);
        if core::mem::replace(&mut self.has_answered, true) {
            return Ok(());
        }
        let mut answer = heapless::String::<64>::new();
        if command.eq_ignore_ascii_case(COMMAND) {
            let _ = write!(answer, "up {} ms", Instant::now().as_millis());
        } else {
            let _ = write!(answer, "unknown command; I know: {COMMAND}");
        }
        self.send(outbox, ANSWER_NUMBER, &answer)
    }
}
