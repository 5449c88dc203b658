//! Requests, proposals, consent tokens and key bundles.

mod bundle;
mod card;
mod check;
mod closure;
mod cover;
mod explain;
mod grant;
mod history;
mod id;
mod proposal;
mod purpose;
mod request;
mod revocation;
mod scope;
mod signed;
mod span;
mod stream;
mod terms;
mod text;
mod token;
mod window;
mod wire;

pub use bundle::{
    Bundle, BundleError, ComposeError, Header, Issue, JournalHead, Keys, SealedBundle, TREES_MAX,
    UnverifiedBundle,
};
pub use card::{CARD_BYTES_MAX, Card, Role, UnverifiedCard};
pub use check::{Access, NotGranted, Permit, Refusal};
pub use closure::{ClosureReport, Derivable, Finding, Severity};
pub use cover::{TreeId, cover_for, openable, simulate};
pub use explain::{explain_finding, explain_request, explain_revocation, explain_token};
pub use grant::{BUNDLES_MAX, Grant, GrantError, UnverifiedGrant};
pub use history::{Event, History, HistoryError, State};
pub use id::{CardId, IdError, RequestId, ShownHash, StreamId, TokenId};
pub use proposal::{
    ApproveError, Choices, DURATION_DEFAULT, LEASE_MAX, Locale, Occasion, Proposal, ProposeError,
    propose,
};
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
pub use stream::{LOGS_MAX, LogInfo, StreamInfo};
pub use terms::{Conditions, Country, Disjoint, Onward, PURPOSES_MAX, Retention, Terms};
pub use text::{Name, Text, TextError, Words};
pub use token::{TOKEN_BYTES_MAX, Token, UnverifiedToken, Verified};
pub use window::Window;
pub use wire::{FileType, Set, WireError};
