//! Evaluates regular expressions that are known when compiling.

use bumpalo::collections::Vec as ArenaVec;

use crate::builtins::{Expression, Match};
use crate::fastpath::eval::{Eval, Sink, Vars};
use crate::fastpath::functions::objects;
use crate::fastpath::node::MatchUse;
use crate::fastpath::value::strings;
use crate::fastpath::value::{Flow, Stop, Value};

impl<'a> Eval<'a> {
    /// Passes the results of matching a string to `out`.
    ///
    /// # Errors
    /// [`Stop::Error`] if the input is not a string, or if matching fails.
    pub(crate) fn matches(
        self,
        (expression, matched): (&'a Expression, &'a MatchUse),
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let text = input.text(self.arena).ok_or(Stop::Error)?;
        self.arena.charge(text.len())?;
        let found = expression.find(strings::str(text));
        let found = found.map_err(|_| Stop::Error)?;
        match matched {
            MatchUse::Test => out(Value::Bool(!found.is_empty())),
            MatchUse::Scan => found.iter().try_for_each(|one| {
                let group = |group: &Option<(usize, usize)>| {
                    group.map_or(Value::Null, |(start, end)| Value::Str(&text[start..end]))
                };
                out(match one.groups.as_slice() {
                    [whole] => group(whole),
                    [_, groups @ ..] => {
                        Value::Arr(self.arena.alloc_slice_fill_iter(groups.iter().map(group)))
                    }
                    [] => Value::Null,
                })
            }),
            MatchUse::Capture => found
                .iter()
                .try_for_each(|one| out(self.captures(text, expression, one))),
            MatchUse::Replace(_) if found.is_empty() => out(input),
            MatchUse::Replace(new) => {
                let mut replaced = ArenaVec::with_capacity_in(text.len() * 2, self.arena);
                let mut from = 0;
                for one in &found {
                    let (start, end) = one.span();
                    replaced.extend_from_slice_copy(&text[from..start]);
                    match self.one(new, self.captures(text, expression, one), vars)? {
                        Value::Null => {}
                        insert => replaced
                            .extend_from_slice_copy(insert.text(self.arena).ok_or(Stop::Error)?),
                    }
                    from = end;
                }
                replaced.extend_from_slice_copy(&text[from..]);
                out(Value::Str(replaced.into_bump_slice()))
            }
        }
    }

    /// The named groups of a match, as an object from names to texts.
    fn captures(self, text: &'a [u8], expression: &'a Expression, found: &Match) -> Value<'a> {
        let mut members = ArenaVec::new_in(self.arena);
        let groups = found.groups.get(1..).unwrap_or_default();
        for (name, group) in expression.names().iter().zip(groups) {
            if let Some(name) = name {
                let value = group.map_or(Value::Null, |(start, end)| Value::Str(&text[start..end]));
                objects::insert(&mut members, name.as_bytes(), value);
            }
        }
        Value::Obj(members.into_bump_slice())
    }
}
