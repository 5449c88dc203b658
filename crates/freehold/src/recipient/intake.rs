//! What a parcel brings: revocations, extensions and stretches of logs.
//!
//! A change is gathered in a batch beside the state, committed, and only then made in memory: after a commit that fails, both
//! are as they were, and the same parcel brings the same again.

use std::collections::BTreeMap;

use freehold_consent::{Token, TokenId, UnverifiedBundle, UnverifiedRevocation};
use freehold_crypto::PublicKey;
use freehold_model::{Slot, wire};
use freehold_store::Batch;
use freehold_sync::{
    Checkpoint, Genesis, LogError, UnverifiedCheckpoint, UnverifiedEntry, Verified, verify,
};

use super::{Consent, ConsentRow, Inner, Log, LogRow, Received, State, stream_id};
use crate::{
    Error,
    erase::{self, ErasedReceipt, ErasureNews, ErasureRow, Gone, SignedOrder},
    logs::StoredLog,
    parcel::LogParcel,
    rows::{Space, log_rows, number_key},
};

impl Inner {
    /// Marks a consent as withdrawn; its keys go, and every copy that no other consent covers.
    pub(super) fn withdraw(
        &self,
        state: &mut State,
        revocation: &[u8],
        received: &mut Received,
    ) -> Result<(), Error> {
        let unverified = UnverifiedRevocation::from_bytes(revocation)?;
        let Some((no, consent)) = state.consent(unverified.token()) else {
            return Ok(());
        };
        if consent.row.revocation.is_some() {
            return Ok(());
        }
        let verified = unverified.verify(&consent.token)?;
        let row = ConsentRow {
            token: consent.row.token.clone(),
            bundles: Vec::new(),
            revocation: Some(revocation.to_vec()),
            next: BTreeMap::new(),
        };
        let mut batch = self.consent_batch(state, no, &row)?;
        let gone = self.prune(state, no, &mut batch)?;
        self.commit(&batch)?;
        state.logs.retain(|no, _| !gone.contains(no));
        state.revocations.add(&verified);
        if let Some(consent) = state.consents.get_mut(&no) {
            (consent.row, consent.keys) = (row, None);
        }
        log::info!("a consent was withdrawn: its copies and keys are gone");
        received.revocations += 1;
        Ok(())
    }

    /// Deletes the copies that no consent but `withdrawn` covers. The logs of which nothing is left are to leave the state once
    /// `batch` is committed.
    fn prune(
        &self,
        state: &mut State,
        withdrawn: u32,
        batch: &mut Batch,
    ) -> Result<Vec<u32>, Error> {
        let Some(streams) = state
            .consents
            .get(&withdrawn)
            .map(|consent| consent.token.terms().scope.streams())
        else {
            return Ok(Vec::new());
        };
        let others: Vec<&Token> = state
            .consents
            .iter()
            .filter(|(no, consent)| **no != withdrawn && consent.keys.is_some())
            .map(|(_, consent)| &consent.token)
            .collect();
        let mut gone = Vec::new();
        for (no, log) in &mut state.logs {
            let (stream, level) = (stream_id(log.stream), log.stored.genesis.level);
            if !streams.contains(&stream) {
                continue;
            }
            let covers = |token: &&&Token| {
                token
                    .terms()
                    .scope
                    .lines()
                    .iter()
                    .any(|line| line.streams.contains(&stream) && line.levels.contains(level))
            };
            let left: Vec<&Token> = others.iter().filter(covers).copied().collect();
            if left.is_empty() {
                batch.delete(number_key(Space::Stream, *no)?);
                for space in [Space::Header, Space::Body, Space::Checkpoint] {
                    batch.delete_range(log_rows(space, *no)?);
                }
                gone.push(*no);
            } else {
                let keep = |slot: Slot, facet| {
                    left.iter().any(|token| {
                        let windows = token.terms().scope.windows(stream, level, facet);
                        windows
                            .iter()
                            .any(|window| window.covers(slot.start, slot.end))
                    })
                };
                log.stored.keep_only(self.rows.store(), batch, &keep)?;
            }
        }
        Ok(gone)
    }

