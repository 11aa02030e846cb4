//! Tests programs whose inputs are reduced to the observed parts, and programs on the events of
//! `--stream`.

use super::both::{ODD, RECORD, assert_same_both_ways, explained, run};

/// Programs that observe only a part of each input, each with its option: `-s` for all inputs in
/// one array, or `-n` for calls of `inputs`.
const PARTIAL: &[(&str, &str)] = &[
    (
        "-s",
        "group_by(.eventName) | map({name: .[0].eventName, n: length}) | sort_by(-.n)",
    ),
    (
        "-s",
        "group_by(.eventName)[] | [.[0].eventName, (map(.userIdentity.arn) | unique)]",
    ),
    ("-s", "sort_by(.eventTime) | .[-1].eventTime"),
    ("-s", "map(.userIdentity.arn) | unique | length"),
    ("-s", "map(select(.errorCode != null) | .errorCode)"),
    ("-s", "length"),
    ("-s", "map(has(\"errorCode\")) | group_by(.) | map(length)"),
    ("-s", "(map(.eventName) | first), (.[0:2] | map(.readOnly))"),
    (
        "-s",
        "min_by(.eventTime).eventName, (max_by(.eventTime) | .eventName)",
    ),
    ("-s", ".[] | {eventName, who: .userIdentity.type}"),
    (
        "-s",
        "any(.[]; .readOnly), all(.readOnly), isempty(.[] | .x)",
    ),
    (
        "-s",
        "def name: .eventName; def f($x; g): [$x, (.[1] | g)]; f(length; name)",
    ),
    ("-s", "map(.requestParameters.items[0]) | add"),
    ("-s", "first(.[] | select(.readOnly)).eventName // \"none\""),
    ("-s", "reduce .[] as $r ({}; .[$r.eventName // \"?\"] += 1)"),
    ("-s", "map(.userIdentity) | map(.arn?)"),
    ("-s", "map(.userIdentity | type, length)"),
    ("-s", "map(.userIdentity) | .[0].arn = 1 | map(.arn?)"),
    (
        "-s",
        "map(.userIdentity |= (.arn? = 7)) | map(.userIdentity)",
    ),
    ("-s", "map(.resources) | map(.[0]? = 2), map(length)"),
    ("-s", "map(.eventName.x)"),
    ("-s", "map(try error(.eventName) catch .)"),
    ("-s", ".[0].eventName = 7 | length"),
    ("-n", "reduce inputs as $r ({}; .[$r.eventName] += 1)"),
    (
        "-n",
        "reduce (inputs | select(.readOnly | not)) as $r (0; . + 1)",
    ),
    (
        "-n",
        "[inputs | select(.errorCode != null) | .errorCode] | group_by(.) | map([.[0], length])",
    ),
    ("-n", "last(inputs).eventTime"),
    ("-n", "inputs.eventName"),
    ("-n", "inputs | .eventName, (.userIdentity | .arn)"),
    ("-n", "[limit(3; inputs.eventName)], [inputs.readOnly]"),
    (
        "-n",
        "foreach inputs.userIdentity as $u (null; $u | .arn? += \"x\"; ., $u)",
    ),
    (
        "-n",
        "first(inputs | .eventName), (try (input.eventName | error) catch .)",
    ),
    ("-n", "foreach (inputs.eventName) as $n (0; . + 1; [., $n])"),
    (
        "-n",
        "input.eventName, input.eventName, input.eventName.x, input",
    ),
    ("-n", "[inputs | .eventName | length]"),
    ("-n", "inputs.userIdentity.arn | ascii_downcase"),
    (
        "-n",
        "label $out | inputs | if .readOnly then ., break $out else .eventName end",
    ),
    (
        "-n",
        "input as $first | [$first.eventName, (inputs | .eventName == $first.eventName)]",
    ),
];

/// Programs that process one input after the other, and need the engine.
const ENGINE: &[&str] = &[
    ".eventName | explode | implode",
    ".eventName | explode? // \"none\" | tojson",
    "try error(.eventName) catch .",
    "try (.userIdentity.arn | implode) catch .",
    ".eventName.x | explode",
    "[.eventName, (input | .eventName)] | map(explode?)",
    "[.eventName, (inputs | .readOnly)] | map(explode?)",
    "def f: if . then explode else empty end; .eventName | f",
    "label $out | .eventName | if . then explode, break $out else 1 end",
    ".resources[].ARN | explode | length",
    "input_line_number, (.eventName | explode?)",
    "(.userIdentity | type), (.eventName | explode?), has(\"errorCode\")?",
    "select(.readOnly | not) | [.eventTime | explode? | length]",
];

/// Programs that process the events of `--stream`.
const EVENTS: &[&str] = &[
    ".",
    "select(length == 2 and .[0][-1] == \"arn\") | .[1]",
    "select(length == 2) | .[0] | join(\".\")?",
    "select(length == 1)",
    ".[0] | length",
    "select(.[0][0] == \"resources\") | .[1].x?",
    "if length == 2 then .[1] else empty end | ascii_downcase",
    "[.[0][] | strings] | @csv",
];

