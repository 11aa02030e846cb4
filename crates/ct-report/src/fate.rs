//! Finds what became of created resources: which later records changed, shared or deleted them.

use std::collections::HashMap;

use crate::created::Resource;
use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::evidence::symbols::Symbol;

/// What later records did to a created resource; indices of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// The first successful deletion.
    pub(crate) deleted: Option<usize>,
    /// Refused deletions.
    pub(crate) refused_deletions: Vec<usize>,
    /// Calls that gave others access.
    pub(crate) shared: Vec<usize>,
    /// Other calls that changed something and name it.
    pub(crate) changed: Vec<usize>,
}

/// What the names of deleting calls begin with.
const DELETING: [&str; 8] = [
    "Delete",
    "Terminate",
    "Deregister",
    "Release",
    "Unsubscribe",
    "Revoke",
    "Cancel",
    "Remove",
];

/// Calls that may give others access to a resource.
const SHARING: [&str; 24] = [
    "AddLayerVersionPermission",
    "AddPermission",
    "AssociateResourceShare",
    "CreateGrant",
    "CreateResourceShare",
    "ModifyDBClusterSnapshotAttribute",
    "ModifyDBSnapshotAttribute",
    "ModifyDocumentPermission",
    "ModifyFpgaImageAttribute",
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "ModifyVpcEndpointServicePermissions",
    "PutBucketAcl",
    "PutBucketPolicy",
    "PutImageRecipePolicy",
    "PutKeyPolicy",
    "PutObjectAcl",
    "PutRepositoryPolicy",
    "PutResourcePolicy",
    "SetQueueAttributes",
    "SetRepositoryPolicy",
    "SetTopicAttributes",
    "SetVaultAccessPolicy",
    "UpdateAssumeRolePolicy",
];

/// Calls by the names they touch.
pub(crate) struct Fates<'e> {
    evidence: &'e Evidence,
    by_name: HashMap<Symbol, Vec<usize>>,
}

impl<'e> Fates<'e> {
    /// Indexes the calls that change something.
    pub(crate) fn new(evidence: &'e Evidence) -> Self {
        let mut by_name: HashMap<Symbol, Vec<usize>> = HashMap::new();
        for (index, event) in evidence.events.iter().enumerate() {
            if !event.is_read_only {
                for &name in event.touched() {
                    by_name.entry(name).or_default().push(index);
                }
            }
        }
        Self { evidence, by_name }
    }

    /// What became of a resource that the event at `creation` created.
    pub(crate) fn of(&self, creation: usize, resource: &Resource) -> Fate {
        let creator = &self.evidence.events[creation];
        let mut names = resource.names.clone();
        // A bucket is deleted by name, and records name it by ARN too; the last part of an ARN is a name in most.
        names.extend(resource.names.iter().filter_map(|&name| {
            let text = self.evidence.text(name);
            let last = text.strip_prefix("arn:")?.rsplit([':', '/']).next()?;
            self.evidence.symbols.find(last)
        }));
        let mut calls: Vec<usize> = names
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .flatten()
            .copied()
            .collect();
        calls.sort_unstable();
        calls.dedup();
        let mut fate = Fate::default();
        for index in calls.into_iter().filter(|&index| index != creation) {
            let event = &self.evidence.events[index];
            if !self.is_same_place(creator, event) || event.time < creator.time {
                continue;
            }
            let within = resource.within.some();
            let is_within = within.is_none_or(|within| event.touched().contains(&within))
                || self.is_unique(resource);
            if self.deletes(event, creator) && is_within {
                match (event.succeeded(), fate.deleted) {
                    (true, None) => fate.deleted = Some(index),
                    (false, None) => fate.refused_deletions.push(index),
                    _ => {}
                }
            } else if fate.deleted.is_none() && event.succeeded() && is_within {
                let name = stem(self.evidence.text(event.name));
                if SHARING.contains(&name) {
                    fate.shared.push(index);
                } else if !event.detail.as_ref().is_some_and(|detail| detail.creates) {
                    fate.changed.push(index);
                }
            }
        }
        fate
    }

    /// Whether a name alone tells a resource from all others: an access key's does, and its user may be left out.
    fn is_unique(&self, resource: &Resource) -> bool {
        self.evidence.text(resource.kind) == "AWS::IAM::AccessKey"
    }

    fn is_same_place(&self, one: &Event, other: &Event) -> bool {
        let source = self.evidence.text(one.source);
        let is_global = matches!(source, "iam.amazonaws.com" | "s3.amazonaws.com");
        one.source == other.source
            && one.account == other.account
            && (is_global || one.region == other.region)
    }

    /// Whether a call deletes what the other call creates, by the nouns in their names.
    fn deletes(&self, event: &Event, creator: &Event) -> bool {
        let name = stem(self.evidence.text(event.name));
        let created = noun(stem(self.evidence.text(creator.name)));
        match name {
            "EndSecretVersionDelete" => created == "secret",
            "ScheduleKeyDeletion" => created == "key",
            "TerminateInstances" => created == "instance",
            "DeleteParameters" => created == "parameter",
            "DeregisterImage" => created == "image",
            _ => {
                let deleting = DELETING.iter().find_map(|verb| name.strip_prefix(verb));
                deleting.is_some_and(|_| noun(name) == created)
            }
        }
    }
}

/// An event's name without the version of the API.
fn stem(name: &str) -> &str {
    let end = name.find(|letter: char| letter.is_ascii_digit());
    match end {
        Some(end) if name[end..].starts_with("20") && name.len() - end >= 8 => &name[..end],
        _ => name,
    }
}

/// What is behind the verb of a call's name, in lower case and in the singular.
fn noun(name: &str) -> String {
    let rest = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase());
    let noun = rest
        .map_or(name, |(at, _)| &name[at..])
        .to_ascii_lowercase();
    let noun = match noun.as_str() {
        "dbinstancereadreplica" | "dbinstancefromdbsnapshot" => "dbinstance".to_owned(),
        _ => noun,
    };
    noun.strip_suffix('s').map(str::to_owned).unwrap_or(noun)
}
