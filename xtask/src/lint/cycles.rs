//! Finds sibling modules that depend on each other in a cycle.

use std::collections::{BTreeMap, BTreeSet};

use super::code;
use super::references::{Module, references};

/// The references between sibling modules: for each parent module, its child modules, and for each
/// child the siblings to which it refers.
type Edges = BTreeMap<Module, BTreeMap<String, BTreeSet<String>>>;

/// The cycles in a crate with these module sources. For each parent module, the sets of child
/// modules that form a cycle.
///
/// A module may use its parent and its children. A reference between two distant modules counts as
/// a reference between the two siblings that contain them.
pub(super) fn cycles(
    sources: &BTreeMap<Module, String>,
) -> BTreeMap<Module, Vec<BTreeSet<String>>> {
    let modules: BTreeSet<Module> = sources.keys().cloned().collect();
    let mut edges = Edges::new();
    for (module, text) in sources {
        for target in references(module, &code::tokens(text), &modules) {
            let pairs = module.iter().zip(&target);
            let common = pairs.take_while(|(own, other)| own == other).count();
            if let (Some(from), Some(to)) = (module.get(common), target.get(common)) {
                let siblings = edges.entry(module[..common].to_vec()).or_default();
                siblings.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    let circles = edges
        .into_iter()
        .map(|(parent, siblings)| (parent, circles(&siblings)));
    circles.filter(|(_, circles)| !circles.is_empty()).collect()
}

/// The sets of two or more modules in which each module reaches each other module along `edges`.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = edges
        .keys()
        .map(|from| (from, reach(from, edges)))
        .collect();
    let mut found = BTreeSet::new();
    for (from, targets) in &reached {
        let back = |to: &&&String| {
            reached
                .get(**to)
                .is_some_and(|targets| targets.contains(*from))
        };
        let circle: BTreeSet<String> = targets
            .iter()
            .filter(back)
            .map(|to| (*to).clone())
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(
    from: &'a String,
    edges: &'a BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for to in edges.get(next).into_iter().flatten() {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str) -> Module {
        let parts = path.split("::").filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    fn found(sources: &[(&str, &str)]) -> Vec<(String, String)> {
        let sources = sources.iter();
        let sources = sources.map(|(path, text)| (module(path), (*text).to_owned()));
        let cycles = cycles(&sources.collect());
        let rows = cycles.into_iter().flat_map(|(parent, circles)| {
            let name = move |circle: BTreeSet<String>| {
                let names: Vec<String> = circle.into_iter().collect();
                (parent.join("::"), names.join(" "))
            };
            circles.into_iter().map(name)
        });
        rows.collect()
    }

    #[test]
    fn modules_that_use_each_other_form_a_cycle() {
        let sources = [
            ("a", "use crate::b::B;"),
            ("b", "use crate::c;"),
            ("c", "fn f() { crate::a::g() }"),
            ("d", "use crate::a;"),
        ];
        assert_eq!(found(&sources), [(String::new(), "a b c".to_owned())]);
    }

    #[test]
    fn a_parent_and_its_children_may_use_each_other() {
        let sources = [
            ("a", "mod b; mod c; use self::b::B; use self::c::C;"),
            ("a::b", "use super::Thing; use super::c::C;"),
            ("a::c", "use crate::a::Other;"),
        ];
        assert_eq!(found(&sources), []);
    }

    #[test]
    fn children_of_two_modules_form_a_cycle_of_the_two() {
        let sources = [
            ("", "mod a; mod b;"),
            ("a", "mod x; mod y;"),
            ("a::x", "use crate::b::z::Z;"),
            ("a::y", ""),
            ("b", "mod z; mod w;"),
            ("b::w", "use crate::a::y::Y;"),
            ("b::z", ""),
        ];
        assert_eq!(found(&sources), [(String::new(), "a b".to_owned())]);
    }
}
