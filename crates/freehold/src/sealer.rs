//! Seals the slots of one stream into its logs, one log a level.

use std::collections::{BTreeMap, BTreeSet};

use freehold_crypto::{EnvelopePublicKey, Padding, SigningKey};
use freehold_model::{
    Calendar, ChunkEncoder, Epoch, Facet, Facets, Increments, Level, Reading, Sampling,
    Sensitivity, Slot, Stream, StreamSpec, Summary, Time, ValueKind, chunk,
};
use freehold_store::Batch;
use freehold_sync::{LogWriter, Position, Predecessor};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    erase::Gone,
    home::About,
    household::HouseholdKeys,
    logs::StoredLog,
    rows::{Rows, Space, number_key},
    stream::{Restored, StreamRecord},
    tx::Tx,
    vault::{KeyPlace, KeySource, Leaves, Vault, VaultRow},
};

pub(crate) struct Sealer {
    pub(crate) no: u32,
    pub(crate) stream: Stream,
    pub(crate) vault: Vault,
    pub(crate) gone: Gone,
    /// Nothing is sealed under an older generation.
    generation: u32,
    /// The number of the agent whose store this is; none on a device, which makes no keys.
    agent: Option<u8>,
    /// The number of the next readings without a key: [`stray::keep`](crate::household::stray::keep).
    pub(crate) next_stray: u64,
    /// The newest reading without a key of a counter: what was counted until then, the household's agents seal.
    pub(crate) strayed: Option<(Time, i64)>,
    /// What a device seals readings to for which it has no key.
    pub(crate) household_envelope: Option<Box<EnvelopePublicKey>>,
    /// Whether another party writes the stream, and this one only puts in what that one could not.
    pub(crate) is_helper: bool,
    /// Up to when the slots of a level were sealed: a device has deleted their keys.
    spent: BTreeMap<Level, Time>,
    /// Summaries that are to be made again once the party that writes the stream has sealed them.
    pub(crate) waiting: BTreeSet<(Level, Slot)>,
    pub(crate) logs: BTreeMap<Level, OwnLog>,
    /// Logs that were followed by another, oldest first.
    older: Vec<StoredLog>,
    journal_row: u64,
    /// Where a counter stands.
    pub(crate) counter: Increments,
    pub(crate) encoder: ChunkEncoder,
    /// The epoch of the slot before, and the generation to seal under.
    epoch: Option<(Slot, Epoch, u32)>,
}

/// A log that this home writes.
pub(crate) struct OwnLog {
    pub(crate) stored: StoredLog,
    writer: LogWriter,
    key: SigningKey,
}

/// The readings of a raw slot as they are sealed.
#[derive(Clone, Default)]
pub(crate) struct Sealable {
    /// In order of time; a counter's as increments.
    pub(crate) readings: Vec<Reading>,
    /// A counter's readings as they were; empty for other kinds.
    pub(crate) absolute: Vec<Reading>,
}

/// Plain slots of one level, to be sealed.
#[derive(Default)]
pub(crate) struct Drafts {
    slots: Vec<Draft>,
    plain: Vec<u8>,
    /// Where each piece ends: slot by slot as they came, facet by facet.
    ends: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Draft {
    slot: Slot,
    part: u16,
    /// The place of its first piece.
    first: usize,
}

/// How far the logs of a stream go; sealed under the store's key, so that nobody else can add to them.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct Progress {
    /// By the log's number: where it ends, and how many of its entries are signed.
    logs: Vec<(u32, Position, u64)>,
    counter: Increments,
    /// [`Sealer::spent`].
    spent: Vec<(Level, Time)>,
    /// [`Sealer::waiting`].
    waiting: Vec<(Level, Time, Time)>,
    /// [`Sealer::next_stray`].
    next_stray: u64,
    /// [`Sealer::strayed`].
    strayed: Option<(Time, i64)>,
}

