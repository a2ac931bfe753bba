//! `smpp smsc`: a message centre that does what it is told, also what no message centre should.

mod account;
mod agenda;
mod allow;
mod bind;
mod centre;
mod check;
mod delivery;
mod fault;
mod limits;
mod log;
mod mobile;
mod peer;
mod random;
mod receipt;
mod request;
mod rule;
mod store;
mod wire;

use crate::alphabet::DefaultAlphabet;
use crate::descriptors;
use crate::duration::duration;
use crate::link;
use crate::output::{Exit, Failure, Outcome};
use crate::writer::Writer;
use allow::Network;
use centre::{Centre, Settings};
use fault::{Fault, Faults, Kind};
use log::{Log, Verbosity};
use random::Random;
use rule::{Ending, MobileOriginated, Rule, Rules};
use serde_json::json;
use smpp_core::provider::Provider;
use smpp_core::session::{CommandSet, Config};
use smpp_core::types::InterfaceVersion;
use smpp_std::{FieldLimits, Identity, Serve, Server, ServerTls, Trust};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Duration;

/// The most deliver_sm that wait for an ESME's answer on one session.
const WINDOW: usize = 64;

/// Simulates an SMSC: accepts binds, answers, sends receipts, injects messages and faults.
// No `Debug`: it holds a password.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:2775")]
    listen: String,
    /// Whose rules, limits and receipts are followed
    #[arg(long, default_value = "plain", value_parser = link::profile)]
    profile: &'static Provider,
    /// Accept only this system_id [default: any]
    #[arg(long, value_name = "NAME")]
    system_id: Option<String>,
    /// Accept only this password [default: any]; other users of this machine can see it here, so prefer --password-file
    #[arg(long, value_name = "PASSWORD", conflicts_with = "password_file")]
    password: Option<String>,
    /// Accept only the password in the first line of this file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Show this certificate: all connections are secured then (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Admit only clients with a certificate of the authorities in this file (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// How long after the submission the final receipt comes
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "100ms")]
    receipt_after: Duration,
    /// How messages end, with an error code if there is one: delivered, undeliverable:001, rejected:1005, …
    #[arg(long, value_name = "STATE[:ERR]", default_value = "delivered")]
    final_state: Ending,
    /// Report ENROUTE before the final state
    #[arg(long)]
    interim: bool,
    /// What becomes of messages to destinations with a prefix, repeatable, the longest prefix wins: refuse:STATUS, a
    /// final state, silent, or mo[:udh8|udh16|sar|payload]:TEXT (N*X repeats X)
    #[arg(long, value_name = "PREFIX=ACTION")]
    rule: Vec<Rule>,
    /// A message that comes in after each bind, repeatable
    #[arg(long, value_name = "FROM:TO:TEXT")]
    mo: Vec<MobileOriginated>,
    /// Admit connections from these addresses only, repeatable [default: from all]
    #[arg(long, value_name = "ADDRESS[/BITS]")]
    allow: Vec<Network>,
    /// Receipts and messages that may be pending for an account, twice as many for all; more submissions are refused with
    /// ESME_RMSGQFUL
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    max_pending: u32,
    /// Messages that an account may submit in any second, 0 for no limit [default: the profile's]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// How often enquire_link is sent, 0 for never
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    enquire_link: Duration,
    /// How long the response to a request may take
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    response_timeout: Duration,
    /// How many deliver_sm may be open at a time
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=WINDOW as i64))]
    window: u16,
    /// What data_coding 0 and 1 mean
    #[arg(long, value_enum, default_value_t)]
    default_alphabet: DefaultAlphabet,
    /// Something that goes wrong, repeatable; see --list-faults
    #[arg(long, value_name = "NAME[:ARG]")]
    fault: Vec<Fault>,
    /// Repeat the run with this seed: its faults and message ids
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Show all faults
    #[arg(long)]
    list_faults: bool,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
    /// Show each PDU (always with --json)
    #[arg(long)]
    pdus: bool,
    /// Show neither PDUs nor messages
    #[arg(long, short, conflicts_with = "pdus")]
    quiet: bool,
    #[command(flatten)]
    limits: limits::Options,
}

