//! ct-jq as its users run it: what it prints, where, and the status it ends with.

mod errors;
mod modules;
mod options;
mod order;
mod run;
mod statuses;
mod streams;
