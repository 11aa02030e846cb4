//! Tests that reading, comparing and writing values works for any size of the blocks that are read.

use ct_jq::value::order::{compare, equal};
use ct_jq::value::read::{Framing, Reader, ValueForm, lossy, parse};
use ct_jq::value::write::{Indent, Style, compact};
use ct_jq::value::{DEPTH_MAX, Val};
use proptest::prelude::*;

fn read(text: &str) -> Val {
    parse(text.as_bytes()).unwrap_or_else(|complaint| panic!("{text}: {complaint}"))
}

/// The values of a reader that receives `text` in blocks of `size` bytes.
fn read_in_pieces(text: &[u8], size: usize, shape: ValueForm) -> Vec<Result<String, String>> {
    let mut reader = Reader::new(Framing::Plain, shape);
    let mut found = Vec::new();
    let mut take = |reader: &mut Reader| {
        while let Some(value) = reader.next_value() {
            found.push(value.map(|value| compact(&value)));
        }
    };
    for piece in text.chunks(size) {
        reader.feed(piece);
        take(&mut reader);
    }
    reader.finish();
    take(&mut reader);
    found
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| format!("{n:e}")),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?",
    ]
}

/// Generates JSON texts of one value.
fn json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number(),
        any::<String>().prop_map(|text| compact(&Val::from(text))),
    ];
    scalar.prop_recursive(5, 60, 6, |part| {
        let member = (any::<String>(), part.clone());
        prop_oneof![
            prop::collection::vec(part, 0..6).prop_map(|parts| format!("[{}]", parts.join(" ,\n"))),
            prop::collection::vec(member, 0..6).prop_map(|members| {
                let text = members
                    .into_iter()
                    .map(|(key, part)| format!("{}: {part}", compact(&Val::from(key))));
                format!("{{{}}}", text.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_written_value_reads_back_as_the_same_value(text in json()) {
        let value = read(&text);
        let written = compact(&value);
        prop_assert_eq!(&compact(&read(&written)), &written);
        prop_assert!(equal(&read(&written), &value).expect("the values are not nested too deeply"));
        for indent in [Indent::Spaces(2), Indent::Tab] {
            let mut out = Vec::new();
            Style { indent, ascii: true, ..Style::default() }.write(&value, &mut out);
            prop_assert_eq!(&compact(&parse(&out).expect("JSON")), &written);
        }
    }

    #[test]
    fn the_boundaries_of_fed_blocks_make_no_difference(texts in prop::collection::vec(json(), 1..4), size in 1usize..20) {
        let text = texts.join("\n");
        for shape in [ValueForm::Values, ValueForm::Events] {
            let whole = read_in_pieces(text.as_bytes(), text.len().max(1), shape);
            prop_assert_eq!(read_in_pieces(text.as_bytes(), size, shape), whole);
        }
    }

    #[test]
    fn invalid_input_fails_at_the_same_position_for_any_block_size(text in "[\\[\\]{}:,\" 0-9a-etrufalsn\\\\\n]{0,24}", size in 1usize..6) {
        let first_error = |size| {
            let mut found = read_in_pieces(text.as_bytes(), size, ValueForm::Values);
            let end = found.iter().position(Result::is_err).map_or(found.len(), |at| at + 1);
            found.truncate(end);
            found
        };
        prop_assert_eq!(first_error(size), first_error(text.len().max(1)));
    }

    #[test]
    fn the_order_of_values_is_total(a in json(), b in json(), c in json()) {
        let (a, b, c) = (read(&a), read(&b), read(&c));
        let order = |x: &Val, y: &Val| compare(x, y).expect("the values are not nested too deeply");
        prop_assert!(order(&a, &a).is_eq());
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        if order(&a, &b).is_le() && order(&b, &c).is_le() {
            prop_assert!(order(&a, &c).is_le());
        }
        prop_assert_eq!(order(&a, &b).is_eq(), equal(&a, &b).expect("the values are not nested too deeply"));
    }

    #[test]
    fn a_number_keeps_its_value_when_written(n in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
        let written = compact(&Val::number(n));
        prop_assert_eq!(read(&written).as_f64().map(f64::to_bits), Some(n.to_bits()));
    }

    #[test]
    fn any_bytes_become_text(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let text = lossy(&bytes);
        prop_assert_eq!(lossy(text.as_bytes()), text.clone());
        prop_assert_eq!(std::str::from_utf8(&bytes).is_ok(), text.as_bytes() == bytes);
    }
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn ten_thousand_levels_are_read_and_written() {
    let text = nested(DEPTH_MAX);
    assert_eq!(compact(&read(&text)), text);
}

#[test]
fn one_more_level_is_an_error_with_its_position() {
    let complaint = parse(nested(DEPTH_MAX + 1).as_bytes()).expect_err("too deep");
    assert_eq!(
        complaint,
        "Exceeds depth limit for parsing at line 1, column 10001"
    );
}

#[test]
fn a_million_open_brackets_are_an_error() {
    assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn a_value_of_a_million_levels_is_dropped_without_recursion() {
    let mut value = Val::Null;
    for _ in 0..1_000_000 {
        value = Val::array(vec![value]);
    }
    drop(value);
}

#[test]
fn a_value_too_deep_to_print_is_marked() {
    let mut value = Val::Null;
    for _ in 0..DEPTH_MAX + 2 {
        value = Val::array(vec![value]);
    }
    let expected = "[".repeat(DEPTH_MAX + 1) + "<skipped: too deep>" + &"]".repeat(DEPTH_MAX + 1);
    assert_eq!(compact(&value), expected);
}

#[test]
fn a_complete_value_needs_no_further_input() {
    let mut reader = Reader::default();
    reader.feed(b"{\"a\":1}\n{\"a\":");
    assert_eq!(
        reader
            .next_value()
            .map(|value| value.map(|value| compact(&value))),
        Some(Ok("{\"a\":1}".to_owned()))
    );
    assert!(reader.next_value().is_none());
    reader.feed(b"2}");
    assert_eq!(
        reader
            .next_value()
            .map(|value| value.map(|value| compact(&value))),
        Some(Ok("{\"a\":2}".to_owned()))
    );
}

#[test]
fn a_byte_order_mark_is_dropped_only_at_the_start() {
    let found = read_in_pieces(b"\xef\xbb\xbf1 \xef\xbb\xbf2", 1, ValueForm::Values);
    let refusal = "Invalid numeric literal at EOF at line 1, column 6";
    assert_eq!(found, [Ok("1".to_owned()), Err(refusal.to_owned())]);
}

#[test]
fn an_error_names_the_line_and_the_column() {
    let complaint = parse(b"{\"a\":1,\n\"b\" 3}").expect_err("not JSON");
    assert_eq!(
        complaint,
        "Expected separator between values at line 2, column 6"
    );
}
