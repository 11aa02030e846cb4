//! Mathematical functions with the last digits of the C library that jq is built with, where Rust's differ.

use std::f64::consts::LN_2;

/// The inverse hyperbolic cosine; not a number below 1.
pub(super) fn acosh(x: f64) -> f64 {
    if x >= 268_435_456.0 {
        x.ln() + LN_2
    } else if x > 2.0 {
        (2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt())).ln()
    } else if x >= 1.0 {
        let t = x - 1.0;
        (t + (2.0 * t + t * t).sqrt()).ln_1p()
    } else {
        f64::NAN
    }
}

/// The inverse hyperbolic sine.
pub(super) fn asinh(x: f64) -> f64 {
    // The C library compares the upper half of a double's bits.
    let upper = x.abs().to_bits() >> 32;
    let size = x.abs();
    let result = if upper < 0x3e30_0000 || !x.is_finite() {
        return x;
    } else if upper > 0x41b0_0000 {
        size.ln() + LN_2
    } else if upper > 0x4000_0000 {
        (2.0 * size + 1.0 / ((size * size + 1.0).sqrt() + size)).ln()
    } else {
        let t = size * size;
        (size + t / (1.0 + (1.0 + t).sqrt())).ln_1p()
    };
    result.copysign(x)
}

/// The cube root, by a polynomial and one step of Halley's.
pub(super) fn cbrt(x: f64) -> f64 {
    const CBRT_2: f64 = 1.259_921_049_894_873_2;
    const CBRT_4: f64 = 1.587_401_051_968_199_6;
    const FACTORS: [f64; 5] = [1.0 / CBRT_4, 1.0 / CBRT_2, 1.0, CBRT_2, CBRT_4];
    if x == 0.0 || !x.is_finite() {
        return x + x;
    }
    let (m, exponent) = libm::frexp(x.abs());
    let u = 0.354_895_765_043_919_84
        + ((1.508_191_937_815_849
            - ((2.114_994_941_673_713
                - ((2.446_931_225_635_344_3
                    - ((1.834_692_774_836_130_8
                        - (0.784_932_344_976_639_2 - 0.145_263_899_385_486_37 * m) * m)
                        * m))
                    * m))
                * m))
            * m);
    let cube = u * u * u;
    let third = usize::try_from(2 + exponent % 3).unwrap_or(2);
    let root = u * (cube + 2.0 * m) / (2.0 * cube + m) * FACTORS[third];
    libm::ldexp(root.copysign(x), exponent / 3)
}

/// `x` times two to the power of `n`, cut to a C `int`.
pub(super) fn ldexp(x: f64, n: f64) -> f64 {
    libm::ldexp(x, int(n))
}

/// `x` times two to the power of `n`, cut to a C `long`.
pub(super) fn scalbln(x: f64, n: f64) -> f64 {
    // What a long cannot hold is the least one.
    if n.is_nan() || n.abs() >= 9_223_372_036_854_775_808.0 {
        return libm::ldexp(x, i32::MIN);
    }
    libm::ldexp(x, int(n.clamp(-65_000.0, 65_000.0)))
}

/// `x` times two to the power of `n`, which must be whole.
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
    libm::ldexp(x, int(n.clamp(-65_000.0, 65_000.0)))
}

/// Bessel's function of the first kind of order 1.
pub(super) fn j1(x: f64) -> f64 {
    if x.is_infinite() {
        1.0 / x
    } else {
        libm::j1(x)
    }
}

/// A number cut to a C `int`, as x86-64 does it: what one cannot hold is the least one.
pub(super) fn int(n: f64) -> i32 {
    let whole = n.trunc();
    if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&whole) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        return whole as i32;
    }
    i32::MIN
}
