//! Finds the origin of each temporary access key, and grades the confidence in it. A direct call is
//! a call that the holder of a key made, not a service for the holder.

use std::num::NonZeroU64;

use foldhash::HashMap;
use serde::Serialize;

use crate::evidence::event::Event;
use crate::evidence::{ByKey, Evidence, KeyUses, index_of};
use crate::lineage::sessions::Sessions;
use crate::symbols::Symbol;

mod sessions;

/// The confidence in the origin of a key, highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Grade {
    /// The record of the call that issued the key contains the key.
    Exact,
    /// A service used the key in a call with the same request ID as a direct call by another key.
    SameRequest,
    /// The key was issued to an instance or a function.
    Instance,
    /// The key belongs to a session in which another key made direct calls, or to a console
    /// session.
    Session,
    /// A service used the key within seconds of a direct call to this service by the same
    /// principal.
    Inferred,
    /// A service used the key for a principal, but the records do not show which direct call caused
    /// this.
    Weak,
    /// The origin is unknown.
    Orphan,
}

/// The origin of one key that occurs in the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyOrigin {
    /// The access key.
    pub(crate) key: Symbol,
    /// The confidence in the origin.
    pub(crate) grade: Grade,
    /// The origin: the ID of the issuing event, a key, a session, the ID of an instance, the ARN of
    /// a function, or a principal. `None` if it is unknown.
    pub(crate) from: Option<Box<str>>,
    /// The key of the caller who obtained this key, or the empty string if it is unknown.
    pub(crate) parent: Symbol,
    /// The index of the event that shows the origin, or `None` if the origin is unknown.
    pub(crate) proof: Option<u32>,
}

/// The record of a call that issued a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyIssue {
    /// Who requested the key. This is the first of the following values that is known: the access
    /// key of the caller, the service that made the call, and the principal ID, ARN and account of
    /// the caller.
    pub(crate) issuer: Symbol,
    /// The new key.
    pub(crate) issued: Symbol,
    /// The index of the issuing event.
    pub(crate) event: u32,
}

/// The origins of the keys in the evidence.
pub(crate) struct Lineage {
    /// The records of calls that issued keys, in order of time.
    pub(crate) issues: Vec<KeyIssue>,
    /// The origins of the keys, in order of first use.
    pub(crate) origins: Vec<KeyOrigin>,
    /// The events of each key.
    pub(crate) by_key: ByKey,
}

/// The maximum number of seconds between a direct call and a call that a service made because of
/// the direct call.
const INFERRED_SECONDS: i64 = 3;

/// The prefix of all temporary keys.
pub(crate) const TEMPORARY: &str = "ASIA";

impl KeyOrigin {
    /// The index of the call by which a service got the key. `None` if the record of this call is
    /// missing, or if the call was made with a key.
    pub(crate) fn issue_to_service(&self, evidence: &Evidence) -> Option<usize> {
        let proof = self.proof.filter(|_| self.grade == Grade::Exact)? as usize;
        let event = &evidence.events[proof];
        (event.key.is_none() && !event.invoked_by.is_none()).then_some(proof)
    }
}

impl Lineage {
    /// Finds the origin of every used key that is temporary or was issued in these records.
    pub(crate) fn new(evidence: &Evidence) -> Self {
        let issues = issues(evidence);
        let by_key = evidence.by_key();
        let mut wanted = by_key.all();
        wanted.retain(|uses| {
            let key = uses.key();
            evidence.text(key).starts_with(TEMPORARY) || issued_by(&issues, key).is_some()
        });
        let direct = DirectCalls::new(evidence, &wanted);
        let mut origins = Vec::with_capacity(wanted.len());
        origins.extend(wanted.iter().map(|&uses| direct.explain(uses, &issues)));
        drop((direct, wanted));
        let mut lineage = Self {
            issues,
            origins,
            by_key,
        };
        lineage.issues.sort_unstable_by_key(|issue| issue.event);
        lineage
    }
}

/// The records of calls that issued keys, one for each key, sorted by key. If two accounts recorded
/// the same call, the record with the caller's key is used.
fn issues(evidence: &Evidence) -> Vec<KeyIssue> {
    let mut issues = Vec::new();
    for (index, event) in evidence.events.iter().enumerate() {
        let Some((key, _)) = event.issued() else {
            continue;
        };
        let callers = [
            event.key,
            event.invoked_by,
            event.principal,
            event.identity,
            event.account,
        ];
        issues.push(KeyIssue {
            issuer: callers
                .into_iter()
                .find_map(Symbol::some)
                .unwrap_or_default(),
            issued: key,
            event: index_of(index),
        });
    }
    let has_key = |issue: &KeyIssue| !evidence.events[issue.event as usize].key.is_none();
    issues.sort_unstable_by_key(|issue| (issue.issued, !has_key(issue), issue.event));
    issues.dedup_by_key(|issue| issue.issued);
    issues
}

