//! The options that select accounts and regions.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use ct_aws::http::pool::Pool;
use ct_aws::setup::Options;
use ct_core::exit::Failure;

use crate::account::identities::{Accounts, twice};
use crate::account::regions;
use crate::account::target::Target;
use crate::source::history::service::Service;
use ct_aws::identity::{self, IdentityOptions, RoleRequest};
use ct_aws::role::{self, NoRole, Role};

/// The environment variables that set the region of requests.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The options that select accounts and regions.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(next_help_heading = "Where")]
pub(crate) struct TargetOptions {
    /// Regions to query, or `all` [default: as in the AWS CLI]
    ///
    /// Give several regions, separated by commas or with repeated options, to merge their events in
    /// order. `all` is every region of the partition; regions that are not enabled in the account
    /// are skipped. IAM, STS and sign-in events are recorded in us-east-1.
    #[arg(long, value_name = "REGION", value_parser = identity::region, value_delimiter = ',')]
    region: Vec<String>,

    /// Profile of the AWS configuration [default: as in the AWS CLI]
    ///
    /// Several profiles, separated by commas or given with repeated options, stand for one account
    /// each, and their events are merged. Events with the same time are ordered by account in the
    /// order of the profiles, then by region.
    #[arg(long, value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new(), value_delimiter = ',')]
    profile: Vec<String>,

    /// Query the accounts of these roles instead; all roles are assumed from one identity
    ///
    /// Give several roles, separated by commas or with repeated options, to merge the events of
    /// their accounts. Each account has its own quota. If an account refuses, the other accounts
    /// continue, and the refusal is reported at the end. The identity's own account is not queried.
    /// STS is called at AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL if set, otherwise in the region.
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    role_arn: Vec<Role>,

    /// External ID that the trust policies of the roles require
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,

    /// Query the accounts of the roles in this file too
    ///
    /// The file has one ARN per line, as for --role-arn. Blank lines are ignored, and so are
    /// comments: a # at the start of a line or after a space.
    #[arg(long, value_name = "FILE")]
    roles: Option<PathBuf>,

    /// Send LookupEvents to this URL instead of the region's default endpoint
    #[arg(long, value_name = "URL", value_parser = identity::endpoint_url)]
    endpoint_url: Option<String>,

    #[command(flatten)]
    connecting: ConnectionOptions,
}

/// The connection settings for CloudTrail, and for the services that issue credentials.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(next_help_heading = "Where")]
struct ConnectionOptions {
    /// Trust the certificate authorities in this PEM file [default: AWS_CA_BUNDLE, ca_bundle, the
    /// system's]
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<String>,

    /// Accept any certificate
    ///
    /// With this option, anyone between you and AWS can read and change the responses. Prefer
    /// --ca-bundle.
    #[arg(long)]
    no_verify_ssl: bool,

    /// Timeout for connecting, in seconds; 0 means no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    cli_connect_timeout: u32,

    /// Timeout for receiving data, in seconds without a byte; 0 means no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    cli_read_timeout: u32,
}

impl TargetOptions {
    /// Refuses the options for roles if only files are read.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the option.
    pub(crate) fn check_roles_unused(&self) -> Result<(), Failure> {
        let given = [
            ("--role-arn", !self.role_arn.is_empty()),
            ("--roles", self.roles.is_some()),
            ("--external-id", self.external_id.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::Usage(anyhow!(
                "{option} requires the event history or --from s3://…: local files need no \
                 credentials: remove {option}"
            ))),
            None => Ok(()),
        }
    }

    /// Returns the accounts to query, in the order of the command line.
    ///
    /// # Errors
    /// [`Failure::Usage`] for options that cannot be combined, for an invalid file of roles, and
    /// for two roles of one account. The events of this account would be written twice.
    pub(crate) fn accounts(&self) -> Result<Accounts, Failure> {
        let mut roles: Vec<Role> = Vec::new();
        let listed = self.roles.as_deref().map(read).transpose()?;
        for role in self.role_arn.iter().chain(listed.iter().flatten()) {
            match roles.iter().find(|known| known.account == role.account) {
                None => roles.push(role.clone()),
                Some(known) if known == role => {}
                Some(known) => return Err(twice(&role.account, &known.arn, &role.arn)),
            }
        }
        let mut profiles: Vec<&String> = Vec::new();
        for profile in &self.profile {
            if !profiles.contains(&profile) {
                profiles.push(profile);
            }
        }
        let options = self.options();
        let origin = |profile: Option<&String>| IdentityOptions {
            profile: profile.cloned(),
            options: options.clone(),
        };
        if self.role_arn.is_empty() && self.roles.is_none() {
            if self.external_id.is_some() {
                return Err(Failure::Usage(anyhow!(
                    "--external-id requires a role: add --role-arn, or remove --external-id"
                )));
            }
            return Ok(Accounts::Own(match profiles.as_slice() {
                [] => vec![origin(None)],
                profiles => profiles.iter().map(|name| origin(Some(name))).collect(),
            }));
        }
        if profiles.len() > 1 {
            return Err(Failure::Usage(anyhow!(
                "roles are assumed from one identity, but --profile names {}: use one profile",
                profiles.len()
            )));
        }
        if roles.is_empty() {
            return Err(Failure::Usage(anyhow!(
                "the --roles file contains no role: write one role ARN per line"
            )));
        }
        let assumed = |role| RoleRequest {
            role,
            external_id: self.external_id.clone(),
        };
        let assumed = roles.into_iter().map(assumed).collect();
        Ok(Accounts::Assumed(
            origin(profiles.first().copied()),
            assumed,
        ))
    }

