//! EC2's `DescribeRegions`, which clients call to find the regions of an account.

use std::collections::HashMap;
use std::fmt::Write as _;

use ct_core::predicate::pattern::Pattern;

use super::form::escape;
use crate::answer::{HttpResponse, XML};
use crate::region::{OptIn, Regions};

/// A made-up request ID, which is the same in all responses.
const REQUEST_ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// Responds to a call of `DescribeRegions`. The request was signed for the region `asked`. The
/// response lists the regions in the partition of this region, sorted by name.
///
/// The parameters `AllRegions` and `RegionName.N` and the filters `region-name`, `endpoint` and
/// `opt-in-status` are supported.
///
/// Source: Amazon EC2 API Reference, `DescribeRegions`.
///
/// # Errors
/// The error response, if the call is a different one, the region of the request is not enabled, or
/// a region or filter is unknown.
pub(crate) fn answer(
    form: &HashMap<String, String>,
    asked: &str,
    regions: &Regions,
) -> Result<HttpResponse, HttpResponse> {
    let action = form.get("Action").map_or("", String::as_str);
    if action != "DescribeRegions" {
        let message = format!("The action {action} is not valid for this web service.");
        return Err(error("InvalidAction", &message));
    }
    if !regions.is_enabled(asked) {
        let message = "AWS was not able to validate the provided access credentials";
        return Err(HttpResponse {
            status: 401,
            ..error("AuthFailure", message)
        });
    }
    let suffix = if asked.starts_with("cn-") { ".cn" } else { "" };
    let endpoint = |name: &str| format!("ec2.{name}.amazonaws.com{suffix}");
    let all = regions.of_partition(asked);

    let names = numbered(form, "RegionName");
    let is_known = |name: &&str| all.iter().any(|(known, _)| known == name);
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        let message = format!("Invalid region name: {name}");
        return Err(error("InvalidParameterValue", &message));
    }
    let filters = filters(form)?;
    let wants_all = form
        .get("AllRegions")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"));

    let mut items = String::new();
    for (name, opt_in) in &all {
        let is_listed = (wants_all || *opt_in != OptIn::NotOptedIn || names.contains(name))
            && (names.is_empty() || names.contains(name))
            && filters.iter().all(|filter| {
                let value = match filter.field {
                    Field::Name => (*name).to_owned(),
                    Field::Endpoint => endpoint(name),
                    Field::OptIn => opt_in.to_string(),
                };
                filter.patterns.iter().any(|pattern| pattern.covers(&value))
            });
        if is_listed {
            write!(
                items,
                "<item><regionName>{}</regionName><regionEndpoint>{}</regionEndpoint><optInStatus>{opt_in}</optInStatus></item>",
                escape(name),
                escape(&endpoint(name)),
            )
            .expect("writing to a string cannot fail");
        }
    }
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{REQUEST_ID}</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>\n"
    );
    Ok(HttpResponse::ok(XML, body))
}

/// The field of a region that a filter tests.
enum Field {
    Name,
    Endpoint,
    OptIn,
}

/// A filter: a field, and patterns for its accepted values.
struct Filter {
    field: Field,
    patterns: Vec<Pattern>,
}

fn filters(form: &HashMap<String, String>) -> Result<Vec<Filter>, HttpResponse> {
    let name_of = |number: usize| Some((number, form.get(&format!("Filter.{number}.Name"))?));
    let named = (1..).map_while(name_of);
    named
        .map(|(number, name)| {
            let field = match name.as_str() {
                "region-name" => Field::Name,
                "endpoint" => Field::Endpoint,
                "opt-in-status" => Field::OptIn,
                _ => {
                    let message = format!("The filter '{name}' is invalid");
                    return Err(error("InvalidParameterValue", &message));
                }
            };
            let values = numbered(form, &format!("Filter.{number}.Value"));
            let patterns = values.iter().filter_map(|value| value.parse().ok());
            Ok(Filter {
                field,
                patterns: patterns.collect(),
            })
        })
        .collect()
}

/// Returns the values of the parameters `name.1`, `name.2` and so on.
fn numbered<'a>(form: &'a HashMap<String, String>, name: &str) -> Vec<&'a str> {
    let value = |number: usize| form.get(&format!("{name}.{number}"));
    (1..).map_while(value).map(String::as_str).collect()
}

/// An error in EC2's format.
fn error(code: &str, message: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>\n",
        escape(message)
    );
    HttpResponse::new(400, XML, body)
}
