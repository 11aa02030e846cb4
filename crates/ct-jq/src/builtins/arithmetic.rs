//! Operators as filters, right side first, as jq evaluates their sides.

use super::{Native, one, pop};
use crate::value::{Val, order};
use jaq_core::native::v;

macro_rules! operator {
    ($name:literal, $f:expr) => {
        ($name, v(2), |mut cv| {
            // The input is let go first, so that `. + x` may grow in place.
            cv.1 = Val::Null;
            let left = pop(&mut cv);
            let right = pop(&mut cv);
            one($f(left, right))
        })
    };
}

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        operator!("_rplus", |l, r| l + r),
        operator!("_rminus", |l, r| l - r),
        operator!("_rmultiply", |l, r| l * r),
        operator!("_rdivide", |l, r| l / r),
        operator!("_rmod", |l, r| l % r),
        operator!("_requal", |l: Val, r: Val| order::checked_equal(&l, &r)
            .map(Val::Bool)),
        operator!("_rnotequal", |l: Val, r: Val| order::checked_equal(&l, &r)
            .map(|same| Val::Bool(!same))),
        operator!("_rless", |l: Val, r: Val| order::checked(&l, &r)
            .map(|o| Val::Bool(o.is_lt()))),
        operator!("_rgreater", |l: Val, r: Val| order::checked(&l, &r)
            .map(|o| Val::Bool(o.is_gt()))),
        operator!("_rlesseq", |l: Val, r: Val| order::checked(&l, &r)
            .map(|o| Val::Bool(o.is_le()))),
        operator!("_rgreatereq", |l: Val, r: Val| order::checked(&l, &r)
            .map(|o| Val::Bool(o.is_ge()))),
    ])
}
