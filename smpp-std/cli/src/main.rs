//! `smpp`: the tool for people who work with SMPP. People get readable text, programs get JSON lines (`--json`).

mod alphabet;
mod aside;
mod bench;
mod capture;
mod decode;
mod deliveries;
mod demo;
mod descriptors;
mod dump;
mod duration;
mod encode;
mod hex;
mod inbox;
mod line;
mod lines;
mod link;
mod listen;
mod output;
mod receipt;
mod send;
mod smsc;
mod split;
mod stop;
mod text;
mod writer;

use clap::{Parser, Subcommand};
use output::{Failure, Outcome};
use std::process::ExitCode;

/// Declares the subcommands: each is a module with `Args` and `run`.
macro_rules! commands {
    ($( $(#[$doc:meta])* $Name:ident = $module:ident; )*) => {
        #[derive(Subcommand)]
        enum Command {
            $( $(#[$doc])* $Name($module::Args), )*
        }

        impl Command {
            fn run(self) -> Outcome {
                match self {
                    $( Self::$Name(args) => $module::run(args), )*
                }
            }
        }
    };
}

commands! {
    /// See texts travel to an SMSC and come back as receipts: nothing to set up
    Demo = demo;
    /// Submit texts and follow each part to its final receipt
    Send = send;
    /// Print messages and receipts as they come
    Listen = listen;
    /// Simulate an SMSC: receipts, messages from phones, faults
    Smsc = smsc;
    /// Put load on an SMSC and time its answers
    Bench = bench;
    /// Read PDUs from hex, raw octets or a pcap/pcapng capture
    Decode = decode;
    /// Write PDUs: the JSON lines of `decode` on standard input become octets
    Encode = encode;
    /// Turn text into octets and back
    Text = text;
    /// Show how a text would be cut into parts, and why
    Split = split;
    /// Read the texts of delivery receipts
    Receipt = receipt;
}

/// SMPP 3.3, 3.4 and 5.0 on the command line.
///
/// Exit codes: 0 done; 1 refused or not delivered; 2 wrong usage or unreadable input; 3 could not connect, bind or
/// verify the certificate; 4 timed out with the outcome unknown.
#[derive(Parser)]
#[command(name = "smpp", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Wrong usage in one line: what is wrong, and where help is. Help itself is printed, and ends the program.
fn usage(error: clap::Error) -> Failure {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    if let DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion = error.kind() {
        error.exit();
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // What follows is for those who have room for it.
    let is_said = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more information");
    let words: Vec<_> =
        text.lines().take_while(is_said).map(str::trim).filter(|line| !line.is_empty()).collect();
    Failure::usage(format!("{}: --help shows what is possible", words.join(" ")))
}

fn main() -> ExitCode {
    let run = Cli::try_parse().map_err(usage).and_then(|cli| cli.command.run());
    let code = match run {
        Ok(exit) => exit.into(),
        Err(Failure::Hangup) => ExitCode::SUCCESS,
        Err(Failure::Told { exit, message }) => {
            output::complain(&message);
            exit.into()
        }
    };
    output::finish();
    code
}
