//! Splits Rust source into tokens: names and punctuation, without comments, literals and test-only
//! code.

/// A name, or punctuation of one or two characters: `::`, `{`, `;`.
pub(super) type Token = String;

/// The tokens of a source file, without literals and items behind `#[cfg(test)]`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    without_tests(&all(text.as_bytes()))
}

fn all(text: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        at += match byte {
            _ if rest.starts_with(b"//") => length_until(rest, b"\n"),
            _ if rest.starts_with(b"/*") => comment(rest),
            b'"' => string(rest),
            b'\'' => character(rest),
            b'r' | b'b' | b'c' if prefixed_literal(rest).is_some() => {
                prefixed_literal(rest).unwrap_or(1)
            }
            _ if is_name(byte) => {
                let length = rest.iter().take_while(|byte| is_name(**byte)).count();
                tokens.push(String::from_utf8_lossy(&rest[..length]).into_owned());
                length
            }
            _ if rest.starts_with(b"::") => {
                tokens.push("::".to_owned());
                2
            }
            _ if byte.is_ascii_whitespace() => 1,
            _ => {
                tokens.push(char::from(byte).to_string());
                1
            }
        };
    }
    tokens
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The length of `text` up to and including the first `end`, or of the whole text if it does not
/// contain `end`.
fn length_until(text: &[u8], end: &[u8]) -> usize {
    let found = text.windows(end.len()).position(|window| window == end);
    found.map_or(text.len(), |at| at + end.len())
}

/// The length of the block comment at the start of `text`, with nested block comments.
fn comment(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        if text[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of the string literal at the start of `text`, including the quotes.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// The length of the character literal at the start of `text`. For a lifetime or a label, the
/// length of the quote.
fn character(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'\\') => 3 + length_until(text.get(3..).unwrap_or_default(), b"'"),
        Some(_) => {
            let width = text[1..].iter().take(5).position(|byte| *byte == b'\'');
            match width {
                // `'a'` and `'é'` are character literals; the lifetimes in `'a, 'b` are not.
                Some(width) if width == 1 || !text[1].is_ascii() => width + 2,
                _ => 1,
            }
        }
        None => 1,
    }
}

/// The length of the literal `r"…"`, `r#"…"#`, `b"…"`, `b'…'`, `br"…"` or `c"…"` at the start of
/// `text`, or `None` if there is none.
fn prefixed_literal(text: &[u8]) -> Option<usize> {
    let letters = text.iter().take_while(|byte| b"rbc".contains(byte)).count();
    let raw = text[..letters].contains(&b'r');
    let hashes = text[letters..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let rest = &text[letters + hashes..];
    match rest.first()? {
        b'"' if raw => {
            let end = [&b"\""[..], &vec![b'#'; hashes]].concat();
            Some(letters + hashes + 1 + length_until(&rest[1..], &end))
        }
        b'"' if hashes == 0 => Some(letters + string(rest)),
        b'\'' if hashes == 0 && letters == 1 && !raw => Some(letters + character(rest)),
        _ => None,
    }
}

const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some(token) = rest.first() {
        if rest.len() >= CFG_TEST.len() && rest.iter().zip(CFG_TEST).all(|(a, b)| a == b) {
            rest = &rest[CFG_TEST.len()..];
            rest = &rest[item(rest)..];
        } else {
            kept.push(token.clone());
            rest = &rest[1..];
        }
    }
    kept
}

/// The number of tokens of the item at the start of `tokens`, up to the `;` or the closing brace of
/// the item.
fn item(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                let ends = tokens.get(at + 1).is_none_or(|next| next != ";");
                if depth == 0 && token == "}" && ends {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        tokens(text).join(" ")
    }

    #[test]
    fn comments_and_literals_have_no_tokens() {
        assert_eq!(
            joined("a // crate::b\n/* crate::c /* d */ e */ f(\"crate::g\\\"\", 'h', '\\'', b'i')"),
            "a f ( , , , )"
        );
        assert_eq!(
            joined(r##"x(r#"crate::a " "#, br"b", c"d") y::<'a>('é')"##),
            "x ( , , ) y :: < a > ( )"
        );
    }

    #[test]
    fn test_only_code_is_omitted() {
        assert_eq!(
            joined(
                "use a; #[cfg(test)] use b::{c}; #[cfg(test)] #[path = \"x\"] mod tests { fn d() {} } e"
            ),
            "use a ; e"
        );
    }
}
