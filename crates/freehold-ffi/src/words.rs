//! Words of the model that cross as they are.

use freehold::{Facets, Levels, model::Zone};

use crate::FfiError;

pub use freehold::{
    Facet, Level, PartyRole,
    consent::{FileType, Onward, Role},
    crypto::KeyStoreKind,
    model::kind::{Scale, Sensitivity, ValueKind},
};

/// A resolution of a stream.
#[uniffi::remote(Enum)]
pub enum Level {
    /// The readings themselves.
    Raw,
    /// One minute.
    Minute,
    /// A quarter of an hour.
    QuarterHour,
    /// Half an hour.
    HalfHour,
    /// An hour.
    Hour,
    /// A civil day.
    Day,
    /// A civil month.
    Month,
}

/// A part of a slot's data that can be granted alone.
#[uniffi::remote(Enum)]
pub enum Facet {
    /// The raw readings: the only facet of raw, and of no other level.
    Readings,
    /// Count, sum, sum of squares.
    Totals,
    /// Least, greatest, first and last.
    Extremes,
    /// Readings per bin, or per state.
    Distribution,
    /// Where a counter stood at the end of the slot.
    Index,
}

/// As what a recipient acts (GDPR, Articles 4, 26 and 28).
#[uniffi::remote(Enum)]
pub enum Role {
    /// Decides alone what the data is used for.
    Controller,
    /// Decides it together with others.
    JointController,
    /// Works for one that decides.
    Processor,
}

/// To whom a recipient may pass data on, strictest first.
#[uniffi::remote(Enum)]
pub enum Onward {
    /// To nobody.
    Nobody,
    /// To those who work for the recipient under contract.
    Processors,
    /// To others, each of whom the person is told of.
    Others,
}

/// What a Freehold file holds.
#[uniffi::remote(Enum)]
pub enum FileType {
    /// A recipient's card.
    Card,
    /// A recipient's request.
    Request,
    /// A consent, and the keys that it stands for.
    Grant,
    /// A consent was withdrawn.
    Revocation,
    /// Further keys for a consent.
    Extension,
    /// What a home hands to a recipient, when no relay can be met.
    Parcel,
    /// What a recipient says that it has.
    Have,
}

/// What a party of a household may do.
#[uniffi::remote(Enum)]
pub enum PartyRole {
    /// Acts for the household, and holds every key.
    Agent,
    /// Writes its own streams, and can read nothing that it has sealed.
    Device,
}

/// How surely a replaced key is gone.
#[uniffi::remote(Enum)]
pub enum KeyStoreKind {
    /// Hardware destroys it: old copies of the store open nothing.
    HardwareDeletion,
    /// A file is overwritten; an older copy of it may lie elsewhere.
    File,
    /// Wrapped under a passphrase; who knows it and kept an older file can go back.
    Passphrase,
    /// In memory only, for tests.
    Memory,
}

/// What the values of a kind are.
#[uniffi::remote(Enum)]
pub enum ValueKind {
    /// A number at an instant: temperature, power.
    Gauge,
    /// A number that only grows, until it is reset: a meter's index.
    Counter,
    /// A number that belongs to an interval: energy in a half hour.
    Interval,
    /// True or false.
    Bool,
    /// One of a list of states.
    Enum,
    /// A point on the earth.
    Location,
    /// A text.
    Text,
}

/// How much a kind tells about a person: a later one is stricter.
#[uniffi::remote(Enum)]
pub enum Sensitivity {
    /// About a device alone.
    Device,
    /// About a room or the weather.
    Environment,
    /// What somebody does.
    Behaviour,
    /// Who could get in, and alarms.
    Security,
    /// Who is there.
    Presence,
    /// Where somebody is.
    Location,
    /// About somebody's health.
    Health,
}

/// How the numbers of a kind add up.
#[uniffi::remote(Enum)]
pub enum Scale {
    /// They add: sums and means say something.
    Linear,
    /// Ratios to a reference, such as decibels: ordered, but a mean of them is no mean.
    Logarithmic,
    /// They come round, such as directions: not even ordered.
    Circular,
}

pub(crate) fn levels(levels: Vec<Level>) -> Levels {
    levels.into_iter().collect()
}

pub(crate) fn facets(facets: Vec<Facet>) -> Facets {
    facets.into_iter().collect()
}

pub(crate) fn zone(name: &str) -> Result<Zone, FfiError> {
    Zone::new(name).map_err(|_| FfiError::argument("no such zone"))
}

/// Reads an id of 64 hexadecimal digits.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, FfiError> {
    text.parse().map_err(|_| FfiError::argument("not an id"))
}
