//! The consent token: what a person granted, signed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use freehold_crypto::{Domain, PublicKey, Suite};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::card::Role;
use crate::id::{CardId, ShownHash, TokenId};
use crate::signed::{self, Draft, VerifyError};
use crate::terms::Terms;
use crate::wire::WireError;

/// A token on the wire, at most this many bytes.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Links of a token that this version reads: the grantor's own and no delegation.
const LINKS: u8 = 1;

/// A consent token whose signature was checked.
///
/// It is bound to one recipient's card and holds no key: what it allows is opened with a [`Bundle`](crate::Bundle), by
/// a [`Permit`](crate::Permit) that checks time, audience and revocations at each use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    payload: Payload,
    bytes: Vec<u8>,
    id: TokenId,
}

/// A token as it was read, before its signature was checked.
#[derive(Clone, Debug)]
pub struct UnverifiedToken {
    payload: Payload,
    bytes: Vec<u8>,
}

/// What the grantor signs. The fields' order is the wire's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) suite: Suite,
    pub(crate) nonce: [u8; 16],
    pub(crate) grantor: PublicKey,
    pub(crate) recipient: CardId,
    pub(crate) shown: ShownHash,
    pub(crate) how: How,
    pub(crate) terms: Terms,
}

/// The recipient's role, and whether somebody was there to approve; one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct How {
    pub(crate) role: Role,
    pub(crate) attended: bool,
}

impl Token {
    pub(crate) fn draft(payload: &Payload) -> Result<Draft<Self>, WireError> {
        Draft::new(Domain::Token, payload.grantor, payload, |link, _| {
            let bytes: Vec<u8> = [&[LINKS], link].concat();
            UnverifiedToken::from_bytes(&bytes)?.verify()
        })
    }

    /// The consent's id: the hash of everything in the token but its signature.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// What is granted, and under what conditions.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.payload.terms
    }

    /// The suite of the bundles that belong to the token.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.payload.suite
    }

    /// The key that granted it: an agent of the household.
    #[must_use]
    pub const fn grantor(&self) -> &PublicKey {
        &self.payload.grantor
    }

    /// The card of the one recipient that may use it.
    #[must_use]
    pub const fn recipient(&self) -> CardId {
        self.payload.recipient
    }

    /// The recipient's role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.payload.how.role
    }

    /// The hash of what was shown before it was approved.
    #[must_use]
    pub const fn shown(&self) -> ShownHash {
        self.payload.shown
    }

    /// Whether a person was asked at that moment; `false` when a program approved.
    #[must_use]
    pub const fn attended(&self) -> bool {
        self.payload.how.attended
    }

    /// The token's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl UnverifiedToken {
    /// Decodes a token.
    ///
    /// # Errors
    /// [`WireError`]; [`WireError::Malformed`] also for an unknown caveat, an empty scope and a number of links that
    /// this version does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let [LINKS, link @ ..] = bytes else {
            return Err(WireError::Malformed);
        };
        let payload = signed::decode(link, TOKEN_BYTES_MAX)?;
        Ok(Self {
            payload,
            bytes: bytes.to_vec(),
        })
    }

    /// Checks the grantor's signature. That the grantor speaks for the household is for the caller to know.
    ///
    /// # Errors
    /// [`VerifyError::Signature`].
    pub fn verify(self) -> Result<Token, VerifyError> {
        let link = self.bytes.get(1..).unwrap_or_default();
        let id = TokenId(signed::verify(Domain::Token, &self.payload.grantor, link)?);
        Ok(Token {
            payload: self.payload,
            bytes: self.bytes,
            id,
        })
    }
}

/// Tokens seen before, so that their signatures are not checked again. Only that is remembered: expiry, revocation and
/// audience are checked at each [`Token::permit`].
#[derive(Debug)]
pub struct Verified {
    tokens: HashMap<Arc<[u8]>, Arc<Token>>,
    oldest_first: VecDeque<Arc<[u8]>>,
    tokens_max: usize,
}

impl Verified {
    /// Remembers up to `tokens_max` tokens, at least one.
    #[must_use]
    pub fn new(tokens_max: usize) -> Self {
        Self {
            tokens: HashMap::new(),
            oldest_first: VecDeque::new(),
            tokens_max: tokens_max.max(1),
        }
    }

    /// The verified token of these very bytes.
    ///
    /// # Errors
    /// As [`UnverifiedToken::from_bytes`] and [`UnverifiedToken::verify`]. Failures are not remembered.
    pub fn token(&mut self, bytes: &[u8]) -> Result<Arc<Token>, VerifyError> {
        if let Some(token) = self.tokens.get(bytes) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(UnverifiedToken::from_bytes(bytes)?.verify()?);
        if self.tokens.len() >= self.tokens_max
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.tokens.remove(&oldest);
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.oldest_first.push_back(Arc::clone(&bytes));
        self.tokens.insert(bytes, Arc::clone(&token));
        Ok(token)
    }
}

const ATTENDED: u8 = 1 << 2;

impl Serialize for How {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let role = match self.role {
            Role::Controller => 0,
            Role::JointController => 1,
            Role::Processor => 2,
        };
        serializer.serialize_u8(role | if self.attended { ATTENDED } else { 0 })
    }
}

impl<'de> Deserialize<'de> for How {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let byte = u8::deserialize(deserializer)?;
        let role = match byte & !ATTENDED {
            0 => Role::Controller,
            1 => Role::JointController,
            2 => Role::Processor,
            _ => return Err(D::Error::custom("unknown role or flag")),
        };
        Ok(Self {
            role,
            attended: byte & ATTENDED != 0,
        })
    }
}
