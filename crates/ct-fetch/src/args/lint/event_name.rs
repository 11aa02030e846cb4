//! The known event names, and suggestions for a mistyped event name.

/// Files with one event name per line. A line that starts with `#` is a comment.
const LISTS: [&str; 2] = [
    include_str!("api_names.txt"),
    include_str!("other_names.txt"),
];

/// Returns all known event names: the operations in AWS's API models, and other names that occur in
/// records.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    let lines = LISTS.into_iter().flat_map(str::lines);
    lines.filter(|line| !line.starts_with('#'))
}

/// Returns the known names that differ from `name` only in case. If there are none, returns those
/// that differ by one edit: a letter is added, removed, replaced, or exchanged with its neighbour.
/// Returns no names if `name` itself is known.
#[must_use]
pub(crate) fn similar(name: &str) -> Vec<&'static str> {
    let (mut by_case, mut by_edit) = (Vec::new(), Vec::new());
    for known in known() {
        if known == name {
            return Vec::new();
        }
        if known.eq_ignore_ascii_case(name) {
            by_case.push(known);
        } else if is_one_edit(known.as_bytes(), name.as_bytes()) {
            by_edit.push(known);
        }
    }
    if by_case.is_empty() { by_edit } else { by_case }
}

/// Whether two different ASCII names differ by one edit of a letter.
fn is_one_edit(one: &[u8], other: &[u8]) -> bool {
    let start = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count();
    let (one, other) = (&one[start..], &other[start..]);
    match (one, other) {
        ([_, one @ ..], [_, other @ ..]) if one == other => true,
        ([first, second, one @ ..], [third, fourth, other @ ..])
            if (first, second) == (fourth, third) && one == other =>
        {
            true
        }
        ([_, rest @ ..], other) if rest == other => true,
        (one, [_, rest @ ..]) => rest == one,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_name_resembles_nothing() {
        for name in [
            "StopLogging",
            "ConsoleLogin",
            "UpdateFunctionCode20150331v2",
        ] {
            assert_eq!(similar(name), [""; 0], "{name}");
        }
    }

    #[test]
    fn a_name_that_differs_by_case_or_one_edit_resembles_the_known_one() {
        for (name, known) in [
            ("stoplogging", "StopLogging"),
            ("consoleLogin", "ConsoleLogin"),
            ("StopLoging", "StopLogging"),
            ("StopLogginng", "StopLogging"),
            ("StopLogginh", "StopLogging"),
            ("StopLoggign", "StopLogging"),
            ("SwitchRoles", "SwitchRole"),
        ] {
            assert_eq!(similar(name), [known], "{name}");
        }
    }

    #[test]
    fn a_name_with_more_edits_resembles_nothing() {
        for name in ["StopLoggers", "stoploging", "A", ""] {
            assert_eq!(similar(name), [""; 0], "{name}");
        }
    }

    #[test]
    fn the_lists_contain_unique_names() {
        let mut names: Vec<&str> = known().collect();
        assert!(names.len() > 15_000, "{}", names.len());
        let is_name = |name: &&str| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        assert_eq!(
            names
                .iter()
                .copied()
                .find(|name| name.is_empty() || !is_name(name)),
            None
        );
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
