//! Numbers in a chunk: single ones, and columns of numbers that move.

use super::coder::{Model, Pen, Reader};
use super::priors;

/// Writes a number: the length of its binary form, then the bits after the leading one. **[chunk-20]**
pub(super) fn write_number(pen: &mut Pen, prior: [u16; 16], number: u64) {
    let length = bit_length(number);
    pen.symbol(&mut Model::new(prior), length.min(15));
    if length >= 15 {
        pen.bits(u64::from(length - 15), 6);
    }
    pen.bits(number, u32::from(length.saturating_sub(1)));
}

pub(super) fn read_number(reader: &mut Reader<'_>, prior: [u16; 16]) -> Option<u64> {
    let length = match reader.symbol(&mut Model::new(prior)) {
        15 => 15 + reader.group(6),
        length => length,
    };
    match u32::from(length) {
        0 => Some(0),
        length @ 1..=64 => Some(1 << (length - 1) | reader.bits(length - 1)),
        _ => None,
    }
}

/// Writes a divisor, at least 1, as a mantissa and the greatest possible power of ten up to 15. **[chunk-21]**
pub(super) fn write_divisor(pen: &mut Pen, divisor: u64) {
    let (mut mantissa, mut power) = (divisor, 0);
    while mantissa.is_multiple_of(10) && power < 15 {
        mantissa /= 10;
        power += 1;
    }
    pen.symbol(&mut Model::new(priors::POWER), power);
    write_number(pen, priors::MANTISSA, mantissa);
}

pub(super) fn read_divisor(reader: &mut Reader<'_>) -> Option<u64> {
    let power = reader.symbol(&mut Model::new(priors::POWER));
    let mantissa = read_number(reader, priors::MANTISSA)?;
    if mantissa == 0 || mantissa.is_multiple_of(10) && power < 15 {
        return None;
    }
    mantissa.checked_mul(10_u64.pow(power.into()))
}

/// The greatest common divisor, where 0 divides and is divided by everything.
pub(super) const fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Lowers a divisor so that it divides one more number.
#[inline]
pub(super) const fn divide(divisor: &mut u64, number: u64) {
    if *divisor != 1 && !number.is_multiple_of(*divisor) {
        *divisor = common_divisor(*divisor, number);
    }
}

/// Classes of the size of recent residuals.
const CLASSES: usize = 15;
/// Where a size stops to count in a class; the last class begins far below.
const SIZE_LIMIT: u64 = 1 << 20;

/// Signed numbers around zero, each about as large as the three before it. **[chunk-30]**
pub(super) struct Residuals {
    /// By class and, within each, by the sign of the last.
    tokens: [Model; 3 * CLASSES],
    tails: [Model; CLASSES],
    lengths: Model,
    /// The sizes of the last three, the last one first.
    sizes: [u64; 3],
    /// The sign of the last: 0 zero, 1 positive, 2 negative.
    sign: usize,
}

impl Residuals {
    pub(super) const NEW: Self = Self {
        tokens: Model::table(&priors::TOKENS),
        tails: Model::table(&priors::TAILS),
        lengths: Model::new(priors::LENGTHS),
        sizes: [0; 3],
        sign: 0,
    };

    #[inline]
    fn class(&self) -> usize {
        let [last, second, third] = self.sizes;
        usize::from(bit_length(2 * last + second + third)).min(CLASSES - 1)
    }

    #[inline]
    fn remember(&mut self, size: u64, negative: bool) {
        self.sizes = [size.min(SIZE_LIMIT), self.sizes[0], self.sizes[1]];
        self.sign = match (size, negative) {
            (0, _) => 0,
            (_, false) => 1,
            (_, true) => 2,
        };
    }

