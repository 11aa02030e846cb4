//! Updates of the values at some paths, which leave everything else as it was written.

use bumpalo::collections::Vec as ArenaVec;
use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part, Path};

use crate::fastpath::compile::scope::Place;
use crate::fastpath::compile::{Lowering, literal};
use crate::fastpath::eval::steps::ends;
use crate::fastpath::eval::{Eval, Vars};
use crate::fastpath::node::{Missing, Node, Op};
use crate::fastpath::value::{Kind, Member, Stop, Value};

/// A step of the paths that are updated.
#[derive(Debug)]
pub(crate) enum Step {
    Field(Box<[u8]>, Missing),
    /// An element, counted from the first.
    Index(usize, Missing),
    Each(Missing),
    /// The value and all values in it. Only [`Step::Select`] may follow.
    Recurse,
    /// Goes on only where the condition holds.
    Select(Node),
}

/// What is updated, and how.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) steps: Vec<Step>,
    /// Number of this step, for its update to end after the first result.
    pub(crate) id: u32,
    pub(crate) new: Node,
}

impl Lowering {
    /// The update of the paths that `paths` gives, each to the first result of `new`.
    pub(crate) fn update<'t>(
        &mut self,
        paths: &'t Term<&'t str>,
        place: &Place<'t>,
        new: Node,
    ) -> Option<Op> {
        let mut steps = Vec::new();
        self.steps(paths, &place.elsewhere(), &mut steps)?;
        let recurse = steps.iter().position(|step| matches!(step, Step::Recurse));
        let rest = recurse.map_or(&[][..], |at| &steps[at + 1..]);
        if !rest.iter().all(|step| matches!(step, Step::Select(_))) {
            return None;
        }
        let id = self.id();
        Some(Op::Update(Box::new(Update { steps, id, new })))
    }

    /// Adds the steps of a path expression.
    fn steps<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        place: &Place<'t>,
        steps: &mut Vec<Step>,
    ) -> Option<()> {
        use jaq_core::load::parse::BinaryOp;
        match term {
            Term::Id => {}
            Term::Recurse => steps.push(Step::Recurse),
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                self.steps(left, place, steps)?;
                self.steps(right, place, steps)?;
            }
            Term::Call(name, arguments) if place.is_builtin(name, arguments.len()) => {
                match (*name, arguments.as_slice()) {
                    ("recurse", []) => steps.push(Step::Recurse),
                    ("select", [condition]) => {
                        steps.push(Step::Select(self.single(condition, place)?));
                    }
                    _ => match self.term(term, place)?.op {
                        Op::Select(condition) if condition.single => {
                            steps.push(Step::Select(*condition));
                        }
                        _ => return None,
                    },
                }
            }
            Term::Path(of, Path(parts)) => {
                self.steps(of, place, steps)?;
                for (part, optional) in parts {
                    let missing = match optional {
                        Opt::Essential => Missing::Error,
                        Opt::Optional => Missing::Nothing,
                    };
                    steps.push(match part {
                        Part::Index(Term::Num(index)) => {
                            Step::Index(index.parse().ok().filter(|&at| at < 1 << 20)?, missing)
                        }
                        Part::Index(key) => Step::Field(literal(key)?.into_bytes().into(), missing),
                        Part::Range(None, None) => Step::Each(missing),
                        Part::Range(..) => return None,
                    });
                }
            }
            _ => return None,
        }
        Some(())
    }
}

impl<'a> Eval<'a> {
    /// The input with the values at all paths updated.
    pub(crate) fn update(
        self,
        update: &'a Update,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        let updated = self.update_below(update, &update.steps, input, vars)?;
        Ok(updated.unwrap_or(input))
    }

