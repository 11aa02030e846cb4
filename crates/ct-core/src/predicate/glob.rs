//! Globs, in which a star matches any string.

/// The literal strings between the stars of a glob. A glob without a star consists of one string.
///
/// Each language parses its own escapes. Matching is case-sensitive.
///
/// ```
/// use ct_core::predicate::Glob;
/// assert!(Glob::new("Describe*s").covers("DescribeInstances"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(pub Vec<String>);

impl Glob {
    /// A glob in which every star is a wildcard.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.split('*').map(str::to_owned).collect())
    }

    /// The text of a glob without a star, or `None`.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether the pattern matches `text`: the literal strings occur in order, with any characters
    /// between them.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.iter().all(|only| text == only);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in middle {
            let Some(at) = rest.find(piece.as_str()) else {
                return false;
            };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text_and_pieces_do_not_overlap() {
        let covers = |glob: &str, text| Glob::new(glob).covers(text);
        assert!(covers("a*b*c", "a-b-b-c") && covers("*", "") && covers("a", "a"));
        assert!(!covers("a*a", "a") && !covers("*ab*b", "ab") && !covers("a", "ab"));
    }
}
