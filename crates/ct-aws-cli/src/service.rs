//! A CloudTrail client that finds the credentials, the region and the endpoint as the AWS CLI does,
//! and sends one request at a time.

pub(crate) mod response;
pub(crate) mod retry;

use std::sync::Arc;
use std::time::Duration;

use ct_aws::config::Config;
use ct_aws::credentials::{self, Signer};
use ct_aws::http;
use ct_aws::http::endpoint;
use ct_aws::lookup_events::{Client, ClientSettings, SendFailure};
use ct_aws::python;
use ct_aws::setup::{self, Options};

use crate::args::Args;
use crate::cli_error::CliError;
use crate::service::response::RequestResult;

/// botocore's default for the connect time-out and the read time-out, in seconds.
const TIMEOUT_SECONDS: i128 = 60;

/// A client for CloudTrail in one region.
pub(crate) struct Service {
    client: Client,
}

impl Service {
    /// Resolves the region, the endpoint and the credentials. No request is sent to CloudTrail.
    ///
    /// # Errors
    /// The AWS CLI's message. Checks happen in the same order as in the AWS CLI.
    pub(crate) async fn connect(args: &Args, config: &Config) -> Result<Self, CliError> {
        config.profile()?;
        let options = options(args);
        check_is_named(options.region.as_deref())?;
        let region = options.region(config).await;
        check_region(region.as_deref())?;
        let is_signed = !args.has("--no-sign-request");
        let source = if is_signed {
            credentials::find(config).await?
        } else {
            None
        };
        let region = region.ok_or(CliError::NoRegion)?;
        let endpoint = options.endpoint(config);
        let url = endpoint.map(endpoint::request_url).transpose()?;
        check_timeouts(args)?;
        let refuse = |reason: String| broken_trust(&reason, url.as_deref(), &region);
        let http = options.route(config).map_err(refuse)?;
        let http = http::client(&http).map_err(refuse)?;
        let base = setup::base(&region, config);
        let signer = if is_signed {
            // The certificate options apply only to CloudTrail, so other services use the
            // configured certificates.
            let trust = setup::configured_trust(config);
            let clients = options.clients(base.clone(), trust, config)?;
            Some(Arc::new(Signer::new(Ok(source), clients)))
        } else {
            None
        };
        let connection = ClientSettings {
            base,
            http,
            endpoint: endpoint.map(str::to_owned),
            signer,
            execution_env: config.variable("AWS_EXECUTION_ENV").map(str::to_owned),
        };
        let client = Client::new(&connection, &region)?;
        Ok(Self { client })
    }

    /// Sends one request with the JSON body `body`.
    ///
    /// # Errors
    /// If there are no credentials to sign with.
    pub(crate) async fn lookup_events(&self, body: &str) -> Result<RequestResult, CliError> {
        match self.client.lookup_events(body.as_bytes().to_vec()).await {
            Ok(answer) => Ok(RequestResult::read(answer.http_status, answer.body)),
            Err(SendFailure::Connection(message)) => Ok(RequestResult::Broken(message)),
            Err(SendFailure::Credentials(error)) => Err(error.into()),
            Err(SendFailure::Request(message)) => Err(CliError::General(message)),
        }
    }
}

fn options(args: &Args) -> Options {
    let text = |option| args.text(option).map(str::to_owned);
    Options {
        region: text("--region"),
        endpoint_url: text("--endpoint-url"),
        ca_bundle: text("--ca-bundle"),
        is_unverified: args.has("--no-verify-ssl"),
        connect_timeout: timeout(args, "--cli-connect-timeout"),
        read_timeout: timeout(args, "--cli-read-timeout"),
        ..Options::default()
    }
}

fn check_is_named(region: Option<&str>) -> Result<(), CliError> {
    if region == Some("") {
        return Err(CliError::Param(
            "--region is empty, and the AWS CLI would send its request unsigned: name a region, such as us-east-1"
                .to_owned(),
        ));
    }
    Ok(())
}

fn check_region(region: Option<&str>) -> Result<(), CliError> {
    let Some(region) = region else {
        return Ok(());
    };
    let fits = region.len() <= 63
        && region
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-')
        && !region.bytes().all(|byte| byte.is_ascii_digit());
    if fits {
        return Ok(());
    }
    Err(CliError::General(format!(
        "Provided region_name '{region}' doesn't match a supported format."
    )))
}

fn seconds(args: &Args, option: &str) -> i128 {
    args.text(option)
        .and_then(python::int)
        .unwrap_or(TIMEOUT_SECONDS)
}

/// Rejects time-outs below zero. Zero means no time-out.
fn check_timeouts(args: &Args) -> Result<(), CliError> {
    for kind in ["connect", "read"] {
        let seconds = seconds(args, &format!("--cli-{kind}-timeout"));
        if seconds < 0 {
            return Err(CliError::General(format!(
                "Attempted to set {kind} timeout to {seconds}, but the timeout cannot be set to a \
                 value less than or equal to 0."
            )));
        }
    }
    Ok(())
}

fn timeout(args: &Args, option: &str) -> Option<Duration> {
    let seconds = seconds(args, option);
    (seconds > 0).then(|| Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX)))
}

/// The error for certificates that cannot be loaded. The message contains the endpoint, because
/// botocore loads certificates when it connects.
fn broken_trust(reason: &str, url: Option<&str>, region: &str) -> CliError {
    let own = format!("https://cloudtrail.{region}.amazonaws.com/");
    let url = url.unwrap_or(&own);
    CliError::General(format!("SSL validation failed for {url} {reason}"))
}
