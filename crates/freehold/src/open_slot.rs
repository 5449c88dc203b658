//! A raw slot that is not sealed yet, and its journal.

use std::collections::BTreeMap;

use freehold_crypto::{RowKey, Suite};
use freehold_model::{Epoch, Facet, Level, Reading, Reconciled, Slot, Time, chunk, reconcile};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    rows::{Rows, Space, log_key, log_rows, log_seq},
    sealer::{READINGS_MAX, Sealer},
    tx::Tx,
    vault::{KeyPlace, KeySource},
    writer::Recorded,
};

/// Readings of one raw slot, in order of time; of those at one instant the last one counts.
pub(crate) struct OpenSlot {
    slot: Slot,
    readings: Vec<Reading>,
    /// What the journal has.
    saved: Saved,
    rows: Vec<u64>,
}

enum Saved {
    /// The first so many readings.
    First(usize),
    /// These were put in between since.
    Without(Vec<Reading>),
}

impl OpenSlot {
    pub(crate) fn new(slot: Slot) -> Self {
        Self {
            slot,
            readings: Vec::new(),
            saved: Saved::First(0),
            rows: Vec::new(),
        }
    }

    /// A slot that is sealed already, with the readings that its log has.
    pub(crate) fn sealed(slot: Slot, readings: Vec<Reading>) -> Self {
        Self {
            slot,
            readings,
            saved: Saved::Without(Vec::new()),
            rows: Vec::new(),
        }
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    pub(crate) fn readings(&self) -> &[Reading] {
        &self.readings
    }

    pub(crate) fn into_readings(self) -> Vec<Reading> {
        self.readings
    }

    /// Takes readings of this slot in any order.
    pub(crate) fn take(&mut self, readings: &[Reading], done: &mut Recorded) {
        let in_order = readings
            .windows(2)
            .all(|pair| pair.first().map(|r| r.time) < pair.last().map(|r| r.time));
        let after = self
            .readings
            .last()
            .is_none_or(|last| readings.first().is_none_or(|first| last.time < first.time));
        if in_order && after && matches!(self.saved, Saved::First(_)) {
            self.readings.extend_from_slice(readings);
            done.new += readings.len() as u64;
            return;
        }
        for reading in readings {
            self.take_one(reading, done);
        }
    }

    fn take_one(&mut self, reading: &Reading, done: &mut Recorded) {
        let reading = match reconcile(&self.readings, reading.clone()) {
            Reconciled::Duplicate => {
                done.duplicates += 1;
                return;
            }
            Reconciled::New(reading) => {
                done.new += 1;
                reading
            }
            Reconciled::Corrects(reading) => {
                done.corrected += 1;
                reading
            }
        };
        let at = self
            .readings
            .partition_point(|other| other.time <= reading.time);
        match &mut self.saved {
            Saved::First(_) if at == self.readings.len() => {}
            Saved::First(saved) => {
                let unsaved = self.readings.get(*saved..).unwrap_or_default();
                self.saved =
                    Saved::Without(unsaved.iter().cloned().chain([reading.clone()]).collect());
            }
            Saved::Without(unsaved) => unsaved.push(reading.clone()),
        }
        self.readings.insert(at, reading);
    }

    /// The readings that neither the journal nor a log has, in order of time.
    pub(crate) fn unsaved(&self) -> Vec<Reading> {
        match &self.saved {
            Saved::First(saved) => self.readings.get(*saved..).unwrap_or_default().to_vec(),
            Saved::Without(unsaved) => {
                let mut unsaved = unsaved.clone();
                unsaved.sort_by_key(|reading| reading.time);
                unsaved
            }
        }
    }

    /// Writes what is unsaved to the journal, sealed under the slot's key.
    pub(crate) fn save(&mut self, tx: &mut Tx<'_>, sealer: &mut Sealer) -> Result<(), Error> {
        let sorted;
        let unsaved = match &self.saved {
            Saved::First(saved) => self.readings.get(*saved..).unwrap_or_default(),
            Saved::Without(_) => {
                sorted = self.unsaved();
                &sorted
            }
        };
        if unsaved.is_empty() {
            return Ok(());
        }
        let (epoch, generation) = sealer.sealing_at(tx, Level::Raw, self.slot.start)?;
        let place = JournalPlace {
            start: self.slot.start,
            epoch,
            generation,
        };
        let row = sealer.next_journal_row();
        let mut bytes = postcard::to_allocvec(&place).map_err(|_| Error::Damaged)?;
        let at = bytes.len();
        sealer
            .encoder
            .encode(self.slot.start, unsaved, &mut bytes)?;
        let key = log_key(Space::Journal, sealer.no, row)?;
        let leaf = sealer
            .vault
            .leaf(place.key(), self.slot.start)
            .ok_or(Error::NoKey)?;
        RowKey::readings(&leaf, Suite::One).seal(
            &key.id().to_be_bytes(),
            &mut bytes,
            at,
            tx.entropy,
        )?;
        tx.batch.put(key, bytes);
        self.rows.push(row);
        self.saved = Saved::First(self.readings.len());
        Ok(())
    }

    pub(crate) fn delete_journal(&self, batch: &mut Batch, stream: u32) -> Result<(), Error> {
        for row in &self.rows {
            batch.delete(log_key(Space::Journal, stream, *row)?);
        }
        Ok(())
    }

    /// Writes everything to the journal anew, under the newest key there is.
    pub(crate) fn save_again(&mut self, tx: &mut Tx<'_>, sealer: &mut Sealer) -> Result<(), Error> {
        self.delete_journal(&mut tx.batch, sealer.no)?;
        self.rows.clear();
        self.saved = Saved::First(0);
        self.save(tx, sealer)
    }

    /// Reads the journal of a stream back.
    pub(crate) fn load_all(
        rows: &Rows,
        sealer: &mut Sealer,
    ) -> Result<BTreeMap<Time, Self>, Error> {
        let mut found = Vec::new();
        rows.raw(log_rows(Space::Journal, sealer.no)?, |key, row| {
            found.push((key, row.to_vec()))
        })?;
        let mut open: BTreeMap<Time, Self> = BTreeMap::new();
        for (key, mut bytes) in found {
            let (place, rest) =
                postcard::take_from_bytes::<JournalPlace>(&bytes).map_err(|_| Error::Damaged)?;
            let at = bytes.len() - rest.len();
            // The slot was erased since: its readings are gone.
            let Some(leaf) = sealer.vault.leaf(place.key(), place.start) else {
                continue;
            };
            let sealed = bytes.get_mut(at..).ok_or(Error::Damaged)?;
            let plain = RowKey::readings(&leaf, Suite::One)
                .open(&key.id().to_be_bytes(), sealed)
                .map_err(|_| Error::Damaged)?;
            let readings =
                chunk::decode(place.start, plain, READINGS_MAX).map_err(|_| Error::Damaged)?;
            let slot = sealer.calendar().slot(Level::Raw, place.start);
            let entry = open.entry(place.start).or_insert_with(|| Self::new(slot));
            entry.take(&readings, &mut Recorded::default());
            entry.rows.push(log_seq(key));
            entry.saved = Saved::First(entry.readings.len());
        }
        sealer.continue_journal(
            open.values()
                .flat_map(|slot| &slot.rows)
                .max()
                .map_or(0, |row| row + 1),
        );
        Ok(open)
    }
}

/// Where a row's key comes from; it stands in front of the sealed readings.
#[derive(Serialize, Deserialize)]
pub(crate) struct JournalPlace {
    start: Time,
    epoch: Epoch,
    generation: u32,
}

impl JournalPlace {
    fn key(&self) -> KeyPlace {
        KeyPlace {
            epoch: self.epoch,
            generation: self.generation,
            level: Level::Raw,
            facet: Facet::Readings,
        }
    }
}
