//! Text in the cheaper of GSM default alphabet and UCS2, cut into parts with user data headers; reads all encodings.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::text::{Candidates, Encoding};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let text = size::text();
        let cut = Segmenter { method: Method::Udh8, ..Segmenter::default() };
        let choice = cut.choose(text, &Candidates::default());
        if let Ok(parts) = cut.text(text, choice.encoding) {
            for part in parts {
                output.put(|room| part.write(0x2A, room).ok());
            }
        }
        let encoding = black_box(Encoding::Ucs2);
        output.put(|room| encoding.decode_str(size::input(), room).map(str::len).ok());
    })
}
