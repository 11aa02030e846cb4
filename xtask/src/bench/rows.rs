//! The filters that `bench jq` runs.

/// A filter, and what it runs on.
pub(super) struct Row {
    /// jq's.
    pub(super) options: &'static [&'static str],
    /// With [`KEY`] for an access key.
    pub(super) filter: &'static str,
    pub(super) input: Input,
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
    ),
    row(&[], r#"select(.eventName=="ConsoleLogin")"#, Input::Records),
    row(
        &[],
        r#"select(.userIdentity.accessKeyId=="KEY")"#,
        Input::Records,
    ),
    row(
        &["-r"],
        "[.eventTime,.eventName,.userIdentity.arn]|@tsv",
        Input::Records,
    ),
    row(
        &[],
        "select(.errorCode != null) | .errorCode",
        Input::Records,
    ),
    row(&["-c"], ".", Input::Records),
    row(&[], ".", Input::Records),
    row(&["-r"], ".Events[].CloudTrailEvent", Input::Envelope),
    row(
        &["-s", "-c"],
        "group_by(.eventName) | map({(.[0].eventName): length}) | add",
        Input::Tenth,
    ),
    row(
        &["-n", "-c"],
        "reduce inputs as $record ({}; .[$record.eventName] += 1)",
        Input::Tenth,
    ),
    row(
        &["-c"],
        r#"walk(if type == "string" then ascii_downcase else . end)"#,
        Input::Tenth,
    ),
    row(
        &["-r"],
        r#".eventName | select(test("^(?!Describe|Get|List)"))"#,
        Input::Tenth,
    ),
    row(&["-n", "-c"], "limit(5; inputs)", Input::Tenth),
    row(&[], ".eventName", Input::One),
];

const fn row(options: &'static [&'static str], filter: &'static str, input: Input) -> Row {
    Row {
        options,
        filter,
        input,
    }
}
