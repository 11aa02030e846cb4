//! LookupEvents: validates the parameters of a request as CloudTrail does, and lists a page of
//! events.

pub(crate) mod token;
pub(crate) mod wire;

use ct_core::record::attribute::Attribute;
use serde_json::Value;

use crate::answer::Refusal;
use crate::requester::Requester;
use crate::services::lookup::token::{Token, TokenKind};
use crate::services::lookup::wire::TimeFormat;
use crate::store::index::index_of;
use crate::store::{Selection, Store};

/// The maximum number of events on a page, which is also the default.
pub(crate) const PAGE_SIZE: u64 = 50;

/// The maximum length of an attribute value, in characters. Some characters count twice (API
/// reference, `LookupAttribute`).
const VALUE_LENGTH: usize = 2000;

const COUNTED_TWICE: [char; 4] = ['_', ' ', ',', '\n'];

/// The approximate size of an event in a response, in bytes.
const EVENT_BYTES: usize = 2048;

/// The maximum age of a listed event, in seconds: 90 days.
const HISTORY_SECONDS: i64 = 90 * 24 * 60 * 60;

/// A LookupEvents request whose parameters are valid.
#[derive(Debug, PartialEq)]
pub(crate) struct LookupRequest {
    size: usize,
    start: Option<f64>,
    end: Option<f64>,
    attribute: Option<(Attribute, String)>,
    is_insight: bool,
    token: Option<String>,
}

impl LookupRequest {
    /// Parses and validates the body of a request.
    ///
    /// # Errors
    /// The exceptions that the API reference lists for LookupEvents.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let unreadable = || Refusal::silent("SerializationException");
        let body = if body.is_empty() { b"{}" } else { body };
        let body: Value = serde_json::from_slice(body).map_err(|_| unreadable())?;
        let body = body.as_object().ok_or_else(unreadable)?;
        let member = |name: &str| body.get(name).filter(|value| !value.is_null());
        let text = |name: &str| match member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(unreadable()),
        };
        let number = |name: &str| match member(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64()),
            Some(_) => Err(unreadable()),
        };

        let is_insight = match text("EventCategory")? {
            None => false,
            Some("insight") => true,
            Some(other) => {
                let message = format!("Invalid event category: {other}");
                return Err(Refusal::new("InvalidEventCategoryException", message));
            }
        };
        let size = member("MaxResults").map_or(Ok(PAGE_SIZE), |size| {
            let size = size.as_i64().ok_or_else(unreadable)?;
            let allowed = u64::try_from(size).ok();
            let allowed = allowed.filter(|size| (1..=PAGE_SIZE).contains(size));
            let message =
                format!("Invalid max results: {size}. The maximum allowed value is {PAGE_SIZE}.");
            allowed.ok_or_else(|| Refusal::new("InvalidMaxResultsException", message))
        })?;
        let (start, end) = (number("StartTime")?, number("EndTime")?);
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            let message = "The start time must be before the end time.";
            return Err(Refusal::new("InvalidTimeRangeException", message));
        }
        let attribute = match member("LookupAttributes") {
            None => None,
            Some(Value::Array(list)) => attribute(list, is_insight)?,
            Some(_) => return Err(unreadable()),
        };
        Ok(Self {
            size: usize::try_from(size).map_err(|_| unreadable())?,
            start,
            end,
            attribute,
            is_insight,
            token: text("NextToken")?.map(str::to_owned),
        })
    }

    /// Returns the parameters that a token depends on: all except the page size.
    fn parameters(&self, requester: &Requester<'_>) -> String {
        format!(
            "{:?}",
            (
                requester.region,
                requester.account,
                self.start,
                self.end,
                &self.attribute,
                self.is_insight
            )
        )
    }
}

