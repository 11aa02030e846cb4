//! Checks that no input crashes the JSON reader, that the result does not depend on how the input
//! is split into chunks, and that written values can be parsed again.

#![no_main]

use ct_jq::value::read::{Framing, Reader, ValueForm, parse};
use ct_jq::value::write::{Indent, Style, compact};
use ct_jq::value::{Val, order};
use libfuzzer_sys::fuzz_target;

/// Reads the values in `text` in chunks of `size` bytes. If values are not marked with record
/// separators (plain framing), the result ends with the first error.
fn read(text: &[u8], size: usize, framing: Framing, shape: ValueForm) -> Vec<Result<Val, String>> {
    let mut reader = Reader::new(framing, shape);
    let mut found = Vec::new();
    for piece in text.chunks(size) {
        reader.feed(piece);
        found.extend(std::iter::from_fn(|| reader.next_value()));
    }
    reader.finish();
    found.extend(std::iter::from_fn(|| reader.next_value()));
    let first_error = found.iter().position(Result::is_err);
    if let (Framing::Plain, Some(first_error)) = (framing, first_error) {
        found.truncate(first_error + 1);
    }
    found
}

fn shown(found: &[Result<Val, String>]) -> Vec<Result<String, &String>> {
    let value = |value: &Result<Val, String>| match value {
        Ok(value) => Ok(compact(value)),
        Err(_) => Err(String::new()),
    };
    found
        .iter()
        .map(|each| value(each).map_err(|_| each.as_ref().expect_err("it is one")))
        .collect()
}

/// Checks that a value which was written and parsed once does not change when it is written and
/// parsed again. Only the first writing changes a value: an infinity becomes the greatest double.
fn check_writer(value: &Val) {
    let again = |text: &[u8]| compact(&parse(text).expect("the output is JSON"));
    let written = again(compact(value).as_bytes());
    assert_eq!(again(written.as_bytes()), written);
    for indent in [Indent::Tab, Indent::Spaces(2)] {
        let style = Style {
            indent,
            ascii: true,
            ..Style::default()
        };
        let mut text = Vec::new();
        style.write(value, &mut text);
        assert_eq!(again(&text), written);
    }
    assert!(order::compare(value, value).is_ok());
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, text)) = bytes.split_first() else {
        return;
    };
    let framing = match first & 1 {
        0 => Framing::Plain,
        _ => Framing::Sequence,
    };
    let shape = match first >> 1 & 3 {
        0 | 1 => ValueForm::Values,
        2 => ValueForm::Events,
        _ => ValueForm::EventsAndErrors,
    };
    let whole = read(text, text.len().max(1), framing, shape);
    let pieces = read(text, usize::from(first >> 3) + 1, framing, shape);
    assert_eq!(shown(&whole), shown(&pieces));
    whole.iter().flatten().for_each(check_writer);
});
