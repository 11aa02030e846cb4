//! The words that python-dateutil recognizes in a time, in upper or lower case.

/// A half of the day on a twelve-hour clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HalfDay {
    Am,
    Pm,
}

impl HalfDay {
    /// Converts `hour` from a twelve-hour clock to a 24-hour clock.
    pub(super) fn hour(self, hour: i64) -> i64 {
        match self {
            Self::Pm if hour < 12 => hour + 12,
            Self::Am if hour == 12 => 0,
            Self::Am | Self::Pm => hour,
        }
    }
}

/// The unit that a word such as `h` or `minutes` gives to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Hour,
    Minute,
    Second,
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words and signs that may separate the parts of a time.
const FILLERS: [&str; 18] = [
    " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd",
    "th",
];

/// The number of days after Monday, for the name of a weekday or its first three letters.
pub(super) fn weekday(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    position(&WEEKDAYS, |name| word == *name || word == name[..3])
}

/// The month, from 1 to 12, for its name, its first three letters, or `sept`.
pub(super) fn month(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    let is_named = |name: &&str| word == **name || word == name[..3];
    if word == "sept" {
        return Some(9);
    }
    position(&MONTHS, is_named).map(|at| at + 1)
}

fn position(names: &[&str], is_named: impl FnMut(&&str) -> bool) -> Option<i64> {
    let at = names.iter().position(is_named)?;
    i64::try_from(at).ok()
}

pub(super) fn half(word: &str) -> Option<HalfDay> {
    match word.to_lowercase().as_str() {
        "am" | "a" => Some(HalfDay::Am),
        "pm" | "p" => Some(HalfDay::Pm),
        _ => None,
    }
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    match word.to_lowercase().as_str() {
        "h" | "hour" | "hours" => Some(Unit::Hour),
        "m" | "minute" | "minutes" => Some(Unit::Minute),
        "s" | "second" | "seconds" => Some(Unit::Second),
        _ => None,
    }
}

/// Whether the word has no meaning and only separates parts.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word.to_lowercase().as_str())
}

/// Whether the name is a name of UTC, in upper or lower case.
pub(super) fn is_utc(name: &str) -> bool {
    ["utc", "gmt", "z"].contains(&name.to_lowercase().as_str())
}

/// Whether the word looks like the name of a zone: up to five capital letters, or a lower-case `z`.
pub(super) fn is_zone_like(word: &str) -> bool {
    word == "z" || (word.len() <= 5 && word.bytes().all(|letter| letter.is_ascii_uppercase()))
}