fn attribute(list: &[Value], is_insight: bool) -> Result<Option<(Attribute, String)>, Refusal> {
    let invalid = |message: String| Refusal::new("InvalidLookupAttributesException", message);
    let unreadable = || Refusal::silent("SerializationException");
    if list.len() > 1 {
        return Err(invalid(
            "Only one lookup attribute can be specified.".to_owned(),
        ));
    }
    let Some(pair) = list.first() else {
        return Ok(None);
    };
    let pair = pair.as_object().ok_or_else(unreadable)?;
    let text = |member: &str| match pair.get(member) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(unreadable()),
    };
    let (key, value) = (text("AttributeKey")?, text("AttributeValue")?);
    let known = key.parse::<Attribute>().ok();
    let known = known.filter(|attribute| !is_insight || attribute.is_for_insights());
    let known = known.ok_or_else(|| invalid(format!("Invalid lookup attribute key: {key}")))?;
    let length = value.chars().count() + value.matches(COUNTED_TWICE).count();
    if !(1..=VALUE_LENGTH).contains(&length) {
        return Err(invalid("Invalid lookup attribute value.".to_owned()));
    }
    Ok(Some((known, value.to_owned())))
}

/// Paging settings.
#[derive(Debug, Default)]
pub(crate) struct Paging {
    pub(crate) time_format: TimeFormat,
    pub(crate) token_kind: TokenKind,
    /// The maximum number of events on the first page of a listing, the second page and so on, in
    /// rotation; empty for no limit.
    pub(crate) page_sizes: Vec<usize>,
}

/// A page of a listing, as the body of a response.
#[derive(Debug)]
pub(crate) struct PageBody {
    pub(crate) body: Vec<u8>,
    pub(crate) events: usize,
}

/// Returns the position in a listing from which the request's token continues, or `None` if the
/// request has no token.
///
/// # Errors
/// `InvalidNextTokenException` if the token was not issued for the parameters of this request.
pub(crate) fn continued(
    question: &LookupRequest,
    requester: &Requester<'_>,
) -> Result<Option<Token>, Refusal> {
    let Some(text) = &question.token else {
        return Ok(None);
    };
    let token = Token::read(text, &question.parameters(requester));
    token.map(Some).ok_or_else(invalid_token)
}

pub(crate) fn invalid_token() -> Refusal {
    Refusal::new("InvalidNextTokenException", "Invalid NextToken.")
}

