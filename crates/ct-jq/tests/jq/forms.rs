//! Tests that a program for which the compiler has special code has the same results as a longer
//! program for which it has none.
//!
//! The longer programs contain `f, empty` in place of `f`: it has the same outputs, but the
//! compiler cannot know how many.

use crate::run::jq;

const INPUTS: [&str; 10] = [
    "null",
    "5",
    r#""text""#,
    "[]",
    "[3,1,2]",
    "[nan,1,nan]",
    r#"{"a":{"b":1},"b":2}"#,
    r#"{"a":1,"b":[2]}"#,
    r#"[{"a":2,"b":[1]},{"a":1,"b":[]},{"a":2}]"#,
    r#"{"a":[{"b":[1]}],"b":"a"}"#,
];

/// Asserts that both programs of each pair have the same outputs and errors on every input.
fn assert_same(pairs: &[(String, String)]) {
    let all = |programs: Vec<&String>| {
        let caught = programs
            .iter()
            .map(|program| format!("[try ({program}) catch \"caught: \\(.)\"]"));
        let program = caught.collect::<Vec<_>>().join(", ");
        let ran = jq(["--engine", "-c", &program])
            .input(INPUTS.join("\n"))
            .run();
        assert_eq!((&*ran.stderr, ran.status), ("", Some(0)), "{program}");
        ran.stdout
    };
    let short = all(pairs.iter().map(|(short, _)| short).collect());
    let long = all(pairs.iter().map(|(_, long)| long).collect());
    let places = INPUTS
        .iter()
        .flat_map(|input| pairs.iter().map(move |pair| (input, pair)));
    assert_eq!(short.lines().count(), places.clone().count());
    for ((input, (program, _)), (short, long)) in places.zip(short.lines().zip(long.lines())) {
        assert_eq!(short, long, "{program} on {input}");
    }
}

#[test]
fn assigning_to_one_path_equals_assigning_to_several() {
    let paths = [
        ".a",
        ".a.b",
        ".a[0].b[0]",
        ".[0]",
        ".[-1]",
        ".[-5]",
        ".[1.7]",
        ".[nan]",
        ".[length]",
        ".[.b]",
        ".[.a][.b]",
        ".[[1]]",
        ".[null]",
        ".[{\"start\":0,\"end\":1}]",
        ".[\"a\"][\"b\"]",
    ];
    let updates = [
        "= 7",
        "= (.b, 1)",
        "= .",
        "|= 3",
        "|= (1, 2)",
        "|= empty",
        "|= [., .]",
        "|= error",
        "|= try error catch 1",
        "+= 1",
        "+= [1]",
        "+= (1, .b)",
        "-= 1",
        "//= 9",
    ];
    for path in paths {
        let pair = |update| {
            (
                format!("{path} {update}"),
                format!("({path}, empty) {update}"),
            )
        };
        assert_same(&updates.map(pair));
    }
}

#[test]
fn an_assignment_does_not_change_other_uses_of_its_input() {
    let programs = [
        "(.a |= 3), .",
        ". as $x | (.a = $x), $x",
        "[.[]? | (.a += 1)?]",
        "reduce range(3) as $i ({}; .[\"k\\($i % 2)\"] += [$i])",
        "label $out | .a |= (., break $out)",
        "path(.a = 1)",
        "path(.a += 1)",
        "path(.a |= .)",
    ];
    let long = |program: &str| {
        let long = program.replace(".a |=", "(.a, empty) |=");
        let long = long.replace(".a =", "(.a, empty) =");
        long.replace(".a +=", "(.a, empty) +=")
    };
    assert_same(&programs.map(|program| (program.to_owned(), long(program))));
}

#[test]
fn sort_by_one_key_equals_sort_by_a_list_with_that_key() {
    let keys = [
        ".",
        "-.",
        ".a",
        ".a.b",
        ".[0]",
        ".[1:]",
        "length",
        "{a}",
        "[.a, .b]",
        "\"x\\(.)\"",
        ".a == 1 and .b",
        ".a // 3",
        "error",
    ];
    for name in ["sort_by", "group_by", "unique_by", "min_by", "max_by"] {
        let pair = |key| (format!("{name}({key})"), format!("{name}({key}, empty)"));
        assert_same(&keys.map(pair));
    }
}

#[test]
fn an_operand_may_be_a_constant_a_variable_or_a_filter() {
    let operands = [
        ".",
        "2",
        "$x",
        ".a",
        "(.a | .b)",
        "[$x]",
        "length",
        "(1, 2)",
    ];
    for op in ["+", "-", "*", "<", "=="] {
        for left in operands {
            let pair = |right| {
                (
                    format!(". as $x | {left} {op} {right}"),
                    format!(". as $x | ({left}, empty) {op} ({right}, empty)"),
                )
            };
            assert_same(&operands.map(pair));
        }
    }
}

#[test]
fn length_of_an_array_that_is_not_built_is_the_same() {
    let items = [
        ".[]?",
        ".[]",
        "..",
        "paths",
        "empty",
        "1, error",
        ".a?, .b?",
        "limit(2; .[]?)",
        "[.[]?] | length",
    ];
    let uses = ["", " | . + 1", " | ., [2] | length?"];
    let pairs: Vec<_> = items
        .iter()
        .flat_map(|items| uses.map(|rest| (items, rest)))
        .flat_map(|(items, rest)| {
            let plain = (
                format!("[{items}] | length{rest}"),
                format!("([{items}], empty) | length{rest}"),
            );
            let path = (format!("path({})", plain.0), format!("path({})", plain.1));
            [plain, path]
        })
        .collect();
    assert_same(&pairs);
    let own = "def length: 7; def f(length): [1, 2] | length; [1] | length, f(3)";
    assert_eq!(jq(["-n", own]).stdout(), "7\n3\n");
}
