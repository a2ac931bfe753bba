//! What the debugger, here QEMU, does for a program: arguments and exit code (Arm semihosting, version 3).

use cortex_m_semihosting::syscall;

const SYS_GET_CMDLINE: usize = 0x15;
const SYS_EXIT_EXTENDED: usize = 0x20;
const ADP_STOPPED_APPLICATION_EXIT: u32 = 0x2_0026;

/// Ends the program; QEMU exits with `code`.
pub fn exit(code: u32) -> ! {
    let block = [ADP_STOPPED_APPLICATION_EXIT, code];
    loop {
        // SAFETY: the operation takes a block of two words, and does not return.
        unsafe { syscall(SYS_EXIT_EXTENDED, &block) };
    }
}

/// The command line, as written into `buffer`: the program first, then its arguments, each behind a space. Empty when it
/// does not fit.
pub fn command_line(buffer: &mut [u8]) -> &str {
    let mut block = [buffer.as_mut_ptr() as usize, buffer.len()];
    // SAFETY: the operation takes a block of pointer and length, writes that much at most, and sets the length; the
    // pointer is to a slice that is ours and stays, and the block is read again only behind the call.
    let failed = unsafe { syscall(SYS_GET_CMDLINE, &mut block) } != 0;
    // SAFETY: the host changed the block behind the compiler's back.
    let len = unsafe { core::ptr::read_volatile(&raw const block[1]) };
    if failed {
        return "";
    }
    buffer.get(..len).and_then(|line| str::from_utf8(line).ok()).unwrap_or_default()
}
