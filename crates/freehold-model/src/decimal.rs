//! Decimal numbers as integers: value = integer × 10^exponent. Rounding is half to even and never silent.

use alloc::format;
use alloc::string::String;

/// A fixed-point number, and whether it is exactly what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The number, in units of 10^exponent.
    pub value: i64,
    /// False when digits were lost to rounding.
    pub exact: bool,
}

/// Why a text is no fixed-point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a decimal number.
    #[error("not a number")]
    NotANumber,
    /// Too large for 64 bits at this exponent, or more digits than can be read.
    #[error("number too large")]
    Overflow,
}

/// Reads `0.412`, `-12`, `.5` or `4.12e-1` as a multiple of 10^`exponent`, rounding half to even. **[model-15]**
///
/// # Errors
/// [`DecimalError`]; a number that does not fit is an error, never cut.
pub fn parse_decimal(text: &str, exponent: i8) -> Result<Rounded, DecimalError> {
    Decimal::parse(text)?.at(exponent)
}

/// Writes `value` × 10^`exponent` with all its places: `format_decimal(412, -3)` is `0.412`.
pub fn format_decimal(value: i128, exponent: i8) -> String {
    let (sign, digits) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let places = usize::from(exponent.unsigned_abs());
    if exponent > 0 {
        let zeros = if digits == 0 { 0 } else { places };
        return format!("{sign}{digits}{:0<zeros$}", "");
    }
    if exponent == 0 {
        return format!("{sign}{digits}");
    }
    let text = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// A decimal number as it was written: `mantissa` × 10^`exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) mantissa: i128,
    pub(crate) exponent: i32,
}

impl Decimal {
    pub(crate) fn parse(text: &str) -> Result<Self, DecimalError> {
        let text = text.trim();
        let (number, power) = match text.split_once(['e', 'E']) {
            Some((number, power)) => (
                number,
                power.parse::<i16>().map_err(|_| DecimalError::NotANumber)?,
            ),
            None => (text, 0),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let mut mantissa = 0_i128;
        let mut exponent = i32::from(power);
        let (mut digits, mut point) = (false, false);
        for byte in number.bytes() {
            match byte {
                b'0'..=b'9' => {
                    digits = true;
                    exponent -= i32::from(point);
                    mantissa = push_digit(mantissa, byte).ok_or(DecimalError::Overflow)?;
                }
                b'.' if !point => point = true,
                _ => return Err(DecimalError::NotANumber),
            }
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        if digits {
            Ok(Self { mantissa, exponent })
        } else {
            Err(DecimalError::NotANumber)
        }
    }

    /// This number as a multiple of 10^`exponent`.
    pub(crate) fn at(self, exponent: i8) -> Result<Rounded, DecimalError> {
        let shift = self.exponent - i32::from(exponent);
        if self.mantissa == 0 {
            return Ok(Rounded {
                value: 0,
                exact: true,
            });
        }
        match ten_to(shift.unsigned_abs()) {
            Some(power) if shift >= 0 => divided(
                self.mantissa
                    .checked_mul(power)
                    .ok_or(DecimalError::Overflow)?,
                1,
            ),
            Some(power) => divided(self.mantissa, power),
            None if shift >= 0 => Err(DecimalError::Overflow),
            // Smaller than half of the last place, whatever the digits.
            None => Ok(Rounded {
                value: 0,
                exact: false,
            }),
        }
    }
}

/// `numerator / denominator` as a fixed-point number, half to even; the denominator is positive.
pub(crate) fn divided(numerator: i128, denominator: i128) -> Result<Rounded, DecimalError> {
    let value =
        i64::try_from(half_even(numerator, denominator)).map_err(|_| DecimalError::Overflow)?;
    Ok(Rounded {
        value,
        exact: denominator == 1 || numerator % denominator == 0,
    })
}

/// `numerator / denominator` rounded half to even; the denominator is positive.
pub(crate) fn half_even(numerator: i128, denominator: i128) -> i128 {
    if denominator == 1 {
        return numerator;
    }
    let (quotient, rest) = (
        numerator.div_euclid(denominator),
        numerator.rem_euclid(denominator),
    );
    let beyond = rest - (denominator - rest);
    if beyond > 0 || (beyond == 0 && quotient % 2 != 0) {
        quotient + 1
    } else {
        quotient
    }
}

/// 10^`power`; none beyond 10^38.
pub(crate) fn ten_to(power: u32) -> Option<i128> {
    10_i128.checked_pow(power)
}

fn push_digit(mantissa: i128, digit: u8) -> Option<i128> {
    mantissa
        .checked_mul(10)?
        .checked_add(i128::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, exponent: i8) -> Result<(i64, bool), DecimalError> {
        parse_decimal(text, exponent).map(|rounded| (rounded.value, rounded.exact))
    }

    #[test]
    fn numbers_round_half_to_even_and_say_so() {
        // [model-15]
        assert_eq!(read("0.412", -3), Ok((412, true)));
        assert_eq!(read("0.4125", -3), Ok((412, false)));
        assert_eq!(read("0.4135", -3), Ok((414, false)));
        assert_eq!(read("-0.4135", -3), Ok((-414, false)));
        assert_eq!(read("-0.4125", -3), Ok((-412, false)));
        assert_eq!(read("4.12e-1", -3), Ok((412, true)));
        assert_eq!(read(" +.5 ", -1), Ok((5, true)));
        assert_eq!(read("5.", 0), Ok((5, true)));
        assert_eq!(read("1500", 3), Ok((2, false)));
        assert_eq!(read("1e-30000", 0), Ok((0, false)));
        assert_eq!(read("0e30000", 0), Ok((0, true)));
        assert_eq!(read("-9223372036854775808", 0), Ok((i64::MIN, true)));
    }

    #[test]
    fn what_is_no_number_or_does_not_fit_is_an_error() {
        for text in [
            "", ".", "-", "1.2.3", "1,5", "0x10", "1e", "1e99999", "NaN", "inf", "--1", "1 2", "１",
        ] {
            assert_eq!(read(text, 0), Err(DecimalError::NotANumber), "{text}");
        }
        for text in [
            "9223372036854775808",
            "1e19",
            "1e30000",
            "99999999999999999999999999999999999999999",
        ] {
            assert_eq!(read(text, 0), Err(DecimalError::Overflow), "{text}");
        }
    }

    #[test]
    fn formats() {
        assert_eq!(format_decimal(412, -3), "0.412");
        assert_eq!(format_decimal(-5, -3), "-0.005");
        assert_eq!(format_decimal(0, -2), "0.00");
        assert_eq!(format_decimal(15, 2), "1500");
        assert_eq!(format_decimal(0, 2), "0");
        assert_eq!(
            format_decimal(i128::from(i64::MIN), 0),
            "-9223372036854775808"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value: i64, exponent in -9_i8..=0) {
            let text = format_decimal(i128::from(value), exponent);
            prop_assert_eq!(read(&text, exponent), Ok((value, true)));
        }
    }
}
