//! Two sessions that keep the rules, under any list of operations, faults and clock steps.

use super::pair::Pair;
use crate::Source;
use smpp_core::Instant;
use smpp_core::pdu::{AlertNotification, BindReceiver, BindTransceiver, BindTransmitter, Outbind};
use smpp_core::session::{Config, SendError, Session, State};
use smpp_core::types::{CommandStatus, InterfaceVersion};
use std::time::Duration;

const VERSIONS: [InterfaceVersion; 3] =
    [InterfaceVersion::V3_4, InterfaceVersion::V5_0, InterfaceVersion::V3_3];

const STATUSES: [CommandStatus; 6] = [
    CommandStatus::ESME_ROK,
    CommandStatus::ESME_ROK,
    CommandStatus::ESME_RSYSERR,
    CommandStatus::ESME_RTHROTTLED,
    CommandStatus::ESME_RMSGQFUL,
    CommandStatus::ESME_RINVCMDID,
];

/// Up to this long, in milliseconds, the clock goes on in one step: from less than any timer to days of sleep.
const STEPS: [u32; 5] = [1, 1_000, 10_000, 100_000, 500_000_000];

/// What is set for both sides.
#[derive(Clone, Copy)]
struct Setting {
    config: Config,
    esme: InterfaceVersion,
    mc: InterfaceVersion,
}

/// Whatever two such sessions do and whatever befalls their line: each ticket ends once, what waits has a wake-up, nothing
/// is refused, and both come to their end.
pub fn session_pair(input: &[u8]) {
    let mut choices = Source::new(input);
    let setting = setting(&mut choices);
    let start = Instant::from_millis(u64::from(choices.u16()) << 17);
    let mut pair = match (setting.esme, setting.mc, choices.flag()) {
        (InterfaceVersion::V3_4, InterfaceVersion::V3_4, true) => Pair::bound(setting.config, start),
        _ => unbound(setting, start),
    };
    while !choices.is_empty() && !pair.ends.iter().all(|end| end.closed) {
        step(&mut pair, setting, &mut choices);
        for side in 0..2 {
            pair.pump(side);
            close_if_over(&mut pair, side);
        }
        pair.check();
        check_bind(&mut pair);
    }
    if setting.config.session_init.is_zero() && !pair.ends[0].session.state().is_bound() {
        // Nobody has to bind here: it would wait for ever.
        pair.cut(0);
        pair.cut(1);
    }
    pair.finish();
}

/// Connected, each side with its version.
fn unbound(setting: Setting, start: Instant) -> Pair {
    let mut pair = Pair::open(setting.config, start);
    pair.ends[0].session = Session::esme(Config { version: setting.esme, ..setting.config }, start);
    pair.ends[1].session = Session::mc(Config { version: setting.mc, ..setting.config }, start);
    pair
}

fn setting(choices: &mut Source<'_>) -> Setting {
    let (esme, mc) = (choices.pick(&VERSIONS), choices.pick(&VERSIONS));
    let mut seconds = |all: &[u64]| Duration::from_secs(choices.pick(all));
    let config = Config {
        session_init: seconds(&[10, 0, 3]),
        response_timeout: seconds(&[5, 1, 60]),
        enquire_link: seconds(&[7, 0, 1]),
        inactivity: seconds(&[40, 0, 2]),
        throttle_pause: seconds(&[1, 0, 30]),
        ..Config::default()
    };
    let config = Config {
        // What a bind response without a version means.
        assumed_version: mc,
        window: choices.pick(&[3, 1, 2, 9, 0]),
        rate: choices.pick(&[0, 2, 50, u32::MAX]),
        burst: choices.pick(&[1, 0, 3]),
        enquire_link_attempts: choices.pick(&[1, 2, 0]),
        enquire_link_always: choices.flag(),
        max_pdu: 160,
        ..config
    };
    Setting { config, esme, mc }
}

