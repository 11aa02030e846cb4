//! Says when the next request to a region may go out: at CloudTrail's quota, below it while others use it too.
//!
//! It has no clock: every time is a [`Duration`] since the run began.

use std::time::Duration;

/// Two requests a second, an account and region.
///
/// Source: CloudTrail API reference, "LookupEvents": "The rate of lookup requests is limited to
/// two per second, per account, per Region."
pub(crate) const QUOTA: f64 = 2.0;

/// Our clock and the service's differ: in three hours at the full quota, one part in 20,000 would
/// add up to the one request that the service lets come early.
const MARGIN: f64 = 1.005;

/// How much of an interval a late request may be made up for. The service lets one request come a
/// whole interval early; the rest of that is left for answers that travel at different speeds.
const CATCH_UP: f64 = 0.3;

/// What is left of the rate after each throttle.
const BACK_OFF: f64 = 0.9;

/// What is won back in each interval after a throttle, as a share of the rate.
///
/// With these two, four simulated runs used 0.92 to 0.97 of a quota together at 10 ms to 1 s of
/// latency; a throttled request costs nobody anything, so more room than that is not made.
const CREEP: f64 = 0.004;

/// First requests to regions in a second, at most: what opening so many connections and reading so many pages at once
/// takes would make later requests late.
const STARTS: f64 = 400.0;

/// The share of the rate that is never given up.
const LEAST_SHARE: f64 = 0.02;

/// One for each account and region, shared by everything that asks there.
#[derive(Debug, Clone)]
pub(crate) struct Pacer {
    /// At the full rate.
    interval: Duration,
    next: Duration,
    /// Of the rate, at the time of the last throttle; 1 is all of it.
    share: f64,
    throttled_at: Duration,
}

impl Pacer {
    /// At most `rate` requests a second.
    #[must_use]
    pub(crate) fn new(rate: f64) -> Self {
        Self {
            interval: Duration::from_secs_f64(MARGIN / rate),
            next: Duration::ZERO,
            share: 1.0,
            throttled_at: Duration::ZERO,
        }
    }

    /// The same, whose first request goes out at a time.
    #[must_use]
    pub(crate) fn starting_at(self, at: Duration) -> Self {
        Self { next: at, ..self }
    }

    /// The earliest time of the next request; it may have passed.
    #[must_use]
    pub(crate) fn ready_at(&self) -> Duration {
        self.next
    }

    /// When it is too late to make up for a request that has not gone out.
    #[must_use]
    pub(crate) fn late_at(&self) -> Duration {
        self.next + self.interval.mul_f64(CATCH_UP)
    }

    /// When a whole request will have been lost.
    #[must_use]
    pub(crate) fn lost_at(&self) -> Duration {
        self.next + self.interval
    }

    /// How many requests go out in a time, at the full rate.
    #[must_use]
    pub(crate) fn requests_in(&self, time: Duration) -> f64 {
        time.div_duration_f64(self.interval)
    }

    /// A request goes out.
    pub(crate) fn sent(&mut self, now: Duration) {
        let earliest = now.saturating_sub(self.interval.mul_f64(CATCH_UP));
        self.next = self.next.max(earliest) + self.interval.div_f64(self.share_at(now));
    }

    /// The answer to the request sent at `sent_at` was that it was one too many.
    ///
    /// Requests already on their way when the rate was last lowered say nothing new.
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

/// When the first request to a region goes out, by its place among so many regions: spread evenly over an interval of
/// `rate`, and where there are few regions over less.
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
    fn requests_keep_their_distance_however_fast_the_answers_come() {
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
    fn only_a_little_of_the_time_not_used_is_made_up_for() {
        let mut pacer = pacer();
        pacer.sent(ms(0));
        pacer.sent(ms(5000));
        assert_eq!(pacer.ready_at(), ms(5350));
    }

    #[test]
    fn a_throttle_makes_room_for_others_and_silence_takes_it_back() {
        let mut pacer = pacer();
        pacer.sent(ms(0));
        pacer.throttled(ms(0), ms(100));
        assert_eq!(pacer.ready_at(), ms(655) + Duration::from_nanos(555_556));
        pacer.sent(ms(60_000));
        assert_eq!(pacer.ready_at(), ms(60_350));
    }

    #[test]
    fn requests_on_their_way_when_it_slowed_down_count_once() {
        let mut pacer = pacer();
        pacer.throttled(ms(0), ms(100));
        let once = pacer.ready_at();
        pacer.throttled(ms(50), ms(150));
        assert_eq!(pacer.ready_at(), once);
    }

    /// CloudTrail's side, as far as it is known: tokens that come back at a steady rate, and a
    /// refused request takes none.
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

    /// Clients with as many requests on their way as it takes; each request travels for one of
    /// `travel_ms` and the answer comes right back.
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
                    // The one that waits for the pacer waits longer now.
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
        fn in_no_time_more_goes_out_than_the_quota_and_one_that_comes_early(
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
        fn a_throttle_slows_it_down_and_quiet_brings_all_of_the_rate_back(
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
            // Each interval a little less is missing, and an interval at a low rate is a long one.
            for _ in 0..250 {
                least = least.min(step(&mut pacer).1);
            }
            prop_assert_eq!(least, pacer.interval);
        }

        #[test]
        fn alone_it_uses_the_quota_and_is_never_throttled(
            base in 10_u64..1500,
            jitter in prop::collection::vec(0_u64..340, 1..60),
        ) {
            let travel: Vec<u64> = jitter.iter().map(|jitter| base + jitter).collect();
            let ran = run(1, 400, &travel, 2.0);
            prop_assert_eq!(ran.throttles, 0);
            prop_assert!(ran.seconds < 200.0 / 0.98 + 2.0, "{} s", ran.seconds);
        }

        #[test]
        fn four_share_nine_tenths_of_the_quota_or_more(
            base in 10_u64..800,
            // Of a short cycle each client would get the same few travel times again and again.
            jitter in prop::collection::vec(0_u64..200, 30..60),
        ) {
            let travel: Vec<u64> = jitter.iter().map(|jitter| base + jitter).collect();
            let ran = run(4, 800, &travel, 2.0);
            prop_assert!(ran.seconds < 400.0 / 0.9, "{} s, {} throttles", ran.seconds, ran.throttles);
            prop_assert!(ran.throttles < 600, "{} throttles", ran.throttles);
        }
    }
}
