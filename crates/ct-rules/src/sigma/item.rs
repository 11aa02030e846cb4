//! A Sigma detection item: a field, modifiers and values.

use std::collections::BTreeSet;

use ct_core::predicate::Network;
use regex::RegexBuilder;
use serde_json::Value;

use super::encoding;
use super::glob::{Anchor, GlobPattern};
use super::matcher::{Case, NumberComparison, ValueMatcher, text};
use super::time_part::TimePart;
use crate::RuleRefusal;
use crate::predicate::RecordTest;
use crate::record::{FieldId, FieldSet, FieldValues, Scalar, elements};
use crate::rule::Variables;

/// A field, and the test that the value of the field must meet.
#[derive(Debug)]
pub(crate) struct DetectionItem {
    pub(super) field: FieldId,
    pub(super) test: ValueTest,
}

/// A test of a field.
#[derive(Debug)]
pub(super) enum ValueTest {
    /// Tests whether the field exists and is not null (`true`), or is absent or null (`false`).
    Exists(bool),
    Values(ValueMatcher),
}

impl DetectionItem {
    /// Creates an item that holds if the field equals one of `texts`, case-sensitively.
    pub(crate) fn one_of(field: FieldId, texts: &[String]) -> Self {
        let texts = texts.iter();
        let matchers =
            texts.map(|text| ValueMatcher::Text(GlobPattern::literal(text, Anchor::Whole, true)));
        let test = ValueTest::Values(ValueMatcher::Any(matchers.collect()));
        Self { field, test }
    }
}

impl RecordTest for DetectionItem {
    fn holds(&self, fields: &FieldSet, found: &FieldValues) -> Result<bool, String> {
        let Self { field, test } = self;
        // Most fields have a single value, which is tested faster here.
        if let Some(text) = fields.direct(*field, found)
            && !text.starts_with('[')
        {
            return Ok(test.holds(&[Scalar::new(text)], *field, (fields, found)));
        }
        let values = values(*field, fields, found);
        Ok(test.holds(&values, *field, (fields, found)))
    }

    fn required(&self, field: FieldId) -> Option<BTreeSet<String>> {
        match &self.test {
            ValueTest::Values(matcher) if field == self.field => {
                Some(matcher.texts()?.into_iter().collect())
            }
            _ => None,
        }
    }

    fn paths(&self, fields: &FieldSet, paths: &mut BTreeSet<String>) {
        paths.insert(fields.path(self.field));
        if let ValueTest::Values(matcher) = &self.test {
            matcher.fields(fields, paths);
        }
    }
}

impl ValueTest {
    /// Whether the test holds for `values`, which are all values of the field.
    fn holds(
        &self,
        values: &[Scalar],
        field: FieldId,
        (fields, found): (&FieldSet, &FieldValues),
    ) -> bool {
        match self {
            Self::Exists(wanted) => values.iter().any(|value| *value != Scalar::Null) == *wanted,
            Self::Values(matcher) if values.is_empty() && !fields.exists(field, found) => {
                matcher.matches_absence()
            }
            Self::Values(matcher) => matcher.holds(values, &mut |other| {
                let values = self::values(other, fields, found);
                let texts = values.iter().filter_map(text);
                texts.map(std::borrow::Cow::into_owned).collect()
            }),
        }
    }
}

/// Returns the values of a field. Each element of an array in the field or on its path is a
/// separate value.
fn values<'a>(field: FieldId, fields: &FieldSet, found: &FieldValues<'a>) -> Vec<Scalar<'a>> {
    let mut values = Vec::new();
    fields.any(field, found, &mut |text| {
        flatten(text, &mut values);
        false
    });
    values
}

fn flatten<'a>(text: &'a str, values: &mut Vec<Scalar<'a>>) {
    match Scalar::new(text) {
        Scalar::Array(array) => {
            for element in elements(array) {
                flatten(element, values);
            }
        }
        value => values.push(value),
    }
}

/// The modifiers of an item. They determine how the values of the item are compared.
struct Modifiers<'m> {
    anchor: Option<Anchor>,
    encodings: Vec<&'m str>,
    comparison: Comparison,
    case: Case,
    is_all: bool,
    is_negated: bool,
    is_expanded: bool,
    /// The modifiers `i`, `m` and `s`, which are flags of a regular expression.
    flags: (bool, bool, bool),
}

