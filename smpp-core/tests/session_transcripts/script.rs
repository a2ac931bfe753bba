//! The words of a script.

use smpp_core::session::{CommandSet, Config};
use smpp_core::types::{CommandId, InterfaceVersion};
use std::time::Duration;

/// `key=value` words.
pub(crate) struct Words<'a>(pub(crate) Vec<&'a str>);

impl<'a> Words<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    pub(crate) fn number(&self, key: &str) -> Option<usize> {
        self.get(key).map(|value| number(value) as usize)
    }
}

pub(crate) fn number(text: &str) -> u32 {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    }
    .unwrap_or_else(|_| panic!("no number: {text}"))
}

pub(crate) fn duration(text: &str) -> Duration {
    match text.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(number(millis).into()),
        None => Duration::from_secs(number(text.strip_suffix('s').expect("30s or 500ms")).into()),
    }
}

pub(crate) fn command(text: &str) -> CommandId {
    let named = CommandId::NAMED.iter().find(|id| id.name() == Some(text));
    named.copied().unwrap_or_else(|| CommandId(number(text)))
}

pub(crate) fn version(text: &str) -> InterfaceVersion {
    InterfaceVersion(match text {
        "3.3" => 0x33,
        "3.4" => 0x34,
        "5.0" => 0x50,
        other => number(other) as u8,
    })
}

pub(crate) fn config(words: &Words<'_>) -> Config {
    let mut config =
        Config { session_init: Duration::ZERO, enquire_link: Duration::ZERO, ..Config::default() };
    for word in &words.0 {
        let (key, value) = word.split_once('=').expect("setting=value");
        match key {
            "window" => config.window = number(value) as u16,
            "rate" => config.rate = number(value),
            "response" => config.response_timeout = duration(value),
            "enquire" => config.enquire_link = duration(value),
            "always" => config.enquire_link_always = value == "yes",
            "attempts" => config.enquire_link_attempts = number(value) as u8,
            "inactivity" => config.inactivity = duration(value),
            "init" => config.session_init = duration(value),
            "max_pdu" => config.max_pdu = number(value) as usize,
            "version" => config.version = version(value),
            "assume" => config.assumed_version = version(value),
            "commands" => {
                config.commands = CommandSet::of(&value.split(',').map(command).collect::<Vec<_>>());
            }
            "last" | "bound" => {}
            other => panic!("no setting: {other}"),
        }
    }
    config
}

/// The scripts of a file: title, line number and text of each line.
pub(crate) fn scripts(text: &str) -> Vec<(&str, Vec<(usize, &str)>)> {
    let mut scripts = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(title) = text.lines().nth(index).and_then(|line| line.strip_prefix("== ")) {
            scripts.push((title, Vec::new()));
        } else if !line.is_empty() {
            scripts.last_mut().expect("a script starts with ==").1.push((index + 1, line));
        }
    }
    scripts
}
