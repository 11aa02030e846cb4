//! Tests `ct-fetch` by running it as a user does.

mod accounts;
mod archive;
mod conformance;
mod failures;
mod follow;
mod format;
mod identity;
mod journal;
mod order;
mod question;
mod records;
mod seal;
mod validate;
