//! `REFERENCE.md` as the program reads it: a debug build checks every JSON line that it prints against it.

use serde_json::Value;
use std::sync::LazyLock;

/// The file.
pub(crate) const TEXT: &str = include_str!("../REFERENCE.md");

/// A kind of line, under its heading.
#[derive(Debug)]
pub(crate) struct Line {
    /// The heading: `Event` and its name, or `Line of` and a command.
    pub(crate) heading: &'static str,
    /// The fields, and whether each is always there.
    pub(crate) fields: Vec<(&'static str, bool)>,
}

impl Line {
    /// Whether `line` may be one of these.
    pub(crate) fn describes(&self, line: &Value) -> bool {
        let Some(object) = line.as_object() else { return false };
        // `None` for lines that have none.
        let event = self.heading.strip_prefix("Event ").and_then(quoted);
        let is_named = |field: &String| self.fields.iter().any(|(name, _)| name == field) || field == "event";
        line["event"].as_str() == event
            && object.keys().all(is_named)
            && self.fields.iter().all(|(name, is_always)| !is_always || object.contains_key(*name))
    }
}

/// All of them: `### Event NAME` or `### Line of COMMAND`, and below it a table whose rows start with the field and
/// `always` or `sometimes`.
pub(crate) static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let mut lines: Vec<Line> = Vec::new();
    for text in TEXT.lines() {
        if let Some(heading) = text.strip_prefix("### ") {
            lines.push(Line { heading, fields: Vec::new() });
        } else if let (Some(line), Some(row)) = (lines.last_mut(), text.strip_prefix("| ")) {
            let mut cells = row.split(" | ");
            let (name, when) = (cells.next().and_then(quoted), cells.next());
            if let (Some(name), Some(when @ ("always" | "sometimes"))) = (name, when) {
                line.fields.push((name, when == "always"));
            }
        }
    }
    lines
});

/// What stands in backquotes at the start.
fn quoted(text: &'static str) -> Option<&'static str> {
    text.strip_prefix('`')?.split('`').next()
}

/// Whether a line is described. What is no object is no line of the program's.
pub(crate) fn describes(line: &Value) -> bool {
    !line.is_object() || LINES.iter().any(|kind| kind.describes(line))
}
