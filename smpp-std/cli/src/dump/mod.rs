//! PDUs for people: an annotated dump in columns, or a list with one row a PDU.

mod list;
mod meaning;
mod rows;

use crate::alphabet::DefaultAlphabet;
use crate::decode::{Found, Place, Show};
use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use std::io::{self, StdoutLock, Write};

/// The heading of a PDU.
pub(crate) const HEADING: Style = Style::new().bold();
/// What matters less than the rest.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Names of fields.
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
/// What was tolerated.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// What was not.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Shows PDUs on standard output, with colour on a terminal.
pub(crate) struct Dump {
    out: AutoStream<StdoutLock<'static>>,
    default: DefaultAlphabet,
    is_list: bool,
    has_heading: bool,
    /// What was captured, to be shown in the order of time and not one stream after the other.
    captured: Vec<(u64, String)>,
}

impl Dump {
    /// A dump, or a list.
    pub(crate) fn new(default: DefaultAlphabet, is_list: bool) -> Self {
        let out = AutoStream::auto(io::stdout().lock());
        Self { out, default, is_list, has_heading: false, captured: Vec::new() }
    }

    fn write(&mut self, text: &str, is_capture: bool) -> io::Result<()> {
        if self.is_list && !self.has_heading {
            self.has_heading = true;
            writeln!(self.out, "{DIM}{}{DIM:#}", list::heading(is_capture))?;
        }
        self.out.write_all(text.as_bytes())
    }
}

impl Show for Dump {
    fn show(&mut self, place: Place<'_>, found: &Found<'_>) -> io::Result<()> {
        let show = |start: Option<u64>| {
            let mut text = String::new();
            let shown = if self.is_list {
                list::row(&mut text, place, found, self.default, start)
            } else {
                rows::dump(&mut text, place, found, self.default)
            };
            shown.map(|()| text).unwrap_or_default()
        };
        if place.input.flow.is_none() {
            let text = show(None);
            return self.write(&text, false);
        }
        // A gap has no time of its own: it stands behind what came before it.
        let time = place.time.or(self.captured.last().map(|(time, _)| *time)).unwrap_or_default();
        let text = show(place.time);
        self.captured.push((time, text));
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut captured = std::mem::take(&mut self.captured);
        captured.sort_by_key(|(time, _)| *time);
        captured.iter().try_for_each(|(_, text)| self.write(text, true))?;
        self.out.flush()
    }
}

/// Octets as text in quotes, everything escaped that is no printable ASCII.
pub(crate) fn quote(octets: &[u8]) -> String {
    format!("\"{}\"", octets.escape_ascii())
}

/// Text in quotes, everything escaped that would steer a terminal or cannot be seen.
pub(crate) fn quote_text(text: &str) -> String {
    text.chars().fold(String::from('"'), |mut quoted, ch| {
        // The escapes of `char` hide all that is not printable; an apostrophe needs none.
        let escaped = if ch == '\'' { write!(quoted, "'") } else { write!(quoted, "{}", ch.escape_debug()) };
        escaped.unwrap_or_default();
        quoted
    }) + "\""
}

/// Seconds and microseconds of a time of day in UTC.
pub(crate) fn time_of_day(time: u64) -> String {
    let seconds = time / 1_000_000 % 86_400;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:06}", seconds % 60, time % 1_000_000)
}
