//! Collects the strings in requests and responses by which calls on the same resource are found:
//! names, IDs, ARNs, and the numbers of rules (of a network ACL) and versions.

use ct_core::json;
use serde_json::Value;

use crate::evidence::lossy;
use crate::symbols::{Symbol, Symbols};

/// The maximum number of strings that are stored for a call, and the maximum length of a stored
/// string in bytes.
const TEXTS: usize = 1024;
const TEXT_BYTES: usize = 2048;

/// The prefixes and the suffixes of the names of response fields that list failures, in lower case.
const NOT_DONE: [&str; 5] = [
    "error",
    "fail",
    "invalidparameters",
    "unprocessed",
    "unsuccessful",
];
const NOT_DONE_ENDS: [&str; 3] = ["errors", "failures", "notdeleted"];

/// Whether a field of a response lists failures, such as `unsuccessfulFleetDeletionSet`.
fn lists_failures(member: &str) -> bool {
    let member = member.to_ascii_lowercase();
    NOT_DONE.iter().any(|start| member.starts_with(start))
        || NOT_DONE_ENDS.iter().any(|end| member.ends_with(end))
}

/// Adds to `texts` the strings in those fields of a response that list failures.
pub(super) fn add_not_done(value: &Value, symbols: &mut Symbols, texts: &mut Vec<Symbol>) {
    match value {
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| add_not_done(element, symbols, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                if lists_failures(name) {
                    add_texts(member, symbols, texts);
                } else {
                    add_not_done(member, symbols, texts);
                }
            }
        }
        _ => {}
    }
}

/// Adds to `texts` the strings in a value and the numbers of rules and versions, without
/// duplicates.
pub(super) fn add_texts(value: &Value, symbols: &mut Symbols, texts: &mut Vec<Symbol>) {
    each_in(value, &mut |text| {
        if texts.len() < TEXTS {
            let symbol = symbols.intern(text);
            if !texts.contains(&symbol) {
                texts.push(symbol);
            }
        }
    });
}

/// The names and the values of the string fields at the top level of a request. Tokens are omitted,
/// because they are different in each request.
pub(super) fn fields(request: &Value, symbols: &mut Symbols) -> Box<[(Symbol, Symbol)]> {
    let members = request.as_object().into_iter().flatten();
    let mut fields = Vec::new();
    for (name, value) in members {
        let value = value.as_str().filter(|value| value.len() <= TEXT_BYTES);
        let is_token = name.to_ascii_lowercase().ends_with("token");
        if let Some(value) = value.filter(|_| !is_token && fields.len() < TEXTS) {
            fields.push((symbols.intern(name), symbols.intern(value)));
        }
    }
    fields.into()
}

/// Whether a field names the snapshot that a deletion creates, such as `finalDBSnapshotIdentifier`.
fn is_final_snapshot(member: &[u8]) -> bool {
    let (start, end) = (b"final", b"snapshotidentifier");
    let starts = member.get(..start.len());
    let ends = member.len().checked_sub(end.len());
    let ends = ends.and_then(|at| member.get(at..));
    starts.is_some_and(|found| found.eq_ignore_ascii_case(start))
        && ends.is_some_and(|found| found.eq_ignore_ascii_case(end))
}

/// Whether a field contains the number of a version, such as `versionNumber`.
fn is_version(member: &[u8]) -> bool {
    matches!(
        member,
        b"versionNumber" | b"launchTemplateVersion" | b"LaunchTemplateVersion"
    )
}

/// The number and the direction of a rule of a network ACL. An inbound and an outbound rule with
/// the same number are different rules.
fn rule(number: &str, is_egress: bool) -> String {
    let direction = if is_egress { " egress" } else { "" };
    format!("{number}{direction}")
}

/// Calls `found` with each string in a value, and with the numbers of rules and versions.
fn each_in(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each_text(text, found),
        Value::Array(elements) => elements.iter().for_each(|element| each_in(element, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Number(number) if name == "ruleNumber" => {
                        let is_egress = members.get("egress") == Some(&Value::Bool(true));
                        found(&rule(&number.to_string(), is_egress));
                    }
                    _ if is_version(name.as_bytes()) => each_version(member, found),
                    _ if is_final_snapshot(name.as_bytes()) => {}
                    _ => each_in(member, found),
                }
            }
        }
        _ => {}
    }
}

