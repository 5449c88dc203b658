use super::vendor::is_word;
use super::*;
use crate::unit::UnitError;
use alloc::vec::Vec;

fn number(kind: &Kind, text: &str) -> Result<Value, ValueError> {
    kind.parse(text).map(|parsed| parsed.value)
}

#[test]
fn the_registry_is_sorted_and_sound() {
    assert_eq!(kinds::ALL.len(), 106);
    assert!(kinds::ALL.is_sorted_by(|a, b| a.name() < b.name()));
    for &kind in kinds::ALL {
        assert_eq!(Kind::registered(kind.name()), Some(kind));
        assert!(are_edges(kind.edges()), "{kind:?}");
        assert!(!kind.is_vendor() && is_word(kind.name()));
        assert_eq!(
            kind.value_kind() == ValueKind::Enum,
            !kind.states.is_empty(),
            "{kind:?}"
        );
        assert!((EXPONENT_MIN..=EXPONENT_MAX).contains(&kind.exponent()));
        if kind.value_kind().is_number() {
            assert!(
                kind.range().0 < kind.range().1 && !kind.edges().is_empty(),
                "{kind:?}"
            );
            assert!(kind.converter(kind.unit(), kind.exponent()).is_ok());
        }
        let bytes = postcard::to_allocvec(kind).unwrap();
        assert_eq!(bytes.len(), kind.name().len() + 2);
        assert_eq!(&postcard::from_bytes::<Kind>(&bytes).unwrap(), kind);
    }
    assert_eq!(Kind::registered("flux"), None);
}

#[test]
fn values_are_read_in_their_unit() {
    assert_eq!(
        number(kinds::ENERGY_INTERVAL, "0.412 kW.h"),
        Ok(Value::Number(412_000))
    );
    assert_eq!(
        number(kinds::ENERGY_INTERVAL, "412"),
        Ok(Value::Number(412_000))
    );
    assert_eq!(
        number(kinds::BLOOD_GLUCOSE, "5.5 mmol/L"),
        Ok(Value::Number(991))
    );
    assert!(!kinds::BLOOD_GLUCOSE.parse("5.5 mmol/L").unwrap().exact);
    assert_eq!(number(kinds::HEART_RATE, "72 bpm"), Ok(Value::Number(72)));
    assert_eq!(
        number(kinds::HEART_RATE, "72 kg"),
        Err(ValueError::Unit(UnitError::Incompatible))
    );
    assert_eq!(
        number(kinds::HEART_RATE, "72 furlong"),
        Err(ValueError::Unit(UnitError::Unknown))
    );
    assert_eq!(
        number(kinds::BODY_WEIGHT, "5 mmol"),
        Err(ValueError::Unit(UnitError::Incompatible))
    );
    assert_eq!(number(kinds::MOTION, "On"), Ok(Value::Bool(true)));
    assert_eq!(number(kinds::MOTION, "2"), Err(ValueError::NotABool));
    assert_eq!(number(kinds::HVAC_MODE, "heat"), Ok(Value::State(2)));
    assert_eq!(number(kinds::HVAC_MODE, "3"), Ok(Value::State(3)));
    assert_eq!(number(kinds::HVAC_MODE, "9"), Err(ValueError::UnknownState));
    assert_eq!(
        number(kinds::POSITION, "51.5, -0.12"),
        Ok(Value::Point {
            lat: 515_000_000,
            lon: -1_200_000
        })
    );
    assert_eq!(number(kinds::POSITION, "91,0"), Err(ValueError::OutOfRange));
    assert_eq!(
        kinds::POSITION.format_at(&Value::Point { lat: -1, lon: 0 }, 0),
        "-0.0000001,0.0000000"
    );
    assert_eq!(kinds::HVAC_MODE.format_at(&Value::State(2), 0), "heat");
    assert_eq!(
        kinds::ENERGY_INTERVAL.format_at(&Value::Number(412_000), -3),
        "412.000"
    );
}

