//! Extracts the facts of records.

use std::borrow::Cow;

use ct_core::json;
use jiff::Timestamp;
use memchr::memmem;
use serde_json::Value;

use crate::created;
use crate::evidence::actor::Actors;
use crate::evidence::event::{Detail, Event, Links, RareFacts};
use crate::evidence::fields::{self as field, Field, FieldPositions};
use crate::evidence::grants;
use crate::evidence::id::Id;
use crate::evidence::lossy;
use crate::evidence::names::Names;
use crate::evidence::record_position::RecordPosition;
use crate::evidence::texts;
use crate::symbols::{Symbol, Symbols};

/// The JSON texts from which a [`Detail`] is read: the request, the response and the resources of a record.
type Parts<'a> = [Option<&'a str>; 3];

const PARTS: [Field; 3] = [field::REQUEST, field::RESPONSE, field::RESOURCES];

/// A record with the positions of its fields and the hashes of its names.
#[derive(Clone, Copy)]
pub(crate) struct Scanned<'r> {
    /// The record.
    pub(crate) record: &'r str,
    /// The positions of the record's fields.
    pub(crate) fields: &'r FieldPositions,
    /// The list of the hashes of the record's names, or an empty slice if the names are not needed.
    pub(crate) names: &'r [u32],
}

/// Extracts [`Event`]s from records.
pub(crate) struct EventReader {
    actors: Actors,
    rules: created::Rules,
    /// Searches for a text that may be the ID of an instance or the ARN of a function.
    compute: [memmem::Finder<'static>; 2],
}

impl EventReader {
    /// Creates a reader with all rules for created resources.
    pub(crate) fn new() -> Self {
        Self {
            actors: Actors::new(),
            rules: created::Rules::new(),
            compute: ["\"i-", ":lambda:"].map(memmem::Finder::new),
        }
    }

    /// Reads the facts of a record. The [`Detail`] (the facts in the request and the response) is
    /// read only if the call may lead to other credentials.
    ///
    /// # Errors
    /// If the record is not a JSON object, or has no ID or no valid time. The message names the
    /// defect.
    pub(crate) fn read(
        &mut self,
        scanned: Scanned<'_>,
        place: RecordPosition,
        symbols: &mut Symbols,
        names: &mut Names,
    ) -> Result<Event, &'static str> {
        let Scanned { record, fields, .. } = scanned;
        if !fields.is_object() {
            return Err("no JSON object");
        }
        let text = |field: Field| fields.get(record, field).and_then(json::content);
        let time = text(field::TIME).and_then(|time| time.parse::<Timestamp>().ok());
        let seconds = time.and_then(|time| u32::try_from(time.as_second()).ok());
        let seconds = seconds.ok_or("no eventTime in ISO 8601 format between 1970 and 2106")?;
        let id = text(field::ID)
            .filter(|id| !id.is_empty())
            .ok_or("no eventID")?;
        let id = Id::new(&id, symbols);
        let request = text(field::REQUEST_ID).filter(|id| !id.is_empty());
        let identity = fields.get(record, field::IDENTITY).unwrap_or_default();
        let actor = self.actors.read(identity, symbols);
        let mut intern = |field: Field| match text(field) {
            Some(text) => symbols.intern(&text),
            None => Symbol::NONE,
        };
        let mut event = Event {
            seconds,
            place,
            id,
            request: request.map(|request| names.request(&request)),
            name: intern(field::NAME),
            source: intern(field::SOURCE),
            key: actor.key,
            principal: actor.principal,
            session_start: actor.session_start,
            identity: actor.identity,
            user: actor.user,
            address: intern(field::ADDRESS),
            agent: intern(field::AGENT),
            region: intern(field::REGION),
            account: intern(field::ACCOUNT).some().unwrap_or(actor.account),
            error: Symbol::NONE,
            invoked_by: actor.invoked_by,
            is_read_only: fields.is_read_only(record),
            is_console: fields.is_true(record, field::CONSOLE),
            is_instance: actor.is_instance,
            names: names.add(scanned.names),
            rare: None,
        };
        let switched_from = intern(field::SWITCHED_FROM);
        // An error code that is not a string also means that the call failed.
        let codes = field::ERROR
            .into_iter()
            .filter_map(|field| fields.get(record, field));
        let codes = codes.filter(|json| !matches!(*json, "null" | "\"\""));
        if let Some(json) = codes.into_iter().next() {
            let code = json::content(json);
            event.error = symbols.intern(code.as_deref().unwrap_or(json));
        }
        let shared = text(field::SHARED).filter(|id| !id.is_empty());
        let mut rare = RareFacts {
            links: Links {
                shared: shared.map(|id| Id::new(&id, symbols)),
                on_behalf_of: actor.on_behalf_of,
                issued_to: actor.issued_to,
                switched_from,
            },
            ..RareFacts::default()
        };
        let parts = PARTS.map(|field| fields.get(record, field));
        if event.error.is_none() && is_failed_sign_in(&event, symbols, parts[1]) {
            event.error = symbols.intern(FAILURE);
        }
        if event.succeeded() {
            let first = |fields: &[Field]| fields.iter().find_map(|&field| text(field));
            let whom = if let Some(key) = first(&field::ISSUED).filter(|key| !key.is_empty()) {
                rare.issued = symbols.intern(&key);
                first(&field::ISSUED_FOR)
            } else if symbols.text(event.name).starts_with("AssumeRole") {
                // If the role belongs to another account, the record in the caller's account
                // contains no response.
                text(field::ISSUED_FOR[0])
            } else {
                None
            };
            let whom = whom.map(Cow::into_owned);
            let whom = whom.or_else(|| whom_in_account(symbols.text(event.name), parts[0]));
            rare.issued_for = whom.map_or(Symbol::NONE, |whom| symbols.intern(&whom));
        }
        if self.leads_on(&event, symbols, parts) {
            rare.detail = Some(Box::new(self.detail(&event, symbols, parts)));
        }
        if rare != RareFacts::default() {
            event.rare = Some(Box::new(rare));
        }
        Ok(event)
    }