    /// Writes a residual; 2^63 is there only as a negative one. **[chunk-31]**
    #[inline]
    pub(super) fn write(&mut self, pen: &mut Pen, size: u64, negative: bool) {
        let class = self.class();
        let token = &mut self.tokens[3 * class + self.sign];
        let length = bit_length(size);
        let bits = size << 1 | u64::from(negative);
        match length {
            0..3 => pen.symbol(token, small_token(size, negative)),
            3..=6 => {
                pen.symbol(token, half_octave(size) + 1);
                pen.bits(bits, u32::from(length) - 1);
            }
            7..=13 => {
                pen.symbol(token, 15);
                pen.symbol(&mut self.tails[class], half_octave(size) - 14);
                pen.bits(bits, u32::from(length) - 1);
            }
            14 => {
                pen.symbol(token, 15);
                pen.symbol(&mut self.tails[class], 14);
                pen.bits(bits, 14);
            }
            _ => {
                pen.symbol(token, 15);
                pen.symbol(&mut self.tails[class], 15);
                pen.symbol(&mut self.lengths, (length - 15).min(15));
                if length >= 30 {
                    pen.bits(u64::from(length - 30), 6);
                }
                pen.bits(bits, length.into());
            }
        }
        self.remember(size, negative);
    }

    /// Reads the size of a residual and whether it is negative.
    #[inline]
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Option<(u64, bool)> {
        let class = self.class();
        let (size, negative) = match reader.symbol(&mut self.tokens[3 * class + self.sign]) {
            token @ 0..7 => (token.div_ceil(2).into(), token != 0 && token % 2 == 0),
            token @ 7..15 => read_half_octave(reader, token - 1),
            _ => match reader.symbol(&mut self.tails[class]) {
                tail @ 0..14 => read_half_octave(reader, tail + 14),
                14 => read_octave(reader, 14)?,
                _ => {
                    let length = match reader.symbol(&mut self.lengths) {
                        15 => 30 + reader.group(6),
                        beyond => 15 + beyond,
                    };
                    read_octave(reader, length.into())?
                }
            },
        };
        self.remember(size, negative);
        Some((size, negative))
    }
}

/// The token of a size below 4: 0, +1, -1, +2, -2, +3, -3.
#[inline]
fn small_token(size: u64, negative: bool) -> u16 {
    let doubled = 2 * u16::from(size >= 1) + 2 * u16::from(size >= 2) + 2 * u16::from(size >= 3);
    doubled.saturating_sub(u16::from(!negative))
}

/// Twice the binary length of a size from 4 on, and one more in the upper half of that length.
#[inline]
fn half_octave(size: u64) -> u16 {
    let length = bit_length(size);
    2 * length + u16::from(size >> (length - 2) == 3)
}

fn read_half_octave(reader: &mut Reader<'_>, rank: u16) -> (u64, bool) {
    let length = u32::from(rank / 2);
    let low = reader.group(length - 1);
    let size = u64::from(2 + rank % 2) << (length - 2) | u64::from(low >> 1);
    (size, low % 2 == 1)
}

fn read_octave(reader: &mut Reader<'_>, length: u32) -> Option<(u64, bool)> {
    if length > 64 {
        return None;
    }
    let low = reader.bits(length);
    let (size, negative) = (1 << (length - 1) | low >> 1, low % 2 == 1);
    (size < 1 << 63 || size == 1 << 63 && negative).then_some((size, negative))
}

/// The length of the binary form, 0 for 0.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "64 at most")]
const fn bit_length(number: u64) -> u16 {
    (u64::BITS - number.leading_zeros()) as u16
}

/// Writes numbers, at least one, whose neighbours are alike or which are small. **[chunk-40]**
pub(super) fn write_numbers(pen: &mut Pen, numbers: &[i64]) {
    let first = numbers.first().copied().unwrap_or_default();
    let divisor = divisor_of(numbers);
    let mut effort = Effort::new(divisor);
    for (last, next) in pairs(numbers) {
        effort.add(last, next);
    }
    let by_level = effort.favours_levels(first);
    write_divisor(pen, divisor);
    pen.symbol(&mut Model::new(priors::BY_LEVEL), by_level.into());
    let (quotient, rest) = split(first, divisor);
    if !by_level {
        write_number(pen, priors::REST, rest);
    }
    write_number(pen, priors::FIRST, zigzag(quotient));
    let mut residuals = Residuals::NEW;
    for (last, next) in pairs(numbers) {
        let residual = if by_level {
            next
        } else {
            next.wrapping_sub(last)
        };
        let size = residual.unsigned_abs();
        let size = if divisor == 1 { size } else { size / divisor };
        residuals.write(pen, size, residual < 0);
    }
}

