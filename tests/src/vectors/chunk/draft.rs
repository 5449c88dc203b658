//! Parts of chunks, right or wrong.

use super::pen::{Model, Pen, Residuals, Symbols};

pub(super) fn head(pen: &mut Pen, count: u128, shape: usize, (mantissa, power): (u128, usize)) {
    pen.number("COUNT", count - 1);
    pen.one("SHAPE", shape);
    pen.divisor(mantissa, power);
}

/// The times of two readings, at the start and 5 ms later.
pub(super) fn two(pen: &mut Pen, shape: usize) {
    head(pen, 2, shape, (5, 0));
    pen.number("OFFSET", 0);
    each(pen, &[1]);
}

/// Durations and flags that all are 0.
pub(super) fn nothing_else(pen: &mut Pen) {
    pen.one("DURATIONS", 0);
    pen.one("FLAGS", 0);
}

/// A column of symbols of these values.
pub(super) fn each(pen: &mut Pen, values: &[i128]) {
    let mut symbols = Symbols::default();
    for value in values {
        symbols.value(pen, *value);
    }
}

/// All are this.
pub(super) fn said(pen: &mut Pen, row: &str, value: u128) {
    pen.one(row, 2);
    pen.number("ALIKE", value);
}

/// Each for itself.
pub(super) fn said_each(pen: &mut Pen, row: &str, values: &[i128]) {
    pen.one(row, 3);
    each(pen, values);
}

/// A column of numbers: the divisor, whether by level, the rest, z and the residuals.
pub(super) fn column(
    pen: &mut Pen,
    divisor: u128,
    by_level: usize,
    rest: u128,
    z: u128,
    residuals: &[i128],
) {
    let tens = (0..15)
        .take_while(|tens| divisor.is_multiple_of(10_u128.pow(tens + 1)))
        .count();
    pen.divisor(divisor / 10_u128.pow(u32::try_from(tens).unwrap()), tens);
    pen.one("BY_LEVEL", by_level);
    if by_level == 0 {
        pen.number("REST", rest);
    }
    pen.number("FIRST", z);
    let mut writer = Residuals::default();
    for residual in residuals {
        writer.write(pen, *residual);
    }
}

/// The bytes of one text.
pub(super) fn text(pen: &mut Pen, bytes: &[u8]) {
    let mut models = vec![Model::row("EVEN"); 32];
    let mut before = 0;
    for byte in bytes {
        let (upper, lower) = (usize::from(byte >> 4), usize::from(byte & 15));
        pen.symbol(&mut models[before], upper);
        pen.symbol(&mut models[16 + upper], lower);
        before = upper;
    }
}