#[derive(Clone, Copy, PartialEq)]
enum Comparison {
    Text,
    Expression,
    Cidr,
    Number(NumberComparison),
    Field,
    Exists,
}

/// Compiles the modifiers and the values of an item into a test.
pub(super) fn test(
    key: &str,
    values: &Value,
    (fields, variables): (&mut FieldSet, &Variables),
) -> Result<ValueTest, RuleRefusal> {
    let mut names = key.split('|');
    names.next();
    let refused = |reason: String| RuleRefusal::new(key, reason);
    let mut part = None;
    let mut modifiers = Modifiers {
        anchor: None,
        encodings: Vec::new(),
        comparison: Comparison::Text,
        case: Case::Ignored,
        is_all: false,
        is_negated: false,
        is_expanded: false,
        flags: (false, false, false),
    };
    for name in names {
        match name {
            "contains" => modifiers.anchor = Some(Anchor::Anywhere),
            "startswith" => modifiers.anchor = Some(Anchor::Start),
            "endswith" => modifiers.anchor = Some(Anchor::End),
            "all" => modifiers.is_all = true,
            "cased" => modifiers.case = Case::Sensitive,
            "neq" => modifiers.is_negated = true,
            "expand" => modifiers.is_expanded = true,
            "re" => modifiers.comparison = Comparison::Expression,
            "i" => modifiers.flags.0 = true,
            "m" => modifiers.flags.1 = true,
            "s" => modifiers.flags.2 = true,
            "cidr" => modifiers.comparison = Comparison::Cidr,
            "lt" => modifiers.comparison = Comparison::Number(NumberComparison::Less),
            "lte" => modifiers.comparison = Comparison::Number(NumberComparison::LessOrEqual),
            "gt" => modifiers.comparison = Comparison::Number(NumberComparison::Greater),
            "gte" => modifiers.comparison = Comparison::Number(NumberComparison::GreaterOrEqual),
            "fieldref" => modifiers.comparison = Comparison::Field,
            "exists" => modifiers.comparison = Comparison::Exists,
            "base64" | "base64offset" | "wide" | "utf16" | "utf16le" | "utf16be" | "windash" => {
                modifiers.encodings.push(name);
            }
            other => {
                part =
                    Some(TimePart::named(other).ok_or_else(|| {
                        refused(format!("the modifier `{other}` is not supported"))
                    })?);
            }
        }
    }
    modifiers.check().map_err(refused)?;
    if modifiers.comparison == Comparison::Exists {
        let Value::Bool(wanted) = values else {
            return Err(refused("`exists` takes true or false".to_owned()));
        };
        return Ok(ValueTest::Exists(*wanted != modifiers.is_negated));
    }
    let values = match values {
        Value::Array(values) if values.is_empty() => {
            return Err(refused("the list is empty: add a value".to_owned()));
        }
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    let mut matchers = Vec::new();
    for value in values {
        for value in modifiers.expanded(value, variables).map_err(refused)? {
            matchers.push(match part {
                Some(part) => time_part(part, &value, &modifiers).map_err(refused)?,
                None => modifiers.matcher(&value, fields).map_err(refused)?,
            });
        }
    }
    let matcher = match matchers.len() {
        1 => matchers.swap_remove(0),
        _ if modifiers.is_all => ValueMatcher::All(matchers),
        _ => ValueMatcher::any(matchers),
    };
    Ok(ValueTest::Values(if modifiers.is_negated {
        ValueMatcher::Not(Box::new(matcher))
    } else {
        matcher
    }))
}

impl Modifiers<'_> {
    /// Returns an error if the modifiers cannot be combined.
    fn check(&self) -> Result<(), String> {
        let is_text = matches!(self.comparison, Comparison::Text | Comparison::Field);
        if !is_text && (self.anchor.is_some() || !self.encodings.is_empty()) {
            return Err("these modifiers cannot be combined".to_owned());
        }
        if self.flags != (false, false, false) && self.comparison != Comparison::Expression {
            return Err("`i`, `m` and `s` require `re`".to_owned());
        }
        if self.encodings.contains(&"windash") && self.encodings.len() > 1 {
            return Err("`windash` cannot be combined with an encoding".to_owned());
        }
        Ok(())
    }

    /// Returns the values that `value` stands for. With the modifier `expand`, a placeholder stands
    /// for the values of the variable that it names. Every other value stands for itself.
    fn expanded(&self, value: &Value, variables: &Variables) -> Result<Vec<Value>, String> {
        let text = value.as_str().unwrap_or_default();
        let placeholder = text
            .strip_prefix('%')
            .and_then(|text| text.strip_suffix('%'))
            .filter(|name| !name.is_empty() && !name.contains('%'));
        match placeholder {
            _ if !self.is_expanded => Ok(vec![value.clone()]),
            Some(name) => {
                let values = variables.values(name);
                let values = values.ok_or_else(|| crate::rule::unset(name))?;
                Ok(values.map(Value::from).collect())
            }
            None if text.contains('%') => Err(
                "with `expand`, the whole value must be one placeholder, such as \
                    `%name%`"
                    .to_owned(),
            ),
            None => Ok(vec![value.clone()]),
        }
    }

    fn matcher(&self, value: &Value, fields: &mut FieldSet) -> Result<ValueMatcher, String> {
        let anchor = self.anchor.unwrap_or(Anchor::Whole);
        match (self.comparison, value) {
            (_, Value::Array(_) | Value::Object(_)) => {
                Err("expected a value, found a list or a mapping".to_owned())
            }
            (Comparison::Text, Value::Null)
                if self.anchor.is_none() && self.encodings.is_empty() =>
            {
                Ok(ValueMatcher::Null)
            }
            (Comparison::Text, Value::Bool(flag)) if self.anchor.is_none() => {
                Ok(ValueMatcher::Bool(*flag))
            }
            (Comparison::Text, Value::Number(number)) if self.anchor.is_none() => {
                let number = number.as_f64().ok_or("a number out of range")?;
                Ok(ValueMatcher::Number(NumberComparison::Equal, number))
            }
            (Comparison::Text, Value::Null) => Err("expected a string, found null".to_owned()),
            (Comparison::Text, value) => self.text(&plain(value), anchor),
            (Comparison::Expression, Value::String(text)) => {
                let (ignores_case, is_multi_line, dot_is_all) = self.flags;
                let expression = RegexBuilder::new(text)
                    .case_insensitive(ignores_case)
                    .multi_line(is_multi_line)
                    .dot_matches_new_line(dot_is_all)
                    .build();
                expression.map(ValueMatcher::Expression).map_err(|_| {
                    format!(
                        "`{text}` is not supported: write it without look-around and \
                         back-references"
                    )
                })
            }
            (Comparison::Cidr, Value::String(text)) => {
                let network = Network::from_cidr(text)
                    .ok_or_else(|| format!("`{text}` is not a network such as 10.0.0.0/24"))?;
                Ok(ValueMatcher::Cidr(network))
            }
            (Comparison::Number(ordering), value) => {
                let number = plain(value).parse::<f64>().ok();
                let number = number.ok_or("`lt`, `lte`, `gt` and `gte` require a number")?;
                Ok(ValueMatcher::Number(ordering, number))
            }
            (Comparison::Field, Value::String(path)) => Ok(ValueMatcher::Field(
                fields.add_dotted(path),
                anchor,
                self.case,
            )),
            _ => Err("the modifiers do not accept this value".to_owned()),
        }
    }

    fn text(&self, text: &str, anchor: Anchor) -> Result<ValueMatcher, String> {
        let texts = encoding::encoded(text, &self.encodings)?;
        // In an encoded value, `*` and `?` are not wildcards.
        let is_encoded = self.encodings.iter().any(|name| *name != "windash");
        let patterns = texts.iter().map(|text| {
            ValueMatcher::Text(if is_encoded {
                GlobPattern::literal(text, anchor, self.case == Case::Sensitive)
            } else {
                GlobPattern::new(text, anchor, self.case == Case::Sensitive)
            })
        });
        let mut patterns: Vec<ValueMatcher> = patterns.collect();
        Ok(match patterns.len() {
            1 => patterns.swap_remove(0),
            _ => ValueMatcher::Any(patterns),
        })
    }
}

fn time_part(part: TimePart, value: &Value, modifiers: &Modifiers) -> Result<ValueMatcher, String> {
    let ordering = match modifiers.comparison {
        Comparison::Text => NumberComparison::Equal,
        Comparison::Number(ordering) => ordering,
        _ => return Err("a part of a time can only be compared with numbers".to_owned()),
    };
    let number = plain(value).parse().ok();
    let number = number.ok_or("a part of a time can only be compared with numbers")?;
    Ok(ValueMatcher::Part(part, ordering, number))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
