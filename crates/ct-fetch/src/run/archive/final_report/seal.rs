//! The seal of a run over an archive.

use ct_core::seal::{DELIVERY, Seal, SealedValidation, SealedWindow, VERSION};

use super::FinalReport;
use crate::run::archive::delivery::Delivery;
use crate::run::archive::earlier_runs::EarlierRuns;

impl FinalReport<'_> {
    /// Returns the seal of the run. `records` and `sha256` are the number and the hash of its records.
    pub(super) fn seal(&self, delivery: &Delivery<'_>, records: u64, sha256: String) -> Seal {
        let earlier_runs = &delivery.earlier_runs;
        let (since, until) = earlier_runs.window(self.window(delivery));
        let gaps = self.missing(delivery);
        let begun = delivery
            .journal
            .as_ref()
            .map(|(_, saved)| saved.state.begun);
        let asked_at = begun.unwrap_or(self.now.as_second());
        // Some of the files may be outputs of earlier runs. They lack events that arrived after
        // those runs requested events.
        let earliest = earlier_runs
            .settled()
            .map(|second| second + DELIVERY.as_secs());
        let asked_at = earliest.map_or(asked_at, |earliest| earliest.min(asked_at));
        let mut sealed = SealedWindow::new(since, until, asked_at);
        if self.args.destination.state.is_some() && earlier_runs.settled().is_none() {
            // Events that arrive later are not missing: the next run delivers them.
            sealed.settled = None;
        }
        Seal {
            ct_seal: VERSION,
            records,
            sha256,
            complete: gaps.is_empty() && sealed.settled.is_none(),
            window: sealed,
            targets: self.listing.days.places(),
            validation: self.validation.map(|_| SealedValidation {
                valid: delivery.summary.files.valid,
                invalid: delivery.summary.files.invalid,
                not_covered: delivery.summary.files.not_covered,
            }),
            filters: self.filters(earlier_runs),
            gaps,
        }
    }

    /// Returns all filters: those of the query, of `--category`, and of the earlier runs that wrote
    /// the files. If the names of some files are not those of a trail, the selected accounts and
    /// regions are filters too.
    fn filters(&self, earlier_runs: &EarlierRuns) -> Vec<String> {
        let scope = self.listing.scope();
        let is_shown = self.listing.is_all_of_trails();
        let named = |name: &str, values: &Option<Vec<String>>| {
            let values = values.as_ref().filter(|_| !is_shown)?;
            Some(format!("{name}={}", values.join(",")))
        };
        let places = [
            named("account", &scope.accounts),
            named("region", &scope.regions),
        ];
        let categories = self.args.categories().into_iter().flatten();
        let categories = categories.map(|category| format!("category={category:?}"));
        let mut filters: Vec<String> = self.filters.iter().cloned().chain(categories).collect();
        for filter in earlier_runs
            .filters
            .iter()
            .cloned()
            .chain(places.into_iter().flatten())
        {
            if !filters.contains(&filter) {
                filters.push(filter);
            }
        }
        filters
    }
}
