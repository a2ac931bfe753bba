//! The connection options that `send`, `listen` and `bench` share, and the session that they lead to.

use crate::alphabet::DefaultAlphabet;
use crate::duration::duration;
use crate::inbox::Reading;
use crate::line::Line;
use crate::output::{Exit, Failure};
use clap::{ArgAction, Args, ValueEnum};
use smpp_core::provider::Provider;
use smpp_core::session::{Config, Event};
use smpp_core::types::CommandStatus;
use smpp_std::{Bound, Client, ClientTls, Connect, Error, Identity, TlsError, Trust};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// The most requests that a session of `send` and `listen` has open.
pub(crate) const WINDOW: usize = 1_000;

/// The most that any session of this program has open.
pub(crate) const WIDEST: usize = 10_000;

/// A client of this program.
pub(crate) type Esme = Client<WINDOW>;

/// The second of `--rate`. An MC that takes so many in any second counts by its own clock and as the line delivers them: 50 ms
/// more keep it from counting one too many.
const SECOND: Duration = Duration::from_millis(1_050);

/// How long nothing goes out after ESME_RTHROTTLED.
const THROTTLE_PAUSE: Duration = Duration::from_millis(500);

/// The most octets of a password.
const PASSWORD_OCTETS: usize = 64;

/// So much of a password file is read: a device may have no end.
const PASSWORD_FILE: u64 = 64 * 1024;

/// Which of the three binds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum BindAs {
    /// Send and receive
    #[default]
    Trx,
    /// Send only: receipts go to a receiver of the account, and what is accepted counts as done
    Tx,
    /// Receive only
    Rx,
}

/// How to reach the MC and as whom.
#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Link {
    /// Where the MC is [default: 127.0.0.1:2775; with a provider's profile its own host]
    #[arg(long, value_name = "HOST:PORT", value_parser = place)]
    connect: Option<String>,
    /// Whose rules and limits are followed; other options override them
    #[arg(long, default_value = "plain", value_parser = profile)]
    pub(crate) profile: &'static Provider,
    /// Secure the line; the server's certificate and name are verified
    #[arg(long)]
    tls: bool,
    /// Trust the authorities in this PEM file in place of the system's
    #[arg(long, value_name = "FILE", requires = "tls")]
    tls_ca: Option<PathBuf>,
    /// The name that the server's certificate must be for [default: the host]
    #[arg(long, value_name = "NAME", requires = "tls")]
    tls_name: Option<String>,
    /// Show this client certificate (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["tls", "tls_key"])]
    tls_cert: Option<PathBuf>,
    /// The key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["tls", "tls_cert"])]
    tls_key: Option<PathBuf>,
    /// Bind as
    #[arg(long, value_enum, default_value_t)]
    pub(crate) bind: BindAs,
    /// Who binds
    #[arg(long, value_name = "NAME", default_value = "smpp")]
    system_id: String,
    /// The kind of system, where the MC asks for it
    #[arg(long, value_name = "TYPE", default_value = "", hide_default_value = true)]
    system_type: String,
    /// The password; other users of this machine can see it here, so prefer SMPP_PASSWORD or --password-file
    #[arg(long, value_name = "PASSWORD", conflicts_with = "password_file")]
    password: Option<String>,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Open requests at a time [default: the profile's, 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=WIDEST as i64))]
    window: Option<u16>,
    /// Requests in any second as the MC counts, 0 for no limit [default: the profile's]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// How often enquire_link is sent, 0 for never [default: the profile's, 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    enquire_link: Option<Duration>,
    /// What data_coding 0 and 1 mean on this link
    #[arg(long, value_enum, default_value_t)]
    pub(crate) default_alphabet: DefaultAlphabet,
    /// Take a message for a receipt when nothing but its text says so, as some MCs send them; with `no` a phone cannot
    /// forge one, and only esm_class and TLVs count
    #[arg(long, value_name = "yes|no", default_value = "yes", value_parser = yes_or_no, action = ArgAction::Set)]
    receipts_by_text: bool,
    /// How long the response to a request may take
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    response_timeout: Duration,
}

