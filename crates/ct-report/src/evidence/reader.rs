//! Extracts the facts of records.

use std::borrow::Cow;

use ct_core::json::Paths;
use jiff::Timestamp;
use memchr::{memchr, memmem};
use serde_json::Value;

use crate::created;
use crate::evidence::event::{Detail, Event, Links};
use crate::evidence::id::Id;
use crate::evidence::place::Place;
use crate::evidence::texts;
use crate::symbols::{Symbol, Symbols};

const PATHS: [&str; 30] = [
    "eventTime",
    "eventID",
    "requestID",
    "eventName",
    "eventSource",
    "userIdentity.accessKeyId",
    "userIdentity.principalId",
    "userIdentity.sessionContext.attributes.creationDate",
    "userIdentity.arn",
    "userIdentity.type",
    "userIdentity.userName",
    "sourceIPAddress",
    "userAgent",
    "awsRegion",
    "recipientAccountId",
    "userIdentity.accountId",
    "errorCode",
    "userIdentity.invokedBy",
    "readOnly",
    "sessionCredentialFromConsole",
    "userIdentity.sessionContext.ec2RoleDelivery",
    "requestParameters",
    "responseElements",
    "resources",
    "sharedEventID",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "errorMessage",
    "userIdentity.onBehalfOf.userId",
    "userIdentity.inScopeOf.credentialsIssuedTo",
    "additionalEventData.SwitchFrom",
];

const READ_ONLY: usize = 18;
const REQUEST: usize = 21;
const RESPONSE: usize = 22;
const RESOURCES: usize = 23;
const SHARED: usize = 24;
const ISSUER_NAME: usize = 25;
const ERROR_MESSAGE: usize = 26;
const ON_BEHALF_OF: usize = 27;
const ISSUED_TO: usize = 28;
const SWITCHED_FROM: usize = 29;

/// Extracts [`Event`]s from records.
pub(crate) struct Reader {
    paths: Paths,
    rules: created::Rules,
}

impl Reader {
    /// Prepares the paths and the rules of creation.
    pub(crate) fn new() -> Self {
        let mut paths = Paths::default();
        for path in PATHS {
            paths.add(path.split('.'));
        }
        Self {
            paths,
            rules: created::Rules::new(),
        }
    }

