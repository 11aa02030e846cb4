//! Tests that the memory that a run allocates grows no faster than its input.

use std::alloc::System;
use std::fmt::Write as _;
use std::io::{Cursor, sink};
use std::sync::Arc;

use ct_jq::Environment;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A document of `records` records, and an object with the same records.
fn documents(records: usize) -> [String; 2] {
    let (mut elements, mut members) = (Vec::new(), Vec::new());
    for n in 0..records {
        let mut record = String::new();
        write!(
            record,
            r#"{{"eventID":"{n:032}","eventName":"Event{}","#,
            n % 40
        )
        .expect("memory");
        write!(record, r#""userIdentity":{{"arn":"user/{}","#, n % 31).expect("memory");
        record.push_str(r#""type":"IAMUser"},"requestParameters":{"items":[{"id":1},{"id":2}]}}"#);
        members.push(format!(r#""k{n}":{record}"#));
        elements.push(record);
    }
    [
        format!(r#"{{"Records":[{}]}}"#, elements.join(",")),
        format!("{{{}}}", members.join(",")),
    ]
}

/// The number of bytes that a run allocates.
fn allocated(options: &[&str], program: &str, input: &str) -> usize {
    let input = Arc::new(input.as_bytes().to_vec());
    let words = ["-c", "--threads", "1"].iter().chain(options);
    let environment = Environment {
        words: words.chain([&program]).map(Into::into).collect(),
        variables: Vec::new(),
        origin: ".".to_owned(),
        stdin_is_terminal: false,
        stdout_is_terminal: false,
        stdin: Arc::new(move || Box::new(Cursor::new(input.to_vec()))),
        stdout: Arc::new(|| Box::new(sink())),
        stderr: Arc::new(|| Box::new(sink())),
        now: || 1_793_529_000.0,
    };
    let region = Region::new(ALLOCATOR);
    let status = ct_jq::status(&environment);
    let change = region.change();
    assert_eq!(status, Some(0), "{program}");
    // If a block grows in place, the added bytes count as allocated.
    change.bytes_allocated + usize::try_from(change.bytes_reallocated).unwrap_or_default()
}

/// Programs that run on one large document.
const OF_ARRAY: &[&str] = &[
    ".Records | (map(keys) | add | unique) as $c | $c",
    ".Records | map(tojson) | add | length",
    ".Records | map(.eventName) | add | length",
    ".Records | map({(.eventID): .eventName}) | add | length",
    r#"reduce .Records[] as $r (""; . + $r.eventName) | length"#,
    "reduce .Records[] as $r ([]; . + [$r.eventName]) | length",
    "reduce .Records[] as $r ({}; .[$r.eventName] += 1) | length",
    "reduce .Records[] as $r ({}; .[$r.eventID] += 1) | length",
    "reduce .Records[] as $r ({}; .[$r.eventID].n = 1) | length",
    ".Records as $r | [range($r | length) | $r[.].eventName] | length",
    ". as $d | [range($d.Records | length) | $d.Records[.].eventName] | length",
    "[.Records | keys[] as $k | .[$k].eventName] | length",
    ".Records | to_entries | map(.value.eventName) | length",
    ".Records | [range(length) as $i | .[$i:$i+2] | length] | add",
    r#"[range(.Records | length) as $i | getpath(["Records", $i, "eventName"])] | length"#,
    "INDEX(.Records[]; .eventID) | length",
    ".Records | map({key: .eventID, value: .eventName}) | from_entries | length",
    ".Records | map(.userIdentity) | unique | length",
    ".Records | group_by(.userIdentity) | map(length)",
    ".Records | sort_by(.userIdentity, .eventID) | length",
    r#"[.Records[] | tojson] | join(",") | length"#,
    r#".Records | [.[] | .eventName] | index("zzz")"#,
    "[.Records[] | with_entries(.value |= tostring)] | length",
    "[paths] | length",
    "[..] | length",
    "[.Records[] | [.eventID, .eventName] | @csv] | add | length",
    ".Records | [foreach .[] as $r (0; . + 1; .)] | length",
    r#".Records | [range(length) as $k | any(.[$k].eventName; . == "x")] | length"#,
    "del(.Records[].userIdentity) | length",
    ".Records[].eventName |= ascii_downcase | length",
    "walk(if type == \"string\" then ascii_upcase else . end) | length",
];

/// Programs that run on one large object.
const OF_OBJECT: &[&str] = &[
    "[keys[] as $k | .[$k].eventName] | length",
    "[keys[] as $k | has($k)] | length",
    "[keys[] as $k | getpath([$k, \"eventName\"])] | length",
    "to_entries | map(.value.eventName) | length",
    "with_entries(.value |= .eventName) | length",
    "map_values(.eventName) | length",
    "keys | map({(.): 1}) | add | length",
    "del(.k5) | length",
];

/// Programs that run on many inputs, with their options.
const OF_INPUTS: &[(&[&str], &str)] = &[
    (
        &["-s"],
        "group_by(.eventName) | map({(.[0].eventName): length}) | add",
    ),
    (&["-s"], "map(.userIdentity.arn) | unique | length"),
    (&["-n"], "reduce inputs as $r ({}; .[$r.eventName] += 1)"),
    (&["-n"], "[inputs | .eventID] | length"),
    (&["-n", "--stream"], "[fromstream(inputs)] | length"),
    (
        &["-n", "--stream"],
        "[inputs | select(length == 2) | .[1]] | length",
    ),
];

#[test]
fn four_times_the_input_takes_no_more_than_five_times_the_memory() {
    // Both inputs are larger than the first read and smaller than a chunk, so that the memory for
    // reading is the same for both.
    let [small, large] = [documents(500), documents(2000)];
    let mut cases = Vec::new();
    for (programs, at) in [(OF_ARRAY, 0), (OF_OBJECT, 1)] {
        cases.extend(programs.iter().map(|program| (&[][..], *program, at)));
    }
    let lines =
        |document: &str| document[12..document.len() - 2].replace("},{\"eventID", "}\n{\"eventID");
    let small = [small[0].clone(), small[1].clone(), lines(&small[0])];
    let large = [large[0].clone(), large[1].clone(), lines(&large[0])];
    cases.extend(
        OF_INPUTS
            .iter()
            .map(|(options, program)| (*options, *program, 2)),
    );
    let mut grown = Vec::new();
    for (options, program, at) in cases {
        let less = allocated(options, program, &small[at]);
        let more = allocated(options, program, &large[at]);
        if more > 5 * less {
            grown.push(format!("{options:?} {program}: {less} and {more} bytes"));
        }
    }
    assert_eq!(grown, Vec::<String>::new());
}
