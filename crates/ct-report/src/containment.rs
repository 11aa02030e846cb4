//! Commands of the AWS CLI that would contain a credential, as text that a person may run.

use std::collections::BTreeSet;

use ct_core::shell;

use crate::report::Basis;

/// The commands, each of its words quoted for a POSIX shell where it comes from a record.
pub(crate) fn commands(basis: &Basis<'_>) -> Vec<String> {
    if basis.subject.is_everybody() {
        return Vec::new();
    }
    let mut users = BTreeSet::new();
    let mut roles = BTreeSet::new();
    for event in basis
        .events()
        .filter(|event| basis.selection.keys.contains_key(&event.key))
    {
        let (key, identity) = (basis.text(event.key), basis.text(event.identity));
        if key.starts_with("AKIA") && identity.contains(":user/") {
            users.insert((key, basis.text(event.user)));
        }
        if let Some((_, rest)) = identity.split_once(":assumed-role/") {
            roles.insert(rest.split('/').next().unwrap_or(rest));
        }
    }
    for event in basis
        .events()
        .filter(|event| basis.text(event.name) == "CreateAccessKey")
    {
        if let Some(detail) = event
            .detail
            .as_ref()
            .filter(|detail| !detail.issued.is_none())
        {
            users.insert((basis.text(detail.issued), basis.text(detail.issued_for)));
        }
    }
    let keys = users.into_iter().map(|(key, user)| {
        format!(
            "aws iam update-access-key --status Inactive --access-key-id {} --user-name {}",
            quoted(key),
            quoted(user)
        )
    });
    let sessions = roles.into_iter().map(|role| {
        format!(
            "aws iam put-role-policy --role-name {} --policy-name AWSRevokeOlderSessions --policy-document {}",
            quoted(role),
            quoted(REVOKE),
        )
    });
    keys.chain(sessions).collect()
}

/// Denies everything to sessions that began before now; `NOW` is for the person to fill in.
const REVOKE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"NOW"}}}]}"#;

fn quoted(word: &str) -> String {
    String::from_utf8_lossy(&shell::quoted(word.as_bytes())).into_owned()
}
