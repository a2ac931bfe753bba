//! Text: the alphabets of short messages, both ways.
//!
//! [`Encoding`] names how text stands in a PDU; it counts before it writes, and reads back. Small programs name
//! parts of it and carry no code for the rest: [`Gsm7OrUcs2`] is GSM 03.38 or UCS2, [`Gsm7`] GSM 03.38 alone. What to do with a
//! character that an encoding lacks is the caller's choice, [`Unmappable`].
//!
//! ```
//! use smpp_core::text::{Encoding, Unmappable};
//!
//! let text = "Zahl 5€ – jetzt";
//! assert_eq!(Encoding::GSM7.units(text, Unmappable::Reject).unwrap_err().ch, '–');
//! assert_eq!(Encoding::GSM7.units(text, Unmappable::TRANSLITERATE), Ok(16));
//!
//! let mut octets = [0; 160];
//! let length = Encoding::GSM7.encode(text, Unmappable::TRANSLITERATE, &mut octets)?;
//! let mut utf8 = [0; 160];
//! assert_eq!(Encoding::GSM7.decode_str(&octets[..length], &mut utf8), Ok("Zahl 5€ - jetzt"));
//! # Ok::<(), smpp_core::text::EncodeTextError>(())
//! ```

mod any;
mod choose;
mod coder;
mod cut;
mod decode;
mod encoding;
mod error;
mod gsm7;
mod gsm7_or_ucs2;
mod language;
pub mod national;
mod octet;
pub mod packed;
mod tables;
mod transliterate;
mod ucs2;
mod unmappable;

pub use any::AnyEncoding;
pub use choose::{Candidates, Choice, Cost};
pub use cut::{Boundary, Piece};
pub use decode::Chars;
pub use encoding::Encoding;
pub(crate) use encoding::{USER_DATA, capacity};
pub use error::{EncodeTextError, NoRoom, NoText, Unmapped};
pub use gsm7::{Gsm7, Gsm7Chars};
pub use gsm7_or_ucs2::{Gsm7OrUcs2, Gsm7OrUcs2Chars};
pub use tables::{LockingTable, SingleShiftTable};
pub use transliterate::Transliteration;
pub use ucs2::split_byte_order_mark;
pub use unmappable::Unmappable;
