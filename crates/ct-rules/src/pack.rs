//! The built-in rules.

/// What findings of built-in rules name as the rule's file.
pub(crate) const FILE: &str = "builtin";

/// A file of the pack.
pub(crate) struct Text {
    pub(crate) stem: &'static str,
    pub(crate) end: &'static str,
    pub(crate) rules: &'static str,
}

/// The files, by area.
const TEXTS: [Text; 1] = [Text {
    stem: "trail",
    end: "yml",
    rules: include_str!("../pack/trail.yml"),
}];

/// The files that a name stands for: all of them, or those of an area.
pub(crate) fn named(name: &str) -> Option<impl Iterator<Item = &'static Text> + use<'_>> {
    let is_known = name == FILE || TEXTS.iter().any(|text| text.stem == name);
    is_known.then(|| {
        TEXTS
            .iter()
            .filter(move |text| name == FILE || text.stem == name)
    })
}

/// The names of the areas.
#[must_use]
pub fn areas() -> Vec<&'static str> {
    let mut areas: Vec<&str> = TEXTS.iter().map(|text| text.stem).collect();
    areas.dedup();
    areas
}
