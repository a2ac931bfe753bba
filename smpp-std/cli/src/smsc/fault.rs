//! What can be made to go wrong.

use crate::duration::duration;
use smpp_core::types::CommandStatus;
use std::fmt::Write as _;
use std::time::Duration;

/// What the argument of a fault is, and what it is without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Argument {
    None,
    /// How many answers of a hundred.
    Percent(u64),
    /// A number of something.
    Count(u64),
    /// In milliseconds.
    Time(u64),
    /// A status by its name.
    Status(CommandStatus),
}

macro_rules! faults {
    ($( $Kind:ident = $name:literal $argument:expr, $meaning:literal; )*) => {
        /// A fault by its kind.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Kind {
            $( $Kind, )*
        }

        /// Name, kind, argument, meaning.
        const FAULTS: &[(&str, Kind, Argument, &str)] = &[
            $( ($name, Kind::$Kind, $argument, $meaning), )*
        ];
    };
}

faults! {
    Late = "late" Argument::Time(1000), "answers come so much later";
    Lost = "lost" Argument::Percent(10), "so many answers of a hundred never come";
    Duplicated = "duplicated" Argument::Percent(10), "so many answers of a hundred come twice";
    Reordered = "reordered" Argument::None, "every other answer comes behind the one after it";
    Malformed = "malformed" Argument::Percent(10), "so many answers of a hundred have a body that cannot be or should not";
    ReceiptFirst = "receipt-first" Argument::None, "the receipt comes before the response with its message_id";
    Bytewise = "bytewise" Argument::None, "every octet is written by itself";
    Coalesced = "coalesced" Argument::Time(100), "all PDUs of so much time are written at once";
    Silence = "silence" Argument::Count(0), "after so many submissions nothing is sent any more, but the line stays open";
    Cut = "cut" Argument::Count(1), "the connection closes in the middle of this answer, counted from 1";
    Throttled = "throttled" Argument::Count(10), "the first so many submissions are refused with ESME_RTHROTTLED";
    QueueFull = "queue-full" Argument::Count(10), "the first so many submissions are refused with ESME_RMSGQFUL";
    Unbind = "unbind" Argument::Time(0), "the session is unbound so long after each bind";
    UnbindUnanswered = "unbind-unanswered" Argument::None, "unbind is not answered";
    BindRefused = "bind-refused" Argument::Status(CommandStatus::ESME_RALYBND), "every bind is refused with this status";
    Oversized = "oversized" Argument::Count(1_000_000), "after each bind comes a PDU of so many octets (above 16 MiB only its header)";
    UnknownCommand = "unknown-command" Argument::None, "after each bind comes a request that no version knows";
    Garbage = "garbage" Argument::Count(64), "after each bind come so many random octets";
}

/// A fault with its argument as a number: percent, count, milliseconds or status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    kind: Kind,
    value: u64,
}

impl Fault {
    pub(super) fn is(&self, kind: Kind) -> bool {
        self.kind == kind
    }
}

impl std::str::FromStr for Fault {
    type Err = String;

    /// Reads `NAME` or `NAME:ARG`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, given) = text.split_once(':').map_or((text, None), |(name, given)| (name, Some(given)));
        let Some((_, kind, argument, _)) = FAULTS.iter().find(|(known, ..)| *known == name) else {
            return Err(format!("there is no fault '{name}': --list-faults shows them"));
        };
        let wrong = |what: &str| format!("'{}' is no {what} for {name}", given.unwrap_or_default());
        let value = match (*argument, given) {
            (Argument::None, Some(_)) => return Err(format!("{name} takes no argument")),
            (Argument::None, None) => 0,
            (Argument::Percent(default) | Argument::Count(default) | Argument::Time(default), None) => {
                default
            }
            (Argument::Status(default), None) => default.0.into(),
            (Argument::Percent(_), Some(given)) => given
                .trim_end_matches('%')
                .parse()
                .ok()
                .filter(|percent| *percent <= 100)
                .ok_or_else(|| wrong("percentage"))?,
            (Argument::Count(_), Some(given)) => {
                given.parse().ok().filter(|count| *count > 0).ok_or_else(|| wrong("number from 1"))?
            }
            (Argument::Time(_), Some(given)) => {
                let time = duration(given)?;
                u64::try_from(time.as_millis()).map_err(|_| wrong("time"))?
            }
            (Argument::Status(_), Some(given)) => {
                CommandStatus::from_name(given).ok_or_else(|| wrong("status"))?.0.into()
            }
        };
        Ok(Self { kind: *kind, value })
    }
}

/// The faults of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) const fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    /// The argument of a fault that is on; the last of several counts.
    pub(super) fn get(&self, kind: Kind) -> Option<u64> {
        self.0.iter().rfind(|fault| fault.kind == kind).map(|fault| fault.value)
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.get(kind).is_some()
    }

    pub(super) fn time(&self, kind: Kind) -> Option<Duration> {
        self.get(kind).map(Duration::from_millis)
    }

    pub(super) fn status(&self, kind: Kind) -> Option<CommandStatus> {
        self.get(kind).and_then(|value| u32::try_from(value).ok()).map(CommandStatus)
    }
}

/// All faults in a table.
pub(super) fn list() -> String {
    FAULTS.iter().fold(String::new(), |mut table, (name, _, argument, meaning)| {
        let argument = match argument {
            Argument::None => String::new(),
            Argument::Percent(default) => format!(":PERCENT ({default})"),
            Argument::Count(default) => format!(":N ({default})"),
            Argument::Time(default) => format!(":TIME ({default}ms)"),
            Argument::Status(default) => format!(":STATUS ({default})"),
        };
        writeln!(table, "{name:<18}{argument:<24}{meaning}").unwrap_or_default();
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_by_their_kind() {
        let value = |text: &str| text.parse::<Fault>().map(|fault| fault.value);
        assert_eq!(value("late:1.5s"), Ok(1500));
        assert_eq!(value("late"), Ok(1000));
        assert_eq!(value("lost:25%"), Ok(25));
        assert_eq!(value("oversized:4294967295"), Ok(0xFFFF_FFFF));
        assert_eq!(value("bind-refused:ESME_RINVPASWD"), Ok(0x0E));
        for text in ["lost:101", "bytewise:1", "nothing", "late:x", "cut:-1", "cut:0", "bind-refused:NO"] {
            assert!(value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_fault_is_listed_and_readable() {
        for (name, kind, ..) in FAULTS {
            assert_eq!(name.parse::<Fault>().map(|fault| fault.kind), Ok(*kind));
            assert!(list().contains(name));
        }
    }
}
