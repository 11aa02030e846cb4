//! Examples for dates.

use super::{jq, jq_error};

#[test]
fn dates_and_seconds_are_inverse() {
    assert_eq!(
        jq("fromdate, (fromdate | todate)", r#""2015-03-05T23:51:47Z""#),
        ["1425599507", r#""2015-03-05T23:51:47Z""#]
    );
}

#[test]
fn todate_drops_a_fraction() {
    assert_eq!(jq("todate", "1425599507.9"), [r#""2015-03-05T23:51:47Z""#]);
}

#[test]
fn fromdate_takes_no_fraction() {
    assert_eq!(
        jq_error("fromdate", r#""2015-03-05T23:51:47.5Z""#),
        r#"date "2015-03-05T23:51:47.5Z" does not match format "%Y-%m-%dT%H:%M:%SZ""#
    );
}

#[test]
fn a_broken_down_time_counts_months_from_zero() {
    assert_eq!(jq("gmtime", "1425599507"), ["[2015,2,5,23,51,47,4,63]"]);
}

#[test]
fn the_second_keeps_its_fraction() {
    assert_eq!(jq("gmtime[5]", "1425599507.25"), ["47.25"]);
}

#[test]
fn mktime_carries_fields_out_of_range() {
    assert_eq!(jq("mktime", "[2024,13,45,30,70,80]"), ["1742281880"]);
}

#[test]
fn mktime_requires_an_array() {
    assert_eq!(jq_error("mktime", r#""x""#), "mktime requires array inputs");
}

#[test]
fn mktime_requires_numbers() {
    assert_eq!(
        jq_error("mktime", r#"[2024,"x"]"#),
        "mktime requires parsed datetime inputs"
    );
}

#[test]
fn strftime_takes_seconds_or_an_array() {
    assert_eq!(
        jq(
            r#"strftime("%A, %B %d, %Y"), (gmtime | strftime("%j %U %H:%M:%S"))"#,
            "1435677542"
        ),
        [r#""Tuesday, June 30, 2015""#, r#""181 26 15:19:02""#]
    );
}

#[test]
fn strftime_pads_according_to_its_flags() {
    assert_eq!(
        jq(r#"strftime("%e|%-d|%_H|%^a|%5Y|%k")"#, "0"),
        [r#"" 1|1| 0|THU|01970| 0""#]
    );
}

#[test]
fn an_unknown_conversion_is_copied() {
    assert_eq!(jq(r#"strftime("%Q %")"#, "0"), [r#""%Q %""#]);
}

#[test]
fn strptime_reads_what_strftime_writes() {
    assert_eq!(
        jq(
            r#"strptime("%a, %d %b %Y %T") | ., mktime"#,
            r#""Thu, 05 Mar 2015 23:51:47""#
        ),
        ["[2015,2,5,23,51,47,4,63]", "1425599507"]
    );
}

#[test]
fn strptime_derives_the_date_from_the_day_of_the_year() {
    assert_eq!(
        jq(r#"strptime("%Y-%j")"#, r#""2016-060""#),
        ["[2016,1,29,0,0,0,1,59]"]
    );
}

#[test]
fn seconds_may_be_before_the_epoch() {
    assert_eq!(jq("todate", "-1"), [r#""1969-12-31T23:59:59Z""#]);
}

#[test]
fn the_format_is_checked_before_the_fields_of_the_date() {
    assert_eq!(
        jq_error("strftime(1)", r#"["x"]"#),
        "strftime/1 requires a string format"
    );
    assert_eq!(
        jq_error("strftime(1)", "{}"),
        "strftime/1 requires parsed datetime inputs"
    );
}

#[test]
fn text_after_a_nul_is_not_part_of_a_date() {
    let date = r#""5 \u0000x""#;
    let parsed = jq(r#"strptime("%d")"#, date);
    assert_eq!(parsed, [r#"[1900,0,5,0,0,0,5,4," "]"#]);
}

#[test]
fn a_result_much_longer_than_its_format_is_refused() {
    assert_eq!(
        jq_error(r#"strftime("%F" * 20)"#, "0"),
        "strftime/1: unknown system failure"
    );
    assert_eq!(
        jq_error(
            r#"strftime("%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F%F")"#,
            "0"
        ),
        "strftime/1: unknown system failure"
    );
}

#[test]
fn a_year_out_of_range_is_refused() {
    assert_eq!(
        jq_error("todate", "1e18"),
        "error converting number of seconds since epoch to datetime"
    );
}
