//! Evaluates the operations that contain other nodes.

use std::cmp::Ordering;

use bumpalo::collections::Vec as ArenaVec;
use jaq_core::ops::Cmp;

use crate::fastpath::eval::{Eval, Sink, Vars};
use crate::fastpath::functions::{formats, objects};
use crate::fastpath::node::{Key, Missing, Node, Op, Piece, Rebase};
use crate::fastpath::record::Slot;
use crate::fastpath::record::rows::Rows;
use crate::fastpath::value::{Flow, Stop, Value, compare, equal};
use ct_core::json as scan;

impl<'a> Eval<'a> {
    pub(crate) fn collect(
        self,
        items: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        let mut all = ArenaVec::new_in(self.arena);
        self.each(items, input, vars, &mut |item| {
            all.push(item);
            Ok(())
        })?;
        self.arena.charge(size_of_val(all.as_slice()))?;
        Ok(Value::Arr(all.into_bump_slice()))
    }

    /// The number of results of `items`.
    pub(crate) fn count(
        self,
        items: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        let mut count = 0;
        if let Op::Paths(condition) = &items.op {
            // `paths` does not output the path of the input itself.
            let mut is_root = true;
            self.recurse(input, &mut |part| {
                let counts = !std::mem::replace(&mut is_root, false);
                let Some(condition) = condition else {
                    count += usize::from(counts);
                    return Ok(());
                };
                self.each(condition, part, vars, &mut |met| {
                    count += usize::from(counts && met.truth());
                    Ok(())
                })
            })?;
            return Ok(Value::count(count));
        }
        self.each(items, input, vars, &mut |_| {
            count += 1;
            Ok(())
        })?;
        Ok(Value::count(count))
    }

    /// Reads the values at the paths that `inner` uses into new slots. `input` is the JSON text
    /// that contains the values.
    pub(crate) fn rebase(self, inner: &Rebase, input: Value<'a>) -> Result<Self, Stop> {
        let slots = self.arena.alloc_slice_fill_copy(inner.slots, Slot::Missing);
        match input {
            Value::Raw(text) => {
                self.arena.charge(text.len())?;
                inner
                    .tree
                    .read(text, 0, slots, &mut Rows::default())
                    .ok_or(Stop::Bail)?;
            }
            Value::Null => {}
            _ => inner.tree.spoil(slots),
        }
        Ok(Self { slots, ..self })
    }

    /// Evaluates `try`. An error of the body ends the body silently. An error of a later step,
    /// which receives the body's results, is raised again.
    pub(crate) fn attempt(
        self,
        body: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let mut after = false;
        let flow = self.each(body, input, vars, &mut |value| {
            let flow = out(value);
            after = flow.is_err();
            flow
        });
        if flow == Err(Stop::Error) && !after {
            Ok(())
        } else {
            flow
        }
    }

    /// Evaluates `or` if `decisive` is true, and `and` if it is false.
    pub(crate) fn either(
        self,
        first: &'a Node,
        second: &'a Node,
        decisive: bool,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        self.each(first, input, vars, &mut |value| {
            if value.truth() == decisive {
                return out(Value::Bool(decisive));
            }
            self.each(second, input, vars, &mut |value| {
                out(Value::Bool(value.truth()))
            })
        })
    }

    pub(crate) fn cmp(
        self,
        op: Cmp,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<Value<'a>, Stop> {
        let order = || compare(left, right, self.arena);
        Ok(Value::Bool(match op {
            Cmp::Eq => equal(left, right, self.arena)?,
            Cmp::Ne => !equal(left, right, self.arena)?,
            Cmp::Lt => order()? == Ordering::Less,
            Cmp::Le => order()? != Ordering::Greater,
            Cmp::Gt => order()? == Ordering::Greater,
            Cmp::Ge => order()? != Ordering::Less,
        }))
    }

