//! What a recipient asks for.

use freehold_crypto::{Domain, Entropy, EntropyError, PublicKey, SigningKey};
use freehold_model::{Facet, Facets, Fold, Level, Levels, Time, Zone};
use serde::{Deserialize, Serialize};

use crate::card::{CARD_BYTES_MAX, Card, UnverifiedCard};
use crate::id::RequestId;
use crate::purpose::{LegalBasis, Purpose};
use crate::signed::{self, Draft, SignError, VerifyError};
use crate::span::Span;
use crate::terms::{Conditions, PURPOSES_MAX, Retention};
use crate::text::{Text, Words};
use crate::window::Minute;
use crate::wire::{FileType, List, Set, WireError};

/// Lines of one request, at most.
pub const ASKS_MAX: usize = 16;
/// A request on the wire, at most this many bytes.
pub const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// The name of a quantity kind: the registry's, or a vendor's own such as `acme:flow_temp`.
pub type KindName = Text<64>;

/// One line of a request: one kind of quantity, named, at some levels and facets over some time.
///
/// There is no line for "all kinds" or for a class of them, so nothing sensitive is ever asked for unnamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    kind: KindName,
    levels: Levels,
    facets: Facets,
    clock: Clock,
    from: Minute,
    until: Option<Minute>,
}

/// Which clock the times of a line are read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// UTC: the times are instants.
    Utc,
    /// The clock of each stream's zone, which the recipient need not know: 1 January begins at that zone's midnight.
    Stream,
}

/// Why a line asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// No level, or a summary level without a facet.
    #[error("no level or no facet asked for")]
    Nothing,
    /// `until` does not lie after `from`, or one of them is out of range.
    #[error("empty window")]
    Window,
}

/// What a recipient asks for, apart from who it is. Build one, then [`Request::draft`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// The lines; 1 to [`ASKS_MAX`].
    pub asks: Vec<Ask>,
    /// What the data is for.
    pub purposes: Set<Purpose, PURPOSES_MAX>,
    /// The legal basis that the recipient relies on.
    pub basis: LegalBasis,
    /// How long it wants to keep what it opens.
    pub retention: Retention,
    /// How long the consent should last, from the approval on; `None` leaves it to the person.
    pub duration: Option<Span>,
    /// The lease it would like; `None` leaves it to the person.
    pub lease: Option<Span>,
    /// Onward sharing, automated decisions, cohort and jurisdiction.
    pub conditions: Conditions,
    /// Why it asks, in its own words.
    pub words: Option<Words>,
}

/// A verified request: the recipient that it names made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    card: Card,
    wishes: Wishes,
    bytes: Vec<u8>,
    id: RequestId,
}

/// A request as it was read, before signatures were checked.
#[derive(Clone, Debug)]
pub struct UnverifiedRequest {
    card: UnverifiedCard,
    payload: Payload,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    card: List<u8, CARD_BYTES_MAX>,
    nonce: [u8; 16],
    asks: List<Ask, ASKS_MAX>,
    purposes: Set<Purpose, PURPOSES_MAX>,
    basis: LegalBasis,
    retention: Retention,
    duration: Option<Span>,
    lease: Option<Span>,
    conditions: Conditions,
    words: Option<Words>,
}

/// Why a request was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No line, or more than [`ASKS_MAX`].
    #[error("{0} lines")]
    Lines(usize),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Too long.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Not signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Ask {
    /// A line. `until` is open when `None`: for as long as the consent lasts. The window is rounded inwards to whole
    /// minutes. Facets that none of the levels can have are left out; raw always means its readings.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn new(
        kind: KindName,
        levels: Levels,
        facets: Facets,
        from: Time,
        until: Option<Time>,
    ) -> Result<Self, AskError> {
        let raw = levels.contains(Level::Raw).then_some(Facet::Readings);
        let summaries = levels.iter().any(|level| level != Level::Raw);
        let facets: Vec<Facet> = facets
            .iter()
            .filter(|facet| summaries && *facet != Facet::Readings)
            .collect();
        if levels.is_empty() || summaries == facets.is_empty() {
            return Err(AskError::Nothing);
        }
        let from = Minute::ceil(from).ok_or(AskError::Window)?;
        let until = match until {
            Some(until) => Some(
                Minute::floor(until)
                    .filter(|until| from < *until)
                    .ok_or(AskError::Window)?,
            ),
            None => None,
        };
        Ok(Self {
            kind,
            levels,
            facets: facets.into_iter().chain(raw).collect(),
            clock: Clock::Utc,
            from,
            until,
        })
    }

    /// The same line with its times read on the clock of each stream's zone, as if that clock showed UTC.
    #[must_use]
    pub fn by_the_streams_clock(self) -> Self {
        Self {
            clock: Clock::Stream,
            ..self
        }
    }

    /// The kind that is asked for.
    #[must_use]
    pub const fn kind(&self) -> &KindName {
        &self.kind
    }

    /// The levels.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// The facets, with readings when raw is among the levels.
    #[must_use]
    pub const fn facets(&self) -> Facets {
        self.facets
    }

    /// Which clock [`Ask::from`] and [`Ask::until`] are read on.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// The first time asked for, by [`Ask::clock`].
    #[must_use]
    pub fn from(&self) -> Time {
        self.from.time()
    }

    /// The first time no longer asked for; `None` for as long as the consent lasts.
    #[must_use]
    pub fn until(&self) -> Option<Time> {
        self.until.map(Minute::time)
    }

    /// The instants asked for of a stream in `zone`. What its clock shows twice is taken so that less is asked for.
    #[must_use]
    pub fn instants(&self, zone: &Zone) -> (Time, Option<Time>) {
        let instant = |shown: Time, fold: Fold| match self.clock {
            Clock::Utc => shown,
            Clock::Stream => zone
                .resolve(Zone::utc().civil(shown), fold)
                .unwrap_or(shown),
        };
        let until = self.until().map(|until| instant(until, Fold::Earlier));
        (instant(self.from(), Fold::Later), until)
    }

    fn is_sound(&self) -> bool {
        let again = Self::new(
            self.kind.clone(),
            self.levels,
            self.facets,
            self.from(),
            self.until(),
        );
        again.map(|again| Self {
            clock: self.clock,
            ..again
        }) == Ok(self.clone())
    }
}

