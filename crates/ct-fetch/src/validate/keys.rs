//! Gets what a validation needs from CloudTrail: the public keys, unless files contain them, and
//! the location of a trail.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use ct_aws::error::RequestError;
use ct_aws::identity::{Identity, Trail};
use ct_aws::public_keys::{self, PublicKeys};
use ct_aws::retry::{Backoff, RetryAction};
use ct_core::exit::Failure;
use tokio::runtime::Runtime;

use super::chain::Keys;
use crate::account::identities::{self, Accounts};
use crate::args::public_keys::KeyOptions;

/// How many times the public keys are requested from a region before the run gives up.
const ATTEMPTS: u32 = 5;

/// The advice for a file that contains no valid public keys.
const ADVICE: &str = "use the output of aws cloudtrail list-public-keys";

/// For each region, the first and the last second of the time for which public keys are needed, in
/// Unix seconds.
pub(super) type Periods = BTreeMap<String, (i64, i64)>;

/// Returns the keys in the files of `--keys`. Without `--keys`, requests the keys for the regions
/// and times in `periods` with `ListPublicKeys`. With `--save-keys`, also saves the keys in a file.
///
/// # Errors
/// If the keys cannot be read, requested or saved.
pub(super) fn wanted(
    options: &KeyOptions,
    accounts: impl FnOnce() -> Result<Accounts, Failure>,
    periods: &Periods,
) -> Result<Keys, Failure> {
    let mut keys = PublicKeys::default();
    for path in &options.keys {
        keys.extend(read(path)?);
    }
    let are_all = options.keys.is_empty();
    if are_all && !periods.is_empty() {
        keys = request_keys(accounts()?, periods)?;
    }
    if let Some(path) = &options.save_keys {
        save(&keys, path)?;
    }
    Ok(Keys { keys, are_all })
}

/// Reads the keys in one file.
///
/// # Errors
/// If the file cannot be read, or contains no keys.
fn read(path: &Path) -> Result<PublicKeys, Failure> {
    let name = path.display();
    let text = std::fs::read(path)
        .map_err(|error| Failure::Other(anyhow!("cannot read {name}: {error}: {ADVICE}")))?;
    let keys = PublicKeys::read(&text)
        .map_err(|error| Failure::Other(anyhow!("{name}: {error}: {ADVICE}")))?;
    if keys.is_empty() {
        return Err(Failure::Other(anyhow!("{name} has no keys: {ADVICE}")));
    }
    Ok(keys)
}

/// Writes keys to a file, in the format that [`read`] accepts.
///
/// # Errors
/// If the file cannot be written.
fn save(keys: &PublicKeys, path: &Path) -> Result<(), Failure> {
    let is_other = |text: &Vec<u8>| !text.is_empty() && PublicKeys::read(text).is_err();
    if std::fs::read(path).is_ok_and(|text| is_other(&text)) {
        return Err(Failure::Usage(anyhow!(
            "--save-keys {}: the file exists and does not contain public keys: use a different \
             file",
            path.display()
        )));
    }
    std::fs::write(path, keys.to_json()).map_err(|error| {
        let name = path.display();
        Failure::Other(anyhow!(
            "cannot write {name}: {error}: use a path where a file can be created"
        ))
    })
}

/// Requests the keys of each region with `ListPublicKeys`.
///
/// # Errors
/// If `accounts` name more than one identity, if the identity is not configured, or if a request
/// fails.
fn request_keys(accounts: Accounts, periods: &Periods) -> Result<PublicKeys, Failure> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let identity = identity(accounts).await?;
        let mut keys = PublicKeys::default();
        for (region, period) in periods {
            let asked = ask_region(&identity, region, *period).await;
            keys.extend(asked.map_err(|fault| failure(region, &fault))?);
        }
        Ok(keys)
    })
}

/// Requests the trail with the given ARN from the configured region.
///
/// # Errors
/// If the identity is not configured, if the request fails, or if there is no such trail in the
/// region.
pub(super) fn trail(accounts: Accounts, arn: &str) -> Result<Trail, Failure> {
    let runtime = runtime()?;
    let trails = runtime.block_on(async {
        let identity = identity(accounts).await?;
        let trails = identity.trails().await;
        trails.map_err(|fault| {
            Failure::Refused(anyhow!(
                "cannot look up {arn}: {fault}: allow cloudtrail:DescribeTrails, or use \
                 s3://BUCKET/PREFIX"
            ))
        })
    })?;
    let found = trails.into_iter().find(|trail| trail.arn == arn);
    found.ok_or_else(|| {
        Failure::Other(anyhow!(
            "the trail {arn} does not exist in the requested region: give its home region with \
             --region, or use s3://BUCKET/PREFIX"
        ))
    })
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    Ok(runtime.context("cannot start: check the limits on files and threads")?)
}

/// Returns the identity that `accounts` name.
///
/// # Errors
/// If `accounts` name several identities, or if the identity is not configured.
async fn identity(accounts: Accounts) -> Result<Arc<Identity>, Failure> {
    if !is_one(&accounts) {
        return Err(Failure::Usage(anyhow!(
            "CloudTrail is called with one identity, but several are given: give one"
        )));
    }
    let accounts = identities::connect(accounts).await?;
    let account = accounts.first().context("no identity was found")?;
    Ok(Arc::clone(&account.identity))
}

fn is_one(accounts: &Accounts) -> bool {
    match accounts {
        Accounts::Own(origins) => origins.len() == 1,
        Accounts::Assumed(_, roles) => roles.len() == 1,
    }
}

async fn ask_region(
    identity: &Identity,
    region: &str,
    (since, until): (i64, i64),
) -> Result<PublicKeys, RequestError> {
    let mut tried = 0;
    loop {
        let (client, generation) = identity.client(region).map_err(RequestError::Credentials)?;
        let fault = match public_keys::list(&client, since, until).await {
            Ok(keys) => {
                identity.worked(generation);
                return Ok(keys);
            }
            Err(fault) => fault,
        };
        tried += 1;
        let is_renewed = fault.is_expired() && identity.renew(generation).await;
        let may_pass = matches!(
            fault.retry_action(),
            RetryAction::SlowDown | RetryAction::BackOff | RetryAction::RetryNow
        );
        if tried == ATTEMPTS || !(is_renewed || may_pass) {
            return Err(fault);
        }
        if !is_renewed {
            tokio::time::sleep(Backoff::CLOUDTRAIL.bound(tried + 1)).await;
        }
    }
}

fn failure(region: &str, fault: &RequestError) -> Failure {
    match fault {
        RequestError::Service(error) => Failure::Refused(anyhow!(
            "{region} refused ListPublicKeys: {error}: allow cloudtrail:ListPublicKeys, or give \
             the keys with --keys"
        )),
        RequestError::Credentials(error) => Failure::Configuration(anyhow!(
            "no credentials for requesting public keys from {region}: {error}: configure \
             credentials, or give the keys with --keys"
        )),
        RequestError::Connection(_) | RequestError::BadAnswer(_) | RequestError::Renewed => {
            Failure::Other(anyhow!(
                "no public keys from {region}: {fault}: check the network, or give the keys with \
                 --keys"
            ))
        }
    }
}
