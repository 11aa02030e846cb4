//! Asks Amazon Athena: what a table is made of, and which rows a query has.
//!
//! Athena's protocol, AWS JSON 1.1, is CloudTrail's: its client signs and sends these five operations as well. The
//! crate `aws-sdk-athena`, of some eighty operations, would be compiled for them.

mod client;
mod query;
mod rows;
mod table;

pub use client::Athena;
pub use query::{Execution, Query, QueryError, Status};
pub use rows::Rows;
pub use table::{Column, Table, TableName};
