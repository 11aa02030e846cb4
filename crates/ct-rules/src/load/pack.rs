//! The built-in rules.

/// The name that stands for the built-in rules. Findings of built-in rules report this name as
/// their file.
pub(super) const FILE: &str = "builtin";

/// A file of built-in rules.
pub(super) struct PackFile {
    pub(super) area: &'static str,
    pub(super) stem: &'static str,
    pub(super) end: &'static str,
    pub(super) rules: &'static str,
}

macro_rules! text {
    ($area:literal, $stem:literal, $end:literal) => {
        PackFile {
            area: $area,
            stem: $stem,
            end: $end,
            rules: include_str!(concat!("../../pack/", $stem, ".", $end)),
        }
    };
}

/// The files of built-in rules, grouped by area.
const TEXTS: [PackFile; 13] = [
    text!("cis", "cis", "json"),
    text!("trail", "trail", "yml"),
    text!("iam", "iam", "yml"),
    text!("iam", "trust-opened", "jq"),
    text!("exposure", "exposure", "yml"),
    text!("exposure", "key-granted", "jq"),
    text!("exposure", "policy-star", "jq"),
    text!("exposure", "world-admin-port", "jq"),
    text!("compute", "compute", "yml"),
    text!("data", "data", "yml"),
    text!("window", "window", "yml"),
    text!("cis-printed", "cis-printed", "json"),
    text!("first-seen", "first-seen", "yml"),
];

/// The areas that `builtin` does not include: `cis-printed` contains the filters of the CIS
/// benchmarks as printed, without the corrections in `cis`, and `first-seen` needs a history.
const BY_NAME_ONLY: [&str; 2] = ["cis-printed", "first-seen"];

/// Returns the files of the built-in rules that a name stands for, or `None` if the name is neither
/// `builtin` nor an area.
pub(super) fn named(name: &str) -> Option<Vec<&'static PackFile>> {
    let is_named = |text: &&PackFile| {
        text.area == name || (name == FILE && !BY_NAME_ONLY.contains(&text.area))
    };
    let named: Vec<_> = TEXTS.iter().filter(is_named).collect();
    (!named.is_empty()).then_some(named)
}

/// The names of the areas of built-in rules. Each area can be loaded separately.
#[must_use]
pub fn areas() -> Vec<&'static str> {
    let mut areas: Vec<&str> = TEXTS.iter().map(|text| text.area).collect();
    areas.dedup();
    areas
}