/// The value of `--connect`: a host, or a host and a port.
fn place(text: &str) -> Result<String, String> {
    let (host, port) = host_and_port(text);
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    match port.map(str::parse::<u16>) {
        _ if host.is_empty() => Err("there is no host: give HOST:PORT".to_owned()),
        _ if host.contains([':', '[', ']']) && !is_bracketed => {
            Err("an IPv6 address is written in brackets: [::1]:2775".to_owned())
        }
        None | Some(Ok(1..)) => Ok(text.to_owned()),
        Some(_) => Err(format!("'{}' is no port: give HOST:PORT", port.unwrap_or_default())),
    }
}

/// Takes `HOST:PORT` or `HOST` apart. The colons of an IPv6 address are in brackets, those of one without belong to the
/// host.
fn host_and_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

/// The value of `--profile`.
pub(crate) fn profile(name: &str) -> Result<&'static Provider, String> {
    Provider::by_name(name).ok_or_else(|| {
        let names: Vec<_> = Provider::ALL.iter().map(|provider| provider.name).collect();
        format!("there is no such profile, only {}", names.join(", "))
    })
}

/// A password from the option, the file or the environment, in this order.
///
/// # Errors
/// A file that cannot be read, or more than 64 octets.
pub(crate) fn password(given: Option<&str>, file: Option<&PathBuf>) -> Result<Option<String>, Failure> {
    let password = match (given, file) {
        (Some(given), _) => Some(given.to_owned()),
        (None, Some(file)) => {
            let mut text = String::new();
            let read = File::open(file).and_then(|file| file.take(PASSWORD_FILE).read_to_string(&mut text));
            read.map_err(|error| {
                Failure::usage(format!("cannot read the password file {}: {error}", file.display()))
            })?;
            Some(text.lines().next().unwrap_or_default().to_owned())
        }
        (None, None) => std::env::var("SMPP_PASSWORD").ok(),
    };
    match password {
        Some(password) if password.len() > PASSWORD_OCTETS => Err(Failure::usage(format!(
            "the password has {} octets, at most {PASSWORD_OCTETS} are possible",
            password.len()
        ))),
        password => Ok(password),
    }
}

/// The value of `--receipts-by-text`.
pub(crate) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}

impl Link {
    /// How messages of this link are read.
    pub(crate) fn reading(&self) -> Reading {
        Reading { default: self.default_alphabet, receipts_by_text: self.receipts_by_text }
    }

    /// Connects and binds.
    ///
    /// # Errors
    /// One line that says what failed, with its exit code.
    pub(crate) fn open<const W: usize>(&self) -> Result<(Client<W>, Bound), Failure> {
        self.line::<W>()?.open().map_err(no_session)
    }

    /// Reads what sessions with at most `W` open requests need.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn line<const W: usize>(&self) -> Result<Line, Failure> {
        if usize::from(self.window()) > W {
            return Err(Failure::usage(format!(
                "at most {W} requests can be open at a time: lower --window"
            )));
        }
        let password = password(self.password.as_deref(), self.password_file.as_ref())?;
        let line = Line {
            address: self.address(),
            connect: self.how()?,
            bind: self.bind,
            system_id: self.system_id.clone(),
            system_type: self.system_type.clone(),
            password: password.unwrap_or_default(),
            interface_version: self.profile.interface_version,
        };
        line.check().map_err(|error| Failure::usage(format!("the bind cannot be written: {error}")))?;
        Ok(line)
    }

    /// How many requests may be open at a time.
    pub(crate) fn window(&self) -> u16 {
        self.window.unwrap_or(self.profile.window)
    }

    /// Where the MC is.
    pub(crate) fn address(&self) -> String {
        let profile = self.profile;
        match (&self.connect, profile.host) {
            (Some(address), _) if host_and_port(address).1.is_some() => address.clone(),
            (Some(host), _) => format!("{host}:{}", self.port()),
            (None, Some(host)) => format!("{host}:{}", self.port()),
            (None, None) => format!("127.0.0.1:{}", self.port()),
        }
    }

    fn port(&self) -> u16 {
        self.profile.tls_port.filter(|_| self.tls).unwrap_or(self.profile.port)
    }

    fn how(&self) -> Result<Connect, Failure> {
        let profile = self.profile;
        let rate = self.rate.unwrap_or(profile.requests_per_second.unwrap_or(0));
        let session = Config {
            version: profile.interface_version,
            window: self.window(),
            rate,
            rate_period: SECOND,
            response_timeout: self.response_timeout,
            enquire_link: self.enquire_link.unwrap_or(profile.enquire_link),
            enquire_link_always: profile.enquire_link_always,
            throttle_pause: THROTTLE_PAUSE,
            ..Config::default()
        };
        let identity = self.tls_cert.as_deref().zip(self.tls_key.as_deref());
        let identity = identity.map(|(certificates, key)| Identity { certificates, key });
        let trust = self.tls_ca.as_deref().map_or(Trust::System, Trust::File);
        let tls = self.tls.then(|| ClientTls::new(trust, identity)).transpose();
        let tls = tls.map_err(|error| match error {
            TlsError::NoSystemRoots => {
                Failure::Reported { exit: Exit::NoSession, message: error.to_string() }
            }
            unusable_file => Failure::usage(unusable_file.to_string()),
        })?;
        Ok(Connect { session, tls, server_name: self.tls_name.clone(), ..Connect::default() })
    }
}

