//! Tests that records are written in the order of a full sort, in whichever files they are.

use std::collections::BTreeMap;

use ct_core::exit::status;
use ct_tests::{Sandbox, outcome};
use proptest::prelude::*;

use super::{log_path, newest_first, record, reversed, write};

/// The length of the time span of the records in seconds, counted from 23:50 on 31 December.
const SECONDS: u32 = 1_800;

/// A record of a trail: its time in seconds since 23:50, and the delay in minutes until the file
/// with the record is delivered. If a second file repeats the record: also the delay of that file.
type Delivered = (u32, i64, Option<i64>);

fn delivered() -> impl Strategy<Value = Delivered> {
    // A negative delay means that the event is newer than the time in the name of its file.
    let delay = || -3..=10_i64;
    (0..SECONDS, delay(), prop::option::weighted(0.2, delay()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(24)
    })]
    #[test]
    fn any_trail_is_written_in_the_order_of_a_full_sort(
        delivered in prop::collection::vec(delivered(), 1..120),
        first in 300..SECONDS,
    ) {
        let sandbox = Sandbox::new();
        let mut files: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut records = Vec::new();
        for (number, (second, delay, again)) in (0..).zip(delivered) {
            let record = record(number, second);
            for delay in [Some(delay), again].into_iter().flatten() {
                let minute = (i64::from(second / 60) + delay).max(0);
                let file = files.entry(u32::try_from(minute).unwrap() * 60);
                file.or_default().push(record.clone());
            }
            records.push((second, record));
        }
        for (second, records) in files {
            let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
            write(&sandbox, &log_path(second), text);
        }
        let since = super::time(first);
        let all = newest_first(records.iter().map(|(_, record)| record));
        let in_window = records.iter().filter(|(second, _)| *second >= first);
        let in_window = newest_first(in_window.map(|(_, record)| record));
        for (window, expected) in [(&[][..], all), (&["--since", &since], in_window)] {
            for memory in ["1KiB", "1GiB"] {
                let options = ["--from", "AWSLogs", "--late", "10m", "-q", "--memory", memory];
                let fetch = |order: &str| {
                    let order = [&options[..], window, &["--order", order]].concat();
                    outcome(&sandbox, &order)
                };
                let (newest, said, code) = fetch("newest");
                prop_assert_eq!(code, status::OK, "{}", said);
                prop_assert!(newest == expected);
                let (oldest, said, code) = fetch("oldest");
                prop_assert_eq!(code, status::OK, "{}", said);
                prop_assert!(oldest == reversed(&expected));
            }
        }
    }
}
