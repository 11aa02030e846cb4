//! Tests programs that process one value at a time.

use proptest::prelude::*;

use super::both::{ODD, RECORD, assert_same_both_ways, explained, run};

/// Filters that an incident responder would use, all of which run on the fast path.
const FILTERS: &[&str] = &[
    ".",
    ".eventName",
    r#"{eventTime, "who": .userIdentity.arn, "type": .requestParameters.instanceType} | select(.type | startswith("t2") | not)"#,
    r#"select(.eventName=="ConsoleLogin")"#,
    r#"select(.userIdentity.accessKeyId=="AKIAIOSFODNN7EXAMPLE") | .eventTime"#,
    "[.eventTime,.eventName,.userIdentity.arn,.readOnly]|@tsv",
    "[.eventTime,.requestParameters.note,.errorCode]|@csv",
    "select(.errorCode != null) | .errorCode",
    ".resources[].ARN",
    r#".resources[]?.ARN | split(":") | last"#,
    r#".userIdentity | to_entries | map(select(.value | type == "string")) | from_entries"#,
    r#"select(.eventName | test("^Run|^Start")) | "\(.eventTime) \(.requestParameters.items)""#,
    r#"[.resources[] | .ARN] | sort | join(",")"#,
    ".requestParameters.items | map(.minCount + .maxCount) | add",
    r#"select(.awsRegion | IN("eu-west-1","us-east-1")) | keys | length"#,
    "if .readOnly then empty else .eventName | ascii_downcase end",
    ".eventTime | fromdate | todate",
    r#".eventTime | strptime("%Y-%m-%dT%H:%M:%SZ") | [., mktime, strftime("%F %T|%H")]"#,
    r#".eventTime | fromdate | strftime("%d.%m.%Y %H:%M:%S")"#,
    r#".eventTime | fromdate | strftime("%A %a %B %b %j %y")"#,
    r#"select(.eventName | test("^(Run|Start)(Instances|s)$")) | .resources | nth(1)"#,
    ".eventTime[0:10] as $day | {($day): .eventName}",
    r#"def who: .userIdentity.arn // .userIdentity.type; [who, has("errorCode")]"#,
    r#"any(.resources[]; .ARN | endswith("b"))"#,
    "[..|strings] | length",
    "del(.userIdentity, .requestParameters.note)",
    r#"reduce .resources[] as $r (""; . + $r.ARN)"#,
    ".requestParameters | tojson | fromjson | .instanceType",
    r#"[paths(type == "string")] | length"#,
    "[paths] | map(map(tostring) | join(\".\"))",
    "[paths] | length",
    "[paths(type == \"string\", . == null)] | length | . + 1",
    "[.. | select(type == \"string\")] | length",
    "def length: 7; [.[]?] | length",
    r#"walk(if type == "object" then del(.sessionContext, .ARN) else . end)"#,
    r#"walk(if type == "string" then ascii_downcase else . end)"#,
    r#"walk(if type == "array" then map(select(type == "object")) else . end)"#,
    ".. |= (if type == \"number\" then . + 1 else . end)",
    "(.. | strings) |= ascii_upcase",
    "(.. | select(type == \"boolean\")) = \"x\"",
    r#".requestParameters |= (if type == "object" then keys else . end)"#,
    ".requestParameters.items[0].minCount += 1",
    ".requestParameters.items[]?.minCount |= . * 2",
    ".resources[0]?.ARN |= ascii_upcase",
    ".added.below = 1 | .eventName //= \"none\" | .errorCode //= \"none\"",
    ".userIdentity.type = (.eventName, .awsRegion)",
    "(.resources[]? | select(.ARN != null) | .ARN) |= .[0:8]",
    r#".eventName | gsub("(?<x>[A-Z])"; "_\(.x | ascii_downcase)")"#,
    r#".eventName | sub("(?<a>.)(?<b>.)?"; .b + .a), sub("N"; "n"; "i")"#,
    r#"[.eventName | scan("[A-Z][a-z]+"), scan("(.)(n)"; "i")]"#,
    r#".userIdentity.arn | capture("(?<what>[a-z]+)/(?<name>.*)$")"#,
    r#"select(.eventName | test("^(?!Describe|Get|List)\\w+$"))"#,
    "reduce .resources[] as $r ([]; . + [$r.ARN])",
    "reduce (.resources[], 1) as $r (null; . + [$r])",
    "[range(.resources | length) as $i | .resources[$i].ARN]",
    ".resources as $r | [range(3) | $r[.].ARN]",
    "to_entries | map(.key) | add",
    ".resources | to_entries",
    "[.resources[].ARN] | index(\"arn:aws:s3:::b\"), rindex(\"x\"), (. + .[0:1] | rindex(.[0]))",
];