/// Calls `found` with each version number in a value. EC2 writes each version in a request as
/// `{"tag": 1, "content": 2}`.
fn each_version(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Number(number) => found(&number.to_string()),
        Value::Array(elements) => {
            for element in elements {
                each_version(element, found);
            }
        }
        Value::Object(members) => match members.get("content") {
            Some(content) => each_version(content, found),
            None => each_in(value, found),
        },
        _ => each_in(value, found),
    }
}

fn each_text(text: &str, found: &mut dyn FnMut(&str)) {
    if !text.is_empty() && text.len() <= TEXT_BYTES {
        found(text);
        found_in_partial_arn(text, found);
    }
}

/// Calls `found` with the name in the partial ARN of a Lambda function, such as
/// `111122223333:function:NAME`.
fn found_in_partial_arn(text: &str, found: &mut dyn FnMut(&str)) {
    const ACCOUNT_DIGITS: usize = 12;
    let Some((account, name)) = text.split_at_checked(ACCOUNT_DIGITS) else {
        return;
    };
    let name = name.strip_prefix(":function:");
    let name = name.filter(|name| !name.is_empty() && !name.contains(':'));
    if let Some(name) = name.filter(|_| account.bytes().all(|byte| byte.is_ascii_digit())) {
        found(name);
    }
}

/// Calls `found` with every string that [`add_texts`] would collect from this JSON text, in any
/// order. A string may be passed several times, and strings that [`add_texts`] would not collect
/// may be passed too.
pub(super) fn each(json: &str, found: &mut dyn FnMut(&str)) {
    let start = json::space(json.as_bytes(), 0);
    if scan(json, start, 0, found).is_none() {
        let value = lossy::value(json).unwrap_or(Value::Null);
        each_in(&value, found);
    }
}

/// Calls `found` with each string in the JSON value at byte `i`, without parsing the value. Returns
/// the end of the value, or `None` if the value must be parsed instead.
fn scan(text: &str, i: usize, depth: u32, found: &mut dyn FnMut(&str)) -> Option<usize> {
    let b = text.as_bytes();
    let deeper = (depth < json::MAX_DEPTH).then_some(depth + 1)?;
    match *b.get(i)? {
        b'"' => {
            let end = json::string(b, i + 1)?;
            each_text(&json::content(&text[i..end])?, found);
            Some(end)
        }
        b'{' => json::walk_object(b, i, |name, at| {
            // The scan cannot find the numbers of rules and versions, so the value must be parsed.
            if name.contains(&b'\\') || name == b"ruleNumber" || is_version(name) {
                return None;
            }
            if is_final_snapshot(name) {
                return json::value(b, at);
            }
            scan(text, at, deeper, found)
        }),
        b'[' => json::walk_array(b, i, |at| scan(text, at, deeper, found)),
        _ => json::scalar(b, i),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_scan_finds_the_texts_of_the_parsed_value() {
        for json in [
            r#"{"functionName":"111122223333:function:f","x":"111122223333:function:f:1"}"#,
            r#"{"a":"\ud800","b":["c\udc00"]}"#,
            r#"{"a":"one","b":["two",{"c":"three"},3,null,true],"d":""}"#,
            r#"{"ruleNumber":100,"egress":true,"x":"y"}"#,
            r#"{"LaunchTemplateVersion":[{"tag":1,"content":2},{"tag":2,"content":"3"}]}"#,
            r#"{"finalDBSnapshotIdentifier":"last","\u0061":"esc\"aped\u00e9"}"#,
            r#"{"FinalSnapshotIdentifier":{"deep":"last"},"db":"d"}"#,
            " [ \"spaced\" , [ ] , { } ] ",
            "null",
        ] {
            let mut symbols = Symbols::new();
            let mut texts = Vec::new();
            let value = lossy::value(json).unwrap();
            add_texts(&value, &mut symbols, &mut texts);
            let parsed: BTreeSet<String> = texts
                .into_iter()
                .map(|text| symbols.text(text).to_owned())
                .collect();
            let mut scanned = BTreeSet::new();
            each(json, &mut |text| scanned.extend([text.to_owned()]));
            assert_eq!(scanned, parsed, "{json}");
        }
    }

    #[test]
    fn a_value_deeper_than_the_scanner_goes_is_parsed() {
        let json = format!("{}\"deep\"{}", "[".repeat(100), "]".repeat(100));
        let mut scanned = Vec::new();
        each(&json, &mut |text| scanned.push(text.to_owned()));
        assert_eq!(scanned, ["deep"]);
    }
}
