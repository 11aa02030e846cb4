//! The accounts, the endpoint and the targets of a run. They are saved, so that a later run cannot
//! mix the events of two accounts in one output.

use std::borrow::Cow;

use ct_core::record::event::Event;
use serde::Deserialize;

use crate::account::identities::Account;
use crate::account::target::Target;
use crate::source::history::service::Service;

/// An account that a run queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownAccount {
    /// The account ID; `None` if unknown.
    pub(crate) number: Option<String>,
    /// The name of the profile or the account ID of the role, as in [`Target::account`]; `None` if
    /// there is only one account.
    pub(crate) name: Option<String>,
}

/// The accounts, the endpoint and the targets of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Requester {
    /// The URL of the endpoint, without a password; `None` for AWS's own endpoint.
    pub(crate) endpoint: Option<String>,
    /// The queried accounts, in the order of the command line.
    pub(crate) accounts: Vec<KnownAccount>,
    /// The queried targets, in the order in which events with the same time are written.
    pub(crate) targets: Vec<Target>,
    /// Whether the targets are all regions of the accounts, because of `--region all`.
    pub(crate) is_every_region: bool,
}

impl Requester {
    /// Finds out the IDs of the queried accounts. If there is a single account without a role,
    /// calls STS. Does not call STS if CloudTrail has a configured endpoint, but STS has none.
    pub(crate) async fn find(accounts: &[Account], services: &[Service]) -> Self {
        let mut known = Vec::new();
        let mut endpoints: Vec<Option<String>> = Vec::new();
        for account in accounts {
            let identity = &account.identity;
            let mut number = account
                .number
                .as_ref()
                .and_then(|number| number.as_ref().ok());
            let asked;
            if let [_] = accounts
                && identity.role_account().is_none()
                && identity.has_matching_sts()
            {
                // If STS does not respond, the account ID is taken from the first records instead.
                asked = identity.account().await.ok();
                number = asked.as_ref();
            }
            let number = number.map(String::as_str).or(identity.role_account());
            known.push(KnownAccount {
                number: number.map(str::to_owned),
                name: identity
                    .name()
                    .filter(|_| accounts.len() > 1)
                    .map(str::to_owned),
            });
            endpoints.push(identity.endpoint());
        }
        endpoints.dedup();
        let endpoint = match endpoints.as_slice() {
            [one] => one.clone(),
            several => {
                let names = several
                    .iter()
                    .map(|endpoint| endpoint.as_deref().unwrap_or("AWS"));
                Some(names.collect::<Vec<_>>().join(" "))
            }
        };
        Self {
            endpoint,
            accounts: known,
            targets: services
                .iter()
                .map(|service| service.target().clone())
                .collect(),
            is_every_region: false,
        }
    }

    /// Whether a target of any account has this region.
    pub(crate) fn has_region(&self, region: &str) -> bool {
        self.targets.iter().any(|target| target.region == region)
    }

    /// Whether there is only one account, and its ID is unknown.
    #[must_use]
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(
            self.accounts.as_slice(),
            [KnownAccount { number: None, .. }]
        )
    }

    /// Compares the saved accounts, endpoint and targets with the current ones in `now`. Returns
    /// the saved and the current name of each account.
    ///
    /// # Errors
    /// If the endpoint, an account or a region differs. The error says what differs.
    pub(crate) fn renamed(&self, now: &Self) -> Result<TargetRenames, String> {
        let endpoint =
            |requester: &Self| requester.endpoint.clone().unwrap_or("AWS's own".to_owned());
        if self.endpoint != now.endpoint {
            return Err(format!(
                "the endpoint was {} and is now {}",
                endpoint(self),
                endpoint(now)
            ));
        }
        let mut names = Vec::new();
        for account in &self.accounts {
            let mut others = now.accounts.iter();
            let same = others.find(|other| is_same(account, other));
            names.push((account.name.clone(), same.map(|same| same.name.clone())));
        }
        let is_whole = names.iter().all(|(_, name)| name.is_some());
        if !is_whole || self.accounts.len() != now.accounts.len() {
            let accounts = |requester: &Self| {
                let accounts = requester.accounts.iter().map(|account| {
                    let number = account.number.as_ref().or(account.name.as_ref());
                    number.map_or("unknown", String::as_str)
                });
                accounts.collect::<Vec<_>>().join(" ")
            };
            return Err(format!(
                "the account was {} and is now {}",
                accounts(self),
                accounts(now)
            ));
        }
        let names = names.into_iter();
        let renamed = TargetRenames(names.filter_map(|(was, is)| Some((was, is?))).collect());
        let mut targets: Vec<Target> = self
            .targets
            .iter()
            .map(|target| renamed.current(target))
            .collect();
        let mut others = now.targets.clone();
        for targets in [&mut targets, &mut others] {
            targets.sort_by_key(ToString::to_string);
        }
        if targets != others {
            let regions = |requester: &Self| {
                let targets = requester.targets.iter().map(ToString::to_string);
                targets.collect::<Vec<_>>().join(" ")
            };
            return Err(format!(
                "--region was {} and is now {}",
                regions(self),
                regions(now)
            ));
        }
        Ok(renamed)
    }
}

