//! Framing and PDUs.

use crate::Source;
use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{HEADER_LEN, Pdu, layout};
use smpp_core::types::{CommandId, CommandStatus, Item, Tag};
use smpp_core::{DecodeError, Deviation, EncodeError, Leniency, Observe};

/// A stream is cut into the same PDUs however it arrives, a PDU is exactly as long as it says, and what it reads as does
/// not depend on what stands behind it.
pub fn frame(input: &[u8]) {
    let mut rest = input;
    while let Ok(Split::Frame(frame)) = Frame::split(rest, MAX_PDU) {
        let length = frame.octets.len();
        assert!(length >= HEADER_LEN);
        assert_eq!(u32::try_from(length).ok(), Some(frame.header.command_length));
        for have in (0..length).step_by(1 + length / 64) {
            let need = if have < HEADER_LEN { HEADER_LEN } else { length };
            assert_eq!(Frame::split(&rest[..have], MAX_PDU), Ok(Split::Incomplete { need }));
        }
        let alone = frame.octets.to_vec();
        let Ok(Split::Frame(copy)) = Frame::split(&alone, MAX_PDU) else { panic!("it was a frame") };
        assert_eq!(copy.pdu(), frame.pdu());
        rest = &rest[length..];
    }
    match Frame::split(rest, MAX_PDU) {
        Ok(Split::Frame(_)) => unreachable!("the loop took it"),
        Ok(Split::Incomplete { need }) => assert!(need > rest.len() && need <= MAX_PDU),
        Err(error) => {
            let length = usize::try_from(error.command_length).unwrap();
            assert!(!(HEADER_LEN..=MAX_PDU).contains(&length));
            assert_eq!(error.header().is_some(), rest.len() >= HEADER_LEN);
        }
    }
}

/// A PDU reads the same with and without care, strictly exactly when nothing departs from the specification, and
/// decode → encode → decode gives the same again; without deviation, the same octets.
pub fn pdu(input: &[u8]) {
    let octets = octets(input);
    let Ok(Split::Frame(frame)) = Frame::split(&octets, MAX_PDU) else { panic!("the length is right") };
    let mut seen = Seen { end: HEADER_LEN, ..Seen::default() };
    let read = frame.inspect(Leniency::TOLERANT, &mut seen);
    assert_eq!(read, frame.pdu());
    assert_eq!(frame.tlvs(), read.map(|pdu| pdu.tlvs()));
    let strict = frame.inspect(Leniency::STRICT, &mut ());
    assert_eq!(strict.is_ok(), read.is_ok() && seen.deviations.is_empty());
    for error in seen.deviations.iter().chain(read.as_ref().err()).chain(strict.as_ref().err()) {
        assert!(error.offset <= octets.len(), "{error}");
        assert!(!error.status().is_ok(), "{error}");
    }
    if let Ok(pdu) = read {
        assert!(seen.end <= octets.len());
        writes_what_it_read(&frame, &pdu, seen.deviations.is_empty());
    }
}

fn writes_what_it_read(frame: &Frame<'_>, pdu: &Pdu<'_>, is_clean: bool) {
    let header = frame.header;
    let mut out = vec![0; 2 * frame.octets.len() + 512];
    let length = match pdu.encode(header.command_status, header.sequence_number, &mut out) {
        Ok(length) => length,
        // Strings that are longer than the standard allows are read, not written.
        Err(error) => {
            assert!(matches!(error, EncodeError::TooLong { .. }) && !is_clean, "{error}");
            return;
        }
    };
    let mut short = vec![0; length - 1];
    assert_eq!(
        pdu.encode(header.command_status, header.sequence_number, &mut short),
        Err(EncodeError::BufferTooSmall { needed: length })
    );
    let Ok(Split::Frame(again)) = Frame::split(&out[..length], MAX_PDU + 512) else {
        panic!("it was written")
    };
    assert_eq!((again.octets.len(), again.pdu().as_ref()), (length, Ok(pdu)));
    // A response that has its body left out reads as one with an empty body.
    let has_body = frame.octets.len() > HEADER_LEN || layout(header.command_id) == Some(&[]);
    if is_clean && has_body {
        assert_eq!(again.octets, frame.octets);
    }
}

/// A PDU of any kind: some of its octets as the input has them, the length as it is.
fn octets(input: &[u8]) -> Vec<u8> {
    let mut source = Source::new(input);
    let command = match source.octet() {
        choice @ 0..250 => CommandId::NAMED[usize::from(choice) % CommandId::NAMED.len()].0,
        _ => u32::from(source.u16()),
    };
    let status = if source.octet() < 200 { CommandStatus::ESME_ROK.0 } else { u32::from(source.u16()) };
    let number = u32::from(source.u16()) << (source.octet() & 16);
    let body = source.octets(MAX_PDU - HEADER_LEN);
    let length = u32::try_from(HEADER_LEN + body.len()).unwrap();
    let header = [length, command, status, number].map(u32::to_be_bytes).concat();
    [&header, body].concat()
}

/// What a careful reading tells.
#[derive(Default)]
struct Seen {
    /// Behind the last field or TLV.
    end: usize,
    deviations: Vec<DecodeError>,
}

impl<'a> Observe<'a> for Seen {
    fn field(&mut self, _: Item, offset: usize, octets: &'a [u8]) {
        assert!(offset >= self.end || octets.is_empty(), "fields come in order");
        self.end = self.end.max(offset + octets.len());
    }

    fn tlv(&mut self, _: Tag, offset: usize, value: &'a [u8]) {
        assert!(offset >= self.end, "TLVs come in order");
        self.end = offset + 4 + value.len();
    }

    fn deviation(&mut self, deviation: Deviation<'a>) {
        self.deviations.push(deviation.what);
    }
}
