//! Evaluates a lowered program on one value.

use std::cmp::Ordering;

use bumpalo::Bump;
use bumpalo::collections::Vec as ArenaVec;
use jaq_core::ops::Cmp;

use super::node::{Key, Missing, Node, Op, Piece, Rebase};
use super::shape::Slot;
use super::value::{Stop, Value, compare, equal};
use super::{arithmetic, arrays, formats, functions, objects, paths, scan};

/// Whether to go on.
pub(super) type Flow = Result<(), Stop>;

/// Takes results one by one.
pub(super) type Sink<'s, 'a> = &'s mut dyn FnMut(Value<'a>) -> Flow;

/// The variables in scope, the last one first.
#[derive(Clone, Copy)]
pub(super) struct Scope<'e, 'a> {
    value: Value<'a>,
    outer: Option<&'e Scope<'e, 'a>>,
}

/// What a program sees beside its input.
#[derive(Clone, Copy)]
pub(super) struct Eval<'a> {
    pub(super) arena: &'a Bump,
    pub(super) slots: &'a [Slot<'a>],
}

type Vars<'e, 'a> = Option<&'e Scope<'e, 'a>>;

impl<'a> Eval<'a> {
    /// Hands every result to `out`, in jq's order.
    pub(super) fn each(
        self,
        node: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        if node.single {
            return out(self.one(node, input, vars)?);
        }
        match &node.op {
            Op::OptionalSlot { slot, parent } => {
                match (self.slots[*slot], parent.map(|at| self.slots[at])) {
                    (Slot::Unindexable, Some(Slot::Unindexable)) => Err(Stop::Error),
                    (Slot::Unindexable, _) => Ok(()),
                    (found, _) => out(slot_value(found)?),
                }
            }
            Op::Field(of, key, missing) => self.each(of, input, vars, &mut |of| {
                or_nothing(of.field(key), *missing, out)
            }),
            Op::Index(of, index, missing) => {
                let index = self.one(index, input, vars)?;
                self.each(of, input, vars, &mut |of| {
                    or_nothing(paths::index(of, index, self.arena), *missing, out)
                })
            }
            Op::Slice(of, bounds, missing) => {
                let bounds = self.bounds(bounds, input, vars)?;
                self.each(of, input, vars, &mut |of| {
                    or_nothing(paths::slice(of, bounds, self.arena), *missing, out)
                })
            }
            Op::Each { of, missing, .. } => {
                self.each(of, input, vars, &mut |of| self.iterate(of, *missing, out))
            }
            Op::Rebase(inner) => self
                .rebase(inner, input)?
                .each(&inner.node, input, vars, out),
            Op::Try(body) => self.attempt(body, input, vars, out),
            Op::Pipe(first, second) => self.each(first, input, vars, &mut |value| {
                self.each(second, value, vars, out)
            }),
            Op::Comma(first, second) => {
                self.each(first, input, vars, out)?;
                self.each(second, input, vars, out)
            }
            Op::Bind(value, body) => self.each(value, input, vars, &mut |value| {
                self.each(body, input, Some(&Scope { value, outer: vars }), out)
            }),
            Op::Alt(first, second) => {
                let mut found = false;
                self.each(first, input, vars, &mut |value| {
                    if value.truth() {
                        found = true;
                        return out(value);
                    }
                    Ok(())
                })?;
                if found {
                    Ok(())
                } else {
                    self.each(second, input, vars, out)
                }
            }
            Op::And(first, second) => self.either(first, second, false, input, vars, out),
            Op::Or(first, second) => self.either(first, second, true, input, vars, out),
            Op::Cmp(op, left, right) => self.each(right, input, vars, &mut |right| {
                self.each(left, input, vars, &mut |left| {
                    out(self.cmp(*op, &left, &right)?)
                })
            }),
            Op::Math(op, left, right) => self.each(right, input, vars, &mut |right| {
                self.each(left, input, vars, &mut |left| {
                    out(arithmetic::run(*op, left, right, self.arena)?)
                })
            }),
            Op::Object(members) => {
                let mut built = ArenaVec::with_capacity_in(members.len(), self.arena);
                self.combine(members, &mut built, input, vars, out)
            }
            Op::If(condition, yes, no) => self.each(condition, input, vars, &mut |met| {
                self.each(if met.truth() { yes } else { no }, input, vars, out)
            }),
            Op::Select(condition) => self.each(condition, input, vars, &mut |met| {
                if met.truth() { out(input) } else { Ok(()) }
            }),
            Op::Empty => Ok(()),
            Op::Recurse => self.recurse(input, out),
            Op::Limit(id, count, body) => self.limit(*id, *count, body, input, vars, out),
            Op::Range(from, to) => self.range(from, to, input, vars, out),
            _ => Err(Stop::Bail),
        }
    }

