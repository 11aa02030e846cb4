//! Generated records.

use std::collections::HashSet;

use ct_sim::{Category, Events, Sim, Traffic};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::client::{ask, ask_all, by};

const REGIONS: usize = 17;

fn traffic(count: usize) -> Traffic {
    Traffic::new(count, "2020-10-02T00:00:00Z".parse::<Timestamp>().unwrap())
}

/// Returns the generated records as a client receives them.
fn records(traffic: Traffic) -> Vec<Value> {
    let sim = Sim::start(Events::generated(traffic).any_region());
    let pages = ask_all(&sim, &json!({}));
    let events = pages
        .iter()
        .flat_map(|page| page.json()["Events"].as_array().unwrap().clone());
    events
        .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap())
        .collect()
}

#[test]
fn the_same_traffic_gives_the_same_records_and_another_seed_gives_others() {
    let of_seed = |seed| {
        records(Traffic {
            seed,
            ..traffic(200)
        })
    };
    assert_eq!(of_seed(1), of_seed(1));
    assert_ne!(of_seed(1), of_seed(2));
}

#[test]
fn records_are_as_varied_and_as_large_as_real_ones() {
    let records = records(traffic(5000));
    let distinct = |pointer: &str| {
        let texts = records.iter().filter_map(|record| record.pointer(pointer));
        texts.map(Value::to_string).collect::<HashSet<_>>().len()
    };
    assert_eq!(distinct("/eventID"), 5000);
    assert_eq!(distinct("/awsRegion"), REGIONS);
    assert!(distinct("/eventSource") > 25);
    assert!(distinct("/eventName") > 70);
    assert!(distinct("/errorCode") > 10);
    assert!(distinct("/userIdentity/accessKeyId") > 200);
    assert!(distinct("/userIdentity/type") >= 5);
    let sizes = records.iter().map(|record| record.to_string().len());
    assert!(sizes.clone().min().unwrap() >= 600);
    assert!(sizes.max().unwrap() <= 6000);
}

#[test]
fn every_record_is_in_the_window_newest_first() {
    let records = records(traffic(1000));
    let times: Vec<&str> = records
        .iter()
        .map(|record| record["eventTime"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    assert!(times[0] <= "2020-10-02T00:00:00Z");
    assert!(times[999] >= "2020-09-02T00:00:00Z");
}

#[test]
fn counted_events_are_all_in_one_region() {
    let sim = Sim::start(Events::count(120));
    let pages = ask_all(&sim, &json!({}));
    let sizes: Vec<usize> = pages
        .iter()
        .map(|page| page.json()["Events"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [50, 50, 20]);
}

#[test]
fn the_leaked_key_started_one_instance_in_seoul() {
    let leaked_key = Some("AKIAI44QH8DHBEXAMPLE".to_owned());
    let traffic = Traffic {
        leaked_key,
        ..traffic(100)
    };
    let sim = Sim::start(Events::generated(traffic).any_region());
    let page = ask(&sim, &by("AccessKeyId", "AKIAI44QH8DHBEXAMPLE"));
    let story = page.json()["Events"].as_array().unwrap().clone();
    assert_eq!(story.len(), 40);
    let started: Vec<Value> = story
        .iter()
        .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap())
        .filter(|record: &Value| record["awsRegion"] == "ap-northeast-2")
        .filter(|record| {
            !record["eventName"]
                .as_str()
                .unwrap()
                .starts_with("Describe")
        })
        .filter(|record| record["eventSource"] == "ec2.amazonaws.com")
        .map(|record| {
            let instance = &record["responseElements"]["instancesSet"]["items"][0];
            json!([
                record["eventTime"],
                record["eventName"],
                instance["instanceType"]
            ])
        })
        .collect();
    assert_eq!(
        started,
        [json!(["2020-10-01T13:35:58Z", "RunInstances", "t2.micro"])]
    );
}

#[test]
fn data_and_network_events_are_generated_but_not_listed() {
    let events = Events::generated(Traffic {
        categories: vec![
            Category::Management,
            Category::Data,
            Category::Network,
            Category::Insight,
        ],
        ..traffic(2000)
    });
    let sim = Sim::start(events.any_region());
    let categories = |question: Value| {
        let mut counts = std::collections::BTreeMap::new();
        for page in ask_all(&sim, &question) {
            for event in page.json()["Events"].as_array().unwrap() {
                let record = event["CloudTrailEvent"].as_str().unwrap();
                let record: Value = serde_json::from_str(record).unwrap();
                let category = record["eventCategory"].as_str().unwrap().to_owned();
                *counts.entry(category).or_insert(0) += 1;
            }
        }
        counts
    };
    let management = categories(json!({}));
    assert_eq!(management.keys().collect::<Vec<_>>(), ["Management"]);
    assert!(
        (500..700).contains(&management["Management"]),
        "{management:?}"
    );
    let insight = categories(json!({"EventCategory": "insight"}));
    assert_eq!(insight.keys().collect::<Vec<_>>(), ["Insight"]);
    assert!((20..70).contains(&insight["Insight"]), "{insight:?}");
}

#[test]
fn by_default_there_are_management_events_only() {
    let all = records(traffic(300));
    assert!(
        all.iter()
            .all(|record| record["eventCategory"] == "Management")
    );
    assert_eq!(all.len(), 300);
}
