//! Warns about conditions that no event is likely to meet, and names what may have been meant.

pub mod event_name;
mod resource_type;

use ct_core::attribute::Attribute;
use ct_core::query::Conditions;

/// The access key of AWS's documentation.
const EXAMPLE_KEY: &str = "AKIAIOSFODNN7EXAMPLE";

/// Longer values may be secrets that were pasted into the wrong place, and are not repeated.
const LONGEST_SHOWN_KEY: usize = 30;

/// A line for each value, negated or not, that has not the form of its attribute or is nearly a known
/// name. Globs are free.
#[must_use]
pub fn warnings(conditions: &Conditions) -> Vec<String> {
    let conditions = conditions.as_slice().iter();
    let values = conditions.flat_map(|condition| {
        let exact = condition
            .any_of
            .iter()
            .filter_map(|pattern| pattern.as_exact());
        exact.map(|text| (condition.attribute, text))
    });
    values
        .filter_map(|(attribute, text)| warning(attribute, text))
        .collect()
}

fn warning(attribute: Attribute, text: &str) -> Option<String> {
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
    Some(format!("no event is known by the name `{text}`: {meant}"))
}

fn event_source(text: &str) -> Option<String> {
    if text.contains(',') {
        return Some(list("event source", text));
    }
    let source = full_event_source(text)?;
    Some(format!(
        "no event source is named `{text}`: did you mean `{source}`?"
    ))
}

/// The AWS CLI takes a list for one value.
fn list(what: &str, text: &str) -> String {
    format!("no {what} holds a comma, as `{text}` does: name one value at a time")
}

/// The event source that a name without a dot stands for; `None` where there is a dot.
#[must_use]
pub fn full_event_source(text: &str) -> Option<String> {
    if text.contains('.') {
        return None;
    }
    let service = text.to_ascii_lowercase();
    // The services whose event source has another name.
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
                "`{text}` is an ARN, and events name users and role sessions without it: name the user or session"
            ));
        }
    };
    Some(format!(
        "`{text}` is an ARN, and events name users and role sessions without it: did you mean `{name}`?"
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
    let upper = text.to_ascii_uppercase();
    let advice = if is_access_key(&upper) {
        format!("did you mean `{upper}`?")
    } else {
        format!("a key looks like {EXAMPLE_KEY}")
    };
    Some(format!(
        "{shown} has not the form of an access key: {advice}"
    ))
}

/// Source: IAM user guide, "IAM identifiers": long-term and temporary keys of users and roles.
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

/// What another word for `true` or `false` means.
#[must_use]
pub fn truth(text: &str) -> Option<bool> {
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
        None => "a type looks like AWS::S3::Bucket".to_owned(),
        Some(meant) => meant,
    };
    Some(format!("no resource type is named `{text}`: {meant}"))
}

/// `did you mean `a`, `b` or `c`?`, of three names at most.
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
mod tests {
    use super::*;

