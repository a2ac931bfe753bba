//! Who may send which request in which state: one table for both roles (SMPP 3.4 §2.3; 5.0 §2.4).
//!
//! The table has both specifications' columns as they are printed; where they differ from each other or from practice
//! (`docs/standards.md`), [`may_send`] keeps to what both allow, and [`receive`] accepts what either does.

use super::state::{Role, State};
use crate::types::{CommandId, InterfaceVersion};

/// In which states an ESME and an MC may send a request: a bit for each [`State`].
#[derive(Clone, Copy)]
struct Cells {
    esme: u8,
    mc: u8,
}

impl Cells {
    const fn contains(self, sender: Role, state: State) -> bool {
        let states = match sender {
            Role::Esme => self.esme,
            Role::Mc => self.mc,
        };
        states & bit(state) != 0
    }

    const fn union(self, other: Self) -> Self {
        Self { esme: self.esme | other.esme, mc: self.mc | other.mc }
    }
}

/// One row: a request and where it may be sent.
struct Rule {
    /// The low half of its id; the high half is zero.
    command: u16,
    since: InterfaceVersion,
    v34: Cells,
    v50: Cells,
}

const fn bit(state: State) -> u8 {
    1 << state as u8
}

const OPEN: u8 = bit(State::Open);
const OUTBOUND: u8 = bit(State::Outbound);
const TX: u8 = bit(State::BoundTx);
const RX: u8 = bit(State::BoundRx);
const TRX: u8 = bit(State::BoundTrx);
const UNBOUND: u8 = bit(State::Unbound);
const BOUND: u8 = TX | RX | TRX;

const NOBODY: Cells = Cells { esme: 0, mc: 0 };

const fn esme(states: u8) -> Cells {
    Cells { esme: states, mc: 0 }
}

const fn mc(states: u8) -> Cells {
    Cells { esme: 0, mc: states }
}

const fn both(states: u8) -> Cells {
    Cells { esme: states, mc: states }
}

const V3_3: InterfaceVersion = InterfaceVersion::V3_3;
const V3_4: InterfaceVersion = InterfaceVersion::V3_4;
const V5_0: InterfaceVersion = InterfaceVersion::V5_0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "runs in the compiler only, where requests are known to fit"
)]
const fn rule(command: CommandId, since: InterfaceVersion, v34: Cells, v50: Cells) -> Rule {
    Rule { command: command.0 as u16, since, v34, v50 }
}

/// The rule for a request.
fn find(request: CommandId) -> Option<&'static Rule> {
    RULES.iter().find(|rule| u32::from(rule.command) == request.0)
}

/// Every request of every version.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    //   request                          since  SMPP 3.4        SMPP 5.0
    rule(CommandId::SUBMIT_SM,            V3_3,  esme(TX | TRX), esme(TX | TRX)),
    rule(CommandId::DELIVER_SM,           V3_3,  mc(RX | TRX),   mc(RX | TRX)),
    rule(CommandId::ENQUIRE_LINK,         V3_3,  both(BOUND),    both(OPEN | OUTBOUND | BOUND | UNBOUND)),
    rule(CommandId::DATA_SM,              V3_4,  both(BOUND),    Cells { esme: TX | TRX, mc: RX | TRX }),
    rule(CommandId::BIND_RECEIVER,        V3_3,  esme(OPEN),     esme(OPEN | OUTBOUND)),
    rule(CommandId::BIND_TRANSMITTER,     V3_3,  esme(OPEN),     esme(OPEN | OUTBOUND)),
    rule(CommandId::BIND_TRANSCEIVER,     V3_4,  esme(OPEN),     esme(OPEN | OUTBOUND)),
    rule(CommandId::OUTBIND,              V3_4,  mc(OPEN),       mc(OPEN)),
    rule(CommandId::UNBIND,               V3_3,  both(BOUND),    both(BOUND)),
    rule(CommandId::SUBMIT_MULTI,         V3_3,  esme(TX | TRX), esme(TX | TRX)),
    rule(CommandId::QUERY_SM,             V3_3,  esme(TX | TRX), esme(TX | TRX)),
    rule(CommandId::CANCEL_SM,            V3_3,  esme(TX | TRX), esme(TX | TRX)),
    rule(CommandId::REPLACE_SM,           V3_3,  esme(TX),       esme(TX | TRX)),
    rule(CommandId::ALERT_NOTIFICATION,   V3_4,  mc(RX | TRX),   mc(RX | TRX)),
    rule(CommandId::BROADCAST_SM,         V5_0,  NOBODY,         esme(TX | TRX)),
    rule(CommandId::QUERY_BROADCAST_SM,   V5_0,  NOBODY,         esme(TX | TRX)),
    rule(CommandId::CANCEL_BROADCAST_SM,  V5_0,  NOBODY,         esme(TX | TRX)),
];