#[test]
fn common_filters_run_on_bytes_and_print_what_the_engine_prints() {
    let odd = ODD.join("\n");
    let input = format!("{RECORD}\n{odd}\n{RECORD}\n");
    for program in FILTERS {
        assert!(
            explained(&[], program).contains("on the fast path;"),
            "{program}"
        );
        for options in [&["-c"][..], &["-r"], &["-e", "--tab"]] {
            assert_same_both_ways(options, program, input.as_bytes());
        }
    }
}

#[test]
fn invalid_json_ends_the_run_at_the_same_position_on_both_paths() {
    for bad in [
        "{\"a\":tru}",
        "[1,]",
        "{\"x\":[}",
        "\"\\ud800\"",
        "nul",
        "\"a\u{1}\"",
        "{\"open\":",
    ] {
        let input = format!("{RECORD}\n{bad}\n{RECORD}\n");
        assert_same_both_ways(&["-c"], ".eventName?", input.as_bytes());
    }
}

#[test]
fn many_threads_print_what_one_thread_prints() {
    let piece = [&[RECORD; 400].join("\n"), ODD[0], ODD[4], ODD[8]].join("\n");
    let input = [&piece; 4].map(String::as_str).join("\n");
    for program in [
        "select(.eventName != 7) | .userIdentity.type",
        ".resources[].ARN",
        ".",
    ] {
        assert_same_both_ways(&["-r"], program, input.as_bytes());
    }
    let others = [
        input[..input.len() - 100].to_owned(),
        input.replace('\n', ""),
        input.replace(',', "\n,\n"),
    ];
    for input in others {
        assert_same_both_ways(&["-c"], ".eventName?", input.as_bytes());
    }
}

#[test]
fn invalid_utf_8_and_a_byte_order_mark_are_read_alike() {
    let mut input = b"\xef\xbb\xbf{\"eventName\":\"a\xff\"}\n{\"eventName\":\"b\"}\n".to_vec();
    input.extend_from_slice(RECORD.as_bytes());
    assert_same_both_ways(&["-c"], ".eventName", &input);
}

#[test]
fn an_envelope_prints_nothing_before_it_is_complete() {
    let records = vec![RECORD; 3000].join(",");
    let whole = format!("{{\"Records\":[{records}],\"x\":1}}\n");
    let cases = [
        whole.clone(),
        whole[..whole.len() - 20].to_owned(),
        whole.replace("],\"x\":1", ",7],\"x\":1"),
        whole.replace("\"x\":1", "\"Records\":[{}]"),
    ];
    for input in cases {
        assert_same_both_ways(
            &["-c"],
            ".Records[] | {eventTime, eventName}",
            input.as_bytes(),
        );
    }
}

/// A document of almost two megabytes in three layouts, in which `change` has changed one record.
fn documents(change: impl Fn(&str) -> String) -> [String; 3] {
    let mut records = vec![RECORD.to_owned(); 2400];
    records[1900] = change(RECORD);
    let indented = records.join(",\n        ");
    [
        format!("{{\"Records\":[{}],\"x\":1}}\n", records.join(",")),
        format!("{{\"Records\":[\n{}\n],\"x\":1}}\n", records.join(",\n")),
        format!("{{\n    \"Records\": [\n        {indented}\n    ],\n    \"x\": 1\n}}\n"),
    ]
}

