//! The periods of time that the digests of an account and region cover, and the gaps between them.

/// A period of time. The first value is its start, the second its exclusive end, in Unix seconds.
pub(super) type Period = (i64, i64);

/// Periods of time, sorted, with gaps between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CoveredPeriods(Vec<Period>);

impl CoveredPeriods {
    /// Returns the union of `periods`.
    pub(super) fn new(mut periods: Vec<Period>) -> Self {
        periods.retain(|(start, end)| start < end);
        periods.sort_unstable();
        let mut merged: Vec<Period> = Vec::new();
        for (start, end) in periods {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Self(merged)
    }

    /// Returns the start of the first period and the end of the last; `None` if there are no
    /// periods.
    pub(super) fn ends(&self) -> Option<Period> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }

    /// Returns the period that contains `second`; `None` if no period contains it.
    pub(super) fn around(&self, second: i64) -> Option<Period> {
        let mut periods = self.0.iter().copied();
        periods.find(|(start, end)| (*start..*end).contains(&second))
    }

    /// Returns the gaps: the periods from `start` to `end` that are not covered.
    pub(super) fn gaps(&self, (start, end): Period) -> Vec<Period> {
        let mut gaps = Vec::new();
        let mut at = start;
        for &(from, to) in &self.0 {
            if from > at {
                gaps.push((at, from.min(end)));
            }
            at = at.max(to);
            if at >= end {
                break;
            }
        }
        gaps.push((at, end));
        gaps.retain(|(from, to)| from < to);
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gaps_are_between_and_around_the_periods() {
        let covered = CoveredPeriods::new(vec![(10, 20), (30, 40), (18, 25), (25, 26)]);
        assert_eq!(covered, CoveredPeriods(vec![(10, 26), (30, 40)]));
        assert_eq!(covered.gaps((0, 50)), [(0, 10), (26, 30), (40, 50)]);
        assert_eq!(covered.gaps((12, 35)), [(26, 30)]);
        assert_eq!(covered.gaps((12, 20)), []);
        assert_eq!(CoveredPeriods::default().gaps((1, 2)), [(1, 2)]);
        assert_eq!(covered.around(26), None);
        assert_eq!(covered.around(30), Some((30, 40)));
        assert_eq!(covered.ends(), Some((10, 40)));
    }

    proptest! {
        #[test]
        fn every_second_is_either_in_a_period_or_in_a_gap(
            periods in proptest::collection::vec((0_i64..40, 0_i64..40), 0..6),
        ) {
            let covered = CoveredPeriods::new(periods.clone());
            let gaps = covered.gaps((0, 40));
            for second in 0..40 {
                let within = |(start, end): &Period| (*start..*end).contains(&second);
                let is_covered = periods.iter().any(within);
                prop_assert_eq!(covered.around(second).is_some(), is_covered);
                prop_assert_eq!(gaps.iter().any(within), !is_covered);
            }
        }
    }
}
