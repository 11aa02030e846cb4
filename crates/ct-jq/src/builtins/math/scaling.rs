//! Conversions of numbers to C integers, and scaling by powers of two.

use super::c_library;

/// `x` times two to the power of `n`, where `n` is first converted to a C `int`.
pub(super) fn ldexp(x: f64, n: f64) -> f64 {
    c_library::ldexp(x, int(n))
}

/// `x` times two to the power of `n`, where `n` is first converted to a C `long`.
pub(super) fn scalbln(x: f64, n: f64) -> f64 {
    /// With an exponent of at least this size, every result is zero or infinite.
    const ENOUGH: f64 = 65_000.0;
    // On x86-64, a number that a C `long` cannot hold becomes the least `long`.
    let exponent = if n.is_nan() || n.abs() >= 9_223_372_036_854_775_808.0 {
        -ENOUGH
    } else {
        n.clamp(-ENOUGH, ENOUGH)
    };
    c_library::scalbln(x, int(exponent).into())
}

/// `x` times two to the power of `n`; nan if `n` has a fraction.
pub(super) fn scalb(x: f64, n: f64) -> f64 {
    if x.is_nan() || n.is_nan() || n == f64::INFINITY {
        return x * n;
    }
    if n == f64::NEG_INFINITY {
        return if x == 0.0 { x } else { x / -n };
    }
    if n.fract() != 0.0 {
        return f64::NAN;
    }
    c_library::ldexp(x, int(n.clamp(-65_000.0, 65_000.0)))
}

/// Converts a number to a C `int` as x86-64 does: a number out of range becomes the least `int`.
pub(super) fn int(n: f64) -> i32 {
    let whole = n.trunc();
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&whole) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number is whole and in range"
        )]
        return whole as i32;
    }
    i32::MIN
}
