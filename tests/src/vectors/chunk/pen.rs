//! A writer of chunks that takes what the page forbids: coder and models from the page, tables too.

use std::collections::BTreeMap;

/// Writes spans; see section 2 of the page.
#[derive(Default)]
pub(super) struct Pen(Vec<(u64, u64)>);

/// Sixteen starts and how many symbols passed.
#[derive(Clone)]
pub(super) struct Model([u64; 16], u32);

impl Model {
    /// A row of section 8.
    pub(super) fn row(name: &str) -> Self {
        let page = include_str!("../../../../docs/spec/chunk.md");
        let prefix = format!("{name}: ");
        let line = page.lines().find_map(|line| line.strip_prefix(&prefix));
        let starts: Vec<u64> = line
            .unwrap_or_else(|| panic!("no row {name}"))
            .split(' ')
            .map(|start| start.parse().unwrap())
            .collect();
        Self(starts.try_into().unwrap(), 0)
    }

    fn span(&self, symbol: usize) -> (u64, u64) {
        let end = self.0.get(symbol + 1).copied().unwrap_or(1 << 15);
        (self.0[symbol], end - self.0[symbol])
    }

    /// [chunk-12]
    fn learn(&mut self, symbol: usize) {
        let rate = match self.1 {
            0..16 => 4,
            16..32 => 5,
            _ => 6,
        };
        self.1 += 1;
        for (i, start) in (0_i64..).zip(&mut self.0) {
            let beyond = usize::try_from(i).unwrap() > symbol;
            let goal = 8 * i + if beyond { 32_640 } else { 0 };
            let old = i64::try_from(*start).unwrap();
            *start = u64::try_from(old + ((goal - old) >> rate)).unwrap();
        }
    }
}

impl Pen {
    pub(super) fn symbol(&mut self, model: &mut Model, symbol: usize) {
        self.0.push(model.span(symbol));
        model.learn(symbol);
    }

    /// A symbol under a new model of a row.
    pub(super) fn one(&mut self, row: &str, symbol: usize) {
        self.symbol(&mut Model::row(row), symbol);
    }

    /// [chunk-13]
    pub(super) fn plain(&mut self, mut bits: u128, mut count: u32) {
        while count > 0 {
            let group = count.min(15);
            let low = u64::try_from(bits & ((1 << group) - 1)).unwrap();
            self.0.push((low << (15 - group), 1 << (15 - group)));
            bits >>= group;
            count -= group;
        }
    }

    /// [chunk-20], and lengths that it does not allow.
    pub(super) fn number(&mut self, row: &str, number: u128) {
        let length = bits_of(number);
        self.one(row, usize::try_from(length.min(15)).unwrap());
        if length >= 15 {
            self.plain(u128::from(length - 15), 6);
        }
        self.plain(number, length.saturating_sub(1));
    }

    /// m · 10^p, as it is said.
    pub(super) fn divisor(&mut self, mantissa: u128, power: usize) {
        self.one("POWER", power);
        self.number("MANTISSA", mantissa);
    }

    /// The chunk.
    pub(super) fn finish(self) -> Vec<u8> {
        let (mut state, mut words) = (1_u64, Vec::new());
        for (start, width) in self.0.into_iter().rev() {
            if state >> 48 >= width {
                words.push(u32::try_from(state & 0xffff_ffff).unwrap());
                state >>= 32;
            }
            state = ((state / width) << 15) + state % width + start;
        }
        let head = state
            .to_be_bytes()
            .into_iter()
            .skip_while(|byte| *byte == 0);
        head.chain(words.into_iter().rev().flat_map(u32::to_be_bytes))
            .collect()
    }
}

/// Signed numbers; see section 5 of the page.
#[derive(Default)]
pub(super) struct Residuals {
    models: BTreeMap<String, Model>,
    sizes: [u128; 3],
    sign: usize,
}

