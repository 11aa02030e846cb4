//! Decimal numbers in a time.

/// The error for text that is not a time. The error does not contain the text, because the caller
/// has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotATime;

/// Digits, with at most one decimal point between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number<'a> {
    /// The integer part. A number that does not fit into an `i64` becomes the maximum `i64`, which
    /// is not valid in any part of a date or clock time.
    pub(super) whole: i64,
    fraction: &'a str,
}

impl<'a> Number<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, NotATime> {
        let (before, fraction) = text.split_once('.').unwrap_or((text, "0"));
        whole(fraction)?;
        Ok(Self {
            whole: whole(before)?,
            fraction,
        })
    }

    /// Whether the number, including its fraction, is above `limit`.
    pub(super) fn is_above(&self, limit: i64) -> bool {
        self.whole > limit || (self.whole == limit && self.has_fraction())
    }

    /// The fraction in sixtieths, rounded down: minutes of an hour, or seconds of a minute. `None` if the fraction is
    /// 0.
    pub(super) fn sixtieths(&self) -> Option<i64> {
        self.has_fraction().then(|| self.in_sixtieths())
    }

    fn has_fraction(&self) -> bool {
        self.fraction.bytes().any(|digit| digit != b'0')
    }

    fn in_sixtieths(&self) -> i64 {
        // Twelve digits are precise enough and keep the product within an `i64`.
        let digits = &self.fraction[..self.fraction.len().min(12)];
        let (value, scale) = digits.bytes().fold((0, 1), |(value, scale), digit| {
            (value * 10 + i64::from(digit - b'0'), scale * 10)
        });
        value * 60 / scale
    }
}

/// Parses digits. A number that does not fit into an `i64` becomes the maximum `i64`.
pub(super) fn whole(digits: &str) -> Result<i64, NotATime> {
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(NotATime);
    }
    Ok(digits.parse().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{NotATime, Number, whole};

    #[test]
    fn a_fraction_is_rounded_down() {
        let number = Number::read("9.9999999").unwrap();
        assert_eq!((number.whole, number.sixtieths()), (9, Some(59)));
        assert_eq!(Number::read("9.0").unwrap().sixtieths(), None);
    }

    #[test]
    fn text_with_other_characters_is_not_a_number() {
        for text in ["", ".5", "5.", "1.2.3", "-1", "x"] {
            assert_eq!(Number::read(text), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn a_number_that_is_too_large_becomes_the_maximum() {
        assert_eq!(whole("99999999999999999999"), Ok(i64::MAX));
    }
}
