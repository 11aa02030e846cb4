//! Finds the records and credentials that come from the subject of a report.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use foldhash::{HashMap, HashSet};
use jiff::Timestamp;

use super::Credentials;
use crate::evidence::event::Event;
use crate::evidence::id::Id;
use crate::evidence::{ByKey, Evidence};
use crate::lineage::{self, Grade, KeyOrigin, Lineage};
use crate::symbols::Symbol;

/// The indices of the calls without a key that services made for a principal.
fn keyless(evidence: &Evidence) -> Vec<usize> {
    let calls = evidence.events.iter().enumerate().filter(|(_, event)| {
        event.key.is_none() && !event.invoked_by.is_none() && !event.principal.is_none()
    });
    calls.map(|(index, _)| index).collect()
}

/// The indices of the records without a key that have a `sharedEventID`. This field shows that
/// several accounts recorded the call.
fn copies(evidence: &Evidence) -> Vec<usize> {
    let events = evidence.events.iter().enumerate();
    let copies = events.filter(|(_, event)| event.key.is_none() && shared(event).is_some());
    copies.map(|(index, _)| index).collect()
}

fn shared(event: &Event) -> Option<Id> {
    event.links().and_then(|links| links.shared)
}

/// The indices of the sign-ins to the console.
fn sign_ins(evidence: &Evidence) -> Vec<usize> {
    let name = evidence.symbols.find("ConsoleLogin");
    let events = evidence.events.iter().enumerate();
    let sign_ins = events.filter(|(_, event)| Some(event.name) == name);
    sign_ins.map(|(index, _)| index).collect()
}

/// Whether an identity, which is an ARN or a type, is an IAM user.
fn is_iam_user(identity: &str) -> bool {
    let resource = identity.split(':').nth(5);
    identity == "IAMUser" || resource.is_some_and(|resource| resource.starts_with("user/"))
}

/// The events, keys and identities that are known so far to belong to the subject.
#[derive(Default)]
pub(super) struct Following {
    pub(super) events: BTreeSet<usize>,
    pub(super) keys: BTreeMap<Symbol, Option<KeyOrigin>>,
    sessions: HashSet<String>,
    principals: HashSet<String>,
    /// The IDs of instances and the ARNs of functions that the subject created.
    instances: HashSet<String>,
    /// The identities that the subject had in the console.
    consoles: HashSet<Symbol>,
    /// The role sessions that the subject started by switching roles in the console. The key is the
    /// principal and the account of the session. The value is the time of the switch, in Unix
    /// seconds.
    switched: HashMap<(Symbol, Symbol), i64>,
    /// The `sharedEventID`s of the subject's calls, which other accounts may have recorded too.
    shared: HashSet<Id>,
    /// The request IDs of the subject's direct calls, each with the principal and the account of
    /// the call.
    requests: HashSet<(NonZeroU64, Symbol, Symbol)>,
    /// The users to whom the subject gave a password, by account and name. The value is the time of
    /// the first call that gave the user a password, in Unix seconds.
    passwords: HashMap<(Symbol, Symbol), i64>,
    /// The number of calls that services made without a key for the subject's principals and that
    /// the report does not cover.
    pub(super) keyless_left: usize,
}

impl Following {
    pub(super) fn add(&mut self, evidence: &Evidence, index: usize) {
        let event = &evidence.events[index];
        if !self.events.insert(index) {
            return;
        }
        if event.is_console || evidence.text(event.name) == "ConsoleLogin" {
            self.consoles.insert(event.identity);
        }
        if !event.link(|links| links.switched_from).is_none() && event.succeeded() {
            let session = self.switched.entry((event.principal, event.account));
            session.or_insert(event.time());
            self.consoles.insert(event.identity);
        }
        self.shared.extend(shared(event));
        if let Some(person) = event.link(|links| links.on_behalf_of).some() {
            self.principals.insert(evidence.text(person).to_owned());
        }
        if event.is_direct() {
            let request = event.request;
            self.requests
                .extend(request.map(|id| (id, event.principal, event.account)));
            self.principals
                .insert(evidence.text(event.principal).to_owned());
            let session = lineage::session(event);
            self.sessions
                .extend(session.map(|session| lineage::session_text(evidence, session)));
        }
        let Some(detail) = event.detail() else {
            return;
        };
        let is_password = matches!(
            evidence.text(event.name),
            "CreateLoginProfile" | "UpdateLoginProfile"
        );
        if is_password && event.succeeded() {
            for &name in &detail.touched {
                let since = self.passwords.entry((event.account, name));
                let since = since.or_insert(event.time());
                *since = event.time().min(*since);
            }
        }
        let names = detail.resources.iter().flat_map(|resource| &resource.names);
        let instances = names
            .map(|&name| evidence.text(name))
            .filter(|name| name.starts_with("i-") || name.split(':').nth(2) == Some("lambda"));
        self.instances.extend(instances.map(str::to_owned));
    }

