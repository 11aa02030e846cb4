//! The filters that `bench jq` runs.

/// A filter, and what it runs on.
pub(super) struct Row {
    /// jq's.
    pub(super) options: &'static [&'static str],
    /// With [`KEY`] for an access key.
    pub(super) filter: &'static str,
    pub(super) input: Input,
    pub(super) must: Must,
}

/// How often as long others have to take on the clock.
#[derive(Clone, Copy)]
pub(super) struct Must {
    pub(super) jq: f64,
    pub(super) jaq: f64,
}

/// A file.
#[derive(Clone, Copy)]
pub(super) enum Input {
    /// All records.
    Records,
    /// A tenth of them, where all are held in memory or the engine is needed.
    Tenth,
    /// 100 MB of `{"Events":[…]}`.
    Envelope,
    /// One record: what it takes to start.
    One,
}

/// Stands for an access key that one record in a thousand has.
pub(super) const KEY: &str = "KEY";

/// Filters of one record, then of all records, of whole trees and of events, then those of the engine, then the start.
pub(super) const ROWS: &[Row] = &[
    row(
        &[],
        r#"{eventTime, eventName, eventSource, awsRegion, "instanceType": .responseElements.instancesSet.items[0].instanceType} | select(.eventName | startswith("Describe") | not) | select(.eventSource == "ec2.amazonaws.com")"#,
        Input::Records,
        Must {
            jq: 20.0,
            jaq: 15.0,
        },
    ),
    row(
        &[],
        r#"select(.eventName=="ConsoleLogin")"#,
        Input::Records,
        Must {
            jq: 20.0,
            jaq: 12.0,
        },
    ),
    row(
        &[],
        r#"select(.userIdentity.accessKeyId=="KEY")"#,
        Input::Records,
        Must {
            jq: 20.0,
            jaq: 12.0,
        },
    ),
    row(
        &["-r"],
        "[.eventTime,.eventName,.userIdentity.arn]|@tsv",
        Input::Records,
        Must {
            jq: 20.0,
            jaq: 40.0,
        },
    ),
    row(
        &[],
        "select(.errorCode != null) | .errorCode",
        Input::Records,
        Must {
            jq: 25.0,
            jaq: 14.0,
        },
    ),
    row(&["-c"], ".", Input::Records, Must { jq: 18.0, jaq: 6.0 }),
    row(&[], ".", Input::Records, Must { jq: 18.0, jaq: 6.0 }),
    row(
        &["-r"],
        ".Events[].CloudTrailEvent",
        Input::Envelope,
        Must { jq: 10.0, jaq: 4.0 },
    ),
    row(
        &["-s", "-c"],
        "group_by(.eventName) | map({name: .[0].eventName, n: length}) | sort_by(-.n)",
        Input::Tenth,
        AGGREGATE,
    ),
    row(
        &["-n", "-c"],
        "reduce inputs as $r ({}; .[$r.eventName] += 1)",
        Input::Tenth,
        AGGREGATE,
    ),
    row(
        &["-n", "-c"],
        "[inputs | select(.errorCode != null) | .errorCode] | group_by(.) | map([.[0], length])",
        Input::Tenth,
        AGGREGATE,
    ),
    row(
        &["-s"],
        "sort_by(.eventTime) | .[-1].eventTime",
        Input::Tenth,
        AGGREGATE,
    ),
    row(
        &["-s"],
        "map(.userIdentity.arn) | unique | length",
        Input::Tenth,
        AGGREGATE,
    ),
    row(
        &["-c"],
        r#"[paths(type == "string")] | length"#,
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        r#"walk(if type == "object" then del(.sessionContext) else . end)"#,
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        r#".. |= (if type == "number" then . + 1 else . end)"#,
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        r#".requestParameters |= (if type == "object" then keys else . end)"#,
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        "del(.responseElements, .requestParameters)",
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        r#".eventName | gsub("(?<x>[A-Z])"; "_\(.x|ascii_downcase)")"#,
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        r#"with_entries(select(.key | startswith("event")))"#,
        Input::Tenth,
        TREE,
    ),
    row(
        &["-c"],
        "to_entries | map(select(.value != null)) | from_entries",
        Input::Tenth,
        TREE,
    ),
    row(
        &["--stream", "-c"],
        r#"select(length==2 and .[0][-1]=="accessKeyId") | .[1]"#,
        Input::Tenth,
        EVENTS,
    ),
    row(&["-n"], "last(inputs).eventTime", Input::Tenth, AGGREGATE),
    row(
        &["-r"],
        r#".eventName | select(test("^(?!Describe|Get|List)"))"#,
        Input::Tenth,
        ENGINE,
    ),
    row(&["-n", "-c"], "limit(5; inputs)", Input::Tenth, ENGINE),
    row(&[], ".eventName", Input::One, Must { jq: 1.0, jaq: 0.0 }),
];

/// Of what looks at a part of each of many inputs.
const AGGREGATE: Must = Must { jq: 12.0, jaq: 1.1 };

/// Of what goes through whole records.
const TREE: Must = AGGREGATE;

/// Of what runs on events.
const EVENTS: Must = Must { jq: 6.0, jaq: 1.1 };

/// Of what the engine runs.
const ENGINE: Must = Must { jq: 1.5, jaq: 1.1 };

const fn row(
    options: &'static [&'static str],
    filter: &'static str,
    input: Input,
    must: Must,
) -> Row {
    Row {
        options,
        filter,
        input,
        must,
    }
}
