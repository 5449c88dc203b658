//! Bytes of any origin are no facet of a summary, or exactly what the summary encodes to; it can then be merged and shown.
//!
//! The first three bytes choose a kind of the registry, a level and a facet.
#![no_main]

use std::sync::LazyLock;

use freehold::model::{Id, Kind, Stream, StreamSpec, Summary, kinds};
use freehold::{Facet, Level};
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

static STREAMS: LazyLock<Vec<Stream>> = LazyLock::new(|| {
    let spec =
        |kind: &Kind| StreamSpec::new(Id::from_bytes([1; 16]), kind, "UTC").levels(Level::ALL);
    kinds::ALL
        .iter()
        .filter_map(|kind| Stream::new(spec(kind)).ok())
        .collect()
});

fuzz_target!(init: { LazyLock::force(&STREAMS); }, |bytes: &[u8]| within(bytes, || {
    let Some((&[kind, level, facet], bytes)) = bytes.split_first_chunk() else { return };
    let stream = &STREAMS[usize::from(kind) % STREAMS.len()];
    let level = Level::ALL[usize::from(level) % Level::ALL.len()];
    let facet = Facet::ALL[usize::from(facet) % Facet::ALL.len()];
    if level == Level::Raw || !stream.spec().facets.contains(facet) {
        return;
    }
    let layout = stream.layout(level);
    let mut summary = Summary::default();
    if layout.decode(facet, bytes, &mut summary).is_err() {
        assert_eq!(summary, Summary::default());
        return;
    }
    assert_eq!(layout.encode(&summary, facet).as_deref(), Ok(bytes));
    let exponent = stream.spec().exponent;
    if let Some(totals) = summary.totals {
        assert_eq!(totals.mean(exponent).is_some(), totals.count > 0);
        let _ = totals.deviation(exponent);
    }
    let mut twice = summary.clone();
    if twice.merge(&summary).is_ok()
        && let (Some(one), Some(two)) = (summary.count(), twice.count())
    {
        assert_eq!(two, 2 * one);
    }
    let empty = Summary::empty(summary.facets(), stream.spec().bins().len());
    let mut same = empty.clone();
    assert_eq!(same.merge(&summary).map(|()| same), Ok(summary));
}));
