//! Parsing of times: the formats of the AWS CLI, ages, and errors.

use ct_core::time::{Parsed, TimeError, Warning, parse, parse_aws_cli};
use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use proptest::prelude::*;

/// A Monday morning in `zone`, which is in the format of the TZ variable.
fn now_in(zone: &str) -> Zoned {
    let zone = if zone == "UTC" {
        TimeZone::UTC
    } else {
        TimeZone::posix(zone).expect("the value of TZ is valid")
    };
    Zoned::new("2026-11-23T06:30:00Z".parse().expect("a timestamp"), zone)
}

fn second(iso: &str) -> i64 {
    iso.parse::<Timestamp>().expect("a timestamp").as_second()
}

fn read(text: &str) -> Result<i64, TimeError> {
    parse_aws_cli(text, &now_in("UTC")).map(|parsed| parsed.second)
}

#[track_caller]
fn assert_read(cases: &[(&str, &str)]) {
    for (text, iso) in cases {
        assert_eq!(read(text), Ok(second(iso)), "{text}");
    }
}

#[test]
fn a_number_is_seconds_since_1970() {
    assert_eq!(read("1700000000"), Ok(1_700_000_000));
    assert_eq!(read("1.7e9"), Ok(1_700_000_000));
    assert_eq!(read("-0.5"), Ok(-1));
    assert_eq!(read("2021"), Ok(2021));
}

#[test]
fn a_time_without_a_zone_is_utc_in_every_local_zone() {
    let read = |zone| parse_aws_cli("2021-03-04 05:06", &now_in(zone)).map(|parsed| parsed.second);
    assert_eq!(read("UTC"), Ok(second("2021-03-04T05:06:00Z")));
    assert_eq!(read("KST-9"), read("UTC"));
}

#[test]
fn the_month_comes_first_unless_its_number_is_too_large() {
    assert_read(&[
        ("03-04-2021, 05:06 AM", "2021-03-04T05:06:00Z"),
        ("03/04/21", "2021-03-04T00:00:00Z"),
        ("23.04.2021", "2021-04-23T00:00:00Z"),
        ("2021-03-04", "2021-03-04T00:00:00Z"),
        ("2021. 3. 4.", "2021-03-04T00:00:00Z"),
        ("4/Mar/2021", "2021-03-04T00:00:00Z"),
        ("Mar-4-2021", "2021-03-04T00:00:00Z"),
    ]);
}

#[test]
fn months_and_weekdays_have_names() {
    assert_read(&[
        ("March 4, 2021", "2021-03-04T00:00:00Z"),
        ("4th of march 2021", "2021-03-04T00:00:00Z"),
        ("Thu, 04 Mar 2021 05:06:07 GMT", "2021-03-04T05:06:07Z"),
        ("Sun Mar  4 2021", "2021-03-04T00:00:00Z"),
        ("Mar 2021 Sun", "2021-03-28T00:00:00Z"),
        ("Sept 2021", "2021-09-23T00:00:00Z"),
        ("Feb of 21", "2021-02-23T00:00:00Z"),
    ]);
}

#[test]
fn clocks_have_twelve_hours_or_twenty_four() {
    assert_read(&[
        ("2021-03-04 12am", "2021-03-04T00:00:00Z"),
        ("2021-03-04 12:30 p.m.", "2021-03-04T12:30:00Z"),
        ("5 PM 2021-03-04", "2021-03-04T17:00:00Z"),
        ("2021-03-04 5h6m7s", "2021-03-04T05:06:07Z"),
        ("2021-03-04 5 hours 6", "2021-03-04T05:06:00Z"),
        ("2021-03-04 05:06.5", "2021-03-04T05:06:30Z"),
        ("2021-03-04 05:06:07,89", "2021-03-04T05:06:07Z"),
        ("20210304T050607", "2021-03-04T05:06:07Z"),
        ("20210304050607", "2021-03-04T05:06:07Z"),
    ]);
}

#[test]
fn a_positive_offset_is_east_but_west_after_a_zone_name() {
    assert_read(&[
        ("2021-03-04T05:06Z", "2021-03-04T05:06:00Z"),
        ("2021-03-04T05:06+0900", "2021-03-03T20:06:00Z"),
        ("2021-03-04T05:06:07 -03:30", "2021-03-04T08:36:07Z"),
        ("2021-03-04T05:06+9 (JST)", "2021-03-03T20:06:00Z"),
        ("2021-03-04 05:06 UTC+3", "2021-03-04T08:06:00Z"),
        ("2021-03-04 05:06 BRST+3", "2021-03-04T08:06:00Z"),
    ]);
}

#[test]
fn missing_parts_are_todays_date_and_midnight() {
    assert_read(&[
        ("05:06", "2026-11-23T05:06:00Z"),
        ("Friday", "2026-11-27T00:00:00Z"),
        ("March", "2026-03-23T00:00:00Z"),
        ("12-31", "2026-12-31T00:00:00Z"),
    ]);
    let far_east = parse_aws_cli("05:06", &now_in("<+18>-18")).map(|parsed| parsed.second);
    assert_eq!(far_east, Ok(second("2026-11-24T05:06:00Z")));
}

