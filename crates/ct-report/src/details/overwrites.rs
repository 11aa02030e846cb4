//! Decides which calls created a resource, among calls such as `PutRolePolicy` that create or
//! overwrite one.

use foldhash::{HashMap, HashSet};

use crate::created::Resource;
use crate::evidence::Evidence;
use crate::evidence::event::Event;
use crate::fate::CallMeaning;
use crate::symbols::Symbol;

/// If a call such as `PutRolePolicy` overwrote a resource that existed already, removes the
/// resource from the resources that the call created. In an account and region, the first call with
/// a name creates the resource, and so does the first call after a deletion of the resource. If a
/// deletion and a call happen in the same second, the deletion is assumed to be earlier, because
/// the call may have created the resource again.
pub(super) fn keep_creations(evidence: &mut Evidence) {
    let mut existing = ExistingResources::default();
    let mut second = 0;
    for index in 0..evidence.events.len() {
        let time = evidence.events[index].time();
        if second != time {
            second = time;
            let events = evidence.events[index..].iter();
            for event in events.take_while(|event| event.time() == time) {
                existing.delete(evidence, event);
            }
        }
        let event = &evidence.events[index];
        if !event
            .resources()
            .iter()
            .any(|resource| resource.may_overwrite)
        {
            continue;
        }
        let meaning = existing.meaning(evidence, event.name);
        let (place, noun) = (place(evidence, event), meaning.noun.clone());
        let event = &mut evidence.events[index];
        let detail = event.rare.as_mut().and_then(|rare| rare.detail.as_mut());
        let Some(detail) = detail else {
            continue;
        };
        let resources = std::mem::take(&mut detail.resources).into_iter();
        let new = resources.filter(|resource| existing.add(place, &noun, resource));
        detail.resources = new.collect();
        detail.creates = !detail.resources.is_empty();
    }
}

/// An account, a region and an event source. The region is empty for IAM, which has no regions.
type ServiceRegion = (Symbol, Symbol, Symbol);

/// The existing resources with the same name and [`ServiceRegion`]. Each resource is two values:
/// the noun in the name of the call that created it, and its additional identifier.
type SameNameResources = HashSet<(String, Option<Symbol>)>;

fn place(evidence: &Evidence, event: &Event) -> ServiceRegion {
    let is_global = evidence.text(event.source) == "iam.amazonaws.com";
    let region = if is_global {
        Symbol::NONE
    } else {
        event.region
    };
    (event.account, region, event.source)
}

/// The resources that exist after the calls that were processed so far.
#[derive(Default)]
struct ExistingResources {
    /// The existing resources by [`ServiceRegion`] and name.
    resources: HashMap<(ServiceRegion, Symbol), SameNameResources>,
    meanings: HashMap<Symbol, CallMeaning>,
}

impl ExistingResources {
    fn meaning(&mut self, evidence: &Evidence, name: Symbol) -> &CallMeaning {
        let meaning = || CallMeaning::new(evidence.text(name));
        self.meanings.entry(name).or_insert_with(meaning)
    }

    /// Adds a resource, and returns whether it did not exist before.
    fn add(&mut self, place: ServiceRegion, noun: &str, resource: &Resource) -> bool {
        let name = resource.names.first().copied().unwrap_or_default();
        let alike = self.resources.entry((place, name)).or_default();
        alike.insert((noun.to_owned(), resource.within))
    }

    /// Removes the resources that a call deleted.
    fn delete(&mut self, evidence: &Evidence, event: &Event) {
        let touched = event.touched();
        if self.resources.is_empty() || touched.is_empty() || !event.succeeded() {
            return;
        }
        let meaning = self.meaning(evidence, event.name);
        if !meaning.is_deleting {
            return;
        }
        let deleted = meaning.noun.clone();
        for &name in touched {
            if let Some(alike) = self.resources.get_mut(&(place(evidence, event), name)) {
                alike.retain(|(noun, within)| {
                    let is_within = within.is_none_or(|within| touched.contains(&within));
                    *noun != deleted || !is_within
                });
            }
        }
    }
}
