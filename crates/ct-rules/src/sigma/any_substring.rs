//! Searches a text for several strings in one pass.

use aho_corasick::AhoCorasick;

use super::glob::GlobPattern;

/// Strings of which at least one must occur in a value, ignoring case.
#[derive(Debug)]
pub(super) struct AnySubstring {
    /// Searches for all strings at once, in ASCII texts only.
    automaton: AhoCorasick,
    patterns: Vec<GlobPattern>,
}

impl AnySubstring {
    /// Combines several patterns into one search. Returns `None` if a pattern requires anything
    /// other than an ASCII string anywhere in a value, ignoring case.
    pub(super) fn new(patterns: &[&GlobPattern]) -> Option<Self> {
        let texts: Option<Vec<&str>> = patterns.iter().map(|pattern| pattern.occurring()).collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(texts?)
            .ok()?;
        Some(Self {
            automaton,
            patterns: patterns.iter().map(|&pattern| pattern.clone()).collect(),
        })
    }

    /// Whether at least one of the strings occurs in `text`.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if text.is_ascii() {
            return self.automaton.is_match(text);
        }
        self.patterns.iter().any(|pattern| pattern.matches(text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::glob::Anchor;
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> GlobPattern {
        GlobPattern::new(text, Anchor::Anywhere, false)
    }

    #[test]
    fn only_texts_without_wildcards_and_case_are_combined() {
        let whole = GlobPattern::new("a", Anchor::Whole, false);
        let cased = GlobPattern::new("a", Anchor::Anywhere, true);
        for other in [whole, cased, pattern("a*b"), pattern("\u{e9}")] {
            assert!(
                AnySubstring::new(&[&pattern("x"), &other]).is_none(),
                "{other:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_combined_search_finds_the_same_as_separate_ones(
            texts in proptest::collection::vec("[abAB]{1,3}", 1..5), value in "[abAB\u{212a}\u{130}]{0,12}",
        ) {
            let patterns: Vec<GlobPattern> = texts.iter().map(|text| pattern(text)).collect();
            let together = AnySubstring::new(&patterns.iter().collect::<Vec<_>>()).unwrap();
            let alone = patterns.iter().any(|pattern| pattern.matches(&value));
            prop_assert_eq!(together.is_in(&value), alone);
        }
    }
}
