//! Finds the values at the paths of rules in requests and responses, in the format that CloudTrail
//! writes.
//!
//! This format differs from AWS's API: CloudTrail changes the case of field names, wraps some
//! responses in `CreateXResponse`, omits an outer structure of others, and writes lists as
//! `xSet.items` or `xSet.item`. The value of `item` is a list or a single element.

use serde_json::{Map, Value};

use super::Call;

/// The name of an operation without the API version: `CreateFunction20150331v2` becomes `CreateFunction`.
pub(super) fn operation(event_name: &str) -> &str {
    let stem = event_name
        .rsplit_once('v')
        .map_or(event_name, |(stem, version)| {
            let is_version =
                !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            if is_version && stem.ends_with(|last: char| last.is_ascii_digit()) {
                stem
            } else {
                event_name
            }
        });
    let name = stem.trim_end_matches(|last: char| last.is_ascii_digit() || last == '_');
    let digits = stem.len() - name.len();
    if digits >= 8 { name } else { event_name }
}

/// The non-empty strings at a path. The path starts with `s` for the response, `q` for the request or `r` for the
/// resources of the record.
pub(super) fn texts<'c>(call: &Call<'c>, path: &str) -> Vec<&'c str> {
    let mut found = Vec::new();
    visit(call, path, &mut |value| {
        if let Value::String(text) = value
            && !is_placeholder(text)
        {
            found.push(text.as_str());
        }
    });
    found
}

/// Whether a string is a placeholder: SNS returns a placeholder until a subscription is confirmed,
/// and CloudTrail writes a placeholder instead of a secret.
pub(super) fn is_placeholder(text: &str) -> bool {
    text == "HIDDEN_DUE_TO_SECURITY_REASONS"
        || text.bytes().all(|byte| byte == b'*')
        || text
            .replace(' ', "")
            .eq_ignore_ascii_case("pendingconfirmation")
}

/// The first value at each path in `paths`, joined with spaces, or `None` if the first path has no
/// value. The paths are separated by `&`.
///
/// A field that is true stands for its own name, and a field that is false is omitted. For example,
/// the result for `q.ruleNumber&q.egress` is `100 egress` or `100`.
pub(super) fn joined(call: &Call<'_>, paths: &str) -> Option<String> {
    let mut paths = paths.split('&');
    let mut text = first(call, paths.next()?)?;
    for path in paths {
        if let Some(more) = first(call, path) {
            text = format!("{text} {more}");
        }
    }
    Some(text)
}

/// The first value at a path: a non-empty string, a number, or the name of a field that is true.
pub(super) fn first(call: &Call<'_>, path: &str) -> Option<String> {
    let mut found = None;
    visit(call, path, &mut |value| {
        let text = match value {
            Value::String(text) if !is_placeholder(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(true) => path.rsplit('.').next().map(str::to_owned),
            _ => None,
        };
        found = found.take().or(text);
    });
    found
}

/// The first number at a path, or `None` if there is none.
pub(super) fn number(call: &Call<'_>, path: &str) -> Option<u64> {
    let mut found = None;
    visit(call, path, &mut |value| found = found.or(value.as_u64()));
    found
}

fn visit<'c>(call: &Call<'c>, path: &str, found: &mut impl FnMut(&'c Value)) {
    let mut words = path.split('.');
    let operation = operation(&call.name);
    let root = match words.next() {
        Some("s") => unwrap(call.response, operation),
        Some("r") => call.resources,
        _ => unwrap(call.request, operation),
    };
    let words: Vec<&str> = words.collect();
    if !follow(root, &words, found) && words.len() > 1 {
        // The responses of RDS and some other services lack the outer structure that the path
        // names.
        follow(root, &words[1..], found);
    }
}

/// The content of the field `CreateXResponse`, `CreateXResult` or `CreateXRequest` of `value`, if
/// `operation` is `CreateX`. A value without such a field is returned unchanged.
pub(super) fn unwrap<'v>(value: &'v Value, operation: &str) -> &'v Value {
    let members = value.as_object().into_iter().flatten();
    let mut inner = members.filter(|(name, _)| {
        let rest = name.get(operation.len()..);
        let starts = name
            .get(..operation.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(operation));
        starts && matches!(rest, Some("Response" | "Result" | "Request"))
    });
    inner.next().map_or(value, |(_, inner)| inner)
}

/// Calls `found` with each value at a path. Returns whether one of the values is not null.
fn follow<'v>(value: &'v Value, path: &[&str], found: &mut impl FnMut(&'v Value)) -> bool {
    match value {
        Value::Array(elements) => {
            let mut any = false;
            for element in elements {
                any |= follow(element, path, found);
            }
            any
        }
        Value::Object(members) => {
            let next = path.first().and_then(|word| member(members, word));
            match (next, path) {
                (Some(next), [_, rest @ ..]) => follow(next, rest, found),
                _ => list(members).is_some_and(|list| follow(list, path, found)),
            }
        }
        _ if path.is_empty() => {
            found(value);
            !value.is_null()
        }
        _ => false,
    }
}

/// The field named `word`, regardless of case. Without such a field, the field `wordSet`, which is
/// EC2's name for a list.
fn member<'v>(members: &'v Map<String, Value>, word: &str) -> Option<&'v Value> {
    let is_set = |name: &str| {
        let Some(stem) = name.strip_suffix("Set") else {
            return false;
        };
        stem.eq_ignore_ascii_case(word) || stem.eq_ignore_ascii_case(word.trim_end_matches('s'))
    };
    let exact = members
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    let found = exact.or_else(|| members.iter().find(|(name, _)| is_set(name)));
    found.map(|(_, value)| value)
}

/// The elements of a list in EC2's format, which is an object with a field `items`, `item` or
/// `member`. `None` for other objects.
pub(super) fn list(members: &Map<String, Value>) -> Option<&Value> {
    ["items", "item", "member"]
        .iter()
        .find_map(|name| members.get(*name))
}
