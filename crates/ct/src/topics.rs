//! The pages of `docs/`, which `ct help TOPIC` prints.

/// The name, the title and the Markdown text of a page.
struct Topic {
    name: &'static str,
    title: &'static str,
    text: &'static str,
}

/// The pages, in the order of `docs/README.md`. The folder `topics` contains links to the files of
/// `docs/`, so that the published crate includes the pages.
const TOPICS: [Topic; 15] = [
    Topic {
        name: "investigate",
        title: "Investigate a leaked key",
        text: include_str!("../topics/investigate.md"),
    },
    Topic {
        name: "event-history",
        title: "The event history",
        text: include_str!("../topics/event-history.md"),
    },
    Topic {
        name: "archives",
        title: "Archives",
        text: include_str!("../topics/archives.md"),
    },
    Topic {
        name: "scale",
        title: "Sources by scale",
        text: include_str!("../topics/scale.md"),
    },
    Topic {
        name: "ci",
        title: "The CI gate",
        text: include_str!("../topics/ci.md"),
    },
    Topic {
        name: "rules",
        title: "Rules",
        text: include_str!("../topics/rules.md"),
    },
    Topic {
        name: "reports",
        title: "Reports",
        text: include_str!("../topics/report.md"),
    },
    Topic {
        name: "drop-in",
        title: "Drop-in replacement",
        text: include_str!("../topics/drop-in.md"),
    },
    Topic {
        name: "deviations",
        title: "Deviations",
        text: include_str!("../topics/deviations.md"),
    },
    Topic {
        name: "simulator",
        title: "ct-sim",
        text: include_str!("../topics/sim.md"),
    },
    Topic {
        name: "quota",
        title: "Quota",
        text: include_str!("../topics/quota.md"),
    },
    Topic {
        name: "performance",
        title: "Performance",
        text: include_str!("../topics/performance.md"),
    },
    Topic {
        name: "architecture",
        title: "Architecture",
        text: include_str!("../topics/architecture.md"),
    },
    Topic {
        name: "security",
        title: "Security",
        text: include_str!("../topics/security.md"),
    },
    Topic {
        name: "packages",
        title: "Packages",
        text: include_str!("../topics/packages.md"),
    },
];

/// The text of the page `name`, or `None` if there is no such page.
pub(crate) fn text(name: &str) -> Option<&'static str> {
    let topic = TOPICS.iter().find(|topic| topic.name == name)?;
    Some(topic.text)
}

/// The names and titles of all pages.
pub(crate) fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    TOPICS.iter().map(|topic| (topic.name, topic.title))
}
