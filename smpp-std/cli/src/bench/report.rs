//! What `smpp bench` prints.

use super::tally::Tally;
use crate::output::json_line;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The outcome of a run.
#[derive(Debug)]
pub(super) struct Report<'t> {
    pub(super) sessions: u64,
    pub(super) window: u16,
    pub(super) messages: u64,
    pub(super) seconds: f64,
    pub(super) tally: &'t Tally,
}

/// Shares of the messages, by name, that were answered within the time told.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

impl Report<'_> {
    /// Prints it for people or for programs.
    ///
    /// # Errors
    /// Standard output that cannot be written.
    pub(super) fn print(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if json { json_line(&mut out, self.json()) } else { self.table(&mut out) }
    }

    /// Accepted messages a second.
    fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.tally.accepted as f64 / self.seconds } else { 0.0 }
    }

    fn json(&self) -> Value {
        let latency = &self.tally.latency;
        json!({
            "event": "result",
            "sessions": self.sessions,
            "window": self.window,
            "messages": self.messages,
            "seconds": (self.seconds * 1e6).round() / 1e6,
            "per_second": (self.per_second() * 10.0).round() / 10.0,
            "latency_us": {
                "p50": latency.value_at_quantile(0.5),
                "p99": latency.value_at_quantile(0.99),
                "max": latency.max(),
            },
            "failed": self.tally.failed,
        })
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { sessions, window, messages, seconds, tally } = self;
        writeln!(out, "sessions    {sessions:>12}")?;
        writeln!(out, "window      {window:>12}")?;
        writeln!(out, "messages    {messages:>12}")?;
        writeln!(out, "accepted    {:>12}", tally.accepted)?;
        writeln!(out, "seconds     {seconds:>12.3}")?;
        writeln!(out, "per second  {:>12.0}", self.per_second())?;
        if tally.accepted > 0 {
            for (name, quantile) in QUANTILES {
                writeln!(out, "{name:<11} {:>12} us", tally.latency.value_at_quantile(quantile))?;
            }
            writeln!(out, "longest     {:>12} us", tally.latency.max())?;
        }
        writeln!(out, "failed      {:>12}", tally.failed)?;
        let mut failures: Vec<_> = tally.failures.iter().collect();
        failures.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (failure, count) in failures {
            writeln!(out, "            {count:>12} {failure}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tally::Failure;
    use std::time::Duration;

    fn tally() -> Tally {
        let mut tally = Tally::new();
        (0..98).for_each(|_| tally.accept(Duration::from_micros(100)));
        tally.accept(Duration::from_micros(900));
        tally.fail(Failure::TimedOut, 1);
        tally
    }

    #[test]
    fn the_line_for_programs_is_the_one_that_is_documented() {
        let tally = tally();
        let report = Report { sessions: 2, window: 10, messages: 100, seconds: 0.5, tally: &tally };
        let line = report.json().to_string();
        let documented = r#"{"event":"result","sessions":2,"window":10,"messages":100,"seconds":0.5,"per_second":198.0,"latency_us":{"p50":100,"p99":900,"max":900},"failed":1}"#;
        assert_eq!(line, documented);
    }

    #[test]
    fn people_read_what_failed_and_why() {
        let tally = tally();
        let report = Report { sessions: 2, window: 10, messages: 100, seconds: 0.5, tally: &tally };
        let mut out = Vec::new();
        report.table(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("per second           198"), "{text}");
        assert!(
            text.ends_with("failed                 1\n                       1 not answered in time\n"),
            "{text}"
        );
    }
}
