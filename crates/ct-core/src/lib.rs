//! The code that the ct tools share: records, queries and predicates, input and output, and exit statuses.

pub mod cli;
pub mod exit;
pub mod fields;
pub mod input;
pub mod journal;
pub mod json;
pub mod output;
pub mod predicate;
pub mod query;
pub mod record;
pub mod region;
pub mod seal;
pub mod terminal;
pub mod time;
