//! The options for the public keys that verify digests.

use std::path::PathBuf;

use clap::Args;

/// The source of the public keys.
#[derive(Debug, Default, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "shown as help, where backticks are noise"
)]
pub(crate) struct KeyOptions {
    /// Read public keys from this file, as aws cloudtrail list-public-keys prints them; repeatable [default: request
    /// the keys of each region]
    ///
    /// With this option, ListPublicKeys is not called. A digest whose key is not in the files is not covered.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,

    /// Write the public keys to FILE, for later use with --keys
    #[arg(long, value_name = "FILE")]
    pub(crate) save_keys: Option<PathBuf>,
}

impl KeyOptions {
    /// The name of an option that is given, or `None`.
    pub(crate) fn given(&self) -> Option<&'static str> {
        if !self.keys.is_empty() {
            return Some("--keys");
        }
        self.save_keys.as_ref().map(|_| "--save-keys")
    }
}
