//! `statuses.tsv`: values, both names, classes.

use crate::tsv;
use smpp_core::types::{CommandStatus, StatusClass};

const TABLE: &str = include_str!("../spec/statuses.tsv");

/// The table's words for the classes.
fn class(word: &str) -> StatusClass {
    match word {
        "ok" => StatusClass::Ok,
        "permanent" => StatusClass::Permanent,
        "retry" => StatusClass::Retry,
        "retry-limited" => StatusClass::RetryLimited,
        "retry-throttle" => StatusClass::Throttle,
        "protocol" => StatusClass::Protocol,
        "bind-retry" => StatusClass::BindRetry,
        "bind-error" => StatusClass::BindError,
        other => panic!("class {other} is new"),
    }
}

#[test]
fn every_status_has_its_value_both_names_and_class() {
    let mut named = Vec::new();
    for row in tsv::rows(TABLE).iter().filter(|row| row.get("class") != "reserved") {
        let status = CommandStatus(row.number("code"));
        let (v34, v50) = (row.get("name_v34"), row.get("name_v50"));
        assert_eq!(status.name(), Some(if v34.is_empty() { v50 } else { v34 }));
        for name in [v34, v50].into_iter().filter(|name| !name.is_empty()) {
            assert_eq!(CommandStatus::from_name(name), Some(status), "{name}");
        }
        assert_eq!(status.class(), class(row.get("class")), "{status}");
        assert_eq!(status.is_ok(), row.get("class") == "ok", "{status}");
        named.push(status);
    }
    assert_eq!(named, CommandStatus::NAMED);
    assert_eq!(CommandStatus::from_name("ESME_RNOTHING"), None);
}

#[test]
fn reserved_statuses_have_no_name_and_the_class_that_the_table_asks_for() {
    let mut reserved = 0;
    for row in tsv::rows(TABLE).iter().filter(|row| row.get("class") == "reserved") {
        reserved += 1;
        let expected =
            if row.get("meaning").contains("default permanent") { "permanent" } else { "retry-limited" };
        for range in row.ranges("code").expect("values or ranges of values") {
            let (first, last) = (CommandStatus(*range.start()), CommandStatus(*range.end()));
            // The statuses of 5.0 stand at the start of a range that 3.4 reserved for extensions.
            assert!(first.name().is_none() || row.get("meaning").contains("5.0 assigns"), "{first}");
            assert_eq!((last.name(), last.class()), (None, class(expected)), "{last}");
        }
    }
    assert_eq!(reserved, 4);
}