impl Sealer {
    /// Opens the logs of a stream where they stand.
    pub(crate) fn load(rows: &Rows, record: &StreamRecord, about: &About) -> Result<Self, Error> {
        let (household, own) = (&about.household.keys()?, about.index);
        let household_envelope = match &about.household {
            HouseholdKeys::Agent(_) => None,
            HouseholdKeys::Device { envelope, .. } => Some(envelope.clone()),
        };
        let progress: Progress = rows
            .get(number_key(Space::Progress, record.no)?)?
            .unwrap_or_default();
        let mut logs = BTreeMap::new();
        let mut older = Vec::new();
        for (log, is_newest) in record.all_logs() {
            let genesis = log.genesis.verify(household)?;
            let level = genesis.level;
            let mut stored = StoredLog::load(rows.store(), log.no, genesis.clone())?;
            stored.is_restored = log.restored != Restored::No;
            if !is_newest {
                older.push(stored);
                continue;
            }
            let writer = match progress.logs.iter().find(|(no, ..)| *no == stored.no) {
                Some((_, position, signed)) => LogWriter::resume(genesis, *position, *signed),
                None => LogWriter::new(genesis),
            };
            logs.insert(
                level,
                OwnLog {
                    stored,
                    writer,
                    key: log.writer_key()?,
                },
            );
        }
        let stream = Stream::new(record.spec.clone())?;
        Ok(Self {
            no: record.no,
            stream,
            vault: Vault::load(rows, record.no)?,
            gone: Gone::load(rows, record.id(), household)?,
            generation: record.generation,
            agent: household_envelope.is_none().then_some(own),
            household_envelope,
            next_stray: progress.next_stray.max(record.put),
            strayed: progress.strayed,
            is_helper: record.writer != own,
            spent: progress.spent.into_iter().collect(),
            waiting: progress
                .waiting
                .into_iter()
                .map(|(level, start, end)| (level, Slot { start, end }))
                .collect(),
            logs,
            older,
            journal_row: 0,
            counter: progress.counter,
            encoder: ChunkEncoder::new(),
            epoch: None,
        })
    }

    /// Where each log stands, for its successor: level, place, incarnation.
    pub(crate) fn predecessors(&self) -> Vec<(Level, Predecessor, u32)> {
        let place = |(level, log): (&Level, &OwnLog)| {
            let (genesis, position) = (log.writer.genesis(), log.writer.position());
            (
                *level,
                Predecessor {
                    log: genesis.log,
                    seq: position.seq,
                    chain: position.chain,
                },
                genesis.incarnation,
            )
        };
        self.logs.iter().map(place).collect()
    }

    pub(crate) fn late_ms(&self) -> i64 {
        i64::from(self.stream.spec().late_ms)
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        self.stream.calendar()
    }

    pub(crate) fn keeps_raw(&self) -> bool {
        self.stream.spec().levels.contains(Level::Raw)
    }

    /// The levels above raw.
    pub(crate) fn summary_levels(&self) -> impl Iterator<Item = Level> + use<> {
        self.stream.spec().levels.without(Level::Raw).iter()
    }

    /// The facets of a level, in the order of the pieces.
    pub(crate) fn facets(&self, level: Level) -> Facets {
        facets_of(self.stream.spec(), level)
    }

    pub(crate) fn next_journal_row(&mut self) -> u64 {
        self.journal_row += 1;
        self.journal_row - 1
    }

    pub(crate) fn continue_journal(&mut self, row: u64) {
        self.journal_row = row;
    }

    /// The tree under whose leaf a running summary is kept: that of the level's first facet.
    pub(crate) fn running_place(&self, level: Level, epoch: Epoch, generation: u32) -> KeyPlace {
        let facet = self.facets(level).iter().next().unwrap_or(Facet::Totals);
        KeyPlace {
            epoch,
            generation,
            level,
            facet,
        }
    }

    /// The epoch of a slot of a level, and the generation to seal it under. A device takes the newest that it was given.
    ///
    /// # Errors
    /// [`Error::NoKey`] on a device.
    pub(crate) fn sealing_at(
        &mut self,
        tx: &mut Tx<'_>,
        level: Level,
        start: Time,
    ) -> Result<(Epoch, u32), Error> {
        if self.agent.is_some() {
            return self.sealing(tx, start);
        }
        let (epoch, facet) = (self.calendar().epoch(start), self.first_facet(level));
        let held = self.vault.newest_with(epoch, (level, facet), start);
        Ok((epoch, held.ok_or(Error::NoKey)?))
    }

