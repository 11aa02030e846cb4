//! Writes an SQL condition for a table in which each row is a line of a file. It finds the files
//! that may contain selected records.
//!
//! A selected record may be on any line, so the condition is on all lines of a file together.

use std::collections::BTreeSet;

use ct_core::predicate::{Field, Network, Predicate, Test};

use super::sql;
use crate::source::archive::read::required_texts;

/// An IPv6 address that contains an IPv4 address has this text before it, in lower case.
const MAPPED: &str = "ffff:";

/// Returns the condition on the lines of a file. The column `column` contains one line in each row.
/// Returns `None` if the predicate does not require strings that can be searched for.
pub(super) fn condition(predicate: &Predicate, column: &str) -> Option<String> {
    let mut lines = Lines {
        column: sql::name(column),
        letters: BTreeSet::new(),
    };
    let condition = lines.condition(predicate)?;
    let escaped = lines.escaped();
    Some(format!("({condition} OR {escaped})"))
}

struct Lines {
    column: String,
    /// The characters of all strings that the condition searches for.
    letters: BTreeSet<u8>,
}

impl Lines {
    fn condition(&mut self, predicate: &Predicate) -> Option<String> {
        match predicate {
            Predicate::All(all) => {
                let known: Vec<String> = all
                    .iter()
                    .filter_map(|inner| self.condition(inner))
                    .collect();
                sql::joined(&known, "AND")
            }
            Predicate::Any(any) if !any.is_empty() => {
                let each: Option<Vec<String>> =
                    any.iter().map(|inner| self.condition(inner)).collect();
                sql::joined(&each?, "OR")
            }
            Predicate::Any(_) | Predicate::Not(_) => None,
            Predicate::Test(Field::Path(_), Test::IsIn(network)) => self.network(network),
            Predicate::Test(..) => {
                let texts = required_texts(predicate)?;
                let each: Vec<String> = texts.iter().map(|text| self.has(text)).collect();
                sql::joined(&each, "OR")
            }
        }
    }

    /// Returns the condition that one of the file's lines contains `text`.
    fn has(&mut self, text: &str) -> String {
        self.letters.extend(text.bytes());
        format!("bool_or(strpos({}, {}) > 0)", self.column, sql::text(text))
    }

    /// Returns the condition that one of the file's lines contains the beginning of an address in
    /// an IPv4 network.
    fn network(&mut self, network: &Network) -> Option<String> {
        let beginning = beginning(network)?;
        self.letters.extend(MAPPED.bytes().chain(*b"F"));
        let has = self.has(&beginning);
        let column = &self.column;
        Some(format!(
            "({has} OR bool_or(regexp_like({column}, '(?i){MAPPED}')))"
        ))
    }

    /// Returns the condition that one of the file's lines contains a searched character as a JSON
    /// escape `\u00…`. A search for the plain string would miss it.
    fn escaped(&self) -> String {
        let codes: Vec<String> = self
            .letters
            .iter()
            .map(|code| format!("{code:02x}"))
            .collect();
        let (column, codes) = (&self.column, codes.join("|"));
        format!("bool_or(regexp_like({column}, '(?i)\\\\u00({codes})'))")
    }
}

/// Returns the octets with which every address of an IPv4 network begins, such as `192.0.2.`.
/// Returns `None` if there are none.
pub(super) fn beginning(network: &Network) -> Option<String> {
    let text = network.to_string();
    let (address, bits) = text.split_once('/')?;
    let whole = bits.parse::<usize>().ok()? / 8;
    let numbers: Vec<&str> = address.split('.').collect();
    if numbers.len() != 4 || whole == 0 {
        return None;
    }
    let dot = if whole < 4 { "." } else { "" };
    Some(numbers[..whole].join(".") + dot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(path: &str, test: Test) -> Predicate {
        Predicate::Test(Field::Path(path.parse().unwrap()), test)
    }

    fn covers(path: &str, pattern: &str) -> Predicate {
        test(path, Test::Covers(pattern.parse().unwrap()))
    }

    fn said(predicate: &Predicate) -> Option<String> {
        condition(predicate, "line")
    }

    #[test]
    fn escaped_strings_and_strings_on_different_lines_are_found() {
        let predicate = Predicate::All(vec![
            covers("a", "bab*"),
            covers("eventName", "abba"),
            Predicate::Not(Box::new(covers("c", "cccc"))),
            covers("d", "baba*"),
        ]);
        assert_eq!(
            said(&predicate).as_deref(),
            Some(
                r#"((bool_or(strpos("line", 'abba') > 0) AND bool_or(strpos("line", 'baba') > 0)) OR bool_or(regexp_like("line", '(?i)\\u00(61|62)')))"#
            )
        );
    }

    #[test]
    fn alternatives_give_no_condition_if_one_cannot_be_expressed() {
        let known = covers("eventName", "CreateUser");
        let unknown = Predicate::Not(Box::new(known.clone()));
        assert_eq!(said(&Predicate::Any(vec![known, unknown])), None);
        assert_eq!(said(&Predicate::Any(Vec::new())), None);
        assert_eq!(said(&Predicate::default()), None);
    }

    #[test]
    fn a_network_is_searched_by_the_beginning_of_its_addresses() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        for (text, expected) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("192.0.2.7/25", Some("192.0.2.")),
            ("192.0.2.0/16", Some("192.0.")),
            ("192.0.2.0/7", None),
            ("2001:db8::/32", None),
        ] {
            assert_eq!(beginning(&network(text)).as_deref(), expected, "{text}");
        }
        let is_in = test("sourceIPAddress", Test::IsIn(network("1.1.1.1")));
        assert_eq!(
            said(&is_in).as_deref(),
            Some(
                r#"((bool_or(strpos("line", '1.1.1.1') > 0) OR bool_or(regexp_like("line", '(?i)ffff:'))) OR bool_or(regexp_like("line", '(?i)\\u00(2e|31|3a|46|66)')))"#
            )
        );
    }
}
