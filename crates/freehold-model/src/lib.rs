//! Device data without cryptography: kinds, values, readings, slots, chunks and summaries.
