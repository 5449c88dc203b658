//! Logs as the store keeps them: headers, bodies and checkpoints in rows of their own, so that an index is cheap to read.

use std::{
    collections::BTreeMap,
    ops::{ControlFlow, RangeInclusive},
};

use freehold_consent::TokenId;
use freehold_model::{Epoch, Facet, Slot, Time};
use freehold_store::{Batch, Key, Order, Store};
use freehold_sync::{
    Body, Checkpoint, Entry, Genesis, Header, LogError, Position, UnverifiedCheckpoint,
    UnverifiedEntry, verify,
};

use crate::{
    Error, Received,
    erase::{Gone, overlap},
    parcel::LogParcel,
    rows::{Space, log_key, log_rows, log_seq},
    stream::SignedGenesis,
};

/// One log in a store: its number there and its genesis.
pub(crate) struct StoredLog {
    pub(crate) no: u32,
    pub(crate) genesis: Genesis,
    slots: SlotIndex,
    /// The stretch that was read and verified last.
    last: Vec<Entry>,
    /// Checkpoints whose signature was verified, by their place.
    verified: BTreeMap<u64, Checkpoint>,
    /// The checkpoint that this store's own writer signed last. On a full disk it is in no row.
    signed: Option<Checkpoint>,
    /// Whether what does not open is passed over: a store that was lost may have sealed it under a key of the same number.
    pub(crate) is_restored: bool,
}

/// Which entries speak of which time.
#[derive(Default)]
struct SlotIndex {
    spans: BTreeMap<(Time, u64), Time>,
    /// The longest span, so that a search knows how far back to look.
    longest_ms: i64,
}

impl SlotIndex {
    fn insert(&mut self, seq: u64, span: Slot) {
        self.longest_ms = self.longest_ms.max(span.end.ms() - span.start.ms());
        self.spans.insert((span.start, seq), span.end);
    }

    /// The end of the latest span.
    fn end(&self) -> Option<Time> {
        self.spans.values().max().copied()
    }

    /// The entries whose span overlaps the time; none when it ends before it begins.
    fn overlapping(&self, from: Time, until: Time) -> Vec<u64> {
        if from >= until {
            return Vec::new();
        }
        let first = Time::from_ms(from.ms().saturating_sub(self.longest_ms));
        let mut seqs: Vec<u64> = self
            .spans
            .range((first, 0)..(until, 0))
            .filter(|(_, end)| **end > from)
            .map(|((_, seq), _)| *seq)
            .collect();
        seqs.sort_unstable();
        seqs
    }
}

/// How much of a log is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogCount {
    /// Entries.
    pub entries: u64,
    /// Slots, each part counted.
    pub slots: u64,
    /// Pieces that are held.
    pub pieces: u64,
    /// Bytes of headers.
    pub header_bytes: u64,
    /// Bytes of bodies.
    pub body_bytes: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Bytes of checkpoints.
    pub checkpoint_bytes: u64,
}

