//! JSON templates with placeholders such as `$instance`. A placeholder that occurs several times
//! gets the same value each time.

use super::values::{PlaceholderKind, RecordFacts};
use crate::random::Random;

/// A string with placeholders. A placeholder is `$` and a lower-case name. Digits at the end of the
/// name distinguish placeholders of the same kind.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Segment>,
    kinds: Vec<PlaceholderKind>,
}

#[derive(Debug)]
enum Segment {
    Text(String),
    /// A placeholder: the index of its kind in `Template::kinds`.
    Gap(usize),
}

impl Template {
    /// Parses a template. The quotes around a placeholder for a number are removed.
    pub(super) fn new(text: &str) -> Self {
        let mut template = Self {
            pieces: Vec::new(),
            kinds: Vec::new(),
        };
        let mut names: Vec<&str> = Vec::new();
        let mut rest = text;
        let mut literal = String::new();
        while let Some(start) = rest.find('$') {
            let (before, gap) = rest.split_at(start);
            literal.push_str(before);
            let length =
                gap[1..].find(|end: char| !end.is_ascii_lowercase() && !end.is_ascii_digit());
            let name = &gap[1..length.map_or(gap.len(), |length| length + 1)];
            rest = &gap[1 + name.len()..];
            let Some(kind) = PlaceholderKind::named(name) else {
                literal.push('$');
                literal.push_str(name);
                continue;
            };
            if kind.is_number() && literal.ends_with('"') {
                literal.pop();
                rest = rest.strip_prefix('"').unwrap_or(rest);
            }
            let place = names.iter().position(|known| *known == name);
            let place = place.unwrap_or_else(|| {
                names.push(name);
                template.kinds.push(kind);
                names.len() - 1
            });
            template
                .pieces
                .push(Segment::Text(std::mem::take(&mut literal)));
            template.pieces.push(Segment::Gap(place));
        }
        literal.push_str(rest);
        template.pieces.push(Segment::Text(literal));
        template
    }

    /// Appends the template's text to `out`, with values in place of the placeholders.
    pub(super) fn fill(&self, out: &mut String, facts: &RecordFacts<'_>, random: &mut Random) {
        let mut values = Vec::with_capacity(self.kinds.len());
        values.extend(self.kinds.iter().map(|kind| kind.value(facts, random)));
        for piece in &self.pieces {
            out.push_str(match piece {
                Segment::Text(text) => text,
                Segment::Gap(place) => &values[*place],
            });
        }
    }
}