#[test]
fn a_value_must_be_of_its_kind() {
    // [model-16]
    assert_eq!(
        kinds::HEART_RATE.check(&Value::Bool(true)),
        Err(ValueError::WrongKind)
    );
    assert_eq!(
        kinds::HVAC_MODE.check(&Value::State(9)),
        Err(ValueError::UnknownState)
    );
    assert_eq!(
        kinds::POSITION.check(&Value::Point {
            lat: 900_000_001,
            lon: 0
        }),
        Err(ValueError::OutOfRange)
    );
    assert_eq!(
        kinds::HEART_RATE.check(&Value::Number(1 << 53)),
        Err(ValueError::OutOfRange)
    );
    assert_eq!(
        kinds::HEART_RATE.check(&Value::Number(1 - (1 << 53))),
        Ok(())
    );
    assert_eq!(kinds::MOTION.check(&Value::None), Ok(()));
}

#[test]
fn only_statistics_that_mean_something() {
    // [model-22] [model-23]
    let allowed = |kind: &Kind| {
        Statistic::ALL
            .iter()
            .filter(|&&one| kind.allows(one))
            .map(|one| one.name())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        allowed(kinds::HEART_RATE),
        "count mean stddev min max first last distribution"
    );
    assert_eq!(
        allowed(kinds::ENERGY_INTERVAL),
        "count sum mean stddev min max first last distribution"
    );
    assert_eq!(
        allowed(kinds::ENERGY_IMPORTED),
        "count sum min max first last distribution index"
    );
    assert_eq!(
        allowed(kinds::SIGNAL_STRENGTH),
        "count min max first last distribution"
    );
    assert_eq!(allowed(kinds::WIND_DIRECTION), "count distribution");
    assert_eq!(allowed(kinds::MOTION), "count distribution");
    assert_eq!(allowed(kinds::SLEEP_STAGE), "count distribution");
    assert_eq!(allowed(kinds::POSITION), "");
}

#[test]
fn a_vendors_kind_is_strict_unless_it_says_otherwise() {
    let mut flow = VendorKind::new("acme:flow_temp", ValueKind::Gauge);
    flow.unit = "Cel".into();
    flow.exponent = -2;
    let kind = Kind::vendor(flow.clone()).unwrap();
    assert_eq!(kind.sensitivity(), Sensitivity::Health, "[model-14]");
    assert_eq!(number(&kind, "70.83 [degF]"), Ok(Value::Number(2157)));
    let bytes = postcard::to_allocvec(&kind).unwrap();
    assert_eq!(postcard::from_bytes::<Kind>(&bytes).unwrap(), kind);
    assert_eq!(
        kind.facets(),
        Facets::from([Facet::Totals, Facet::Extremes])
    );

    let refused = |change: fn(&mut VendorKind)| {
        let mut kind = flow.clone();
        change(&mut kind);
        Kind::vendor(kind).err()
    };
    assert_eq!(
        refused(|kind| kind.name = "flow_temp".into()),
        Some(KindError::Name)
    );
    assert_eq!(
        refused(|kind| kind.name = "acme:Flow".into()),
        Some(KindError::Name)
    );
    assert_eq!(
        refused(|kind| kind.name = "acme:a:b".into()),
        Some(KindError::Name)
    );
    assert_eq!(
        refused(|kind| kind.unit = String::new()),
        Some(KindError::Unit)
    );
    assert_eq!(
        refused(|kind| kind.exponent = -10),
        Some(KindError::Exponent)
    );
    assert_eq!(
        refused(|kind| kind.edges = (0..16).collect()),
        Some(KindError::Edges)
    );
    assert_eq!(
        refused(|kind| kind.edges = [2, 2].into()),
        Some(KindError::Edges)
    );
    assert_eq!(
        refused(|kind| kind.states = ["on".into()].into()),
        Some(KindError::States)
    );
    assert_eq!(
        refused(|kind| kind.value_kind = ValueKind::Enum),
        Some(KindError::States)
    );
    assert_eq!(
        refused(|kind| kind.range = Some((1, 1))),
        Some(KindError::Range)
    );
    assert_eq!(
        refused(|kind| kind.description = "\u{7}".into()),
        Some(KindError::Description)
    );
}