    /// Adds the credentials that come from the subject, and their records. Repeats this for the
    /// added credentials until no further credential is found.
    pub(super) fn follow(
        &mut self,
        evidence: &Evidence,
        lineage: &Lineage,
        credentials: Credentials,
    ) {
        let switches: Vec<usize> = lineage::switches(evidence).collect();
        let keyless = keyless(evidence);
        let sign_ins = sign_ins(evidence);
        let copies = copies(evidence);
        loop {
            self.add_keyless(evidence, &keyless, credentials);
            if credentials != Credentials::Exact {
                self.add_sign_ins(evidence, &sign_ins);
                self.add_switches(evidence, &switches);
            }
            // If another account also recorded a call of the subject, the issued key may be only in
            // the record of the other account.
            self.add_copies(evidence, &copies);
            let fresh = lineage.origins.iter().filter(|origin| {
                let is_new = !self.keys.contains_key(&origin.key);
                is_new
                    && credentials.follows(origin.grade)
                    && (self.leads_to(evidence, origin, &lineage.by_key)
                        || credentials.follows(Grade::Instance)
                            && self.is_delivered(evidence, origin, &lineage.by_key))
            });
            let fresh: Vec<KeyOrigin> = fresh.cloned().collect();
            if fresh.is_empty() {
                break;
            }
            for origin in fresh {
                for index in lineage.by_key.of(origin.key).iter() {
                    self.add(evidence, index);
                }
                if let Some(issue) = origin.issue_to_service(evidence) {
                    self.add(evidence, issue);
                }
                self.keys.insert(origin.key, Some(origin));
            }
        }
        self.keyless_left = self.count_keyless(evidence, &keyless);
    }

    fn leads_to(&self, evidence: &Evidence, origin: &KeyOrigin, by_key: &ByKey) -> bool {
        let from = origin.from.as_deref().unwrap_or_default();
        match origin.grade {
            Grade::Exact => origin
                .proof
                .is_some_and(|proof| self.events.contains(&(proof as usize))),
            Grade::SameRequest | Grade::Inferred => self.keys.contains_key(&origin.parent),
            Grade::Session => {
                let uses = by_key.of(origin.key).iter();
                let mut uses = uses.map(|index| &evidence.events[index]);
                self.sessions.contains(from)
                    || uses.any(|event| {
                        event.is_console && self.has_password(evidence, event)
                            || self.is_switched(event)
                    })
            }
            Grade::Instance => self.instances.contains(from),
            Grade::Weak => self.principals.contains(from),
            Grade::Orphan => false,
        }
    }

    /// Whether a service got the key of `origin` for an instance or a function that the subject
    /// created.
    fn is_delivered(&self, evidence: &Evidence, origin: &KeyOrigin, by_key: &ByKey) -> bool {
        let mut uses = by_key.of(origin.key).iter();
        !self.instances.is_empty()
            && origin.issue_to_service(evidence).is_some()
            && uses.any(|index| {
                lineage::recipient(evidence, &evidence.events[index])
                    .is_some_and(|recipient| self.instances.contains(&recipient))
            })
    }

    /// Whether a call is by an IAM user to whom the subject gave a password before the session of
    /// the call started.
    fn has_password(&self, evidence: &Evidence, event: &Event) -> bool {
        let Some(&since) = self.passwords.get(&(event.account, event.user)) else {
            return false;
        };
        let start = evidence.text(event.session_start).parse::<Timestamp>();
        // A sign-in has no session start, so the time of the sign-in is used.
        let start = start.map_or(event.time(), Timestamp::as_second);
        // A role may have the same name as the user, but the password is only for the user.
        is_iam_user(evidence.text(event.identity)) && start >= since
    }

    /// Whether a call was made in a role session that the subject started with a role switch.
    fn is_switched(&self, event: &Event) -> bool {
        let since = self.switched.get(&(event.principal, event.account));
        since.is_some_and(|&since| event.time() >= since)
    }

    /// Adds sign-ins, which have no key: the sign-ins of users to whom the subject gave a password,
    /// and the sign-ins in sessions of the subject.
    fn add_sign_ins(&mut self, evidence: &Evidence, sign_ins: &[usize]) {
        for &index in sign_ins {
            let event = &evidence.events[index];
            let session = lineage::session(event);
            let session = session.map(|session| lineage::session_text(evidence, session));
            if self.has_password(evidence, event)
                || session.is_some_and(|session| self.sessions.contains(&session))
            {
                self.add(evidence, index);
            }
        }
    }

    /// Adds the calls by which an identity that the subject had in the console switched to a role.
    /// The records of these calls contain no key. If such a switch led to a role, a further switch
    /// from this role to another one is added too.
    fn add_switches(&mut self, evidence: &Evidence, switches: &[usize]) {
        for &index in switches {
            let from = evidence.events[index].link(|links| links.switched_from);
            if self.consoles.contains(&from) {
                self.add(evidence, index);
            }
        }
    }

    /// Adds the calls without a key that services made for the subject, if `credentials` includes
    /// links of this kind.
    fn add_keyless(&mut self, evidence: &Evidence, calls: &[usize], credentials: Credentials) {
        for &index in calls {
            if self.events.contains(&index) {
                continue;
            }
            let event = &evidence.events[index];
            let request = event.request.map(|id| (id, event.principal, event.account));
            let session = || {
                let session = lineage::session(event);
                session.map(|session| lineage::session_text(evidence, session))
            };
            let is_followed = request.is_some_and(|request| self.requests.contains(&request))
                || credentials.follows(Grade::Session)
                    && session().is_some_and(|session| self.sessions.contains(&session))
                || credentials.follows(Grade::Weak)
                    && self.principals.contains(evidence.text(event.principal));
            if is_followed {
                self.add(evidence, index);
            }
        }
    }

    /// The number of calls that services made without a key for the subject's principals and that
    /// the report does not cover.
    fn count_keyless(&self, evidence: &Evidence, calls: &[usize]) -> usize {
        let left = calls.iter().filter(|&&index| {
            let principal = evidence.events[index].principal;
            !self.events.contains(&index) && self.principals.contains(evidence.text(principal))
        });
        left.count()
    }

    /// Adds the records that other accounts have of the subject's calls. These records do not
    /// contain the caller's key.
    fn add_copies(&mut self, evidence: &Evidence, copies: &[usize]) {
        for &index in copies {
            if shared(&evidence.events[index]).is_some_and(|id| self.shared.contains(&id)) {
                self.add(evidence, index);
            }
        }
    }
}
