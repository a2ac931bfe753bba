//! Logging by the feature that is on: `defmt`, `log`, or nowhere.

#[cfg(all(feature = "defmt", feature = "log"))]
compile_error!("the features `defmt` and `log` exclude each other: choose one");

macro_rules! logger {
    ($($level:ident)*) => {
        $( logger!(@ ($) $level); )*
    };
    (@ ($d:tt) $level:ident) => {
        macro_rules! $level {
            ($text:literal $d(, $value:expr)*) => {{
                #[cfg(feature = "defmt")]
                ::defmt::$level!($text $d(, $value)*);
                #[cfg(feature = "log")]
                ::log::$level!($text $d(, $value)*);
                #[cfg(not(any(feature = "defmt", feature = "log")))]
                // Uses the values without computing them.
                let _ = || { $d( let _ = &$value; )* };
            }};
        }
    };
}

logger! { debug info warn }
