//! STS: identifies the account of an access key, and issues access keys for roles.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::form::escape;
use crate::answer::{HttpResponse, XML};
use crate::clock::date;
use crate::random::Random;
use crate::requester::is_account;

/// The account of access keys that are not configured: the example account in the AWS
/// documentation.
const DEFAULT_ACCOUNT: &str = "111122223333";

/// The owner of an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    account: String,
    arn: String,
    user_id: String,
}

/// The access keys whose accounts are known: the configured keys, and the keys that were issued for
/// roles.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    by_key: Mutex<HashMap<String, Identity>>,
}

impl Identities {
    /// Creates the list of the configured access keys. `accounts` contains each access key with the
    /// account of its user.
    pub(crate) fn new(accounts: impl IntoIterator<Item = (String, String)>) -> Self {
        let identities = accounts
            .into_iter()
            .map(|(key, account)| (key, user(account)));
        Self {
            by_key: Mutex::new(identities.collect()),
        }
    }

    /// Returns the account of an access key, or `None` if the key is unknown.
    pub(crate) fn account(&self, access_key_id: &str) -> Option<String> {
        self.get(access_key_id).map(|identity| identity.account)
    }

    fn get(&self, access_key_id: &str) -> Option<Identity> {
        let by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        by_key.get(access_key_id).cloned()
    }

    /// Responds to a call in the AWS Query protocol. `now` is the current Unix time in seconds.
    /// `is_kept` returns whether `AssumeRole` is refused for the roles of an account.
    ///
    /// # Errors
    /// The error response, if the call is not supported or lacks a required parameter.
    pub(crate) fn answer(
        &self,
        form: &HashMap<String, String>,
        access_key_id: &str,
        now: i64,
        is_kept: impl Fn(&str) -> bool,
    ) -> Result<HttpResponse, HttpResponse> {
        let action = form.get("Action").map_or("", String::as_str);
        let result = match action {
            "GetCallerIdentity" => {
                let identity = self.get(access_key_id);
                identity
                    .unwrap_or_else(|| user(DEFAULT_ACCOUNT.to_owned()))
                    .to_xml()
            }
            "AssumeRole" => self.assume_role(form, now, is_kept)?,
            _ => {
                let message = format!("Could not find operation {action} for version 2011-06-15");
                return Err(error("InvalidAction", &message));
            }
        };
        let body = format!(
            "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}</{action}Result>{METADATA}</{action}Response>\n"
        );
        Ok(HttpResponse::ok(XML, body))
    }

    /// Issues an access key for a role. The key belongs to the role's account.
    fn assume_role(
        &self,
        form: &HashMap<String, String>,
        now: i64,
        is_kept: impl Fn(&str) -> bool,
    ) -> Result<String, HttpResponse> {
        let parameter = |name: &str| {
            let value = form.get(name).filter(|value| !value.is_empty());
            let message = format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            );
            value.ok_or_else(|| error("ValidationError", &message))
        };
        let (role_arn, session) = (parameter("RoleArn")?, parameter("RoleSessionName")?);
        let mut parts = role_arn.splitn(6, ':');
        let account = parts.nth(4).unwrap_or_default();
        let role = parts.next().and_then(|role| role.strip_prefix("role/"));
        let role = role.map(|path| path.rsplit('/').next().unwrap_or(path));
        let Some(role) = role.filter(|_| is_account(account)) else {
            let message = format!("{role_arn} is invalid");
            return Err(error("ValidationError", &message));
        };
        if is_kept(account) {
            let message = format!(
                "User: arn:aws:iam::{DEFAULT_ACCOUNT}:user/analyst is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
            );
            return Err(HttpResponse {
                status: 403,
                ..error("AccessDenied", &message)
            });
        }
        let seconds = form
            .get("DurationSeconds")
            .and_then(|text| text.parse().ok());
        let expiration = date::iso(now + seconds.unwrap_or(3600_i64));

        // The access key contains the account ID, so that readers of a log see the account, and see
        // that the key is made up.
        let mut random = Random::new(hash(role_arn), hash(session));
        let mut key = format!("ASIA{account}");
        random.push_text(&mut key, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 4);
        let role_id = format!("AROAEXAMPLE{account}:{session}");
        let identity = Identity {
            account: account.to_owned(),
            arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            user_id: role_id,
        };
        let xml = format!(
            "<AssumedRoleUser><AssumedRoleId>{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</SecretAccessKey><SessionToken>EXAMPLESESSIONTOKEN{}</SessionToken><Expiration>{expiration}</Expiration></Credentials>",
            escape(&identity.user_id),
            escape(&identity.arn),
            &key[4..],
        );
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        by_key.insert(key, identity);
        Ok(xml)
    }
}

impl Identity {
    fn to_xml(&self) -> String {
        format!(
            "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
            escape(&self.arn),
            escape(&self.user_id),
            escape(&self.account),
        )
    }
}

fn user(account: String) -> Identity {
    Identity {
        arn: format!("arn:aws:iam::{account}:user/analyst"),
        user_id: "AIDAIOSFODNN7EXAMPLE".to_owned(),
        account,
    }
}

const METADATA: &str = "<ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>";

/// Returns an error response in the AWS Query protocol.
pub(crate) fn error(code: &str, message: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ErrorResponse>\n",
        escape(message)
    );
    HttpResponse::new(400, XML, body)
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0, |hash: u64, byte| {
        hash.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::super::form::form;
    use super::*;

    fn asked(identities: &Identities, body: &str, key: &str) -> String {
        let answer = identities.answer(&form(body.as_bytes()), key, 0, |account| {
            account == "777788889999"
        });
        String::from_utf8(answer.unwrap_or_else(|refused| refused).body).unwrap()
    }

    #[test]
    fn a_roles_key_belongs_to_the_roles_account() {
        let identities = Identities::default();
        let body = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Faudit&RoleSessionName=me+too";
        let xml = asked(&identities, body, "");
        let key = xml
            .split(['<', '>'])
            .skip_while(|part| *part != "AccessKeyId")
            .nth(1);
        let key = key.unwrap();
        assert_eq!(&key[..16], "ASIA444455556666");
        assert!(xml.contains("<Expiration>1970-01-01T01:00:00Z</Expiration>"));
        assert_eq!(identities.account(key).as_deref(), Some("444455556666"));
        let xml = asked(&identities, "Action=GetCallerIdentity", key);
        assert!(xml.contains("<Arn>arn:aws:sts::444455556666:assumed-role/audit/me too</Arn>"));
    }

    #[test]
    fn an_unknown_key_belongs_to_a_user_of_the_documentations_account() {
        let xml = asked(&Identities::default(), "Action=GetCallerIdentity", "X");
        assert!(xml.contains("<Account>111122223333</Account>"));
    }

    #[test]
    fn an_account_can_refuse_to_have_its_roles_assumed() {
        let body = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A777788889999%3Arole%2Faudit&RoleSessionName=me";
        let xml = asked(&Identities::default(), body, "");
        assert!(xml.contains("<Code>AccessDenied</Code>"));
    }

    #[test]
    fn an_invalid_role_is_refused() {
        let body = "Action=AssumeRole&RoleArn=nonsense&RoleSessionName=x";
        let xml = asked(&Identities::default(), body, "");
        assert!(xml.contains("<Code>ValidationError</Code><Message>nonsense is invalid</Message>"));
    }
}
