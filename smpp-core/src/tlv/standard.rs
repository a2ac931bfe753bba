//! Typed getters for the standard TLVs, one a row of the table in `types::tag`.

use super::Tlvs;
use crate::types::COctetString;
use crate::types::{Tag, tag::for_each_tlv};

/// The Rust type of a kind of value.
macro_rules! value {
    (u8) => { u8 };
    (u16) => { u16 };
    (u32) => { u32 };
    (octets) => { &'a [u8] };
    (c_octets) => { COctetString<'a> };
}

macro_rules! getters {
    ($( $(#[$doc:meta])* $value:literal $CONST:ident $name:ident: $type:ident, $min:literal..=$max:literal,
        [$($v34:ident)*], [$($v50:ident)*]; )*) => {
        /// The standard TLVs. Each getter gives the first TLV of its tag; an integer of another width than the standard's
        /// is accepted if its value fits, a string with or without its NUL.
        impl<'a> Tlvs<'a> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> Option<value!($type)> {
                    self.$type(Tag::$CONST)
                }
            )*
        }
    };
}

for_each_tlv!(getters);
