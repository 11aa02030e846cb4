//! Warns about conditions that probably match no event, and suggests alternatives.

mod dated;
pub(crate) mod event_name;
mod resource_type;

use ct_core::predicate::{Condition, Conditions};
use ct_core::record::attribute::Attribute;

/// The example access key in the AWS documentation.
const EXAMPLE_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// The maximum length of an access key that messages repeat. A longer value may be a secret that
/// the user typed in the wrong place.
const LONGEST_SHOWN_KEY: usize = 30;

/// Returns warnings about suspicious conditions:
/// * a value that does not have the format of its attribute, or that resembles a known name;
///   negated values are checked too
/// * an event name that CloudTrail records with a date
/// * a condition whose negated values exclude all of its other values
///
/// Values with `*` are not checked.
#[must_use]
pub(crate) fn warnings(conditions: &Conditions) -> Vec<String> {
    let values = conditions.as_slice().iter().flat_map(|condition| {
        let exact = condition
            .any_of
            .iter()
            .filter_map(|pattern| pattern.as_exact());
        exact.map(|text| (condition.attribute, text))
    });
    values
        .filter_map(|(attribute, text)| warning(attribute, text))
        .chain(dated::warnings(conditions))
        .chain(conditions.as_slice().iter().filter_map(contradiction))
        .collect()
}

/// Returns a warning if the negated values of a condition exclude all of its other values, so that
/// no event can match.
fn contradiction(condition: &Condition) -> Option<String> {
    let patterns = &condition.any_of;
    let is_excluded = |text: &str| {
        let mut excluding = patterns.iter().filter(|pattern| pattern.is_negated());
        excluding.any(|pattern| pattern.covers(text))
    };
    let mut wanted = patterns
        .iter()
        .filter(|pattern| !pattern.is_negated())
        .peekable();
    wanted.peek()?;
    let is_empty = wanted.all(|pattern| pattern.as_plain().is_some_and(is_excluded));
    is_empty.then(|| {
        let values: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        format!(
            "no event can match the {} `{}`: remove a value with `!`",
            condition.attribute.name(),
            values.join("` and `")
        )
    })
}

fn warning(attribute: Attribute, text: &str) -> Option<String> {
    let trimmed = text.trim();
    if trimmed != text && attribute != Attribute::AccessKeyId {
        return Some(format!(
            "`{text}` begins or ends with a space: did you mean `{trimmed}`?"
        ));
    }
    match attribute {
        Attribute::EventName => event_name(text),
        Attribute::EventSource => event_source(text),
        Attribute::Username => username(text),
        Attribute::AccessKeyId => access_key(text),
        Attribute::ReadOnly => read_only(text),
        Attribute::ResourceType => resource_type(text),
        Attribute::EventId | Attribute::ResourceName => None,
    }
}

fn event_name(text: &str) -> Option<String> {
    if text.contains(',') {
        return Some(list("event name", text));
    }
    let similar = event_name::similar(text);
    let meant = meant(&similar)?;
    Some(format!("no event has the name `{text}`: {meant}"))
}

fn event_source(text: &str) -> Option<String> {
    if text.contains(',') {
        return Some(list("event source", text));
    }
    let source = full_event_source(text).or_else(|| similar_event_source(text))?;
    Some(format!(
        "no event source has the name `{text}`: did you mean `{source}`?"
    ))
}

/// Returns the event source that the user probably meant by a name with a dot; `None` if the name
/// is valid.
fn similar_event_source(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (service, domain) = lower.split_once('.')?;
    let domains = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.cn"];
    // Some event sources have an additional label before the known domain, such as
    // `SERVICE.LABEL.amazonaws.com`.
    let is_known = domains
        .iter()
        .any(|known| domain == *known || domain.ends_with(&format!(".{known}")));
    match is_known {
        true if lower == text => None,
        true => Some(lower),
        false => Some(format!("{service}.amazonaws.com")),
    }
}

