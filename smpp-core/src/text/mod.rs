//! Text and its encodings.

mod coder;
mod error;
mod gsm7;
pub mod national;
mod tables;
mod transliterate;
mod unmappable;

pub use error::{EncodeTextError, NoRoom, NoText, Unmapped};
pub use gsm7::{Gsm7, Gsm7Chars};
pub use tables::{LockingTable, SingleShiftTable};
pub use transliterate::Transliteration;
pub use unmappable::Unmappable;
