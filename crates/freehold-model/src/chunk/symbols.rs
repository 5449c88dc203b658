//! Columns of values that are mostly a few: steps of time, states, flags, durations.

use super::coder::{Model, Pen, Reader};
use super::numbers::{Residuals, divide, read_number, write_number};
use super::priors;

/// Values known by their order of appearance; one symbol more stands for any other.
const ENTRIES: usize = 15;
const OTHER: u16 = 15;

/// What both directions know of a column. **[chunk-50]**
struct Symbols {
    models: [Model; 21],
    entries: [u64; ENTRIES],
    known: u16,
    /// The last three symbols, the last one first.
    recent: [u16; 3],
    others: Residuals,
    /// A running mean of the reduced values that were no entries.
    mean: u64,
}

impl Symbols {
    const NEW: Self = Self {
        models: Model::table(&priors::SYMBOLS),
        entries: [0; ENTRIES],
        known: 0,
        recent: [0; 3],
        others: Residuals::NEW,
        mean: 0,
    };

    /// The model of the next symbol. **[chunk-51]**
    #[inline]
    fn model(&mut self) -> &mut Model {
        let [last, second, third] = self.recent;
        let context = match self.known {
            0 | 1 => 0,
            2 => 1 + 4 * last.min(1) + 2 * second.min(1) + third.min(1),
            _ => 9 + 3 * last.min(3) + second.min(2),
        };
        &mut self.models[usize::from(context)]
    }

    #[inline]
    fn find(&self, value: u64) -> Option<u16> {
        (0..self.known)
            .zip(&self.entries)
            .find(|(_, entry)| **entry == value)
            .map(|(symbol, _)| symbol)
    }

    #[inline]
    const fn remember(&mut self, symbol: u16) {
        self.recent = [symbol, self.recent[0], self.recent[1]];
    }

    /// Takes in a value that is no entry; it becomes one while there is room. **[chunk-52]**
    fn learn(&mut self, value: u64, reduced: u64) {
        if self.known == 0 {
            self.mean = reduced;
        } else {
            let gap = reduced.wrapping_sub(self.mean).cast_signed();
            self.mean = self.mean.wrapping_add_signed(gap >> 3);
        }
        if let Some(entry) = self.entries.get_mut(usize::from(self.known)) {
            *entry = value;
            self.remember(self.known);
            self.known += 1;
        } else {
            self.remember(OTHER);
        }
    }
}

/// Writes values that all are multiples of `unit`.
pub(super) fn write_symbols(pen: &mut Pen, unit: u64, values: impl Iterator<Item = u64>) {
    let mut symbols = Symbols::NEW;
    for value in values {
        if let Some(symbol) = symbols.find(value) {
            pen.symbol(symbols.model(), symbol);
            symbols.remember(symbol);
            continue;
        }
        if symbols.known > 0 {
            pen.symbol(symbols.model(), OTHER);
        }
        let reduced = value / unit;
        let gap = reduced.wrapping_sub(symbols.mean).cast_signed();
        symbols.others.write(pen, gap.unsigned_abs(), gap < 0);
        symbols.learn(value, reduced);
    }
}

/// Reads `count` values; the result is their greatest common divisor after division by `unit`.
pub(super) fn read_symbols(
    reader: &mut Reader<'_>,
    unit: u64,
    count: usize,
    mut each: impl FnMut(u64) -> Option<()>,
) -> Option<u64> {
    let mut symbols = Symbols::NEW;
    let mut divisor = 0;
    for _ in 0..count {
        let symbol = match symbols.known {
            0 => OTHER,
            _ => reader.symbol(symbols.model()),
        };
        if symbol != OTHER {
            let known = symbols.entries.get(..symbols.known.into())?;
            each(*known.get(usize::from(symbol))?)?;
            symbols.remember(symbol);
            continue;
        }
        let (size, negative) = symbols.others.read(reader)?;
        let reduced = match negative {
            false => symbols.mean.wrapping_add(size),
            true => symbols.mean.wrapping_sub(size),
        };
        let value = reduced.checked_mul(unit)?;
        if symbols.find(value).is_some() {
            return None;
        }
        each(value)?;
        divide(&mut divisor, reduced);
        symbols.learn(value, reduced);
    }
    Some(divisor)
}

// How a column of values that are mostly alike is written.
const ZERO: u16 = 0;
const EXPECTED: u16 = 1;
const ALIKE: u16 = 2;
const EACH: u16 = 3;

/// Writes values, at least one, that are mostly zero, or all what is expected, or all alike. **[chunk-53]**
pub(super) fn write_alike(
    pen: &mut Pen,
    prior: [u16; 16],
    expected: Option<u64>,
    mut values: impl Iterator<Item = u64> + Clone,
) {
    let all = values.clone();
    let first = values.next().unwrap_or_default();
    let form = if values.any(|value| value != first) {
        EACH
    } else if first == 0 {
        ZERO
    } else if expected == Some(first) {
        EXPECTED
    } else {
        ALIKE
    };
    pen.symbol(&mut Model::new(prior), form);
    match form {
        ALIKE => write_number(pen, priors::ALIKE, first),
        EACH => write_symbols(pen, 1, all),
        _ => {}
    }
}

/// Reads `count` values; `each` is not called when all are zero.
pub(super) fn read_alike(
    reader: &mut Reader<'_>,
    prior: [u16; 16],
    expected: Option<u64>,
    count: usize,
    mut each: impl FnMut(u64) -> Option<()>,
) -> Option<()> {
    let value = match reader.symbol(&mut Model::new(prior)) {
        ZERO => return Some(()),
        EXPECTED => expected?,
        ALIKE => read_number(reader, priors::ALIKE).filter(|value| expected != Some(*value))?,
        EACH => {
            let (mut first, mut differ) = (None, false);
            read_symbols(reader, 1, count, |value| {
                differ |= *first.get_or_insert(value) != value;
                each(value)
            })?;
            return differ.then_some(());
        }
        _ => return None,
    };
    if value == 0 {
        return None;
    }
    (0..count).try_for_each(|_| each(value))
}