#[test]
fn a_day_after_the_end_of_the_month_becomes_the_last_day() {
    let now = "2026-11-30T06:30:00+00:00[UTC]".parse().unwrap();
    let read = parse_aws_cli("Feb 2021", &now).map(|parsed| parsed.second);
    assert_eq!(read, Ok(second("2021-02-28T00:00:00Z")));
}

#[test]
fn a_two_digit_year_is_within_fifty_years() {
    assert_read(&[
        ("3/4/75", "2075-03-04T00:00:00Z"),
        ("3/4/76", "1976-03-04T00:00:00Z"),
        ("0021-03-04", "0021-03-04T00:00:00Z"),
    ]);
}

#[test]
fn the_name_of_the_local_zone_sets_the_offset() {
    let text = "2021-03-04 05:06 KST";
    assert_eq!(
        parse_aws_cli(text, &now_in("KST-9")),
        Ok(Parsed {
            second: second("2021-03-03T20:06:00Z"),
            warning: None
        })
    );
    assert_eq!(
        parse_aws_cli(text, &now_in("UTC")),
        Ok(Parsed {
            second: second("2021-03-04T05:06:00Z"),
            warning: Some(Warning::ZoneIgnored {
                zone: "KST".to_owned()
            })
        })
    );
}

#[test]
fn the_time_of_year_decides_between_a_zones_two_offsets() {
    let read =
        |text| parse_aws_cli(text, &now_in("EST5EDT,M3.2.0,M11.1.0")).map(|parsed| parsed.second);
    assert_eq!(
        read("2021-07-01 12:00 EST"),
        Ok(second("2021-07-01T16:00:00Z"))
    );
    assert_eq!(
        read("2021-12-01 12:00 EDT"),
        Ok(second("2021-12-01T17:00:00Z"))
    );
    assert_eq!(
        read("2021-11-07 01:30 EDT"),
        Ok(second("2021-11-07T05:30:00Z"))
    );
    assert_eq!(
        read("2021-11-07 01:30 EST"),
        Ok(second("2021-11-07T06:30:00Z"))
    );
}

#[test]
fn digits_that_look_like_a_date_are_seconds_with_a_warning() {
    let warning = parse_aws_cli("20210304", &now_in("UTC")).unwrap().warning;
    assert_eq!(
        warning.unwrap().to_string(),
        "`20210304` was read as seconds since 1970, 1970-08-22T21:58:24Z: \
         write a date with dashes, such as 2020-10-01"
    );
}

