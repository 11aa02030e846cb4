//! Counts records, values or rules in a sliding window.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::collected::WindowEvent;

/// A count over the events in a sliding window.
pub(super) trait Measure {
    /// Adds an event, which becomes the last event of the window.
    fn enter(&mut self, event: &WindowEvent);
    /// Removes the first event of the window.
    fn leave(&mut self, event: &WindowEvent);
    fn count(&self) -> u64;
}

/// Counts records.
#[derive(Default)]
pub(super) struct RecordCount(u64);

impl Measure for RecordCount {
    fn enter(&mut self, _event: &WindowEvent) {
        self.0 += 1;
    }

    fn leave(&mut self, _event: &WindowEvent) {
        self.0 -= 1;
    }

    fn count(&self) -> u64 {
        self.0
    }
}

/// Counts the distinct values of a field. A record without the field adds no value, and each
/// element of an array is a separate value.
#[derive(Default)]
pub(super) struct DistinctValues(Multiset<Arc<str>>);

impl Measure for DistinctValues {
    fn enter(&mut self, event: &WindowEvent) {
        for value in &event.values {
            self.0.add(value.clone());
        }
    }

    fn leave(&mut self, event: &WindowEvent) {
        for value in &event.values {
            self.0.remove(value);
        }
    }

    fn count(&self) -> u64 {
        self.0.count()
    }
}

/// Counts the distinct rules that hit.
#[derive(Default)]
pub(super) struct DistinctRules(Multiset<usize>);

impl Measure for DistinctRules {
    fn enter(&mut self, event: &WindowEvent) {
        self.0.add(event.base);
    }

    fn leave(&mut self, event: &WindowEvent) {
        self.0.remove(&event.base);
    }

    fn count(&self) -> u64 {
        self.0.count()
    }
}

/// A multiset whose distinct elements are counted.
struct Multiset<T>(HashMap<T, u64>);

impl<T> Default for Multiset<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Multiset<T> {
    fn add(&mut self, thing: T) {
        *self.0.entry(thing).or_default() += 1;
    }

    fn remove(&mut self, thing: &T) {
        if let Some(times) = self.0.get_mut(thing) {
            *times -= 1;
            if *times == 0 {
                self.0.remove(thing);
            }
        }
    }

    fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }
}
