//! Formats dates with the C library's conversions in the C locale.

use super::Civil;
use crate::calendar::{DAYS, MONTHS, days};

/// A local time and its time zone.
pub(super) struct Clock<'a> {
    pub(super) civil: Civil,
    /// The offset of the zone in seconds east of Greenwich.
    pub(super) offset: i64,
    /// The zone's abbreviation.
    pub(super) zone: &'a str,
    /// The seconds since 1970, which `%s` prints; 0 if the format contains no `s`.
    pub(super) seconds: i64,
}

/// The flags and the width that stand between `%` and the letter of a conversion.
#[derive(Clone, Copy, Default)]
struct Flags {
    pad: Option<char>,
    upper: bool,
    swap: bool,
    width: usize,
}

/// Formats `clock` by the format `text`, which ends at its first NUL. An unknown conversion is
/// copied unchanged.
pub(super) fn format(text: &str, clock: &Clock<'_>) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    expand(
        text.split('\0').next().unwrap_or_default(),
        clock,
        Flags::default(),
        &mut out,
    );
    out
}

fn expand(text: &str, clock: &Clock<'_>, outer: Flags, out: &mut String) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        if let Some(&letter @ (b'a'..=b'z' | b'A'..=b'Z')) = from.as_bytes().get(1)
            && !matches!(letter, b'E' | b'O')
        {
            let flags = Flags {
                upper: outer.upper,
                ..Flags::default()
            };
            if !convert(char::from(letter), clock, flags, out) {
                out.push_str(&from[..2]);
            }
            rest = &from[2..];
            continue;
        }
        let mut flags = Flags {
            upper: outer.upper,
            ..Flags::default()
        };
        let mut chars = from[1..].char_indices().peekable();
        while let Some(&(_, c)) = chars.peek() {
            match c {
                '_' => flags.pad = Some(' '),
                '0' => flags.pad = Some('0'),
                '-' => flags.pad = Some('-'),
                '^' => flags.upper = true,
                '#' => flags.swap = true,
                _ => break,
            }
            chars.next();
        }
        while let Some(&(_, c)) = chars.peek()
            && let Some(digit) = c.to_digit(10)
        {
            flags.width = (flags.width * 10 + usize::try_from(digit).unwrap_or(0)).min(4096);
            chars.next();
        }
        let modifier = chars.next_if(|(_, c)| matches!(c, 'E' | 'O'));
        let refused = match modifier {
            Some((_, 'E')) => "aAbBhDFdeHIklmMSUWVwgGj",
            Some(_) => "aAcDFxXY",
            None => "",
        };
        let Some((at, conversion)) = chars.next() else {
            push_unknown(from, 0, flags, out);
            return;
        };
        let end = 1 + at + conversion.len_utf8();
        if refused.contains(conversion) || !convert(conversion, clock, flags, out) {
            push_unknown(&from[..end], conversion.len_utf8() - 1, flags, out);
        }
        rest = &from[end..];
    }
    out.push_str(rest);
}

/// Copies an unknown conversion, padded to its width. As in the C library, `uncounted` bytes of the
/// conversion do not count towards the width.
fn push_unknown(conversion: &str, uncounted: usize, flags: Flags, out: &mut String) {
    push_padding(conversion.len() - uncounted, flags, out);
    if flags.upper {
        out.push_str(&conversion.to_ascii_uppercase());
    } else {
        out.push_str(conversion);
    }
}

/// Appends the padding that a text of `length` bytes needs to reach the width.
fn push_padding(length: usize, flags: Flags, out: &mut String) {
    let pad = if flags.pad == Some('0') { '0' } else { ' ' };
    out.extend(std::iter::repeat_n(pad, flags.width.saturating_sub(length)));
}

/// Appends the time converted by the letter `conversion`; returns false if the letter is unknown.
fn convert(conversion: char, clock: &Clock<'_>, flags: Flags, out: &mut String) -> bool {
    let civil = &clock.civil;
    if conversion == 'z' {
        // The C library applies the width to the sign and to the digits separately.
        let minutes = clock.offset.abs() / 60;
        push_padding(1, flags, out);
        out.push(if clock.offset < 0 { '-' } else { '+' });
        push_number(minutes / 60 * 100 + minutes % 60, 4, '0', flags, out);
        return true;
    }
    let hour12 = (civil.hour + 11) % 12 + 1;
    let mut number = |value, width, pad| push_number(value, width, pad, flags, out);
    match conversion {
        'C' => number(civil.year.div_euclid(100), 1, '0'),
        'd' => number(civil.day, 2, '0'),
        'e' => number(civil.day, 2, ' '),
        'G' => number(iso_week(civil).0, 1, '0'),
        'g' => number(iso_week(civil).0.rem_euclid(100), 2, '0'),
        'H' => number(civil.hour, 2, '0'),
        'I' => number(hour12, 2, '0'),
        'j' => number(civil.yearday + 1, 3, '0'),
        'k' => number(civil.hour, 2, ' '),
        'l' => number(hour12, 2, ' '),
        'm' => number(civil.month + 1, 2, '0'),
        'M' => number(civil.minute, 2, '0'),
        'S' => number(civil.second, 2, '0'),
        'U' => number((civil.yearday + 7 - civil.weekday) / 7, 2, '0'),
        'u' => number((civil.weekday + 6) % 7 + 1, 1, '0'),
        'V' => number(iso_week(civil).1, 2, '0'),
        'W' => number((civil.yearday + 7 - (civil.weekday + 6) % 7) / 7, 2, '0'),
        'w' => number(civil.weekday, 1, '0'),
        'Y' => number(civil.year, 1, '0'),
        'y' => number(civil.year.rem_euclid(100), 2, '0'),
        _ => return convert_text(conversion, clock, flags, out),
    }
    true
}

