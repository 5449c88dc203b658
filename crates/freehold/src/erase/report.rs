//! What an erasure takes away, who knew it already, and what still tells of it.

use std::collections::{BTreeMap, BTreeSet};

use freehold_consent::{Card, Event, StreamId, Token, TokenId};
use freehold_crypto::KeyStoreKind;
use freehold_model::{Calendar, Facet, Facets, Level, Slot, Time, ValueKind};

use super::{ErasedReceipt, ErasureRow, Order, concerns};
use crate::{
    Error, Home, Party,
    home::{Inner, State},
    stream::StreamRecord,
    writer::StreamWriter,
};

/// What an erasure takes away, and what it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureReport {
    /// The stream's name.
    pub stream: String,
    /// What is erased: the raw slots that overlap what was asked for.
    pub span: Slot,
    /// The slots that go, level by level, finest first; a coarser slot goes whole.
    pub levels: Vec<ErasedLevel>,
    /// Readings that are not sealed yet and go with them.
    pub unsealed: u64,
    /// Who has keys to some of these slots already: that cannot be taken back.
    pub holders: Vec<KeyHolder>,
    /// What still tells of the erased time.
    pub traces: Vec<Trace>,
    /// How surely the store's old key is gone, and with it what older copies of the store hold.
    pub key_store: KeyStoreKind,
}

/// The slots of one level that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedLevel {
    /// The level.
    pub level: Level,
    /// From the first slot's start to the last slot's end.
    pub span: Slot,
    /// Sealed slots of which pieces are held.
    pub slots: u64,
}

/// Keys that were handed out for slots that are erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    /// The consent.
    pub consent: TokenId,
    /// What its recipient calls itself.
    pub recipient: String,
    /// The level.
    pub level: Level,
    /// The facets.
    pub facets: Facets,
    /// From the first slot's start to the last slot's end.
    pub span: Slot,
    /// How many sealed slots.
    pub slots: u64,
}

/// What still tells of an erased time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// A recipient can have read slots that reach beyond what is erased, and reads the finer ones beside it: the difference is
    /// what they come to within.
    Difference {
        /// What the recipient calls itself.
        recipient: String,
        /// The level of the slots that reach beyond.
        coarse: Level,
        /// The level of those that stay.
        fine: Level,
    },
    /// The absolute values of a counter before and after it tell what was counted in between.
    Index,
}

/// An erasure that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The stream's name.
    pub stream: String,
    /// What was erased.
    pub span: Slot,
    /// When.
    pub at: Time,
    /// The recipients that had keys to it, and what they say.
    pub recipients: Vec<Confirmation>,
    /// The household's agents, and its devices that write the stream, and what they say.
    pub parties: Vec<PartyConfirmation>,
}

/// Whether a recipient has deleted its copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The consent under which it had it.
    pub consent: TokenId,
    /// What it calls itself.
    pub recipient: String,
    /// When it signed that its copy is deleted; none as long as it has not.
    pub at: Option<Time>,
}

/// Whether an agent or a device of the household has deleted its copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyConfirmation {
    /// Who. One that was removed before it answered is not heard any more.
    pub party: Party,
    /// When it signed that its copy is deleted; none as long as it has not.
    pub at: Option<Time>,
}

impl Home {
    /// Every erasure that was done, oldest first, with who had keys to it and who has confirmed that its copy is deleted.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn erasures(&self) -> Result<Vec<Erasure>, Error> {
        let inner = self.inner();
        let state = inner.lock();
        let mut erasures = Vec::new();
        for row in super::orders(&inner.rows)? {
            let order = row.order.order()?;
            let mut streams = state.streams.values();
            let stream = streams.find(|stream| stream.id() == order.stream());
            erasures.push(Erasure {
                stream: stream.map_or_else(String::new, |stream| stream.name.clone()),
                span: order.span(),
                at: order.at(),
                recipients: state.recipients_of(&row, &order),
                parties: state.parties_of(inner, &row, &order)?,
            });
        }
        Ok(erasures)
    }
}

impl State {
    fn recipients_of(&self, row: &ErasureRow, order: &Order) -> Vec<Confirmation> {
        let events = self.consents.history.events().iter();
        let concerned = events.filter_map(|event| match event {
            Event::Granted { at, token, card } if concerns(order, *at, token) => {
                Some(Confirmation {
                    consent: token.id(),
                    recipient: card.name().to_string(),
                    at: row.receipt(token.id().0).and_then(ErasedReceipt::at),
                })
            }
            _ => None,
        });
        concerned.collect()
    }

    /// The parties that had a copy, or keys: those that were removed before are asked nothing.
    fn parties_of(
        &self,
        inner: &Inner,
        row: &ErasureRow,
        order: &Order,
    ) -> Result<Vec<PartyConfirmation>, Error> {
        let household = inner.household()?;
        let mut writers = Vec::new();
        for log in self
            .stream_of(order.stream().0)
            .iter()
            .flat_map(|stream| &stream.logs)
        {
            writers.push(log.genesis.verify(&household)?.writer);
        }
        let own = inner.about().index;
        let asked = self.parties.values().filter(|party| {
            let has = party.is_agent() || writers.contains(party.card.key());
            has && party.removed.is_none_or(|removed| removed > order.at())
        });
        Ok(asked
            .map(|party| PartyConfirmation {
                party: party.party(own),
                at: row.receipt(party.card.id()).and_then(ErasedReceipt::at),
            })
            .collect())
    }

