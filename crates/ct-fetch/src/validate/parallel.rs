//! Does the same with each of many items, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each item, in the order of the items. Each thread has a state of its own.
pub(super) fn map<T: Sync, S: Default, R: Send>(
    items: &[T],
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let take = || {
        let mut state = S::default();
        let mut done = Vec::new();
        while let Some(item) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            done.push((item.0, work(&mut state, item.1)));
        }
        done
    };
    let mut all = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(items.len()))
            .map(|_| scope.spawn(take))
            .collect();
        let mut all = Vec::with_capacity(items.len());
        for worker in workers {
            match worker.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        let doubled = super::map(&items, |(): &mut (), item| item * 2);
        assert!(doubled.into_iter().eq((0..1000).map(|item| item * 2)));
        let none = super::map(&[], |(): &mut (), item: &u64| *item);
        assert!(none.is_empty());
    }
}
