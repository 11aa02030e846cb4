//! Converts matches of regular expressions to objects, with offsets in characters.

use super::{Expression, Match};
use crate::value::Val;
use crate::value::object::Object;

/// Converts byte offsets in a text to character offsets. The conversion is fast if the offsets
/// ascend.
pub(super) struct Characters<'a> {
    text: &'a str,
    ascii: bool,
    byte: usize,
    count: usize,
}

impl<'a> Characters<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            ascii: text.is_ascii(),
            byte: 0,
            count: 0,
        }
    }

    fn before(&mut self, byte: usize) -> usize {
        if self.ascii {
            return byte;
        }
        if byte < self.byte {
            (self.byte, self.count) = (0, 0);
        }
        self.count += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.count
    }
}

/// A match as the object that jq's `match` outputs.
pub(super) fn match_object(
    characters: &mut Characters,
    expression: &Expression,
    found: &Match,
) -> Val {
    let mut object = group_object(characters, found.groups[0]);
    let groups = expression
        .names()
        .iter()
        .zip(&found.groups[1..])
        .map(|(name, group)| {
            let mut object = group_object(characters, *group);
            if group.is_none_or(|(start, end)| start == end) {
                // jq puts the member `length` of an empty group after `string`.
                let length = object.remove("length").unwrap_or(Val::Null);
                object.insert("length".into(), length);
            }
            object.insert(
                "name".into(),
                name.as_deref().map_or(Val::Null, Val::string),
            );
            Val::object(object)
        });
    let groups = groups.collect();
    object.insert("captures".into(), Val::array(groups));
    Val::object(object)
}

fn group_object(characters: &mut Characters, span: Option<(usize, usize)>) -> Object {
    let (offset, length, string) = match span {
        Some((start, end)) => {
            let offset = characters.before(start);
            let length = characters.before(end) - offset;
            (
                Val::count(offset),
                Val::count(length),
                Val::string(&characters.text[start..end]),
            )
        }
        None => (Val::number(-1.0), Val::count(0), Val::Null),
    };
    [
        ("offset".into(), offset),
        ("length".into(), length),
        ("string".into(), string),
    ]
    .into_iter()
    .collect()
}
