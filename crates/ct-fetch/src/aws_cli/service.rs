//! CloudTrail as the AWS CLI reaches it: whose credentials, which region and endpoint, one request at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudtrail::Client;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::lookup::{Answer as Body, KeepAnswer, put_body};

use super::answer::Answer;
use super::args::Args;
use super::config::Config;
use super::fault::Fault;
use super::files;
use super::http::{self, Route};
use super::tls::Trust;

/// botocore's default for both time-outs, in seconds.
const TIMEOUT_SECONDS: i128 = 60;

/// One region of CloudTrail.
pub(crate) struct Service {
    client: Client,
    trouble: http::Trouble,
}

impl Service {
    /// Finds region, endpoint and credentials; nothing is sent to CloudTrail yet.
    ///
    /// # Errors
    /// In the AWS CLI's words, in the order it finds things wrong.
    pub(crate) async fn connect(args: &Args, config: &Config) -> Result<Self, Fault> {
        config.profile()?;
        let region = region(args, config).await?;
        check_region(region.as_deref())?;
        config.check_credentials()?;
        let endpoint = args
            .text("--endpoint-url")
            .or_else(|| config.endpoint_url());
        let region = region.ok_or(Fault::NoRegion)?;
        let trouble = http::Trouble::default();
        let is_tls = endpoint.is_none_or(|url| url.starts_with("https:"));
        let route =
            route(args, config).map_err(|reason| broken_trust(&reason, endpoint, &region))?;
        let http = http::client(&route, is_tls, &trouble)
            .map_err(|reason| broken_trust(&reason, endpoint, &region))?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(name) = config.profile_name() {
            loader = loader.profile_name(name);
        }
        loader = if args.has("--no-sign-request") {
            loader.no_credentials()
        } else if let Some(keys) = config.first_keys() {
            let [id, secret] = keys.required.map(str::to_owned);
            let token = keys.session_token.map(str::to_owned);
            loader.credentials_provider(Credentials::new(id, secret, token, None, "profile"))
        } else if config.asked_profile().is_some() {
            loader.credentials_provider(profile_alone(config))
        } else {
            loader
        };
        let shared = loader.load().await;
        let mut builder = aws_sdk_cloudtrail::config::Builder::from(&shared)
            .http_client(http)
            .allow_no_auth();
        if let Some(url) = endpoint {
            builder = builder.endpoint_url(url);
        }
        Ok(Self {
            client: Client::from_conf(builder.build()),
            trouble,
        })
    }

    /// Sends one request with this JSON body.
    ///
    /// # Errors
    /// When there is nothing to sign with.
    pub(crate) async fn ask(&self, body: &str) -> Result<Answer, Fault> {
        let slot = Arc::new(Mutex::new(None));
        let bytes = body.as_bytes().to_vec();
        let sent = self
            .client
            .lookup_events()
            .customize()
            .interceptor(KeepAnswer(Arc::clone(&slot)))
            .mutate_request(move |request| put_body(request, &bytes))
            .send()
            .await;
        if let Err(error) = sent {
            let trouble = self
                .trouble
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            return match trouble {
                Some(message) => Ok(Answer::Broken(message)),
                None => Err(unsent(&error)),
            };
        }
        let answer = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(match answer {
            Some(Body { http_status, body }) => Answer::read(http_status, body),
            None => Answer::Broken("the answer had no body".to_owned()),
        })
    }
}

/// `--profile` leaves the environment's keys out, unlike `AWS_PROFILE`.
fn profile_alone(config: &Config) -> CredentialsProviderChain {
    let name = config.asked_profile().unwrap_or_default();
    let profile = ProfileFileCredentialsProvider::builder()
        .profile_name(name)
        .build();
    CredentialsProviderChain::first_try("Profile", profile)
        .or_else(
            "Ecs",
            aws_config::ecs::EcsCredentialsProvider::builder().build(),
        )
        .or_else(
            "Imds",
            imds::credentials::ImdsCredentialsProvider::builder().build(),
        )
}

