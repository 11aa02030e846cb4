//! Evaluates `walk` and `paths`.

use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::eval::steps::ends;
use crate::fastpath::eval::{Eval, Sink, Vars};
use crate::fastpath::node::Node;
use crate::fastpath::value::{Flow, Kind, Member, Stop, Value};

impl<'a> Eval<'a> {
    /// Evaluates `walk`: updates the parts of the value, then passes the results of `update` on the
    /// changed value to `out`.
    ///
    /// The update of a member ends after its first result, with [`Stop::Enough`] and the number
    /// `id`.
    pub(crate) fn walk(
        self,
        (id, update): (u32, &'a Node),
        value: Value<'a>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let value = self.walk_parts((id, update), value, vars)?;
        self.each(update, value, vars, out)
    }

    fn walk_parts(
        self,
        (id, update): (u32, &'a Node),
        value: Value<'a>,
        vars: Vars<'_, 'a>,
    ) -> Result<Value<'a>, Stop> {
        if value.kind() < Kind::Array {
            return Ok(value);
        }
        let mut differs = false;
        if let Some(items) = value.elements(self.arena)? {
            let mut parts = ArenaVec::with_capacity_in(items.len(), self.arena);
            for item in items {
                let before = parts.len();
                self.walk((id, update), *item, vars, &mut |part| {
                    differs |= !part.is_same(item);
                    parts.push(part);
                    Ok(())
                })?;
                differs |= parts.len() != before + 1;
            }
            return Ok(if differs {
                Value::Arr(parts.into_bump_slice())
            } else {
                value
            });
        }
        let members = value.members(self.arena)?.unwrap_or_default();
        let mut parts: ArenaVec<'_, Member<'a>> =
            ArenaVec::with_capacity_in(members.len(), self.arena);
        for (key, member) in members {
            let mut first = None;
            let flow = self.walk((id, update), *member, vars, &mut |part| {
                first = Some(part);
                Err(Stop::Enough(id))
            });
            ends(flow, id)?;
            differs |= !first.is_some_and(|first| first.is_same(member));
            parts.extend(first.map(|first| (*key, first)));
        }
        Ok(if differs {
            Value::Obj(parts.into_bump_slice())
        } else {
            value
        })
    }

    /// Evaluates `paths`: passes the path of each part of the value for which the condition holds
    /// to `out`.
    pub(crate) fn paths(
        self,
        condition: Option<&'a Node>,
        value: Value<'a>,
        path: &mut Vec<Value<'a>>,
        vars: Vars<'_, 'a>,
        out: Sink<'_, 'a>,
    ) -> Flow {
        let mut found = |holds: bool| {
            if holds && !path.is_empty() {
                self.arena.charge(size_of_val(path.as_slice()))?;
                out(Value::Arr(self.arena.alloc_slice_copy(path)))?;
            }
            Ok(())
        };
        match condition {
            Some(condition) => self.each(condition, value, vars, &mut |met| found(met.truth()))?,
            None => found(true)?,
        }
        if value.kind() < Kind::Array {
            return Ok(());
        }
        if let Some(items) = value.elements(self.arena)? {
            for (at, item) in items.iter().enumerate() {
                path.push(Value::count(at));
                self.paths(condition, *item, path, vars, out)?;
                path.pop();
            }
            return Ok(());
        }
        for (key, member) in value.members(self.arena)?.unwrap_or_default() {
            path.push(Value::Str(key));
            self.paths(condition, *member, path, vars, out)?;
            path.pop();
        }
        Ok(())
    }
}
