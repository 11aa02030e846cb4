//! Selects the records for a report: the records of the subject (the credential that is
//! investigated) and of the credentials that come from it.

use std::collections::BTreeMap;
use std::str::FromStr;

use ct_core::predicate::{Network, NotANetwork};
use serde::Serialize;

use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::lineage::{self, Grade, KeyOrigin, Lineage};
use crate::symbols::Symbol;
use following::Following;

mod following;

/// The subject of the report. If the subject is empty, the report covers all records.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Subject {
    /// Access keys.
    pub(crate) keys: Vec<String>,
    /// Principals that the subject includes, as principal IDs, ARNs or user names.
    pub(crate) principals: Vec<String>,
    /// Source addresses and networks that the subject includes.
    pub(crate) addresses: Vec<Address>,
    /// Sessions that the subject includes, by name or as `principalId+creationDate`.
    pub(crate) sessions: Vec<String>,
    /// The links by which the report follows credentials that come from the subject.
    pub(crate) credentials: Credentials,
}

/// A source address or a network, such as `192.0.2.7` or `192.0.2.0/24`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Address {
    /// The address or network as the user gave it.
    pub(crate) text: String,
    #[serde(skip)]
    network: Network,
}

impl FromStr for Address {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        Ok(Self {
            text: text.to_owned(),
            network: text.parse()?,
        })
    }
}

/// How certain a link from one credential to another must be, so that the report follows it from
/// the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Credentials {
    /// Keys that the subject's calls issued, and keys with the request ID of a call of the subject
    Exact,
    /// Also keys of the subject's sessions, and of the instances and functions that it created
    #[default]
    Session,
    /// Also keys that AWS services used within seconds of the subject's calls, or for its principal
    Inferred,
}

impl Credentials {
    fn follows(self, grade: Grade) -> bool {
        match grade {
            Grade::Exact | Grade::SameRequest => true,
            Grade::Session | Grade::Instance => self != Self::Exact,
            Grade::Inferred | Grade::Weak => self == Self::Inferred,
            Grade::Orphan => false,
        }
    }
}

impl Subject {
    /// Whether the report covers all records.
    pub(crate) fn is_everybody(&self) -> bool {
        self.keys.is_empty()
            && self.principals.is_empty()
            && self.addresses.is_empty()
            && self.sessions.is_empty()
    }

    /// Whether the subject includes a source address: either the address itself, or a network that
    /// contains the address.
    fn comes_from_address(&self, address: &str) -> bool {
        let mut networks = self.addresses.iter().map(|address| &address.network);
        networks.any(|network| network.contains(address))
    }

    /// Whether an event belongs to the subject itself, not to a derived credential. `keys` contains
    /// the subject's keys.
    fn matches(&self, evidence: &Evidence, keys: &[Symbol], event: &Event) -> bool {
        keys.contains(&event.key)
            || !self.principals.is_empty() && self.is_by_principal(evidence, event)
            || !self.addresses.is_empty() && self.comes_from_address(evidence.text(event.address))
            || !self.sessions.is_empty() && self.is_in_session(evidence, event)
    }

    fn is_by_principal(&self, evidence: &Evidence, event: &Event) -> bool {
        let principal = evidence.text(event.principal);
        let id = principal.split_once(':').map_or(principal, |(id, _)| id);
        let identity = evidence.text(event.identity);
        let others = [
            event.identity,
            event.invoked_by,
            event.link(|links| links.on_behalf_of),
            event.link(|links| links.switched_from),
        ];
        self.principals.iter().any(|wanted| {
            wanted == principal
                || wanted == id
                // IAM does not allow two user names that differ only in case, so case is ignored.
                || wanted.eq_ignore_ascii_case(evidence.text(event.user))
                || is_session_of(identity, wanted)
                || others.iter().any(|&other| wanted == evidence.text(other))
        })
    }

    fn is_in_session(&self, evidence: &Evidence, event: &Event) -> bool {
        let principal = evidence.text(event.principal);
        let name = principal.split_once(':').map_or("", |(_, name)| name);
        let session = lineage::session(event);
        let session = session.map(|session| lineage::session_text(evidence, session));
        self.sessions.iter().any(|wanted| {
            wanted == name
                || wanted == principal
                || wanted == evidence.text(event.identity)
                || Some(wanted) == session.as_ref()
        })
    }
}

/// Whether an identity is a session of the role with the ARN `role`.
fn is_session_of(identity: &str, role: &str) -> bool {
    let Some((start, path)) = role.split_once(":role/") else {
        return false;
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let start = start.replacen(":iam:", ":sts:", 1);
    let session = identity.strip_prefix(&start);
    let session = session.and_then(|rest| rest.strip_prefix(":assumed-role/"));
    session
        .and_then(|rest| rest.strip_prefix(name))
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The records that a report covers.
pub(crate) struct Selection {
    /// The indices of the events, in order of time.
    pub(crate) events: Vec<usize>,
    /// The subject's own keys, and the keys that come from the subject (followed keys). The value
    /// is the origin of a followed key, or `None` for an own key.
    pub(crate) keys: BTreeMap<Symbol, Option<KeyOrigin>>,
    /// The number of calls that services made without a key for the subject's principals and that
    /// the report does not cover.
    pub(crate) keyless_left: usize,
}

impl Selection {
    /// Selects the records of the subject itself, and of the credentials that come from it by the
    /// links in [`Subject::credentials`].
    pub(crate) fn new(evidence: &Evidence, lineage: &Lineage, subject: &Subject) -> Self {
        if subject.is_everybody() {
            let keys = evidence.events.iter().filter_map(|event| event.key.some());
            return Self {
                events: (0..evidence.events.len()).collect(),
                keys: keys.map(|key| (key, None)).collect(),
                keyless_left: 0,
            };
        }
        let mut following = Following::default();
        let own = subject.keys.iter();
        let own: Vec<Symbol> = own.filter_map(|key| evidence.symbols.find(key)).collect();
        for (index, event) in evidence.events.iter().enumerate() {
            if subject.matches(evidence, &own, event) {
                following.add(evidence, index);
                // Several users may share an address. If the subject includes the address, a key
                // that was used from this address need not belong to the subject.
                let is_by_address = !subject.addresses.is_empty()
                    && subject.comes_from_address(evidence.text(event.address));
                if let Some(key) = event.key.some().filter(|_| !is_by_address) {
                    following.keys.insert(key, None);
                }
            }
        }
        following
            .keys
            .extend(own.into_iter().map(|key| (key, None)));
        following.follow(evidence, lineage, subject.credentials);
        Self {
            keyless_left: following.keyless_left,
            events: following.events.into_iter().collect(),
            keys: following.keys,
        }
    }
}
