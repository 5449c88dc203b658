//! Bytes of any origin are no description of a stream, or one whose slots, widths and names can be used.
//!
//! The first four bytes are a time in hours since 1970, at which the slots are looked at.
#![no_main]

use freehold::consent::StreamInfo;
use freehold::model::{Stream, StreamSpec, wire};
use freehold::{Level, Time};
use freehold_fuzz::{HOUR, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((hours, bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let time = Time::from_ms(i64::from(u32::from_be_bytes(*hours)) * HOUR);
    if let Ok(info) = wire::from_bytes::<StreamInfo>(bytes, 1 << 16) {
        assert_eq!(wire::to_bytes(&info), bytes);
        usable(&info.stream, time);
    }
    let Ok(spec) = wire::from_bytes::<StreamSpec>(bytes, 1 << 16) else {
        return;
    };
    assert_eq!(wire::to_bytes(&spec), bytes);
    if let Ok(stream) = Stream::new(spec) {
        usable(&stream, time);
    }
}));

fn usable(stream: &Stream, time: Time) {
    let spec = stream.spec();
    assert!(!spec.levels.is_empty());
    assert!(spec.kind.facets().union(spec.facets) == spec.kind.facets());
    assert!(spec.edges.is_sorted() && spec.edges.len() <= 15);
    if !time.is_supported() {
        return;
    }
    let calendar = stream.calendar();
    let epoch = calendar.epoch(time);
    for level in Level::ALL {
        let slot = calendar.slot(level, time);
        assert!(slot.contains(time));
        assert!(epoch.index(level, slot.start).is_some());
        let after = calendar.slot(level, slot.end);
        assert_eq!(after.start, slot.end);
        for facet in spec.facets_of(level).iter().filter(|_| level != Level::Raw) {
            assert!((1..=4096).contains(&stream.layout(level).width(facet)));
        }
    }
}