    /// The facts of a record.
    ///
    /// # Errors
    /// If it has no ID or no time; the text says which.
    pub(crate) fn read(
        &self,
        record: &str,
        place: Place,
        symbols: &mut Symbols,
    ) -> Result<Event, &'static str> {
        let mut found = [None; PATHS.len()];
        if !self.paths.read(record, &mut found) {
            return Err("no JSON object");
        }
        let text = |index: usize| found[index].and_then(string);
        let time = text(0).and_then(|time| time.parse::<Timestamp>().ok());
        let time = time.ok_or("no eventTime in ISO 8601")?.as_second();
        let id = text(1).filter(|id| !id.is_empty()).ok_or("no eventID")?;
        let id = Id::new(&id, symbols);
        let request = text(2).filter(|id| !id.is_empty());
        let request = request.map(|request| Id::new(&request, symbols));
        let mut intern = |indices: &[usize]| {
            let texts = indices.iter().filter_map(|&index| text(index));
            let text = texts.into_iter().find(|text| !text.is_empty());
            text.map_or(Symbol::NONE, |text| symbols.intern(&text))
        };
        let flag = |index: usize| found[index].is_some_and(|flag| flag.trim_matches('"') == "true");
        let mut event = Event {
            time,
            place,
            id,
            request,
            name: intern(&[3]),
            source: intern(&[4]),
            key: intern(&[5]),
            principal: intern(&[6]),
            session_start: intern(&[7]),
            identity: intern(&[8, 9]),
            user: intern(&[10, ISSUER_NAME]),
            address: intern(&[11]),
            agent: intern(&[12]),
            region: intern(&[13]),
            account: intern(&[14, 15]),
            error: intern(&[16, ERROR_MESSAGE]),
            invoked_by: intern(&[17]),
            is_read_only: flag(READ_ONLY),
            is_console: flag(19),
            is_instance: found[20].is_some(),
            detail: None,
        };
        let links = [SHARED, ON_BEHALF_OF, ISSUED_TO, SWITCHED_FROM];
        let mut joined = None;
        if links.iter().any(|&index| found[index].is_some()) {
            let [on_behalf_of, issued_to, switched_from] =
                [ON_BEHALF_OF, ISSUED_TO, SWITCHED_FROM].map(|index| intern(&[index]));
            let shared = text(SHARED).filter(|id| !id.is_empty());
            joined = Some(Box::new(Links {
                shared: shared.map(|id| Id::new(&id, symbols)),
                on_behalf_of,
                issued_to,
                switched_from,
            }));
        }
        if event.error.is_none() && is_failed_sign_in(&event, symbols, found[RESPONSE]) {
            event.error = symbols.intern(FAILURE);
        }
        let [request, response, resources] =
            [REQUEST, RESPONSE, RESOURCES].map(|index| found[index]);
        event.detail = self.detail(&event, symbols, [request, response, resources]);
        if joined.is_some() {
            event.detail.get_or_insert_default().links = joined;
        }
        Ok(event)
    }

    fn detail(
        &self,
        event: &Event,
        symbols: &mut Symbols,
        parts: [Option<&str>; 3],
    ) -> Option<Box<Detail>> {
        let issues = parts[1]
            .is_some_and(|response| memmem::find(response.as_bytes(), b"accessKeyId").is_some());
        let source = symbols.text(event.source);
        // These calls are matched with the service's own by the names in them.
        let is_named = matches!(
            source,
            "secretsmanager.amazonaws.com" | "ssm.amazonaws.com" | "kms.amazonaws.com"
        );
        let source_is_lambda = source == "lambda.amazonaws.com";
        if event.is_read_only && !issues && !is_named {
            return None;
        }
        let [request, response, resources] = parts.map(|part| {
            let value = part.map(serde_json::from_str::<Value>);
            value.and_then(Result::ok).unwrap_or(Value::Null)
        });
        let mut detail = Detail::default();
        let (mut touched, mut not_done) = (Vec::new(), Vec::new());
        for value in [&request, &resources] {
            texts::add_texts(value, symbols, &mut touched);
        }
        texts::add_not_done(&response, symbols, &mut not_done);
        detail.touched = touched.into();
        detail.not_done = not_done.into();
        detail.is_partial = source_is_lambda && request["qualifier"].is_string();
        if event.succeeded() && issues {
            detail.note_issued(&request, &response, symbols);
        }
        if event.succeeded() && !event.is_read_only {
            let call = created::Call {
                name: symbols.text(event.name).to_owned(),
                source: symbols.text(event.source).to_owned(),
                request: &request,
                response: &response,
                resources: &resources,
            };
            if let Some(resources) = self.rules.created(&call, symbols) {
                detail.creates = true;
                detail.resources = resources.into();
            }
        }
        Some(Box::new(detail))
    }
}

impl Detail {
    fn note_issued(&mut self, request: &Value, response: &Value, symbols: &mut Symbols) {
        let key = ["credentials", "accessKey"]
            .iter()
            .find_map(|member| response[member]["accessKeyId"].as_str());
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return;
        };
        self.issued = symbols.intern(key);
        let role = request["roleArn"].as_str();
        let user = response["accessKey"]["userName"].as_str();
        let federated = response["federatedUser"]["arn"].as_str();
        if let Some(whom) = role.or(user).or(federated) {
            self.issued_for = symbols.intern(whom);
        }
    }
}

/// The value of the response for a failed sign-in.
const FAILURE: &str = "Failure";

/// Whether the call is a failed sign-in to the console, or a step of one: the response has the outcome under the call's name, such as `{"ConsoleLogin": "Failure"}`.
fn is_failed_sign_in(event: &Event, symbols: &Symbols, response: Option<&str>) -> bool {
    let response = response.filter(|_| symbols.text(event.source) == "signin.amazonaws.com");
    let response = response.map(serde_json::from_str::<Value>);
    let response = response.and_then(Result::ok).unwrap_or(Value::Null);
    response[symbols.text(event.name)] == FAILURE
}

/// The value of a JSON string.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr(b'\\', inner.as_bytes()).is_some() {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}
