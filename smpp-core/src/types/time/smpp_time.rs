//! The times in the fields of PDUs: `schedule_delivery_time`, `validity_period`, `final_date`, `broadcast_end_time`
//! (SMPP 3.4 §7.1.1; 5.0 §4.7.23).

use super::civil::{DateTime, YearWindow};
use core::fmt;

/// Quarter hours between a local time and UTC that the standard allows, either way.
const STANDARD_OFFSET: u8 = 48;
/// Quarter hours that exist: Kiribati is 14 hours ahead.
const LARGEST_OFFSET: u8 = 56;

/// A time of 16 characters, `YYMMDDhhmmsstnnp`.
///
/// ```
/// use smpp_core::types::{SmppTime, YearWindow};
///
/// let Some(SmppTime::Absolute(time)) = SmppTime::parse(b"240315143000004+", YearWindow::around(2026))? else {
///     panic!()
/// };
/// assert_eq!(time.to_unix(), Some(1_710_509_400));
/// # Ok::<(), smpp_core::types::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SmppTime {
    /// A moment.
    Absolute(AbsoluteTime),
    /// A time from the moment on at which the MC receives it.
    Relative(RelativeTime),
}

/// A moment: a local time and its distance from UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AbsoluteTime {
    /// The local time.
    pub local: DateTime,
    /// Tenths of a second, 0 to 9.
    pub tenths: u8,
    /// Quarter hours that the local time is ahead of UTC, negative when it is behind: −56 to 56.
    pub quarters: i8,
}

/// A span of calendar years and months, days and clock time; each 0 to 99.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RelativeTime {
    /// Years.
    pub years: u8,
    /// Months.
    pub months: u8,
    /// Days.
    pub days: u8,
    /// Hours.
    pub hours: u8,
    /// Minutes.
    pub minutes: u8,
    /// Seconds.
    pub seconds: u8,
}

/// What is wrong with a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TimeFault {
    /// Neither 0 nor 16 characters.
    Length,
    /// No digit where one must be.
    Digit,
    /// No such date or time of day.
    Range,
    /// More quarter hours from UTC than there can be.
    Offset,
    /// The last character is none of `+`, `-` and `R`.
    Mark,
}

/// A time that cannot be read or written. On the wire it is `ESME_RINVSCHED` or `ESME_RINVEXPIRY`, by its field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimeError {
    /// What is wrong.
    pub fault: TimeFault,
    /// At which character of the field, from 0.
    pub offset: u8,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            TimeFault::Length => "not 16 characters",
            TimeFault::Digit => "not a digit",
            TimeFault::Range => "no such date or time",
            TimeFault::Offset => "too far from UTC",
            TimeFault::Mark => "must end in +, - or R",
        };
        write!(f, "time: {what} at character {}", self.offset)
    }
}

impl core::error::Error for TimeError {}

const fn fault(fault: TimeFault, offset: u8) -> TimeError {
    TimeError { fault, offset }
}

impl SmppTime {
    /// Reads a field without its NUL; `None` when it is empty. Two digits of a year mean a year of `window`.
    ///
    /// A small `r` and a second 60 (read as 59) are accepted.
    ///
    /// # Errors
    /// [`TimeError`]: what is wrong at which character.
    pub fn parse(octets: &[u8], window: YearWindow) -> Result<Option<Self>, TimeError> {
        match octets.len() {
            0 => Ok(None),
            16 => parse_16(octets, window, STANDARD_OFFSET).map(Some),
            _ => Err(fault(TimeFault::Length, 0)),
        }
    }

