//! Octets as other tools print them: dumps with offsets and an ASCII column, initialisers of C, strings of escapes.

use crate::hex::{self, HexError};

/// The formats of packed files, by how they begin: they are named, not taken for octets.
const PACKED: [(&[u8], &str); 5] = [
    (b"\x1F\x8B", "gzip"),
    (b"\x28\xB5\x2F\xFD", "zstd"),
    (b"\xFD7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "zip"),
];

/// Streams with the lines that they start in.
pub(super) type Streams = Vec<(usize, Result<Vec<u8>, HexError>)>;

/// How `content` is packed, if it is.
pub(super) fn packed(content: &[u8]) -> Option<&'static str> {
    PACKED.iter().find(|(start, _)| content.starts_with(start)).map(|(_, name)| *name)
}

/// How octets with something between them begin.
const SPELLED: [&str; 9] = ["0x", "0X", "\\x", "\"\\x", "'\\x", "b\"\\x", "b'\\x", "[0x", "[0X"];

/// The streams in a dump, each with the number of the line it starts in; `None` when the text is no dump.
pub(super) fn streams(text: &str) -> Option<Streams> {
    if text.chars().any(|ch| ch.is_control() && !ch.is_whitespace()) {
        return None;
    }
    let first = text.lines().find(|line| !is_ignored(line))?;
    // A heading may stand above the rows.
    let mut rows = text.lines().filter_map(offset);
    if rows.any(|(offset, behind)| is_zero(offset) && !row_octets(behind, 16).is_empty()) {
        return Some(with_offsets(text));
    }
    if let Some(values) = initialisers(text) {
        return Some(spelled(&values));
    }
    let is_spelled = SPELLED.iter().any(|start| first.trim_start().starts_with(start))
        || first.contains([':', '-']) && hex::decode(&first.replace([':', '-'], "").into_bytes()).is_ok();
    is_spelled.then(|| spelled(text))
}

