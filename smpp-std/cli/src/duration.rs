//! Times on the command line: `200ms`, `30s`, `5m`, `1h`; a bare number means seconds.

use std::time::Duration;

/// Reads a time.
///
/// # Errors
/// Anything but a number and a unit, as a sentence.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let unit_at = text.find(|ch: char| !ch.is_ascii_digit() && ch != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time: write 200ms, 30s, 5m or 1h")),
    };
    let number: f64 = number.parse().map_err(|_| "a number and a unit are needed: 200ms, 30s, 5m or 1h")?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "that is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_means_seconds() {
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "s", "-1", "5 s", "3x", "1e400h", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
