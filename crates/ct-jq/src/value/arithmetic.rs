//! Computes `+ - * / %` and the unary minus on values.

use super::array::Array;
use super::number::Num;
use super::object::Object;
use super::text::Text;
use super::{DEPTH_MAX, Result, Val, error, order};
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

/// The maximum length of a repeated string, in bytes.
const REPEATED_MAX: usize = 0x7fff_ffff;

impl Add for Val {
    type Output = Result;

    #[inline]
    fn add(self, other: Self) -> Result {
        match (self, other) {
            (Self::Num(a), Self::Num(b)) => Ok(Self::number(a.double() + b.double())),
            (Self::Str(a), Self::Str(b)) if a.is_empty() => Ok(Self::Str(b)),
            (Self::Str(a), Self::Str(b)) => Ok(Self::Str(a.joined(&b))),
            (Self::Null, value) | (value, Self::Null) => Ok(value),
            (Self::Arr(mut a), Self::Arr(b)) => {
                Rc::make_mut(&mut a).extend(Array::unshared(b));
                Ok(Self::Arr(a))
            }
            (Self::Obj(mut a), Self::Obj(b)) => {
                let object = Rc::make_mut(&mut a);
                for (key, value) in Rc::unwrap_or_clone(b).into_members() {
                    object.insert(key, value);
                }
                Ok(Self::Obj(a))
            }
            (a, b) => Err(error::about_both(&a, &b, "cannot be added")),
        }
    }
}

impl Sub for Val {
    type Output = Result;

    #[inline]
    fn sub(self, other: Self) -> Result {
        match (self, other) {
            (Self::Num(a), Self::Num(b)) => Ok(Self::number(a.double() - b.double())),
            (Self::Arr(a), Self::Arr(b)) => {
                let mut kept = Vec::new();
                for value in Array::unshared(a) {
                    let mut found = false;
                    for gone in b.iter() {
                        found = found || order::checked_equal(&value, gone)?;
                    }
                    if !found {
                        kept.push(value);
                    }
                }
                Ok(Self::array(kept))
            }
            (a, b) => Err(error::about_both(&a, &b, "cannot be subtracted")),
        }
    }
}

impl Mul for Val {
    type Output = Result;

    #[inline]
    fn mul(self, other: Self) -> Result {
        match (self, other) {
            (Self::Num(a), Self::Num(b)) => Ok(Self::number(a.double() * b.double())),
            (Self::Str(text), Self::Num(n)) | (Self::Num(n), Self::Str(text)) => {
                repeated(&text, n.double())
            }
            (Self::Obj(a), Self::Obj(b)) => merged(a, &b, 0).map(Self::Obj),
            (a, b) => Err(error::about_both(&a, &b, "cannot be multiplied")),
        }
    }
}

impl Div for Val {
    type Output = Result;

    fn div(self, other: Self) -> Result {
        match (self, other) {
            (a @ Self::Num(_), b @ Self::Num(_)) => {
                let (n, by) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
                if by == 0.0 {
                    return Err(error::about_both(
                        &a,
                        &b,
                        "cannot be divided because the divisor is zero",
                    ));
                }
                Ok(Self::number(n / by))
            }
            (Self::Str(text), Self::Str(separator)) => Ok(split(&text, &separator)),
            (a, b) => Err(error::about_both(&a, &b, "cannot be divided")),
        }
    }
}

impl Rem for Val {
    type Output = Result;

    fn rem(self, other: Self) -> Result {
        match (self, other) {
            (a @ Self::Num(_), b @ Self::Num(_)) => {
                let (n, by) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
                if n.is_nan() || by.is_nan() {
                    return Ok(Self::number(f64::NAN));
                }
                remainder(n, by).map(Self::number).ok_or_else(|| {
                    error::about_both(
                        &a,
                        &b,
                        "cannot be divided (remainder) because the divisor is zero",
                    )
                })
            }
            (a, b) => Err(error::about_both(&a, &b, "cannot be divided (remainder)")),
        }
    }
}

impl Neg for Val {
    type Output = Result;

    fn neg(self) -> Result {
        match self {
            Self::Num(n) => Ok(Self::Num(n.negated())),
            value => Err(error::about(&value, "cannot be negated")),
        }
    }
}

/// The remainder of the integer parts, with the sign of `n`; `None` if the integer part of `by` is
/// zero.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, as in jq"
)]
#[expect(clippy::cast_precision_loss, reason = "jq's numbers are doubles")]
pub(crate) fn remainder(n: f64, by: f64) -> Option<f64> {
    let (n, by) = (n as i64, (by as i64).unsigned_abs());
    if by == 0 {
        return None;
    }
    let rest = (n.unsigned_abs() % by) as f64;
    Some(if n < 0 { -rest } else { rest } + 0.0)
}

/// The text repeated `n` times, where a fraction of `n` is dropped; null if `n` is negative or nan.
fn repeated(text: &Text, n: f64) -> Result {
    if n.is_nan() || n < 0.0 {
        return Ok(Val::Null);
    }
    if text.is_empty() {
        return Ok(Val::Str(text.clone()));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and the result is checked next"
    )]
    let times = n as usize;
    if text.len().saturating_mul(times) > REPEATED_MAX {
        return Err(error::error("Repeat string result too long"));
    }
    Ok(Val::from(text.repeat(times)))
}

/// Splits `text` at each separator, or into its characters if the separator is empty. An empty text
/// has no parts.
#[must_use]
pub(crate) fn split(text: &str, separator: &str) -> Val {
    if text.is_empty() {
        return Val::array(Vec::new());
    }
    if separator.is_empty() {
        let mut buffer = [0; 4];
        return Val::array(
            text.chars()
                .map(|c| Val::string(c.encode_utf8(&mut buffer)))
                .collect(),
        );
    }
    Val::array(text.split(separator).map(Val::string).collect())
}

/// Adds the members of `b` to `a`. Members that are objects in both are merged recursively.
fn merged(mut a: Rc<Object>, b: &Object, depth: usize) -> Result<Rc<Object>> {
    if depth > DEPTH_MAX {
        return Err(error::error("Object merge too deep"));
    }
    let object = Rc::make_mut(&mut a);
    for (key, theirs) in b {
        let Val::Obj(theirs) = theirs else {
            object.insert(key.clone(), theirs.clone());
            continue;
        };
        match object.get_mut(key) {
            Some(slot @ Val::Obj(_)) => {
                if let Val::Obj(ours) = std::mem::replace(slot, Val::Null) {
                    *slot = Val::Obj(merged(ours, theirs, depth + 1)?);
                }
            }
            _ => object.insert(key.clone(), Val::Obj(theirs.clone())),
        }
    }
    Ok(a)
}

/// Adds up values, as `reduce … (null; . + $x)` does.
///
/// # Errors
/// Fails if two values cannot be added.
pub(crate) fn sum(values: impl IntoIterator<Item = Val>) -> Result {
    values
        .into_iter()
        .try_fold(Val::Null, |sum, value| match (sum, value) {
            (Val::Num(a), Val::Num(b)) => Ok(Val::Num(Num::Double(a.double() + b.double()))),
            (sum, value) => sum + value,
        })
}
