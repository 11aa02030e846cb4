//! AWS CLI commands that would contain a credential, as text for a person to run.

use std::collections::BTreeSet;

use ct_core::cli::shell;

use crate::report::Basis;

/// The commands, each below a comment with the account to run it in. Values from records are quoted
/// for a POSIX shell.
pub(crate) fn commands(basis: &Basis<'_>) -> Vec<String> {
    if basis.subject.is_everybody() {
        return Vec::new();
    }
    let mut keys = BTreeSet::new();
    let mut roles = BTreeSet::new();
    for event in basis
        .events()
        .filter(|event| basis.selection.keys.contains_key(&event.key))
    {
        let (key, identity) = (basis.text(event.key), basis.text(event.identity));
        let account = account_of(identity);
        if key.starts_with("AKIA") && identity.contains(":user/") {
            // Without a user, the command would apply to the keys of whoever runs it.
            let user = event.user.some().map(|user| basis.text(user));
            let user = user.or_else(|| identity.rsplit('/').next());
            keys.insert((account, key, user.unwrap_or(identity)));
        } else if key.starts_with("AKIA") && identity.ends_with(":root") {
            keys.insert((account, key, ""));
        }
        if let Some((_, rest)) = identity.split_once(":assumed-role/") {
            roles.insert((account, rest.split('/').next().unwrap_or(rest)));
        }
    }
    for event in basis
        .events()
        .filter(|event| basis.text(event.name) == "CreateAccessKey")
    {
        if let Some((key, user)) = event.issued() {
            keys.insert((basis.text(event.account), basis.text(key), basis.text(user)));
        }
    }
    let keys = keys.into_iter().map(|(account, key, user)| {
        // The root user's own keys are addressed without a user.
        let user = match user {
            "" => String::new(),
            user => format!(" --user-name {}", quoted(user)),
        };
        let key = quoted(key);
        let command = "aws iam update-access-key --status Inactive --access-key-id";
        in_account(account, &format!("{command} {key}{user}"))
    });
    let sessions = roles.into_iter().map(|(account, role)| {
        let command = format!(
            "aws iam put-role-policy --role-name {} --policy-name AWSRevokeOlderSessions --policy-document {}",
            quoted(role),
            quoted(REVOKE),
        );
        in_account(account, &command)
    });
    keys.chain(sessions).collect()
}

/// The account in an ARN, empty if it has none.
fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// A command below the account to run it in. An invalid account ID is omitted: it could end the
/// comment.
fn in_account(account: &str, command: &str) -> String {
    let is_id = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
    let account = if is_id { account } else { "unknown" };
    format!("# account {account}\n{command}")
}

/// Denies everything to sessions that began before now; the person replaces `NOW`.
const REVOKE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"NOW"}}}]}"#;

fn quoted(word: &str) -> String {
    String::from_utf8_lossy(&shell::quoted(word.as_bytes())).into_owned()
}
