//! A jq rule compiles or is refused, and a rule that compiles ends on every record.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| ct_fuzz::rule::evaluate(bytes, "rule.jq"));
