//! What becomes of a message: a final state, a refusal, nothing, or an answer from the phone.

use smpp_core::provider::Provider;
use smpp_core::sms::segment::{Method, Segmenter};
use smpp_core::text::{Candidates, Encoding, Unmappable};
use smpp_core::types::{CommandStatus, MessageState};
use std::str::FromStr;

/// How a message ends: its state and, where there is one, the error code. Written `delivered`, `rejected:1005`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ending {
    pub(super) state: MessageState,
    pub(super) err: u16,
}

impl Ending {
    /// The same at a provider with codes of its own: with REJECTD it promises one of them, so that of the far end stands in
    /// for none.
    pub(super) fn of(self, provider: &Provider) -> Self {
        /// Rejected by the far-end carrier, where the provider has that.
        const FAR_END: u16 = 1023;
        let code = provider.error_code(FAR_END).or(provider.error_codes.first());
        match code {
            Some(code) if self.state == MessageState::REJECTED && self.err == 0 => {
                Self { err: code.code, ..self }
            }
            _ => self,
        }
    }
}

impl FromStr for Ending {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, err) = text.split_once(':').unwrap_or((text, "0"));
        let all = (0..=9).map(MessageState);
        let named = |state: &MessageState| state.name().is_some_and(|name| name.eq_ignore_ascii_case(word));
        // A message that is scheduled or under way has not ended.
        let ends = |state: &MessageState| !matches!(*state, MessageState::SCHEDULED | MessageState::ENROUTE);
        let state = all.into_iter().filter(ends).find(named).ok_or_else(|| {
            format!("'{word}' is no final state: use delivered, undeliverable, expired, rejected, deleted or unknown")
        })?;
        let err = err.parse().map_err(|_| format!("'{err}' is no error code of up to 65535"))?;
        Ok(Self { state, err })
    }
}

/// A message that a phone sends: its text and how it is cut if it is long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct MobileText {
    pub(super) method: Method,
    pub(super) text: String,
}

impl MobileText {
    /// Reads `[udh8|udh16|sar|payload:]TEXT`, of which a text that is too long is none.
    fn parse(text: &str) -> Result<Self, String> {
        let named = text.split_once(':').and_then(|(word, rest)| Some((method(word)?, rest)));
        let (method, text) = named.unwrap_or((Method::Udh8, text));
        let text = Self { method, text: repeated(text) };
        match text.cut().text(&text.text, text.encoding()) {
            Ok(_) => Ok(text),
            Err(error) => Err(format!("the phone's text cannot be sent: {error}")),
        }
    }

    /// How it is cut.
    pub(super) fn cut(&self) -> Segmenter<'static> {
        Segmenter { method: self.method, unmappable: Unmappable::Replace, ..Segmenter::default() }
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.cut().choose(&self.text, &Candidates::default()).encoding
    }
}

fn method(word: &str) -> Option<Method> {
    Some(match word {
        "udh8" => Method::Udh8,
        "udh16" => Method::Udh16,
        "sar" => Method::Sar { wide: false },
        "payload" => Method::Payload,
        _ => return None,
    })
}

/// `N*X` is X, N times; every other text is itself.
fn repeated(text: &str) -> String {
    /// As many characters as message_payload holds of the longest.
    const MOST: usize = 65_535;
    let parts = text.split_once('*').and_then(|(count, unit)| Some((count.parse::<usize>().ok()?, unit)));
    match parts {
        Some((count, unit)) if !unit.is_empty() => unit.repeat(count.min(MOST / unit.len() + 1)),
        _ => text.to_owned(),
    }
}

/// A message that comes in after each bind. Written `FROM:TO:TEXT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct MobileOriginated {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) text: MobileText,
}

impl FromStr for MobileOriginated {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        let (Some(from), Some(to), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("'{text}' is not FROM:TO:TEXT"));
        };
        for address in [from, to] {
            // What deliver_sm has room for (SMPP 3.4 §5.2.8).
            if address.len() > 20 || !address.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' ') {
                return Err(format!("'{address}' is no address: give up to 20 characters of ASCII"));
            }
        }
        Ok(Self { from: from.to_owned(), to: to.to_owned(), text: MobileText::parse(text)? })
    }
}

