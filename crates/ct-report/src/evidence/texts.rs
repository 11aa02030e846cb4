//! The texts of requests and responses by which calls are matched: names, IDs, ARNs, rule numbers.

use serde_json::Value;

use crate::symbols::{Symbol, Symbols};

/// The maximum number of texts stored per call, and their maximum length in bytes.
const TEXTS: usize = 1024;
const TEXT_BYTES: usize = 2048;

/// Members of responses that list failures, in lower case.
const NOT_DONE: [&str; 3] = ["failures", "invalidparameters", "unsuccessful"];

/// Adds the strings in the members of a response that list failures.
pub(super) fn add_not_done(value: &Value, symbols: &mut Symbols, texts: &mut Vec<Symbol>) {
    match value {
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| add_not_done(element, symbols, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                if NOT_DONE.contains(&name.to_ascii_lowercase().as_str()) {
                    add_texts(member, symbols, texts);
                } else {
                    add_not_done(member, symbols, texts);
                }
            }
        }
        _ => {}
    }
}

/// Whether a member names a snapshot that a deletion creates, such as `finalDBSnapshotIdentifier`.
fn is_final_snapshot(member: &str) -> bool {
    let member = member.to_ascii_lowercase();
    member.starts_with("final") && member.ends_with("snapshotidentifier")
}

/// Adds the strings in a value, and rule numbers, in order.
pub(super) fn add_texts(value: &Value, symbols: &mut Symbols, texts: &mut Vec<Symbol>) {
    match value {
        Value::String(text)
            if !text.is_empty() && text.len() <= TEXT_BYTES && texts.len() < TEXTS =>
        {
            let symbol = symbols.intern(text);
            if !texts.contains(&symbol) {
                texts.push(symbol);
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| add_texts(element, symbols, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Number(number) if name == "ruleNumber" => {
                        // An ingress and an egress rule with one number are two rules.
                        let is_egress = members.get("egress") == Some(&Value::Bool(true));
                        let direction = if is_egress { " egress" } else { "" };
                        let rule = Value::String(format!("{number}{direction}"));
                        add_texts(&rule, symbols, texts);
                    }
                    _ if is_final_snapshot(name) => {}
                    _ => add_texts(member, symbols, texts),
                }
            }
        }
        _ => {}
    }
}
