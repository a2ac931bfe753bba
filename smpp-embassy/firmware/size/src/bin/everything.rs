//! Everything that smpp-core offers, in one program: that it links shows that no path in it leads to a panic.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::time::Duration;
use size::Output;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::link::{Link, Step};
use smpp_core::pdu::{AlertNotification, BindReceiver, DeliverSm, Outbind, SubmitSm, SubmitSmResp};
use smpp_core::provider::Provider;
use smpp_core::session::{Config, Event, Input, Session};
use smpp_core::sms::reassemble::{self, Part, Reassembler};
use smpp_core::sms::receipt::{MessageClass, ReceiptFormat, ReceiptValues, Report};
use smpp_core::sms::reference::{Bucket, References};
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::sms::track::{Entry, Limits, MessagePart, PartEnd, Tracker};
use smpp_core::sms::udh::Udh;
use smpp_core::text::national::{self, Language};
use smpp_core::text::{Candidates, Encoding, Gsm7, Gsm7OrUcs2, Unmappable};
use smpp_core::types::{CommandStatus, DataCoding, DateTime, MessageState, SmppTime, YearWindow};
use smpp_core::{Leniency, Observe};

const HOUR: Duration = Duration::from_secs(3600);

/// Looks at what a careful reader tells.
struct Witness;

impl<'a> Observe<'a> for Witness {
    fn deviation(&mut self, deviation: smpp_core::Deviation<'a>) {
        black_box(deviation);
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        inspect(size::input());
        text(size::text(), output.room());
        messages(size::input(), output.room());
        both_roles(size::input(), output);
        link(size::input(), output.room());
        provider(size::text());
    })
}

fn inspect(mut rest: &[u8]) {
    while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU) {
        if let Ok(pdu) = frame.inspect(black_box(Leniency::STRICT), &mut Witness) {
            let tlvs = pdu.tlvs();
            black_box((tlvs.sar_total_segments(), tlvs.network_error_code(), tlvs.its_session_info()));
            let _ = black_box((frame.tlvs(), frame.body::<DeliverSm>()));
            black_box(pdu.message().and_then(|message| message.sar()));
        }
        rest = rest.get(frame.octets.len()..).unwrap_or_default();
    }
}

fn text(text: &str, output: &mut [u8]) {
    for method in [Method::Udh8, Method::Udh16, Method::Sar { wide: true }, Method::Payload] {
        let cut = Segmenter {
            method: black_box(method),
            unmappable: Unmappable::TRANSLITERATE,
            ..Segmenter::default()
        };
        let candidates = Candidates { national: &national::CANDIDATES, ..Candidates::default() };
        let choice = cut.choose(text, &candidates);
        if let Ok(parts) = cut.text(text, choice.encoding) {
            parts.for_each(|part| _ = black_box(part.write(0x2A, output)));
        }
        if let Ok(parts) = cut.encoded(text.as_bytes(), black_box(Encoding::GSM7)) {
            parts.for_each(|part| _ = black_box(part.write(0x2A, output)));
        }
        if let Ok(parts) = cut.binary(text.as_bytes()) {
            parts.for_each(|part| _ = black_box(part.write(0x2A, output)));
        }
    }
    let basic = Gsm7OrUcs2::choose(text, black_box(Unmappable::Replace));
    if let Ok(parts) = Segmenter::default().text(text, basic) {
        parts.for_each(|part| _ = black_box(part.write(0x2A, output)));
    }
    let _ = black_box(basic.encode(text, Unmappable::TRANSLITERATE, output));
    basic.decode(text.as_bytes()).for_each(|ch| _ = black_box(ch));
    black_box((Gsm7OrUcs2::of(black_box(DataCoding(8))), basic.data_coding(), Encoding::from(basic)));
    let tables = Gsm7::received(Some(black_box(Language(1))), Some(black_box(Language(2))));
    let packed = black_box(Encoding::Gsm7Packed { alphabet: tables, fill_bits: 1 });
    let _ = black_box(packed.encode(text, Unmappable::TRANSLITERATE, output));
    let _ = black_box(packed.decode_str(text.as_bytes(), output));
    let _ = black_box(packed.check(text.as_bytes()));
    let _ = black_box(Encoding::of(black_box(DataCoding(8)), packed));
}