/// How many requests there are.
pub(super) const COUNT: usize = RULES.len();

/// Whether 3.4 is taken to allow what 5.0 does although its table does not: replace_sm is in its prose for transceivers,
/// and any bind may answer an outbind.
const fn is_as_in_v50(request: CommandId) -> bool {
    request.is_bind() || matches!(request, CommandId::REPLACE_SM)
}

/// The place of a request in the table, below 32.
pub(super) const fn index(request: CommandId) -> Option<u32> {
    let (mut rules, mut index) = (RULES, 0u32);
    while let [rule, rest @ ..] = rules {
        if rule.command as u32 == request.0 {
            return Some(index);
        }
        (rules, index) = (rest, index.wrapping_add(1));
    }
    None
}

/// Whether `request` exists in `version`.
pub(super) fn is_in(version: InterfaceVersion, request: CommandId) -> bool {
    find(request).is_some_and(|rule| rule.since <= version)
}

/// Whether `sender` may send `request` in `state` of a session of `version`. Strict: below 5.0 both tables must allow it.
pub(super) fn may_send(request: CommandId, sender: Role, state: State, version: InterfaceVersion) -> bool {
    let Some(rule) = find(request).filter(|rule| rule.since <= version) else { return false };
    rule.v50.contains(sender, state)
        && (version >= V5_0 || rule.v34.contains(sender, state) || is_as_in_v50(request))
}

/// What to do with a request that arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Take it.
    Allowed,
    /// Answer ESME_RINVBNDSTS, or ESME_RALYBND if it is a bind.
    WrongState,
    /// No version that we speak has it, or this sender never sends it: answer generic_nack ESME_RINVCMDID.
    Unknown,
}

