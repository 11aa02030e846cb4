//! Checks that a Sigma rule or correlation compiles or is refused, and that the evaluation of a
//! compiled rule ends on every record.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| ct_fuzz::rule::evaluate(bytes, "rule.yml"));
