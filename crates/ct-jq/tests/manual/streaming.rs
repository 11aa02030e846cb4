//! Examples for the events of a value.

use super::jq;

#[test]
fn tostream_outputs_leaves_and_ends() {
    assert_eq!(
        jq("tostream", r#"{"a":[1,{}]}"#),
        [
            r#"[["a",0],1]"#,
            r#"[["a",1],{}]"#,
            r#"[["a",1]]"#,
            r#"[["a"]]"#
        ]
    );
}

#[test]
fn a_scalar_is_one_event() {
    assert_eq!(jq("tostream", "3"), ["[[],3]"]);
}

#[test]
fn fromstream_undoes_tostream() {
    assert_eq!(
        jq("fromstream(tostream)", r#"{"a":[1,{"b":[]}],"c":null}"#),
        [r#"{"a":[1,{"b":[]}],"c":null}"#]
    );
}

#[test]
fn fromstream_outputs_each_value_when_it_ends() {
    assert_eq!(jq("[fromstream((1, [2]) | tostream)]", "null"), ["[1,[2]]"]);
}

#[test]
fn truncate_stream_drops_the_outer_levels() {
    assert_eq!(
        jq(
            "[1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]])]",
            "null"
        ),
        ["[[[0],2],[[0]]]"]
    );
}

#[test]
fn limit_ends_a_stream_early() {
    assert_eq!(jq("[limit(1; tostream)]", "[1,[2]]"), ["[[[0],1]]"]);
}
