//! A client for one bucket, in the bucket's region, with the credentials of one identity.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::Region;
use aws_config::identity::IdentityCache;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_types::retry::RetryConfig;

use super::concurrency::ConcurrencyLimit;
use super::customer_key::CustomerKey;
use super::error::{Error, FailedRequest};
use crate::credentials::signer;
use crate::error::SetupError;
use crate::http::user_agent::UserAgent;
use crate::identity::Identity;

/// How to access a bucket.
#[derive(Debug, Clone, Default)]
pub struct AccessOptions {
    /// Whether the requester pays for requests and transfer.
    pub pays: bool,
    /// The customer-provided encryption key, or `None`.
    pub customer_key: Option<CustomerKey>,
    /// The maximum number of consecutive failures of one request, or `None` for the default.
    pub attempts: Option<u32>,
}

/// A bucket, which concurrent requests may read.
#[derive(Debug)]
pub struct Bucket {
    /// The bucket's name or alias, or the ARN of an access point.
    pub name: String,
    pub(super) access: AccessOptions,
    pub(super) concurrency: ConcurrencyLimit,
    identity: Arc<Identity>,
    current: Mutex<BucketState>,
}

#[derive(Debug, Default)]
struct BucketState {
    /// The client and the generation of its credentials, or `None` before the first request.
    client: Option<(aws_sdk_s3::Client, u64)>,
    /// The bucket's region, or `None` until a response reports it.
    region: Option<String>,
}

impl Bucket {
    /// The bucket `name`, to be read with `identity`. Does not send a request.
    #[must_use]
    pub fn new(name: &str, identity: Arc<Identity>, access: AccessOptions) -> Self {
        Self {
            name: name.to_owned(),
            access,
            concurrency: ConcurrencyLimit::default(),
            identity,
            current: Mutex::default(),
        }
    }

    /// A client with the current credentials, and their generation.
    ///
    /// # Errors
    /// If the endpoint is invalid or TLS cannot be set up.
    pub(super) fn client(&self) -> Result<(aws_sdk_s3::Client, u64), Error> {
        let mut current = self.current();
        let generation = self.identity.generation();
        if let Some((client, of)) = &current.client
            && *of == generation
        {
            return Ok((client.clone(), generation));
        }
        let client = self.connect(current.region.as_deref());
        let client = client.map_err(|error| FailedRequest::of_credentials(&error).error)?;
        current.client = Some((client.clone(), generation));
        Ok((client, generation))
    }

    fn connect(&self, region: Option<&str>) -> Result<aws_sdk_s3::Client, SetupError> {
        let connection = self.identity.s3()?;
        let region = region.unwrap_or_else(|| self.identity.region());
        let mut builder = Builder::from(&connection.base)
            .region(Region::new(region.to_owned()))
            .http_client(connection.http)
            .retry_config(RetryConfig::disabled())
            .interceptor(UserAgent::new(connection.execution_env.as_deref()))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            // The SDK does not cache credentials, because the signer does.
            .identity_cache(IdentityCache::no_cache());
        if let Some(url) = &connection.endpoint {
            builder = builder.endpoint_url(url).force_path_style(true);
        }
        if let Some(signer) = &connection.signer {
            builder = builder.credentials_provider(signer::provider(Arc::clone(signer)));
        }
        Ok(aws_sdk_s3::Client::from_conf(builder.build()))
    }

    /// Uses `region` for later requests. Returns `false` if `region` is already in use.
    pub(super) fn move_to(&self, region: &str) -> bool {
        let mut current = self.current();
        let asked = current.region.as_deref();
        if asked.unwrap_or_else(|| self.identity.region()) == region {
            return false;
        }
        current.region = Some(region.to_owned());
        current.client = None;
        true
    }

    /// Records that the credentials of `generation` produced a response.
    pub(super) fn worked(&self, generation: u64) {
        self.identity.worked(generation);
    }

    /// Refreshes the expired credentials of `generation`. Returns whether newer credentials exist.
    pub(super) async fn renew(&self, generation: u64) -> bool {
        self.identity.renew(generation).await
    }

    fn current(&self) -> MutexGuard<'_, BucketState> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
