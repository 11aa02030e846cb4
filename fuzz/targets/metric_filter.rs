//! Checks that a metric filter pattern compiles or is refused, and that the evaluation of a
//! compiled filter ends on every record.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pattern) = std::str::from_utf8(bytes) {
        let filter = json!({ "filterPattern": pattern });
        ct_fuzz::rule::evaluate(filter.to_string().as_bytes(), "rule.json");
    }
});
