//! Quotes words for a POSIX shell.

/// Quotes `word` so that a POSIX shell reads it as one word, whatever bytes it contains.
///
/// Source: POSIX Shell Command Language, 2.2.2 "Single-Quotes": every character except the single quote
/// is literal.
///
/// ```
/// assert_eq!(ct_core::cli::shell::quoted(b"o'clock $x"), br"'o'\''clock $x'");
/// ```
#[must_use]
pub fn quoted(word: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for &byte in word {
        match byte {
            b'\'' => quoted.extend_from_slice(br"'\''"),
            _ => quoted.push(byte),
        }
    }
    quoted.push(b'\'');
    quoted
}
