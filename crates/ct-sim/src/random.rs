//! A portable pseudorandom generator: the same seed gives the same numbers on every machine.

use std::ops::RangeInclusive;

/// The `SplitMix64` generator: Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Creates the generator for the record, request or other object with this index. Each pair of
    /// a seed and an index has its own sequence of numbers.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let mut mixed = Self(seed ^ index.wrapping_mul(0xd1b5_4a32_d192_ed03));
        mixed.next();
        mixed
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 up to, but not including, `end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let scaled = (u128::from(self.next()) * u128::from(end)) >> 64;
        u64::try_from(scaled).expect("the number is below `end`")
    }

    /// Returns a number in the range, which includes both ends.
    pub(crate) fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        let span = range.end().saturating_sub(*range.start());
        range.start() + self.below(span.saturating_add(1))
    }

    /// Returns an element of the list. All elements have the same probability.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let place = self.below(u64::try_from(list.len()).unwrap_or(u64::MAX));
        &list[usize::try_from(place).expect("the index is below the length")]
    }

    /// Returns `true` with a probability of `in_a_million` millionths.
    pub(crate) fn happens(&mut self, in_a_million: u32) -> bool {
        self.below(1_000_000) < u64::from(in_a_million)
    }

    /// Appends `length` random characters of the alphabet to `out`.
    pub(crate) fn push_text(&mut self, out: &mut String, alphabet: &[u8], length: usize) {
        for _ in 0..length {
            out.push(char::from(*self.pick(alphabet)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seed_and_index_gives_its_own_reproducible_numbers() {
        let numbers = |seed, index| {
            let mut random = Random::new(seed, index);
            [random.below(1000), random.below(1000), random.below(1000)]
        };
        assert_eq!(numbers(7, 1), numbers(7, 1));
        assert_ne!(numbers(7, 1), numbers(7, 2));
        assert_ne!(numbers(7, 1), numbers(8, 1));
    }

    #[test]
    fn a_number_stays_in_its_range() {
        let mut random = Random::new(1, 1);
        assert!((0..1000).all(|_| (3..=5).contains(&random.within(&(3..=5)))));
        assert_eq!(random.within(&(4..=4)), 4);
        assert_eq!(random.below(0), 0);
    }
}
