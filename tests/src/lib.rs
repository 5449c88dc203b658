//! Tests of the whole, and what they share.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

pub mod closure;
pub mod full_store;
pub mod house;
pub mod leaks;
pub mod scenario;
pub mod sim;
pub mod telescope;
pub mod thief;
pub mod vectors;
pub mod witness;

use freehold::{
    Device, Home, Levels, Stream, Time,
    consent::{
        Ask, Conditions, KindName, LegalBasis, Purpose, Retention, Set, Span, StreamId, Wishes,
    },
    model::{Facets, Fold, Id, Kind, StreamSpec, Zone},
};

/// An instant by the clock of a zone.
pub fn at(zone: &str, text: &str) -> Time {
    Zone::new(zone).unwrap().parse(text, Fold::Earlier).unwrap()
}

/// An instant by the clock of UTC.
pub fn utc(text: &str) -> Time {
    Zone::utc().parse(text, Fold::Earlier).unwrap()
}

/// The declaration of stream `no` of a registered kind.
pub fn spec(no: u8, kind: &str, zone: &str) -> StreamSpec {
    let kind = Kind::registered(kind).unwrap();
    StreamSpec::new(Id::from_bytes([no; 16]), kind, zone)
}

/// Adds a stream that is called as its kind, with a device of its own.
pub fn add(home: &Home, spec: StreamSpec) -> Stream {
    let name = spec.kind.name().to_owned();
    let device = Device {
        name: format!("{name} sensor"),
        maker: None,
        model: None,
    };
    home.add_device(device).unwrap();
    home.add_stream(&format!("{name} sensor"), &name, spec)
        .unwrap()
}

/// The id that consents know a stream by.
pub fn id(stream: &Stream) -> StreamId {
    StreamId(*stream.spec().unwrap().id.as_bytes())
}

/// One line of a request.
pub fn ask(
    kind: &str,
    levels: impl Into<Levels>,
    facets: impl Into<Facets>,
    from: Time,
    until: Time,
) -> Ask {
    let kind = KindName::new(kind).unwrap();
    Ask::new(kind, levels.into(), facets.into(), from, Some(until)).unwrap()
}

/// A request's wishes: these lines, and a lease if one is wanted.
pub fn wishes(asks: Vec<Ask>, lease: Option<Span>) -> Wishes {
    Wishes {
        asks,
        purposes: Set::new(["dpv:ServiceProvision".parse::<Purpose>().unwrap()]).unwrap(),
        basis: LegalBasis::CONSENT,
        retention: Retention::from_days(30),
        duration: None,
        lease,
        conditions: Conditions::default(),
        words: None,
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub struct Rng(pub u64);

impl Rng {
    /// A number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() % bound.max(1) as u64).unwrap_or_default()
    }

    /// A number in `[from, until)`.
    pub fn between(&mut self, from: i64, until: i64) -> i64 {
        from + i64::try_from(self.number() % until.abs_diff(from).max(1)).unwrap_or_default()
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Puts these in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}
