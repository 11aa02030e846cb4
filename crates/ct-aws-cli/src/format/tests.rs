//! Tests of the text that each format prints after each page and at the end.

use super::*;
use ct_aws::python::value::parse;

fn style(form: Form, query: Option<&str>) -> Style {
    Style {
        form,
        query: query.map(|query| Query::new(query).unwrap()),
        colors: Colors::Off,
        terminal_columns: 80,
        is_paginated: true,
    }
}

fn page(events: &'static str, token: Option<&str>) -> EventPage<'static> {
    let events = match parse(events).unwrap() {
        Value::List(events) => Some(events),
        _ => None,
    };
    EventPage {
        events,
        token: token.map(str::to_owned),
    }
}

/// The text printed after each of `pages`, and the text printed at the end.
fn printed(style: Style, pages: Vec<EventPage<'static>>, resume: Option<&str>) -> Vec<String> {
    let mut printer = Printer::new(style);
    let mut texts = Vec::new();
    for page in pages {
        let mut out = String::new();
        printer.page(page, &mut out).unwrap();
        texts.push(out);
    }
    let mut out = String::new();
    printer.end(resume.map(str::to_owned), &mut out).unwrap();
    texts.push(out);
    texts
}

fn two_pages() -> Vec<EventPage<'static>> {
    vec![
        page(r#"[{"A":"1"}]"#, Some("t")),
        page(r#"[{"A":"2"}]"#, None),
    ]
}

#[test]
fn json_is_printed_page_by_page() {
    assert_eq!(
        printed(style(Form::Json, None), two_pages(), None),
        [
            "{\n    \"Events\": [\n        {\n            \"A\": \"1\"\n        }",
            ",\n        {\n            \"A\": \"2\"\n        }",
            "\n    ]\n}\n",
        ]
    );
}

#[test]
fn a_truncated_listing_ends_with_its_token() {
    let ends = |form| {
        printed(style(form, None), two_pages(), Some("more"))
            .pop()
            .unwrap()
    };
    assert_eq!(
        ends(Form::Json),
        "\n    ],\n    \"NextToken\": \"more\"\n}\n"
    );
    assert_eq!(ends(Form::Yaml), "\nNextToken: more\n");
    assert_eq!(ends(Form::Text), "NEXTTOKEN\tmore\n");
    assert_eq!(ends(Form::YamlStream), "");
}

#[test]
fn each_format_shows_an_empty_result_in_its_own_way() {
    let all = |form| printed(style(form, None), vec![page("[]", None)], None).concat();
    assert_eq!(all(Form::Json), "{\n    \"Events\": []\n}\n");
    assert_eq!(all(Form::Yaml), "Events: []\n");
    assert_eq!(all(Form::YamlStream), "- Events: []\n");
    assert_eq!(all(Form::Text), "");
    assert_eq!(all(Form::Off), "");
    let absent = printed(style(Form::Json, None), vec![page("null", None)], None).concat();
    assert_eq!(absent, "");
}

#[test]
fn yaml_and_text_are_printed_page_by_page() {
    assert_eq!(
        printed(style(Form::Yaml, None), two_pages(), None),
        ["Events:\n- A: '1'", "\n- A: '2'", "\n"]
    );
    assert_eq!(
        printed(style(Form::YamlStream, None), two_pages(), None),
        [
            "- Events:\n  - A: '1'\n  NextToken: t\n",
            "- Events:\n  - A: '2'\n",
            ""
        ]
    );
    assert_eq!(
        printed(style(Form::Text, None), two_pages(), None),
        ["EVENTS\t1\n", "EVENTS\t2\n", ""]
    );
}

#[test]
fn a_query_applies_to_the_whole_result_in_json_and_to_each_page_in_text() {
    assert_eq!(
        printed(style(Form::Json, Some("Events[].A")), two_pages(), None),
        ["", "", "[\n    \"1\",\n    \"2\"\n]\n"]
    );
    assert_eq!(
        printed(
            style(Form::Text, Some("Events[].A")),
            two_pages(),
            Some("more")
        ),
        ["1\n", "2\n", "None\n"]
    );
    assert_eq!(
        printed(style(Form::Yaml, Some("length(Events)")), two_pages(), None).concat(),
        "2\n"
    );
}

#[test]
fn without_pagination_the_response_is_printed_unchanged() {
    let all = |form| {
        let style = Style {
            is_paginated: false,
            ..style(form, None)
        };
        printed(style, vec![page(r#"[{"A":"1"}]"#, Some("t"))], Some("t")).concat()
    };
    assert_eq!(all(Form::Text), "t\nEVENTS\t1\n");
    assert_eq!(
        all(Form::YamlStream),
        "- Events:\n  - A: '1'\n  NextToken: t\n"
    );
    assert_eq!(
        all(Form::Json),
        "{\n    \"Events\": [\n        {\n            \"A\": \"1\"\n        }\n    ],\n    \"NextToken\": \"t\"\n}\n"
    );
}
