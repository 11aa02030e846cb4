//! Detects the scalars that a YAML 1.2 parser would not read as strings if they were written
//! without quotes.

/// Whether a YAML 1.2 parser would not read the plain scalar `text` as a string.
pub(crate) fn reads_as_other(text: &str) -> bool {
    matches!(
        text,
        "" | "~"
            | "null"
            | "Null"
            | "NULL"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
            | "<<"
            | "="
    ) || is_int(text)
        || is_float(text)
        || is_timestamp(text)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// Whether the plain scalar is an integer.
pub(crate) fn is_int(text: &str) -> bool {
    let all = |digits: &str, allowed: fn(u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|digit| digit == b'_' || allowed(digit))
    };
    // The AWS CLI's resolver considers only scalars that begin with a sign or a digit.
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
        return false;
    }
    let digits = unsigned(text);
    let based = |prefix: &str, allowed: fn(u8) -> bool| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|digits| all(digits, allowed))
    };
    all(digits, |digit| digit.is_ascii_digit())
        || based("0b", |digit| matches!(digit, b'0' | b'1'))
        || based("0o", |digit| (b'0'..=b'7').contains(&digit))
        || based("0x", |digit| digit.is_ascii_hexdigit())
}

/// Whether the plain scalar is a number but not an integer.
pub(crate) fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let exponent_digits = |exponent: &str| {
        let digits = unsigned(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if !digits(whole) || !fraction.is_none_or(digits) {
        return false;
    }
    match (whole.as_bytes().first(), fraction, exponent) {
        (Some(first), _, _) if !first.is_ascii_digit() => false,
        (Some(_), Some(_), exponent) => exponent.is_none_or(exponent_digits),
        (Some(_), None, Some(exponent)) => exponent_digits(exponent),
        // After a leading decimal point, the exponent must have a sign.
        (None, Some(fraction), exponent) => {
            !fraction.is_empty()
                && exponent.is_none_or(|exponent| {
                    exponent.starts_with(['-', '+']) && exponent_digits(exponent)
                })
        }
        _ => false,
    }
}

fn is_timestamp(text: &str) -> bool {
    let mut rest = text;
    let digits = |least: usize, most: usize, rest: &mut &str| {
        let count = rest
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        *rest = &rest[count..];
        count >= least
    };
    let date = |rest: &mut &str| {
        let padded = *rest;
        digits(4, 4, rest)
            && eat(rest, '-')
            && digits(1, 2, rest)
            && eat(rest, '-')
            && digits(1, 2, rest)
            && padded.len() >= rest.len()
    };
    if !date(&mut rest) {
        return false;
    }
    if rest.is_empty() {
        return text.len() == "2020-10-01".len();
    }
    if !eat(&mut rest, 'T') && !eat(&mut rest, 't') {
        let trimmed = rest.trim_start_matches([' ', '\t']);
        if trimmed.len() == rest.len() {
            return false;
        }
        rest = trimmed;
    }
    let clock = |rest: &mut &str| {
        digits(1, 2, rest)
            && eat(rest, ':')
            && digits(2, 2, rest)
            && eat(rest, ':')
            && digits(2, 2, rest)
    };
    if !clock(&mut rest) {
        return false;
    }
    if eat(&mut rest, '.') {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let zone = rest.trim_start_matches([' ', '\t']);
    if rest.is_empty() || zone == "Z" {
        return true;
    }
    let mut offset = zone;
    (eat(&mut offset, '-') || eat(&mut offset, '+'))
        && digits(1, 2, &mut offset)
        && (offset.is_empty()
            || (eat(&mut offset, ':') && digits(2, 2, &mut offset) && offset.is_empty()))
}

fn eat(rest: &mut &str, c: char) -> bool {
    match rest.strip_prefix(c) {
        Some(tail) => {
            *rest = tail;
            true
        }
        None => false,
    }
}
