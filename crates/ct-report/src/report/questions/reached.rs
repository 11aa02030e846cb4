//! Answers which roles, instances and accounts the subject reached.

use std::collections::BTreeSet;

use super::calls::ON_INSTANCES;
use super::words::{frequent, listed};
use super::{AnswerAndEvents, absence_of, append, nothing};
use crate::evidence::event::Event;
use crate::report::Basis;

/// The calls that issue a key for the caller, not for another identity.
const OWN: [&str; 2] = ["CreateSession", "GetSessionToken"];

/// The answer: the roles, users, instances and accounts that the subject reached.
pub(super) fn reached<'e>(basis: &Basis<'e>) -> AnswerAndEvents<'e> {
    let assumed = basis.events().filter_map(|event| {
        let whom = event.rare.as_ref()?.issued_for.some()?;
        Some((event, basis.text(whom)))
    });
    let assumed: Vec<_> = assumed.collect();
    let mut whom: BTreeSet<&str> = assumed.iter().map(|(_, whom)| *whom).collect();
    // Add the roles of the sessions in which the subject, or a key that comes from it, made calls.
    for event in basis.events() {
        let is_derived = matches!(basis.selection.keys.get(&event.key), Some(Some(_)));
        let is_switched = !event.link(|links| links.switched_from).is_none();
        let identity = basis.text(event.identity);
        if (is_derived || is_switched) && event.succeeded() && identity.contains(":assumed-role/") {
            let end = identity.rfind('/').unwrap_or(identity.len());
            whom.insert(&identity[..end]);
        }
    }
    let in_arns = whom.iter().filter_map(|whom| account(whom));
    let accounts = basis.events().map(|event| basis.text(event.account));
    let accounts: BTreeSet<&str> = accounts
        .chain(in_arns)
        .filter(|account| !account.is_empty())
        .collect();
    if accounts.is_empty() {
        return nothing(basis, "it does not occur");
    }
    let owned = |names: BTreeSet<&str>| listed(names.into_iter().map(str::to_owned).collect());
    let is_role = |whom: &&str| {
        whom.contains(":role/") || whom.contains(":assumed-role/") || in_account(whom).is_some()
    };
    let (roles, users): (BTreeSet<&str>, BTreeSet<&str>) = whom.into_iter().partition(is_role);
    let unnamed: Vec<&Event> = unnamed(basis).collect();
    let mut text = if !roles.is_empty() {
        format!("roles: {}", owned(roles))
    } else if unnamed.is_empty() {
        absence_of(basis, "a role was assumed", "no role was assumed")
    } else {
        format!(
            "whether a role was assumed cannot be shown by this evidence, because the records do not name the \
            identities of the keys that these calls issued: {}",
            frequent(basis, &unnamed, |event| event.name)
        )
    };
    if !users.is_empty() {
        append(
            &mut text,
            format_args!("; new credentials of {}", owned(users)),
        );
    }
    let instances = on_instances(basis);
    if !instances.is_empty() {
        append(
            &mut text,
            format_args!(
                "; commands or sessions on the instances {}, whose roles it may have used: taking \
                their keys leaves no record",
                owned(instances)
            ),
        );
    }
    append(&mut text, format_args!("; accounts: {}", owned(accounts)));
    (
        Ok(text),
        assumed
            .into_iter()
            .map(|(event, _)| event)
            .chain(unnamed)
            .collect(),
    )
}

/// The calls that issued a key for an identity that the records do not name. Calls that issue a key
/// for the caller are not included.
fn unnamed<'e>(basis: &Basis<'e>) -> impl Iterator<Item = &'e Event> {
    let issuing = basis
        .events()
        .filter(|event| event.issued().is_some_and(|(_, whom)| whom.is_none()));
    issuing.filter(|event| !OWN.contains(&basis.text(event.name)))
}

/// The account ID in the text of an identity. The text is an ARN, or ends with ` account ` and the
/// account ID.
fn account(whom: &str) -> Option<&str> {
    in_account(whom).or_else(|| whom.split(':').nth(4))
}

/// The account ID at the end of the text for a root user or a role of IAM Identity Center. `None`
/// for other identities.
fn in_account(whom: &str) -> Option<&str> {
    whom.rsplit_once(" account ").map(|(_, account)| account)
}

/// The instances on which the subject ran commands or opened sessions.
fn on_instances<'e>(basis: &Basis<'e>) -> BTreeSet<&'e str> {
    let calls = basis
        .events()
        .filter(|event| event.succeeded() && ON_INSTANCES.contains(&basis.text(event.name)));
    let names = calls.flat_map(Event::touched).map(|&name| basis.text(name));
    names.filter(|name| name.starts_with("i-")).collect()
}
