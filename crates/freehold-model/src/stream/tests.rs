use super::*;
use crate::kinds;
use crate::time::Time;
use crate::value::Value;

fn spec() -> StreamSpec {
    let id = Id::from_bytes([7; 16]);
    StreamSpec::new(id, kinds::ENERGY_INTERVAL, "Europe/London").levels([
        Level::Raw,
        Level::HalfHour,
        Level::Day,
    ])
}

#[test]
fn a_declaration_is_checked() {
    // [model-18]
    assert!(Stream::new(spec()).is_ok());
    let refused = |change: fn(&mut StreamSpec)| {
        let mut spec = spec();
        change(&mut spec);
        Stream::new(spec).err()
    };
    assert_eq!(
        refused(|spec| spec.exponent = -2),
        Some(StreamError::Exponent)
    );
    assert_eq!(
        refused(|spec| spec.exponent = -10),
        Some(StreamError::Exponent)
    );
    assert_eq!(
        refused(|spec| spec.exponent = i8::MAX),
        Some(StreamError::Exponent)
    );
    assert_eq!(
        refused(|spec| spec.zone = "Mars/Olympus".into()),
        Some(StreamError::Zone(ZoneError::UnknownZone))
    );
    assert_eq!(
        refused(|spec| spec.zone = "europe/london".into()),
        Some(StreamError::Zone(ZoneError::UnknownZone))
    );
    assert_eq!(
        refused(|spec| spec.chunk_minutes = 0),
        Some(StreamError::ChunkLength(ChunkLengthError(0)))
    );
    assert_eq!(
        refused(|spec| spec.levels = Levels::EMPTY),
        Some(StreamError::Levels)
    );
    assert_eq!(
        refused(|spec| spec.facets = Facets::of(Facet::Index)),
        Some(StreamError::Facets)
    );
    assert_eq!(
        refused(|spec| spec.facets = Facets::EMPTY),
        Some(StreamError::Facets)
    );
    assert_eq!(
        refused(|spec| spec.edges = [3, 2].into()),
        Some(StreamError::Edges)
    );
    assert_eq!(
        refused(|spec| spec.sensitivity = Sensitivity::Device),
        Some(StreamError::Sensitivity)
    );
    assert_eq!(
        refused(|spec| spec.late_ms = u32::MAX),
        Some(StreamError::Late)
    );
    assert_eq!(refused(|spec| spec.sensitivity = Sensitivity::Health), None);
}

#[test]
fn a_level_finer_than_an_interval_is_refused() {
    // [model-3]
    let stream = Stream::new(spec()).unwrap();
    let reading = Reading::new(Time::from_ms(0), Value::Number(1)).lasting_ms(1_800_000);
    assert_eq!(stream.check(&reading), Ok(()));
    assert_eq!(
        stream.check(&reading.clone().lasting_ms(1_800_001)),
        Err(ReadingError::Duration(Level::HalfHour))
    );
    let beyond = Reading {
        time: Time::LATEST,
        ..reading.clone()
    };
    assert_eq!(stream.check(&beyond), Err(ReadingError::Time));
    let wrong = Reading {
        value: Value::Bool(true),
        ..reading
    };
    assert_eq!(
        stream.check(&wrong),
        Err(ReadingError::Value(ValueError::WrongKind))
    );
}

#[test]
fn a_finer_exponent_scales_edges_and_range() {
    let fine = Stream::new(spec().exponent(-5).unwrap()).unwrap();
    assert_eq!(fine.spec().edges.first(), Some(&100_000));
    assert_eq!(fine.spec().range(), (0, 100_000_000_000));
    assert_eq!(
        fine.parse("0.412 kW.h").unwrap().value,
        Value::Number(41_200_000)
    );
    assert!(spec().exponent(-2).is_err());
}

#[test]
fn chunks_hold_about_a_thousand_readings() {
    let chunk = |ms| spec().every_ms(ms).chunk_minutes;
    assert_eq!(
        [
            chunk(0),
            chunk(100),
            chunk(5_000),
            chunk(60_000),
            chunk(1_800_000)
        ],
        [1, 1, 60, 720, 1440]
    );
}

#[test]
fn a_declaration_has_one_encoding() {
    let bytes = crate::wire::to_bytes(&spec());
    assert_eq!(
        crate::wire::from_bytes::<StreamSpec>(&bytes, 1024),
        Ok(spec())
    );
}
