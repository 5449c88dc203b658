//! A vendor's own kinds.

use freehold_model::{
    Facet, Facets, Id, Level, Levels, Sampling, Scale, Sensitivity, ValueKind, VendorKind,
    wire::to_bytes,
};

use super::{Description, DescriptionInput};
use crate::vectors::{Cases, Failure, Hex};

pub(super) fn cases(cases: &mut Cases<'_, Description>) {
    let flow = || VendorKind {
        unit: "m3/h".into(),
        exponent: -3,
        sensitivity: Sensitivity::Device,
        edges: vec![0, 10],
        range: Some((-5, 1000)),
        description: "What flows".into(),
        ..VendorKind::new("acme:flow", ValueKind::Gauge)
    };
    let mode = |states: &[&str]| VendorKind {
        states: states.iter().map(|&state| state.into()).collect(),
        range: Some((0, 1)),
        ..VendorKind::new("acme:mode", ValueKind::Enum)
    };
    for (name, about, kind) in [
        ("vendor", "a vendor's own kind with all its fields", flow()),
        (
            "vendor-states",
            "with states, of the strictest class",
            mode(&["off", "on", "stand_by"]),
        ),
        (
            "vendor-circular",
            "with another scale",
            VendorKind {
                scale: Scale::Circular,
                ..flow()
            },
        ),
    ] {
        cases.accept(name, &["model-14", "model-29"], about, of_vendor(&kind));
    }
    let many: Vec<String> = (0..65).map(|state| format!("s{state}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (name, about, kind) in [
        (
            "vendor-without-colon",
            "a name without a vendor",
            VendorKind {
                name: "flow".into(),
                ..flow()
            },
        ),
        (
            "vendor-two-colons",
            "a name of three parts",
            VendorKind {
                name: "acme:flow:in".into(),
                ..flow()
            },
        ),
        (
            "vendor-capital",
            "a capital letter",
            VendorKind {
                name: "Acme:flow".into(),
                ..flow()
            },
        ),
        (
            "vendor-nobody",
            "no vendor before the colon",
            VendorKind {
                name: ":flow".into(),
                ..flow()
            },
        ),
        (
            "vendor-long-name",
            "a name of 65 bytes",
            VendorKind {
                name: format!("acme:{}", "f".repeat(60)),
                ..flow()
            },
        ),
        (
            "vendor-no-unit",
            "no unit, not even 1",
            VendorKind {
                unit: String::new(),
                ..flow()
            },
        ),
        (
            "vendor-unit-with-space",
            "a unit with a space",
            VendorKind {
                unit: "m3 / h".into(),
                ..flow()
            },
        ),
        (
            "vendor-exponent",
            "an exponent below -9",
            VendorKind {
                exponent: -10,
                ..flow()
            },
        ),
        (
            "vendor-great-exponent",
            "one above 9",
            VendorKind {
                exponent: 10,
                ..flow()
            },
        ),
        (
            "vendor-edges",
            "edges that do not ascend",
            VendorKind {
                edges: vec![10, 0],
                ..flow()
            },
        ),
        (
            "vendor-many-edges",
            "16 edges",
            VendorKind {
                edges: (0..16).collect(),
                ..flow()
            },
        ),
        (
            "vendor-edges-of-states",
            "edges of a kind with states",
            VendorKind {
                edges: vec![1],
                ..mode(&["off"])
            },
        ),
        (
            "vendor-no-range",
            "no plausible range",
            VendorKind {
                range: None,
                ..flow()
            },
        ),
        (
            "vendor-empty-range",
            "a plausible range from 5 to 5",
            VendorKind {
                range: Some((5, 5)),
                ..flow()
            },
        ),
        (
            "vendor-description",
            "a line break in the description",
            VendorKind {
                description: "a\nb".into(),
                ..flow()
            },
        ),
        (
            "vendor-long-description",
            "257 bytes of description",
            VendorKind {
                description: "x".repeat(257),
                ..flow()
            },
        ),
        ("vendor-no-states", "an enum without states", mode(&[])),
        (
            "vendor-states-of-numbers",
            "states of numbers",
            VendorKind {
                states: vec!["off".into()],
                ..flow()
            },
        ),
        ("vendor-state-twice", "a state twice", mode(&["off", "off"])),
        (
            "vendor-state-with-dash",
            "a state that is no word",
            mode(&["stand-by"]),
        ),
        ("vendor-many-states", "65 states", mode(&many)),
    ] {
        cases.refuse(
            name,
            &["model-14", "model-29"],
            about,
            of_vendor(&kind),
            Failure::Malformed,
        );
    }
}

/// The description of a raw stream of texts.
pub(in crate::vectors::model) fn text_stream() -> Hex {
    let kind = VendorKind {
        range: Some((0, 1)),
        ..VendorKind::new("acme:note", ValueKind::Text)
    };
    of_vendor(&kind).description
}

/// The description of a stream of this kind, whether or not there may be one.
fn of_vendor(kind: &VendorKind) -> DescriptionInput {
    let number = matches!(kind.value_kind, ValueKind::Gauge);
    let fields = (
        Id::from_bytes([7; 16]),
        (1_u8, kind),
        kind.exponent,
        "Europe/London",
        60_u16,
        Levels::of(if number { Level::Hour } else { Level::Raw }),
        if number {
            Facets::of(Facet::Distribution)
        } else {
            Facets::EMPTY
        },
        &kind.edges,
        kind.sensitivity,
        0_u32,
        Sampling::Unknown,
    );
    DescriptionInput {
        description: to_bytes(&fields).into(),
    }
}
