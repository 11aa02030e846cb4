//! The filters with which `bench jq` compares the programs.

/// One filter with its input and its requirement: a row of the table.
pub(super) struct Row {
    /// The command-line options with which every program runs the filter.
    pub(super) options: &'static [&'static str],
    /// The filter. [`KEY`] stands for an access key that the records contain.
    pub(super) filter: &'static str,
    pub(super) input: Input,
    pub(super) must: Requirement,
}

/// The requirement that the measurement of a filter must meet.
#[derive(Clone, Copy)]
pub(super) struct Requirement {
    /// The minimum ratio of jq's wall-clock time to ct-jq's. `jaq`, `gojq` and `jq_jit` are the same
    /// ratios for these three programs.
    pub(super) jq: f64,
    pub(super) jaq: f64,
    pub(super) gojq: f64,
    pub(super) jq_jit: f64,
    /// The maximum memory of ct-jq, as a multiple of jq's memory.
    pub(super) memory: f64,
}

impl Requirement {
    /// ct-jq must be `jq` times as fast as jq, `jaq` times as fast as jaq, and at least as fast as
    /// gojq. There is no requirement for ct-jq's memory, or compared with jq-jit.
    pub(super) const fn faster(jq: f64, jaq: f64) -> Self {
        Self {
            jq,
            jaq,
            gojq: 1.0,
            jq_jit: 0.0,
            memory: f64::INFINITY,
        }
    }
}

/// An input.
#[derive(Clone, Copy)]
pub(super) enum Input {
    /// All records.
    Records,
    /// A quarter of the records.
    Quarter,
    /// One document `{"Records":[…]}` of 20 MB.
    Document,
    /// No input: the filter generates its data.
    Nothing,
    /// One document `{"Events":[…]}` of 100 MB, as `lookup-events` prints it.
    Envelope,
    /// One record, to measure the time that a program needs to start.
    One,
}

/// A placeholder for an access key that one record in a thousand has.
pub(super) const KEY: &str = "KEY";

/// The filters: filters that read some fields of each record, traverse whole records, or read
/// events of `lookup-events`; filters that ct-jq's engine runs; and filters that measure the start.
pub(super) const ROWS: &[Row] = &[
    row(
        &[],
        r#"{eventTime, eventName, eventSource, awsRegion, "instanceType": .responseElements.instancesSet.items[0].instanceType} | select(.eventName | startswith("Describe") | not) | select(.eventSource == "ec2.amazonaws.com")"#,
        Input::Records,
        Requirement::faster(20.0, 15.0),
    ),
    row(
        &[],
        r#"select(.eventName=="ConsoleLogin")"#,
        Input::Records,
        Requirement::faster(20.0, 12.0),
    ),
    row(
        &[],
        r#"select(.userIdentity.accessKeyId=="KEY")"#,
        Input::Records,
        Requirement::faster(20.0, 12.0),
    ),
    row(
        &["-r"],
        "[.eventTime,.eventName,.userIdentity.arn]|@tsv",
        Input::Records,
        Requirement::faster(20.0, 40.0),
    ),
    row(
        &[],
        "select(.errorCode != null) | .errorCode",
        Input::Records,
        Requirement::faster(20.0, 12.0),
    ),
    row(&["-c"], ".", Input::Records, Requirement::faster(18.0, 6.0)),
    row(&[], ".", Input::Records, Requirement::faster(18.0, 6.0)),
    row(
        &["-r"],
        ".Events[].CloudTrailEvent",
        Input::Envelope,
        Requirement::faster(10.0, 4.0),
    ),
    row(
        &["-s", "-c"],
        "group_by(.eventName) | map({name: .[0].eventName, n: length}) | sort_by(-.n)",
        Input::Records,
        AGGREGATE,
    ),
    row(
        &["-n", "-c"],
        "reduce inputs as $r ({}; .[$r.eventName] += 1)",
        Input::Records,
        AGGREGATE,
    ),
    row(
        &["-n", "-c"],
        "[inputs | select(.errorCode != null) | .errorCode] | group_by(.) | map([.[0], length])",
        Input::Records,
        AGGREGATE,
    ),
    row(
        &["-s"],
        "sort_by(.eventTime) | .[-1].eventTime",
        Input::Records,
        AGGREGATE,
    ),
    row(
        &["-s"],
        "map(.userIdentity.arn) | unique | length",
        Input::Records,
        AGGREGATE,
    ),
    row(
        &["-c"],
        r#"[paths(type == "string")] | length"#,
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        r#"walk(if type == "object" then del(.sessionContext) else . end)"#,
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        r#".. |= (if type == "number" then . + 1 else . end)"#,
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        r#".requestParameters |= (if type == "object" then keys else . end)"#,
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        "del(.responseElements, .requestParameters)",
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        r#".eventName | gsub("(?<x>[A-Z])"; "_\(.x|ascii_downcase)")"#,
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        r#"with_entries(select(.key | startswith("event")))"#,
        Input::Records,
        TREE,
    ),
    row(
        &["-c"],
        "to_entries | map(select(.value != null)) | from_entries",
        Input::Records,
        TREE,
    ),
    row(
        &["--stream", "-c"],
        r#"select(length==2 and .[0][-1]=="accessKeyId") | .[1]"#,
        Input::Records,
        EVENTS,
    ),
    row(&["-n"], "last(inputs).eventTime", Input::Records, AGGREGATE),
    row(
        &["-n", "-c", "--stream"],
        "fromstream(inputs)",
        Input::Quarter,
        EVENTS,
    ),
    row(
        &["-n", "-c", "--stream"],
        "fromstream(1 | truncate_stream(inputs))",
        Input::Quarter,
        EVENTS,
    ),
    row(
        &["-r"],
        r#".eventName | select(test("^(?!Describe|Get|List)"))"#,
        Input::Records,
        ENGINE,
    ),
    // The next filter reads only one block of the input, so most of its time is the time to start.
    row(&["-n", "-c"], "limit(5; inputs)", Input::Records, START),
    row(&[], ".eventName", Input::One, START),
    row(&["-n"], "1", Input::Nothing, START),
];

/// The requirement for filters that read a part of each record.
const AGGREGATE: Requirement = Requirement {
    jq_jit: 3.0,
    ..Requirement::faster(12.0, 1.1)
};

/// The requirement for filters that traverse whole records.
const TREE: Requirement = Requirement {
    jq_jit: 0.9,
    ..AGGREGATE
};

/// The requirement for the start of ct-jq: at most 0.7 of jq's time.
const START: Requirement = Requirement {
    gojq: 0.0,
    ..Requirement::faster(1.43, 0.0)
};

/// The requirement for filters on the events that `lookup-events` prints.
const EVENTS: Requirement = Requirement::faster(6.0, 1.1);

/// The requirement for filters that ct-jq's engine runs, not the fast path.
const ENGINE: Requirement = Requirement::faster(1.5, 1.1);

pub(super) const fn row(
    options: &'static [&'static str],
    filter: &'static str,
    input: Input,
    must: Requirement,
) -> Row {
    Row {
        options,
        filter,
        input,
        must,
    }
}
