//! The writer of one stream: takes readings, keeps open slots in a journal, seals what has ended.
//!
//! Everything that one call changes is committed in one batch. After an error the writer is dropped and read again from the
//! store, so that memory never runs ahead of what is durable.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    mem,
};

use freehold_model::{Extremes, Increments, Level, Reading, Slot, Summary, Time};

use crate::{
    Error,
    erase::overlap,
    household::{FedKeys, stray},
    open_slot::OpenSlot,
    reader,
    rows::Rows,
    running::{Running, Sum, Sums},
    sealer::{Drafts, Sealable, Sealer, unite},
    tx::Tx,
};

/// What a call of `record` did with the readings that it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Readings that are new.
    pub new: u64,
    /// Readings that were there already: same instant, same value. They add nothing.
    pub duplicates: u64,
    /// Readings whose instant was there with another value. Both stay; the later one counts.
    pub corrected: u64,
    /// Of the new and the corrected: those for slots that were sealed before, now sealed as further parts.
    pub late: u64,
    /// Readings for which this device has no key: they are sealed to the household, whose agents put them in.
    pub kept: u64,
    /// Readings that are not kept: for a slot that was erased, or for a sealed slot of a stream that keeps no raw level, where
    /// they cannot be told from duplicates.
    pub dropped: u64,
}

impl std::ops::AddAssign for Recorded {
    fn add_assign(&mut self, more: Self) {
        self.new += more.new;
        self.duplicates += more.duplicates;
        self.corrected += more.corrected;
        self.late += more.late;
        self.kept += more.kept;
        self.dropped += more.dropped;
    }
}

pub(crate) struct StreamWriter {
    pub(crate) sealer: Sealer,
    open: BTreeMap<Time, OpenSlot>,
    running: BTreeMap<(Level, Time), Running>,
    sums: Sums,
}

/// What a log of this party's had that a relay has another history of, and what came in its place.
#[derive(Default)]
pub(crate) struct Forked {
    /// As they were read.
    pub(crate) readings: Vec<Reading>,
    /// Of a stream that keeps no readings.
    pub(crate) summaries: Vec<(Level, Slot, Summary)>,
    /// Times of which readings came that nobody may have summed up.
    pub(crate) new: Vec<(Time, Time)>,
}

/// What has to be sealed in one go, and the readings that are not in the log yet.
#[derive(Default)]
struct Closing {
    drafts: BTreeMap<Level, Drafts>,
    /// Readings of raw slots as they will be once the batch is committed: more than the log holds.
    fresh: BTreeMap<Time, Sealable>,
    /// Summary slots that must be computed again from raw.
    again: BTreeSet<(Level, Slot)>,
    /// Up to where slots of a level are sealed now.
    ended: BTreeMap<Level, Time>,
}

impl StreamWriter {
    /// Reads a stream's state: its logs, and what was open when it was last written.
    pub(crate) fn load(rows: &Rows, mut sealer: Sealer) -> Result<Self, Error> {
        let open = OpenSlot::load_all(rows, &mut sealer)?;
        let running = Running::load_all(rows, &mut sealer)?;
        let sums = Sums::new(sealer.stream.summarizer());
        Ok(Self {
            sealer,
            open,
            running,
            sums,
        })
    }

