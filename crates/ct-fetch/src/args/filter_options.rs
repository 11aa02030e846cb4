//! The options that filter events.

use anyhow::anyhow;
use clap::Args;
use ct_core::exit::Failure;
use ct_core::fields::Path;
use ct_core::predicate::pattern::Pattern;
use ct_core::predicate::{Condition, Conditions};
use ct_core::predicate::{Field, Network, Predicate, Test};
use ct_core::query::Category;
use ct_core::record::attribute::Attribute;
use ct_core::record::category::EventCategory;

use super::attribute_value::{self, TrueOrFalse};
use super::category_name::CategoryName;
use super::field_test::{self, FieldTest};
use crate::args::lookup_attributes::{self, Lookup};

/// The options that filter events.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(next_help_heading = "Which events")]
pub(crate) struct FilterOptions {
    /// Events signed with this access key
    #[arg(long, value_name = "KEY")]
    access_key: Vec<String>,

    /// The event with this ID
    #[arg(long, value_name = "ID")]
    event_id: Vec<String>,

    /// Events with this name, such as RunInstances or 'Describe*'
    #[arg(long, value_name = "NAME")]
    event_name: Vec<String>,

    /// Events of this service, such as ec2.amazonaws.com
    #[arg(long, value_name = "SOURCE")]
    event_source: Vec<String>,

    /// Events of this user, role session or root
    #[arg(long, value_name = "NAME")]
    username: Vec<String>,

    /// Events with a resource of this type, such as AWS::S3::Bucket
    #[arg(long, value_name = "TYPE")]
    resource_type: Vec<String>,

    /// Events with a resource of this name
    #[arg(long, value_name = "NAME")]
    resource_name: Vec<String>,

    /// Read-only events or, with `false`, events that may have changed something
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        value_parser = TrueOrFalse)]
    read_only: Vec<String>,

    /// A lookup in the AWS CLI's form: AttributeKey=KEY,AttributeValue=VALUE
    ///
    /// VALUE is literal: `!` and `*` have no special meaning. A lookup may also be in JSON, or in a
    /// file: file://FILE.
    #[arg(long, value_name = "LOOKUP", num_args = 1.., value_parser = lookup_attributes::parse)]
    lookup_attributes: Vec<Vec<Lookup>>,

    /// Events whose field at PATH matches PATTERN, or exists
    ///
    /// PATH is a field of the record such as errorCode, userIdentity.arn or `resources[0].ARN`.
    /// PATTERN may contain `*` and a leading `!`, as for the other filter options; several patterns
    /// for one path are alternatives. PATH alone means that the field exists and is not null; !PATH
    /// means the opposite.
    #[arg(long = "where", value_name = "PATH[=PATTERN]", value_parser = field_test::parse)]
    field_tests: Vec<FieldTest>,

    /// Events with a source IP address in this network, such as 192.0.2.0/24; a leading `!` means
    /// outside it
    #[arg(long, value_name = "CIDR", value_parser = field_test::network)]
    source_ip: Vec<(bool, Network)>,

    /// Failed calls only, or only failed calls whose error code or message matches PATTERN
    #[arg(long, value_name = "PATTERN", num_args = 0..=1, default_missing_value = "*", value_parser = field_test::pattern)]
    error: Vec<Pattern>,

    /// management, data, network, insight or all [default: management; all for an archive]
    ///
    /// The event history contains management events and, if selected alone, Insights events. Events
    /// of the other categories are only in a trail's files: see --from.
    #[arg(
        long,
        visible_alias = "event-category",
        value_name = "CATEGORY",
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true
    )]
    category: Vec<CategoryName>,

    /// Keep duplicate events in listings, instead of writing each ID once
    #[arg(long)]
    pub(super) keep_duplicates: bool,
}

