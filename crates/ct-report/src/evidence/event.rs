//! The facts of one record that a report is made of.

use std::borrow::Cow;
use std::fmt::Write as _;

use ct_core::json::Paths;
use jiff::Timestamp;
use serde_json::Value;

use crate::created::{self, Resource};
use crate::evidence::symbols::{Symbol, Symbols};
use crate::intake::spool::Place;

/// A record's ID: a UUID in its canonical form takes 16 bytes instead of 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// Lower-case hexadecimal with hyphens.
    Uuid([u8; 16]),
    /// Any other text.
    Text(Symbol),
}

impl Id {
    fn new(text: &str, symbols: &mut Symbols) -> Self {
        uuid(text).map_or_else(|| Self::Text(symbols.intern(text)), Self::Uuid)
    }

    /// The ID of this text, where the evidence can have it.
    pub(crate) fn find(text: &str, symbols: &Symbols) -> Option<Self> {
        uuid(text)
            .map(Self::Uuid)
            .or_else(|| symbols.find(text).map(Self::Text))
    }

    /// The ID as the record has it.
    pub(crate) fn text(self, symbols: &Symbols) -> String {
        match self {
            Self::Text(symbol) => symbols.text(symbol).to_owned(),
            Self::Uuid(bytes) => {
                let mut text = String::with_capacity(36);
                for (index, byte) in bytes.iter().enumerate() {
                    if matches!(index, 4 | 6 | 8 | 10) {
                        text.push('-');
                    }
                    write!(text, "{byte:02x}").expect("a String takes every write");
                }
                text
            }
        }
    }
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (index, &character) in text.iter().enumerate() {
        let digit = match (index, character) {
            (8 | 13 | 18 | 23, b'-') => continue,
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => character - b'0',
            (_, b'a'..=b'f') => character - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] |= digit << (4 * (1 - digits % 2));
        digits += 1;
    }
    Some(bytes)
}

/// The facts of a record; a field that the record lacks is the empty text.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Seconds since 1970.
    pub(crate) time: i64,
    /// Where the record is.
    pub(crate) place: Place,
    /// `eventID`.
    pub(crate) id: Id,
    /// `requestID`; `None` where the record has none.
    pub(crate) request: Option<Id>,
    /// `eventName`.
    pub(crate) name: Symbol,
    /// `eventSource`.
    pub(crate) source: Symbol,
    /// `userIdentity.accessKeyId`.
    pub(crate) key: Symbol,
    /// `userIdentity.principalId`.
    pub(crate) principal: Symbol,
    /// `userIdentity.sessionContext.attributes.creationDate`.
    pub(crate) session_start: Symbol,
    /// `userIdentity.arn`, else the type of the identity.
    pub(crate) identity: Symbol,
    /// `userIdentity.userName`.
    pub(crate) user: Symbol,
    /// `sourceIPAddress`.
    pub(crate) address: Symbol,
    /// `userAgent`.
    pub(crate) agent: Symbol,
    /// `awsRegion`.
    pub(crate) region: Symbol,
    /// `recipientAccountId`, else `userIdentity.accountId`.
    pub(crate) account: Symbol,
    /// `errorCode`; of a sign-in that failed without one, `errorMessage`.
    pub(crate) error: Symbol,
    /// `userIdentity.invokedBy`: the service that made the call.
    pub(crate) invoked_by: Symbol,
    /// `readOnly` is true.
    pub(crate) is_read_only: bool,
    /// `sessionCredentialFromConsole` is true.
    pub(crate) is_console: bool,
    /// `userIdentity.sessionContext.ec2RoleDelivery` is present.
    pub(crate) is_instance: bool,
    /// What the few records have that issue, create, change or delete something.
    pub(crate) detail: Option<Box<Detail>>,
}

/// What a record says beyond [`Event`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Detail {
    /// The call creates something; `resources` may be empty all the same.
    pub(crate) creates: bool,
    /// The created resources.
    pub(crate) resources: Vec<Resource>,
    /// Texts of the request and of the record's resources: names, IDs and ARNs among them.
    pub(crate) touched: Vec<Symbol>,
    /// Texts that the response lists as not done.
    pub(crate) not_done: Vec<Symbol>,
    /// The call deletes a version of what it names, not the whole.
    pub(crate) is_partial: bool,
    /// The access key in the response.
    pub(crate) issued: Symbol,
    /// The role that was assumed, or the user that the key is for.
    pub(crate) issued_for: Symbol,
}

impl Event {
    /// Whether the call was made by whoever holds the key, not by a service for them.
    pub(crate) fn is_direct(&self) -> bool {
        !self.key.is_none() && self.invoked_by.is_none()
    }

    /// Whether the call was carried out.
    pub(crate) fn succeeded(&self) -> bool {
        self.error.is_none()
    }

