use super::*;

fn convert(text: &str, from: &str, to: &str, exponent: i8) -> Result<(i64, bool), UnitError> {
    let converter = Converter::new(from, to, exponent, 180_160)?;
    converter
        .parse(text)
        .map(|rounded| (rounded.value, rounded.exact))
}

#[test]
fn conversions_are_exact_and_rounded_once() {
    for (text, from, to, exponent, expect) in [
        ("0.412", "kW.h", "W.h", -3, (412_000, true)),
        ("0.412", "kWh", "W.h", -3, (412_000, true)),
        ("1", "MJ", "W.h", -3, (277_778, false)),
        ("3.6", "MJ", "W.h", -3, (1_000_000, true)),
        ("21.57", "Cel", "Cel", -2, (2157, true)),
        ("70.83", "[degF]", "Cel", -2, (2157, false)),
        ("212", "°F", "Cel", -2, (10_000, true)),
        ("-40", "[degF]", "Cel", -2, (-4000, true)),
        ("0", "Cel", "K", 0, (273, false)),
        ("273.15", "K", "Cel", -2, (0, true)),
        ("5.5", "mmol/L", "mg/dL", -1, (991, false)),
        ("1000", "mmol/L", "mg/dL", -1, (180_160, true)),
        ("0.5", "1", "%", -1, (500, true)),
        ("400", "[ppm]", "%", -2, (4, true)),
        ("101.325", "kPa", "hPa", -2, (101_325, true)),
        ("120", "mm[Hg]", "Pa", 0, (15_999, false)),
        ("2.5", "m3", "L", -3, (2_500_000, true)),
        ("36", "km/h", "m/s", -2, (1000, true)),
        ("1.2", "Hz", "/min", 0, (72, true)),
        ("72", "bpm", "/min", 0, (72, true)),
        ("1", "kJ", "kcal", -2, (24, false)),
        ("2", "[lb_av]", "kg", -3, (907, false)),
        ("-57", "dBm", "dB{mW}", 0, (-57, true)),
        ("12", "{steps}", "1", 0, (12, true)),
        ("1.5e3", "mV", "V", -3, (1500, true)),
        ("42", "acme_bar", "acme_bar", 0, (42, true)),
    ] {
        assert_eq!(
            convert(text, from, to, exponent),
            Ok(expect),
            "{text} {from} -> {to}"
        );
    }
}

#[test]
fn unknown_and_incompatible_units_are_refused() {
    for (from, to, error) in [
        ("furlong", "m", UnitError::Unknown),
        ("", "m", UnitError::Unknown),
        ("m//s", "m/s", UnitError::Unknown),
        ("kCel", "Cel", UnitError::Unknown),
        ("m99", "m", UnitError::OutOfRange),
        ("W", "W.h", UnitError::Incompatible),
        ("kg", "m", UnitError::Incompatible),
        ("dBm", "W", UnitError::Unknown),
        ("mol", "m", UnitError::Incompatible),
    ] {
        assert_eq!(convert("1", from, to, 0), Err(error), "{from} -> {to}");
    }
    assert_eq!(
        Converter::new("mmol/L", "mg/dL", -1, 0).err(),
        Some(UnitError::Incompatible)
    );
    assert_eq!(
        convert("9e18", "kW.h", "W.h", -3),
        Err(UnitError::Number(DecimalError::Overflow))
    );
    assert_eq!(
        convert("1e300", "[degF]", "Cel", -3),
        Err(UnitError::Number(DecimalError::Overflow))
    );
}
