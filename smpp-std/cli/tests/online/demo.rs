//! The main job, with nothing to configure.

use crate::program::smpp;
use serde_json::json;
use std::time::Instant;

#[test]
fn demo_shows_every_text_intact_in_under_ten_seconds() {
    let start = Instant::now();
    let ended = smpp(["demo"]);
    assert!(start.elapsed().as_secs() < 10);
    assert_eq!((ended.code, &*ended.errors), (0, ""), "{ended:#?}");
    let rows: Vec<_> = ended.lines.iter().filter(|line| line.ends_with("intact")).collect();
    assert_eq!(rows.len(), 9, "{ended:#?}");
    for method in ["payload", "sar", "udh8", "udh16"] {
        assert_eq!(rows.iter().filter(|row| row.contains(&format!(" {method} "))).count(), 2, "{method}");
    }
    assert_eq!(ended.lines.last().unwrap(), "Every text arrived as it was sent, and every receipt came.");
}

#[test]
fn demo_tells_programs_the_same() {
    let ended = smpp(["demo", "--json"]);
    assert_eq!(ended.code, 0);
    let texts = ended.events("text");
    assert_eq!(texts.len(), 9);
    for text in &texts {
        let counts = (&text["accepted"], &text["delivered"], &text["intact"]);
        assert_eq!(counts, (&text["parts"], &text["parts"], &json!(true)));
    }
    let done = &ended.all_events()[9];
    let pdus = &done["pdus"];
    assert_eq!((&done["event"], &done["ok"]), (&json!("done"), &json!(true)));
    assert_eq!((&pdus["submit_sm"], &pdus["deliver_sm_resp"]), (&json!(24), &json!(24)));
}
