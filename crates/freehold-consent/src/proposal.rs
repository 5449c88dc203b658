//! From a request to exactly what would be granted, as it is shown, and the approval of that.

use freehold_crypto::{Domain, Entropy, EntropyError, PublicKey, Suite, digest};
use freehold_model::{Facets, Levels, Time};
use serde::Serialize;

use crate::card::{Card, Role};
use crate::closure::ClosureReport;
use crate::explain::{self, ProposalTerms};
use crate::history::History;
use crate::id::{CardId, RequestId, ShownHash, StreamId};
use crate::purpose::{LegalBasis, Purpose};
use crate::request::{Ask, KindName, Request};
use crate::scope::{Line, Scope, ScopeError};
use crate::signed::Draft;
use crate::span::Span;
use crate::stream::StreamInfo;
use crate::terms::{Conditions, PURPOSES_MAX, Retention, Terms};
use crate::token::{How, Payload, Token};
use crate::window::Window;
use crate::wire::{self, Set, WireError};

/// No lease is longer: 35 days.
pub const LEASE_MAX: Span = Span::FIVE_WEEKS;
/// How long a consent lasts when neither the request nor the person says.
pub const DURATION_DEFAULT: Span = Span::YEAR;

/// The language and customs of what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub enum Locale {
    /// British English.
    #[default]
    EnGb,
}

/// How a person narrows a request. Whatever is wider than the request has no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Only these streams.
    pub streams: Option<Vec<StreamId>>,
    /// Only these levels.
    pub levels: Option<Levels>,
    /// Only these facets; readings are raw's and never left out by this.
    pub facets: Option<Facets>,
    /// Only data from then on.
    pub data_from: Option<Time>,
    /// Only data until then.
    pub data_until: Option<Time>,
    /// The consent ends then.
    pub expires: Option<Time>,
    /// The lease; seven days when neither the person nor the request says.
    pub lease: Option<Span>,
    /// How long the recipient may keep what it opened.
    pub retention: Option<Retention>,
    /// Only for these purposes.
    pub purposes: Option<Vec<Purpose>>,
}

/// Who is asked, and when.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The key that will sign.
    pub grantor: PublicKey,
    /// The suite of the grant.
    pub suite: Suite,
    /// The streams of the household.
    pub streams: &'a [StreamInfo],
    /// What was ever granted.
    pub history: &'a History,
    /// The clock.
    pub now: Time,
    /// In which language to explain.
    pub locale: Locale,
}

/// Exactly what would be granted, with the text that a person is shown.
#[derive(Clone, Debug)]
pub struct Proposal {
    content: Content,
    card: Card,
    streams: Vec<StreamInfo>,
    text: String,
    shown: ShownHash,
}

/// What is hashed together with the text: every field of the token but the nonce, the moment of the approval, and
/// whether somebody was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Content {
    request: RequestId,
    suite: Suite,
    grantor: PublicKey,
    recipient: CardId,
    role: Role,
    scope: Scope,
    expires: Time,
    lease: Span,
    purposes: Set<Purpose, PURPOSES_MAX>,
    basis: LegalBasis,
    retention: Retention,
    conditions: Conditions,
    locale: Locale,
    closure: ClosureReport,
}

/// Why nothing can be proposed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// No stream of this kind.
    #[error("no stream of kind {kind}")]
    NoStream {
        /// The kind that is asked for.
        kind: KindName,
    },
    /// Several streams of this kind; the person has to choose.
    #[error("{} streams of kind {kind}", matches.len())]
    WhichStream {
        /// The kind that is asked for.
        kind: KindName,
        /// The streams.
        matches: Vec<StreamId>,
    },
    /// A chosen stream is of no kind that is asked for.
    #[error("stream was not asked for")]
    NotAsked(StreamId),
    /// Nothing is left of a line: the stream keeps none of its levels and facets, or the choices exclude them.
    #[error("nothing left to grant of {kind}")]
    Nothing {
        /// The kind that is asked for.
        kind: KindName,
    },
    /// None of the chosen purposes is asked for.
    #[error("no purpose left")]
    Purposes,
    /// The consent would have ended already.
    #[error("consent would have ended")]
    Ended,
    /// Too much for one token.
    #[error(transparent)]
    Scope(#[from] ScopeError),
}

