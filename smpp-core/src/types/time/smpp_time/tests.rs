//! The numbered rules of the project's notes on time strings, each by its number.

use super::*;

const WINDOW: YearWindow = YearWindow::SMPP_3_4;

fn strict(text: &str) -> Result<Option<SmppTime>, TimeError> {
    SmppTime::parse(text.as_bytes(), WINDOW)
}

fn lenient(text: &str) -> Result<Option<SmppTime>, TimeError> {
    SmppTime::parse_leniently(text.as_bytes(), WINDOW, -20)
}

fn unix(text: &str) -> i64 {
    strict(text).unwrap().unwrap().to_unix(0).unwrap()
}

#[test]
fn the_examples_of_the_notes_mean_what_they_say() {
    assert_eq!(unix("240315143000004+"), 1_710_509_400);
    assert_eq!(unix("240315143000020-"), 1_710_531_000);
    assert_eq!(unix("991231235959900+"), 946_684_799);
    assert_eq!(unix("000000000500000R"), 300);
    assert_eq!(unix("000001000000000R"), 86_400);
    assert_eq!(unix("000007000000000R"), 604_800);
    assert_eq!(unix("000000235959000R"), 86_399);
    let Some(SmppTime::Relative(span)) = strict("020610233429000R").unwrap() else { panic!() };
    assert_eq!(span, RelativeTime { years: 2, months: 6, days: 10, hours: 23, minutes: 34, seconds: 29 });
}

#[test]
fn rule_1_exactly_0_or_16_characters() {
    assert_eq!(strict(""), Ok(None));
    for text in ["2403151430000", "240315143000", "240315143000004", "240315143000004+0"] {
        assert_eq!(strict(text), Err(fault(TimeFault::Length, 0)), "{text}");
    }
}

#[test]
fn rule_2_digits_and_then_plus_minus_or_r() {
    assert_eq!(strict("000000000500000r"), strict("000000000500000R"));
    assert_eq!(strict("240315143000004*"), Err(fault(TimeFault::Mark, 15)));
    let good = *b"240315143000004+";
    for at in 0..15 {
        let mut bad = good;
        bad[usize::from(at)] = b'x';
        assert_eq!(SmppTime::parse(&bad, WINDOW), Err(fault(TimeFault::Digit, at)), "{at}");
    }
}

#[test]
fn rule_3_the_real_calendar_and_second_60_as_59() {
    assert!(strict("240229000000000+").is_ok());
    for (text, offset) in [
        ("230229000000000+", 4),
        ("231301000000000+", 2),
        ("230001000000000+", 2),
        ("230100000000000+", 4),
        ("230431000000000+", 4),
        ("230101240000000+", 6),
        ("230101006000000+", 8),
        ("230101000061000+", 10),
    ] {
        assert_eq!(strict(text), Err(fault(TimeFault::Range, offset)), "{text}");
    }
    assert_eq!(unix("240315133060000+"), unix("240315133059000+"));
}

/// In practice 24: forms that jasmin#1179 and node-smpp#62 asked about.
#[test]
fn rule_4_relative_parts_are_00_to_99() {
    assert_eq!(unix("000000000000000R"), 0);
    assert_eq!(unix("000000009999000R"), 99 * 60 + 99);
    assert!(strict("999999999999999R").is_ok());
}

#[test]
fn rule_5_offsets_above_48_are_read_leniently_and_sent_in_utc() {
    assert!(strict("240315143000048-").is_ok());
    for text in ["240315143000049+", "240315143000056+"] {
        assert_eq!(strict(text), Err(fault(TimeFault::Offset, 13)), "{text}");
        let Ok(Some(time)) = lenient(text) else { panic!("{text}") };
        let sent = SmppTime::parse(&time.encode().unwrap(), WINDOW).unwrap().unwrap();
        assert_eq!(time.encode().unwrap()[13..], *b"00+");
        assert_eq!(sent.to_unix(0), time.to_unix(0));
    }
    assert_eq!(lenient("240315143000057-"), Err(fault(TimeFault::Offset, 13)));
}

#[test]
fn rule_6_both_zeros_are_utc_and_plus_is_sent() {
    assert_eq!(strict("240315143000000+"), strict("240315143000000-"));
    let time = SmppTime::Absolute(AbsoluteTime::from_unix(1_710_509_400).unwrap());
    assert_eq!(time.encode(), Ok(*b"240315133000000+"));
}

