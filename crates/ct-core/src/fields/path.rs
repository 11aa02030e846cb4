//! Parses field paths, such as `userIdentity.arn` or `resources[0].ARN`.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The location of a field in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

/// One level of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The value under a key of an object.
    Key(String),
    /// An element of an array, counted from 0.
    Index(usize),
}

impl Path {
    /// Makes a path from `names`: keys separated by dots.
    #[must_use]
    pub fn of_names(names: &str) -> Self {
        let steps = names.split('.').map(|name| Step::Key(name.to_owned()));
        Self {
            text: names.to_owned(),
            steps: steps.collect(),
        }
    }

    /// The path as typed, without surrounding spaces.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The steps from the record to the field. A path has at least one step, and the first step is
    /// a key.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The top-level field of the path.
    #[must_use]
    pub fn top(&self) -> &str {
        match self.steps.first() {
            Some(Step::Key(name)) => name,
            _ => "",
        }
    }
}

impl FromStr for Path {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let text = text.trim();
        Ok(Self {
            steps: steps(text).ok_or(NotAPath)?,
            text: text.to_owned(),
        })
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    // A dot at the start, as in jq's syntax, is optional.
    let mut rest = text.strip_prefix('.').unwrap_or(text);
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        if name.is_empty() || name.contains(['"', ']']) {
            return None;
        }
        steps.push(Step::Key(name.to_owned()));
        rest = after;
        while let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        rest = rest.strip_prefix('.')?;
    }
}

/// The error for a string that is not a field path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPath;

impl Display for NotAPath {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "not a field: use a path such as eventName, userIdentity.arn or resources[0].ARN",
        )
    }
}

impl std::error::Error for NotAPath {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn a_path_leads_through_objects_and_arrays() {
        for (text, steps) in [
            ("eventTime", vec![key("eventTime")]),
            (" .a.b ", vec![key("a"), key("b")]),
            (
                "a[0][12].b",
                vec![key("a"), Step::Index(0), Step::Index(12), key("b")],
            ),
            (r#"a."b.c[".d"#, vec![key("a"), key("b.c["), key("d")]),
        ] {
            assert_eq!(text.parse::<Path>().unwrap().steps, steps, "{text}");
        }
    }

    #[test]
    fn an_invalid_path_is_refused() {
        for text in [
            "", ".", "a.", "a..b", "[0]", "a[", "a[x]", "a[-1]", "a[0]b", "a]", "\"a", "\"\"",
        ] {
            assert_eq!(text.parse::<Path>(), Err(NotAPath), "{text}");
        }
    }
}
