//! The two lists that mandatory fields hold: destinations and failed destinations of submit_multi.

use super::value::{Value, length_octet};
use crate::error::Fault;
use crate::types::{Address, COctetString, CommandStatus, Field, Item};
use crate::wire::{EarlyEnd, Observe, Reader, Report, Writer};
use core::{array, fmt};

/// One entry of `dest_address` (SMPP 3.4 §4.5.1.1, §5.2.25; 5.0 §4.2.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Destination<'a> {
    /// An SME address, `dest_flag` 1.
    Address(Address<'a>),
    /// A distribution list of the MC, `dest_flag` 2.
    List(COctetString<'a>),
}

/// One entry of `unsuccess_sme` (SMPP 3.4 §4.5.2.1; 5.0 §4.2.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UnsuccessSme<'a> {
    /// Where the message could not go.
    pub destination: Address<'a>,
    /// Why.
    pub status: CommandStatus,
}

/// An entry that can be taken from a reader and put into a writer. Its items are those behind the count.
trait Entry<'a, const N: usize>: Copy {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, items: &'static [Item; N]) -> Self;
    fn write(&self, writer: &mut Writer<'_>, items: &'static [Item; N]);
}

pub(super) const SME_ADDRESS: u8 = 1;
pub(super) const DISTRIBUTION_LIST: u8 = 2;

impl<'a> Entry<'a, 5> for Destination<'a> {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, items: &'static [Item; 5]) -> Self {
        let [flag, address @ .., name] = items;
        let offset = reader.offset();
        match reader.u8(*flag) {
            SME_ADDRESS => Self::Address(Value::read(reader, address)),
            DISTRIBUTION_LIST => Self::List(Value::read(reader, array::from_ref(name))),
            _ => {
                reader.fail(Fault::BadDestFlag, Field::DestFlag, offset);
                Self::List(COctetString::EMPTY)
            }
        }
    }

    fn write(&self, writer: &mut Writer<'_>, [_, items @ .., name]: &'static [Item; 5]) {
        match self {
            Self::Address(address) => {
                writer.u8(SME_ADDRESS);
                address.write(writer, items);
            }
            Self::List(list) => {
                writer.u8(DISTRIBUTION_LIST);
                list.write(writer, array::from_ref(name));
            }
        }
    }
}

impl<'a> Entry<'a, 4> for UnsuccessSme<'a> {
    fn read<O: Observe<'a>>(
        reader: &mut Reader<'a, '_, O>,
        [address @ .., status]: &'static [Item; 4],
    ) -> Self {
        Self {
            destination: Value::read(reader, address),
            status: CommandStatus(u32::from_be_bytes(reader.array(*status))),
        }
    }

    fn write(&self, writer: &mut Writer<'_>, [address @ .., _]: &'static [Item; 4]) {
        self.destination.write(writer, address);
        writer.octets(&self.status.0.to_be_bytes());
    }
}

