//! Lists AWS CLI commands that stop a credential and undo its effects (containment). ct-report does
//! not run the commands.

use std::collections::BTreeSet;

use crate::evidence::event::Event;
use crate::lineage::TEMPORARY;
use crate::report::{Basis, Created};
use commands::Commands;

mod commands;
mod effects;

pub(crate) use effects::CALLS;

/// The containment commands. Above each command is a comment with the account in which to run it.
/// First come the commands that stop the credentials, then those that undo changes or stop created
/// resources. Values from records are quoted for a POSIX shell.
pub(super) fn commands(basis: &Basis<'_>, created: &[Created]) -> Vec<String> {
    let mut commands = Commands::default();
    if basis.subject.is_everybody() {
        return commands.finish();
    }
    keys(basis, &mut commands);
    role_sessions(basis, &mut commands);
    user_sessions(basis, &mut commands);
    for event in basis.events().filter(|event| event.succeeded()) {
        effects::changed(basis, event, &mut commands);
    }
    for row in created.iter().filter(|row| row.deleted_by.is_none()) {
        effects::created(row, &mut commands);
    }
    commands.finish()
}

/// Adds commands that deactivate long-term keys: the keys of users and root users that the subject
/// used, and the keys that the subject created.
fn keys(basis: &Basis<'_>, commands: &mut Commands) {
    let mut keys = BTreeSet::new();
    for event in followed(basis) {
        let (key, identity) = (basis.text(event.key), basis.text(event.identity));
        // A temporary key cannot be deactivated.
        if key.is_empty() || key.starts_with(TEMPORARY) {
            continue;
        }
        if identity.contains(":user/") {
            // Without a user name, the command would apply to the keys of the person who runs it.
            keys.insert((account_of(identity), key, user(basis, event)));
        } else if identity.ends_with(":root") {
            keys.insert((account_of(identity), key, ""));
        }
    }
    let issues = basis.lineage.issues.iter();
    let own = issues.filter(|issue| basis.selection.keys.contains_key(&issue.issued));
    let own = own.map(|issue| &basis.evidence.events[issue.event as usize]);
    for event in basis.events().chain(own) {
        let created = event
            .issued()
            .filter(|_| basis.text(event.name) == "CreateAccessKey");
        if let Some((key, user)) = created {
            keys.insert((basis.text(event.account), basis.text(key), basis.text(user)));
        }
    }
    for (account, key, user) in keys {
        let command = "aws iam update-access-key --status Inactive";
        let mut options = vec![("--access-key-id", key)];
        if !user.is_empty() {
            options.push(("--user-name", user));
        }
        commands.add(account, command, &options);
    }
}

/// Adds commands that deny everything to the sessions of the roles that the subject used or obtained keys for.
fn role_sessions(basis: &Basis<'_>, commands: &mut Commands) {
    let mut roles = BTreeSet::new();
    for event in followed(basis) {
        let identity = basis.text(event.identity);
        if let Some((_, rest)) = identity.split_once(":assumed-role/") {
            roles.insert((account_of(identity), rest.split('/').next().unwrap_or(rest)));
        }
    }
    for (_, whom) in basis.events().filter_map(Event::issued) {
        let arn = basis.text(whom);
        if let Some((_, path)) = arn.split_once(":role/") {
            roles.insert((account_of(arn), path.rsplit('/').next().unwrap_or(path)));
        }
    }
    for (account, role) in roles {
        if role.starts_with("AWSServiceRoleFor") {
            // A service-linked role cannot be changed, and only its service can use it.
            continue;
        }
        if role.starts_with("AWSReservedSSO_") {
            commands.note(
                account,
                "end the sessions of the AWSReservedSSO roles of this account in IAM Identity \
                Center",
            );
        } else {
            commands.revoke(account, "aws iam put-role-policy", ("--role-name", role));
        }
    }
}

/// Adds commands that deny everything to the temporary credentials and console sessions of users.
fn user_sessions(basis: &Basis<'_>, commands: &mut Commands) {
    let mut users = BTreeSet::new();
    for event in basis.events().filter(|event| event.succeeded()) {
        let identity = basis.text(event.identity);
        let name = basis.text(event.name);
        let is_temporary = matches!(
            name,
            "ConsoleLogin" | "GetFederationToken" | "GetSessionToken"
        );
        if is_temporary && identity.contains(":user/") {
            users.insert((account_of(identity), user(basis, event)));
        }
    }
    for (account, user) in users {
        commands.revoke(account, "aws iam put-user-policy", ("--user-name", user));
    }
}

/// The calls with a key of the subject, or with a key that comes from it.
fn followed<'e>(basis: &Basis<'e>) -> impl Iterator<Item = &'e Event> {
    let keys = &basis.selection.keys;
    basis.events().filter(|event| keys.contains_key(&event.key))
}

/// The name of the user who made a call.
fn user<'e>(basis: &Basis<'e>, event: &Event) -> &'e str {
    let identity = basis.text(event.identity);
    match event.user.some() {
        Some(user) => basis.text(user),
        None => identity.rsplit('/').next().unwrap_or(identity),
    }
}

/// The account ID in an ARN, or an empty string if there is none.
fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}
