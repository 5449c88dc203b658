//! Requests, proposals, consent tokens and key bundles.
//!
//! The path of a consent: a recipient signs a [`Request`] with its [`Card`]; [`propose`] works out exactly what would be
//! granted, with the text to show and a [`ClosureReport`]; [`Proposal::approve`] takes the hash of what was shown and
//! gives the [`Token`]; [`SealedBundle::compose`] collects the tree nodes that the token stands for, up to one lease
//! ahead; both travel as a [`Grant`]. The recipient opens it into [`Keys`], and each use needs a fresh [`Permit`] from
//! [`Token::permit`]. A [`Revocation`] ends it; [`History`] forgets nothing.
//!
//! Whatever is read is `Unverified…` first and has no use until it is verified. Time and randomness are arguments;
//! nothing here does IO. The rules are in `docs/spec/consent.md`; numbers such as **[consent-1]** point there.

mod bundle;
mod card;
mod check;
mod closure;
mod cover;
mod explain;
mod grant;
mod heirs;
mod history;
mod id;
mod json;
mod keys;
mod proposal;
mod purpose;
mod record;
mod request;
mod revocation;
mod scope;
mod signed;
mod span;
mod stream;
mod succession;
mod terms;
mod text;
mod token;
mod window;
mod wire;

pub use bundle::{
    Bundle, BundleError, ComposeError, Header, Issue, JournalHead, SealedBundle, TREES_MAX,
    UnverifiedBundle,
};
pub use card::{CARD_BYTES_MAX, Card, Role, UnverifiedCard};
pub use check::{Access, NotGranted, Permit, Refusal};
pub use closure::{ClosureReport, Derivable, Finding, Severity};
pub use cover::{TreeId, cover_for, openable, simulate};
pub use explain::{
    explain_card, explain_finding, explain_request, explain_revocation, explain_token,
};
pub use grant::{BUNDLES_MAX, Grant, GrantError, UnverifiedGrant};
pub use heirs::Heirs;
pub use history::{Event, History, HistoryError, State};
pub use id::{CardId, IdError, RequestId, ShownHash, StreamId, TokenId};
pub use keys::Keys;
pub use proposal::{
    ApproveError, Choices, DURATION_DEFAULT, LEASE_MAX, Locale, Occasion, Proposal, ProposeError,
    propose,
};
pub use purpose::{LegalBasis, Purpose, UnknownTerm};
pub use record::Account;
pub use request::{
    ASKS_MAX, Ask, AskError, Clock, KindName, REQUEST_BYTES_MAX, Request, RequestError,
    UnverifiedRequest, Wishes,
};
pub use revocation::{
    NotRevoked, REVOCATION_BYTES_MAX, Revocation, RevocationError, Revocations,
    UnverifiedRevocation,
};
pub use scope::{Cell, LINES_MAX, Line, STREAMS_MAX, Scope, ScopeError};
pub use signed::{Draft, SignError, VERSION, VerifyError};
pub use span::{Span, SpanError};
pub use stream::{LOGS_MAX, LogInfo, StreamInfo};
pub use succession::{SUCCEEDED_MAX, Succession};
pub use terms::{Conditions, Country, Disjoint, Onward, PURPOSES_MAX, Retention, Terms};
pub use text::{Name, Text, TextError, Words};
pub use token::{TOKEN_BYTES_MAX, Token, UnverifiedToken, Verified};
pub use window::Window;
pub use wire::{FileType, Set, WireError};