    /// Deletes the copies of what the household erased, and remembers that none may come back. The receipt is signed with that; none
    /// for a stream that the consent does not name.
    pub(super) fn erase(
        &self,
        state: &mut State,
        token: TokenId,
        order: &[u8],
    ) -> Result<Option<ErasureNews>, Error> {
        let signed: SignedOrder = wire::from_bytes(order, ORDER_MAX).map_err(LogError::from)?;
        let Some((_, consent)) = state.consent(token) else {
            return Ok(None);
        };
        let grantor = *consent.token.grantor();
        let household = consent.household.clone();
        let erased = signed.verify(&household)?;
        if !consent
            .token
            .terms()
            .scope
            .streams()
            .contains(&erased.stream())
        {
            return Ok(None);
        }
        let mut known = erase::orders(&self.rows)?.into_iter().zip(0..);
        let known = known.find(|(row, _)| {
            row.order.hash() == signed.hash() && household.contains(&row.household)
        });
        let mut batch = Batch::new();
        let (mut row, no) = match known {
            Some(known) => known,
            None => {
                self.erase_copies(state, &mut batch, &erased, &household)?;
                let known = (ErasureRow::new(signed, grantor), Gone::count(&self.rows)?);
                self.keep_erasure(state, &mut batch, &known)?;
                known
            }
        };
        // After the copies are gone: a signer may be away, and the order comes again until it is answered.
        let (by, now) = (token.0, self.clock.now());
        if row.receipt(by).is_none() {
            let receipt = ErasedReceipt::sign(&row.order, by, now, &*self.signer);
            row.add(receipt.inspect_err(|error| {
                log::warn!("no receipt of an erasure: {}", error.reason().name());
            })?);
            let known = (row, no);
            self.keep_erasure(state, &mut Batch::new(), &known)?;
            row = known.0;
        }
        row.receipts.retain(|receipt| receipt.by() == Some(by));
        Ok(Some(row.news()))
    }

    fn keep_erasure(
        &self,
        state: &mut State,
        batch: &mut Batch,
        (row, no): &(ErasureRow, u32),
    ) -> Result<(), Error> {
        let key = number_key(Space::Erased, *no)?;
        self.rows.put(batch, key, row, &mut *state.entropy)?;
        self.commit(batch)
    }

    /// Of one household: another may call a stream the same.
    fn erase_copies(
        &self,
        state: &mut State,
        batch: &mut Batch,
        erased: &erase::Order,
        household: &[PublicKey],
    ) -> Result<(), Error> {
        for (no, log) in &mut state.logs {
            let of: Option<LogRow> = self.rows.get(number_key(Space::Stream, *no)?)?;
            if stream_id(log.stream) == erased.stream()
                && of.is_some_and(|of| household.contains(&of.household))
            {
                log.stored.erase(self.rows.store(), batch, erased.span())?;
            }
        }
        Ok(())
    }

    /// Takes a further bundle of a consent that is held.
    pub(super) fn extend(
        &self,
        state: &mut State,
        extension: &[u8],
        received: &mut Received,
    ) -> Result<(), Error> {
        let unverified = UnverifiedBundle::from_bytes(extension)?;
        let Some((no, consent)) = state.consent(unverified.token()) else {
            return Ok(());
        };
        let Some(keys) = &consent.keys else {
            return Ok(());
        };
        let bundle = unverified.verify(&consent.token)?;
        let seq = bundle.header().seq;
        let heirs = state.heirs.after(&consent.token, &bundle)?;
        let mut row = consent.row.clone();
        if consent.household.first() != Some(bundle.signer(&consent.token)) {
            // Those of a key of before with this number or a later one may be by whoever was removed.
            row.bundles = consent.bundles_before(seq)?;
        } else if seq <= keys.seq() {
            return Ok(());
        }
        row.bundles.push(extension.to_vec());
        let mut batch = self.consent_batch(state, no, &row)?;
        self.put_heirs(state, &mut batch, &heirs)?;
        // What contradicts the bundles before is refused here, before it is kept.
        let extended = Consent::load(row, &self.card, &self.envelope, &mut state.revocations)?;
        self.commit(&batch)?;
        state.heirs = heirs;
        state.consents.insert(no, extended);
        received.extensions += 1;
        Ok(())
    }

