//! The figures that Freehold is held to, each beside its limit or a peer in the same run.

pub mod granting;
pub mod import;
pub mod ingest;
pub mod measure;
pub mod parts;
pub mod recordings;
pub mod report;
pub mod sizes;

/// What a measurement may fail with.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
