//! Runs the vectors in `tests/vectors`: one PDU a file, its octets in hexadecimal with a comment for each field, and
//! what reading it must tell. The same files are the seeds of the fuzz targets.
//!
//! A line is empty, a remark behind `#`, an expectation behind `expect`, or octets: digits, two spaces, a comment.

use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{Pdu, encode_header};
use smpp_core::types::{CommandId, Item, Kind, Tag};
use smpp_core::{DecodeError, Deviation, Fault, Leniency, Observe};
use std::{fs, path::Path};

struct Vector {
    name: String,
    remarks: String,
    octets: Vec<u8>,
    expected: Vec<String>,
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| vector(path)).collect()
}

fn vector(path: &Path) -> Vector {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut vector = Vector { name, remarks: String::new(), octets: Vec::new(), expected: Vec::new() };
    for line in fs::read_to_string(path).unwrap().lines() {
        if let Some(remark) = line.strip_prefix('#') {
            vector.remarks += remark;
        } else if let Some(expected) = line.strip_prefix("expect ") {
            vector.expected.push(expected.to_owned());
        } else {
            let (digits, _comment) = line.split_once("  ").unwrap_or((line, ""));
            vector.octets.extend(hex(digits).unwrap_or_else(|| panic!("{}: {line}", vector.name)));
        }
    }
    vector
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.as_bytes().chunks(2).map(pair).collect()
}

/// Octets as the vectors show them: in quotes when they are text, else in hexadecimal.
fn show(octets: &[u8], is_text: bool) -> String {
    if !is_text && !octets.is_empty() {
        return octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ");
    }
    let character = |&octet: &u8| match octet {
        b'"' | b'\\' => format!("\\x{octet:02x}"),
        b' '..=b'~' => char::from(octet).to_string(),
        _ => format!("\\x{octet:02x}"),
    };
    format!("\"{}\"", octets.iter().map(character).collect::<String>())
}

fn looks_like_text(octets: &[u8]) -> bool {
    let printable = |octet: &u8| matches!(octet, b' '..=b'~');
    octets.iter().all(|octet| printable(octet) || *octet == 0) && octets.iter().any(printable)
}

fn describe(what: DecodeError) -> String {
    format!("{what}, answered {}", what.status())
}

/// What reading tells, in the words of the vectors.
struct Told<'a> {
    pdu: &'a [u8],
    lines: Vec<String>,
    deviations: Vec<DecodeError>,
}

impl<'a> Told<'a> {
    fn new(pdu: &'a [u8]) -> Self {
        Self { pdu, lines: Vec::new(), deviations: Vec::new() }
    }
}

impl<'a> Observe<'a> for Told<'a> {
    fn field(&mut self, item: Item, offset: usize, octets: &'a [u8]) {
        assert_eq!(self.pdu[offset..][..octets.len()], *octets);
        let is_text = match item.field.kind() {
            Kind::COctetString | Kind::Time => true,
            Kind::Integer(_) => false,
            Kind::Octets => looks_like_text(octets),
        };
        self.lines.push(format!("{} = {}", item.field.name(), show(octets, is_text)));
    }

    fn tlv(&mut self, tag: Tag, offset: usize, value: &'a [u8]) {
        let head = [tag.0, u16::try_from(value.len()).unwrap()].map(u16::to_be_bytes).concat();
        assert_eq!(self.pdu[offset..][..4 + value.len()], [&head, value].concat());
        self.lines.push(format!("tlv {tag} = {}", show(value, looks_like_text(value))));
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        self.deviations.push(deviation.what);
        let left = match deviation.octets {
            [] => String::new(),
            octets => format!(", left {}", show(octets, false)),
        };
        self.lines.push(format!("deviation: {}{left}", describe(deviation.what)));
    }
}

/// All that reading the PDU at the start of `octets` tells. Deviations are told where they are met; the vectors list
/// them at the end.
fn told(octets: &[u8]) -> Vec<String> {
    let frame = match Frame::split(octets, MAX_PDU) {
        Ok(Split::Frame(frame)) => frame,
        Ok(Split::Incomplete { need }) => panic!("incomplete: {need} octets"),
        Err(error) => return vec![format!("unframable: command_length {}", error.command_length)],
    };
    let mut told = Told::new(frame.octets);
    let result = frame.inspect(Leniency::TOLERANT, &mut told);
    let header = frame.header;
    let mut lines =
        vec![format!("pdu: {} {} {}", header.command_id, header.command_status, header.sequence_number)];
    let (deviations, fields): (Vec<_>, Vec<_>) =
        told.lines.into_iter().partition(|line| line.starts_with("deviation"));
    lines.extend(fields);
    lines.extend(deviations);
    if let Err(error) = result {
        lines.push(format!("error: {}", describe(error)));
    }
    lines
}

