//! The options for requests to S3.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use ct_aws::s3::{AccessOptions, CustomerKey};
use ct_core::exit::Failure;

/// The options for requests to S3.
#[derive(Debug, Default, Args)]
pub(crate) struct S3Options {
    /// Accept the charges for requests to a requester-pays bucket
    #[arg(long, value_name = "requester", value_parser = ["requester"])]
    request_payer: Option<String>,

    /// Decrypt S3 objects with the key in this file: 32 bytes, raw or in Base64 (SSE-C)
    #[arg(long, value_name = "FILE")]
    sse_customer_key: Option<PathBuf>,
}

impl S3Options {
    /// Returns the settings for requests to S3. `attempts` is how many times a request may fail in
    /// a row before the run gives up; `None` means the default.
    ///
    /// # Errors
    /// If the file with the decryption key cannot be read.
    pub(crate) fn access(&self, attempts: Option<u32>) -> Result<AccessOptions, Failure> {
        Ok(AccessOptions {
            pays: self.request_payer.is_some(),
            customer_key: self.customer_key()?,
            attempts,
        })
    }

    fn customer_key(&self) -> Result<Option<CustomerKey>, Failure> {
        let Some(path) = &self.sse_customer_key else {
            return Ok(None);
        };
        let name = path.display();
        let content = std::fs::read(path).map_err(|error| {
            Failure::Other(anyhow!(
                "cannot read {name}: {error}: use a file with a key"
            ))
        })?;
        let key = CustomerKey::read(&content).map_err(|reason| {
            Failure::Usage(anyhow!(
                "{name} does not contain an AES-256 key: {reason}: use a different file"
            ))
        })?;
        Ok(Some(key))
    }

    /// Refuses the options for requests to S3 if no bucket is read. `wanted` is the option that the
    /// message asks for, such as `--from s3://…`.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the refused option.
    pub(crate) fn check_unused(&self, wanted: &str) -> Result<(), Failure> {
        let given = [
            ("--request-payer", self.request_payer.is_some()),
            ("--sse-customer-key", self.sse_customer_key.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::Usage(anyhow!(
                "{option} requires {wanted}: name a bucket, or remove {option}"
            ))),
            None => Ok(()),
        }
    }
}
