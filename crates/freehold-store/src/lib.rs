//! The transactional store beneath a home or a recipient.
