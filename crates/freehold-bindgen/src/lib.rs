//! What is made of what uniffi writes.

pub mod kotlin;
