//! Reading the tables: UTF-8, one header line, tabs, no quoting.

use std::ops::RangeInclusive;

/// One row, its cells by the name of their column.
pub(crate) struct Row {
    line: usize,
    columns: Vec<&'static str>,
    cells: Vec<&'static str>,
}

impl Row {
    /// The cell in `column`, empty if the row ends before it.
    pub(crate) fn get(&self, column: &str) -> &'static str {
        let place = self.columns.iter().position(|&name| name == column);
        let place = place.unwrap_or_else(|| panic!("no column {column}"));
        self.cells.get(place).copied().unwrap_or_default()
    }

    /// The cell in `column` as a number.
    pub(crate) fn number(&self, column: &str) -> u32 {
        number(self.get(column)).unwrap_or_else(|| panic!("line {}: {column} is no number", self.line))
    }

    /// The cell in `column` as a list of numbers and ranges, `None` if it is something else.
    pub(crate) fn ranges(&self, column: &str) -> Option<Vec<RangeInclusive<u32>>> {
        self.get(column).split(',').map(range).collect()
    }
}

/// All rows of a table.
pub(crate) fn rows(text: &'static str) -> Vec<Row> {
    let mut lines = text.lines();
    let columns: Vec<_> = lines.next().expect("a header line").split('\t').collect();
    let row = |(place, line): (usize, &'static str)| Row {
        line: place + 2,
        columns: columns.clone(),
        cells: line.split('\t').collect(),
    };
    lines.enumerate().map(row).collect()
}

/// A number in decimal or, behind `0x`, in hexadecimal.
pub(crate) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `0x09`, `0x16-0x32`; the `0x` may be left out behind the first number of a list.
fn range(text: &str) -> Option<RangeInclusive<u32>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(number(first)?..=number(last)?)
}