/// The index of the event that issued `key`, or `None` if no record of such an event exists.
fn issued_by(issues: &[KeyIssue], key: Symbol) -> Option<usize> {
    let at = issues.binary_search_by_key(&key, |issue| issue.issued);
    at.ok().map(|at| issues[at].event as usize)
}

/// The direct calls, indexed by the facts that link a direct call with a call by another key.
struct DirectCalls<'e> {
    evidence: &'e Evidence,
    /// The direct calls by request ID. A request ID is included only if a call by a service has the
    /// same request ID.
    by_request: HashMap<NonZeroU64, Vec<u32>>,
    by_session: Sessions,
    /// The direct calls by principal. A principal is included only if a service made a call for
    /// this principal.
    by_principal: HashMap<Symbol, Vec<u32>>,
    /// The calls that switched to a role in the console, by the principal and the account of the
    /// new role session.
    switches: HashMap<(Symbol, Symbol), Vec<usize>>,
}

impl<'e> DirectCalls<'e> {
    fn new(evidence: &'e Evidence, keys: &[KeyUses<'_>]) -> Self {
        let mut direct = Self {
            evidence,
            by_request: HashMap::default(),
            by_session: Sessions::new(&evidence.events),
            by_principal: HashMap::default(),
            switches: HashMap::default(),
        };
        let uses = keys.iter().flat_map(|uses| uses.iter());
        let uses = uses.map(|index| &evidence.events[index]);
        for event in uses.filter(|event| !event.is_direct()) {
            direct.by_principal.entry(event.principal).or_default();
            if let Some(request) = event.request {
                direct.by_request.entry(request).or_default();
            }
        }
        for index in switches(evidence) {
            let event = &evidence.events[index];
            let session = direct.switches.entry((event.principal, event.account));
            session.or_default().push(index);
        }
        let calls = evidence.events.iter().enumerate();
        for (index, event) in calls.filter(|(_, event)| event.is_direct()) {
            let index = index_of(index);
            let request = event.request;
            if let Some(calls) = request.and_then(|id| direct.by_request.get_mut(&id)) {
                calls.push(index);
            }
            if let Some(calls) = direct.by_principal.get_mut(&event.principal) {
                calls.push(index);
            }
            direct.by_session.add(&evidence.events, index);
        }
        direct
    }

    fn event(&self, index: usize) -> &'e Event {
        &self.evidence.events[index]
    }

    /// The origin of a key, according to the rule with the highest confidence.
    fn explain(&self, uses: KeyUses<'_>, issues: &[KeyIssue]) -> KeyOrigin {
        let key = uses.key();
        let origin = |grade, from: Option<String>, parent, proof: Option<usize>| KeyOrigin {
            key,
            grade,
            from: from.map(String::into_boxed_str),
            parent,
            proof: proof.map(index_of),
        };
        if let Some(event) = issued_by(issues, key) {
            let call = self.event(event);
            return origin(
                Grade::Exact,
                Some(self.evidence.id(call)),
                call.key,
                Some(event),
            );
        }
        if let Some((parent, proof)) = self.same_request(uses) {
            let from = self.evidence.text(parent).to_owned();
            return origin(Grade::SameRequest, Some(from), parent, Some(proof));
        }
        if let Some((from, proof)) = self.recipient(uses) {
            return origin(Grade::Instance, Some(from), Symbol::NONE, Some(proof));
        }
        if let Some((from, proof)) = self.session(uses).or_else(|| self.switched(uses)) {
            return origin(Grade::Session, Some(from), Symbol::NONE, Some(proof));
        }
        if let Some(proof) = self.inferred(uses) {
            let parent = self.event(proof).key;
            let from = self.evidence.text(parent).to_owned();
            return origin(Grade::Inferred, Some(from), parent, Some(proof));
        }
        if let Some(index) = uses
            .iter()
            .find(|&index| !self.event(index).invoked_by.is_none())
        {
            let from = self.evidence.text(self.event(index).principal).to_owned();
            return origin(Grade::Weak, Some(from), Symbol::NONE, Some(index));
        }
        let is_on_behalf =
            |&index: &usize| !self.event(index).link(|links| links.on_behalf_of).is_none();
        if let Some(index) = uses.iter().find(is_on_behalf) {
            let person = self.event(index).link(|links| links.on_behalf_of);
            let from = self.evidence.text(person).to_owned();
            return origin(Grade::Weak, Some(from), Symbol::NONE, Some(index));
        }
        origin(Grade::Orphan, None, Symbol::NONE, None)
    }

    /// The instance or function that received a key, and the index of the call whose record shows
    /// this.
    fn recipient(&self, uses: KeyUses<'_>) -> Option<(String, usize)> {
        uses.iter()
            .find_map(|index| Some((recipient(self.evidence, self.event(index))?, index)))
    }

    /// The session of a key, and the index of the role switch in the console that started the
    /// session. `None` without such a switch.
    fn switched(&self, uses: KeyUses<'_>) -> Option<(String, usize)> {
        uses.iter().find_map(|index| {
            let event = self.event(index);
            let session = session(event)?;
            let switches = self.switches.get(&(event.principal, event.account))?;
            let before = switches.iter().rev();
            let mut before = before.filter(|&&switch| self.event(switch).time() <= event.time());
            let &proof = before.next()?;
            Some((session_text(self.evidence, session), proof))
        })
    }

    /// Finds the direct call that made a service use this key, by the request ID. Returns the key
    /// and the index of the direct call.
    ///
    /// Of the calls with this key, only those by services are considered, because a console
    /// session's key shares request IDs with the keys that are derived from it.
    fn same_request(&self, uses: KeyUses<'_>) -> Option<(Symbol, usize)> {
        let calls = uses.iter().map(|index| self.event(index));
        let by_services = calls.filter(|event| !event.is_direct());
        let mut requests = by_services.filter_map(|event| Some((event, event.request?)));
        requests.find_map(|(event, request)| {
            let calls = self.by_request.get(&request)?;
            // Callers can partly choose request IDs, so the principal and the account must match
            // too.
            let mut parents = calls.iter().map(|&call| call as usize).filter(|&call| {
                let direct = self.event(call);
                direct.key != uses.key()
                    && direct.principal == event.principal
                    && direct.account == event.account
            });
            parents.next().map(|call| (self.event(call).key, call))
        })
    }

    /// The session of a key as `principalId+creationDate`, and the index of the event that proves
    /// it: a direct call by another key in the session, or a call in a console session. `None`
    /// without such an event.
    fn session(&self, uses: KeyUses<'_>) -> Option<(String, usize)> {
        let mut last = None;
        uses.iter().find_map(|index| {
            let event = self.event(index);
            let session = session(event)?;
            // Most keys have only one session, so the session of the preceding call is not searched
            // again.
            let is_new = last.replace(session) != Some(session);
            let sibling = is_new
                .then(|| self.by_session.sibling(&self.evidence.events, event))
                .flatten();
            let proof = sibling.or(event.is_console.then_some(index))?;
            Some((session_text(self.evidence, session), proof))
        })
    }

    /// The index of the direct call that probably made a service use the key. A direct call that
    /// shares a name with the service's call takes precedence over one that is closer in time.
    fn inferred(&self, uses: KeyUses<'_>) -> Option<usize> {
        let candidates = uses.iter().flat_map(|index| {
            let event = self.event(index);
            let calls = self
                .by_principal
                .get(&event.principal)
                .filter(|_| !event.invoked_by.is_none())
                .map_or(&[][..], Vec::as_slice);
            let start = calls.partition_point(|&call| {
                self.event(call as usize).time() < event.time() - INFERRED_SECONDS
            });
            let near = calls[start..].iter().map(|&call| call as usize);
            let near = near.take_while(move |&call| {
                self.event(call).time() <= event.time() + INFERRED_SECONDS
            });
            near.filter_map(move |call| {
                let direct = self.event(call);
                let fits = direct.source == event.invoked_by && direct.key != uses.key();
                fits.then(|| {
                    let names_it = self.evidence.names.are_shared(event, direct);
                    (!names_it, (direct.time() - event.time()).abs(), call)
                })
            })
        });
        candidates.min().map(|(.., call)| call)
    }
}