/// Lists a page of events as a response. `now` is the service's current Unix time: records after
/// this time and records more than 90 days before it are not listed. If `now` is `None`, all
/// records are listed.
pub(crate) fn page(
    store: &Store,
    question: &LookupRequest,
    requester: &Requester<'_>,
    from: Option<Token>,
    paging: &Paging,
    now: Option<i64>,
) -> PageBody {
    let Token { position, page } = from.unwrap_or(Token {
        position: 0,
        page: 0,
    });
    let turn = usize::try_from(page).unwrap_or(0) % paging.page_sizes.len().max(1);
    let size = paging.page_sizes.get(turn);
    let size = size.map_or(question.size, |size| question.size.min(*size));
    let attribute = question.attribute.as_ref();
    let selection = Selection {
        region: requester.region,
        account: requester.account,
        is_insight: question.is_insight,
        attribute: attribute.map(|(key, value)| (*key, value.as_str())),
        start: later(question.start, now.map(|now| now - HISTORY_SECONDS)),
        end: question.end,
        now,
    };
    let mut body = Vec::with_capacity(size * EVENT_BYTES);
    body.extend_from_slice(b"{\"Events\":[");
    let (first, skipped) = match paging.token_kind {
        TokenKind::Key => (position, 0),
        TokenKind::Position => (0, index_of(position)),
    };
    let mut listed = 0;
    let next = store.page(&selection, first, skipped + size, |event| {
        listed += 1;
        if listed <= skipped {
            return;
        }
        if listed > skipped + 1 {
            body.push(b',');
        }
        wire::write_event(&mut body, event, paging.time_format);
    });
    let events = listed.saturating_sub(skipped);
    let next = next.map(|next| match paging.token_kind {
        TokenKind::Key => next,
        TokenKind::Position => position + u32::try_from(size).unwrap_or(u32::MAX),
    });
    body.push(b']');
    if let Some(position) = next {
        let token = Token {
            position,
            page: page + 1,
        };
        body.extend_from_slice(b",\"NextToken\":");
        wire::write_string(&mut body, &token.write(&question.parameters(requester)));
    }
    body.push(b'}');
    PageBody { body, events }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of Unix time are far below 2^52"
)]
fn later(asked: Option<f64>, bound: Option<i64>) -> Option<f64> {
    match (asked, bound) {
        (Some(asked), Some(bound)) => Some(asked.max(bound as f64)),
        (asked, bound) => asked.or(bound.map(|bound| bound as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> (String, Option<String>) {
        let refusal = LookupRequest::read(body.as_bytes()).unwrap_err();
        (refusal.code, refusal.message)
    }

    #[test]
    fn an_empty_request_lists_fifty_of_all_events() {
        let expected = LookupRequest {
            size: 50,
            start: None,
            end: None,
            attribute: None,
            is_insight: false,
            token: None,
        };
        assert_eq!(LookupRequest::read(b"{}").unwrap(), expected);
    }

    #[test]
    fn an_invalid_request_is_refused_with_its_exception() {
        let attributes = |list: &str| refused(&format!(r#"{{"LookupAttributes":{list}}}"#));
        let cases = [
            (refused("["), ("SerializationException", None)),
            (
                refused(r#"{"StartTime":"2020-10-01"}"#),
                ("SerializationException", None),
            ),
            (
                refused(r#"{"MaxResults":51}"#),
                (
                    "InvalidMaxResultsException",
                    Some("Invalid max results: 51. The maximum allowed value is 50."),
                ),
            ),
            (
                refused(r#"{"StartTime":2,"EndTime":1}"#),
                (
                    "InvalidTimeRangeException",
                    Some("The start time must be before the end time."),
                ),
            ),
            (
                refused(r#"{"EventCategory":"management"}"#),
                (
                    "InvalidEventCategoryException",
                    Some("Invalid event category: management"),
                ),
            ),
            (
                attributes(r#"[{"AttributeKey":"Color","AttributeValue":"x"}]"#),
                (
                    "InvalidLookupAttributesException",
                    Some("Invalid lookup attribute key: Color"),
                ),
            ),
            (
                attributes(r#"[{"AttributeKey":"Username","AttributeValue":""}]"#),
                (
                    "InvalidLookupAttributesException",
                    Some("Invalid lookup attribute value."),
                ),
            ),
            (
                attributes("[{},{}]"),
                (
                    "InvalidLookupAttributesException",
                    Some("Only one lookup attribute can be specified."),
                ),
            ),
        ];
        for (refused, (code, message)) in cases {
            assert_eq!(refused, (code.to_owned(), message.map(str::to_owned)));
        }
    }

    #[test]
    fn an_underscore_counts_twice_in_the_length_of_a_value() {
        let ask = |value: String| {
            let pair = serde_json::json!({"AttributeKey": "Username", "AttributeValue": value});
            let body = serde_json::json!({ "LookupAttributes": [pair] }).to_string();
            LookupRequest::read(body.as_bytes()).is_ok()
        };
        assert!(ask("a".repeat(2000)));
        assert!(ask("_".repeat(1000)));
        assert!(!ask("_".repeat(1000) + "a"));
    }

    #[test]
    fn insights_events_support_three_attributes_only() {
        let ask = |key: &str| {
            let pair = serde_json::json!({"AttributeKey": key, "AttributeValue": "x"});
            let body = serde_json::json!({"EventCategory": "insight", "LookupAttributes": [pair]});
            LookupRequest::read(body.to_string().as_bytes()).is_ok()
        };
        let keys = Attribute::ALL.map(Attribute::name);
        let taken: Vec<&str> = keys.into_iter().filter(|key| ask(key)).collect();
        assert_eq!(taken, ["EventId", "EventName", "EventSource"]);
    }
}