    pub(super) fn erasure_report(
        &self,
        inner: &Inner,
        record: &StreamRecord,
        writer: &mut StreamWriter,
        span: Slot,
    ) -> Result<ErasureReport, Error> {
        let held = writer.sealer.held_in(&inner.rows, span)?;
        let held: BTreeSet<(Level, Slot)> = held
            .into_iter()
            .filter(|(.., held)| *held)
            .map(|(level, slot, _)| (level, slot))
            .collect();
        let calendar = writer.sealer.calendar();
        let erased = |level| ErasedLevel {
            level,
            span: widened(calendar, level, span),
            slots: held.iter().filter(|(other, _)| *other == level).count() as u64,
        };
        let holders = self.holders(record.id(), &held);
        let mut traces = self.differences(record.id(), span, &holders);
        let kind = writer.sealer.stream.kind().value_kind();
        let counts = kind == ValueKind::Counter;
        if counts && (writer.sealer.keeps_raw() || record.spec.facets.contains(Facet::Index)) {
            traces.push(Trace::Index);
        }
        Ok(ErasureReport {
            stream: record.name.clone(),
            span,
            levels: record.spec.levels.iter().map(erased).collect(),
            unsealed: writer.unsealed(span.start, span.end).count() as u64,
            holders,
            traces,
            key_store: inner.counter.kind(),
        })
    }

    /// Every consent with its card.
    pub(crate) fn granted(&self) -> impl Iterator<Item = (&Token, &Card)> {
        let events = self.consents.history.events().iter();
        events.filter_map(|event| match event {
            Event::Granted { token, card, .. } => Some((&**token, &**card)),
            Event::Revoked(_) => None,
        })
    }

    /// Who has keys to these slots.
    fn holders(&self, stream: StreamId, held: &BTreeSet<(Level, Slot)>) -> Vec<KeyHolder> {
        let mut holders = Vec::new();
        for (token, card) in self.granted() {
            let horizon = self.consents.horizon(token.id());
            let horizon = horizon.unwrap_or(Time::EARLIEST);
            let mut found: BTreeMap<Level, KeyHolder> = BTreeMap::new();
            for (level, slot) in held {
                let opens = |facet: &Facet| {
                    let windows = token.terms().scope.windows(stream, *level, *facet);
                    let covers = windows.iter().any(|w| w.covers(slot.start, slot.end));
                    covers && slot.end <= horizon
                };
                let facets: Vec<Facet> = Facet::ALL.into_iter().filter(opens).collect();
                if facets.is_empty() {
                    continue;
                }
                let holder = found.entry(*level).or_insert_with(|| KeyHolder {
                    consent: token.id(),
                    recipient: card.name().to_string(),
                    level: *level,
                    facets: Facets::EMPTY,
                    span: *slot,
                    slots: 0,
                });
                holder.slots += 1;
                holder.span.end = holder.span.end.max(slot.end);
                holder.facets = facets.into_iter().fold(holder.facets, Facets::with);
            }
            holders.extend(found.into_values());
        }
        holders
    }

    /// Who can take finer slots that stay from a coarser one that it can have read.
    fn differences(&self, stream: StreamId, span: Slot, holders: &[KeyHolder]) -> Vec<Trace> {
        let sums = [Facet::Totals, Facet::Distribution];
        let mut traces = Vec::new();
        for holder in holders {
            let reach = holder.span;
            let beyond = reach.start < span.start || span.end < reach.end;
            if !beyond || !sums.iter().any(|facet| holder.facets.contains(*facet)) {
                continue;
            }
            let recipient = self.consents.history.token(holder.consent);
            let recipient = recipient.map(Token::recipient);
            let reads = |fine: &Level| {
                self.granted().any(|(token, _)| {
                    let mut windows = Facet::ALL
                        .into_iter()
                        .flat_map(|facet| token.terms().scope.windows(stream, *fine, facet));
                    Some(token.recipient()) == recipient
                        && windows.any(|window| window.covers(reach.start, reach.end))
                })
            };
            let finer = Level::ALL.into_iter().filter(|fine| *fine < holder.level);
            traces.extend(finer.filter(reads).map(|fine| Trace::Difference {
                recipient: holder.recipient.clone(),
                coarse: holder.level,
                fine,
            }));
        }
        traces
    }
}

/// The slots of a level that overlap `span`, as one.
fn widened(calendar: &Calendar, level: Level, span: Slot) -> Slot {
    Slot {
        start: calendar.slot(level, span.start).start,
        end: calendar.slot(level, span.end.plus_ms(-1)).end,
    }
}
