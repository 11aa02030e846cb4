//! CloudWatch Logs metric filters with JSON patterns.
//!
//! Source of the semantics: Amazon CloudWatch Logs user guide, "Filter pattern syntax for metric
//! filters, subscription filters, filter log events, and Live Tail", section "Using filter patterns
//! to match terms in JSON log events". Tests against the live service showed that `!=` does not
//! hold for an absent field.

mod parse;
mod selector;
mod test;

use std::collections::BTreeSet;

use crate::RuleRefusal;
use crate::predicate::{self, RulePredicate};
use crate::record::{FieldId, FieldSet, FieldValues};
use selector::{Selector, Step, follow};
use test::{Operand, Operator, SelectorTest};

/// Tests of fields, joined by `&&` and `||`; `&&` has the higher precedence.
#[derive(Debug, Clone)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Field(Selector, SelectorTest),
}

/// A test of a value in a record: the value of `field`. If `below` is not empty, its steps lead
/// from the value of `field` to the value that is tested.
#[derive(Debug)]
struct FieldCondition {
    field: FieldId,
    below: Vec<Step>,
    test: SelectorTest,
}

/// Compiles a pattern such as `{ $.eventName = "StopLogging" }`.
///
/// # Errors
/// If `text` is not a JSON pattern, or uses a construct whose meaning AWS does not document.
pub(crate) fn compile(text: &str, fields: &mut FieldSet) -> Result<RulePredicate, RuleRefusal> {
    Ok(parse::pattern(text)?.compile(fields))
}

impl Expression {
    fn compile(self, fields: &mut FieldSet) -> RulePredicate {
        match self {
            Self::All(parts) => {
                RulePredicate::All(parts.into_iter().map(|part| part.compile(fields)).collect())
            }
            Self::Any(parts) => {
                RulePredicate::Any(parts.into_iter().map(|part| part.compile(fields)).collect())
            }
            Self::Field(selector, test) => {
                let members = selector.members();
                let field = fields.add(&members);
                let below = selector.0[members.len()..].to_vec();
                RulePredicate::Test(Box::new(FieldCondition { field, below, test }))
            }
        }
    }
}

impl predicate::RecordTest for FieldCondition {
    fn holds(&self, fields: &FieldSet, found: &FieldValues) -> Result<bool, String> {
        let text = fields.direct(self.field, found);
        let text = text.and_then(|text| follow(text, &self.below));
        Ok(self.test.holds(text))
    }

    fn required(&self, field: FieldId) -> Option<BTreeSet<String>> {
        if field != self.field {
            return None;
        }
        let SelectorTest::Compare(Operator::Equal, Operand::Text(glob)) = &self.test else {
            return None;
        };
        match glob.0.as_slice() {
            [text] if self.below.is_empty() => Some(BTreeSet::from([text.to_lowercase()])),
            _ => None,
        }
    }

    fn paths(&self, fields: &FieldSet, paths: &mut BTreeSet<String>) {
        paths.insert(fields.path(self.field));
    }
}

#[cfg(test)]
mod tests {
    use crate::predicate::testing::holds;
    use serde_json::{Value, json};

    use super::*;

    fn matches(pattern: &str, record: &Value) -> bool {
        let mut fields = FieldSet::default();
        let filter = compile(pattern, &mut fields).unwrap();
        holds(&filter, &fields, &record.to_string())
    }

    #[test]
    fn an_absent_field_is_neither_equal_nor_unequal() {
        assert!(matches("{ $.a != x }", &json!({"a": "y"})));
        assert!(!matches("{ $.a != x }", &json!({"a": "x"})));
        assert!(!matches("{ $.a != x }", &json!({})));
        assert!(matches("{ ($.a != x) || ($.a NOT EXISTS) }", &json!({})));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let pattern = "{ $.a = 1 || $.b = 1 && $.c = 1 }";
        assert!(matches(pattern, &json!({"a": 1})));
        assert!(!matches(pattern, &json!({"b": 1})));
        let grouped = "{ ($.a = 1 || $.b = 1) && $.c = 1 }";
        assert!(!matches(grouped, &json!({"a": 1})));
        assert!(matches(grouped, &json!({"b": 1, "c": 1})));
    }

    #[test]
    fn stars_match_any_text_quoted_or_not() {
        let record = json!({"errorCode": "Client.UnauthorizedOperation"});
        assert!(matches(
            r#"{ $.errorCode = "*UnauthorizedOperation" }"#,
            &record
        ));
        assert!(matches("{ $.errorCode = *Unauthorized* }", &record));
        assert!(!matches("{ $.errorCode = Unauthorized* }", &record));
        assert!(!matches(
            r#"{ $.errorCode != "*UnauthorizedOperation" }"#,
            &record
        ));
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let record = json!({"n": 200, "text": "200"});
        for pattern in [
            "{ $.n = 200 }",
            "{ $.n >= 2e2 }",
            "{ $.n < 200.5 }",
            "{ $.n != 1 }",
        ] {
            assert!(matches(pattern, &record), "{pattern}");
        }
        assert!(!matches("{ $.n > 200 }", &record));
        assert!(!matches("{ $.text > 100 }", &record));
        assert!(matches("{ $.text = 200 }", &record));
    }

    #[test]
    fn keywords_test_the_kind_of_a_value() {
        let record = json!({"t": true, "f": false, "n": null, "s": "x"});
        for pattern in [
            "{ $.t IS TRUE }",
            "{ $.f IS FALSE }",
            "{ $.n IS NULL }",
            "{ $.q NOT EXISTS }",
        ] {
            assert!(matches(pattern, &record), "{pattern}");
        }
        for pattern in [
            "{ $.f IS TRUE }",
            "{ $.s IS FALSE }",
            "{ $.q IS NULL }",
            "{ $.n NOT EXISTS }",
        ] {
            assert!(!matches(pattern, &record), "{pattern}");
        }
    }

    #[test]
    fn a_selector_follows_members_and_elements() {
        let record = json!({"a": {"b.c": [{"d": "x"}, "y"]}});
        assert!(matches("{ $.a.['b.c'][0].d = x }", &record));
        assert!(matches("{ $.a['b.c'][1] = y }", &record));
        assert!(!matches("{ $.a['b.c'][2] = y }", &record));
        assert!(!matches("{ $.a.b = y }", &record));
    }

    #[test]
    fn a_text_between_percent_signs_is_a_regular_expression() {
        let record = json!({"eventName": "PutBucketPolicy", "ip": "10.1.2.3"});
        assert!(matches("{ $.eventName = %Bucket.+(y|l)$% }", &record));
        assert!(matches(r"{ $.ip = %^10\.\d+\.% }", &record));
        assert!(!matches("{ $.eventName != %^Put% }", &record));
    }

    #[test]
    fn an_invalid_pattern_is_refused_with_its_position() {
        let refusal = |text: &str| parse::pattern(text).unwrap_err().construct;
        assert_eq!(refusal("ERROR"), "ERROR");
        assert_eq!(refusal("{ $.a = x"), "end of the pattern");
        assert_eq!(refusal("{ $.a ~ x }"), "~ x }");
        assert_eq!(refusal("{ $.a[*] = x }"), "[*] = x }");
        assert_eq!(refusal("{ $.a > x }"), "x }");
        assert_eq!(refusal("{ $.a = 'x' }"), "'x' }");
        assert_eq!(refusal("{ $.a = x } y"), "y");
        assert_eq!(refusal("{ $.a = %(% }"), "%(% }");
        assert_eq!(
            refusal(&format!("{{ {}$.a = x }}", "(".repeat(5000))),
            "(".repeat(40)
        );
    }
}