    /// The time as the record has it: UTC, ISO 8601, whole seconds.
    pub(crate) fn time_text(&self) -> String {
        time_text(self.time)
    }

    /// The texts that the call names, empty for most records.
    pub(crate) fn touched(&self) -> &[Symbol] {
        self.detail.as_ref().map_or(&[], |detail| &detail.touched)
    }
}

/// A time in seconds since 1970 as `2026-01-31T10:00:00Z`.
pub(crate) fn time_text(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

const PATHS: [&str; 27] = [
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
];

const READ_ONLY: usize = 18;
const REQUEST: usize = 21;
const RESPONSE: usize = 22;
const RESOURCES: usize = 23;
const ISSUER_NAME: usize = 25;
const ERROR_MESSAGE: usize = 26;

/// Reads records into [`Event`]s.
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
    /// When it has no ID or no time; the text says which.
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
            error: intern(&[16]),
            invoked_by: intern(&[17]),
            is_read_only: flag(READ_ONLY),
            is_console: flag(19),
            is_instance: found[20].is_some(),
            detail: None,
        };
        if event.error.is_none() && is_failed_sign_in(&event, symbols, found[RESPONSE]) {
            let message = text(ERROR_MESSAGE).filter(|message| !message.is_empty());
            event.error = symbols.intern(message.as_deref().unwrap_or(FAILURE));
        }
        let [request, response, resources] =
            [REQUEST, RESPONSE, RESOURCES].map(|index| found[index]);
        event.detail = self.detail(&event, symbols, [request, response, resources]);
        Ok(event)
    }

    fn detail(
        &self,
        event: &Event,
        symbols: &mut Symbols,
        parts: [Option<&str>; 3],
    ) -> Option<Box<Detail>> {
        let issues = parts[1].is_some_and(|response| response.contains("accessKeyId"));
        let source = symbols.text(event.source);
        // Their calls are matched with the service's own by what they name.
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
        for value in [&request, &resources] {
            add_texts(value, symbols, &mut detail.touched);
        }
        add_not_done(&response, symbols, &mut detail.not_done);
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
                detail.resources = resources;
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

/// What the response of a sign-in says where that failed.
const FAILURE: &str = "Failure";

/// Whether the call is a sign-in to the console, or a step of one, that failed: it has no `errorCode`, and the response has
/// the outcome under the call's name, such as `{"ConsoleLogin": "Failure"}`.
fn is_failed_sign_in(event: &Event, symbols: &Symbols, response: Option<&str>) -> bool {
    let response = response.filter(|_| symbols.text(event.source) == "signin.amazonaws.com");
    let response = response.map(serde_json::from_str::<Value>);
    let response = response.and_then(Result::ok).unwrap_or(Value::Null);
    response[symbols.text(event.name)] == FAILURE
}

/// Most texts that are kept of one call, and the longest of them in bytes.
const TEXTS: usize = 1024;
const TEXT_BYTES: usize = 2048;

/// Members of responses that list what a call did not do, in lower case.
const NOT_DONE: [&str; 3] = ["failures", "invalidparameters", "unsuccessful"];

/// Adds the strings in the members of a response that list failures.
fn add_not_done(value: &Value, symbols: &mut Symbols, texts: &mut Vec<Symbol>) {
    match value {
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| add_not_done(element, symbols, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                if NOT_DONE.contains(&name.to_ascii_lowercase().as_str()) {
                    add_texts(member, symbols, texts);
                } else {
                    add_not_done(member, symbols, texts);
                }
            }
        }
        _ => {}
    }
}

/// Whether a member names a snapshot that a deletion makes, such as `finalDBSnapshotIdentifier`.
fn is_final_snapshot(member: &str) -> bool {
    let member = member.to_ascii_lowercase();
    member.starts_with("final") && member.ends_with("snapshotidentifier")
}

/// Adds the strings in a value, and the numbers of rules, in its order.
fn add_texts(value: &Value, symbols: &mut Symbols, texts: &mut Vec<Symbol>) {
    match value {
        Value::String(text)
            if !text.is_empty() && text.len() <= TEXT_BYTES && texts.len() < TEXTS =>
        {
            let symbol = symbols.intern(text);
            if !texts.contains(&symbol) {
                texts.push(symbol);
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| add_texts(element, symbols, texts)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Number(number) if name == "ruleNumber" => {
                        // Incoming and outgoing rules of one number are two rules.
                        let is_egress = members.get("egress") == Some(&Value::Bool(true));
                        let direction = if is_egress { " egress" } else { "" };
                        let rule = Value::String(format!("{number}{direction}"));
                        add_texts(&rule, symbols, texts);
                    }
                    _ if is_final_snapshot(name) => {}
                    _ => add_texts(member, symbols, texts),
                }
            }
        }
        _ => {}
    }
}

/// The text of a JSON string.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}
