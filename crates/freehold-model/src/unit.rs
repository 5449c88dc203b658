//! Units of measure: the part of UCUM that device data uses, with conversions that are exact fractions.

use crate::decimal::{Decimal, DecimalError, Rounded, divided, half_even, ten_to};

/// Why a number in one unit is no number in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// A unit that is not known here.
    #[error("unknown unit")]
    Unknown,
    /// Units of different things, such as a length and a mass.
    #[error("incompatible unit")]
    Incompatible,
    /// A factor that cannot be held exactly.
    #[error("unit out of range")]
    OutOfRange,
    /// The number itself.
    #[error(transparent)]
    Number(#[from] DecimalError),
}

/// Turns texts of numbers in one unit into fixed-point numbers in another, exactly and then rounded once. Made once for a
/// column of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Converter {
    exponent: i8,
    rule: Rule,
}

impl Converter {
    /// From numbers in `from` to multiples of 10^`exponent` in `to`. `molar_mg` is the substance's molar mass in milligrams per
    /// mole when amounts of substance may be read as masses, and zero otherwise.
    ///
    /// # Errors
    /// [`UnitError`]. Two spellings that are the same text always convert, known or not.
    pub fn new(from: &str, to: &str, exponent: i8, molar_mg: u32) -> Result<Self, UnitError> {
        let from = plain(from.trim());
        if from == to {
            return Ok(Self {
                exponent,
                rule: Rule::Same,
            });
        }
        let (from, to) = (Unit::parse(from)?, Unit::parse(to)?);
        let bridge = bridge(&from, &to, molar_mg)?;
        let factor = from.factor.times(to.factor.inverse()?)?.times(bridge)?;
        if from.shift == 0 && to.shift == 0 {
            let factor = factor.times(Ratio::power(-i32::from(exponent))?)?;
            return Ok(Self {
                exponent,
                rule: Rule::Scale(factor),
            });
        }
        Ok(Self {
            exponent,
            rule: Rule::Shift {
                before: from.shift,
                factor,
                after: to.shift,
            },
        })
    }

    /// Reads one number.
    ///
    /// # Errors
    /// [`UnitError::Number`].
    pub fn parse(&self, text: &str) -> Result<Rounded, UnitError> {
        let number = Decimal::parse(text)?;
        Ok(match self.rule {
            Rule::Same => number.at(self.exponent)?,
            Rule::Scale(factor) => scaled(number, factor)?,
            Rule::Shift {
                before,
                factor,
                after,
            } => shifted(number, before, factor, after, self.exponent)?,
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Same,
    /// Multiply; the exponent is in the factor.
    Scale(Ratio),
    /// Temperatures: add hundredths, multiply, subtract hundredths.
    Shift {
        before: i64,
        factor: Ratio,
        after: i64,
    },
}

/// A positive fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    const ONE: Self = Self { num: 1, den: 1 };

    fn new(num: i128, den: i128) -> Self {
        let common = gcd(num, den);
        Self {
            num: num / common,
            den: den / common,
        }
    }

    fn power(power: i32) -> Result<Self, UnitError> {
        let ten = ten_to(power.unsigned_abs()).ok_or(UnitError::OutOfRange)?;
        Ok(if power < 0 {
            Self { num: 1, den: ten }
        } else {
            Self { num: ten, den: 1 }
        })
    }

    fn times(self, other: Self) -> Result<Self, UnitError> {
        let (left, right) = (
            Self::new(self.num, other.den),
            Self::new(other.num, self.den),
        );
        let num = left
            .num
            .checked_mul(right.num)
            .ok_or(UnitError::OutOfRange)?;
        let den = left
            .den
            .checked_mul(right.den)
            .ok_or(UnitError::OutOfRange)?;
        Ok(Self { num, den })
    }

    fn inverse(self) -> Result<Self, UnitError> {
        if self.num == 0 {
            Err(UnitError::OutOfRange)
        } else {
            Ok(Self {
                num: self.den,
                den: self.num,
            })
        }
    }

    fn raised(self, power: i8) -> Result<Self, UnitError> {
        let base = if power < 0 { self.inverse()? } else { self };
        (0..power.unsigned_abs()).try_fold(Self::ONE, |product, _| product.times(base))
    }
}

/// Powers of metre, second, gram, kelvin, ampere, candela, mole and degree of angle.
type Dimension = [i8; 8];

const MOLE: usize = 6;
const GRAM: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    dimension: Dimension,
    factor: Ratio,
    /// Hundredths to add before multiplying, for the two temperature scales that do not begin at absolute zero.
    shift: i64,
}

impl Unit {
    /// Reads factors joined by `.` and `/`, each a number, an annotation, or a unit with prefix and power.
    fn parse(text: &str) -> Result<Self, UnitError> {
        let mut unit = Self {
            dimension: [0; 8],
            factor: Ratio::ONE,
            shift: 0,
        };
        if let Some(scale) = scale_unit(text) {
            return Ok(scale);
        }
        let mut sign = 1;
        let mut rest = text;
        if let Some(after) = rest.strip_prefix('/') {
            (sign, rest) = (-1, after);
        }
        loop {
            let end = rest.find(['.', '/']).unwrap_or(rest.len());
            let (factor, after) = rest.split_at(end);
            unit.multiply(factor, sign)?;
            let mut marks = after.chars();
            match marks.next() {
                None => return Ok(unit),
                Some(mark) => sign = if mark == '/' { -1 } else { 1 },
            }
            rest = marks.as_str();
        }
    }

