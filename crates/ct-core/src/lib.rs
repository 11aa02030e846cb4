//! What the ct tools share: how a CloudTrail question is asked, read and answered, and how a tool ends.

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
