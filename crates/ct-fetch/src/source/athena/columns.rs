//! Writes SQL conditions for a table in which each row is a record, and each column a field.
//!
//! A column has a condition only if its value is always the same string as in the record.

use std::collections::BTreeMap;

use ct_aws::athena::Column;
use ct_core::fields::{Path, Step};
use ct_core::predicate::pattern::Pattern;
use ct_core::predicate::{Field, Predicate, Test};
use ct_core::record::attribute::Attribute;

use super::lines::beginning;
use super::sql;
use crate::source::archive::read::required_texts;
use crate::wording::time_of;
use ct_core::input::scope::Scope;

/// The columns whose value is the same string as in the record.
const TEXTS: [&str; 15] = [
    "apiversion",
    "awsregion",
    "errorcode",
    "errormessage",
    "eventcategory",
    "eventid",
    "eventname",
    "eventsource",
    "eventtype",
    "recipientaccountid",
    "requestid",
    "sharedeventid",
    "sourceipaddress",
    "useragent",
    "vpcendpointid",
];

/// The columns whose value is a JSON text from the record, which Athena may have formatted
/// differently.
const DOCUMENTS: [&str; 4] = [
    "additionaleventdata",
    "requestparameters",
    "responseelements",
    "serviceeventdetails",
];

/// A regular expression for times in whole seconds. Sorted as strings, such times are in order.
const WHOLE_SECONDS: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";

/// The columns of a table: their names and types, both in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TableColumns(BTreeMap<String, String>);

impl TableColumns {
    pub(super) fn new(columns: &[Column]) -> Self {
        let columns = columns.iter().map(|column| {
            let data_type = column.data_type.to_ascii_lowercase().replace(' ', "");
            (column.name.to_ascii_lowercase(), data_type)
        });
        Self(columns.collect())
    }

    /// Returns SQL conditions that every selected record meets. Some other records meet them too,
    /// and ct-fetch excludes those later.
    pub(super) fn conditions(&self, predicate: &Predicate, scope: &Scope) -> Vec<String> {
        let mut all = Vec::new();
        all.extend(self.window(scope));
        if let (Some(regions), Some(column)) = (&scope.regions, self.text(&["awsregion"])) {
            all.push(among(&column, regions));
        }
        if let (Some(accounts), Some(recipient), Some(own)) = (
            &scope.accounts,
            self.text(&["recipientaccountid"]),
            self.text(&["useridentity", "accountid"]),
        ) {
            all.push(among(&format!("coalesce({recipient}, {own})"), accounts));
        }
        all.extend(self.condition(predicate));
        all
    }

    /// Returns the condition that the time of a record is in the window. A time in a different
    /// format also meets the condition, and ct-fetch checks it later.
    fn window(&self, scope: &Scope) -> Option<String> {
        let column = self.text_of(&["eventtime"])?;
        let (since, until) = (scope.window.since(), scope.window.until());
        let mut bounds: Vec<String> = Vec::new();
        for (second, sign) in [(since, ">="), (until, "<=")] {
            let second = second.map(|second| sql::text(&time_of(second)));
            bounds.extend(second.map(|second| format!("{column} {sign} {second}")));
        }
        let inside = sql::joined(&bounds, "AND")?;
        Some(format!(
            "({inside} OR {column} IS NULL OR NOT regexp_like({column}, '{WHOLE_SECONDS}'))"
        ))
    }

    fn condition(&self, predicate: &Predicate) -> Option<String> {
        match predicate {
            Predicate::All(all) => {
                let known = all.iter().filter_map(|inner| self.condition(inner));
                sql::joined(&known.collect::<Vec<_>>(), "AND")
            }
            Predicate::Any(any) if !any.is_empty() => {
                let each: Option<Vec<_>> = any.iter().map(|inner| self.condition(inner)).collect();
                sql::joined(&each?, "OR")
            }
            Predicate::Any(_) | Predicate::Not(_) => None,
            Predicate::Test(Field::Attribute(attribute), test) => self.attribute(*attribute, test),
            Predicate::Test(Field::Path(path), test) => self.path(path, test, predicate),
        }
    }

    fn attribute(&self, attribute: Attribute, test: &Test) -> Option<String> {
        let names: &[&str] = match attribute {
            Attribute::EventId => &["eventid"],
            Attribute::EventName => &["eventname"],
            Attribute::EventSource => &["eventsource"],
            Attribute::AccessKeyId => &["useridentity", "accesskeyid"],
            Attribute::Username => return self.username(test),
            Attribute::ReadOnly | Attribute::ResourceName | Attribute::ResourceType => return None,
        };
        passes(&self.text(names)?, test)
    }

