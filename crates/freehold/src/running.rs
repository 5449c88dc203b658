//! The summary of a slot that is not sealed yet.

use std::collections::BTreeMap;

use freehold_crypto::{RowKey, Suite};
use freehold_model::{
    Epoch, Extremes, Level, Reading, Slot, Summarizer, Summary, Time, Value, latest,
};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    rows::{Rows, Space, log_rows, running_key},
    sealer::Sealer,
    tx::Tx,
    vault::KeySource,
};

/// What the sealed raw slots of an open summary slot come to so far.
pub(crate) struct Running {
    slot: Slot,
    sum: Option<Sum>,
    saved: bool,
}

/// A summary, and when the first and the last of its numbers were read: raw slots need not be sealed in order of time.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sum {
    summary: Summary,
    ends: Option<(Time, Time)>,
}

impl Running {
    pub(crate) fn new(slot: Slot) -> Self {
        Self {
            slot,
            sum: None,
            saved: false,
        }
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// Takes what readings of the slot come to; none of those before lies between them.
    pub(crate) fn take(&mut self, more: &Sum) -> Result<(), Error> {
        match &mut self.sum {
            Some(sum) => sum.add(more)?,
            None => self.sum = Some(more.clone()),
        }
        self.saved = false;
        Ok(())
    }

    pub(crate) fn summary(&self) -> Summary {
        self.sum
            .as_ref()
            .map(|sum| sum.summary.clone())
            .unwrap_or_default()
    }

    /// Writes the summary so far, sealed under the slot's key, if it changed.
    pub(crate) fn save(
        &mut self,
        tx: &mut Tx<'_>,
        sealer: &mut Sealer,
        (level, start): (Level, Time),
    ) -> Result<(), Error> {
        if self.saved {
            return Ok(());
        }
        let (epoch, generation) = sealer.sealing_at(tx, level, start)?;
        let mut bytes = postcard::to_allocvec(&RunningPlace {
            end: self.slot.end,
            epoch,
            generation,
        })
        .map_err(|_| Error::Damaged)?;
        let at = bytes.len();
        bytes.extend(postcard::to_allocvec(&self.sum).map_err(|_| Error::Damaged)?);
        let key = running_key(sealer.no, level, start)?;
        let leaf = sealer
            .vault
            .leaf(sealer.running_place(level, epoch, generation), start)
            .ok_or(Error::NoKey)?;
        RowKey::running(&leaf, Suite::One).seal(
            &key.id().to_be_bytes(),
            &mut bytes,
            at,
            tx.entropy,
        )?;
        tx.batch.put(key, bytes);
        self.saved = true;
        Ok(())
    }

    pub(crate) fn delete(
        &self,
        batch: &mut Batch,
        stream: u32,
        (level, start): (Level, Time),
    ) -> Result<(), Error> {
        batch.delete(running_key(stream, level, start)?);
        Ok(())
    }

    /// Writes it anew, under the newest key there is.
    pub(crate) fn save_again(
        &mut self,
        tx: &mut Tx<'_>,
        sealer: &mut Sealer,
        place: (Level, Time),
    ) -> Result<(), Error> {
        self.saved = false;
        self.save(tx, sealer, place)
    }

    /// Reads the running summaries of a stream back.
    pub(crate) fn load_all(
        rows: &Rows,
        sealer: &mut Sealer,
    ) -> Result<BTreeMap<(Level, Time), Self>, Error> {
        let mut found = Vec::new();
        rows.raw(log_rows(Space::Running, sealer.no)?, |key, row| {
            found.push((key, row.to_vec()))
        })?;
        let mut running = BTreeMap::new();
        for (key, mut bytes) in found {
            let (level, start) = crate::rows::running_place(key).ok_or(Error::Damaged)?;
            let (place, rest) =
                postcard::take_from_bytes::<RunningPlace>(&bytes).map_err(|_| Error::Damaged)?;
            let at = bytes.len() - rest.len();
            // The slot was erased since.
            let Some(leaf) = sealer.vault.leaf(
                sealer.running_place(level, place.epoch, place.generation),
                start,
            ) else {
                continue;
            };
            let sealed = bytes.get_mut(at..).ok_or(Error::Damaged)?;
            let plain = RowKey::running(&leaf, Suite::One)
                .open(&key.id().to_be_bytes(), sealed)
                .map_err(|_| Error::Damaged)?;
            let sum = postcard::from_bytes(plain).map_err(|_| Error::Damaged)?;
            running.insert(
                (level, start),
                Self {
                    slot: Slot {
                        start,
                        end: place.end,
                    },
                    sum,
                    saved: true,
                },
            );
        }
        Ok(running)
    }
}

/// Sums readings up.
pub(crate) struct Sums {
    summarizer: Summarizer,
    numbers: Vec<i64>,
}

impl Sums {
    pub(crate) fn new(summarizer: Summarizer) -> Self {
        Self {
            summarizer,
            numbers: Vec::new(),
        }
    }

    /// What readings in order of time come to; `index` is where a counter stood after them.
    pub(crate) fn of(&mut self, readings: &[Reading], index: Option<i64>) -> Result<Sum, Error> {
        self.numbers.clear();
        for reading in latest(readings) {
            match reading.value {
                Value::Number(number) => self.numbers.push(number),
                _ => self.summarizer.push(reading)?,
            }
        }
        self.summarizer.push_numbers(&self.numbers)?;
        if let Some(index) = index {
            self.summarizer.push_index(index);
        }
        Ok(Sum {
            summary: self.summarizer.finish(),
            ends: ends(readings),
        })
    }
}

impl Sum {
    /// Adds readings of other raw slots. What lies between the ends changes neither of them.
    fn add(&mut self, more: &Self) -> Result<(), Error> {
        let (Some((first, last)), Some((more_first, more_last))) = (self.ends, more.ends) else {
            self.ends = self.ends.or(more.ends);
            return Ok(self.summary.merge(&more.summary)?);
        };
        self.ends = Some((first.min(more_first), last.max(more_last)));
        if more_last < first {
            let later = std::mem::replace(&mut self.summary, more.summary.clone());
            return Ok(self.summary.merge(&later)?);
        }
        let (outer, index) = (self.summary.extremes, self.summary.index);
        self.summary.merge(&more.summary)?;
        if more_last < last {
            if let (Some(Extremes(Some(range))), Some(Extremes(Some(outer)))) =
                (&mut self.summary.extremes, outer)
            {
                range.last = outer.last;
            }
            self.summary.index = index;
        }
        Ok(())
    }
}

/// When the first and the last number of these readings were read.
fn ends(readings: &[Reading]) -> Option<(Time, Time)> {
    let number = |reading: &&Reading| reading.value.number().is_some();
    let first = readings.iter().find(number)?;
    let last = readings.iter().rev().find(number)?;
    Some((first.time, last.time))
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RunningPlace {
    end: Time,
    epoch: Epoch,
    generation: u32,
}
