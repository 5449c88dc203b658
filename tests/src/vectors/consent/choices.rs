//! What a person chose.

use freehold_consent::{Choices, Purpose, Retention, Span, StreamId};
use freehold_model::{Facets, Levels, Time};
use serde::{Deserialize, Serialize};

use crate::vectors::{
    Failure, Hex,
    model::{facet, level},
};

/// What a person chose; null is no choice.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct ChoicesText {
    pub(super) streams: Option<Vec<Hex>>,
    pub(super) levels: Option<Vec<String>>,
    pub(super) facets: Option<Vec<String>>,
    pub(super) data_from: Option<i64>,
    pub(super) data_until: Option<i64>,
    pub(super) expires: Option<i64>,
    pub(super) lease: Option<u32>,
    pub(super) retention: Option<u16>,
    pub(super) purposes: Option<Vec<u16>>,
}

impl ChoicesText {
    pub(super) fn read(&self) -> Result<Choices, Failure> {
        let time = |ms: Option<i64>| ms.map(Time::from_ms);
        Ok(Choices {
            streams: each(&self.streams, |id| {
                Ok(StreamId(id.array().ok_or(Failure::Length)?))
            })?,
            levels: each(&self.levels, |name| level(name))?
                .map(|levels| levels.into_iter().collect::<Levels>()),
            facets: each(&self.facets, |name| facet(name))?
                .map(|facets| facets.into_iter().collect::<Facets>()),
            data_from: time(self.data_from),
            data_until: time(self.data_until),
            expires: time(self.expires),
            lease: self.lease.and_then(Span::from_minutes),
            retention: self.retention.map(Retention::from_days),
            purposes: each(&self.purposes, |number| {
                Purpose::try_from(*number).map_err(|_| Failure::Unknown)
            })?,
        })
    }
}

/// Each of a choice, if there is one.
fn each<A, B>(
    choice: &Option<Vec<A>>,
    read: impl Fn(&A) -> Result<B, Failure>,
) -> Result<Option<Vec<B>>, Failure> {
    let read = choice.as_ref().map(|all| all.iter().map(read).collect());
    read.transpose()
}
