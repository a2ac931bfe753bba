//! Who we are, how far the session has come, and what leads from one state to the next: all of it in [`TABLE`].
//!
//! # How a session works
//!
//! Something that happens (a [`Stimulus`]) is looked up in the table by the present state. The row says the next state and
//! what becomes of two groups of timers; what it does not list changes nothing. No other file sets a state.
//!
//! * The *phase* timer limits whatever a session waits for besides messages: that somebody binds (session_init_timer), that
//!   our bind or unbind is answered or the application answers what the peer unbinds behind (response_timer), that the peer
//!   closes the connection behind our unbind_resp.
//! * The *traffic* timers watch a bound session: silence of the peer (enquire_link_timer), no messages (inactivity_timer).
//!
//! What belongs to one conversation lives with it and not in more states: whose bind or unbind waits for which answer
//! ([`bind`](super::bind), [`unbind`](super::unbind)), whether the peer was asked for the link
//! ([`keep_alive`](super::keep_alive)), the requests that wait for responses ([`window`](super::window)). A session that two
//! sides unbind at once would else have a state for each way that the four PDUs can cross. Which *requests* may travel in a
//! state is another table: [`rules`](super::rules).
//!
//! The states, as a test draws them from the table. `stays` are timers that start or stop without another state.
//!
//! ```text
//! OPEN
//! ├─ outbind ──────────────▶ OUTBOUND    phase: session_init
//! ├─ outbind crosses bind ─▶ OUTBOUND
//! ├─ bind sent ────────────▶ stays       phase: response
//! ├─ bind received ────────▶ stays       phase: stop
//! ├─ bind refused ─────────▶ stays       phase: session_init
//! ├─ bound tx ─────────────▶ BOUND_TX    phase: stop, traffic: start
//! ├─ bound rx ─────────────▶ BOUND_RX    phase: stop, traffic: start
//! ├─ bound trx ────────────▶ BOUND_TRX   phase: stop, traffic: start
//! └─ end ──────────────────▶ CLOSED      phase: stop, traffic: stop
//! OUTBOUND
//! ├─ bind sent ────────────▶ stays       phase: response
//! ├─ bind received ────────▶ stays       phase: stop
//! ├─ bind refused ─────────▶ stays       phase: session_init
//! ├─ bound tx ─────────────▶ BOUND_TX    phase: stop, traffic: start
//! ├─ bound rx ─────────────▶ BOUND_RX    phase: stop, traffic: start
//! ├─ bound trx ────────────▶ BOUND_TRX   phase: stop, traffic: start
//! └─ end ──────────────────▶ CLOSED      phase: stop, traffic: stop
//! BOUND_TX
//! ├─ unbind ───────────────▶ UNBOUND     phase: response, traffic: stop
//! └─ end ──────────────────▶ CLOSED      phase: stop, traffic: stop
//! BOUND_RX
//! ├─ unbind ───────────────▶ UNBOUND     phase: response, traffic: stop
//! └─ end ──────────────────▶ CLOSED      phase: stop, traffic: stop
//! BOUND_TRX
//! ├─ unbind ───────────────▶ UNBOUND     phase: response, traffic: stop
//! └─ end ──────────────────▶ CLOSED      phase: stop, traffic: stop
//! UNBOUND
//! ├─ unbind answered ──────▶ stays       phase: linger
//! └─ end ──────────────────▶ CLOSED      phase: stop, traffic: stop
//! CLOSED
//! ```

use core::fmt;

/// Which end of the connection a session is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// External short messaging entity: the one that binds.
    Esme,
    /// Message centre (SMSC in older texts): the one that is bound to.
    Mc,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Esme => Self::Mc,
            Self::Mc => Self::Esme,
        }
    }
}

/// How far a session has come (SMPP 3.4 §2.2; 5.0 §2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum State {
    /// Connected, not bound.
    Open,
    /// The MC sent outbind and waits for the bind of the ESME.
    Outbound,
    /// Bound as a transmitter: the ESME submits.
    BoundTx,
    /// Bound as a receiver: the MC delivers.
    BoundRx,
    /// Bound as a transceiver: both.
    BoundTrx,
    /// One side sent unbind; what is under way may finish.
    Unbound,
    /// Over. The connection is to be closed.
    Closed,
}

