//! Decides when the next request to a region may be sent: at the rate of CloudTrail's quota, or
//! more slowly while other programs use the same quota.
//!
//! A [`Pacer`] has no clock: every time is a [`Duration`] since the run began.

use std::time::Duration;

/// CloudTrail's quota: two requests per second for each account and region.
///
/// Source: CloudTrail API reference, "LookupEvents": "The rate of lookup requests is limited to
/// two per second, per account, per Region."
pub(crate) const QUOTA: f64 = 2.0;

/// Makes the interval between two requests slightly longer, because the local clock may run faster
/// than the service's. If it is faster by one part in 20,000, a request is one interval early after
/// three hours. The service permits no more than that.
const MARGIN: f64 = 1.005;

/// If a request is sent late, the next interval may be shorter by up to this share. The service
/// permits a request that is a whole interval early, but the rest of the interval is reserved for
/// differences in latency.
const CATCH_UP: f64 = 0.3;

/// Each throttling multiplies the rate by this factor.
const BACK_OFF: f64 = 0.9;

/// After a throttling, the rate grows in each interval by this share of the full rate.
///
/// With these values of `BACK_OFF` and `CREEP`, four simulated concurrent runs together used 0.92
/// to 0.97 of a quota at latencies from 10 ms to 1 s. The rate need not be lowered more, because a
/// throttled request uses no quota.
const CREEP: f64 = 0.004;

/// The maximum number of regions that get their first request in one second. More connections and
/// pages at the same time would delay later requests.
const STARTS: f64 = 400.0;

/// The minimum rate, as a share of the full rate.
const LEAST_SHARE: f64 = 0.02;

/// Decides the times of the requests to one region of one account, which all share one pacer.
#[derive(Debug, Clone)]
pub(crate) struct Pacer {
    /// The interval between two requests at the full rate.
    interval: Duration,
    next: Duration,
    /// The rate immediately after the last throttling, as a share of the full rate.
    share: f64,
    throttled_at: Duration,
}

impl Pacer {
    /// Creates a pacer that permits `rate` requests per second.
    #[must_use]
    pub(crate) fn new(rate: f64) -> Self {
        Self {
            interval: Duration::from_secs_f64(MARGIN / rate),
            next: Duration::ZERO,
            share: 1.0,
            throttled_at: Duration::ZERO,
        }
    }

    /// Returns the same pacer, but its first request may be sent only at `at`.
    #[must_use]
    pub(crate) fn starting_at(self, at: Duration) -> Self {
        Self { next: at, ..self }
    }

    /// Returns the earliest time at which the next request may be sent. It may be in the past.
    #[must_use]
    pub(crate) fn ready_at(&self) -> Duration {
        self.next
    }

    /// Returns the latest time at which the next request can be sent without losing quota. Shorter
    /// intervals after that request make up for the delay.
    #[must_use]
    pub(crate) fn late_at(&self) -> Duration {
        self.next + self.interval.mul_f64(CATCH_UP)
    }

    /// Returns the time at which the quota of a whole request is lost, if the next request is not
    /// sent before.
    #[must_use]
    pub(crate) fn lost_at(&self) -> Duration {
        self.next + self.interval
    }

    /// Returns how many requests can be sent in the time `time` at the full rate.
    #[must_use]
    pub(crate) fn requests_in(&self, time: Duration) -> f64 {
        time.div_duration_f64(self.interval)
    }

    /// Records that a request is sent at `now`.
    pub(crate) fn sent(&mut self, now: Duration) {
        let earliest = now.saturating_sub(self.interval.mul_f64(CATCH_UP));
        self.next = self.next.max(earliest) + self.interval.div_f64(self.share_at(now));
    }

    /// Lowers the rate, because the service throttled a request. The request was sent at `sent_at`,
    /// and the response arrived at `now`.
    ///
    /// If the rate was lowered after the request was sent, does nothing.
    pub(crate) fn throttled(&mut self, sent_at: Duration, now: Duration) {
        if sent_at < self.throttled_at {
            return;
        }
        self.share = (self.share_at(now) * BACK_OFF).max(LEAST_SHARE);
        self.throttled_at = now;
        self.next = self.next.max(now + self.interval.div_f64(self.share));
    }

