//! Where the octets come from: arguments, standard input, a file.

use crate::capture::{self, Flow};
use crate::output::{Exit, Failure};
use crate::{hex, lines};
use std::io::Read;
use std::path::Path;

/// One stream of PDUs.
#[derive(Debug)]
pub(crate) struct Input {
    /// What was captured of it, in order. Other inputs are one piece.
    pub(crate) pieces: Vec<Piece>,
    /// The connection that it was captured from.
    pub(crate) flow: Option<Flow>,
}

/// Octets of a stream without a gap.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// Where they start in the stream.
    pub(crate) offset: usize,
    /// Octets that were not captured before these.
    pub(crate) missing: usize,
    /// Octets in front of the first PDU: the end of one whose start was not captured.
    pub(crate) skipped: usize,
    /// The octets.
    pub(crate) octets: Vec<u8>,
    /// When they were captured: microseconds since 1970 for the octets from here on.
    pub(crate) times: Vec<(usize, u64)>,
}

impl Input {
    fn whole(octets: Vec<u8>) -> Self {
        Self { pieces: vec![Piece { octets, ..Piece::default() }], flow: None }
    }
}

/// Streams, or what of them could not be read.
pub(crate) type Inputs = Box<dyn Iterator<Item = Result<Input, Failure>>>;

/// Hex strings, where `-` stands for the lines of standard input.
pub(crate) fn strings(strings: Vec<String>) -> Inputs {
    Box::new(strings.into_iter().enumerate().flat_map(|(at, string)| match string.as_str() {
        "-" => standard_input(),
        string if hex::is_blank(string.as_bytes()) => Box::new(std::iter::empty()),
        string => Box::new(std::iter::once(parse(string.as_bytes(), || format!("argument {}", at + 1)))),
    }))
}

fn standard_input() -> Inputs {
    text(lines::stdin(), "standard input".into())
}

/// A file of any kind; `-` is standard input.
pub(crate) fn file(path: &Path, ports: &[u16]) -> Result<Inputs, Failure> {
    let name = path.display().to_string();
    let content = read(path)
        .map_err(|error| Failure::usage(format!("cannot read {name}: {error}; give a file that exists")))?;
    if capture::is_capture(&content) {
        let (inputs, breaks_off) =
            capture::inputs(&content, ports).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        let rest =
            breaks_off.map(|line| Failure::Told { exit: Exit::Refused, message: format!("{name}: {line}") });
        return Ok(Box::new(inputs.into_iter().map(Ok).chain(rest.map(Err))));
    }
    // The mark of UTF-8 that some editors put in front of a text.
    let content = match content.strip_prefix(b"\xEF\xBB\xBF") {
        Some(text) if hex::looks_like_text(text) => text.to_vec(),
        _ => content,
    };
    if hex::looks_like_text(&content) {
        let lines: Vec<_> = content.split(|&octet| octet == b'\n').map(|line| Ok(line.to_vec())).collect();
        return Ok(text(lines.into_iter(), name));
    }
    Ok(Box::new(std::iter::once(Ok(Input::whole(content)))))
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return std::fs::read(path);
    }
    let mut content = Vec::new();
    std::io::stdin().lock().read_to_end(&mut content)?;
    Ok(content)
}

/// One hex string a line; blank lines do not count.
fn text(lines: impl Iterator<Item = std::io::Result<Vec<u8>>> + 'static, name: String) -> Inputs {
    Box::new(lines.enumerate().filter_map(move |(at, line)| match line {
        Ok(line) if hex::is_blank(&line) => None,
        Ok(line) => Some(parse(&line, || format!("line {} of {name}", at + 1))),
        Err(error) => Some(Err(Failure::usage(format!("cannot read {name}: {error}")))),
    }))
}

fn parse(text: &[u8], place: impl Fn() -> String) -> Result<Input, Failure> {
    hex::decode_commented(text)
        .map(Input::whole)
        .map_err(|error| Failure::usage(format!("{}: {error}; write two digits an octet", place())))
}
