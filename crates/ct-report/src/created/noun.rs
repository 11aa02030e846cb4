//! Uses the noun in the name of a call to find the resource that the call created. The noun of
//! `CreateX` is `X`. The response of this call contains `xArn`, `xId` or `x.arn`, or the request
//! contains `xName`.

use serde_json::Value;

use super::{Call, walk};

/// The prefixes of the names of calls that create resources.
const VERBS: [&str; 13] = [
    "Create",
    "AdminCreate",
    "BatchCreate",
    "Clone",
    "Issue",
    "Purchase",
    "Allocate",
    "Register",
    "Import",
    "Copy",
    "Restore",
    "Launch",
    "Provision",
];

/// The noun in the name of an operation, such as `User` in `CreateUser`, or `None` if the name does
/// not say that the operation creates a resource.
pub(super) fn noun(operation: &str) -> Option<&str> {
    let noun = VERBS.iter().find_map(|verb| operation.strip_prefix(verb))?;
    let noun = if is_purchase(operation) {
        bought(noun)
    } else {
        noun
    };
    let is_noun = noun.starts_with(|first: char| first.is_ascii_uppercase());
    // `CreatePresignedUrl` and similar calls return a URL and create no resource.
    (is_noun && !noun.starts_with("Presigned")).then_some(noun)
}

/// Whether an operation buys a resource. The request of a `Purchase…` operation names an offering,
/// not the resource.
fn is_purchase(operation: &str) -> bool {
    operation.starts_with("Purchase")
}

/// The noun of the bought resource: `ReservedInstances` for `PurchaseReservedInstancesOffering`.
fn bought(noun: &str) -> &str {
    let bought = ["Offering", "Offerings"].map(|word| noun.strip_suffix(word));
    let bought = bought.into_iter().flatten().next();
    bought.filter(|rest| !rest.is_empty()).unwrap_or(noun)
}

/// The type of a resource in the format of `CloudFormation`, such as `AWS::IAM::User`, for an
/// operation without a rule.
pub(super) fn kind(source: &str, noun: &str) -> String {
    let service = match source {
        "iam" | "ec2" | "s3" | "sns" | "sqs" | "kms" | "ssm" | "rds" | "ecs" | "ecr" | "eks"
        | "efs" => source.to_ascii_uppercase(),
        _ => {
            let mut letters = source.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first
                .into_iter()
                .chain(letters)
                .filter(char::is_ascii_alphanumeric)
                .collect()
        }
    };
    format!("AWS::{service}::{noun}")
}

/// The identifiers of each created resource, best first. The result has one list of identifiers per
/// resource.
pub(super) fn names<'c>(call: &Call<'c>, operation: &str, noun: &str) -> Vec<Vec<&'c str>> {
    let noun = noun.to_ascii_lowercase();
    let mut found = Vec::new();
    look(
        walk::unwrap(call.response, operation),
        &noun,
        FieldPosition::Inside,
        0,
        &mut found,
    );
    let mut asked = Vec::new();
    look(
        walk::unwrap(call.request, operation),
        &noun,
        FieldPosition::Inside,
        0,
        &mut asked,
    );
    // Many fields of a request name other resources, so only the top-level fields are used.
    asked.retain(|name: &Name<'_>| name.depth == 0 && !is_purchase(operation));
    let Some(best) = found
        .iter()
        .chain(&asked)
        .map(|name| (name.rank, name.depth))
        .min()
    else {
        return Vec::new();
    };
    let from_response = found.iter().any(|name| (name.rank, name.depth) == best);
    let firsts = if from_response { &found } else { &asked };
    let firsts: Vec<&str> = firsts
        .iter()
        .filter(|name| (name.rank, name.depth) == best)
        .map(|name| name.text)
        .collect();
    if firsts.len() > 1 {
        return firsts.into_iter().map(|name| vec![name]).collect();
    }
    let mut all: Vec<&Name<'_>> = found.iter().chain(&asked).collect();
    all.sort_by_key(|name| (name.rank, name.depth));
    let mut names: Vec<&str> = firsts;
    for name in all {
        if !names.contains(&name.text) {
            names.push(name.text);
        }
    }
    vec![names]
}

