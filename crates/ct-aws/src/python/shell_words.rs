//! Splits a line into words as Python's `shlex.split` does.

/// Splits `line` into words, interpreting quotes and backslashes.
///
/// # Errors
/// Python's message about an unclosed quote or an incomplete escape.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    const NO_CLOSING: &str = "No closing quotation";
    const NO_ESCAPED: &str = "No escaped character";
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(NO_CLOSING)? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(NO_CLOSING)? {
                        '"' => break,
                        '\\' => match chars.next().ok_or(NO_ESCAPED)? {
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word
                .get_or_insert_default()
                .push(chars.next().ok_or(NO_ESCAPED)?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_join_words() {
        assert_eq!(
            split(r#"a 'b c' "d \"e\" \f" g\ h '' | $x"#).unwrap(),
            ["a", "b c", r#"d "e" \f"#, "g h", "", "|", "$x"]
        );
        assert_eq!(split("a 'b"), Err("No closing quotation"));
        assert_eq!(split(r"a \"), Err("No escaped character"));
    }
}
