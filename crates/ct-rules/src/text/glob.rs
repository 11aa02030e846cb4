//! Patterns in which `*` matches any string.

/// A pattern, as the literal strings between its `*` characters. A pattern without `*` is a single
/// string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob(pub(crate) Vec<String>);

impl Glob {
    /// Whether the pattern matches `text`: the literal strings occur in order, with any characters
    /// between them.
    pub(crate) fn covers(&self, text: &str) -> bool {
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
        let covers =
            |glob: &str, text| Glob(glob.split('*').map(str::to_owned).collect()).covers(text);
        assert!(covers("a*b*c", "a-b-b-c") && covers("*", "") && covers("a", "a"));
        assert!(!covers("a*a", "a") && !covers("*ab*b", "ab") && !covers("a", "ab"));
    }
}