    /// Takes readings in any order. When this returns they are durable; slots that have ended are sealed.
    pub(crate) fn record(
        &mut self,
        tx: &mut Tx<'_>,
        readings: &[Reading],
    ) -> Result<Recorded, Error> {
        for reading in readings {
            self.sealer.stream.check(reading)?;
        }
        let mut done = Recorded::default();
        let mut late: BTreeMap<Slot, Vec<Reading>> = BTreeMap::new();
        let mut strays: BTreeMap<Slot, Vec<Reading>> = BTreeMap::new();
        let mut rest = readings;
        while let Some(first) = rest.first() {
            let slot = self.sealer.calendar().slot(Level::Raw, first.time);
            let (group, after) = split_slot(rest, slot);
            rest = after;
            if self.sealer.is_gone(slot) {
                done.dropped += group.len() as u64;
            } else if self.open.contains_key(&slot.start)
                || !self.sealer.is_sealed(tx.rows, slot)? && self.sealer.has_keys(slot)
            {
                self.open
                    .entry(slot.start)
                    .or_insert_with(|| OpenSlot::new(slot))
                    .take(group, &mut done);
            } else if self.sealer.is_device()
                && (self.sealer.keeps_raw() || !self.sealer.is_sealed(tx.rows, slot)?)
            {
                strays.entry(slot).or_default().extend_from_slice(group);
            } else {
                late.entry(slot).or_default().extend_from_slice(group);
            }
        }
        let strayed = !strays.is_empty();
        for (slot, mut readings) in strays {
            done.kept += readings.len() as u64;
            log::warn!(
                "no keys for {} readings: they are kept aside for the agents",
                readings.len()
            );
            readings.sort_by_key(|reading| reading.time);
            let before = self.counted_before(&readings);
            stray::keep(tx, &mut self.sealer, slot, before, &readings)?;
        }
        let mut closing = Closing::default();
        self.take_late(tx, late, &mut closing, &mut done)?;
        let progress = readings.last().map_or(tx.now, |reading| {
            self.sealer.calendar().slot(Level::Raw, reading.time).start
        });
        self.close(tx, progress, closing)?;
        self.journal(tx)?;
        if strayed {
            self.sealer.save_progress(tx)?;
        }
        tx.commit()?;
        Ok(done)
    }

    /// Puts readings in that the party that writes the stream had no key for: as further parts in a log of this one. Summaries over
    /// them follow when that party has sealed its own. `before` is where a counter stood.
    pub(crate) fn put_in(
        &mut self,
        tx: &mut Tx<'_>,
        before: Option<(Time, i64)>,
        readings: &[Reading],
    ) -> Result<(), Error> {
        self.put(tx, before, readings, Closing::default())
    }

    /// Seals anew what this party had sealed and a relay has another history of. What the store that was lost has sealed of a stream
    /// without readings stays: nobody knows what is in both.
    pub(crate) fn seal_anew(&mut self, tx: &mut Tx<'_>, forked: Forked) -> Result<(), Error> {
        let Forked {
            mut readings,
            summaries,
            new,
        } = forked;
        let mut closing = Closing::default();
        for (level, slot, summary) in summaries {
            let gone = self.sealer.gone.has(slot);
            if !gone && !self.sealer.is_sealed_at(tx.rows, level, slot)? {
                let drafts = closing.drafts.entry(level).or_default();
                self.sealer
                    .summary_draft(drafts, level, slot, 0, &summary)?;
            }
        }
        let mut running = Vec::new();
        for ((level, start), held) in &self.running {
            let sealed = self.sealer.is_sealed_at(tx.rows, *level, held.slot())?;
            if self.sealer.keeps_raw() || sealed {
                running.push((*level, *start, held.slot()));
            }
        }
        for (level, start, slot) in running {
            let key = (level, start);
            if let Some(held) = self.running.remove(&key) {
                held.delete(&mut tx.batch, self.sealer.no, key)?;
            }
            if self.sealer.keeps_raw() {
                closing.again.insert((level, slot));
            }
        }
        if self.sealer.keeps_raw() {
            for (from, until) in new {
                self.sum_up(tx.rows, from, until, &mut closing)?;
            }
        }
        readings.sort_by_key(|reading| reading.time);
        let before = self.counted_last(tx, &readings)?;
        self.put(tx, before, &readings, closing)
    }

    /// Notes every slot of a time to be summed up that is not.
    fn sum_up(
        &self,
        rows: &Rows,
        from: Time,
        until: Time,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        for level in self.sealer.summary_levels() {
            let first = self.sealer.calendar().slot(level, from).start;
            for slot in self.sealer.calendar().slots(level, first, until) {
                if !self.sealer.gone.has(slot) && !self.sealer.is_sealed_at(rows, level, slot)? {
                    closing.again.insert((level, slot));
                }
            }
        }
        Ok(())
    }

