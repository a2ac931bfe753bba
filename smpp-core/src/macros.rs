//! The macro behind every open set of code points.

/// Declares a newtype over an integer whose values the specification names but does not close.
///
/// Unknown values survive unchanged; known ones print by name, others in hexadecimal.
macro_rules! code_points {
    (
        $(#[$meta:meta])*
        $Name:ident($int:ty) {
            $( $(#[$item:meta])* $CONST:ident = $value:literal, $text:expr; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $Name(pub $int);

        impl $Name {
            $( $(#[$item])* pub const $CONST: Self = Self($value); )*

            /// Every value that has a name, in the order of the specification's table.
            pub const NAMED: &'static [Self] = &[$(Self::$CONST),*];

            /// The specification's name of this value, `None` for a reserved or vendor value.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($text), )*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => {
                        const DIGITS: usize = size_of::<$int>() * 2;
                        write!(f, "0x{:0DIGITS$X}", self.0)
                    }
                }
            }
        }

        impl core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        #[cfg(feature = "defmt")]
        impl defmt::Format for $Name {
            fn format(&self, f: defmt::Formatter<'_>) {
                match self.name() {
                    Some(name) => defmt::write!(f, "{=str}", name),
                    None => defmt::write!(f, "{=u32:#x}", u32::from(self.0)),
                }
            }
        }

        impl From<$int> for $Name {
            fn from(value: $int) -> Self {
                Self(value)
            }
        }
    };
}
