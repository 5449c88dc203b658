//! Entries, logs and checkpoints.