    /// Like [`TargetOptions::accounts`], but ignores `--region`: each account has the region
    /// `region`. If `region` is `None`, the region is that of the environment or the profile.
    ///
    /// # Errors
    /// The errors of [`TargetOptions::accounts`].
    pub(crate) fn accounts_in(&self, region: Option<&String>) -> Result<Accounts, Failure> {
        let mut accounts = self.accounts()?;
        let origins = match &mut accounts {
            Accounts::Own(origins) => origins.as_mut_slice(),
            Accounts::Assumed(origin, _) => std::slice::from_mut(origin),
        };
        for origin in origins {
            origin.options.region = region.cloned();
        }
        Ok(accounts)
    }

    fn options(&self) -> Options {
        let timeout = |seconds: u32| (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        let connecting = &self.connecting;
        Options {
            region: self.region.iter().find(|name| *name != "all").cloned(),
            endpoint_url: self.endpoint_url.clone(),
            ca_bundle: connecting.ca_bundle.clone(),
            is_unverified: connecting.no_verify_ssl,
            connect_timeout: timeout(connecting.cli_connect_timeout),
            read_timeout: timeout(connecting.cli_read_timeout),
            pool: Pool::for_hosts(regions::named(&self.region, "").len()),
        }
    }

    /// Returns a [`Service`] for each region of each identity's account. Events with the same time
    /// are written in the order of this list.
    #[must_use]
    pub(crate) fn services(&self, identities: &[Arc<identity::Identity>]) -> Vec<Service> {
        let is_one = identities.len() == 1;
        let services = identities.iter().flat_map(|identity| {
            let regions = match self.region.as_slice() {
                [] => vec![identity.region().to_owned()],
                named => regions::named(named, identity.region()),
            };
            regions.into_iter().map(move |region| {
                let account = identity.name().filter(|_| !is_one).map(str::to_owned);
                Service::new(Arc::clone(identity), Target { account, region })
            })
        });
        services.collect()
    }

    /// Whether `--region` or a variable in `environment` sets a region or `all`. The region of a
    /// profile is ignored.
    #[must_use]
    pub(crate) fn names_a_region(&self, environment: &[(OsString, OsString)]) -> bool {
        let is_set = |(name, value): &(OsString, OsString)| {
            REGION_VARIABLES.iter().any(|variable| name == variable) && !value.is_empty()
        };
        !self.region.is_empty() || environment.iter().any(is_set)
    }

    /// Returns the regions in `--region`; `None` if the option is missing or contains `all`.
    #[must_use]
    pub(crate) fn only_regions(&self) -> Option<Vec<String>> {
        (!self.region.is_empty() && !self.is_every_region()).then(|| self.region.clone())
    }

    /// Whether `--region` is `all`, so that a region that is not enabled is skipped.
    #[must_use]
    pub(crate) fn is_every_region(&self) -> bool {
        regions::is_all(&self.region)
    }
}

fn read(path: &Path) -> Result<Vec<Role>, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::Other(anyhow!(
            "cannot read {name}: {error}: use a file with roles"
        ))
    })?;
    role::list(&text)
        .map_err(|(line, text)| Failure::Usage(anyhow!("{name}:{line}: `{text}`: {NoRole}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        targets: TargetOptions,
    }

    const AUDIT: &str = "arn:aws:iam::444455556666:role/audit";

    /// Parses a command line. Returns its profiles, and the accounts of its roles.
    fn accounts(words: &[&str]) -> Result<(Vec<Option<String>>, Vec<String>), String> {
        let words = [&["ct-fetch"], words].concat();
        let accounts = Words::try_parse_from(words).unwrap().targets.accounts();
        match accounts.map_err(|failure| failure.message().unwrap())? {
            Accounts::Own(origins) => {
                let profiles = origins.into_iter().map(|origin| origin.profile);
                Ok((profiles.collect(), Vec::new()))
            }
            Accounts::Assumed(origin, assumed) => {
                let accounts = assumed.into_iter().map(|assumed| assumed.role.account);
                Ok((vec![origin.profile], accounts.collect()))
            }
        }
    }

    #[test]
    fn each_profile_is_an_account_and_duplicates_are_removed() {
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(accounts(&[]), Ok((vec![None], vec![])));
        assert_eq!(
            accounts(&["--profile", "p,q", "--profile", "p"]),
            Ok((vec![named("p"), named("q")], vec![]))
        );
    }

    #[test]
    fn roles_are_assumed_from_one_profile() {
        let other = "arn:aws:iam::777788889999:role/audit";
        let roles = format!("{AUDIT},{other},{AUDIT}");
        assert_eq!(
            accounts(&["--role-arn", &roles, "--profile", "p"]),
            Ok((
                vec![Some("p".to_owned())],
                vec!["444455556666".to_owned(), "777788889999".to_owned()]
            ))
        );
        assert_eq!(
            accounts(&["--role-arn", AUDIT, "--profile", "p,q"]).unwrap_err(),
            "roles are assumed from one identity, but --profile names 2: use one profile"
        );
    }

    #[test]
    fn two_roles_of_one_account_are_refused() {
        let other = "arn:aws:iam::444455556666:role/ops";
        assert_eq!(
            accounts(&["--role-arn", AUDIT, "--role-arn", other]).unwrap_err(),
            format!(
                "{AUDIT} and {other} are both in account 444455556666, so its events would be fetched twice: remove one of them"
            )
        );
    }

    #[test]
    fn an_external_id_without_a_role_is_refused() {
        assert_eq!(
            accounts(&["--external-id", "x"]).unwrap_err(),
            "--external-id requires a role: add --role-arn, or remove --external-id"
        );
    }
}
