//! The options for what one peer may take: those of the library, each with its default.

use crate::duration::duration;
use smpp_std::{FieldLimits, Limit, Limits};
use std::time::Duration;

/// What one peer may take.
#[derive(clap::Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Limits")]
pub(super) struct Options {
    /// Connections from one address at a time, 0 for no limit; one more is closed at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().address.sessions)]
    address_sessions: u32,
    /// Binds from one address that may be refused until its connections are closed for a while, 0 for no limit
    #[arg(long, value_name = "N", default_value_t = Limits::default().address.failed_binds)]
    address_failed_binds: u32,
    /// Octets that may wait in memory for the connections of one address, 0 for no limit; one that goes beyond is closed
    #[arg(long, value_name = "N", default_value_t = Limits::default().address.octets)]
    address_octets: usize,
    /// Sessions of one system_id at a time, 0 for no limit; one more is refused with ESME_RALYBND
    #[arg(long, value_name = "N", default_value_t = Limits::default().account.sessions)]
    account_sessions: u32,
    /// Binds of one system_id that may be refused until all are, for a while and with ESME_RBINDFAIL, 0 for no limit
    #[arg(long, value_name = "N", default_value_t = Limits::default().account.failed_binds)]
    account_failed_binds: u32,
    /// Octets that may wait in memory for the sessions of one system_id, 0 for no limit; one that goes beyond is closed
    #[arg(long, value_name = "N", default_value_t = Limits::default().account.octets)]
    account_octets: usize,
    /// How long that while is, counted from the last refused bind
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    lockout: Duration,
    /// How long the answer to a refused bind is held back
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "500ms")]
    refusal_delay: Duration,
    /// Characters that a system_id may have, 0 for no limit; a longer one is refused with ESME_RINVSYSID
    #[arg(long, value_name = "N", default_value_t = FieldLimits::default().system_id)]
    max_system_id: usize,
    /// Characters that a password may have, 0 for no limit; a longer one is refused with ESME_RINVPASWD
    #[arg(long, value_name = "N", default_value_t = FieldLimits::default().password)]
    max_password: usize,
    /// Characters that a system_type may have, 0 for no limit; a longer one is refused with ESME_RINVSYSTYP
    #[arg(long, value_name = "N", default_value_t = FieldLimits::default().system_type)]
    max_system_type: usize,
    /// Characters that an address_range may have, 0 for no limit; a longer one is refused with ESME_RBINDFAIL
    #[arg(long, value_name = "N", default_value_t = FieldLimits::default().address_range)]
    max_address_range: usize,
    /// Characters that a service_type may have, 0 for no limit; a longer one is refused with ESME_RINVSERTYP
    // As the standard has it (SMPP 3.4 §5.2.11): the library takes more from clients that cannot be changed, while this
    // shows a client what the next MC may refuse.
    #[arg(long, value_name = "N", default_value_t = 5)]
    max_service_type: usize,
}

impl From<Options> for Limits {
    fn from(given: Options) -> Self {
        Self {
            address: Limit {
                sessions: count(given.address_sessions),
                failed_binds: count(given.address_failed_binds),
                octets: size(given.address_octets),
            },
            account: Limit {
                sessions: count(given.account_sessions),
                failed_binds: count(given.account_failed_binds),
                octets: size(given.account_octets),
            },
            memory: given.lockout,
            refusal_delay: given.refusal_delay,
            fields: FieldLimits {
                system_id: size(given.max_system_id),
                password: size(given.max_password),
                system_type: size(given.max_system_type),
                address_range: size(given.max_address_range),
                service_type: size(given.max_service_type),
            },
        }
    }
}

const fn count(given: u32) -> u32 {
    if given == 0 { u32::MAX } else { given }
}

const fn size(given: usize) -> usize {
    if given == 0 { usize::MAX } else { given }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Options,
    }

    fn limits(args: &[&str]) -> Limits {
        Cli::parse_from(["smsc"].iter().chain(args)).args.into()
    }

    #[test]
    fn the_defaults_are_those_of_the_library_but_for_the_service_type_of_the_standard() {
        let library = Limits::default();
        let fields = FieldLimits { service_type: 5, ..library.fields };
        assert_eq!(limits(&[]), Limits { fields, ..library });
    }

    #[test]
    fn zero_is_no_limit_and_no_delay() {
        let options = [
            "--address-sessions",
            "--address-failed-binds",
            "--address-octets",
            "--account-sessions",
            "--account-failed-binds",
            "--account-octets",
            "--lockout",
            "--refusal-delay",
            "--max-system-id",
            "--max-password",
            "--max-system-type",
            "--max-address-range",
            "--max-service-type",
        ];
        let off: Vec<_> = options.iter().flat_map(|option| [*option, "0"]).collect();
        assert_eq!(limits(&off), Limits::NONE);
    }
}
