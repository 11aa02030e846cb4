//! The words that python-dateutil knows in a time, in any case.

/// A half of the day on a twelve-hour clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Am,
    Pm,
}

impl Half {
    /// The hour on a 24-hour clock.
    pub(super) fn hour(self, hour: i64) -> i64 {
        match self {
            Self::Pm if hour < 12 => hour + 12,
            Self::Am if hour == 12 => 0,
            Self::Am | Self::Pm => hour,
        }
    }
}

/// The unit that `h`, `min` and similar words give a number.
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

/// Days after Monday, from a weekday's name or its first three letters.
pub(super) fn weekday(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    position(&WEEKDAYS, |name| word == *name || word == name[..3])
}

/// 1 to 12, from a month's name, its first three letters or `sept`.
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

pub(super) fn half(word: &str) -> Option<Half> {
    match word.to_lowercase().as_str() {
        "am" | "a" => Some(Half::Am),
        "pm" | "p" => Some(Half::Pm),
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

/// Whether the word has no meaning of its own.
pub(super) fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word.to_lowercase().as_str())
}

/// Whether the name, in any case, is one of Greenwich's.
pub(super) fn is_utc(name: &str) -> bool {
    ["utc", "gmt", "z"].contains(&name.to_lowercase().as_str())
}

/// Whether the word looks like a zone's name: up to five capitals, or a small `z`.
pub(super) fn is_zone_like(word: &str) -> bool {
    word == "z" || (word.len() <= 5 && word.bytes().all(|letter| letter.is_ascii_uppercase()))
}