/// Why an approval was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// What was shown is not this proposal.
    #[error("proposal differs from what was shown")]
    NotShown {
        /// The hash of this proposal.
        proposal: ShownHash,
    },
    /// More or less can be worked out than was shown, because something else was granted to the recipient since; or another key signs
    /// for the household.
    #[error("out of date since it was shown")]
    Outdated,
    /// The consent would have ended.
    #[error("consent would have ended")]
    Ended,
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Does not encode.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Works out what a request would be granted under the person's choices.
///
/// The same request, choices, streams and history give the same proposal and hash all day long: what changes by the
/// minute, such as the moment of the approval, is not part of it.
///
/// # Errors
/// [`ProposeError`].
pub fn propose(
    request: &Request,
    choices: &Choices,
    occasion: &Occasion<'_>,
) -> Result<Proposal, ProposeError> {
    let wishes = request.wishes();
    let matched = matched(request, choices, occasion.streams)?;
    let expires = expiry(request, choices, occasion, &matched)?;
    let mut lines = Vec::new();
    for (ask, streams) in &matched {
        lines.extend(lines_of(ask, streams, choices, expires)?);
    }
    let scope = Scope::new(lines)?;
    let granted = scope.streams();
    let mut streams: Vec<StreamInfo> = occasion
        .streams
        .iter()
        .filter(|info| granted.contains(&info.id))
        .cloned()
        .collect();
    streams.sort_unstable_by_key(|info| info.id);
    let closure = closure(&scope, request.card(), occasion.streams, occasion.history);
    let chosen = choices.purposes.as_deref();
    let purposes = wishes
        .purposes
        .iter()
        .copied()
        .filter(|purpose| chosen.is_none_or(|only| only.contains(purpose)));
    let content = Content {
        request: request.id(),
        suite: occasion.suite,
        grantor: occasion.grantor,
        recipient: request.card().id(),
        role: request.card().role(),
        scope,
        expires,
        lease: choices
            .lease
            .or(wishes.lease)
            .unwrap_or(Span::WEEK)
            .min(wishes.lease.unwrap_or(LEASE_MAX))
            .min(LEASE_MAX),
        purposes: Set::new(purposes).ok_or(ProposeError::Purposes)?,
        basis: wishes.basis,
        retention: choices
            .retention
            .unwrap_or(wishes.retention)
            .min(wishes.retention),
        conditions: wishes.conditions,
        locale: occasion.locale,
        closure,
    };
    Ok(Proposal::new(content, request, streams, occasion.streams))
}

impl Proposal {
    fn new(
        content: Content,
        request: &Request,
        streams: Vec<StreamInfo>,
        known: &[StreamInfo],
    ) -> Self {
        let mut proposal = Self {
            content,
            card: request.card().clone(),
            streams,
            text: String::new(),
            shown: ShownHash([0; 32]),
        };
        proposal.text = proposal.content.text(request, known);
        proposal.shown = proposal.hash();
        proposal
    }

    /// The text that has to be shown.
    #[must_use]
    pub fn explain(&self) -> &str {
        &self.text
    }

    /// The hash of everything in the proposal: the terms, the recipient, the text, its locale, the closure report and
    /// the request. Approving takes it.
    #[must_use]
    pub const fn shown(&self) -> ShownHash {
        self.shown
    }

    /// What the recipient will be able to work out.
    #[must_use]
    pub const fn closure(&self) -> &ClosureReport {
        &self.content.closure
    }