#[test]
fn a_text_that_the_aws_cli_refuses_is_not_a_time() {
    for text in [
        "",
        " ",
        "now",
        "yesterday",
        "7x",
        "-1d",
        "P1D",
        "nan",
        "2021-02-30",
        "2021-13-14",
        "2021-03-04T24:00",
        "2021-03-04T05:06:60",
        "2021-03-04 13:00 x",
        "03-04-2021,05:06PM",
        "AM",
        "2021-03-04 to 2021-03-05",
        "2021-03-04T05:06+24:00",
        "2021-03-04 15pm5",
        "1 2 3 4",
        "253402300800",
    ] {
        assert_eq!(
            read(text),
            Err(TimeError::NotATime(text.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn a_number_beyond_the_calendar_is_out_of_range() {
    for text in ["inf", "1e300", "1700000000000", "2021-03-04 9999999999:00"] {
        assert_eq!(
            read(text),
            Err(TimeError::OutOfRange(text.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn a_zone_that_leads_out_of_the_calendar_is_refused() {
    let text = "0001-01-01T00:00+09:00".to_owned();
    assert_eq!(read(&text), Err(TimeError::OffCalendar(text)));
    assert_eq!(read("9999-12-31T23:59:59"), Ok(253_402_300_799));
}

#[test]
fn an_age_counts_back_from_now() {
    let read = |text| parse(text, &now_in("KST-9")).map(|parsed| parsed.second);
    for (text, iso) in [
        ("now", "2026-11-23T06:30:00Z"),
        ("90m", "2026-11-23T05:00:00Z"),
        ("36h", "2026-11-21T18:30:00Z"),
        ("7d", "2026-11-16T06:30:00Z"),
        ("-1h", "2026-11-23T05:30:00Z"),
        ("-2h", "2026-11-23T04:30:00Z"),
        ("-1m", "2026-11-23T06:29:00Z"),
        ("-1h30m", "2026-11-23T05:00:00Z"),
        ("2w", "2026-11-09T06:30:00Z"),
        ("1h30m", "2026-11-23T05:00:00Z"),
        ("2 hours ago", "2026-11-23T04:30:00Z"),
        ("1 Day Ago", "2026-11-22T06:30:00Z"),
        ("today", "2026-11-23T00:00:00Z"),
        ("yesterday", "2026-11-22T00:00:00Z"),
    ] {
        assert_eq!(read(text), Ok(second(iso)), "{text}");
    }
}

#[test]
fn complete_dates_and_seconds_are_parsed_as_the_aws_cli_parses_them() {
    for text in [
        "1700000000",
        "100000000",
        "1.7e9",
        "03-04-2021, 05:06 AM",
        "3/4/21",
        "2021-03-04T05:06:07Z",
        "Thu, 04 Mar 2021 05:06:07 GMT",
        "20210304050607",
    ] {
        assert_eq!(
            parse(text, &now_in("UTC")),
            parse_aws_cli(text, &now_in("UTC")),
            "{text}"
        );
    }
}

#[test]
fn a_weekday_or_a_clock_time_is_the_latest_in_the_past() {
    let read = |text| parse(text, &now_in("UTC")).map(|parsed| parsed.second);
    for (text, iso) in [
        ("05:06", "2026-11-23T05:06:00Z"),
        ("06:30", "2026-11-23T06:30:00Z"),
        ("06:31", "2026-11-22T06:31:00Z"),
        ("14:30", "2026-11-22T14:30:00Z"),
        ("10:00pm", "2026-11-22T22:00:00Z"),
        ("9 am", "2026-11-22T09:00:00Z"),
        ("14:30+09:00", "2026-11-23T05:30:00Z"),
        ("monday", "2026-11-23T00:00:00Z"),
        ("Monday 9am", "2026-11-16T09:00:00Z"),
        ("tue", "2026-11-17T00:00:00Z"),
        ("sunday 23:59", "2026-11-22T23:59:00Z"),
    ] {
        assert_eq!(read(text), Ok(second(iso)), "{text}");
    }
}

#[test]
fn the_latest_clock_time_is_the_same_in_every_local_zone() {
    let read = |zone| parse("05:06", &now_in(zone)).map(|parsed| parsed.second);
    for zone in ["UTC", "KST-9", "<+18>-18", "<-11>11"] {
        assert_eq!(read(zone), Ok(second("2026-11-23T05:06:00Z")), "{zone}");
    }
}

#[test]
fn a_short_number_and_an_incomplete_date_are_refused() {
    for text in [
        "7",
        "-7",
        "0",
        "2021",
        "20210304",
        "99999999",
        "1e3",
        "7.5",
        "1M",
        "202103040506",
        "2026-11",
        "11-23",
        "11/2026",
        "March",
        "Nov 2026",
        "Mon Nov 23",
        "23rd",
        "5 minutes 3",
        "٧",
    ] {
        assert_eq!(
            parse(text, &now_in("UTC")),
            Err(TimeError::NotATime(text.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn an_error_suggests_what_to_write_instead() {
    assert_eq!(
        parse("7x", &now_in("UTC")).unwrap_err().to_string(),
        "`7x` is not a time: try 7d, 90m, 2026-11-01 or 2026-11-01T10:30:00Z"
    );
    assert_eq!(
        parse("999999d", &now_in("UTC")).unwrap_err().to_string(),
        "`999999d` is outside the years 1 to 9999: try 7d, 90m, 2026-11-01 or 2026-11-01T10:30:00Z"
    );
}

proptest! {
    #[test]
    fn a_time_in_any_usual_form_is_parsed(second in 0_i64..=253_402_207_200) {
        let time = Timestamp::from_second(second).unwrap();
        for format in [
            "%s",
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%d %H:%M:%S",
            "%Y/%m/%d %H:%M:%S",
            "%Y. %m. %d. %H:%M:%S",
            "%m-%d-%Y, %I:%M:%S %p",
            "%m/%d/%Y %H:%M:%S",
            "%a, %d %b %Y %H:%M:%S GMT",
            "%a %b %e %H:%M:%S UTC %Y",
            "%A %B %d, %Y at %I:%M:%S %P",
            "%d-%b-%Y %H:%M:%S",
            "%Y%m%dT%H%M%S",
        ] {
            let text = time.strftime(format).to_string();
            prop_assert_eq!(read(&text), Ok(second), "{}", text);
        }
    }

    #[test]
    fn an_offset_is_subtracted(
        second in 0_i64..=253_402_000_000,
        minutes in -1439_i32..=1439,
    ) {
        let wall = Timestamp::from_second(second + i64::from(minutes) * 60).unwrap();
        let wall: DateTime = wall.to_zoned(TimeZone::UTC).datetime();
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        let text = format!("{wall}{sign}{hours:02}:{minutes:02}");
        prop_assert_eq!(read(&text), Ok(second), "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,20}", zone in "[0-9 :.,/+aAmMpPTZ()-]{0,20}") {
        for text in [text, zone] {
            let _ = parse(&text, &now_in("EST5EDT,M3.2.0,M11.1.0"));
        }
    }

    #[test]
    fn a_clock_time_is_never_in_the_future(hour in 0_u32..24, minute in 0_u32..60) {
        let now = now_in("UTC").timestamp().as_second();
        let read = parse(&format!("{hour}:{minute:02}"), &now_in("UTC")).unwrap().second;
        prop_assert!(read <= now && now - read < 86_400);
    }
}
