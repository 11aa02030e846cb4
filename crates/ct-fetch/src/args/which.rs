//! The options that say which events are wanted.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ct_core::attribute::Attribute;
use ct_core::pattern::Pattern;
use ct_core::query::{Category, Condition, Conditions};

use crate::lookup_attributes::{self, Lookup};

/// Conditions on the events.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "shown as help, where backticks are noise"
)]
#[command(next_help_heading = "Which events")]
pub(crate) struct Which {
    /// Events signed with this access key
    #[arg(long, value_name = "KEY")]
    access_key: Vec<Pattern>,

    /// The event with this ID
    #[arg(long, value_name = "ID")]
    event_id: Vec<Pattern>,

    /// Events of this name, such as RunInstances or 'Describe*'
    #[arg(long, value_name = "NAME")]
    event_name: Vec<Pattern>,

    /// Events of this service, such as ec2.amazonaws.com
    #[arg(long, value_name = "SOURCE")]
    event_source: Vec<Pattern>,

    /// Events of this user, role session or root
    #[arg(long, value_name = "NAME")]
    username: Vec<Pattern>,

    /// Events on a resource of this type, such as AWS::S3::Bucket
    #[arg(long, value_name = "TYPE")]
    resource_type: Vec<Pattern>,

    /// Events on the resource of this name
    #[arg(long, value_name = "NAME")]
    resource_name: Vec<Pattern>,

    /// Events that only read, or with `false` those that may have changed something
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        value_parser = read_only())]
    read_only: Vec<Pattern>,

    /// The AWS CLI's form: AttributeKey=KEY,AttributeValue=VALUE
    ///
    /// The value is taken as it stands, without `!` and `*`. JSON works as well, and file://FILE with either.
    #[arg(long, value_name = "LOOKUP", num_args = 1.., value_parser = lookup_attributes::parse)]
    lookup_attributes: Vec<Vec<Lookup>>,

    /// Insights events instead of management events
    #[arg(long, value_name = "CATEGORY", value_parser = ["insight"])]
    event_category: Option<String>,

    /// Write an event as often as the listings have it, not once by its ID
    #[arg(long)]
    pub(super) keep_duplicates: bool,
}

impl Which {
    pub(super) fn category(&self) -> Category {
        match self.event_category {
            None => Category::Management,
            Some(_) => Category::Insight,
        }
    }

    pub(super) fn conditions(&self) -> Conditions {
        let options = [
            (Attribute::AccessKeyId, &self.access_key),
            (Attribute::EventId, &self.event_id),
            (Attribute::EventName, &self.event_name),
            (Attribute::EventSource, &self.event_source),
            (Attribute::Username, &self.username),
            (Attribute::ResourceType, &self.resource_type),
            (Attribute::ResourceName, &self.resource_name),
            (Attribute::ReadOnly, &self.read_only),
        ];
        let conditions = options.into_iter().map(|(attribute, any_of)| {
            let looked_up = self
                .lookup_attributes
                .iter()
                .flatten()
                .filter(|lookup| lookup.attribute == attribute);
            let looked_up = looked_up.map(|lookup| Pattern::literal(&lookup.value));
            Condition {
                attribute,
                any_of: any_of.iter().cloned().chain(looked_up).collect(),
            }
        });
        Conditions::new(
            conditions
                .filter(|condition| !condition.any_of.is_empty())
                .collect(),
        )
    }
}

/// `true` or `false`; `!` in front is said of all options, so it is not listed again.
fn read_only() -> impl TypedValueParser<Value = Pattern> {
    let negated = ["!true", "!false"].map(|value| PossibleValue::new(value).hide(true));
    let values = ["true", "false"].map(PossibleValue::new);
    PossibleValuesParser::new(values.into_iter().chain(negated))
        .try_map(|value| value.parse::<Pattern>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        which: Which,
    }

    fn conditions(words: &[&str]) -> Conditions {
        let words = [&["ct-fetch"], words].concat();
        Words::try_parse_from(words).unwrap().which.conditions()
    }

    fn condition(attribute: Attribute, pattern: &str) -> Conditions {
        Conditions::new(vec![Condition {
            attribute,
            any_of: vec![pattern.parse().unwrap()],
        }])
    }

    #[test]
    fn read_only_is_true_unless_it_says_otherwise() {
        for (words, pattern) in [
            (vec!["--read-only"], "true"),
            (vec!["--read-only", "false"], "false"),
            (vec!["--read-only", "!true"], "!true"),
        ] {
            assert_eq!(
                conditions(&words),
                condition(Attribute::ReadOnly, pattern),
                "{words:?}"
            );
        }
    }
}
