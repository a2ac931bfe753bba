//! Checks every row of the specification's tables (`tests/spec/*.tsv`) against the code. A row is compared, or stands
//! in a list of departures with a reason; a row that nobody claims fails the test.

mod commands;
mod enums;
mod pdu_fields;
mod statuses;
mod tlvs;
mod tsv;
