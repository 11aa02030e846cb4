//! Reads the metadata of a table with `GetTableMetadata`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Athena;
use crate::error::RequestError;

/// The name of the AWS Glue catalog in Athena.
const CATALOG: &str = "AwsDataCatalog";

/// A table of the Glue catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// The database of the table.
    pub database: String,
    /// The name of the table without its database.
    pub table: String,
}

impl TableName {
    /// Parses `[DATABASE.]TABLE`. The default database is `default`.
    ///
    /// # Errors
    /// A description of valid names, if `text` is not a valid name.
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
            return Err("write a table like DATABASE.TABLE");
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
    /// The name, in lower case.
    pub name: String,
    /// The type, such as `string`.
    #[serde(rename = "Type", default)]
    pub data_type: String,
}

/// The metadata of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// The kind of table, such as `EXTERNAL_TABLE`.
    #[serde(default)]
    pub table_type: String,
    /// The columns, without the partition keys.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The partition keys.
    #[serde(default)]
    pub partition_keys: Vec<Column>,
    /// The properties of the table and of its storage, such as `location` and `inputformat`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct GetTableMetadataInput<'a> {
    #[serde(rename = "CatalogName")]
    catalog: &'a str,
    #[serde(rename = "DatabaseName")]
    database: &'a str,
    #[serde(rename = "TableName")]
    table: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetTableMetadataOutput {
    table_metadata: Table,
}

impl Athena {
    /// The metadata of a table.
    ///
    /// # Errors
    /// If Athena rejects the request or does not respond.
    pub async fn table(&self, name: &TableName) -> Result<Table, RequestError> {
        let input = GetTableMetadataInput {
            catalog: CATALOG,
            database: &name.database,
            table: &name.table,
        };
        let answer: GetTableMetadataOutput = self.call("GetTableMetadata", &input).await?;
        Ok(answer.table_metadata)
    }
}
