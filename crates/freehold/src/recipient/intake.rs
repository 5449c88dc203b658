//! What a parcel brings: revocations, extensions and stretches of logs.

use std::collections::BTreeMap;

use freehold_consent::{Token, UnverifiedBundle, UnverifiedRevocation};
use freehold_crypto::PublicKey;
use freehold_store::Batch;
use freehold_sync::{Checkpoint, Genesis, UnverifiedCheckpoint, UnverifiedEntry, verify};

use super::{ConsentRow, Inner, Log, LogRow, Received, State, stream_id};
use crate::{
    Error,
    logs::StoredLog,
    parcel::LogParcel,
    rows::{Space, log_rows, number_key},
    stream::SignedGenesis,
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
        let id = unverified.token();
        let Some((no, consent)) = state
            .consents
            .iter_mut()
            .find(|(_, consent)| consent.token.id() == id)
        else {
            return Ok(());
        };
        if consent.row.revocation.is_some() {
            return Ok(());
        }
        let verified = unverified.verify(&consent.token)?;
        consent.row = ConsentRow {
            revocation: Some(revocation.to_vec()),
            bundles: Vec::new(),
            next: BTreeMap::new(),
            ..consent.row.clone()
        };
        consent.keys = None;
        let (no, row) = (*no, consent.row.clone());
        let streams = consent.token.terms().scope.streams();
        state.revocations.add(&verified);
        let mut batch = Batch::new();
        self.rows.put(
            &mut batch,
            number_key(Space::Consent, no)?,
            &row,
            &mut *state.entropy,
        )?;
        for stream in streams {
            self.prune(state, stream.0, &mut batch)?;
        }
        self.rows.store().commit(&batch)?;
        received.revocations += 1;
        Ok(())
    }

    /// Deletes the copies of a stream that no consent covers any more.
    fn prune(&self, state: &mut State, stream: [u8; 16], batch: &mut Batch) -> Result<(), Error> {
        let consents: Vec<&Token> = state
            .consents
            .values()
            .filter(|consent| consent.keys.is_some())
            .map(|consent| &consent.token)
            .collect();
        let mut gone = Vec::new();
        for (no, log) in state
            .logs
            .iter_mut()
            .filter(|(_, log)| log.stream == stream)
        {
            let level = log.stored.genesis.level;
            let covers = |token: &&&Token| {
                token.terms().scope.lines().iter().any(|line| {
                    line.streams.contains(&stream_id(stream)) && line.levels.contains(level)
                })
            };
            let left: Vec<&Token> = consents.iter().filter(covers).copied().collect();
            if left.is_empty() {
                batch.delete(number_key(Space::Stream, *no)?);
                for space in [Space::Header, Space::Body, Space::Checkpoint] {
                    batch.delete_range(log_rows(space, *no)?);
                }
                gone.push(*no);
            } else {
                log.stored
                    .keep_only(self.rows.store(), batch, &|slot, facet| {
                        left.iter().any(|token| {
                            token
                                .terms()
                                .scope
                                .windows(stream_id(stream), level, facet)
                                .iter()
                                .any(|window| window.covers(slot.start, slot.end))
                        })
                    })?;
            }
        }
        for no in gone {
            state.logs.remove(&no);
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
        let id = unverified.token();
        let Some((no, consent)) = state
            .consents
            .iter_mut()
            .find(|(_, consent)| consent.token.id() == id)
        else {
            return Ok(());
        };
        let Some(keys) = &mut consent.keys else {
            return Ok(());
        };
        let bundle = unverified.verify(&consent.token)?;
        if bundle.header().seq <= keys.seq() {
            return Ok(());
        }
        keys.extend(bundle.open(&consent.token, &self.card, &self.envelope)?)?;
        consent.row.bundles.push(extension.to_vec());
        let (no, row) = (*no, consent.row.clone());
        self.save(state, no, &row)?;
        received.extensions += 1;
        Ok(())
    }

    /// Takes a stretch of a log that a consent covers.
    pub(super) fn take_log(
        &self,
        state: &mut State,
        parcel: &LogParcel,
        received: &mut Received,
    ) -> Result<(), Error> {
        let Some((household, genesis)) = state.genesis_of(&parcel.genesis) else {
            return Err(Error::NoConsent);
        };
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
        let entries = verify(&genesis, start, entries, &checkpoint)?;
        let mut batch = Batch::new();
        let no = self.log_no(state, &mut batch, &parcel.genesis, &genesis, household)?;
        let log = state.logs.get_mut(&no).ok_or(Error::Damaged)?;
        for entry in &entries {
            log.stored
                .merge_entry(self.rows.store(), &mut batch, entry, received)?;
        }
        for checkpoint in from.iter().chain([&checkpoint]) {
            log.stored.put_checkpoint(&mut batch, checkpoint)?;
        }
        log.stored.forget();
        let mut rows = Vec::new();
        for (no, consent) in &mut state.consents {
            // Another consent's share of the same entries comes in a parcel of its own.
            if consent.token.id() == parcel.token && consent.covers(&genesis) {
                consent
                    .row
                    .next
                    .insert(genesis.log, checkpoint.position().seq);
                rows.push((*no, consent.row.clone()));
            }
        }
        for (no, row) in rows {
            self.rows.put(
                &mut batch,
                number_key(Space::Consent, no)?,
                &row,
                &mut *state.entropy,
            )?;
        }
        Ok(self.rows.store().commit(&batch)?)
    }

    /// The number of a log in this store; a new one is noted in `batch`.
    fn log_no(
        &self,
        state: &mut State,
        batch: &mut Batch,
        signed: &SignedGenesis,
        genesis: &Genesis,
        household: PublicKey,
    ) -> Result<u32, Error> {
        if let Some((no, _)) = state
            .logs
            .iter()
            .find(|(_, log)| log.stored.genesis.log == genesis.log)
        {
            return Ok(*no);
        }
        let no = state.logs.keys().max().map_or(1, |no| no + 1);
        let row = LogRow {
            genesis: signed.clone(),
            household,
        };
        self.rows.put(
            batch,
            number_key(Space::Stream, no)?,
            &row,
            &mut *state.entropy,
        )?;
        let stored = StoredLog::load(self.rows.store(), no, genesis.clone())?;
        state.logs.insert(
            no,
            Log {
                stream: genesis.stream,
                stored,
            },
        );
        Ok(no)
    }
}

impl State {
    /// The genesis, if a live consent's household signed it and its bundle names the log.
    fn genesis_of(&self, signed: &SignedGenesis) -> Option<(PublicKey, Genesis)> {
        self.consents.values().find_map(|consent| {
            let genesis = signed.verify(consent.token.grantor()).ok()?;
            consent
                .covers(&genesis)
                .then(|| (*consent.token.grantor(), genesis))
        })
    }
}
