//! Generates records that look like those of a busy account. Each record depends only on the
//! settings and on the index of the record.

mod calendar;
mod calls;
pub(crate) mod category;
mod insight;
mod principals;
mod scenario;
mod template;
mod values;

pub(crate) use values::uuid;

use calendar::Calendar;
use calls::Call;
use category::Category;
use jiff::{SignedDuration, Timestamp};
use principals::PrincipalKind;
use values::RecordFacts;

use crate::random::Random;

/// The settings of generated records. The same settings give the same records on every machine.
#[derive(Clone, Debug)]
#[must_use]
pub struct Traffic {
    /// The number of records.
    pub count: usize,
    /// Random seed.
    pub seed: u64,
    /// The earliest time of a record.
    pub from: Timestamp,
    /// The latest time of a record.
    pub until: Timestamp,
    /// The regions, each with a weight: the relative number of records in the region.
    pub regions: Vec<(String, u64)>,
    /// The accounts.
    pub accounts: Vec<String>,
    /// The categories of the records. The relative frequencies of the categories are those in an
    /// account that records all categories.
    pub categories: Vec<Category>,
    /// A leaked access key. If there are at least 100 records, 40 of them show how an intruder uses
    /// the key, in us-east-1 and ap-northeast-2, within the last 12 hours.
    pub leaked_key: Option<String>,
}

/// The regions that every account has, each with a weight: the relative number of records in the
/// region.
const REGIONS: [(&str, u64); 17] = [
    ("us-east-1", 30),
    ("ap-northeast-2", 18),
    ("eu-west-1", 12),
    ("us-west-2", 10),
    ("eu-central-1", 6),
    ("ap-northeast-1", 5),
    ("ap-southeast-1", 4),
    ("us-east-2", 3),
    ("ap-southeast-2", 2),
    ("eu-west-2", 2),
    ("ap-south-1", 2),
    ("ca-central-1", 1),
    ("eu-west-3", 1),
    ("eu-north-1", 1),
    ("sa-east-1", 1),
    ("us-west-1", 1),
    ("ap-northeast-3", 1),
];

/// The example account in the AWS documentation.
const ACCOUNT: &str = "111122223333";

const THIRTY_DAYS: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Traffic {
    /// Settings for records in the 30 days before `until`, in the 17 regions that every account
    /// has, without a leaked key.
    pub fn new(count: usize, until: Timestamp) -> Self {
        Self {
            count,
            seed: 1,
            from: until.saturating_sub(THIRTY_DAYS).unwrap_or(Timestamp::MIN),
            until,
            regions: REGIONS
                .map(|(name, weight)| (name.to_owned(), weight))
                .to_vec(),
            accounts: vec![ACCOUNT.to_owned()],
            categories: vec![Category::Management],
            leaked_key: None,
        }
    }

    /// Settings for records in the 30 days before 2020-10-02T00:00:00Z, in us-east-1 only.
    pub fn plain(count: usize) -> Self {
        let until = Timestamp::constant(1_601_596_800, 0);
        Self {
            regions: vec![("us-east-1".to_owned(), 1)],
            ..Self::new(count, until)
        }
    }
}

/// The categories whose records are calls. A record of CloudTrail Insights describes a call of the
/// category `Management`.
const CALLED: [Category; 3] = [Category::Management, Category::Data, Category::Network];

/// Generates each record when it is requested, and stores no records.
#[derive(Debug)]
pub(crate) struct Generator {
    traffic: Traffic,
    calendar: Calendar,
    calls: Vec<Call>,
    /// For each call of an intruder with the leaked access key: its index in `calls`. Empty without
    /// a leaked key or with too few records.
    scenario: Vec<usize>,
    /// For each category in `CALLED`, the sum of the weights of its calls.
    call_weights: [u64; 3],
    region_weight: u64,
}

