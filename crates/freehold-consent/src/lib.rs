//! Requests, proposals, consent tokens and key bundles.

mod card;
mod check;
mod history;
mod id;
mod purpose;
mod request;
mod revocation;
mod scope;
mod signed;
mod span;
mod terms;
mod text;
mod token;
mod window;
mod wire;

pub use card::{CARD_BYTES_MAX, Card, Role, UnverifiedCard};
pub use check::{Access, NotGranted, Permit, Refusal};
pub use history::{Event, History, HistoryError, State};
pub use id::{CardId, IdError, RequestId, ShownHash, StreamId, TokenId};
pub use purpose::{LegalBasis, Purpose, UnknownTerm};
pub use request::{
    ASKS_MAX, Ask, AskError, KindName, REQUEST_BYTES_MAX, Request, RequestError, UnverifiedRequest,
    Wishes,
};
pub use revocation::{
    NotRevoked, REVOCATION_BYTES_MAX, Revocation, RevocationError, Revocations,
    UnverifiedRevocation,
};
pub use scope::{Cell, LINES_MAX, Line, STREAMS_MAX, Scope, ScopeError};
pub use signed::{Draft, SignError, VERSION, VerifyError};
pub use span::{Span, SpanError};
pub use terms::{Conditions, Country, Disjoint, Onward, PURPOSES_MAX, Retention, Terms};
pub use text::{Name, Text, TextError, Words};
pub use token::{TOKEN_BYTES_MAX, Token, UnverifiedToken, Verified};
pub use window::Window;
pub use wire::{FileType, Set, WireError};
