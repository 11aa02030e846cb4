//! Finds what became of created resources: which later records changed, shared or deleted them.

use std::collections::{HashMap, HashSet};

use crate::created::Resource;
use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::symbols::Symbol;

/// What later records did to a created resource; indices of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// The first successful deletion that no later call undid.
    pub(crate) deleted: Option<usize>,
    /// Refused deletions.
    pub(crate) refused_deletions: Vec<usize>,
    /// Calls that gave others access.
    pub(crate) shared: Vec<usize>,
    /// Other calls that changed something and name it.
    pub(crate) changed: Vec<usize>,
}

/// What the names of deleting calls begin with.
const DELETING: [&str; 9] = [
    "Delete",
    "Terminate",
    "Deregister",
    "Release",
    "Unsubscribe",
    "Revoke",
    "Cancel",
    "Remove",
    "Retire",
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
    /// Deletions that belong to a creation, with the type and a name of what they deleted.
    claimed: HashSet<(usize, Symbol, Symbol)>,
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
        Self {
            evidence,
            by_name,
            claimed: HashSet::new(),
        }
    }

    /// What became of a resource that the event at `creation` created; creations have to be asked for in order of time.
    ///
    /// A deletion in the second of a creation belongs to an earlier creation of the same name, if there is one.
    pub(crate) fn of(&mut self, creation: usize, resource: &Resource) -> Fate {
        let evidence = self.evidence;
        let creator = &evidence.events[creation];
        let mut names = resource.names.clone();
        // A bucket is deleted by name, and records name it by ARN too.
        names.extend(resource.names.iter().filter_map(|&name| {
            let name = name_in_arn(evidence.text(name))?;
            evidence.symbols.find(name)
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
            let event = &evidence.events[index];
            if !self.is_same_place(creator, event)
                || event.time < creator.time
                || !self.is_within(event, resource)
            {
                continue;
            }
            if event.succeeded() && self.revives(event, creator, resource) {
                fate.deleted = None;
            }
            if self.deletes(event, creator) {
                let is_not_done = names.iter().any(|name| {
                    let detail = event.detail.as_ref();
                    detail.is_some_and(|detail| detail.not_done.contains(name))
                });
                let is_claimed = event.time == creator.time
                    && names
                        .iter()
                        .any(|&name| self.claimed.contains(&(index, resource.kind, name)));
                if is_claimed || fate.deleted.is_some() {
                    continue;
                }
                if event.succeeded() && !is_not_done {
                    fate.deleted = Some(index);
                } else {
                    fate.refused_deletions.push(index);
                }
            } else if fate.deleted.is_none() && event.succeeded() {
                let name = stem(evidence.text(event.name));
                if SHARING.contains(&name) {
                    fate.shared.push(index);
                } else if !event.detail.as_ref().is_some_and(|detail| detail.creates) {
                    fate.changed.push(index);
                }
            }
        }
        if let Some(deletion) = fate.deleted {
            let claims = names
                .into_iter()
                .map(|name| (deletion, resource.kind, name));
            self.claimed.extend(claims);
        }
        fate
    }

    /// Whether a call names what the resource's name needs to be unique, or the resource's ARN.
    fn is_within(&self, event: &Event, resource: &Resource) -> bool {
        let touched = event.touched();
        let mut names = resource.names.iter();
        resource
            .within
            .is_none_or(|within| touched.contains(&within))
            || self.is_unique(resource)
            || names
                .any(|name| self.evidence.text(*name).starts_with("arn:") && touched.contains(name))
    }

    /// Whether a call takes a deletion back, or makes again what it overwrites otherwise.
    fn revives(&self, event: &Event, creator: &Event, resource: &Resource) -> bool {
        let created = noun(stem(self.evidence.text(creator.name)));
        let is_creation = event.detail.as_ref().is_some_and(|detail| detail.creates);
        match stem(self.evidence.text(event.name)) {
            "CancelKeyDeletion" => created == "key",
            // `RestoreImageFromRecycleBin`, not a new resource from a backup.
            name if name.starts_with("Restore") && !is_creation => noun(name) == created,
            _ => resource.may_overwrite && event.name == creator.name,
        }
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
            "DeleteFunction" => {
                let is_partial = event
                    .detail
                    .as_ref()
                    .is_some_and(|detail| detail.is_partial);
                created == "function" && !is_partial
            }
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

/// The name in an ARN; none where its resource has more parts than a type and a name.
fn name_in_arn(text: &str) -> Option<&str> {
    let resource = text.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    let (_, name) = resource
        .split_once([':', '/'])
        .unwrap_or((resource, resource));
    (!name.contains([':', '/'])).then_some(name)
}

/// What is behind the verb of a call's name and before its source, in lower case and in the singular.
fn noun(name: &str) -> String {
    let rest = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase());
    let noun = rest.map_or(name, |(at, _)| &name[at..]);
    let source = ["From", "ToPointInTime"]
        .iter()
        .find_map(|word| noun.find(word))
        .filter(|&at| at > 0);
    let noun = source.map_or(noun, |at| &noun[..at]).to_ascii_lowercase();
    let noun = noun.strip_suffix('s').unwrap_or(&noun);
    match noun {
        "dbinstancereadreplica" => "dbinstance",
        "defaultsubnet" => "subnet",
        "defaultvpc" => "vpc",
        "metricalarm" => "alarm",
        "spotinstancerequest" => "spotinstance",
        _ => noun,
    }
    .to_owned()
}
