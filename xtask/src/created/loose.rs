//! Finds the members that contain an identifier of the created resource if their names contain only
//! some words of the noun. The noun is the operation's name without the verb.
//!
//! The response to `CreateMediaCapturePipeline` contains `MediaPipelineId`, the response to
//! `CreateLocationSmb` contains `LocationArn`, and the request of Glue's `CreateDatabase` contains
//! `DatabaseInput.Name`.

use serde_json::{Map, Value};

/// The paths of the resource's ARN and ID in the response. If the response contains neither an ARN
/// nor an ID, the path of the resource's name in the request.
pub(super) fn paths(model: &Value, operation: &Value, noun: &str) -> Vec<String> {
    let output = operation["output"]["shape"].as_str();
    let input = operation["input"]["shape"].as_str();
    let mut noun = words(noun);
    if noun.last().is_some_and(|last| last == "v2") {
        noun.pop();
    }
    let is_alone = output
        .and_then(|shape| members(model, shape))
        .is_some_and(|all| all.len() == 1);
    let mut answered = Vec::new();
    if let Some(shape) = output {
        look(model, shape, "s", &mut answered);
    }
    let fits = |suffix: &str| {
        let mut found = answered.iter().filter_map(|(member, path)| {
            let mut stem = words(member);
            let is_suffix = stem.pop()? == suffix;
            let is_outer = path.matches('.').count() == 1;
            (is_suffix && is_of(&stem, &noun, is_alone && is_outer)).then(|| path.clone())
        });
        found.next()
    };
    let paths: Vec<String> = ["arn", "id"].into_iter().filter_map(fits).collect();
    if !paths.is_empty() {
        return paths;
    }
    let name = input.and_then(|shape| name_in_input(model, shape, &noun));
    name.into_iter().collect()
}

/// Adds the string members of a structure and of the structures directly in it to `found`, each
/// with its path. The members of the structure itself come first.
fn look(model: &Value, shape: &str, path: &str, found: &mut Vec<(String, String)>) {
    let Some(outer) = members(model, shape) else {
        return;
    };
    found.extend(strings(model, outer, path));
    for (member, target) in outer {
        let inner = target["shape"]
            .as_str()
            .and_then(|shape| members(model, shape));
        if let Some(inner) = inner {
            found.extend(strings(model, inner, &format!("{path}.{member}")));
        }
    }
}

fn strings(model: &Value, members: &Map<String, Value>, path: &str) -> Vec<(String, String)> {
    let members = members.iter().filter(|(_, target)| {
        let shape = target["shape"].as_str().unwrap_or_default();
        model["shapes"][shape]["type"] == "string"
    });
    let found = members.map(|(member, _)| (member.clone(), format!("{path}.{member}")));
    found.collect()
}

fn members<'m>(model: &'m Value, shape: &str) -> Option<&'m Map<String, Value>> {
    let shape = &model["shapes"][shape];
    shape["members"]
        .as_object()
        .filter(|_| shape["type"] == "structure")
}

/// Whether a member's name without its last word (`stem`) names the noun. All words of `stem` must
/// occur in the noun, in the same order. In addition, `stem` must end with the last word of the
/// noun. If the response has no other member (`is_alone`), it suffices that the noun begins with
/// `stem`.
fn is_of(stem: &[String], noun: &[String], is_alone: bool) -> bool {
    let mut rest = noun.iter();
    let is_part = stem.iter().all(|word| rest.any(|other| other == word));
    let begins = is_alone && noun.starts_with(stem);
    !stem.is_empty() && is_part && (stem.last() == noun.last() || begins)
}

/// The path of a member that contains the resource's name, such as `DatabaseInput.Name` or
/// `Budget.BudgetName`. The member is in a structure of the request whose name begins with the
/// noun.
fn name_in_input(model: &Value, shape: &str, noun: &[String]) -> Option<String> {
    let outer = members(model, shape)?.iter();
    let mut structures = outer.filter(|(member, _)| words(member).starts_with(noun));
    structures.find_map(|(member, target)| {
        let inner = members(model, target["shape"].as_str()?)?;
        let is_name = |name: &String| {
            let mut stem = words(name);
            stem.pop().as_deref() == Some("name") && (stem.is_empty() || stem == noun)
        };
        let name = inner.keys().find(|name| is_name(name))?;
        Some(format!("q.{member}.{name}"))
    })
}

/// Splits a name in camel case into words in lower case: `VPCAttachmentId` into `vpc`,
/// `attachment`, `id`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| !before.is_uppercase())
                || letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_matches_by_the_last_word_of_the_noun_or_alone_by_the_first() {
        let of = |stem, noun, is_alone| is_of(&words(stem), &words(noun), is_alone);
        assert!(of("MediaPipeline", "MediaCapturePipeline", false));
        assert!(of(
            "TransitGatewayAttachment",
            "TransitGatewayVPCAttachment",
            false
        ));
        assert!(of("Location", "LocationSmb", true));
        assert!(!of("TransitGateway", "TransitGatewayConnect", false));
        assert!(!of("User", "RoomMembership", true));
        assert!(!of("", "Thing", true));
    }
}