    /// Whether there are keys for a raw slot and everything above it: a device has them for what is open or near.
    pub(crate) fn has_keys(&mut self, slot: Slot) -> bool {
        if self.agent.is_some() {
            return true;
        }
        let mut needed = vec![(Level::Raw, slot.start)];
        for level in self.summary_levels() {
            let slots = self.calendar().slots(
                level,
                self.calendar().slot(level, slot.start).start,
                slot.end,
            );
            let kept = slots.filter(|slot| !self.gone.has(*slot));
            needed.extend(kept.map(|slot| (level, slot.start)));
        }
        needed.into_iter().all(|(level, start)| {
            let (epoch, facet) = (self.calendar().epoch(start), self.first_facet(level));
            let held = self.vault.newest_with(epoch, (level, facet), start);
            held.is_some()
        })
    }

    pub(crate) fn is_device(&self) -> bool {
        self.agent.is_none()
    }

    fn first_facet(&self, level: Level) -> Facet {
        let first = self.facets(level).iter().next();
        first.unwrap_or(Facet::Totals)
    }

    /// Notes that everything of a level that ended by `end` is sealed. A device deletes the keys of all that lies before: what is
    /// sealed, and what nobody recorded in time.
    pub(crate) fn spend(
        &mut self,
        tx: &mut Tx<'_>,
        sealed: &BTreeMap<Level, Time>,
    ) -> Result<(), Error> {
        if self.agent.is_some() {
            return Ok(());
        }
        for (level, end) in sealed {
            let spent = self.spent.entry(*level).or_insert(*end);
            *spent = (*end).max(*spent);
        }
        self.delete_spent(tx)
    }

    /// Deletes the keys of what was sealed, also where they were handed out once more.
    pub(crate) fn delete_spent(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let held: Vec<(Epoch, u32)> = self.vault.roots().collect();
        let mut leaves = Leaves::new();
        for (epoch, _) in &held {
            let within = self.calendar().epoch_span(*epoch);
            for (level, end) in &self.spent {
                let until = if *end >= within.end {
                    Some(1 << level.depth())
                } else {
                    epoch.index(*level, *end)
                };
                if let Some(until) = until.filter(|_| *end > within.start) {
                    leaves.entry((*epoch, *level)).or_default().push(0..until);
                }
            }
        }
        let trees = self.trees();
        let (rows, batch) = (tx.rows, &mut tx.batch);
        self.vault
            .puncture(&trees, &leaves, rows, batch, tx.entropy)?;
        for place in held {
            if self.vault.is_spent(place) {
                self.vault.forget(place, &mut tx.batch)?;
            }
        }
        tx.scrubs();
        Ok(())
    }

    /// Deletes the keys of generations that are not the newest of their epoch, unless something that is open needs them.
    pub(crate) fn delete_older(
        &mut self,
        tx: &mut Tx<'_>,
        needed: &[(Level, Time)],
    ) -> Result<(), Error> {
        let mut keep = BTreeSet::new();
        for (epoch, generation) in self.vault.roots() {
            // In their order: the last of an epoch is its newest.
            keep.retain(|(other, _)| *other != epoch);
            keep.insert((epoch, generation));
        }
        for (level, start) in needed {
            keep.insert(self.sealing_at(tx, *level, *start)?);
        }
        let held: Vec<(Epoch, u32)> = self.vault.roots().collect();
        for place in held.into_iter().filter(|place| !keep.contains(place)) {
            self.vault.forget(place, &mut tx.batch)?;
        }
        Ok(())
    }

    /// Every tree that keys are needed of. Buffered readings lie under raw leaves, also without a raw level.
    fn trees(&self) -> Vec<(Level, Facet)> {
        let levels = self.stream.spec().levels.with(Level::Raw).iter();
        levels
            .flat_map(|level| self.facets(level).iter().map(move |facet| (level, facet)))
            .collect()
    }

