//! User data headers of any octets.

use crate::Source;
use smpp_core::sms::udh::{Udh, UdhLeniency};

/// Any octets as user data with a header: what is split off is all there, in its order, and says the same again.
pub(super) fn splits(choices: &mut Source<'_>) {
    let leniency = UdhLeniency { missing_length: choices.flag(), misnamed_reference: choices.flag() };
    let user_data = choices.rest();
    let (udh, text) = match Udh::split_leniently(user_data, leniency) {
        Ok(split) => split,
        Err(error) => return assert!(usize::from(error.offset) <= user_data.len().max(1)),
    };
    let elements = udh.as_octets();
    assert!(user_data.ends_with(text) && user_data[..user_data.len() - text.len()].ends_with(elements));
    let missing_length = user_data.len() - text.len() == elements.len();
    assert!(!missing_length || leniency.missing_length);
    let again: Vec<u8> = udh
        .elements()
        .flat_map(|element| [&[element.iei.0, element.data.len() as u8], element.data].concat())
        .collect();
    assert_eq!(again, elements);
    assert!(udh.concatenation().is_none_or(|part| part.is_valid()));
    if leniency == UdhLeniency::STRICT {
        assert_eq!((udh.deviation(), usize::from(user_data[0])), (None, elements.len()));
    }
}
