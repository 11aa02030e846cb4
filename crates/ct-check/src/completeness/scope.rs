//! Describes in one line the events that a sealed input covers.

use ct_core::seal::Seal;

/// The maximum number of targets (regions of accounts) that the line names. If there are more, the
/// line contains only their number.
const MAX_NAMED: usize = 4;

/// Describes the time window, the targets and the filters of the sealed input `name`.
pub(super) fn describe(name: &str, seal: &Seal) -> String {
    let since = seal.window.since.as_deref();
    let since = since.unwrap_or("the beginning");
    let targets = match &seal.targets[..] {
        few if few.len() <= MAX_NAMED => few.join(", "),
        many => format!("{} regions", many.len()),
    };
    let filters = match &seal.filters[..] {
        [] => String::new(),
        filters => format!("; only records with {}", filters.join(", ")),
    };
    format!(
        "{name}: {since} to {}; {targets}{filters}",
        seal.window.until
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::seal::{SealedWindow, VERSION};

    #[test]
    fn window_targets_and_filters_are_named() {
        let mut seal = Seal {
            ct_seal: VERSION,
            records: 0,
            sha256: String::new(),
            window: SealedWindow {
                since: None,
                until: "2026-11-26T00:00:00Z".to_owned(),
                settled: None,
            },
            targets: vec!["eu-west-1".to_owned()],
            filters: vec!["EventName=Stop*".to_owned()],
            validation: None,
            gaps: Vec::new(),
            complete: true,
        };
        assert_eq!(
            describe("x", &seal),
            "x: the beginning to 2026-11-26T00:00:00Z; eu-west-1; only records with EventName=Stop*"
        );
        seal.window.since = Some("2026-11-25T00:00:00Z".to_owned());
        seal.targets = vec!["eu-west-1".to_owned(); 5];
        seal.filters = Vec::new();
        assert_eq!(
            describe("x", &seal),
            "x: 2026-11-25T00:00:00Z to 2026-11-26T00:00:00Z; 5 regions"
        );
    }
}
