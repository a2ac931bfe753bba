//! Two links and a line between them.

use super::link_pair;
use crate::Source;

/// Whatever two links do and whatever befalls their line: each ticket ends once, what was reported as unwritten was not read,
/// room that was promised comes, neither asks for ever, and both come to their end.
pub fn link(input: &[u8]) {
    let mut choices = Source::new(input);
    link_pair::run(&mut |limit| (!choices.is_empty()).then(|| choices.within(0..limit)));
}
