//! Handles the failure of a target or an account: reports it, and continues with the other targets.

use std::collections::hash_map::Entry;
use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::{Fetch, Report};
use crate::account::target::Target;
use crate::checkpoint::{Checkpointer, RunState};
use crate::source::history::failure_message;
use crate::source::history::schedule::TargetError;
use ct_aws::error::RequestError;
use ct_core::region;

/// A region that refused the credentials, perhaps because it is not enabled.
pub(super) struct PossiblyDisabled {
    at: usize,
    /// The service's error message.
    reason: String,
    /// The error of the run if no other region remains.
    failure: Failure,
}

impl Fetch<'_> {
    /// Continues without the account `name`, which failed, if other accounts remain.
    ///
    /// # Errors
    /// Returns `failure` if no other account remains.
    pub(crate) fn fail_account(
        &mut self,
        name: &str,
        failure: Failure,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        self.fail_known(
            |target| target.account.as_deref() == Some(name),
            name,
            failure,
            report,
        )
    }

    /// Continues without a target, which failed with `fault`, if other targets remain.
    ///
    /// # Errors
    /// Returns the error of the run if no other target remains.
    pub(crate) fn fail_target(
        &mut self,
        target: &Target,
        fault: RequestError,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let name = target.to_string();
        let failure = failure_message::failure(&name, &TargetError::Request(fault), self.journal());
        self.fail_known(|other| other == target, &name, failure, report)
    }

    /// Handles the failure of the target with the index `at`: decides whether the run continues
    /// without it.
    ///
    /// # Errors
    /// Returns the error of the run if it cannot continue: other targets probably have the same
    /// problem, or no other target remains.
    pub(super) fn meet(
        &mut self,
        at: usize,
        error: &TargetError,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let target = self.regions[at].service.target().clone();
        let name = target.to_string();
        let failure = failure_message::failure(&name, error, self.journal());
        if error.is_of_identity() {
            let has_answered = self.regions.iter().any(|region| {
                region.service.target().account == target.account && region.schedule.has_answered()
            });
            return match &target.account {
                Some(account) if !has_answered => self.fail_account(account, failure, report),
                _ => Err(failure),
            };
        }
        let others = self.regions.iter().enumerate();
        let others = others.filter(|&(other, _)| other != at);
        let others_at = others.filter_map(|(_, region)| region.schedule.answered_at());
        if !self.regions[at]
            .schedule
            .can_be_left_out(error, others_at.max())
        {
            return Err(failure);
        }
        // A request with a deleted access key, and one to a region that is not enabled, cause the
        // same error.
        let may_be_disabled =
            !self.regions[at].schedule.has_answered() && region::is_opt_in(&target.region);
        if let TargetError::Request(fault) = error
            && self.limits.allow_disabled
            && may_be_disabled
            && error.is_disabled()
        {
            self.regions[at].has_failed = true;
            let reason = fault.to_string();
            self.possibly_disabled.push(PossiblyDisabled {
                at,
                reason,
                failure,
            });
            return Ok(());
        }
        self.fail_known(|other| *other == target, &name, failure, report)
    }

    /// Decides which of the regions that refused the credentials are not enabled. An enabled region
    /// that refuses the session token responds with the same error as a region that is not enabled.
    ///
    /// A long-term key is valid in every enabled region. A session token of STS's global endpoint
    /// is not valid in opt-in regions. Therefore, if the credentials have a session token, EC2 must
    /// confirm that a region is not enabled.
    ///
    /// # Errors
    /// If no other region remains.
    pub(super) async fn settle(&mut self, report: &mut impl Report) -> Result<(), Failure> {
        while let Some(PossiblyDisabled {
            at,
            reason,
            failure,
        }) = self.possibly_disabled.pop()
        {
            let service = self.regions[at].service.clone();
            let target = service.target().clone();
            let name = target.to_string();
            let identity = service.identity();
            let is_disabled = if identity.has_session_token().await {
                let known = self.not_enabled.entry(target.account.clone());
                let known = match known {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        unknown.insert(identity.regions_not_enabled().await.ok())
                    }
                };
                known
                    .as_ref()
                    .is_some_and(|known| known.contains(&target.region))
            } else {
                true
            };
            if !is_disabled {
                let failure = Failure::Refused(anyhow!(
                    "{name} refused this token, or is not enabled: {reason}: use a token from a \
                     regional STS endpoint, or allow ec2:DescribeRegions so that ct-fetch can \
                     find out"
                ));
                self.fail_known(|other| *other == target, &name, failure, report)?;
                continue;
            }
            if self.regions.iter().all(|region| region.has_failed) {
                return Err(failure);
            }
            if let Some(checkpointer) = &mut self.checkpointer {
                checkpointer.add_disabled(&target);
            }
            self.summary.disabled.push(name);
        }
        Ok(())
    }

    /// Skips the targets that an earlier run found to be not enabled.
    ///
    /// A run writes its first event only after every target has responded, or was found to be not
    /// enabled. So if the earlier run wrote an event, all other targets are enabled. If one of them
    /// refuses now, the reason is a different one.
    pub(super) fn know_disabled(&mut self, state: &mut RunState) {
        if state.checkpoint.rest.is_none() && !state.is_finished {
            state.disabled.clear();
            return;
        }
        self.limits.allow_disabled = false;
        for region in &mut self.regions {
            let target = region.service.target();
            if state.disabled.contains(target) {
                region.has_failed = true;
                self.summary.disabled.push(target.to_string());
            }
        }
    }

    fn fail_known(
        &mut self,
        has_failed: impl Fn(&Target) -> bool,
        name: &str,
        failure: Failure,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let mut regions = self.regions.iter();
        if regions.all(|region| region.has_failed || has_failed(region.service.target())) {
            // Do not save the targets as failed. The next run then queries them like other targets,
            // with the full number of attempts.
            return Err(failure);
        }
        for region in &mut self.regions {
            let target = region.service.target();
            if has_failed(target) {
                region.has_failed = true;
                if let Some(checkpointer) = &mut self.checkpointer {
                    checkpointer.add_failed(target);
                }
            }
        }
        self.summary.failed.push(name.to_owned());
        report.problem(&failure.message().unwrap_or_default());
        Ok(())
    }

    /// Returns the path of the journal; `None` if the run has no journal.
    #[must_use]
    pub(crate) fn journal(&self) -> Option<&Path> {
        self.checkpointer.as_ref().map(Checkpointer::path)
    }
}