/// Inputs with unusual values, some of which are large enough for several threads.
fn inputs() -> Vec<Vec<u8>> {
    let odd = ODD.join("\n");
    let few = format!("{RECORD}\n{odd}\n{RECORD}\n");
    let many = format!("{}\n", vec![RECORD; 250].join("\n"));
    let objects = format!(
        "{RECORD}\n{{\"eventName\":\"A\",\"eventName\":\"B\"}}\n{{\"event\\u004eame\":\"C\"}}\n{RECORD}\n"
    );
    let mut invalid = format!("{many}{{\"eventName\":\"a").into_bytes();
    invalid.push(0xff);
    invalid.extend_from_slice(b"\"}\n");
    invalid.extend_from_slice(few.as_bytes());
    vec![
        b"".to_vec(),
        format!("{RECORD}\n").into_bytes(),
        few.clone().into_bytes(),
        objects.clone().into_bytes(),
        format!("{many}{objects}{many}").into_bytes(),
        format!("{many}{few}{many}").into_bytes(),
        format!("{many}{{\"eventName\":tru}}\n{many}").into_bytes(),
        format!("{many}{{\"eventName\":1,}}\n{{\"eventName\":2}}").into_bytes(),
        format!("{many}{{\"open\":[").into_bytes(),
        many.replace('\n', " ").into_bytes(),
        invalid,
    ]
}

#[test]
fn inputs_are_reduced_to_what_the_program_observes() {
    for (option, program, is_cut) in [
        ("-s", "group_by(.a) | map({a: .[0].a, n: length})", true),
        ("-s", "map(select(.a.b != null) | .a.c)", true),
        ("-s", "length", true),
        ("-s", "map(keys)", false),
        ("-s", "group_by(.a) | map(.[0])", false),
        ("-n", "reduce inputs as $r ({}; .[$r.a] += 1)", true),
        ("-n", "reduce inputs as $r ({}; .[$r.a] += [$r])", false),
        ("-n", "inputs | input_line_number, .a", false),
        ("-n", "def f: .a; inputs | f", true),
        (
            "-n",
            "def f(g): if . then g | f(g) else . end; inputs | f(.a)",
            false,
        ),
    ] {
        let explained = explained(&[option], program);
        assert_eq!(
            explained.contains("reduces each input"),
            is_cut,
            "{option} {program}"
        );
    }
}

#[test]
fn explain_says_which_part_runs_where() {
    for (options, program, says) in [
        (
            &["-s"][..],
            "group_by(.a) | map([.[0].b.c, length])",
            "ct-jq: the fast path reduces each input to .a, .b.c; the filter runs on the engine\n",
        ),
        (
            &["-n"],
            "[inputs] | length",
            "ct-jq: the fast path reduces each input to nothing; the filter runs on the engine\n",
        ),
        (
            &[],
            ".a | ltrimstr(\"x\") | implode",
            "ct-jq: the fast path reduces each input to .a; the filter runs on the engine, because the fast path does not support implode/0\n",
        ),
        (
            &[],
            "walk(.)",
            "ct-jq: the filter runs on the fast path; inputs with unusual JSON or errors run on the engine\n",
        ),
        (&["-n"], "input", "ct-jq: the filter runs on the engine\n"),
    ] {
        assert_eq!(
            explained(options, program).lines().next(),
            says.lines().next(),
            "{program}"
        );
    }
}

#[test]
fn programs_over_projections_print_what_the_engine_prints() {
    let inputs = inputs();
    for (option, program) in PARTIAL {
        for input in &inputs {
            assert_same_both_ways(&[option, "-c"], program, input);
        }
    }
}

#[test]
fn programs_over_events_print_what_the_engine_prints() {
    let inputs = inputs();
    for program in EVENTS {
        assert!(
            explained(&["--stream"], program).contains("on the fast path;"),
            "{program}"
        );
        for input in &inputs {
            // A fifth of the input has enough events for this test.
            assert_same_both_ways(&["--stream", "-c"], program, &input[..input.len() / 5]);
        }
    }
}

#[test]
fn a_line_longer_than_a_block_is_counted_at_the_same_value_on_both_paths() {
    let line = format!("[{}2]\n[3]\n", "1,".repeat(60_000));
    let program = "select(length == 2 and .[0][0] > 57000 and .[0][0] % 10 == 0) | error";
    assert_same_both_ways(&["--stream"], program, line.as_bytes());
    let (_, messages, _) = run(&["--stream", "--engine"], program, line.as_bytes());
    let counted = messages.lines().filter(|line| line.contains("<stdin>:1"));
    assert_eq!(counted.count(), 69);
}

#[test]
fn programs_for_the_engine_get_the_observed_part_of_each_input() {
    let told = explained(&[], ".a.b | explode");
    assert!(told.contains("reduces each input to .a.b; "), "{told}");
    let told = explained(&["-S"], ".a");
    assert!(told.contains("reduces each input to .a; "), "{told}");
    let told = explained(&[], ".a[].b | explode");
    assert!(!told.contains("reduces"), "{told}");
    let inputs = inputs();
    for program in ENGINE {
        for input in &inputs {
            assert_same_both_ways(&["-c"], program, input);
        }
    }
    for option in ["-S", "-a", "-C", "-e", "-r", "--raw-output0"] {
        for input in &inputs {
            assert_same_both_ways(&[option], ".eventName, .userIdentity.arn", input);
            assert_same_both_ways(&[option], ".eventName | explode? | implode", input);
        }
    }
}

#[test]
fn the_engine_gets_a_large_document_unchanged() {
    let records = vec![RECORD; 1600].join(",\n");
    let document = format!("{{\"Records\":[\n{records}\n],\"x\":1}}\n");
    let one = document.replace('\n', "");
    for input in [
        document.clone(),
        format!("{RECORD}\n{document}{RECORD}\n{one} nul\n{RECORD}"),
        document[..document.len() - 20].to_owned(),
    ] {
        for program in [
            ".Records | tojson | explode | length",
            ".Records.x | explode",
            ".x, (input | .x | explode?)",
        ] {
            assert_same_both_ways(&["-c"], program, input.as_bytes());
        }
    }
}
