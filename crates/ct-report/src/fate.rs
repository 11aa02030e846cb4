//! Finds the later records that changed, shared or deleted created resources.

use foldhash::{HashMap, HashSet};

use crate::created::Resource;
use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::symbols::Symbol;
pub(crate) use meaning::CallMeaning;

mod meaning;

/// The later calls that concern a created resource, as indices of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// Of the successful deletions of the resource that no later call undid: the first.
    pub(crate) deleted: Option<usize>,
    /// Successful deletions in the same second as a creation of the resource. Records do not show
    /// the order within a second, so the resource may still exist.
    pub(crate) undecided_deletions: Vec<usize>,
    /// Failed deletions.
    pub(crate) refused_deletions: Vec<usize>,
    /// Calls that granted others access to the resource.
    pub(crate) shared: Vec<usize>,
    /// Other calls that changed the resource.
    pub(crate) changed: Vec<usize>,
}

impl Fate {
    /// Makes the first undecided deletion the deletion of the resource. Called if a later creation
    /// shows that the resource was deleted.
    fn decide(&mut self) {
        if self.deleted.is_none() {
            self.deleted = self.undecided_deletions.first().copied();
            self.undecided_deletions.clear();
        }
    }
}

/// The maximum number of earlier creations with the same name that are examined. If there are more,
/// the deletion that is found for the first examined creation may belong to a creation that was not
/// examined.
const EARLIER: usize = 8;

/// Finds the later calls that concern created resources.
pub(crate) struct Fates<'e> {
    evidence: &'e Evidence,
    by_name: HashMap<Symbol, Vec<usize>>,
    /// The creations of resources, by the type and by each name of the resource. A creation is the
    /// index of an event, and the index of the resource in [`Event::resources`].
    creations: HashMap<(Symbol, Symbol), Vec<(usize, usize)>>,
    /// The meaning of each call name.
    meanings: HashMap<Symbol, CallMeaning>,
}

impl<'e> Fates<'e> {
    /// Indexes the calls that refer to the resources that the events in `creations` created.
    pub(crate) fn new(evidence: &'e Evidence, creations: impl Iterator<Item = usize>) -> Self {
        let mut fates = Self {
            evidence,
            by_name: HashMap::default(),
            creations: HashMap::default(),
            meanings: HashMap::default(),
        };
        for resource in creations.flat_map(|index| evidence.events[index].resources()) {
            for name in names(evidence, resource) {
                fates.by_name.entry(name).or_default();
            }
        }
        for (index, event) in evidence.events.iter().enumerate() {
            if event.is_read_only {
                continue;
            }
            let mut is_named = false;
            for name in event.touched() {
                if let Some(calls) = fates.by_name.get_mut(name) {
                    calls.push(index);
                    is_named = true;
                }
            }
            fates.add_creations(index, event);
            if is_named {
                let meaning = || CallMeaning::new(evidence.text(event.name));
                fates.meanings.entry(event.name).or_insert_with(meaning);
            }
        }
        fates
    }

    fn add_creations(&mut self, index: usize, event: &Event) {
        for (row, resource) in event.resources().iter().enumerate() {
            for name in names(self.evidence, resource) {
                if self.by_name.contains_key(&name) {
                    let creations = self.creations.entry((resource.kind, name));
                    creations.or_default().push((index, row));
                    let meaning = || CallMeaning::new(self.evidence.text(event.name));
                    self.meanings.entry(event.name).or_insert_with(meaning);
                }
            }
        }
    }

    /// The later calls that concern `resource`, which the event with the index `creation` created.
    ///
    /// If a deletion and a creation happen in the same second, and there is an earlier creation
    /// with the same name, the deletion belongs to the earlier creation. Without an earlier
    /// creation, the deletion is undecided, unless the request of the deletion contains an
    /// identifier that did not exist before the creation.
    pub(crate) fn of(&self, creation: usize, resource: &Resource) -> Fate {
        let time = self.evidence.events[creation].time();
        let mut earlier: Vec<(usize, usize)> = names(self.evidence, resource)
            .iter()
            .filter_map(|&name| self.creations.get(&(resource.kind, name)))
            .flat_map(|creations| {
                let end = creations.partition_point(|(event, _)| *event < creation);
                let start = creations
                    .partition_point(|(event, _)| self.evidence.events[*event].time() < time);
                &creations[start.saturating_sub(EARLIER).min(end)..end]
            })
            .copied()
            .collect();
        earlier.sort_unstable();
        earlier.dedup();
        let mut taken = HashSet::default();
        for (event, row) in earlier {
            if let Some(resource) = self.evidence.events[event].resources().get(row) {
                taken.extend(self.fate(event, resource, &taken).deleted);
            }
        }
        self.fate(creation, resource, &taken)
    }

