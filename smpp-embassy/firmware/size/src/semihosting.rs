//! The least of semihosting, so that it adds next to nothing: a number out, and the end.

use cortex_m_semihosting::{syscall, syscall1};

const SYS_WRITEC: usize = 0x03;
const SYS_EXIT: usize = 0x18;
const ADP_STOPPED_APPLICATION_EXIT: usize = 0x2_0026;

/// Prints eight hexadecimal digits and a line end.
pub fn print_number(number: usize) {
    print_digits(number, 8);
    print_char(b'\n');
}

/// Prints an equals sign, two hexadecimal digits for each octet, and a line end.
pub(crate) fn print_octets(octets: &[u8]) {
    print_char(b'=');
    octets.iter().for_each(|&octet| print_digits(octet.into(), 2));
    print_char(b'\n');
}

fn print_digits(number: usize, count: u32) {
    for shift in (0..count).rev() {
        let digit = (number >> (4 * shift) & 0xF) as u8;
        print_char(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
}

fn print_char(char: u8) {
    // SAFETY: the operation takes a pointer to one character.
    unsafe { syscall(SYS_WRITEC, &char) };
}

/// Ends the program; QEMU exits with 0.
pub(crate) fn exit() -> ! {
    loop {
        // SAFETY: the operation takes this reason in place of a pointer, and does not return.
        unsafe { syscall1(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT) };
    }
}
