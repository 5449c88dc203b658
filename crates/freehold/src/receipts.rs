//! Who fetched what, and what a relay did: its receipts, in the words of the household.

use std::collections::BTreeMap;

use freehold_consent::TokenId;
use freehold_model::{Level, Slot, Time};
use freehold_store::Order as Scan;
use freehold_sync::{Header, Letter, LogName, SignedReceipt};
use freehold_transport::PublicStatic;

use crate::{
    Error, Home,
    post::{Mail, Peer, PeerRow},
    rows::{Space, all, log_key},
};

/// What a relay says that it did, signed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The relay.
    pub relay: PublicStatic,
    /// When, by the relay's clock.
    pub at: Time,
    /// What.
    pub event: ReceiptEvent,
}

/// What a receipt is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptEvent {
    /// Somebody fetched sealed data.
    Fetched {
        /// Under which consent.
        consent: TokenId,
        /// Of which stream.
        stream: String,
        /// At which level.
        level: Level,
        /// From the first slot to the last.
        slots: Slot,
        /// How many entries.
        entries: u64,
    },
    /// Somebody fetched letters: keys, or that a consent was withdrawn.
    Letters {
        /// Under which consent.
        consent: TokenId,
        /// How many.
        letters: u64,
    },
    /// The relay carried an order of this home out.
    Done,
}

impl Home {
    /// Every receipt that relays have sent, oldest first. One that does not verify is left out.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn receipts(&self) -> Result<Vec<Receipt>, Error> {
        let mut relays = Vec::new();
        let rows = &self.inner().rows;
        rows.each(all(Space::Peer)?, |_, row: PeerRow| {
            relays.push(row.relay);
            Ok(())
        })?;
        let mut receipts = Vec::new();
        for relay in relays {
            receipts.extend(self.receipts_of(relay)?);
        }
        receipts.sort_by_key(|receipt: &Receipt| receipt.at);
        Ok(receipts)
    }

    fn receipts_of(&self, relay: [u8; 32]) -> Result<Vec<Receipt>, Error> {
        let inner = self.inner();
        let mailbox = self.mailbox_key(&relay)?.public_key();
        let mut state = inner.lock();
        let peer = Peer::load(&inner.rows, relay, None, &mut *state.entropy)?;
        let household = inner.household()?;
        let mut logs = BTreeMap::new();
        for stream in state.streams.values() {
            for log in &stream.logs {
                let genesis = log.genesis.verify(&household)?;
                let name = LogName::of_log(&relay, genesis.log);
                logs.insert(name, (log.no, stream.name.clone(), log.level));
            }
        }
        let tokens = state.consents.history.tokens().map(|token| token.id());
        let consents: BTreeMap<[u8; 16], TokenId> = tokens
            .filter_map(|id| Some((Mail::new(state.consents.mail(id)?, relay).capability(), id)))
            .collect();
        drop(state);
        let mut key = None;
        let mut receipts = Vec::new();
        let mut letters = Vec::new();
        for post in peer.receipts() {
            letters.extend(peer.letters(inner.rows.store(), post)?);
        }
        for letter in letters {
            let Letter::Held(bytes) = letter else {
                continue;
            };
            let Ok(signed) = SignedReceipt::from_bytes(&bytes) else {
                continue;
            };
            if let Ok((named, _)) = signed.key(&relay, &mailbox) {
                key = Some(named);
                continue;
            }
            let Some(Ok(receipt)) = key.map(|key| signed.verify(&relay, &mailbox, &key)) else {
                continue;
            };
            let (at, event) = match receipt {
                freehold_sync::Receipt::Fetched {
                    capability,
                    name,
                    from,
                    to,
                    at,
                } => {
                    let Some(consent) = consents.get(&capability).copied() else {
                        continue;
                    };
                    let event = match logs.get(&name) {
                        Some((no, stream, level)) => ReceiptEvent::Fetched {
                            consent,
                            stream: stream.clone(),
                            level: *level,
                            slots: self.slots_of(*no, from, to)?,
                            entries: to.saturating_sub(from),
                        },
                        None => ReceiptEvent::Letters {
                            consent,
                            letters: to.saturating_sub(from),
                        },
                    };
                    (at, event)
                }
                freehold_sync::Receipt::Done { at, .. } => (at, ReceiptEvent::Done),
                freehold_sync::Receipt::Key { .. } => continue,
            };
            receipts.push(Receipt {
                relay: PublicStatic(relay),
                at,
                event,
            });
        }
        Ok(receipts)
    }

    /// From the first slot of the entries to the last.
    fn slots_of(&self, no: u32, from: u64, to: u64) -> Result<Slot, Error> {
        let max = u64::from(u32::MAX);
        let last = to.saturating_sub(1).min(max);
        let keys = log_key(Space::Header, no, from.min(last))?..=log_key(Space::Header, no, last)?;
        let mut slots: Option<Slot> = None;
        let store = self.inner().rows.store();
        store.scan(keys, Scan::Ascending, &mut |_, row| {
            if let Ok(header) = Header::from_bytes(row) {
                let span = header.span();
                slots = Some(slots.map_or(span, |all| Slot {
                    start: all.start.min(span.start),
                    end: all.end.max(span.end),
                }));
            }
            std::ops::ControlFlow::Continue(())
        })?;
        slots.ok_or(Error::Damaged)
    }
}