    /// The value with everything at these steps below it updated; `None` if no path leads there.
    fn update_below(
        self,
        update: &'a Update,
        steps: &'a [Step],
        value: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        let Some((step, rest)) = steps.split_first() else {
            let mut first = None;
            let flow = self.each(&update.new, value, vars, &mut |new| {
                first = Some(new);
                Err(Stop::Enough(update.id))
            });
            ends(flow, update.id)?;
            // Without a new value the path is deleted, which the engine does.
            return first.map(Some).ok_or(Stop::Bail);
        };
        let unreachable = |missing: &Missing| match missing {
            Missing::Error => Err(Stop::Error),
            Missing::Nothing => Ok(None),
        };
        match (step, value.kind()) {
            (Step::Select(condition), _) => {
                if self.one(condition, value, vars)?.truth() {
                    self.update_below(update, rest, value, vars)
                } else {
                    Ok(None)
                }
            }
            (Step::Recurse, kind) => {
                let new = self.update_below(update, rest, value, vars)?;
                if kind < Kind::Array {
                    return Ok(new);
                }
                if new.is_some_and(|new| !new.is_same(&value)) {
                    return Err(Stop::Bail);
                }
                self.update_parts(value, |part| self.update_below(update, steps, part, vars))
                    .map(Some)
            }
            (Step::Each(_), Kind::Array | Kind::Object) => self
                .update_parts(value, |part| self.update_below(update, rest, part, vars))
                .map(Some),
            (Step::Field(key, _), Kind::Null | Kind::Object) => {
                let members = value.members(self.arena)?.unwrap_or_default();
                let at = members.iter().position(|(name, _)| **name == **key);
                let old = at.map_or(Value::Null, |at| members[at].1);
                let Some(new) = self.update_below(update, rest, old, vars)? else {
                    return Ok(None);
                };
                if at.is_some() && new.is_same(&old) {
                    return Ok(Some(value));
                }
                let mut changed = ArenaVec::with_capacity_in(members.len() + 1, self.arena);
                changed.extend_from_slice_copy(members);
                match at {
                    Some(at) => changed[at].1 = new,
                    None => changed.push((key, new)),
                }
                Ok(Some(Value::Obj(changed.into_bump_slice())))
            }
            (Step::Index(at, _), Kind::Array) => {
                let items = value.elements(self.arena)?.unwrap_or_default();
                let old = *items.get(*at).ok_or(Stop::Bail)?;
                let Some(new) = self.update_below(update, rest, old, vars)? else {
                    return Ok(None);
                };
                let changed = self.arena.alloc_slice_copy(items);
                changed[*at] = new;
                Ok(Some(Value::Arr(changed)))
            }
            (Step::Index(..), Kind::Null) => Err(Stop::Bail),
            (Step::Each(missing) | Step::Field(_, missing) | Step::Index(_, missing), _) => {
                unreachable(missing)
            }
        }
    }

    /// An array or object with each part replaced that has a new value; the same as written if none differs.
    pub(crate) fn update_parts(
        self,
        value: Value<'a>,
        mut update: impl FnMut(Value<'a>) -> Result<Option<Value<'a>>, Stop>,
    ) -> Result<Value<'a>, Stop> {
        let mut differs = false;
        let mut changed = |old: Value<'a>| -> Result<Value<'a>, Stop> {
            let new = update(old)?.unwrap_or(old);
            differs |= !new.is_same(&old);
            Ok(new)
        };
        if let Some(items) = value.elements(self.arena)? {
            let mut parts = ArenaVec::with_capacity_in(items.len(), self.arena);
            for item in items {
                parts.push(changed(*item)?);
            }
            return Ok(if differs {
                Value::Arr(parts.into_bump_slice())
            } else {
                value
            });
        }
        let members = value.members(self.arena)?.ok_or(Stop::Error)?;
        let mut parts: ArenaVec<'_, Member<'a>> =
            ArenaVec::with_capacity_in(members.len(), self.arena);
        for &(key, value) in members {
            parts.push((key, changed(value)?));
        }
        Ok(if differs {
            Value::Obj(parts.into_bump_slice())
        } else {
            value
        })
    }
}
