//! Reads the rows of a query's results with `GetQueryResults`.

use serde::{Deserialize, Serialize};

use super::Athena;
use crate::error::RequestError;

/// A page of the results of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The rows of the page; `None` is a null value. The first row of the first page contains the
    /// column names.
    pub rows: Vec<Vec<Option<String>>>,
    /// The token of the next page, or `None` on the last page.
    pub next: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueryResultsInput<'a> {
    query_execution_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueryResultsOutput {
    result_set: ResultSet,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResultSet {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    data: Vec<Datum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datum {
    var_char_value: Option<String>,
}

impl Athena {
    /// A page of up to 1,000 rows of the query with the execution ID `id`. Returns the first page
    /// if `token` is `None`.
    ///
    /// # Errors
    /// If Athena rejects the request or does not respond, or if it returns `token` as the token of the next page.
    pub async fn rows(&self, id: &str, token: Option<&str>) -> Result<Rows, RequestError> {
        let input = GetQueryResultsInput {
            query_execution_id: id,
            next_token: token,
        };
        let answer: GetQueryResultsOutput = self.call("GetQueryResults", &input).await?;
        if answer.next_token.is_some() && answer.next_token.as_deref() == token {
            return Err(RequestError::BadAnswer(
                "it repeats the token of the same page".to_owned(),
            ));
        }
        let rows = answer.result_set.rows.into_iter();
        let values = |row: Row| row.data.into_iter().map(|datum| datum.var_char_value);
        Ok(Rows {
            rows: rows.map(|row| values(row).collect()).collect(),
            next: answer.next_token,
        })
    }
}