#[test]
fn a_huge_document_prints_what_the_engine_prints() {
    let program =
        ".Records[] | {eventTime, note: .requestParameters.note} | select(.note != \"x\")";
    let changes = [
        ("", ""),
        ("\"eventTime\":\"2026", "\"eventTime\":\"\u{1f600}"),
        ("\"eventTime\":\"2026", "\"eventTime\":\"a\tb"),
        ("\"requestParameters\":{", "\"requestParameters\":7,\"p\":{"),
        ("\"requestParameters\":{", "\"eventTime\":1,\"p\":{"),
        ("\"minCount\":1", "\"minCount\":01"),
        ("\"minCount\":1", "\"minCount\":}"),
        ("{\"eventVersion\":", "7,{\"eventVersion\":"),
        ("\"readOnly\":false}", "\"readOnly\":false}]}"),
        (
            "\"readOnly\":false}",
            "\"readOnly\":false}]} {\"Records\":[{}",
        ),
    ];
    for (from, to) in changes {
        for document in documents(|record| record.replacen(from, to, 1)) {
            assert_same_both_ways(&["-c"], program, document.as_bytes());
        }
    }
}

#[test]
fn a_huge_document_is_one_value_among_others() {
    for document in documents(str::to_owned) {
        let whole = format!("1 {document}{document} {RECORD}\n{document}[3] nul\n");
        assert_same_both_ways(&["-c"], ".Records?[]?.eventName", whole.as_bytes());
        let half = format!("[nan,\n{document},{document}]\n7\n");
        assert_same_both_ways(&["-c"], ".Records[]?.eventName", half.as_bytes());
        let cut = &document[..document.len() - 20];
        assert_same_both_ways(&["-c"], ".Records[].eventName", cut.as_bytes());
        let twice = document.replace("\"x\"", "\"Records\":[{}],\"x\"");
        assert_same_both_ways(&["-c"], ".Records[].eventName", twice.as_bytes());
        let mut bytes = document.clone().into_bytes();
        let middle = bytes.len() / 4 * 3;
        let letter = bytes[middle..].iter().position(u8::is_ascii_alphabetic);
        bytes[middle + letter.expect("records have names")] = 0xff;
        assert_same_both_ways(&["-c"], ".Records[].eventName", &bytes);
    }
}

#[test]
fn records_inside_a_string_are_not_records() {
    let quoted = RECORD.replace('\\', "\\\\").replace('"', "\\\"");
    let event = format!("{{\"EventId\":\"e\",\"CloudTrailEvent\":\"{quoted}\"}}");
    let events = vec![event; 1800].join(",");
    let document = format!("{{\"Events\":[{events}],\"NextToken\":null}}\n");
    for program in [
        ".Events[].CloudTrailEvent",
        ".Events[]",
        ".Events[].CloudTrailEvent | fromjson | select(.readOnly | not) | .eventName",
        ".Events[] | select(.EventId == \"e\") | .CloudTrailEvent | fromjson | .resources[].ARN",
        ".Events[].EventId | ascii_upcase | [., .]",
    ] {
        assert_same_both_ways(&["-r"], program, document.as_bytes());
    }
}

#[test]
fn any_number_of_values_on_one_line_is_read_the_same_on_both_paths() {
    let record = format!("{RECORD} ");
    for separator in ["", " ", "\n 7 "] {
        let mut values = vec![format!("{RECORD}{separator}"); 2400];
        values.insert(1, "{\"eventName\":[\n1]}\n".to_owned());
        for odd in ["", "nan ", "{\"eventName\":01}", "\"x\"", "{]", "}"] {
            values[1900] = format!("{odd}{record}");
            assert_same_both_ways(&["-c"], ".eventName?", values.concat().as_bytes());
        }
    }
}

