//! The program's command line: where the message centre is, and as whom to bind.

use platform::semihosting;
use static_cell::StaticCell;

/// The first arguments of every program.
#[derive(Debug)]
pub struct Arguments {
    /// A DNS name or an IPv4 address; the host that runs QEMU is 10.0.2.2.
    pub host: &'static str,
    /// The port.
    pub port: u16,
    /// Who binds.
    pub system_id: &'static str,
    /// The secret.
    pub password: &'static str,
    /// What follows, one word after the other.
    pub rest: core::str::Split<'static, char>,
}

/// Reads the command line `program HOST PORT SYSTEM_ID PASSWORD …`. To be called once.
///
/// # Panics
/// When a word is missing, and when called again.
pub fn read() -> Arguments {
    static LINE: StaticCell<[u8; 256]> = StaticCell::new();
    let line = semihosting::command_line(LINE.init([0; 256]));
    let mut words = line.split(' ');
    let mut word = |name| {
        words.nth(usize::from(name == "HOST")).unwrap_or_else(|| panic!("{name} is missing in «{line}»"))
    };
    let (host, port) = (word("HOST"), word("PORT"));
    let port = port.parse().expect("PORT is a number");
    let (system_id, password) = (word("SYSTEM_ID"), word("PASSWORD"));
    Arguments { host, port, system_id, password, rest: words }
}
