//! The macro behind the table of PDUs.

/// Declares the PDUs: for each its struct, its reading and writing, its layout, its place in [`Pdu`](super::Pdu) and,
/// for a request, the type of its response.
///
/// A field names its Rust type and the fields of the specification that it holds, with the most octets of each.
macro_rules! pdus {
    ($(
        $(#[$doc:meta])*
        $Name:ident = $ID:ident $(=> $Response:ident)? {
            $( $(#[$field_doc:meta])* $field:ident: $Type:ty = [$($Field:ident $max:literal),*]; )*
        }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
            #[cfg_attr(feature = "defmt", derive(defmt::Format))]
            pub struct $Name<'a> {
                $( $(#[$field_doc])* pub $field: $Type, )*
                /// TLVs in their order, unknown ones included.
                pub tlvs: Tlvs<'a>,
            }

            impl<'a> Body<'a> for $Name<'a> {
                const ID: CommandId = CommandId::$ID;
                const LAYOUT: &'static [Item] = &[$($( Item::new(Field::$Field, $max), )*)*];

                // One copy in `Frame::body` and one in `Pdu::read`, each with all fields in registers; on bare metal no more
                // copies than needed.
                #[cfg_attr(not(smpp_small), inline(always))]
                fn read<O: Observe<'a>>(reader: &mut Reader<'a, '_, O>) -> Self {
                    Self {
                        $( $field: Value::read(reader, const { &[$( Item::new(Field::$Field, $max) ),*] }), )*
                        tlvs: Tlvs::read(reader),
                    }
                }

                #[cfg_attr(not(smpp_small), inline(always))]
                fn write(&self, writer: &mut Writer<'_>) {
                    $( Value::write(&self.$field, writer, const { &[$( Item::new(Field::$Field, $max) ),*] }); )*
                    self.tlvs.write(writer);
                }

                fn tlvs(&self) -> &Tlvs<'a> {
                    &self.tlvs
                }
            }

            $(
                impl<'a> Request<'a> for $Name<'a> {
                    type Response<'r> = $Response<'r>;
                }
            )?

            impl<'a> From<$Name<'a>> for Pdu<'a> {
                fn from(body: $Name<'a>) -> Self {
                    Self::$Name(body)
                }
            }

            impl Sealed for $Name<'_> {}
        )*

        /// Any PDU, read. The header stays with the [`Frame`](crate::frame::Frame).
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Pdu<'a> {
            $( #[doc = concat!("See [`", stringify!($Name), "`].")] $Name($Name<'a>), )*
        }

        impl<'a> Pdu<'a> {
            /// Reads the body of a command.
            pub(crate) fn read<O: Observe<'a>>(
                id: CommandId,
                reader: Reader<'a, '_, O>,
            ) -> Result<Self, DecodeError> {
                match id {
                    $( CommandId::$ID => call_read_body(reader, Self::$Name), )*
                    _ => Err(DecodeError::UNKNOWN_COMMAND),
                }
            }

            /// The command of this PDU.
            #[must_use]
            pub const fn command_id(&self) -> CommandId {
                match self {
                    $( Self::$Name(_) => CommandId::$ID, )*
                }
            }

            /// The TLVs.
            #[must_use]
            pub const fn tlvs(&self) -> Tlvs<'a> {
                match self {
                    $( Self::$Name(body) => body.tlvs, )*
                }
            }

            #[inline]
            pub(crate) fn write(&self, writer: &mut Writer<'_>) {
                match self {
                    $( Self::$Name(body) => body.write(writer), )*
                }
            }
        }

        /// [`layout`] in few octets, for [`walk`](super::walk()): for each command its id, its fields, [`END`].
        pub(super) const LAYOUTS: &[u8] = &[$(
            CommandId::$ID.0.to_be_bytes()[0],
            CommandId::$ID.0.to_be_bytes()[1],
            CommandId::$ID.0.to_be_bytes()[2],
            CommandId::$ID.0.to_be_bytes()[3],
            $($( FieldOctet::$Field as u8, )*)*
            END,
        )*];

        /// The mandatory fields of a command in their order, `None` for an unknown command. The entries of a list
        /// (`dest_address`, `unsuccess_sme`) stand once, behind their count.
        #[must_use]
        pub const fn layout(command: CommandId) -> Option<&'static [Item]> {
            match command {
                $( CommandId::$ID => Some(<$Name<'static> as Body<'static>>::LAYOUT), )*
                _ => None,
            }
        }
    };
}
