//! Evaluates a predicate on records. One pass over each record reads all fields that the predicate
//! needs.

use super::{Attributes, Field, Predicate, Test};
use crate::fields::{self, Fields, Path, Value};
use crate::record::attribute::Attribute;

/// A predicate that is prepared for evaluation on many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    root: Node,
    fields: Fields,
    needs_attributes: bool,
}

/// A predicate in which each path is replaced with the index of a column of [`Fields`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Attribute(Attribute, Test),
    Column {
        column: usize,
        test: Test,
        /// Whether an empty string counts as absent. `true` for a lookup attribute.
        skips_empty: bool,
    },
}

impl Matcher {
    /// A matcher for events of the event history. With each event, the service returns the lookup
    /// attributes.
    #[must_use]
    pub fn new(predicate: &Predicate) -> Self {
        Self::build(predicate, Vec::new(), |_| None)
    }

    /// A matcher for records from files. Such records lack the lookup attributes that the service
    /// returns with an event. The result of [`Matcher::read`] begins with the values of `columns`.
    ///
    /// If a lookup attribute always has the same value as a field of the record, this field is read
    /// in place of the attribute.
    #[must_use]
    pub fn of_records(predicate: &Predicate, columns: Vec<Path>) -> Self {
        Self::build(predicate, columns, field_of)
    }

    fn build(
        predicate: &Predicate,
        mut columns: Vec<Path>,
        field_of: fn(Attribute) -> Option<&'static str>,
    ) -> Self {
        let mut needs_attributes = false;
        let root = node(predicate, &mut |field, test| {
            let (path, skips_empty) = match field {
                Field::Path(path) => (path.clone(), false),
                Field::Attribute(attribute) => {
                    let Some(names) = field_of(*attribute) else {
                        needs_attributes = true;
                        return Node::Attribute(*attribute, test.clone());
                    };
                    (Path::of_names(names), true)
                }
            };
            let known = columns.iter().position(|column| *column == path);
            let column = known.unwrap_or_else(|| {
                columns.push(path);
                columns.len() - 1
            });
            Node::Column {
                column,
                test: test.clone(),
                skips_empty,
            }
        });
        Self {
            root,
            fields: Fields::new(columns),
            needs_attributes,
        }
    }

    /// Whether the predicate needs an attribute that no single field of the record contains, such
    /// as `Username`.
    #[must_use]
    pub fn needs_attributes(&self) -> bool {
        self.needs_attributes
    }

    /// Reads the values that [`Matcher::is_met_by`] needs, in one pass over `record`.
    ///
    /// # Errors
    /// See [`Fields::values`].
    pub fn read<'a>(&self, record: &'a str) -> Result<Vec<Value<'a>>, String> {
        self.fields.values(record)
    }

    /// Does the same as [`Matcher::read`] for the record at `at` in `text`. The result also
    /// contains the end of the record.
    #[must_use]
    pub fn read_at<'a>(&self, text: &'a str, at: usize) -> Option<(usize, Vec<Value<'a>>)> {
        self.fields.values_at(text, at)
    }

    /// Whether a record matches the predicate. `values` is the result of [`Matcher::read`] for the
    /// record.
    #[must_use]
    pub fn is_met_by(&self, values: &[Value<'_>], attributes: &dyn Attributes) -> bool {
        self.root.is_met_by(values, attributes)
    }
}

/// The field of the record that contains the only value of an attribute, or `None` if there is no such field.
fn field_of(attribute: Attribute) -> Option<&'static str> {
    match attribute {
        Attribute::EventId => Some("eventID"),
        Attribute::AccessKeyId => Some("userIdentity.accessKeyId"),
        Attribute::EventName => Some("eventName"),
        Attribute::EventSource => Some("eventSource"),
        Attribute::ReadOnly => Some("readOnly"),
        Attribute::ResourceName | Attribute::Username | Attribute::ResourceType => None,
    }
}

fn node(predicate: &Predicate, test: &mut impl FnMut(&Field, &Test) -> Node) -> Node {
    match predicate {
        Predicate::All(all) => Node::All(all.iter().map(|inner| node(inner, test)).collect()),
        Predicate::Any(any) => Node::Any(any.iter().map(|inner| node(inner, test)).collect()),
        Predicate::Not(inner) => Node::Not(Box::new(node(inner, test))),
        Predicate::Test(field, check) => test(field, check),
    }
}