/// Returns the ID of the account whose event history contains the event; `None` if the event's
/// record does not contain this ID.
#[must_use]
pub(super) fn recipient(event: &Event) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record<'a> {
        #[serde(borrow)]
        recipient_account_id: Option<Cow<'a, str>>,
    }
    let text = event.cloud_trail_event.as_deref()?;
    let record: Record<'_> = serde_json::from_str(text).ok()?;
    record.recipient_account_id.map(Cow::into_owned)
}

/// The saved and the current name of each account. A profile may be renamed while its account stays
/// the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetRenames(Vec<(Option<String>, Option<String>)>);

impl TargetRenames {
    /// Returns the saved target `target` with the current name of its account.
    #[must_use]
    pub(crate) fn current(&self, target: &Target) -> Target {
        let mut names = self.0.iter();
        let name = names.find(|(was, _)| *was == target.account);
        Target {
            account: name.map_or_else(|| target.account.clone(), |(_, is)| is.clone()),
            region: target.region.clone(),
        }
    }
}

/// Whether two accounts are the same: they have the same ID or, if an ID is unknown, the same name.
/// An account without an ID and a name is not the same as any account.
fn is_same(one: &KnownAccount, other: &KnownAccount) -> bool {
    match (&one.number, &other.number) {
        (Some(one), Some(other)) => one == other,
        _ => one.name.is_some() && one.name == other.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: Option<&str>, name: Option<&str>) -> KnownAccount {
        KnownAccount {
            number: number.map(str::to_owned),
            name: name.map(str::to_owned),
        }
    }

    fn requester(accounts: &[KnownAccount]) -> Requester {
        let targets = accounts.iter().map(|account| Target {
            account: account.name.clone(),
            region: "eu-west-1".to_owned(),
        });
        Requester {
            endpoint: None,
            accounts: accounts.to_vec(),
            targets: targets.collect(),
            is_every_region: false,
        }
    }

    #[test]
    fn a_profile_may_change_while_the_account_stays() {
        let was = requester(&[account(Some("1"), Some("p")), account(Some("2"), Some("q"))]);
        let is = requester(&[account(Some("2"), Some("q")), account(Some("1"), Some("r"))]);
        let renamed = was.renamed(&is).unwrap();
        let targets = was
            .targets
            .iter()
            .map(|target| renamed.current(target).to_string());
        assert_eq!(targets.collect::<Vec<_>>(), ["r/eu-west-1", "q/eu-west-1"]);
    }

    #[test]
    fn a_different_account_is_refused_under_any_name() {
        let was = requester(&[account(Some("1"), None)]);
        let is = requester(&[account(Some("2"), None)]);
        let expected = "the account was 1 and is now 2".to_owned();
        assert_eq!(was.renamed(&is), Err(expected));
    }

    #[test]
    fn one_of_several_accounts_without_an_id_is_identified_by_its_name() {
        let was = requester(&[account(Some("1"), Some("p")), account(None, Some("q"))]);
        let is = requester(&[account(Some("1"), Some("p")), account(Some("2"), Some("q"))]);
        assert!(was.renamed(&is).is_ok());
        let alone = requester(&[account(None, None)]);
        assert!(alone.renamed(&alone).is_err());
    }

    #[test]
    fn a_different_endpoint_or_region_is_refused() {
        let was = requester(&[account(Some("1"), None)]);
        let endpoint = Requester {
            endpoint: Some("http://u:***@host".to_owned()),
            ..was.clone()
        };
        let region = Requester {
            targets: vec![Target::region("us-east-1")],
            ..was.clone()
        };
        assert_eq!(
            [endpoint, region].map(|is| was.renamed(&is).unwrap_err()),
            [
                "the endpoint was AWS's own and is now http://u:***@host",
                "--region was eu-west-1 and is now us-east-1"
            ]
        );
    }
}
