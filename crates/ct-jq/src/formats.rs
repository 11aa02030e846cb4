//! The encodings of jq's `@` formats, for the builtins and the fast path.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;

/// Decodes base64 without padding, and ignores the unused bits of the last character.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// The reason that a text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base64Error {
    /// The text has a character that base64 does not use.
    Character,
    /// A single character is left after the groups of four characters.
    Trailing,
}

/// Appends a string as a field of a CSV row.
pub(crate) fn csv(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    replace(text, out, |byte| match byte {
        b'"' => Some(b"\"\""),
        0 => Some(b"\\0"),
        _ => None,
    });
    out.push(b'"');
}

/// Appends a string as a field of a TSV row.
pub(crate) fn tsv(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, |byte| match byte {
        b'\t' => Some(b"\\t"),
        b'\r' => Some(b"\\r"),
        b'\n' => Some(b"\\n"),
        b'\\' => Some(b"\\\\"),
        0 => Some(b"\\0"),
        _ => None,
    });
}

/// Appends text in which the characters with a meaning in HTML and XML are escaped.
pub(crate) fn html(text: &[u8], out: &mut Vec<u8>) {
    replace(text, out, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\'' => Some(b"&apos;"),
        b'"' => Some(b"&quot;"),
        0 => Some(b"\\0"),
        _ => None,
    });
}

/// Appends a string as one quoted word for a POSIX shell.
pub(crate) fn shell(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    replace(text, out, |byte| match byte {
        b'\'' => Some(b"'\\''"),
        0 => Some(b"\\0"),
        _ => None,
    });
    out.push(b'\'');
}

/// Appends percent-encoded text: every byte but RFC 3986's unreserved characters is encoded.
pub(crate) fn uri(text: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte);
        } else {
            let digit = |value: u8| DIGITS[usize::from(value)];
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Decodes percent-encoded text; `None` if a `%` is not followed by two hexadecimal digits.
pub(crate) fn decode_uri(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let code = digit(digits[0])? << 4 | digit(digits[1])?;
        out.push(u8::try_from(code).ok()?);
        rest = after;
    }
    Some(out)
}

/// Appends bytes as base64 with padding.
pub(crate) fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(BASE64_STANDARD.encode(bytes).as_bytes());
}

/// Decodes base64 up to the first `=`, where jq stops.
///
/// # Errors
/// Returns the reason that jq reports: [`Base64Error::Character`] has precedence over
/// [`Base64Error::Trailing`].
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, Base64Error> {
    let end = memchr::memchr(b'=', text).unwrap_or(text.len());
    let text = &text[..end];
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    DECODER.decode(text).map_err(|_| {
        if text.iter().all(is_digit) {
            Base64Error::Trailing
        } else {
            Base64Error::Character
        }
    })
}

/// Appends `text`, in which `by` replaces some bytes.
fn replace(text: &[u8], out: &mut Vec<u8>, by: impl Fn(u8) -> Option<&'static [u8]>) {
    for &byte in text {
        match by(byte) {
            Some(replacement) => out.extend_from_slice(replacement),
            None => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_as_far_as_jq_decodes_it() {
        let decoded = |text: &str| decode_base64(text.as_bytes());
        assert_eq!(decoded("aGk="), Ok(b"hi".to_vec()));
        assert_eq!(decoded("aGk"), Ok(b"hi".to_vec()));
        assert_eq!(decoded("aGl"), Ok(b"hi".to_vec()));
        assert_eq!(decoded("aGk=="), Ok(b"hi".to_vec()));
        assert_eq!(decoded("aGk=!"), Ok(b"hi".to_vec()));
        assert_eq!(decoded(""), Ok(Vec::new()));
        assert_eq!(decoded("aGkhx"), Err(Base64Error::Trailing));
        assert_eq!(decoded("a!"), Err(Base64Error::Character));
        assert_eq!(decoded("aGkh!"), Err(Base64Error::Character));
    }

    #[test]
    fn decoding_reverses_encoding() {
        for text in ["", "a", "ab", "abc", "é\u{0}%/+ ~"] {
            let (mut in_base64, mut in_uri) = (Vec::new(), Vec::new());
            base64(text.as_bytes(), &mut in_base64);
            uri(text.as_bytes(), &mut in_uri);
            assert_eq!(decode_base64(&in_base64), Ok(text.as_bytes().to_vec()));
            assert_eq!(decode_uri(&in_uri), Some(text.as_bytes().to_vec()));
        }
    }
}
