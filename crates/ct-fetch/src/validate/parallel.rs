//! Applies a function to many items on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Calls `work` for each item, on up to `threads` threads. Returns the results in the order of the
/// items. Each thread has its own value of the type `S`, such as a buffer.
pub(super) fn map<T: Sync, S: Default, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
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
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        let doubled = super::map(3, &items, |(): &mut (), item| item * 2);
        assert!(doubled.into_iter().eq((0..1000).map(|item| item * 2)));
        let none = super::map(3, &[], |(): &mut (), item: &u64| *item);
        assert!(none.is_empty());
    }
}