    /// Takes a stretch of a log under a consent. One under a consent that is not held, or was withdrawn meanwhile, is left aside: it may
    /// come beside those of others.
    ///
    /// # Errors
    /// [`Error::Log`], and [`Error::NoConsent`] when the consent does not cover the log.
    pub(super) fn take_log(
        &self,
        state: &mut State,
        parcel: &LogParcel,
        received: &mut Received,
    ) -> Result<(), Error> {
        let held = state.consent(parcel.token).map(|(_, consent)| consent);
        let Some(consent) = held.filter(|consent| consent.keys.is_some()) else {
            return Ok(());
        };
        let (genesis, household) = parcel.genesis.signer(&consent.household)?;
        if !consent.covers(&genesis) {
            return Err(Error::NoConsent);
        }
        let log = LogRow::new(parcel.genesis.clone(), household);
        let from = match &parcel.from {
            Some(checkpoint) => {
                Some(UnverifiedCheckpoint::from_bytes(checkpoint)?.verify(&genesis)?)
            }
            None => None,
        };
        let checkpoint = UnverifiedCheckpoint::from_bytes(&parcel.checkpoint)?.verify(&genesis)?;
        let entries = parcel
            .entries
            .iter()
            .map(|(header, body)| UnverifiedEntry::from_bytes(header, body))
            .collect::<Result<_, _>>()?;
        let start = from
            .as_ref()
            .map_or_else(|| genesis.start(), Checkpoint::position);
        let verified = Verified {
            entries: verify(&genesis, start, entries, &checkpoint)?,
            before: from,
            after: checkpoint,
        };
        self.keep_stretch(
            state,
            parcel.token,
            Some(log),
            &genesis,
            &verified,
            received,
        )
    }

    /// Keeps a verified stretch that came under a consent. `log` is the row of the log, for one of which nothing is held.
    ///
    /// # Errors
    /// [`Error::NoConsent`] when the consent does not cover the log.
    pub(super) fn keep_stretch(
        &self,
        state: &mut State,
        token: TokenId,
        log: Option<LogRow>,
        genesis: &Genesis,
        verified: &Verified,
        received: &mut Received,
    ) -> Result<(), Error> {
        let mut batch = Batch::new();
        let mut brought = Received::default();
        let store = self.rows.store();
        let (_, consent) = state.consent(token).ok_or(Error::NoConsent)?;
        let gone = Gone::load(&self.rows, stream_id(genesis.stream), &consent.household)?;
        let no = state.log_no(genesis);
        let mut new = None;
        let stored = match state.logs.get(&no) {
            Some(log) => &log.stored,
            None => {
                let row = log.ok_or(Error::NoConsent)?;
                let key = number_key(Space::Stream, no)?;
                self.rows.put(&mut batch, key, &row, &mut *state.entropy)?;
                let stream = genesis.stream;
                let stored = StoredLog::load(store, no, genesis.clone())?;
                &new.insert(Log { stream, stored }).stored
            }
        };
        for entry in &verified.entries {
            stored.merge_entry(store, &mut batch, entry, &gone, &mut brought)?;
        }
        for checkpoint in verified.before.iter().chain([&verified.after]) {
            stored.put_checkpoint(&mut batch, checkpoint)?;
        }
        let mut rows = Vec::new();
        for (no, consent) in &state.consents {
            // Another consent's share of the same entries comes by itself.
            if consent.token.id() == token && consent.covers(genesis) {
                let mut row = consent.row.clone();
                row.next.insert(genesis.log, verified.after.position().seq);
                let key = number_key(Space::Consent, *no)?;
                self.rows.put(&mut batch, key, &row, &mut *state.entropy)?;
                rows.push((*no, row));
            }
        }
        if rows.is_empty() {
            return Err(Error::NoConsent);
        }
        self.commit(&batch)?;
        state.logs.extend(new.map(|log| (no, log)));
        if let Some(log) = state.logs.get_mut(&no) {
            log.stored.note(&verified.entries);
        }
        for (no, row) in rows {
            if let Some(consent) = state.consents.get_mut(&no) {
                consent.row = row;
            }
        }
        received.add(brought);
        Ok(())
    }

    /// The batch that writes a consent's row.
    pub(super) fn consent_batch(
        &self,
        state: &mut State,
        no: u32,
        row: &ConsentRow,
    ) -> Result<Batch, Error> {
        let mut batch = Batch::new();
        let key = number_key(Space::Consent, no)?;
        self.rows.put(&mut batch, key, row, &mut *state.entropy)?;
        Ok(batch)
    }
}

impl State {
    pub(super) fn consent(&self, token: TokenId) -> Option<(u32, &Consent)> {
        let found = |(_, consent): &(&u32, &Consent)| consent.token.id() == token;
        let (no, consent) = self.consents.iter().find(found)?;
        Some((*no, consent))
    }

    /// The number of a log in this store, or the one that it is to have.
    fn log_no(&self, genesis: &Genesis) -> u32 {
        let held = self
            .logs
            .iter()
            .find(|(_, log)| log.stored.genesis.log == genesis.log);
        let next = self.logs.keys().max().map_or(1, |no| no + 1);
        held.map_or(next, |(no, _)| *no)
    }
}

/// The most bytes of a signed order to erase.
const ORDER_MAX: usize = 1 << 10;
