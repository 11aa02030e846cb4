//! Computes cube roots with the digits of glibc's `cbrt`, which Rust's runtime replaces by its own.

use super::c_library;

/// The cube root of `x`: a polynomial approximation, then one step of Halley's method.
pub(super) fn cbrt(x: f64) -> f64 {
    const CBRT_2: f64 = 1.259_921_049_894_873_2;
    const CBRT_4: f64 = 1.587_401_051_968_199_6;
    const FACTORS: [f64; 5] = [1.0 / CBRT_4, 1.0 / CBRT_2, 1.0, CBRT_2, CBRT_4];
    if x == 0.0 || !x.is_finite() {
        return x + x;
    }
    let mut exponent = 0;
    let m = c_library::frexp(x.abs(), &mut exponent);
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
    c_library::ldexp(root.copysign(x), exponent / 3)
}
