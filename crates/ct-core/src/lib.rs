//! What the ct tools share: how a CloudTrail question is asked, read and answered, and how a tool ends.

pub mod attribute;
pub mod category;
pub mod cli;
pub mod derive;
pub mod event;
pub mod exit;
pub mod fields;
pub mod input;
pub mod journal;
pub mod json;
pub mod lock;
pub mod output;
pub mod pattern;
pub mod predicate;
pub mod query;
pub mod record;
pub mod seal;
pub mod shell;
pub mod stdio;
pub mod terminal;
pub mod time;