#[test]
fn nesting_at_the_limit_of_the_fast_path_is_read_the_same_on_both_paths() {
    for levels in 56..64 {
        let nest = "[".repeat(levels) + &"]".repeat(levels);
        let record = format!("{{\"a\":{{\"b\":{nest}}},\"c\":[{{\"a\":{nest}}}]}}\n");
        for program in [
            "select(.a.b != 2) | keys",
            "select(.a.b?) | to_entries",
            ".c[] | select(.a) | length",
            ".a.b, .",
            "{a: .a.b} == {b: .}",
        ] {
            assert_same_both_ways(&["-c"], program, record.as_bytes());
        }
    }
}

/// Generated programs of a small grammar, which use the keys `a`, `b` and `c`.
fn programs() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        ".",
        ".a",
        ".b.c",
        ".a?",
        ".[]?",
        ".b[0]?",
        ".c[1:]?",
        "1",
        "1.50",
        "\"x\"",
        "null",
        "empty",
        "length",
        "type",
        "keys?",
        "keys_unsorted?",
        "tostring",
        "not",
        ".a as $x | $x",
        "[.[]?]",
        "..",
        "tojson",
        "@base64",
        "add?",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 2, |inner| {
        let shape = prop::sample::select(vec![
            "A | B",
            "A, B",
            "(A) // (B)",
            "(A) == (B)",
            "(A) < (B)",
            "(A) and (B)",
            "(A) + (B)",
            "(A) - (B)",
            "[A]",
            "{a: (A), (\"b\"): (B)}",
            "select(A)",
            "if A then B else . end",
            "map(A)?",
            "\"\\(A)-\\(B)\"",
            "first(A, B)",
            "any(A; B)",
            "(A)?",
            "(A) as $v | B | [., $v]",
            "def f: A; (f | B)",
            "def f(g): [g, (A)]; f(B)",
            "reduce (A) as $i (null; [., (B)])",
            "limit(2; A, B)",
            "[A, B] | sort",
            "[A, B, (A)] | unique",
            "to_entries?",
            "with_entries(select(A))?",
            "with_entries(A)?",
            "@csv \"\\([A])\"",
            // These programs change only leaves, because text inside text grows exponentially with
            // the depth.
            "walk(if type == \"string\" then (A) else . end)",
            "walk(if type == \"number\" then (A) else . end)",
            "[paths(A)]",
            ".a |= (A)",
            ".b.c += (A)",
            ".a[]? |= (A)",
            ".. |= (A)",
            "(.. | select(A)) |= (B)",
            "(.c | select(A)) //= (B)",
            ".b = (A)",
            "reduce (A) as $i ((B); . + [$i])",
            "sub(\"(?<a>x)?\"; \"<\\(A)>\")?",
            "[scan(\".\")?, (A)]",
            "[range(2) as $i | (A) | .[$i]?]",
        ]);
        (shape, inner.clone(), inner)
            .prop_map(|(shape, a, b)| format!("({})", shape.replace('A', &a).replace('B', &b)))
    })
}

/// Generated JSON values, some of which are unusual.
fn values() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.50",
        "1e3",
        "\"\"",
        "\"x\"",
        "\"a\\u0062\\\"\"",
        "\"é\"",
        "[]",
        "{}",
        "123456789012345678",
    ])
    .prop_map(str::to_owned);
    let nest = (54..64_usize).prop_map(|levels| "[".repeat(levels) + &"]".repeat(levels));
    let leaf = prop_oneof![20 => leaf, 1 => nest];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let keys = prop::sample::select(vec!["a", "b", "c", "\\u0061", "a"]);
        let member = (keys, inner.clone()).prop_map(|(key, value)| format!("\"{key}\": {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..4)
                .prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_program_on_any_values_prints_the_same_on_both_paths(
        program in programs(), values in prop::collection::vec(values(), 0..8),
    ) {
        let input = values.join("\n");
        // If text of each level replaces every level of a deep value, each level doubles the
        // escapes.
        let is_deep = input.contains(&"[".repeat(54));
        prop_assume!(!(is_deep && program.contains(".. |")));
        let fast = run(&["-c"], &program, input.as_bytes());
        prop_assert_eq!(fast, run(&["-c", "--engine"], &program, input.as_bytes()));
    }
}
