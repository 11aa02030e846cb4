//! Resolves the identities with which a run calls AWS, one for each account.

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::anyhow;
use ct_core::exit::{self, Failure};
use tokio::task::JoinSet;

use ct_aws::config::Variables;
use ct_aws::error::RequestError;
use ct_aws::identity::{Identity, IdentityOptions, RoleRequest};

/// The accounts to query.
#[derive(Debug, Clone)]
pub(crate) enum Accounts {
    /// The accounts of profiles, or one account with the default credentials if no profile is
    /// named.
    Own(Vec<IdentityOptions>),
    /// The accounts of roles, all of which are assumed from one identity.
    Assumed(IdentityOptions, Vec<RoleRequest>),
}

/// An account to query, and the identity with which it is queried.
#[derive(Debug)]
pub(crate) struct Account {
    /// The identity that signs the requests.
    pub(crate) identity: Arc<Identity>,
    /// The account ID, or the error of the request for this ID. `None` if the run has only one
    /// account, because its ID is not requested.
    pub(crate) number: Option<Result<String, RequestError>>,
}

/// Resolves the credentials and the region of every identity. If there are several identities, also
/// requests the account ID of each.
///
/// # Errors
/// [`Failure::Configuration`] if an identity is not configured. [`Failure::Usage`] if two
/// identities belong to the same account: its events would be written twice.
pub(crate) async fn connect(accounts: Accounts) -> Result<Vec<Account>, Failure> {
    let mut identities = Vec::new();
    warn_of_unverified(&accounts);
    match accounts {
        Accounts::Own(origins) => {
            for origin in origins {
                identities.push(Identity::connect(origin, variables()).await?);
            }
        }
        Accounts::Assumed(origin, roles) => {
            let base = Identity::connect(origin, variables()).await?;
            for role in roles {
                identities.push(base.assume(role));
            }
        }
    }
    let accounts = identities.into_iter().map(|identity| Account {
        identity: Arc::new(identity),
        number: None,
    });
    let mut accounts: Vec<Account> = accounts.collect();
    if accounts.len() > 1 {
        find_numbers(&mut accounts).await;
        check_numbers(&accounts)?;
    }
    Ok(accounts)
}

/// The AWS service that an identity will call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceName {
    /// S3. S3 reports the region of each bucket.
    S3,
    /// Athena in a configured region, and S3 for the buckets that contain query results.
    Athena,
}

/// Resolves the one identity that calls S3 or Athena.
///
/// # Errors
/// [`Failure::Usage`] if `accounts` name several identities, [`Failure::Configuration`] if the
/// identity is not configured.
pub(crate) async fn connect_to(
    service: ServiceName,
    accounts: Accounts,
) -> Result<Identity, Failure> {
    warn_of_unverified(&accounts);
    let connect = async |origin| match service {
        ServiceName::S3 => Identity::connect_to_s3(origin, variables()).await,
        ServiceName::Athena => Identity::connect_to_athena(origin, variables()).await,
    };
    let several = || {
        Failure::Usage(anyhow!(
            "a bucket is read with one identity, but several are given: give one --profile or \
             --role-arn"
        ))
    };
    match accounts {
        Accounts::Own(origins) => {
            let [origin] = <[IdentityOptions; 1]>::try_from(origins).map_err(|_| several())?;
            connect(origin).await
        }
        Accounts::Assumed(origin, roles) => {
            let [role] = <[RoleRequest; 1]>::try_from(roles).map_err(|_| several())?;
            let base = connect(origin).await?;
            Ok(base.assume(role))
        }
    }
}

/// Returns the environment variables of the process.
fn variables() -> Variables {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn warn_of_unverified(accounts: &Accounts) {
    if is_unverified(accounts) {
        exit::say(
            "ct-fetch",
            "--no-verify-ssl turns off the verification of the server's certificate: use \
             --ca-bundle instead",
        );
    }
}

fn is_unverified(accounts: &Accounts) -> bool {
    match accounts {
        Accounts::Own(origins) => origins.iter().any(|origin| origin.options.is_unverified),
        Accounts::Assumed(origin, _) => origin.options.is_unverified,
    }
}

async fn find_numbers(accounts: &mut [Account]) {
    let mut asked = JoinSet::new();
    for (at, account) in accounts.iter().enumerate() {
        let identity = Arc::clone(&account.identity);
        asked.spawn(async move { (at, identity.account().await) });
    }
    for (at, number) in asked.join_all().await {
        accounts[at].number = Some(number);
    }
}

fn check_numbers(accounts: &[Account]) -> Result<(), Failure> {
    for (at, account) in accounts.iter().enumerate() {
        let Some(Ok(number)) = &account.number else {
            continue;
        };
        let same = |other: &&Account| matches!(&other.number, Some(Ok(other)) if other == number);
        if let Some(known) = accounts[..at].iter().find(same) {
            let (one, other) = (known.identity.typed(), account.identity.typed());
            return Err(twice(number, &one, &other));
        }
    }
    Ok(())
}

/// Returns the error that two identities belong to the same account. The events of this account
/// would be written twice.
#[must_use]
pub(crate) fn twice(account: &str, one: &str, other: &str) -> Failure {
    Failure::Usage(anyhow!(
        "{one} and {other} are both in account {account}, so its events would be fetched twice: \
         remove one of them"
    ))
}