/// Judges a request from `sender`, who may be of another version than we agreed upon: what either table allows is
/// accepted, as long as `ours`, the version that we implement, has it.
pub(super) fn receive(request: CommandId, sender: Role, state: State, ours: InterfaceVersion) -> Verdict {
    let rule = find(request).filter(|rule| rule.since <= ours);
    let Some(cells) = rule.map(|rule| rule.v34.union(rule.v50)) else { return Verdict::Unknown };
    let ever = match sender {
        Role::Esme => cells.esme,
        Role::Mc => cells.mc,
    };
    if cells.contains(sender, state) {
        Verdict::Allowed
    } else if ever != 0 {
        Verdict::WrongState
    } else {
        Verdict::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};
    use std::vec::Vec;
    use std::{format, println};

    const STATES: [State; 6] =
        [State::Open, State::Outbound, State::BoundTx, State::BoundRx, State::BoundTrx, State::Unbound];
    const ROLES: [Role; 2] = [Role::Esme, Role::Mc];
    const VERSIONS: [InterfaceVersion; 3] = [V3_3, V3_4, V5_0];

    struct Row {
        id: CommandId,
        name: String,
        since: InterfaceVersion,
        sender: String,
        v34: String,
        v50: String,
    }

    /// The operations of commands.tsv; reserved ranges are left out.
    fn rows() -> Vec<Row> {
        let table = include_str!("../../tests/spec/commands.tsv");
        let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
        rows.filter(|columns| columns[3] != "reserved")
            .map(|columns| Row {
                id: CommandId(u32::from_str_radix(columns[0].trim_start_matches("0x"), 16).unwrap()),
                name: columns[1].to_string(),
                since: match columns[2] {
                    "3.3" => V3_3,
                    "3.4" => V3_4,
                    "5.0" => V5_0,
                    other => panic!("{other}"),
                },
                sender: columns[5].to_string(),
                v34: columns[6].to_string(),
                v50: columns[7].to_string(),
            })
            .collect()
    }

    /// Whether a cell such as `OPEN:both,BOUND_TX:ESME` allows it.
    fn allows(cell: &str, sender: Role, state: State) -> bool {
        let role = match sender {
            Role::Esme => "ESME",
            Role::Mc => "MC",
        };
        cell.split(',')
            .filter_map(|entry| entry.split_once(':'))
            .any(|(name, who)| name == state.to_string() && (who == "both" || who == role))
    }

    fn cells() -> impl Iterator<Item = (Role, State)> {
        ROLES.into_iter().flat_map(|role| STATES.into_iter().map(move |state| (role, state)))
    }

    #[test]
    fn the_table_is_the_specification_cell_by_cell() {
        let requests: Vec<Row> = rows().into_iter().filter(|row| !row.id.is_response()).collect();
        assert_eq!(requests.len(), RULES.len());
        for row in requests {
            let index = index(row.id).unwrap_or_else(|| panic!("{} is missing", row.name));
            let rule = &RULES[usize::try_from(index).unwrap()];
            assert_eq!(rule.since, row.since, "{}", row.name);
            for (role, state) in cells() {
                let place = format!("{} by {role:?} in {state}", row.name);
                assert_eq!(rule.v34.contains(role, state), allows(&row.v34, role, state), "3.4: {place}");
                assert_eq!(rule.v50.contains(role, state), allows(&row.v50, role, state), "5.0: {place}");
            }
        }
    }

    /// Where we depart from the column of the session's version, by name (`docs/standards.md`).
    fn departure(
        name: &str,
        role: Role,
        state: State,
        version: InterfaceVersion,
    ) -> Option<(&'static str, bool)> {
        let v34 = version < V5_0;
        match (name, role, state) {
            ("replace_sm", Role::Esme, State::BoundTrx) if v34 => {
                Some(("replace_sm in BOUND_TRX: allow", true))
            }
            ("data_sm", Role::Esme, State::BoundRx) | ("data_sm", Role::Mc, State::BoundTx) if v34 => {
                Some(("data_sm directions: send as 5.0", false))
            }
            ("bind_receiver" | "bind_transmitter" | "bind_transceiver", Role::Esme, State::Outbound)
                if v34 =>
            {
                Some(("any bind may answer an outbind", true))
            }
            _ => None,
        }
    }

    #[test]
    fn every_cell_of_sending_is_the_specification_or_a_named_departure() {
        let mut used = Vec::new();
        for row in rows().into_iter().filter(|row| !row.id.is_response()) {
            for version in VERSIONS {
                let column = if version >= V5_0 { &row.v50 } else { &row.v34 };
                for (role, state) in cells() {
                    let specified = row.since <= version && allows(column, role, state);
                    let expected = match departure(&row.name, role, state, version) {
                        Some((reason, answer)) if row.since <= version => {
                            assert_ne!(answer, specified, "{reason} is no departure");
                            used.push(reason);
                            answer
                        }
                        _ => specified,
                    };
                    let place = format!("{} by {role:?} in {state}, {version}", row.name);
                    assert_eq!(may_send(row.id, role, state, version), expected, "{place}");
                }
            }
        }
        used.sort_unstable();
        used.dedup();
        assert_eq!(used.len(), 3, "{used:?}");
    }

    #[test]
    fn every_cell_of_receiving_is_what_either_version_allows() {
        for row in rows().into_iter().filter(|row| !row.id.is_response()) {
            for ours in VERSIONS {
                for (role, state) in cells() {
                    let either = |role, state| allows(&row.v34, role, state) || allows(&row.v50, role, state);
                    let ever = STATES.into_iter().any(|state| either(role, state));
                    let expected = match (row.since <= ours && ever, either(role, state)) {
                        (false, _) => Verdict::Unknown,
                        (true, true) => Verdict::Allowed,
                        (true, false) => Verdict::WrongState,
                    };
                    assert_eq!(receive(row.id, role, state, ours), expected, "{} {role:?} {state}", row.name);
                }
            }
        }
    }

    #[test]
    fn link_checks_are_accepted_in_every_state() {
        // In practice 19: enquire_link before bind.
        for (role, state) in cells() {
            assert_eq!(receive(CommandId::ENQUIRE_LINK, role, state, V3_4), Verdict::Allowed);
        }
        assert!(!may_send(CommandId::ENQUIRE_LINK, Role::Esme, State::Open, V3_4));
    }

    #[test]
    fn responses_go_the_other_way_in_the_states_of_their_requests() {
        // So a session that knows its requests needs no rules for responses.
        let all = rows();
        for row in all.iter().filter(|row| row.id.is_response() && row.id != CommandId::GENERIC_NACK) {
            let request = all.iter().find(|other| other.id == row.id.request()).unwrap();
            for (role, state) in cells() {
                for (asked, answered) in [(&request.v34, &row.v34), (&request.v50, &row.v50)] {
                    assert_eq!(
                        allows(asked, role, state),
                        allows(answered, role.peer(), state),
                        "{}",
                        row.name
                    );
                }
            }
            if request.sender == row.sender {
                assert_eq!(row.sender, "both");
            }
        }
        println!("{} rows", all.len());
    }

    #[test]
    fn reserved_commands_are_unknown() {
        for id in [0x0000_0000, 0x0000_000A, 0x0000_0022, 0x0000_0104, 0x0001_0200, 0x0100_0001] {
            assert_eq!(receive(CommandId(id), Role::Esme, State::BoundTrx, V5_0), Verdict::Unknown);
        }
    }
}
