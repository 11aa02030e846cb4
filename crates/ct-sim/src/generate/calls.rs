//! The API calls of generated records, and the record of each call.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::category::Category;
use super::principals::{Principal, PrincipalKind};
use super::template::Template;
use super::values::{self, RecordFacts};
use crate::clock::date;
use crate::random::Random;

/// An API call, with templates for its records.
#[derive(Debug)]
pub(super) struct Call {
    /// The service that is called, such as `ec2`.
    pub(super) service: String,
    pub(super) name: String,
    /// Whether the call is always recorded in us-east-1.
    pub(super) is_global: bool,
    /// The relative number of records of this call; 0 if only the intruder makes the call.
    pub(super) weight: u64,
    pub(super) category: Category,
    pub(super) callers: Vec<PrincipalKind>,
    /// The service that makes the call, such as `autoscaling`; empty if a principal makes it
    /// directly.
    pub(super) invoked_by: String,
    /// The error codes with which the call may fail, in addition to the code for a missing
    /// permission.
    pub(super) errors: Vec<String>,
    is_read_only: bool,
    request: Template,
    response: Template,
    resources: Option<Template>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CallLine<'a> {
    #[serde(default)]
    category: Category,
    source: String,
    name: String,
    read_only: bool,
    weight: u64,
    #[serde(default)]
    global: bool,
    by: Vec<PrincipalKind>,
    #[serde(default)]
    invoked_by: String,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(borrow)]
    request: &'a RawValue,
    #[serde(borrow)]
    response: &'a RawValue,
    #[serde(borrow)]
    resources: Option<&'a RawValue>,
}

/// All calls.
pub(super) fn all() -> Vec<Call> {
    let lines = include_str!("calls.ndjson").lines();
    let read = |line: &str| -> Call {
        let line: CallLine = serde_json::from_str(line).expect("a test parses every line");
        Call {
            service: line.source,
            name: line.name,
            is_global: line.global,
            weight: line.weight,
            category: line.category,
            callers: line.by,
            invoked_by: line.invoked_by,
            errors: line.errors,
            is_read_only: line.read_only,
            request: Template::new(line.request.get()),
            response: Template::new(line.response.get()),
            resources: line.resources.map(|json| Template::new(json.get())),
        }
    };
    lines.map(read).collect()
}

impl Call {
    /// Returns a record of this call. The response in the record of a failed call is null, except
    /// for a failed sign-in.
    pub(super) fn record(
        &self,
        principal: &Principal,
        error: Option<&str>,
        facts: &RecordFacts<'_>,
        random: &mut Random,
    ) -> String {
        let mut out = String::with_capacity(2048);
        let Self { service, name, .. } = self;
        let RecordFacts {
            region, account, ..
        } = *facts;
        let agent = if principal.agent.is_empty() {
            &principal.address
        } else {
            principal.agent
        };
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"{{"eventVersion":"1.09","userIdentity":{},"eventTime":"{}","eventSource":"{service}.amazonaws.com","eventName":"{name}","awsRegion":"{region}","sourceIPAddress":"{}","userAgent":"{agent}","#,
            principal.identity,
            date::iso(facts.second),
            principal.address,
        );
        if let Some(code) = error {
            let message = self.error_message(code, principal, facts);
            let _ = match code {
                "Failed authentication" => write!(out, r#""errorMessage":"{code}","#),
                _ => write!(out, r#""errorCode":"{code}","errorMessage":"{message}","#),
            };
        }
        // Request and response are generated from the same random numbers, so that they name the
        // same resources.
        let gaps = random.clone();
        out.push_str(r#""requestParameters":"#);
        self.request.fill(&mut out, facts, &mut gaps.clone());
        out.push_str(r#","responseElements":"#);
        match error {
            None => self.response.fill(&mut out, facts, &mut gaps.clone()),
            Some("Failed authentication") => out.push_str(r#"{"ConsoleLogin":"Failure"}"#),
            Some(_) => out.push_str("null"),
        }
        let mut ids = Random::new(random.next(), 0);
        let _ = write!(
            out,
            r#","requestID":"{}","eventID":"{}","readOnly":{},"#,
            values::uuid(&mut ids),
            values::uuid(&mut ids),
            self.is_read_only,
        );
        if let (Some(resources), None) = (&self.resources, error) {
            out.push_str(r#""resources":"#);
            resources.fill(&mut out, facts, &mut gaps.clone());
            out.push(',');
        }
        let is_sign_in = service == "signin";
        let (kind, is_management, category) = match self.category {
            Category::Management if is_sign_in => ("AwsConsoleSignIn", true, "Management"),
            Category::Data => ("AwsApiCall", false, "Data"),
            Category::Network => ("AwsVpceEvent", false, "NetworkActivity"),
            Category::Management | Category::Insight => ("AwsApiCall", true, "Management"),
        };
        let _ = write!(
            out,
            r#""eventType":"{kind}","managementEvent":{is_management},"recipientAccountId":"{account}","eventCategory":"{category}""#
        );
        if self.category == Category::Network {
            let mut endpoint = Random::new(facts.seed, 0);
            out.push_str(r#","vpcEndpointId":"vpce-0"#);
            endpoint.push_text(&mut out, values::HEX, 16);
            let _ = write!(out, r#"","vpcEndpointAccountId":"{account}""#);
        }
        if is_sign_in {
            let is_federated = principal.arn.contains(":assumed-role/");
            let used = if is_federated { "No" } else { "Yes" };
            let _ = write!(
                out,
                r#","additionalEventData":{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"{used}"}}"#
            );
        }
        if !principal.address.ends_with("amazonaws.com") {
            let _ = write!(
                out,
                r#","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{service}.{region}.amazonaws.com"}}"#
            );
        }
        out.push('}');
        out
    }

    fn error_message(&self, code: &str, principal: &Principal, facts: &RecordFacts<'_>) -> String {
        let Self { service, name, .. } = self;
        let action = format!(
            "{service}:{}",
            name.trim_end_matches("v2")
                .trim_end_matches(|end: char| end.is_ascii_digit())
        );
        match code {
            "AccessDenied" => format!(
                "User: {} is not authorized to perform: {action} because no identity-based policy allows the {action} action",
                principal.arn
            ),
            "Client.UnauthorizedOperation" => {
                // In real records, the error message of EC2 for a missing permission contains an
                // encoded text of about 700 characters.
                let mut encoded = String::new();
                let mut random = Random::new(facts.seed, facts.second.unsigned_abs());
                random.push_text(
                    &mut encoded,
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                    700,
                );
                format!(
                    "You are not authorized to perform this operation. User: {} is not authorized to perform: {action} because no identity-based policy allows the {action} action. Encoded authorization failure message: EXAMPLE{encoded}",
                    principal.arn
                )
            }
            "ThrottlingException" => "Rate exceeded".to_owned(),
            _ => format!("{action} failed with {code}"),
        }
    }
}