impl State {
    /// Whether messages can travel.
    #[must_use]
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::BoundTx | Self::BoundRx | Self::BoundTrx)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "OPEN",
            Self::Outbound => "OUTBOUND",
            Self::BoundTx => "BOUND_TX",
            Self::BoundRx => "BOUND_RX",
            Self::BoundTrx => "BOUND_TRX",
            Self::Unbound => "UNBOUND",
            Self::Closed => "CLOSED",
        })
    }
}

/// What happens to a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Stimulus {
    /// An outbind passed, to the ESME or from the MC.
    Outbind,
    /// ESME: an outbind came while our bind waits for its response: that keeps its time.
    CrossedOutbind,
    /// ESME: our bind goes out.
    BindSent,
    /// MC: a bind came. The application takes the time that it needs to decide.
    BindReceived,
    /// The bind was refused, by the MC or by us.
    BindRefused,
    /// The bind was accepted, by the MC or by us.
    BoundTx,
    BoundRx,
    BoundTrx,
    /// Either side unbinds.
    Unbind,
    /// Our unbind_resp goes out, or what it waits for was given up.
    UnbindAnswered,
    /// The session is over, for whatever reason.
    End,
}

/// What becomes of the phase timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// It goes on.
    Keep,
    Stop,
    /// Somebody must bind: [`Config::session_init`](super::Config::session_init).
    SessionInit,
    /// An answer must come: [`Config::response_timeout`](super::Config::response_timeout).
    Response,
    /// The peer must close the connection.
    Linger,
}

/// What becomes of the timers of a bound session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Traffic {
    /// They go on.
    Keep,
    Start,
    Stop,
}

/// What a row of the table does to the timers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Actions {
    pub(super) phase: Phase,
    pub(super) traffic: Traffic,
}

/// A row: in one of these states (a bit for each), this leads to that state, or to none other.
struct Row {
    from: u8,
    stimulus: Stimulus,
    to: Option<State>,
    actions: Actions,
}

const fn row(from: u8, stimulus: Stimulus, to: Option<State>, phase: Phase, traffic: Traffic) -> Row {
    Row { from, stimulus, to, actions: Actions { phase, traffic } }
}

const fn bit(state: State) -> u8 {
    1 << state as u8
}

const OPEN: u8 = bit(State::Open);
const UNBOUND: u8 = bit(State::Unbound);
const UNTIL_BOUND: u8 = OPEN | bit(State::Outbound);
const BOUND: u8 = bit(State::BoundTx) | bit(State::BoundRx) | bit(State::BoundTrx);
const ANY: u8 = UNTIL_BOUND | BOUND | UNBOUND;

/// Every transition there is.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    //  in           what happens              leads to                 phase timer         traffic timers
    row(OPEN,        Stimulus::Outbind,        Some(State::Outbound),   Phase::SessionInit, Traffic::Keep),
    row(OPEN,        Stimulus::CrossedOutbind, Some(State::Outbound),   Phase::Keep,        Traffic::Keep),
    row(UNTIL_BOUND, Stimulus::BindSent,       None,                    Phase::Response,    Traffic::Keep),
    row(UNTIL_BOUND, Stimulus::BindReceived,   None,                    Phase::Stop,        Traffic::Keep),
    row(UNTIL_BOUND, Stimulus::BindRefused,    None,                    Phase::SessionInit, Traffic::Keep),
    row(UNTIL_BOUND, Stimulus::BoundTx,        Some(State::BoundTx),    Phase::Stop,        Traffic::Start),
    row(UNTIL_BOUND, Stimulus::BoundRx,        Some(State::BoundRx),    Phase::Stop,        Traffic::Start),
    row(UNTIL_BOUND, Stimulus::BoundTrx,       Some(State::BoundTrx),   Phase::Stop,        Traffic::Start),
    row(BOUND,       Stimulus::Unbind,         Some(State::Unbound),    Phase::Response,    Traffic::Stop),
    row(UNBOUND,     Stimulus::UnbindAnswered, None,                    Phase::Linger,      Traffic::Keep),
    row(ANY,         Stimulus::End,            Some(State::Closed),     Phase::Stop,        Traffic::Stop),
];