    /// Same as [`Fates::of`], but the deletions in `taken` are known to be of resources that other
    /// events created.
    fn fate(&self, creation: usize, resource: &Resource, taken: &HashSet<usize>) -> Fate {
        let evidence = self.evidence;
        let creator = &evidence.events[creation];
        let names = names(evidence, resource);
        let mut calls: Vec<usize> = names
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .flat_map(|calls| {
                let start =
                    calls.partition_point(|&call| evidence.events[call].time() < creator.time());
                &calls[start..]
            })
            .copied()
            .collect();
        calls.sort_unstable();
        calls.dedup();
        let mut fate = Fate::default();
        let mut revived = None;
        let again = self.created_again(creation, resource);
        for index in calls.into_iter().filter(|&index| index != creation) {
            let event = &evidence.events[index];
            if !self.is_same_place(creator, event) || !self.is_within(event, resource) {
                continue;
            }
            if event.succeeded() && self.revives(event, creator) {
                let deleted = fate.deleted.take();
                let is_undecided = |&index: &usize| evidence.events[index].time() == event.time();
                fate.undecided_deletions
                    .extend(deleted.filter(is_undecided));
                revived = Some(event.time());
            }
            if self.deletes(event, creator) {
                if again.is_some_and(|again| event.time() >= again) {
                    fate.decide();
                }
                let is_not_done = self.is_not_done(event, resource, &names);
                let is_taken = event.time() == creator.time() && taken.contains(&index);
                let is_elsewhere = self.is_elsewhere(event, creator, &names);
                // If this call deleted the resource of an earlier creation, it did not delete this
                // resource, unless this creation only overwrote the earlier resource.
                let is_others = is_taken && !resource.may_overwrite;
                if is_others || is_elsewhere || fate.deleted.is_some() {
                    continue;
                }
                let is_undecided = revived == Some(event.time())
                    || event.time() == creator.time() && !self.needs(event, creator, &names);
                match event.succeeded() && !is_not_done {
                    true if is_undecided => fate.undecided_deletions.push(index),
                    true => fate.deleted = Some(index),
                    false => fate.refused_deletions.push(index),
                }
            } else if fate.deleted.is_none() && event.succeeded() {
                let grants = event.detail().is_some_and(|detail| detail.grants);
                if grants && self.meanings[&event.name].is_sharing {
                    fate.shared.push(index);
                } else if !event.creates() {
                    fate.changed.push(index);
                }
            }
        }
        if again.is_some() {
            fate.decide();
        }
        fate
    }

    /// The time of the next creation of a resource with the same identifier, or `None` if there is
    /// no later creation. A later creation with the same identifier shows that the resource had
    /// been deleted.
    fn created_again(&self, creation: usize, resource: &Resource) -> Option<i64> {
        let name = *resource.names.first()?;
        let creations = self.creations.get(&(resource.kind, name))?;
        let later = creations.partition_point(|(event, _)| *event <= creation);
        let creator = &self.evidence.events[creation];
        let mut later = creations[later..].iter().filter_map(|&(event, row)| {
            let event = &self.evidence.events[event];
            let other = event.resources().get(row)?;
            let is_same = other.names.first() == Some(&name) && other.within == resource.within;
            (is_same && self.is_same_place(creator, event)).then(|| event.time())
        });
        later.next()
    }

    /// Whether a call with the resource's name concerns this resource, not another one with the
    /// same name. This is true if the name is unique, or if the request contains the additional
    /// identifier or the ARN.
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

    /// Whether the response to a deletion lists the resource as not deleted. If the resource is a
    /// version, the list must also contain the version number, because it may list other versions.
    fn is_not_done(&self, event: &Event, resource: &Resource, names: &[Symbol]) -> bool {
        let not_done = event.detail().map_or(&[][..], |detail| &detail.not_done);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let version = resource
            .within
            .and_then(Symbol::some)
            .filter(|&within| is_number(self.evidence.text(within)));
        names.iter().any(|name| not_done.contains(name))
            && version.is_none_or(|version| not_done.contains(&version))
    }

