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
#[cfg(debug_assertions)]
mod reference;
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
        Err(Failure::Reported { exit, message }) => {
            output::complain(&message);
            exit.into()
        }
    };
    output::finish();
    code
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;
    use crate::output::Exit;
    use crate::reference::TEXT;
    use clap::CommandFactory;
    use std::fmt::Write as _;

    /// The heading of the options that commands share.
    const SHARED: &str = "Connection";

    /// A row for each option of a command.
    fn rows(command: &clap::Command, is_shown: impl Fn(&clap::Arg) -> bool) -> String {
        let mut rows = "| option | default | meaning |\n|---|---|---|\n".to_owned();
        for arg in command.get_arguments().filter(|arg| arg.get_id() != "help" && is_shown(arg)) {
            let values: Vec<_> =
                arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            let takes_value = arg.get_action().takes_values();
            let default = if takes_value && !arg.is_hide_default_value_set() {
                arg.get_default_values().iter().map(|value| format!("`{}`", value.display())).collect()
            } else {
                String::new()
            };
            let mut meaning = arg.get_help().map(ToString::to_string).unwrap_or_default();
            if takes_value && !values.is_empty() {
                write!(meaning, ": `{}`", values.join("`, `")).unwrap();
            }
            let aliases: String = arg
                .get_visible_aliases()
                .unwrap_or_default()
                .iter()
                .map(|alias| format!(", `--{alias}`"))
                .collect();
            let option = format!("`{}`{aliases}", arg.to_string().trim());
            let cells = [option, default, meaning].map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            writeln!(rows, "| {} |", cells.join(" | ")).unwrap();
        }
        rows
    }

    /// The chapter of the options, from their definitions.
    fn options() -> String {
        let mut cli = Cli::command();
        cli.build();
        let is_shared = |arg: &clap::Arg| arg.get_help_heading() == Some(SHARED);
        let mut text = String::new();
        let mut shared = None;
        for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = command.get_name();
            write!(text, "#### `smpp {name}`\n\n{}.", command.get_about().unwrap()).unwrap();
            let connection = rows(command, is_shared);
            if connection.lines().count() > 2 {
                assert_eq!(*shared.get_or_insert(connection.clone()), connection, "{name}");
                text += " With the options of the connection.";
            }
            write!(text, "\n\n{}\n", rows(command, |arg| !is_shared(arg))).unwrap();
            for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
                write!(text, "`smpp {name} {}`: {}.\n\n", sub.get_name(), sub.get_about().unwrap()).unwrap();
            }
        }
        write!(text, "#### The connection\n\n{}", shared.unwrap()).unwrap();
        text
    }

    /// With `SMPP_UPDATE_REFERENCE` set, it writes them there.
    #[test]
    fn the_reference_has_the_options_as_they_are_defined() {
        let (start, end) = ("<!-- options -->\n", "\n<!-- end of options -->");
        let (before, rest) = TEXT.split_once(start).unwrap();
        let (written, behind) = rest.split_once(end).unwrap();
        let options = options();
        if std::env::var_os("SMPP_UPDATE_REFERENCE").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
            std::fs::write(path, [before, start, &options, end, behind].concat()).unwrap();
        } else {
            assert_eq!(written, options, "run this test with SMPP_UPDATE_REFERENCE=1 and look at the change");
        }
    }

    #[test]
    fn the_reference_has_every_exit_code() {
        let codes = [Exit::Done, Exit::Refused, Exit::Usage, Exit::NoSession, Exit::Unknown];
        // A code that is added is added here.
        let _ = |exit| match exit {
            Exit::Done | Exit::Refused | Exit::Usage | Exit::NoSession | Exit::Unknown => {}
        };
        let chapter = TEXT.split("## ").find(|chapter| chapter.starts_with("Exit codes")).unwrap();
        let written: Vec<_> = chapter
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<u8>().ok())
            .collect();
        assert_eq!(written, codes.map(|exit| exit as u8));
    }
}
