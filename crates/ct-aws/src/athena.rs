//! Amazon Athena: the metadata of tables, and queries with their rows.
//!
//! Athena's protocol, AWS JSON 1.1, is CloudTrail's, so CloudTrail's client signs and sends these five operations. The
//! crate `aws-sdk-athena` would add the compilation of about eighty operations.

mod client;
mod query;
mod rows;
mod table;

pub use client::Athena;
pub use query::{Execution, Query, QueryError, Status};
pub use rows::Rows;
pub use table::{Column, Table, TableName};
