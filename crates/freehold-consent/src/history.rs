//! What became of each consent: an append-only account.

use freehold_model::Time;

use crate::card::Card;
use crate::id::TokenId;
use crate::revocation::Revocation;
use crate::token::Token;

/// Everything ever granted and withdrawn, in the order in which it was noted. Nothing is removed or replaced: a new
/// grant stands beside the withdrawal of the old one.
#[derive(Clone, Debug, Default)]
pub struct History {
    events: Vec<Event>,
}

/// Something that happened to a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was granted.
    Granted {
        /// When it was approved.
        at: Time,
        /// The token.
        token: Box<Token>,
        /// The card of its recipient.
        card: Box<Card>,
    },
    /// It was withdrawn.
    Revoked(Revocation),
}

/// How a consent stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Granted, usable only later.
    NotYet {
        /// From when.
        from: Time,
    },
    /// In force.
    Live {
        /// Until when.
        until: Time,
    },
    /// Withdrawn.
    Revoked {
        /// When.
        at: Time,
    },
    /// Run out.
    Expired {
        /// When.
        at: Time,
    },
}

/// Why an event was not noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The consent was never granted.
    #[error("unknown consent")]
    Unknown(TokenId),
    /// The card is not the one that the token was granted to.
    #[error("another recipient's card")]
    WrongCard(TokenId),
    /// The event is in the history already.
    #[error("already noted")]
    Repeated(TokenId),
}

impl History {
    /// An empty history.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a grant.
    ///
    /// # Errors
    /// [`HistoryError::Repeated`] and [`HistoryError::WrongCard`].
    pub fn granted(&mut self, at: Time, token: Token, card: Card) -> Result<(), HistoryError> {
        if token.recipient() != card.id() {
            return Err(HistoryError::WrongCard(token.id()));
        }
        if self.token(token.id()).is_some() {
            return Err(HistoryError::Repeated(token.id()));
        }
        self.events.push(Event::Granted {
            at,
            token: Box::new(token),
            card: Box::new(card),
        });
        Ok(())
    }

    /// Notes a withdrawal.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn revoked(&mut self, revocation: Revocation) -> Result<(), HistoryError> {
        let id = revocation.token();
        if self.token(id).is_none() {
            return Err(HistoryError::Unknown(id));
        }
        if self.revocation(id).is_some() {
            return Err(HistoryError::Repeated(id));
        }
        self.events.push(Event::Revoked(revocation));
        Ok(())
    }

    /// The events, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Every token ever granted, oldest first, ended ones included.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.events.iter().filter_map(|event| match event {
            Event::Granted { token, .. } => Some(&**token),
            Event::Revoked(_) => None,
        })
    }

    /// Every token ever granted to whoever holds a key of this card, under whatever name, ended ones included.
    pub fn granted_to(&self, recipient: &Card) -> impl Iterator<Item = &Token> {
        self.events.iter().filter_map(move |event| match event {
            Event::Granted { token, card, .. } if same_keys(card, recipient) => Some(&**token),
            _ => None,
        })
    }

    /// A token by its id.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens().find(|token| token.id() == id)
    }

    /// How a consent stands at `now`; `None` when it was never granted.
    #[must_use]
    pub fn state(&self, id: TokenId, now: Time) -> Option<State> {
        let usable = self.token(id)?.terms().usable;
        Some(if let Some(revocation) = self.revocation(id) {
            State::Revoked {
                at: revocation.at(),
            }
        } else if now < usable.from() {
            State::NotYet {
                from: usable.from(),
            }
        } else if now < usable.until() {
            State::Live {
                until: usable.until(),
            }
        } else {
            State::Expired { at: usable.until() }
        })
    }

    /// The withdrawal of a consent, if it was withdrawn.
    #[must_use]
    pub fn revocation(&self, id: TokenId) -> Option<&Revocation> {
        self.events.iter().find_map(|event| match event {
            Event::Revoked(revocation) if revocation.token() == id => Some(revocation),
            _ => None,
        })
    }
}

fn same_keys(a: &Card, b: &Card) -> bool {
    a.key() == b.key() || a.envelope() == b.envelope()
}

impl State {
    /// The state in one word: `pending`, `live`, `revoked` or `expired`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotYet { .. } => "pending",
            Self::Live { .. } => "live",
            Self::Revoked { .. } => "revoked",
            Self::Expired { .. } => "expired",
        }
    }
}