    /// What a device is to be given of an epoch: the keys of slots that are not over at `from`, up to those that begin before
    /// `until`.
    pub(crate) fn feed(
        &mut self,
        tx: &mut Tx<'_>,
        epoch: Epoch,
        (from, until): (Time, Time),
    ) -> Result<(u32, VaultRow), Error> {
        let within = self.calendar().epoch_span(epoch);
        let (from, until) = (from.max(within.start), until.min(within.end));
        let (_, generation) = self.sealing(tx, from)?;
        let mut trees = Vec::new();
        for (level, facet) in self.trees() {
            let first = self.calendar().slot(level, from).start.max(within.start);
            let last = self.calendar().slot(level, until.plus_ms(-1)).end;
            let end = if last >= within.end {
                Some(1 << level.depth())
            } else {
                epoch.index(level, last)
            };
            if let (Some(first), Some(end)) = (epoch.index(level, first), end) {
                trees.push((level, facet, first..end));
            }
        }
        let part = self.vault.part((epoch, generation), trees.into_iter());
        Ok((generation, part))
    }

    /// Whether the party that writes the stream has sealed a slot of a level, or one after it.
    pub(crate) fn is_past(&self, level: Level, slot: Slot) -> bool {
        let mut others = self.older.iter().filter(|log| log.genesis.level == level);
        others.any(|log| log.end().is_some_and(|end| end >= slot.end))
    }

    /// Whether this party only adds to what another sums up, with no raw readings to sum up again.
    pub(crate) fn adds_up(&self) -> bool {
        self.is_helper && !self.keeps_raw()
    }

    /// Whether another log than the one that is written has readings of a slot.
    pub(crate) fn has_others_raw(&self, slot: Slot) -> bool {
        let mut others = self
            .older
            .iter()
            .filter(|log| log.genesis.level == Level::Raw);
        others.any(|log| !log.overlapping(slot.start, slot.end).is_empty())
    }

    /// The epoch of a slot, and the generation to seal it under.
    pub(crate) fn sealing(&mut self, tx: &mut Tx<'_>, start: Time) -> Result<(Epoch, u32), Error> {
        let agent = self.agent.ok_or(Error::NoKey)?;
        if let Some((span, epoch, generation)) = self.epoch
            && span.contains(start)
        {
            return Ok((epoch, generation));
        }
        let epoch = self.calendar().epoch(start);
        let generation = self.vault.sealing(
            epoch,
            (self.generation, agent),
            tx.rows,
            &mut tx.batch,
            tx.entropy,
        )?;
        self.epoch = Some((self.calendar().epoch_span(epoch), epoch, generation));
        Ok((epoch, generation))
    }