/// The indices of the successful role switches in the console, in order of time.
pub(crate) fn switches(evidence: &Evidence) -> impl Iterator<Item = usize> {
    let events = evidence.events.iter().enumerate();
    let switches = events.filter(|(_, event)| {
        event.succeeded() && !event.link(|links| links.switched_from).is_none()
    });
    switches.map(|(index, _)| index)
}

/// The ID of the instance or the ARN of the function to which AWS delivered the key of a call.
/// `None` if the key belongs to neither.
pub(crate) fn recipient(evidence: &Evidence, event: &Event) -> Option<String> {
    if event.is_instance {
        let principal = evidence.text(event.principal);
        let instance = principal.rsplit(':').next().unwrap_or(principal);
        return Some(instance.to_owned());
    }
    let arn = event.link(|links| links.issued_to).some()?;
    let arn = evidence.text(arn);
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let recipient = if name.starts_with("i-") { name } else { arn };
    Some(recipient.to_owned())
}

/// The principal ID and the start of the session of a call, which identify the session.
pub(crate) fn session(event: &Event) -> Option<(Symbol, Symbol)> {
    Some((event.principal.some()?, event.session_start.some()?))
}

/// Formats a session as `principalId+creationDate`.
pub(crate) fn session_text(evidence: &Evidence, (principal, start): (Symbol, Symbol)) -> String {
    format!("{}+{}", evidence.text(principal), evidence.text(start))
}