impl Wishes {
    /// These lines for one purpose: on the basis of consent, kept for 30 days, under the strictest conditions, with everything
    /// else left to the person.
    #[must_use]
    pub fn new(asks: Vec<Ask>, purpose: Purpose) -> Self {
        Self {
            asks,
            purposes: Set::of(purpose),
            basis: LegalBasis::CONSENT,
            retention: Retention::from_days(30),
            duration: None,
            lease: None,
            conditions: Conditions::default(),
            words: None,
        }
    }
}

impl Request {
    /// A request by the recipient of `card`, to be signed with the card's key.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn draft(
        card: &Card,
        wishes: Wishes,
        entropy: &mut dyn Entropy,
    ) -> Result<Draft<Self>, RequestError> {
        if wishes.asks.is_empty() || wishes.asks.len() > ASKS_MAX {
            return Err(RequestError::Lines(wishes.asks.len()));
        }
        let mut nonce = [0; 16];
        entropy.fill(&mut nonce)?;
        let payload = Payload {
            card: List(card.as_bytes().to_vec()),
            nonce,
            asks: List(wishes.asks),
            purposes: wishes.purposes,
            basis: wishes.basis,
            retention: wishes.retention,
            duration: wishes.duration,
            lease: wishes.lease,
            conditions: wishes.conditions,
            words: wishes.words,
        };
        let open = |bytes: &[u8], _: &PublicKey| UnverifiedRequest::from_bytes(bytes)?.verify();
        Ok(Draft::new(Domain::Request, *card.key(), &payload, open)?)
    }

    /// [`Request::draft`], signed at once.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn make(
        card: &Card,
        wishes: Wishes,
        key: &SigningKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, RequestError> {
        Ok(Self::draft(card, wishes, entropy)?.sign(key)?)
    }

    /// The recipient that asks.
    #[must_use]
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// What it asks for.
    #[must_use]
    pub const fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// The hash of the request.
    #[must_use]
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// The signed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The request as a file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        FileType::Request.wrap(&self.bytes)
    }
}

impl UnverifiedRequest {
    /// Decodes the signed bytes of a request.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let payload: Payload = signed::decode(bytes, REQUEST_BYTES_MAX)?;
        if payload.asks.0.is_empty() || !payload.asks.0.iter().all(Ask::is_sound) {
            return Err(WireError::Malformed);
        }
        let card = UnverifiedCard::from_bytes(&payload.card.0)?;
        Ok(Self {
            card,
            payload,
            bytes: bytes.to_vec(),
        })
    }

    /// Decodes a request file.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_file(file: &[u8]) -> Result<Self, WireError> {
        Self::from_bytes(FileType::Request.unwrap_file(file)?)
    }

    /// Checks the card's signature, then the request's by the card's key.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(self) -> Result<Request, VerifyError> {
        let card = self.card.verify()?;
        let id = RequestId(signed::verify(Domain::Request, card.key(), &self.bytes)?);
        let Payload {
            asks,
            purposes,
            basis,
            retention,
            duration,
            lease,
            conditions,
            words,
            ..
        } = self.payload;
        let wishes = Wishes {
            asks: asks.0,
            purposes,
            basis,
            retention,
            duration,
            lease,
            conditions,
            words,
        };
        Ok(Request {
            card,
            wishes,
            bytes: self.bytes,
            id,
        })
    }
}
