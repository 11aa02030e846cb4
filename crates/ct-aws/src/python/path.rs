//! Expands paths and formats path errors as Python's `os.path.expanduser`, `expandvars` and
//! `OSError` do.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io;

/// An error of the operating system, in Python's format.
#[must_use]
pub fn os_error(error: &io::Error, path: &str) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    match error.raw_os_error() {
        Some(number) => format!("[Errno {number}] {words}: '{path}'"),
        None => format!("{words}: '{path}'"),
    }
}

/// Replaces a leading `~` and the variables in `path`. Unknown variables stay unchanged.
#[must_use]
pub fn expand(path: &str, variables: &HashMap<String, String, impl BuildHasher>) -> String {
    let path = match (path.strip_prefix('~'), variables.get("HOME")) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{home}{rest}")
        }
        _ => path.to_owned(),
    };
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let braced = behind
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        let (name, length) = if let Some((name, _)) = braced {
            (name, name.len() + 2)
        } else {
            let length = behind
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(behind.len());
            (&behind[..length], length)
        };
        match variables.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[before.len()..=before.len() + length]),
        }
        rest = &behind[length..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> HashMap<String, String> {
        [("HOME", "/home/a"), ("D", "data")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn home_and_variables_are_expanded() {
        for (path, expanded) in [
            ("~/x", "/home/a/x"),
            ("~b/x", "~b/x"),
            ("$D/${D}x/$NONE.$", "data/datax/$NONE.$"),
        ] {
            assert_eq!(expand(path, &variables()), expanded);
        }
    }
}