    /// Reads a field as real MCs write it: also 12 and 13 digits (without zone: `zone` quarter hours ahead of UTC, a
    /// setting of the link), and up to 14 hours from UTC.
    ///
    /// # Errors
    /// [`TimeError`]: what is wrong at which character.
    pub fn parse_leniently(octets: &[u8], window: YearWindow, zone: i8) -> Result<Option<Self>, TimeError> {
        match octets.len() {
            0 => Ok(None),
            16 => parse_16(octets, window, LARGEST_OFFSET).map(Some),
            12 | 13 => {
                let (date, tenths) = octets.split_at_checked(12).ok_or(fault(TimeFault::Length, 0))?;
                let local = date_time(date, window)?;
                let tenths = if tenths.is_empty() { 0 } else { digit(octets, 12)? };
                Ok(Some(Self::Absolute(AbsoluteTime { local, tenths, quarters: zone })))
            }
            _ => Err(fault(TimeFault::Length, 0)),
        }
    }

    /// The 16 characters of the field. A moment farther from UTC than the standard allows is written in UTC.
    ///
    /// # Errors
    /// [`TimeError`] when a number is out of its range.
    pub fn encode(&self) -> Result<[u8; 16], TimeError> {
        match self {
            Self::Absolute(time) => time.encode(),
            Self::Relative(span) => span.encode(),
        }
    }

    /// Seconds of Unix time, for a field that was received at `now`. `None` outside the years 0 to 9999.
    #[must_use]
    pub fn to_unix(&self, now: i64) -> Option<i64> {
        match self {
            Self::Absolute(time) => time.to_unix(),
            Self::Relative(span) => span.after_unix(now),
        }
    }
}

impl AbsoluteTime {
    /// A moment of Unix time in UTC, the form to send. `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        DateTime::from_unix(seconds).map(|local| Self { local, tenths: 0, quarters: 0 })
    }

    /// Seconds of Unix time; tenths are cut off. `None` when the local time is not valid.
    #[must_use]
    pub fn to_unix(&self) -> Option<i64> {
        Some(self.local.to_unix()?.saturating_sub(i64::from(self.quarters).saturating_mul(900)))
    }

    fn encode(&self) -> Result<[u8; 16], TimeError> {
        let in_utc =
            || DateTime::from_unix(self.to_unix()?).map(|local| Self { local, quarters: 0, ..*self });
        let time = match self.quarters.unsigned_abs() {
            offset if offset <= STANDARD_OFFSET => *self,
            offset if offset <= LARGEST_OFFSET => in_utc().ok_or(fault(TimeFault::Range, 0))?,
            _ => return Err(fault(TimeFault::Offset, 13)),
        };
        let DateTime { year, month, day, hour, minute, second } = time.local;
        if !time.local.is_valid() {
            return Err(fault(TimeFault::Range, 0));
        }
        if time.tenths > 9 {
            return Err(fault(TimeFault::Range, 12));
        }
        let two_digits = u8::try_from(year % 100).unwrap_or(0);
        let mark = if time.quarters < 0 { b'-' } else { b'+' };
        write_16(
            [two_digits, month, day, hour, minute, second],
            time.tenths,
            time.quarters.unsigned_abs(),
            mark,
        )
    }
}

impl RelativeTime {
    /// A span of days and clock time; `None` above 99 days, 23:59:59.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        let part = |value: u32| u8::try_from(value).ok();
        let days = part(seconds / 86_400).filter(|&days| days <= 99)?;
        let (hours, minutes) = (part(seconds / 3600 % 24)?, part(seconds / 60 % 60)?);
        Some(Self { years: 0, months: 0, days, hours, minutes, seconds: part(seconds % 60)? })
    }

    /// The moment of Unix time at which the span that begins at `now` ends: calendar years and months first (a day that
    /// the month does not have becomes its last), then days and clock time. `None` outside the years 0 to 9999.
    #[must_use]
    pub fn after_unix(&self, now: i64) -> Option<i64> {
        let begin = DateTime::from_unix(now)?.after_months(self.years, self.months)?.to_unix()?;
        let units = [(self.days, 86_400), (self.hours, 3600), (self.minutes, 60), (self.seconds, 1)];
        let seconds = units
            .iter()
            .fold(0i64, |sum, &(count, unit)| sum.saturating_add(i64::from(count).saturating_mul(unit)));
        Some(begin.saturating_add(seconds))
    }

    fn encode(&self) -> Result<[u8; 16], TimeError> {
        let Self { years, months, days, hours, minutes, seconds } = *self;
        write_16([years, months, days, hours, minutes, seconds], 0, 0, b'R')
    }
}

