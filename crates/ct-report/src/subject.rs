//! Selects the records for a report: the records of a credential and of the credentials derived from it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use ct_core::predicate::{Network, NotANetwork};
use foldhash::{HashMap, HashSet};
use serde::Serialize;

use crate::evidence::event::Event;
use crate::evidence::id::Id;
use crate::evidence::{ByKey, Evidence};
use crate::lineage::{self, Grade, KeyOrigin, Lineage};
use crate::symbols::Symbol;

/// The subject of the report. If it is empty, the report covers all records.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Subject {
    /// Access keys.
    pub(crate) keys: Vec<String>,
    /// Principal IDs, ARNs or user names.
    pub(crate) principals: Vec<String>,
    /// Source addresses and networks.
    pub(crate) addresses: Vec<Address>,
    /// Sessions, as `principalId+creationDate` or by their name.
    pub(crate) sessions: Vec<String>,
    /// How far derived credentials are followed.
    pub(crate) credentials: Credentials,
}

/// A source address or a network, as given: `192.0.2.7`, `192.0.2.0/24`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Address {
    /// The text on the command line.
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

/// The minimum confidence of a link to a derived credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Credentials {
    /// Issued keys, and keys with the same request ID
    Exact,
    /// Also keys of the same session, and of created instances and functions
    #[default]
    Session,
    /// Also keys that services used within seconds of a call, and other keys that services used for the principal
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

    /// Whether a source address is one of the subject's, or in one of its networks.
    fn comes_from_address(&self, address: &str) -> bool {
        let mut networks = self.addresses.iter().map(|address| &address.network);
        networks.any(|network| network.contains(address))
    }

    /// Whether an event belongs to the subject itself. `keys` contains the symbols of the subject's keys.
    fn matches(&self, evidence: &Evidence, keys: &[Symbol], event: &Event) -> bool {
        keys.contains(&event.key)
            || !self.principals.is_empty() && self.is_by_principal(evidence, event)
            || !self.addresses.is_empty() && self.comes_from_address(evidence.text(event.address))
            || !self.sessions.is_empty() && self.is_in_session(evidence, event)
    }

    fn is_by_principal(&self, evidence: &Evidence, event: &Event) -> bool {
        let principal = evidence.text(event.principal);
        let id = principal.split_once(':').map_or(principal, |(id, _)| id);
        let others = [
            event.identity,
            event.user,
            event.link(|links| links.on_behalf_of),
            event.link(|links| links.switched_from),
        ];
        self.principals.iter().any(|wanted| {
            wanted == principal
                || wanted == id
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

/// The selected records.
pub(crate) struct Selection {
    /// The indices of the events, in order of time.
    pub(crate) events: Vec<usize>,
    /// The followed keys, each with its origin, or `None` for the subject's own keys.
    pub(crate) keys: BTreeMap<Symbol, Option<KeyOrigin>>,
}

impl Selection {
    /// Selects the records of the subject itself, and of the derived keys that are followed.
    pub(crate) fn new(evidence: &Evidence, lineage: &Lineage, subject: &Subject) -> Self {
        if subject.is_everybody() {
            let keys = evidence.events.iter().filter_map(|event| event.key.some());
            return Self {
                events: (0..evidence.events.len()).collect(),
                keys: keys.map(|key| (key, None)).collect(),
            };
        }
        let mut following = Following::default();
        let own = subject.keys.iter();
        let own: Vec<Symbol> = own.filter_map(|key| evidence.symbols.find(key)).collect();
        for (index, event) in evidence.events.iter().enumerate() {
            if subject.matches(evidence, &own, event) {
                following.add(evidence, index);
                // An address may be shared, so a key that was used from it does not belong to the subject.
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
            events: following.events.into_iter().collect(),
            keys: following.keys,
        }
    }
}

/// The identities known to belong to the subject so far.
#[derive(Default)]
struct Following {
    events: BTreeSet<usize>,
    keys: BTreeMap<Symbol, Option<KeyOrigin>>,
    sessions: HashSet<String>,
    principals: HashSet<String>,
    /// IDs of instances and ARNs of functions.
    instances: HashSet<String>,
    /// Identities that were used in the console.
    consoles: HashSet<Symbol>,
    /// Role sessions that were started by a switch in the console, by principal and account, with the time.
    switched: HashMap<(Symbol, Symbol), i64>,
    /// The shared event IDs of calls that other accounts also recorded.
    shared: HashSet<Id>,
    /// Users that received a password, with their account and the time.
    passwords: HashMap<(Symbol, Symbol), i64>,
}

impl Following {
    fn add(&mut self, evidence: &Evidence, index: usize) {
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
        self.shared
            .extend(event.links().and_then(|links| links.shared));
        if let Some(person) = event.link(|links| links.on_behalf_of).some() {
            self.principals.insert(evidence.text(person).to_owned());
        }
        if event.is_direct() {
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
                self.passwords
                    .entry((event.account, name))
                    .or_insert(event.time());
            }
        }
        let names = detail.resources.iter().flat_map(|resource| &resource.names);
        let instances = names
            .map(|&name| evidence.text(name))
            .filter(|name| name.starts_with("i-") || name.split(':').nth(2) == Some("lambda"));
        self.instances.extend(instances.map(str::to_owned));
    }

    /// Adds derived keys until there are no more.
    fn follow(&mut self, evidence: &Evidence, lineage: &Lineage, credentials: Credentials) {
        let switches: Vec<usize> = lineage::switches(evidence).collect();
        loop {
            self.add_sign_ins(evidence);
            if credentials != Credentials::Exact {
                self.add_switches(evidence, &switches);
            }
            let fresh = lineage.origins.iter().filter(|origin| {
                let is_new = !self.keys.contains_key(&origin.key);
                is_new
                    && credentials.follows(origin.grade)
                    && self.leads_to(evidence, origin, &lineage.by_key)
            });
            let fresh: Vec<KeyOrigin> = fresh.cloned().collect();
            if fresh.is_empty() {
                break;
            }
            for origin in fresh {
                for index in lineage.by_key.of(origin.key).iter() {
                    self.add(evidence, index);
                }
                self.keys.insert(origin.key, Some(origin));
            }
        }
        self.add_copies(evidence);
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
                        event.is_console && self.has_password(event) || self.is_switched(event)
                    })
            }
            Grade::Instance => self.instances.contains(from),
            Grade::Weak => self.principals.contains(from),
            Grade::Orphan => false,
        }
    }

    /// Whether the user of a call had received a password before the call.
    fn has_password(&self, event: &Event) -> bool {
        let since = self.passwords.get(&(event.account, event.user));
        since.is_some_and(|&since| event.time() >= since)
    }

    /// Whether a call was made in a role session after a switch to the role.
    fn is_switched(&self, event: &Event) -> bool {
        let since = self.switched.get(&(event.principal, event.account));
        since.is_some_and(|&since| event.time() >= since)
    }

    /// Adds the sign-ins, which have no key, of users who received a password.
    fn add_sign_ins(&mut self, evidence: &Evidence) {
        if self.passwords.is_empty() {
            return;
        }
        for (index, event) in evidence.events.iter().enumerate() {
            if evidence.text(event.name) == "ConsoleLogin" && self.has_password(event) {
                self.add(evidence, index);
            }
        }
    }

    /// Adds the role switches, which have no key, of identities that were used in the console. Follows switches
    /// from role to role.
    fn add_switches(&mut self, evidence: &Evidence, switches: &[usize]) {
        for &index in switches {
            let from = evidence.events[index].link(|links| links.switched_from);
            if self.consoles.contains(&from) {
                self.add(evidence, index);
            }
        }
    }

    /// Adds the records of the same calls in other accounts, which have no key.
    fn add_copies(&mut self, evidence: &Evidence) {
        if self.shared.is_empty() {
            return;
        }
        for (index, event) in evidence.events.iter().enumerate() {
            let shared = event.links().and_then(|links| links.shared);
            if event.key.is_none() && shared.is_some_and(|shared| self.shared.contains(&shared)) {
                self.events.insert(index);
            }
        }
    }
}