/// The next state, and what it does to the timers. A pair that is not in the table changes nothing.
pub(super) fn next(state: State, stimulus: Stimulus) -> (State, Actions) {
    let row = TABLE.iter().find(|row| row.stimulus == stimulus && row.from & bit(state) != 0);
    match row {
        Some(row) => (row.to.unwrap_or(state), row.actions),
        None => (state, Actions { phase: Phase::Keep, traffic: Traffic::Keep }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    const STATES: [State; 7] = [
        State::Open,
        State::Outbound,
        State::BoundTx,
        State::BoundRx,
        State::BoundTrx,
        State::Unbound,
        State::Closed,
    ];

    fn name(stimulus: Stimulus) -> &'static str {
        match stimulus {
            Stimulus::Outbind => "outbind",
            Stimulus::CrossedOutbind => "outbind crosses bind",
            Stimulus::BindSent => "bind sent",
            Stimulus::BindReceived => "bind received",
            Stimulus::BindRefused => "bind refused",
            Stimulus::BoundTx => "bound tx",
            Stimulus::BoundRx => "bound rx",
            Stimulus::BoundTrx => "bound trx",
            Stimulus::Unbind => "unbind",
            Stimulus::UnbindAnswered => "unbind answered",
            Stimulus::End => "end",
        }
    }

    const STIMULI: [Stimulus; 11] = [
        Stimulus::Outbind,
        Stimulus::CrossedOutbind,
        Stimulus::BindSent,
        Stimulus::BindReceived,
        Stimulus::BindRefused,
        Stimulus::BoundTx,
        Stimulus::BoundRx,
        Stimulus::BoundTrx,
        Stimulus::Unbind,
        Stimulus::UnbindAnswered,
        Stimulus::End,
    ];

    fn timers(actions: Actions) -> String {
        let phase = match actions.phase {
            Phase::Keep => None,
            Phase::Stop => Some("phase: stop"),
            Phase::SessionInit => Some("phase: session_init"),
            Phase::Response => Some("phase: response"),
            Phase::Linger => Some("phase: linger"),
        };
        let traffic = match actions.traffic {
            Traffic::Keep => None,
            Traffic::Start => Some("traffic: start"),
            Traffic::Stop => Some("traffic: stop"),
        };
        phase.into_iter().chain(traffic).collect::<Vec<_>>().join(", ")
    }

    /// The picture of the module's documentation.
    fn picture() -> Vec<String> {
        let nothing = Actions { phase: Phase::Keep, traffic: Traffic::Keep };
        let mut lines = Vec::new();
        for state in STATES {
            lines.push(format!("{state}"));
            let edges: Vec<_> = STIMULI
                .into_iter()
                .map(|stimulus| (stimulus, next(state, stimulus)))
                .filter(|&(_, (to, actions))| to != state || actions != nothing)
                .collect();
            for (index, &(stimulus, (to, actions))) in edges.iter().enumerate() {
                let corner = if index + 1 == edges.len() { '└' } else { '├' };
                let to = if to == state { String::from("stays") } else { format!("{to}") };
                let line =
                    format!("{corner}─ {:─<22}▶ {to:<12}{}", format!("{} ", name(stimulus)), timers(actions));
                lines.push(String::from(line.trim_end()));
            }
        }
        lines
    }

    #[test]
    fn the_picture_of_the_states_is_the_table() {
        let documented: Vec<&str> = include_str!("state.rs")
            .lines()
            .skip_while(|line| *line != "//! ```text")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//! "))
            .collect();
        let drawn = picture();
        assert_eq!(documented, drawn, "draw it so:\n//! {}", drawn.join("\n//! "));
    }

    #[test]
    fn no_row_is_hidden_by_another_and_a_closed_session_stays_closed() {
        for (index, row) in TABLE.iter().enumerate() {
            for before in &TABLE[..index] {
                assert!(row.stimulus != before.stimulus || row.from & before.from == 0);
            }
            assert_eq!(row.from & bit(State::Closed), 0);
        }
        assert!(STIMULI.iter().all(|stimulus| TABLE.iter().any(|row| row.stimulus == *stimulus)));
    }
}
