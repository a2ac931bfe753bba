//! What TLS needs of the device: chance, time, and the certificate of an authority. Here the host gives the first two; a
//! real device has a random number generator and a clock that it sets from the network.

use core::num::NonZeroU32;
use embedded_tls::pki::CertVerifier;
use embedded_tls::{Aes128GcmSha256, Certificate, CryptoProvider, TlsClock, TlsError, TlsVerifier};
use platform::semihosting;
use rand_core::{CryptoRng, CryptoRngCore, RngCore};

/// The most octets that a server's certificate may have.
const CERTIFICATE: usize = 1024;

/// The host's clock.
struct HostClock;

impl TlsClock for HostClock {
    fn now() -> Option<u64> {
        Some(semihosting::unix_time())
    }
}

/// The host's random number generator.
struct HostRng;

impl RngCore for HostRng {
    fn next_u32(&mut self) -> u32 {
        let mut octets = [0; 4];
        self.fill_bytes(&mut octets);
        u32::from_le_bytes(octets)
    }

    fn next_u64(&mut self) -> u64 {
        let mut octets = [0; 8];
        self.fill_bytes(&mut octets);
        u64::from_le_bytes(octets)
    }

    /// # Panics
    /// When the host has none: without chance there is no secrecy.
    fn fill_bytes(&mut self, octets: &mut [u8]) {
        assert_eq!(semihosting::read_file(c"/dev/urandom", octets), Some(octets.len()), "no random numbers");
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), rand_core::Error> {
        match semihosting::read_file(c"/dev/urandom", octets) {
            Some(count) if count == octets.len() => Ok(()),
            _ => Err(NonZeroU32::new(rand_core::Error::CUSTOM_START).expect("it is not zero").into()),
        }
    }
}

impl CryptoRng for HostRng {}

/// The host's chance and time, and the certificate of an authority.
pub(super) struct Provider<'a> {
    verifier: CertVerifier<'a, Aes128GcmSha256, HostClock, CERTIFICATE>,
}

impl<'a> Provider<'a> {
    /// Trusts the authority with this certificate (DER), and no other.
    pub(super) fn new(authority: &'a [u8]) -> Self {
        Self { verifier: CertVerifier::new(Certificate::X509(authority)) }
    }
}

impl CryptoProvider for Provider<'_> {
    type CipherSuite = Aes128GcmSha256;
    /// There is no certificate of a client, so nothing is signed.
    type Signature = [u8; 0];

    fn rng(&mut self) -> impl CryptoRngCore {
        HostRng
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, TlsError> {
        Ok(&mut self.verifier)
    }
}
