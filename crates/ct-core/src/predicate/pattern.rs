//! Patterns for values: plain text, `*` for any characters, and a leading `!` for "not".

use std::fmt::{self, Write as _};
use std::str::FromStr;

use super::glob::Glob;

/// A pattern for a value.
///
/// `Describe*` is a glob; `!root` means "not root". `\*`, `\!`, `\,` and `\\` stand for the
/// characters `*`, `!`, `,` and `\`; any other backslash stands for itself. Matching is
/// case-sensitive. A pattern is one value, so an unescaped comma, which suggests a list of values,
/// is rejected.
///
/// ```
/// use ct_core::predicate::pattern::Pattern;
/// let pattern: Pattern = "!Describe*".parse().unwrap();
/// assert!(pattern.is_negated() && pattern.covers("DescribeInstances"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    negated: bool,
    glob: Glob,
}

impl Pattern {
    /// A pattern that matches exactly `text`, whatever characters it contains.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self {
            negated: false,
            glob: Glob(vec![text.to_owned()]),
        }
    }

    /// Whether the pattern starts with `!`.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// The text of the pattern, or `None` if it is negated or a glob. The service can look up this
    /// text.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        self.as_exact().filter(|_| !self.negated)
    }

    /// The text of the pattern, negated or not, or `None` if it is a glob.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        self.glob.as_exact()
    }

    /// The literal strings of the pattern that are not empty. Every match contains them in this
    /// order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        let texts = self.glob.0.iter();
        texts.map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether `text` matches the pattern, ignoring a `!` at the start.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        self.glob.covers(text)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        let (mut piece, mut earlier) = (String::new(), Vec::new());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' => piece.push(
                    characters
                        .next_if(|next| "*!,\\".contains(*next))
                        .unwrap_or('\\'),
                ),
                ',' => return Err(PatternError::List),
                '*' => earlier.push(std::mem::take(&mut piece)),
                other => piece.push(other),
            }
        }
        earlier.push(piece);
        Ok(Self {
            negated,
            glob: Glob(earlier),
        })
    }
}

impl fmt::Display for Pattern {
    /// Writes the pattern with escapes, so that parsing the result returns the same pattern.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            formatter.write_char('!')?;
        }
        for (at, text) in self.glob.0.iter().enumerate() {
            if at > 0 {
                formatter.write_char('*')?;
            }
            write_escaped(text, formatter)?;
        }
        Ok(())
    }
}

fn write_escaped(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for character in text.chars() {
        if "*!,\\".contains(character) {
            formatter.write_char('\\')?;
        }
        formatter.write_char(character)?;
    }
    Ok(())
}

/// Why a string is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// The string is empty.
    Empty,
    /// The string contains an unescaped comma, like a list of values.
    List,
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "the value is empty: give a value, or remove the option",
            Self::List => r"give one value at a time: repeat the option, or write `\,` for a comma",
        })
    }
}

impl std::error::Error for PatternError {}

/// Splits a list of values at its commas. A leading `!` applies to each value.
///
/// ```
/// assert_eq!(ct_core::predicate::pattern::values("!A, B"), ["!A", "!B"]);
/// assert_eq!(ct_core::predicate::pattern::values(r"a\,b,c"), [r"a\,b", "c"]);
/// ```
#[must_use]
pub fn values(list: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut is_escaped = false;
    for character in list.chars() {
        if character == ',' && !is_escaped {
            values.push(String::new());
        } else if let Some(value) = values.last_mut() {
            value.push(character);
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    let is_negated = list.starts_with('!');
    let values = values.iter().map(|value| value.trim());
    let values = values.filter(|value| !value.is_empty());
    values
        .map(|value| match value.strip_prefix('!') {
            None if is_negated => format!("!{value}"),
            _ => value.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn covers(pattern: &str, text: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().covers(text)
    }

    #[test]
    fn a_star_matches_any_text_including_none() {
        assert!(covers("Describe*", "DescribeInstances"));
        assert!(covers("Describe*", "Describe"));
        assert!(covers("*Bucket*Policy", "PutBucketPolicy"));
        assert!(covers("*", ""));
        assert!(!covers("Describe*", "describeInstances"));
        assert!(!covers("a*a", "a"));
        assert!(!covers("*ab*b", "ab"));
    }

    #[test]
    fn a_backslash_escapes_a_star_an_exclamation_mark_a_comma_and_itself() {
        let plain = |text: &str| {
            text.parse::<Pattern>()
                .unwrap()
                .as_plain()
                .map(str::to_owned)
        };
        assert_eq!(plain(r"\!root").as_deref(), Some("!root"));
        assert_eq!(plain(r"a\*b\\c").as_deref(), Some(r"a*b\c"));
        assert_eq!(plain(r"Doe\, Jane").as_deref(), Some("Doe, Jane"));
        assert_eq!(plain(r"CORP\ada").as_deref(), Some(r"CORP\ada"));
    }

    #[test]
    fn only_a_plain_value_can_be_looked_up_by_the_service() {
        let is_plain = |text: &str| text.parse::<Pattern>().unwrap().as_plain().is_some();
        assert!(is_plain("root") && !is_plain("!root") && !is_plain("ro*"));
    }

    #[test]
    fn an_empty_pattern_is_refused() {
        assert_eq!("".parse::<Pattern>(), Err(PatternError::Empty));
        assert_eq!("!".parse::<Pattern>(), Err(PatternError::Empty));
    }

    #[test]
    fn a_list_is_not_a_pattern() {
        for list in ["A,B", "!A,B", "A*,B", ",", r"A\\,B"] {
            assert_eq!(list.parse::<Pattern>(), Err(PatternError::List), "{list}");
        }
    }

    #[test]
    fn a_negated_text_is_exact_and_a_glob_is_not() {
        let exact = |text: &str| {
            text.parse::<Pattern>()
                .unwrap()
                .as_exact()
                .map(str::to_owned)
        };
        assert_eq!(exact("!root").as_deref(), Some("root"));
        assert_eq!(exact("!ro*"), None);
    }

    proptest! {
        #[test]
        fn an_escaped_text_matches_itself_only(text in r"[ab*!,\\]{1,8}", other in r"[ab*!,\\]{1,8}") {
            let escaped: String = text.chars().flat_map(|each| match each {
                '*' | '!' | ',' | '\\' => vec!['\\', each],
                _ => vec![each],
            }).collect();
            let pattern: Pattern = escaped.parse().unwrap();
            prop_assert_eq!(pattern.as_plain(), Some(text.as_str()));
            prop_assert_eq!(pattern.covers(&other), text == other);
        }

        #[test]
        fn a_displayed_pattern_parses_back(text in r"!?[ab*]([ab*!]|\\[,\\*!a]){0,7}") {
            let pattern: Pattern = text.parse().unwrap();
            prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }

        #[test]
        fn a_glob_matches_the_text_it_was_made_from(text in "[ab]{0,8}", from in 0_usize..9, to in 0_usize..9) {
            let (from, to) = (from.min(to).min(text.len()), from.max(to).min(text.len()));
            let starred = format!("{}*{}", &text[..from], &text[to..]);
            prop_assert!(covers(&starred, &text));
        }
    }
}
