//! Sigma's modifiers that encode or vary a value before it is compared, such as `base64` and
//! `windash`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The characters that may start a command-line option on Windows.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Returns the strings to search for: the results of applying the modifiers `encodings` to `text`
/// in order.
///
/// # Errors
/// If an encoded value is not UTF-8 text.
pub(super) fn encoded(text: &str, encodings: &[&str]) -> Result<Vec<String>, String> {
    if encodings == ["windash"] {
        return Ok(windash(text));
    }
    let mut bytes = vec![text.as_bytes().to_vec()];
    for name in encodings {
        bytes = match *name {
            "wide" | "utf16le" => vec![utf16(text, u16::to_le_bytes)],
            "utf16be" => vec![utf16(text, u16::to_be_bytes)],
            "utf16" => vec![[vec![0xff, 0xfe], utf16(text, u16::to_le_bytes)].concat()],
            "base64" => bytes
                .iter()
                .map(|bytes| STANDARD.encode(bytes).into_bytes())
                .collect(),
            _ => bytes.iter().flat_map(|bytes| offsets(bytes)).collect(),
        };
    }
    let texts = bytes.into_iter().map(String::from_utf8);
    texts.collect::<Result<_, _>>().map_err(|_| {
        format!(
            "the encoded value of `{text}` is not text: add the modifier \
            `base64`"
        )
    })
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

/// Returns, for each of the three possible alignments of `bytes` in longer data, the part of the
/// Base64 encoding that does not depend on the surrounding bytes.
fn offsets(bytes: &[u8]) -> Vec<Vec<u8>> {
    let alignment = |offset: usize| {
        let encoded = STANDARD.encode([vec![b' '; offset], bytes.to_vec()].concat());
        let start = [0, 2, 3][offset];
        let cut = [0, 3, 2][(bytes.len() + offset) % 3];
        let end = encoded.len().saturating_sub(cut).max(start);
        encoded.as_bytes()[start..end].to_vec()
    };
    (0..3).map(alignment).collect()
}

/// Returns all variants of a text in which each `-` or `/` at the start of a word is replaced by
/// one of [`DASHES`].
fn windash(text: &str) -> Vec<String> {
    let begins = |at: usize| {
        text[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
    };
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(at, letter)| matches!(letter, '-' | '/') && begins(*at))
        .map(|(at, _)| at)
        .collect();
    let Some((&first, _)) = starts.split_first() else {
        return vec![text.to_owned()];
    };
    let rest = windash(&text[first + 1..]);
    let before = &text[..first];
    DASHES
        .iter()
        .flat_map(|dash| rest.iter().map(move |rest| format!("{before}{dash}{rest}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_applied_in_order() {
        assert_eq!(encoded("foo", &[]).unwrap(), ["foo"]);
        assert_eq!(encoded("foo", &["base64"]).unwrap(), ["Zm9v"]);
        assert_eq!(encoded("foo", &["wide", "base64"]).unwrap(), ["ZgBvAG8A"]);
        assert_eq!(
            encoded("foobar", &["base64offset"]).unwrap(),
            ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]
        );
    }

    #[test]
    fn a_dash_at_the_start_of_an_option_matches_every_dash() {
        assert_eq!(
            encoded("-a b-c", &["windash"]).unwrap(),
            [
                "-a b-c",
                "/a b-c",
                "\u{2013}a b-c",
                "\u{2014}a b-c",
                "\u{2015}a b-c"
            ]
        );
        assert_eq!(encoded("-a /b", &["windash"]).unwrap().len(), 25);
    }
}
