//! Writing a user data header.

use super::{Concatenation, Element, Iei, Ports, Shifts};
use crate::wire::Writer;
use core::fmt;

/// What to put in front of the text of one part. Without anything it takes no octets at all.
///
/// ```
/// use smpp_core::sms::udh::{Concatenation, Header};
///
/// let part = Concatenation { reference: 7, wide: false, total: 2, sequence: 1 };
/// let header = Header { concatenation: Some(part), ..Header::NONE };
/// let mut octets = [0; 140];
/// let length = header.encode(&mut octets)?;
/// assert_eq!(octets[..length], [5, 0, 3, 7, 2, 1]);
/// # Ok::<(), smpp_core::sms::udh::HeaderError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header<'a> {
    /// Which part of a long message this is.
    pub concatenation: Option<Concatenation>,
    /// Which applications talk to each other.
    pub ports: Option<Ports>,
    /// The national language tables of the text.
    pub shifts: Shifts,
    /// Any other elements.
    pub others: &'a [Element<'a>],
}

/// Why a header cannot be written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HeaderError {
    /// The slice is too small.
    NoRoom {
        /// Octets that the header takes.
        needed: usize,
    },
    /// The elements take more than the 255 octets that the length octet can say.
    TooLong,
    /// The part cannot be: see [`Concatenation::is_valid`].
    Concatenation,
    /// A port above 255 without [`Ports::wide`].
    Ports,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom { needed } => write!(f, "user data header: needs {needed} octets"),
            Self::TooLong => f.write_str("user data header: more than 255 octets of elements"),
            Self::Concatenation => {
                f.write_str("user data header: no such part: total, sequence or reference out of range")
            }
            Self::Ports => f.write_str("user data header: port above 255 in one octet"),
        }
    }
}

impl core::error::Error for HeaderError {}

