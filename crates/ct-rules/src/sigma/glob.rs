//! Sigma's string patterns: `*` matches any string, `?` matches one character, and a backslash
//! escapes `*`, `?` or a backslash.

use std::borrow::Cow;

/// A string with wildcards, which is matched with or without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GlobPattern {
    parts: GlobKind,
    is_cased: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum GlobKind {
    Exact(String),
    /// A string without wildcards, with an anchor that allows any characters before the string,
    /// after it, or both.
    Open(Anchor, String),
    Wild(Vec<PatternPart>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum PatternPart {
    Letter(char),
    One,
    Many,
}

/// The part of a text that a pattern must match: the whole text, its start, its end, or any part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Whole,
    Start,
    End,
    Anywhere,
}

impl GlobPattern {
    /// Parses a string in a Sigma rule.
    pub(super) fn new(text: &str, anchor: Anchor, is_cased: bool) -> Self {
        let text = lower(text, is_cased);
        let mut parts = Vec::new();
        if matches!(anchor, Anchor::End | Anchor::Anywhere) {
            parts.push(PatternPart::Many);
        }
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            parts.push(match letter {
                '*' => PatternPart::Many,
                '?' => PatternPart::One,
                '\\' => match letters.next_if(|next| matches!(next, '*' | '?' | '\\')) {
                    Some(escaped) => PatternPart::Letter(escaped),
                    None => PatternPart::Letter('\\'),
                },
                other => PatternPart::Letter(other),
            });
        }
        if matches!(anchor, Anchor::Start | Anchor::Anywhere) {
            parts.push(PatternPart::Many);
        }
        Self {
            parts: GlobKind::new(parts),
            is_cased,
        }
    }

    /// Creates a pattern that matches `text` literally, even if `text` contains `*` or `?`.
    pub(super) fn literal(text: &str, anchor: Anchor, is_cased: bool) -> Self {
        let mut escaped = String::with_capacity(text.len());
        for letter in text.chars() {
            if matches!(letter, '*' | '?' | '\\') {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
        Self::new(&escaped, anchor, is_cased)
    }

    /// Returns the text of a pattern without wildcards, in lower case, or `None` if the pattern has
    /// wildcards.
    pub(super) fn text(&self) -> Option<String> {
        match &self.parts {
            GlobKind::Exact(text) => Some(text.to_lowercase()),
            GlobKind::Open(..) | GlobKind::Wild(_) => None,
        }
    }

    /// Returns the ASCII text that a value must contain, ignoring case, or `None` if the pattern
    /// requires anything else.
    pub(super) fn occurring(&self) -> Option<&str> {
        match &self.parts {
            GlobKind::Open(Anchor::Anywhere, text) if !self.is_cased && text.is_ascii() => {
                Some(text)
            }
            _ => None,
        }
    }

    /// Whether `text` matches the pattern.
    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.parts {
            GlobKind::Exact(wanted) if text.is_ascii() && !self.is_cased => {
                wanted.eq_ignore_ascii_case(text)
            }
            GlobKind::Open(anchor, wanted) if text.is_ascii() && !self.is_cased => {
                let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
                match anchor {
                    Anchor::Whole => text.eq_ignore_ascii_case(wanted),
                    Anchor::Start => text
                        .get(..wanted.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(wanted)),
                    Anchor::End => text
                        .len()
                        .checked_sub(wanted.len())
                        .is_some_and(|at| text[at..].eq_ignore_ascii_case(wanted)),
                    Anchor::Anywhere => contains(text, wanted),
                }
            }
            GlobKind::Exact(wanted) => *wanted == lower(text, self.is_cased),
            GlobKind::Open(anchor, wanted) => {
                let text = lower(text, self.is_cased);
                match anchor {
                    Anchor::Whole => *wanted == text,
                    Anchor::Start => text.starts_with(wanted),
                    Anchor::End => text.ends_with(wanted),
                    Anchor::Anywhere => text.contains(wanted),
                }
            }
            GlobKind::Wild(parts) => covers(parts, &lower(text, self.is_cased)),
        }
    }
}

impl GlobKind {
    /// Returns the simplest form of a pattern that matches the same texts as `parts`.
    fn new(parts: Vec<PatternPart>) -> Self {
        let literal = |parts: &[PatternPart]| {
            let letters = parts.iter().map(|part| match part {
                PatternPart::Letter(letter) => Some(*letter),
                _ => None,
            });
            letters.collect::<Option<String>>()
        };
        let (anchor, inner) = match parts.as_slice() {
            [PatternPart::Many, inner @ .., PatternPart::Many] => (Anchor::Anywhere, inner),
            [PatternPart::Many, inner @ ..] => (Anchor::End, inner),
            [inner @ .., PatternPart::Many] => (Anchor::Start, inner),
            inner => (Anchor::Whole, inner),
        };
        match (anchor, literal(inner)) {
            (Anchor::Whole, Some(text)) => Self::Exact(text),
            (anchor, Some(text)) => Self::Open(anchor, text),
            (_, None) => Self::Wild(parts),
        }
    }
}

/// Whether `text` contains `wanted`, ignoring case. `text` must be ASCII, and `wanted` must be in
/// lower case.
fn contains(text: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else {
        return true;
    };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text).any(|at| {
        text.get(at..at + wanted.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    })
}

fn lower(text: &str, is_cased: bool) -> Cow<'_, str> {
    let is_lower = text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_cased || is_lower {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// Whether `text` matches the parts, which are compared from left to right. After a mismatch, the
/// last `*` matches one more character.
fn covers(parts: &[PatternPart], text: &str) -> bool {
    let (mut at, mut rest) = (0, text);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let mut letters = rest.chars();
        match (parts.get(at), letters.next()) {
            (Some(PatternPart::Many), _) => {
                retry = Some((at, rest));
                at += 1;
            }
            (Some(PatternPart::One), Some(_)) => (at, rest) = (at + 1, letters.as_str()),
            (Some(PatternPart::Letter(wanted)), Some(letter)) if *wanted == letter => {
                (at, rest) = (at + 1, letters.as_str());
            }
            (None, None) => return true,
            _ => {
                let Some((star, from)) = retry else {
                    return false;
                };
                let mut letters = from.chars();
                if letters.next().is_none() {
                    return false;
                }
                retry = Some((star, letters.as_str()));
                (at, rest) = (star + 1, letters.as_str());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        GlobPattern::new(pattern, Anchor::Whole, false).matches(text)
    }

    #[test]
    fn wildcards_match_any_text_or_one_character() {
        assert!(matches("a*c", "abbc") && matches("a*c", "ac") && matches("*", ""));
        assert!(matches("a?c", "aéc") && !matches("a?c", "ac"));
        assert!(matches("*a*b*", "xxaxxbxx") && !matches("*a*b", "ba"));
        assert!(matches("a*a", "aba") && !matches("a*a", "a"));
    }

    #[test]
    fn a_backslash_escapes_a_wildcard_and_is_literal_elsewhere() {
        assert!(matches(r"a\*c", "a*c") && !matches(r"a\*c", "abc"));
        assert!(matches(r"a\b", r"a\b") && matches(r"a\\b", r"a\b"));
    }

    #[test]
    fn matching_is_case_sensitive_only_on_request() {
        assert!(matches("CreateUser", "createuser") && matches("Ä*", "äb"));
        let cased = |text| GlobPattern::new("Create*", Anchor::Whole, true).matches(text);
        assert!(cased("CreateUser") && !cased("createuser"));
    }

    #[test]
    fn an_anchor_leaves_the_other_end_open() {
        let anchored = |anchor| GlobPattern::new("b", anchor, false);
        assert!(anchored(Anchor::Start).matches("bc") && !anchored(Anchor::Start).matches("ab"));
        assert!(anchored(Anchor::End).matches("ab") && !anchored(Anchor::End).matches("bc"));
        assert!(anchored(Anchor::Anywhere).matches("abc"));
        assert!(
            anchored(Anchor::Anywhere).matches("ÄB") && !anchored(Anchor::Anywhere).matches("xx")
        );
        assert!(matches("*Kali*", "Linux/4-KALI2") && !matches("*kalis*", "x-kali"));
    }
}
