//! Requests to Amazon Athena: table metadata, queries and their rows.
//!
//! Athena uses the same protocol as CloudTrail, AWS JSON 1.1, so CloudTrail's client signs and
//! sends the five operations of this module. The crate `aws-sdk-athena` would add about eighty
//! operations to compile.

mod client;
mod query;
mod rows;
mod table;

pub use client::Athena;
pub use query::{Execution, Query, QueryError, Status};
pub use rows::Rows;
pub use table::{Column, Table, TableName};
