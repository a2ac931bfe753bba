//! What one provider asks of its clients, as plain data. A second provider is another table, not other code.
//!
//! ```
//! use smpp_core::provider::Provider;
//!
//! let wavix = Provider::by_name("wavix").unwrap();
//! assert_eq!((wavix.window, wavix.requests_per_second), (10, Some(20)));
//! assert_eq!(wavix.source("Weather").ton, smpp_core::types::Ton::ALPHANUMERIC);
//! assert_eq!(wavix.error_code(1018).unwrap().meaning, "destination invalid or not a mobile number");
//! ```

use crate::sms::receipt::ReceiptFormat;
use crate::sms::segment::Method;
use crate::types::{Address, COctetString, CommandId, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use core::fmt;
use core::time::Duration;

/// A provider, or a kind of link, by its rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Provider {
    /// The name by which it is chosen.
    pub name: &'static str,
    /// The version that is bound with.
    pub interface_version: InterfaceVersion,
    /// The host name of the service, `None` where there is no fixed one.
    pub host: Option<&'static str>,
    /// The port without TLS.
    pub port: u16,
    /// The port with TLS, `None` where TLS is not offered on a port of its own.
    pub tls_port: Option<u16>,
    /// Open requests at a time.
    pub window: u16,
    /// Requests a second, `None` for no limit.
    pub requests_per_second: Option<u32>,
    /// How often enquire_link is sent.
    pub enquire_link: Duration,
    /// Whether enquire_link is sent on time even while other PDUs are exchanged.
    pub enquire_link_always: bool,
    /// TON and NPI of a sender that is a number.
    pub numeric_source: (Ton, Npi),
    /// TON and NPI of a sender that is a name.
    pub alphanumeric_source: (Ton, Npi),
    /// TON and NPI of a destination.
    pub destination: (Ton, Npi),
    /// Whether a destination must be an E.164 number: at most 15 digits, country code first.
    pub e164_only: bool,
    /// What is asked for with each message unless the caller says otherwise.
    pub registered_delivery: RegisteredDelivery,
    /// How a text that needs several parts is sent unless the caller says otherwise.
    pub long_messages: Method,
    /// The requests that the provider accepts, `None` for all; responses and generic_nack are always accepted.
    pub commands: Option<&'static [CommandId]>,
    /// How the text of its receipts is written.
    pub receipt: ReceiptFormat,
    /// Its own error codes.
    pub error_codes: &'static [ErrorCode],
}

/// An error code of a provider and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ErrorCode {
    /// The number, as `err:` and network_error_code give it.
    pub code: u16,
    /// What it means, in the provider's sense.
    pub meaning: &'static str,
    /// What to do about it. Our reading, not the provider's.
    pub advice: Advice,
}

/// What to do about a message that failed with an [`ErrorCode`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Advice {
    /// The message will never go through.
    Permanent,
    /// The same message may go through later.
    RetryLater,
    /// Send more slowly.
    ReduceRate,
    /// Do not write to this recipient again.
    SuppressRecipient,
    /// Something about the sender must be set up first.
    Configuration,
}

/// The error codes of Wavix (its SMPP page), all with state REJECTD.
const WAVIX_CODES: &[ErrorCode] = {
    use Advice::{Configuration, Permanent, ReduceRate, RetryLater, SuppressRecipient};
    const fn code(code: u16, advice: Advice, meaning: &'static str) -> ErrorCode {
        ErrorCode { code, meaning, advice }
    }
    &[
        code(1005, Configuration, "sender id not provisioned for the destination country"),
        code(1007, ReduceRate, "looks like SMS flooding"),
        code(1009, SuppressRecipient, "recipient unsubscribed"),
        code(1017, Permanent, "destination forbidden"),
        code(1018, Permanent, "destination invalid or not a mobile number"),
        code(1019, Permanent, "destination blocked"),
        code(1022, Configuration, "sender id not found"),
        code(1023, Permanent, "rejected by the far-end carrier"),
        code(1024, Permanent, "rejected by the gateway"),
        code(1029, Permanent, "destination carrier or handset does not support messaging"),
        code(1031, SuppressRecipient, "number inactive, without credit, or opted out of SMS"),
        code(1033, Configuration, "rejected as spam, or the sender id's 10DLC campaign is inactive"),
        code(1034, RetryLater, "10DLC brand or campaign limit exceeded"),
        code(1036, RetryLater, "daily quota exceeded (T-Mobile)"),
        code(1037, Permanent, "spam detected or rejected (AT&T)"),
        code(1038, RetryLater, "sending limit reached (AT&T)"),
        code(1041, Permanent, "message too long"),
        code(1043, Permanent, "blocked by Verizon content filtering"),
        code(1044, SuppressRecipient, "destination number no longer active: remove it from subscriptions"),
        code(1045, Permanent, "unsupported carrier"),
        code(1046, Permanent, "non-compliant content or URL blocked"),
    ]
};

impl Provider {
    /// SMPP 3.4 with the usual values, no rate, everything offered.
    pub const PLAIN: Self = Self {
        name: "plain",
        interface_version: InterfaceVersion::V3_4,
        host: None,
        port: 2775,
        tls_port: None,
        window: 10,
        requests_per_second: None,
        enquire_link: Duration::from_secs(30),
        enquire_link_always: false,
        numeric_source: (Ton::INTERNATIONAL, Npi::ISDN),
        alphanumeric_source: (Ton::ALPHANUMERIC, Npi::UNKNOWN),
        destination: (Ton::INTERNATIONAL, Npi::ISDN),
        e164_only: false,
        registered_delivery: RegisteredDelivery::RECEIPT,
        long_messages: Method::Udh8,
        commands: None,
        receipt: ReceiptFormat::APPENDIX_B,
        error_codes: &[],
    };

