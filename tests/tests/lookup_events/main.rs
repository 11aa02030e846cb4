//! `ct-fetch lookup-events` as a script runs it in the place of `aws cloudtrail lookup-events`.

mod credentials;
mod faults;
mod forms;
mod pages;
mod prompt;
mod proxies;
mod recorded_runs;
mod refusals;
