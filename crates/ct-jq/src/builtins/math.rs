//! Mathematical functions.

mod c_library;
mod cube_root;
mod scaling;

use super::{Native, Run, binary, plain};
use crate::value::{Result, Val, error};

fn number(value: &Val) -> Result<f64> {
    value
        .as_f64()
        .ok_or_else(|| error::about(value, "number required"))
}

/// Defines a native filter that computes a function of its input, a number.
macro_rules! f1 {
    ($name:literal, $f:expr) => {
        plain($name, |value: Val| Ok(Val::number($f(number(&value)?))))
    };
}

/// Defines a native filter that computes a function of its two arguments, which are numbers.
macro_rules! f2 {
    ($name:literal, $f:expr) => {
        binary($name, |_, a: Val, b: Val| {
            Ok(Val::number($f(number(&a)?, number(&b)?)))
        })
    };
}

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("_negate", |value: Val| -value),
        f1!("acos", f64::acos),
        f1!("acosh", c_library::acosh),
        f1!("asin", f64::asin),
        f1!("asinh", c_library::asinh),
        f1!("atan", f64::atan),
        f1!("atanh", c_library::atanh),
        f1!("cbrt", cube_root::cbrt),
        f1!("ceil", f64::ceil),
        f1!("cos", f64::cos),
        f1!("cosh", f64::cosh),
        f1!("erf", c_library::erf),
        f1!("erfc", c_library::erfc),
        f1!("exp", f64::exp),
        f1!("exp10", c_library::exp10),
        f1!("exp2", f64::exp2),
        f1!("expm1", f64::exp_m1),
        f1!("fabs", f64::abs),
        f1!("floor", f64::floor),
        f1!("gamma", lgamma),
        f1!("j0", c_library::j0),
        f1!("j1", c_library::j1),
        f1!("lgamma", lgamma),
        f1!("log", f64::ln),
        f1!("log10", f64::log10),
        f1!("log1p", f64::ln_1p),
        f1!("log2", f64::log2),
        f1!("logb", c_library::logb),
        f1!("nearbyint", f64::round_ties_even),
        f1!("rint", f64::round_ties_even),
        f1!("round", f64::round),
        f1!("significand", significand),
        f1!("sin", f64::sin),
        f1!("sinh", f64::sinh),
        f1!("sqrt", f64::sqrt),
        f1!("tan", f64::tan),
        f1!("tanh", f64::tanh),
        f1!("tgamma", c_library::tgamma),
        f1!("trunc", f64::trunc),
        f1!("y0", c_library::y0),
        f1!("y1", c_library::y1),
        f2!("atan2", f64::atan2),
        f2!("copysign", f64::copysign),
        f2!("drem", c_library::remainder),
        f2!("remainder", c_library::remainder),
        f2!("fdim", c_library::fdim),
        f2!("fmax", f64::max),
        f2!("fmin", f64::min),
        f2!("fmod", |a: f64, b: f64| a % b),
        f2!("hypot", f64::hypot),
        f2!("jn", |n, x| c_library::jn(scaling::int(n), x)),
        f2!("ldexp", scaling::ldexp),
        f2!("scalb", scaling::scalb),
        f2!("scalbln", scaling::scalbln),
        f2!("nextafter", c_library::nextafter),
        f2!("nexttoward", c_library::nextafter),
        f2!("pow", f64::powf),
        f2!("yn", |n, x| c_library::yn(scaling::int(n), x)),
        Native {
            name: "fma",
            run: Run::Ternary(|_, a, b, c| {
                Ok(Val::number(number(&a)?.mul_add(number(&b)?, number(&c)?)))
            }),
        },
        plain("frexp", |value: Val| {
            let n = number(&value)?;
            let (fraction, exponent) = if n.is_finite() {
                let mut exponent = 0;
                (c_library::frexp(n, &mut exponent), exponent)
            } else {
                (n, 0)
            };
            Ok(pair(fraction, f64::from(exponent)))
        }),
        plain("modf", |value: Val| {
            let n = number(&value)?;
            let fraction = if n.is_infinite() {
                0.0f64.copysign(n)
            } else {
                n.fract().copysign(n)
            };
            Ok(pair(fraction, n.trunc()))
        }),
        plain("lgamma_r", |value: Val| {
            let mut sign = 0;
            let n = c_library::lgamma_r(number(&value)?, &mut sign);
            Ok(pair(n, f64::from(sign)))
        }),
        plain("isinfinite", |value: Val| {
            Ok(Val::Bool(value.as_f64().is_some_and(f64::is_infinite)))
        }),
        plain("isnan", |value: Val| {
            Ok(Val::Bool(value.as_f64().is_some_and(f64::is_nan)))
        }),
        plain("isnormal", |value: Val| {
            Ok(Val::Bool(value.as_f64().is_some_and(f64::is_normal)))
        }),
    ])
}

fn pair(a: f64, b: f64) -> Val {
    Val::array(vec![Val::number(a), Val::number(b)])
}

fn lgamma(n: f64) -> f64 {
    c_library::lgamma_r(n, &mut 0)
}

/// The number scaled by a power of two to an absolute value of at least 1 and below 2.
fn significand(n: f64) -> f64 {
    if n == 0.0 || !n.is_finite() {
        n
    } else {
        c_library::ldexp(n, -c_library::ilogb(n))
    }
}