    /// Whether a deletion concerns a resource with the same name and a different parent. In this
    /// case, a field such as `clusterName` has different values in the requests of the deletion and
    /// of the creation, and these values are not names of the resource.
    fn is_elsewhere(&self, event: &Event, creator: &Event, names: &[Symbol]) -> bool {
        let is_of = |value: &Symbol| names.contains(value);
        let asked = creator.fields().iter().filter(|(_, value)| !is_of(value));
        let mut pairs = asked.flat_map(|(field, value)| {
            let same = event
                .fields()
                .iter()
                .filter(move |(other, _)| other == field);
            same.map(move |(_, other)| (*value, *other))
        });
        pairs.any(|(value, other)| !is_of(&other) && !self.are_alike(value, other))
    }

    /// Whether two texts are equal, or one of the texts is an ARN or a path that ends with the
    /// other text.
    fn are_alike(&self, one: Symbol, other: Symbol) -> bool {
        self.ends_with(one, other) || self.ends_with(other, one)
    }

    /// Whether `whole` is equal to `end`, or is an ARN or a path whose last part is `end`.
    fn ends_with(&self, whole: Symbol, end: Symbol) -> bool {
        let [whole, end] = [whole, end].map(|text| self.evidence.text(text));
        let rest = whole.strip_suffix(end);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with([':', '/']))
    }

    /// Whether a call undoes the deletion of a resource that `creator` created.
    fn revives(&self, event: &Event, creator: &Event) -> bool {
        let [call, created] = [event, creator].map(|event| &self.meanings[&event.name]);
        let is_creation = event.creates();
        match call.stem.as_str() {
            "CancelKeyDeletion" => created.noun == "key",
            // `RestoreImageFromRecycleBin` and similar calls undo a deletion. A call that creates a
            // new resource from a backup does not.
            stem if stem.starts_with("Restore") && !is_creation => call.noun == created.noun,
            _ => false,
        }
    }

    /// Whether the request of a call contains an identifier that AWS chose: one of `names` that the
    /// request of the creation does not contain. Such a call must be later than the creation.
    fn needs(&self, event: &Event, creator: &Event, names: &[Symbol]) -> bool {
        let is_chosen = |name: &Symbol| {
            let mut asked = creator.touched().iter();
            asked.any(|&asked| self.ends_with(*name, asked))
        };
        let touched = event.touched();
        let mut found = names.iter().filter(|name| touched.contains(name));
        found.any(|name| !is_chosen(name))
    }

    /// Whether the name of a resource is unique although the resource has an additional identifier.
    /// Only access keys have unique names: calls may omit the user of an access key.
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

    /// Whether the names of the two calls show that `event` deletes the kind of resource that
    /// `creator` creates.
    fn deletes(&self, event: &Event, creator: &Event) -> bool {
        let [call, creating] = [event, creator].map(|event| &self.meanings[&event.name]);
        let created = creating.noun.as_str();
        match call.stem.as_str() {
            "EndSecretVersionDelete" => created == "secret",
            "ScheduleKeyDeletion" => created == "key",
            "TerminateInstances" => created == "instance",
            "Unsubscribe" => created == "subscribe",
            "DeleteParameters" => created == "parameter",
            "DeregisterImage" => created == "image",
            "StopTask" => created == "task",
            "DeleteFunction" => {
                let detail = event.detail();
                created == "function" && !detail.is_some_and(|detail| detail.is_partial)
            }
            _ => call.is_deleting && call.noun == created,
        }
    }
}

/// The names by which records refer to a resource, including the names in the ARNs. For example,
/// the request that deletes a bucket contains the name, not the ARN.
fn names(evidence: &Evidence, resource: &Resource) -> Vec<Symbol> {
    let in_arns = resource.names.iter().filter_map(|&name| {
        let name = name_in_arn(evidence.text(name))?;
        evidence.symbols.find(name)
    });
    resource.names.iter().copied().chain(in_arns).collect()
}

/// The name of the resource in an ARN or in the path of a hosted zone. `None` if the ARN has more
/// parts than a type and a name.
pub(crate) fn name_in_arn(text: &str) -> Option<&str> {
    if let Some(zone) = text.strip_prefix("/hostedzone/") {
        return Some(zone);
    }
    let resource = text.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    let (_, name) = resource
        .split_once([':', '/'])
        .unwrap_or((resource, resource));
    // The name of a task definition includes a revision after a colon.
    let is_name = resource.starts_with("task-definition/") || !name.contains([':', '/']);
    is_name.then_some(name)
}
