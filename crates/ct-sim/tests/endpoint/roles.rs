//! Tests of accounts and their access keys.

use ct_sim::{Events, Sim};
use serde_json::json;

use crate::client::{ask, ask_as, post, signed};

fn of_two_accounts() -> Events {
    let record = |id, account| {
        format!(
            r#"{{"eventTime":"2020-10-01T00:00:00Z","eventID":"{id}","awsRegion":"us-east-1","recipientAccountId":"{account}"}}"#
        )
    };
    Events::records([record("a", "111122223333"), record("b", "444455556666")])
}

fn sts(sim: &Sim, body: &str) -> String {
    let authorization = signed("AKIAIOSFODNN7EXAMPLE", "us-east-1", "sts");
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", authorization.as_str()),
    ];
    post(&sim.url(), &headers, body).unwrap().body
}

#[test]
fn a_roles_key_sees_the_records_of_the_roles_account() {
    let sim = Sim::start(of_two_accounts());
    let xml = sts(
        &sim,
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Faudit&RoleSessionName=me",
    );
    let (_, key) = xml.split_once("<AccessKeyId>").unwrap();
    let (key, _) = key.split_once('<').unwrap();
    assert_eq!(ask_as(&sim, key, "us-east-1", &json!({})).ids(), "b");
}

#[test]
fn a_configured_key_sees_its_account_and_an_unknown_key_sees_all() {
    let sim = Sim::start(of_two_accounts().account("AKIAI44QH8DHBEXAMPLE", "111122223333"));
    let own = ask_as(&sim, "AKIAI44QH8DHBEXAMPLE", "us-east-1", &json!({}));
    assert_eq!(own.ids(), "a");
    assert_eq!(ask(&sim, &json!({})).ids(), "ab");
    assert_eq!(sim.requests()[0].account.as_deref(), Some("111122223333"));
}

#[test]
fn the_caller_is_a_user_of_the_documentations_account() {
    let sim = Sim::start(of_two_accounts());
    let xml = sts(&sim, "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(
        xml,
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/analyst</Arn><UserId>AIDAIOSFODNN7EXAMPLE</UserId><Account>111122223333</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n"
    );
    let request = &sim.requests()[0];
    assert_eq!(request.operation, "GetCallerIdentity");
    assert_eq!(request.number, 0, "requests of LookupEvents are counted");
}