fn step(pair: &mut Pair, setting: Setting, choices: &mut Source<'_>) {
    let (kind, side) = (choices.octet() % 32, usize::from(choices.flag()));
    match kind {
        0..3 => bind(pair, setting, choices.octet()),
        3..9 => {
            pair.send(side, choices.octet().into());
        }
        9..15 => {
            let (which, status) = (choices.octet().into(), choices.pick(&STATUSES));
            pair.answer(side, which, status);
        }
        15..18 => {
            pair.transmit(side, most(choices));
        }
        18..22 => {
            pair.deliver(side, most(choices));
            while pair.take_one(side) {}
        }
        22..25 => {
            pair.settle(side);
        }
        25..28 => {
            let most = choices.pick(&STEPS);
            let pause = Duration::from_micros(u64::from(most) * u64::from(choices.u16()) / 64);
            pair.advance(pair.now.after(pause));
        }
        // Not allowed in each state; that it says so is no fault.
        28 => {
            let _ = pair.ends[side].session.enquire_link(pair.now);
        }
        29 => notify(pair, setting, choices.flag()),
        30 if choices.flag() => {
            let _ = pair.ends[side].session.unbind(pair.now);
        }
        30 => pair.cut(side),
        _ => take_over(pair, setting, side),
    }
}

/// Few octets or all.
fn most(choices: &mut Source<'_>) -> usize {
    match choices.octet() {
        0 => usize::MAX,
        most => most.into(),
    }
}

fn bind(pair: &mut Pair, setting: Setting, kind: u8) {
    let now = pair.now;
    // A 3.3 MC has no transceivers.
    let kinds = if setting.mc == InterfaceVersion::V3_3 { 2 } else { 3 };
    let interface_version = setting.esme;
    let _ = pair.ends[0].put(|session, out| {
        let length = match kind % kinds {
            0 => session.bind(now, &BindTransmitter { interface_version, ..Default::default() }, out),
            1 => session.bind(now, &BindReceiver { interface_version, ..Default::default() }, out),
            _ => session.bind(now, &BindTransceiver { interface_version, ..Default::default() }, out),
        };
        Ok(((), length?))
    });
}

/// The MC says something that is not answered.
fn notify(pair: &mut Pair, setting: Setting, outbind: bool) {
    let now = pair.now;
    // A 3.3 ESME knows neither.
    if setting.esme == InterfaceVersion::V3_3 {
        return;
    }
    let _ = pair.ends[1].put(|session, out| {
        let length = if outbind {
            session.notify(now, &Outbind::default(), out)
        } else {
            session.notify(now, &AlertNotification::default(), out)
        };
        Ok(((), length?))
    });
}

/// Another session goes on with the connection of `side`, as after a restart of its program.
fn take_over(pair: &mut Pair, setting: Setting, side: usize) {
    let end = &mut pair.ends[side];
    let Some(snapshot) = end.session.snapshot().filter(|_| !end.session.has_transmit()) else { return };
    let version = if side == 0 { setting.esme } else { setting.mc };
    let mut after = Session::resume(Config { version, ..setting.config }, pair.now, snapshot);
    for (ticket, command, _) in end.session.outstanding() {
        assert_eq!(after.adopt(pair.now, ticket.sequence_number(), command), Some(ticket));
    }
    assert_eq!(after.snapshot(), Some(snapshot));
    end.session = after;
}

/// A session that is over says what it has to say and closes its connection.
fn close_if_over(pair: &mut Pair, side: usize) {
    if pair.ends[side].session.state() == State::Closed {
        pair.pump(side);
        pair.transmit(side, usize::MAX);
        pair.cut(side);
    }
}

/// A bind that waits for its answer does not wait for ever, and one that cannot be written changes nothing.
fn check_bind(pair: &mut Pair) {
    let session = &mut pair.ends[0].session;
    if !matches!(session.state(), State::Open | State::Outbound) {
        return;
    }
    let (version, wake_up) = (session.version(), session.poll_timeout());
    let bind = BindReceiver { interface_version: InterfaceVersion(0), ..Default::default() };
    match session.bind(pair.now, &bind, &mut []) {
        Err(SendError::NotAllowed { .. }) => {
            assert!(wake_up.is_some(), "a bind waits and nobody wakes up for it")
        }
        Err(SendError::Encode(_)) => {
            assert_eq!((session.version(), session.poll_timeout()), (version, wake_up))
        }
        other => panic!("{other:?}"),
    }
}