#[test]
fn every_vector_reads_as_expected() {
    for vector in vectors() {
        assert_eq!(told(&vector.octets), vector.expected, "{}", vector.name);
    }
}

/// decode(A‖B) = decode(A), decode(B); a PDU is whole at its last octet and not before.
#[test]
fn every_vector_is_framed_at_each_split_point_and_between_neighbours() {
    let vectors = vectors();
    for (place, vector) in vectors.iter().enumerate() {
        let whole = Frame::split(&vector.octets, MAX_PDU);
        for end in 0..vector.octets.len() {
            let cut = Frame::split(&vector.octets[..end], MAX_PDU);
            match whole {
                Ok(_) if end < 16 => assert_eq!(cut, Ok(Split::Incomplete { need: 16 })),
                Ok(_) => {
                    assert_eq!(cut, Ok(Split::Incomplete { need: vector.octets.len() }), "{}", vector.name)
                }
                Err(_) if end < 4 => assert_eq!(cut, Ok(Split::Incomplete { need: 16 })),
                Err(error) => assert_eq!(cut.unwrap_err().command_length, error.command_length),
            }
        }
        let before = &vectors[(place + vectors.len() - 1) % vectors.len()];
        let after = &vectors[(place + 1) % vectors.len()];
        let stream = [&before.octets[..], &vector.octets, &after.octets].concat();
        let mut rest = &stream[..];
        for expected in [before, vector, after] {
            assert_eq!(told(rest), expected.expected, "{}", expected.name);
            if expected.expected[0].starts_with("unframable") {
                break; // Nothing behind it can be framed.
            }
            rest = &rest[expected.octets.len()..];
        }
    }
}

/// The vectors that can be framed, and what an inspection tells of them.
fn inspected(
    vectors: &[Vector],
) -> impl Iterator<Item = (&str, Frame<'_>, Result<Pdu<'_>, DecodeError>, Told<'_>)> {
    vectors.iter().filter_map(|vector| {
        let Ok(Split::Frame(frame)) = Frame::split(&vector.octets, MAX_PDU) else { return None };
        let mut told = Told::new(frame.octets);
        let result = frame.inspect(Leniency::TOLERANT, &mut told);
        Some((vector.name.as_str(), frame, result, told))
    })
}

#[test]
fn plain_reading_gives_the_pdu_that_inspection_gives() {
    for (name, frame, result, _) in inspected(&vectors()) {
        assert_eq!(frame.pdu(), result, "{name}");
        assert_eq!(frame.tlvs(), result.map(|pdu| pdu.tlvs()), "{name}");
    }
}

#[test]
fn strict_reading_refuses_the_first_deviation() {
    for (name, frame, result, told) in inspected(&vectors()) {
        let strict = frame.inspect(Leniency::STRICT, &mut Told::new(frame.octets));
        let expected = match told.deviations.first() {
            Some(&deviation) if result.is_ok() => Err(deviation),
            _ => result,
        };
        assert_eq!(strict, expected, "{name}");
    }
}

#[test]
fn a_vector_without_deviation_is_written_as_it_was_read() {
    for (name, frame, result, told) in inspected(&vectors()) {
        let Ok(pdu) = result else { continue };
        let (status, sequence_number) = (frame.header.command_status, frame.header.sequence_number);
        let mut out = vec![0; MAX_PDU];
        let written = match frame.octets.len() {
            16 => encode_header(pdu.command_id(), status, sequence_number, &mut out),
            _ => pdu.encode(status, sequence_number, &mut out),
        };
        if told.deviations.is_empty() {
            assert_eq!(out[..written.unwrap()], *frame.octets, "{name}");
        } else if let Ok(len) = written {
            let Ok(Split::Frame(again)) = Frame::split(&out[..len], MAX_PDU) else { panic!("{name}") };
            assert_eq!(again.pdu(), Ok(pdu), "{name}");
        }
    }
}

#[test]
fn every_command_every_fault_and_every_peculiarity_has_a_vector() {
    let vectors = vectors();
    let said =
        |text: &str| vectors.iter().flat_map(|vector| &vector.expected).any(|line| line.contains(text));
    for command in CommandId::NAMED {
        assert!(
            said(&format!("pdu: {command} ESME_ROK")) || *command == CommandId::GENERIC_NACK,
            "{command}"
        );
    }
    for fault in Fault::ALL {
        let text = match fault {
            Fault::BadLength => "unframable: ".to_owned(),
            _ => format!(": {} in ", fault.name()),
        };
        assert!(said(&text), "{}", fault.name());
    }
    for note in [9, 10, 11, 12, 18, 22, 23, 24] {
        let text = format!("In practice {note}.");
        assert!(vectors.iter().any(|vector| vector.remarks.contains(&text)), "{text}");
    }
}
