use super::*;
use proptest::prelude::*;

/// A reader that returns a few bytes per read.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// Describes each part of `text` by its kind, its position and its bytes.
fn pieces(text: &str, at_once: usize) -> Vec<String> {
    let mut values = Values::new(Dribble(text.as_bytes(), at_once), None);
    let mut found = Vec::new();
    loop {
        let piece = values.next().unwrap();
        let (kind, range) = match &piece {
            StreamPart::Record(range) => ("record", range),
            StreamPart::Value(range) => ("value", range),
            StreamPart::Element(Some(name), range) => (*name, range),
            StreamPart::Element(None, range) => ("element", range),
            StreamPart::Tail(range) => ("tail", range),
            StreamPart::Lines(range) => ("lines", range),
            StreamPart::Line(range) => ("line", range),
            StreamPart::Broken(range, expected) => {
                found.push(format!("broken@{} {expected}", values.position(range)));
                continue;
            }
            StreamPart::End => return found,
        };
        let text = std::str::from_utf8(values.bytes(range)).unwrap();
        found.push(format!("{kind}@{} {text}", values.position(range)));
    }
}

#[test]
fn values_are_split_whatever_separates_them() {
    let text = "{\"a\":\"}\\\"\"}{\"b\":[{}]}\n\n {\"c\":1}";
    let expected = [
        "value@0 {\"a\":\"}\\\"\"}",
        "value@11 {\"b\":[{}]}",
        "value@24 {\"c\":1}",
    ];
    for at_once in [1, 2, 7, 100] {
        assert_eq!(pieces(text, at_once), expected);
    }
}

#[test]
fn the_elements_of_an_outer_list_are_followed_by_its_tail() {
    let text = r#"{ "Events" : [ {"x":1} , 2,"a,]" ], "NextToken":"t" } [[1],{"y":2}]"#;
    let expected = [
        "Events@15 {\"x\":1}",
        "Events@25 2",
        "Events@27 \"a,]\"",
        "tail@34 , \"NextToken\":\"t\" }",
        "element@55 [1]",
        "element@59 {\"y\":2}",
    ];
    for at_once in [1, 3, 100] {
        assert_eq!(pieces(text, at_once), expected);
    }
    assert_eq!(pieces("{\"Records\":[]}", 1), ["tail@13 }"]);
    assert_eq!(pieces("{\"Records\":{}}", 1), ["value@0 {\"Records\":{}}"]);
}

#[test]
fn after_a_truncated_line_the_next_line_is_read() {
    for torn in ["{\"a\":{\"b\":1", "{\"a\":\"x", "{\"a\"", "{\"a\":[1"] {
        let text = format!("{torn}\n{{\"c\":1}}\n");
        let next = torn.len() + 1;
        let expected = [
            "broken@0 the end of a JSON object".to_owned(),
            format!("value@{next} {{\"c\":1}}"),
        ];
        for at_once in [1, 5, 100] {
            assert_eq!(pieces(&text, at_once), expected, "{torn}");
        }
    }
}

#[test]
fn a_truncated_input_reports_what_is_missing() {
    assert_eq!(
        pieces("{\"Records\":[{\"a\":1},{\"b\"", 100),
        [
            "Records@12 {\"a\":1}",
            "broken@20 the end of a list's element"
        ]
    );
    let cut_after = |text| pieces(text, 100).pop().unwrap();
    assert_eq!(cut_after("{\"Records\":[{}"), "broken@14 the end of a list");
    assert_eq!(
        cut_after("{\"Records\":[{}]"),
        "broken@15 a comma or the end of a JSON object"
    );
    assert_eq!(
        cut_after("[{} {}]"),
        "broken@4 a comma or the end of the list"
    );
}

#[test]
fn text_that_is_not_json_is_read_line_by_line() {
    assert_eq!(
        pieces("a,b\n1,2\n{\"c\":1}", 2),
        ["line@0 a,b", "line@4 1,2", "value@8 {\"c\":1}"]
    );
}

proptest! {
    #[test]
    fn any_read_sizes_give_the_same_parts(text in r#"[\[\]{}",:a\\\n ]{0,40}"#, at_once in 1_usize..9) {
        prop_assert_eq!(pieces(&text, at_once), pieces(&text, 1000));
    }
}
