//! What every command shares on its way out: exit codes, diagnostics, JSON lines.

use crate::writer::Writer;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

/// How a command ended, as its exit code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Exit {
    /// All is well.
    Done = 0,
    /// Refused, not delivered, or an input had an error.
    Refused = 1,
    /// Wrong usage or unreadable input.
    Usage = 2,
    /// Could not connect, bind or verify the certificate.
    NoSession = 3,
    /// Timed out, the outcome is unknown.
    Unknown = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stopped early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One line for standard error: what, where, what to do.
    Reported {
        /// The exit code.
        exit: Exit,
        /// The line.
        message: String,
    },
    /// Nobody reads standard output any more: no reason to complain.
    Hangup,
}

/// How a command ends.
pub(crate) type Outcome = Result<Exit, Failure>;

impl Failure {
    /// Wrong usage or unreadable input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Reported { exit: Exit::Usage, message: message.into() }
    }
}

impl From<io::Error> for Failure {
    /// Only writing to standard output ends here; other errors are told with what was being done.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Hangup,
            _ => Self::Reported {
                exit: Exit::Refused,
                message: format!("cannot write to standard output: {error}"),
            },
        }
    }
}

/// Standard error. Like standard output it may be a pipe that nobody reads.
static ERRORS: OnceLock<Option<Writer>> = OnceLock::new();

/// How long the last lines on standard error have.
const LAST: Duration = Duration::from_secs(1);

/// Writes one line to standard error, red on a terminal.
pub(crate) fn complain(message: &str) {
    const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
    let start = || Writer::new("standard error", anstream::stderr(), || {}).ok();
    if let Some(errors) = ERRORS.get_or_init(start).clone().as_mut().filter(|errors| errors.has_room()) {
        // If it is lost, there is nobody left to tell.
        let _ = writeln!(errors, "{RED}smpp:{RED:#} {}", without_controls(message));
    }
}

/// Lets what was written to standard error leave before the program ends.
pub(crate) fn finish() {
    if let Some(errors) = ERRORS.get().and_then(Option::as_ref) {
        errors.wait(errors.position(), LAST);
    }
}

/// Octets of a C-octet string as a JSON string shows them: each as the character of its number.
pub(crate) fn characters(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// Writes `value` as one line of JSON. Octets from DEL to 0xFF of a C-octet string become `\u00XX` like the control
/// characters, so that a line shows octet by octet what was there and a terminal is never steered by it. So do the two
/// separators of Unicode that some readers take for the end of a line.
pub(crate) fn json_line(out: &mut impl Write, value: impl Into<Value>) -> io::Result<()> {
    let value = value.into();
    #[cfg(debug_assertions)]
    assert!(crate::reference::describes(&value), "REFERENCE.md does not describe {value}");
    let mut line = String::new();
    for ch in value.to_string().chars() {
        match ch {
            // Outside strings JSON is ASCII, so this is always inside one.
            '\u{7F}'..='\u{FF}' | '\u{2028}' | '\u{2029}' => {
                write!(line, "\\u{:04x}", u32::from(ch)).unwrap_or_default()
            }
            _ => line.push(ch),
        }
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Writes `text` as one line for people. Control characters, which peers put into texts, names and ids, are shown as
/// `\n` or `\u{1b}`: they neither break the line nor steer a terminal.
pub(crate) fn text_line(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all((without_controls(text) + "\n").as_bytes())
}

fn without_controls(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for ch in text.chars() {
        if ch.is_control() { line.extend(ch.escape_default()) } else { line.push(ch) }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_a_terminal() {
        let mut line = Vec::new();
        text_line(&mut line, "two\nlines \u{1b}[31mred\u{9b}2J").unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "two\\nlines \\u{1b}[31mred\\u{9b}2J\n");
    }

    #[test]
    fn octets_outside_printable_ascii_are_escaped() {
        let mut line = Vec::new();
        json_line(&mut line, "a\u{1}\u{7f}\u{e9}\u{436}\u{2028}").unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "\"a\\u0001\\u007f\\u00e9\u{436}\\u2028\"\n");
    }
}