impl FilterOptions {
    /// Returns the category of events to request from the event history.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a category that the event history does not contain. Also for several
    /// categories that one listing cannot contain together.
    pub(super) fn category(&self) -> Result<Category, Failure> {
        match self.category.as_slice() {
            [] | [CategoryName::Management] => Ok(Category::Management),
            [CategoryName::Insight] => Ok(Category::Insight),
            [CategoryName::Management | CategoryName::Insight, ..]
                if !self.category.iter().any(|name| name.is_archive_only()) =>
            {
                Err(Failure::Usage(anyhow!(
                    "--category has both management and insight, but the event history lists one \
                     category at a time: run once for each"
                )))
            }
            _ => Err(Failure::Usage(anyhow!(
                "the event history has no data or network activity events: read a trail's files \
                 with --from, or remove --category"
            ))),
        }
    }

    /// Returns the categories of records to select from an archive; `None` for all categories.
    pub(super) fn categories(&self) -> Option<Vec<EventCategory>> {
        let categories = self.category.iter().map(|name| name.category());
        categories
            .collect::<Option<Vec<_>>>()
            .filter(|categories| !categories.is_empty())
    }

    /// Returns the conditions on fields of the record, and warnings about unknown fields.
    /// Conditions on lookup attributes are not included.
    pub(super) fn predicate(&self) -> (Predicate, Vec<String>) {
        let mut all = field_test::joined(&self.field_tests);
        let field = |name| Field::Path(Path::of_names(name));
        if !self.source_ip.is_empty() {
            let networks = self.source_ip.iter();
            let tests = networks.map(|(is_negated, network)| (*is_negated, Test::IsIn(*network)));
            all.push(Predicate::wanted(&[field("sourceIPAddress")], tests));
        }
        if !self.error.is_empty() {
            let fields = ["errorCode", "errorMessage"].map(field);
            let is_there = [(false, Test::IsThere)];
            all.push(Predicate::wanted(&fields, is_there));
            all.push(Predicate::any_of(&fields, &self.error));
        }
        let warnings = field_test::warnings(&self.field_tests);
        (Predicate::All(all), warnings)
    }

