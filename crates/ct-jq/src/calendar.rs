//! Converts between dates of the proleptic Gregorian calendar and days since 1970-01-01.

/// The number of days from 0000-03-01, where the algorithm starts to count, to 1970-01-01.
const EPOCH: i64 = 719_468;

const DAYS_IN_400_YEARS: i64 = 146_097;

/// The number of seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// The names of the days, from Sunday.
pub(crate) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
/// The names of the months, from January.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The number of days from 1970-01-01 to a date. The month counts from 0 and the day from 1; both
/// may be out of range.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // The algorithm begins a year in March, so that a leap day is the last day of its year.
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year_of_era / 4 - year_of_era / 100;
    era * DAYS_IN_400_YEARS + year_of_era * 365 + leap_days + day_of_year - EPOCH
}

/// The date `days` days after 1970-01-01: the year, the month from 0, and the day from 1.
pub(crate) fn date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let era = days.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 {
        (year, month + 2, day)
    } else {
        (year + 1, month - 10, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (-800_000..800_000).step_by(37) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn known_dates_have_their_days() {
        assert_eq!(days(1970, 0, 1), 0);
        assert_eq!(days(2000, 1, 29), 11_016);
        assert_eq!(days(1969, 11, 31), -1);
        assert_eq!(days(1970, 12, 1), 365);
        assert_eq!(date(11_016), (2000, 1, 29));
        assert_eq!(date(-1), (1969, 11, 31));
    }
}
