//! Decides when the next request to a region may be sent: at CloudTrail's quota, or below it while
//! other clients use the quota too.
//!
//! It has no clock: every time is a [`Duration`] since the run began.

use std::time::Duration;

/// Two requests per second, account and region.
///
/// Source: CloudTrail API reference, "LookupEvents": "The rate of lookup requests is limited to
/// two per second, per account, per Region."
pub(crate) const QUOTA: f64 = 2.0;

/// Slows requests down a little, because the local clock and the service's clock do not run at the
/// same speed. At a difference of one part in 20,000, three hours at the full quota add up to the
/// one request that the service permits early.
const MARGIN: f64 = 1.005;

/// The maximum share of an interval that a late request may make up for. The service permits one
/// request to be a whole interval early; the rest is reserved for differences in latency.
const CATCH_UP: f64 = 0.3;

/// The factor applied to the rate after each throttling.
const BACK_OFF: f64 = 0.9;

/// The share of the rate that is regained in each interval after a throttling.
///
/// With `BACK_OFF` and `CREEP`, four simulated concurrent runs together used 0.92 to 0.97 of a
/// quota at latencies from 10 ms to 1 s. A throttled request has no cost, so a larger reserve is
/// not needed.
const CREEP: f64 = 0.004;

/// The maximum number of regions whose first request is sent in one second. Opening more
/// connections and reading more pages at once would delay later requests.
const STARTS: f64 = 400.0;

/// The minimum share of the rate.
const LEAST_SHARE: f64 = 0.02;

/// One pacer per account and region, shared by everything that sends requests there.
#[derive(Debug, Clone)]
pub(crate) struct Pacer {
    /// The interval at the full rate.
    interval: Duration,
    next: Duration,
    /// The share of the rate at the time of the last throttling; 1 is the full rate.
    share: f64,
    throttled_at: Duration,
}

impl Pacer {
    /// At most `rate` requests per second.
    #[must_use]
    pub(crate) fn new(rate: f64) -> Self {
        Self {
            interval: Duration::from_secs_f64(MARGIN / rate),
            next: Duration::ZERO,
            share: 1.0,
            throttled_at: Duration::ZERO,
        }
    }

    /// The same pacer, with its first request at `at`.
    #[must_use]
    pub(crate) fn starting_at(self, at: Duration) -> Self {
        Self { next: at, ..self }
    }

    /// The earliest time of the next request; it may be in the past.
    #[must_use]
    pub(crate) fn ready_at(&self) -> Duration {
        self.next
    }

    /// The time after which a delay of the next request can no longer be made up for.
    #[must_use]
    pub(crate) fn late_at(&self) -> Duration {
        self.next + self.interval.mul_f64(CATCH_UP)
    }

    /// The time after which a whole request of the quota is lost.
    #[must_use]
    pub(crate) fn lost_at(&self) -> Duration {
        self.next + self.interval
    }

    /// The number of requests in a period, at the full rate.
    #[must_use]
    pub(crate) fn requests_in(&self, time: Duration) -> f64 {
        time.div_duration_f64(self.interval)
    }

    /// Records that a request is sent.
    pub(crate) fn sent(&mut self, now: Duration) {
        let earliest = now.saturating_sub(self.interval.mul_f64(CATCH_UP));
        self.next = self.next.max(earliest) + self.interval.div_f64(self.share_at(now));
    }

    /// Lowers the rate, because the request sent at `sent_at` was throttled.
    ///
    /// Throttling of requests that were sent before the rate was last lowered is ignored.
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

/// The time of the first request to region number `region` of `regions`. The first requests are
/// spread evenly over one interval at `rate`, or over a shorter time if there are few regions.
#[must_use]
pub(crate) fn first_request(region: usize, regions: usize, rate: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
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
    fn only_a_little_unused_time_is_made_up_for() {
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
    fn requests_outstanding_at_a_slowdown_count_once() {
        let mut pacer = pacer();
        pacer.throttled(ms(0), ms(100));
        let once = pacer.ready_at();
        pacer.throttled(ms(50), ms(150));
        assert_eq!(pacer.ready_at(), once);
    }

    /// A model of CloudTrail's quota: tokens return at a steady rate, and a refused request takes
    /// none.
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

    /// Simulates clients with as many outstanding requests as necessary. Each request takes one of
    /// `travel_ms` to arrive; the response takes no time.
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
                    // The pacer now makes the client wait longer, so its planned send is dropped.
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
        fn a_throttling_slows_it_down_and_afterwards_the_full_rate_returns(
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
            // Each interval regains a share of the rate, and an interval at a low rate is long.
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
            // With a short cycle, each client would get the same few travel times again and again.
            jitter in prop::collection::vec(0_u64..200, 30..60),
        ) {
            let travel: Vec<u64> = jitter.iter().map(|jitter| base + jitter).collect();
            let ran = run(4, 800, &travel, 2.0);
            prop_assert!(ran.seconds < 400.0 / 0.9, "{} s, {} throttles", ran.seconds, ran.throttles);
            prop_assert!(ran.throttles < 600, "{} throttles", ran.throttles);
        }
    }
}
