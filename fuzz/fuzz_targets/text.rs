//! Text of any origin is refused, or is the time, number, length of time, name or term that it is written as again.
//!
//! The first byte chooses what is read, the second a zone, a kind or an exponent.
#![no_main]

use std::sync::LazyLock;

use freehold::consent::{CardId, LegalBasis, Name, Purpose, Role, Span, Words};
use freehold::model::decimal::{format_decimal, parse_decimal};
use freehold::model::{Flags, Fold, Id, Kind, Zone, kinds};
use freehold::{Facets, Levels};
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

static ZONES: LazyLock<Vec<Zone>> = LazyLock::new(|| {
    let names = [
        "UTC",
        "Europe/London",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
    ];
    names
        .iter()
        .filter_map(|name| Zone::new(name).ok())
        .collect()
});

fuzz_target!(init: { LazyLock::force(&ZONES); }, |bytes: &[u8]| within(bytes, || {
    let Some((&[what, which], text)) = bytes.split_first_chunk() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    match what % 8 {
        0 => time(&ZONES[usize::from(which) % ZONES.len()], text),
        1 => value(&kinds::ALL[usize::from(which) % kinds::ALL.len()], text),
        2 => decimal(text, which.cast_signed() % 19),
        3 => {
            if let Ok(span) = text.parse::<Span>() {
                assert_eq!(span.to_string().parse(), Ok(span));
                assert!(!span.in_words().is_empty());
            }
        }
        4 => terms(text),
        5 => names(text),
        6 => {
            if let Ok(zone) = Zone::new(text) {
                assert_eq!(Zone::new(zone.name()).map(|again| again.name().to_owned()).as_deref(), Ok(zone.name()));
            }
        }
        _ => clean(text),
    }
}));

fn time(zone: &Zone, text: &str) {
    for fold in [Fold::Earlier, Fold::Later] {
        let Ok(time) = zone.parse(text, fold) else {
            continue;
        };
        assert!(time.is_supported());
        assert_eq!(zone.parse(&zone.format(time), fold), Ok(time));
        assert_eq!(Zone::utc().parse(&zone.format(time), fold), Ok(time));
    }
}

fn value(kind: &Kind, text: &str) {
    let Ok(parsed) = kind.parse(text) else { return };
    if kind.check(&parsed.value).is_ok() {
        let written = kind.format_at(&parsed.value, kind.exponent());
        assert_eq!(
            kind.parse(&written).map(|again| again.value),
            Ok(parsed.value)
        );
    }
}

fn decimal(text: &str, exponent: i8) {
    let Ok(number) = parse_decimal(text, exponent) else {
        return;
    };
    let written = format_decimal(number.value.into(), exponent);
    let again = parse_decimal(&written, exponent).expect("what was written is read");
    assert_eq!((again.value, again.exact), (number.value, true));
}

fn terms(text: &str) {
    if let Ok(purpose) = text.parse::<Purpose>() {
        assert_eq!(purpose.term().parse(), Ok(purpose));
    }
    if let Ok(basis) = text.parse::<LegalBasis>() {
        assert_eq!(basis.term().parse(), Ok(basis));
    }
    if let Some(role) = Role::from_name(text) {
        assert_eq!(role.name(), text);
    }
    if let Some(flag) = Flags::named(text) {
        assert!(flag.names().eq([text]));
    }
    if let Some(kind) = Kind::registered(text) {
        assert_eq!(kind.name(), text);
    }
}

fn names(text: &str) {
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = text.parse::<CardId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(levels) = text.parse::<Levels>() {
        assert_eq!(levels.to_string().parse(), Ok(levels));
    }
    if let Ok(facets) = text.parse::<Facets>() {
        assert_eq!(facets.to_string().parse(), Ok(facets));
    }
}

fn clean(text: &str) {
    if let Ok(name) = Name::new(text) {
        assert_eq!(Name::new(name.as_str()).as_ref(), Ok(&name));
        assert!((1..=64).contains(&name.as_str().chars().count()));
        assert!(!name.as_str().chars().any(char::is_control));
    }
    if let Ok(words) = Words::new(text) {
        assert_eq!(Words::new(words.as_str()).as_ref(), Ok(&words));
    }
}