    /// The recipient.
    #[must_use]
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// The streams that would be granted.
    #[must_use]
    pub fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    /// When the consent would end.
    #[must_use]
    pub const fn expires(&self) -> Time {
        self.content.expires
    }

    /// The terms as they would be if approved at `now`.
    ///
    /// # Errors
    /// [`ApproveError::Ended`].
    pub fn terms(&self, now: Time) -> Result<Terms, ApproveError> {
        let content = &self.content;
        // The minute of the approval is part of the consent.
        let start = Window::starting(now, Span::MINUTE)
            .ok_or(ApproveError::Ended)?
            .from();
        Ok(Terms {
            scope: content.scope.clone(),
            usable: Window::inside(start, content.expires).ok_or(ApproveError::Ended)?,
            lease: content.lease,
            purposes: content.purposes.clone(),
            basis: content.basis,
            retention: content.retention,
            conditions: content.conditions,
        })
    }

    /// Checks that what was shown of the closure still holds, after all that was granted since. Whoever keeps a history
    /// calls this before [`approve`](Self::approve), under the same lock.
    ///
    /// # Errors
    /// [`ApproveError::Outdated`].
    pub fn check_closure(
        &self,
        streams: &[StreamInfo],
        history: &History,
    ) -> Result<(), ApproveError> {
        let closure = closure(&self.content.scope, &self.card, streams, history);
        if closure == self.content.closure {
            Ok(())
        } else {
            Err(ApproveError::Outdated)
        }
    }

    /// The token, to be signed, if `shown` is what was shown and approved. `attended` says whether a person was asked
    /// at this moment; a program that approves by a rule says `false`, and the token says so for ever.
    ///
    /// # Errors
    /// [`ApproveError`].
    pub fn approve(
        &self,
        shown: ShownHash,
        attended: bool,
        now: Time,
        entropy: &mut dyn Entropy,
    ) -> Result<Draft<Token>, ApproveError> {
        let proposal = self.hash();
        if shown != proposal {
            return Err(ApproveError::NotShown { proposal });
        }
        let mut nonce = [0; 16];
        entropy.fill(&mut nonce)?;
        let payload = Payload {
            suite: self.content.suite,
            nonce,
            grantor: self.content.grantor,
            recipient: self.content.recipient,
            shown,
            how: How {
                role: self.content.role,
                attended,
            },
            terms: self.terms(now)?,
        };
        Ok(Token::draft(&payload)?)
    }

    fn hash(&self) -> ShownHash {
        let content = wire::encode(&self.content);
        ShownHash(digest(Domain::Shown, &[&content, self.text.as_bytes()]))
    }
}

impl Content {
    fn text(&self, request: &Request, streams: &[StreamInfo]) -> String {
        let terms = ProposalTerms {
            scope: &self.scope,
            expires: self.expires,
            lease: self.lease,
            purposes: &self.purposes,
            basis: self.basis,
            retention: self.retention,
            conditions: self.conditions,
            closure: &self.closure,
        };
        match self.locale {
            Locale::EnGb => explain::proposal(
                request.card(),
                &terms,
                streams,
                request.wishes().words.as_ref(),
            ),
        }
    }
}

/// What a scope lets its recipient work out, with all that was ever granted to a key of its card.
fn closure(scope: &Scope, card: &Card, streams: &[StreamInfo], history: &History) -> ClosureReport {
    let earlier: Vec<&Scope> = history
        .granted_to(card)
        .map(|token| &token.terms().scope)
        .collect();
    ClosureReport::new(scope, &earlier, streams)
}

type Matched<'a> = Vec<(&'a Ask, Vec<&'a StreamInfo>)>;

