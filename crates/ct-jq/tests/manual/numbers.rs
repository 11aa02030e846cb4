//! Examples for numbers that are read, computed and printed.

use super::jq;

#[test]
fn a_literal_is_printed_as_it_was_written() {
    assert_eq!(
        jq(".", "[1.000,1e2,100000000000000000001,0.00001,1E-7]"),
        ["[1.000,1E+2,100000000000000000001,0.00001,1E-7]"]
    );
}

#[test]
fn arithmetic_makes_a_double() {
    assert_eq!(
        jq("map(. + 0)", "[1.000,1e2,100000000000000000001,0.00001]"),
        ["[1,100,1e+20,1e-05]"]
    );
}

#[test]
fn jq_reads_numbers_that_json_does_not_have() {
    assert_eq!(
        jq(".", "[01,+1,.5,5.,nan,-Infinity]"),
        ["[1,1,0.5,5,null,-1.7976931348623157e+308]"]
    );
}

#[test]
fn large_literals_are_compared_exactly() {
    assert_eq!(
        jq(
            ".[0] == .[1], (sort | .[0])",
            "[9007199254740993,9007199254740992]"
        ),
        ["false", "9007199254740992"]
    );
}

#[test]
fn literals_beyond_any_double_are_compared_too() {
    assert_eq!(jq("1e1001 > 1e1000", "null"), ["true"]);
}

#[test]
fn a_minus_keeps_the_digits() {
    assert_eq!(
        jq("-.", "123456789012345678901234567890"),
        ["-123456789012345678901234567890"]
    );
}

#[test]
fn a_double_has_at_most_seventeen_digits() {
    assert_eq!(
        jq(".[0] + .[1], 3 * 1e16, 1e15 * 1", "[0.1,0.2]"),
        ["0.30000000000000004", "3e+16", "1000000000000000"]
    );
}

#[test]
fn tonumber_reads_a_number_only() {
    assert_eq!(
        jq(
            r#"map(try tonumber catch "no")"#,
            r#"["1.50"," 1","0x1","1e3","",true]"#
        ),
        [r#"[1.50,"no","no",1E+3,"no","no"]"#]
    );
}

#[test]
fn nan_is_below_every_number_and_equal_to_none() {
    assert_eq!(
        jq(
            "[nan < nan, nan == nan, nan > 1], ([1, nan] | sort | .[0] | isnan)",
            "null"
        ),
        ["[true,false,false]", "true"]
    );
}
