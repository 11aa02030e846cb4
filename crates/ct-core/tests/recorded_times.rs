//! Recorded results of the AWS CLI 2.36.7 for time strings.

use ct_core::time::{self, TimeError};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use serde::Deserialize;

const RECORDING: &str = include_str!("../../../tests/recorded/times.json");

#[derive(Deserialize)]
struct Recorded {
    input: String,
    epoch: Option<i64>,
    exit: u8,
    #[serde(default)]
    depends_on_today: bool,
    #[serde(rename = "epoch_in_Asia/Seoul")]
    epoch_in_seoul: Option<i64>,
}

#[test]
fn every_recorded_time_is_parsed_as_the_aws_cli_parses_it() {
    let recorded: Vec<Recorded> = serde_json::from_str(RECORDING).unwrap();
    for Recorded {
        input,
        epoch,
        exit,
        depends_on_today,
        epoch_in_seoul,
    } in recorded
    {
        for (zone, epoch) in [("UTC", epoch), ("KST-9", epoch_in_seoul.or(epoch))] {
            let now = Zoned::new(
                "2026-11-23T06:00:00Z".parse::<Timestamp>().unwrap(),
                TimeZone::posix(zone).unwrap_or(TimeZone::UTC),
            );
            let got = match time::parse_aws_cli(&input, &now) {
                Ok(parsed) => (0, (!depends_on_today).then_some(parsed.second)),
                Err(TimeError::NotATime(_)) => (252, None),
                Err(TimeError::OutOfRange(_) | TimeError::OffCalendar(_)) => (255, None),
            };
            assert_eq!(got, (exit, epoch), "{input} in {zone}");
        }
    }
}