    fn multiply(&mut self, text: &str, sign: i8) -> Result<(), UnitError> {
        let (dimension, factor, power) = component(text)?;
        let power = power.checked_mul(sign).ok_or(UnitError::OutOfRange)?;
        self.factor = self.factor.times(factor.raised(power)?)?;
        for (have, more) in self.dimension.iter_mut().zip(dimension) {
            let more = more.checked_mul(power).ok_or(UnitError::OutOfRange)?;
            *have = have.checked_add(more).ok_or(UnitError::OutOfRange)?;
        }
        Ok(())
    }
}

/// Spellings outside UCUM that devices use and that mean one thing only.
const PLAIN: [(&str, &str); 19] = [
    ("Wh", "W.h"),
    ("kWh", "kW.h"),
    ("MWh", "MW.h"),
    ("VA", "V.A"),
    ("°C", "Cel"),
    ("°F", "[degF]"),
    ("ppm", "[ppm]"),
    ("ppb", "[ppb]"),
    ("mmHg", "mm[Hg]"),
    ("bpm", "/min"),
    ("beat/min", "/min"),
    ("m³", "m3"),
    ("m³/h", "m3/h"),
    ("µg/m³", "ug/m3"),
    ("dBm", "dB{mW}"),
    ("dB", "dB[SPL]"),
    ("lb", "[lb_av]"),
    ("°", "deg"),
    ("steps", "{steps}"),
];

/// Name, whether prefixes may stand before it, dimension, factor.
type Atom = (&'static str, bool, Dimension, Ratio);

const fn whole(num: i128) -> Ratio {
    Ratio { num, den: 1 }
}

/// UCUM's base and derived units, counted in gram, metre and second.
const ATOMS: [Atom; 32] = [
    ("m", true, [1, 0, 0, 0, 0, 0, 0, 0], Ratio::ONE),
    ("s", true, [0, 1, 0, 0, 0, 0, 0, 0], Ratio::ONE),
    ("g", true, [0, 0, 1, 0, 0, 0, 0, 0], Ratio::ONE),
    ("K", true, [0, 0, 0, 1, 0, 0, 0, 0], Ratio::ONE),
    ("A", true, [0, 0, 0, 0, 1, 0, 0, 0], Ratio::ONE),
    ("cd", true, [0, 0, 0, 0, 0, 1, 0, 0], Ratio::ONE),
    ("mol", true, [0, 0, 0, 0, 0, 0, 1, 0], Ratio::ONE),
    ("deg", false, [0, 0, 0, 0, 0, 0, 0, 1], Ratio::ONE),
    ("min", false, [0, 1, 0, 0, 0, 0, 0, 0], whole(60)),
    ("h", false, [0, 1, 0, 0, 0, 0, 0, 0], whole(3600)),
    ("d", false, [0, 1, 0, 0, 0, 0, 0, 0], whole(86_400)),
    ("Hz", true, [0, -1, 0, 0, 0, 0, 0, 0], Ratio::ONE),
    ("Bq", true, [0, -1, 0, 0, 0, 0, 0, 0], Ratio::ONE),
    ("W", true, [2, -3, 1, 0, 0, 0, 0, 0], whole(1000)),
    ("J", true, [2, -2, 1, 0, 0, 0, 0, 0], whole(1000)),
    ("cal", true, [2, -2, 1, 0, 0, 0, 0, 0], whole(4184)),
    ("V", true, [2, -3, 1, 0, -1, 0, 0, 0], whole(1000)),
    ("N", true, [1, -2, 1, 0, 0, 0, 0, 0], whole(1000)),
    ("Pa", true, [-1, -2, 1, 0, 0, 0, 0, 0], whole(1000)),
    ("bar", true, [-1, -2, 1, 0, 0, 0, 0, 0], whole(100_000_000)),
    (
        "m[Hg]",
        true,
        [-1, -2, 1, 0, 0, 0, 0, 0],
        whole(133_322_000),
    ),
    (
        "L",
        true,
        [3, 0, 0, 0, 0, 0, 0, 0],
        Ratio { num: 1, den: 1000 },
    ),
    (
        "l",
        true,
        [3, 0, 0, 0, 0, 0, 0, 0],
        Ratio { num: 1, den: 1000 },
    ),
    ("lx", true, [-2, 0, 0, 0, 0, 1, 0, 0], Ratio::ONE),
    ("%", false, [0; 8], Ratio { num: 1, den: 100 }),
    (
        "[ppm]",
        false,
        [0; 8],
        Ratio {
            num: 1,
            den: 1_000_000,
        },
    ),
    (
        "[ppb]",
        false,
        [0; 8],
        Ratio {
            num: 1,
            den: 1_000_000_000,
        },
    ),
    (
        "[lb_av]",
        false,
        [0, 0, 1, 0, 0, 0, 0, 0],
        Ratio {
            num: 45_359_237,
            den: 100_000,
        },
    ),
    (
        "[in_i]",
        false,
        [1, 0, 0, 0, 0, 0, 0, 0],
        Ratio {
            num: 127,
            den: 5000,
        },
    ),
    (
        "[ft_i]",
        false,
        [1, 0, 0, 0, 0, 0, 0, 0],
        Ratio {
            num: 381,
            den: 1250,
        },
    ),
    (
        "[mi_i]",
        false,
        [1, 0, 0, 0, 0, 0, 0, 0],
        Ratio {
            num: 201_168,
            den: 125,
        },
    ),
    (
        "[gal_us]",
        false,
        [3, 0, 0, 0, 0, 0, 0, 0],
        Ratio {
            num: 473_176_473,
            den: 125_000_000_000,
        },
    ),
];

const PREFIXES: [(char, i32); 10] = [
    ('T', 12),
    ('G', 9),
    ('M', 6),
    ('k', 3),
    ('h', 2),
    ('d', -1),
    ('c', -2),
    ('m', -3),
    ('u', -6),
    ('n', -9),
];

fn plain(text: &str) -> &str {
    PLAIN
        .iter()
        .find(|(spelling, _)| *spelling == text)
        .map_or(text, |(_, ucum)| ucum)
}

/// Units that are a scale and stand alone.
fn scale_unit(text: &str) -> Option<Unit> {
    let dimension = [0, 0, 0, 1, 0, 0, 0, 0];
    match text {
        "Cel" => Some(Unit {
            dimension,
            factor: Ratio::ONE,
            shift: 27_315,
        }),
        "[degF]" => Some(Unit {
            dimension,
            factor: Ratio { num: 5, den: 9 },
            shift: 45_967,
        }),
        _ => None,
    }
}

fn component(text: &str) -> Result<(Dimension, Ratio, i8), UnitError> {
    if text.starts_with('{') && text.ends_with('}') {
        return Ok(([0; 8], Ratio::ONE, 1));
    }
    if let Ok(number) = text.parse::<u32>() {
        return if number == 0 {
            Err(UnitError::Unknown)
        } else {
            Ok(([0; 8], whole(i128::from(number)), 1))
        };
    }
    if let Some((dimension, factor)) = atom(text)? {
        return Ok((dimension, factor, 1));
    }
    let digits =
        text.trim_start_matches(|letter: char| !(letter.is_ascii_digit() || letter == '-'));
    let name = text.strip_suffix(digits).ok_or(UnitError::Unknown)?;
    let power: i8 = digits.parse().map_err(|_| UnitError::Unknown)?;
    if !(-9..=9).contains(&power) {
        return Err(UnitError::OutOfRange);
    }
    let (dimension, factor) = atom(name)?.ok_or(UnitError::Unknown)?;
    Ok((dimension, factor, power))
}

/// A unit by its name, with or without a prefix; the name alone goes first, so that `min` is no milli-inch.
fn atom(name: &str) -> Result<Option<(Dimension, Ratio)>, UnitError> {
    if let Some((_, _, dimension, factor)) = ATOMS.iter().find(|atom| atom.0 == name) {
        return Ok(Some((*dimension, *factor)));
    }
    let mut letters = name.chars();
    let Some((_, power)) = letters
        .next()
        .and_then(|first| PREFIXES.into_iter().find(|(prefix, _)| *prefix == first))
    else {
        return Ok(None);
    };
    let Some((_, _, dimension, factor)) = ATOMS
        .iter()
        .find(|atom| atom.1 && atom.0 == letters.as_str())
    else {
        return Ok(None);
    };
    Ok(Some((*dimension, factor.times(Ratio::power(power)?)?)))
}

/// The factor between two units of one dimension, or between moles and grams of a substance.
fn bridge(from: &Unit, to: &Unit, molar_mg: u32) -> Result<Ratio, UnitError> {
    if from.dimension == to.dimension {
        return Ok(Ratio::ONE);
    }
    if molar_mg == 0 {
        return Err(UnitError::Incompatible);
    }
    let molar = Ratio::new(i128::from(molar_mg), 1000);
    let as_mass = |mut dimension: Dimension| {
        let moles = core::mem::take(&mut dimension[MOLE]);
        dimension[GRAM] = dimension[GRAM].saturating_add(moles);
        dimension
    };
    match (from.dimension[MOLE], to.dimension[MOLE]) {
        (1, 0) if as_mass(from.dimension) == to.dimension => Ok(molar),
        (0, 1) if from.dimension == as_mass(to.dimension) => molar.inverse(),
        _ => Err(UnitError::Incompatible),
    }
}

fn scaled(number: Decimal, factor: Ratio) -> Result<Rounded, DecimalError> {
    let ten = ten_to(number.exponent.unsigned_abs()).ok_or(DecimalError::Overflow)?;
    let (up, down) = if number.exponent < 0 {
        (1, ten)
    } else {
        (ten, 1)
    };
    let factor = Ratio::new(factor.num, factor.den)
        .times(Ratio::new(up, down))
        .map_err(|_| DecimalError::Overflow)?;
    divided(
        number
            .mantissa
            .checked_mul(factor.num)
            .ok_or(DecimalError::Overflow)?,
        factor.den,
    )
}

/// (number + before) × factor − after, in multiples of 10^exponent; before and after are hundredths.
fn shifted(
    number: Decimal,
    before: i64,
    factor: Ratio,
    after: i64,
    exponent: i8,
) -> Result<Rounded, DecimalError> {
    let result = (|| {
        let ten = ten_to(number.exponent.unsigned_abs())?;
        let (up, down) = if number.exponent < 0 {
            (1, ten)
        } else {
            (ten, 1)
        };
        let hundredths = number
            .mantissa
            .checked_mul(up)?
            .checked_mul(100)?
            .checked_add(i128::from(before).checked_mul(down)?)?;
        let den = down.checked_mul(factor.den)?;
        let num = hundredths
            .checked_mul(factor.num)?
            .checked_sub(i128::from(after).checked_mul(den)?)?;
        let ten = ten_to(exponent.unsigned_abs().into())?;
        let (num, den) = if exponent < 0 {
            (num.checked_mul(ten)?, den)
        } else {
            (num, den.checked_mul(ten)?)
        };
        Some((num, den.checked_mul(100)?))
    })();
    let (num, den) = result.ok_or(DecimalError::Overflow)?;
    let value = i64::try_from(half_even(num, den)).map_err(|_| DecimalError::Overflow)?;
    Ok(Rounded {
        value,
        exact: num % den == 0,
    })
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests;
