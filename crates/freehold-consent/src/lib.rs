//! Requests, proposals, consent tokens and key bundles.