#[test]
fn rule_7_the_window_of_two_digit_years() {
    let year = |text: &[u8], window| match SmppTime::parse(text, window) {
        Ok(Some(SmppTime::Absolute(time))) => time.local.year,
        other => panic!("{other:?}"),
    };
    assert_eq!(year(b"370101000000000+", WINDOW), 2037);
    assert_eq!(year(b"380101000000000+", WINDOW), 1938);
    assert_eq!(year(b"380101000000000+", YearWindow::around(2026)), 2038);
    // 2100 is no leap year, 2000 is one.
    assert!(SmppTime::parse(b"000229000000000+", YearWindow::around(2100)).is_err());
    assert!(SmppTime::parse(b"000229000000000+", YearWindow::around(2026)).is_ok());
}

#[test]
fn rules_8_and_9_past_and_caps_are_decided_on_unix_time() {
    let now = 1_710_509_400;
    let at = |text: &str| strict(text).unwrap().unwrap().to_unix(now).unwrap();
    assert!(at("240315142959904+") < now, "past");
    assert!(at("240315153000004+") < at("000000010001000R"), "validity before schedule");
    assert!(at("000007000001000R") - now > 7 * 86_400, "above a cap of seven days");
}

#[test]
fn rule_10_reported_times_of_12_and_13_digits_use_the_zone_of_the_link() {
    for (text, tenths) in [("240315143000", 0), ("2403151430007", 7)] {
        let Ok(Some(SmppTime::Absolute(time))) = lenient(text) else { panic!("{text}") };
        assert_eq!((time.tenths, time.quarters, time.to_unix()), (tenths, -20, Some(1_710_531_000)));
    }
    assert_eq!(lenient("240315143000x"), Err(fault(TimeFault::Digit, 12)));
    assert_eq!(lenient("24031514300000"), Err(fault(TimeFault::Length, 0)));
    assert_eq!(lenient("240315143000004+"), strict("240315143000004+"));
}

#[test]
fn rule_11_a_time_to_live_in_seconds_becomes_a_span() {
    let span = RelativeTime::from_seconds(86_399).unwrap();
    assert_eq!(SmppTime::Relative(span).encode(), Ok(*b"000000235959000R"));
    assert_eq!(RelativeTime::from_seconds(100 * 86_400), None);
    assert_eq!(RelativeTime::from_seconds(99 * 86_400).unwrap().after_unix(5), Some(99 * 86_400 + 5));
}

#[test]
fn rule_12_calendar_fields_first_and_the_day_clamped() {
    let end = |begin: &str, span: &str| {
        let now = unix(begin);
        DateTime::from_unix(strict(span).unwrap().unwrap().to_unix(now).unwrap()).unwrap()
    };
    let date = |time: DateTime| (time.year, time.month, time.day);
    assert_eq!(date(end("240131120000000+", "000100000000000R")), (2024, 2, 29));
    assert_eq!(date(end("240229120000000+", "010000000000000R")), (2025, 2, 28));
    assert_eq!(date(end("241130120000000+", "000301120000000R")), (2025, 3, 2));
    assert_eq!(RelativeTime { years: 99, ..RelativeTime::default() }.after_unix(253_402_300_799), None);
}

#[test]
fn what_is_out_of_range_is_not_written() {
    let time = AbsoluteTime::from_unix(0).unwrap();
    let encode = |time| SmppTime::Absolute(time).encode();
    assert_eq!(encode(AbsoluteTime { quarters: -57, ..time }), Err(fault(TimeFault::Offset, 13)));
    assert_eq!(encode(AbsoluteTime { tenths: 10, ..time }), Err(fault(TimeFault::Range, 12)));
    let local = DateTime { day: 32, ..time.local };
    assert_eq!(encode(AbsoluteTime { local, ..time }), Err(fault(TimeFault::Range, 0)));
    let span = RelativeTime { months: 100, ..RelativeTime::default() };
    assert_eq!(SmppTime::Relative(span).encode(), Err(fault(TimeFault::Range, 2)));
}

proptest::proptest! {
    #[test]
    fn moments_go_both_ways(seconds in -1_009_843_200i64..2_145_916_800, tenths in 0u8..10, quarters in -48i8..=48) {
        let local = DateTime::from_unix(seconds).unwrap();
        let time = SmppTime::Absolute(AbsoluteTime { local, tenths, quarters });
        proptest::prop_assert_eq!(SmppTime::parse(&time.encode().unwrap(), WINDOW), Ok(Some(time)));
    }

    #[test]
    fn any_octets_are_a_time_or_an_error_and_a_time_is_written_again(octets in "[0-9]{15}[+R-]") {
        if let Ok(Some(time)) = SmppTime::parse(octets.as_bytes(), WINDOW) {
            let again = SmppTime::parse(&time.encode().unwrap(), WINDOW);
            proptest::prop_assert_eq!(again, Ok(Some(time)));
        }
    }
}
