//! From a token to the evidence that something may be opened now.

use freehold_model::{Facet, Facets, Level, Levels, Time};

use crate::id::{CardId, StreamId, TokenId};
use crate::revocation::Revocations;
use crate::token::Token;
use crate::window::Window;

/// Evidence that a token may be used by this recipient at this moment. Make a new one for each use; it is what
/// [`Keys::cover`](crate::Keys::cover) asks for.
///
/// What truly binds is which keys exist. The permit keeps honest software honest, and tells why something is refused.
#[derive(Clone, Copy, Debug)]
pub struct Permit<'a> {
    token: &'a Token,
}

/// Why something is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The consent is not usable yet.
    #[error("consent not usable yet")]
    NotYet {
        /// From when it is.
        from: Time,
    },
    /// The consent has ended.
    #[error("consent has expired")]
    Expired {
        /// When it ended.
        at: Time,
    },
    /// The consent was revoked.
    #[error("consent was revoked")]
    Revoked {
        /// When, as the revocation says.
        at: Time,
    },
    /// The consent is another recipient's.
    #[error("consent is for another recipient")]
    WrongRecipient {
        /// The card it is for.
        granted_to: CardId,
    },
    /// The consent does not reach that far.
    #[error("not granted: {0}")]
    NotGranted(NotGranted),
}

/// What of an access a consent does not grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// The stream is not in the consent.
    #[error("stream")]
    Stream(StreamId),
    /// The level is not granted for the stream.
    #[error("level")]
    Level {
        /// The levels that are.
        granted: Levels,
    },
    /// The facet is not granted at that level.
    #[error("facet")]
    Facet {
        /// The facets that are.
        granted: Facets,
    },
    /// The range does not lie wholly in a granted window.
    #[error("time range")]
    Window {
        /// The windows that are granted, ascending.
        granted: Vec<Window>,
    },
}

/// What is to be opened: one facet of one level of a stream over `[from, until)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The stream.
    pub stream: StreamId,
    /// The level.
    pub level: Level,
    /// The facet.
    pub facet: Facet,
    /// The first instant.
    pub from: Time,
    /// The first instant after.
    pub until: Time,
}

impl Token {
    /// Checks revocation, audience and time, in this order.
    ///
    /// # Errors
    /// [`Refusal::Revoked`], [`Refusal::WrongRecipient`], [`Refusal::NotYet`], [`Refusal::Expired`].
    pub fn permit(
        &self,
        now: Time,
        audience: CardId,
        revocations: &Revocations,
    ) -> Result<Permit<'_>, Refusal> {
        if let Some(at) = revocations.get(self.id()) {
            return Err(Refusal::Revoked { at });
        }
        if self.recipient() != audience {
            return Err(Refusal::WrongRecipient {
                granted_to: self.recipient(),
            });
        }
        let usable = self.terms().usable;
        if now < usable.from() {
            return Err(Refusal::NotYet {
                from: usable.from(),
            });
        }
        if now >= usable.until() {
            return Err(Refusal::Expired { at: usable.until() });
        }
        Ok(Permit { token: self })
    }
}

impl Permit<'_> {
    /// The consent.
    #[must_use]
    pub const fn consent(&self) -> TokenId {
        self.token.id()
    }

    /// Checks that the consent reaches as far as an access.
    ///
    /// # Errors
    /// [`Refusal::NotGranted`], naming the first of stream, level, facet and window that is missing.
    pub fn check(&self, access: &Access) -> Result<(), Refusal> {
        let scope = &self.token.terms().scope;
        let lines = scope
            .lines()
            .iter()
            .filter(|line| line.streams.contains(&access.stream));
        let levels = lines.fold(None, |all: Option<Levels>, line| {
            Some(all.unwrap_or_default().union(line.levels))
        });
        let refused = |why| Err(Refusal::NotGranted(why));
        let Some(levels) = levels else {
            return refused(NotGranted::Stream(access.stream));
        };
        if !levels.contains(access.level) {
            return refused(NotGranted::Level { granted: levels });
        }
        let facets = scope.facets(access.stream, access.level);
        if !facets.contains(access.facet) {
            return refused(NotGranted::Facet { granted: facets });
        }
        let granted = scope.windows(access.stream, access.level, access.facet);
        if granted
            .iter()
            .any(|window| window.covers(access.from, access.until))
        {
            Ok(())
        } else {
            refused(NotGranted::Window { granted })
        }
    }
}