    /// Returns the condition on the user name. It compares the user name, the end of the ARN and,
    /// for the root user, the type of the identity.
    fn username(&self, test: &Test) -> Option<String> {
        let Test::Covers(pattern) = test else {
            return None;
        };
        let identity = |name| self.text(&["useridentity", name]);
        let (name, arn, kind) = (identity("username")?, identity("arn")?, identity("type")?);
        let typed = pattern.to_string();
        let typed = &typed[usize::from(pattern.is_negated())..];
        let at_end: Pattern = format!("*{typed}").parse().ok()?;
        let mut any = vec![sql::covers(&name, pattern)?, sql::covers(&arn, &at_end)?];
        if pattern.covers("root") {
            any.push(format!("{kind} = 'Root'"));
        }
        sql::joined(&any, "OR")
    }

    fn path(&self, path: &Path, test: &Test, predicate: &Predicate) -> Option<String> {
        let names = path.steps().iter().map(|step| match step {
            Step::Key(name) => Some(name.to_ascii_lowercase()),
            Step::Index(_) => None,
        });
        let names: Vec<String> = names.collect::<Option<_>>()?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let [column, below @ ..] = names.as_slice() else {
            return None;
        };
        if DOCUMENTS.contains(column) && !below.is_empty() {
            return self.document(column, predicate);
        }
        passes(&self.text(&names)?, test)
    }

    /// Returns the condition that the JSON text in `column` contains at least one of the strings
    /// that [`required_texts`] returns. Each selected record contains one of these strings.
    fn document(&self, column: &str, predicate: &Predicate) -> Option<String> {
        let column = self.text_of(&[column])?;
        let texts = required_texts(predicate)?;
        // Athena may have written a number in a different form, so do not search for it.
        let may_be_number = |text: &String| {
            let mut letters = text.bytes();
            letters.all(|letter| letter.is_ascii_digit() || b"+-.eE".contains(&letter))
        };
        if texts.iter().any(may_be_number) {
            return None;
        }
        let mut any: Vec<String> = texts
            .iter()
            .map(|text| format!("strpos({column}, {}) > 0", sql::text(text)))
            .collect();
        any.push(format!("strpos({column}, '\\u00') > 0"));
        sql::joined(&any, "OR")
    }

    /// Returns the SQL name of a column, or of a field in a struct, if its value is the same string
    /// as in the record. Returns `None` for another column, and if the table does not contain the
    /// column.
    fn text(&self, names: &[&str]) -> Option<String> {
        let [column, below @ ..] = names else {
            return None;
        };
        let is_own = match below {
            [] => TEXTS.contains(column),
            _ => *column == "useridentity",
        };
        is_own.then(|| self.text_of(names)).flatten()
    }

    /// Returns the SQL name of a column, or of a field in a struct. Returns `None` if the table has
    /// no such column, or if its type is not `string`.
    fn text_of(&self, names: &[&str]) -> Option<String> {
        let [column, below @ ..] = names else {
            return None;
        };
        let mut data_type = self.0.get(*column)?.as_str();
        for name in below {
            data_type = member(data_type, name)?;
        }
        let names: Vec<String> = names.iter().map(|each| sql::name(each)).collect();
        (data_type == "string").then(|| names.join("."))
    }
}

/// Returns the type of the field `name` in the struct type `struct<name:type,…>`.
fn member<'t>(data_type: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = data_type.strip_prefix("struct<")?.strip_suffix('>')?;
    loop {
        let mut depth = 0_usize;
        let end = rest.find(|letter| {
            match letter {
                '<' | '(' => depth += 1,
                '>' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            letter == ',' && depth == 0
        });
        let (known, data_type) = rest[..end.unwrap_or(rest.len())].split_once(':')?;
        if known == name {
            return Some(data_type);
        }
        rest = &rest[end? + 1..];
    }
}

fn passes(column: &str, test: &Test) -> Option<String> {
    match test {
        Test::IsThere => Some(format!("{column} IS NOT NULL")),
        Test::Covers(pattern) => sql::covers(column, pattern),
        Test::IsIn(network) => {
            let beginning = beginning(network);
            let is_whole = beginning.as_ref().is_some_and(|text| !text.ends_with('.'));
            // Select every address with a colon. ct-fetch checks it later.
            let other = format!("{column} LIKE '%:%'");
            Some(match beginning {
                Some(start) if is_whole => format!("({column} = '{start}' OR {other})"),
                Some(start) => format!("({column} LIKE '{start}%' OR {other})"),
                None => format!("({column} LIKE '%.%' OR {other})"),
            })
        }
    }
}

