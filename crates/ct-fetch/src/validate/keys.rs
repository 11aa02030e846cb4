//! Requests to CloudTrail for validation: public keys, unless files contain them, and a trail.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use ct_aws::identity::{Identity, Trail};
use ct_aws::public_keys::{self, PublicKeys};
use ct_aws::request_error::RequestError;
use ct_aws::retry::{Backoff, RetryAction};
use ct_core::exit::Failure;
use tokio::runtime::Runtime;

use super::chain::Keys;
use crate::account::identities::{self, Accounts};
use crate::args::public_keys::KeyOptions;

/// The number of attempts per region.
const ATTEMPTS: u32 = 5;

/// The remedy for an invalid file of keys.
const ADVICE: &str = "use the output of aws cloudtrail list-public-keys";

/// The periods for which public keys are required, by region, in Unix seconds, both ends included.
pub(super) type Periods = BTreeMap<String, (i64, i64)>;

/// The keys in the files of `--keys`, or without this option, the keys from `ListPublicKeys` for the regions and times
/// in `periods`. The keys are saved if `--save-keys` is given.
///
/// # Errors
/// If the keys cannot be read or requested, or cannot be saved.
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
        keys = ask(accounts()?, periods)?;
    }
    if let Some(path) = &options.save_keys {
        save(&keys, path)?;
    }
    Ok(Keys { keys, are_all })
}

/// The keys of one file.
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

/// Writes keys to a file that [`read`] accepts.
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

/// The keys from `ListPublicKeys` in each region.
///
/// # Errors
/// If more than one identity is named, the identity is not configured, or a request fails.
fn ask(accounts: Accounts, periods: &Periods) -> Result<PublicKeys, Failure> {
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

/// The trail with an ARN, from its home region.
///
/// # Errors
/// As for [`ask`], and if there is no such trail.
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

/// The identity that the options name, which must be only one.
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
