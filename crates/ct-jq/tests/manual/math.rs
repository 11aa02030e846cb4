//! Examples for mathematical functions.

use super::{jq, jq_error};

#[test]
fn floor_ceil_round_trunc_and_rint_round_numbers() {
    assert_eq!(
        jq(
            "map(floor), map(ceil), map(round), map(trunc), map(rint)",
            "[1.5,-1.5,2.5]"
        ),
        ["[1,-2,2]", "[2,-1,3]", "[2,-2,3]", "[1,-1,2]", "[2,-2,2]"]
    );
}

#[test]
fn functions_compute_powers_and_roots() {
    assert_eq!(
        jq(
            "[pow(2;10), (16 | sqrt), (8 | log2), (1000 | log10 | round)]",
            "null"
        ),
        ["[1024,4,3,3]"]
    );
}

#[test]
fn two_arguments_multiply_second_first() {
    assert_eq!(jq("[pow(2,3;1,2)]", "null"), ["[2,3,4,9]"]);
}

#[test]
fn frexp_modf_and_logb_split_a_number() {
    assert_eq!(
        jq("frexp, modf, significand, logb", "10"),
        ["[0.625,4]", "[0,10]", "1.25", "3"]
    );
}

#[test]
fn a_mathematical_function_requires_a_number() {
    assert_eq!(
        jq_error("floor", r#""a""#),
        r#"string ("a") number required"#
    );
}

#[test]
fn nan_and_infinite_are_recognised() {
    assert_eq!(
        jq(
            "[nan, infinite, 1, 0] | map(isnan), map(isinfinite), map(isnormal)",
            "null"
        ),
        [
            "[true,false,false,false]",
            "[false,true,false,false]",
            "[false,false,true,false]"
        ]
    );
}

#[test]
fn infinity_prints_as_the_largest_number_and_nan_as_null() {
    assert_eq!(
        jq("infinite, -infinite, nan", "null"),
        [
            "1.7976931348623157e+308",
            "-1.7976931348623157e+308",
            "null"
        ]
    );
}

#[test]
fn the_remainder_has_the_sign_of_the_dividend() {
    assert_eq!(
        jq("[5 % 3, -5 % 3, 5 % -3, 5.9 % 2.1]", "null"),
        ["[2,-2,2,1]"]
    );
}

#[test]
fn dividing_by_zero_is_an_error() {
    assert_eq!(
        jq_error("1 / 0", "null"),
        "number (1) and number (0) cannot be divided because the divisor is zero"
    );
}

#[test]
fn abs_keeps_a_number_that_is_not_negative() {
    assert_eq!(jq("map(abs)", r#"[-5,1.50,"a"]"#), [r#"[5,1.50,"a"]"#]);
}

#[test]
fn length_of_a_number_has_no_sign() {
    let numbers = "[-5,-1.50,-0,-0.0,-1e-400]";
    assert_eq!(jq("map(length)", numbers), ["[5,1.50,0,0.0,1E-400]"]);
    assert_eq!(jq("0 * -1 | length", "null"), ["0"]);
}
