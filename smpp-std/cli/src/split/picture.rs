//! The parts of a text for people: which characters fall where, and what they cost.

use super::{Form, Plan, Settings, transliterated};
use crate::dump::{DIM, ERROR, HEADING, NAME, WARNING, quote_text};
use smpp_core::text::{Encoding, Unmappable};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Characters in a row.
const WIDTH: usize = 64;

/// Draws the parts of `text`.
pub(super) fn draw(out: &mut impl Write, text: &str, plan: Plan<'_>, settings: Settings) -> io::Result<()> {
    let (name, unit, encoding) = match plan.encoding {
        Form::Binary => ("binary", "octets", None),
        Form::Ucs2 => ("UCS2", "units", Some(plan.choice.encoding)),
        Form::Auto | Form::Gsm7 => ("GSM 7-bit", "septets", Some(plan.choice.encoding)),
    };
    let (total, capacity) = (plan.segments.total(), plan.segments.capacity());
    let parts = if total == 1 { "one part".to_owned() } else { format!("{total} parts") };
    write!(out, "{HEADING}{name}, {parts}{HEADING:#}")?;
    writeln!(out)?;
    let room = if capacity == usize::MAX { String::new() } else { format!(" of {capacity}") };
    let mut octet = 0;
    for part in plan.segments {
        writeln!(out, "{NAME}{:>3}{NAME:#} {}{room} {unit}", part.number, part.units)?;
        match (part.text(), encoding) {
            (Some(text), Some(encoding)) => rows(out, text, encoding)?,
            _ => {
                // Binary content: a character was an octet.
                let octets: Vec<_> = text.chars().skip(octet).take(part.units).collect();
                for row in octets.chunks(WIDTH / 2) {
                    let hex: String = row.iter().map(|&ch| format!("{:02x}", u32::from(ch))).collect();
                    writeln!(out, "    {DIM}|{DIM:#}{hex}{DIM}|{DIM:#}")?;
                }
                octet += part.units;
            }
        }
    }
    costs(out, text, encoding)?;
    if let Some(unmapped) = plan.choice.because {
        let (ch, code) = (quote_text(&unmapped.ch.to_string()), u32::from(unmapped.ch));
        let why = if plan.encoding == Form::Ucs2 { "forces UCS2" } else { "needs a national table" };
        writeln!(out, "    {ERROR}{ch}{ERROR:#} (U+{code:04X}), character {}, {why}", unmapped.index)?;
    }
    if plan.encoding == Form::Ucs2 {
        savings(out, text, total, settings)?;
    }
    writeln!(out)
}

/// The characters of a part in rows, with those marked that take two units.
fn rows(out: &mut impl Write, text: &str, encoding: Encoding) -> io::Result<()> {
    let characters: Vec<char> = text.chars().collect();
    for row in characters.chunks(WIDTH) {
        write!(out, "    {DIM}|{DIM:#}")?;
        for &ch in row {
            let quoted = quote_text(&ch.to_string());
            let shown = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
            if takes_two(encoding, ch) {
                write!(out, "{WARNING}{shown}{WARNING:#}")?;
            } else {
                write!(out, "{shown}")?;
            }
        }
        writeln!(out, "{DIM}|{DIM:#}")?;
    }
    Ok(())
}

/// Which characters cost two units.
fn costs(out: &mut impl Write, text: &str, encoding: Option<Encoding>) -> io::Result<()> {
    let Some(encoding) = encoding else { return Ok(()) };
    let dear: Vec<char> = text.chars().filter(|&ch| takes_two(encoding, ch)).collect();
    if dear.is_empty() {
        return Ok(());
    }
    let kinds: BTreeSet<char> = dear.iter().copied().collect();
    let kinds = quote_text(&kinds.into_iter().collect::<String>());
    let unit = if encoding == Encoding::Ucs2 { "units" } else { "septets" };
    writeln!(out, "    {WARNING}{kinds}{WARNING:#} cost two {unit} each, {} times", dear.len())
}

fn takes_two(encoding: Encoding, ch: char) -> bool {
    encoding.units(ch.encode_utf8(&mut [0; 4]), Unmappable::Reject) == Ok(2)
}

/// What else GSM 03.38 lacks, and what it would save to write it otherwise.
fn savings(out: &mut impl Write, text: &str, total: u8, settings: Settings) -> io::Result<()> {
    let lacks = |ch: &char| Encoding::GSM7.units(ch.encode_utf8(&mut [0; 4]), Unmappable::Reject).is_err();
    let missing: BTreeSet<char> = text.chars().filter(lacks).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = quote_text(&missing.into_iter().collect::<String>());
    let advice = match transliterated(text, settings) {
        Some(parts) if parts < total => format!("transliterated it takes {parts} in place of {total} parts"),
        Some(_) => "to transliterate it saves no part".to_owned(),
        None => "not all can be transliterated".to_owned(),
    };
    writeln!(out, "    not in GSM 7-bit: {missing}; {advice}")
}