    #[track_caller]
    fn assert_warned(attribute: Attribute, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(
                warning(attribute, text).as_deref(),
                Some(*expected),
                "{text}"
            );
        }
    }

    #[track_caller]
    fn assert_silent(attribute: Attribute, texts: &[&str]) {
        for text in texts {
            assert_eq!(warning(attribute, text), None, "{text}");
        }
    }

    #[test]
    fn an_event_name_is_doubted_only_where_it_resembles_a_known_one() {
        assert_warned(
            Attribute::EventName,
            &[(
                "stoplogging",
                "no event is known by the name `stoplogging`: did you mean `StopLogging`?",
            )],
        );
        assert_silent(
            Attribute::EventName,
            &["StopLogging", "ConsoleLogin", "SomethingNewThatNobodyKnows"],
        );
    }

    #[test]
    fn an_arn_is_no_user_name() {
        let arn = "is an ARN, and events name users and role sessions without it:";
        for (text, advice) in [
            (
                "arn:aws:iam::111122223333:user/alice",
                "did you mean `alice`?",
            ),
            (
                "arn:aws:iam::111122223333:user/team/alice",
                "did you mean `alice`?",
            ),
            (
                "arn:aws:sts::111122223333:assumed-role/audit/bob",
                "did you mean `bob`?",
            ),
            ("arn:aws:iam::111122223333:root", "did you mean `root`?"),
            (
                "arn:aws:iam::111122223333:role/audit",
                "name the user or session",
            ),
        ] {
            assert_warned(
                Attribute::Username,
                &[(text, &format!("`{text}` {arn} {advice}"))],
            );
        }
        assert_silent(
            Attribute::Username,
            &["alice", "root", "alice@example.com", "arn:odd"],
        );
    }

    #[test]
    fn an_access_key_has_its_form_and_a_secret_is_not_repeated() {
        assert_warned(
            Attribute::AccessKeyId,
            &[
                (
                    "ABCDEFGHIJK",
                    "`ABCDEFGHIJK` has not the form of an access key: a key looks like AKIAIOSFODNN7EXAMPLE",
                ),
                (
                    "akiaiosfodnn7example",
                    "`akiaiosfodnn7example` has not the form of an access key: did you mean `AKIAIOSFODNN7EXAMPLE`?",
                ),
                (
                    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    "a value of 40 characters has not the form of an access key: a key looks like AKIAIOSFODNN7EXAMPLE",
                ),
            ],
        );
        assert_silent(
            Attribute::AccessKeyId,
            &[EXAMPLE_KEY, "ASIAIOSFODNN7EXAMPLE"],
        );
    }

    #[test]
    fn read_only_is_true_or_false() {
        assert_warned(
            Attribute::ReadOnly,
            &[
                (
                    "yes",
                    "read-only is true or false, not `yes`: did you mean `true`?",
                ),
                (
                    "False",
                    "read-only is true or false, not `False`: did you mean `false`?",
                ),
                (
                    "x",
                    "read-only is true or false, not `x`: give true or false",
                ),
            ],
        );
        assert_silent(Attribute::ReadOnly, &["true", "false"]);
    }

    #[test]
    fn a_resource_type_has_its_form() {
        assert_warned(
            Attribute::ResourceType,
            &[
                (
                    "bucket",
                    "no resource type is named `bucket`: did you mean `AWS::S3::Bucket`?",
                ),
                (
                    "AWS::s3::bucket",
                    "no resource type is named `AWS::s3::bucket`: did you mean `AWS::S3::Bucket`?",
                ),
                (
                    "thing",
                    "no resource type is named `thing`: a type looks like AWS::S3::Bucket",
                ),
            ],
        );
        assert_silent(
            Attribute::ResourceType,
            &["AWS::S3::Bucket", "AWS::New::Thing"],
        );
    }

    #[test]
    fn an_event_source_has_a_dot() {
        assert_warned(
            Attribute::EventSource,
            &[
                (
                    "cloudtrail",
                    "no event source is named `cloudtrail`: did you mean `cloudtrail.amazonaws.com`?",
                ),
                (
                    "EventBridge",
                    "no event source is named `EventBridge`: did you mean `events.amazonaws.com`?",
                ),
            ],
        );
        assert_warned(
            Attribute::EventSource,
            &[(
                "a.b,c.d",
                "no event source holds a comma, as `a.b,c.d` does: name one value at a time",
            )],
        );
        assert_silent(Attribute::EventSource, &["ec2.amazonaws.com"]);
    }

    #[test]
    fn globs_ids_and_resource_names_are_free() {
        use ct_core::query::Condition;
        let condition = |attribute, text: &str| Condition {
            attribute,
            any_of: vec![text.parse().unwrap()],
        };
        let conditions = Conditions::new(vec![
            condition(Attribute::EventName, "stoploggin*"),
            condition(Attribute::EventSource, "ec2*"),
            condition(Attribute::EventId, "x"),
            condition(Attribute::ResourceName, "arn:aws:s3:::logs"),
        ]);
        assert_eq!(warnings(&conditions), [""; 0]);
    }
}