    /// Returns the conditions on lookup attributes. The order of the attributes does not depend on
    /// the command line.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a value that is a list, for an event source without a dot, and for a
    /// `--read-only` that is neither `true` nor `false`.
    pub(super) fn conditions(&self) -> Result<Conditions, Failure> {
        let options = [
            (Attribute::AccessKeyId, "--access-key", &self.access_key),
            (Attribute::EventId, "--event-id", &self.event_id),
            (Attribute::EventName, "--event-name", &self.event_name),
            (Attribute::EventSource, "--event-source", &self.event_source),
            (Attribute::Username, "--username", &self.username),
            (
                Attribute::ResourceType,
                "--resource-type",
                &self.resource_type,
            ),
            (
                Attribute::ResourceName,
                "--resource-name",
                &self.resource_name,
            ),
            (Attribute::ReadOnly, "--read-only", &self.read_only),
        ];
        let mut conditions = Vec::new();
        for (attribute, option, values) in options {
            let read = values
                .iter()
                .map(|value| attribute_value::read(attribute, option, value));
            let mut any_of: Vec<Pattern> = read.collect::<Result<_, _>>()?;
            let lookups = self.lookup_attributes.iter().flatten();
            let looked_up = lookups.filter(|lookup| lookup.attribute == attribute);
            any_of.extend(looked_up.map(|lookup| Pattern::literal(&lookup.value)));
            if !any_of.is_empty() {
                conditions.push(Condition { attribute, any_of });
            }
        }
        Ok(Conditions::new(conditions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        which: FilterOptions,
    }

    fn conditions(words: &[&str]) -> Result<Conditions, String> {
        let words = [&["ct-fetch"], words].concat();
        let which = Words::try_parse_from(words).unwrap().which;
        which
            .conditions()
            .map_err(|failure| failure.message().unwrap())
    }

    fn condition(attribute: Attribute, pattern: &str) -> Conditions {
        Conditions::new(vec![Condition {
            attribute,
            any_of: vec![pattern.parse().unwrap()],
        }])
    }

    #[test]
    fn read_only_defaults_to_true() {
        for (words, pattern) in [
            (vec!["--read-only"], "true"),
            (vec!["--read-only", "false"], "false"),
            (vec!["--read-only", "!true"], "!true"),
        ] {
            assert_eq!(
                conditions(&words),
                Ok(condition(Attribute::ReadOnly, pattern)),
                "{words:?}"
            );
        }
    }

    #[track_caller]
    fn assert_refused(cases: &[([&str; 2], &str)]) {
        for (words, message) in cases {
            assert_eq!(conditions(words), Err((*message).to_owned()), "{words:?}");
        }
    }

    #[test]
    fn a_list_in_one_value_is_refused_by_every_option() {
        for option in [
            "--access-key",
            "--event-id",
            "--event-name",
            "--event-source",
            "--username",
            "--resource-type",
            "--resource-name",
            "--read-only",
        ] {
            let message = format!(
                "{option} `A,B`: give one value per option: `{option} A {option} B`, or `\\,` for a comma in a value"
            );
            assert_refused(&[([option, "A,B"], &message)]);
        }
    }

    #[test]
    fn a_list_of_globs_and_negations_is_corrected_in_shell_syntax() {
        assert_refused(&[
            (
                ["--event-name", "!Describe*, List*"],
                "--event-name `!Describe*, List*`: give one value per option: `--event-name '!Describe*' --event-name '!List*'`, or `\\,` for a comma in a value",
            ),
            (
                ["--event-name", "A,"],
                "--event-name `A,`: give one value at a time: repeat the option, or write \
                 `\\,` \
                 for a comma",
            ),
        ]);
    }

    #[test]
    fn an_escaped_comma_is_a_comma() {
        let found = conditions(&["--resource-name", r"a\,b"]);
        let literal = Condition {
            attribute: Attribute::ResourceName,
            any_of: vec![Pattern::literal("a,b")],
        };
        assert_eq!(found, Ok(Conditions::new(vec![literal])));
    }

    #[test]
    fn an_event_source_without_a_dot_is_refused_unless_it_is_a_glob_or_negated() {
        assert_refused(&[
            (
                ["--event-source", "cloudtrail"],
                "--event-source `cloudtrail`: an event source is the full service name: write --event-source cloudtrail.amazonaws.com",
            ),
            (
                ["--event-source", "IAM"],
                "--event-source `IAM`: an event source is the full service name: write --event-source iam.amazonaws.com",
            ),
        ]);
        for free in ["ec2*", "!ec2", "signin.amazonaws.com"] {
            assert_eq!(
                conditions(&["--event-source", free]),
                Ok(condition(Attribute::EventSource, free))
            );
        }
    }

    #[test]
    fn read_only_accepts_no_other_word() {
        assert_refused(&[
            (
                ["--read-only", "yes"],
                "--read-only `yes`: give true or false: did you mean --read-only true?",
            ),
            (["--read-only", "x"], "--read-only `x`: give true or false"),
            (
                ["--read-only", "t*"],
                "--read-only `t*`: give true or false",
            ),
        ]);
    }

    #[test]
    fn an_empty_value_is_refused() {
        assert_refused(&[(
            ["--access-key", ""],
            "--access-key ``: the value is empty: give a value, or remove the option",
        )]);
    }

    #[test]
    fn the_aws_clis_lookup_attributes_may_contain_commas_and_names_without_a_dot() {
        let lookup = r#"{"AttributeKey":"EventSource","AttributeValue":"a,b"}"#;
        let literal = Condition {
            attribute: Attribute::EventSource,
            any_of: vec![Pattern::literal("a,b")],
        };
        assert_eq!(
            conditions(&["--lookup-attributes", lookup]),
            Ok(Conditions::new(vec![literal]))
        );
    }
}
