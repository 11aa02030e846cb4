//! Computes `test` for patterns of plain words, alternatives of words, and anchors.

use memchr::memmem::Finder;

use crate::fastpath::value::Stop;

/// A pattern that can be matched without a regular expression engine.
#[derive(Debug)]
pub(crate) struct Matcher {
    choices: Vec<Choice>,
    ignore_case: bool,
    anchored: bool,
}

#[derive(Debug)]
struct Choice {
    at_start: bool,
    at_end: bool,
    word: Finder<'static>,
}

impl Matcher {
    /// A matcher for `pattern`; `None` if the pattern or its flags are not simple enough.
    pub(crate) fn new(pattern: &str, flags: &str) -> Option<Self> {
        let ignore_case = match flags {
            "" => false,
            "i" => true,
            _ => return None,
        };
        let choices: Vec<_> = without_groups(pattern)?
            .iter()
            .map(|choice| Choice::new(choice, ignore_case))
            .collect::<Option<_>>()?;
        let anchored = choices
            .iter()
            .any(|choice| choice.at_start || choice.at_end);
        Some(Self {
            choices,
            ignore_case,
            anchored,
        })
    }

    /// Whether a part of `text` matches the pattern.
    ///
    /// # Errors
    /// [`Stop::Bail`] for text of several lines if the pattern has anchors, and for text outside
    /// ASCII if case is ignored.
    pub(crate) fn matches(&self, text: &[u8]) -> Result<bool, Stop> {
        if self.anchored && memchr::memchr(b'\n', text).is_some() {
            return Err(Stop::Bail);
        }
        if !self.ignore_case {
            return Ok(self.choices.iter().any(|choice| choice.matches(text)));
        }
        if !text.is_ascii() {
            return Err(Stop::Bail);
        }
        let lower = text.to_ascii_lowercase();
        Ok(self.choices.iter().any(|choice| choice.matches(&lower)))
    }
}

/// The maximum number of alternatives of a pattern.
const MAX_CHOICES: usize = 100;

/// Patterns without groups and `|` that together match the same texts as `pattern`.
fn without_groups(pattern: &str) -> Option<Vec<String>> {
    let (mut before, mut choices) = (Vec::new(), vec![String::new()]);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '|' => {
                before.append(&mut choices);
                choices.push(String::new());
                1
            }
            '(' => {
                let length = group(rest)?;
                let inner = &rest[1..length - 1];
                let inner = without_groups(inner.strip_prefix("?:").unwrap_or(inner))?;
                let with = |choice: &String| {
                    let inner = inner.iter().map(|inner| format!("{choice}{inner}"));
                    inner.collect::<Vec<_>>()
                };
                choices = choices.iter().flat_map(with).collect();
                length
            }
            _ => {
                let escaped = rest[c.len_utf8()..].chars().next().filter(|_| c == '\\');
                let length = c.len_utf8() + escaped.map_or(0, char::len_utf8);
                for choice in &mut choices {
                    choice.push_str(&rest[..length]);
                }
                length
            }
        };
        rest = &rest[length..];
        if before.len() + choices.len() > MAX_CHOICES {
            return None;
        }
    }
    before.append(&mut choices);
    Some(before)
}

/// The length in bytes of the group at the start of `pattern`.
fn group(pattern: &str) -> Option<usize> {
    let (mut depth, mut is_escaped) = (0, false);
    for (at, c) in pattern.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

impl Choice {
    fn new(pattern: &str, ignore_case: bool) -> Option<Self> {
        let (at_start, rest) = pattern
            .strip_prefix('^')
            .map_or((false, pattern), |rest| (true, rest));
        let (at_end, rest) = rest
            .strip_suffix('$')
            .map_or((false, rest), |rest| (true, rest));
        let mut word = Vec::new();
        let mut characters = rest.chars();
        while let Some(c) = characters.next() {
            let c = match c {
                '\\' => characters
                    .next()
                    .filter(|c| ".-/:+*?()[]{}|^$\\".contains(*c))?,
                _ if c.is_ascii_alphanumeric() || " _:/,=@%&~`'\"!<>;-".contains(c) => c,
                _ => return None,
            };
            word.push(if ignore_case {
                c.to_ascii_lowercase()
            } else {
                c
            } as u8);
        }
        Some(Self {
            at_start,
            at_end,
            word: Finder::new(&word).into_owned(),
        })
    }

    fn matches(&self, text: &[u8]) -> bool {
        let word = self.word.needle();
        match (self.at_start, self.at_end) {
            (true, true) => text == word,
            (true, false) => text.starts_with(word),
            (false, true) => text.ends_with(word),
            (false, false) => self.word.find(text).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(pattern: &str, flags: &str, text: &str) -> Option<bool> {
        Matcher::new(pattern, flags)?.matches(text.as_bytes()).ok()
    }

    #[test]
    fn plain_words_match_as_a_regular_expression_would() {
        assert_eq!(test("Console", "", "ConsoleLogin"), Some(true));
        assert_eq!(test("^arn:aws:|root$", "", "x arn:aws:"), Some(false));
        assert_eq!(test("^arn:aws:|root$", "", "the root"), Some(true));
        assert_eq!(test("a\\.b", "", "axb"), Some(false));
        assert_eq!(test("LOGIN", "i", "ConsoleLogin"), Some(true));
        assert_eq!(test("", "", "x"), Some(true));
    }

    #[test]
    fn a_group_is_an_alternative_of_whole_patterns() {
        for (text, expected) in [
            ("DescribeRegions", true),
            ("GetObject", true),
            ("xGetObject", false),
            ("ListBuckets", false),
            ("PutObject", true),
            ("PutBucket)", true),
            ("PutX", false),
        ] {
            let pattern = r"^(Describe|Get)|^Put(?:(Obj|Ev)ect|Bucket\))$";
            assert_eq!(test(pattern, "", text), Some(expected), "{text}");
        }
    }

    #[test]
    fn patterns_that_might_match_differently_are_refused() {
        for pattern in [
            "a.b", "a+", "(a)*", "[a]", "[(]a)", "(?i)a", "(?<x>a)", "(?=a)", "(a", "a)", "a(|+)",
            "a\\d", "a\\", "é", "a^b", "a$b", "{a", "#",
        ] {
            assert_eq!(test(pattern, "", "ab"), None, "{pattern}");
        }
        assert_eq!(test("^a", "", "b\na"), None);
        assert_eq!(test("k", "i", "\u{212a}"), None);
        assert_eq!(test("a", "x", "a"), None);
    }
}