    /// Builds an object for every combination of the members' results, and passes it to `out`. The
    /// result of the first member changes last.
    pub(crate) fn combine(
        self,
        members: &'a [(Key, Node)],
        built: &mut ArenaVec<'a, (&'a [u8], Value<'a>)>,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let Some(((key, value), rest)) = members.split_first() else {
            return out(Value::Obj(self.arena.alloc_slice_copy(built)));
        };
        let mut with = |key: &'a [u8]| {
            self.each(value, input, vars, &mut |value| {
                let before = built.clone();
                objects::insert(built, key, value);
                let flow = self.combine(rest, built, input, vars, out);
                *built = before;
                flow
            })
        };
        match key {
            Key::Fixed(key) => with(key),
            Key::Computed(key) => self.each(key, input, vars, &mut |key| {
                with(key.text(self.arena).ok_or(Stop::Error)?)
            }),
        }
    }

    pub(crate) fn key(
        self,
        key: &'a Key,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<&'a [u8], Stop> {
        match key {
            Key::Fixed(key) => Ok(key),
            Key::Computed(key) => self
                .one(key, input, vars)?
                .text(self.arena)
                .ok_or(Stop::Error),
        }
    }

    pub(crate) fn text(
        self,
        pieces: &'a [Piece],
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        let mut text = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Fixed(fixed) => text.extend_from_slice(fixed),
                Piece::Computed(value, format) => {
                    formats::append(
                        *format,
                        self.one(value, input, vars)?,
                        self.arena,
                        &mut text,
                    )?;
                }
            }
        }
        self.arena.charge(text.len())?;
        Ok(Value::Str(self.arena.alloc_slice_copy(&text)))
    }

    pub(crate) fn iterate(self, of: Value<'a>, missing: Missing, out: Sink<'_, 'a>) -> Flow {
        match of {
            Value::Raw(text) if text[0] == b'[' => match self.arena.index(text)? {
                Some(index) => (0..index.len())
                    .filter_map(|at| index.value(text, at))
                    .try_for_each(|item| out(Value::new(item)?)),
                None => scan::elements(text, |item| out(Value::new(item)?)),
            },
            Value::Arr(items) => items.iter().try_for_each(|item| out(*item)),
            _ => match of.members(self.arena)? {
                Some(members) => members.iter().try_for_each(|(_, value)| out(*value)),
                None if missing == Missing::Nothing => Ok(()),
                None => Err(Stop::Error),
            },
        }
    }

    pub(crate) fn recurse(self, value: Value<'a>, out: Sink<'_, 'a>) -> Flow {
        out(value)?;
        self.iterate(value, Missing::Nothing, &mut |below| {
            self.recurse(below, out)
        })
    }

    pub(crate) fn limit(
        self,
        id: u32,
        count: usize,
        body: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let mut left = count;
        let flow = self.each(body, input, vars, &mut |value| {
            left -= 1;
            out(value)?;
            if left == 0 {
                Err(Stop::Enough(id))
            } else {
                Ok(())
            }
        });
        ends(flow, id).map(|_| ())
    }

    pub(crate) fn range(
        self,
        from: &'a Node,
        to: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let end = self.one(to, input, vars)?.number().ok_or(Stop::Bail)?;
        let mut at = self.one(from, input, vars)?.number().ok_or(Stop::Bail)?;
        while at < end {
            out(Value::Num(at))?;
            at += 1.0;
        }
        Ok(())
    }

    pub(crate) fn bounds(
        self,
        bounds: &'a [Option<Box<Node>>; 2],
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<[Value<'a>; 2], Stop> {
        let bound = |at: &'a Option<Box<Node>>| match at {
            Some(node) => self.one(node, input, vars),
            None => Ok(Value::Null),
        };
        Ok([bound(&bounds[0])?, bound(&bounds[1])?])
    }
}

/// Whether `flow` is [`Stop::Enough`] for the step with the number `id`. Any other stop is an
/// error.
pub(crate) fn ends(flow: Flow, id: u32) -> Result<bool, Stop> {
    match flow {
        Ok(()) => Ok(false),
        Err(Stop::Enough(ended)) if ended == id => Ok(true),
        Err(stop) => Err(stop),
    }
}

pub(crate) fn or_nothing<'a>(
    found: Result<Value<'a>, Stop>,
    missing: Missing,
    out: Sink<'_, 'a>,
) -> Flow {
    match found {
        Err(Stop::Error) if missing == Missing::Nothing => Ok(()),
        found => out(found?),
    }
}
