//! The options for the public keys that verify digests.

use std::path::PathBuf;

use clap::Args;

/// The options for the public keys that verify digests.
#[derive(Debug, Default, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
pub(crate) struct KeyOptions {
    /// Read public keys from this file, as aws cloudtrail list-public-keys prints them; repeatable [default: request
    /// the keys of each region]
    ///
    /// With --keys, ListPublicKeys is not called. A digest is not covered if its key is not in the
    /// files.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,

    /// Write the public keys to FILE, for later use with --keys
    #[arg(long, value_name = "FILE")]
    pub(crate) save_keys: Option<PathBuf>,
}

impl KeyOptions {
    /// If the command line contains one of these options, returns the option's name; otherwise
    /// `None`.
    pub(crate) fn given(&self) -> Option<&'static str> {
        if !self.keys.is_empty() {
            return Some("--keys");
        }
        self.save_keys.as_ref().map(|_| "--save-keys")
    }
}
