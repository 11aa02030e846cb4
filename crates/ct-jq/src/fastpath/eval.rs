//! Evaluates the nodes of a program on one value.

mod regex;
pub(crate) mod rows;
mod steps;
mod update;
mod walk;

use crate::fastpath::value::arena::Arena;
use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::eval::steps::{ends, or_nothing};
use crate::fastpath::functions;
use crate::fastpath::functions::sum::Sum;
use crate::fastpath::functions::{arithmetic, arrays, formats, indexing, objects};
use crate::fastpath::node::{Node, Op};
use crate::fastpath::record::Slot;
use crate::fastpath::value::{Flow, Stop, Value};

/// The maximum number of steps of a `reduce` whose state is an array or object; more steps need the
/// engine.
const MAX_NESTING_STEPS: usize = 30;

/// A function that takes results one by one.
pub(crate) type Sink<'s, 'a> = &'s mut dyn FnMut(Value<'a>) -> Flow;

/// The variable that was bound last, and the variables that were bound before it.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'e, 'a> {
    value: Value<'a>,
    outer: Option<&'e Binding<'e, 'a>>,
}

/// The memory and the record's values for an evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Eval<'a> {
    pub(crate) arena: &'a Arena,
    pub(crate) slots: &'a [Slot<'a>],
}

pub(crate) type Vars<'e, 'a> = Option<&'e Binding<'e, 'a>>;

impl<'a> Eval<'a> {
    /// Passes every result of a node to `out`, in jq's order.
    pub(crate) fn each(
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
                or_nothing(of.field(key, self.arena), *missing, out)
            }),
            Op::Index(of, index, missing) => {
                let index = self.one(index, input, vars)?;
                self.each(of, input, vars, &mut |of| {
                    or_nothing(indexing::index(of, index, self.arena), *missing, out)
                })
            }
            Op::Slice(of, bounds, missing) => {
                let bounds = self.bounds(bounds, input, vars)?;
                self.each(of, input, vars, &mut |of| {
                    or_nothing(indexing::slice(of, bounds, self.arena), *missing, out)
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
                self.each(body, input, Some(&Binding { value, outer: vars }), out)
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
            Op::Paths(condition) => {
                self.paths(condition.as_deref(), input, &mut Vec::new(), vars, out)
            }
            Op::Walk(id, update) => self.walk((*id, update), input, vars, out),
            Op::Matches(expression, matched) => {
                self.matches((expression, matched), input, vars, out)
            }
            _ => Err(Stop::Bail),
        }
    }

    /// The single result of a `walk` or of a regular expression. Both operations pass their results
    /// to a function instead of returning them.
    fn only(self, node: &'a Node, input: Value<'a>, vars: Vars<'_, 'a>) -> Result<Value<'a>, Stop> {
        let mut only = None;
        let mut out = |value| {
            only = Some(value);
            Ok(())
        };
        match &node.op {
            Op::Walk(id, update) => self.walk((*id, update), input, vars, &mut out)?,
            Op::Matches(expression, matched) => {
                self.matches((expression, matched), input, vars, &mut out)?;
            }
            _ => {}
        }
        only.ok_or(Stop::Bail)
    }

    /// The result of a node that has exactly one result.
    #[expect(
        clippy::too_many_lines,
        reason = "a flat list of steps reads better whole"
    )]
    #[inline]
    pub(crate) fn one(
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
            Op::Field(of, key, _) => self.one(of, input, vars)?.field(key, self.arena),
            Op::Index(of, index, _) => {
                let index = self.one(index, input, vars)?;
                indexing::index(self.one(of, input, vars)?, index, self.arena)
            }
            Op::Slice(of, bounds, _) => {
                let bounds = self.bounds(bounds, input, vars)?;
                indexing::slice(self.one(of, input, vars)?, bounds, self.arena)
            }
            Op::Pipe(first, second) => self.one(second, self.one(first, input, vars)?, vars),
            Op::Bind(value, body) => {
                let value = self.one(value, input, vars)?;
                self.one(body, input, Some(&Binding { value, outer: vars }))
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
            Op::Count(items) => self.count(items, input, vars),
            Op::Object(members) => {
                let mut built = ArenaVec::with_capacity_in(members.len(), self.arena);
                self.arena.charge(size_of_val(members.as_slice()))?;
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
                let mut steps = 0;
                self.each(source, input, vars, &mut |value| {
                    // An array or object may become deeper with every step. A long `reduce` runs on
                    // the engine, which checks its stack.
                    steps += 1;
                    if steps > MAX_NESTING_STEPS && matches!(state, Value::Arr(_) | Value::Obj(_)) {
                        return Err(Stop::Bail);
                    }
                    let before = std::mem::replace(&mut state, Value::Null);
                    self.each(
                        update,
                        before,
                        Some(&Binding { value, outer: vars }),
                        &mut |after| {
                            state = after;
                            Ok(())
                        },
                    )
                })?;
                Ok(state)
            }
            Op::Sum(source, start, item) => {
                let mut sum = Sum::One(self.one(start, input, vars)?);
                self.each(source, input, vars, &mut |value| {
                    let vars = Some(&Binding { value, outer: vars });
                    sum.add(self.one(item, Value::Null, vars)?, self.arena)
                })?;
                Ok(sum.into_value(self.arena))
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
            Op::KeepEntries(condition) => objects::keep_entries(input, self.arena, |entry| {
                let mut is_kept = false;
                self.each(condition, entry, vars, &mut |met| {
                    is_kept |= met.truth();
                    Ok(())
                })?;
                Ok(is_kept)
            }),
            Op::Update(update) => self.update(update, input, vars),
            Op::Walk(..) | Op::Matches(..) => self.only(node, input, vars),
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
}

#[inline]
fn slot_value(slot: Slot<'_>) -> Result<Value<'_>, Stop> {
    match slot {
        Slot::Missing => Ok(Value::Null),
        Slot::Found(text) => Value::new(text),
        Slot::Unindexable => Err(Stop::Error),
    }
}
