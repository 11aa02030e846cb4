//! Tests `ct-fetch lookup-events` as a replacement for `aws cloudtrail lookup-events` in scripts.

mod credentials;
mod faults;
mod forms;
mod pages;
mod prompt;
mod proxies;
mod recorded_runs;
mod refusals;
