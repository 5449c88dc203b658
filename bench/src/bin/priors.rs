//! Makes the tables that the models of the chunk codec start from.
//!
//! The codec's own columns run over the first half of every series with models that only count; each series' name has the same
//! weight. `cargo run --release --bin priors FOLDER > priors.rs`, where FOLDER has the recordings; the lines that start with
//! four spaces and a table's name go into `docs/spec/chunk.md` with `--page`.

#[path = "../../../crates/freehold-model/src/chunk/numbers.rs"]
#[allow(dead_code)]
mod numbers;
#[path = "../series.rs"]
#[allow(dead_code)]
mod series;
#[path = "../../../crates/freehold-model/src/chunk/symbols.rs"]
#[allow(dead_code)]
mod symbols;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use coder::{Model, Pen};
use numbers::{divide, write_divisor, write_number, write_numbers};
use series::Series;
use symbols::{write_alike, write_symbols};

/// Stands in for the coder: a model is its row in the table of counts.
#[allow(dead_code)]
mod coder {
    #[derive(Clone, Copy)]
    pub struct Model(usize);

    impl Model {
        pub const fn new(row: [u16; 16]) -> Self {
            Self(row[0] as usize)
        }

        pub const fn table<const N: usize>(rows: &[[u16; 16]; N]) -> [Self; N] {
            let mut models = [Self(0); N];
            let mut place = 0;
            while place < N {
                models[place] = Self::new(rows[place]);
                place += 1;
            }
            models
        }
    }

    pub struct Pen {
        pub counts: Vec<[f64; 16]>,
    }

    impl Pen {
        pub fn symbol(&mut self, model: &mut Model, symbol: u16) {
            self.counts[model.0][usize::from(symbol)] += 1.0;
        }

        pub fn bits(&mut self, _number: u64, _count: u32) {}
    }

    /// Never used: nothing is read here.
    pub struct Reader<'a>(&'a ());

    impl Reader<'_> {
        pub fn symbol(&mut self, _model: &mut Model) -> u16 {
            0
        }

        pub fn group(&mut self, _count: u32) -> u16 {
            0
        }

        pub fn bits(&mut self, _count: u32) -> u64 {
            0
        }
    }
}

/// Stands in for the tables: each prior is the number of its row.
#[allow(dead_code)]
mod priors {
    const fn row(number: usize) -> [u16; 16] {
        let mut row = [0; 16];
        row[0] = number as u16;
        row
    }

    pub const COUNT: [u16; 16] = row(0);
    pub const SHAPE: [u16; 16] = row(1);
    pub const POWER: [u16; 16] = row(2);
    pub const MANTISSA: [u16; 16] = row(3);
    pub const OFFSET: [u16; 16] = row(4);
    pub const DURATIONS: [u16; 16] = row(5);
    pub const FLAGS: [u16; 16] = row(6);
    pub const ALIKE: [u16; 16] = row(7);
    pub const BY_LEVEL: [u16; 16] = row(8);
    pub const REST: [u16; 16] = row(9);
    pub const FIRST: [u16; 16] = row(10);
    pub const LENGTHS: [u16; 16] = row(11);
    pub const EVEN: [u16; 16] = row(12);
    pub const TOKENS: [[u16; 16]; 45] = rows(13);
    pub const TAILS: [[u16; 16]; 15] = rows(58);
    pub const SYMBOLS: [[u16; 16]; 21] = rows(73);

    const fn rows<const N: usize>(first: usize) -> [[u16; 16]; N] {
        let mut table = [row(0); N];
        let mut place = 0;
        while place < N {
            table[place] = row(first + place);
            place += 1;
        }
        table
    }
}