impl Node {
    fn is_met_by(&self, values: &[Value<'_>], attributes: &dyn Attributes) -> bool {
        match self {
            Self::All(all) => all.iter().all(|inner| inner.is_met_by(values, attributes)),
            Self::Any(any) => any.iter().any(|inner| inner.is_met_by(values, attributes)),
            Self::Not(inner) => !inner.is_met_by(values, attributes),
            Self::Attribute(attribute, test) => {
                let values = attributes.values(*attribute);
                values.into_iter().any(|value| test.is_passed_by(value))
            }
            Self::Column {
                column,
                test,
                skips_empty,
            } => {
                let is_value =
                    |value: &&str| *value != "null" && !(*skips_empty && *value == "\"\"");
                let value = values[*column].filter(is_value);
                value.is_some_and(|value| test.is_passed_by(&fields::text(Some(value))))
            }
        }
    }
}

impl Test {
    fn is_passed_by(&self, value: &str) -> bool {
        match self {
            Self::IsThere => true,
            Self::Covers(pattern) => pattern.covers(value),
            Self::IsIn(network) => network.contains(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::pattern::Pattern;
    use crate::record::derived::Derived;

    const RECORD: &str = r#"{"eventTime":"2020-10-01T09:00:00Z","eventName":"CreateUser",
        "errorCode":null,"sourceIPAddress":"192.0.2.7","readOnly":false,
        "userIdentity":{"type":"IAMUser","userName":"alice"},
        "requestParameters":{"tags":["a"],"user\u004eame":"b\u006fb"},
        "resources":[{"ARN":"arn:aws:iam::111122223333:user/bob"}]}"#;

    fn is_met(predicate: &Predicate) -> bool {
        let matcher = Matcher::of_records(predicate, Vec::new());
        let derived = Derived::new(RECORD).unwrap();
        matcher.is_met_by(&matcher.read(RECORD).unwrap(), &derived)
    }

    fn at(path: &str, patterns: &[&str]) -> Predicate {
        let patterns: Vec<Pattern> = patterns.iter().map(|text| text.parse().unwrap()).collect();
        Predicate::any_of(&[Field::Path(path.parse().unwrap())], &patterns)
    }

    #[test]
    fn a_value_is_compared_by_its_text() {
        for (path, pattern, expected) in [
            ("eventName", "Create*", true),
            ("eventName", "Delete*", false),
            ("readOnly", "false", true),
            ("requestParameters.userName", "bob", true),
            ("requestParameters.tags", r#"["a"]"#, true),
            ("requestParameters.tags[0]", "a", true),
            ("resources[0].ARN", "*:user/bob", true),
            ("resources[1].ARN", "*", false),
            ("errorCode", "*", false),
            ("errorCode", "null", false),
        ] {
            assert_eq!(is_met(&at(path, &[pattern])), expected, "{path}={pattern}");
        }
    }

    #[test]
    fn a_negated_pattern_matches_an_absent_value() {
        assert!(is_met(&at("errorCode", &["!AccessDenied"])));
        assert!(is_met(&at("eventName", &["Create*", "!CreateTags"])));
        assert!(!is_met(&at("eventName", &["Create*", "!CreateUser"])));
    }

    #[test]
    fn attributes_are_derived_from_the_record() {
        for (attribute, value) in [
            (Attribute::Username, "alice"),
            (Attribute::EventName, "CreateUser"),
            (Attribute::ReadOnly, "false"),
            (Attribute::ResourceName, "bob"),
            (Attribute::ResourceType, "AWS::IAM::User"),
        ] {
            let pattern = Pattern::literal(value);
            let predicate = Predicate::any_of(&[Field::Attribute(attribute)], &[pattern]);
            assert!(is_met(&predicate), "{attribute}={value}");
        }
    }

    #[test]
    fn an_empty_access_key_counts_as_absent() {
        let predicate = Predicate::any_of(
            &[Field::Attribute(Attribute::AccessKeyId)],
            &["*".parse().unwrap()],
        );
        let matcher = Matcher::of_records(&predicate, Vec::new());
        let is_met = |record: &str| {
            let values = matcher.read(record).unwrap();
            matcher.is_met_by(&values, &Derived::default())
        };
        assert!(!is_met(r#"{"userIdentity":{"accessKeyId":""}}"#));
        assert!(is_met(
            r#"{"userIdentity":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}"#
        ));
    }

    #[test]
    fn null_counts_as_absent() {
        let is_there = |path: &str| {
            is_met(&Predicate::Test(
                Field::Path(path.parse().unwrap()),
                Test::IsThere,
            ))
        };
        assert_eq!(
            ["errorCode", "eventName", "userIdentity", "nothing"].map(is_there),
            [false, true, true, false]
        );
    }

    #[test]
    fn the_requested_columns_come_first() {
        let columns = vec![Path::of_names("eventTime"), Path::of_names("eventName")];
        let matcher = Matcher::of_records(&at("eventName", &["CreateUser"]), columns);
        let values = matcher.read(RECORD).unwrap();
        assert_eq!(
            values,
            [Some(r#""2020-10-01T09:00:00Z""#), Some(r#""CreateUser""#)]
        );
        assert!(matcher.is_met_by(&values, &Derived::default()));
    }
}
