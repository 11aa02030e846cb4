//! Writes SQL for Athena: strings, names, patterns, and whole queries.

use ct_aws::athena::TableName;
use ct_core::predicate::pattern::Pattern;

/// Athena's maximum length of a query, in bytes.
///
/// Source: Athena API reference, "`StartQueryExecution`", `QueryString`.
pub(super) const LONGEST: usize = 262_144;

/// The conditions in the SQL query that finds files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SqlConditions {
    /// Conditions on each row. A row must meet all of them.
    pub(super) rows: Vec<String>,
    /// A condition on all rows of a file together; `None` if there is none.
    pub(super) file: Option<String>,
}

/// Writes the query that finds files of `table`. Each row of its results contains the path of a
/// file, and the total number of files.
pub(super) fn select(table: &TableName, conditions: &SqlConditions) -> String {
    let from = format!("{}.{}", name(&table.database), name(&table.table));
    let mut files = format!("  SELECT \"$path\" AS path\n  FROM {from}\n");
    for (at, condition) in conditions.rows.iter().enumerate() {
        files.push_str(if at == 0 { "  WHERE " } else { "    AND " });
        files.push_str(condition);
        files.push('\n');
    }
    files.push_str("  GROUP BY \"$path\"\n");
    if let Some(condition) = &conditions.file {
        files.push_str("  HAVING ");
        files.push_str(condition);
        files.push('\n');
    }
    format!("SELECT path, count(*) OVER () AS files\nFROM (\n{files})")
}

/// Writes the query that returns the values of the partition keys of each registered partition.
pub(super) fn partitions(table: &TableName, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| name(key)).collect();
    let from = name(&format!("{}$partitions", table.table));
    let (database, keys) = (name(&table.database), keys.join(", "));
    format!("SELECT DISTINCT {keys} FROM {database}.{from}")
}

/// Writes a string literal. The only escape in Athena's SQL is a doubled quote.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Writes a quoted identifier: the name of a column, a table or a database.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Joins conditions with `word`, which is `AND` or `OR`. If there are several, puts them in
/// parentheses. Returns `None` if there are none.
pub(super) fn joined(all: &[String], word: &str) -> Option<String> {
    match all {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            let joint = format!(" {word} ");
            Some(format!("({})", several.join(&joint)))
        }
    }
}

/// Whether a query can contain a string: it must not contain control characters.
///
/// ct-fetch checks conditions on other strings itself.
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Writes the condition that `column` matches the pattern. Ignores a leading `!` of the pattern.
/// Returns `None` if a query cannot contain the pattern.
pub(super) fn covers(column: &str, pattern: &Pattern) -> Option<String> {
    if !pattern.literals().all(is_plain) {
        return None;
    }
    Some(match pattern.as_exact() {
        Some(exact) => format!("{column} = {}", text(exact)),
        None => format!("{column} LIKE {} ESCAPE '\\'", text(&like(pattern))),
    })
}

/// Writes the pattern as a pattern of SQL's `LIKE`. Ignores a leading `!`.
fn like(pattern: &Pattern) -> String {
    // `to_string` writes a backslash before a literal star, comma, exclamation mark or backslash.
    let typed = pattern.to_string();
    let mut letters = typed.chars().skip(usize::from(pattern.is_negated()));
    let mut like = String::new();
    while let Some(letter) = letters.next() {
        let literal = match letter {
            '*' => {
                like.push('%');
                continue;
            }
            '\\' => letters.next().unwrap_or('\\'),
            other => other,
        };
        if matches!(literal, '%' | '_' | '\\') {
            like.push('\\');
        }
        like.push(literal);
    }
    like
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pattern: &str) -> Option<String> {
        covers("c", &pattern.parse().unwrap())
    }

    #[test]
    fn special_characters_of_a_pattern_are_escaped() {
        for (pattern, expected) in [
            ("O'Brien", "c = 'O''Brien'"),
            ("'; DROP TABLE x --", "c = '''; DROP TABLE x --'"),
            ("Describe*", r"c LIKE 'Describe%' ESCAPE '\'"),
            ("100%_*", r"c LIKE '100\%\_%' ESCAPE '\'"),
            (r"CORP\\a*", r"c LIKE 'CORP\\a%' ESCAPE '\'"),
            (r"a\*b*\,", r"c LIKE 'a*b%,' ESCAPE '\'"),
            ("*", r"c LIKE '%' ESCAPE '\'"),
            ("!List*", r"c LIKE 'List%' ESCAPE '\'"),
            (r"a\*b", "c = 'a*b'"),
        ] {
            assert_eq!(said(pattern).as_deref(), Some(expected), "{pattern}");
        }
        assert_eq!(said("a\u{0}b"), None);
        assert_eq!(said("a\nb*"), None);
    }

    #[test]
    fn a_query_names_each_file_once_and_says_how_many_there_are() {
        let table = TableName::read("a\"b.ct_raw").unwrap();
        let conditions = SqlConditions {
            rows: vec!["x".to_owned(), "y".to_owned()],
            file: Some("bool_or(z)".to_owned()),
        };
        assert_eq!(
            select(&table, &conditions),
            "SELECT path, count(*) OVER () AS files\nFROM (\n  SELECT \"$path\" AS path\n  \
             FROM \"a\"\"b\".\"ct_raw\"\n  WHERE x\n    AND y\n  GROUP BY \"$path\"\n  HAVING bool_or(z)\n)"
        );
    }
}