/// Each table: its name, what it is, its first row, its rows, and what every count begins with.
const TABLES: [(&str, &str, usize, usize, f64); 16] = [
    ("COUNT", "Readings beyond the first.", 0, 1, 500.0),
    ("SHAPE", "What the values are.", 1, 1, 20.0),
    ("POWER", "Power of ten of a divisor.", 2, 1, 2.0),
    ("MANTISSA", "Mantissa of a divisor.", 3, 1, 2.0),
    (
        "OFFSET",
        "From the start of the slot to the first reading.",
        4,
        1,
        50.0,
    ),
    ("DURATIONS", "Form of the durations.", 5, 1, 20.0),
    ("FLAGS", "Form of the flags.", 6, 1, 20.0),
    (
        "ALIKE",
        "The value that durations or flags share.",
        7,
        1,
        20.0,
    ),
    (
        "BY_LEVEL",
        "Whether numbers are written as they are, not as steps.",
        8,
        1,
        2.0,
    ),
    (
        "REST",
        "What the divisor leaves of the first number.",
        9,
        1,
        2.0,
    ),
    ("FIRST", "The first number.", 10, 1, 2.0),
    (
        "LENGTHS",
        "Lengths of residuals from 15 bits on.",
        11,
        1,
        20.0,
    ),
    (
        "EVEN",
        "Halves of a byte of text: nothing is known.",
        12,
        1,
        20.0,
    ),
    ("TOKENS", "Residuals, by class and sign.", 13, 45, 0.5),
    ("TAILS", "Residuals from 7 bits on, by class.", 58, 15, 0.5),
    ("SYMBOLS", "Symbols, by the three before.", 73, 21, 0.5),
];
const ROWS: usize = 94;
/// The least share in a table; learning leaves the same.
const LEAST: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("which folder?")?);
    let for_page = args.next().is_some_and(|arg| arg == "--page");
    let all = series::load(&folder)?;
    let mut names: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
    for series in &all {
        names.entry(series.name).or_default().push(series);
    }
    let mut counts = vec![[0.0; 16]; ROWS];
    for group in names.values() {
        add(group, &mut counts);
    }
    for (name, about, first, rows, least) in TABLES {
        let rows = counts[first..first + rows]
            .iter()
            .map(|row| starts(row, least));
        if for_page {
            page(name, rows);
        } else {
            module(name, about, rows);
        }
    }
    Ok(())
}

fn add(group: &[&Series], counts: &mut [[f64; 16]]) {
    let mut pen = Pen {
        counts: vec![[0.0; 16]; ROWS],
    };
    let mut readings = 0;
    for series in group {
        for size in [60, 375, 1024] {
            for rows in series.rows[..series.rows.len() / 2].chunks(size) {
                observe(&mut pen, series, rows);
                readings += rows.len();
            }
        }
    }
    let weight = 20_000.0 / f64::from(u32::try_from(readings).unwrap_or(u32::MAX));
    for (count, more) in counts.iter_mut().flatten().zip(pen.counts.iter().flatten()) {
        *count += more * weight;
    }
}

/// Writes a chunk as the codec does.
fn observe(pen: &mut Pen, series: &Series, rows: &[(i64, i64)]) {
    let offset = (rows[0].0 - start_of(rows)) as u64;
    let steps = || rows.windows(2).map(|pair| (pair[1].0 - pair[0].0) as u64);
    let mut unit = offset;
    steps().for_each(|step| divide(&mut unit, step));
    let unit = unit.max(1);
    write_number(pen, priors::COUNT, rows.len() as u64 - 1);
    pen.symbol(&mut Model::new(priors::SHAPE), series.is_bool().into());
    write_divisor(pen, unit);
    write_number(pen, priors::OFFSET, offset / unit);
    write_symbols(pen, unit, steps());
    write_alike(
        pen,
        priors::DURATIONS,
        steps().next(),
        rows.iter().map(|_| series.duration_ms.into()),
    );
    write_alike(pen, priors::FLAGS, None, rows.iter().map(|_| 0));
    if series.is_bool() {
        write_symbols(pen, 1, rows.iter().map(|row| row.1 as u64));
    } else {
        write_numbers(pen, &rows.iter().map(|row| row.1).collect::<Vec<i64>>());
    }
}

/// Shares out 32,768 by the counts.
fn starts(counts: &[f64; 16], least: f64) -> [usize; 16] {
    let sum: f64 = counts.iter().map(|count| count + least).sum();
    let mut before = 0.0;
    std::array::from_fn(|symbol| {
        let start = (before / sum * (32_768 - 16 * LEAST) as f64).round() as usize + symbol * LEAST;
        before += counts[symbol] + least;
        start
    })
}

fn page(name: &str, rows: impl Iterator<Item = [usize; 16]>) {
    for (place, row) in rows.enumerate() {
        let label = match name {
            "TOKENS" | "TAILS" | "SYMBOLS" => format!("{name} {place}"),
            _ => name.into(),
        };
        println!("{label}: {}", row.map(|start| start.to_string()).join(" "));
    }
}

fn module(name: &str, about: &str, rows: impl Iterator<Item = [usize; 16]>) {
    let rows = rows.map(|row| format!("{row:?}")).collect::<Vec<String>>();
    let kind = match rows.len() {
        1 => "[u16; 16]".into(),
        count => format!("[[u16; 16]; {count}]"),
    };
    println!("/// {about}");
    if let [row] = rows.as_slice() {
        println!("pub(super) const {name}: {kind} = {row};\n");
    } else {
        println!(
            "pub(super) const {name}: {kind} = [\n    {},\n];\n",
            rows.join(",\n    ")
        );
    }
}

/// The start of the hour in which a chunk begins.
fn start_of(rows: &[(i64, i64)]) -> i64 {
    rows[0].0 - rows[0].0.rem_euclid(3_600_000)
}