/// `--region`, environment, profile, and last the instance this runs on.
async fn region(args: &Args, config: &Config) -> Result<Option<String>, Fault> {
    let asked = args.text("--region");
    if asked == Some("") {
        return Err(Fault::Param(
            "--region is empty, and the AWS CLI would send its request unsigned: name a region, such as us-east-1"
                .to_owned(),
        ));
    }
    if let Some(region) = asked.or_else(|| config.region()) {
        return Ok(Some(region.to_owned()).filter(|region| !region.is_empty()));
    }
    if config.flag("AWS_EC2_METADATA_DISABLED", "") {
        return Ok(None);
    }
    let provider = imds::region::ImdsRegionProvider::builder().build();
    Ok(provider.region().await.map(|region| region.to_string()))
}

fn check_region(region: Option<&str>) -> Result<(), Fault> {
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
    Err(Fault::General(format!(
        "Provided region_name '{region}' doesn't match a supported format."
    )))
}

fn route(args: &Args, config: &Config) -> Result<Route, String> {
    Ok(Route {
        trust: trust(args, config)?,
        proxy: ["HTTPS_PROXY", "https_proxy"]
            .iter()
            .find_map(|name| config.variable(name))
            .filter(|url| !url.is_empty() && !is_direct(args, config))
            .map(str::to_owned),
        connect_timeout: timeout(args, "--cli-connect-timeout"),
        read_timeout: timeout(args, "--cli-read-timeout"),
    })
}

/// Whether `NO_PROXY` names the endpoint's host, or a domain it is in.
fn is_direct(args: &Args, config: &Config) -> bool {
    let names = ["NO_PROXY", "no_proxy"]
        .iter()
        .find_map(|name| config.variable(name));
    let url = args
        .text("--endpoint-url")
        .or_else(|| config.endpoint_url());
    let host = url.map_or("amazonaws.com", |url| {
        let authority = url.split("://").nth(1).unwrap_or(url);
        authority.split(['/', ':']).next().unwrap_or_default()
    });
    names.is_some_and(|names| {
        names
            .split(',')
            .map(|name| name.trim().trim_start_matches('.'))
            .any(|name| {
                name == "*"
                    || (!name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))))
            })
    })
}

fn trust(args: &Args, config: &Config) -> Result<Trust, String> {
    if args.has("--no-verify-ssl") {
        return Ok(Trust::Anybody);
    }
    let path = args
        .text("--ca-bundle")
        .or_else(|| config.value("AWS_CA_BUNDLE", "ca_bundle"))
        .or_else(|| config.variable("REQUESTS_CA_BUNDLE"));
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return Ok(Trust::Machine);
    };
    let path = files::expand(path, &config.variables);
    std::fs::read(&path)
        .map(Trust::Bundle)
        .map_err(|error| files::os_error(&error, &path).replace(&format!(": '{path}'"), ""))
}

fn timeout(args: &Args, option: &str) -> Option<Duration> {
    let seconds = args
        .text(option)
        .and_then(super::argparse::python_int)
        .unwrap_or(TIMEOUT_SECONDS);
    (seconds > 0).then(|| Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX)))
}

/// botocore opens the bundle when it connects, so its words name the endpoint.
fn broken_trust(reason: &str, endpoint: Option<&str>, region: &str) -> Fault {
    let url = match endpoint {
        Some(url) => format!("{}/", url.trim_end_matches('/')),
        None => format!("https://cloudtrail.{region}.amazonaws.com/"),
    };
    Fault::General(format!("SSL validation failed for {url} {reason}"))
}

/// What the SDK could not sign or send.
fn unsent(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut innermost = error;
    let mut is_missing = false;
    let mut is_about_credentials = false;
    loop {
        if let Some(error) = innermost.downcast_ref::<CredentialsError>() {
            is_about_credentials = true;
            is_missing |= matches!(error, CredentialsError::CredentialsNotLoaded(_));
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => break,
        }
    }
    let reason = innermost.to_string();
    if let Some((_, stderr)) = reason.split_once("external process exited with code") {
        let stderr = stderr
            .split_once("Stderr: ")
            .map_or("", |(_, stderr)| stderr);
        return Fault::General(format!(
            "Error when retrieving credentials from custom-process: {stderr}"
        ));
    }
    if is_missing {
        return Fault::NoCredentials;
    }
    if is_about_credentials {
        return Fault::General(format!("Error when retrieving credentials: {reason}"));
    }
    Fault::General(reason)
}
