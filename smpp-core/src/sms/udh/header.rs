//! Writing a user data header.

use super::{Concatenation, Element, Iei, Ports, Shifts};
use crate::wire::copy;
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
        let concatenation = self.concatenation.map_or(0, |part| if part.wide { 6 } else { 5 });
        let ports = self.ports.map_or(0, |ports| if ports.wide { 6 } else { 4 });
        let shift = |language: Option<u8>| -> usize { if language.is_some() { 3 } else { 0 } };
        let shifts = shift(self.shifts.locking).saturating_add(shift(self.shifts.single));
        let others = self
            .others
            .iter()
            .fold(0usize, |sum, element| sum.saturating_add(element.data.len()).saturating_add(2));
        let elements = others.saturating_add(concatenation).saturating_add(ports).saturating_add(shifts);
        if elements == 0 { 0 } else { elements.saturating_add(1) }
    }

    /// How many septets of the 160 it takes, fill bits included (3GPP TS 23.040 §9.2.3.24).
    #[must_use]
    pub fn septets(&self) -> usize {
        self.octets().saturating_mul(8).div_ceil(7)
    }

    /// How many zero bits follow it before the first septet of packed text, 0 to 6. SMPP's usual unpacked text has none.
    #[must_use]
    pub fn fill_bits(&self) -> u8 {
        // 7 × septets − 8 × octets is at most 6.
        let fill = self.septets().saturating_mul(7).saturating_sub(self.octets().saturating_mul(8));
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
        let out = out.get_mut(..needed).ok_or(HeaderError::NoRoom { needed })?;
        let mut out = Out(out);
        out.put(&[length]);
        if let Some(part) = self.concatenation {
            if !part.is_valid() {
                return Err(HeaderError::Concatenation);
            }
            let [high, low] = part.reference.to_be_bytes();
            let narrow = [low, part.total, part.sequence];
            let wide = [high, low, part.total, part.sequence];
            out.either(part.wide, (Iei::CONCATENATION_8, &narrow), (Iei::CONCATENATION_16, &wide));
        }
        if let Some(ports) = self.ports {
            let ([d1, d0], [s1, s0]) = (ports.destination.to_be_bytes(), ports.source.to_be_bytes());
            if !ports.wide && (d1, s1) != (0, 0) {
                return Err(HeaderError::Ports);
            }
            out.either(ports.wide, (Iei::PORTS_8, &[d0, s0]), (Iei::PORTS_16, &[d1, d0, s1, s0]));
        }
        if let Some(language) = self.shifts.locking {
            out.element(Iei::LOCKING_SHIFT, &[language]);
        }
        if let Some(language) = self.shifts.single {
            out.element(Iei::SINGLE_SHIFT, &[language]);
        }
        for element in self.others {
            out.element(element.iei, element.data);
        }
        Ok(needed)
    }
}

/// The rest of a slice that [`Header::octets`] has measured, so that everything fits.
struct Out<'b>(&'b mut [u8]);

impl Out<'_> {
    fn put(&mut self, octets: &[u8]) {
        if let Some((head, tail)) = core::mem::take(&mut self.0).split_at_mut_checked(octets.len()) {
            copy(head, octets);
            self.0 = tail;
        }
    }

    fn element(&mut self, iei: Iei, data: &[u8]) {
        // A header is at most 256 octets, so each element's length fits.
        self.put(&[iei.0, u8::try_from(data.len()).unwrap_or(u8::MAX)]);
        self.put(data);
    }

    fn either(&mut self, wide: bool, narrow_form: (Iei, &[u8]), wide_form: (Iei, &[u8])) {
        let (iei, data) = if wide { wide_form } else { narrow_form };
        self.element(iei, data);
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
