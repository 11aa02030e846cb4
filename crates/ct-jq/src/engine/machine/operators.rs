//! Operators on two values.

use super::{Flow, FlowResult, Machine};
use crate::engine::work;
use crate::value::number::Num;
use crate::value::{Result, Val, order};
use jaq_core::ops::{Cmp, Math};

pub(in crate::engine) fn math(op: Math, left: Val, right: Val) -> Result {
    match op {
        Math::Add => left + right,
        Math::Sub => left - right,
        Math::Mul => left * right,
        Math::Div => left / right,
        Math::Rem => left % right,
    }
}

pub(in crate::engine) fn compare(op: Cmp, left: &Val, right: &Val) -> Result<bool> {
    Ok(match op {
        Cmp::Eq => order::checked_equal(left, right)?,
        Cmp::Ne => !order::checked_equal(left, right)?,
        Cmp::Lt => order::checked(left, right)?.is_lt(),
        Cmp::Gt => order::checked(left, right)?.is_gt(),
        Cmp::Le => order::checked(left, right)?.is_le(),
        Cmp::Ge => order::checked(left, right)?.is_ge(),
    })
}

impl Machine<'_> {
    /// Applies an operator to two values, and pushes the result.
    #[inline]
    pub(super) fn math(&mut self, op: Math, left: Val, right: Val) -> FlowResult {
        if !self.work.allows(work::of_operator(op, &left, &right)) {
            return Ok(Flow::Back);
        }
        let result = math(op, left, right)?;
        self.stack.push(result);
        Ok(Flow::Next)
    }

    /// Subtracts 1 from a variable of the running function; returns whether the result is above 0.
    pub(super) fn count_down(&mut self, index: u16) -> Result<bool> {
        if let Val::Num(Num::Double(count) | Num::Short(count)) = self.stack.own(index) {
            let left = *count - 1.0;
            *self.stack.own(index) = Val::number(left);
            return Ok(left > 0.0);
        }
        let count = std::mem::replace(self.stack.own(index), Val::Null);
        let left = math(Math::Sub, count, Val::count(1))?;
        let is_more = compare(Cmp::Gt, &left, &Val::count(0))?;
        *self.stack.own(index) = left;
        Ok(is_more)
    }
}