/// Runs `smpp smsc`.
pub(crate) fn run(args: Args) -> Outcome {
    if args.list_faults {
        std::io::stdout().write_all(fault::list().as_bytes())?;
        return Ok(Exit::Done);
    }
    let seed = args.seed.unwrap_or_else(|| {
        u64::try_from(std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros())).unwrap_or(0)
    });
    let serve = Serve { session: config(&args), tls: tls(&args)?, limits: args.limits.into() };
    let verbosity = Verbosity {
        json: args.json,
        pdus: !args.quiet && (args.json || args.pdus),
        messages: !args.quiet,
        default_alphabet: args.default_alphabet,
    };
    let listen = args.listen.clone();
    let settings = settings(args, &serve.limits.fields)?;
    let cannot_listen = |error: std::io::Error| {
        let exit = if error.kind() == ErrorKind::InvalidInput { Exit::Usage } else { Exit::NoSession };
        let message = format!("cannot listen at {listen}: {error}: give a free address as HOST:PORT");
        Failure::Reported { exit, message }
    };
    descriptors::raise_limit();
    let mut server = Server::<WINDOW>::listen(&listen, serve).map_err(cannot_listen)?;
    let address = server.local_addr().map_err(cannot_listen)?;
    let stopper = server.stopper();
    let on_signal = stopper.clone();
    ctrlc::set_handler(move || on_signal.stop()).map_err(|error| Failure::Reported {
        exit: Exit::Refused,
        message: format!("cannot handle signals: {error}"),
    })?;

    let on_lost = stopper.clone();
    let writer = Writer::stdout(move || on_lost.stop())?;
    let mut log = Log::new(verbosity, writer.clone());
    let profile = settings.provider.name;
    let fields = json!({ "address": address.to_string(), "profile": profile, "seed": seed });
    log.tell("listening", fields, || format!("listening at {address}, profile {profile}, seed {seed}"));
    let mut centre = Centre::new(settings, log, Random::new(seed), stopper);
    let served = server.run(&mut centre);
    centre.log.flush();
    match served {
        Ok(()) => writer.finish(|| true).map(|()| Exit::Done),
        Err(error) => Err(Failure::Reported {
            exit: Exit::Refused,
            message: format!("the simulator cannot go on: {error}"),
        }),
    }
}

fn config(args: &Args) -> Config {
    let provider = args.profile;
    let is_silent = args.fault.iter().any(|fault| fault.is(Kind::Silence));
    Config {
        // A provider speaks what its page says; the plain one all there is.
        version: if provider.commands.is_some() {
            provider.interface_version
        } else {
            InterfaceVersion::V5_0
        },
        window: args.window,
        // A silent peer does not find out that the other one is silent as well.
        enquire_link: if is_silent { Duration::ZERO } else { args.enquire_link },
        response_timeout: args.response_timeout,
        commands: provider.commands.map_or(CommandSet::ALL, CommandSet::of),
        ..Config::default()
    }
}

fn tls(args: &Args) -> Result<Option<ServerTls>, Failure> {
    let Some((certificates, key)) = args.tls_cert.as_deref().zip(args.tls_key.as_deref()) else {
        return Ok(None);
    };
    let clients = args.tls_client_ca.as_deref().map(Trust::File);
    let tls = ServerTls::new(Identity { certificates, key }, clients);
    tls.map(Some).map_err(|error| Failure::usage(error.to_string()))
}

fn settings(args: Args, fields: &FieldLimits) -> Result<Settings, Failure> {
    let password = match (&args.password, &args.password_file) {
        // The environment is that of the clients too: without an option any password does.
        (None, None) => None,
        (given, file) => link::password(given.as_deref(), file.as_ref())?,
    };
    // What is refused for its length can never be what is wanted.
    let wanted = [
        ("system_id", "--max-system-id", &args.system_id, fields.system_id),
        ("password", "--max-password", &password, fields.password),
    ];
    for (field, option, wanted, most) in wanted {
        let octets = wanted.as_ref().map_or(0, String::len);
        if octets > most {
            let message =
                format!("the {field} has {octets} octets: {option} {most} lets nobody bind with it");
            return Err(Failure::usage(message));
        }
    }
    let rate = args.rate.or(args.profile.requests_per_second).filter(|rate| *rate > 0);
    Ok(Settings {
        provider: args.profile,
        system_id: args.system_id,
        password,
        receipt_after: args.receipt_after,
        ending: args.final_state,
        interim: args.interim,
        rules: Rules::new(args.rule),
        mobile: args.mo,
        rate,
        allow: args.allow,
        max_pending: usize::try_from(args.max_pending).unwrap_or(usize::MAX),
        faults: Faults::new(args.fault),
    })
}
