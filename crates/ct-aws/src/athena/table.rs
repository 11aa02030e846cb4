//! The metadata of a table, from `GetTableMetadata`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Athena;
use crate::request_error::RequestError;

/// The catalog of AWS Glue.
const CATALOG: &str = "AwsDataCatalog";

/// A table of the Glue catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// Its database.
    pub database: String,
    /// Its own name.
    pub table: String,
}

impl TableName {
    /// Reads `[DATABASE.]TABLE`; the database is `default` if none is named.
    ///
    /// # Errors
    /// A description of valid names, if this is not one.
    ///
    /// ```
    /// use ct_aws::athena::TableName;
    /// assert_eq!(TableName::read("ct_raw").unwrap().to_string(), "default.ct_raw");
    /// assert!(TableName::read("a.b.c").is_err());
    /// ```
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let (database, table) = text.split_once('.').unwrap_or(("default", text));
        let is_name = |name: &str| {
            !name.is_empty()
                && !name
                    .chars()
                    .any(|letter| letter.is_control() || letter == '.')
        };
        if !is_name(database) || !is_name(table) {
            return Err("a table is written like DATABASE.TABLE");
        }
        Ok(Self {
            database: database.to_owned(),
            table: table.to_owned(),
        })
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.database, self.table)
    }
}

/// A column and its Hive type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Column {
    /// In lower case.
    pub name: String,
    /// Such as `string`.
    #[serde(rename = "Type", default)]
    pub data_type: String,
}

/// The metadata of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// Such as `EXTERNAL_TABLE`.
    #[serde(default)]
    pub table_type: String,
    /// Without the partition keys.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The partition keys.
    #[serde(default)]
    pub partition_keys: Vec<Column>,
    /// Its properties, and `location`, `inputformat` and others of its storage.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(rename = "CatalogName")]
    catalog: &'a str,
    #[serde(rename = "DatabaseName")]
    database: &'a str,
    #[serde(rename = "TableName")]
    table: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableResponse {
    table_metadata: Table,
}

impl Athena {
    /// The metadata of a table.
    ///
    /// # Errors
    /// When Athena refuses or does not answer.
    pub async fn table(&self, name: &TableName) -> Result<Table, RequestError> {
        let input = Input {
            catalog: CATALOG,
            database: &name.database,
            table: &name.table,
        };
        let answer: TableResponse = self.call("GetTableMetadata", &input).await?;
        Ok(answer.table_metadata)
    }
}