impl StoredLog {
    /// Reads the index of a log.
    pub(crate) fn load(store: &dyn Store, no: u32, genesis: Genesis) -> Result<Self, Error> {
        let mut slots = SlotIndex::default();
        let mut damaged = false;
        store.scan(
            log_key(Space::Header, no, 0)?..=log_key(Space::Header, no, u64::from(u32::MAX))?,
            Order::Ascending,
            &mut |key, row| {
                match Header::from_bytes(row) {
                    Ok(header) => slots.insert(log_seq(key), header.span()),
                    Err(_) => damaged = true,
                }
                if damaged {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        )?;
        if damaged {
            Err(Error::Damaged)
        } else {
            Ok(Self {
                no,
                genesis,
                slots,
                last: Vec::new(),
                verified: BTreeMap::new(),
                signed: None,
                is_restored: false,
            })
        }
    }

    /// The entries that speak of any of this time, by number.
    pub(crate) fn overlapping(&self, from: Time, until: Time) -> Vec<u64> {
        self.slots.overlapping(from, until)
    }

    /// The end of the latest slot.
    pub(crate) fn end(&self) -> Option<Time> {
        self.slots.end()
    }

    /// Counts what is stored.
    pub(crate) fn count(&self, store: &dyn Store) -> Result<LogCount, Error> {
        let mut count = LogCount::default();
        let all = 0..=u64::from(u32::MAX);
        let mut headers = BTreeMap::new();
        self.rows(store, Space::Header, all.clone(), &mut |key, row| {
            headers.insert(log_seq(key), row.to_vec());
        })?;
        for row in headers.values() {
            count.entries += 1;
            count.header_bytes += row.len() as u64;
            count.slots += Header::from_bytes(row)?.slot_count() as u64;
        }
        let mut bodies = Vec::new();
        self.rows(store, Space::Body, all.clone(), &mut |key, row| {
            bodies.push((log_seq(key), row.to_vec()))
        })?;
        for (seq, row) in bodies {
            let header = Header::from_bytes(headers.get(&seq).ok_or(Error::Damaged)?)?;
            count.body_bytes += row.len() as u64;
            count.pieces += Body::from_bytes(&header, &row)?.held() as u64;
        }
        self.rows(store, Space::Checkpoint, all, &mut |_, row| {
            count.checkpoints += 1;
            count.checkpoint_bytes += row.len() as u64;
        })?;
        Ok(count)
    }

    /// The highest part of exactly this slot.
    pub(crate) fn last_part(&self, store: &dyn Store, slot: Slot) -> Result<Option<u16>, Error> {
        let mut highest = None;
        for seq in self.overlapping(slot.start, slot.end) {
            let header = self.header(store, seq)?;
            highest = highest.max(
                header
                    .slots()
                    .filter(|(found, _)| *found == slot)
                    .map(|(_, part)| part)
                    .max(),
            );
        }
        Ok(highest)
    }

    /// Writes an entry that this store's own writer sealed.
    pub(crate) fn put_entry(&mut self, batch: &mut Batch, entry: &Entry) -> Result<(), Error> {
        let seq = entry.header().seq();
        batch.put(
            log_key(Space::Header, self.no, seq)?,
            entry.header().to_bytes(),
        );
        batch.put(log_key(Space::Body, self.no, seq)?, entry.body().to_bytes());
        self.slots.insert(seq, entry.header().span());
        Ok(())
    }

    /// Writes a checkpoint.
    pub(crate) fn put_checkpoint(
        &self,
        batch: &mut Batch,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        batch.put(
            log_key(Space::Checkpoint, self.no, checkpoint.position().seq)?,
            checkpoint.to_bytes(),
        );
        Ok(())
    }

    /// Shows the verified entries `seqs` to `visit`, in the order of the log. Whole stretches between checkpoints are verified.
    pub(crate) fn entries(
        &mut self,
        store: &dyn Store,
        seqs: &[u64],
        mut visit: impl FnMut(&Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for seq in seqs {
            if self.held(*seq).is_none() {
                self.last = self.stretch(store, *seq, seqs.last().copied().unwrap_or(*seq))?;
            }
            visit(self.held(*seq).ok_or(Error::Damaged)?)?;
        }
        Ok(())
    }

    /// The stretches between checkpoints that hold the entries `wanted` under a consent, with the pieces that `keep` names and
    /// hashes for the rest.
    pub(crate) fn parcels(
        &mut self,
        store: &dyn Store,
        genesis: &SignedGenesis,
        token: TokenId,
        wanted: &[u64],
        keep: &dyn Fn(Slot, Facet) -> bool,
    ) -> Result<Vec<LogParcel>, Error> {
        let mut parcels = Vec::new();
        let mut rest = wanted;
        while let Some(first) = rest.first() {
            let before = self.checkpoint_in(store, 0..=*first, Order::Descending)?;
            let from = before
                .as_ref()
                .map_or_else(|| self.genesis.start(), Checkpoint::position);
            let after = self
                .checkpoint_in(store, first + 1..=u64::from(u32::MAX), Order::Ascending)?
                .ok_or(Error::Unsigned)?;
            let end = after.position().seq;
            let entries = verify(
                &self.genesis,
                from,
                self.unverified(store, from.seq..=end - 1)?,
                &after,
            )?;
            let entry = |entry: &Entry| {
                let held: Vec<bool> = entry
                    .pieces()
                    .map(|piece| keep(piece.slot, piece.facet))
                    .collect();
                let body = entry
                    .body()
                    .keeping(|n| held.get(n).copied().unwrap_or_default());
                (entry.header().to_bytes(), body.to_bytes())
            };
            parcels.push(LogParcel {
                token,
                genesis: genesis.clone(),
                from: before.map(|checkpoint| checkpoint.to_bytes()),
                entries: entries.iter().map(entry).collect(),
                checkpoint: after.to_bytes(),
            });
            rest = rest
                .get(rest.partition_point(|seq| *seq < end)..)
                .unwrap_or_default();
        }
        Ok(parcels)
    }

    /// Writes a verified entry beside what is held of it already, without what was erased; once `batch` is committed,
    /// [`StoredLog::note`] it.
    pub(crate) fn merge_entry(
        &self,
        store: &dyn Store,
        batch: &mut Batch,
        entry: &Entry,
        gone: &Gone,
        received: &mut Received,
    ) -> Result<(), Error> {
        let seq = entry.header().seq();
        let header = entry.header().to_bytes();
        let gone: Vec<bool> = entry.pieces().map(|piece| gone.has(piece.slot)).collect();
        let mut body = if gone.contains(&true) {
            let keep = |n: usize| gone.get(n) == Some(&false);
            entry.body().keeping(keep)
        } else {
            entry.body().clone()
        };
        let mut held = 0;
        match store.get(log_key(Space::Header, self.no, seq)?)? {
            Some(found) if found != header => return Err(LogError::Chain.into()),
            Some(_) => {
                if let Some(row) = store.get(log_key(Space::Body, self.no, seq)?)? {
                    let before = Body::from_bytes(entry.header(), &row)?;
                    held = before.held();
                    body = body.unite(&before);
                }
            }
            None => {
                batch.put(log_key(Space::Header, self.no, seq)?, header);
                received.entries += 1;
            }
        }
        received.pieces += (body.held() - held) as u64;
        if !body.is_nothing() {
            batch.put(log_key(Space::Body, self.no, seq)?, body.to_bytes());
        }
        Ok(())
    }

    /// Entries that were merged are in the store now.
    pub(crate) fn note(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.slots
                .insert(entry.header().seq(), entry.header().span());
        }
        self.forget();
    }

    /// Replaces every piece by its hash that `keep` does not name.
    pub(crate) fn keep_only(
        &mut self,
        store: &dyn Store,
        batch: &mut Batch,
        keep: &dyn Fn(Slot, Facet) -> bool,
    ) -> Result<(), Error> {
        let mut kept = Vec::new();
        store.scan(
            log_rows(Space::Body, self.no)?,
            Order::Ascending,
            &mut |key, row| {
                kept.push((log_seq(key), row.to_vec()));
                ControlFlow::Continue(())
            },
        )?;
        for (seq, row) in kept {
            let header = self.header(store, seq)?;
            let body = Body::from_bytes(&header, &row)?;
            self.put_kept(batch, &header, &body, keep)?;
        }
        self.forget();
        Ok(())
    }

    /// Replaces the pieces of every slot that overlaps `span` by their hashes. Returns all of these slots, with their epochs and
    /// whether a piece was held.
    pub(crate) fn erase(
        &mut self,
        store: &dyn Store,
        batch: &mut Batch,
        span: Slot,
    ) -> Result<Vec<(Epoch, Slot, bool)>, Error> {
        let mut erased = Vec::new();
        for seq in self.overlapping(span.start, span.end) {
            let header = self.header(store, seq)?;
            let body = match store.get(log_key(Space::Body, self.no, seq)?)? {
                Some(row) => Body::from_bytes(&header, &row)?,
                None => Body::default(),
            };
            let facets = self.genesis.facets.len();
            for (n, (slot, _)) in header.slots().enumerate() {
                if overlap(slot, span) {
                    let mut pieces = n * facets..(n + 1) * facets;
                    let held = pieces.any(|n| body.piece(n).is_some());
                    erased.push((header.epoch(), slot, held));
                }
            }
            self.put_kept(batch, &header, &body, &|slot, _| !overlap(slot, span))?;
        }
        self.forget();
        Ok(erased)
    }

    /// Writes a body with the pieces that `keep` names, if any was held.
    fn put_kept(
        &self,
        batch: &mut Batch,
        header: &Header,
        body: &Body,
        keep: &dyn Fn(Slot, Facet) -> bool,
    ) -> Result<(), Error> {
        let facets = &self.genesis.facets;
        let slots: Vec<Slot> = header.slots().map(|(slot, _)| slot).collect();
        let keeps = |n: usize| match (slots.get(n / facets.len()), facets.get(n % facets.len())) {
            (Some(slot), Some(facet)) => keep(*slot, *facet),
            _ => false,
        };
        let kept = body.keeping(keeps);
        let key = log_key(Space::Body, self.no, header.seq())?;
        if kept.is_nothing() {
            batch.delete(key);
        } else {
            batch.put(key, kept.to_bytes());
        }
        Ok(())
    }

    fn header(&self, store: &dyn Store, seq: u64) -> Result<Header, Error> {
        let row = store.get(log_key(Space::Header, self.no, seq)?)?;
        Ok(Header::from_bytes(&row.ok_or(Error::Damaged)?)?)
    }

    /// Forgets what was verified: the store's rows have changed.
    fn forget(&mut self) {
        self.last.clear();
    }

    /// An entry of the stretch that was verified last.
    fn held(&self, seq: u64) -> Option<&Entry> {
        let first = self.last.first()?.header().seq();
        self.last
            .get(usize::try_from(seq.checked_sub(first)?).ok()?)
    }

    /// The entries from the checkpoint before `seq` to a checkpoint after it, not much beyond `wanted`, verified.
    fn stretch(&mut self, store: &dyn Store, seq: u64, wanted: u64) -> Result<Vec<Entry>, Error> {
        let from = self.position_before(store, seq)?;
        // A long stretch costs one signature, but has to fit into memory.
        let checkpoint =
            self.checkpoint_after(store, wanted.min(seq + STRETCH_ENTRIES).max(seq))?;
        let range = from.seq..=checkpoint.position().seq.saturating_sub(1);
        let entries = self.unverified(store, range)?;
        Ok(verify(&self.genesis, from, entries, &checkpoint)?)
    }

    fn position_before(&mut self, store: &dyn Store, seq: u64) -> Result<Position, Error> {
        match self.checkpoint_in(store, 0..=seq, Order::Descending)? {
            Some(checkpoint) => Ok(checkpoint.position()),
            None => Ok(self.genesis.start()),
        }
    }

    fn checkpoint_after(&mut self, store: &dyn Store, seq: u64) -> Result<Checkpoint, Error> {
        self.checkpoint_in(store, seq + 1..=u64::from(u32::MAX), Order::Ascending)?
            .ok_or(Error::Unsigned)
    }

    /// The first verified checkpoint in a range of places, in that order.
    pub(crate) fn checkpoint_in(
        &mut self,
        store: &dyn Store,
        range: RangeInclusive<u64>,
        order: Order,
    ) -> Result<Option<Checkpoint>, Error> {
        let mut found = None;
        let keys = log_key(Space::Checkpoint, self.no, *range.start())?
            ..=log_key(Space::Checkpoint, self.no, *range.end())?;
        store.scan(keys, order, &mut |_, row| {
            found = Some(row.to_vec());
            ControlFlow::Break(())
        })?;
        let found = found.map(|row| self.checkpoint(&row)).transpose()?;
        let own = self.signed.as_ref();
        let own = own.filter(|own| range.contains(&own.position().seq));
        Ok(match (found, own) {
            (None, own) => own.cloned(),
            (Some(found), Some(own))
                if order == Order::Descending && own.position().seq > found.position().seq =>
            {
                Some(own.clone())
            }
            (found, _) => found,
        })
    }

    /// Writes a checkpoint that this store's own writer has signed; until it is there, it counts all the same.
    pub(crate) fn put_own_checkpoint(
        &mut self,
        batch: &mut Batch,
        checkpoint: Checkpoint,
    ) -> Result<(), Error> {
        self.put_checkpoint(batch, &checkpoint)?;
        self.signed = Some(checkpoint);
        Ok(())
    }

    /// Verifies a checkpoint; one that was verified before, signature and all, is not verified again.
    fn checkpoint(&mut self, row: &[u8]) -> Result<Checkpoint, Error> {
        let unverified = UnverifiedCheckpoint::from_bytes(row)?;
        let seq = unverified.position().seq;
        if let Some(before) = self.verified.get(&seq)
            && unverified.is(before)
        {
            return Ok(before.clone());
        }
        let checkpoint = unverified.verify(&self.genesis)?;
        if self.verified.len() >= CHECKPOINTS_KEPT {
            self.verified.clear();
        }
        self.verified.insert(seq, checkpoint.clone());
        Ok(checkpoint)
    }

    /// Entries as they stand in the store.
    pub(crate) fn unverified(
        &self,
        store: &dyn Store,
        range: RangeInclusive<u64>,
    ) -> Result<Vec<UnverifiedEntry>, Error> {
        let mut headers = Vec::new();
        self.rows(store, Space::Header, range.clone(), &mut |_, row| {
            headers.push(row.to_vec())
        })?;
        let mut bodies = BTreeMap::new();
        self.rows(store, Space::Body, range.clone(), &mut |key, row| {
            bodies.insert(log_seq(key), row.to_vec());
        })?;
        let nothing = Body::default().to_bytes();
        let entry = |(seq, header): (u64, Vec<u8>)| {
            Ok(UnverifiedEntry::from_bytes(
                &header,
                bodies.get(&seq).unwrap_or(&nothing),
            )?)
        };
        range.zip(headers).map(entry).collect()
    }

    fn rows(
        &self,
        store: &dyn Store,
        space: Space,
        range: RangeInclusive<u64>,
        visit: &mut dyn FnMut(Key, &[u8]),
    ) -> Result<(), Error> {
        let keys =
            log_key(space, self.no, *range.start())?..=log_key(space, self.no, *range.end())?;
        store.scan(keys, Order::Ascending, &mut |key, row| {
            visit(key, row);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }
}

/// The most entries that are verified beyond the one that is asked for.
const STRETCH_ENTRIES: u64 = 128;
/// Verified checkpoints of a log that are kept in memory, each of some 150 bytes.
const CHECKPOINTS_KEPT: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_entry_overlaps_a_time_that_ends_before_it_begins() {
        let mut index = SlotIndex::default();
        let (start, end) = (Time::from_ms(100), Time::from_ms(200));
        index.insert(1, Slot { start, end });
        assert_eq!(index.overlapping(start, end), [1]);
        assert_eq!(index.overlapping(end, start), []);
        assert_eq!(
            index.overlapping(Time::from_ms(150), Time::from_ms(150)),
            []
        );
    }
}
