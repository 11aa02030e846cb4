//! Reads the identity that made a call from `userIdentity`.

use std::hash::BuildHasher as _;

use ct_core::json::{self, Paths};
use foldhash::fast::RandomState;

use crate::symbols::{Symbol, Symbols};

/// The facts in a `userIdentity`. A string is empty if the record lacks the corresponding field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Actor {
    pub(super) key: Symbol,
    pub(super) principal: Symbol,
    pub(super) session_start: Symbol,
    /// The ARN of the identity, or the type of the identity if it has no ARN.
    pub(super) identity: Symbol,
    /// The name of the user. If the identity is not a user, the name of the role.
    pub(super) user: Symbol,
    pub(super) account: Symbol,
    pub(super) invoked_by: Symbol,
    /// Whether `sessionContext.ec2RoleDelivery` is present.
    pub(super) is_instance: bool,
    pub(super) on_behalf_of: Symbol,
    pub(super) issued_to: Symbol,
}

const PATHS: [&str; 12] = [
    "accessKeyId",
    "principalId",
    "sessionContext.attributes.creationDate",
    "arn",
    "type",
    "userName",
    "sessionContext.sessionIssuer.userName",
    "accountId",
    "invokedBy",
    "sessionContext.ec2RoleDelivery",
    "onBehalfOf.userId",
    "inScopeOf.credentialsIssuedTo",
];

/// The maximum number of cached identities, and the maximum length of a cached identity as JSON
/// text, in bytes.
const REMEMBERED: usize = 4096;
const TEXT_BYTES: usize = 2048;

/// Reads identities, and caches the latest ones, because all calls of a session have the same
/// identity, which is hundreds of bytes long.
pub(super) struct Actors {
    paths: Paths,
    state: RandomState,
    /// The cached identities as JSON text, with their facts. The hash of an identity's text
    /// determines its index in this list.
    latest: Vec<(String, Actor)>,
}

impl Actors {
    pub(super) fn new() -> Self {
        let mut paths = Paths::default();
        for path in PATHS {
            paths.add(path.split('.'));
        }
        Self {
            paths,
            state: RandomState::default(),
            latest: vec![(String::new(), Actor::default()); REMEMBERED],
        }
    }

    /// Returns the facts of an identity, given its JSON text.
    pub(super) fn read(&mut self, json: &str, symbols: &mut Symbols) -> Actor {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "only a part of the hash is used"
        )]
        let at = self.state.hash_one(json) as usize % REMEMBERED;
        let (text, actor) = &mut self.latest[at];
        if text != json {
            text.clear();
            *actor = parse(&self.paths, json, symbols);
            if json.len() > TEXT_BYTES {
                return *actor;
            }
            text.push_str(json);
        }
        *actor
    }
}

fn parse(paths: &Paths, json: &str, symbols: &mut Symbols) -> Actor {
    let mut found = [None; PATHS.len()];
    paths.read(json, &mut found);
    let mut intern = |indices: &[usize]| {
        let texts = indices
            .iter()
            .filter_map(|&index| found[index].and_then(json::content));
        let text = texts.into_iter().find(|text| !text.is_empty());
        text.map_or(Symbol::NONE, |text| symbols.intern(&text))
    };
    Actor {
        key: intern(&[0]),
        principal: intern(&[1]),
        session_start: intern(&[2]),
        identity: intern(&[3, 4]),
        user: intern(&[5, 6]),
        account: intern(&[7]),
        invoked_by: intern(&[8]),
        is_instance: found[9].is_some(),
        on_behalf_of: intern(&[10]),
        issued_to: intern(&[11]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_identity_belongs_to_its_own_text() {
        let mut symbols = Symbols::new();
        let mut actors = Actors::new();
        let long = "x".repeat(TEXT_BYTES);
        for round in 0..2 {
            for number in 0..3 * REMEMBERED {
                let more = if number % 100 == 0 { &*long } else { "" };
                let json = format!(r#"{{"accessKeyId":"K{number}","more":"{more}"}}"#);
                let actor = actors.read(&json, &mut symbols);
                assert_eq!(symbols.text(actor.key), format!("K{number}"), "{round}");
            }
        }
    }
}