impl Residuals {
    pub(super) fn write(&mut self, pen: &mut Pen, residual: i128) {
        let [a, b, c] = self.sizes;
        let class = bits_of(2 * a + b + c).min(14);
        let size = residual.unsigned_abs();
        let n = bits_of(size);
        let low = 2 * size + u128::from(residual < 0);
        let half = u32::from(n >= 2 && size >= 3 << (n - 2));
        let tokens = format!("TOKENS {}", 3 * class + u32::try_from(self.sign).unwrap());
        let tails = format!("TAILS {class}");
        match n {
            0..3 => {
                let pair = 2 * u32::try_from(size).unwrap();
                self.symbol(pen, &tokens, pair.saturating_sub(u32::from(residual > 0)));
            }
            3..7 => {
                self.symbol(pen, &tokens, 2 * n + half + 1);
                pen.plain(low, n - 1);
            }
            7..14 => {
                self.symbol(pen, &tokens, 15);
                self.symbol(pen, &tails, 2 * n + half - 14);
                pen.plain(low, n - 1);
            }
            14 => {
                self.symbol(pen, &tokens, 15);
                self.symbol(pen, &tails, 14);
                pen.plain(low, 14);
            }
            _ => {
                self.symbol(pen, &tokens, 15);
                self.symbol(pen, &tails, 15);
                self.symbol(pen, "LENGTHS", (n - 15).min(15));
                if n >= 30 {
                    pen.plain(u128::from(n - 30), 6);
                }
                pen.plain(low, n);
            }
        }
        self.sizes = [size.min(1 << 20), a, b];
        self.sign = match residual {
            0 => 0,
            1.. => 1,
            _ => 2,
        };
    }

    fn symbol(&mut self, pen: &mut Pen, row: &str, symbol: u32) {
        let model = self
            .models
            .entry(row.into())
            .or_insert_with(|| Model::row(row));
        pen.symbol(model, usize::try_from(symbol).unwrap());
    }
}

/// A column of symbols; see section 6 of the page.
#[derive(Default)]
pub(super) struct Symbols {
    models: BTreeMap<usize, Model>,
    entries: Vec<i128>,
    recent: [usize; 3],
    mean: i128,
    begun: bool,
    residuals: Residuals,
}

impl Symbols {
    /// A value that is no multiple of anything but 1, as the page says.
    pub(super) fn value(&mut self, pen: &mut Pen, value: i128) {
        match self.entries.iter().position(|entry| *entry == value) {
            Some(entry) => self.entry(pen, entry),
            None => self.other(pen, value),
        }
    }

    /// A symbol that is taken for an entry.
    pub(super) fn entry(&mut self, pen: &mut Pen, symbol: usize) {
        self.symbol(pen, symbol);
        self.remember(symbol);
    }

    /// A value that is taken for no entry.
    pub(super) fn other(&mut self, pen: &mut Pen, value: i128) {
        if self.begun {
            self.symbol(pen, 15);
        }
        let residual = value - self.mean;
        self.residuals.write(pen, residual);
        self.mean = if self.begun {
            self.mean + (residual >> 3)
        } else {
            value
        };
        self.begun = true;
        let place = self.entries.len().min(15);
        if place < 15 {
            self.entries.push(value);
        }
        self.remember(place);
    }

    fn symbol(&mut self, pen: &mut Pen, symbol: usize) {
        let [x, y, z] = self.recent;
        let row = match self.entries.len() {
            0 | 1 => 0,
            2 => 1 + 4 * x.min(1) + 2 * y.min(1) + z.min(1),
            _ => 9 + 3 * x.min(3) + y.min(2),
        };
        let model = self.models.entry(row);
        pen.symbol(
            model.or_insert_with(|| Model::row(&format!("SYMBOLS {row}"))),
            symbol,
        );
    }

    fn remember(&mut self, symbol: usize) {
        self.recent = [symbol, self.recent[0], self.recent[1]];
    }
}

fn bits_of(number: u128) -> u32 {
    u128::BITS - number.leading_zeros()
}
