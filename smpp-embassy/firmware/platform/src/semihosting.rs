//! What the debugger, here QEMU, does for a program: arguments, files, the time of day, an exit code (Arm semihosting,
//! version 3).

use core::ffi::CStr;
use cortex_m_semihosting::{syscall, syscall1};

const SYS_OPEN: usize = 0x01;
const SYS_CLOSE: usize = 0x02;
const SYS_READ: usize = 0x06;
const SYS_TIME: usize = 0x11;
const SYS_GET_CMDLINE: usize = 0x15;
const SYS_EXIT_EXTENDED: usize = 0x20;
/// The mode "rb" of SYS_OPEN.
const READ_BINARY: usize = 1;
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
    let block = &raw mut block;
    // SAFETY: the operation takes a block of pointer and length, writes that much at most, and sets the length; the
    // pointer is to a slice that is ours and stays.
    let failed = unsafe { syscall1(SYS_GET_CMDLINE, block.expose_provenance()) } != 0;
    // SAFETY: the block is ours; the host changed it behind the compiler's back.
    let [_, len] = unsafe { block.read_volatile() };
    if failed {
        return "";
    }
    buffer.get(..len).and_then(|line| str::from_utf8(line).ok()).unwrap_or_default()
}

/// Reads the start of a file of the host into `buffer` and gives how much it read; `None` when it cannot be read.
pub fn read_file(path: &CStr, buffer: &mut [u8]) -> Option<usize> {
    let open = [path.as_ptr() as usize, READ_BINARY, path.count_bytes()];
    // SAFETY: the operation takes a path that ends with NUL, a mode, and the length of the path.
    let handle = unsafe { syscall(SYS_OPEN, &open) };
    if handle == usize::MAX {
        return None;
    }
    let read = [handle, buffer.as_mut_ptr() as usize, buffer.len()];
    // SAFETY: the operation writes at most that many octets to a slice that is ours.
    let missing = unsafe { syscall(SYS_READ, &read) };
    // SAFETY: the handle is the one that was opened.
    unsafe { syscall(SYS_CLOSE, &[handle]) };
    buffer.len().checked_sub(missing)
}

/// The host's time of day, in seconds since 1970.
pub fn unix_time() -> u64 {
    // SAFETY: the operation takes nothing.
    let seconds = unsafe { syscall1(SYS_TIME, 0) };
    seconds as u64
}