/// Returns the warning about a value that is a list. The AWS CLI looks such a list up as one value.
fn list(what: &str, text: &str) -> String {
    format!("`{text}` contains a comma, but no {what} does: repeat the option for each value")
}

/// Returns the event source for the name of a service, such as `ec2`; `None` if the name has a dot.
#[must_use]
pub(crate) fn full_event_source(text: &str) -> Option<String> {
    if text.contains('.') {
        return None;
    }
    let service = text.to_ascii_lowercase();
    // The event source of these services begins with a different word than the service's name.
    let name = match service.as_str() {
        "cloudwatch" => "monitoring",
        "console" | "sign-in" => "signin",
        "elb" | "elbv2" => "elasticloadbalancing",
        "emr" => "elasticmapreduce",
        "eventbridge" => "events",
        "stepfunctions" | "step-functions" => "states",
        service => service,
    };
    Some(format!("{name}.amazonaws.com"))
}

fn username(text: &str) -> Option<String> {
    let resource = text.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    let name = match resource.split_once('/') {
        None => resource,
        Some(("user" | "assumed-role" | "federated-user", path)) => {
            path.rsplit('/').next().unwrap_or(path)
        }
        Some(_) => {
            return Some(format!(
                "`{text}` is an ARN, but events contain only the names of users and role \
                 sessions: use the name"
            ));
        }
    };
    Some(format!(
        "`{text}` is an ARN, but events contain only the names of users and role sessions: did \
         you mean `{name}`?"
    ))
}

fn access_key(text: &str) -> Option<String> {
    if is_access_key(text) {
        return None;
    }
    let shown = if text.len() > LONGEST_SHOWN_KEY {
        format!("a value of {} characters", text.chars().count())
    } else {
        format!("`{text}`")
    };
    let upper = text.trim().to_ascii_uppercase();
    let advice = if is_access_key(&upper) {
        format!("did you mean `{upper}`?")
    } else {
        format!("an access key looks like {EXAMPLE_KEY}")
    };
    Some(format!(
        "{shown} does not look like an access key: {advice}"
    ))
}

/// Source: IAM user guide, "IAM identifiers": the prefixes of long-term and temporary keys of users
/// and roles.
fn is_access_key(text: &str) -> bool {
    let rest = text
        .strip_prefix("AKIA")
        .or_else(|| text.strip_prefix("ASIA"));
    rest.is_some_and(|rest| {
        let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        rest.len() == 16 && rest.bytes().all(is_part)
    })
}

fn read_only(text: &str) -> Option<String> {
    if matches!(text, "true" | "false") {
        return None;
    }
    let advice = truth(text).map_or_else(
        || "give true or false".to_owned(),
        |truth| format!("did you mean `{truth}`?"),
    );
    Some(format!(
        "read-only is true or false, not `{text}`: {advice}"
    ))
}

/// Returns the boolean for a word such as `yes` or `off`; `None` for any other word.
#[must_use]
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn resource_type(text: &str) -> Option<String> {
    let similar = resource_type::similar(text);
    let meant = match meant(&similar) {
        None if resource_type::is_formed(text) => return None,
        None => "a resource type looks like AWS::S3::Bucket".to_owned(),
        Some(meant) => meant,
    };
    Some(format!("no resource type has the name `{text}`: {meant}"))
}

/// Returns the question `did you mean A, B or C?` for the first three of `names` at most; `None` if
/// `names` is empty.
fn meant(names: &[&str]) -> Option<String> {
    let names: Vec<String> = names
        .iter()
        .take(3)
        .map(|name| format!("`{name}`"))
        .collect();
    let (last, before) = names.split_last()?;
    Some(if before.is_empty() {
        format!("did you mean {last}?")
    } else {
        format!("did you mean {} or {last}?", before.join(", "))
    })
}

#[cfg(test)]
mod tests;