    /// Whether a raw slot can take no more first parts: it is sealed, or without a raw level, a summary over it is.
    pub(crate) fn is_sealed(&self, rows: &Rows, slot: Slot) -> Result<bool, Error> {
        if self.keeps_raw() {
            return self.is_sealed_at(rows, Level::Raw, slot);
        }
        for level in self.summary_levels() {
            for slot in self.calendar().slots(
                level,
                self.calendar().slot(level, slot.start).start,
                slot.end,
            ) {
                if self.is_sealed_at(rows, level, slot)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether nothing of a raw slot can be kept: it was erased, or without a raw level, every summary over it was.
    pub(crate) fn is_gone(&self, slot: Slot) -> bool {
        let over = |level| {
            let mut next = slot.start;
            while next < slot.end {
                let summary = self.calendar().slot(level, next);
                if !self.gone.has(summary) {
                    return false;
                }
                next = summary.end;
            }
            true
        };
        self.gone.has(slot) || !self.keeps_raw() && self.summary_levels().all(over)
    }

    /// The end of the newest slot in any log.
    pub(crate) fn end(&self) -> Option<Time> {
        let own = self.logs.values().map(|log| &log.stored);
        self.older
            .iter()
            .chain(own)
            .filter_map(StoredLog::end)
            .max()
    }

    /// What the logs have of slots that overlap `span`: the level, the slot, and whether a piece of it is held.
    pub(crate) fn held_in(
        &mut self,
        rows: &Rows,
        span: Slot,
    ) -> Result<Vec<(Level, Slot, bool)>, Error> {
        let own = self.logs.values_mut().map(|log| &mut log.stored);
        let mut found = Vec::new();
        for log in self.older.iter_mut().chain(own) {
            let level = log.genesis.level;
            let slots = log.erase(rows.store(), &mut Batch::new(), span)?;
            found.extend(slots.into_iter().map(|(_, slot, held)| (level, slot, held)));
        }
        Ok(found)
    }

    /// Deletes the pieces of every slot that overlaps `span`, and their keys. `open` says whether a slot in it was not sealed.
    pub(crate) fn erase(&mut self, tx: &mut Tx<'_>, span: Slot, open: bool) -> Result<(), Error> {
        let newest = self.counter.newest();
        if open || newest.is_some_and(|(time, _)| span.contains(time)) {
            // The next increment would begin within the span, or tell what was counted in it.
            self.counter = Increments::default();
        }
        self.save_progress(tx)?;
        let mut leaves = self.leaves(span);
        let own = self.logs.values_mut().map(|log| &mut log.stored);
        for log in self.older.iter_mut().chain(own) {
            let level = log.genesis.level;
            for (epoch, slot, _) in log.erase(tx.rows.store(), &mut tx.batch, span)? {
                // As the header has it, should the zone's rules have been others then.
                let ranges = leaves.entry((epoch, level)).or_default();
                if let Some(leaf) = epoch.index(level, slot.start)
                    && !ranges.iter().any(|range| range.contains(&leaf))
                {
                    ranges.push(leaf..leaf + 1);
                }
            }
        }
        let trees = self.trees();
        let (rows, batch) = (tx.rows, &mut tx.batch);
        self.vault
            .puncture(&trees, &leaves, rows, batch, tx.entropy)
    }

    /// The leaves of every level's slots that overlap `span`, in the epochs that have roots.
    fn leaves(&self, span: Slot) -> Leaves {
        let mut leaves = Leaves::new();
        let epochs: BTreeSet<Epoch> = self.vault.roots().map(|(epoch, _)| epoch).collect();
        for epoch in epochs {
            let within = self.calendar().epoch_span(epoch);
            let (from, until) = (span.start.max(within.start), span.end.min(within.end));
            if from >= until {
                continue;
            }
            for level in Level::ALL {
                let first = self.calendar().slot(level, from).start;
                let end = self.calendar().slot(level, until.plus_ms(-1)).end;
                let after = (end < within.end).then(|| epoch.index(level, end));
                let after = after.flatten().unwrap_or_else(|| 1 << level.depth());
                if let Some(first) = epoch.index(level, first) {
                    leaves.entry((epoch, level)).or_default().push(first..after);
                }
            }
        }
        leaves
    }

    /// Whether any log of this level has the slot, also one that was followed by another.
    pub(crate) fn is_sealed_at(
        &self,
        rows: &Rows,
        level: Level,
        slot: Slot,
    ) -> Result<bool, Error> {
        let older = self.older.iter().filter(|log| log.genesis.level == level);
        for log in older.chain(self.logs.get(&level).map(|log| &log.stored)) {
            if log.last_part(rows.store(), slot)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The next part of a slot in the log that is written now.
    pub(crate) fn next_part(&self, rows: &Rows, level: Level, slot: Slot) -> Result<u16, Error> {
        let log = self.logs.get(&level).ok_or(Error::Damaged)?;
        match log.stored.last_part(rows.store(), slot)? {
            Some(part) => part.checked_add(1).ok_or(Error::TooManyParts),
            None => Ok(0),
        }
    }

    /// Readings as they are sealed: a counter's become increments, and the absolute values come apart.
    pub(crate) fn sealable(&mut self, readings: Vec<Reading>) -> Result<Sealable, Error> {
        if self.stream.kind().value_kind() != ValueKind::Counter {
            return Ok(Sealable {
                readings,
                absolute: Vec::new(),
            });
        }
        if let (Some(first), Some((time, absolute))) = (readings.first(), self.strayed) {
            let newest = self.counter.newest();
            if time < first.time && newest.is_none_or(|(newest, _)| newest < time) {
                self.counter = Increments::after(time, absolute);
            }
        }
        let turned = readings
            .iter()
            .cloned()
            .map(|reading| self.counter.turn(reading))
            .collect::<Result<_, _>>();
        Ok(Sealable {
            readings: turned?,
            absolute: readings,
        })
    }

    /// The next part of a raw slot, and the readings of the parts before.
    pub(crate) fn raw_slot(&mut self, tx: &Tx<'_>, slot: Slot) -> Result<(u16, Sealable), Error> {
        let part = self.next_part(tx.rows, Level::Raw, slot)?;
        Ok((part, self.raw_readings(tx, slot, &BTreeMap::new())?))
    }

    /// All readings of sealed raw slots within `slot`; `fresh` has those that the log does not have yet.
    pub(crate) fn raw_readings(
        &mut self,
        tx: &Tx<'_>,
        slot: Slot,
        fresh: &BTreeMap<Time, Sealable>,
    ) -> Result<Sealable, Error> {
        let mut found = self.read_raw(tx, slot)?;
        let first = self.calendar().slot(Level::Raw, slot.start).start;
        for (start, sealable) in fresh.range(first..slot.end) {
            found.insert(*start, sealable.clone());
        }
        let mut all = Sealable::default();
        for sealable in found.into_values() {
            all.readings.extend(
                sealable
                    .readings
                    .into_iter()
                    .filter(|reading| slot.contains(reading.time)),
            );
            all.absolute.extend(
                sealable
                    .absolute
                    .into_iter()
                    .filter(|reading| slot.contains(reading.time)),
            );
        }
        Ok(all)
    }

    /// The readings of the raw log by raw slot; the parts of a slot are put together.
    fn read_raw(&mut self, tx: &Tx<'_>, slot: Slot) -> Result<BTreeMap<Time, Sealable>, Error> {
        let mut found: BTreeMap<Time, Sealable> = BTreeMap::new();
        let Some(log) = self.logs.get_mut(&Level::Raw) else {
            return Ok(found);
        };
        let seqs = log.stored.overlapping(slot.start, slot.end);
        if seqs.last().is_some_and(|seq| *seq >= log.writer.signed()) {
            // What is not signed cannot be read, not even by its writer.
            let mut batch = Batch::new();
            log.sign(&mut batch, tx.now)?;
            tx.rows.store().commit(&batch)?;
        }
        let vault = &mut self.vault;
        let mut buffer = Vec::new();
        let older = self.older.iter_mut();
        for log in older
            .filter(|log| log.genesis.level == Level::Raw)
            .chain([&mut log.stored])
        {
            let seqs = log.overlapping(slot.start, slot.end);
            let is_restored = log.is_restored;
            log.entries(tx.rows.store(), &seqs, |entry| {
                for piece in entry
                    .pieces()
                    .filter(|piece| piece.slot.end > slot.start && piece.slot.start < slot.end)
                {
                    let Some(leaf) = vault.leaf(
                        KeyPlace::of(entry, Level::Raw, piece.facet),
                        piece.slot.start,
                    ) else {
                        continue;
                    };
                    let plain = match piece.open(&leaf, &mut buffer) {
                        Err(_) if is_restored => continue,
                        opened => opened?,
                    };
                    let readings = chunk::decode(piece.slot.start, plain, READINGS_MAX)?;
                    let at = found.entry(piece.slot.start).or_default();
                    unite(
                        if piece.facet == Facet::Index {
                            &mut at.absolute
                        } else {
                            &mut at.readings
                        },
                        readings,
                    );
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Adds a raw slot's pieces to `drafts`.
    pub(crate) fn raw_draft(
        &mut self,
        drafts: &mut Drafts,
        slot: Slot,
        part: u16,
        sealable: &Sealable,
    ) -> Result<(), Error> {
        drafts.start(slot, part);
        for facet in self.facets(Level::Raw).iter() {
            let readings = if facet == Facet::Index {
                &sealable.absolute
            } else {
                &sealable.readings
            };
            self.encoder
                .encode(slot.start, readings, &mut drafts.plain)?;
            drafts.end_piece();
        }
        Ok(())
    }

    /// Adds a summary slot's pieces to `drafts`.
    pub(crate) fn summary_draft(
        &self,
        drafts: &mut Drafts,
        level: Level,
        slot: Slot,
        part: u16,
        summary: &Summary,
    ) -> Result<(), Error> {
        drafts.start(slot, part);
        for facet in self.facets(level).iter() {
            let piece = self.stream.layout(level).encode(summary, facet)?;
            drafts.plain.extend_from_slice(&piece);
            drafts.end_piece();
        }
        Ok(())
    }

    /// Seals drafts of one level, in order of time, in as few entries as may be.
    pub(crate) fn seal(
        &mut self,
        tx: &mut Tx<'_>,
        level: Level,
        mut drafts: Drafts,
    ) -> Result<(), Error> {
        let mut slots = std::mem::take(&mut drafts.slots);
        slots.sort_by_key(|draft| (draft.slot.start, draft.part));
        let mut rest = slots.as_slice();
        while !rest.is_empty() {
            rest = self.seal_entry(tx, level, rest, &drafts)?;
        }
        Ok(())
    }

    /// Seals as many slots as one entry may have, and returns the rest.
    fn seal_entry<'d>(
        &mut self,
        tx: &mut Tx<'_>,
        level: Level,
        slots: &'d [Draft],
        drafts: &Drafts,
    ) -> Result<&'d [Draft], Error> {
        let (Some(first), padding) = (slots.first(), self.padding()) else {
            return Ok(slots);
        };
        let at = self.sealing_at(tx, level, first.slot.start)?;
        let facets = self.facets(level);
        // No entry crosses an epoch; within one the generation is the same.
        let epoch_end = self.calendar().epoch_span(at.0).end;
        let (log, vault) = (
            self.logs.get_mut(&level).ok_or(Error::Damaged)?,
            &mut self.vault,
        );
        if log.writer.checkpoint_due() {
            log.sign(&mut tx.batch, tx.now)?;
        }
        let mut builder = log.writer.entry(at.0, at.1);
        let mut end = first.slot.start;
        let of_device = self.agent.is_none();
        let first_facet = facets.iter().next().unwrap_or(Facet::Totals);
        for draft in slots {
            // What a device was given last need not reach as far back as what it was given before.
            let other = of_device
                && vault.newest_with(at.0, (level, first_facet), draft.slot.start) != Some(at.1);
            let outside = other || draft.slot.start < end || draft.slot.start >= epoch_end;
            if outside || builder.is_full(drafts.size(draft, facets)) {
                break;
            }
            end = draft.slot.end;
            builder.slot(draft.slot, draft.part);
            for (facet, piece) in facets.iter().zip(drafts.pieces(draft)) {
                let place = KeyPlace {
                    epoch: at.0,
                    generation: at.1,
                    level,
                    facet,
                };
                let leaf = vault.leaf(place, draft.slot.start).ok_or(Error::NoKey)?;
                builder.piece(leaf, piece);
            }
        }
        let count = builder.slot_count();
        let entry = builder.seal(padding, tx.entropy)?;
        tx.seals();
        log.writer.append(&entry)?;
        log.stored.put_entry(&mut tx.batch, &entry)?;
        Ok(slots.get(count..).unwrap_or_default())
    }

    /// Sizes tell who is at home and what they do: there, chunks are padded to one class.
    fn padding(&self) -> Padding {
        match self.stream.spec().sensitivity {
            Sensitivity::Presence | Sensitivity::Behaviour => {
                Padding::Multiple(class(self.stream.spec()))
            }
            _ => Padding::Padme,
        }
    }

    /// What reading takes: the stream, the logs of a level, oldest first, and the keys.
    pub(crate) fn reading(&mut self, level: Level) -> (&Stream, Vec<&mut StoredLog>, &mut Vault) {
        let older = self
            .older
            .iter_mut()
            .filter(|log| log.genesis.level == level);
        let newest = self.logs.get_mut(&level).map(|log| &mut log.stored);
        (&self.stream, older.chain(newest).collect(), &mut self.vault)
    }

    /// Signs what stands in every log.
    pub(crate) fn sign(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let mut any = false;
        for log in self.logs.values_mut() {
            any |= log.sign(&mut tx.batch, tx.now)?;
        }
        if any { self.save_progress(tx) } else { Ok(()) }
    }

    pub(crate) fn save_progress(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let logs = self
            .logs
            .values()
            .map(|log| (log.stored.no, log.writer.position(), log.writer.signed()));
        let progress = Progress {
            logs: logs.collect(),
            counter: self.counter,
            spent: self
                .spent
                .iter()
                .map(|(level, end)| (*level, *end))
                .collect(),
            waiting: self
                .waiting
                .iter()
                .map(|(level, slot)| (*level, slot.start, slot.end))
                .collect(),
            next_stray: self.next_stray,
            strayed: self.strayed,
        };
        tx.rows.put(
            &mut tx.batch,
            number_key(Space::Progress, self.no)?,
            &progress,
            tx.entropy,
        )
    }
}

impl Sealable {
    /// Where a counter stood after its last reading in `slot`.
    pub(crate) fn index(&self, slot: Slot) -> Option<i64> {
        let readings = self.absolute.iter().rev();
        let mut within = readings.filter(|reading| slot.contains(reading.time));
        within.next().and_then(|reading| reading.value.number())
    }
}

impl Drafts {
    fn start(&mut self, slot: Slot, part: u16) {
        self.slots.push(Draft {
            slot,
            part,
            first: self.ends.len(),
        });
    }

    fn end_piece(&mut self) {
        self.ends.push(self.plain.len());
    }

    /// The pieces from the first of `draft` on.
    fn pieces(&self, draft: &Draft) -> impl Iterator<Item = &[u8]> {
        let start = |n: usize| n.checked_sub(1).and_then(|n| self.ends.get(n));
        let ends = self.ends.iter().enumerate().skip(draft.first);
        ends.map(move |(n, end)| {
            let start = start(n).copied().unwrap_or(0);
            self.plain.get(start..*end).unwrap_or_default()
        })
    }

    fn size(&self, draft: &Draft, facets: Facets) -> usize {
        let pieces = self.pieces(draft).zip(facets.iter());
        pieces.map(|(piece, _)| piece.len()).sum()
    }
}

impl OwnLog {
    fn sign(&mut self, batch: &mut Batch, now: Time) -> Result<bool, Error> {
        match self.writer.checkpoint(&self.key, now)? {
            Some(checkpoint) => self
                .stored
                .put_own_checkpoint(batch, checkpoint)
                .map(|()| true),
            None => Ok(false),
        }
    }
}

/// Puts the readings of a further part in, in order of time, after those of the same instant; what is there already is left out.
pub(crate) fn unite(readings: &mut Vec<Reading>, part: Vec<Reading>) {
    if readings.last().map(|last| last.time) < part.first().map(|first| first.time) {
        readings.extend(part);
        return;
    }
    for reading in part {
        let at = readings.partition_point(|other| other.time <= reading.time);
        let begin = readings.partition_point(|other| other.time < reading.time);
        if !readings
            .iter()
            .take(at)
            .skip(begin)
            .any(|other| other.says_the_same(&reading))
        {
            readings.insert(at, reading);
        }
    }
}

/// What nearly every chunk of a stream fits in: of readings at a known interval it has 1.6 bytes for each.
fn class(spec: &StreamSpec) -> u32 {
    let Sampling::Every(interval_ms) = spec.sampling else {
        return CLASS_BYTES;
    };
    let readings = u32::from(spec.chunk_minutes) * 60_000 / interval_ms.max(1);
    (readings.min(CLASS_BYTES_MAX) * 8 / 5)
        .next_multiple_of(CLASS_STEP)
        .clamp(CLASS_BYTES, CLASS_BYTES_MAX)
}

/// The facets of a level, in the order of the pieces. A counter's raw slots have its absolute values apart, also when no summary
/// does: without them a reading that comes twice could not be told from a correction.
pub(crate) fn facets_of(spec: &StreamSpec, level: Level) -> Facets {
    match (level, spec.kind.value_kind()) {
        (Level::Raw, ValueKind::Counter) => Facets::of(Facet::Readings).with(Facet::Index),
        (Level::Raw, _) => Facets::of(Facet::Readings),
        _ => spec.facets,
    }
}

/// The most readings that a raw slot is decoded to.
pub(crate) const READINGS_MAX: usize = 1 << 20;
/// The class of a chunk when nothing is known about its readings, and the least one: an hour of power by the minute fits.
const CLASS_BYTES: u32 = 96;
/// Classes are multiples of this.
const CLASS_STEP: u32 = 32;
/// The largest class, of a chunk of some 40,000 readings.
const CLASS_BYTES_MAX: u32 = 64 << 10;
