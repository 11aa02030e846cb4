//! Whether a call that changes an attribute, an ACL or a policy grants access.

use serde_json::Value;

use crate::evidence::lossy;

/// The canned ACLs of S3 that grant access only to the owners of the object and the bucket.
const PRIVATE: [&str; 3] = ["bucket-owner-full-control", "bucket-owner-read", "private"];

/// Whether a call grants access, judged by its request:
///
/// - A call that modifies an attribute grants access if it adds something.
/// - A call that sets an attribute of a queue or a topic grants access only if the attribute is a
///   policy.
/// - A call that sets a canned ACL grants access unless the ACL is private.
/// - A call that sets a policy grants access if a statement of the policy has the effect `Allow`.
///
/// The result is `true` for all other calls, and for policies that are not JSON.
pub(super) fn grants(name: &str, request: &Value) -> bool {
    if name.starts_with("Modify") {
        return request["operationType"] == "add"
            || has(request, &|member| {
                let member = member.to_ascii_lowercase();
                member.starts_with("add") || member.ends_with("toadd")
            });
    }
    let is_setting = matches!(name, "SetQueueAttributes" | "SetTopicAttributes");
    let is_policy = || request["attributeName"] == "Policy" && holds(&request["attributeValue"]);
    let has_policy = || has(request, &|member| member.eq_ignore_ascii_case("policy"));
    if is_setting && !is_policy() && !has_policy() {
        return false;
    }
    if name.ends_with("Acl") {
        return !is_private(request);
    }
    allows(request).unwrap_or(true)
}

/// Whether a request contains canned ACLs, and all of them are private.
fn is_private(request: &Value) -> bool {
    let mut canned = Vec::new();
    each_canned(request, &mut canned);
    !canned.is_empty() && canned.iter().all(|acl| PRIVATE.contains(acl))
}

/// Adds to `found` the canned ACLs in a value. A record contains a canned ACL as a string or as a
/// list of strings.
fn each_canned<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(elements) => {
            for element in elements {
                each_canned(element, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    _ if name != "x-amz-acl" => each_canned(member, found),
                    Value::Array(elements) => {
                        found.extend(elements.iter().filter_map(Value::as_str));
                    }
                    _ => found.extend(member.as_str()),
                }
            }
        }
        _ => {}
    }
}

/// Whether at least one statement of a policy in `value` has the effect `Allow`. `None` if `value`
/// contains no policy.
fn allows(value: &Value) -> Option<bool> {
    match value {
        Value::String(text) => {
            let policy = Some(text).filter(|text| text.contains("Statement"));
            allows(&lossy::value(policy?).ok()?)
        }
        Value::Array(elements) => any(elements.iter().map(allows)),
        Value::Object(members) => any(members.iter().map(|(name, member)| {
            if name == "Statement" {
                let is_list = member.is_array();
                let statements = member.as_array().into_iter().flatten();
                let mut statements = statements.chain((!is_list).then_some(member));
                return Some(statements.any(|statement| statement["Effect"] == "Allow"));
            }
            allows(member)
        })),
        _ => None,
    }
}

/// Whether at least one answer is `Some(true)`. `None` if all answers are `None`.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    answers.flatten().reduce(|one, other| one || other)
}

/// Whether `value` contains a non-empty field whose name satisfies `is_wanted`.
fn has(value: &Value, is_wanted: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| has(element, is_wanted)),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| is_wanted(name) && holds(value) || has(value, is_wanted)),
        _ => false,
    }
}

/// Whether `value` contains a number, a Boolean or a non-empty string, at any depth.
fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(holds),
        Value::Object(members) => members.values().any(holds),
    }
}
