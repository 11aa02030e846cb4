//! Evaluates updates of paths; values that are not updated stay raw text.

use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::eval::steps::ends;
use crate::fastpath::eval::{Eval, Vars};
use crate::fastpath::node::{Missing, Update, UpdateStep};
use crate::fastpath::value::{Kind, Member, Stop, Value};

impl<'a> Eval<'a> {
    /// The input, with the values at all paths of the update replaced.
    pub(crate) fn update(
        self,
        update: &'a Update,
        input: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        let updated = self.update_below(update, &update.steps, input, vars)?;
        Ok(updated.unwrap_or(input))
    }

    /// The value, with the parts at the path `steps` updated; `None` if there is no such part.
    fn update_below(
        self,
        update: &'a Update,
        steps: &'a [UpdateStep],
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
            // jq deletes a path for which the update has no result. Only the engine does this.
            return first.map(Some).ok_or(Stop::Bail);
        };
        let unreachable = |missing: &Missing| match missing {
            Missing::Error => Err(Stop::Error),
            Missing::Nothing => Ok(None),
        };
        match (step, value.kind()) {
            (UpdateStep::Select(condition), _) => {
                if self.one(condition, value, vars)?.truth() {
                    self.update_below(update, rest, value, vars)
                } else {
                    Ok(None)
                }
            }
            (UpdateStep::Recurse, kind) => {
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
            (UpdateStep::Each(_), Kind::Array | Kind::Object) => self
                .update_parts(value, |part| self.update_below(update, rest, part, vars))
                .map(Some),
            (UpdateStep::Field(key, _), Kind::Null | Kind::Object) => {
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
            (UpdateStep::Index(at, _), Kind::Array) => {
                let items = value.elements(self.arena)?.unwrap_or_default();
                let old = *items.get(*at).ok_or(Stop::Bail)?;
                let Some(new) = self.update_below(update, rest, old, vars)? else {
                    return Ok(None);
                };
                let changed = self.arena.alloc_slice_copy(items);
                changed[*at] = new;
                Ok(Some(Value::Arr(changed)))
            }
            (UpdateStep::Index(..), Kind::Null) => Err(Stop::Bail),
            (
                UpdateStep::Each(missing)
                | UpdateStep::Field(_, missing)
                | UpdateStep::Index(_, missing),
                _,
            ) => unreachable(missing),
        }
    }

    /// An array or object with the results of `update` on its parts; the same value if no part
    /// changes.
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