fn messages(input: &[u8], output: &mut [u8]) {
    let now = size::now();
    let mut tracker = Tracker::<[Entry; 8]>::fixed(Limits { receipt: HOUR, early_receipt: HOUR }, None);
    let mut reassembler = Reassembler::<[reassemble::Entry; 2], [u8; 512]>::fixed(HOUR);
    let mut references = References::narrow([Bucket::EMPTY; 4], black_box(7), HOUR);
    let _ = black_box(references.next(now, input));

    let part = MessagePart { message: 1, part: 1, total: 1 };
    let _ = black_box(tracker.accepted(now, part, input));
    black_box(tracker.ended(now, part, PartEnd::Unknown));
    let message = DeliverSm { short_message: input, ..DeliverSm::default() };
    let tlvs = message.tlvs.into();
    black_box(MessageClass::of(message.esm_class, &tlvs, input, true));
    let report = Report::new(input, tlvs);
    let _ = black_box(tracker.receipt(now, &report, report.state()));
    black_box((report.error(), report.receipt.map(|receipt| (receipt.submit_time(), receipt.done_time()))));
    black_box((tracker.expire(now), tracker.progress(1), tracker.form(), tracker.poll_timeout()));

    let part = Udh::split(input).ok().and_then(|(udh, rest)| {
        Part::from_udh(message.source, message.destination, message.data_coding, udh, rest)
    });
    if let Some(part) = part {
        let _ = black_box(reassembler.insert(now, &part));
    }
    black_box(reassembler.expire(now));
    black_box((reassembler.pending(), reassembler.poll_timeout()));

    let Some(at) = DateTime::from_unix(black_box(0)) else { return };
    let receipt = ReceiptValues {
        id: input,
        sub: 1,
        dlvrd: 1,
        submit_date: at,
        done_date: at,
        state: MessageState::DELIVERED,
        err: 0,
        text: input,
    };
    let _ = black_box(receipt.encode(&ReceiptFormat::APPENDIX_B, output));
    if let Ok(Some(time)) = SmppTime::parse(input, YearWindow::around(2026)) {
        let _ = black_box((time.encode(), time.to_unix(0)));
    }
}

/// A session that reads every PDU.
fn read(mut session: Session<10>, mut input: &[u8]) {
    while let Ok(Input::Pdu { consumed, event }) = session.handle_input(size::now(), input) {
        black_box(event);
        input = input.get(consumed..).unwrap_or_default();
        black_box(session.poll_event());
    }
}

/// An ESME and an MC on the same input.
fn both_roles(input: &[u8], output: &mut Output) {
    let now = size::now();
    read(Session::mc(Config::default(), now), input);
    let mut esme = Session::<10>::esme(Config::default(), now);
    let _ = black_box(esme.bind(now, &BindReceiver::default(), output.room()));
    size::drive(&mut esme, input, output, |session, event, output| {
        if let Event::Bound { .. } = *event {
            let _ = black_box(session.send(now, &SubmitSm::default(), output.room()));
            let _ = black_box(session.enquire_link(now));
            let snapshot = session.snapshot();
            black_box(snapshot.map(|snapshot| Session::<10>::resume(Config::default(), now, snapshot)));
        }
    });
    let mut mc = Session::<10>::mc(Config::default(), now);
    let _ = black_box(mc.notify(now, &Outbind::default(), output.room()));
    size::drive(&mut mc, input, output, |session, event, output| match *event {
        Event::BindRequested { reply_to, .. } => {
            let _ = black_box(session.accept(now, reply_to, "mc".into(), output.room()));
        }
        Event::Request { reply_to, .. } => {
            let _ = black_box(session.respond(now, reply_to, &SubmitSmResp::default(), output.room()));
            let _ = black_box(session.reject(now, reply_to, CommandStatus::ESME_RSYSERR, output.room()));
            let _ = black_box(session.notify(now, &AlertNotification::default(), output.room()));
            black_box(session.outstanding().count());
        }
        _ => {}
    });
}

/// A session whose loop is the core's, and one whose application reads every PDU.
fn link(mut input: &[u8], output: &mut [u8]) {
    let (receive, transmit) = output.split_at_mut_checked(1024).unwrap_or_default();
    let mut link = Link::new(Session::<10>::mc(Config::default(), size::now()), receive, transmit);
    while let step @ (Step::Event | Step::Io(_)) = link.poll(size::now()) {
        if step == Step::Event {
            let (event, mut outbox) = link.event(&size::now);
            if let Event::Request { reply_to, .. } = black_box(event) {
                let _ = black_box(outbox.respond(reply_to, &SubmitSmResp::default()));
                let _ = black_box(outbox.send(&DeliverSm::default()));
                let _ = black_box((outbox.enquire_link(), outbox.unbind()));
            }
            continue;
        }
        let (octets, room) = link.io();
        let (written, count) = (octets.len(), room.len().min(input.len()));
        room.iter_mut().zip(input).for_each(|(place, octet)| *place = *octet);
        link.wrote(written);
        link.flushed();
        link.arrived(count);
        input = input.get(count..).unwrap_or_default();
    }
    black_box((link.frame(), link.framing_error(), link.is_ready(), link.is_shut()));
    let (engine, mut buffer) = link.into_parts();
    black_box(engine.unfinished());
    black_box(buffer.unfilled());
    buffer.advance(black_box(1));
    black_box(buffer.filled());
    buffer.consume(black_box(1));
}

fn provider(text: &str) {
    if let Some(provider) = Provider::by_name(text) {
        black_box((provider.source(text), provider.error_code(black_box(1005))));
        let _ = black_box(provider.destination(text));
    }
}
