//! The options that name the public keys of digests.

use std::path::PathBuf;

use clap::Args;

/// The source of public keys.
#[derive(Debug, Default, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "shown as help, where backticks are noise"
)]
pub(crate) struct KeyOptions {
    /// Public keys, as aws cloudtrail list-public-keys prints them; repeatable [default: request
    /// each region's keys]
    ///
    /// With this option, ListPublicKeys is not requested. A digest whose key is not in the files is
    /// not covered.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,

    /// Write the public keys to FILE, for a later --keys
    #[arg(long, value_name = "FILE")]
    pub(crate) save_keys: Option<PathBuf>,
}
