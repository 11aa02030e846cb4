//! Checks that networks are accepted as a subject, and that a value which no record can contain is
//! refused.

use serde_json::json;

use crate::program::{LEAKED, asked, call, lines, report, run, with};

#[test]
fn a_network_as_the_subject_selects_the_records_from_its_addresses() {
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
    let address = "not an IP address or network: use a value such as 192.0.2.7, 192.0.2.0/24 or \
         2001:db8::/32";
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

#[test]
fn a_sign_in_of_a_federated_session_belongs_to_the_key_that_requested_it() {
    let federated = json!({
        "type": "FederatedUser",
        "principalId": "111122223333:f",
        "arn": "arn:aws:sts::111122223333:federated-user/f",
        "sessionContext": {"attributes": {"creationDate": "2026-01-31T10:00:01Z"}},
    });
    let requested = asked(
        1,
        "sts",
        "GetFederationToken",
        json!({"name": "f"}),
        json!({"credentials": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE"}}),
    );
    let used = with(
        call(2, 2, "signin", "GetSigninToken"),
        json!({"userIdentity": federated}),
    );
    let used = with(
        used,
        json!({"userIdentity": {"accessKeyId": "ASIAIOSFODNN7EXAMPLE"}}),
    );
    let sign_in = with(
        call(3, 3, "signin", "ConsoleLogin"),
        json!({"userIdentity": federated}),
    );
    let sign_in = with(sign_in, json!({"userIdentity": {"accessKeyId": null}}));
    for (credentials, expected) in [("exact", 2), ("session", 3)] {
        let records = [requested.clone(), used.clone(), sign_in.clone()];
        let arguments = ["--key", LEAKED, "--credentials", credentials];
        let report = report(&records, &arguments);
        assert_eq!(report["subject"]["records"], expected, "{credentials}");
    }
}
