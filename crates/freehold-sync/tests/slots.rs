//! The slots of a header are those that went in, whatever the zone, the level and the gaps between them.
#![allow(clippy::unwrap_used, reason = "a test")]

use freehold_crypto::{Leaf, LogId, Padding, Root, Secret, SeededEntropy, SigningKey, Suite};
use freehold_model::{Calendar, Facet, Level, Slot, Time, Zone};
use freehold_sync::{Body, Genesis, Header, LogError, LogWriter, UnverifiedEntry};
use proptest::prelude::*;

const ZONES: [&str; 5] = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
];
const LEVELS: [Level; 6] = [
    Level::Raw,
    Level::Minute,
    Level::QuarterHour,
    Level::HalfHour,
    Level::Hour,
    Level::Day,
];

fn writer(level: Level) -> LogWriter {
    let key = SigningKey::generate_ed25519(&mut SeededEntropy::new(1)).unwrap();
    LogWriter::new(Genesis::new(
        Suite::One,
        LogId([1; 16]),
        [2; 16],
        [3; 32],
        level,
        vec![Facet::Totals],
        0,
        key.public_key(),
        None,
    ))
}

fn leaf() -> Leaf {
    let root = Root::from_secret(Secret::from_bytes([9; 32]));
    root.tree(Level::Hour, Facet::Totals).leaf(0).unwrap()
}

/// The civil slots of a level from `start` on; after each so many are left out.
fn civil(zone: &str, level: Level, chunk: u16, start: i64, gaps: &[u8]) -> Vec<Slot> {
    let calendar = Calendar::new(Zone::new(zone).unwrap(), chunk).unwrap();
    let mut next = Time::from_ms(start);
    let mut slots = Vec::new();
    for gap in gaps {
        slots.push(calendar.slot(level, next));
        for _ in 0..=*gap {
            next = calendar.slot(level, next).end;
        }
    }
    slots
}

proptest! {
    /// [log-7] [log-8] [log-10]
    #[test]
    fn slots_come_back_as_they_went_in(
        zone in proptest::sample::select(&ZONES[..]),
        level in proptest::sample::select(&LEVELS[..]),
        chunk in 1_u16..=1440,
        // From 2000 to 2033.
        start in 946_684_800_000_i64..2_000_000_000_000,
        gaps in proptest::collection::vec(prop_oneof![4 => Just(0_u8), 1 => 0_u8..4], 1..60),
        parts in proptest::collection::vec(prop_oneof![4 => Just(0_u16), 1 => 0_u16..3], 60),
    ) {
        let slots = civil(zone, level, chunk, start, &gaps);
        let writer = writer(level);
        let epoch = Calendar::new(Zone::utc(), 60).unwrap().epoch(Time::from_ms(start));
        let mut builder = writer.entry(epoch, 0);
        let pushed: Vec<(Slot, u16)> = slots.iter().copied().zip(parts).collect();
        for (slot, part) in &pushed {
            builder.slot(*slot, *part);
            builder.piece(leaf(), b"some");
        }
        let entry = builder.seal(Padding::Padme, &mut SeededEntropy::new(2)).unwrap();
        let bytes = entry.header().to_bytes();
        let header = Header::from_bytes(&bytes).unwrap();
        prop_assert_eq!(header.slots().collect::<Vec<_>>(), pushed);
        prop_assert_eq!(header.slot_count(), slots.len());
        prop_assert_eq!(header.span().start, slots.first().unwrap().start);
        prop_assert_eq!(header.span().end, slots.last().unwrap().end);
        let body = entry.body().to_bytes();
        prop_assert_eq!(Body::from_bytes(&header, &body).unwrap().to_bytes(), body.clone());
        prop_assert!(UnverifiedEntry::from_bytes(&bytes, &body).is_ok());
    }

    /// [log-1] [log-2]
    #[test]
    fn any_bytes_are_no_header_or_its_own(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = bytes;
        bytes.insert(0, 1);
        if let Ok(header) = Header::from_bytes(&bytes) {
            prop_assert_eq!(header.to_bytes(), bytes);
        }
    }

    /// [log-7]
    #[test]
    fn slots_off_the_minute_or_out_of_order_are_refused(
        start in 0_i64..1_000_000,
        shift in 1_i64..60_000,
    ) {
        let slot = |start: i64, end: i64| Slot {
            start: Time::from_ms(start),
            end: Time::from_ms(end),
        };
        let (begin, end) = (start * 60_000, (start + 5) * 60_000);
        let seal = |slots: &[Slot]| {
            let writer = writer(Level::Minute);
            let epoch = Calendar::new(Zone::utc(), 60).unwrap().epoch(Time::from_ms(begin));
            let mut builder = writer.entry(epoch, 0);
            for slot in slots {
                builder.slot(*slot, 0);
                builder.piece(leaf(), b"some");
            }
            builder.seal(Padding::Padme, &mut SeededEntropy::new(2)).map(|_| ())
        };
        prop_assert_eq!(seal(&[slot(begin, end)]), Ok(()));
        for slots in [
            vec![slot(begin + shift, end)],
            vec![slot(begin, end + shift)],
            vec![slot(begin, begin)],
            vec![slot(end, begin)],
            vec![slot(begin, end), slot(begin, end)],
            vec![slot(begin, end), slot(end - 60_000, end + 60_000)],
        ] {
            prop_assert_eq!(seal(&slots), Err(LogError::Slots));
        }
    }
}
