//! Tests the examples of the JMESPath specification, section by section, against the results of
//! Python's library.

use super::*;
use ct_aws::python::value::parse;

/// The expressions in `cases` whose result on `given` is not the expected result.
fn wrong(given: &Value<'_>, cases: &Value<'_>) -> Vec<String> {
    let Value::List(cases) = cases else {
        return vec![format!("{cases} is no list")];
    };
    let wrong = cases.iter().filter_map(|case| {
        let expression = case.get("expression")?.to_string();
        let got = Query::new(&expression).and_then(|query| query.search(given));
        let holds = match (case.get("result"), &got) {
            (Some(result), Ok(got)) => compare::is_equal(result, got),
            (None, Err(_)) => true,
            (None, Ok(_)) => case.get("error").is_none(),
            (Some(_), Err(_)) => false,
        };
        let wanted = case.get("result").or(case.get("error"));
        (!holds).then(|| format!("{expression}: {got:?}, wanted {wanted:?}"))
    });
    wrong.collect()
}

#[test]
fn every_section_of_the_specification_holds() {
    let document = parse(include_str!("specification.json")).unwrap();
    let given = document.get("given").unwrap();
    let Some(Value::List(sections)) = document.get("sections") else {
        panic!("no sections");
    };
    for section in sections {
        let wrong = wrong(given, section.get("cases").unwrap());
        let name = section.get("section").unwrap();
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}
