//! Comparing what a peer gives with what it should be.

use subtle::ConstantTimeEq;

/// Whether a system_id, password or other secret is the expected one, in a time that does not tell how much of it is right: an
/// [`Application`](crate::Application) should compare passwords with this and not with `==`, which stops at the first difference.
///
/// Whether the lengths are equal can be told from the time.
///
/// ```
/// use smpp_core::types::Password;
/// use smpp_std::secrets_match;
///
/// let given = Password::from("secret1");
/// assert!(secrets_match(given.reveal().as_octets(), b"secret1"));
/// assert!(!secrets_match(given.reveal().as_octets(), b"secret2"));
/// ```
#[must_use]
pub fn secrets_match(given: &[u8], expected: &[u8]) -> bool {
    given.ct_eq(expected).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_octets_match() {
        for (given, expected, same) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "b", false),
            ("a", "aa", false),
            ("aa", "a", false),
            ("", "a", false),
        ] {
            assert_eq!(secrets_match(given.as_bytes(), expected.as_bytes()), same, "{given} {expected}");
        }
    }
}
