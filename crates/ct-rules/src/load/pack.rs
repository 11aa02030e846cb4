//! The built-in rules.

use super::rule_text::RuleText;

/// The name that stands for the built-in rules. Findings of built-in rules report this name as
/// their file.
pub(super) const FILE: &str = "builtin";

/// A file of built-in rules.
pub(super) struct PackFile {
    pub(super) area: &'static str,
    pub(super) stem: &'static str,
    pub(super) text: RuleText<'static>,
}

macro_rules! file {
    ($area:literal, $stem:literal, "yml") => {
        file!(
            $area,
            $stem,
            // The build script has converted the file to JSON.
            RuleText::SigmaJson(include_str!(concat!(env!("OUT_DIR"), "/", $stem, ".json")))
        )
    };
    ($area:literal, $stem:literal, "json") => {
        file!(
            $area,
            $stem,
            RuleText::Json(include_str!(concat!("../../pack/", $stem, ".json")))
        )
    };
    ($area:literal, $stem:literal, "jq") => {
        file!(
            $area,
            $stem,
            RuleText::Jq(include_str!(concat!("../../pack/", $stem, ".jq")))
        )
    };
    ($area:literal, $stem:literal, $text:expr) => {
        PackFile {
            area: $area,
            stem: $stem,
            text: $text,
        }
    };
}

/// The files of built-in rules, grouped by area.
const FILES: [PackFile; 13] = [
    file!("cis", "cis", "json"),
    file!("trail", "trail", "yml"),
    file!("iam", "iam", "yml"),
    file!("iam", "trust-opened", "jq"),
    file!("exposure", "exposure", "yml"),
    file!("exposure", "key-granted", "jq"),
    file!("exposure", "policy-star", "jq"),
    file!("exposure", "world-admin-port", "jq"),
    file!("compute", "compute", "yml"),
    file!("data", "data", "yml"),
    file!("window", "window", "yml"),
    file!("cis-printed", "cis-printed", "json"),
    file!("first-seen", "first-seen", "yml"),
];

/// The areas that `builtin` does not include: `cis-printed` contains the filters of the CIS
/// benchmarks as printed, without the corrections in `cis`, and `first-seen` needs a history.
const BY_NAME_ONLY: [&str; 2] = ["cis-printed", "first-seen"];

/// Returns the files of the built-in rules that a name stands for, or `None` if the name is neither
/// `builtin` nor an area.
pub(super) fn named(name: &str) -> Option<Vec<&'static PackFile>> {
    let is_named = |file: &&PackFile| {
        file.area == name || (name == FILE && !BY_NAME_ONLY.contains(&file.area))
    };
    let named: Vec<_> = FILES.iter().filter(is_named).collect();
    (!named.is_empty()).then_some(named)
}

/// The names of the areas of built-in rules. Each area can be loaded separately.
#[must_use]
pub fn areas() -> Vec<&'static str> {
    let mut areas: Vec<&str> = FILES.iter().map(|file| file.area).collect();
    areas.dedup();
    areas
}
