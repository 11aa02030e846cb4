//! A place or a whole account that fails is named, and the others go on.

use std::collections::hash_map::Entry;
use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

use super::{Fetch, Report};
use crate::checkpoint::{Checkpointer, State};
use crate::place::Place;
use crate::refusal;
use crate::regions;
use crate::source::Trouble;
use ct_aws::fault::Fault;

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
    pub fn lose_account(
        &mut self,
        name: &str,
        failure: Failure,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        self.lose(
            |place| place.account.as_deref() == Some(name),
            name,
            failure,
            report,
        )
    }

    /// Does without a place that `fault` was met at, if there is another.
    ///
    /// # Errors
    /// What the fault comes to, when nothing is left to ask.
    pub fn lose_place(
        &mut self,
        place: &Place,
        fault: Fault,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let name = place.to_string();
        let failure = refusal::failure(&name, &Trouble::Fault(fault), self.journal());
        self.lose(|other| other == place, &name, failure, report)
    }

    /// Decides what becomes of the run when a place has met trouble.
    ///
    /// # Errors
    /// Why the run cannot go on: the others have it as well, or could have had all of it.
    pub(super) fn meet(
        &mut self,
        at: usize,
        trouble: &Trouble,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let place = self.regions[at].service.place().clone();
        let name = place.to_string();
        let failure = refusal::failure(&name, trouble, self.journal());
        if trouble.is_of_identity() {
            let has_answered = self.regions.iter().any(|region| {
                region.service.place().account == place.account && region.source.has_answered()
            });
            return match &place.account {
                Some(account) if !has_answered => self.lose_account(account, failure, report),
                _ => Err(failure),
            };
        }
        let others = self.regions.iter().enumerate();
        let others = others.filter(|&(other, _)| other != at);
        let others_at = others.filter_map(|(_, region)| region.source.answered_at());
        if !self.regions[at]
            .source
            .can_be_left_out(trouble, others_at.max())
        {
            return Err(failure);
        }
        // A key that is gone is refused in the same words: where it held, and where every account is.
        let may_be_disabled =
            !self.regions[at].source.has_answered() && regions::is_opt_in(&place.region);
        if let Trouble::Fault(fault) = trouble
            && self.limits.allow_disabled
            && may_be_disabled
            && trouble.is_disabled()
        {
            self.regions[at].is_lost = true;
            let reason = fault.to_string();
            self.doubtful.push(Doubtful {
                at,
                reason,
                failure,
            });
            return Ok(());
        }
        self.lose(|other| *other == place, &name, failure, report)
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
            let place = service.place().clone();
            let name = place.to_string();
            let identity = service.identity();
            let is_disabled = if identity.has_session_token().await {
                let known = self.not_enabled.entry(place.account.clone());
                let known = match known {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        unknown.insert(identity.regions_not_enabled().await.ok())
                    }
                };
                known
                    .as_ref()
                    .is_some_and(|known| known.contains(&place.region))
            } else {
                true
            };
            if !is_disabled {
                let failure = Failure::Refused(anyhow!(
                    "{name} refused this token, or is not enabled: {reason}: use a token of a regional STS endpoint, or allow ec2:DescribeRegions to tell"
                ));
                self.lose(|other| *other == place, &name, failure, report)?;
                continue;
            }
            if self.regions.iter().all(|region| region.is_lost) {
                return Err(failure);
            }
            if let Some(checkpointer) = &mut self.checkpointer {
                checkpointer.disabled(&place);
            }
            self.coverage.disabled.push(name);
        }
        Ok(())
    }

    /// Asks nothing of the places that the run found not enabled.
    ///
    /// An event can only go out once every place has answered, or is known to have nothing. So where
    /// one has, every other place is enabled, and one that says otherwise now has another reason.
    pub(super) fn know_disabled(&mut self, state: &mut State) {
        if state.edge.rest.is_none() && !state.is_finished {
            state.disabled.clear();
            return;
        }
        self.limits.allow_disabled = false;
        for region in &mut self.regions {
            let place = region.service.place();
            if state.disabled.contains(place) {
                region.is_lost = true;
                self.coverage.disabled.push(place.to_string());
            }
        }
    }

    fn lose(
        &mut self,
        is_lost: impl Fn(&Place) -> bool,
        name: &str,
        failure: Failure,
        report: &mut impl Report,
    ) -> Result<(), Failure> {
        let mut regions = self.regions.iter();
        if regions.all(|region| region.is_lost || is_lost(region.service.place())) {
            // Not noted as lost: the next run begins with them, and tries as hard as this one.
            return Err(failure);
        }
        for region in &mut self.regions {
            let place = region.service.place();
            if is_lost(place) {
                region.is_lost = true;
                if let Some(checkpointer) = &mut self.checkpointer {
                    checkpointer.failed(place);
                }
            }
        }
        self.coverage.lost.push(name.to_owned());
        report.problem(&failure.message().unwrap_or_default());
        Ok(())
    }

    /// Where the journal is, if one is kept.
    #[must_use]
    pub fn journal(&self) -> Option<&Path> {
        self.checkpointer.as_ref().map(Checkpointer::path)
    }
}
