//! Text for a terminal: tables whose columns line up, and plots one line high.

use std::fmt::Write as _;

/// A table; the first row is its head. Columns of numbers are set to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(head: [&str; N]) -> Self {
        Self {
            rows: vec![head.map(str::to_owned).to_vec()],
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The table, indented by three.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| self.cells(column).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
        let right: Vec<bool> = (0..columns).map(|at| self.is_numbers(at)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::from("  ");
            for ((cell, width), right) in row.iter().zip(&widths).zip(&right) {
                // A string takes any text; there is nothing to report.
                let _ = if *right {
                    write!(line, " {cell:>width$} ")
                } else {
                    write!(line, " {cell:<width$} ")
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &String> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    fn is_numbers(&self, column: usize) -> bool {
        let is_number = |cell: &String| {
            cell.chars()
                .all(|c| c.is_ascii_digit() || " ,.·–-".contains(c))
        };
        self.cells(column).skip(1).all(is_number)
    }
}

/// A plot one line high: a block for each number, from `low` to `high`; nothing where there is none.
pub(crate) fn spark(values: impl IntoIterator<Item = Option<f64>>, low: f64, high: f64) -> String {
    let block = |value: Option<f64>| {
        let Some(value) = value else { return ' ' };
        let share = (value - low) / (high - low).max(f64::MIN_POSITIVE);
        let reached = STEPS.iter().take_while(|(step, _)| share >= *step).last();
        reached.map_or('▁', |(_, block)| *block)
    };
    values.into_iter().map(block).collect()
}

/// A number with commas between thousands.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const STEPS: [(f64, char); 8] = [
    (0.0, '▁'),
    (0.125, '▂'),
    (0.25, '▃'),
    (0.375, '▄'),
    (0.5, '▅'),
    (0.625, '▆'),
    (0.75, '▇'),
    (0.875, '█'),
];
