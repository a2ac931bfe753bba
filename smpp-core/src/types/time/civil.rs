//! Dates of the Gregorian calendar and seconds of Unix time.

use core::fmt;

const SECONDS_A_DAY: i64 = 86_400;

/// A date and a time of day, without a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DateTime {
    /// The full year, 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the last day of the month.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59; there are no leap seconds.
    pub second: u8,
}

impl DateTime {
    /// Whether there is such a date in the real calendar, and such a time of day.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.year <= 9999
            && self.day >= 1
            && self.day <= days_in_month(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }

    /// Seconds since 1970-01-01 00:00:00, when this is UTC. `None` when it is not valid.
    #[must_use]
    pub fn to_unix(self) -> Option<i64> {
        let days = self.is_valid().then(|| days_since_1970(self.year, self.month, self.day))?;
        let time = (i64::from(self.hour), i64::from(self.minute), i64::from(self.second));
        let seconds =
            time.0.saturating_mul(3600).saturating_add(time.1.saturating_mul(60)).saturating_add(time.2);
        Some(days.saturating_mul(SECONDS_A_DAY).saturating_add(seconds))
    }

    /// The UTC time `seconds` after 1970-01-01 00:00:00. `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let (year, month, day) = date_of_day(seconds.div_euclid(SECONDS_A_DAY))?;
        let of_day = seconds.rem_euclid(SECONDS_A_DAY);
        let part = |value: i64| u8::try_from(value).ok();
        let (hour, minute, second) = (part(of_day / 3600)?, part(of_day / 60 % 60)?, part(of_day % 60)?);
        Some(Self { year, month, day, hour, minute, second })
    }

    /// This moment `years` and `months` later. A day that the month does not have becomes its last.
    pub(super) fn after_months(self, years: u8, months: u8) -> Option<Self> {
        let from_zero = u32::from(self.month.checked_sub(1)?).checked_add(months.into())?;
        let year = u32::from(self.year).checked_add(years.into())?.checked_add(from_zero / 12)?;
        let year = u16::try_from(year).ok()?;
        let month = u8::try_from(from_zero % 12).ok()?.checked_add(1)?;
        let day = self.day.min(days_in_month(year, month));
        Some(Self { year, month, day, ..self })
    }
}

impl fmt::Display for DateTime {
    /// As ISO 8601 writes it: `2024-03-15T14:30:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// Which hundred years two digits mean: `first` to `first + 99`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct YearWindow {
    /// The first year of the hundred.
    pub first: u16,
}

impl YearWindow {
    /// 1938 to 2037, fixed (SMPP 3.4 appendix C). It ends soon: prefer [`YearWindow::around`].
    pub const SMPP_3_4: Self = Self { first: 1938 };

    /// 1970 to 2069, for the dates of receipts.
    pub const RECEIPT: Self = Self { first: 1970 };

    /// The hundred years with `year`, usually the current one, in the middle.
    #[must_use]
    pub const fn around(year: u16) -> Self {
        Self { first: year.saturating_sub(50) }
    }

    /// The year of the window with these last two digits; more digits are cut off.
    #[must_use]
    pub fn year(self, two_digits: u8) -> u16 {
        let behind = u16::from(two_digits % 100).saturating_add(100).saturating_sub(self.first % 100) % 100;
        self.first.saturating_add(behind)
    }
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

// Both functions count from 1 March of year 0, so that the leap day is the last day of a year, and months from March:
// (153 × month + 2) / 5 days stand before a month then. 719,468 days lie between that day and 1970-01-01.

#[expect(clippy::arithmetic_side_effects, reason = "16 and 8-bit numbers in 64-bit arithmetic")]
fn days_since_1970(year: u16, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let month = (i64::from(month) + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + i64::from(day) - 1 - 719_468
}

#[expect(clippy::arithmetic_side_effects, reason = "days of at most 10,000 years in 64-bit arithmetic")]
fn date_of_day(day: i64) -> Option<(u16, u8, u8)> {
    // Years 0 to 9999.
    if !(-719_528..=2_932_896).contains(&day) {
        return None;
    }
    let day = day + 719_468;
    let (cycle, of_cycle) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    // A cycle of 400 years has 97 leap days; take away those before the day.
    let of_years = of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096;
    let year_of_cycle = of_years / 365;
    let of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
    Some((u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn every_day_of_ten_thousand_years_goes_both_ways() {
        let (mut year, mut month, mut day) = (0, 1, 1);
        for number in -719_528..=2_932_896 {
            assert_eq!(date_of_day(number), Some((year, month, day)));
            assert_eq!(days_since_1970(year, month, day), number);
            day += 1;
            if day > days_in_month(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, date_of_day(-719_529), date_of_day(2_932_897)), (10_000, None, None));
    }

    #[test]
    fn known_moments_are_right() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00"),
            (-1, "1969-12-31T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_710_509_400, "2024-03-15T13:30:00"),
            (4_102_444_799, "2099-12-31T23:59:59"),
        ] {
            let moment = DateTime::from_unix(seconds).unwrap();
            assert_eq!((moment.to_string().as_str(), moment.to_unix()), (text, Some(seconds)));
        }
        let new_year = DateTime::from_unix(0).unwrap();
        for wrong in [
            DateTime { month: 2, day: 29, ..new_year },
            DateTime { month: 0, ..new_year },
            DateTime { month: 13, ..new_year },
            DateTime { day: 0, ..new_year },
            DateTime { hour: 24, ..new_year },
            DateTime { second: 60, ..new_year },
            DateTime { year: 10_000, ..new_year },
        ] {
            assert_eq!(wrong.to_unix(), None, "{wrong}");
        }
    }

    #[test]
    fn two_digits_mean_a_year_of_the_window() {
        for (window, digits, year) in [
            (YearWindow::SMPP_3_4, 38, 1938),
            (YearWindow::SMPP_3_4, 99, 1999),
            (YearWindow::SMPP_3_4, 37, 2037),
            (YearWindow::RECEIPT, 70, 1970),
            (YearWindow::RECEIPT, 69, 2069),
            (YearWindow::around(2026), 38, 2038),
            (YearWindow::around(2026), 76, 1976),
            (YearWindow::around(2026), 75, 2075),
            (YearWindow::around(2000), 50, 1950),
            (YearWindow::around(20), 7, 7),
        ] {
            assert_eq!(window.year(digits), year, "{window:?} {digits}");
        }
    }
}