    /// The only result of a step that has one.
    #[inline]
    pub(super) fn one(
        self,
        node: &'a Node,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        match &node.op {
            Op::Id => Ok(input),
            Op::Slot(slot) => slot_value(self.slots[*slot]),
            Op::Const(value) => Ok(value.value()),
            Op::Var(index) => {
                let scope = (0..*index).try_fold(vars, |scope, _| Some(scope?.outer));
                scope.flatten().map(|scope| scope.value).ok_or(Stop::Bail)
            }
            Op::Rebase(inner) => self.rebase(inner, input)?.one(&inner.node, input, vars),
            Op::Field(of, key, _) => self.one(of, input, vars)?.field(key),
            Op::Index(of, index, _) => {
                let index = self.one(index, input, vars)?;
                paths::index(self.one(of, input, vars)?, index, self.arena)
            }
            Op::Slice(of, bounds, _) => {
                let bounds = self.bounds(bounds, input, vars)?;
                paths::slice(self.one(of, input, vars)?, bounds, self.arena)
            }
            Op::Pipe(first, second) => self.one(second, self.one(first, input, vars)?, vars),
            Op::Bind(value, body) => {
                let value = self.one(value, input, vars)?;
                self.one(body, input, Some(&Scope { value, outer: vars }))
            }
            Op::Alt(first, second) => {
                let value = self.one(first, input, vars)?;
                if value.truth() {
                    Ok(value)
                } else {
                    self.one(second, input, vars)
                }
            }
            Op::And(first, second) => Ok(Value::Bool(
                self.one(first, input, vars)?.truth() && self.one(second, input, vars)?.truth(),
            )),
            Op::Or(first, second) => Ok(Value::Bool(
                self.one(first, input, vars)?.truth() || self.one(second, input, vars)?.truth(),
            )),
            Op::Cmp(op, left, right) => {
                let right = self.one(right, input, vars)?;
                self.cmp(*op, &self.one(left, input, vars)?, &right)
            }
            Op::Math(op, left, right) => {
                let right = self.one(right, input, vars)?;
                arithmetic::run(*op, self.one(left, input, vars)?, right, self.arena)
            }
            Op::Array(None) => Ok(Value::Arr(&[])),
            Op::Array(Some(items)) => self.collect(items, input, vars),
            Op::Object(members) => {
                let mut built = ArenaVec::with_capacity_in(members.len(), self.arena);
                for (key, value) in members {
                    let key = self.key(key, input, vars)?;
                    objects::insert(&mut built, key, self.one(value, input, vars)?);
                }
                Ok(Value::Obj(built.into_bump_slice()))
            }
            Op::Text(pieces) => self.text(pieces, input, vars),
            Op::If(condition, yes, no) => {
                let met = self.one(condition, input, vars)?.truth();
                self.one(if met { yes } else { no }, input, vars)
            }
            Op::Error => Err(Stop::Error),
            Op::Quantify(wanted, id, generator, condition) => {
                let found = self.each(generator, input, vars, &mut |item| {
                    self.each(condition, item, vars, &mut |met| {
                        if met.truth() == *wanted {
                            Err(Stop::Enough(*id))
                        } else {
                            Ok(())
                        }
                    })
                });
                Ok(Value::Bool(ends(found, *id)? == *wanted))
            }
            Op::Reduce(source, start, update) => {
                let mut state = self.one(start, input, vars)?;
                self.each(source, input, vars, &mut |value| {
                    let before = std::mem::replace(&mut state, Value::Null);
                    self.each(
                        update,
                        before,
                        Some(&Scope { value, outer: vars }),
                        &mut |after| {
                            state = after;
                            Ok(())
                        },
                    )
                })?;
                Ok(state)
            }
            Op::MapValues(id, update) => objects::map_values(input, self.arena, |value| {
                let mut first = None;
                let flow = self.each(update, value, vars, &mut |new| {
                    first = Some(new);
                    Err(Stop::Enough(*id))
                });
                ends(flow, *id)?;
                Ok(first)
            }),
            Op::By(by, key) => {
                arrays::by(*by, input, self.arena, |item| self.collect(key, item, vars))
            }
            Op::Delete(paths) => objects::delete(input, paths, self.arena),
            Op::Format(format) => formats::apply(*format, input, self.arena),
            Op::Test(matcher) => {
                let text = input.text(self.arena).ok_or(Stop::Error)?;
                matcher.matches(text).map(Value::Bool)
            }
            Op::Call(function, arguments) => match arguments.as_slice() {
                [] => functions::run(*function, input, Value::Null, self.arena),
                [argument, ..] => functions::run(
                    *function,
                    input,
                    self.one(argument, input, vars)?,
                    self.arena,
                ),
            },
            _ => Err(Stop::Bail),
        }
    }

    fn collect(
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
        Ok(Value::Arr(all.into_bump_slice()))
    }

    /// Reads `input`, a part of the input as written, like a record of its own.
    fn rebase(self, inner: &Rebase, input: Value<'a>) -> Result<Self, Stop> {
        let slots = self.arena.alloc_slice_fill_copy(inner.slots, Slot::Missing);
        match input {
            Value::Raw(text) => {
                inner.shape.read(text, 0, slots).ok_or(Stop::Bail)?;
            }
            Value::Null => {}
            _ => inner.shape.spoil(slots),
        }
        Ok(Self { slots, ..self })
    }

    /// `try`: an error of the body ends it quietly, an error of what comes after does not.
    fn attempt(
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

    /// `or` where `decisive` is true, `and` where it is false.
    fn either(
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

    fn cmp(self, op: Cmp, left: &Value<'a>, right: &Value<'a>) -> Result<Value<'a>, Stop> {
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

    /// Every combination of the members' results, the first member outermost.
    fn combine(
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

    fn key(self, key: &'a Key, input: Value<'a>, vars: Vars<'_, 'a>) -> Result<&'a [u8], Stop> {
        match key {
            Key::Fixed(key) => Ok(key),
            Key::Computed(key) => self
                .one(key, input, vars)?
                .text(self.arena)
                .ok_or(Stop::Error),
        }
    }

    fn text(
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
        Ok(Value::Str(self.arena.alloc_slice_copy(&text)))
    }

    pub(super) fn iterate(self, of: Value<'a>, missing: Missing, out: Sink<'_, 'a>) -> Flow {
        match of {
            Value::Raw(text) if text[0] == b'[' => {
                scan::elements(text, |item| out(Value::new(item)?))
            }
            Value::Arr(items) => items.iter().try_for_each(|item| out(*item)),
            _ => match of.members(self.arena)? {
                Some(members) => members.iter().try_for_each(|(_, value)| out(*value)),
                None if missing == Missing::Nothing => Ok(()),
                None => Err(Stop::Error),
            },
        }
    }

    fn recurse(self, value: Value<'a>, out: Sink<'_, 'a>) -> Flow {
        out(value)?;
        self.iterate(value, Missing::Nothing, &mut |below| {
            self.recurse(below, out)
        })
    }

    fn limit(
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

    fn range(
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

    fn bounds(
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

/// Whether the step with this number ended itself.
fn ends(flow: Flow, id: u32) -> Result<bool, Stop> {
    match flow {
        Ok(()) => Ok(false),
        Err(Stop::Enough(ended)) if ended == id => Ok(true),
        Err(stop) => Err(stop),
    }
}

#[inline]
fn slot_value(slot: Slot<'_>) -> Result<Value<'_>, Stop> {
    match slot {
        Slot::Missing => Ok(Value::Null),
        Slot::Found(text) => Value::new(text),
        Slot::Unindexable => Err(Stop::Error),
    }
}

fn or_nothing<'a>(found: Result<Value<'a>, Stop>, missing: Missing, out: Sink<'_, 'a>) -> Flow {
    match found {
        Err(Stop::Error) if missing == Missing::Nothing => Ok(()),
        found => out(found?),
    }
}