/// Declares a list: borrowed from the input after reading, from the caller for writing.
macro_rules! lists {
    ($( $(#[$doc:meta])* $List:ident, $Iter:ident: $Entry:ident, $n:literal; )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy)]
            pub struct $List<'a>(Repr<'a, $Entry<'a>, $n>);

            impl<'a> $List<'a> {
                /// All entries in their order.
                #[must_use]
                pub const fn iter(&self) -> $Iter<'a> {
                    $Iter(self.0)
                }

                /// How many entries there are.
                #[must_use]
                pub fn len(&self) -> usize {
                    self.0.len()
                }

                /// Whether there are none.
                #[must_use]
                pub fn is_empty(&self) -> bool {
                    self.len() == 0
                }
            }

            #[doc = concat!("Iterates over [`", stringify!($List), "`].")]
            #[derive(Clone)]
            pub struct $Iter<'a>(Repr<'a, $Entry<'a>, $n>);

            impl<'a> Iterator for $Iter<'a> {
                type Item = $Entry<'a>;

                fn next(&mut self) -> Option<$Entry<'a>> {
                    self.0.next()
                }
            }

            impl<'a> IntoIterator for &$List<'a> {
                type Item = $Entry<'a>;
                type IntoIter = $Iter<'a>;

                fn into_iter(self) -> $Iter<'a> {
                    self.iter()
                }
            }

            impl<'a> From<&'a [$Entry<'a>]> for $List<'a> {
                fn from(list: &'a [$Entry<'a>]) -> Self {
                    Self(Repr::List(list))
                }
            }

            impl Default for $List<'_> {
                fn default() -> Self {
                    Self(Repr::List(&[]))
                }
            }

            impl PartialEq for $List<'_> {
                fn eq(&self, other: &Self) -> bool {
                    self.iter().eq(other.iter())
                }
            }

            impl Eq for $List<'_> {}

            impl fmt::Debug for $List<'_> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_list().entries(self).finish()
                }
            }

            impl fmt::Debug for $Iter<'_> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_list().entries(self.clone()).finish()
                }
            }

            #[cfg(feature = "defmt")]
            impl defmt::Format for $List<'_> {
                fn format(&self, f: defmt::Formatter<'_>) {
                    defmt::write!(f, "[");
                    for entry in self {
                        defmt::write!(f, "{} ", entry);
                    }
                    defmt::write!(f, "]");
                }
            }
        )*
    };
}

lists! {
    /// `number_of_dests` and `dest_address` of submit_multi. At most 254 entries in 3.4, 255 in 5.0.
    Destinations, DestinationsIter: Destination, 5;
    /// `no_unsuccess` and `unsuccess_sme` of submit_multi_resp.
    UnsuccessSmes, UnsuccessSmesIter: UnsuccessSme, 4;
}

#[derive(Clone, Copy)]
enum Repr<'a, E, const N: usize> {
    /// Octets of `count` whole entries, checked when they were read.
    Wire {
        count: u8,
        octets: &'a [u8],
        items: &'static [Item; N],
    },
    List(&'a [E]),
}

impl<'a, E: Entry<'a, N>, const N: usize> Repr<'a, E, N> {
    const fn len(&self) -> usize {
        match self {
            Self::Wire { count, .. } => *count as usize,
            Self::List(list) => list.len(),
        }
    }

    fn next(&mut self) -> Option<E> {
        match self {
            Self::Wire { count, octets, items } => {
                *count = count.checked_sub(1)?;
                let mut report = Report::new(octets.len(), EarlyEnd::Error, ());
                let mut reader = Reader::new(octets, &mut report);
                let entry = E::read(&mut reader, items);
                *octets = reader.rest();
                Some(entry)
            }
            Self::List(list) => {
                let (first, rest) = list.split_first()?;
                *list = rest;
                Some(*first)
            }
        }
    }

    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, count: Item, items: &'static [Item; N]) -> Self {
        let announced = reader.u8(count);
        let all = reader.rest();
        let mut count = 0;
        while count < announced && !reader.list_ends_early(items[0].field) {
            E::read(reader, items);
            count = count.saturating_add(1);
        }
        let octets = all.get(..all.len().saturating_sub(reader.rest().len())).unwrap_or_default();
        Self::Wire { count, octets, items }
    }

    fn write(&self, writer: &mut Writer<'_>, count: Item, items: &'static [Item; N]) {
        let count = length_octet(writer, self.len(), count);
        writer.u8(count);
        let mut entries = *self;
        while let Some(entry) = entries.next() {
            entry.write(writer, items);
        }
    }
}

impl<'a> Value<'a, 6> for Destinations<'a> {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [count, items @ ..]: &'static [Item; 6]) -> Self {
        Self(Repr::read(reader, *count, items))
    }

    fn write(&self, writer: &mut Writer<'_>, [count, items @ ..]: &'static [Item; 6]) {
        self.0.write(writer, *count, items);
    }
}

impl<'a> Value<'a, 5> for UnsuccessSmes<'a> {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [count, items @ ..]: &'static [Item; 5]) -> Self {
        Self(Repr::read(reader, *count, items))
    }

    fn write(&self, writer: &mut Writer<'_>, [count, items @ ..]: &'static [Item; 5]) {
        self.0.write(writer, *count, items);
    }
}