    /// Wavix: 10 open requests, 20 a second, message_payload for long texts, receipts without text.
    pub const WAVIX: Self = Self {
        name: "wavix",
        host: Some("smpp.wavix.net"),
        port: 11337,
        tls_port: Some(11338),
        requests_per_second: Some(20),
        enquire_link_always: true,
        e164_only: true,
        long_messages: Method::Payload,
        commands: Some(&[
            CommandId::BIND_TRANSMITTER,
            CommandId::BIND_RECEIVER,
            CommandId::BIND_TRANSCEIVER,
            CommandId::UNBIND,
            CommandId::SUBMIT_SM,
            CommandId::DELIVER_SM,
            CommandId::ENQUIRE_LINK,
        ]),
        receipt: ReceiptFormat::WAVIX,
        error_codes: WAVIX_CODES,
        ..Self::PLAIN
    };

    /// Every provider there is.
    pub const ALL: &'static [Self] = &[Self::PLAIN, Self::WAVIX];

    /// The provider of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|provider| provider.name == name)
    }

    /// A sender as this provider wants it: a number when it holds nothing but digits (a plus sign in front is dropped),
    /// else a name; the MC's default when it is empty (SMPP 3.4 §4.4.1).
    #[must_use]
    pub fn source<'a>(&self, sender: &'a str) -> Address<'a> {
        if sender.is_empty() {
            return Address::default();
        }
        let digits = sender.strip_prefix('+').unwrap_or(sender);
        let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
        let ((ton, npi), addr) =
            if is_number { (self.numeric_source, digits) } else { (self.alphanumeric_source, sender) };
        Address { ton, npi, addr: addr.into() }
    }

    /// A destination as this provider wants it: digits; a plus sign in front is dropped (in practice 24).
    ///
    /// # Errors
    /// [`BadNumber`] for anything but 1 to 20 digits, or 1 to 15 that do not start with 0 (ITU-T E.164 §6) where
    /// [`Self::e164_only`] is set.
    pub fn destination<'a>(&self, number: &'a str) -> Result<Address<'a>, BadNumber> {
        let digits = number.strip_prefix('+').unwrap_or(number);
        if let Some((index, _)) = digits.char_indices().find(|(_, char)| !char.is_ascii_digit()) {
            let plus = number.len().saturating_sub(digits.len());
            return Err(BadNumber::NoDigit { index: index.saturating_add(plus) });
        }
        let max = if self.e164_only { 15 } else { 20 };
        match digits.len() {
            0 => Err(BadNumber::Empty),
            digits if digits > max => Err(BadNumber::TooLong { digits, max }),
            _ if self.e164_only && digits.starts_with('0') => Err(BadNumber::LeadingZero),
            _ => {
                let (ton, npi) = self.destination;
                Ok(Address { ton, npi, addr: COctetString::from(digits) })
            }
        }
    }

    /// What an error code of this provider means: the number in network_error_code or behind `err:` of a receipt.
    #[must_use]
    pub fn error_code(&self, code: u16) -> Option<&'static ErrorCode> {
        self.error_codes.iter().find(|known| known.code == code)
    }
}

/// Why a destination is no international number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BadNumber {
    /// There is nothing.
    Empty,
    /// Something that is no digit stands at this octet.
    NoDigit {
        /// Its place, counted in octets from 0.
        index: usize,
    },
    /// No country code starts with 0: the number is a national one, or has an international prefix.
    LeadingZero,
    /// Too many digits.
    TooLong {
        /// How many there are.
        digits: usize,
        /// How many there may be.
        max: usize,
    },
}

impl fmt::Display for BadNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the number is empty"),
            Self::NoDigit { index } => {
                write!(f, "there is no digit at octet {index}: write country code and number, digits only")
            }
            Self::LeadingZero => {
                f.write_str("it starts with 0: write the country code first, without 0 or 00")
            }
            Self::TooLong { digits, max } => write!(f, "it has {digits} digits, at most {max} are allowed"),
        }
    }
}

impl core::error::Error for BadNumber {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_numbers_or_names() {
        let wavix = Provider::WAVIX;
        assert_eq!(wavix.source("+4930123"), Address::international("4930123"));
        assert_eq!(wavix.source("4930123"), Address::international("4930123"));
        assert_eq!(wavix.source("Wea7her"), Address::alphanumeric("Wea7her"));
        assert_eq!(wavix.source(""), Address::default(), "TON and NPI of nothing are unknown");
    }

    #[test]
    fn plus_signs_and_hyphens_in_destinations_jsmpp_172() {
        let wavix = Provider::WAVIX;
        assert_eq!(wavix.destination("+4915112345678"), Ok(Address::international("4915112345678")));
        assert_eq!(wavix.destination("+49-151"), Err(BadNumber::NoDigit { index: 3 }));
        assert_eq!(wavix.destination("0151123"), Err(BadNumber::LeadingZero));
        assert_eq!(wavix.destination("+"), Err(BadNumber::Empty));
        assert_eq!(wavix.destination("1234567890123456"), Err(BadNumber::TooLong { digits: 16, max: 15 }));
        assert_eq!(Provider::PLAIN.destination("0151123").map(|address| address.addr.len()), Ok(7));
    }

    #[test]
    fn error_codes_have_four_digits_and_a_meaning() {
        let wavix = Provider::WAVIX;
        assert_eq!(wavix.error_code(1005).map(|code| code.advice), Some(Advice::Configuration));
        assert_eq!(wavix.error_code(100), None);
        assert!(wavix.error_codes.is_sorted_by_key(|code| code.code));
    }
}