fn among(column: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| sql::text(value)).collect();
    format!("{column} IN ({})", values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::time::Window;

    fn columns() -> TableColumns {
        let column = |name: &str, data_type: &str| Column {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
        };
        TableColumns::new(&[
            column("eventTime", "string"),
            column("eventname", "string"),
            column("awsregion", "string"),
            column("recipientaccountid", "string"),
            column("readonly", "string"),
            column("sourceipaddress", "string"),
            column("requestparameters", "string"),
            column("errorcode", "bigint"),
            column(
                "useridentity",
                "struct<type: string,arn:string,accountid:string,accesskeyid:string,username:string,\
                 sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,\
                 sessionissuer:struct<type:string,username:string>>,n:int>",
            ),
        ])
    }

    fn said(predicate: &Predicate) -> Vec<String> {
        columns().conditions(predicate, &Scope::default())
    }

    fn covers(path: &str, pattern: &str) -> Predicate {
        let test = Test::Covers(pattern.parse().unwrap());
        Predicate::Test(Field::Path(path.parse().unwrap()), test)
    }

    #[test]
    fn a_condition_uses_the_column_that_contains_the_records_string_unchanged() {
        let said = |path: &str, pattern: &str| said(&covers(path, pattern));
        for (path, pattern, expected) in [
            (
                "eventName",
                "Create*",
                r#""eventname" LIKE 'Create%' ESCAPE '\'"#,
            ),
            (
                "userIdentity.accessKeyId",
                "K'1",
                r#""useridentity"."accesskeyid" = 'K''1'"#,
            ),
            (
                "userIdentity.sessionContext.sessionIssuer.userName",
                "ops",
                r#""useridentity"."sessioncontext"."sessionissuer"."username" = 'ops'"#,
            ),
            (
                "requestParameters.bucketName",
                "trail-*",
                r#"(strpos("requestparameters", 'trail-') > 0 OR strpos("requestparameters", '\u00') > 0)"#,
            ),
        ] {
            assert_eq!(said(path, pattern), [expected], "{path}={pattern}");
        }
    }

    #[test]
    fn a_column_that_may_differ_from_the_record_gets_no_condition() {
        for (path, pattern) in [
            ("readOnly", "true"),
            ("errorCode", "AccessDenied"),
            ("requestParameters", "*trail-b*"),
            ("requestParameters.maxResults", "1000"),
            ("requestParameters.size", "1.5e10"),
            ("resources[0].ARN", "*"),
            ("userIdentity", "*"),
            ("userIdentity.n", "1"),
            ("userIdentity.nothing", "1"),
            ("responseElements.keyName", "trail-key"),
            ("managementEvent", "false"),
        ] {
            assert_eq!(said(&covers(path, pattern)), [""; 0], "{path}={pattern}");
        }
        let not = Predicate::Not(Box::new(covers("eventName", "CreateUser")));
        assert_eq!(said(&not), [""; 0]);
        let any = Predicate::Any(vec![covers("eventName", "a"), not]);
        assert_eq!(said(&any), [""; 0]);
    }

    #[test]
    fn a_user_name_is_compared_with_the_name_the_session_and_root() {
        let test = |pattern: &str| {
            let test = Test::Covers(pattern.parse().unwrap());
            Predicate::Test(Field::Attribute(Attribute::Username), test)
        };
        assert_eq!(
            said(&test("al_ice")),
            [
                r#"("useridentity"."username" = 'al_ice' OR "useridentity"."arn" LIKE '%al\_ice' ESCAPE '\')"#
            ]
        );
        assert!(said(&test("r*"))[0].ends_with(r#" OR "useridentity"."type" = 'Root')"#));
    }

    #[test]
    fn a_scope_gives_conditions_on_time_region_and_account() {
        let scope = Scope {
            window: Window::new(Some(0), Some(60)).unwrap(),
            accounts: Some(vec!["111122223333".to_owned()]),
            regions: Some(vec!["us-east-1".to_owned(), "eu-west-1".to_owned()]),
            ..Scope::default()
        };
        assert_eq!(
            columns().conditions(&Predicate::default(), &scope),
            [
                r#"(("eventtime" >= '1970-01-01T00:00:00Z' AND "eventtime" <= '1970-01-01T00:01:00Z') OR "eventtime" IS NULL OR NOT regexp_like("eventtime", '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$'))"#,
                r#""awsregion" IN ('us-east-1', 'eu-west-1')"#,
                r#"coalesce("recipientaccountid", "useridentity"."accountid") IN ('111122223333')"#,
            ]
        );
    }

    #[test]
    fn an_ipv4_network_is_compared_by_its_first_octets_and_ct_fetch_checks_ipv6() {
        let said = |network: &str| {
            let test = Test::IsIn(network.parse().unwrap());
            said(&Predicate::Test(
                Field::Path("sourceIPAddress".parse().unwrap()),
                test,
            ))
            .concat()
        };
        let other = r#" OR "sourceipaddress" LIKE '%:%')"#;
        assert_eq!(
            said("192.0.2.7"),
            format!(r#"("sourceipaddress" = '192.0.2.7'{other}"#)
        );
        assert_eq!(
            said("192.0.2.9/31"),
            format!(r#"("sourceipaddress" LIKE '192.0.2.%'{other}"#)
        );
        assert_eq!(
            said("2001:db8::/32"),
            format!(r#"("sourceipaddress" LIKE '%.%'{other}"#)
        );
    }
}