/// A string that may identify the created resource, with its rank: the lower the rank, the better
/// the string identifies the resource.
struct Name<'v> {
    rank: u8,
    depth: u8,
    text: &'v str,
}

/// The part of a request or response that contains a field. It decides whether the field may belong
/// to the created resource.
#[derive(Clone, Copy, PartialEq)]
enum FieldPosition {
    /// At the top level, or in a structure that is named like the noun in the name of the
    /// operation. A field `arn` there belongs to the resource.
    Inside,
    /// In a structure with a different name.
    Elsewhere,
}

/// The maximum depth to which the structures in a request or response are searched.
const DEPTH: u8 = 4;

fn look<'v>(
    value: &'v Value,
    noun: &str,
    place: FieldPosition,
    depth: u8,
    found: &mut Vec<Name<'v>>,
) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| look(element, noun, place, depth, found)),
        Value::Object(members) => {
            for (member, value) in members {
                let name = member.to_ascii_lowercase();
                if let Value::String(text) = value {
                    let is_name = !walk::is_placeholder(text);
                    if let Some(rank) = rank(&name, noun, place).filter(|_| is_name) {
                        found.push(Name { rank, depth, text });
                    }
                    continue;
                }
                if let Some(list) = ids(&name, noun, value) {
                    found.extend(list.into_iter().map(|text| Name {
                        rank: 3,
                        depth,
                        text,
                    }));
                    continue;
                }
                let is_list = matches!(name.as_str(), "items" | "item" | "member");
                let place = if is_list { place } else { within(&name, noun) };
                look(value, noun, place, depth + u8::from(!is_list), found);
            }
        }
        _ => {}
    }
}

/// The rank ([`Name::rank`]) of a string in a field with the lower-case name `member`, or `None` if
/// such a field does not identify the resource.
fn rank(member: &str, noun: &str, place: FieldPosition) -> Option<u8> {
    let singular = noun.strip_suffix('s').unwrap_or(noun);
    let rest = member
        .strip_prefix(noun)
        .or_else(|| member.strip_prefix(singular));
    match (rest, member) {
        (Some("arn"), _) => Some(0),
        (_, "arn") if place == FieldPosition::Inside => Some(1),
        (Some("id"), _) => Some(3),
        (_, "id") if place == FieldPosition::Inside => Some(4),
        (Some("identifier"), _) => Some(5),
        (Some("name"), _) => Some(6),
        (_, "name") if place == FieldPosition::Inside => Some(7),
        (Some("" | "url"), _) => Some(8),
        _ => None,
    }
}

/// The IDs in a list such as `flowLogIdSet` or `flowLogIds`, or `None` for other fields.
fn ids<'v>(member: &str, noun: &str, value: &'v Value) -> Option<Vec<&'v str>> {
    let singular = noun.strip_suffix('s').unwrap_or(noun);
    let rest = member.strip_prefix(singular)?;
    if !matches!(rest, "idset" | "ids" | "arns" | "sidset") {
        return None;
    }
    let list = match value {
        Value::Object(members) => walk::list(members)?,
        _ => value,
    };
    match list {
        Value::String(text) => Some(vec![text]),
        Value::Array(elements) => Some(elements.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// The [`FieldPosition`] of the fields in a structure with the lower-case name `structure`.
fn within(structure: &str, noun: &str) -> FieldPosition {
    let stem = structure.strip_suffix("set").unwrap_or(structure);
    let stem = stem.strip_suffix('s').unwrap_or(stem);
    let noun = noun.strip_suffix('s').unwrap_or(noun);
    if stem == noun || (stem.len() > 3 && noun.ends_with(stem)) || stem.ends_with(noun) {
        FieldPosition::Inside
    } else {
        FieldPosition::Elsewhere
    }
}
