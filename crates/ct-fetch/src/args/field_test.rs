//! Parses the options that test a record's fields: `--where`, `--source-ip` and `--error`.

use ct_core::fields::{NotAPath, Path, known};
use ct_core::predicate::pattern::Pattern;
use ct_core::predicate::{Field, Network, Predicate, Test};

/// A value of `--where`: a path, and the test on the field at this path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldTest {
    path: Path,
    is_negated: bool,
    test: Test,
}

/// Parses a value of `--where`: `PATH=PATTERN`, `PATH` or `!PATH`.
pub(super) fn parse(text: &str) -> Result<FieldTest, String> {
    let Some((path, pattern)) = split(text) else {
        let (is_negated, path) = match text.strip_prefix('!') {
            Some(path) => (true, path),
            None => (false, text),
        };
        return Ok(FieldTest {
            path: read_path(path)?,
            is_negated,
            test: Test::IsThere,
        });
    };
    if let Some(path) = path.strip_suffix('!') {
        return Err(format!(
            "the `!` must be before the pattern: write {path}=!{pattern}"
        ));
    }
    if let Some(path) = path.strip_prefix('!') {
        return Err(format!(
            "the `!` must be before the pattern: write {path}=!{pattern}"
        ));
    }
    let pattern = self::pattern(pattern)?;
    Ok(FieldTest {
        path: read_path(path)?,
        is_negated: pattern.is_negated(),
        test: Test::Covers(pattern),
    })
}

/// Splits the text at the first `=` outside double quotes; `None` if there is no such `=`.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let at = text.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'=' && !is_quoted
    })?;
    Some((&text[..at], &text[at + 1..]))
}

fn read_path(text: &str) -> Result<Path, String> {
    text.parse().map_err(|error: NotAPath| error.to_string())
}

/// Parses a pattern, as in `--where PATH=PATTERN`.
pub(super) fn pattern(text: &str) -> Result<Pattern, String> {
    text.parse::<Pattern>().map_err(|error| error.to_string())
}

/// Parses an IP network with an optional leading `!`. Returns whether the text has a leading `!`,
/// and the network.
pub(super) fn network(text: &str) -> Result<(bool, Network), String> {
    let (is_negated, text) = match text.strip_prefix('!') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let network = text.parse::<Network>().map_err(|error| error.to_string())?;
    Ok((is_negated, network))
}

/// Returns one predicate for each path, in the order in which the paths first occur in `tests`. A
/// record must meet at least one of the tests of each path.
pub(super) fn joined(tests: &[FieldTest]) -> Vec<Predicate> {
    let mut paths: Vec<&Path> = Vec::new();
    for test in tests {
        if !paths.contains(&&test.path) {
            paths.push(&test.path);
        }
    }
    let predicates = paths.into_iter().map(|path| {
        let same = tests.iter().filter(|test| test.path == *path);
        let same = same.map(|test| (test.is_negated, test.test.clone()));
        Predicate::wanted(&[Field::Path(path.clone())], same)
    });
    predicates.collect()
}

/// Returns a warning for each path that begins with an unknown field.
pub(super) fn warnings(tests: &[FieldTest]) -> Vec<String> {
    let unknown = tests
        .iter()
        .filter(|test| !known::is_known(test.path.top()));
    let warnings = unknown.map(|FieldTest { path, .. }| {
        let text = path.text();
        match known::in_another_case(path.top()) {
            Some(field) => {
                format!("--where `{text}`: not a record field: did you mean {field}?")
            }
            None => format!("--where `{text}`: not a known record field: there may be no matches"),
        }
    });
    warnings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts: &[&str]) -> String {
        let fields: Vec<FieldTest> = texts.iter().map(|text| parse(text).unwrap()).collect();
        Predicate::All(joined(&fields)).to_string()
    }

    #[test]
    fn values_of_one_path_are_alternatives_and_all_paths_must_match() {
        assert_eq!(
            shown(&[
                "errorCode=AccessDenied",
                "eventName=!Get*",
                "errorCode=*Throttl*"
            ]),
            "((errorCode=AccessDenied or errorCode=*Throttl*) and not eventName=Get*)"
        );
    }

    #[test]
    fn a_path_alone_tests_for_presence() {
        assert_eq!(
            shown(&["errorCode", "!vpcEndpointId"]),
            "(errorCode and not vpcEndpointId)"
        );
    }

    #[test]
    fn the_first_equals_sign_outside_quotes_ends_the_path() {
        assert_eq!(
            shown(&["requestParameters.\"a=b\"=c=d"]),
            "requestParameters.\"a=b\"=c=d"
        );
    }

    #[test]
    fn a_misplaced_not_is_refused_with_the_correct_form() {
        for text in ["errorCode!=x", "!errorCode=x"] {
            assert_eq!(
                parse(text),
                Err("the `!` must be before the pattern: write errorCode=!x".to_owned())
            );
        }
        assert!(parse("a..b=x").is_err() && parse("a=").is_err() && parse("=x").is_err());
    }

    #[test]
    fn an_unknown_path_causes_a_warning() {
        let tests = ["errorcode=x", "made.up"].map(|text| parse(text).unwrap());
        assert_eq!(
            warnings(&tests),
            [
                "--where `errorcode`: not a record field: did you mean errorCode?",
                "--where `made.up`: not a known record field: there may be no matches"
            ]
        );
    }
}