/// What a rule does to a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// The submission is refused.
    Refuse(CommandStatus),
    /// The message ends like this.
    End(Ending),
    /// The message is taken, and no receipt is sent.
    Silent,
    /// The message ends as usual, and the phone answers.
    Reply(MobileText),
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, rest) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest)));
        match (word, rest) {
            ("silent", None) => Ok(Self::Silent),
            ("mo", Some(text)) => MobileText::parse(text).map(Self::Reply),
            ("refuse", Some(name)) => match CommandStatus::from_name(name) {
                Some(status) if !status.is_ok() => Ok(Self::Refuse(status)),
                _ => Err(format!("'{name}' is no error status such as ESME_RSUBMITFAIL")),
            },
            _ => text.parse().map(Self::End).map_err(|_| {
                format!("'{text}' is no action: use refuse:STATUS, a final state, silent or mo:TEXT")
            }),
        }
    }
}

/// An action for all destinations with a prefix. Written `PREFIX=ACTION`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    prefix: String,
    action: Action,
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (prefix, action) =
            text.split_once('=').ok_or_else(|| format!("'{text}' is not PREFIX=ACTION"))?;
        let prefix = without_plus(prefix);
        if !prefix.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(format!("'{prefix}' is no prefix of a number: give digits, or nothing for all"));
        }
        Ok(Self { prefix: prefix.to_owned(), action: action.parse()? })
    }
}

fn without_plus(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// All rules of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    pub(super) const fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// What is done with messages to `destination`: the longest prefix wins, of equal ones the last.
    pub(super) fn action(&self, destination: &[u8]) -> Option<&Action> {
        let digits = destination.strip_prefix(b"+").unwrap_or(destination);
        let matching = self.0.iter().filter(|rule| digits.starts_with(rule.prefix.as_bytes()));
        matching.max_by_key(|rule| rule.prefix.len()).map(|rule| &rule.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> Rules {
        Rules::new(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn the_longest_prefix_wins_and_a_plus_is_ignored() {
        let rules = rules(&["+49=silent", "4915=rejected:1005", "=refuse:ESME_RSUBMITFAIL"]);
        let rejected = Action::End(Ending { state: MessageState::REJECTED, err: 1005 });
        assert_eq!(rules.action(b"+4915112345678"), Some(&rejected));
        assert_eq!(rules.action(b"4930"), Some(&Action::Silent));
        assert_eq!(rules.action(b"1"), Some(&Action::Refuse(CommandStatus::ESME_RSUBMITFAIL)));
        assert_eq!(Rules::default().action(b"1"), None);
    }

    #[test]
    fn phones_answer_with_repeated_texts_by_any_method() {
        let reply = |text: &str| match text.parse() {
            Ok(Action::Reply(reply)) => (reply.method, reply.text),
            other => panic!("{other:?}"),
        };
        assert_eq!(reply("mo:hi: there"), (Method::Udh8, "hi: there".to_owned()));
        assert_eq!(reply("mo:sar:3*ab"), (Method::Sar { wide: false }, "ababab".to_owned()));
        assert_eq!(reply("mo:payload:2*2*x"), (Method::Payload, "2*x2*x".to_owned()));
        assert_eq!(reply("mo:a*b").1, "a*b");
        assert_eq!(reply("mo:payload:65535*x").1.len(), 65_535);
        for text in ["mo:99999999999*xy", "mo:udh8:60000*x", "mo:payload:65536*x", "mo:sar:20000*я"] {
            let error = text.parse::<Action>().unwrap_err();
            assert!(error.contains("cannot be sent"), "{text}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in
            ["49", "49=", "49=lost", "49=refuse:ESME_ROK", "49=rejected:x", "49=rejected:70000", "49=mo"]
        {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
        assert!("1:2".parse::<MobileOriginated>().is_err());
        assert_eq!("1:2:a:b".parse::<MobileOriginated>().unwrap().text.text, "a:b");
    }
}
