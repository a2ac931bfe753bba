//! The memory of a client's transmit queue.

use smpp_core::frame::MAX_PDU;
use smpp_core::link::Storage;
use std::fmt;
use zeroize::Zeroize;

/// Room for one PDU of the largest size, or for thousands of responses.
pub(crate) const BUFFER: usize = 128 * 1024;

const _: () = assert!(MAX_PDU <= BUFFER);

/// Where the transmit queue of a client keeps its octets. It grows when a PDU needs it, gives back what it grew by when all has
/// left, and keeps no password longer than it must.
pub(crate) struct Octets {
    octets: Vec<u8>,
    has_secrets: bool,
}

impl Octets {
    /// What is put here next holds a password.
    pub(crate) const fn keep_secret(&mut self) {
        self.has_secrets = true;
    }
}

impl fmt::Debug for Octets {
    /// How many there are: they may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.octets.len())
    }
}

impl Default for Octets {
    fn default() -> Self {
        Self { octets: vec![0; BUFFER], has_secrets: false }
    }
}

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl AsMut<[u8]> for Octets {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.octets
    }
}

impl Storage for Octets {
    fn can_grow(&self) -> bool {
        true
    }

    fn grow(&mut self, len: usize) {
        let mut larger = vec![0; len.next_power_of_two()];
        larger[..self.octets.len()].copy_from_slice(&self.octets);
        let mut smaller = std::mem::replace(&mut self.octets, larger);
        if self.has_secrets {
            smaller.zeroize();
        }
    }

    fn emptied(&mut self) {
        if std::mem::take(&mut self.has_secrets) {
            self.octets.as_mut_slice().zeroize();
        }
        if self.octets.len() > BUFFER {
            self.octets = vec![0; BUFFER];
        }
    }
}

impl Drop for Octets {
    fn drop(&mut self) {
        if self.has_secrets {
            self.octets.zeroize();
        }
    }
}
