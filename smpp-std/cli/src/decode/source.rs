//! Where the octets come from: arguments, standard input, a file.

use super::hexdump;
use crate::capture::{self, Flow};
use crate::output::{Exit, Failure};
use crate::{hex, lines};
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::types::CommandId;
use std::io::{ErrorKind, Read};
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
    text(lines::stdin().enumerate(), "standard input".into())
}

/// A file of any kind; `-` is standard input.
pub(crate) fn file(path: &Path, ports: &[u16]) -> Result<Inputs, Failure> {
    let name = path.display().to_string();
    let content = read(path).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::NotFound => "give a file that exists",
            ErrorKind::PermissionDenied => "give one that you may read",
            _ => "give a file, or - for standard input",
        };
        Failure::usage(format!("cannot read {name}: {error}; {advice}"))
    })?;
    if let Some(format) = hexdump::packed(&content) {
        return Err(Failure::usage(format!("{name}: this is {format}: unpack it first")));
    }
    if capture::is_capture(&content) {
        let (inputs, breaks_off) =
            capture::inputs(&content, ports).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        let rest = breaks_off
            .map(|line| Failure::Reported { exit: Exit::Refused, message: format!("{name}: {line}") });
        return Ok(Box::new(inputs.into_iter().map(Ok).chain(rest.map(Err))));
    }
    // The mark of UTF-8 that some editors put in front of a text.
    let content = match content.strip_prefix(b"\xEF\xBB\xBF") {
        Some(text) if hex::looks_like_text(text) => text.to_vec(),
        _ => content,
    };
    if let Some(streams) = std::str::from_utf8(&content).ok().and_then(hexdump::streams) {
        return Ok(Box::new(streams.into_iter().map(move |(line, octets)| {
            octets
                .map(Input::whole)
                .map_err(|error| unreadable(&format!("stream from line {line} of {name}"), error))
        })));
    }
    if hex::looks_like_text(&content) {
        let lines = joined(&content).into_iter().map(|(at, line)| (at, Ok(line)));
        return Ok(text(lines, name));
    }
    Ok(Box::new(std::iter::once(Ok(Input::whole(content)))))
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        if is_device(&std::fs::metadata(path)?.file_type()) {
            return Err(std::io::Error::other("it is a device"));
        }
        return std::fs::read(path);
    }
    let mut content = Vec::new();
    std::io::stdin().lock().read_to_end(&mut content)?;
    Ok(content)
}

/// Whether it is a device: some never end (`/dev/zero`), and the content is read whole. Pipes are none.
#[cfg(unix)]
fn is_device(kind: &std::fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &std::fs::FileType) -> bool {
    false
}

/// One hex string a line; blank lines do not count.
fn text(lines: impl Iterator<Item = (usize, std::io::Result<Vec<u8>>)> + 'static, name: String) -> Inputs {
    Box::new(lines.filter_map(move |(at, line)| match line {
        Ok(line) if hex::is_blank(&line) => None,
        Ok(line) => Some(parse(&line, || format!("line {} of {name}", at + 1))),
        Err(error) => Some(Err(Failure::usage(format!("cannot read {name}: {error}")))),
    }))
}

/// The lines of a text with their numbers. A PDU may go over several: a line that ends before its PDU does takes those that
/// follow, up to one that starts a PDU itself.
fn joined(content: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut is_open = false;
    for (at, line) in content.split(|&octet| octet == b'\n').enumerate() {
        let octets = hex::decode_commented(line).unwrap_or_default();
        match lines.last_mut() {
            Some((_, last)) if is_open && !octets.is_empty() && !starts_pdu(&octets) => {
                last.push(b'\n');
                last.extend_from_slice(line);
            }
            _ => lines.push((at, line.to_vec())),
        }
        let whole = lines.last().and_then(|(_, text)| hex::decode_commented(text).ok()).unwrap_or_default();
        is_open = starts_pdu(&whole) && ends_early(&whole);
    }
    lines
}

/// Whether octets start with a command that exists and a length that may be.
fn starts_pdu(octets: &[u8]) -> bool {
    let number = |at: usize| octets.get(at..at + 4)?.first_chunk().map(|word| u32::from_be_bytes(*word));
    let (Some(length), Some(command)) = (number(0), number(4)) else { return false };
    (16..=MAX_PDU).contains(&(length as usize)) && CommandId(command).name().is_some()
}

/// Whether octets end within a PDU.
fn ends_early(mut octets: &[u8]) -> bool {
    loop {
        match Frame::split(octets, MAX_PDU) {
            Ok(Split::Frame(frame)) => octets = &octets[frame.octets.len()..],
            Ok(Split::Incomplete { .. }) => return !octets.is_empty(),
            Err(_) => return false,
        }
    }
}

fn parse(text: &[u8], place: impl Fn() -> String) -> Result<Input, Failure> {
    hex::decode_commented(text).map(Input::whole).map_err(|error| unreadable(&place(), error))
}

fn unreadable(place: &str, error: hex::HexError) -> Failure {
    Failure::usage(format!("{place}: {error}; write two digits an octet"))
}