impl Header<'_> {
    /// No header.
    pub const NONE: Self = Self { concatenation: None, ports: None, shifts: Shifts::NONE, others: &[] };

    /// How many octets it takes, the length octet included; 0 without any element.
    #[must_use]
    pub fn octets(&self) -> usize {
        let mut error = None;
        let mut writer = Writer::new(&mut [], &mut error);
        self.write_elements(&mut writer);
        match writer.written() {
            0 => 0,
            elements => elements.saturating_add(1),
        }
    }

    /// How many septets of the 160 it takes, fill bits included (3GPP TS 23.040 §9.2.3.24).
    #[must_use]
    pub fn septets(&self) -> usize {
        self.octets().saturating_mul(8).div_ceil(7)
    }

    /// How many zero bits follow it before the first septet of packed text, 0 to 6. SMPP's usual unpacked text has none.
    #[must_use]
    pub fn fill_bits(&self) -> u8 {
        // Each octet is a septet and one bit more.
        let beyond = self.octets() % 7;
        let fill = if beyond == 0 { 0 } else { 7usize.saturating_sub(beyond) };
        u8::try_from(fill).unwrap_or(0)
    }

    /// Writes it to the start of `out` and returns how many octets it took. Concatenation comes first, then ports,
    /// locking shift, single shift and the others.
    ///
    /// # Errors
    /// [`HeaderError`]; what stands in `out` is then undefined.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, HeaderError> {
        let needed = self.octets();
        if needed == 0 {
            return Ok(0);
        }
        let length = u8::try_from(needed.saturating_sub(1)).map_err(|_| HeaderError::TooLong)?;
        if out.len() < needed {
            return Err(HeaderError::NoRoom { needed });
        }
        if self.concatenation.is_some_and(|part| !part.is_valid()) {
            return Err(HeaderError::Concatenation);
        }
        if self.ports.is_some_and(|ports| !ports.wide && ports.destination.max(ports.source) > 0xFF) {
            return Err(HeaderError::Ports);
        }
        let mut error = None;
        let mut writer = Writer::new(out, &mut error);
        writer.u8(length);
        self.write_elements(&mut writer);
        Ok(needed)
    }

    fn write_elements(&self, writer: &mut Writer<'_>) {
        if let Some(Concatenation { reference, wide, total, sequence }) = self.concatenation {
            let [high, low] = reference.to_be_bytes();
            if wide {
                writer.octets(&[Iei::CONCATENATION_16.0, 4, high, low, total, sequence]);
            } else {
                writer.octets(&[Iei::CONCATENATION_8.0, 3, low, total, sequence]);
            }
        }
        if let Some(ports) = self.ports {
            let ([d1, d0], [s1, s0]) = (ports.destination.to_be_bytes(), ports.source.to_be_bytes());
            if ports.wide {
                writer.octets(&[Iei::PORTS_16.0, 4, d1, d0, s1, s0]);
            } else {
                writer.octets(&[Iei::PORTS_8.0, 2, d0, s0]);
            }
        }
        if let Some(language) = self.shifts.locking {
            writer.octets(&[Iei::LOCKING_SHIFT.0, 1, language]);
        }
        if let Some(language) = self.shifts.single {
            writer.octets(&[Iei::SINGLE_SHIFT.0, 1, language]);
        }
        for Element { iei, data } in self.others {
            // A header that is written has at most 256 octets, so each element's length fits.
            writer.octets(&[iei.0, u8::try_from(data.len()).unwrap_or(u8::MAX)]);
            writer.octets(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Udh;
    use super::*;

    const PART: Concatenation = Concatenation { reference: 0xFE, wide: false, total: 3, sequence: 2 };
    const WIDE: Concatenation = Concatenation { wide: true, reference: 0xFEDC, ..PART };
    const PORTS: Ports = Ports { destination: 240, source: 241, wide: false };
    const WIDE_PORTS: Ports = Ports { destination: 2948, source: 9200, wide: true };

    fn named(row: &str) -> Header<'static> {
        let mut header = Header::NONE;
        for word in row.split(" + ") {
            match word.split(' ').next().unwrap() {
                "single" => {}
                "concat-8" => header.concatenation = Some(PART),
                "concat-16" => header.concatenation = Some(WIDE),
                "port-8" => header.ports = Some(PORTS),
                "port-16" => header.ports = Some(WIDE_PORTS),
                "shift1" => header.shifts.single = Some(1),
                "shift2" => header.shifts = Shifts { locking: Some(3), single: Some(1) },
                other => panic!("{other}"),
            }
        }
        header
    }

    fn number(text: &str, before: &str, after: &str) -> usize {
        text.split(before).nth(1).and_then(|rest| rest.split(after).next()).unwrap().trim().parse().unwrap()
    }

    #[test]
    fn sizes_are_those_of_the_table_and_what_is_written_reads_back() {
        let rows =
            include_str!("../../../tests/spec/udh.tsv").lines().filter(|row| row.starts_with("capacity"));
        assert_eq!(rows.clone().count(), 14);
        for row in rows {
            let columns: std::vec::Vec<_> = row.split('\t').collect();
            let header = named(columns[1]);
            assert_eq!(header.octets(), columns[3].parse().unwrap(), "{row}");
            assert_eq!(160 - header.septets(), number(columns[4], "GSM7 ", " septets"), "{row}");
            assert_eq!((140 - header.octets()) / 2, number(columns[4], "UCS2 ", " units"), "{row}");
            if header != Header::NONE {
                assert_eq!(
                    usize::from(header.fill_bits()),
                    number(columns[5], "septets, ", " fill"),
                    "{row}"
                );
            }
            let mut octets = [0; 16];
            let length = header.encode(&mut octets).unwrap();
            assert_eq!(length, header.octets());
            if length > 0 {
                let (udh, rest) = Udh::split(&octets[..length]).unwrap();
                assert!(rest.is_empty());
                let read = Header {
                    concatenation: udh.concatenation(),
                    ports: udh.ports(),
                    shifts: udh.shifts(),
                    others: &[],
                };
                assert_eq!(read, header);
            }
        }
    }

    #[test]
    fn other_elements_follow_and_a_long_header_is_refused() {
        let element = Element { iei: Iei(0x70), data: &[1, 2] };
        let header = Header { ports: Some(PORTS), others: &[element], ..Header::NONE };
        let mut octets = [0xAA; 10];
        assert_eq!(header.encode(&mut octets), Ok(9));
        assert_eq!(octets, [8, 4, 2, 240, 241, 0x70, 2, 1, 2, 0xAA]);
        assert_eq!(header.encode(&mut octets[..8]), Err(HeaderError::NoRoom { needed: 9 }));
        let longest = [0; 253];
        let elements = [Element { iei: Iei(0x70), data: &longest }];
        let mut out = [0; 300];
        assert_eq!(Header { others: &elements, ..Header::NONE }.encode(&mut out), Ok(256));
        assert_eq!(out[0], 255);
        let too_long =
            Header { others: &elements, shifts: Shifts { locking: Some(1), single: None }, ..Header::NONE };
        assert_eq!(too_long.encode(&mut out), Err(HeaderError::TooLong));
    }

    #[test]
    fn numbers_that_cannot_be_are_refused() {
        let mut out = [0; 16];
        for part in [
            Concatenation { total: 0, sequence: 0, ..PART },
            Concatenation { sequence: 0, ..PART },
            Concatenation { sequence: 4, ..PART },
            Concatenation { reference: 0x100, ..PART },
        ] {
            let header = Header { concatenation: Some(part), ..Header::NONE };
            assert_eq!(header.encode(&mut out), Err(HeaderError::Concatenation), "{part:?}");
        }
        let header = Header { ports: Some(Ports { wide: false, ..WIDE_PORTS }), ..Header::NONE };
        assert_eq!(header.encode(&mut out), Err(HeaderError::Ports));
    }
}
