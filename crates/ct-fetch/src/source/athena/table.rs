//! Reads the metadata of an Athena table over a trail's files. A row of the table is a line of
//! text, or a record with CloudTrail's fields as columns.

use ct_aws::athena::{Column, Table, TableName};
use ct_aws::s3::Address;
use ct_core::predicate::Predicate;
use jiff::civil::Date;

use super::columns::TableColumns;
use super::lines;
use super::partition::Partitions;
use super::sql::{self, SqlConditions};
use ct_core::input::scope::Scope;

/// The input format (a Hive class) of tables of text files.
const TEXT_INPUT: &str = "org.apache.hadoop.mapred.TextInputFormat";

/// The input format (a Hive class) in AWS's own definition of a table for CloudTrail.
const CLOUDTRAIL_INPUT: &str = "com.amazon.emr.cloudtrail.CloudTrailInputFormat";

/// The Hive class that makes each line of a text file a row.
const TEXT_SERDE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";

/// An Athena table over a trail's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrailTable {
    pub(super) name: TableName,
    pub(super) rows: RowKind,
    pub(super) partitions: Partitions,
    /// The S3 location of the table's files.
    pub(super) location: Address,
}

/// What a row of the table contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A line of a file, in the column with this name.
    Line(String),
    /// A record.
    Record(TableColumns),
}

impl TrailTable {
    /// Reads the metadata of a table. `registered` contains the values of the partition keys for
    /// each partition; `None` if the table uses partition projection. `today` is the current day.
    ///
    /// # Errors
    /// Returns the reason why the table cannot be used for a search.
    pub(super) fn new(
        name: &TableName,
        table: &Table,
        registered: Option<&[Vec<Option<String>>]>,
        today: Date,
    ) -> Result<Self, String> {
        let parameter = |name: &str| table.parameters.get(name).map_or("", String::as_str);
        if !parameter("skip.header.line.count")
            .trim_start_matches('0')
            .is_empty()
        {
            return Err("it skips the first line of each file".to_owned());
        }
        let location = Address::read(parameter("location"));
        let location = location.map_err(|_| "it has no location in S3".to_owned())?;
        let rows = rows(table)?;
        let keys = &table.partition_keys;
        let partitions = match registered {
            _ if keys.is_empty() => Partitions::default(),
            Some(rows) => Partitions::registered(keys, rows),
            None => Partitions::projected(keys, &table.parameters, today)?,
        };
        Ok(Self {
            name: name.clone(),
            rows,
            partitions,
            location,
        })
    }

    /// Writes the query that finds the files which may contain selected records: records in `scope`
    /// that meet the predicate.
    ///
    /// # Errors
    /// If the table requires a condition for which the options select no values, or if the query is
    /// too long.
    pub(super) fn query(&self, predicate: &Predicate, scope: &Scope) -> Result<String, String> {
        let of_partitions = self.partitions.conditions(scope)?;
        let of_rows = match &self.rows {
            RowKind::Line(column) => SqlConditions {
                rows: Vec::new(),
                file: lines::condition(predicate, column),
            },
            RowKind::Record(columns) => SqlConditions {
                rows: columns.conditions(predicate, scope),
                file: None,
            },
        };
        let conditions = SqlConditions {
            rows: of_partitions.iter().cloned().chain(of_rows.rows).collect(),
            file: of_rows.file,
        };
        let text = sql::select(&self.name, &conditions);
        if text.len() <= sql::LONGEST {
            return Ok(text);
        }
        // The query is too long, so leave out the conditions on records. The shorter query returns
        // more files than necessary, but all files that are needed.
        let conditions = SqlConditions {
            rows: of_partitions,
            file: None,
        };
        let text = sql::select(&self.name, &conditions);
        if text.len() > sql::LONGEST {
            return Err(format!("the query is longer than {} bytes", sql::LONGEST));
        }
        Ok(text)
    }
}

/// Whether the partitions of the table are registered in its metadata, because it does not use
/// partition projection. A query must then request them.
pub(super) fn has_registered_partitions(table: &Table) -> bool {
    let enabled = table.parameters.get("projection.enabled");
    !table.partition_keys.is_empty()
        && enabled.is_none_or(|text| !text.eq_ignore_ascii_case("true"))
}

fn rows(table: &Table) -> Result<RowKind, String> {
    let parameter = |name: &str| table.parameters.get(name).map_or("", String::as_str);
    match parameter("inputformat") {
        CLOUDTRAIL_INPUT => Ok(RowKind::Record(TableColumns::new(&table.columns))),
        TEXT_INPUT => match (
            table.columns.as_slice(),
            parameter("serde.serialization.lib"),
        ) {
            ([Column { name, data_type }], "" | TEXT_SERDE)
                if data_type == "string" && has_whole_lines(table) =>
            {
                Ok(RowKind::Line(name.clone()))
            }
            _ => Err(
                "it is a text table, but not with a single `string` column for the whole \
                    line"
                    .to_owned(),
            ),
        },
        "" => Err("it is a view, or has no files".to_owned()),
        other => Err(format!(
            "its files are not a trail's: it reads them with {other}"
        )),
    }
}

/// Whether each row is a whole line. This is so if no delimiter is set except the default one,
/// which JSON text never contains.
fn has_whole_lines(table: &Table) -> bool {
    ["field.delim", "escape.delim", "line.delim"]
        .iter()
        .all(|name| {
            let value = table.parameters.get(&format!("serde.param.{name}"));
            let value = value.or_else(|| table.parameters.get(*name));
            value.is_none_or(|value| matches!(value.as_str(), "\u{1}" | "\\u0001" | "\n" | "\\n"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn new(parameters: &[(&str, &str)], columns: &[(&str, &str)]) -> Result<RowKind, String> {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).to_owned(),
            data_type: (*data_type).to_owned(),
        };
        let parameters = [&[("location", "s3://b/AWSLogs/")], parameters]
            .concat()
            .into_iter();
        let table = Table {
            columns: columns.iter().map(column).collect(),
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ..Table::default()
        };
        let name = TableName::read("t").unwrap();
        let table = TrailTable::new(&name, &table, None, date(2026, 1, 1));
        table.map(|table| table.rows)
    }

    #[test]
    fn tables_of_lines_or_records_are_accepted_and_others_are_refused() {
        let text = ("inputformat", TEXT_INPUT);
        let line = [("line", "string")];
        assert_eq!(new(&[text], &line), Ok(RowKind::Line("line".to_owned())));
        let cloudtrail = ("inputformat", CLOUDTRAIL_INPUT);
        assert_eq!(
            new(&[cloudtrail], &[("eventname", "string")]),
            Ok(RowKind::Record(TableColumns::new(&[Column {
                name: "eventname".to_owned(),
                data_type: "string".to_owned()
            }])))
        );
        let json = (
            "serde.serialization.lib",
            "org.openx.data.jsonserde.JsonSerDe",
        );
        for (parameters, columns) in [
            (&[][..], &line[..]),
            (&[text, json], &line),
            (&[text], &[("a", "string"), ("b", "string")]),
            (&[text, ("serde.param.field.delim", ",")], &line),
            (&[text, ("skip.header.line.count", "1")], &line),
            (&[("inputformat", "parquet")], &line),
        ] {
            assert!(new(parameters, columns).is_err(), "{parameters:?}");
        }
    }
}
