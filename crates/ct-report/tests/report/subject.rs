//! The subject of a report: networks are matched, and a value that no record can have is refused.

use serde_json::json;

use crate::program::{call, lines, report, run, with};

#[test]
fn a_network_is_the_subject_of_what_came_from_its_addresses() {
    let records = [
        call(1, 1, "ec2", "StopInstances"),
        with(
            call(2, 2, "ec2", "StopInstances"),
            json!({"sourceIPAddress": "203.0.114.7"}),
        ),
    ];
    for (network, expected) in [
        ("203.0.113.0/24", 1),
        ("203.0.112.0/22", 2),
        ("203.0.113.8", 0),
    ] {
        let report = report(&records, &["--ip", network]);
        let found = [
            &report["subject"]["records"],
            &report["subject"]["addresses"],
        ];
        assert_eq!(found, [&json!(expected), &json!([network])]);
    }
}

#[test]
fn a_subject_that_no_record_can_have_is_refused() {
    let input = lines(&[call(1, 1, "ec2", "StopInstances")]);
    let key =
        "not an access key: use capital letters and digits only, such as AKIAIOSFODNN7EXAMPLE";
    let address =
        "not an IP address or network: give one such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";
    for (option, value, reason) in [
        ("--key", "akiaiosfodnn7example", key),
        ("--key", " AKIAIOSFODNN7EXAMPLE", key),
        ("--key", "AKIAIOSFODNN7EXAMPLE ", key),
        ("--ip", "203.0.113", address),
        ("--ip", "203.0.113.0/33", address),
        ("--ip", " 203.0.113.7", address),
    ] {
        let output = run(&[option, value], &input);
        let message = String::from_utf8(output.stderr).unwrap();
        let found = (output.status.code(), message.contains(reason));
        assert_eq!(found, (Some(2), true), "{message}");
    }
}
