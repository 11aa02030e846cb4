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

/// Those that are run on a record's bytes, then those that need the engine, then the start.
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
        "group_by(.eventName) | map({(.[0].eventName): length}) | add",
        Input::Tenth,
        ENGINE,
    ),
    row(
        &["-n", "-c"],
        "reduce inputs as $record ({}; .[$record.eventName] += 1)",
        Input::Tenth,
        ENGINE,
    ),
    row(
        &["-c"],
        r#"walk(if type == "string" then ascii_downcase else . end)"#,
        Input::Tenth,
        ENGINE,
    ),
    row(
        &["-r"],
        r#".eventName | select(test("^(?!Describe|Get|List)"))"#,
        Input::Tenth,
        ENGINE,
    ),
    row(&["-n", "-c"], "limit(5; inputs)", Input::Tenth, ENGINE),
    row(&[], ".eventName", Input::One, Must { jq: 1.0, jaq: 0.0 }),
];

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
