//! CloudTrail as the AWS CLI reaches it: whose credentials, which region and endpoint, one request at a time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, imds};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::Builder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use ct_aws::lookup_events::{Answer as Body, KeepAnswer, put_body};

use super::answer::Answer;
use super::args::Args;
use super::config::Config;
use super::credentials::{self, Clients, Signer};
use super::endpoint;
use super::fault::Fault;
use super::files;
use super::http::{self, Route};
use super::proxy::Proxies;
use super::tls::Trust;

/// botocore's default for both time-outs, in seconds.
const TIMEOUT_SECONDS: i128 = 60;

/// How long keys may take to come: a person may have to type a code.
const SIGNER_TIMEOUT: Duration = Duration::from_hours(1);

/// One region of CloudTrail.
pub(crate) struct Service {
    client: Client,
    /// Where requests go instead of the region's own endpoint.
    url: Option<String>,
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
        let is_signed = !args.has("--no-sign-request");
        let identity = if is_signed {
            credentials::find(config).await?
        } else {
            None
        };
        let region = region.ok_or(Fault::NoRegion)?;
        let endpoint = args
            .text("--endpoint-url")
            .or_else(|| config.endpoint_url("cloudtrail"));
        let url = endpoint.map(endpoint::request_url).transpose()?;
        check_timeouts(args)?;
        let trouble = http::Trouble::default();
        let refuse = |reason: String| broken_trust(&reason, url.as_deref(), &region);
        let route = route(args, config, endpoint).map_err(refuse)?;
        let http = http::client(&route, &trouble).map_err(refuse)?;
        let base = base(&region, config);
        let mut builder = Builder::from(&base)
            .http_client(http)
            .allow_no_auth()
            .retry_config(RetryConfig::disabled())
            .identity_cache(IdentityCache::lazy().load_timeout(SIGNER_TIMEOUT).build());
        if let Some(url) = endpoint {
            builder = builder.endpoint_url(url);
        }
        if is_signed {
            let clients = clients(base, args, config)?;
            builder = builder.credentials_provider(Signer { identity, clients });
        }
        Ok(Self {
            client: Client::from_conf(builder.build()),
            url,
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
        let url = self.url.clone();
        let sent = self
            .client
            .lookup_events()
            .customize()
            .interceptor(KeepAnswer(Arc::clone(&slot)))
            .mutate_request(move |request| {
                put_body(request, &bytes);
                if let Some(url) = &url {
                    // The URL was read before; the SDK's own loses the query.
                    let _ = request.set_uri(url.as_str());
                }
            })
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

/// What every service is asked with: nothing of it from the SDK's own reading of the configuration, which takes
/// an empty variable for a value.
fn base(region: &str, config: &Config) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .use_fips(config.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"))
        .use_dual_stack(config.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"))
        .build()
}

/// The services that hand out keys are reached without the options for CloudTrail's endpoint and certificate.
fn clients(base: SdkConfig, args: &Args, config: &Config) -> Result<Clients, Fault> {
    let url = |service| config.endpoint_url(service).map(str::to_owned);
    Ok(Clients {
        base,
        route: route_without_trust(args, config),
        trust: configured_trust(config),
        attempts: config.max_attempts()?.unwrap_or(3),
        home: PathBuf::from(config.variable("HOME").unwrap_or_default()),
        sts_url: url("sts"),
        sso_url: url("sso"),
        oidc_url: url("sso_oidc"),
    })
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

fn route(args: &Args, config: &Config, endpoint: Option<&str>) -> Result<Route, String> {
    let is_plain = endpoint.is_some_and(|url| url.starts_with("http:"));
    let trust = match args.text("--ca-bundle") {
        _ if is_plain => Trust::Nobody,
        _ if args.has("--no-verify-ssl") => Trust::Anybody,
        Some(path) if !path.is_empty() => bundle(path, config)?,
        _ => configured_trust(config)?,
    };
    Ok(Route {
        trust,
        ..route_without_trust(args, config)
    })
}

fn route_without_trust(args: &Args, config: &Config) -> Route {
    Route {
        trust: Trust::Nobody,
        proxies: Proxies::new(&config.variables),
        connect_timeout: timeout(args, "--cli-connect-timeout"),
        read_timeout: timeout(args, "--cli-read-timeout"),
    }
}

fn configured_trust(config: &Config) -> Result<Trust, String> {
    let path = config
        .value("AWS_CA_BUNDLE", "ca_bundle")
        .or_else(|| config.variable("REQUESTS_CA_BUNDLE"));
    match path.filter(|path| !path.is_empty()) {
        Some(path) => bundle(path, config),
        None => Ok(Trust::Machine),
    }
}

fn bundle(path: &str, config: &Config) -> Result<Trust, String> {
    let path = files::expand(path, &config.variables);
    std::fs::read(&path)
        .map(Trust::Bundle)
        .map_err(|error| files::os_error(&error, &path).replace(&format!(": '{path}'"), ""))
}

fn seconds(args: &Args, option: &str) -> i128 {
    args.text(option)
        .and_then(super::argparse::python_int)
        .unwrap_or(TIMEOUT_SECONDS)
}

/// A time-out below zero, which 0, for none, is not.
fn check_timeouts(args: &Args) -> Result<(), Fault> {
    for kind in ["connect", "read"] {
        let seconds = seconds(args, &format!("--cli-{kind}-timeout"));
        if seconds < 0 {
            return Err(Fault::General(format!(
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

/// botocore opens the bundle when it connects, so its words name the endpoint.
fn broken_trust(reason: &str, url: Option<&str>, region: &str) -> Fault {
    let own = format!("https://cloudtrail.{region}.amazonaws.com/");
    let url = url.unwrap_or(&own);
    Fault::General(format!("SSL validation failed for {url} {reason}"))
}

/// What the SDK could not sign or send.
fn unsent(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost.downcast_ref::<Fault>() {
        Some(fault) => fault.clone(),
        None => Fault::General(innermost.to_string()),
    }
}