/// The streams of each line; exactly one unless the person chose several.
fn matched<'a>(
    request: &'a Request,
    choices: &Choices,
    streams: &'a [StreamInfo],
) -> Result<Matched<'a>, ProposeError> {
    let asks = &request.wishes().asks;
    let chosen = choices.streams.as_deref();
    let mut lines = Vec::with_capacity(asks.len());
    for ask in asks {
        let of_kind: Vec<&StreamInfo> = streams
            .iter()
            .filter(|info| info.kind_name() == ask.kind().as_str())
            .collect();
        if of_kind.is_empty() {
            return Err(ProposeError::NoStream {
                kind: ask.kind().clone(),
            });
        }
        let wanted: Vec<&StreamInfo> = of_kind
            .iter()
            .copied()
            .filter(|info| chosen.is_none_or(|only| only.contains(&info.id)))
            .collect();
        match (chosen, wanted.as_slice()) {
            (None, [_, _, ..]) => {
                let matches = of_kind.iter().map(|info| info.id).collect();
                return Err(ProposeError::WhichStream {
                    kind: ask.kind().clone(),
                    matches,
                });
            }
            (Some(_), []) => {}
            _ => lines.push((ask, wanted)),
        }
    }
    let asked = |id: &StreamId| {
        lines
            .iter()
            .any(|(_, streams)| streams.iter().any(|info| info.id == *id))
    };
    match chosen.into_iter().flatten().find(|id| !asked(id)) {
        Some(stranger) => Err(ProposeError::NotAsked(*stranger)),
        None => Ok(lines),
    }
}

/// When the consent ends: at the start of a civil day, so that a proposal stays the same for a day.
fn expiry(
    request: &Request,
    choices: &Choices,
    occasion: &Occasion<'_>,
    matched: &Matched<'_>,
) -> Result<Time, ProposeError> {
    let asked = request.wishes().duration;
    let latest = occasion.now.plus_ms(asked.unwrap_or(Span::DECADE).ms());
    let wanted = occasion.now.plus_ms(asked.unwrap_or(DURATION_DEFAULT).ms());
    let expires = match (
        choices.expires,
        matched.first().and_then(|(_, streams)| streams.first()),
    ) {
        (Some(chosen), _) if chosen <= latest => chosen,
        (Some(_), Some(info)) => day_start(info, latest),
        (None, Some(info)) => day_start(info, wanted),
        (_, None) => wanted,
    };
    // A consent for less than a day ends by the minute.
    let expires = if expires <= occasion.now && choices.expires.is_none() {
        wanted
    } else {
        expires
    };
    let window =
        Window::inside(occasion.now.plus_ms(-60_000), expires).ok_or(ProposeError::Ended)?;
    if window.until() > occasion.now {
        Ok(window.until())
    } else {
        Err(ProposeError::Ended)
    }
}

fn day_start(info: &StreamInfo, time: Time) -> Time {
    info.calendar().slot(freehold_model::Level::Day, time).start
}

fn lines_of(
    ask: &Ask,
    streams: &[&StreamInfo],
    choices: &Choices,
    expires: Time,
) -> Result<Vec<Line>, ProposeError> {
    let nothing = || ProposeError::Nothing {
        kind: ask.kind().clone(),
    };
    let levels = ask.levels().meet(choices.levels.unwrap_or(Levels::ALL));
    let facets = ask.facets().meet(
        choices
            .facets
            .unwrap_or(Facets::ALL)
            .with(freehold_model::Facet::Readings),
    );
    let mut lines = Vec::with_capacity(streams.len());
    for info in streams {
        let (from, until) = ask.instants(info.zone());
        let from = choices.data_from.map_or(from, |chosen| chosen.max(from));
        let until = until.unwrap_or(expires);
        let until = choices.data_until.map_or(until, |chosen| chosen.min(until));
        let data = Window::inside(from, until).ok_or_else(nothing)?;
        let line = Line {
            streams: Set::new([info.id]).ok_or_else(nothing)?,
            levels: levels.meet(info.levels()),
            facets: facets.meet(info.facets().with(freehold_model::Facet::Readings)),
            data,
        };
        Scope::new([line.clone()]).map_err(|_| nothing())?;
        lines.push(line);
    }
    Ok(lines)
}
