//! Checks that the scanner finds the same JSON values with and without its bitmask, which marks the
//! bytes that may end a string. Also checks that `serde_json` accepts these values.

#![no_main]

use ct_core::json;
use libfuzzer_sys::fuzz_target;
use serde_json::{from_str, value::RawValue};

/// Whether the scanner may refuse a value although it is valid JSON, because the value is nested
/// deeply, or contains a long number or an escaped surrogate.
fn is_unusual(text: &str) -> bool {
    let depth = text.bytes().filter(|byte| b"[{".contains(byte)).count();
    let is_long = |number: &str| number.len() > 100;
    let has_surrogate = ["\\ud", "\\uD"].iter().any(|start| text.contains(start));
    let mut numbers = text.split(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c));
    depth > json::MAX_DEPTH as usize || has_surrogate || numbers.any(is_long)
}

fuzz_target!(|text: &str| {
    let start = json::space(text.as_bytes(), 0);
    let end = json::value(text.as_bytes(), start);
    let mut marks = json::Marks::default();
    let marked = marks.of(text.as_bytes());
    assert!(marked.is_text());
    assert_eq!(json::value(marked, start), end);
    assert_eq!(
        json::value(marked.from(start), 0).map(|end| start + end),
        end
    );
    match end {
        Some(end) => {
            let value = &text[start..end];
            assert!(from_str::<&RawValue>(value).is_ok(), "{value}");
            if value.starts_with('"') {
                let text = json::unescape(&value[1..value.len() - 1]);
                assert_eq!(text, from_str(value).ok(), "{value}");
            }
        }
        None => assert!(is_unusual(text) || from_str::<&RawValue>(text).is_err()),
    }
});
