//! Mathematical functions of the C library. jq calls them too, so all digits of the results are the
//! same.
//!
//! This is the only module of the crate that declares foreign functions. Each function takes and
//! returns numbers, or writes an `int` behind a reference, so that it is safe to call.

use std::ffi::{c_int, c_long};

#[expect(
    unsafe_code,
    reason = "these functions take any numbers, and the signatures are those of the C standard and POSIX"
)]
unsafe extern "C" {
    pub(super) safe fn acosh(x: f64) -> f64;
    pub(super) safe fn asinh(x: f64) -> f64;
    pub(super) safe fn atanh(x: f64) -> f64;
    pub(super) safe fn erf(x: f64) -> f64;
    pub(super) safe fn erfc(x: f64) -> f64;
    pub(super) safe fn fdim(x: f64, y: f64) -> f64;
    pub(super) safe fn frexp(x: f64, exponent: &mut c_int) -> f64;
    pub(super) safe fn ilogb(x: f64) -> c_int;
    pub(super) safe fn j0(x: f64) -> f64;
    pub(super) safe fn j1(x: f64) -> f64;
    pub(super) safe fn jn(n: c_int, x: f64) -> f64;
    pub(super) safe fn ldexp(x: f64, exponent: c_int) -> f64;
    pub(super) safe fn lgamma_r(x: f64, sign: &mut c_int) -> f64;
    pub(super) safe fn logb(x: f64) -> f64;
    pub(super) safe fn nextafter(x: f64, y: f64) -> f64;
    pub(super) safe fn remainder(x: f64, y: f64) -> f64;
    pub(super) safe fn scalbln(x: f64, exponent: c_long) -> f64;
    pub(super) safe fn tgamma(x: f64) -> f64;
    pub(super) safe fn y0(x: f64) -> f64;
    pub(super) safe fn y1(x: f64) -> f64;
    pub(super) safe fn yn(n: c_int, x: f64) -> f64;
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the function takes any number, and the signature is that of glibc and musl"
)]
unsafe extern "C" {
    pub(super) safe fn exp10(x: f64) -> f64;
}

/// Ten to the power of `x`, for systems whose C library has no function for this.
#[cfg(not(target_os = "linux"))]
pub(super) fn exp10(x: f64) -> f64 {
    10f64.powf(x)
}
