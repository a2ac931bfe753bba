//! Standard input, line by line, and JSON on it.

use crate::output::{self, Exit, Failure, Outcome};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

/// A JSON object with its keys in order.
pub(crate) type Object = Map<String, Value>;

/// Why a line has no answer: the keys of its `error`.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Object);

impl Refused {
    /// A fault that needs no other words than its name and the key that it is in.
    pub(crate) fn new(fault: &str, field: &str) -> Self {
        Self(Object::from_iter([("fault".into(), fault.into()), ("field".into(), field.into())]))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |key: &str| {
            self.0.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        write!(f, "{}", word("fault").unwrap_or_default())?;
        for (key, intro) in [("char", ""), ("field", "in "), ("index", "at "), ("detail", "")] {
            if let Some(word) = word(key) {
                write!(f, " {intro}{}", word.escape_debug())?;
            }
        }
        Ok(())
    }
}

/// Answers each line of standard input, which is JSON, with one line: its number, and the keys of its answer or an
/// `error`. All lines are answered, whatever one of them is.
pub(crate) fn answer(answer: impl Fn(Value) -> Result<Object, Refused>) -> Outcome {
    let mut out = io::stdout().lock();
    let mut exit = Exit::Done;
    for (input, line) in stdin().enumerate() {
        let line = line.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
        let value = json(&line).map_err(|_| Refused::new("not_json", "line"));
        let mut object = Object::from_iter([("input".into(), input.into())]);
        match value.and_then(&answer) {
            Ok(keys) => object.extend(keys),
            Err(Refused(error)) => {
                exit = Exit::Refused;
                object.insert("error".into(), error.into());
            }
        }
        output::json_line(&mut out, object)?;
    }
    Ok(exit)
}

/// The string under `key`.
pub(crate) fn string<'v>(object: &'v Object, key: &str) -> Result<Option<&'v str>, Refused> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refused::new("wrong_type", key)),
    }
}

/// The unsigned integer under `key`, if it is at most `max`.
pub(crate) fn integer(object: &Object, key: &str, max: u64) -> Result<Option<u64>, Refused> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => {
            let value = number.as_u64().filter(|value| *value <= max);
            value.ok_or_else(|| Refused::new("out_of_range", key)).map(Some)
        }
        Some(_) => Err(Refused::new("wrong_type", key)),
    }
}

/// The lines of standard input without their ends, read as they are needed. An error ends them.
pub(crate) fn stdin() -> impl Iterator<Item = io::Result<Vec<u8>>> {
    of(io::stdin().lock())
}

/// The lines of `input`.
fn of(mut input: impl BufRead) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let mut line = Vec::new();
        let read = input.read_until(b'\n', &mut line);
        is_over = !matches!(read, Ok(1..));
        match read {
            Ok(0) => None,
            Ok(_) => {
                line.pop_if(|last| *last == b'\n');
                line.pop_if(|last| *last == b'\r');
                Some(Ok(line))
            }
            Err(error) => Some(Err(error)),
        }
    })
}

/// The texts given as arguments, else the lines of standard input.
pub(crate) fn texts(arguments: Vec<String>) -> Box<dyn Iterator<Item = io::Result<Vec<u8>>>> {
    if arguments.is_empty() {
        return Box::new(stdin());
    }
    Box::new(arguments.into_iter().map(|text| Ok(text.into_bytes())))
}

/// The texts given as arguments, else the lines of standard input, which have to be UTF-8.
pub(crate) fn utf8_texts(arguments: Vec<String>) -> impl Iterator<Item = Result<String, Failure>> {
    texts(arguments).enumerate().map(|(index, line)| {
        let unreadable =
            |error: &dyn fmt::Display| Failure::usage(format!("cannot read standard input: {error}"));
        let line = line.map_err(|error| unreadable(&error))?;
        String::from_utf8(line)
            .map_err(|error| unreadable(&format!("line {} is no UTF-8: {error}", index + 1)))
    })
}

/// The JSON value of a line, octets that are no UTF-8 and lone surrogates read as U+FFFD.
pub(crate) fn json(line: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&without_lone_surrogates(&String::from_utf8_lossy(line)))
}

/// `\uD800` to `\uDFFF` without their partner become `\uFFFD`: JSON allows to write them, a Rust string cannot hold
/// them.
fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u") {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let (kept, length) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (escape.get(..12), 12),
            (Some(0xD800..=0xDFFF), _) => (Some("\\uFFFD"), 6),
            // Another escape: its two characters at least, so that `\\u` is no escape of `u`.
            _ => {
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                (escape.get(..length), length)
            }
        };
        text.push_str(kept.unwrap_or_default());
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The UTF-16 unit of an escape `\uXXXX` at the start of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> Option<String> {
        json(line.as_bytes()).ok()?.as_str().map(str::to_owned)
    }

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        assert_eq!(text(r#""\ud83d\ude00""#).as_deref(), Some("\u{1F600}"));
        assert_eq!(text(r#""a\ud83db""#).as_deref(), Some("a\u{FFFD}b"));
        assert_eq!(text(r#""\ude00\ud83d""#).as_deref(), Some("\u{FFFD}\u{FFFD}"));
        assert_eq!(text(r#""\ud83d\ud83d\ude00""#).as_deref(), Some("\u{FFFD}\u{1F600}"));
        assert_eq!(text(r#""\\ud83d\n\u0041""#).as_deref(), Some("\\ud83d\nA"));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for line in ["", "{", r#""\u12""#, r#""\"#, r#""\é""#] {
            assert_eq!(text(line), None, "{line}");
        }
        assert_eq!(json(b"\"\xFF\"").unwrap(), "\u{FFFD}");
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return() {
        let lines: Vec<_> = of(&b"a\r\nb\n\nc"[..]).map(Result::unwrap).collect();
        assert_eq!(lines, [&b"a"[..], b"b", b"", b"c"]);
    }
}