    /// Where a counter stood last before the first of these readings that is not known.
    fn counted_last(
        &mut self,
        tx: &Tx<'_>,
        readings: &[Reading],
    ) -> Result<Option<(Time, i64)>, Error> {
        let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
            return Ok(None);
        };
        let span = Slot {
            start: first.time.plus_ms(-COUNTED_MS),
            end: last.time.plus_ms(1),
        };
        let known = self
            .sealer
            .raw_readings(tx, span, &BTreeMap::new())?
            .absolute;
        let is_known = |reading: &Reading| {
            let from = known.partition_point(|other| other.time < reading.time);
            let mut same = known.iter().skip(from);
            same.next()
                .is_some_and(|other| other.says_the_same(reading))
        };
        let new = readings.iter().find(|reading| !is_known(reading));
        let until = new.map_or(last.time, |new| new.time);
        let before = known.iter().rev().find(|known| known.time < until);
        Ok(before.and_then(|known| Some((known.time, known.value.number()?))))
    }

    fn put(
        &mut self,
        tx: &mut Tx<'_>,
        before: Option<(Time, i64)>,
        readings: &[Reading],
        mut closing: Closing,
    ) -> Result<(), Error> {
        let mut done = Recorded::default();
        let mut late: BTreeMap<Slot, Vec<Reading>> = BTreeMap::new();
        for reading in readings {
            self.sealer.stream.check(reading)?;
            let slot = self.sealer.calendar().slot(Level::Raw, reading.time);
            if !self.sealer.is_gone(slot) {
                late.entry(slot).or_default().push(reading.clone());
            }
        }
        let counted = before.map(|(time, absolute)| Increments::after(time, absolute));
        let own = mem::replace(&mut self.sealer.counter, counted.unwrap_or_default());
        let put = if self.sealer.adds_up() {
            self.add_up(tx, late, &mut closing)
        } else {
            self.take_late(tx, late, &mut closing, &mut done)
        };
        self.sealer.counter = own;
        put?;
        self.sealer.waiting.append(&mut closing.again);
        let now = tx.now;
        self.close(tx, now, closing)?;
        self.sealer.save_progress(tx)?;
        tx.commit()
    }

    /// Goes over to the keys that this device was given, and deletes those that are not needed any more.
    pub(crate) fn take_keys(&mut self, tx: &mut Tx<'_>, keys: &[FedKeys]) -> Result<(), Error> {
        for fed in keys {
            let place = (fed.epoch, fed.generation);
            let vault = &mut self.sealer.vault;
            vault.unite(place, &fed.trees, tx.rows, &mut tx.batch, tx.entropy)?;
        }
        for open in self.open.values_mut() {
            open.save_again(tx, &mut self.sealer)?;
        }
        for (key, running) in &mut self.running {
            running.save_again(tx, &mut self.sealer, *key)?;
        }
        let open = self.open.keys().map(|start| (Level::Raw, *start));
        let needed: Vec<(Level, Time)> = open.chain(self.running.keys().copied()).collect();
        self.sealer.delete_older(tx, &needed)?;
        self.sealer.delete_spent(tx)?;
        tx.commit()
    }

    /// Seals every slot that has ended by the clock, and signs what stands.
    pub(crate) fn flush(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let now = tx.now;
        self.close(tx, now, Closing::default())?;
        self.sealer.sign(tx)?;
        tx.commit()
    }

    /// Signs what stands, so that it can be read.
    pub(crate) fn sign(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.sealer.sign(tx)?;
        tx.commit()
    }

    /// Readings of open slots in `[from, until)`, in order of time.
    pub(crate) fn unsealed(&self, from: Time, until: Time) -> impl Iterator<Item = &Reading> {
        let readings = self.open.values().flat_map(OpenSlot::readings);
        readings.filter(move |reading| from <= reading.time && reading.time < until)
    }

    /// Where a counter stood before readings that this device cannot seal.
    fn counted_before(&self, readings: &[Reading]) -> Option<(Time, i64)> {
        let first = readings.first()?.time;
        let open = self.open.values().flat_map(OpenSlot::readings);
        let open = open.filter(|reading| reading.time < first);
        let open = open.filter_map(|reading| Some((reading.time, reading.value.number()?)));
        let sealed = [self.sealer.counter.newest(), self.sealer.strayed];
        open.chain(sealed.into_iter().flatten()).max()
    }

    /// Readings of a stream that keeps no raw ones are added to its summaries, which wait for those of the party that writes it.
    fn add_up(
        &mut self,
        tx: &mut Tx<'_>,
        late: BTreeMap<Slot, Vec<Reading>>,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        for readings in late.into_values() {
            let sealable = self.sealer.sealable(readings)?;
            self.summarize(tx, &sealable, closing)?;
        }
        for (key, running) in &mut self.running {
            running.save(tx, &mut self.sealer, *key)?;
        }
        Ok(())
    }

    /// Readings for raw slots that are sealed: what is new becomes a further part, and every summary over it is made again.
    fn take_late(
        &mut self,
        tx: &mut Tx<'_>,
        late: BTreeMap<Slot, Vec<Reading>>,
        closing: &mut Closing,
        done: &mut Recorded,
    ) -> Result<(), Error> {
        for (slot, readings) in late {
            if !self.sealer.keeps_raw() {
                done.dropped += readings.len() as u64;
                continue;
            }
            let (part, sealed) = self.sealer.raw_slot(tx, slot)?;
            let absolute = !sealed.absolute.is_empty();
            let mut merged = OpenSlot::sealed(
                slot,
                if absolute {
                    sealed.absolute.clone()
                } else {
                    sealed.readings.clone()
                },
            );
            let before = *done;
            merged.take(&readings, done);
            let added = merged.unsaved();
            if added.is_empty() {
                continue;
            }
            done.late += done.new + done.corrected - before.new - before.corrected;
            for level in self.sealer.summary_levels() {
                for reading in &added {
                    let slot = self.sealer.calendar().slot(level, reading.time);
                    let key = (level, slot.start);
                    if self.sealer.gone.has(slot) {
                        continue;
                    }
                    if let Some(running) = self.running.remove(&key) {
                        running.delete(&mut tx.batch, self.sealer.no, key)?;
                    }
                    closing.again.insert((level, slot));
                }
            }
            let mut added = self.sealer.sealable(added)?;
            if absolute {
                // What a counter counted until then is in the reading that is corrected, or in a newer one.
                for reading in &mut added.readings {
                    let known = sealed.readings.iter().rev();
                    let mut known = known.filter(|known| known.time == reading.time);
                    if let Some(known) = known.next() {
                        reading.value = known.value.clone();
                    }
                }
            }
            let drafts = closing.drafts.entry(Level::Raw).or_default();
            self.sealer.raw_draft(drafts, slot, part, &added)?;
            let mut all = sealed;
            unite(&mut all.readings, added.readings);
            unite(&mut all.absolute, added.absolute);
            closing.fresh.insert(slot.start, all);
        }
        Ok(())
    }

    /// Seals the slots that ended before `progress` and, with their late window, before the clock.
    fn close(
        &mut self,
        tx: &mut Tx<'_>,
        progress: Time,
        mut closing: Closing,
    ) -> Result<(), Error> {
        let limit = progress.min(tx.now.plus_ms(-self.sealer.late_ms()));
        self.close_raw(tx, limit, &mut closing)?;
        self.close_running(tx, limit, &mut closing)?;
        self.take_waiting(&mut closing);
        self.close_again(tx, limit, &mut closing)?;
        if closing.drafts.is_empty() && closing.ended.is_empty() {
            return Ok(());
        }
        for (level, drafts) in closing.drafts {
            self.sealer.seal(tx, level, drafts)?;
        }
        self.sealer.spend(tx, &closing.ended)?;
        self.sealer.save_progress(tx)?;
        for (key, running) in &mut self.running {
            running.save(tx, &mut self.sealer, *key)?;
        }
        Ok(())
    }

    /// Open raw slots become drafts, and their readings go into the running summaries.
    fn close_raw(
        &mut self,
        tx: &mut Tx<'_>,
        limit: Time,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        let ended: Vec<Time> = self
            .open
            .iter()
            .filter(|(_, open)| open.slot().end <= limit)
            .map(|(start, _)| *start)
            .collect();
        for start in ended {
            let Some(open) = self.open.remove(&start) else {
                continue;
            };
            open.delete_journal(&mut tx.batch, self.sealer.no)?;
            let slot = open.slot();
            closing.end(Level::Raw, slot);
            let sealable = self.sealer.sealable(open.into_readings())?;
            self.summarize(tx, &sealable, closing)?;
            if self.sealer.keeps_raw() {
                let drafts = closing.drafts.entry(Level::Raw).or_default();
                self.sealer.raw_draft(drafts, slot, 0, &sealable)?;
                closing.fresh.insert(slot.start, sealable);
            }
        }
        Ok(())
    }

    /// Adds the readings of a raw slot that is sealed now to the summaries over it. Slots of the finest level lie whole within
    /// those of every other, so each reading is looked at once.
    fn summarize(
        &mut self,
        tx: &Tx<'_>,
        sealable: &Sealable,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        let Some(finest) = self.sealer.summary_levels().next() else {
            return Ok(());
        };
        let mut rest = sealable.readings.as_slice();
        while let Some(first) = rest.first() {
            let slot = self.sealer.calendar().slot(finest, first.time);
            let (group, after) = split_slot(rest, slot);
            rest = after;
            let sum = self.sums.of(group, sealable.index(slot))?;
            for level in self.sealer.summary_levels() {
                self.add(tx, level, slot, &sum, closing)?;
            }
        }
        Ok(())
    }

    /// Adds the summary of a slot to that of `level`, unless this one has to be made again.
    fn add(
        &mut self,
        tx: &Tx<'_>,
        level: Level,
        part: Slot,
        sum: &Sum,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        let slot = self.sealer.calendar().slot(level, part.start);
        if closing.again.contains(&(level, slot)) || self.sealer.gone.has(slot) {
            return Ok(());
        }
        let running = match self.running.entry((level, slot.start)) {
            Entry::Occupied(running) => running.into_mut(),
            // What another wrote before has to be in it.
            Entry::Vacant(_)
                if !self.sealer.adds_up()
                    && (self.sealer.is_sealed_at(tx.rows, level, slot)?
                        || self.sealer.has_others_raw(slot)) =>
            {
                closing.again.insert((level, slot));
                return Ok(());
            }
            Entry::Vacant(place) => place.insert(Running::new(slot)),
        };
        running.take(sum)
    }

    /// Running summaries whose slot has ended, with no raw slot in it still open, become drafts.
    fn close_running(
        &mut self,
        tx: &mut Tx<'_>,
        limit: Time,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        let (open, sealer) = (&self.open, &self.sealer);
        let over = |level: Level, slot: Slot| {
            is_over(open, slot, limit) && (!sealer.adds_up() || sealer.is_past(level, slot))
        };
        let ended: Vec<_> = self
            .running
            .iter()
            .filter(|((level, _), running)| over(*level, running.slot()))
            .map(|(key, _)| *key)
            .collect();
        for key in ended {
            let Some(running) = self.running.remove(&key) else {
                continue;
            };
            running.delete(&mut tx.batch, self.sealer.no, key)?;
            let (level, slot) = (key.0, running.slot());
            if !self.sealer.adds_up() {
                closing.end(level, slot);
            }
            let mut summary = running.summary();
            if !self.sealer.keeps_raw() && self.sealer.is_sealed_at(tx.rows, level, slot)? {
                summary = self.sealed_with(tx, level, slot, &summary)?;
            }
            let part = self.sealer.next_part(tx.rows, level, slot)?;
            let drafts = closing.drafts.entry(level).or_default();
            self.sealer
                .summary_draft(drafts, level, slot, part, &summary)?;
        }
        Ok(())
    }

    /// The summary of a slot that was sealed, and more. Nobody knows any more when what is in it was read: its first and last stay.
    fn sealed_with(
        &mut self,
        tx: &Tx<'_>,
        level: Level,
        slot: Slot,
        more: &Summary,
    ) -> Result<Summary, Error> {
        let (from, until) = (slot.start, slot.end);
        let sealed = reader::owner_windows(self, tx, level, from, until)?.pop();
        let Some(sealed) = sealed.map(|window| window.summary) else {
            return Ok(more.clone());
        };
        let mut all = sealed.clone();
        all.merge(more)?;
        if let (Some(Extremes(Some(range))), Some(Extremes(Some(before)))) =
            (&mut all.extremes, sealed.extremes)
        {
            (range.first, range.last) = (before.first, before.last);
        }
        if sealed.index.is_some_and(|index| index.0.is_some()) {
            all.index = sealed.index;
        }
        Ok(all)
    }

    /// Summaries of another's stream are made again when that one has sealed them: a slot that runs is not sealed half.
    fn take_waiting(&mut self, closing: &mut Closing) {
        let waiting = mem::take(&mut self.sealer.waiting);
        let past = |(level, slot): &(Level, Slot)| {
            !self.sealer.is_helper || self.sealer.is_past(*level, *slot)
        };
        let (ready, waiting) = waiting.into_iter().partition(past);
        closing.again.append(&mut { ready });
        self.sealer.waiting = waiting;
    }

    /// Summaries over slots that got readings late are computed again from raw, and sealed as a further part if they were sealed.
    fn close_again(
        &mut self,
        tx: &Tx<'_>,
        limit: Time,
        closing: &mut Closing,
    ) -> Result<(), Error> {
        for (level, slot) in mem::take(&mut closing.again) {
            let mut running = Running::new(slot);
            let all = self.sealer.raw_readings(tx, slot, &closing.fresh)?;
            running.take(&self.sums.of(&all.readings, all.index(slot))?)?;
            if !is_over(&self.open, slot, limit) {
                self.running.insert((level, slot.start), running);
                continue;
            }
            let part = self.sealer.next_part(tx.rows, level, slot)?;
            let drafts = closing.drafts.entry(level).or_default();
            self.sealer
                .summary_draft(drafts, level, slot, part, &running.summary())?;
        }
        Ok(())
    }

    /// Where the newest slot ends, sealed or not.
    pub(crate) fn end(&self) -> Option<Time> {
        let open = self.open.values().map(|open| open.slot().end).max();
        open.max(self.sealer.end())
    }

    /// Deletes what overlaps `span`, which raw slots fill: what is sealed and what is not, and the keys. The writer has to be
    /// read again after that.
    pub(crate) fn erase(&mut self, tx: &mut Tx<'_>, span: Slot) -> Result<(), Error> {
        let no = self.sealer.no;
        let mut any = false;
        for open in self.open.values().filter(|open| overlap(open.slot(), span)) {
            open.delete_journal(&mut tx.batch, no)?;
            any = true;
        }
        for (key, running) in &self.running {
            if overlap(running.slot(), span) {
                running.delete(&mut tx.batch, no, *key)?;
            }
        }
        self.sealer.erase(tx, span, any)
    }

    /// Makes the readings of open slots durable.
    fn journal(&mut self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for open in self.open.values_mut() {
            open.save(tx, &mut self.sealer)?;
        }
        Ok(())
    }
}

impl Closing {
    fn end(&mut self, level: Level, slot: Slot) {
        let end = self.ended.entry(level).or_insert(slot.end);
        *end = slot.end.max(*end);
    }
}

/// How far back it is looked where a counter stood, in milliseconds.
const COUNTED_MS: i64 = 35 * 86_400_000;

/// The readings at the front that lie in `slot`, and the rest.
fn split_slot(readings: &[Reading], slot: Slot) -> (&[Reading], &[Reading]) {
    let outside = |reading: &Reading| !slot.contains(reading.time);
    readings.split_at(readings.iter().position(outside).unwrap_or(readings.len()))
}

fn is_over(open: &BTreeMap<Time, OpenSlot>, slot: Slot, limit: Time) -> bool {
    slot.end <= limit
        && !open
            .range(..slot.end)
            .any(|(_, open)| open.slot().end > slot.start)
}