    /// Reads the detail of a record. `event` contains all facts of the record except the detail.
    pub(crate) fn read_detail(
        &self,
        event: &Event,
        record: &str,
        fields: &FieldPositions,
        symbols: &mut Symbols,
    ) -> Detail {
        let parts = PARTS.map(|field| fields.get(record, field));
        self.detail(event, symbols, parts)
    }

    /// Whether a call with this source and name may create something. The search for created
    /// resources skips all other calls.
    pub(crate) fn may_create(&self, source: &str, name: &str) -> bool {
        self.rules.may_create(source, name)
    }

    /// Whether a call may lead to other credentials: the call gives a user a password, or may
    /// create an instance or a function.
    fn leads_on(&self, event: &Event, symbols: &Symbols, parts: Parts<'_>) -> bool {
        if event.is_read_only || !event.succeeded() {
            return false;
        }
        let name = symbols.text(event.name);
        let has = |word: &memmem::Finder<'_>| {
            let mut parts = parts.iter().flatten();
            parts.any(|part| word.find(part.as_bytes()).is_some())
        };
        let is_password = matches!(name, "CreateLoginProfile" | "UpdateLoginProfile");
        is_password
            || self.compute.iter().any(has) && self.may_create(symbols.text(event.source), name)
    }

    fn detail(&self, event: &Event, symbols: &mut Symbols, parts: Parts<'_>) -> Detail {
        let [request, response, resources] = parts.map(|part| {
            let value = part.map(lossy::value);
            value.and_then(Result::ok).unwrap_or(Value::Null)
        });
        let mut detail = Detail::default();
        let (mut touched, mut not_done) = (Vec::new(), Vec::new());
        for value in [&request, &resources] {
            texts::add_texts(value, symbols, &mut touched);
        }
        if is_abbreviated(event, symbols, &request, &response) {
            texts::add_texts(&response, symbols, &mut touched);
        }
        texts::add_not_done(&response, symbols, &mut not_done);
        detail.touched = touched.into();
        detail.fields = texts::fields(&request, symbols);
        detail.not_done = not_done.into();
        let is_lambda = symbols.text(event.source) == "lambda.amazonaws.com";
        detail.is_partial = is_lambda && request["qualifier"].is_string();
        detail.grants = grants::grants(symbols.text(event.name), &request);
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
        detail
    }
}

/// The identity for which `AssumeRoot` or `GetRoleCredentials` issued a key: a root user, or a role
/// of IAM Identity Center. The text ends with the account ID. `None` for other calls.
fn whom_in_account(call: &str, request: Option<&str>) -> Option<String> {
    let read = || lossy::value(request?).ok();
    match call {
        "AssumeRoot" => {
            let request = read()?;
            let target = request["targetPrincipal"].as_str()?;
            // `targetPrincipal` is an account ID or the ARN of a root user.
            let account = target.split(':').nth(4).unwrap_or(target);
            Some(format!("the root user of account {account}"))
        }
        "GetRoleCredentials" => {
            let request = read()?;
            let [role, account] = ["role_name", "account_id"].map(|name| request[name].as_str());
            Some(format!("{} in account {}", role?, account?))
        }
        _ => None,
    }
}

/// Whether the request contains the ARN of a secret without the random suffix that the ARN in the
/// response has.
fn is_abbreviated(event: &Event, symbols: &Symbols, request: &Value, response: &Value) -> bool {
    let is_secret = symbols.text(event.source) == field::ABBREVIATING;
    let asked = request["secretId"].as_str().filter(|_| is_secret);
    let whole = ["aRN", "ARN", "arn"].map(|name| response[name].as_str());
    let whole = whole.into_iter().flatten().next();
    let pair = asked.zip(whole);
    pair.is_some_and(|(asked, whole)| asked.starts_with("arn:") && whole.starts_with(asked))
}

/// The value in the response to a sign-in if the sign-in failed.
const FAILURE: &str = "Failure";

/// Whether the call is a failed sign-in to the console, or a failed step of a sign-in. The response
/// names the call and the outcome: `{"ConsoleLogin": "Failure"}`.
fn is_failed_sign_in(event: &Event, symbols: &Symbols, response: Option<&str>) -> bool {
    let response = response.filter(|_| symbols.text(event.source) == "signin.amazonaws.com");
    let response = response.map(lossy::value);
    let response = response.and_then(Result::ok).unwrap_or(Value::Null);
    response[symbols.text(event.name)] == FAILURE
}