/// The connection, the bind or the certificate failed.
pub(crate) fn no_session(error: Error) -> Failure {
    let exit = match error {
        // What was given cannot be written into a bind.
        Error::Send(_) | Error::Tls { cause: TlsError::Name(_), .. } => Exit::Usage,
        _ => Exit::NoSession,
    };
    Failure::Reported { exit, message: error.to_string() }
}

/// How long a peer has to answer unbind: one that is silent has kept us waiting already.
const FAREWELL: Duration = Duration::from_secs(5);

/// Unbinds. What the peer asks for meanwhile is put off, so that it keeps it for the next session.
pub(crate) fn leave<const W: usize>(client: &mut Client<W>) {
    // A session that is over needs no unbind, and its end comes at once.
    let _ = client.outbox().unbind();
    let clock = client.clock();
    let end = clock.now().after(FAREWELL);
    while let Ok(Some((event, mut outbox))) = client.next_event(clock.until(end)) {
        match event {
            Event::Request { reply_to, .. } => {
                let _ = outbox.reject(reply_to, CommandStatus::ESME_RX_T_APPN);
            }
            Event::Closed(_) => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        link: Link,
    }

    fn link(args: &[&str]) -> Link {
        Cli::parse_from(["smpp"].iter().chain(args)).link
    }

    #[test]
    fn wavix_has_its_host_and_a_port_of_its_own_for_tls() {
        assert_eq!(link(&["--profile", "wavix"]).address(), "smpp.wavix.net:11337");
        assert_eq!(link(&["--profile", "wavix", "--tls"]).address(), "smpp.wavix.net:11338");
        assert_eq!(link(&["--profile", "wavix", "--connect", "127.0.0.1"]).address(), "127.0.0.1:11337");
        assert_eq!(link(&["--connect", "[::1]"]).address(), "[::1]:2775");
        assert_eq!(link(&["--connect", "[::1]:1"]).address(), "[::1]:1");
        assert_eq!(link(&[]).address(), "127.0.0.1:2775");
    }

    #[test]
    fn an_address_without_a_host_or_with_an_impossible_port_is_wrong_usage() {
        for text in [
            "127.0.0.1:99999",
            "host:x",
            "host:0",
            ":2775",
            "",
            "host:",
            "::1",
            "fe80::1",
            "[::1",
            "::1]:2775",
            "[::1]x",
        ] {
            assert!(place(text).is_err(), "{text}");
        }
        for text in ["host", "host:2775", "[::1]:2775", "[::1]"] {
            assert_eq!(place(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_profile_sets_what_its_provider_asks_for_and_options_override_it() {
        let session = |args: &[&str]| link(args).how().map(|how| how.session).unwrap();
        let wavix = session(&["--profile", "wavix"]);
        assert_eq!((wavix.rate, wavix.window, wavix.enquire_link), (20, 10, Duration::from_secs(30)));
        assert!(wavix.enquire_link_always);
        let mine = session(&["--profile", "wavix", "--rate", "5", "--window", "3", "--enquire-link", "7s"]);
        assert_eq!((mine.rate, mine.window, mine.enquire_link), (5, 3, Duration::from_secs(7)));
        assert_eq!(session(&[]).rate, 0);
    }
}