/// What stands between the braces of arrays in C, everything else blank; `None` when the text has none.
fn initialisers(text: &str) -> Option<String> {
    let (_, inside) = text.split_once('{')?;
    // A comment may stand in front of the values.
    let mut lines = inside.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/*"))?;
    if !(first.starts_with("0x") || first.starts_with("0X")) {
        return None;
    }
    let mut is_inside = false;
    let blanked = text.chars().map(|ch| {
        is_inside = ch == '{' || is_inside && ch != '}';
        if is_inside || ch == '\n' { ch } else { ' ' }
    });
    Some(blanked.collect())
}

fn is_ignored(line: &str) -> bool {
    hex::is_blank(line.as_bytes())
}

/// The digits of the offset at the start of a line of a dump, and what follows them: four digits at least, ended by a colon
/// or two blanks, or alone. od has six or seven, and one blank in front of the first octet.
fn offset(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let digits = line.strip_prefix("0x").unwrap_or(line);
    let end = digits.find(|ch: char| !ch.is_ascii_hexdigit()).unwrap_or(digits.len());
    let (number, behind) = digits.split_at(end);
    let is_od = || (6..=7).contains(&end) && behind.split(' ').skip(1).take(2).all(|octet| octet.len() == 2);
    let is_ended =
        behind.is_empty() || behind.starts_with(':') || behind.starts_with("  ") || behind.starts_with('\t');
    ((4..=8).contains(&end) && (is_ended || is_od()))
        .then(|| (number, behind.strip_prefix(':').unwrap_or(behind)))
}

fn is_zero(offset: &str) -> bool {
    offset.chars().all(|digit| digit == '0')
}

/// A dump with offsets: a stream goes on as long as they do.
fn with_offsets(text: &str) -> Streams {
    let rows = text.lines().enumerate().filter_map(|(at, line)| offset(line).map(|row| (at + 1, row)));
    let rows: Vec<_> = rows.skip_while(|(_, (offset, _))| !is_zero(offset)).collect();
    let radix = radix(&rows);
    let rows: Vec<_> = rows
        .into_iter()
        .filter_map(|(line, (offset, behind))| {
            usize::from_str_radix(offset, radix).ok().map(|offset| (line, offset, behind))
        })
        .collect();
    let mut streams: Streams = Vec::new();
    for (row, &(line, offset, behind)) in rows.iter().enumerate() {
        // How many octets the row has, if another one follows it.
        let next =
            rows.get(row + 1).and_then(|(_, next, _)| next.checked_sub(offset)).filter(|count| *count > 0);
        let octets = row_octets(behind, next.unwrap_or(16));
        match streams.last_mut() {
            Some((_, Ok(stream))) if offset > 0 && stream.len() == offset => stream.extend(octets),
            _ if octets.is_empty() => {}
            _ => streams.push((line, Ok(octets))),
        }
    }
    streams
}

/// The base that the offsets count in, as the second row shows: od has octal ones unless it is told otherwise.
fn radix(rows: &[(usize, (&str, &str))]) -> u32 {
    let [(_, (_, first)), (_, (second, _)), ..] = rows else { return 16 };
    let count = row_octets(first, 16).len();
    let fits = |radix: &u32| usize::from_str_radix(second, *radix).is_ok_and(|offset| offset == count);
    [16, 10, 8].into_iter().find(fits).unwrap_or(16)
}

/// The octets of a row, without its ASCII column: at most `most`, and none behind a gap, but for the one in the middle.
fn row_octets(row: &str, most: usize) -> Vec<u8> {
    let row = row.split('|').next().unwrap_or_default().trim_start();
    let mut octets = Vec::new();
    let mut rest = row;
    while octets.len() < most {
        let digits = rest.find(|ch: char| !ch.is_ascii_hexdigit()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(digits);
        let is_whole = behind.is_empty() || behind.starts_with([' ', '\t']);
        let Some(word) = hex::decode(word.as_bytes()).ok().filter(|word| is_whole && !word.is_empty()) else {
            break;
        };
        octets.extend(word);
        let blanks = behind.len() - behind.trim_start().len();
        // Two groups of eight.
        if blanks > 1 && octets.len() != 8 {
            break;
        }
        rest = behind.trim_start();
    }
    octets.truncate(most);
    octets
}

/// Octets with something between them: `0x00, 0x10`, `\x00\x10`, `00:10`, `00-10`. A blank line ends a stream.
fn spelled(text: &str) -> Streams {
    let is_between = |ch: char| ch.is_whitespace() || ",;:-[]{}\"'".contains(ch);
    let mut streams: Vec<(usize, String)> = Vec::new();
    let mut is_new = true;
    for (at, line) in text.lines().enumerate() {
        let line = line.split(['#']).next().unwrap_or_default();
        let line = line.split("//").next().unwrap_or_default();
        let line = line.split("/*").next().unwrap_or_default().trim_end_matches('\\');
        if line.trim().is_empty() {
            is_new = true;
            continue;
        }
        if std::mem::take(&mut is_new) {
            streams.push((at + 1, String::new()));
        }
        let is_escaped = line.contains("\\x");
        if let Some((_, stream)) = streams.last_mut() {
            // Octets of one digit, as in `0x0`, have their zero put in front.
            for word in line.replace("b'", " ").replace("b\"", " ").replace("\\x", " ").split(is_between) {
                let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
                if digits.is_some_and(|digits| digits.len() == 1) {
                    stream.push('0');
                }
                // Letters between escapes stand for themselves: `\x00ab` is three octets, and not to be read as two.
                if is_escaped && !word.is_empty() && word.len() != 2 {
                    stream.push('\\');
                }
                stream.push_str(digits.unwrap_or(word));
            }
        }
    }
    streams
        .into_iter()
        .filter(|(_, digits)| !digits.is_empty())
        .map(|(line, digits)| (line, hex::decode(digits.as_bytes())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDU: [u8; 20] = [0, 0, 0, 20, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, b'a', b'b', b'c', b'd'];

    fn only(text: &str) -> Vec<u8> {
        let mut streams = streams(text).unwrap_or_else(|| panic!("no dump: {text}"));
        assert_eq!(streams.len(), 1, "{text}");
        streams.remove(0).1.unwrap()
    }

    #[test]
    fn dumps_with_offsets_are_read_without_their_ascii_column() {
        for text in [
            "00000000: 0000 0014 0000 0005 0000 0000 0000 0007  ................\n00000010: 6162 6364                                abcd\n",
            "00000000  00 00 00 14 00 00 00 05  00 00 00 00 00 00 00 07  |................|\n00000010  61 62 63 64                                       |abcd|\n00000014\n",
            "0000   00 00 00 14 00 00 00 05 00 00 00 00 00 00 00 07   ................\n0010   61 62 63 64                                       abcd\n",
            "0000  00 00 00 14 00 00 00 05  00 00 00 00 00 00 00 07   ........ ........\n0010  61 62 63 64                                        abcd\n",
            "# a comment\n\t0x0000:  0000 0014 0000 0005 0000 0000 0000 0007  ................\n\t0x0010:  6162 6364  abcd\n",
        ] {
            assert_eq!(only(text), PDU, "{text}");
        }
    }

    #[test]
    fn dumps_of_od_are_read_in_each_base_of_their_offsets() {
        for (first, second) in [("000000", "000010"), ("0000000", "0000016"), ("0000000", "0000020")] {
            for column in ["", "  >................<"] {
                let dump = format!(
                    "{first} 00 00 00 14 00 00 00 05 00 00 00 00 00 00 00 07{column}\n{second} 61 62 63 64\n"
                );
                assert_eq!(only(&dump), PDU, "{dump}");
            }
        }
    }

    #[test]
    fn a_heading_may_stand_above_a_dump() {
        let dump = "Frame (20 bytes):\n\n\
                    0000  00 00 00 14 00 00 00 05 00 00 00 00 00 00 00 07   ................\n\
                    0010  61 62 63 64                                       abcd\n";
        assert_eq!(only(dump), PDU);
    }

    #[test]
    fn an_offset_of_zero_starts_another_stream() {
        let dump = "0000  00 00 00 10 00 00 00 15 00 00 00 00 00 00 00 01  ................\n\n\
                    0000  00 00 00 10 00 00 00 15 00 00 00 00 00 00 00 02  ................\n";
        let lines: Vec<_> =
            streams(dump).unwrap().into_iter().map(|(line, octets)| (line, octets.unwrap()[15])).collect();
        assert_eq!(lines, [(1, 1), (3, 2)]);
    }

    #[test]
    fn spelled_octets_go_over_several_lines() {
        for text in [
            "0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x05,\n0x0, 0x0, 0, 0x00,0x00,0x00,0x00,0x07, 0x61,0x62,0x63,0x64\n".replace(" 0,", " 0x0,"),
            "\\x00\\x00\\x00\\x14\\x00\\x00\\x00\\x05\n\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x07\\x61\\x62\\x63\\x64".to_owned(),
            "00:00:00:14:00:00:00:05:\n00:00:00:00:00:00:00:07:61:62:63:64".to_owned(),
            "{ 0x00, 0x00, 0x00, 0x14, // length\n 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x61, 0x62, 0x63, 0x64 };".to_owned(),
            "/* 20 bytes */\nstatic const unsigned char pdu[20] = {\n/* head */\n0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x05,\n0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x61, 0x62, 0x63, 0x64\n};\nunsigned int pdu_len = 20;\n".to_owned(),
            "00-00-00-14-00-00-00-05-00-00-00-00-00-00-00-07-61-62-63-64".to_owned(),
            "[0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x61, 0x62, 0x63, 0x64]".to_owned(),
            "b'\\x00\\x00\\x00\\x14\\x00\\x00\\x00\\x05'\n  b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x07\\x61\\x62\\x63\\x64'".to_owned(),
            "\"\\x00\\x00\\x00\\x14\\x00\\x00\\x00\\x05\" \\\n\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x07\\x61\\x62\\x63\\x64\"".to_owned(),
        ] {
            assert_eq!(only(&text), PDU, "{text}");
        }
        assert!(matches!(streams("0x00, 0xzz").unwrap()[0].1, Err(HexError::Digit { .. })));
        assert!(
            matches!(streams("b'\\x00ab'").unwrap()[0].1, Err(HexError::Digit { .. })),
            "letters between escapes"
        );
    }

    #[test]
    fn lines_of_bare_hex_are_no_dump() {
        for text in [
            "00000010000000150000000000000007",
            "00000010 00000015 00000000 00000007",
            "00 00 00 10",
            "00000000",
            "000000 10000000 15",
            "",
            "# nothing",
        ] {
            assert!(streams(text).is_none(), "{text}");
        }
    }
}