impl Generator {
    pub(crate) fn new(traffic: Traffic) -> Self {
        let calls = calls::all();
        let place = |step: &scenario::ScenarioCall| {
            let place = calls.iter().position(|call| call.name == step.call);
            place.expect("a test checks that every step has a call")
        };
        let scenario = match traffic.leaked_key {
            Some(_) if traffic.count >= scenario::LEAST_RECORDS => {
                scenario::STEPS.iter().map(place).collect()
            }
            _ => Vec::new(),
        };
        Self {
            calendar: Calendar::new(
                traffic.seed,
                traffic.from.as_second(),
                traffic.until.as_second(),
            ),
            call_weights: CALLED.map(|category| {
                let calls = calls.iter().filter(|call| call.category == category);
                calls.map(|call| call.weight).sum()
            }),
            region_weight: traffic.regions.iter().map(|(_, weight)| weight).sum(),
            calls,
            scenario,
            traffic,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.traffic.count
    }

    /// Returns the record with the index `item`, which must be below [`Generator::len`]. The calls
    /// of the intruder have the lowest indices, newest first. All other records follow, newest
    /// first too.
    pub(crate) fn record(&self, item: usize) -> String {
        let mut random = Random::new(self.traffic.seed, item as u64);
        match self.scenario.get(item) {
            Some(call) => self.of_scenario(&self.calls[*call], &scenario::STEPS[item], &mut random),
            None => self.of_every_day(item - self.scenario.len(), &mut random),
        }
    }

    /// Returns the category of a record. The records of the intruder are management events.
    pub(crate) fn category(&self, item: usize) -> Category {
        if item < self.scenario.len() {
            return Category::Management;
        }
        Category::choose(&self.traffic.categories, self.traffic.seed, item as u64)
    }

    fn of_scenario(
        &self,
        call: &Call,
        step: &scenario::ScenarioCall,
        random: &mut Random,
    ) -> String {
        let facts = RecordFacts {
            seed: self.traffic.seed,
            second: self.traffic.until.as_second() - step.seconds_before_end,
            region: step.region,
            account: self
                .traffic
                .accounts
                .first()
                .map_or(ACCOUNT, String::as_str),
            instance_type: Some(scenario::INSTANCE_TYPE),
        };
        // The intruder's source address differs from the address of the key's owner.
        let mut principal = principals::user(
            scenario::USER,
            self.traffic.leaked_key.as_deref(),
            &facts,
            random,
        );
        "198.51.100.77".clone_into(&mut principal.address);
        call.record(&principal, step.error, &facts, random)
    }

    fn of_every_day(&self, rank: usize, random: &mut Random) -> String {
        let count = self.traffic.count - self.scenario.len();
        let category = self.category(rank + self.scenario.len());
        let kind = CALLED.iter().position(|called| *called == category);
        let kind = kind.unwrap_or(0);
        let weight = |call: &Call| {
            if call.category == CALLED[kind] {
                call.weight
            } else {
                0
            }
        };
        let call = weighted(&self.calls, weight, self.call_weights[kind], random);
        let region = weighted(
            &self.traffic.regions,
            |region| region.1,
            self.region_weight,
            random,
        );
        let is_home = |region: &&(String, u64)| region.0 == "us-east-1";
        let home = self.traffic.regions.iter().find(is_home);
        let (region, _) = home.filter(|_| call.is_global).unwrap_or(region);
        let facts = RecordFacts {
            seed: self.traffic.seed,
            second: self
                .calendar
                .second(self.traffic.seed, rank as u64, count as u64),
            region,
            account: random.pick::<String>(&self.traffic.accounts),
            instance_type: None,
        };
        if category == Category::Insight {
            return insight::record(call, &facts, random);
        }
        let caller = *random.pick(&call.callers);
        let principal = caller.principal(&call.invoked_by, &facts, random);
        let may_fail = matches!(
            caller,
            PrincipalKind::User | PrincipalKind::Role | PrincipalKind::Console
        );
        let error = if may_fail && !call.errors.is_empty() && random.happens(80_000) {
            Some(random.pick(&call.errors).as_str())
        } else if may_fail && call.service != "signin" && random.happens(15_000) {
            Some("AccessDenied")
        } else {
            None
        };
        call.record(&principal, error, &facts, random)
    }
}

/// Chooses an element of the list at random, with a probability proportional to its weight. `sum`
/// is the sum of all weights.
fn weighted<'a, T>(
    list: &'a [T],
    weight: impl Fn(&T) -> u64,
    sum: u64,
    random: &mut Random,
) -> &'a T {
    let mut left = random.below(sum);
    let found = list.iter().find(|each| {
        let weight = weight(each);
        let is_found = left < weight;
        left = left.saturating_sub(weight);
        is_found
    });
    found.unwrap_or(&list[0])
}