    fn share_at(&self, now: Duration) -> f64 {
        let quiet = now.saturating_sub(self.throttled_at);
        (self.share + CREEP * quiet.div_duration_f64(self.interval)).min(1.0)
    }
}

/// Returns the time of the first request to the region with the index `region` of `regions`
/// regions. If there are few regions, their first requests are spread evenly over one interval at
/// `rate`. If there are many, at most [`STARTS`] regions get their first request per second.
#[must_use]
pub(crate) fn first_request(region: usize, regions: usize, rate: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "the numbers are below 10,000")]
    let (region, regions) = (region as f64, regions as f64);
    let distance = (1.0 / rate / regions).min(1.0 / STARTS);
    Duration::from_secs_f64(region * distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn pacer() -> Pacer {
        Pacer::new(MARGIN * 2.0)
    }

    #[test]
    fn requests_keep_their_interval_however_fast_the_responses_arrive() {
        let mut pacer = pacer();
        let sent = [(); 3].map(|()| {
            let at = pacer.ready_at();
            pacer.sent(at);
            at
        });
        assert_eq!(sent, [ms(0), ms(500), ms(1000)]);
    }

    #[test]
    fn the_first_requests_of_many_regions_are_spread_over_an_interval_and_of_few_over_less() {
        let last = |regions, rate| first_request(regions - 1, regions, rate);
        assert_eq!(first_request(0, 1, 0.001), ms(0));
        assert_eq!(last(33, 2.0), ms(80));
        assert_eq!(last(1601, 0.2), ms(4000));
        assert_eq!(first_request(500, 1000, 2.0), ms(250));
    }

    #[test]
    fn the_first_request_waits_for_its_time() {
        let pacer = pacer().starting_at(ms(70));
        assert_eq!(pacer.ready_at(), ms(70));
        assert_eq!(pacer.late_at(), ms(220));
    }

    #[test]
    fn unused_time_allows_only_a_few_early_requests() {
        let mut pacer = pacer();
        pacer.sent(ms(0));
        pacer.sent(ms(5000));
        assert_eq!(pacer.ready_at(), ms(5350));
    }

    #[test]
    fn throttling_lowers_the_rate_and_its_absence_restores_it() {
        let mut pacer = pacer();
        pacer.sent(ms(0));
        pacer.throttled(ms(0), ms(100));
        assert_eq!(pacer.ready_at(), ms(655) + Duration::from_nanos(555_556));
        pacer.sent(ms(60_000));
        assert_eq!(pacer.ready_at(), ms(60_350));
    }

    #[test]
    fn throttled_requests_of_the_same_time_lower_the_rate_once() {
        let mut pacer = pacer();
        pacer.throttled(ms(0), ms(100));
        let once = pacer.ready_at();
        pacer.throttled(ms(50), ms(150));
        assert_eq!(pacer.ready_at(), once);
    }

    /// A simulated quota of CloudTrail (a token bucket). It is refilled at a steady rate. A
    /// throttled request uses no quota.
    struct Bucket {
        rate: f64,
        tokens: f64,
        at: f64,
    }

    impl Bucket {
        fn takes(&mut self, at: f64) -> bool {
            self.tokens = (self.tokens + (at - self.at) * self.rate).min(2.0);
            self.at = at;
            let takes = self.tokens >= 1.0;
            if takes {
                self.tokens -= 1.0;
            }
            takes
        }
    }

    struct Ran {
        seconds: f64,
        throttles: usize,
    }

    /// Simulates several clients, each of which sends a request whenever its pacer permits. A
    /// request takes one of `travel_ms` to arrive. Its response arrives at once.
    fn run(clients: usize, answers: usize, travel_ms: &[u64], rate: f64) -> Ran {
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        enum What {
            Arrive,
            Send,
        }
        let mut pacers = vec![Pacer::new(rate); clients];
        let mut bucket = Bucket {
            rate,
            tokens: 2.0,
            at: 0.0,
        };
        let mut events = std::collections::BTreeSet::new();
        for client in 0..clients {
            events.insert((ms(client as u64), What::Send, client, ms(0)));
        }
        let (mut answered, mut sent, mut throttles) = (0, 0, 0);
        while let Some((now, what, client, sent_at)) = events.pop_first() {
            let pacer = &mut pacers[client];
            match what {
                What::Send => {
                    pacer.sent(now);
                    let travel = ms(travel_ms[sent % travel_ms.len()]);
                    sent += 1;
                    events.insert((now + travel, What::Arrive, client, now));
                }
                What::Arrive if bucket.takes(now.as_secs_f64()) => {
                    answered += 1;
                    if answered == answers {
                        return Ran {
                            seconds: now.as_secs_f64(),
                            throttles,
                        };
                    }
                    continue;
                }
                What::Arrive => {
                    throttles += 1;
                    pacer.throttled(sent_at, now);
                    // The client must wait longer now, so drop the request that it planned.
                    events.retain(|(_, what, whose, _)| *what == What::Arrive || *whose != client);
                }
            }
            let at = pacer.ready_at().max(now);
            events.insert((at, What::Send, client, ms(0)));
        }
        unreachable!("there is always a next request")
    }

    proptest! {
        #[test]
        fn no_period_has_more_requests_than_the_quota_and_one_early_request(
            waits in prop::collection::vec(0_u64..2000, 2..200),
            throttles in prop::collection::vec(0_usize..200, 0..5),
        ) {
            let mut pacer = Pacer::new(2.0);
            let (mut now, mut sent) = (Duration::ZERO, Vec::new());
            for (at, wait) in waits.into_iter().enumerate() {
                now = (now + ms(wait)).max(pacer.ready_at());
                pacer.sent(now);
                if throttles.contains(&at) {
                    pacer.throttled(now, now);
                }
                sent.push(now.as_secs_f64());
            }
            for (at, first) in sent.iter().enumerate() {
                for (more, last) in (1_u32..).zip(&sent[at + 1..]) {
                    prop_assert!(f64::from(more) <= (last - first) * 2.0 + CATCH_UP);
                }
            }
        }

        #[test]
        fn throttling_lowers_the_rate_and_afterwards_the_full_rate_returns(
            throttles in 1_u32..60,
            latency in 1_u64..2000,
        ) {
            let mut pacer = Pacer::new(2.0);
            let step = |pacer: &mut Pacer| {
                let now = pacer.ready_at();
                pacer.sent(now);
                (now, pacer.ready_at().saturating_sub(now))
            };
            let mut before = step(&mut pacer).1;
            for _ in 0..throttles {
                let (now, _) = step(&mut pacer);
                pacer.throttled(now, now + ms(latency));
                let (_, after) = step(&mut pacer);
                prop_assert!(after > before || after > pacer.interval * 5);
                before = before.max(after);
            }
            let mut least = before;
            // Each interval restores `CREEP` of the rate, so 250 intervals restore all of it.
            for _ in 0..250 {
                least = least.min(step(&mut pacer).1);
            }
            prop_assert_eq!(least, pacer.interval);
        }

        #[test]
        fn a_single_run_uses_the_quota_and_is_never_throttled(
            base in 10_u64..1500,
            jitter in prop::collection::vec(0_u64..340, 1..60),
        ) {
            let travel: Vec<u64> = jitter.iter().map(|jitter| base + jitter).collect();
            let ran = run(1, 400, &travel, 2.0);
            prop_assert_eq!(ran.throttles, 0);
            prop_assert!(ran.seconds < 200.0 / 0.98 + 2.0, "{} s", ran.seconds);
        }

        #[test]
        fn four_runs_use_at_least_nine_tenths_of_the_quota_together(
            base in 10_u64..800,
            // If the list were shorter, each client would get the same few travel times again and
            // again.
            jitter in prop::collection::vec(0_u64..200, 30..60),
        ) {
            let travel: Vec<u64> = jitter.iter().map(|jitter| base + jitter).collect();
            let ran = run(4, 800, &travel, 2.0);
            prop_assert!(ran.seconds < 400.0 / 0.9, "{} s, {} throttles", ran.seconds, ran.throttles);
            prop_assert!(ran.throttles < 600, "{} throttles", ran.throttles);
        }
    }
}