pub(super) fn read_numbers(
    reader: &mut Reader<'_>,
    count: usize,
    mut each: impl FnMut(i64) -> Option<()>,
) -> Option<()> {
    let divisor = read_divisor(reader)?;
    let by_level = read_bool(reader)?;
    let rest = if by_level {
        0
    } else {
        read_number(reader, priors::REST)?
    };
    let quotient = unzigzag(read_number(reader, priors::FIRST)?);
    let first = join(quotient, rest, divisor)?;
    each(first)?;
    let mut residuals = Residuals::NEW;
    let mut effort = Effort::new(divisor);
    let (mut last, mut common) = (first, 0);
    for _ in 1..count {
        let (size, negative) = residuals.read(reader)?;
        let residual = signed(size.checked_mul(divisor)?, negative)?;
        let next = if by_level {
            residual
        } else {
            last.wrapping_add(residual)
        };
        if common != divisor {
            common = common_divisor(common, next.wrapping_sub(last).unsigned_abs());
        }
        effort.add(last, next);
        each(next)?;
        last = next;
    }
    (common.max(1) == divisor && effort.favours_levels(first) == by_level).then_some(())
}

fn read_bool(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.symbol(&mut Model::new(priors::BY_LEVEL)) {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// The greatest divisor of all steps, 1 if there is no step. **[chunk-41]**
fn divisor_of(numbers: &[i64]) -> u64 {
    let mut divisor = 0;
    for (last, next) in pairs(numbers) {
        divide(&mut divisor, next.wrapping_sub(last).unsigned_abs());
        if divisor == 1 {
            break;
        }
    }
    divisor.max(1)
}

fn pairs(numbers: &[i64]) -> impl Iterator<Item = (i64, i64)> {
    numbers.iter().copied().zip(numbers.iter().copied().skip(1))
}

/// What a column costs by levels and by steps, as lengths of the numbers. **[chunk-42]**
struct Effort {
    divisor: u64,
    shift: u32,
    levels: u64,
    steps: u64,
    /// Whether a step does not fit into 64 bits. Then it is a multiple of the divisor, and the number need not be one.
    wraps: bool,
}

impl Effort {
    const fn new(divisor: u64) -> Self {
        Self {
            divisor,
            shift: divisor.ilog2(),
            levels: 0,
            steps: 0,
            wraps: false,
        }
    }

    #[inline]
    fn add(&mut self, last: i64, next: i64) {
        let (step, wraps) = next.overflowing_sub(last);
        self.wraps |= wraps;
        self.levels += u64::from(bit_length(next.unsigned_abs() >> self.shift));
        self.steps += u64::from(bit_length(step.unsigned_abs() >> self.shift));
    }

    const fn favours_levels(&self, first: i64) -> bool {
        self.levels < self.steps
            && first.unsigned_abs().is_multiple_of(self.divisor)
            && (self.divisor == 1 || !self.wraps)
    }
}

/// Quotient (rounded down) and rest.
fn split(number: i64, divisor: u64) -> (i64, u64) {
    match i64::try_from(divisor) {
        Ok(divisor) => (
            number.div_euclid(divisor),
            number.rem_euclid(divisor).cast_unsigned(),
        ),
        // The divisor is 2^63: no step between two numbers is greater.
        Err(_) => (number >> 63, number.cast_unsigned() & (u64::MAX >> 1)),
    }
}

fn join(quotient: i64, rest: u64, divisor: u64) -> Option<i64> {
    if rest >= divisor {
        return None;
    }
    let number = i128::from(quotient) * i128::from(divisor) + i128::from(rest);
    number.try_into().ok()
}

const fn signed(size: u64, negative: bool) -> Option<i64> {
    if negative {
        0_i64.checked_sub_unsigned(size)
    } else {
        0_i64.checked_add_unsigned(size)
    }
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
