//! Attacks that must fail, each a test that is named after it.
//!
//! | attack | test |
//! |---|---|
//! | a hole of one chunk between two grants | `telescoping::a_hole_of_one_chunk`, of all sets `closure::the_hole_between_two_grants` |
//! | the sum over a hole | `telescoping::the_sum_over_a_hole`, by a meter's index `telescoping::the_sum_over_a_hole_by_an_index` |
//! | a reader that forges what another accepts | `telescoping::a_reader_that_forges` |
//! | two levels that compose | `scope::two_levels_that_compose`, of all sets `closure::three_consents_within_*` |
//! | two recipients that pool what they have | `scope::recipients_that_pool` |
//! | a level finer than granted, a facet beside | `scope::a_finer_level` |
//! | a slot beside the window | `scope::a_slot_beside_the_window` |
//! | inner nodes past the horizon | `scope::a_node_past_the_horizon`, of the façade `hostile::no_node_reaches_beyond_the_window_or_the_horizon` |
//! | a lease that has ended | `scope::a_lease_that_has_ended` |
//! | an expired token | `tokens::an_expired_token` |
//! | a widened token | `tokens::a_widened_token` |
//! | a second link | `tokens::a_second_link` |
//! | a swapped recipient | `tokens::a_swapped_recipient`, of the façade `hostile::nobody_else_takes_a_grant` |
//! | a request changed after it was signed | freehold-consent `path::request_changed_after_it_was_signed` |
//! | a proposal changed after it was shown | freehold-consent `path::proposal_changed_after_it_was_shown` |
//! | two proposals that were each harmless when they were shown | `tokens::two_proposals_side_by_side` |
//! | a bundle planted on the way | `bundles::a_planted_bundle`, `bundles::a_replayed_bundle`, `bundles::a_changed_header` |
//! | two homes with the same random state | `copies::the_same_random_state` |
//! | an old copy of a store that goes on | `late::a_stale_copy_starts_new_logs_and_roots` |
//! | a ciphertext that opens under two keys | freehold-crypto `aead::tests::one_ciphertext_for_two_keys_is_refused` |
//! | a late part after a revocation | `late_parts::a_late_part_after_a_revocation` |
//! | the erased day of a month | `erased::the_erased_day_of_a_month` |
//! | an hour known by its size | `sizes::the_size_of_a_chunk` |
//! | a second spelling of a signed object | `spellings::*`; of a cover `freehold-crypto tree::malformed_covers_are_refused` |
//!
//! What each attacker has, tries, and is stopped by is said at the test.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundles;
mod copies;
mod erased;
mod late_parts;
mod scope;
mod sizes;
mod spellings;
mod telescoping;
mod tokens;

use std::sync::Arc;

use freehold::{
    Facet, Home, Level, Levels, Reading, SetClock, Stream, Time, Value,
    consent::{Ask, Span},
    crypto::{MemoryKeyStore, SeededEntropy},
    model::{Facets, Slot},
};
use freehold_tests::{add, ask, spec, utc};

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const KIND: &str = "interstitial_glucose";

/// A home with one stream of glucose in UTC, of which nothing is recorded.
pub(crate) struct Setting {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) home: Home,
    pub(crate) stream: Stream,
}

impl Setting {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(seed, KIND, &[Facet::Totals, Facet::Extremes])
    }

    pub(crate) fn of(seed: u64, kind: &str, facets: &[Facet]) -> Self {
        let clock = Arc::new(SetClock::new(utc("2014-06-10")));
        let entropy = Box::new(SeededEntropy::new(seed));
        let home = Home::in_memory("Home", MemoryKeyStore::new(), clock.clone(), entropy).unwrap();
        let levels: Levels = [
            Level::Raw,
            Level::QuarterHour,
            Level::HalfHour,
            Level::Hour,
            Level::Day,
        ]
        .into();
        let facets: Facets = facets.iter().copied().collect();
        let spec = spec(1, kind, "UTC")
            .levels(levels)
            .facets(facets)
            .chunk_minutes(60);
        let stream = add(&home, spec);
        Self {
            clock,
            home,
            stream,
        }
    }

    /// Records a reading at each of these minutes of a day, and seals.
    pub(crate) fn record(
        &self,
        day: Time,
        minutes: impl Iterator<Item = i64>,
        value: impl Fn(i64) -> i64,
    ) {
        let reading = |minute: i64| {
            Reading::new(
                day.plus_ms(minute * MINUTE_MS),
                Value::Number(value(minute)),
            )
        };
        self.stream
            .record(&minutes.map(reading).collect::<Vec<_>>())
            .unwrap();
        self.stream.flush().unwrap();
    }
}

/// The day on which there are readings.
pub(crate) fn day() -> Time {
    utc("2014-04-02")
}

/// Every quarter of an hour of a day.
pub(crate) fn quarters() -> impl Iterator<Item = i64> {
    (0..96).map(|n| n * 15)
}

/// The hours of [`day`] from one to another.
pub(crate) fn hours(from: i64, until: i64) -> Slot {
    Slot {
        start: day().plus_ms(from * HOUR_MS),
        end: day().plus_ms(until * HOUR_MS),
    }
}

/// A line about hours of [`day`].
pub(crate) fn line(
    levels: impl Into<Levels>,
    facets: impl Into<Facets>,
    from: i64,
    until: i64,
) -> Ask {
    let span = hours(from, until);
    ask(KIND, levels, facets, span.start, span.end)
}

pub(crate) fn days(days: u32) -> Option<Span> {
    Span::from_days(days)
}
