//! How a field of each Rust type is read and written.

use crate::error::EncodeError;
use crate::types::{
    Address, COctetString, DataCoding, EsmClass, InterfaceVersion, Item, MessageState, Npi, Password,
    RegisteredDelivery, Ton,
};
use crate::wire::{Observe, Reader, Writer};

/// A Rust type that holds `N` fields of the specification.
pub(super) trait Value<'a, const N: usize> {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, items: &'static [Item; N]) -> Self;
    fn write(&self, writer: &mut Writer<'_>, items: &'static [Item; N]);
}

impl<'a> Value<'a, 1> for u8 {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [item]: &'static [Item; 1]) -> Self {
        reader.u8(*item)
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static [Item; 1]) {
        writer.u8(*self);
    }
}

/// Newtypes over one octet.
macro_rules! one_octet {
    ($($Type:ident)*) => {
        $(
            impl<'a> Value<'a, 1> for $Type {
                fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [item]: &'static [Item; 1]) -> Self {
                    Self(reader.u8(*item))
                }

                fn write(&self, writer: &mut Writer<'_>, _: &'static [Item; 1]) {
                    writer.u8(self.0);
                }
            }
        )*
    };
}

one_octet!(InterfaceVersion EsmClass RegisteredDelivery DataCoding MessageState);

impl<'a> Value<'a, 1> for COctetString<'a> {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [item]: &'static [Item; 1]) -> Self {
        Self::new(reader.c_octets(*item))
    }

    fn write(&self, writer: &mut Writer<'_>, [item]: &'static [Item; 1]) {
        writer.c_octets(item, self.as_octets());
    }
}

impl<'a> Value<'a, 1> for Password<'a> {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [item]: &'static [Item; 1]) -> Self {
        Self::new(reader.c_octets(*item))
    }

    fn write(&self, writer: &mut Writer<'_>, [item]: &'static [Item; 1]) {
        writer.c_octets(item, self.reveal().as_octets());
    }
}

impl<'a> Value<'a, 3> for Address<'a> {
    #[cfg_attr(not(smpp_small), inline(always))]
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [ton, npi, addr]: &'static [Item; 3]) -> Self {
        Self {
            ton: Ton(reader.u8(*ton)),
            npi: Npi(reader.u8(*npi)),
            addr: COctetString::new(reader.c_octets(*addr)),
        }
    }

    #[cfg_attr(not(smpp_small), inline(always))]
    fn write(&self, writer: &mut Writer<'_>, [_, _, addr]: &'static [Item; 3]) {
        writer.u8(self.ton.0);
        writer.u8(self.npi.0);
        writer.c_octets(addr, self.addr.as_octets());
    }
}

/// `sm_length` and `short_message`.
impl<'a> Value<'a, 2> for &'a [u8] {
    fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>, [length, text]: &'static [Item; 2]) -> Self {
        let length = reader.u8(*length);
        reader.octets(*text, usize::from(length))
    }

    fn write(&self, writer: &mut Writer<'_>, [_, text]: &'static [Item; 2]) {
        let length = length_octet(writer, self.len(), *text);
        writer.u8(length);
        writer.octets(self);
    }
}

/// `len` as the octet that counts what follows, or an error in the writer.
pub(super) fn length_octet(writer: &mut Writer<'_>, len: usize, item: Item) -> u8 {
    u8::try_from(len).unwrap_or_else(|_| {
        writer.fail(EncodeError::TooLong { field: item.field, len, max: usize::from(u8::MAX) });
        u8::MAX
    })
}
