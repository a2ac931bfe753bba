//! Text with all national tables: the cheapest encoding of each text, cut into parts; reads all encodings.

#![no_std]
#![no_main]

use core::hint::black_box;
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::sms::udh::Udh;
use smpp_core::text::national::{self, Language};
use smpp_core::text::{Candidates, Encoding, Gsm7};

#[cortex_m_rt::entry]
fn main() -> ! {
    size::measure(|output| {
        let text = size::text();
        let cut = Segmenter { method: Method::Udh8, ..Segmenter::default() };
        let choice =
            cut.choose(text, &Candidates { national: &national::CANDIDATES, ..Candidates::default() });
        if let Ok(parts) = cut.text(text, choice.encoding) {
            for part in parts {
                output.put(|room| part.write(0x2A, room).ok());
            }
        }
        if let Ok((udh, octets)) = Udh::split(size::input()) {
            let shifts = udh.shifts();
            let encoding =
                Encoding::Gsm7(Gsm7::received(shifts.locking.map(Language), shifts.single.map(Language)));
            output.put(|room| black_box(encoding).decode_str(octets, room).map(str::len).ok());
        }
    })
}
