//! One bound session under octets that no peer would send.

use super::watch::Watch;
use crate::Source;
use smpp_core::pdu::{DataSm, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp, encode, encode_header};
use smpp_core::session::{CommandSet, Config, Role, Snapshot, State};
use smpp_core::types::{CommandId, CommandStatus, InterfaceVersion};
use std::time::Duration;

const OFFERED: [CommandId; 3] = [CommandId::SUBMIT_SM, CommandId::DELIVER_SM, CommandId::BIND_RECEIVER];

/// Any octets into a bound session in either role, among operations of its own side: it takes each PDU or asks for more,
/// answers requests only, loses no ticket, owes little, and closes for a reason that was there. And it makes no
/// difference in which pieces they come.
pub fn session_octets(input: &[u8]) {
    let mut choices = Source::new(input);
    let (config, snapshot) = (config(&mut choices), snapshot(&mut choices));
    if choices.octet().is_multiple_of(4) {
        return in_pieces(config, snapshot, &mut choices);
    }
    let mut watch = Watch::new(config, snapshot);
    while !choices.is_empty() {
        step(&mut watch, &mut choices);
        watch.take();
    }
    watch.end();
}

fn config(choices: &mut Source<'_>) -> Config {
    let mut seconds = |all: &[u64]| Duration::from_secs(choices.pick(all));
    let config = Config {
        response_timeout: seconds(&[5, 1]),
        enquire_link: seconds(&[7, 0, 1]),
        inactivity: seconds(&[0, 40, 2]),
        ..Config::default()
    };
    Config {
        version: choices.pick(&[InterfaceVersion::V3_4, InterfaceVersion::V5_0, InterfaceVersion::V3_3]),
        max_pdu: choices.pick(&[64, 1000, 16, 0]),
        max_command_length: choices.pick(&[1000, 100_000, usize::MAX, 40]),
        commands: choices.pick(&[CommandSet::ALL, CommandSet::of(&OFFERED)]),
        enquire_link_attempts: choices.pick(&[1, 2]),
        enquire_link_always: choices.flag(),
        ..config
    }
}

fn snapshot(choices: &mut Source<'_>) -> Snapshot {
    let version = choices.pick(&[InterfaceVersion::V3_4, InterfaceVersion::V5_0, InterfaceVersion::V3_3]);
    Snapshot {
        role: choices.pick(&[Role::Esme, Role::Mc]),
        state: choices.pick(&[State::BoundTrx, State::BoundTx, State::BoundRx]),
        version,
        sequence_number: choices.pick(&[0, 0x7FFF_FFFD]),
        unanswered: 0,
    }
}

fn step(watch: &mut Watch, choices: &mut Source<'_>) {
    match choices.octet() % 16 {
        0 => {
            let count = choices.octet();
            watch.arrived.extend_from_slice(choices.octets(count.into()));
        }
        1..8 => pdu(watch, choices),
        8 | 9 => watch.send(choices.octet()),
        10 | 11 => watch.answer(choices.octet().into(), choices.flag()),
        12 => watch.transmit(choices.pick(&[16, 15, 40, 400])),
        13 => {
            let next = watch.session.poll_timeout().filter(|_| choices.flag());
            let pause = Duration::from_millis(u64::from(choices.u16()) >> 4);
            watch.advance(next.unwrap_or(watch.now.after(pause)));
        }
        14 => watch.unbind(),
        _ => watch.enquire_link(),
    }
}

/// A PDU, or what looks like one, arrives: of any command, numbered as one of ours or by chance.
fn pdu(watch: &mut Watch, choices: &mut Source<'_>) {
    let id = choices.pick(CommandId::NAMED);
    let number = match choices.octet() % 8 {
        0 => u32::from(choices.u16()) << 16 | u32::from(choices.u16()),
        1 => watch.last_control(),
        place => watch.number(usize::from(place) - 2),
    };
    let status = CommandStatus(choices.pick(&[0, 0, 0, 2, 0x58, 0x14, 0x0400]));
    let mut out = [0; 256];
    let written = match id {
        CommandId::SUBMIT_SM => {
            encode(&SubmitSm { short_message: b"text", ..Default::default() }, status, number, &mut out)
        }
        CommandId::DELIVER_SM => encode(&DeliverSm::default(), status, number, &mut out),
        CommandId::DATA_SM => encode(&DataSm::default(), status, number, &mut out),
        CommandId::SUBMIT_SM_RESP => encode(&SubmitSmResp::default(), status, number, &mut out),
        CommandId::DELIVER_SM_RESP => encode(&DeliverSmResp::default(), status, number, &mut out),
        _ => encode_header(id, status, number, &mut out),
    };
    let mut pdu = out[..written.unwrap()].to_vec();
    match choices.octet() {
        // Octets behind the last field, told and not told.
        0 => {
            pdu.extend_from_slice(&[0; 70]);
            pdu[3] += 70;
        }
        1 => pdu.extend_from_slice(&[0, 0, 0, 5]),
        2 => pdu[choices.octet() as usize % 16] ^= 1 << (choices.octet() % 8),
        3 => pdu[2] = 3,
        4 => pdu.truncate(choices.octet().into()),
        _ => {}
    }
    watch.arrived.extend_from_slice(&pdu);
}

/// The same octets, with the same requests outstanding, whole and in pieces.
fn in_pieces(config: Config, snapshot: Snapshot, choices: &mut Source<'_>) {
    let sizes = choices.octets(8);
    let mut whole = Watch::new(config, snapshot);
    let mut pieces = Watch::new(config, snapshot);
    for kind in 0..3 {
        whole.send(kind);
        pieces.send(kind);
    }
    // PDUs by choices, or the octets as they are.
    if choices.flag() {
        while !choices.is_empty() {
            pdu(&mut whole, choices);
        }
    } else {
        whole.arrived.extend_from_slice(choices.rest());
    }
    let stream = whole.arrived.clone();
    whole.take();
    let (mut rest, mut sizes) = (&*stream, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = sizes.next().map_or(1, |size| usize::from(*size) + 1).min(rest.len());
        pieces.arrived.extend_from_slice(&rest[..size]);
        rest = &rest[size..];
        pieces.take();
    }
    whole.end();
    pieces.end();
    assert_eq!(whole.told, pieces.told);
    assert_eq!(answers(&whole), answers(&pieces));
}

/// What the session wrote by itself, in no order: an unbind is answered when nothing else is to be.
fn answers(watch: &Watch) -> Vec<&[u8]> {
    let (pdus, _) = watch.written.as_chunks::<16>();
    // A length that cannot be is answered at once, without the number that may come behind it.
    let is_lost = |pdu: &[u8; 16]| pdu[4] == 0x80 && pdu[5..8] == [0; 3] && pdu[11] == 2;
    let mut answers: Vec<_> =
        pdus.iter().map(|pdu| if is_lost(pdu) { &pdu[..12] } else { &pdu[..] }).collect();
    answers.sort_unstable();
    answers
}
