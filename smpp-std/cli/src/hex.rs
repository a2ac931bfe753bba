//! Hexadecimal text: blanks between digits do not count, `#` starts a comment.

use std::fmt::{self, Write};

/// Why a text is no hexadecimal string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HexError {
    /// A character that is no digit, at this column from 1.
    Digit { found: u8, column: usize },
    /// Half an octet is left over behind this many octets.
    Odd { octets: usize },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Digit { found, column } => {
                write!(f, "'{}' at column {column} is no hexadecimal digit", found.escape_ascii())
            }
            Self::Odd { octets } => write!(f, "half an octet is left over behind {octets} whole ones"),
        }
    }
}

/// The octets that `text` spells, comments left out.
pub(crate) fn decode_commented(text: &[u8]) -> Result<Vec<u8>, HexError> {
    let mut bare = text.to_vec();
    for line in bare.split_mut(|&octet| octet == b'\n') {
        let comment = uncommented(line).len();
        line.iter_mut().skip(comment).for_each(|octet| *octet = b' ');
    }
    decode(&bare)
}

/// The octets that `text` spells.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, HexError> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (at, &found) in text.iter().enumerate().filter(|(_, digit)| !digit.is_ascii_whitespace()) {
        let digit = nibble(found).ok_or(HexError::Digit { found, column: at + 1 })?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => octets.push(high << 4 | digit),
        }
    }
    if high.is_some() { Err(HexError::Odd { octets: octets.len() }) } else { Ok(octets) }
}

/// `octets` in lower case.
pub(crate) fn encode(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap_or_default();
        text
    })
}

/// What stands before a comment.
fn uncommented(line: &[u8]) -> &[u8] {
    line.split(|&octet| octet == b'#').next().unwrap_or_default()
}

/// Whether a line holds nothing but blanks and a comment.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    uncommented(line).iter().all(u8::is_ascii_whitespace)
}

/// Whether a file is text of hexadecimal lines: its first line that holds anything is nothing but digits. A typing
/// error further down is then told with its line, and not taken for raw octets.
pub(crate) fn looks_like_text(content: &[u8]) -> bool {
    let mut lines = content.split(|&octet| octet == b'\n');
    let is_text = |line: &[u8]| line.iter().all(|&octet| octet >= b' ' || octet.is_ascii_whitespace());
    let is_digits = |line: &[u8]| {
        uncommented(line).iter().all(|&octet| octet.is_ascii_whitespace() || octet.is_ascii_hexdigit())
    };
    match lines.find(|line| !is_blank(line) || !is_text(line)) {
        Some(line) => is_text(line) && is_digits(line),
        None => true,
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_do_not_count() {
        assert_eq!(decode_commented(b" 00 1F\tfF# 33"), Ok(vec![0, 0x1F, 0xFF]));
        assert_eq!(decode_commented(b"0\n0 # one\n01"), Ok(vec![0, 1]));
        assert_eq!(decode(b"00 #"), Err(HexError::Digit { found: b'#', column: 4 }));
        assert_eq!(decode(b""), Ok(vec![]));
        assert_eq!(encode(&[0, 0x1F, 0xFF]), "001fff");
    }

    #[test]
    fn what_is_no_hex_is_told_with_its_place() {
        assert_eq!(decode(b"00 0x"), Err(HexError::Digit { found: b'x', column: 5 }));
        assert_eq!(decode(b"00 0"), Err(HexError::Odd { octets: 1 }));
        assert_eq!(
            HexError::Digit { found: 0xC3, column: 1 }.to_string(),
            "'\\xc3' at column 1 is no hexadecimal digit"
        );
    }

    #[test]
    fn a_file_is_text_when_its_first_line_is_hex() {
        assert!(looks_like_text(b"# a comment\n\n00 00 00 10\r\n"));
        assert!(looks_like_text(b"00\nzz\n"));
        assert!(looks_like_text(b"# nothing\n"));
        assert!(!looks_like_text(b"HTTP/1.1 400\r\n"));
        assert!(!looks_like_text(b"\x00\x00\x00\x10"));
        assert!(!looks_like_text(b"\n\x01"));
    }
}
