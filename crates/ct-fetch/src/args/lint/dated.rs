//! Warns about event names that Lambda records with a date, such as `CreateFunction20150331`.

use ct_core::predicate::pattern::Pattern;
use ct_core::predicate::{Condition, Conditions};
use ct_core::record::attribute::Attribute;

use super::event_name;

const LAMBDA: &str = "lambda.amazonaws.com";

/// Event names that services other than Lambda record too, without a date. A warning about such a
/// name appears only if the query selects Lambda's event source.
const SHARED: [&str; 11] = [
    "CreateAlias",
    "DeleteAlias",
    "GetAccountSettings",
    "GetAlias",
    "GetFunctionCodeSigningConfig",
    "GetPolicy",
    "ListAliases",
    "ListTags",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
];

/// Returns a warning for each selected event name without a date that Lambda records only with a
/// date. Such a name matches no call to Lambda.
pub(super) fn warnings(conditions: &Conditions) -> Vec<String> {
    let of = |attribute| {
        let conditions = conditions.as_slice().iter();
        conditions.filter(move |condition| condition.attribute == attribute)
    };
    let has_source = of(Attribute::EventSource).next().is_some();
    if !of(Attribute::EventSource).all(|condition| condition.takes(LAMBDA)) {
        return Vec::new();
    }
    let names = of(Attribute::EventName).flat_map(|condition| {
        let plain = condition.any_of.iter().filter_map(Pattern::as_plain);
        plain.map(move |name| (condition, name))
    });
    names
        .filter(|(_, name)| has_source || !SHARED.contains(name))
        .filter_map(|(condition, name)| warning(condition, name, has_source))
        .collect()
}

/// Returns the warning about the event name `name`. Returns `None` if the condition also selects
/// every known form of the name with a date.
fn warning(condition: &Condition, name: &str, has_source: bool) -> Option<String> {
    let is_named = |form: &str| condition.any_of.iter().any(|pattern| pattern.covers(form));
    let forms: Vec<&str> = dated(name).filter(|form| !is_named(form)).collect();
    if forms.is_empty() {
        return None;
    }
    let options: Vec<String> = forms
        .iter()
        .map(|form| format!("--event-name {form}"))
        .collect();
    let other = if has_source {
        ""
    } else {
        ", or select a different service with --event-source"
    };
    Some(format!(
        "Lambda records `{name}` as `{}`: add `{}`{other}",
        forms.join("` and `"),
        options.join(" ")
    ))
}

/// Returns the known event names that consist of `name`, a date, and possibly a version.
fn dated(name: &str) -> impl Iterator<Item = &'static str> {
    event_name::known().filter(move |known| known.strip_prefix(name).is_some_and(is_date))
}

fn is_date(text: &str) -> bool {
    let date = text.strip_suffix("v2").unwrap_or(text);
    date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(names: &[&str], sources: &[&str]) -> Vec<String> {
        let condition = |attribute, texts: &[&str]| Condition {
            attribute,
            any_of: texts.iter().map(|text| text.parse().unwrap()).collect(),
        };
        let mut conditions = vec![condition(Attribute::EventName, names)];
        if !sources.is_empty() {
            conditions.push(condition(Attribute::EventSource, sources));
        }
        warnings(&Conditions::new(conditions))
    }

    #[test]
    fn a_name_that_lambda_records_with_a_date_causes_a_warning() {
        assert_eq!(
            warned(&["CreateFunction", "RunInstances"], &[]),
            [
                "Lambda records `CreateFunction` as `CreateFunction20150331`: \
                 add `--event-name CreateFunction20150331`, or select a different service with \
                 --event-source"
            ]
        );
        assert_eq!(
            warned(&["AddPermission"], &["lambda.amazonaws.com"]),
            [
                "Lambda records `AddPermission` as `AddPermission20150331` and `AddPermission20150331v2`: \
                 add `--event-name AddPermission20150331 --event-name AddPermission20150331v2`"
            ]
        );
    }

    #[test]
    fn there_is_no_warning_if_the_dated_forms_are_selected_or_lambda_is_not() {
        let nothing = Vec::<String>::new();
        for (names, sources) in [
            (
                ["CreateFunction", "CreateFunction20150331"].as_slice(),
                [].as_slice(),
            ),
            (&["CreateFunction", "Create*"], &[]),
            (&["!CreateFunction"], &[]),
            (&["CreateFunction"], &["appsync.amazonaws.com"]),
            (&["CreateFunction"], &["!lambda.amazonaws.com"]),
            (&["GetPolicy"], &[]),
        ] {
            assert_eq!(warned(names, sources), nothing, "{names:?} {sources:?}");
        }
        assert_eq!(warned(&["GetPolicy"], &["lambda.amazonaws.com"]).len(), 1);
    }

    #[test]
    fn every_shared_name_has_a_dated_form() {
        for name in SHARED {
            assert!(dated(name).next().is_some(), "{name}");
        }
    }
}
