//! A target or a whole account that fails is named, and the others go on.

use std::collections::hash_map::Entry;
use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::{Fetch, Report};
use crate::account::target::Target;
use crate::checkpoint::{Checkpointer, State};
use crate::source::history::refusal;
use crate::source::history::schedule::TargetError;
use ct_aws::fault::Fault;
use ct_core::region;

/// A region that refused the credentials and may not be enabled.
pub(super) struct Doubtful {
    at: usize,
    /// The service's words.
    reason: String,
    /// What the run ends with where this was the last region.
    failure: Failure,
}

impl Fetch<'_> {
    /// Does without the account that is called `name`, if there is another.
    ///
    /// # Errors
    /// `failure`, when nothing is left to ask.
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

    /// Does without a target that `fault` was met at, if there is another.
    ///
    /// # Errors
    /// What the fault comes to, when nothing is left to ask.
    pub(crate) fn fail_target(
        &mut self,
        target: &Target,
        fault: Fault,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let name = target.to_string();
        let failure = refusal::failure(&name, &TargetError::Fault(fault), self.journal());
        self.fail_known(|other| other == target, &name, failure, report)
    }

    /// Decides what becomes of the run when a target has met trouble.
    ///
    /// # Errors
    /// Why the run cannot go on: the others have it as well, or could have had all of it.
    pub(super) fn meet(
        &mut self,
        at: usize,
        error: &TargetError,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let target = self.regions[at].service.target().clone();
        let name = target.to_string();
        let failure = refusal::failure(&name, error, self.journal());
        if error.is_of_identity() {
            let has_answered = self.regions.iter().any(|region| {
                region.service.target().account == target.account && region.source.has_answered()
            });
            return match &target.account {
                Some(account) if !has_answered => self.fail_account(account, failure, report),
                _ => Err(failure),
            };
        }
        let others = self.regions.iter().enumerate();
        let others = others.filter(|&(other, _)| other != at);
        let others_at = others.filter_map(|(_, region)| region.source.answered_at());
        if !self.regions[at]
            .source
            .can_be_left_out(error, others_at.max())
        {
            return Err(failure);
        }
        // A key that is gone is refused in the same words: where it held, and where every account is.
        let may_be_disabled =
            !self.regions[at].source.has_answered() && region::is_opt_in(&target.region);
        if let TargetError::Fault(fault) = error
            && self.limits.allow_disabled
            && may_be_disabled
            && error.is_disabled()
        {
            self.regions[at].has_failed = true;
            let reason = fault.to_string();
            self.doubtful.push(Doubtful {
                at,
                reason,
                failure,
            });
            return Ok(());
        }
        self.fail_known(|other| *other == target, &name, failure, report)
    }

    /// Decides about the regions that refused the token or are not enabled, which they say in the same words.
    ///
    /// A long-term key holds in every region that is enabled. A token need not: that of the global STS endpoint is
    /// unknown in the regions to opt in to. So with a token EC2 has to confirm that the region is not enabled.
    ///
    /// # Errors
    /// Why the run cannot go on, when nothing is left to ask.
    pub(super) async fn settle(&mut self, report: &mut impl Report) -> Result<(), Failure> {
        while let Some(Doubtful {
            at,
            reason,
            failure,
        }) = self.doubtful.pop()
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
                    "{name} refused this token, or is not enabled: {reason}: use a token of a regional STS endpoint, or allow ec2:DescribeRegions to tell"
                ));
                self.fail_known(|other| *other == target, &name, failure, report)?;
                continue;
            }
            if self.regions.iter().all(|region| region.has_failed) {
                return Err(failure);
            }
            if let Some(checkpointer) = &mut self.checkpointer {
                checkpointer.disabled(&target);
            }
            self.summary.disabled.push(name);
        }
        Ok(())
    }

    /// Asks nothing of the targets that the run found not enabled.
    ///
    /// An event can only go out once every target has answered, or is known to have nothing. So where
    /// one has, every other target is enabled, and one that says otherwise now has another reason.
    pub(super) fn know_disabled(&mut self, state: &mut State) {
        if state.edge.rest.is_none() && !state.is_finished {
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
            // Not noted as lost: the next run begins with them, and tries as hard as this one.
            return Err(failure);
        }
        for region in &mut self.regions {
            let target = region.service.target();
            if has_failed(target) {
                region.has_failed = true;
                if let Some(checkpointer) = &mut self.checkpointer {
                    checkpointer.failed(target);
                }
            }
        }
        self.summary.failed.push(name.to_owned());
        report.problem(&failure.message().unwrap_or_default());
        Ok(())
    }

    /// Where the journal is, if one is kept.
    #[must_use]
    pub(crate) fn journal(&self) -> Option<&Path> {
        self.checkpointer.as_ref().map(Checkpointer::path)
    }
}