fn parse_16(octets: &[u8], window: YearWindow, largest: u8) -> Result<SmppTime, TimeError> {
    let mark = octets.get(15).copied().unwrap_or(0);
    let tenths = digit(octets, 12)?;
    let quarters = pair(octets, 13)?;
    if matches!(mark, b'R' | b'r') {
        let part = |at| pair(octets, at);
        let (years, months, days) = (part(0)?, part(2)?, part(4)?);
        let (hours, minutes, seconds) = (part(6)?, part(8)?, part(10)?);
        return Ok(SmppTime::Relative(RelativeTime { years, months, days, hours, minutes, seconds }));
    }
    let local = date_time(octets, window)?;
    let quarters = i8::try_from(quarters).ok().filter(|offset| offset.unsigned_abs() <= largest);
    let quarters = quarters.ok_or(fault(TimeFault::Offset, 13))?;
    let quarters = match mark {
        b'+' => quarters,
        b'-' => quarters.saturating_neg(),
        _ => return Err(fault(TimeFault::Mark, 15)),
    };
    Ok(SmppTime::Absolute(AbsoluteTime { local, tenths, quarters }))
}

/// `YYMMDDhhmmss` at the start of `octets`.
fn date_time(octets: &[u8], window: YearWindow) -> Result<DateTime, TimeError> {
    let year = window.year(pair(octets, 0)?);
    let (month, day) = (pair(octets, 2)?, pair(octets, 4)?);
    let (hour, minute, second) = (pair(octets, 6)?, pair(octets, 8)?, pair(octets, 10)?);
    // A leap second has no place in Unix time.
    let time = DateTime { year, month, day, hour, minute, second: if second == 60 { 59 } else { second } };
    let first = DateTime { day: 1, hour: 0, minute: 0, second: 0, ..time };
    let steps = [(first, 2), (DateTime { day, ..first }, 4), (DateTime { day, hour, ..first }, 6)];
    let steps = steps.into_iter().chain([(DateTime { second: 0, ..time }, 8), (time, 10)]);
    match steps.into_iter().find(|(part, _)| !part.is_valid()) {
        Some((_, offset)) => Err(fault(TimeFault::Range, offset)),
        None => Ok(time),
    }
}

fn digit(octets: &[u8], at: u8) -> Result<u8, TimeError> {
    let octet = octets.get(usize::from(at)).filter(|octet| octet.is_ascii_digit());
    octet.map(|octet| octet & 0x0F).ok_or(fault(TimeFault::Digit, at))
}

fn pair(octets: &[u8], at: u8) -> Result<u8, TimeError> {
    let (tens, ones) = (digit(octets, at)?, digit(octets, at.saturating_add(1))?);
    Ok(tens.saturating_mul(10).saturating_add(ones))
}

fn write_16(parts: [u8; 6], tenths: u8, quarters: u8, mark: u8) -> Result<[u8; 16], TimeError> {
    let mut out = [b'0'; 16];
    let (pairs, _) = out.as_chunks_mut::<2>();
    for ((pair, part), at) in pairs.iter_mut().zip(parts).zip((0u8..).step_by(2)) {
        if part > 99 {
            return Err(fault(TimeFault::Range, at));
        }
        *pair = two_digits(part);
    }
    if let [.., tenths_and_tens, ones_and_mark] = pairs {
        let [tens, ones] = two_digits(quarters);
        let [_, tenths] = two_digits(tenths);
        *tenths_and_tens = [tenths, tens];
        *ones_and_mark = [ones, mark];
    }
    Ok(out)
}

const fn two_digits(value: u8) -> [u8; 2] {
    [b'0'.wrapping_add(value / 10), b'0'.wrapping_add(value % 10)]
}

#[cfg(test)]
mod tests;