fn convert_text(conversion: char, clock: &Clock<'_>, flags: Flags, out: &mut String) -> bool {
    let civil = &clock.civil;
    let name = |names: &[&'static str], at: i64| {
        usize::try_from(at)
            .ok()
            .and_then(|at| names.get(at))
            .copied()
            .unwrap_or("?")
    };
    let half = if civil.hour < 12 { "AM" } else { "PM" };
    let mut text = String::new();
    let compound = |format: &str, text: &mut String| expand(format, clock, flags, text);
    match conversion {
        'A' => text.push_str(name(&DAYS, civil.weekday)),
        'a' => text.push_str(&name(&DAYS, civil.weekday)[..3]),
        'B' => text.push_str(name(&MONTHS, civil.month)),
        'b' | 'h' => text.push_str(&name(&MONTHS, civil.month)[..3]),
        'c' => compound("%a %b %e %H:%M:%S %Y", &mut text),
        'D' | 'x' => compound("%m/%d/%y", &mut text),
        'F' => compound("%Y-%m-%d", &mut text),
        'n' => text.push('\n'),
        'P' => text.push_str(&half.to_ascii_lowercase()),
        'p' => text.push_str(half),
        'R' => compound("%H:%M", &mut text),
        'r' => compound("%I:%M:%S %p", &mut text),
        'T' | 'X' => compound("%H:%M:%S", &mut text),
        's' => text.push_str(&clock.seconds.to_string()),
        't' => text.push('\t'),
        'Z' => text.push_str(clock.zone),
        '%' => text.push('%'),
        _ => return false,
    }
    let is_compound = matches!(conversion, 'c' | 'D' | 'x' | 'F' | 'R' | 'r' | 'T' | 'X');
    if flags.swap && matches!(conversion, 'p' | 'Z') {
        text.make_ascii_lowercase();
    } else if conversion != 'P' && (flags.upper || flags.swap && !is_compound) {
        text.make_ascii_uppercase();
    }
    push_padding(text.chars().count(), flags, out);
    out.push_str(&text);
    true
}

fn push_number(value: i64, width: usize, pad: char, flags: Flags, out: &mut String) {
    if let (0..100, 2, '0', None, 0) = (value, width, pad, flags.pad, flags.width) {
        let digit = |n| char::from(b'0' + u8::try_from(n).unwrap_or_default());
        out.push(digit(value / 10));
        out.push(digit(value % 10));
        return;
    }
    let mut digits = [0; 20];
    let digits = decimal(value.unsigned_abs(), &mut digits);
    let pad = flags.pad.unwrap_or(pad);
    let sign = if value < 0 { "-" } else { "" };
    let width = if pad == '-' { 0 } else { width };
    let missing = width
        .max(flags.width)
        .saturating_sub(digits.len() + sign.len());
    if matches!(pad, ' ' | '-') {
        out.extend(std::iter::repeat_n(' ', missing));
        out.push_str(sign);
    } else {
        out.push_str(sign);
        out.extend(std::iter::repeat_n('0', missing));
    }
    out.push_str(digits);
}

/// Writes the decimal digits of a number to the end of `digits`, and returns them as text.
fn decimal(mut value: u64, digits: &mut [u8; 20]) -> &str {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
        if value == 0 {
            return std::str::from_utf8(&digits[start..]).unwrap_or_default();
        }
    }
}

/// The ISO 8601 year of a date, and the week of that year, from 1.
fn iso_week(civil: &Civil) -> (i64, i64) {
    let monday_based = (civil.weekday + 6) % 7;
    let week = (civil.yearday - monday_based + 10).div_euclid(7);
    if week < 1 {
        return (civil.year - 1, weeks_in(civil.year - 1));
    }
    if week > weeks_in(civil.year) {
        (civil.year + 1, 1)
    } else {
        (civil.year, week)
    }
}

fn weeks_in(year: i64) -> i64 {
    let december_31 = (days(year, 11, 31) + 4).rem_euclid(7);
    let january_1 = (days(year, 0, 1) + 4).rem_euclid(7);
    if december_31 == 4 || january_1 == 4 {
        53
    } else {
        52
    }
}
