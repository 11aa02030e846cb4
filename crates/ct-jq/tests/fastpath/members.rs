//! Programs that read an object as a list of members, and the distinct values of an array.

use super::both::assert_same_both_ways;

#[test]
fn keys_entries_and_distinct_values_are_the_same_on_both_paths() {
    let values = [
        r#"["b","\u0061","a","b","\"","\u0022",1,1.0,"\u0062",null,"a"]"#,
        r#"[{"b":1,"\u0061":2},{"c":1e1000,"a":1},{},["a"]]"#,
        r#"[{"a":1,"\u0061":2}]"#,
        r#"{"b":1,"\u0061":1e1000,"\"":[2]}"#,
        r#"{"a":1,"a":2}"#,
        "[]",
        "3",
        "null",
    ];
    for program in [
        "unique",
        "keys",
        "keys_unsorted",
        "map(keys)",
        "map(keys) | add | unique",
        "[.[], .[]] | unique",
        "{b: 1, a: .} | keys, keys_unsorted",
        "with_entries(select(.key | startswith(\"a\")))",
        "map(with_entries(select(.value == 1, .key == \"b\")))",
        "with_entries(select(.value | empty, length > 0))",
        "try with_entries(select(.key | error)) catch .",
        "[.[]?] | map(with_entries(select(.value))?)",
        "{b: 1, a: .} | with_entries(select(.value != 1)), with_entries(.)",
    ] {
        assert_same_both_ways(&["-c"], program, values.join("\n").as_bytes());
    }
}
