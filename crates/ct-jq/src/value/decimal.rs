//! Exact decimals, for number literals that would print differently if they were converted to
//! doubles. jq uses the library decNumber for such literals.

use std::cmp::Ordering;
use std::io::Write as _;

/// The largest adjusted exponent of a decimal; a larger number is infinite in jq.
const EXPONENT_MAX: i64 = 999_999_999;
/// The smallest exponent of a decimal's last digit; lower digits are rounded away.
const EXPONENT_TINY: i64 = -1_147_483_646;
/// The number of digits that is enough to distinguish any two doubles.
const DOUBLE_DIGITS: usize = 17;

/// A finite decimal, `±digits × 10^exponent`, and the double that is nearest to it.
#[derive(Clone, Debug)]
pub struct Decimal {
    negative: bool,
    /// The digits in ASCII without leading zeros; `0` for zero.
    digits: Box<[u8]>,
    exponent: i64,
    double: f64,
}

impl Decimal {
    /// Parses `[+-]digits[.digits][(e|E)[+-]digits]`, with at least one digit before the exponent.
    ///
    /// Returns `None` if the text has another form. If the exponent is too large, the double is
    /// infinite.
    #[must_use]
    pub(crate) fn parse(text: &[u8]) -> Option<Parsed> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] | rest => (false, rest),
        };
        let (mantissa, exponent) = match rest.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|&b| b == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &mantissa[..0]),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return None;
        }
        let mut digits: Vec<u8> = whole
            .iter()
            .chain(fraction)
            .copied()
            .skip_while(|&b| b == b'0')
            .collect();
        if digits.is_empty() {
            digits.push(b'0');
        }
        let fraction_len = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        Some(Self::bounded(
            negative,
            digits,
            exponent.saturating_sub(fraction_len),
        ))
    }

    fn bounded(negative: bool, mut digits: Vec<u8>, mut exponent: i64) -> Parsed {
        if exponent < EXPONENT_TINY {
            round_off(&mut digits, EXPONENT_TINY.saturating_sub(exponent));
            exponent = EXPONENT_TINY;
        }
        let zero = digits == b"0";
        if zero {
            exponent = exponent.min(EXPONENT_MAX);
        } else if exponent.saturating_add(width(&digits) - 1) > EXPONENT_MAX {
            return Parsed::Infinite { negative };
        }
        Parsed::Finite(Self {
            negative,
            double: double(negative, &digits, exponent),
            digits: digits.into(),
            exponent,
        })
    }

    /// The nearest double, which is infinite if the decimal is out of a double's range.
    #[must_use]
    pub(crate) fn double(&self) -> f64 {
        self.double
    }

    /// The negated decimal. Zero loses its sign, as in decNumber.
    #[must_use]
    pub(crate) fn negated(&self) -> Self {
        let zero = self.is_zero();
        Self {
            negative: !self.negative && !zero,
            double: if zero { 0.0 } else { -self.double },
            ..self.clone()
        }
    }

    /// Whether the sign is minus, which is also true for `-0`.
    #[must_use]
    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    fn is_zero(&self) -> bool {
        *self.digits == *b"0"
    }

    fn signum(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Appends the decimal as decNumber's scientific string, such as `1.000`, `1E+2`, `1E-7` or
    /// `0.00001`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let digits = &self.digits[..];
        let width = width(digits);
        let adjusted = self.exponent + width - 1;
        if self.exponent > 0 || adjusted < -6 {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            write!(out, "E{adjusted:+}").expect("writing to memory cannot fail");
            return;
        }
        let point = width + self.exponent;
        if let Ok(whole) = usize::try_from(point)
            && whole > 0
        {
            out.extend_from_slice(&digits[..whole]);
            if whole < digits.len() {
                out.push(b'.');
                out.extend_from_slice(&digits[whole..]);
            }
        } else {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + usize::try_from(-point).unwrap_or(0), b'0');
            out.extend_from_slice(digits);
        }
    }

    /// Compares by the exact value: `1.0` and `1` are equal, and `1e1000` is less than `1e1001`.
    #[must_use]
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let sign = self.signum();
        let by_sign = sign.cmp(&other.signum());
        if by_sign.is_ne() || sign == 0 {
            return by_sign;
        }
        let top = |d: &Self| d.exponent + width(&d.digits);
        let size = top(self).cmp(&top(other)).then_with(|| {
            let len = self.digits.len().max(other.digits.len());
            let padded = |d: &Self, i: usize| d.digits.get(i).copied().unwrap_or(b'0');
            (0..len)
                .map(|i| padded(self, i))
                .cmp((0..len).map(|i| padded(other, i)))
        });
        if sign < 0 { size.reverse() } else { size }
    }
}

/// The number that the text of a literal stands for.
#[derive(Clone, Debug)]
pub(crate) enum Parsed {
    /// An exact decimal.
    Finite(Decimal),
    /// A number that is too large even for a decimal.
    Infinite {
        /// Whether the number is minus infinity.
        negative: bool,
    },
}

fn width(digits: &[u8]) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // The limit is so low that the sum of the exponent and the number of digits cannot overflow.
    let limit = i64::MAX / 4;
    let size = digits.iter().fold(0i64, |n, &b| {
        n.saturating_mul(10)
            .saturating_add(i64::from(b - b'0'))
            .min(limit)
    });
    Some(if negative { -size } else { size })
}

/// The double with which jq computes: the nearest to the digits. More than 17 digits are first
/// rounded to 17, half to even.
fn double(negative: bool, digits: &[u8], exponent: i64) -> f64 {
    let (kept, rest) = digits.split_at(digits.len().min(DOUBLE_DIGITS));
    let mut kept = kept.to_vec();
    let is_odd = kept.last().is_some_and(|digit| digit % 2 == 1);
    let is_up = match rest.split_first() {
        Some((b'5', rest)) => is_odd || rest.iter().any(|&digit| digit != b'0'),
        Some((first, _)) => *first > b'5',
        None => false,
    };
    if is_up {
        increment(&mut kept);
    }
    let dropped = i64::try_from(rest.len()).unwrap_or(i64::MAX);
    let (sign, digits) = (
        if negative { "-" } else { "" },
        String::from_utf8_lossy(&kept),
    );
    format!("{sign}{digits}e{}", exponent.saturating_add(dropped))
        .parse()
        .unwrap_or(f64::NAN)
}

/// Adds one to the last digit.
fn increment(digits: &mut Vec<u8>) {
    if let Some(at) = digits.iter().rposition(|&b| b != b'9') {
        digits[at] += 1;
        digits[at + 1..].fill(b'0');
    } else {
        digits.fill(b'0');
        digits.insert(0, b'1');
    }
}

/// Drops the last `count` digits, and rounds half up.
fn round_off(digits: &mut Vec<u8>, count: i64) {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let up = count <= digits.len() && digits[digits.len() - count] >= b'5';
    digits.truncate(digits.len().saturating_sub(count));
    if up {
        increment(digits);
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
}
