//! Writes the tree of credentials in the page, with each key below the credential from which it
//! comes.

use std::collections::{BTreeMap, BTreeSet};

use super::{put as put_line, text};
use crate::format::text::grade;
use crate::report::{Edge, Report};

/// The maximum depth and the maximum number of lines of the tree of credentials.
const DEPTH: usize = 8;
const LINES: usize = 300;

/// Writes a branch for each root of the tree. A root is a key of the subject that issued keys and
/// that no other credential issued. If the report covers all records, every such credential is a
/// root.
pub(super) fn append(html: &mut String, report: &Report) {
    let mut children: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in &report.lineage.edges {
        children.entry(&edge.issuer).or_default().push(edge);
    }
    let issued: BTreeSet<&str> = report
        .lineage
        .edges
        .iter()
        .map(|edge| edge.issued.as_str())
        .collect();
    let own: BTreeSet<&str> = report.keys.iter().map(|key| key.key.as_str()).collect();
    let is_everybody = report.subject.subject.is_everybody();
    let roots = children
        .keys()
        .filter(|issuer| !issued.contains(*issuer) && (is_everybody || own.contains(*issuer)));
    let roots: Vec<&str> = roots.copied().collect();
    if roots.is_empty() {
        return;
    }
    let mut tree = Tree { children, lines: 0 };
    put_line(html, "<ul>");
    for root in roots {
        put_line(html, &format!("<li><code>{}</code>", text(root)));
        tree.branch(html, root, 0);
        put_line(html, "</li>");
    }
    put_line(html, "</ul>");
    if tree.lines > LINES {
        put_line(html, "<p>The table below has the rest.</p>");
    }
}

struct Tree<'r> {
    children: BTreeMap<&'r str, Vec<&'r Edge>>,
    lines: usize,
}

impl<'r> Tree<'r> {
    /// Writes the keys that come from `issuer`, and below each key the keys that come from it.
    /// Removes each written branch from `children`, so that keys that come from one another are
    /// written only once.
    fn branch(&mut self, html: &mut String, issuer: &'r str, depth: usize) {
        let Some(edges) = self.children.remove(issuer).filter(|_| depth < DEPTH) else {
            return;
        };
        put_line(html, "<ul>");
        for edge in edges {
            self.lines += 1;
            if self.lines > LINES {
                break;
            }
            let whom = edge
                .issued_for
                .as_deref()
                .map(|whom| format!(" for {}", text(whom)))
                .unwrap_or_default();
            let unused = if edge.used {
                ""
            } else {
                ", not used in this input"
            };
            let key = text(&edge.issued);
            put_line(
                html,
                &format!(
                    "<li><code>{key}</code>{whom} <span class=\"dim\">{}{unused}</span>",
                    grade(edge.grade)
                ),
            );
            self.branch(html, &edge.issued, depth + 1);
            put_line(html, "</li>");
        }
        put_line(html, "</ul>");
    }
}
